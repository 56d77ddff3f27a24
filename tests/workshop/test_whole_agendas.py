"""Each agenda with seats is played from the home page to its debrief by teams that follow a script: every seat decides
in every turn, forks of the agenda are played, and the log replays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from experiments.play import replay
from experiments.play.log import Logbook
from tests.workshop.site import Browser, Site
from workshop import agenda, lookback, pages
from workshop.alternatives import VARIANTS

pytestmark = pytest.mark.slow
PLAYED = ("a", "b", "c")


def decide(team: Browser, page: str, state: Any, party: str, turn: int) -> None:
    """Hand in what is filled in, with the first number moved by a step in every second turn."""
    asked = pages.questions(state, party)
    fields: dict[str, str] = {}
    for one in asked:
        if one.shared:
            fields |= {f"{one.question.id}-{k}": part for k, (_, part) in enumerate(one.parts)}
        else:
            fields[one.question.id] = one.value
    shown = team.get(page)
    assert shown.status_code == 200, shown.text
    revision = str(state.seats[party].revision)
    sent = team.post(page, f"{page}/submit", revision=revision, key=f"{party}{turn}", **fields)
    assert sent.status_code == 200, sent.text


@pytest.mark.parametrize("name", PLAYED)
def test_an_agenda_is_played_by_teams_from_the_home_page_to_the_debrief(name: str, tmp_path: Path) -> None:
    site, plan = Site(tmp_path), agenda.agenda(name)
    site.house.desk.worlds, site.house.desk.par, site.house.desk.rounds = 2, 2, (2, 1)
    assert plan.title in site.lead.get("/").text
    session, code = site.begin(agenda=name)
    people = [party for party, holder in plan.seats.items() if holder == "human"]
    teams = {party: site.seated(code, party, f"Team of {party}") for party in people}
    cards = site.state(session).cards
    assert len(cards) == len(plan.cards)
    for turn in range(1, plan.turns + 1):
        site.do(session, "brief")
        site.do(session, "open")
        state = site.state(session)
        assert state.deadline == site.clock.now() + state.setup.seconds_of(turn)
        assert any(plan.windows.get(str(turn), "?") == text for _, text in state.said) == (str(turn) in plan.windows)
        for party, team in teams.items():
            decide(team, f"/s/{session}/team/{party}", site.state(session), party, turn)
        assert site.state(session).waiting == ()
        site.do(session, "lock")
        site.do(session, "publish")
    state = site.state(session)
    assert (state.over, len(state.played)) == (True, plan.turns * plan.quarters_a_turn + plan.unplayed)
    _looked_back(site, session, plan)
    _replayed(site, session, tmp_path)


def _looked_back(site: Site, session: str, plan: agenda.Agenda) -> None:
    page = f"/s/{session}/debrief"
    first = str(site.state(session).played[0]["quarter"])
    for variant in plan.forks:
        if variant == "edge-early" and plan.cards:  # the seed has laid this card: it is refused in a sentence
            continue
        done = site.lead.post(page, f"/s/{session}/fork", at=first, others="recorded", variant=variant)
        assert VARIANTS[variant].says in done.text.replace("&#39;", "'")
    site.lead.post(page, f"/s/{session}/find/pivot")
    site.lead.post(page, f"/s/{session}/why", who="room")
    shown = site.lead.post(page, f"/s/{session}/find/par").text
    assert site.house.desk.wrong(session) == {}
    state = site.state(session)
    assert len(lookback.timeline(state)) == plan.turns
    assert {"pivot", "why room", "par"} <= set(state.debrief.found)
    assert "Not accounted for" in shown


def _replayed(site: Site, session: str, folder: Path) -> None:
    path = folder / "game.json"
    path.write_text(site.lead.get(f"/s/{session}/game.json").text, encoding="utf-8")
    found = replay.check(Logbook.load(path))
    assert (found.status, found.bits) == (0, True)
