"""A server that others can reach: the passphrase, its throttle, cookies behind TLS, and what is printed."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from fastapi.testclient import TestClient

from sim.errors import InputError
from tests.workshop.site import Site, field
from workshop import command, passphrase, serving
from workshop.passphrase import FREE, FREE_OF_ALL, LONGEST_WAIT, Backoff, Passphrase
from workshop.rooms import RefusedError
from workshop.serving import PASSPHRASE, Reach
from workshop.web.guard import COOKIE

SECRET = "walnut otter maple"


QUICK = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
"""A guess in a moment; what a real one costs is asked below."""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(passphrase, "PasswordHasher", QUICK)
    made = Site(tmp_path)
    object.__setattr__(made.house, "passphrase", Passphrase(SECRET))
    return made


def test_who_knows_the_passphrase_leads(site: Site) -> None:
    browser = site.browser()
    assert browser.post("/facilitate", "/facilitate", passphrase="walnut otter").status_code == 403
    assert not site.rights.facilitates(browser.client.cookies[COOKIE])
    assert browser.post("/facilitate", "/facilitate", passphrase=" walnut  otter maple ").status_code == 200
    assert "Begin a session" in browser.get("/").text
    browser.post("/", "/leave")
    assert "Join code" in browser.get("/").text


def test_a_hundred_guesses_are_blocked_and_the_wait_doubles(site: Site) -> None:
    """Each guess by another browser of one address: after five each wait is twice the last."""
    seen = [guess(site) for _ in range(100)]
    assert seen == [403] * FREE + [429] * (100 - FREE)
    assert guess(site, SECRET) == 429
    for wait in (1, 2, 4, 8):
        site.clock.time += wait - 0.5
        assert guess(site) == 429
        site.clock.time += 0.5
        assert guess(site) == 403
    site.clock.time += LONGEST_WAIT
    assert guess(site, SECRET) == 200


def guess(site: Site, said: str = "wrong wrong wrong") -> int:
    return site.browser().post("/facilitate", "/facilitate", passphrase=said).status_code


def test_many_addresses_together_are_slowed_too() -> None:
    backoff = Backoff()
    for number in range(FREE_OF_ALL):
        backoff.check(0.0, str(number), passphrase.EVERYBODY)
        backoff.failed(0.0, str(number), passphrase.EVERYBODY)
    with pytest.raises(RefusedError, match="wait 2 s"):
        backoff.check(0.0, "another", passphrase.EVERYBODY)


def test_nothing_of_the_passphrase_is_kept_in_clear_and_a_guess_costs_what_the_library_advises() -> None:
    kept = Passphrase(SECRET)
    assert SECRET not in repr(vars(kept))
    cost = extract_parameters(kept._hash)
    assert cost.type is Type.ID and cost.memory_cost >= 19 * 1024 and cost.time_cost >= 2
    assert not PasswordHasher().check_needs_rehash(kept._hash)
    kept.check(0.0, "a phone", SECRET)
    with pytest.raises(RefusedError, match="not the passphrase"):
        kept.check(0.0, "a phone", "wrong wrong wrong")


def test_without_a_passphrase_none_opens_anything(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert "has no passphrase" in site.browser().get("/facilitate").text
    assert site.browser().post("/", "/facilitate", passphrase="anything at all").status_code == 403


def test_behind_tls_the_cookie_is_for_tls_alone(site: Site) -> None:
    secure = TestClient(site.app, base_url="https://localhost").get("/").headers["set-cookie"]
    assert "; Secure" in secure
    assert "; Secure" not in TestClient(site.app, base_url="http://localhost").get("/").headers["set-cookie"]


@pytest.mark.parametrize("url", ["http://class.example", "https://", "class.example", "https://a.example/path"])
def test_an_address_that_cannot_be_is_told_in_a_sentence(url: str) -> None:
    with pytest.raises(InputError, match=r"--hosted = .* is not allowed; give https://"):
        command.hosted_at(url)


def test_an_address_is_taken_with_its_port() -> None:
    assert command.hosted_at("https://class.example:8443/") == "https://class.example:8443"


def test_hosted_and_lan_do_not_go_together(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="do not go together"):
        command.workshop("8000", str(tmp_path), lan=True, hosted="https://class.example")


@pytest.mark.parametrize("reach", [Reach(lan=True), Reach(hosted="https://a.example"), Reach(passphrase=True)])
def test_who_can_be_reached_has_a_passphrase(reach: Reach, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSPHRASE, raising=False)
    made, is_made = reach.secret()
    assert is_made and len(made.split()) == passphrase.WORDS_MADE
    monkeypatch.setenv(PASSPHRASE, "a long enough one")
    assert reach.secret() == ("a long enough one", False)
    monkeypatch.setenv(PASSPHRASE, "short")
    with pytest.raises(InputError, match="give 12 to 200"):
        reach.secret()


def test_this_machine_alone_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSPHRASE, "short")
    assert Reach().secret() == ("", False)


def test_what_is_printed_names_every_way_in(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(site.house, "address", "http://10.1.2.3:8000")
    serving._greet(site.house, Reach(lan=True), 8000, "five words of a phrase")
    said = capsys.readouterr().out
    assert "open this link once: http://127.0.0.1:8000/facilitate/" in said
    assert "Phones in the room: http://10.1.2.3:8000" in said
    assert "unencrypted" in said
    assert "five words of a phrase" in said
    assert said.count("\u2588") + said.count("\u2580") + said.count("\u2584") > 100  # the QR code
    serving._greet(site.house, Reach(hosted="https://a.example"), 8000, "")
    said = capsys.readouterr().out
    assert "once: https://a.example/facilitate/" in said and "five words" not in said


def test_the_first_phone_that_reaches_the_server_is_told(site: Site) -> None:
    session, code = site.begin()
    assert "No phone has reached this server yet" in site.lead.get(f"/s/{session}/console").text
    phone = TestClient(site.app, base_url="http://localhost", client=("192.168.7.7", 50000))
    assert field(phone.get(f"/join/{code}"), "form")
    assert "A phone has reached this server" in site.lead.get(f"/s/{session}/console").text
    assert "phones reach this server" in site.browser().get(f"/screen/{code}").text
