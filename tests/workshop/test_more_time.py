"""More time for teams as a share of each turn's own, and what facilitators did and why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.workshop.events import setup
from tests.workshop.site import Site
from workshop import conduct


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_more_time_is_a_share_of_each_turns_own_time(site: Site) -> None:
    """Turns of 400 and 200 seconds: a team with half as much again has 200 and 100 seconds beyond the deadline."""
    session = conduct.begin(site.rooms, setup(turns=3, pace=[400, 200], seconds=999))
    code = str(site.rooms.log.sessions()[0]["code"])
    site.seated(code, "aws", "Blue")
    assert site.do(session, "ease", seat="aws", share="a lot").status_code == 422
    assert site.do(session, "ease", seat="mars", share="50").status_code == 404
    assert site.do(session, "ease", seat="aws", share="50", why="reads with a magnifier").status_code == 200
    for own in (400.0, 200.0):
        conduct.brief(site.rooms, session)
        opened = site.clock.time
        state = conduct.open_turn(site.rooms, session)
        assert state.deadline == opened + own
        site.clock.time = opened + 1.5 * own + 4.0
        assert site.state(session).phase == "open"
        site.clock.time = opened + 1.5 * own + 6.0
        assert site.state(session).phase == "review"
        conduct.publish(site.rooms, session)
    told = site.lead.get(f"/s/{session}/console").text
    assert "AWS: +50 %" in told and "reads with a magnifier" in told


def test_everybody_may_have_more_time(site: Site) -> None:
    session = conduct.begin(site.rooms, setup(turns=2, pace=[400, 200]))
    site.do(session, "ease", seat="", share="25")
    site.do(session, "ease", seat="", share="25")
    conduct.brief(site.rooms, session)
    assert "Open the turn (8:20)" in site.lead.get(f"/s/{session}/console").text
    assert conduct.open_turn(site.rooms, session).deadline == site.clock.time + 500.0
    site.do(session, "ease", seat="", share="0")
    assert [one.data["share"] for one in site.rooms.log.events(session, 0) if one.kind == "eased"] == [0.25, 0.0]


def test_the_console_tells_who_did_what_and_why(site: Site) -> None:
    session, code = site.begin()
    team = site.seated(code, "aws", "Blue")
    second = site.browser()
    link = f"/facilitate/{site.rights.link()}"
    site.clock.time += 60.0
    second.post(link, link)
    site.do(session, "brief")
    second.post(f"/s/{session}/console", f"/s/{session}/do/open")
    site.do(session, "extend", seconds="60", why="the projector failed")
    page = f"/s/{session}/team/nvidia"
    shown = site.lead.get(page)
    revision = re.search(r'name="revision" value="(\d+)"', shown.text)
    assert revision
    site.lead.post(page, f"{page}/submit", revision=revision.group(1), key="x", reason="their phone is flat")
    site.do(session, "note", why="<b>fire drill</b>")
    assert site.do(session, "note", why="  ").status_code == 422
    acts = [(one.who, one.kind, one.turn, one.why) for one in site.state(session).acts]
    assert acts == [
        ("facilitator", "briefed", 1, ""),
        ("co-host 2", "opened", 1, ""),
        ("facilitator", "extended", 1, "the projector failed"),
        ("facilitator", "submitted", 1, "their phone is flat"),
        ("facilitator", "noted", 1, "<b>fire drill</b>"),
    ]
    told = site.lead.get(f"/s/{session}/console").text
    for said in ("Gave everybody 60 seconds more", "Decided for Nvidia", "&lt;b&gt;fire drill&lt;/b&gt;", "co-host 2"):
        assert said in told
    site.do(session, "rewind", turn="1", why="practice is over")
    kept = site.state(session).acts
    assert len(kept) == 6 and (kept[-1].kind, kept[-1].why) == ("branched", "practice is over")
    assert "fire drill" not in team.get(f"/s/{session}/team/aws").text


def test_what_time_did_is_no_facilitators_act(site: Site) -> None:
    session, _ = site.begin()
    site.do(session, "brief")
    site.do(session, "open")
    site.clock.time += 10_000.0
    site.do(session, "say", text="Time is up")
    assert [one.kind for one in site.state(session).acts] == ["briefed", "opened", "said"]
    assert site.state(session).phase == "review"
