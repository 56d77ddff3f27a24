"""The two measurements of anchor deals: their arithmetic, and what must hold whatever the numbers are."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.calibration import anchors
from experiments.calibration.anchors import Answer, OverStock


def test_worlds_inside_the_record_are_counted() -> None:
    found = OverStock.of(1.0, np.array([0.3, 0.4, 0.5, 0.65, 0.7]))
    assert found.median == 0.5 and found.inside == pytest.approx(0.6)


def test_the_answer_is_a_ratio_of_means() -> None:
    assert Answer(12, (2.0, 0.1), (1.0, 0.1)).ratio == 0.5


@pytest.mark.slow
def test_more_signed_by_then_is_more_of_the_stock() -> None:
    """Half, all and half more of what was announced by the end of 2024: the largest customer runs more of the stock."""
    found = anchors.over_stock(worlds=16)
    assert [one.level for one in found] == [0.5, 1.0, 1.5]
    assert found[0].median < found[1].median < found[2].median
    assert all(0.0 < one.low <= one.median <= one.high < 1.0 for one in found)


@pytest.mark.slow
def test_an_anchor_that_wants_more_gets_more_of_its_chip_and_supply_answers() -> None:
    """Both gains stand out of their own noise, and others give up less than half of what the anchor gets."""
    soon, late = anchors.doubled(worlds=32)
    for answer in (soon, late):
        assert answer.lab_on_trainium[0] > answer.lab_on_trainium[1]
        assert answer.trainium[0] > answer.trainium[1]
    assert soon.ratio > 0.5
