"""Boxes: one that is there is found, its figures are counts, and the path is the one that EMA Workbench takes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from experiments.analysis import prim
from experiments.analysis.prim import Space


def corner(cases: int = 1000, seed: int = 1) -> tuple[Space, np.ndarray]:
    """A condition that holds where the first number is small and the second large, and nowhere else."""
    numbers = np.random.default_rng(seed).random((cases, 3))
    return Space(("a", "b", "c"), numbers), (numbers[:, 0] < 0.4) & (numbers[:, 1] > 0.7)


def test_a_box_that_is_there_is_found() -> None:
    space, interest = corner()
    found = prim.path(space, interest)
    best = found[prim.chosen(found, 0.95)]
    assert best.density >= 0.95 and best.coverage > 0.85 and best.restricted == 2
    limits = best.limits
    assert limits.high[0] == pytest.approx(0.4, abs=0.03) and limits.low[1] == pytest.approx(0.7, abs=0.03)


def test_every_step_counts_its_own_cases() -> None:
    space, interest = corner(300)
    for step in prim.path(space, interest):
        inside = np.array(
            [all(step.limits.low[k] <= row[k] <= step.limits.high[k] for k in range(3)) for row in space.numbers]
        )
        assert (step.cases, step.interest) == (inside.sum(), interest[inside].sum())
        assert step.density == pytest.approx(interest[inside].mean())
        assert step.coverage == pytest.approx(interest[inside].sum() / interest.sum())
        assert step.mass == pytest.approx(inside.mean()) and step.mass >= 0.05


def test_a_choice_is_peeled_category_by_category() -> None:
    places = np.tile([0, 1, 2], 100)[:, None]
    space = Space((), np.zeros((300, 0)), ("who",), places, (("x", "y", "z"),))
    found = prim.path(space, places[:, 0] == 2)
    assert found[-1].density == 1.0 and found[-1].coverage == 1.0 and found[-1].limits.allowed == (frozenset({2}),)


def test_listed_values_are_taken_or_left_whole() -> None:
    numbers = np.repeat([[1.0], [2.0], [3.0]], 50, axis=0)
    found = prim.path(Space(("a",), numbers), numbers[:, 0] > 2.5)
    assert found[-1].density == 1.0 and found[-1].cases == 50


def test_a_second_box_leaves_out_what_the_first_took() -> None:
    numbers = np.random.default_rng(2).random((800, 2))
    interest = (numbers[:, 0] < 0.3) | (numbers[:, 1] > 0.85)
    space = Space(("a", "b"), numbers)
    first = prim.path(space, interest)
    step = first[prim.chosen(first, 0.9)]
    left = ~step.limits.holds(space)
    second = prim.path(space, interest, left)
    other = second[prim.chosen(second, 0.9)]
    assert step.coverage + other.coverage > 0.9 and other.density > 0.9
    assert second[0].cases == left.sum()


def test_quasi_p_is_the_binomial_tail() -> None:
    space, interest = corner(400)
    found = prim.path(space, interest)
    box = found[prim.chosen(found, 0.9)]
    points = np.arange(len(space))
    chances = prim.quasi_p(space, interest, points, box.limits, space.whole())
    for k, chance in chances.items():
        wider = box.limits.freed(k, space.whole()).holds(space)
        expected = binom.sf(box.interest - 1, box.cases, interest[wider].mean())
        assert chance == pytest.approx(expected, rel=1e-9)
    assert set(chances) == set(box.limits.restricted(space.whole()))


def test_worlds_that_say_the_same_count_as_one() -> None:
    """A batch of ten worlds a point that are all alike tells no more than one world a point."""
    space, interest = corner(200)
    points = np.arange(200)
    box = prim.path(space, interest)[3]
    alone = prim.quasi_p(space, interest, points, box.limits, space.whole())
    many, ten = Space(space.names, np.repeat(space.numbers, 10, axis=0)), np.repeat(interest, 10)
    assert prim.design_effect(np.repeat(points, 10), ten) == pytest.approx(10.0)
    assert prim.quasi_p(many, ten, np.repeat(points, 10), box.limits, many.whole()) == pytest.approx(alone)


def test_worlds_that_have_nothing_in_common_count_each() -> None:
    hits = np.random.default_rng(4).random(5000) < 0.3
    assert prim.design_effect(np.repeat(np.arange(500), 10), hits) == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_path_is_that_of_ema_workbench(seed: int) -> None:
    """The same data, peeled and pasted by another program, box by box."""
    ema = pytest.importorskip(
        "ema_workbench.analysis.prim", reason="EMA Workbench is not installed: pip install ema_workbench"
    )
    space, interest = corner(500, seed)
    flipped = np.random.default_rng(seed + 10).random(500) < 0.1
    interest = interest ^ flipped
    theirs = ema.Prim(pd.DataFrame(space.numbers, columns=list(space.names)), interest.astype(int), threshold=0.01)
    box = theirs.find_box()
    ours = prim.path(space, interest)
    table = box.peeling_trajectory
    assert len(table) == len(ours)
    for name, mine in (("coverage", "coverage"), ("density", "density"), ("mass", "mass"), ("res_dim", "restricted")):
        assert [getattr(step, mine) for step in ours] == pytest.approx(table[name].tolist(), rel=1e-12)
    for step, limits in zip(ours, box.box_lims, strict=True):
        assert np.array([step.limits.low, step.limits.high]) == pytest.approx(limits.to_numpy(dtype=float))
    last, points = ours[-1], np.arange(500)
    chances = prim.quasi_p(space, interest, points, last.limits, space.whole())
    for k, chance in chances.items():
        of_one_end = [value for value in box.qp[-1][space.names[k]] if value != -1]
        if len(of_one_end) == 1:  # theirs frees one end at a time, ours the whole dimension
            assert chance == pytest.approx(of_one_end[0], rel=1e-9)
