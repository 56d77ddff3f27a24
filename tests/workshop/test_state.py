"""The state of a session is a replay of its log; what may not follow is refused."""

from __future__ import annotations

import pytest

from tests.workshop.events import NOON, STORY, events, setup
from workshop import hall
from workshop import state as rules
from workshop.log import New
from workshop.phases import MAY_FOLLOW, PHASES
from workshop.state import MOVES, replay


@pytest.mark.parametrize(
    ("count", "phase", "turn"),
    list(
        zip(
            (1, 4, 5, 8, 9, 10, 11, 12),
            ("lobby", "briefing", "open", "locked", "resolving", "review", "published", "briefing"),
            (0, 1, 1, 1, 1, 1, 1, 2),
            strict=True,
        )
    ),
)
def test_a_turn_goes_from_the_lobby_to_the_next_briefing(count: int, phase: str, turn: int) -> None:
    state = replay(events(*STORY[:count]))
    assert (state.phase, state.turn, state.last) == (phase, turn, count)


def test_what_is_saved_replaces_what_was_and_counts_as_a_revision() -> None:
    seat = replay(events(*STORY[:7])).seats["aws"]
    assert (seat.answers, seat.revision, seat.submitted) == ({"order": "600"}, 2, True)


def test_a_new_turn_begins_with_nothing_submitted() -> None:
    seat = replay(events(*STORY)).seats["aws"]
    assert (seat.answers, seat.submitted, seat.team) == ({}, False, "Blue")


def test_a_pause_keeps_the_seconds_that_were_left() -> None:
    paused = replay(events(*STORY[:5], New("paused", {"left": 100.0}), New("extended", {"seconds": 60.0})))
    assert (paused.phase, paused.deadline, paused.left) == ("paused", None, 160.0)
    more = replay(events(*STORY[:5], New("extended", {"seconds": 60.0})))
    assert more.deadline == NOON + 270


def test_the_room_sees_a_turn_once_it_is_published() -> None:
    assert [len(replay(events(*STORY[:count])).published) for count in (9, 10, 11)] == [0, 0, 1]


def test_reopening_takes_the_result_back_and_keeps_the_answers() -> None:
    state = replay(events(*STORY[:10], New("reopened", {"deadline": NOON + 60})))
    assert (state.phase, state.rounds, state.seats["aws"].answers) == ("open", (), {"order": "600"})


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("kind", MAY_FOLLOW)
def test_each_event_comes_in_its_phases_alone(kind: str, phase: str) -> None:
    state = rules.State(setup(), {}, phase=phase)
    (event,) = events(New(kind))
    if phase not in MAY_FOLLOW[kind]:
        with pytest.raises(ValueError, match=kind):
            rules.after(state, event)
    assert state.may(kind) == (phase in MAY_FOLLOW[kind])


def test_every_kind_with_a_phase_has_a_move() -> None:
    assert set(MAY_FOLLOW) <= {*MOVES, *hall.MOVES}


def test_a_seat_goes_to_a_bot_and_back() -> None:
    state = replay(events(*STORY[:3], New("held", {"seat": "aws", "holder": "steady"})))
    assert (state.seats["aws"].human, state.seats["aws"].team) == (False, "Blue")
    back = rules.after(state, events(*[New("claimed", {"seat": "aws", "team": "Red", "word": "fig"})] * 5)[-1])
    assert (back.seats["aws"].human, back.seats["aws"].team) == (True, "Red")
