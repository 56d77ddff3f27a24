"""The kinds of docking case with other numbers of firms, nests and orders: adapters assume no sizes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.docking import others_lock_in, others_supply
from tests.docking.adapters import ADAPTERS
from tests.docking.others import CASES, DERIVED, plain
from tests.docking.twins import PERTURBED, bits, docked, other, tilt

ROOT = Path(__file__).resolve().parents[1]
REGISTERED = (others_lock_in, others_supply)
"""Files whose cases are there when they have been imported."""
LOOSE = {"P06": 1e-6, "P22": 1e-5, "P32": 0.02}
"""Where scipy's own search, or a difference of it, is less precise than 1e-7; and where answers are drawn."""
DRAWN = "P32"
"""Indices from thousands of draws."""


def made(name: str) -> dict[str, Any]:
    inputs, expected = CASES[name]()
    return plain(
        {
            "id": name,
            "title": CASES[name].__name__,
            "mechanism": "-",
            "inputs": inputs,
            "expected": expected,
            "tolerance": LOOSE.get(name, 1e-7),
            "tolerance_kind": "abs",
            "derivation": DERIVED[name],
        }
    )


def test_every_kind_has_another_case() -> None:
    assert set(CASES) == set(ADAPTERS) == set(PERTURBED)


@pytest.mark.theory
@pytest.mark.parametrize("name", [pytest.param(one, marks=pytest.mark.whole if one == DRAWN else ()) for one in CASES])
def test_adapters_take_other_sizes(name: str) -> None:
    case = made(name)
    compared, keys = docked(case)
    assert compared == keys > 0


@pytest.mark.whole
def test_a_file_of_other_cases_can_be_named(tmp_path: Path) -> None:
    """What is run for others: the same tests on another file of cases."""
    file, asked = tmp_path / "cases.json", ("P02", "P06", "P23", "P28")
    file.write_text(json.dumps({"cases": [made(name) for name in asked]}), encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "tests/test_docking.py", "-q", "-n", "0", "-p", "no:cacheprovider"]
    done = subprocess.run(
        words, cwd=ROOT, env={**os.environ, "DOCKING_CASES": str(file)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    keys = sum(len(CASES[name]()[1]) for name in asked)
    assert f"docking: 4 of 4 cases, {keys} of {keys} numeric keys compared" in done.stdout


# --- twins ------------------------------------------------------------------------------------------------------------


def test_a_twin_differs_where_numbers_are_0_and_keeps_their_signs_down_a_long_list() -> None:
    assert tilt(0.0, 0.1) == pytest.approx(0.1) and tilt(0, -0.1) == pytest.approx(0.1)
    moved = tilt([1.0] * 12, -0.1)
    assert moved[:3] == pytest.approx([0.9, 0.8, 0.7]) and min(moved) == pytest.approx(0.5)
    assert other({"V": [0.0, 0.0], "name": "x"}, {"V": 0.2}) == {
        "V": [pytest.approx(0.2), pytest.approx(0.4)],
        "name": "x",
    }


def test_an_adapter_that_answers_without_its_inputs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "P01"
    case = made(name)
    answer = {key: np.zeros(4) for key in case["expected"]}
    monkeypatch.setitem(ADAPTERS, name, lambda worlds: {key: value[: len(worlds)] for key, value in answer.items()})
    with pytest.raises(AssertionError, match="no twin world differs"):
        docked(case)
    assert bits({"a": [np.ones(2)]}) != bits({"a": [np.zeros(2)]})
