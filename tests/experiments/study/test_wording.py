"""Words for numbers: parts of a whole, shares, effects in points."""

from __future__ import annotations

import pytest

from experiments.stats import Estimate
from experiments.study.wording import percent, points, portion


@pytest.mark.parametrize(
    ("change", "base", "words"),
    [
        (1.0, 7.0, "about a seventh more"),
        (-1.0, 7.0, "about a seventh less"),
        (0.8, 8.0, "about a tenth more"),
        (5.0, 10.0, "about half more"),
        (3.0, 10.0, "about a third more"),
        (0.1, 8.0, "hardly more"),
        (-0.1, 8.0, "hardly less"),
        (10.0, 10.0, "about 2.0 times as much"),
        (-9.0, 10.0, "about 90 % less"),
        (1.0, 0.0, "–"),
        (float("nan"), 7.0, "–"),
    ],
)
def test_a_change_is_told_as_a_part_of_what_was_there(change: float, base: float, words: str) -> None:
    assert portion(change, base) == words


def test_more_and_less_of_the_same_size_are_the_same_part() -> None:
    for size in (0.2, 0.5, 1.0, 2.0, 4.0, 7.0):
        assert portion(size, 10.0).removesuffix(" more") == portion(-size, 10.0).removesuffix(" less")


def test_a_share_has_no_minus_before_nothing() -> None:
    assert [percent(one) for one in (7.86, 0.04, -0.04, float("nan"))] == ["7.9", "0.0", "0.0", "–"]


def test_an_effect_in_points_says_its_interval_and_who_is_left_out() -> None:
    one = Estimate(0.7, 0.6, 0.8, 0.7, 0.1, 1.2, 7, 2)
    assert points(one) == (
        "+0.70 percentage points in the mean of worlds (95 % interval +0.60 to +0.80; 2 of 9 worlds have no figures)"
    )
