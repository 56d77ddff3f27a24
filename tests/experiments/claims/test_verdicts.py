"""The rule of verdicts by hand: numbers of two worlds that differ, every code reached, and horizons that were not
played."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from experiments.claims import verdicts
from experiments.claims.verdicts import (
    CONTRADICTS,
    NO_EFFECT,
    NOT_TESTABLE,
    SMALLER,
    SUPPLY,
    SUPPORTS,
    UNDECIDED,
    Reading,
    Seen,
    decide,
    judge,
)
from experiments.stats import estimate
from experiments.whatif.outcomes import CORE_QUEUE, EDGE_QUEUE, OUTCOMES, USED, Outcome


@dataclass(frozen=True)
class Asked:
    """What a claim puts to the test."""

    experiment: str = "cost-edge"
    outcome: str = USED
    rule: str = "rises"
    by: float = 0.2
    at: int = 20


def reading(first: float, second: float, outcome: Outcome = OUTCOMES[USED]) -> Reading:
    """Two worlds whose outcome changes by so much; level 10 and 12, a baseline of 8."""
    level = estimate(np.array([10.0, 12.0]))
    change = estimate(np.array([first, second]))
    return Reading(outcome, 20, "2030Q4", "baseline", 8.0, level.mean, level.low, level.high, change)


def test_two_worlds_make_the_interval_that_a_hand_makes() -> None:
    """Mean of 1.0 and 1.2 is 1.1; s / √n is 0.1 and t(1) at 95 % is 12.706: 1.1 ± 1.2706. Worlds apart by 0.01: ±
    0.0635."""
    wide, narrow = reading(1.0, 1.2).change, reading(1.1, 1.11).change
    assert (wide.low, wide.high) == pytest.approx((-0.1706, 2.3706), abs=1e-4)
    assert (narrow.low, narrow.high) == pytest.approx((1.0415, 1.1685), abs=1e-4)


@pytest.mark.parametrize(
    ("rule", "by", "worlds", "queue", "code"),
    [
        ("rises", 0.2, (1.10, 1.11), False, SUPPORTS),  # interval above 0, larger than asked
        ("rises", 2.0, (1.10, 1.11), False, SMALLER),  # the right way, half of what is claimed
        ("rises", 0.2, (-1.10, -1.11), False, CONTRADICTS),  # the other way
        ("rises", 0.2, (1.0, 1.2), False, NO_EFFECT),  # worlds too far apart: the interval holds 0
        ("rises", 0.2, (0.0300, 0.0301), False, NO_EFFECT),  # sure, and too small to matter (0.05)
        ("rises", 0.2, (0.0300, 0.0301), True, SUPPLY),  # the same with a longer queue for full capacity
        ("rises", 0.2, (1.10, 1.11), True, SUPPORTS),  # a queue takes nothing from what does move
        ("falls", 0.2, (-1.10, -1.11), False, SUPPORTS),
        ("falls", 2.0, (-1.10, -1.11), False, SMALLER),
        ("falls", 0.2, (1.10, 1.11), False, CONTRADICTS),
        ("holds", 5.0, (1.10, 1.11), False, SUPPORTS),  # within 5 either way
        ("holds", 5.0, (-9.10, -9.11), False, CONTRADICTS),  # the whole interval is beyond
        ("holds", 5.0, (1.0, 6.0), False, UNDECIDED),  # 3.5 ± 31.8
        ("above", 40.0, (1.0, 1.0), False, CONTRADICTS),  # 11 ± 12.7 is below 40
        ("above", 20.0, (1.0, 1.0), False, UNDECIDED),  # and may be above 20
        ("above", -5.0, (1.0, 1.0), False, SUPPORTS),
        ("consequence", 0.0, (1.10, 1.11), False, NOT_TESTABLE),
    ],
)
def test_a_rule_gives_its_code(rule: str, by: float, worlds: tuple[float, float], queue: bool, code: str) -> None:
    assert decide(rule, by, reading(*worlds), queue) == code


def test_every_code_is_reached_above() -> None:
    marks = test_a_rule_gives_its_code.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {case[-1] for case in marks} == set(verdicts.CODES)


def row(outcome: str, quarter: int, worlds: tuple[float, float], level: float = 10.0) -> dict[str, object]:
    change = estimate(np.array(worlds))
    numbers = {name: getattr(change, name) for name in ("mean", "low", "high", "median", "p5", "p95", "worlds")}
    return {
        "experiment": "cost-edge",
        "against": "baseline",
        "outcome": outcome,
        "quarter_number": quarter,
        "quarter": f"q{quarter}",
        "base": 8.0,
        "level": level,
        "level_low": level,
        "level_high": level,
        **numbers,
    }


def seen(binding: float, pressure: tuple[float, float], share: tuple[float, float] = (0.01, 0.011)) -> Seen:
    """A measured table with two horizons; share is what changes at q12, and ten times that at q8."""
    rows = []
    for quarter, factor in ((8, 10.0), (12, 1.0)):
        rows.append(row(USED, quarter, (factor * share[0], factor * share[1])))
        rows.append(row(CORE_QUEUE[0], quarter, (0.0, 0.0), binding))
        rows.append(row(CORE_QUEUE[1], quarter, pressure))
    return Seen(pd.DataFrame(rows))


def test_supply_is_to_blame_only_where_it_binds_and_more_buyers_press_on_it() -> None:
    asked = Asked(at=12)
    assert judge(asked, seen(80.0, (0.30, 0.31))).code == SUPPLY
    assert judge(asked, seen(20.0, (0.30, 0.31))).code == NO_EFFECT  # capacity is there
    assert judge(asked, seen(80.0, (-0.30, -0.31))).code == NO_EFFECT  # fewer press on it


def test_the_edge_has_a_queue_of_its_own() -> None:
    edge = "trainium_share_used_edge"
    rows = [row(edge, 20, (0.2, 0.21)), row(CORE_QUEUE[0], 20, (0.0, 0.0), 90.0), row(CORE_QUEUE[1], 20, (0.3, 0.31))]
    full = [row(EDGE_QUEUE[0], 20, (0.0, 0.0), 90.0), row(EDGE_QUEUE[1], 20, (0.3, 0.31))]
    idle = [row(EDGE_QUEUE[0], 20, (0.0, 0.0), 0.0), row(EDGE_QUEUE[1], 20, (0.0, 0.0))]
    assert judge(Asked(outcome=edge, by=5.0), Seen(pd.DataFrame(rows + full))).code == SUPPLY
    assert judge(Asked(outcome=edge, by=5.0), Seen(pd.DataFrame(rows + idle))).code == NO_EFFECT


def test_a_small_effect_says_when_a_queue_holds_it_back() -> None:
    asked = Asked(by=2.0, at=12)
    full, idle = (judge(asked, seen(binding, (0.3, 0.31), (1.1, 1.11))) for binding in (80.0, 20.0))
    assert full.code == idle.code == SMALLER
    assert verdicts.HELD_BACK in full.sentence and verdicts.HELD_BACK not in idle.sentence


def test_a_horizon_that_was_not_played_is_read_at_the_last_one_before_it() -> None:
    verdict = judge(Asked(at=20), seen(0.0, (0.0, 0.0), (0.5, 0.51)))
    assert verdict.reading is not None and verdict.reading.quarter_number == 12
    assert verdict.code == SUPPORTS and "at q12" in verdict.sentence
    assert judge(Asked(at=8), seen(0.0, (0.0, 0.0), (0.5, 0.51))).short.startswith("share +5.05 points")


def test_a_claim_without_an_experiment_is_not_tested() -> None:
    for asked in (Asked(experiment=""), Asked(experiment="never-played")):
        verdict = judge(asked, seen(0.0, (0.0, 0.0)))
        assert (verdict.code, verdict.short, verdict.reading) == (NOT_TESTABLE, "–", None)


def test_what_would_follow_is_shown_and_not_judged() -> None:
    verdict = judge(replace(Asked(at=12), rule="consequence"), seen(0.0, (0.0, 0.0), (0.5, 0.51)))
    assert verdict.code == NOT_TESTABLE
    assert verdict.sentence.startswith("What would follow, not a test:") and "would follow" in verdict.short
