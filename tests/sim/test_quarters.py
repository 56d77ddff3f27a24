"""Quarters as they are written, and what is none."""

from __future__ import annotations

import pytest

from sim.errors import InputError
from sim.quarters import label, ordinal


def test_a_number_and_its_label_are_each_others_inverse() -> None:
    assert ordinal("2026Q1") - ordinal("2025Q4") == 1 and ordinal("2026Q1") == 4 * 2026
    assert [label(ordinal(one)) for one in ("0001Q4", "2030Q3")] == ["0001Q4", "2030Q3"]


@pytest.mark.parametrize("word", ["2026Q5", "2026q1", " 2026Q1", "2026Q1\n", "٢٠٢٦Q1", "226Q1", "-2026Q1", ""])
def test_anything_else_is_no_quarter(word: str) -> None:
    with pytest.raises(InputError, match="is not a quarter; a quarter is written like 2025Q4"):
        ordinal(word)
