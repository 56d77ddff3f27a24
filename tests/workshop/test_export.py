"""What leaves the house: under pseudonyms, in cells that no spreadsheet runs, by links that end; and a log that the
command line replays."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.cli import main
from tests.workshop.site import Browser, Site, field
from workshop import export, lookback
from workshop.state import replay

TEAM = "=cmd|Grumpy & <b>Sons</b>"
NAMES = ("Grumpy", "Sons")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def session(site: Site) -> str:
    """A session of one turn, with a team that has a name, a guess and a draft; the facilitator says something."""
    number, code = site.begin()
    team = site.seated(code, "aws", TEAM)
    site.do(number, "brief")
    site.do(number, "say", text="Well done, Grumpy!")
    site.do(number, "open")
    page = f"/s/{number}/team/aws"
    team.post(page, f"{page}/guess", guess="12.5")
    sent = team.post(page, f"{page}/submit", revision="0", key=field(team.get(page), "key"), order="700", exit_fee="10")
    assert sent.status_code == 200, sent.text
    site.do(number, "lock")
    site.do(number, "publish")
    return number


def links(site: Site, session: str) -> dict[str, str]:
    return export.tickets(site.house.secret, session, site.clock.now())


@pytest.mark.whole
@pytest.mark.parametrize("what", list(export.FILES))
def test_a_file_names_nobody(site: Site, session: str, what: str) -> None:
    stranger = site.browser()
    found = stranger.get(links(site, session)[what])
    assert found.status_code == 200, found.text
    assert "attachment" in found.headers["content-disposition"]
    state = site.state(session)
    words = (*NAMES, *(seat.word for seat in state.seats.values() if seat.word), *(one["who"] for one in state.guesses))
    assert [word for word in words if word in found.text] == []


def test_tables_hold_what_was_decided_and_guessed(site: Site, session: str) -> None:
    visitor = site.browser()
    rows = list(csv.DictReader(io.StringIO(visitor.get(links(site, session)["decisions"]).text)))
    assert {"turn": "1", "team": "Team 1", "seat": "aws", "question": "order", "answer": "700"} in rows
    guesses = list(csv.DictReader(io.StringIO(visitor.get(links(site, session)["guesses"]).text)))
    assert [(one["person"], one["guess_percent"]) for one in guesses] == [("Person 1", "12.5")]
    figures = list(csv.DictReader(io.StringIO(visitor.get(links(site, session)["figures"]).text)))
    assert {"room", "aws"} <= {one["of"] for one in figures}


def test_the_log_holds_every_event_in_order(site: Site, session: str) -> None:
    lines = [json.loads(line) for line in site.browser().get(links(site, session)["log"]).text.splitlines()]
    events = site.rooms.log.events(session, 0)
    assert [one["kind"] for one in lines] == [one.kind for one in events]
    assert {one["kind"]: one["data"] for one in lines}["said"] == {}
    assert lines[0]["data"]["seed"] == 5


def test_the_page_stands_alone(site: Site, session: str) -> None:
    page = site.browser().get(links(site, session)["page"]).text
    assert "<svg" in page and "not advice" in page
    assert [word for word in ("src=", "<script", "<link", "@import", "url(") if word in page] == []


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+A1", "'+A1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("-5", "-5"),
        (-0.25, "-0.25"),
        ("600", "600"),
        ("55-45-0-0", "55-45-0-0"),
        (None, ""),
    ],
)
def test_no_cell_is_a_formula(value: object, cell: str) -> None:
    assert export.safe(value) == cell
    assert next(csv.reader(io.StringIO(export.table(("a",), [(value,)]).split("\r\n", 1)[1]))) in ([cell], [])


def test_a_link_is_for_one_file_of_one_session_and_soon_over(site: Site, session: str) -> None:
    good = links(site, session)["decisions"]
    stranger = site.browser()
    for wrong in (good.replace("decisions", "log"), good[:-1] + ("0" if good[-1] != "0" else "1"), good + "&until=9e9"):
        assert stranger.get(wrong).status_code == 403, wrong
    assert stranger.get(f"/export/{session}/decisions").status_code == 403
    assert stranger.get(f"/export/{session}/everything?until=1&key=x").status_code == 403
    site.clock.time += 60 * export.MINUTES + 1
    over = stranger.get(good)
    assert (over.status_code, "is over" in over.text) == (410, True)


def test_only_the_facilitator_gets_links(site: Site, session: str) -> None:
    assert site.browser().get(f"/s/{session}/debrief").status_code == 403
    page = site.lead.get(f"/s/{session}/debrief").text
    assert f"/export/{session}/decisions?until=" in page


def test_kinds_of_events_that_are_not_listed_say_only_that_they_happened() -> None:
    assert export.GOES_OUT.get("said") is None
    assert {"team", "word", "text", "reason", "says"} & {
        name for names in export.GOES_OUT.values() for name in names
    } == set()


def test_the_phone_votes_while_the_vote_is_open(site: Site, session: str) -> None:
    team: Browser = Browser(site)
    word = next(seat.word for seat in site.state(session).seats.values() if seat.word)
    code = site.rooms.log.sessions()[0]["code"]
    team.post("/", f"/join/{code}/team", word=word)
    page = f"/s/{session}/team/aws"
    assert "Which turn was the pivot?" not in team.get(page).text
    site.lead.post(f"/s/{session}/debrief", f"/s/{session}/walk", step="vote")
    assert "Which turn was the pivot?" in team.get(page).text
    assert "Your vote: turn 1" in team.post(page, f"{page}/vote", turn="1").text
    assert team.post(page, f"{page}/vote", turn="7").status_code == 422
    assert team.post(page, f"{page}/vote", turn="x").status_code == 422
    assert site.browser().post("/", f"{page}/vote", turn="1").status_code == 403
    assert "1 vote" in site.browser().get(f"/screen/{code}").text


@pytest.mark.parametrize("step", ["silence", "timeline", "vote", "reveal", "forks", "cases", "rule"])
def test_every_step_of_the_walk_has_a_page_for_the_wall(site: Site, session: str, step: str) -> None:
    page = site.lead.post(f"/s/{session}/debrief", f"/s/{session}/walk", step=step)
    assert page.status_code == 200, page.text
    code = site.rooms.log.sessions()[0]["code"]
    assert "step " in site.browser().get(f"/screen/{code}").text


def test_the_timeline_on_the_wall_looks_at_the_whole_game_or_at_a_turn(site: Site, session: str) -> None:
    """And a server that is begun anew looks at the same."""
    walk, wall = f"/s/{session}/walk", next(f"/screen/{one['code']}" for one in site.rooms.log.sessions())
    site.lead.post(walk, walk, step="timeline")
    whole = site.browser().get(wall).text
    assert whole.count('class="chart"') == 4 and "At its end" not in whole
    site.lead.post(walk, walk, step="timeline", turn="1")
    turn = site.browser().get(wall).text
    assert "New capacity order: 700" in turn and "At its end" in turn and 'class="chart"' not in turn
    assert replay(site.rooms.log.lineage(session, 0)).debrief == site.state(session).debrief
    for wrong in ("2", "x"):
        assert site.lead.post(walk, walk, step="timeline", turn=wrong).status_code == 422
    site.lead.post(walk, walk, step="vote")
    assert (site.state(session).debrief.step, site.state(session).debrief.turn) == ("vote", 0)


def test_a_turn_on_the_wall_tells_what_is_decided_anew_and_no_more_than_fits(site: Site, session: str) -> None:
    state = site.state(session)
    first = state.published[0]
    given = {"order": "700", "own_share": "40", "exit_fee": "10"}
    answers = ({"aws": given}, {"aws": given}, {"aws": {**given, "order": "0"}}, {"aws": {}})
    rounds = tuple(replace(first, turn=turn, answers=one) for turn, one in enumerate(answers, 1))
    told = []
    for turn in range(len(rounds) + 2):
        looked = lookback.looked_at(replace(state, rounds=rounds, debrief=replace(state.debrief, turn=turn)))
        told.append(None if looked is None else dict(looked.decided)["AWS"])
    assert told[0] is None is told[-1]
    assert [len(one or ()) for one in told[1:-1]] == [3, 1, 1, 1]
    assert told[2] == [lookback.AS_BEFORE] and told[4] == [lookback.FILLED]
    assert (told[3] or [""])[0].startswith("New capacity order: 0")


@pytest.mark.whole
def test_a_session_of_several_people_replays_and_forks_from_the_command_line(
    site: Site, session: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "game.json"
    path.write_text(site.lead.get(f"/s/{session}/game.json").text, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(path)])
    assert not ended.value.code
    assert "no difference" in " ".join(capsys.readouterr().out.split())
    options = ["--at", "2026Q2", "--worlds", "2", "--quarters", "3", "--out", str(tmp_path / "fork")]
    with pytest.raises(SystemExit) as ended:
        main(["fork", str(path), *options])
    assert not ended.value.code
    assert "From 2026Q2 on, 2 worlds" in " ".join(capsys.readouterr().out.split())
    assert (tmp_path / "fork").is_dir()
