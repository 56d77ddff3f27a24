"""What a facilitator does: begin a session, lead its turns, put bots in and out, lay cards, go back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from agents.strategies import GRADES
from experiments.library import shock_names
from sim.errors import unknown
from sim.quarters import label, ordinal
from workshop import lobby, table, tokens
from workshop.acting import NOTED
from workshop.agenda import agenda, names
from workshop.dealing import EVERYBODY
from workshop.log import BRANCHED, New, TakenError
from workshop.rooms import RefusedError, Rooms, called_for, created
from workshop.setup import HUMAN, Setup
from workshop.state import BRIEFING, LOBBY, OPEN, PAUSED, PUBLISHED, REVIEW, State, replay

EXTRA_TIME = ("0", "25", "50", "100")
"""What may be given on top of a turn's own time, in %."""


def begin(rooms: Rooms, setup: Setup) -> str:
    """A new session; gives its number. Its agenda's cards are laid by the seed, and the first briefing is made at
    once."""
    now = rooms.clock.now()
    first = [*created(setup), *(New("shocked", one) for one in _seeded(setup))]
    while True:
        session = tokens.session_id()
        try:
            span = (now, now + lobby.DAYS * lobby.DAY)
            rooms.log.begin(session, tokens.code(), setup.title, span, [*first, *lobby.furniture(setup, now)])
            break
        except TakenError:
            continue
    rooms.work(session, rooms.state(session))
    return session


def _seeded(setup: Setup) -> list[dict[str, str]]:
    """Cards that a session's agenda lays on a turn by its seed."""
    if setup.agenda not in names():
        return []
    return agenda(setup.agenda).laid(setup.seed, table.scenario_of(setup, ()).start)


def begin_two(rooms: Rooms, setup: Setup) -> tuple[str, str]:
    """Two rooms side by side with the same seed: the same shocks, different people."""
    both = [begin(rooms, replace(setup, title=f"{setup.title} · room {letter}")) for letter in "AB"]
    for one, other, letter in ((*both, "A"), (*both[::-1], "B")):
        rooms.act(one, partial(_paired, twin=other, letter=letter))
    return both[0], both[1]


def _paired(state: State, twin: str, letter: str) -> list[New]:
    return [New("paired", {"twin": twin, "letter": letter})]


def drop(rooms: Rooms, session: str, turns: int) -> State:
    """Play only so many turns in all, to finish on time: what was played stays, and the quarters after the last turn
    still pass."""

    def decide(state: State) -> list[New]:
        least = state.turn + (1 if state.phase == PUBLISHED else 0)
        if not max(least, 1) <= turns < state.setup.turns:
            raise RefusedError(
                f"{turns} turns in all is not allowed; give a number from {max(least, 1)} to {state.setup.turns - 1}.",
                422,
            )
        return [New("dropped", {"turns": turns})]

    return rooms.act(session, decide)


def brief(rooms: Rooms, session: str) -> State:
    """Show the next turn's briefing."""

    def decide(state: State) -> list[New]:
        if state.over:
            raise RefusedError("The last turn has been played.")
        if (state.coming or state.brief) is None:
            raise RefusedError("The briefing is still being made; a moment.", 503)
        return [New("briefed")]

    return rooms.act(session, decide)


def open_turn(rooms: Rooms, session: str) -> State:
    """Open a turn, or let a paused one go on."""
    now = rooms.clock.now()

    def decide(state: State) -> list[New]:
        if state.phase == PAUSED:
            return [New("resumed", {"deadline": now + (state.left or 0.0)})]
        opened = New("opened", {"deadline": now + state.seconds_of(state.turn)})
        window = agenda(state.setup.agenda).windows.get(str(state.turn)) if state.setup.agenda in names() else None
        return [opened, New("said", {"text": window})] if window else [opened]

    return rooms.act(session, decide)


def pause(rooms: Rooms, session: str) -> State:
    """Stop a turn's clock."""
    now = rooms.clock.now()
    return rooms.act(session, lambda state: [New("paused", {"left": max((state.deadline or now) - now, 0.0)})])


def extend(rooms: Rooms, session: str, seconds: float) -> State:
    """Give a turn more time."""
    return rooms.act(session, lambda state: [New("extended", {"seconds": seconds})])


def ease(rooms: Rooms, session: str, party: str, share: str) -> State:
    """Give a team more time in every turn, or everybody: a share of each turn's own time, in %. What everybody has more
    of counts from the next turn that is opened."""
    if share not in EXTRA_TIME:
        raise RefusedError(f"More time: '{share[:20]}' is not one of the options; give {', '.join(EXTRA_TIME)}.", 422)
    part = float(share) / 100.0

    def decide(state: State) -> list[New]:
        if party != EVERYBODY:
            _known(state, party)
        return [New("eased", {"seat": party, "share": part})] if state.dealing.share(party) != part else []

    return rooms.act(session, decide)


def publish(rooms: Rooms, session: str) -> State:
    """Show everybody what came of the turn."""
    return rooms.act(session, lambda state: [New("published")])


def reopen(rooms: Rooms, session: str) -> State:
    """Take a result back that nobody has seen, and let people decide again."""
    now = rooms.clock.now()
    return rooms.act(session, lambda state: [New("reopened", {"deadline": now + state.seconds_of(state.turn)})])


def announce(rooms: Rooms, session: str, text: str) -> State:
    """Say something on every screen."""
    said = " ".join(text.split())[:300]
    if not said:
        raise RefusedError("There is nothing to say: the text is empty.", 422)
    return rooms.act(session, lambda state: [New("said", {"text": said})])


def hush(rooms: Rooms, session: str) -> State:
    """Take what was said off every screen."""
    return rooms.act(session, lambda state: [New("said", {"text": ""})] if state.said else [])


def note(rooms: Rooms, session: str, text: str) -> State:
    """Write a reason or a note into the log; what it says is what the act is signed with."""
    if not text.strip():
        raise RefusedError("There is nothing to keep: the note is empty.", 422)
    return rooms.act(session, lambda state: [New(NOTED)])


def hold(rooms: Rooms, session: str, party: str, holder: str) -> State:
    """Put a bot of a grade in a seat, or give it back to people. The team keeps its seat and may take over again."""
    if holder != HUMAN and holder not in GRADES:
        raise RefusedError(str(unknown("grade of bots", holder, GRADES)), 422)
    return rooms.act(session, lambda state: [New("held", {"seat": _known(state, party), "holder": holder})])


def release(rooms: Rooms, session: str, party: str) -> State:
    """Free a seat for another team."""
    return rooms.act(session, lambda state: [New("released", {"seat": _known(state, party)})])


def _known(state: State, party: str) -> str:
    if party not in state.seats:
        raise RefusedError("There is no such seat in this session.", 404)
    return party


def lay(rooms: Rooms, session: str, card: str) -> State:
    """Lay a shock card on the quarters to come."""
    if card not in shock_names():
        raise RefusedError(str(unknown("shock", card, shock_names())), 422)

    def decide(state: State) -> list[New]:
        if state.over:
            raise RefusedError("The last turn has been played.")
        if any(one["card"] == card for one in state.cards):
            raise RefusedError("This card has been laid already.")
        laid = {"card": card, "from": next_quarter(state)}
        table.scenario_of(state.setup, (*state.cards, laid))  # says why when it does not go with what is there
        return [New("shocked", laid)]

    return rooms.act(session, decide)


def next_quarter(state: State) -> str:
    """The first quarter that has not been played."""
    if state.played:
        return label(ordinal(str(state.played[-1]["quarter"])) + 1)
    return label(ordinal(table.scenario_of(state.setup, ()).start) + 1)


def rewind(rooms: Rooms, session: str, turn: int, why: str = "") -> State:
    """Go back to a turn's briefing, in a new branch: what was played stays in the old one. What people have answered,
    offered, written and guessed in that turn, played or not, is there again as a draft. Turns that were dropped stay
    dropped, however far back it goes: the time is gone."""
    state = rooms.state(session)
    if not 1 <= turn <= state.turn:
        raise RefusedError(f"Turn {turn} has not been played; the room is in turn {state.turn}.", 422)
    found = [
        (one.branch, one.seq)
        for one in rooms.log.lineage(session, state.branch)
        if one.kind == "briefed" and _turn_at(rooms, session, one.branch, one.seq) == turn
    ]
    parent, until = found[-1]
    answers = {one.turn: one.answers for one in state.rounds}.get(turn, {})
    if turn == state.turn:  # what was saved last, and what came too late: it is the newest that people have
        answers = {seat.party: seat.late or seat.answers for seat in state.seats.values()}
    seats = {
        seat.party: {name: getattr(seat, name) for name in ("holder", "team", "word", "revision", "since")}
        for seat in state.seats.values()
    }
    said = why or f"We go back to turn {turn}. What was decided there is in your form again."
    data: dict[str, Any] = {"parent": parent, "until": until, "seats": seats, "says": said, "hall": state.hall.data()}
    data |= {"dealing": state.dealing.again(turn), "acts": [asdict(one) for one in state.acts]}
    data |= {"answers": answers, "guesses": [one for one in state.guesses if one["turn"] == turn]}
    data |= {"turns": state.setup.turns}
    return rooms.branch_off(session, state.branch + 1, New(BRANCHED, data))


def _turn_at(rooms: Rooms, session: str, branch: int, seq: int) -> int:
    return replay(rooms.log.lineage(session, branch, seq)).turn


def demo(rooms: Rooms, session: str, wait: Callable[[float], None] = time.sleep) -> State:
    """Play a session of bots to its end, as a facilitator would who never stops."""
    steps: dict[str, Callable[[Rooms, str], State]] = {
        LOBBY: brief,
        PUBLISHED: brief,
        BRIEFING: open_turn,
        OPEN: Rooms.lock,
        REVIEW: publish,
    }
    while session not in rooms.troubles:
        state = rooms.state(session)
        if state.over:
            break
        ready = state.phase in steps and not called_for(state)
        if ready:
            steps[state.phase](rooms, session)
        else:
            wait(0.05)
    return rooms.state(session)
