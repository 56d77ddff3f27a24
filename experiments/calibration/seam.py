"""Does a game go on where its history ends? Every main series over the seam, world by world.

    jump = log(first quarter / last of history) less the mean log change of the quarters on either side

The median of the jump over worlds should lie within 10 %, and its spread (p10 to p90) within one and a half times that
of the same statistic where there is no seam, into quarters 3 to 6. Stock is given in the prelude, so series that rest
on it pass by construction: what history misses when it is played freely stands beside them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments import scenarios
from experiments.batch.engine import Cell, Size, opened
from sim.arrays import Array, ratio
from sim.errors import InputError
from sim.game import Game
from sim.quarters import ordinal
from sim.scenario import Scenario

SERIES: dict[str, tuple[str, ...]] = {
    "money": (
        "aws_ai_revenue_musd",
        "aws_ai_operating_income_musd",
        "aws_ai_capex_musd",
        "azure_ai_revenue_musd",
        "azure_ai_capex_musd",
        "google_ai_revenue_musd",
        "google_ai_capex_musd",
        "nvidia_revenue_musd",
        "capex_musd",
        "labs_revenue_musd",
        "switching_spend_musd",
    ),
    "price": (
        "price_usd_per_h100e_hour",
        "price_trainium_usd_per_h100e_hour",
        "price_nvidia_aws_usd_per_h100e_hour",
        "quote_nvidia_usd_per_h100e_hour",
        "spot_price_trainium_usd_per_h100e_hour",
        "spot_price_nvidia_usd_per_h100e_hour",
        "price_over_cost",
    ),
    "share": (
        "trainium_share_used",
        "trainium_share_used_market",
        "trainium_share_spend",
        "trainium_share_managed",
        "nvidia_share_used",
        "tpu_share_used",
        "amd_share_used",
        "aws_share_used_market",
        "edge_share_used",
        "top_customer_share_trainium",
        "token_share_openai",
        "token_share_anthropic",
        "hhi_cloud",
        "hhi_silicon",
        "booked_ratio",
        "booked_ratio_trainium",
        "utilisation",
    ),
    "count": (
        "used_h100e",
        "installed_h100e",
        "trainium_used_h100e",
        "nvidia_delivered_h100e",
        "switching_rate_cloud",
        "exchange_volume_h100e",
    ),
}
"""Main series by kind."""
GIVEN = {
    "trainium_share_used": "trainium",
    "trainium_used_h100e": "trainium",
    "trainium_share_used_market": "trainium",
    "trainium_share_spend": "trainium",
    "nvidia_share_used": "nvidia",
    "tpu_share_used": "tpu",
    "amd_share_used": "amd",
    "nvidia_delivered_h100e": "nvidia",
    "used_h100e": "",
    "installed_h100e": "",
}
"""Series that rest on given stock: the chip family whose stock it is, '' for all."""
TOLERANCE, SPREAD = np.log(1.1), 1.5
WORLDS, LATER = 64, 7
INSIDE = (3, 4, 5, 6)
"""Quarters into which the same statistic is taken where there is no seam."""


@dataclass(frozen=True)
class Seam:
    """A row a series: kind, last, first, jump, spread, inside (spread where there is no seam), miss (log, of the stock
    of a free run), holds."""

    rows: pd.DataFrame

    @property
    def passed(self) -> bool:
        """Do all series hold?"""
        return bool(self.rows["holds"].all())


def measured(name: str = "baseline", worlds: int = WORLDS, seed: int = 1) -> Seam:
    """The seam of a scenario that has a prelude, on so many worlds."""
    scenario = scenarios.load(name)
    if scenario.prelude is None:
        raise InputError(f"scenario '{name}' has no prelude: there is no seam to measure.")
    with opened(Cell(scenario, Size(worlds, LATER, seed))) as game:
        records = game.run()
        history = records.before
        assert history is not None
        missed = _miss(game, scenario, worlds, seed)
    rows = [
        _row(kind, series, history.metric(series), records.metric(series)) for kind in SERIES for series in SERIES[kind]
    ]
    table = pd.DataFrame(rows)
    table["miss"] = [missed.get(GIVEN[one], np.nan) if one in GIVEN else np.nan for one in table["series"]]
    return Seam(table)


def _row(kind: str, series: str, before: Array, after: Array) -> dict[str, object]:
    path = np.concatenate([before, after], axis=1)
    seam = before.shape[1]
    jumps = _jump(path, seam)
    inside = np.mean([_spread(_jump(path, seam + quarter - 1)) for quarter in INSIDE])
    median, spread = float(np.median(jumps)), _spread(jumps)
    return {
        "series": series,
        "kind": kind,
        "last": float(np.median(before[:, -1])),
        "first": float(np.median(after[:, 0])),
        "jump": median,
        "spread": spread,
        "inside": float(inside),
        "holds": bool(abs(median) <= TOLERANCE and spread <= SPREAD * inside),
    }


def _jump(path: Array, into: int) -> Array:
    """The change into a quarter (a position) beyond the mean of its neighbours, (worlds,): of logs, and where a world
    has a zero, of the figure over its mean."""
    window = path[:, into - 2 : into + 2]
    positive = (window > 0.0).all(axis=1, keepdims=True)
    plain = ratio(window, np.abs(window).mean(axis=1, keepdims=True))
    change = np.diff(np.where(positive, np.log(np.where(positive, window, 1.0)), plain), axis=1)
    return np.asarray(change[:, 1] - 0.5 * (change[:, 0] + change[:, 2]))


def _spread(values: Array) -> float:
    low, high = np.quantile(values, (0.1, 0.9))
    return float(high - low)


def _miss(game: Game, scenario: Scenario, worlds: int, seed: int) -> dict[str, float]:
    """What history misses when no stock is given: log of the stock it ends with over the tables', by chip family, and
    '' for all; median over worlds."""
    free = scenario.prelude
    assert free is not None
    size = Size(worlds, ordinal(scenario.start) - ordinal(free.start), seed)
    with opened(Cell(free, size)) as alone:
        alone.run()
        assert alone.state.last is not None
        stock = alone.state.last.opened.made.installed
    roster, tables = game.roster, game.given.start.tables
    given = tables.stock(tables.quarter)
    names = {family: roster.pool_family == place for place, family in enumerate(roster.families)}
    names[""] = np.ones(len(roster.pools), bool)
    found: dict[str, float] = {}
    for name, mine in names.items():
        had, has = (one[:, mine & ~roster.pool_is_edge].sum(axis=1) for one in (given, stock))
        if had.all():
            found[name] = float(np.median(np.log(np.maximum(has, 1.0) / had)))
    return found
