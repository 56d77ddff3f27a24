"""Paired intervals against scipy, and the contrasts of a factorial whose effects are known."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats as reference

from experiments.stats import (
    band,
    brackets,
    broken_worlds,
    contrast,
    contrasts,
    digits,
    estimate,
    finite_worlds,
    interval,
    left_out,
    no_figures,
    number,
    portion,
)

FACTORS = ("lock-in", "antitrust", "edge")
CORNERS = {"+".join(on) or "baseline": on for size in range(4) for on in combinations(FACTORS, size)}


def test_an_interval_by_hand() -> None:
    one = estimate(np.array([1.0, 2.0, 3.0]))
    half = 4.302652729911275 / np.sqrt(3.0)  # t(2 degrees, 97.5 %) s / sqrt(n), s = 1
    assert (one.mean, one.median, one.worlds) == (2.0, 2.0, 3)
    assert (one.low, one.high) == pytest.approx((2.0 - half, 2.0 + half))
    assert (one.p5, one.p95) == pytest.approx((1.1, 2.9))


def test_a_paired_interval_agrees_with_scipy() -> None:
    rng = np.random.default_rng(3)
    off = rng.normal(5.0, 1.0, 40)
    on = off + rng.normal(0.3, 0.2, 40)
    one = estimate(on - off)
    expected = reference.ttest_rel(on, off).confidence_interval(0.95)
    assert (one.low, one.high) == pytest.approx((expected.low, expected.high), rel=1e-12)


def test_one_world_has_no_interval_and_no_band() -> None:
    one = estimate(np.array([0.4]))
    assert (one.mean, one.median, one.worlds) == (0.4, 0.4, 1)
    assert np.isnan([one.low, one.high, one.p5, one.p95]).all()
    assert not one.decides and not one.holds_zero and one.ends == (0.4, 0.4)
    assert interval(one) == one.why_not == "one world: no interval"
    assert brackets(one) == "(one world)" and band(np.array([0.4])) == "0.4 (one world)"


def test_one_world_that_is_left_of_several_decides_nothing_either() -> None:
    one = estimate(np.array([np.nan, 0.4, np.inf]))
    assert not one.decides and np.isnan(one.low) and one.left_out == "2 of 3 worlds have no figures"
    none = estimate(np.array([np.nan]))
    assert (
        interval(none) == "no world has figures"
        and brackets(none) == "(no figures)"
        and band(np.array([np.nan])) == "–"
    )


def test_worlds_that_agree_have_an_interval_of_no_width() -> None:
    """Several worlds that say the same are no single one: that they agree is known."""
    one = estimate(np.array([0.5, 0.5, 0.5]))
    assert one.decides and (one.low, one.high, one.p5, one.p95) == (0.5, 0.5, 0.5, 0.5)
    assert brackets(one) == "[+0.50, +0.50]" and interval(one) == "95 % interval +0.50 to +0.50"


def test_known_effects_come_back() -> None:
    """Two worlds that differ: share = 5 + main effects + products, with a world's own size for each."""
    size = {
        ("lock-in",): np.array([0.7, 0.5]),
        ("antitrust",): np.array([-0.2, 0.1]),
        ("edge",): np.array([-0.1, -0.3]),
        ("lock-in", "antitrust"): np.array([-0.15, 0.0]),
        ("antitrust", "edge"): np.array([0.0, 0.04]),
        ("lock-in", "antitrust", "edge"): np.array([0.02, 0.08]),
    }
    values = {
        cell: np.full(2, 5.0) + sum(value for names, value in size.items() if set(names) <= set(on))
        for cell, on in CORNERS.items()
    }
    found = {names: contrast(values, weights) for names, weights in contrasts(CORNERS, FACTORS).items()}
    assert len(found) == 7
    triple = size["lock-in", "antitrust", "edge"]
    pair = size["lock-in", "antitrust"]
    assert found["lock-in", "antitrust", "edge"] == pytest.approx(triple)
    # a two-way interaction is averaged over the third factor, which adds half of the three-way one
    assert found["lock-in", "antitrust"] == pytest.approx(pair + triple / 2.0)
    assert found["lock-in", "edge"] == pytest.approx(triple / 2.0)
    # a main effect is averaged over four corners
    assert found["lock-in",] == pytest.approx(size["lock-in",] + pair / 2.0 + triple / 4.0)


def test_a_main_effect_is_the_mean_of_four_differences() -> None:
    rng = np.random.default_rng(5)
    values = {cell: rng.normal(size=6) for cell in CORNERS}
    others = [(), ("antitrust",), ("edge",), ("antitrust", "edge")]
    gaps = [values["+".join(("lock-in", *rest))] - values["+".join(rest) or "baseline"] for rest in others]
    assert contrast(values, contrasts(CORNERS, FACTORS)["lock-in",]) == pytest.approx(np.mean(gaps, axis=0))


def test_numbers_have_a_sign_unless_they_round_to_nothing() -> None:
    assert [number(x) for x in (0.424, -0.1, 0.004, -0.004)] == ["+0.42", "−0.10", "0.00", "0.00"]


def test_a_band_in_three_digits() -> None:
    """Of 0, 10, ..., 1000 the middle is 500, and 90 % lie between 50 and 950."""
    values = np.arange(0.0, 1001.0, 10.0)
    assert band(values) == "500 (50.0, 950)"
    assert [digits(value) for value in (-1234.4, -0.01, 18.26)] == ["−1,234", "0.0", "18.3"]


# --- broken worlds ----------------------------------------------------------------------------------------------------


def test_a_broken_world_is_left_out_and_counted() -> None:
    """A world without a number moves no other number of the estimate."""
    whole, broken = estimate(np.array([1.0, 2.0, 3.0])), estimate(np.array([1.0, np.nan, 2.0, -np.inf, 3.0]))
    assert (broken.worlds, broken.broken) == (3, 2)
    assert replace(broken, broken=0) == whole
    assert (whole.left_out, broken.left_out) == ("", "2 of 5 worlds have no figures")


def test_no_world_with_figures_gives_no_numbers() -> None:
    one = estimate(np.array([np.nan, np.inf]))
    assert (one.worlds, one.broken) == (0, 2)
    assert np.isnan([one.mean, one.low, one.high, one.median, one.p5, one.p95]).all()
    assert number(one.mean) == digits(one.median) == "–" and not one.holds_zero


def test_broken_worlds_are_found_in_any_column_of_a_table() -> None:
    table = pd.DataFrame(
        {"world": [4, 4, 5, 5, 6, 6], "quarter": "x", "a": 1.0, "b": [1.0, np.nan, 1.0, 2.0, -np.inf, 0.0]}
    )
    assert broken_worlds(table) == [4, 6]
    assert broken_worlds(table[table["world"] == 5]) == []
    kept = left_out(np.ones((3, 2)), [0, 2])
    assert np.isnan(kept).all(axis=1).tolist() == [True, False, True] and kept[1].tolist() == [1.0, 1.0]


def test_worlds_that_are_whole_have_a_number_everywhere() -> None:
    one, other = np.array([[1.0, 2.0], [1.0, np.inf], [0.0, 0.0]]), np.array([1.0, 1.0, np.nan])
    assert finite_worlds(one, other).tolist() == [True, False, False]
    assert no_figures(1, 3) == "1 of 3 worlds has no figures" and no_figures(0, 3) == ""


def test_a_band_is_of_the_worlds_that_have_figures() -> None:
    assert band(np.array([5.0, np.nan, 5.0])) == "5.0 (5.0, 5.0)"


def test_a_portion_of_tries_on_their_own_has_wilsons_interval() -> None:
    """8 of 10, z = 1.96: (0.8 + 0.192) / 1.384 -+ 1.96 sqrt(0.016 + 0.0096) / 1.384, as published tables have it."""
    tries = np.array([1.0] * 8 + [0.0] * 2)
    found = portion(tries, np.ones(10))
    assert (found.part, found.tries, found.units) == (0.8, 10, 10)
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=5e-4)


def test_tries_that_are_all_alike_in_a_unit_count_once() -> None:
    """Ten units of five tries that agree tell as much as ten tries, but for the loss of a degree of freedom."""
    once = portion(np.array([1.0] * 8 + [0.0] * 2), np.ones(10))
    alike = portion(np.array([5.0] * 8 + [0.0] * 2), np.full(10, 5.0))
    assert (alike.low, alike.high) == pytest.approx((once.low, once.high), abs=0.03)
    apart = portion(np.full(10, 4.0), np.full(10, 5.0))
    assert alike.high - alike.low > 2.0 * (apart.high - apart.low)


def test_all_that_succeed_leave_room_for_doubt() -> None:
    """Ten units of ten tries, all succeed: the bound is that of ten tries, 1 / (1 + z^2 / 10)."""
    found = portion(np.full(10, 10.0), np.full(10, 10.0))
    assert found.high == pytest.approx(1.0) and found.low == pytest.approx(1.0 / (1.0 + 1.96**2 / 10.0), abs=1e-4)
