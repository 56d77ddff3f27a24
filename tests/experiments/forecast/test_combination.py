"""The combination by hand: quantile averaging, weights shrunk to equal, width from past coverage, no look ahead."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from experiments.forecast import combination as co
from experiments.forecast.combination import Learnt, Seen
from experiments.forecast.forecast import COLUMNS, LEVELS
from experiments.forecast.scoring import QUANTILES

MONEY, STOCK = "aws_revenue_usd_bn", "amd_installed_h100e"
GROUP = "money and price"


def seven(low: float, middle: float, high: float) -> np.ndarray:
    """Quantiles whose 5 %, 50 % and 95 % are these, in equal steps between."""
    return np.array([low, *np.linspace(low, middle, 4)[1:], *np.linspace(middle, high, 4)[1:]])


def test_quantiles_are_averaged_in_logarithms_and_below_zero_as_they_are() -> None:
    """Half of 4 and a quarter each of 1 and 16 in logs is 4; 0.5 x −2 + 0.25 x 2 + 0.25 x 6 is 1."""
    weights = np.array([0.5, 0.25, 0.25])
    parts = np.stack([np.full(7, 4.0), np.full(7, 1.0), np.full(7, 16.0)])
    assert co.average(parts, weights) == pytest.approx(np.full(7, 4.0))
    below = np.stack([np.full(7, -2.0), np.full(7, 2.0), np.full(7, 6.0)])
    assert co.average(below, weights) == pytest.approx(np.full(7, 1.0))
    assert co.average(parts[:, None], weights).shape == (1, 7)


def test_alike_parts_give_themselves_and_quantiles_stay_in_order() -> None:
    one = seven(2.0, 5.0, 9.0)
    assert co.average(np.stack([one] * 3), co.NOTHING.weights) == pytest.approx(one)
    mixed = co.average(np.stack([one, one**2, one / 3.0]), np.array([0.2, 0.3, 0.5]))
    assert np.all(np.diff(mixed) > 0.0)


def test_a_widened_band_keeps_its_median() -> None:
    """Twice as far: −1, 2, 8 about 2 to −4, 2, 14; in logs 1, 2, 8 to 1/2, 2, 32; once is nothing."""
    found = co.widened(seven(-1.0, 2.0, 8.0), 2.0)
    assert (found[0], found[3], found[6]) == pytest.approx((-4.0, 2.0, 14.0))
    logs = co.widened(np.exp(seven(0.0, math.log(2.0), math.log(8.0))), 2.0)
    assert (logs[0], logs[3], logs[6]) == pytest.approx((0.5, 2.0, 32.0))
    assert co.widened(seven(1.0, 2.0, 8.0), 1.0) == pytest.approx(seven(1.0, 2.0, 8.0))


def test_a_fact_is_so_many_half_widths_off() -> None:
    """Above −1, 2, 8: 14 is 12 of 6; below, −2.5 is 4.5 of 3. In logs, 32 above 2 with 8 at 95 %: ln 16 of ln 4."""
    assert co.off(seven(-1.0, 2.0, 8.0), 14.0) == pytest.approx(2.0)
    assert co.off(seven(-1.0, 2.0, 8.0), -2.5) == pytest.approx(1.5)
    assert co.off(np.exp(seven(0.0, math.log(2.0), math.log(8.0))), 32.0) == pytest.approx(2.0)


def test_weights_by_crps_are_shrunk_to_equal() -> None:
    """Shares of CRPS 1/7, 2/7, 4/7: turned 4 : 2 : 1. Two effective origins weigh as much as equal weights: half of
    each. None: equal. A series in millions counts as much as one in units."""
    crps = np.array([[1.0, 2.0, 4.0]])
    turned, equal = np.array([4.0, 2.0, 1.0]) / 7.0, np.full(3, 1.0 / 3.0)
    assert co.shrunk(crps, 2.0) == pytest.approx((turned + equal) / 2.0)
    assert co.shrunk(crps, 0.0) == pytest.approx(equal)
    assert co.shrunk(np.concatenate([crps, crps * 1e6]), 2.0) == pytest.approx(co.shrunk(crps, 2.0))
    two = np.array([[1.0, 2.0, 4.0], [4.0, 2.0, 1.0]])  # mean shares 5/14, 4/14, 5/14: turned 4 : 5 : 4
    assert co.shrunk(two, 2.0) == pytest.approx((np.array([4.0, 5.0, 4.0]) / 13.0 + equal) / 2.0)


def test_bands_are_widened_by_what_would_have_covered_and_never_narrowed() -> None:
    """Ten facts, one to ten half-widths off: nine tenths lie within 9.1; with two effective origins its root. All well
    inside: 1."""
    assert co.widening([float(k) for k in range(1, 11)], 2.0) == pytest.approx(math.sqrt(9.1))
    assert co.widening([float(k) for k in range(1, 11)], 0.0) == 1.0
    assert co.widening([0.1, 0.2, 0.3], 2.0) == 1.0


def seen(origin: str, quarter: str, crps: tuple[float, float, float], off: float = 0.0, series: str = MONEY) -> Seen:
    return Seen(origin, series, quarter, np.array(crps), off)


def test_only_facts_known_by_then_on_earlier_origins_teach() -> None:
    """A fact of a later quarter, or on the origin itself, changes nothing; another group has its own lessons."""
    past = [seen("2024Q3", "2024Q4", (1.0, 2.0, 4.0), 3.0)]
    later = [seen("2024Q3", "2025Q1", (9.0, 1.0, 1.0), 9.0), seen("2024Q4", "2024Q4", (9.0, 1.0, 1.0), 9.0)]
    found, same = co.learn(past, "2024Q4"), co.learn(past + later, "2024Q4")
    assert found[GROUP].weights.tolist() == same[GROUP].weights.tolist() and set(same) == {GROUP}
    assert found[GROUP].widening == same[GROUP].widening == pytest.approx(3.0 ** (1.0 / 3.0))
    assert found[GROUP].origins == pytest.approx(1.0)
    assert co.learn(past + later, "2025Q1")[GROUP].weights.tolist() != found[GROUP].weights.tolist()
    assert co.learn([], "2025Q4") == {} and co.learn(later, "2024Q3") == {}
    assert set(co.learn([*past, seen("2024Q3", "2024Q4", (1.0, 1.0, 1.0), series=STOCK)], "2025Q4")) == {
        GROUP,
        "stocks and shares",
    }


def test_parts_that_were_replaced_teach_no_weights_but_width() -> None:
    nan = float("nan")
    found = co.learn([seen("2024Q3", "2024Q4", (nan, nan, nan), 3.0)], "2024Q4")[GROUP]
    assert found.weights == pytest.approx([1.0 / 3.0] * 3) and found.widening > 1.0


HISTORY = {
    MONEY: pd.Series([1.0, 2.0, 4.0, 8.0, 16.0], index=["2024Q4", "2025Q1", "2025Q2", "2025Q3", "2025Q4"]),
    STOCK: pd.Series([5.0, 5.0], index=["2025Q3", "2025Q4"]),
}


def made() -> pd.DataFrame:
    """The model says 8 of the first, and 20 of the second, with certainty."""
    rows = [(MONEY, "2026Q1", "USD bn", *[8.0] * 7), (STOCK, "2026Q1", "H100e", *[20.0] * 7)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_a_combination_is_between_its_parts() -> None:
    """A series that doubles: drift and trend say 32 for certain, the model 8: at equal weights 2^(2 x 5/3 + 3/3). Two
    values are too few for drift and trend: the last value, 5, takes their part."""
    found = co.combined(made(), HISTORY, {}).set_index("series")
    assert found.loc[MONEY, "p50"] == pytest.approx(2.0 ** (13.0 / 3.0), rel=1e-3)
    assert found.loc[STOCK, "p50"] == pytest.approx((20.0 * 25.0) ** (1.0 / 3.0))
    alone = {GROUP: Learnt(np.array([1.0, 0.0, 0.0])), "stocks and shares": Learnt(np.array([1.0, 0.0, 0.0]))}
    pd.testing.assert_frame_equal(co.combined(made(), HISTORY, alone), made())


def test_both_stand_in_one_table_by_name() -> None:
    found = co.both(made(), HISTORY, {})
    assert found["method"].tolist() == ["model"] * 2 + ["combination"] * 2
    pd.testing.assert_frame_equal(found[found["method"] == "model"].drop(columns="method"), made())


def test_what_facts_say_of_a_forecast() -> None:
    """A fact of 32: the model is 24 off, drift and trend hardly. The other series has no weights to teach."""
    facts = {MONEY: pd.Series([32.0], index=["2026Q1"]), STOCK: pd.Series([5.0], index=["2026Q1"])}
    money, stock = co.seen("2025Q4", made(), facts, HISTORY, {})
    assert money.crps[0] == pytest.approx(24.0) and money.crps[1:].max() < 0.5
    assert np.isnan(stock.crps).all() and np.isfinite(stock.off)
    none = {name: values[:0] for name, values in facts.items()}
    assert co.seen("2025Q4", made(), none, HISTORY, {}) == []


def test_what_ships_is_what_was_learnt_and_adds_up() -> None:
    assert len(QUANTILES) == len(LEVELS)
    table = pd.read_csv(co.FILE)
    weights = table[[f"weight_{part}" for part in co.PARTS]].sum(axis=1)
    assert weights.to_numpy() == pytest.approx(1.0, abs=1e-5) and (table["widening"] >= 1.0).all()
    first = table[table["origin"] == table["origin"].min()]
    assert (first["widening"] == 1.0).all() and (first["effective_origins"] == 0.0).all()
    assert first["weight_model"].to_numpy() == pytest.approx(1.0 / 3.0, abs=1e-5)
    assert set(co.shipped("2025Q4")) == set(table["group"])
