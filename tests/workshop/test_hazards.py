"""What goes wrong in rooms, and what must then happen: every hazard with the tests that hold it, and the scenarios that
stand nowhere else."""

from __future__ import annotations

import ast
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.workshop.events import HandClock, setup
from tests.workshop.room import rooms
from tests.workshop.site import Site, field
from workshop import conduct, export, lobby, paper, people
from workshop.database import EVENTS, RIGHTS, SESSIONS
from workshop.people import Handed
from workshop.rights import Rights
from workshop.rooms import RefusedError
from workshop.state import LOBBY, replay
from workshop.web import upkeep
from workshop.worker import Here

HERE = Path(__file__).parent
HAZARDS = {
    "a flood of joins": (
        "test_hazards.py::test_a_thousand_joins_fill_no_seat_and_keep_no_table_waiting",
        "test_lobby.py::test_a_closed_door_opens_to_table_cards_alone",
        "test_lobby.py::test_a_new_code_ends_the_old_one_and_an_ended_code_leaves_who_sits",
    ),
    "two teams want a seat": (
        "test_rooms_of_teams.py::test_of_many_teams_that_want_a_seat_one_gets_it",
        "test_guard.py::test_looking_at_a_seat_does_not_take_it",
    ),
    "somebody wants to be the facilitator": (
        "test_hosted.py::test_a_hundred_guesses_are_blocked_and_the_wait_doubles",
        "test_hosted.py::test_who_knows_the_passphrase_leads",
        "test_hosted.py::test_behind_tls_the_cookie_is_for_tls_alone",
        "test_guard.py::test_a_link_opens_one_console_and_looking_at_it_none",
        "test_lobby.py::test_a_co_host_leads_once_and_can_be_shown_out",
        "test_lobby.py::test_the_projectors_link_shows_the_screen_and_nothing_else",
    ),
    "a class shares one address": ("test_guard.py::test_sixty_phones_of_one_class_are_never_slowed",),
    "forged forms, frames and mark-up": (
        "test_guard.py::test_every_form_needs_its_token",
        "test_guard.py::test_a_form_of_another_device_or_site_is_refused",
        "test_guard.py::test_every_answer_carries_safe_headers_and_a_cookie_that_scripts_cannot_read",
        "test_pages.py::test_markup_in_a_name_is_shown_as_written",
    ),
    "personal data": (
        "test_hazards.py::test_no_address_and_no_nickname_leaves_the_machine",
        "test_guard.py::test_the_database_holds_no_token_and_no_address",
        "test_lobby.py::test_a_session_is_forgotten_on_its_day_with_its_files",
        "test_lobby.py::test_the_notice_says_what_is_kept_and_until_when",
    ),
    "a phone sleeps": ("test_browser_room.py::test_a_phone_that_slept_wakes_to_the_present",),
    "the server is killed": (
        "test_running.py::test_killed_in_any_phase_it_goes_on_from_there",
        "test_kills.py::test_a_few_kills_lose_nothing",
        "test_rooms_of_teams.py::test_what_was_under_way_is_begun_again_by_another_server",
    ),
    "a form comes twice": (
        "test_rooms_of_teams.py::test_a_second_press_changes_nothing",
        "test_hazards.py::test_a_form_that_is_sent_again_gets_the_same_answer",
        "test_lobby.py::test_who_asks_twice_for_a_seat_has_it_once",
    ),
    "two devices of a team": (
        "test_pages.py::test_two_versions_are_both_shown_and_neither_is_lost",
        "test_rooms_of_teams.py::test_an_old_version_never_overwrites_a_newer_one",
    ),
    "a late decision": (
        "test_rooms_of_teams.py::test_what_comes_within_the_grace_counts",
        "test_rooms_of_teams.py::test_reopening_takes_up_what_came_late",
        "test_pages.py::test_a_late_decision_is_kept_and_said_to_be_late",
    ),
    "saved and not submitted": (
        "test_rooms_of_teams.py::test_a_draft_is_played_when_nothing_was_submitted",
        "test_hazards.py::test_a_page_says_what_becomes_of_a_draft",
    ),
    "a team is away": (
        "test_console.py::test_a_bot_plays_for_a_team_that_is_away_and_goes_when_it_is_back",
        "test_console.py::test_the_console_sets_grace_and_grade_and_shows_the_badge_to_all",
        "test_console.py::test_a_decision_of_a_team_that_was_away_takes_the_seat_back",
    ),
    "clocks differ": ("test_browser_room.py::test_a_wrong_clock_moves_no_deadline",),
    "a round that sticks": (
        "test_hazards.py::test_a_turn_ends_without_any_client",
        "test_console.py::test_work_that_hangs_is_shown_and_begun_anew",
        "test_rooms_of_teams.py::test_a_trouble_stands_until_somebody_tries_again",
    ),
    "going back": (
        "test_hazards.py::test_two_rewinds_leave_every_branch_as_it_was",
        "test_rooms_of_teams.py::test_going_back_makes_a_branch_and_keeps_the_old_one",
    ),
    "what-ifs that would slow the room": ("test_hazards.py::test_a_fork_that_takes_long_keeps_no_team_waiting",),
    "cells that a spreadsheet would work out": ("test_hazards.py::test_no_cell_is_a_formula",),
    "two servers on one folder": ("test_running.py::test_a_second_server_says_that_the_folder_is_served",),
    "a newer database": ("test_log.py::test_a_newer_database_is_refused_in_a_sentence",),
    "phones cannot reach the server": (
        "test_hosted.py::test_the_first_phone_that_reaches_the_server_is_told",
        "test_hazards.py::test_a_whole_turn_on_one_machine",
    ),
    "everything fails": (
        "test_console.py::test_paper_forms_go_out_and_come_back_for_all_seats_or_none",
        "test_hazards.py::test_files_are_there_after_every_turn",
    ),
}
"""Hazard -> the tests that hold it."""


@pytest.mark.parametrize("hazard", HAZARDS)
def test_every_hazard_has_its_tests(hazard: str) -> None:
    assert HAZARDS[hazard]
    for one in HAZARDS[hazard]:
        module, _, name = one.partition("::")
        tree = ast.parse((HERE / module).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, one


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.whole
def test_a_thousand_joins_fill_no_seat_and_keep_no_table_waiting(tmp_path: Path) -> None:
    """With a facilitator at the door, a thousand scripted devices get no seat; a table's card still opens its own."""
    made = rooms(tmp_path)
    rights = Rights(made.log.engine, made.clock)
    session = conduct.begin(made, setup())
    lobby.door(made, session, "ask")

    def joins(number: int) -> str:
        try:
            return "in" if lobby.enter(made, rights, session, f"device {number}", ("aws", "Bot")) else "waits"
        except RefusedError as error:
            return str(error.status)

    with ThreadPoolExecutor(8) as crowd:
        came = list(crowd.map(joins, range(1000)))
    assert "in" not in came
    assert came.count("waits") <= lobby.MOST_KNOCKS
    assert made.state(session).seats["aws"].team == ""
    where, party = lobby.card(made, made.state(session).hall.cards["aws"])
    lobby.sit(made, rights, where, "a table", (party, "Blue"))
    assert made.state(session).seats["aws"].team == "Blue"
    lobby.turn_away(made, rights, session, tuple(one.number for one in made.state(session).hall.knocks))
    assert made.state(session).hall.knocks == ()


@pytest.mark.whole
def test_no_address_and_no_nickname_leaves_the_machine(site: Site, tmp_path: Path) -> None:
    session, code = site.begin()
    team = site.seated(code, "aws", "Zebra team")
    for what in ("brief", "open", "lock", "publish"):
        site.do(session, what)
    team.get(f"/s/{session}/team/aws")
    upkeep.look(site.house)
    files = [path for path in (tmp_path / paper.EXPORTS).rglob("*") if path.is_file()]
    assert len(files) == 3
    out = [path.read_text("utf-8") for path in files]
    out += [site.lead.get(f"/s/{session}/{name}").text for name in ("game.json", "form.csv")]
    with site.rooms.log.engine.connect() as connection:
        held = repr([list(connection.execute(sa.select(table))) for table in (SESSIONS, EVENTS, RIGHTS)])
    for text in (*out, held):
        assert "testclient" not in text and "127.0.0.1" not in text and "192.168" not in text
    assert all("Zebra" not in text for text in out)


def test_a_form_that_is_sent_again_gets_the_same_answer(site: Site) -> None:
    """A double tap, and a proxy that tries again: both answers lead to the same page, one decision is kept."""
    session, code = site.begin()
    team, page = site.seated(code, "aws"), f"/s/{session}/team/aws"
    site.do(session, "brief")
    site.do(session, "open")
    shown = team.get(page)
    sent = {name: field(shown, name) for name in ("form", "revision", "key")} | {"order": "610"}
    answers = [team.client.post(f"{page}/submit", data=sent, follow_redirects=False) for _ in range(3)]
    assert {(one.status_code, one.headers["location"]) for one in answers} == {(303, page)}
    assert site.state(session).seats["aws"].revision == 1


@pytest.mark.whole
def test_a_page_says_what_becomes_of_a_draft(site: Site) -> None:
    session, code = site.begin()
    team, page = site.seated(code, "aws"), f"/s/{session}/team/aws"
    site.do(session, "brief")
    site.do(session, "open")
    assert "A draft that is saved and not submitted is played when the time is up" in team.get(page).text
    team.post(page, f"{page}/draft", revision="0", key="k", order="620")
    assert "Your draft is saved and will be played if you do not submit" in team.get(f"{page}/live").text
    site.do(session, "lock")
    assert site.state(session).rounds[0].answers["aws"]["order"] == "620"


def test_a_turn_ends_without_any_client(tmp_path: Path) -> None:
    """Nobody sends anything: an open turn ends by its time, and a facilitator can lock an open and a paused one."""
    clock = HandClock()
    made = rooms(tmp_path, clock)
    session = conduct.begin(made, setup(turns=3))
    for end in ("time", "lock", "paused"):
        conduct.brief(made, session)
        conduct.open_turn(made, session)
        if end == "time":
            clock.time += 216
            made.wake()
        elif end == "paused":
            conduct.pause(made, session)
        made.lock(session)
        assert made.state(session).phase == "review"
        conduct.publish(made, session)
    assert made.state(session).over


@pytest.mark.whole
def test_two_rewinds_leave_every_branch_as_it_was(tmp_path: Path) -> None:
    made = rooms(tmp_path)
    session = conduct.begin(made, setup())
    people.claim(made, session, "aws", "Blue")
    seen = []
    for order in ("500", "700", "900"):
        if seen:
            conduct.rewind(made, session, 1)
        else:
            conduct.brief(made, session)
        conduct.open_turn(made, session)
        revision = made.state(session).seats["aws"].revision
        people.submit(made, session, Handed("aws", {"order": order}, revision))
        made.lock(session)
        seen.append(conduct.publish(made, session))
    for branch, state in enumerate(seen):
        assert replay(made.log.lineage(session, branch)) == state
    assert len({state.played[0]["digest"] for state in seen}) == 3
    assert {state.hall.cards["aws"] for state in seen} == {seen[0].hall.cards["aws"]}


@pytest.mark.whole
def test_a_fork_that_takes_long_keeps_no_team_waiting(site: Site) -> None:
    """A fork that a co-host asked for hangs in its own worker; meanwhile a team submits and the turn is played."""
    session, code = site.begin()
    team, page = site.seated(code, "aws"), f"/s/{session}/team/aws"
    for what in ("brief", "open", "lock", "publish", "brief", "open"):
        site.do(session, what)
    begun, goes_on = threading.Event(), threading.Event()

    class Long(Here):
        def call(self, function: Any, *given: Any) -> Any:
            begun.set()
            goes_on.wait(60)
            raise RefusedError("The fork was stopped.")

    site.house.desk.worker = Long()
    other, link = site.browser(), f"/facilitate/{site.rights.link()}"
    other.post(link, link)
    quarter = str(site.state(session).played[0]["quarter"])
    asked = (f"/s/{session}/console", f"/s/{session}/fork")
    forking = threading.Thread(target=lambda: other.post(*asked, at=quarter, others="recorded"))
    forking.start()
    try:
        assert begun.wait(60)
        assert team.post(page, f"{page}/submit", revision="0", key="k", order="610").status_code == 200
        site.do(session, "lock")
        assert site.state(session).phase == "review"
        assert forking.is_alive()
    finally:
        goes_on.set()
        forking.join()


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-cmd|x", "@SUM(A1)", "\tx", "\r=x", "=HYPERLINK(1)"])
def test_no_cell_is_a_formula(cell: str) -> None:
    table = paper.csv_of([("team", "value"), (cell, -8.5)])
    assert export.safe(cell) == f"'{cell}"
    assert "'" in table and ",-8.5" in table
    assert export.safe("+12") == "+12"


@pytest.mark.whole
def test_a_whole_turn_on_one_machine(site: Site) -> None:
    """The network is down: every team comes to the facilitator's machine in turn."""
    session, _ = site.begin()
    assert site.state(session).phase == LOBBY
    site.do(session, "brief")
    site.do(session, "open")
    seats = [seat.party for seat in site.state(session).humans]
    for party in seats:
        page = f"/s/{session}/team/{party}"
        shown = site.lead.get(page)
        done = site.lead.post(page, f"{page}/submit", revision=field(shown, "revision"), key=party, reason="no network")
        assert done.status_code == 200
    state = site.state(session)
    assert [one["seat"] for one in state.reasons] == seats
    assert all(seat.submitted for seat in state.humans)
    site.do(session, "lock")
    assert set(site.state(session).rounds[0].answers) == set(seats)
    site.do(session, "publish")


@pytest.mark.whole
def test_files_are_there_after_every_turn(site: Site, tmp_path: Path) -> None:
    session, _ = site.begin()
    for turn in (1, 2):
        for what in ("brief", "open", "lock"):
            site.do(session, what)
        upkeep.look(site.house)
        place = tmp_path / paper.EXPORTS / session / "branch-0"
        names = {f"turn-{one}-{kind}" for one in range(1, turn + 1) for kind in KINDS}
        assert {path.name for path in place.iterdir()} == names
        rows = (place / f"turn-{turn}-figures.csv").read_text("utf-8").splitlines()
        assert rows[0] == "turn,quarter,of,figure,value"
        quarters = {row.split(",")[1] for row in rows[1:]}
        assert quarters == {str(one["quarter"]) for one in site.state(session).played}
        site.do(session, "publish")


KINDS = ("figures.csv", "decisions.csv", "game.json")
