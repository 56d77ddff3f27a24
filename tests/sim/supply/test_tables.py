"""Figures of the start by hand: between two dates, stock that dated rows alone tell, and a year's deliveries
smoothed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.errors import InputError
from sim.quarters import ordinal
from sim.roster import load_roster
from sim.supply.industry import Industry
from sim.supply.pipeline import Pipeline
from sim.supply.tables import INITIAL_GROWTH, Tables, between, estimated

ROSTER = load_roster("default")


@pytest.mark.parametrize(
    ("first", "last", "part", "amount"),
    [
        (100.0, 400.0, 0.5, 200.0),  # at an even pace in logs
        (8.0, 1.0, 1.0 / 3.0, 4.0),
        (100.0, 400.0, 0.0, 100.0),
        (100.0, 400.0, 1.0, 400.0),
        (0.0, 40.0, 0.25, 10.0),  # from nothing in equal steps
        (40.0, 0.0, 0.25, 30.0),
        (0.0, 0.0, 0.5, 0.0),
    ],
)
def test_an_amount_on_its_way(first: float, last: float, part: float, amount: float) -> None:
    assert between(first, last, part) == pytest.approx(amount)


def tables(start: str = "2023Q4", until: str = "2025Q4") -> Tables:
    return Tables(ROSTER, start, until)


FIGURES = {ordinal("2022Q4"): 7.0, ordinal("2023Q4"): 100.0, ordinal("2024Q4"): 400.0, ordinal("2025Q4"): 0.0}


@pytest.mark.parametrize(
    ("until", "quarter", "stock"),
    [
        ("2025Q4", "2023Q4", 100.0),
        ("2025Q4", "2024Q2", 200.0),
        ("2025Q4", "2024Q4", 400.0),
        ("2025Q4", "2025Q2", 200.0),  # to nothing: in equal steps
        ("2025Q4", "2026Q2", 0.0),
        ("2024Q4", "2025Q2", 400.0 * (1.0 + INITIAL_GROWTH) ** 2),  # later rows are not known: at the usual growth
        ("2024Q3", "2024Q2", 100.0 * (1.0 + INITIAL_GROWTH) ** 2),
        ("", "2024Q1", 100.0 * (1.0 + INITIAL_GROWTH)),
        ("2025Q4", "2023Q2", 100.0 / (1.0 + INITIAL_GROWTH) ** 2),  # what was before the start is not read
    ],
)
def test_stock_that_dated_rows_alone_tell(until: str, quarter: str, stock: float) -> None:
    assert tables(until=until)._extra_at(FIGURES, ordinal(quarter)) == pytest.approx(stock)


def test_stock_without_a_row_that_is_known_is_none() -> None:
    later = {ordinal("2025Q4"): 5.0}
    assert tables(until="2024Q4")._extra_at(later, ordinal("2024Q4")) == 0.0


def smoothed(rows: list[list[float]]) -> Any:
    found: Any = Tables.given_smoothly(SimpleNamespace(given=np.array(rows)[:, None]))  # type: ignore[arg-type]
    return found[:, 0]


def test_a_pools_year_is_shared_out_as_all_deliveries_were() -> None:
    """A year of 10, 20, 30 and 40 in all, 60 and 40 by pool; what was before it stays."""
    rows = [[7.0, 1.0], [10.0, 0.0], [0.0, 20.0], [30.0, 0.0], [20.0, 20.0]]
    found = smoothed(rows)
    assert found == pytest.approx(np.array([[7, 1], [6, 4], [12, 8], [18, 12], [24, 16]]))
    assert found.sum(axis=0) == pytest.approx(np.sum(rows, axis=0)) and found.sum(axis=1) == pytest.approx(
        np.sum(rows, axis=1)
    )


def test_less_than_a_year_is_smoothed_as_a_whole_and_nothing_stays_nothing() -> None:
    assert smoothed([[3.0, 0.0], [0.0, 1.0]]).tolist() == [pytest.approx([2.25, 0.75]), pytest.approx([0.75, 0.25])]
    assert not smoothed([[0.0, 0.0]] * 5).any()


@pytest.mark.parametrize(("start", "until"), [("2023Q4", "2025Q4"), ("2023Q4", "2024Q4"), ("2024Q4", "2025Q3")])
def test_real_deliveries_keep_their_sums(start: str, until: str) -> None:
    one = tables(start, until)
    given, smooth = one.given, one.given_smoothly()
    assert smooth.sum(axis=0) == pytest.approx(given.sum(axis=0))
    assert smooth.sum(axis=2) == pytest.approx(given.sum(axis=2))
    assert not np.array_equal(given[-4:], smooth[-4:]) and np.array_equal(given[:-4], smooth[:-4])


def test_deliveries_of_a_past_come_smoothly_and_end_with_what_the_opening_has_arriving() -> None:
    """Two known quarters, smoothed: the first is what arrives at the start. Then what the opening has coming, by
    world; what lies beyond stays as it was expected."""
    plain: Any = object.__new__(Industry)
    rows, later = [[3.0, 0.0], [0.0, 1.0]], np.full((2, 3, 2), 9.0)
    given, smooth = (np.repeat(np.array(one)[:, None], 2, axis=1) for one in (rows, smoothed(rows)))
    ahead = np.concatenate([given.transpose(1, 0, 2), later], axis=1)
    plain.start = SimpleNamespace(tables=SimpleNamespace(given_smoothly=lambda: smooth))
    plain.given = given
    plain.pipeline = Pipeline(given, ahead, np.array([0, 1]), 2, np.array([2.0, 2.0]))
    arriving = np.array([[5.0, 6.0], [7.0, 8.0]])
    plain.lit = False
    found = plain.as_recorded(arriving)
    assert found.lit and not plain.lit
    assert found.given.shape == (3, 2, 2)
    for world in range(2):
        path = [*smooth[:, world].tolist(), arriving[world].tolist()]
        assert found.given[:, world].tolist() == path
        assert found.pipeline.ahead[world].tolist() == [*path, [9.0, 9.0], [9.0, 9.0]]
    assert found.pipeline.known(2) and not found.pipeline.known(3)
    assert plain.given is given and plain.pipeline.ahead is ahead and ahead[0, 0].tolist() == [3.0, 0.0]


def estimate(low: float, high: float) -> dict[str, str]:
    return {"h100e": "100", "h100e_low": str(low), "h100e_high": str(high)}


def test_a_stock_is_as_far_off_its_estimate_as_its_bounds_say() -> None:
    """Bounds at a half and four times the estimate, 1.6449 standard errors away; half as far by the root."""
    error = np.array([-1.6449, -0.82245, 0.0, 0.82245, 1.6449])
    found = estimated(estimate(50.0, 400.0), error)
    assert found == pytest.approx([50.0, 100.0 * 0.5**0.5, 100.0, 200.0, 400.0]) and found[2] == 100.0
    assert estimated(estimate(100.0, 100.0), error).tolist() == [100.0] * 5  # known exactly


def test_a_world_takes_one_quantile_for_a_family_at_all_owners_and_dates() -> None:
    error = np.zeros((3, len(ROSTER.families)))
    error[1, ROSTER.families.index("nvidia")] = 1.0
    one = Tables(ROSTER, "2025Q4", error=error)
    for date in ("2024Q4", "2025Q4"):
        stock = one.stock(ordinal(date))
        more = np.flatnonzero(stock[1] > stock[0])
        named = {ROSTER.families[ROSTER.pool_family[pool]] for pool in more}
        assert stock[2].tolist() == stock[0].tolist() and named == {"nvidia"} and len(more) > 1
    assert one.increments().sum(axis=2) == pytest.approx(one.stock(one.quarter))


def test_a_start_between_the_dates_reads_the_last_row_known() -> None:
    """Prices of 2024Q4 stand in at 2025Q2 when the quarters before are played, and only then; stock that dated rows
    alone tell goes on from there, as in the prelude that leads to it."""
    with pytest.raises(InputError, match="start = '2025Q2': there are starting prices only for 2023Q4, 2024Q4, 2025Q4"):
        tables("2025Q2", "")
    with pytest.raises(InputError, match="start = '2023Q3'"):
        Tables(ROSTER, "2023Q3", "", carried=True)
    found, none = Tables(ROSTER, "2025Q2", "", carried=True), np.zeros(1)
    assert np.array_equal(found.price(none), tables("2024Q4", "").price(none))
    assert found._extra_at(FIGURES, ordinal("2025Q2")) == pytest.approx(400.0 * (1.0 + INITIAL_GROWTH) ** 2)
    assert np.array_equal(found.stock(found.quarter), tables("2023Q4", "2025Q2").stock(found.quarter))


def test_growth_since_a_date_is_that_of_the_core() -> None:
    found, core = tables(), ~ROSTER.pool_is_edge
    then, now = ordinal("2023Q4"), ordinal("2024Q4")
    assert found.growth_since(then, now) == pytest.approx(
        found.stock(now)[0, core].sum() / found.stock(then)[0, core].sum()
    )
    assert found.growth_since(now, now) == 1.0
