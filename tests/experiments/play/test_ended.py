"""Cases that ended between two briefings of a regulator, from stages by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from experiments.play.ended import ended
from sim.contract import THEORIES
from sim.enforcement.cases import CHARGED, DECIDED, IDLE, IN_FORCE, INVESTIGATION, SCREENING

TYING = THEORIES.index("tying")


def at(stage: int) -> Any:
    """A briefing in which the case on tying stands there in the first world and is in force in the second."""
    stages = np.full((2, len(THEORIES)), float(IDLE))
    stages[:, TYING] = stage, IN_FORCE
    return SimpleNamespace(stage=stages)


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (INVESTIGATION, "Tying: your investigation was closed without a charge"),
        (CHARGED, "Tying: your decision fell in court"),
        (DECIDED, "Tying: your decision fell in court"),
        (IN_FORCE, "Tying: your remedy has run out"),
    ],
)
def test_a_case_that_ends_is_told_by_where_it_stood(before: int, says: str) -> None:
    (found,) = ended("regulator", [at(before), at(IDLE)])
    assert found.startswith(says)


@pytest.mark.parametrize(
    ("before", "after"),
    [(IDLE, IDLE), (IDLE, INVESTIGATION), (SCREENING, IDLE), (INVESTIGATION, CHARGED), (DECIDED, IN_FORCE)],
)
def test_a_case_that_goes_on_or_never_began_is_no_news(before: int, after: int) -> None:
    assert ended("regulator", [at(before), at(after)]) == ()


def test_every_quarter_of_a_turn_is_looked_at_and_nobody_else_is_told() -> None:
    through = [at(INVESTIGATION), at(IDLE), at(IDLE)]
    assert len(ended("regulator", through)) == 1
    assert ended("regulator", through[:1]) == () == ended("cloud", through)
