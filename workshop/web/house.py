"""What the pages of one server share."""

from __future__ import annotations

import re
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property, partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from workshop import analyses, charts, deal_words, deals, lookback, pages, people, tokens
from workshop.analyses import Desk
from workshop.explorer import Explorer
from workshop.passphrase import Passphrase
from workshop.people import Failures
from workshop.predicting import Progress
from workshop.presence import Presence
from workshop.preview import Previews
from workshop.rights import FACILITATOR, Rights, seat
from workshop.rooms import RefusedError, Rooms
from workshop.state import State
from workshop.web.guard import device_of
from workshop.wheel import Wheel
from workshop.worker import Worker

TEMPLATES = Path(__file__).parents[1] / "templates"
PERCENT = re.compile(r"(?<=\d)%")
GONE = "This code has expired; ask for a new one."


@dataclass(frozen=True)
class House:
    """Rooms, who may do what, and how this server is reached. aside: works out forks, so that play goes first;
    address: of the join pages, '' for the one that a page was asked by; hosts: names that this server answers to;
    folder: where files are written, None for nowhere; presence: which teams look at their pages; reached: 'phone'
    once another machine has asked for a page; written: turns whose files are there; swept: when old sessions were
    last looked for; progress: how far the worlds are that a session waits for; secret: signs links to files; waiters:
    threads that wait for what a debrief works out; more: further workers for what-ifs and debriefs."""

    rooms: Rooms
    aside: Worker
    rights: Rights
    hosts: tuple[str, ...]
    address: str = ""
    failures: Failures = field(default_factory=Failures)
    arrivals: Failures = field(default_factory=people.arrivals)
    secret: str = field(default_factory=tokens.token)
    waiters: Executor | None = None
    wheel: Wheel = field(default_factory=Wheel)
    folder: Path | None = None
    passphrase: Passphrase | None = None
    presence: Presence = field(init=False)
    reached: set[str] = field(default_factory=set)
    written: set[tuple[str, int, int, int]] = field(default_factory=set)
    swept: dict[str, float] = field(default_factory=dict)
    progress: dict[str, Progress] = field(default_factory=dict)
    more: tuple[Worker, ...] = ()
    explorer: Explorer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "presence", Presence(self.rooms.clock))
        object.__setattr__(self, "explorer", Explorer((self.aside, *self.more), lambda: self.rooms.busy))

    @cached_property
    def desk(self) -> Desk:
        """Where debriefs are worked out."""
        return Desk(self.aside, self.waiters, self.more)

    @cached_property
    def previews(self) -> Previews:
        """Where previews are worked out."""
        return Previews(self.aside)

    # --- rooms ------------------------------------------------------------------------------------------------------

    def session(self, number: str) -> dict[str, Any]:
        """A session's entry by its number; RefusedError when there is none."""
        return self._entry("id", number, "There is no such session.")

    def by_code(self, request: Request, code: str) -> dict[str, Any]:
        """A session's entry by its join code, unless it has expired; who guesses is stopped after a while."""
        who, now = self.who(request), self.rooms.clock.now()
        self.failures.check(now, **who)
        try:
            found = self._entry("code", tokens.as_code(code), "This code opens no session; look at the screen again.")
        except RefusedError:
            self.failures.failed(now, **who)
            raise
        if found["expires_at"] <= now:
            raise RefusedError(GONE, 410)
        return found

    def _entry(self, column: str, value: str, sentence: str) -> dict[str, Any]:
        for one in self.rooms.log.sessions():
            if one[column] == value:
                return one
        raise RefusedError(sentence, 404)

    def met(self, request: Request) -> None:
        """Somebody looks at a page of joining: is it the first from another machine?"""
        host = request.client.host if request.client else ""
        if _elsewhere(host, self.hosts) and not self.reached:
            self.reached.add("phone")
            for one in self.rooms.log.sessions():
                self.rooms.bell.ring(one["id"])

    def arrived(self, request: Request) -> None:
        """Somebody asks for a seat; RefusedError when it does so again and again."""
        now, who = self.rooms.clock.now(), self.who(request)
        self.arrivals.check(now, **who)
        self.arrivals.failed(now, **who)

    @staticmethod
    def who(request: Request) -> dict[str, str]:
        """Who asks, for counting failures."""
        return {"device": device_of(request), "address": request.client.host if request.client else ""}

    # --- who may ----------------------------------------------------------------------------------------------------

    def facilitator(self, request: Request) -> None:
        """RefusedError unless a facilitator asks."""
        if not self.rights.facilitates(device_of(request)):
            raise RefusedError("This page is the facilitator's; open the link that was printed at the start.", 403)

    def sender(self, request: Request) -> str:
        """Which facilitator asks: 'facilitator', or 'co-host 2' of who came second."""
        number = self.rights.place(device_of(request))
        return FACILITATOR if number < 2 else f"co-host {number}"

    def holder(self, request: Request, session: str, party: str) -> bool:
        """Does a facilitator ask, who does not hold the seat? RefusedError when it is neither."""
        device = device_of(request)
        if self.rights.has(device, session, seat(party)):
            self.presence.saw(session, party)
            return False
        if self.rights.facilitates(device):
            return True
        raise RefusedError("This device does not hold this seat; join with the code on the screen.", 403)

    # --- pages ------------------------------------------------------------------------------------------------------

    def page(self, request: Request, template: str, status: int = 200, **given: Any) -> HTMLResponse:
        """A page or a part of one."""
        device = device_of(request)
        shared = {
            "form_token": tokens.form_token(device),
            "facilitates": self.rights.facilitates(device),
            "hosted": self.passphrase is not None,
            "pages": pages,
            "people": people,
            "deals": deals,
            "deal_words": deal_words,
            "svg": charts.svg,
            "low": partial(charts.svg, height=charts.LOW),
            "back": lookback,
            "voted": partial(analyses.voted, device=device),
            "bars": charts.bars,
        }
        return HTMLResponse(ENVIRONMENT.get_template(template).render({**shared, **given}), status)

    def room(self, request: Request, session: str) -> dict[str, Any]:
        """What every page of a room is made from."""
        state, entry = self.rooms.state(session), self.session(session)
        return {
            "s": state,
            "entry": entry,
            "left": self.left(state),
            "version": self.rooms.bell.version(session),
            "trouble": self.rooms.troubles.get(session, ""),
            "join": f"{self.base(request)}/join/{entry['code']}",
            "reached": bool(self.reached),
            "alone": self.alone,
            "base": self.base(request),
        }

    @property
    def alone(self) -> bool:
        """Does this server answer to its own machine alone?"""
        return not self.address and set(self.hosts) <= {"127.0.0.1", "localhost"}

    def left(self, state: State) -> float | None:
        """Seconds that an open or paused turn has; None when no clock runs."""
        if state.deadline is not None:
            return max(state.deadline - self.rooms.clock.now(), 0.0)
        return state.left

    def base(self, request: Request) -> str:
        """How phones reach this server."""
        return self.address or str(request.base_url).rstrip("/")


def _elsewhere(host: str, own: tuple[str, ...]) -> bool:
    """Is this the address of another machine?"""
    try:
        return host not in own and not ip_address(host).is_loopback
    except ValueError:
        return False


def go(where: str) -> RedirectResponse:
    """On to another page after a form."""
    return RedirectResponse(where, status_code=303)


def _spaced(text: str) -> str:
    """A sentence of the model's with its percentages as pages write them: '50 %'."""
    return PERCENT.sub("\u00a0%", text)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
ENVIRONMENT.filters["clock"] = _clock
ENVIRONMENT.filters["spaced"] = _spaced
