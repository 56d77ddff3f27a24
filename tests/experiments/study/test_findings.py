"""Verdicts: a factor that shows nothing is economics or a queue, by what was measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.stats import Estimate, estimate
from experiments.study import design as designs
from experiments.study import findings
from experiments.study.findings import Seen, is_null, judge, sentence, supply_state
from tests.experiments.study.made import study

DESIGN = designs.read()


def about(mean: float, half: float = 0.01) -> Estimate:
    return Estimate(mean, mean - half, mean + half, mean, mean - 2 * half, mean + 2 * half, 64)


NOTHING = about(0.0)


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (Seen(about(0.7), about(0.7), NOTHING, NOTHING, True, {}), "moves"),
        (Seen(about(-0.2), NOTHING, NOTHING, NOTHING, True, {}), "dilution"),
        (Seen(NOTHING, NOTHING, NOTHING, about(0.4), True, {}), "queue"),
        (Seen(NOTHING, NOTHING, about(9.0), NOTHING, True, {}), "queue"),
        (Seen(NOTHING, NOTHING, NOTHING, about(0.4), False, {}), "economics"),
        (Seen(NOTHING, NOTHING, NOTHING, about(-0.4), True, {}), "economics"),
        (Seen(NOTHING, NOTHING, NOTHING, NOTHING, True, {}), "economics"),
        (Seen(NOTHING, NOTHING, NOTHING, about(0.4), True, {"a": about(0.2), "b": about(-0.1)}), "offset"),
        (Seen(NOTHING, NOTHING, NOTHING, about(0.4), True, {"a": about(0.2), "b": about(0.1)}), "queue"),
        (Seen(about(0.04), about(0.04), NOTHING, NOTHING, False, {}), "economics"),
    ],
)
def test_verdicts(seen: Seen, verdict: str) -> None:
    found, reason = judge(DESIGN, seen)
    assert found == verdict
    assert reason.endswith(".")


def test_sentences() -> None:
    factor = DESIGN.factor[0]
    assert "raises" in sentence(factor, about(0.7), 5.6, 20, False)
    assert "lowers" in sentence(factor, about(-0.7), 5.6, 20, False)
    assert "0.70 percentage points at q20 (95 % interval −0.71 to −0.69" in sentence(
        factor, about(-0.7), 5.6, 20, False
    )
    assert "does not move" in sentence(factor, NOTHING, 5.6, 20, True)


UP, DOWN, SAME = about(0.4), about(-0.4), "shadow price 0.00 utils, supply binding 0.00 pp [−0.01, +0.01]"
PULLED = {"a": about(0.2), "b": about(-0.1), "c": about(0.03)}
APART = "a +0.20 pp [+0.19, +0.21]; b −0.10 pp [−0.11, −0.09]"
REASONS = [
    (Seen(UP, UP, NOTHING, NOTHING, True, {}), f"The effect is not held back by a longer queue ({SAME})."),
    (Seen(UP, UP, NOTHING, NOTHING, True, PULLED),
     f"The effect is not held back by a longer queue ({SAME}). Its parts pull in opposite directions ({APART})."),
    (Seen(DOWN, DOWN, NOTHING, UP, True, {}),
         "Part of the wish is still a queue: pressure on Trainium's capacity rises too "
     "(shadow price +0.40 utils, supply binding 0.00 pp [−0.01, +0.01])."),
    (Seen(UP, UP, NOTHING, UP, False, {}), "The effect is not held back by a longer queue "
     "(shadow price +0.40 utils, supply binding 0.00 pp [−0.01, +0.01])."),
    (Seen(UP, UP, DOWN, NOTHING, True, {}), "Pressure on Trainium's capacity falls "
     "(shadow price 0.00 utils, supply binding −0.40 pp [−0.41, −0.39])."),
    (Seen(DOWN, NOTHING, NOTHING, NOTHING, True, {}),
     "Dilution only: the core share does not move (0.00 pp [−0.01, +0.01]); the denominator grows."),
    (Seen(NOTHING, NOTHING, NOTHING, UP, True, PULLED),
     f"Economics, not a queue: its parts pull in opposite directions ({APART})."),
    (Seen(NOTHING, NOTHING, UP, NOTHING, True, {}), "A queue: more buyers want Trainium but capacity is full "
     "(shadow price 0.00 utils, supply binding +0.40 pp [+0.39, +0.41])."),
    (Seen(NOTHING, NOTHING, NOTHING, DOWN, True, {}), "Economics: buyers want Trainium less, not more "
     "(shadow price −0.40 utils, supply binding 0.00 pp [−0.01, +0.01])."),
    (Seen(NOTHING, NOTHING, NOTHING, NOTHING, True, {}),
         f"Economics: supply is tight, but pressure on it does not change ({SAME})."),
    (Seen(NOTHING, NOTHING, NOTHING, NOTHING, False, {}),
         f"Economics: capacity is there and buyers do not move ({SAME})."),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "reason"), REASONS)
def test_a_reason_says_what_was_measured(seen: Seen, reason: str) -> None:
    assert judge(DESIGN, seen)[1] == reason


def test_more_pressure_outweighs_less_of_the_other_measure() -> None:
    both = Seen(NOTHING, NOTHING, UP, DOWN, True, {})
    assert both.more_wanted and not both.less_wanted
    assert judge(DESIGN, both)[0] == "queue"


def test_what_rounding_leaves_is_no_pressure() -> None:
    """The same binding in all cells: sums over them leave 1e-14 or so, with no spread."""
    for left in (1e-13, -1e-13):
        seen = Seen(NOTHING, NOTHING, estimate(np.full(9, left)), estimate(np.full(9, left)), True, {})
        assert not seen.more_wanted and not seen.less_wanted


@pytest.mark.parametrize(
    ("effect", "null"),
    [
        (about(0.06), False), (about(-0.06), False), (about(0.05), False), (about(0.0499), True),
        (about(-0.0499), True),
        (about(0.5, 0.6), True), (about(0.5, 0.5), True), (about(0.5, 0.49), False), (estimate(np.array([0.5])), True),
    ],
)  # fmt: skip
def test_an_effect_is_nothing_when_it_is_small_or_its_interval_holds_zero(effect: Estimate, null: bool) -> None:
    assert DESIGN.null_effect_pp == 0.05 and is_null(DESIGN, effect) is null


def test_sentences_in_full() -> None:
    factor = DESIGN.factor[0]
    assert sentence(factor, about(-0.7), 5.6, 20, False) == (
        "Lowering lock-in lowers Trainium's share of AI compute in use by 0.70 percentage points at q20 "
        "(95 % interval −0.71 to −0.69; baseline 5.6 %)."
    )
    broken = replace(about(0.02), worlds=7, broken=2)
    assert sentence(factor, broken, 5.64, 12, True) == (
        "Lowering lock-in does not move Trainium's share of AI compute in use by an amount that matters: "
        "+0.02 percentage points at q12 (95 % interval +0.01 to +0.03; 2 of 9 worlds have no figures; baseline 5.6 %)."
    )
    assert sentence(factor, estimate(np.array([0.7])), 5.6, 4, False) == (
        "Lowering lock-in: +0.70 percentage points of Trainium's share of AI compute in use at q4 "
        "(one world: no interval; baseline 5.6 %)."
    )


def test_findings_of_a_study_made_by_hand() -> None:
    """Lock-in adds 0.105 points a quarter and antitrust takes 0.035; the edge takes 0.02, and nothing at the core.

    Half-widths at q12: t(7) 2.3646 x 0.3273 of the mean over the root of 8."""
    lock_in, antitrust, edge = study().findings
    assert [(one.factor, one.verdict) for one in study().findings] == [
        ("lock-in", "moves"),
        ("antitrust", "moves"),
        ("edge", "dilution"),
    ]
    half = 2.3646 * 0.5 * np.linspace(-1.0, 1.0, 8).std(ddof=1) / np.sqrt(8.0)
    low, high = 1.26 * (1.0 - half), 1.26 * (1.0 + half)
    assert lock_in.sentence == (
        "Lowering lock-in raises Trainium's share of AI compute in use by 1.26 percentage points at q12 "
        f"(95 % interval +{low:.2f} to +{high:.2f}; baseline 6.6 %)."
    )
    assert "lowers" in antitrust.sentence and "by 0.42 percentage points" in antitrust.sentence
    assert "queue: pressure on Trainium's capacity rises too (shadow price +0.20 utils" in lock_in.reason
    assert antitrust.reason.startswith("Pressure on Trainium's capacity falls (shadow price −0.30 utils")
    assert "opposite directions (Self-preferencing ban +0.36 pp" in antitrust.reason
    assert "Term cap" not in antitrust.reason and "opposite" not in lock_in.reason
    assert lock_in.early.startswith("At q8, before supply can answer: +0.84 pp [")
    assert edge.reason == "Dilution only: the core share does not move (0.00 pp [0.00, 0.00]); the denominator grows."
    assert edge.used.mean == pytest.approx(-0.24) and edge.yardsticks["trainium_share_spend"].mean == pytest.approx(
        -0.288
    )


def test_a_finding_in_plain_numbers_has_null_for_what_is_none() -> None:
    plain = study(1, 4, True).findings[0].plain()
    assert plain["core"]["mean"] == pytest.approx(0.4) and plain["core"]["low"] is None  # type: ignore[index]
    whole = study().findings[0].plain()["yardsticks"]["trainium_share_used"]  # type: ignore[index]
    assert whole["mean"] == pytest.approx(1.26) and whole["worlds"] == 8 and None not in whole.values()


def test_how_tight_supply_is_in_a_sentence() -> None:
    result = study()
    assert supply_state(result.design, result.effects, 12) == (
        "In the baseline at q12 Trainium's supply binds on 60 % of its capacity, the price of compute is 1.50 times "
        "its long-run cost and 3.0 % of demand waits."
    )
    none = Estimate(*[float("nan")] * 6, 0, 3)
    lost = type("Lost", (), {"level": lambda self, *given: none})()
    assert supply_state(result.design, lost, 12) == "In the baseline no world has figures at q12."


def test_the_last_horizon_before_supply_can_answer_is_told() -> None:
    found = findings._early(DESIGN, {4: about(0.1), 8: about(0.2), 12: about(0.3)})
    assert found == "At q8, before supply can answer: +0.20 pp [+0.19, +0.21]."
    assert findings._early(DESIGN, {12: about(0.3)}) == ""
