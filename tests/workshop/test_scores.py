"""The arithmetic of a debrief against numbers worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from workshop import scores


@pytest.mark.parametrize(
    ("mine", "others", "more", "percentile", "tied"),
    [
        (3.0, [1.0, 2.0, 4.0, 5.0], True, 50.0, 0),
        (3.0, [1.0, 2.0, 4.0, 5.0], False, 50.0, 0),
        (3.0, [1.0, 2.0, 2.5, 5.0], True, 75.0, 0),
        (3.0, [1.0, 2.0, 2.5, 5.0], False, 25.0, 0),
        (3.0, [3.0, 3.0, 1.0, 5.0], True, 50.0, 2),  # one beaten, two halves: 2 of 4
        (3.0, [3.0, 1.0, 1.0, 1.0], True, 87.5, 1),
        (0.0, [0.0] * 8, True, 50.0, 8),
        (3.0, [1.0, float("nan")], True, 100.0, 0),
        (1e6, [1e6 * (1 + 1e-12), 0.0], True, 75.0, 1),
    ],
)
def test_a_standing_counts_ties_half(
    mine: float, others: list[float], more: bool, percentile: float, tied: int
) -> None:
    found = scores.standing(mine, others, more)
    assert (found.percentile, found.tied) == (pytest.approx(percentile), tied)


def test_a_standing_turned_round_adds_up_to_100() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        others = rng.integers(0, 4, 9).astype(float).tolist()
        mine = float(rng.integers(0, 4))
        both = scores.standing(mine, others).percentile + scores.standing(mine, others, False).percentile
        assert both == pytest.approx(100.0)


def test_nobody_stands_among_none() -> None:
    assert math.isnan(scores.standing(1.0, []).percentile)
    assert math.isnan(scores.standing(float("nan"), [1.0]).percentile)


@pytest.mark.parametrize(("chance", "came", "score"), [(0.8, True, 0.04), (0.8, False, 0.64), (0.5, True, 0.25)])
def test_a_brier_score_is_the_squared_distance(chance: float, came: bool, score: float) -> None:
    assert scores.brier(chance, came) == pytest.approx(score)


def test_a_class_says_a_rise_is_likely_by_how_many_say_so() -> None:
    assert scores.class_chance([9.0, 11.0, 12.0, 10.0], 10.0) == pytest.approx((2 + 0.5) / 4)


def sets(*names: str) -> list[frozenset[str]]:
    found = [frozenset[str]()]
    for name in names:
        found += [one | {name} for one in found]
    return found


def test_causes_that_add_up_have_their_own_parts_in_every_order() -> None:
    worth = {"own": np.array([2.0, 4.0]), "chance": np.array([-1.0, 1.0])}
    values = {acting: sum((worth[name] for name in acting), np.zeros(2)) for acting in sets("own", "chance")}
    found = scores.account(("own", "chance"), values)
    own, chance = found.parts
    assert (own.value, own.least, own.most) == (3.0, 3.0, 3.0)
    assert (chance.value, found.total, found.residual) == (0.0, 3.0, 0.0)
    half = 12.706204736 * math.sqrt(2.0) / math.sqrt(2.0)  # t of one degree of freedom; s = sqrt 2, two worlds
    assert (own.low, own.high) == (pytest.approx(3.0 - half), pytest.approx(3.0 + half))


def test_what_two_causes_do_only_together_is_shared() -> None:
    """A glove game: either alone is worth nothing, both together 10."""
    values = {acting: np.full(3, 10.0 * (len(acting) == 2)) for acting in sets("left", "right")}
    found = scores.account(("left", "right"), values)
    for part in found.parts:
        assert (part.value, part.least, part.most) == (5.0, 0.0, 10.0)
    assert found.residual == 0.0


def test_three_causes_by_hand() -> None:
    """The airport game of costs 1, 2, 3: 1/3, 1/3 + 1/2, 1/3 + 1/2 + 1."""
    cost = {"a": 1.0, "b": 2.0, "c": 3.0}
    values = {acting: np.full(2, max((cost[one] for one in acting), default=0.0)) for acting in sets("a", "b", "c")}
    parts = {part.name: part.value for part in scores.account(("a", "b", "c"), values).parts}
    assert parts == {"a": pytest.approx(1 / 3), "b": pytest.approx(5 / 6), "c": pytest.approx(11 / 6)}


def test_a_broken_world_is_left_out_of_an_account() -> None:
    values = {acting: np.array([float(len(acting)), np.nan, float(len(acting))]) for acting in sets("a", "b")}
    assert [part.value for part in scores.account(("a", "b"), values).parts] == [1.0, 1.0]


def test_a_ranking_goes_by_size_and_tells_ties() -> None:
    still = np.array([0.0, 0.1, -0.1, 0.05])
    found = scores.ranking({"1": 1.0 + still, "2": -5.0 + still, "3": 1.01 - still[::-1], "4": 0.3 + still})
    assert [one.name for one in found] == ["2", "1", "3", "4"]  # 4.9875, 1.0125, 0.9975, 0.3125
    assert [one.rank for one in found] == [1, 2, 2, 4]
    assert [one.tied for one in found] == [False, False, True, False]
    assert found[0].mean == pytest.approx(-4.9875)


def test_what_never_differs_ties_and_is_not_clear() -> None:
    found = scores.ranking({"1": np.zeros(3), "2": np.zeros(3)})
    assert [(one.rank, one.clear) for one in found] == [(1, False), (1, False)]
