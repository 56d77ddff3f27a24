"""The effect of antitrust action on a share by channel, by replaying a recorded path.

    B   without the antitrust part          D   the same, with remedies announced that never come into force
    deterrence = D - B      mechanical = v() - D      prices, capacity, ecosystem = Shapley values of v

v(F) is the share under the remedies when the responses F are the firms' own and the others are replayed from D: posted
prices and chip prices; orders of capacity and bookings of wafers; software ecosystems. v(all) is the what-if itself, so
the five parts add up to the whole effect, world by world. What else firms do (terms, programmes, deals, research) is
their own in every run and counts as mechanical."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd

from experiments.batch import engine
from experiments.batch.engine import Cell, Size, Tick
from experiments.stats import Estimate, estimate
from experiments.study.effects import SHARES, USED
from experiments.whatif.question import Question
from sim.arrays import Array
from sim.game import Game
from sim.quarters import label, ordinal
from sim.records import Records
from sim.remedies import REMEDIES
from sim.scenario import Scenario
from sim.shocks import Shock

ANTITRUST = (*REMEDIES, "fine_share", "price_cap_markup")
"""How names of parameters begin that antitrust action moves."""
PRICES, CAPACITY, ECOSYSTEM = "prices", "capacity", "ecosystem"
RESPONSES = (PRICES, CAPACITY, ECOSYSTEM)
DETERRENCE, MECHANICAL, TOTAL = "deterrence", "mechanical", "total"
CHANNELS = (DETERRENCE, MECHANICAL, *RESPONSES)
DECIDED = {
    "price_usd_per_h100e_hour": PRICES,
    "chip_price_usd_per_h100e": PRICES,
    "order_mw": CAPACITY,
    "booking_wafers": CAPACITY,
}
"""Decision -> the response that it is part of."""
SETS = tuple(frozenset(chosen) for size in range(len(RESPONSES) + 1) for chosen in combinations(RESPONSES, size))
MOST_WORLDS = 32
"""Worlds played side by side: eight runs stand on one axis."""
Replies = frozenset[str]
Path = list[tuple[dict[str, dict[str, Array]], Array]]
"""Per quarter: decisions by party and name, and the ecosystems that the quarter leaves."""


def antitrust(question: Question) -> tuple[Shock, ...]:
    """The part of a question that regulators do: all changes of a card that has a remedy among them."""
    cards = {card for shock, card in question.placed if shock.parameter.startswith(ANTITRUST)}
    return tuple(shock for shock, card in question.placed if card in cards)


@dataclass(frozen=True)
class Channels:
    """Effect by channel and metric: (worlds, quarters) each, percentage points; worlds: how many were replayed."""

    question: Question
    parts: Mapping[str, Mapping[str, Array]]
    labels: Mapping[int, str]

    @property
    def worlds(self) -> int:
        """Worlds that were replayed."""
        return len(self.parts[USED][MECHANICAL])

    def effect(self, channel: str, quarter: int, metric: str = USED) -> Estimate:
        """What a channel adds at a quarter; 'total' for all of them."""
        chosen = CHANNELS if channel == TOTAL else (channel,)
        return estimate(np.sum([self.parts[metric][one] for one in chosen], axis=0)[:, quarter - 1])

    def rows(self) -> Iterator[dict[str, object]]:
        """A row a metric, channel and quarter."""
        for metric in self.parts:
            for channel in (*CHANNELS, TOTAL):
                for quarter, when in self.labels.items():
                    yield {
                        "whatif": self.question.called,
                        "metric": metric,
                        "of": SHARES[metric],
                        "channel": channel,
                        "quarter_number": quarter,
                        "quarter": when,
                        "unit": "pp",
                        **asdict(self.effect(channel, quarter, metric)),
                    }


def table(found: Sequence[Channels]) -> pd.DataFrame:
    """antitrust.csv."""
    return pd.DataFrame([row for one in found for row in one.rows()])


def decomposed(question: Question, size: Size, tick: Tick = lambda worlds: None) -> Channels:
    """The effect of a question's antitrust part by channel, in all worlds of the size."""
    without, warned = _bases(question, size)
    parts: dict[str, dict[str, list[Array]]] = {metric: {one: [] for one in CHANNELS} for metric in SHARES}
    for first in range(0, size.worlds, MOST_WORLDS):
        worlds = min(MOST_WORLDS, size.worlds - first)
        cell = Cell(without, replace(size, worlds=worlds), first_world=first)
        (base, deterred), path = _recorded(cell, warned)
        found = _replayed(replace(cell, scenario=question.scenario), path)
        for metric in SHARES:
            value = {chosen: 100.0 * one.metric(metric) for chosen, one in zip(SETS, found, strict=True)}
            b, d = (100.0 * one.metric(metric) for one in (base, deterred))
            mine = {DETERRENCE: d - b, MECHANICAL: value[frozenset()] - d, **shapley(value)}
            for channel, change in mine.items():
                parts[metric][channel].append(change)
        tick(worlds)
    start = ordinal(question.base.start)
    labels = {number: label(start + number) for number in range(1, size.quarters + 1)}
    whole = {metric: {one: np.concatenate(all_) for one, all_ in mine.items()} for metric, mine in parts.items()}
    return Channels(question, whole, labels)


def shapley(value: Mapping[Replies, Array]) -> dict[str, Array]:
    """Shapley value of each response: what it adds, averaged over the orders in which they are let go."""
    n, found = len(RESPONSES), {}
    for one in RESPONSES:
        found[one] = np.zeros_like(value[frozenset()])
        for others in (chosen for chosen in SETS if one not in chosen):
            weight = factorial(len(others)) * factorial(n - len(others) - 1) / factorial(n)
            found[one] = found[one] + weight * (value[others | {one}] - value[others])
    return found


# --- the runs ---------------------------------------------------------------------------------------------------------


def _bases(question: Question, size: Size) -> tuple[Scenario, Scenario]:
    """What is played without the antitrust part, and with its remedies announced for a quarter that is not played."""
    whole, mine = question.scenario, set(antitrust(question))
    left = tuple(shock for shock in whole.shocks if shock not in mine)
    without = replace(whole, name="without", shocks=left)
    after = label(ordinal(whole.start) + size.quarters + 1)
    never = tuple(
        shock.model_copy(update={"quarters": (after, max(after, shock.quarters[1]))})
        for shock in whole.shocks
        if shock in mine and shock.announced is not None and shock.parameter.startswith(REMEDIES)
    )
    return without, replace(whole, name="warned", shocks=left + never)


def _recorded(cell: Cell, warned: Scenario) -> tuple[list[Records], Path]:
    """The two runs without remedies, and the path of the second."""
    path: Path = []
    with engine.opened(cell, [warned]) as game:
        while game.quarter < game.quarters:
            game.step()
            path.append(_of_last(game, cell.size.worlds))
        return game.records.apart([cell.scenario, warned]), path


def _of_last(game: Game, worlds: int) -> tuple[dict[str, dict[str, Array]], Array]:
    """What the quarter that was played says of the run in the last so many worlds."""
    found = {}
    for party, decision in game.state.decided.items():
        found[party] = {name: getattr(decision, name)[-worlds:] for name in DECIDED if hasattr(decision, name)}
    return found, game.state.learning.ecosystem[-worlds:]


def _replayed(cell: Cell, path: Path) -> list[Records]:
    """The what-if with every set of responses free, in the order of SETS."""
    free = {one: np.repeat([one in chosen for chosen in SETS], cell.size.worlds) for one in RESPONSES}
    scenarios = [cell.scenario] * len(SETS)
    with engine.opened(cell, scenarios[1:]) as game:
        for decided, ecosystem in path:
            game.step(_held(game, decided, free))
            learned = game.state.learning
            level = _where(free[ECOSYSTEM], learned.ecosystem, ecosystem)
            game.state = replace(game.state, learning=replace(learned, ecosystem=level))
        return game.records.apart(scenarios)


def _held(game: Game, recorded: Mapping[str, Mapping[str, Array]], free: Mapping[str, Array]) -> dict[str, Any]:
    """Everybody's own decisions, with those that are not free as they were recorded."""
    shown, found = game.brief(), {}
    for player in game.players:
        own: Any = player.decide(shown.own(player.role, player.name), shown.market)
        held = recorded.get(player.name, {})
        changed = {name: _where(free[DECIDED[name]], getattr(own, name), value) for name, value in held.items()}
        found[player.name] = replace(own, **changed) if changed else own
    return found


def _where(free: Array, own: Array, recorded: Array) -> Array:
    """Own values in worlds where a response is free, what was recorded in the others. own (runs x worlds, ...)."""
    again = np.tile(recorded, (len(own) // len(recorded), *[1] * (recorded.ndim - 1)))
    return np.where(free.reshape(-1, *[1] * (own.ndim - 1)), own, again)
