"""Origins in the past: nothing later is known there, and worlds weigh by what fits until then."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from experiments.forecast import fit, forecast, public_series
from experiments.forecast.origins import PAST, TODAY, Origin
from experiments.theory.metamorphic import other_tables, rewrite
from sim.quarters import ordinal

Rows = list[dict[str, str]]


def later_is_other(date: str, numbers: tuple[str, ...], quarter: str) -> Callable[[Rows], Rows]:
    """Every figure after a quarter is three times what it was."""

    def change(rows: Rows) -> Rows:
        return [
            {**row, **({n: repr(3.0 * float(row[n])) for n in numbers if row[n]} if late(row) else {})} for row in rows
        ]

    def late(row: dict[str, str]) -> bool:
        return ordinal(row[date]) > ordinal(quarter)

    return change


TABLES = {
    "installed.csv": ("quarter", ("h100e", "h100e_low", "h100e_high")),
    "anchors.csv": ("quarter", ("h100e",)),
    "prices.csv": ("quarter", ("price_usd_per_h100e_hour",)),
    "series.csv": ("quarter", ("value",)),
    "generations.csv": ("launch_quarter", ("h100e_per_chip", "watts_per_chip", "chip_cost_usd")),
    "roadmap.csv": ("announced_launch_quarter", ("performance_ratio",)),
    "rosters/default/extra_stock.csv": ("quarter", ("h100e",)),
    "rosters/default/lab_starts.csv": ("quarter", ("revenue_musd", "cash_musd", "funding_musd")),
}


@pytest.mark.whole
@pytest.mark.parametrize("quarter", ["2024Q3", "2025Q2"])
def test_nothing_after_the_origin_moves_a_forecast(quarter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every later figure is trebled, in all tables: weights and quantiles stay, bit for bit. The figure of the origin
    itself does move them."""
    origin, to = Origin(quarter), "2025Q4"
    before = forecast.make(to, worlds=4, origin=origin)
    weights = forecast.play(origin, 1, worlds=4).weights
    with other_tables() as folder:
        monkeypatch.setattr(public_series, "DATA", folder)
        for name, (date, numbers) in TABLES.items():
            rewrite(folder / name, later_is_other(date, numbers, quarter))
        pd.testing.assert_frame_equal(before, forecast.make(to, worlds=4, origin=Origin(quarter)), check_exact=True)
        again = forecast.play(Origin(quarter), 1, worlds=4).weights
        assert weights is not None and again is not None and np.array_equal(weights, again)
        rewrite(folder / "installed.csv", later_is_other("quarter", ("h100e",), "2024Q2"))
        assert not before.equals(forecast.make(to, worlds=4, origin=Origin(quarter)))


@pytest.mark.parametrize("origin", PAST, ids=lambda one: one.quarter)
def test_patterns_are_measured_by_the_origin(origin: Origin) -> None:
    found = fit.patterns(origin)
    last = ordinal(origin.quarter)
    dates = [q for one in found for q in (*one.quarters, *one.over, one.measured_to)]
    assert max(map(ordinal, dates)) == last and {"deliveries", "trainium-share"} <= {one.name for one in found}
    assert ("quote-2024" in {one.name for one in found}) == (last >= ordinal("2024Q4"))
    assert ordinal(origin.free.pipeline_until) < last


def test_at_the_end_of_2024_patterns_are_those_of_the_plan() -> None:
    """What is read of the record there is what the plan has written down."""
    origin = Origin("2024Q4")
    plan = {one.name: one for one in origin.plan.pattern}
    for one in fit.patterns(origin):
        assert one.observed == pytest.approx(plan[one.name].observed, rel=2e-3), one.name
        assert (one.quarters, one.tolerance) == (plan[one.name].quarters, plan[one.name].tolerance)


def test_weights_fall_with_the_distance_and_widen_until_enough_worlds_count() -> None:
    """Distances 0, 2 ln 2, 2 ln 4: weights 4 : 2 : 1. One near world of eight: the kernel is widened until two
    count."""
    found = fit.weighed(np.array([0.0, 2.0 * np.log(2.0), 2.0 * np.log(4.0)]))
    assert found == pytest.approx(np.array([4.0, 2.0, 1.0]) / 7.0)
    assert fit.effective(np.array([0.5, 0.5, 0.0])) == pytest.approx(2.0)
    few = fit.weighed(np.array([0.0, *[400.0] * 7]))
    assert fit.effective(few) >= 2.0 and few[0] == few.max() and few[1] == few[7] > 0.0


def test_growth_is_one_path_that_the_prelude_and_the_game_see_at_their_own_dates() -> None:
    """A half life of h quarters: what is above the long run has halved h quarters on."""
    given = Origin("2025Q1").drawn(3, 1)
    start, now = (given[f"spending_growth_start@{date}"] for date in ("2023Q4", "2025Q1"))
    long_run, half_life = given["spending_growth_long_run"], given["spending_growth_half_life_quarters"]
    assert (now - long_run) / (start - long_run) == pytest.approx(0.5 ** (5.0 / half_life))
    assert "spending_growth_start" not in given and TODAY.drawn(3, 1) == {}


def test_the_same_worlds_have_the_same_parameters_at_every_origin() -> None:
    one, other = (Origin(quarter).drawn(5, 2) for quarter in ("2024Q3", "2025Q3"))
    alike = [name for name in one if "@" not in name]
    assert len(alike) > 15 and all(np.array_equal(one[name], other[name]) for name in alike)


@pytest.mark.whole
def test_a_reader_is_told_how_few_worlds_count() -> None:
    """At an origin in the past worlds count by weight: of four, one to four do, and twenty that count are needed."""
    told: list[str] = []
    origin = Origin("2025Q3")
    forecast.make("2025Q4", worlds=4, origin=origin, listener=forecast.Listener(tell=told.append))
    weights = forecast.play(origin, 1, worlds=4).weights
    assert weights is not None
    count = fit.effective(weights)
    assert told[0].startswith(f"{count:.0f} worlds, by their weights: the outer quantiles rest on less than one world")
    assert f"give {4.0 * 20.0 / count:.0f} or more" in told[0] and 1.0 <= count <= 4.0
