"""Predict and reveal: the room's cycles are the replay of its log, a pair's last prediction stands, nothing is shown
before it is closed, and what is shown is what the what-if page says."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator
from dataclasses import replace as replace_of
from html import unescape
from pathlib import Path

import pytest

from sim.errors import InputError
from tests.workshop.site import Browser, Site
from workshop import act_words, agenda, cycles, explored, explorer, predicting, underway, views
from workshop.cycles import Cycle
from workshop.state import replay
from workshop.underway import Found
from workshop.web import upkeep

PLAN = agenda.agenda("d")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server whose what-ifs are small: two worlds, two quarters."""
    monkeypatch.setattr(underway, "ROUNDS", [(0, 2)])
    for module in (explorer, underway, views):
        monkeypatch.setattr(module, "QUARTERS", 2)
    monkeypatch.setattr(views, "WORLDS", (2,))
    monkeypatch.setattr(predicting, "WORLDS", 2)
    monkeypatch.setattr(predicting, "PATIENCE", 120.0)
    made = Site(tmp_path)
    yield made
    made.house.explorer.close()


def do(site: Site, session: str, what: str) -> int:
    return site.lead.post("/", f"/s/{session}/cycles/{what}").status_code


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def joined(site: Site, code: str) -> Browser:
    pair = site.browser()
    page = pair.post("/", "/join", code=code)
    assert page.url.path.endswith("/pair")
    return pair


@pytest.mark.whole
def test_a_cycle_goes_through_all_pages(site: Site) -> None:
    session, code = site.begin(agenda="d")
    page, wall = f"/s/{session}/pair", f"/guesses/{code}"
    pairs = [joined(site, code) for _ in range(3)]
    before = pairs[0].get(page).text
    assert "You are in" in before
    assert code in site.browser().get(wall).text
    assert pairs[0].post("/", f"/s/{session}/predict", sign="lower", size="1").status_code == 409
    assert do(site, session, "show") == 409
    assert do(site, session, "ask") == 200
    assert do(site, session, "ask") == 409
    assert PLAN.cycle[0].title in pairs[0].get(page).text
    refresh = '<noscript><meta http-equiv="refresh"'
    assert (refresh in before, refresh in pairs[0].get(page).text) == (True, False)  # nothing is typed in the lobby
    pairs[0].post("/", f"/s/{session}/predict", sign="higher", size="4")
    kept = pairs[0].post("/", f"/s/{session}/predict", sign="lower", size="1.5")
    assert "Kept: lower by 1.5 points" in kept.text
    pairs[1].post("/", f"/s/{session}/predict", sign="same", size="3")
    now = site.browser().get(wall).text
    assert "2 predictions" in now
    assert 'class="heap"' not in now  # nobody sees what others say before it is shown
    assert 'class="heap"' in site.lead.get(f"/s/{session}/cycles").text
    assert do(site, session, "show") == 200
    assert do(site, session, "show") == 409
    wall_page = site.browser().get(wall).text
    assert wall_page.count('class="heap"') == 2
    assert "of 2 pairs had the sign right" in words(wall_page)
    assert "You said: lower by 1.5 points" in words(pairs[0].get(page).text)
    assert "You did not predict this one" in pairs[2].get(page).text


@pytest.mark.whole
def test_a_room_that_waits_sees_how_far_the_worlds_are_and_is_shown_by_itself(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A press answers at once, takes no more predictions, and is kept over a restart."""
    session, code = site.begin(agenda="d")
    pair, page, wall = joined(site, code), f"/s/{session}/pair", f"/guesses/{code}"
    do(site, session, "ask")
    pair.post("/", f"/s/{session}/predict", sign="lower", size="1.5")
    view = predicting.view_of(PLAN.cycle[0].model_dump(), 5)
    with monkeypatch.context() as slow:
        slow.setattr(predicting, "PATIENCE", 0.0)
        slow.setattr(predicting, "played", lambda *given: Found(view, (), (), 0, 0, 1, False))
        assert do(site, session, "show") == 200 == do(site, session, "show")
        assert site.state(session).cycles[0].shown is None
        assert "The first worlds are being played." in words(site.lead.get(f"/s/{session}/cycles").text)
        before = site.rooms.bell.version(session)
        upkeep.look(site.house)
        upkeep.look(site.house)
        assert site.rooms.bell.version(session) == before + 1  # its pages are told once what is new
        seen = site.browser().get(wall).text
        assert "predictions are closed" in words(seen) and 'class="heap"' in seen
        assert "Predictions are closed. You said: lower by 1.5 points" in words(pair.get(page).text)
        assert pair.post("/", f"/s/{session}/predict", sign="same", size="").status_code == 409
        assert do(site, session, "ask") == 409
    end = time.monotonic() + 60
    while site.state(session).cycles[0].shown is None and time.monotonic() < end:
        upkeep.look(site.house)
        time.sleep(0.05)
    assert "You said: lower by 1.5 points" in words(pair.get(page).text)
    assert 'class="heap"' in site.browser().get(wall).text
    assert len(site.state(session).cycles[0].guesses) == 1
    _tells_a_figure_once(site, session, wall, monkeypatch)


def _tells_a_figure_once(site: Site, session: str, wall: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The share without the change is a figure when all worlds are there: of the first few it would be another."""
    do(site, session, "ask")
    rest, _ = predicting.at_rest(site.house.explorer, session, site.state(session).setup.seed)
    assert rest is not None
    for whole in (False, True):
        monkeypatch.setattr(predicting, "at_rest", lambda *given, whole=whole: (rest, whole))
        shown = words(site.browser().get(wall).text)
        assert (rest.now in shown, "the figure comes with all of them" in shown) == (whole, not whole)


@pytest.mark.whole
@pytest.mark.parametrize(("seconds", "worlds", "shows"), [(44, 24, False), (46, 24, True), (46, 8, False)])
def test_a_room_that_waits_long_is_shown_the_worlds_that_are_there(
    site: Site, monkeypatch: pytest.MonkeyPatch, seconds: float, worlds: int, shows: bool
) -> None:
    asked = Cycle(1, {}, closed=site.clock.now() - seconds)
    found = Found(predicting.view_of(PLAN.cycle[0].model_dump(), 5), (), (), views.QUARTERS, worlds, 1, False)
    monkeypatch.setattr(predicting, "WORLDS", 64)
    assert predicting.enough(site.rooms, asked, found) is shows
    assert not predicting.enough(site.rooms, asked, replace_of(found, failed="No."))
    assert predicting.progress(found).said == "The first worlds are being played."


@pytest.mark.whole
def test_what_is_shown_is_what_the_what_if_page_says(site: Site) -> None:
    session, _ = site.begin(agenda="d")
    do(site, session, "ask")
    do(site, session, "show")
    shown = site.state(session).cycles[0].shown
    assert shown is not None
    found = site.house.explorer.wait("p", views.read({**dict(_pairs(PLAN.cycle[0].query)), "seed": "5"}), 60.0, 2)
    assert found.answer is not None
    change = found.answer.difference("trainium_share_used")[:, -1]
    assert shown["middle"] == pytest.approx(sum(change) / 2)
    assert shown["higher"] + shown["lower"] <= 2 == shown["worlds"]
    assert replay(site.rooms.log.lineage(session, 0)).cycles == site.state(session).cycles


def _pairs(query: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (part.partition("=") for part in query.split("&"))]


@pytest.mark.whole
def test_all_cycles_end_in_a_summary_and_a_file(site: Site) -> None:
    session, code = site.begin(agenda="d")
    pair = joined(site, code)
    for _ in PLAN.cycle:
        assert do(site, session, "ask") == 200
        pair.post("/", f"/s/{session}/predict", sign="higher", size="0.5")
        assert do(site, session, "show") == 200
    assert do(site, session, "ask") == 409
    wall = words(site.browser().get(f"/guesses/{code}").text)
    assert "where the room and the model disagree" in wall
    assert all(one.title in wall for one in PLAN.cycle)
    table = site.lead.get(f"/s/{session}/predictions.csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["title"] for row in rows] == [one.title for one in PLAN.cycle]
    assert {row["predicted_points"] for row in rows} == {"0.5"}
    assert len({row["pair"] for row in rows}) == 1
    assert site.browser().get(f"/s/{session}/predictions.csv").status_code == 403


@pytest.mark.whole
@pytest.mark.parametrize(
    ("sign", "size"), [("up", "1"), ("lower", "99"), ("lower", "0"), ("higher", "nan"), ("higher", "")]
)
def test_a_wrong_prediction_gets_a_sentence_and_changes_nothing(site: Site, sign: str, size: str) -> None:
    session, code = site.begin(agenda="d")
    pair = joined(site, code)
    do(site, session, "ask")
    answer = pair.post("/", f"/s/{session}/predict", sign=sign, size=size)
    assert answer.status_code == 422
    assert "Choose lower" in answer.text or "is not allowed; give 0.25 to 6 points" in answer.text
    assert site.state(session).cycles[0].guesses == ()


@pytest.mark.whole
def test_a_code_that_has_expired_takes_no_more_predictions(site: Site) -> None:
    session, code = site.begin(agenda="d")
    pair = joined(site, code)
    site.clock.time += 10 * 86_400
    assert pair.get(f"/s/{session}/pair").status_code == 410


def test_the_script_and_the_paper_forms_are_on_one_page(site: Site) -> None:
    session, _ = site.begin(agenda="d")
    said = words(site.lead.get(f"/s/{session}/cycles/handout").text)
    assert all(one.title in said and one.talk in said for one in PLAN.cycle)
    assert all(one.answer in said for one in PLAN.check)
    assert site.browser().get(f"/s/{session}/cycles/handout").status_code == 403


def test_a_session_with_turns_has_no_cycles(site: Site) -> None:
    session, _ = site.begin()
    answer = site.lead.get(f"/s/{session}/cycles")
    assert (answer.status_code, "no changes to predict" in answer.text) == (404, True)


@pytest.mark.whole
def test_a_change_that_cannot_be_played_is_left_out_and_the_next_one_is_asked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On every page, in the table and over a restart: what was predicted of it counts nowhere."""
    session, code = site.begin(agenda="d")
    pair, page, wall, console = joined(site, code), f"/s/{session}/pair", f"/guesses/{code}", f"/s/{session}/cycles"
    with monkeypatch.context() as broken:
        broken.setattr(explored, "go", _cannot)
        do(site, session, "ask")
        pair.post("/", f"/s/{session}/predict", sign="lower", size="1.5")
        assert do(site, session, "leave-out") == 409  # pairs still predict
        do(site, session, "show")
        upkeep.look(site.house)
        assert "Leave this change out" in site.lead.get(console).text
        assert all("it is tried again, or left out" in one for one in (pair.get(page).text, pair.get(wall).text))
        assert pair.post("/", f"{console}/leave-out").status_code == 403
        assert do(site, session, "leave-out") == 200
    assert do(site, session, "leave-out") == 409 == do(site, session, "show")
    for where in (page, wall):
        assert "left out: what you predicted of it counts nowhere" in pair.get(where).text
    said = site.lead.get(console).text
    assert "You left this change out" in said and PLAN.cycle[1].title in said
    assert site.lead.get(f"/s/{session}/predictions.csv").status_code == 404
    _is_in_the_log(site, session)
    assert do(site, session, "ask") == 200
    pair.post("/", f"/s/{session}/predict", sign="higher", size="0.5")
    do(site, session, "show")
    table = site.lead.get(f"/s/{session}/predictions.csv").text
    assert PLAN.cycle[1].title in table and PLAN.cycle[0].title not in table
    assert f"{PLAN.cycle[0].title} left out: it could not be played" in words(site.lead.get(console).text)


def _cannot(*given: object) -> None:
    raise InputError("The plants stand still.")


def _is_in_the_log(site: Site, session: str) -> None:
    """Who left it out and why, as a server that is begun anew reads it."""
    event = site.rooms.log.lineage(session, 0)[-1]
    assert (event.kind, event.data["number"], event.data["sender"]) == ("cycle_left_out", 1, "facilitator")
    assert "plants stand still" in event.data["failed"]
    state = replay(site.rooms.log.lineage(session, 0))
    assert state.cycles == site.state(session).cycles and state.cycles[0].over and not cycles.waits(state.cycles)
    assert act_words.words(state, state.acts[-1]) == "Left out change 1, which could not be played"


@pytest.mark.whole
def test_a_change_that_is_being_played_is_not_left_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    session, _ = site.begin(agenda="d")
    assert do(site, session, "leave-out") == 409
    do(site, session, "ask")
    view = predicting.view_of(PLAN.cycle[0].model_dump(), 5)
    monkeypatch.setattr(predicting, "PATIENCE", 0.0)
    monkeypatch.setattr(predicting, "played", lambda *given: Found(view, (), (), 0, 0, 1, False))
    do(site, session, "show")
    assert do(site, session, "leave-out") == 409
    assert "Leave this change out" not in site.lead.get(f"/s/{session}/cycles").text
