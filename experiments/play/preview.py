"""What a decision may lead to, before it is taken: bands of a seat's own figures over the next quarters, beside those
of the default rule's decision, in worlds that know no more than the seat (`experiments/play/rehearsal.py`).

In each world both decisions meet the same draws, and figures go on from where the board stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.forms import Desk
from experiments.play.log import Logbook
from experiments.play.rehearsal import MOST_QUARTERS, Stand, rehearsal
from experiments.stats import BAND, finite_worlds
from sim.arrays import Array
from sim.game import Game
from sim.objectives import ENTRY_WEIGHT
from sim.quarters import label
from sim.records import Records

WORLDS, QUARTERS = 16, 4
MONEY, SHARE = "$bn", "%"


@dataclass(frozen=True)
class Key:
    """A figure of a seat that is shown ahead. read: of a party's metrics by name, (worlds, quarters) in all; scale: to
    its unit; grows: does it go on from the board by a factor (else by an amount)?"""

    name: str
    title: str
    unit: str
    scale: float
    read: Callable[[Callable[[str], Array]], Array]
    grows: bool = False


def _metric(name: str, title: str, unit: str = MONEY, grows: bool = False) -> Key:
    return Key(name, title, unit, 100.0 if unit == SHARE else 1e-3, lambda of: of(name), grows)


def _welfare(of: Callable[[str], Array]) -> Array:
    gained = of("buyer_surplus_musd") + ENTRY_WEIGHT * of("entry_value_musd")
    return gained - of("error_cost_musd") - of("legitimacy_cost_musd")


_REVENUE = _metric("revenue_musd", "Revenue a quarter", grows=True)
_FLOW, _CASH = _metric("free_cash_flow_musd", "Free cash flow a quarter"), _metric("cash_musd", "Cash")
KEYS: Mapping[str, tuple[Key, ...]] = {
    "cloud": (_REVENUE, _FLOW, _CASH, _metric("share", "Share of renting", SHARE)),
    "vendor": (_REVENUE, _FLOW, _metric("share", "Share of compute in use", SHARE)),
    "lab": (
        _metric("compute_bill_musd", "Compute bill a quarter", grows=True),
        _REVENUE,
        _CASH,
        _metric("token_share", "Share of tokens", SHARE),
    ),
    "regulator": (
        Key("welfare_musd", "Welfare in your region a quarter", MONEY, 1e-3, _welfare),
        _metric("compute_bill_musd", "Buyers' bill a quarter", grows=True),
        _metric("legitimacy_cost_musd", "Cost of steps without proof"),
    ),
}
"""Figures of a seat, by role, the one that counts most first."""


@dataclass(frozen=True)
class Band:
    """A figure in a quarter: of nine worlds in ten it lies between low and high, of half of them below middle."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Array) -> Band:
        """Of a value a world, (worlds,): where one more world would lie nine times in ten, as far as so many tell. The
        k-th of n worlds has k parts in n + 1 below it (Weibull 1939), so with fewer than 19 the band goes from the
        lowest to the highest; quantiles of the worlds themselves would be too narrow for the world that is played."""
        return cls(*(float(one) for one in np.quantile(values, (BAND[0], 0.5, BAND[1]), method="weibull")))

    def holds(self, value: float) -> bool:
        """Does a value lie in it?"""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Line:
    """A figure over the quarters ahead, in its unit. now: on the board (None before the first quarter); mine, rule:
    with either decision; apart: mine less the rule's, world by world."""

    name: str
    title: str
    unit: str
    now: float | None
    mine: tuple[Band, ...]
    rule: tuple[Band, ...]
    apart: tuple[Band, ...]


@dataclass(frozen=True)
class Preview:
    """Bands of a party's figures by quarter. worlds: how many have figures; broken: how many have none."""

    party: str
    quarters: tuple[str, ...]
    worlds: int
    broken: int
    lines: tuple[Line, ...]
    assumes: str


ASSUMES = (
    "Worlds drawn afresh from what you know: everybody else follows its default rule, chance and what is uncertain "
    "differ, and nobody's secrets are used. After this quarter you follow the rule too, but for what stands of your "
    "decision. What comes lies in the band about nine times in ten if so, less often against others who leave the "
    "rule. An illustration, not advice."
)


def preview(
    book: Logbook, party: str, decision: Any, worlds: int = WORLDS, quarters: int = QUARTERS, game: Game | None = None
) -> Preview:
    """What a decision of the coming quarter may lead to, against the default rule's.

    book: the game so far; decision: of one world; game: the game of the book as it stands before the quarter (played
    again from the book unless given)."""
    if game is None:
        with closing(book.game(book.seats())) as again:
            for _ in range(book.quarters_played):
                again.step()
            return _ahead(book, party, decision, (worlds, quarters), again)
    return _ahead(book, party, decision, (worlds, quarters), game)


def get_ready(book: Logbook, party: str, game: Game, worlds: int = WORLDS, quarters: int = QUARTERS) -> None:
    """Play what previews of the coming quarter share, whatever is decided, before anybody asks for one."""
    stand = Stand.of(game, book.roles()[party], party)
    rehearsal(book, party, worlds).by_rule(book.decisions(party), stand, min(quarters, MOST_QUARTERS))


def _ahead(book: Logbook, party: str, decision: Any, size: tuple[int, int], game: Game) -> Preview:
    role, (worlds, quarters) = book.roles()[party], size
    quarters, now = min(quarters, MOST_QUARTERS), _now(game, role, party)
    place, lived, stand = rehearsal(book, party, worlds), book.decisions(party), Stand.of(game, role, party)
    played = (place.ahead(lived, stand, decision, quarters), place.by_rule(lived, stand, quarters))
    shown = slice(-quarters - int(bool(now)), None)
    mine, rule = (
        {name: values[:, shown] for name, values in _figures(records, role, party).items()} for records in played
    )
    whole = finite_worlds(*mine.values(), *rule.values())
    lines = tuple(_line(key, now, mine[key.name][whole], rule[key.name][whole]) for key in KEYS[role])
    first = book.start + book.quarters_played + 1
    ahead = tuple(label(first + k) for k in range(quarters))
    return Preview(party, ahead, int(whole.sum()), int((~whole).sum()), lines, ASSUMES)


def _line(key: Key, now: Mapping[str, float], mine: Array, rule: Array) -> Line:
    """mine, rule (worlds, quarters from the last one on)."""
    at = now.get(key.name)
    told = [key.scale * _from_board(values, at, key.grows, key.unit == SHARE) for values in (mine, rule)]
    bands = [tuple(Band.of(one) for one in values.T) for values in (*told, told[0] - told[1])]
    return Line(key.name, key.title, key.unit, None if at is None else key.scale * at, *bands)


def _from_board(values: Array, now: float | None, grows: bool, share: bool = False) -> Array:
    """Figures of quarters ahead as they follow from the board: (worlds, quarters). values: the last one that was played
    (where there is one), then those ahead. A share's odds go on by a factor, so that it stays one."""
    if now is None:
        return values
    last, ahead = values[:, :1], values[:, 1:]
    if share and 0.0 < now < 1.0 and ((last > 0.0) & (last < 1.0) & (ahead < 1.0)).all():
        odds = now / (1.0 - now) * (ahead / (1.0 - ahead)) / (last / (1.0 - last))
        return odds / (1.0 + odds)
    if grows and now > 0.0 and (last > 0.0).all():
        return now * ahead / last
    return now + ahead - last


def _now(game: Game, role: str, party: str) -> dict[str, float]:
    """Figures of the last quarter of the game that is played, by name; none before the first."""
    return {name: float(values[0, -1]) for name, values in _figures(game.records, role, party).items()}


def last_figures(game: Game, desk: Desk) -> dict[str, float]:
    """Figures of a seat in the last quarter of a game, by name and in their units."""
    now = _now(game, desk.role, desk.name)
    return {key.name: key.scale * now[key.name] for key in KEYS[desk.role] if key.name in now}


def _figures(records: Records, role: str, party: str) -> dict[str, Array]:
    """Figures of all quarters played, (worlds, quarters) by name; none before the first."""
    if not records.quarters_played:
        return {}
    return {key.name: key.read(lambda name: records.party(role, party, name)) for key in KEYS[role]}
