"""Walls of whole games without a server: pages of a site in this process, looked at in a browser, with a room as it was
at any place of its log."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from experiments.library import shock_names
from tests.workshop.site import HOST, Site
from tests.workshop.windows import Window
from workshop import conduct, pages, people
from workshop.charts import Chart
from workshop.debriefing import STEPS, Debriefing
from workshop.log import Event, New
from workshop.state import State, after, replay

LONG = " ".join(
    ["Look once more at whose contracts end this year, and at what a regulator could still do about it."] * 4
)
LONG = LONG[:300]
"""As much as a facilitator can say."""
TEAM = "Blue Elephants of Copenhagen"
LINES = 60.0
"""The smallest letters that the text of a wall is set in: so many of them over one another are as high as it is."""
PASSED_BY = ("locked", "resolving")
"""Phases of a moment, in which a wall holds what it holds after them."""


def played(site: Site, name: str) -> tuple[str, str]:
    """A whole game of an agenda, as full as it gets: people in all their seats answer every question, and a card is
    laid after each turn. Its number and code."""
    session, _ = site.begin(agenda=name)
    code = next(str(one["code"]) for one in site.rooms.log.sessions() if one["id"] == session)
    for number, seat in enumerate(site.state(session).humans, 1):
        people.claim(site.rooms, session, seat.party, f"{TEAM} {number}")
    cards = iter(sorted(shock_names()) * 2)
    while not site.state(session).over:
        conduct.brief(site.rooms, session)
        conduct.open_turn(site.rooms, session)
        for seat in site.state(session).humans:
            answers = {one.question.id: one.value for one in pages.questions(site.state(session), seat.party)}
            people.submit(site.rooms, session, people.Handed(seat.party, answers, seat.revision))
        site.rooms.lock(session)
        conduct.publish(site.rooms, session)
        if not site.state(session).over:
            conduct.lay(site.rooms, session, next(cards))
    return session, code


def moments(events: list[Event]) -> list[tuple[str, State]]:
    """A room at the end of every phase that it went through: 'turn 2, open'."""
    found, state = [], replay(events[:1])
    for event, then in pairwise([*events[1:], None]):
        assert event is not None
        state = after(state, event)
        name = f"turn {state.turn}, {state.phase}"
        same = then is not None and (after(state, then).turn, after(state, then).phase) == (state.turn, state.phase)
        if not same and state.phase not in PASSED_BY:
            found.append((name, state))
    return found


def walked(state: State) -> list[tuple[str, State]]:
    """Every step of the debrief of a game that is over, with the turns of its timeline, a pivot and a fork."""
    ranked = [{"turn": one.turn, **RANKED} for one in state.published]
    found = {"pivot": {"ranked": {"room": ranked}, "worlds": 33, "done": len(ranked), "turns": len(ranked)}}
    fork = {**FORK, "from": pages.played_quarters(state)[1], "rows": forked(state), "plain": forked(state)}
    votes = {f"person {number}": number % state.turn + 1 for number in range(40)}
    walks = [(one.name, 0) for one in STEPS] + [("timeline", one.turn) for one in state.published]
    return [
        (f"{step} {turn}", replace(state, forks=(fork,), debrief=Debriefing(step, votes, found, True, turn)))
        for step, turn in walks
    ]


RANKED = {"rank": 1, "tied": True, "mean": -12.34, "low": -23.45, "high": 1.23, "here": -12.34, "clear": False}
FORK = {
    "others": "recorded",
    "variant": "no-exit-fees",
    "worlds": 64,
    "of": 300,
    "broken": 0,
    "effect": [0.5, -0.1, 1.1],
    "assumes": "Others follow their recorded decisions, whatever happens: that is for a short horizon.",
}


def forked(state: State) -> list[dict[str, Any]]:
    """A fork's band of every yardstick."""
    rows = [row for one in state.published for row in one.yardsticks]
    room = {name: [0.9 * value, value, 1.1 * value] for name, value in rows[-1]["room"].items()}
    return [{"quarter": row["quarter"], "room": room} for row in rows[1:]]


def cycled(session: str, site: Site) -> list[tuple[str, State]]:
    """A session of changes: its lobby, each change that is asked, closed and shown, the last one with the summary."""
    state = site.state(session)
    found = [("lobby", state)]
    at, seq = site.clock.now(), state.last
    for one in state.setup.cycles:
        says = [{"who": f"pair {k}", "sign": "higher", "size": k % 24 / 4 + 0.25} for k in range(40)]
        asked = [New("cycle_asked", one), *(New("cycle_predicted", said) for said in says)]
        for name, news in (("asked", asked), ("closed", [New("cycle_closed", {"at": at})]), ("shown", [shown()])):
            for new in news:
                seq += 1
                state = after(state, Event(state.branch, seq, at, new.kind, new.data, ""))
            found.append((f"change {len(state.cycles)} {name}", state))
            if name == "closed":
                out = New("cycle_left_out", {"number": len(state.cycles), "failed": "The plants stand still."})
                found.append(("left out", after(state, Event(state.branch, seq + 1, at, out.kind, out.data, ""))))
    return found


def shown() -> New:
    """What a model says of a change, as long as it gets."""
    sentence = (
        "In 2030Q4 11.1 % in the middle world, without the change 10.8 %; nine worlds in ten between 7.9 % and 16.0 %. "
        "Compared world by world: higher in 40 of 64, lower in 24, by less than 0.01 points in the middle one."
    )
    supply = (
        "In 2030Q4 Trainium is sold out in 40 of 64 worlds, without the change in 38. Where it is sold out, more wish "
        "to buy it lengthens the queue and cannot raise its share."
    )
    figures = {"low": -1.0, "middle": 0.5, "high": 2.0, "here": bands(), "before": bands(), "query": ""}
    return New("cycle_shown", {**figures, "sentence": sentence, "supply": supply})


def bands() -> dict[str, tuple[float, float, float]]:
    """A band over five years."""
    return {f"{2026 + k // 4}Q{k % 4 + 1}": (5.0, 6.0 + k / 4, 16.0) for k in range(20)}


def at_rest(*given: Any) -> tuple[Any, bool]:
    """The share without a change, once all its worlds have been played."""
    now = "In 2030Q4 10.8 % in the middle world; nine worlds in ten between 7.9 % and 16.0 %."
    return SimpleNamespace(now=now, alone=Chart("Trainium's share", list(bands()), [None] * 20, True, bands())), True


class Walls:
    """Windows that see a site's pages."""

    def __init__(self, chromium: Any, site: Site, looks: tuple[dict[str, Any], ...]) -> None:
        self.site, self.now, self.visitor = site, dict[str, State](), site.browser()
        known = site.rooms.state
        site.rooms.state = lambda session: self.now.get(session) or known(session)
        self.windows = [Window(chromium, HOST, **look) for look in looks]
        for one in self.windows:
            one.page.route("**/*", self._answered)

    def _answered(self, route: Any) -> None:
        where = route.request.url.removeprefix(HOST)
        if where.endswith(("/stream", "/version")):  # nothing changes while a wall is looked at
            route.fulfill(status=204)
            return
        answer = self.visitor.get(where)
        kept = {name: answer.headers[name] for name in ("content-type", "content-security-policy")}
        route.fulfill(status=answer.status_code, headers=kept, body=answer.content)

    def low(self, session: str, path: str, room: tuple[str, State], said: str) -> list[str]:
        """What is wrong with a wall at a moment of a room, with what the facilitator says just then."""
        name, state = room
        self.now[session] = replace(state, said=((0.0, said),) if said else ())
        wrong = []
        for one in self.windows:
            one.go(path)
            size = one.page.viewport_size
            at = f"{name}, {len(said)} letters said, {size['width']} px"
            assert one.page.locator(".said").count() == bool(said), at
            wrong += [] if one.holds() and one.fits() else [f"{at}: larger than the window"]
            small = one.page.evaluate("parseFloat(getComputedStyle(document.querySelector('main')).fontSize)")
            wrong += [f"{at}: letters of {small:.1f} px"] if small < size["height"] / LINES else []
        return wrong
