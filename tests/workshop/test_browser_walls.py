"""Nobody scrolls a wall: whatever a room's screen meets in a whole game of each agenda fits, also with as much as a
facilitator can say, on an old projector and on a new one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.workshop import walls
from tests.workshop.site import Site
from tests.workshop.walls import LONG, Walls
from tests.workshop.windows import OLD_WALL, WALL
from workshop import predicting
from workshop.debriefing import STEPS

pytestmark = [pytest.mark.slow, pytest.mark.browser]
SAID = ("", LONG)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site"))


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_the_wall_of_a_whole_game_fits_in_every_phase(chromium: Any, site: Site, name: str) -> None:
    session, code = walls.played(site, name)
    rooms = walls.moments(site.rooms.log.lineage(session, 0))
    rooms = [*rooms[:5], *rooms[-8:]]
    assert {one.partition(", ")[2] for one, _ in rooms} == {"lobby", "briefing", "open", "review", "published"}
    seen = Walls(chromium, site, (OLD_WALL, WALL))
    assert [low for room in rooms for said in SAID for low in seen.low(session, f"/screen/{code}", room, said)] == []


def test_every_step_of_the_longest_debrief_fits_and_can_be_read(chromium: Any, site: Site) -> None:
    """Agenda C has the most turns and teams."""
    session, code = walls.played(site, "c")
    rooms = walls.walked(site.state(session))
    assert {one.debrief.step for _, one in rooms} == {one.name for one in STEPS} and len(rooms) == 7 + 9
    seen = Walls(chromium, site, (OLD_WALL, WALL))
    assert [low for room in rooms for said in SAID for low in seen.low(session, f"/screen/{code}", room, said)] == []
    seen.visitor = site.lead  # the same with the facilitator's buttons under it, for a room with one machine
    timeline = [room for room in rooms if room[1].debrief.step == "timeline"]
    assert [low for room in timeline for low in seen.low(session, f"/s/{session}/walk", room, "")] == []


def test_the_wall_of_a_large_room_fits_at_every_change(
    chromium: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(tmp_path)
    session, code = site.begin(agenda="d")
    monkeypatch.setattr(predicting, "at_rest", walls.at_rest)
    rooms = walls.cycled(session, site)
    rooms, seen = [*rooms[:5], *rooms[-8:]], Walls(chromium, site, (OLD_WALL, WALL))
    assert [low for room in rooms for said in SAID for low in seen.low(session, f"/guesses/{code}", room, said)] == []
