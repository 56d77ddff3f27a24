"""What a facilitator does beside leading turns: fewer turns, bots for who is away, paper, two rooms, hanging work."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.play import replay
from experiments.play.log import Logbook
from tests.workshop.events import NOON, HandClock, setup
from tests.workshop.room import rooms
from tests.workshop.site import Site
from workshop import conduct, paper, people
from workshop.agenda import agenda
from workshop.log import Event
from workshop.pace import pace
from workshop.people import Handed
from workshop.presence import Presence, look
from workshop.rooms import SLOW, STUCK, RefusedError, Rooms
from workshop.state import State, after, begun
from workshop.worker import Here


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def played(made: Rooms, session: str) -> State:
    """A turn from its briefing to everybody's eyes."""
    conduct.brief(made, session)
    conduct.open_turn(made, session)
    made.lock(session)
    return conduct.publish(made, session)


@pytest.mark.whole
def test_dropped_turns_leave_what_was_played_and_the_quarters_after_still_pass(tmp_path: Path) -> None:
    made = rooms(tmp_path)
    session = conduct.begin(made, setup(turns=3, unplayed=1))
    first = played(made, session).played[0]
    for turns in (1, 3, 0):
        with pytest.raises(RefusedError, match="give a number from 2 to 2"):
            conduct.drop(made, session, turns)
    conduct.brief(made, session)
    assert conduct.drop(made, session, 2).setup.turns == 2
    conduct.open_turn(made, session)
    with pytest.raises(RefusedError, match="give a number from 2 to 1"):
        conduct.drop(made, session, 2)
    made.lock(session)
    state = conduct.publish(made, session)
    assert (state.over, len(state.played), state.played[0]) == (True, 3, first)
    path = tmp_path / "game.json"
    path.write_text(json.dumps(paper.game_of(state)), encoding="utf-8")
    assert replay.check(Logbook.load(path)).status == 0


def test_the_pace_counts_the_minutes_that_turns_still_take() -> None:
    """Agenda A: 30 of 45 minutes for playing, of which the first briefing takes place at minute 6: 1440 s for 4 turns
    of 210 + 90 s. After 600 s in the briefing of turn 2: 3 x 300 s are needed, 60 s late, so one turn goes."""
    plan = agenda("a")
    state = _at(plan, turn=2, phase="briefing")
    on_time = pace(state, plan, NOON + 540, None)
    late = pace(state, plan, NOON + 600, None)
    assert on_time is not None and on_time.late == pytest.approx(0.0) and on_time.turns is None
    assert late is not None and late.late == pytest.approx(1.0) and late.turns == 3
    very = pace(state, plan, NOON + 5000, None)
    assert very is not None and very.turns == 2
    open_turn = pace(_at(plan, turn=2, phase="open"), plan, NOON + 600, 120.0)
    assert open_turn is not None and open_turn.late == pytest.approx((600 + 120 + 90 + 600 - 1440) / 60)
    assert pace(_at(plan, turn=0, phase="lobby"), plan, NOON, None) is None


def _at(plan: Any, turn: int, phase: str) -> State:
    fresh = begun(plan.setup("a", 1).data())
    return replace(fresh, turn=turn, phase=phase, hall=replace(fresh.hall, began=NOON if turn else None))


def test_the_pace_counts_each_turn_at_its_own_time(tmp_path: Path) -> None:
    """Agenda B: 60 of 90 minutes for playing, of which the first briefing takes place at the script's second minute.
    Turns take their own time and 90 s each; a team with twice the time in a seat makes each as long again."""
    plan = agenda("b")
    state = _at(plan, turn=1, phase="briefing")
    own = [state.setup.seconds_of(turn) for turn in range(1, state.setup.turns + 1)]
    assert len(set(own)) > 1  # an agenda whose turns differ
    allowed = 60 * 60.0 - 60 * plan.script[1].minute
    found = pace(state, plan, NOON + 600, None)
    needed = sum(own) + 90.0 * len(own)
    assert found is not None and found.late == pytest.approx((600 + needed - allowed) / 60)
    last_two = sum(own[-2:]) + 180.0
    late = pace(state, plan, NOON + allowed - needed + last_two - 1.0, None)
    assert late is not None and (late.turns, late.enough) == (len(own) - 2, True)
    hopeless = pace(state, plan, NOON + 10 * allowed, None)
    assert hopeless is not None and (hopeless.turns, hopeless.enough) == (1, False)
    team = replace(state.seats["aws"], team="Blue")
    eased = replace(
        state, seats={**state.seats, "aws": team}, dealing=replace(state.dealing, extra=(("aws", (1.0, 0.0)),))
    )
    longer = pace(eased, plan, NOON + 600, None)
    assert longer is not None and longer.late - found.late == pytest.approx(sum(own) / 60)


class Attended:
    """An open turn with a team in AWS, and who looks at its page."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.rooms = rooms(folder, self.clock)
        self.presence = Presence(self.clock)
        self.id = conduct.begin(self.rooms, setup())
        people.claim(self.rooms, self.id, "aws", "Blue")
        conduct.brief(self.rooms, self.id)
        conduct.open_turn(self.rooms, self.id)
        self.presence.saw(self.id, "aws")

    def after(self, seconds: float) -> State:
        self.clock.time += seconds
        look(self.rooms, self.presence, self.id)
        return self.rooms.state(self.id)


def test_a_bot_plays_for_a_team_that_is_away_and_goes_when_it_is_back(tmp_path: Path) -> None:
    room = Attended(tmp_path)
    assert room.after(59).hall.away == {}
    away = room.after(2)
    assert {party: grade for party, (grade, _) in away.hall.away.items()} == {"aws": "steady"}
    assert away.holders["aws"] == "steady" and away.waiting == ()
    room.rooms.lock(room.id)
    assert "aws" not in room.rooms.state(room.id).rounds[0].answers
    room.clock.time += 1
    room.presence.saw(room.id, "aws")
    assert room.after(0).hall.away == {}


def test_a_team_that_saved_something_or_may_be_away_for_long_keeps_its_seat(tmp_path: Path) -> None:
    room = Attended(tmp_path)
    people.save(room.rooms, room.id, Handed("aws", {"order": "500"}, 0))
    assert room.after(100).hall.away == {}


def test_a_decision_of_a_team_that_was_away_takes_the_seat_back(tmp_path: Path) -> None:
    room = Attended(tmp_path)
    assert room.after(61).hall.away
    state = people.submit(room.rooms, room.id, Handed("aws", {"order": "500"}, 0))
    assert (state.hall.away, state.seats["aws"].submitted) == ({}, True)
    room.rooms.lock(room.id)
    assert room.rooms.state(room.id).rounds[0].answers["aws"] == {"order": "500"}


@pytest.mark.whole
def test_the_console_sets_grace_and_grade_and_shows_the_badge_to_all(site: Site) -> None:
    session, code = site.begin()
    site.seated(code, "aws", "Blue")
    assert site.do(session, "excuse", grace="after a week", grade="steady").status_code == 422
    assert site.do(session, "excuse", grace="after a minute", grade="skiled").status_code == 422
    site.do(session, "excuse", grace="never", grade="steady")
    site.do(session, "brief")
    site.do(session, "open")
    site.clock.time += 70
    look(site.rooms, site.house.presence, session)
    assert site.state(session).hall.away == {}
    site.do(session, "excuse", grace="after a minute", grade="skilled")
    look(site.rooms, site.house.presence, session)
    assert site.state(session).hall.away["aws"][0] == "skilled"
    assert "skilled bot while away" in site.browser().get(f"/screen/{code}").text
    assert "skilled bot while the team is away" in site.lead.get(f"/s/{session}/console").text
    assert site.do(session, "fill", grade="novice").status_code == 200
    assert site.state(session).seats["ec"].holder == "novice"
    assert site.state(session).seats["aws"].human


@pytest.mark.whole
def test_paper_forms_go_out_and_come_back_for_all_seats_or_none(site: Site) -> None:
    session, _ = site.begin()
    site.do(session, "brief")
    site.do(session, "open")
    form = site.lead.get(f"/s/{session}/form.csv")
    assert form.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(form.text)))
    assert {row["seat"] for row in rows} == {seat.party for seat in site.state(session).humans}
    good = [{**row, "answer": "640" if row["question"] == "order" else row["answer"]} for row in rows]
    bad = [{**row, "answer": "99999" if row["question"] == "order" else row["answer"]} for row in rows]
    refused = handed(site, session, bad)
    assert refused.status_code == 422 and "10000" in refused.text
    assert all(not seat.submitted for seat in site.state(session).seats.values())
    assert handed(site, session, good).status_code == 200
    state = site.state(session)
    assert state.seats["aws"].answers["order"] == "640"
    assert {one["seat"] for one in state.reasons} == {seat.party for seat in state.humans}
    assert "from a paper form" in site.lead.get(f"/s/{session}/console").text


def handed(site: Site, session: str, rows: list[dict[str, str]]) -> Any:
    page = f"/s/{session}/console"
    table = paper.csv_of([paper.COLUMNS, *([row[name] for name in paper.COLUMNS] for row in rows)])
    return site.lead.client.post(
        f"/s/{session}/do/paper",
        data={"form": site.lead.token(page)},
        files={"table": ("turn.csv", table.encode(), "text/csv")},
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seat,answer\naws,1\n", "no column 'turn'"),
        ("turn,seat,question,answer\n2,aws,order,600\n", "Line 2: turn '2'; the room is in turn 1"),
        ("turn,seat,question,answer\n1,mars,order,600\n", "'mars' is no seat of people"),
        ("turn,seat,question,answer\n1,aws,ordre,600\n", "'ordre' is no question of aws"),
        ("turn,seat,question,answer\n1,aws,order,\n", "no answers"),
        ("", "no column"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_by_its_line(tmp_path: Path, text: str, said: str) -> None:
    made = rooms(tmp_path)
    session = conduct.begin(made, setup())
    conduct.brief(made, session)
    conduct.open_turn(made, session)
    with pytest.raises(RefusedError, match=said):
        paper.taken(made, session, text)


@pytest.mark.whole
def test_a_file_that_is_no_text_is_refused(site: Site) -> None:
    session, _ = site.begin()
    answer = site.lead.client.post(
        f"/s/{session}/do/paper",
        data={"form": site.lead.token(f"/s/{session}/console")},
        files={"table": ("turn.xlsx", b"PK\x03\x04\xff\xfe", "application/octet-stream")},
    )
    assert (answer.status_code, "no text in UTF-8" in answer.text) == (422, True)


@pytest.mark.whole
def test_two_rooms_of_one_seed_differ_by_their_people_alone(site: Site) -> None:
    page = site.lead.post("/", "/sessions", agenda="a", seed="3", rooms="2")
    one = page.url.path.split("/")[2]
    two = site.state(one).hall.twin
    assert site.state(two).hall.twin == one
    assert [site.state(room).hall.letter for room in (one, two)] == ["A", "B"]
    assert "No turn has been published in both" in site.lead.get(f"/s/{one}/beside").text
    for room in (one, two):
        for what in ("brief", "open", "lock", "publish"):
            site.do(room, what)
    figures = [site.state(room).rounds[0].yardsticks for room in (one, two)]
    assert figures[0] == figures[1]
    assert site.lead.get(f"/s/{two}/beside").text.count("<svg") == 2
    alone, _ = site.begin()
    assert site.lead.get(f"/s/{alone}/beside").status_code == 404


def test_work_that_hangs_is_shown_and_begun_anew(tmp_path: Path) -> None:
    """The worker hangs in its first call and is ended by the watch: the same call is then answered."""
    restarted: list[int] = []

    class Hanging(Here):
        def restart(self) -> None:
            restarted.append(1)

    clock = HandClock()
    made = rooms(tmp_path, clock, Hanging())
    session = conduct.begin(made, setup())
    made._under_way[session, "resolve"] = clock.time
    clock.time += SLOW + 1
    assert made.taking(session) == pytest.approx(SLOW + 1)
    made.wake()
    assert restarted == []
    clock.time += STUCK
    made.wake()
    made.wake()
    assert restarted == [1]
    made.try_again(session)
    assert restarted == [1, 1]


@pytest.mark.whole
def test_dropped_turns_stay_dropped_when_the_room_goes_back_to_before_the_drop(tmp_path: Path) -> None:
    made = rooms(tmp_path)
    session = conduct.begin(made, setup(turns=3, unplayed=1))
    played(made, session)
    conduct.brief(made, session)
    conduct.drop(made, session, 2)
    back = conduct.rewind(made, session, 1)
    assert (back.turn, back.setup.turns) == (1, 2)
    assert conduct.rewind(made, session, 1).setup.turns == 2
    conduct.open_turn(made, session)
    made.lock(session)
    assert not conduct.publish(made, session).over
    assert played(made, session).over
    assert len(made.state(session).played) == 3


def test_a_message_ends_with_its_turn_and_before_that_at_a_press(site: Site) -> None:
    session, code = site.begin()
    screens = (f"/screen/{code}", f"/s/{session}/console")
    site.do(session, "say", text="Ten minutes of break")
    assert all("Ten minutes of break" in site.lead.get(one).text for one in screens)
    site.do(session, "hush")
    assert "Ten minutes of break" not in site.lead.get(screens[0]).text
    assert "Took the message away" in site.lead.get(screens[1]).text
    site.do(session, "say", text="Talk first")
    site.do(session, "brief")
    assert "Talk first" not in site.lead.get(screens[0]).text
    site.do(session, "say", text="One minute to go")
    site.do(session, "open")
    assert "One minute to go" in site.lead.get(screens[0]).text
    assert len(site.state(session).said) == 1


def test_a_message_ends_with_its_step_of_the_debrief() -> None:
    said = replace(begun(setup().data()), said=((NOON, "Back at two"),))
    for kind, data in (("walked", {"step": "silence"}), ("said", {"text": ""})):
        assert after(said, Event(0, 2, NOON, kind, data)).said == ()
