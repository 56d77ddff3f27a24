"""What the cells of a study say: levels per cell, and effects in percentage points, paired over worlds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from experiments.stats import Estimate, broken_worlds, contrast, contrasts, estimate, left_out
from experiments.study.design import CHANCE, DEMAND, FACTORIAL, PART, PLAYERS, SENSITIVITY, Design, StudyCell
from sim.arrays import Array

USED, CORE = "trainium_share_used", "trainium_share_used_core"
YARDSTICKS = {
    USED: "H100e in use",
    "trainium_share_installed": "installed H100e",
    "trainium_share_spend": "spend",
    "trainium_share_units": "installed chips",
}
SHARES = {**YARDSTICKS, CORE: "core H100e in use"}
BINDING, PRICE, UNSERVED, PRESSURE = (
    "trainium_supply_binding",
    "price_over_cost",
    "unserved_share",
    "shadow_price_trainium",
)
BESIDE = {
    BINDING: "Trainium supply binding",
    PRICE: "price over cost",
    "utilisation": "utilisation",
    UNSERVED: "unserved share of demand",
    PRESSURE: "shadow price of Trainium at AWS",
}
EDGE = "cost_edge_trainium"
EDGES = {EDGE: "Trainium", "cost_edge_tpu": "Google's TPU"}
"""Cost edges of own designs over their owners' Nvidia capacity: outcomes, told beside what is claimed."""
READ = (*SHARES, *BESIDE, *EDGES)
MARKET = ("price_usd_per_h100e_hour", "installed_h100e", "aws_ai_revenue_musd", "capex_musd")
KEPT = (*READ, *MARKET, "nonconverged")
IN_PERCENT = {*SHARES, BINDING, "utilisation", UNSERVED, *EDGES}
MAIN, INTERACTION, CELL = "main", "interaction", "cell"
COLUMNS = (
    (
        "group",
        "text",
        "Scenario that the effect is measured on, 'chance' (default parameters: only chance differs), or the name of "
        "other players.",
    ),
    ("kind", "text", "main, interaction, part (alone, against baseline), sensitivity, or cell (against baseline)."),
    ("effect", "text", "Factor, factors joined by ' x ', part, or cell."),
    ("metric", "text", "Column of quarters.parquet that the effect is on."),
    ("quarter_number", "count", "Horizon: quarters since the start."),
    ("unit", "text", "pp = percentage points; else the metric's own unit."),
    ("mean", "see unit", "Mean over worlds of the paired difference."),
    ("low", "see unit", "Lower end of the 95 % paired t-interval of the mean."),
    ("high", "see unit", "Upper end of that interval."),
    ("median", "see unit", "Median over worlds."),
    ("p5", "see unit", "5 % of worlds lie below."),
    ("p95", "see unit", "5 % of worlds lie above."),
    ("worlds", "count", "Worlds compared."),
    ("broken_worlds", "count", "Worlds left out because one of the cells has no figures there (not finite numbers)."),
    (
        "nonconverged_worlds",
        "count",
        "Of these, worlds in which clearing missed its tolerance in some quarter and cell.",
    ),
)
LEVEL_COLUMNS = (
    COLUMNS[0],
    ("kind", "text", "factorial, part, sensitivity, demand or chance."),
    ("cell", "text", "Name of the cell."),
    *COLUMNS[3:5],
    ("unit", "text", "% for shares; else the metric's own unit."),
    ("mean", "see unit", "Mean over worlds."),
    ("low", "see unit", "Lower end of the 95 % t-interval of the mean."),
    *COLUMNS[8:12],
    ("worlds", "count", "Worlds that the mean is over."),
    ("broken_worlds", "count", "Worlds left out because they have no figures (not finite numbers)."),
    COLUMNS[14],
)


@dataclass(frozen=True)
class SoldOut:
    """Worlds in which Trainium is sold out, of those that have figures."""

    worlds: int
    of: int

    def __str__(self) -> str:
        return f"{self.worlds} of {self.of}"


@dataclass(frozen=True)
class Change:
    """What is told of on the first page: a factor alone, or a part that belongs to none. Its effect is always that
    against the baseline; on: what it is."""

    name: str
    title: str
    kind: str
    cell: str
    on: str


def changes(design: Design) -> list[Change]:
    """The factors, each alone, then the changes beside them."""
    factors = [Change(one.name, one.title, CELL, design.corner(one.name), one.on) for one in design.factor]
    return factors + [Change(one.name, one.title, PART, one.name, one.on) for one in design.part if not one.factor]


class Outcomes:
    """Values per cell, metric and quarter: (worlds,) in the order of world numbers; NaN in every quarter of a broken
    world."""

    def __init__(self) -> None:
        self.labels: dict[int, str] = {}
        self.broken: dict[str, list[int]] = {}
        self._values: dict[str, dict[str, Array]] = {}

    def add(self, cell: str, frame: pd.DataFrame) -> None:
        """Keep what is read of a cell's quarters, sorted by world and quarter; the rest stays on disk."""
        quarters = frame["quarter_number"].nunique()
        self.labels |= dict(zip(frame["quarter_number"][:quarters], frame["quarter"][:quarters], strict=True))
        values = {name: frame[name].to_numpy(copy=True).reshape(-1, quarters) for name in KEPT}
        if broken := broken_worlds(frame):
            self.broken[cell] = broken
            values |= {name: left_out(values[name], broken) for name in (*READ, *MARKET)}
            values["nonconverged"][broken] = 0.0  # such a world is not kept: it is counted as broken
        self._values[cell] = values

    def path(self, cell: str, metric: str) -> Array:
        """All quarters of a metric, (worlds, quarters)."""
        return self._values[cell][metric]

    def at(self, cell: str, metric: str, quarter: int) -> Array:
        """A metric at a quarter, (worlds,)."""
        return self._values[cell][metric][:, quarter - 1]

    def sold_out(self, cell: str, quarter: int, share: float) -> SoldOut:
        """In how many worlds Trainium is sold out: its supply binds on so much of its capacity, or on more."""
        return _sold_out(self.at(cell, BINDING, quarter), share)

    def sold_out_both(self, one: str, other: str, quarter: int, share: float) -> tuple[SoldOut, SoldOut]:
        """The same of two cells, over the worlds that both have figures for: the first so many, where one has fewer."""
        values = [self.at(cell, BINDING, quarter) for cell in (one, other)]
        common = min(len(each) for each in values)
        both = np.isfinite(values[0][:common]) & np.isfinite(values[1][:common])
        return _sold_out(values[0][:common][both], share), _sold_out(values[1][:common][both], share)

    def missed(self, cells: Iterable[str]) -> Array:
        """Which worlds did not converge in some quarter of some of the cells, (worlds,)."""
        found = [np.asarray(self.path(cell, "nonconverged").any(axis=1)) for cell in cells]
        common = min(len(one) for one in found)
        return np.any([one[:common] for one in found], axis=0)


def _sold_out(values: Array, share: float) -> SoldOut:
    whole = values[np.isfinite(values)]
    return SoldOut(int((whole >= share).sum()), len(whole))


@dataclass(frozen=True)
class Comparison:
    """A named contrast of cells. weights: cell name -> weight."""

    group: str
    kind: str
    effect: str
    weights: dict[str, float]


def comparisons(design: Design, cells: Sequence[StudyCell]) -> list[Comparison]:
    """Every contrast the study reports."""
    found: list[Comparison] = []
    factors = [factor.name for factor in design.factor]
    base = design.base_cell.name
    for group in dict.fromkeys(cell.group for cell in cells):
        corners = {c.label: c for c in cells if c.group == group and c.kind in (FACTORIAL, CHANCE, DEMAND, PLAYERS)}
        names = {label: cell.name for label, cell in corners.items()}
        for chosen, weights in contrasts({label: c.factors for label, c in corners.items()}, factors).items():
            kind = MAIN if len(chosen) == 1 else INTERACTION
            found.append(Comparison(group, kind, " x ".join(chosen), {names[k]: w for k, w in weights.items()}))
        for label, name in names.items():
            if label != base:
                found.append(Comparison(group, CELL, label, {name: 1.0, names[base]: -1.0}))
    for cell in cells:
        if cell.kind in (PART, SENSITIVITY):
            found.append(Comparison(cell.group, cell.kind, cell.name, {cell.name: 1.0, base: -1.0}))
    return found


def compare(outcomes: Outcomes, one: Comparison, metric: str, quarter: int) -> Estimate:
    """A contrast of a metric at a quarter, in percentage points where the metric is a share."""
    scale = 100.0 if metric in IN_PERCENT else 1.0
    return estimate(scale * contrast({cell: outcomes.at(cell, metric, quarter) for cell in one.weights}, one.weights))


def effects_table(
    outcomes: Outcomes, design: Design, cells: Sequence[StudyCell], horizons: Sequence[int]
) -> pd.DataFrame:
    """effects.csv: a row a contrast, metric and horizon."""
    rows = []
    for one in comparisons(design, cells):
        missed = int(outcomes.missed(one.weights).sum())
        for metric in READ:
            unit = "pp" if metric in IN_PERCENT else "own"
            for quarter in horizons:
                key = (one.group, one.kind, one.effect, metric, quarter, unit)
                rows.append((*key, *asdict(compare(outcomes, one, metric, quarter)).values(), missed))
    return pd.DataFrame(rows, columns=[name for name, _, _ in COLUMNS])


def levels_table(outcomes: Outcomes, cells: Sequence[StudyCell], horizons: Sequence[int]) -> pd.DataFrame:
    """levels.csv: a row a cell, metric and horizon; shares in per cent."""
    rows = []
    for cell in cells:
        missed = int(outcomes.missed([cell.name]).sum())
        for metric in READ:
            scale, unit = (100.0, "%") if metric in IN_PERCENT else (1.0, "own")
            for quarter in horizons:
                value = asdict(estimate(scale * outcomes.at(cell.name, metric, quarter)))
                rows.append((cell.group, cell.kind, cell.name, metric, quarter, unit, *value.values(), missed))
    return pd.DataFrame(rows, columns=[name for name, _, _ in LEVEL_COLUMNS])


class Effects:
    """Looks things up in the two tables."""

    def __init__(self, effects: pd.DataFrame, levels: pd.DataFrame) -> None:
        keys = ["group", "kind", "effect", "metric", "quarter_number"]
        self._effects = _by_key(effects, keys)
        self._levels = _by_key(levels, ["cell", "metric", "quarter_number"])

    def effect(self, group: str, kind: str, effect: str, metric: str, quarter: int) -> Estimate:
        """An effect's estimate."""
        return self._effects[group, kind, effect, metric, quarter]

    def of(self, change: Change, metric: str, quarter: int, group: str) -> Estimate:
        """What a change alone does to the baseline of a group."""
        return self._effects[group, change.kind, change.cell, metric, quarter]

    def level(self, cell: str, metric: str, quarter: int) -> Estimate:
        """A cell's level; shares in per cent."""
        return self._levels[cell, metric, quarter]

    def has(self, group: str, kind: str, effect: str, metric: str, quarter: int) -> bool:
        """Is there such an effect in this study?"""
        return (group, kind, effect, metric, quarter) in self._effects


def _by_key(table: pd.DataFrame, keys: list[str]) -> dict[tuple[str | int, ...], Estimate]:
    named = ["mean", "low", "high", "median", "p5", "p95", "worlds", "broken_worlds"]  # as the fields of an estimate
    fields = table[named].itertuples(index=False, name=None)
    return {
        tuple(key): Estimate(*values)
        for key, values in zip(table[keys].itertuples(index=False, name=None), fields, strict=True)
    }
