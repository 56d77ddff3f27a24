"""A whole game over HTTP, as a facilitator and teams would play it, and what each page says."""

from __future__ import annotations

import hashlib
import json
import re
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from experiments.play import replay
from experiments.play.log import Logbook
from tests.workshop.site import Site, field
from workshop import pages
from workshop.web import app
from workshop.web.app import STATIC


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


ORDER = {"order": "610", "own_share": "50", "exit_fee": "10"}


@pytest.mark.whole
def test_a_turn_goes_through_all_pages(site: Site, tmp_path: Path) -> None:
    session, code = site.begin()
    team, page = site.seated(code, "aws", "Blue"), f"/s/{session}/team/aws"
    assert "Blue" in site.lead.get(f"/s/{session}/console").text
    assert code in site.browser().get(f"/screen/{code}").text
    assert "Open the turn" in site.do(session, "brief").text
    site.do(session, "open")
    shown = team.get(page)
    assert "New capacity order" in shown.text
    saved = team.post(page, f"{page}/draft", revision=field(shown, "revision"), key="k1", **{**ORDER, "order": "600"})
    assert "Draft saved" in saved.text
    done = team.post(page, f"{page}/submit", revision=field(saved, "revision"), key="k1", **ORDER)
    assert "Submitted" in done.text
    assert "✓ submitted" in site.browser().get(f"/screen/{code}").text
    assert "only you see it" in site.do(session, "lock").text
    assert "What the room has made of it" not in site.browser().get(f"/screen/{code}").text
    site.do(session, "publish")
    assert "What the room has made of it" in site.browser().get(f"/screen/{code}").text
    assert "What came of your last turn" in team.get(page).text
    path = tmp_path / "game.json"
    path.write_text(site.lead.get(f"/s/{session}/game.json").text, encoding="utf-8")
    book = Logbook.load(path)
    assert replay.check(book).status == 0
    assert sum(json.loads(path.read_text("utf-8"))["played"][1]["decisions"]["aws"]["order_mw"][0]) == pytest.approx(
        610
    )


@pytest.mark.whole
def test_the_demo_is_a_finished_game_with_a_debrief(site: Site) -> None:
    site.house.desk.rounds = (3,)
    session = site.lead.post("/", "/demo", seed="2").url.path.split("/")[2]
    assert site.state(session).over
    page = site.lead.get(f"/s/{session}/debrief").text
    assert page.count("<svg") == 4
    assert page.count("<summary>Figures of") == 4
    for others, words in (
        ("recorded", "others follow recorded decisions"),
        ("skilled", "others played by skilled bots"),
    ):
        found = site.lead.post(f"/s/{session}/debrief", f"/s/{session}/fork", at="2026Q4", others=others).text
        assert f"{words}; 3 worlds" in found
        assert "Assumed: all worlds share the past before 2026Q4" in found
        assert "90 % of worlds between" in found


@pytest.mark.whole
def test_hot_seat_is_the_teams_page_and_leaves_its_reason(site: Site) -> None:
    session, _ = site.begin()
    site.do(session, "brief")
    site.do(session, "open")
    page = f"/s/{session}/team/ec"
    shown = site.lead.get(page)
    assert "hot seat" in shown.text
    parts = {f"attention-{k}": part for k, part in enumerate(("4", "2", "2", "2"))}
    done = site.lead.post(
        page, f"{page}/submit", revision=field(shown, "revision"), key="x", step="none", reason="network down", **parts
    )
    assert done.status_code == 200
    assert site.state(session).seats["ec"].answers == {"attention": "4-2-2-2", "step": "none"}
    assert site.state(session).reasons[0]["reason"] == "network down"


@pytest.mark.whole
def test_two_versions_are_both_shown_and_neither_is_lost(site: Site) -> None:
    session, code = site.begin()
    team, page = site.seated(code, "aws"), f"/s/{session}/team/aws"
    site.do(session, "brief")
    site.do(session, "open")
    other, word = site.browser(), site.state(session).seats["aws"].word
    assert other.post("/", f"/join/{code}/team", word=word).status_code == 200
    for browser in (team, other):
        browser.get(page)
    team.post(page, f"{page}/submit", revision="0", key="a", **ORDER)
    clash = other.post(page, f"{page}/submit", revision="0", key="b", **{**ORDER, "order": "700"})
    assert clash.status_code == 409
    assert "610" in clash.text and "700" in clash.text
    again = other.post(page, f"{page}/submit", revision=field(clash, "revision"), key="c", **{**ORDER, "order": "700"})
    assert again.status_code == 200
    assert site.state(session).seats["aws"].answers["order"] == "700"


@pytest.mark.whole
def test_a_late_decision_is_kept_and_said_to_be_late(site: Site) -> None:
    session, code = site.begin()
    team, page = site.seated(code, "aws"), f"/s/{session}/team/aws"
    site.do(session, "brief")
    site.do(session, "open")
    shown = team.get(page)
    site.clock.time += 300
    given = {name: field(shown, name) for name in ("form", "revision", "key")}
    late = team.client.post(f"{page}/submit", data={**given, **ORDER})
    assert "after the turn was locked" in late.text
    assert site.state(session).rounds[0].answers["aws"] == {}


def test_markup_in_a_name_is_shown_as_written(site: Site) -> None:
    session, code = site.begin()
    team = site.seated(code, "aws", "<script>alert(1)</script>")
    site.do(session, "say", text="<b>look</b>")
    console = site.lead.get(f"/s/{session}/console")
    for page in (team.get(f"/s/{session}/team/aws"), console, team.get(f"/screen/{code}")):
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert" in page.text
        assert "<b>look" not in page.text


@pytest.mark.whole
def test_each_wrong_decision_gets_its_sentence(site: Site) -> None:
    session, code = site.begin()
    team, page = site.seated(code, "aws"), f"/s/{session}/team/aws"
    site.do(session, "brief")
    site.do(session, "open")
    wrong = team.post(page, f"{page}/submit", revision="0", key="k", **{**ORDER, "order": "99999"})
    assert wrong.status_code == 422
    assert "give 0 to 10000 MW in steps of 10" in wrong.text
    live = team.post(page, f"{page}/draft", revision="0", key="k", **{**ORDER, "exit_fee": "lots"})
    assert "is not a number" in live.text
    assert site.state(session).seats["aws"].revision == 0


@pytest.mark.whole
def test_a_console_says_what_cannot_be_done_now(site: Site) -> None:
    session, _ = site.begin()
    answer = site.do(session, "publish")
    assert (answer.status_code, "there is no result to publish" in answer.text) == (409, True)
    assert site.do(session, "extend", seconds="-5").status_code == 422
    assert site.do(session, "rewind", turn="9").status_code == 422
    assert site.do(session, "nothing").status_code == 404


def test_the_script_and_handouts_are_on_one_page(site: Site) -> None:
    session, _ = site.begin()
    page = site.lead.get(f"/s/{session}/handout").text
    assert "A silent minute" in page
    assert page.count("Paper form") == len(site.state(session).seats)
    assert "Switching cost" in page


@pytest.mark.parametrize("folder", [STATIC / "vendor", Path(__file__).parents[1] / "vendor"])
def test_vendored_files_are_those_that_are_named(folder: Path) -> None:
    rows = re.findall(r"^\| `([\w.]+)` .*`(\w{64})` \|$", (folder / "README.md").read_text("utf-8"), re.MULTILINE)
    assert rows
    for name, said in rows:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == said
        assert (folder / f"{name.partition('.')[0]}.LICENSE").is_file()


def test_a_first_page_is_small(site: Site) -> None:
    session, code = site.begin()
    team = site.seated(code, "aws")
    page = team.get(f"/s/{session}/team/aws")
    parts = [page, *(team.get(name) for name in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))]
    sizes = [int(one.headers["content-length"]) for one in parts]
    assert sum(sizes) < 150_000
    assert len(parts) == 5


@pytest.mark.whole
def test_the_watch_locks_what_is_due_and_outlives_a_fault(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    session, _ = site.begin()
    site.do(session, "brief")
    site.do(session, "open")
    site.clock.time += 300
    wake, calls = site.rooms.wake, []

    def faulty() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("the disk is full")
        wake()

    monkeypatch.setattr(site.rooms, "wake", faulty)
    monkeypatch.setattr(app, "EVERY", 0.01)
    with TestClient(app.application(site.house)):
        end = time.monotonic() + 60
        while time.monotonic() < end and not site.rooms.log.with_key(session, 0, "resolved:1:1"):
            time.sleep(0.01)
    assert site.state(session).phase == "review"


@pytest.mark.whole
def test_each_person_guesses_and_the_debrief_shows_what_came(site: Site) -> None:
    session, code = site.begin()
    team, page = site.seated(code, "aws"), f"/s/{session}/team/aws"
    other = site.browser()
    other.post("/", f"/join/{code}/team", word=site.state(session).seats["aws"].word)
    early = team.post("/", f"{page}/guess", guess="4")
    assert early.status_code == 409 and "this one was not kept" in early.text
    for turn in (1, 2, 3):
        site.do(session, "brief")
        if turn == 1:
            assert "is not allowed" in team.post(page, f"{page}/guess", guess="150").text
            for browser, guess in ((team, "3"), (other, "9"), (team, "5")):
                assert f"Your guess of {guess} %" in browser.post(page, f"{page}/guess", guess=guess).text
            asked = {"form": team.token(page), "guess": "150"}
            part = team.client.post(f"{page}/guess", data=asked, headers={"HX-Request": "true"})
            assert part.status_code == 422 and part.text.count("<section") == 1 and "is not allowed" in part.text
        for what in ("open", "lock", "publish"):
            site.do(session, what)
    ((quarter, count, said, came),) = pages.guessed(site.state(session))
    assert (quarter, count, said) == ("2027Q1", 2, "7.0 % (5.0 to 9.0)")
    row = next(row for one in site.state(session).rounds for row in one.yardsticks if row["quarter"] == quarter)
    assert came == f"{100 * row['room']['trainium_share_used']:.1f} %"
    shown = site.lead.get(f"/s/{session}/debrief").text
    assert shown.count('class="guess"') == 2
    assert 'class="guess"' not in site.browser().get(f"/screen/{code}").text
