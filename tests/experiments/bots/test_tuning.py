"""Tuning and grading on payoffs made by hand: the value of a candidate, the steps of the search, where grades are
measured."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from agents.strategies import GRADES, default_for, graded
from experiments.batch.engine import Size
from experiments.bots import grading, payoffs, tuning
from experiments.bots.payoffs import SEATS, Contest
from experiments.stats import Estimate
from sim import objectives

ROLE = "vendor"
RANGES = tuning.RANGES[ROLE]
PLACES = [(name, seat) for name in tuning.TRAINING for seat in SEATS[ROLE]]


@pytest.fixture
def contests(monkeypatch: pytest.MonkeyPatch) -> list[Contest]:
    """What is played, instead of playing it: the steady rule earns −100 in one world and −300 in the other, on every
    seat; a bot
    earns 10, 20, 30 and so on more than that, seat by seat."""
    asked: list[Contest] = []

    def earned(found: Sequence[Contest], workers: int = 1) -> list[np.ndarray]:
        asked.extend(found)
        steady = type(default_for(ROLE).maker())
        return [
            np.array([-100.0, -300.0])
            + (0.0 if type(one.cell.seats[one.party]) is steady else 10.0 * (k % len(PLACES) + 1))
            for k, one in enumerate(found)
        ]

    monkeypatch.setattr(payoffs, "payoffs", earned)
    return asked


# --- tuning -----------------------------------------------------------------------------------------------------------


def test_a_candidate_is_tried_on_every_seat_of_every_training_scenario(contests: list[Contest]) -> None:
    """Gains over the steady payoff's size of 200: 0.05, 0.1, 0.15, 0.2; their mean less a third of their spread."""
    search = tuning.Search(ROLE, 1)
    start = tuning.start_of(ROLE)
    assert len(contests) == len(PLACES) and all(
        type(one.cell.seats[one.party]) is type(default_for(ROLE).maker()) for one in contests
    )
    gains = 0.05 * np.arange(1.0, len(PLACES) + 1.0)
    assert search.values([start, start]) == pytest.approx([gains.mean() - gains.std() / 3.0] * 2)
    tried = contests[len(PLACES) :]
    assert [(one.cell.scenario.name, one.party) for one in tried] == PLACES * 2
    for one in tried:
        assert one.role == ROLE and one.cell.size == Size(tuning.WORLDS, objectives.horizon(ROLE), tuning.TRAINING_SEED)
        seat = one.cell.seats[one.party]
        assert type(seat) is type(graded(ROLE, "skilled").maker())
        assert {name: getattr(seat, name) for name in start} == start


def test_payoffs_near_nothing_are_not_blown_up_and_a_broken_world_is_never_better(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A steady payoff of 0.5 counts as 1; a bot that breaks a world has no value at all."""

    class Made(tuning.Search):
        def __init__(self, mine: float) -> None:
            self.mine, self.steady = mine, [np.array([0.5, -0.5])]

        def _play(self, candidates: Sequence[object]) -> list[list[np.ndarray]]:
            return [[np.array([2.5, self.mine])] for _ in candidates]

    assert Made(1.5).values([{}]) == pytest.approx([2.0])
    assert Made(np.nan).values([{}]) == [-np.inf]


class Watched(tuning.Search):
    """A search whose value is a function of its candidates, and that remembers them."""

    def __init__(self, value: object) -> None:
        self.role, self.value, self.seen = ROLE, value, []

    def values(self, candidates: list[dict[str, float]]) -> list[float]:
        self.seen.append(candidates)
        return [float(self.value(one)) for one in candidates]


def test_steps_halve_when_nothing_helps_down_to_the_smallest(capsys: pytest.CaptureFixture[str]) -> None:
    """0.25, 0.125 and 0.0625 of each range, up and down, and then no more."""
    middle = {name: 0.5 * (low + high) for name, (low, high) in RANGES.items()}
    search = Watched(lambda one: 0.0)
    assert search.run(middle) == (middle, 0.0)
    assert search.seen[0] == [middle] and len(search.seen) == 1 + 3 * len(RANGES)
    name, (low, high) = next(iter(RANGES.items()))
    for turn, step in enumerate((0.25, 0.125, 0.0625)):
        up, down = search.seen[1 + turn * len(RANGES)]
        assert (up[name] - middle[name], middle[name] - down[name]) == pytest.approx((step * (high - low),) * 2)
        assert {key for key in middle if up[key] != middle[key]} == {name}
    assert capsys.readouterr().out.count("value +0.00000") == 3 * len(RANGES)


def test_a_first_step_that_helps_is_taken_again_and_ranges_are_kept() -> None:
    """From the lowest end of a number that should be as high as it can: four steps of a quarter, and none beyond the
    range."""
    name, (low, high) = next(iter(RANGES.items()))
    start = {key: 0.5 * (a + b) for key, (a, b) in RANGES.items()} | {name: low}
    search = Watched(lambda one: (one[name] - low) / (high - low))
    best, value = search.run(start)
    assert best == {**start, name: pytest.approx(high)} and value == pytest.approx(1.0)
    moved = [one[name] for asked in search.seen[1:] for one in asked]
    assert min(moved) >= low and max(moved) <= high
    assert len(search.seen[1]) == 1  # below the low end there is nothing


def test_what_hardly_helps_is_not_taken() -> None:
    start = {name: 0.5 * (low + high) for name, (low, high) in RANGES.items()}
    assert Watched(lambda one: 0.0 if one == start else 9e-7).run(start) == (start, 0.0)
    best, value = Watched(lambda one: 0.0 if one == start else 1.1e-6).run(start)
    assert best != start and value == 1.1e-6


def test_a_search_starts_where_the_rule_stands_within_the_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = graded(ROLE, "skilled").maker()
    assert tuning.start_of(ROLE) == {one.name: getattr(plain, one.name) for one in fields(plain) if one.name in RANGES}
    name = next(iter(RANGES))
    own = getattr(plain, name)
    monkeypatch.setattr(tuning, "RANGES", {ROLE: {name: (own + 1.0, own + 2.0)}})
    assert tuning.start_of(ROLE) == {name: own + 1.0}


def test_roles_are_tuned_in_the_order_asked_and_others_keep_what_they_learned(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The file is written after each, so that a run that is stopped loses one role at most."""
    file, tuned = tmp_path / "skilled.toml", []

    class Quick:
        def __init__(self, role: str, workers: int) -> None:
            self.role = role

        def run(self, start: dict[str, float]) -> tuple[dict[str, float], float]:
            tuned.append((self.role, file.is_file() and set(tomllib.loads(file.read_text()))))
            return dict.fromkeys(start, 0.123456), 0.12345678

    monkeypatch.setattr(tuning, "FILE", file)
    monkeypatch.setattr(tuning, "Search", Quick)
    tuning.write({"lab": {"training_value": 0.5, "parameters": {"a": 1.0}}})
    monkeypatch.setattr("sys.argv", ["tuning", "vendor", "cloud", "vendor"])
    tuning.main()
    assert tuned == [("vendor", {"lab"}), ("cloud", {"lab", "vendor"})]
    found = tomllib.loads(file.read_text())
    assert found["vendor"] == {
        "training_value": 0.123457,
        "parameters": dict.fromkeys(tuning.start_of("vendor"), 0.1235),
    }
    assert found["lab"] == {"training_value": 0.5, "parameters": {"a": 1.0}}
    monkeypatch.setattr("sys.argv", ["tuning", "vendr"])
    with pytest.raises(SystemExit, match=r"unknown role 'vendr'\. Closest: 'vendor'"):
        tuning.main()


# --- grading ----------------------------------------------------------------------------------------------------------


def test_grades_are_measured_on_the_held_out_scenarios_in_worlds_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven worlds over three scenarios: three in each. Steady earns 5 more than novice, skilled 1 or 3 less than
    steady."""
    asked: list[Contest] = []
    earns = dict(zip((graded("lab", grade).name for grade in GRADES), (10.0, 15.0, 13.0), strict=True))

    def earned(contests: Sequence[Contest], workers: int = 1) -> list[np.ndarray]:
        asked.extend(contests)
        return [
            earns[one.cell.strategies["openai"]]
            + np.array([0.0, 1.0, -1.0]) * (one.cell.strategies["openai"] == graded("lab", "skilled").name)
            for one in contests
        ]

    monkeypatch.setattr(payoffs, "payoffs", earned)
    first, second = grading.measure("lab", "openai", worlds=7)
    assert (first.lower, first.higher, second.lower, second.higher) == ("novice", "steady", "steady", "skilled")
    assert (first.gain.mean, first.gain.worlds) == (5.0, 9) and first.holds
    assert second.gain.mean == pytest.approx(-2.0) and second.gain.high < 0.0 and not second.holds
    places = grading.held_out()
    assert [one.cell.scenario.digest for one in asked] == [place.digest for place in places] * 3
    seeds = [one.cell.size.seed for one in asked[:3]]
    assert seeds == [grading.HELD_OUT_SEED, grading.HELD_OUT_SEED + 1, grading.HELD_OUT_SEED + 2]
    assert {(one.cell.size.worlds, one.cell.size.quarters) for one in asked} == {(3, objectives.horizon("lab"))}
    asked.clear()
    grading.measure("lab", "openai", worlds=9, quarters=4)
    assert {(one.cell.size.worlds, one.cell.size.quarters) for one in asked} == {(3, 4)}


@pytest.mark.parametrize(
    ("low", "broken", "holds"), [(0.001, 0, True), (0.0, 0, False), (-0.001, 0, False), (0.001, 1, False)]
)
def test_a_step_holds_above_zero_in_whole_worlds(low: float, broken: int, holds: bool) -> None:
    gain = Estimate(0.5, low, 1.0, 0.5, 0.0, 1.0, 9, broken)
    assert grading.Step("lab", "openai", "novice", "steady", gain).holds is holds
