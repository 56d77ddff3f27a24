"""The door of a room, table cards, codes, who leads, what is kept and for how long."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.workshop.site import Browser, Site
from workshop import lobby, paper
from workshop.lobby import DAY, KEPT_DAYS, MOST_KNOCKS
from workshop.presence import Presence
from workshop.web import upkeep


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def asks(site: Site, code: str, party: str, name: str = "") -> Browser:
    """A browser that asks for a seat at the door."""
    team = site.browser()
    assert team.post("/", f"/join/{code}/claim", seat=party, name=name).status_code == 200
    return team


@pytest.mark.whole
def test_whom_the_facilitator_lets_in_has_the_seat_and_the_others_not(site: Site) -> None:
    session, code = site.begin()
    site.do(session, "door", door="ask")
    first, second = asks(site, code, "aws", "Blue"), asks(site, code, "aws", "Red")
    assert site.state(session).seats["aws"].team == ""
    assert "The facilitator sees your team" in first.get(f"/join/{code}").text
    assert first.post("/", f"/join/{code}/claim", seat="ec", name="").status_code == 409
    console = site.lead.get(f"/s/{session}/console").text
    assert "Let <bdi>Blue</bdi> in" in console and "Let <bdi>Red</bdi> in" in console
    site.do(session, "admit", knock="2")
    assert site.state(session).seats["aws"].team == "Red"
    assert second.get(f"/s/{session}/team/aws").status_code == 200
    assert first.get(f"/s/{session}/team/aws").status_code == 403
    assert site.do(session, "admit", knock="1").status_code == 409
    site.do(session, "turn-away", knock="all")
    assert site.state(session).hall.knocks == ()
    assert first.post("/", f"/join/{code}/claim", seat="ec", name="").status_code == 200


@pytest.mark.whole
def test_a_closed_door_opens_to_table_cards_alone(site: Site) -> None:
    session, code = site.begin()
    site.do(session, "door", door="closed")
    stranger = site.browser()
    assert stranger.post("/", f"/join/{code}/claim", seat="aws", name="").status_code == 403
    card = f"/card/{site.state(session).hall.cards['aws']}"
    assert card in site.lead.get(f"/s/{session}/cards").text
    table, second = site.browser(), site.browser()
    assert "Take this seat" in table.get(card).text
    assert site.state(session).seats["aws"].team == ""
    assert table.post(card, card, name="Blue").url.path == f"/s/{session}/team/aws"
    assert second.post(card, card).url.path == f"/s/{session}/team/aws"
    assert site.state(session).seats["aws"].team == "Blue"
    assert site.do(session, "door", door="ajar").status_code == 422


@pytest.mark.whole
def test_a_wrong_card_opens_nothing_and_guessing_is_stopped(site: Site) -> None:
    session, _ = site.begin()
    guesser = site.browser()
    assert [guesser.get("/card/" + "x" * 22).status_code for _ in range(9)] == [404] * 8 + [429]
    screen = site.state(session).hall.cards["screen"]
    assert site.browser().get(f"/card/{screen}").status_code == 404


@pytest.mark.whole
def test_the_projectors_link_shows_the_screen_and_nothing_else(site: Site) -> None:
    session, code = site.begin()
    secret, wall = site.state(session).hall.cards["screen"], site.browser()
    assert code in wall.get(f"/wall/{secret}").text
    assert wall.get(f"/wall/{secret}/live").status_code == 200
    assert wall.get(f"/s/{session}/console").status_code == 403
    assert wall.post("/", f"/s/{session}/do/brief").status_code == 403
    assert wall.get(f"/wall/{site.state(session).hall.cards['aws']}").status_code == 404


@pytest.mark.whole
def test_a_new_code_ends_the_old_one_and_an_ended_code_leaves_who_sits(site: Site) -> None:
    session, code = site.begin()
    team = site.seated(code, "aws")
    site.do(session, "code")
    fresh = str(site.rooms.log.sessions()[0]["code"])
    assert fresh != code
    assert site.browser().post("/", "/join", code=code).status_code == 404
    assert site.browser().post("/", "/join", code=fresh).status_code == 200
    site.do(session, "end-code")
    assert "has expired" in site.browser().post("/", "/join", code=fresh).text
    assert team.get(f"/s/{session}/team/aws").status_code == 200
    assert "The join code has ended" in site.lead.get(f"/s/{session}/console").text


@pytest.mark.whole
def test_a_co_host_leads_once_and_can_be_shown_out(site: Site) -> None:
    link = site.lead.post("/", "/cohost").text.partition("<strong>http://localhost")[2].partition("<")[0]
    other, late = site.browser(), site.browser()
    assert other.post(link, link).status_code == 200
    assert other.post(link, link).status_code == 403
    site.begin()
    assert "Sessions" in other.get("/").text
    unused = f"/facilitate/{site.rights.link()}"
    site.lead.post("/", "/only")
    assert other.get("/").text.count("Join code") == 1
    assert late.post(unused, unused).status_code == 403
    assert "Begin a session" in site.lead.get("/").text


def test_a_link_that_lay_about_for_a_day_opens_nothing(site: Site) -> None:
    link = f"/facilitate/{site.rights.link()}"
    site.clock.time += DAY + 1
    assert site.browser().post(link, link).status_code == 403


@pytest.mark.whole
def test_a_session_is_forgotten_on_its_day_with_its_files(site: Site, tmp_path: Path) -> None:
    session, _ = site.begin()
    other, _ = site.begin()
    assert "forgotten on" in site.lead.get(f"/s/{session}/console").text
    files = tmp_path / paper.EXPORTS / session
    files.mkdir(parents=True)
    site.do(other, "keep", days="90")
    site.clock.time += KEPT_DAYS * DAY + 1
    upkeep.look(site.house)
    assert [one["id"] for one in site.rooms.log.sessions()] == [other]
    assert not files.exists()
    assert site.lead.get(f"/s/{session}/console").status_code == 404


def test_a_session_is_forgotten_at_once_when_the_word_is_typed(site: Site) -> None:
    session, _ = site.begin()
    page = f"/s/{session}/console"
    assert site.lead.post(page, f"/s/{session}/forget", word="no").status_code == 422
    assert len(site.rooms.log.sessions()) == 1
    assert site.lead.post(page, f"/s/{session}/forget", word="Forget").status_code == 200
    assert site.rooms.log.sessions() == []


@pytest.mark.whole
def test_a_door_takes_so_many_and_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lobby, "MOST_KNOCKS", 2)
    session, code = site.begin()
    site.do(session, "door", door="ask")
    for _ in range(2):
        asks(site, code, "aws")
    assert site.browser().post("/", f"/join/{code}/claim", seat="aws", name="").status_code == 503
    assert MOST_KNOCKS > 12


@pytest.mark.whole
def test_who_asks_twice_for_a_seat_has_it_once(site: Site) -> None:
    """A second tap, and a server that ended between the log and the right: the team has its seat."""
    session, code = site.begin()
    team = site.seated(code, "aws", "Blue")
    site.rights.clear_seat(session, "aws")
    assert team.get(f"/s/{session}/team/aws").status_code == 403
    assert team.post("/", f"/join/{code}/claim", seat="aws", name="Blue").url.path.endswith("/team/aws")
    assert site.browser().post("/", f"/join/{code}/claim", seat="aws", name="").status_code == 409


def test_the_notice_says_what_is_kept_and_until_when(site: Site) -> None:
    page = site.browser().get("/notice").text
    assert f"after {KEPT_DAYS} days" in page
    assert "network address is not written down" in page


@pytest.mark.whole
def test_a_flood_at_an_open_door_is_stopped_and_cleared_in_one_act(site: Site) -> None:
    """A hundred scripted browsers in a second: who sat before keeps its seat, the rest is free after one press, and
    who comes then asks."""
    session, code = site.begin()
    team = site.seated(code, "aws", "Blue")
    site.clock.time += 300.0
    seats = list(site.state(session).seats)
    came = []
    for number in range(100):
        wish = {"seat": seats[number % len(seats)], "name": f"Bot {number}"}
        came.append(site.browser().post("/", f"/join/{code}/claim", **wish).status_code)
    assert set(came) == {200, 409, 429} and came.count(429) >= 100 - 60
    assert site.state(session).seats["aws"].team == "Blue"
    assert "whoever sees the code can take a free seat" in site.lead.get(f"/s/{session}/console").text
    site.clock.time += 30.0
    assert site.do(session, "clear", minutes="0").status_code == 422
    assert site.do(session, "clear", minutes="2").status_code == 200
    state = site.state(session)
    assert {one.party: one.team for one in state.seats.values() if one.team} == {"aws": "Blue"}
    assert state.hall.door == "ask"
    assert team.get(f"/s/{session}/team/aws").status_code == 200
    site.clock.time += 60.0
    late = asks(site, code, "nvidia", "Red")
    assert "The facilitator sees your team" in late.get(f"/join/{code}").text
    assert late.get(f"/s/{session}/team/nvidia").status_code == 403


def test_a_browser_has_one_seat(site: Site) -> None:
    session, code = site.begin()
    team = site.seated(code, "aws", "Blue")
    more = team.post("/", f"/join/{code}/claim", seat="nvidia", name="Blue too")
    assert (more.status_code, "has a seat in this session already" in more.text) == (409, True)
    assert site.state(session).seats["nvidia"].team == ""
    site.do(session, "free", seat="aws")
    assert team.post("/", f"/join/{code}/claim", seat="nvidia", name="Blue").status_code == 200
    assert site.rights.seats(team.client.cookies["fully_booked"], session) == ["nvidia"]


def test_who_waits_is_turned_away_when_the_room_is_cleared(site: Site) -> None:
    session, code = site.begin()
    site.do(session, "door", door="ask")
    waits = asks(site, code, "aws", "Bot")
    site.do(session, "clear", minutes="2")
    assert site.state(session).hall.knocks == ()
    assert "You have asked for a seat" not in waits.get(f"/join/{code}").text


# --- seats that nobody uses -------------------------------------------------------------------------------------------


def looks(browser: Browser, session: str) -> None:
    """A browser has a team's page open."""
    assert browser.get(f"/s/{session}/version").status_code == 200


def test_seats_that_a_script_takes_are_free_again_and_the_door_asks(site: Site) -> None:
    session, code = site.begin()
    phone = site.seated(code, "aws")
    looks(phone, session)
    script = [site.seated(code, party) for party in ("nvidia", "anthropic", "ec")]
    site.clock.time += lobby.UNUSED
    upkeep.look(site.house)
    assert all(site.state(session).seats[party].team for party in ("aws", "nvidia", "anthropic", "ec"))
    site.clock.time += 1.0
    upkeep.look(site.house)
    state = site.state(session)
    assert [one.party for one in state.humans if one.team] == ["aws"]
    assert state.hall.door == "ask"
    assert "no browser opened" in site.lead.get(f"/s/{session}/console").text
    assert script[0].get(f"/s/{session}/team/nvidia").status_code == 403
    assert phone.get(f"/s/{session}/team/aws").status_code == 200
    site.do(session, "door", door="open")
    assert "no browser opened" not in site.lead.get(f"/s/{session}/console").text


def test_a_phone_that_opened_its_page_may_sleep_and_one_team_that_went_makes_no_door_ask(site: Site) -> None:
    session, code = site.begin()
    sleeps, _ = site.seated(code, "aws"), site.seated(code, "nvidia")
    looks(sleeps, session)
    site.clock.time += 3600.0
    upkeep.look(site.house)
    state = site.state(session)
    assert (state.seats["aws"].team != "", state.seats["nvidia"].team, state.hall.door) == (True, "", "open")
    again = site.seated(code, "nvidia")  # whoever comes next must open its page too
    site.clock.time += lobby.UNUSED + 1.0
    upkeep.look(site.house)
    assert site.state(session).seats["nvidia"].team == ""
    assert again.get(f"/s/{session}/team/nvidia").status_code == 403


def test_once_the_game_has_begun_or_after_a_restart_no_seat_is_swept(site: Site) -> None:
    session, code = site.begin()
    site.seated(code, "aws")
    site.clock.time += lobby.UNUSED + 1.0
    lobby.sweep(site.rooms, site.rights, Presence(site.clock), session)  # of a server that has just begun
    assert site.state(session).seats["aws"].team
    site.do(session, "brief")
    upkeep.look(site.house)
    assert site.state(session).seats["aws"].team


# --- browsers without scripts -----------------------------------------------------------------------------------------

REFRESH = re.compile(r'<noscript><meta http-equiv="refresh" content="(\d+); url=([^"]+)"></noscript>')
BY_HAND = "Without JavaScript this page does not follow by itself"


def refreshes(page: str) -> tuple[float, str]:
    """After how many seconds a page loads itself again without a script, and from where."""
    (found,) = REFRESH.findall(page.partition("</head>")[0])
    return float(found[0]), found[1]


def test_a_browser_without_scripts_keeps_its_seat_in_the_lobby(site: Site) -> None:
    session, code = site.begin()
    team, script = site.seated(code, "aws"), site.seated(code, "nvidia")
    seconds, where = refreshes(team.get(f"/s/{session}/team/aws").text)
    script.get(f"/s/{session}/team/nvidia")  # what it is led to by its form says of no browser that it is there
    assert script.get(where).status_code == 403
    site.clock.time += seconds
    assert refreshes(team.get(where).text) == (seconds, where)
    site.clock.time += lobby.UNUSED
    upkeep.look(site.house)
    seats = site.state(session).seats
    assert (seats["aws"].team != "", seats["nvidia"].team) == (True, "")
    assert seconds < lobby.UNUSED / 3


@pytest.mark.whole
def test_a_page_loads_itself_again_where_nothing_is_filled_in(site: Site) -> None:
    """A team's page, one that waits at the door, and the room's screen."""
    session, code = site.begin()
    team, page = site.seated(code, "aws"), f"/s/{session}/team/aws"
    site.do(session, "door", door="ask")
    waits, at_door = asks(site, code, "nvidia"), f"/join/{code}"
    assert refreshes(waits.get(at_door).text)[1] == at_door
    assert 'name="word"' not in waits.get(at_door).text and f"{at_door}?words=yes" in waits.get(at_door).text
    typing = waits.get(f"{at_door}?words=yes").text
    assert 'name="word"' in typing and not REFRESH.search(typing) and "data-reload" not in typing
    assert refreshes(site.browser().get(f"/screen/{code}").text)[1] == f"/screen/{code}"
    fills_in = {"brief": True, "open": True, "pause": True, "lock": False, "publish": False}
    for what, filled in fills_in.items():
        site.do(session, what)
        shown = team.get(page).text
        assert (bool(REFRESH.search(shown)), BY_HAND in shown) == (not filled, filled), what
    site.lead.post(f"/s/{session}/debrief", f"/s/{session}/walk", step="vote")
    assert BY_HAND in team.get(page).text
    assert refreshes(team.post(page, f"{page}/vote", turn="1").text)[0] > 0.0
