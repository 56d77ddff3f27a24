"""Grades and tuning: measured on other scenarios than tuned on, and the table says so where a grade fails."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from agents.skills import FILE
from agents.strategies import GRADES, default_for, graded
from experiments.bots import grading, tuning
from experiments.bots.payoffs import PLAYABLE, SEATS
from experiments.pages import grades
from experiments.stats import estimate
from sim.errors import InputError


@pytest.mark.parametrize("role", PLAYABLE)
def test_every_role_has_a_bot_of_every_grade(role: str) -> None:
    assert [graded(role, grade).role for grade in GRADES] == [role] * 3
    assert graded(role, "steady") is default_for(role)
    with pytest.raises(InputError, match="unknown grade 'expert'"):
        graded(role, "expert")


def test_grades_are_measured_where_nothing_was_tuned() -> None:
    """Another seed, and scenarios that are not those of training."""
    trained = set(grading.TRAINING)
    for name, cards in grading.HELD_OUT:
        assert cards or name not in trained
    seeds = {grading.HELD_OUT_SEED + number for number in range(len(grading.HELD_OUT))}
    assert grading.TRAINING_SEED not in seeds


def test_a_step_holds_when_its_gain_is_above_zero_at_95_percent() -> None:
    noise = np.linspace(-1.0, 1.0, 50)
    assert grading.Step("cloud", "aws", "novice", "steady", estimate(noise + 1.0)).holds
    assert not grading.Step("cloud", "aws", "novice", "steady", estimate(noise + 0.01)).holds


def test_the_page_names_the_steps_that_fail() -> None:
    noise = np.linspace(-1.0, 1.0, 50)
    steps = [
        grading.Step("cloud", "aws", "novice", "steady", estimate(1e3 * (noise + 2.0))),
        grading.Step("lab", "openai", "steady", "skilled", estimate(1e3 * noise)),
    ]
    page = grades.page(steps, 50)
    assert "Not shown at 95 %: lab openai: steady to skilled." in page
    assert "| cloud | aws | novice to steady | +2.00 |" in page and "| **no** |" in page


@pytest.mark.whole
def test_a_small_measurement() -> None:
    steps = grading.measure("vendor", "nvidia", worlds=6, quarters=3)
    assert [(step.lower, step.higher) for step in steps] == [("novice", "steady"), ("steady", "skilled")]
    assert all(step.gain.worlds == 6 for step in steps)


def test_what_was_learned_is_within_the_settings_and_nothing_else() -> None:
    learned = tomllib.loads(FILE.read_text(encoding="utf-8"))
    assert set(learned) == set(PLAYABLE)
    for role, table in learned.items():
        ranges = tuning.RANGES[role]
        assert set(table["parameters"]) == set(ranges)
        for name, value in table["parameters"].items():
            assert ranges[name][0] <= value <= ranges[name][1]
            assert getattr(graded(role, "skilled").maker(), name) == value


def test_tuning_keeps_what_helps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The search finds the top of a hill, and the file says what it found."""
    top = {name: low + 0.3 * (high - low) for name, (low, high) in tuning.RANGES["vendor"].items()}

    class Hill(tuning.Search):
        def __init__(self) -> None:
            self.role = "vendor"

        def values(self, candidates: list[dict[str, float]]) -> list[float]:
            return [
                -sum(
                    ((one[name] - top[name]) / (high - low)) ** 2
                    for name, (low, high) in tuning.RANGES["vendor"].items()
                )
                for one in candidates
            ]

    found, value = Hill().run({name: low for name, (low, high) in tuning.RANGES["vendor"].items()})
    assert value > -0.02
    for name, (low, high) in tuning.RANGES["vendor"].items():
        assert abs(found[name] - top[name]) <= 0.13 * (high - low)
    monkeypatch.setattr(tuning, "FILE", tmp_path / "data" / "skilled.toml")
    tuning.write({"vendor": {"training_value": 0.5, "parameters": found}})
    assert tomllib.loads((tmp_path / "data" / "skilled.toml").read_text())["vendor"]["parameters"] == found


def test_seats_of_every_role_are_compared() -> None:
    assert set(SEATS) == set(PLAYABLE)
    assert all(len(seats) >= 2 for seats in SEATS.values())


def test_what_ships_says_with_which_seeds_and_worlds_it_was_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Written anew with the numbers of today the file is the same; the page is, up to its verdict."""
    shipped = FILE.read_text(encoding="utf-8")
    monkeypatch.setattr(tuning, "FILE", tmp_path / "skilled.toml")
    tuning.write(tomllib.loads(shipped))
    assert (tmp_path / "skilled.toml").read_text(encoding="utf-8") == shipped
    head, seeds, _ = grades.page([], grading.WORLDS).partition("Steady is the role's default strategy. ")
    page = (Path(__file__).parents[3] / "docs" / "reference" / "grades.md").read_text(encoding="utf-8")
    assert seeds and page.startswith(head + seeds)
