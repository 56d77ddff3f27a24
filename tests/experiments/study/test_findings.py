"""Verdicts: a factor that shows nothing is economics or a queue, by what was measured."""

from __future__ import annotations

import pytest

from experiments.stats import Estimate
from experiments.study import design as designs
from experiments.study.findings import Seen, judge, sentence

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
