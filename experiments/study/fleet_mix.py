"""A mix held out: own chips in the fleets of owners that design one, at the end of 2025, from what was so in 2024.

What an own chip counts for is solved on the fleets of the end of 2024 (sim/supply/make_or_buy.py); those of 2025 set
nothing. Twice they are held against the model. The rule alone gets what was added in 2025 and splits it; the game
plays the year from what was known at the end of 2024.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from experiments import scenarios
from experiments.batch.engine import Cell, Size, opened
from sim.arrays import Array, Index
from sim.quarters import ordinal
from sim.roster import Roster
from sim.supply import make_or_buy

THEN, NOW = make_or_buy.ON_RECORD, "2025Q4"
KNOWN_NOW, KNOWN_THEN, YEAR = "baseline", "backtest", 4
ELASTICITY = "order_split_sensitivity"
SHOWN = ("rule", "played", "by_need")
BAND = (0.05, 0.5, 0.95)
BANDS = ("p5", "median", "p95")


def own_share(h100e: Array, own: Array) -> Array:
    """Share of own chips in a fleet's H100e, (worlds,). h100e (worlds, pools)."""
    return np.asarray((h100e * own).sum(axis=1) / h100e.sum(axis=1))


def by_rule(then: Array, added: Array, mw: Array, value: Array, elasticity: Array) -> Array:
    """A fleet to which so much was added as the rule splits it, demand having wanted the mix that stood: H100e
    (worlds, pools). added (worlds,) H100e; mw of an H100e; value (worlds, pools) logs, constants included."""
    order = make_or_buy.split(then * mw, value, elasticity) / mw
    return np.asarray(then + order * (added / order.sum(axis=1))[:, None])


def designers(roster: Roster) -> list[tuple[int, Index]]:
    """Owners that run a chip of their own at the core, and their pools there."""
    core = [(owner, roster.pools_of(owner)) for owner in range(len(roster.owners))]
    core = [(owner, pools[~roster.pool_is_edge[pools]]) for owner, pools in core]
    return [(owner, pools) for owner, pools in core if (roster.pool_family[pools] == roster.own_family[owner]).any()]


@dataclass(frozen=True)
class Mixes:
    """H100e by pool: recorded at the end of 2024 and of 2025, (1, pools); at the end of 2025 by the rule alone, as
    played, and as played with orders by need alone, (worlds, pools)."""

    recorded_2024: Array
    recorded_2025: Array
    rule: Array
    played: Array
    by_need: Array


def mixes(worlds: int, seed: int) -> tuple[Roster, Mixes]:
    """The fleets, from the tables and from a year played. The rule sees the mean of what chips earned at both ends of
    the year."""
    year = Cell(scenarios.load(KNOWN_THEN), Size(worlds, YEAR, seed))
    (then, played), (_, by_need) = (
        _played(one) for one in (year, replace(year, values={ELASTICITY: np.zeros(worlds)}))
    )
    with opened(Cell(replace(scenarios.load(KNOWN_NOW), prelude=None), Size(worlds, 1, seed))) as game:
        g, roster, p = game.given, game.roster, game.given.path.root
        now = g.start.tables.estimates.stock(ordinal(NOW))
        before, after = (make_or_buy.Fleets.at(g.industry, quarter, p) for quarter in (THEN, NOW))
        own = roster.own_family[roster.pool_owner] == roster.pool_family
        counted = np.where(own, np.log(g.opening.own_chip[:, roster.pool_owner]), 0.0)
        value, rule = 0.5 * (before.value + after.value) + counted, np.zeros_like(after.mw)
        for _, pools in designers(roster):
            added = (now - then)[:, pools].sum(axis=1)
            rule[:, pools] = by_rule(
                then[:, pools], added, after.mw[:, pools], value[:, pools], p.order_split_sensitivity
            )
    return roster, Mixes(then, now, rule, played, by_need)


def _played(year: Cell) -> tuple[Array, Array]:
    """The fleets that a game opens with, as estimated, and those it ends with."""
    with opened(year) as game:
        then = game.given.start.tables.estimates.stock(ordinal(THEN))
        game.run()
        return then, game.state.supply.fleet.total()


def measure(worlds: int, seed: int) -> pd.DataFrame:
    """fleet_mix.csv: a row an owner: share of own chips in its fleet as recorded at the end of 2024 and 2025, and at
    the end of 2025 by the rule, as played, and as played by need alone (5 %, median and 95 % of worlds)."""
    return told(*mixes(worlds, seed))


def told(roster: Roster, found: Mixes) -> pd.DataFrame:
    """The same of fleets that are known."""
    rows = []
    for owner, pools in designers(roster):
        own = roster.pool_family[pools] == roster.own_family[owner]
        row: dict[str, object] = {"owner": roster.owners[owner], "family": roster.families[roster.own_family[owner]]}
        row |= {name: own_share(getattr(found, name)[:, pools], own)[0] for name in ("recorded_2024", "recorded_2025")}
        for name in SHOWN:
            ends = np.quantile(own_share(getattr(found, name)[:, pools], own), BAND)
            row |= {f"{name}_{band}": float(end) for band, end in zip(BANDS, ends, strict=True)}
        rows.append(row)
    return pd.DataFrame(rows)
