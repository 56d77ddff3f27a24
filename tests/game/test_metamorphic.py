"""Changes that must not matter: other names' order, another currency, a market twice the size, a segment cut in two."""

from __future__ import annotations

import csv
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sim.declarations
import sim.roster
from agents.strategies import lab
from sim.metrics import METRICS
from sim.parameters import Parameter
from sim.records import Records
from tests.game.play import BASE, changed, play

WORLDS, QUARTERS = 3, 6
Row = dict[str, str]
UNIT = {metric.name: metric.unit for metric in METRICS}
COUNTED = ("money_imbalance", "chip_imbalance", "demand_imbalance", "clearing_residual", "clearing_evaluations")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the model's tables that a test may rewrite; games read it until the test ends."""
    folder = tmp_path / "data"
    shutil.copytree(sim.roster.DATA, folder)
    for name, module in list(sys.modules.items()):
        if name.startswith("sim.") and hasattr(module, "DATA"):
            monkeypatch.setattr(module, "DATA", folder)
    monkeypatch.setattr(sim.roster, "ROSTERS", folder / "rosters")
    yield folder


def rewrite(path: Path, change: Callable[[list[Row]], list[Row]]) -> None:
    """Rewrite the rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(change(rows))
    sim.roster.table.cache_clear()
    sim.roster._load.cache_clear()


def scaled(column: str, factor: float) -> Callable[[list[Row]], list[Row]]:
    """A change that multiplies a column of numbers."""
    return lambda rows: [{**row, column: repr(float(row[column]) * factor) if row[column] else ""} for row in rows]


def assert_same(one: Records, other: Records, tolerance: float, factors: dict[str, float] | None = None) -> None:
    """Every metric of the other run is the first's, times the factor of its unit."""
    wrong = {}
    for name, unit in UNIT.items():
        if name in COUNTED:
            continue
        expected = one.metric(name) * (factors or {}).get(unit, 1.0)
        scale = max(float(np.abs(expected).max()), 1e-3)
        error = float(np.abs(other.metric(name) - expected).max()) / scale
        if not error <= tolerance:
            wrong[name] = error
    assert wrong == {}


# --- another order of names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table", ["pools", "owners", "families", "labs", "segments", "regulators", "regions", "skills"]
)
def test_the_order_of_a_roster_does_not_matter(data: Path, table: str) -> None:
    before = play(BASE, WORLDS, QUARTERS)
    rewrite(data / "rosters" / "default" / f"{table}.csv", lambda rows: rows[::-1])
    after = play(BASE, WORLDS, QUARTERS)
    assert_same(before, after, 1e-8)


def test_all_tables_at_once_in_another_order(data: Path) -> None:
    before = play(BASE, WORLDS, QUARTERS)
    for path in (data / "rosters" / "default").glob("*.csv"):
        rewrite(path, lambda rows: rows[1::2] + rows[::2])
    after = play(BASE, WORLDS, QUARTERS)
    assert_same(before, after, 1e-8)


# --- another currency ------------------------------------------------------------------------------------------


def in_units(unit: str) -> bool:
    """Is a parameter's unit so much money (and not a rate, or something per money)?"""
    return unit.startswith(("USD", "musd"))


def redeclared(declared: Parameter, factor: float) -> Parameter:
    span = {name: getattr(declared, name) * factor for name in ("default", "low", "high")}
    allowed = tuple(bound * factor for bound in declared.allowed)
    return declared.model_copy(update={**span, "allowed": allowed})


MONEY_TABLES = [
    ("generations.csv", "chip_cost_usd"),
    ("prices.csv", "price_usd_per_h100e_hour"),
    ("rosters/default/owners.csv", "cash_musd"),
    ("rosters/default/labs.csv", "token_price_usd_per_mtoken"),
    *[("rosters/default/lab_starts.csv", column) for column in ("revenue_musd", "cash_musd", "funding_musd")],
]


def test_the_currency_does_not_matter(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All money times 1.6: prices and costs in tables, parameters in USD; per-money parameters divided.

    The labs' and clouds' small standing budgets (porting kits, second back ends) are amounts of money too: both are scaled,
    and what they buy per musd is divided."""
    k = 1.6
    before = play(BASE, WORLDS, QUARTERS)
    for name, column in MONEY_TABLES:
        rewrite(data / name, scaled(column, k))
    rewrite(data / "rosters/default/owners.csv", scaled("porting_kit_musd", k))
    rewrite(
        data / "series.csv",
        lambda rows: [
            {**row, "value": repr(float(row["value"]) * (k if "usd_bn" in row["series"] else 1.0))} for row in rows
        ],
    )
    declared = tuple(
        redeclared(one, k) if in_units(one.unit) else redeclared(one, 1.0 / k) if one.unit.endswith("per musd") else one
        for one in sim.declarations.DECLARATIONS
    )
    monkeypatch.setattr(sim.declarations, "DECLARATIONS", declared)
    for name in ("SECOND_BACK_END_MUSD", "SECOND_BACK_END_MUSD_PER_H100E"):
        monkeypatch.setattr(lab, name, getattr(lab, name) * k)
    after = play(BASE, WORLDS, QUARTERS)
    factors = {unit: k for unit in set(UNIT.values()) if in_units(unit)}
    assert {"musd a quarter", "USD per H100e-hour"} <= set(factors)
    assert_same(before, after, 1e-6, factors)


# --- a market twice the size -----------------------------------------------------------------------------------


def test_size_does_not_matter(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stocks, anchors and budgets twice as large: the same shares and prices, twice the quantities and the money.

    The ecosystem's ln(1 + E) is the one place where size as such matters (that is what it says): it is off here."""
    quiet = {**BASE.parameters, "ecosystem_strength": 0.0}
    market = replace(BASE, parameters=quiet, root_parameters=quiet)
    before = play(market, WORLDS, QUARTERS)
    roster = data / "rosters" / "default"
    for path in (data / "installed.csv", data / "anchors.csv", roster / "extra_stock.csv"):
        rewrite(path, scaled("h100e", 2.0))
    rewrite(roster / "families.csv", scaled("ecosystem_mh100e_quarters", 2.0))
    rewrite(roster / "owners.csv", scaled("cash_musd", 2.0))
    rewrite(roster / "owners.csv", scaled("porting_kit_musd", 2.0))
    for column in ("revenue_musd", "cash_musd", "funding_musd"):
        rewrite(roster / "lab_starts.csv", scaled(column, 2.0))
    rewrite(data / "series.csv", scaled("value", 2.0))
    monkeypatch.setattr(lab, "SECOND_BACK_END_MUSD", lab.SECOND_BACK_END_MUSD * 2.0)
    sizes = {"maturity_half_mh100e": 2.0, "portability_productivity": 0.5, "porting_kit_effect": 0.5}
    declared = tuple(redeclared(one, sizes.get(one.name, 1.0)) for one in sim.declarations.DECLARATIONS)
    monkeypatch.setattr(sim.declarations, "DECLARATIONS", declared)
    after = play(market, WORLDS, QUARTERS)
    assert_same(before, after, 1e-5, {"H100e": 2.0, "musd": 2.0, "musd a quarter": 2.0, "kt CO2": 2.0, "TWh": 2.0})


# --- a segment cut in two --------------------------------------------------------------------------------------


def halves(segment: str) -> Callable[[list[Row]], list[Row]]:
    """Cut a segment into two of half the weight, alike in everything."""

    def cut(rows: list[Row]) -> list[Row]:
        whole = next(row for row in rows if row["segment"] == segment)
        parts = [
            {**whole, "segment": segment + end, "weight": repr(float(whole["weight"]) / 2.0)} for end in ("", "-twin")
        ]
        return [row for row in rows if row["segment"] != segment] + parts

    return cut


def test_cutting_a_segment_in_two_changes_nothing_but_its_noise(data: Path) -> None:
    """Two halves with the same tastes are the whole: what is drawn by name is taken out, everything else stands."""
    quiet = {"segment_demand_sd": 0.0, "taste_sd": 0.0, "exchange_spread": 0.0}
    before = play(changed(**quiet), WORLDS, QUARTERS)
    rewrite(data / "rosters" / "default" / "segments.csv", halves("enterprises"))
    after = play(changed(**quiet), WORLDS, QUARTERS)
    assert_same(before, after, 1e-7)


def test_cutting_a_pool_of_skill_in_two_changes_nothing_but_its_noise(data: Path) -> None:
    """The same for latent types: each skill class in two halves."""
    quiet = {"segment_demand_sd": 0.0, "exchange_spread": 0.0}

    def cut(rows: list[Row]) -> list[Row]:
        halved = [{**row, "share": repr(float(row["share"]) / 2.0)} for row in rows]
        return halved + [{**row, "skill_class": row["skill_class"] + "-twin"} for row in halved]

    before = play(changed(**quiet), WORLDS, QUARTERS)
    rewrite(data / "rosters" / "default" / "skills.csv", cut)
    after = play(changed(**quiet), WORLDS, QUARTERS)
    assert_same(before, after, 1e-7)
