"""Changes that must not matter: other names' order, another currency, a market twice the size, a segment cut in two,
other batches.

Each plays a short game before and after the change and gives the largest error over all metrics, relative to the
metric's size. The model's tables are copied first; games read the copy until the change is over.
"""

from __future__ import annotations

import csv
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import sim.declarations
import sim.prelude
import sim.roster
from agents.strategies import lab
from experiments import scenarios
from experiments.batch.engine import Cell, Size, opened
from sim.arrays import Array
from sim.equilibrium import clearing
from sim.metrics import METRICS
from sim.parameters import Parameter
from sim.records import Records
from sim.scenario import Scenario
from sim.units import SMALLEST_CAPACITY_H100E

WORLDS, QUARTERS = 3, 6
MANY = 1000
Row = dict[str, str]
Change = Callable[[list[Row]], list[Row]]
UNIT = {metric.name: metric.unit for metric in METRICS}
COUNTED = ("money_imbalance", "chip_imbalance", "demand_imbalance", "clearing_residual", "clearing_evaluations")
ROSTER_TABLES = ("pools", "owners", "families", "labs", "segments", "regulators", "regions", "skills")
OWNERS_MONEY = ("cash_musd", "debt_musd", "other_cash_musd", "porting_kit_musd")
MONEY_TABLES = (
    ("generations.csv", "chip_cost_usd"),
    ("prices.csv", "price_usd_per_h100e_hour"),
    *(("rosters/default/owners.csv", column) for column in OWNERS_MONEY),
    ("rosters/default/labs.csv", "token_price_usd_per_mtoken"),
    *(("rosters/default/lab_starts.csv", column) for column in ("revenue_musd", "cash_musd", "funding_musd")),
)
BACK_ENDS = ("SECOND_BACK_END_MUSD", "SECOND_BACK_END_MUSD_PER_H100E")


@dataclass(frozen=True)
class Metamorphosis:
    """A change that must not matter, and how near its outcome must come (relative)."""

    name: str
    meaning: str
    tolerance: float
    error: Callable[[], float]


# --- tables and declarations that may be rewritten for a while --------------------------------------------------------


@contextmanager
def other_tables() -> Iterator[Path]:
    """A copy of the model's tables that may be rewritten; games read it until the end."""
    original, modules = (
        sim.roster.DATA,
        [m for n, m in list(sys.modules.items()) if n.startswith("sim.") and hasattr(m, "DATA")],
    )
    rosters = sim.roster.ROSTERS
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "data"
        shutil.copytree(original, folder)
        try:
            _point(modules, folder, folder / "rosters")
            yield folder
        finally:
            _point(modules, original, rosters)
            forget()


def _point(modules: list[Any], data: Path, rosters: Path) -> None:
    for module in modules:
        module.DATA = data
    sim.roster.ROSTERS = rosters


def forget() -> None:
    """Drop what has been read of the tables."""
    sim.roster.table.cache_clear()
    sim.roster._load.cache_clear()
    sim.prelude.forget()


def rewrite(path: Path, change: Change) -> None:
    """Rewrite the rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(change(rows))
    forget()


def scaled(column: str, factor: float) -> Change:
    """A change that multiplies a column of numbers."""
    return lambda rows: [{**row, column: repr(float(row[column]) * factor) if row[column] else ""} for row in rows]


@contextmanager
def replaced(module: Any, **values: Any) -> Iterator[None]:
    """Some names of a module mean something else for a while."""
    before = {name: getattr(module, name) for name in values}
    try:
        for name, value in values.items():
            setattr(module, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)


def redeclared(declared: Parameter, factor: float) -> Parameter:
    """A declaration in other units."""
    span = {name: getattr(declared, name) * factor for name in ("default", "low", "high")}
    return declared.model_copy(update={**span, "allowed": tuple(bound * factor for bound in declared.allowed)})


# --- playing and comparing --------------------------------------------------------------------------------------------


def play(scenario: Scenario, worlds: int = WORLDS, first_world: int = 0, quarters: int = QUARTERS) -> Records:
    """The records of a short game."""
    with opened(Cell(scenario, Size(worlds, quarters), first_world=first_world)) as game:
        return game.run()


def base(**parameters: float) -> Scenario:
    """The baseline, with some parameters set: in its root, so that they hold before the opening too."""
    changed = scenarios.load("baseline").with_changes("changed", "changed", parameters, ())
    return replace(changed, root_parameters={**changed.root_parameters, **parameters})


def errors(one: Records, other: Records, factors: Mapping[str, float] | None = None) -> dict[str, float]:
    """By metric: how far the other run is from the first times the factor of its unit, relative to the metric's
    size."""
    found = {}
    for name, unit in UNIT.items():
        if name not in COUNTED:
            expected: Array = one.metric(name) * (factors or {}).get(unit, 1.0)
            found[name] = float(np.abs(other.metric(name) - expected).max()) / max(float(np.abs(expected).max()), 1e-3)
    return found


def largest(one: Records, other: Records, factors: Mapping[str, float] | None = None) -> float:
    """The largest of these errors; NaN when one of them is."""
    return float(np.max([*errors(one, other, factors).values()]))


# --- the changes ------------------------------------------------------------------------------------------------------


def reordered(table: str) -> float:
    """The rows of a roster's table the other way round."""
    before = play(base())
    with other_tables() as data:
        rewrite(data / "rosters" / "default" / f"{table}.csv", lambda rows: rows[::-1])
        return largest(before, play(base()))


def all_reordered() -> float:
    """All of a roster's tables in another order at once."""
    before = play(base())
    with other_tables() as data:
        for path in (data / "rosters" / "default").glob("*.csv"):
            rewrite(path, lambda rows: rows[1::2] + rows[::2])
        return largest(before, play(base()))


def in_money(unit: str) -> bool:
    """Is a unit so much money (and not a rate, or something per money)?"""
    return unit.startswith(("USD", "musd"))


def another_currency(k: float = 1.6) -> float:
    """All money times k: prices and costs in tables, parameters in USD; per-money parameters divided.

    The labs' and clouds' small standing budgets (porting kits, second back ends) are amounts of money too: both are
    scaled, and what they buy per musd is divided."""
    before = play(base())
    declared = tuple(
        redeclared(one, k) if in_money(one.unit) else redeclared(one, 1.0 / k) if one.unit.endswith("per musd") else one
        for one in sim.declarations.DECLARATIONS
    )
    with (
        other_tables() as data,
        replaced(sim.declarations, DECLARATIONS=declared),
        replaced(lab, **{name: getattr(lab, name) * k for name in BACK_ENDS}),
    ):
        for name, column in MONEY_TABLES:
            rewrite(data / name, scaled(column, k))
        rewrite(data / "series.csv", lambda rows: [_in_currency(row, k) for row in rows])
        return largest(before, play(base()), {unit: k for unit in set(UNIT.values()) if in_money(unit)})


def _in_currency(row: Row, k: float) -> Row:
    return {**row, "value": repr(float(row["value"]) * (k if "usd_bn" in row["series"] else 1.0))}


SIZED = (
    *(("installed.csv", column) for column in ("h100e", "h100e_low", "h100e_high")),
    ("anchors.csv", "h100e"),
    *(("deals.csv", column) for column in ("h100e_low", "h100e", "h100e_high")),
    ("rosters/default/extra_stock.csv", "h100e"),
    ("series.csv", "value"),
    ("rosters/default/families.csv", "ecosystem_mh100e_quarters"),
    *(("rosters/default/owners.csv", column) for column in OWNERS_MONEY),
    *(("rosters/default/lab_starts.csv", column) for column in ("revenue_musd", "cash_musd", "funding_musd")),
)
SIZES = {"maturity_half_mh100e": 2.0, "portability_productivity": 0.5, "porting_kit_effect": 0.5}


def twice_the_size() -> float:
    """Stocks, anchors and budgets twice as large: the same shares and prices, twice the quantities and the money. The
    least that a pool is taken to have doubles too: where deals fill one to the brim its shadow price hangs on it.

    The ecosystem's ln(1 + E) is the one place where size as such matters (that is what it says): it is off here."""
    quiet = {**scenarios.load("baseline").parameters, "ecosystem_strength": 0.0}
    market = replace(scenarios.load("baseline"), parameters=quiet, root_parameters=quiet)
    before = play(market)
    declared = tuple(redeclared(one, SIZES.get(one.name, 1.0)) for one in sim.declarations.DECLARATIONS)
    with (
        other_tables() as data,
        replaced(sim.declarations, DECLARATIONS=declared),
        replaced(lab, SECOND_BACK_END_MUSD=lab.SECOND_BACK_END_MUSD * 2.0),
        replaced(clearing, SMALLEST_CAPACITY_H100E=SMALLEST_CAPACITY_H100E * 2.0),
    ):
        for name, column in SIZED:
            rewrite(data / name, scaled(column, 2.0))
        doubled = ("H100e", "M H100e-quarters", "musd", "musd a quarter", "kt CO2", "TWh", "MW")
        return largest(before, play(market), dict.fromkeys(doubled, 2.0))


def segment_in_two(segment: str = "enterprises") -> float:
    """A segment in two halves, alike in everything; what is drawn by name is taken out."""
    quiet = base(segment_demand_sd=0.0, taste_sd=0.0, exchange_spread=0.0)
    before = play(quiet)

    def cut(rows: list[Row]) -> list[Row]:
        whole = next(row for row in rows if row["segment"] == segment)
        half = {**whole, **{name: repr(float(whole[name]) / 2.0) for name in ("weight", "customers")}}
        parts = [{**half, "segment": segment + end} for end in ("", "-twin")]
        return [row for row in rows if row["segment"] != segment] + parts

    with other_tables() as data:
        rewrite(data / "rosters" / "default" / "segments.csv", cut)
        return largest(before, play(quiet))


def skills_in_two() -> float:
    """The same for latent types: each skill class in two halves."""
    quiet = base(segment_demand_sd=0.0, exchange_spread=0.0)
    before = play(quiet)

    def cut(rows: list[Row]) -> list[Row]:
        halved = [{**row, "share": repr(float(row["share"]) / 2.0)} for row in rows]
        return halved + [{**row, "skill_class": row["skill_class"] + "-twin"} for row in halved]

    with other_tables() as data:
        rewrite(data / "rosters" / "default" / "skills.csv", cut)
        return largest(before, play(quiet))


def one_of_many(worlds: int = MANY, quarters: int = 2) -> float:
    """Some worlds of a large batch, each played alone: the same bits."""
    batch, worst = play(base(), worlds, quarters=quarters), 0.0
    for world in (0, worlds // 2 + 1, worlds - 1):
        alone = play(base(), 1, world, quarters)
        for name in UNIT:
            worst = float(np.maximum(worst, np.abs(batch.metric(name)[world] - alone.metric(name)[0]).max()))
    return worst


def cut_elsewhere(worlds: int = 70) -> float:
    """A batch played in two parts, the later part first: the same bits."""
    whole, worst = play(base(), worlds, quarters=2), 0.0
    late, early = play(base(), worlds - 41, 41, 2), play(base(), 41, 0, 2)
    for name in UNIT:
        together = np.concatenate([early.metric(name), late.metric(name)])
        worst = float(np.maximum(worst, np.abs(together - whole.metric(name)).max()))
    return worst


METAMORPHOSES = (
    *(
        Metamorphosis(
            f"order of {table}",
            "rows of a roster's table the other way round",
            1e-8,
            partial(reordered, table),
        )
        for table in ROSTER_TABLES
    ),
    Metamorphosis("order of all tables", "all tables of the roster in another order", 1e-8, all_reordered),
    Metamorphosis("currency", "all money times 1.6", 1e-6, another_currency),
    Metamorphosis("size", "all masses, capacities and budgets twice as large", 1e-5, twice_the_size),
    Metamorphosis("segment in two", "a segment as two identical halves", 1e-6, segment_in_two),
    Metamorphosis("skills in two", "each skill class as two identical halves", 1e-6, skills_in_two),
    Metamorphosis("one of a thousand", "a world of 1000 played alone, bit for bit", 0.0, one_of_many),
    Metamorphosis("cut elsewhere", "a batch in two parts in another order, bit for bit", 0.0, cut_elsewhere),
)
