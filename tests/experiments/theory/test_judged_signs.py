"""Every rule that judges a hypothesis, on paths made by hand: it holds when theory is right, and each sign that is
turned is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.theory import trial
from tests.experiments.theory import made
from tests.experiments.theory.made import Case, failing

SWITCHING = "switching_rate_cloud"
CASES = made.cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_a_hypothesis_holds_where_theory_is_right(case: Case) -> None:
    made.held(case)
    assert trial.judge([case.hypothesis], made.Made(case.hypothesis, case.paths))[0].verdict == trial.HOLDS


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_every_sign_that_is_turned_is_found(case: Case) -> None:
    made.found_turned(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_no_sign_is_known_of_one_world(case: Case) -> None:
    made.undecided_by_one_world(case)


# --- with the index of lock-in ----------------------------------------------------------------------------------------

CLOUDS = ("aws", "azure", "google", "oracle", "neocloud")
LEFT = dict(zip(CLOUDS, (0.9, 0.8, 0.7, 0.6, 0.5), strict=True))
EGRESS = dict(zip(CLOUDS, (-0.5, 0.5, -0.25, 0.75, 0.0), strict=True))
TRAPPED = Case(
    "S05",
    {("fees-banned", SWITCHING): {1: 1.2}},
    (-0.1, -0.2, -0.3, -0.4, -0.5, -3.0, 0.2),
    index={
        ("fees-banned", "cloud", name, column, 1): value
        for column, values in (("trapped_fraction", LEFT), ("egress", EGRESS))
        for name, value in values.items()
    },
)
OPEN = Case(
    "S23",
    {},
    (-0.2, -0.6, 0.0),
    (2,),
    index={
        ("open", "family", "trainium", "market_index", 12): 0.8,
        ("open", "family", "trainium", "lock_in_index", 12): -0.3,
        ("base", "family", "trainium", "lock_in_index", 12): -0.9,
    },
)


def turned(case: Case, variant: str, name: str, column: str, value: float) -> tuple[int, ...]:
    """The checks that fail when the index says something else."""
    level, quarter = ("cloud", 1) if name in CLOUDS else ("family", 12)
    return failing(replace(case, index={**case.index, (variant, level, name, column, quarter): value}).checks())


def test_fewer_are_trapped_in_every_cloud_and_egress_counts_in_size() -> None:
    """Sizes of egress: 0.5, 0.5, 0.25, 0.75 and 0 with the ban, 1 in each cloud without it: 2 less 5."""
    made.held(TRAPPED)
    for k, name in enumerate(CLOUDS):
        assert turned(TRAPPED, "fees-banned", name, "trapped_fraction", 1.1) == (k,)
    assert turned(TRAPPED, "fees-banned", "aws", "egress", -4.0) == (5,)
    assert failing(TRAPPED.checks(("fees-banned", SWITCHING, 1, 0.9))) == (6,)
    assert failing(TRAPPED.checks(alone=True)) == tuple(range(7))


def test_a_duty_of_interoperability_brings_shares_nearer_to_merit_from_either_side() -> None:
    made.held(OPEN)
    assert turned(OPEN, "open", "trainium", "market_index", 1.2) == (0,)
    assert turned(OPEN, "open", "trainium", "lock_in_index", -1.2) == (1,)
    assert turned(OPEN, "open", "trainium", "lock_in_index", 0.8) == ()
    assert failing(OPEN.checks(alone=True)) == (0, 1)


def test_every_hypothesis_is_judged_by_hand_somewhere() -> None:
    assert sorted([*(case.key for case in (*CASES, TRAPPED, OPEN)), *made.BY_STATISTICS]) == list(made.HYPOTHESES)
