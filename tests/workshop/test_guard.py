"""What keeps a room its own: forged forms, strangers, guessed codes, used links, foreign hosts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.workshop.site import HOST, Site, field
from workshop import tokens
from workshop.database import EVENTS, LINKS, RIGHTS
from workshop.lobby import DAY, DAYS
from workshop.web.guard import COOKIE


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def posts(site: Site, session: str, code: str) -> list[str]:
    """Where forms are sent, of all routes that there are."""
    known = {"session": session, "code": code, "party": "aws", "what": "brief"}
    paths = [path for path, methods in site.app.openapi()["paths"].items() if "post" in methods]
    return [re.sub(r"{(\w+)}", lambda name: known.get(name[1], "x"), path) for path in paths]


def test_every_form_needs_its_token(site: Site) -> None:
    session, code = site.begin()
    paths = posts(site, session, code)
    assert {"/sessions", f"/join/{code}/claim", f"/s/{session}/do/brief"} <= set(paths)
    for path in paths:
        assert site.lead.client.post(path, data={"form": "0" * 64}).status_code == 403, path
        assert site.lead.client.post(path).status_code == 403, path


@pytest.mark.whole
def test_a_form_of_another_device_or_site_is_refused(site: Site) -> None:
    stranger = site.browser()
    stranger.get("/")
    stolen = {"form": stranger.token("/"), "seed": "1", "agenda": "a"}
    assert site.lead.client.post("/sessions", data=stolen).status_code == 403
    own = {"form": site.lead.token("/"), "seed": "1", "agenda": "a"}
    foreign = site.lead.client.post("/sessions", data=own, headers={"Origin": "http://evil.example"})
    assert (foreign.status_code, "another site" in foreign.text) == (403, True)
    assert site.lead.client.post("/sessions", data=own, headers={"Origin": HOST}).status_code == 200


@pytest.mark.whole
def test_a_stranger_sees_no_seat_and_no_console(site: Site) -> None:
    session, code = site.begin()
    team, stranger = site.seated(code, "aws"), site.browser()
    for path in ("/console", "/console/live", "/debrief", "/game.json", "/handout", "/team/aws", "/team/aws/live"):
        assert stranger.get(f"/s/{session}{path}").status_code == 403
    assert team.get(f"/s/{session}/team/nvidia").status_code == 403
    assert team.get(f"/s/{session}/console").status_code == 403
    assert site.do(session, "free", seat="aws").status_code == 200
    assert team.get(f"/s/{session}/team/aws").status_code == 403


def test_a_link_opens_one_console_and_looking_at_it_none(site: Site) -> None:
    link = f"/facilitate/{site.rights.link()}"
    first, second = site.browser(), site.browser()
    first.get(link)
    assert not site.rights.facilitates(first.client.cookies[COOKIE])
    assert first.post(link, link).status_code == 200
    assert site.rights.facilitates(first.client.cookies[COOKIE])
    assert second.post(link, link).status_code == 403
    first.post("/", "/leave")
    assert not site.rights.facilitates(first.client.cookies[COOKIE])


def test_looking_at_a_seat_does_not_take_it(site: Site) -> None:
    session, code = site.begin()
    site.browser().get(f"/join/{code}")
    assert site.browser().get(f"/join/{code}/claim").status_code == 405
    assert site.state(session).seats["aws"].team == ""


def test_guessing_codes_is_stopped_and_others_still_join(site: Site) -> None:
    _, code = site.begin()
    guesser, other = site.browser(), site.browser()
    seen = [guesser.post("/", "/join", code="WRONG2").status_code for _ in range(9)]
    assert seen == [404] * 8 + [429]
    assert guesser.post("/", "/join", code=code).status_code == 429
    assert other.post("/", "/join", code=code).status_code == 200
    site.clock.time += 61
    assert guesser.post("/", "/join", code=code).status_code == 200


def test_guessing_a_teams_words_is_stopped(site: Site) -> None:
    _, code = site.begin()
    site.seated(code, "aws")
    guesser = site.browser()
    assert [guesser.post("/", f"/join/{code}/team", word="a-b").status_code for _ in range(9)] == [404] * 8 + [429]


@pytest.mark.whole
def test_sixty_phones_of_one_class_are_never_slowed(site: Site) -> None:
    _, code = site.begin()
    assert {site.browser().post("/", "/join", code=code).status_code for _ in range(60)} == {200}


def test_a_code_ends(site: Site) -> None:
    _, code = site.begin()
    site.clock.time += DAYS * DAY + 1
    answer = site.browser().post("/", "/join", code=code)
    assert (answer.status_code, "has expired" in answer.text) == (410, True)


def test_every_answer_carries_safe_headers_and_a_cookie_that_scripts_cannot_read(site: Site) -> None:
    for path in ("/", "/nothing", "/static/style.css"):
        headers = site.browser().get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; frame-ancestors 'none'")
        assert headers["x-content-type-options"] == "nosniff"
    cookie = site.browser().get("/").headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "set-cookie" not in site.browser().get("/static/style.css").headers


def test_a_foreign_host_is_not_answered(site: Site) -> None:
    assert site.browser().client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_the_database_holds_no_token_and_no_address(site: Site) -> None:
    _, code = site.begin()
    team = site.seated(code, "aws", "Blue")
    with site.rooms.log.engine.connect() as connection:
        held = repr([list(connection.execute(sa.select(table))) for table in (RIGHTS, LINKS, EVENTS)])
    for browser in (team, site.lead):
        token = browser.client.cookies[COOKIE]
        assert token not in held
        assert tokens.hashed(token) in held
    assert "testclient" not in held
    assert field(team.get("/"), "form") not in held


def test_a_form_that_is_too_large_is_refused(site: Site) -> None:
    answer = site.lead.post("/", "/sessions", agenda="a", seed="1", more="x" * 70_000)
    assert (answer.status_code, "too large" in answer.text) == (413, True)


def test_no_page_asks_another_host(site: Site) -> None:
    session, code = site.begin()
    for path in ("/", f"/s/{session}/console", f"/screen/{code}", f"/s/{session}/handout", f"/s/{session}/debrief"):
        text = site.lead.get(path).text.replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert "https://" not in text
        assert "http://" not in text.replace(HOST, "")
        assert " style=" not in text and "onclick" not in text
