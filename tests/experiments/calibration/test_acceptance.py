"""What an emulator rules out and who is accepted, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.calibration import posterior
from experiments.calibration.history_matching import CUTOFF, Emulator, Target, next_wave, worst_pattern
from experiments.calibration.posterior import Accepted

# --- what is left -----------------------------------------------------------------------------------------------------


def test_an_emulator_of_few_runs_is_linear_and_says_what_is_left() -> None:
    """y = 3 + 2 (2u − 1), with ± 0.5 that no line explains: a variance of 0.25 n over n − 2, ridge apart."""
    u = np.linspace(0.05, 0.95, 10)[:, None]
    odd = 0.5 * np.array([1.0, -1.0, -1.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0, 1.0])
    odd -= np.polyval(np.polyfit(u[:, 0], odd, 1), u[:, 0])
    few = Emulator.fit(u[:8], 3.0 + 2.0 * (2.0 * u[:8] - 1.0))
    assert not few.quadratic and few.coefficients[:, 0] == pytest.approx([3.0, 2.0], abs=0.02)
    whole = Emulator.fit(u, (3.0 + 2.0 * (2.0 * u[:, 0] - 1.0) + odd)[:, None])
    assert whole.quadratic  # three features, nine runs at least
    linear = Emulator(np.array([[3.0], [2.0]]), np.array([0.25]), False)
    assert linear.mean(np.array([[0.5], [1.0]])).tolist() == [[3.0], [5.0]]
    spare = Emulator.fit(u[:8], (3.0 + 2.0 * (2.0 * u[:8, 0] - 1.0) + odd[:8])[:, None])
    left = (3.0 + 2.0 * (2.0 * u[:8, 0] - 1.0) + odd[:8]) - spare.mean(u[:8])[:, 0]
    assert spare.variance == pytest.approx([(left**2).sum() / 6.0])


def test_implausibility_by_hand() -> None:
    """Expected 3 and 5 against 4.5, a tolerance of 0.4 and an emulator's variance of 0.09: 1.5 and 0.5 over 0.5."""
    linear = Emulator(np.array([[3.0], [2.0]]), np.array([0.09]), False)
    target = Target(np.array([4.5]), np.array([0.4]), ("a",))
    assert linear.implausibility(np.array([[0.5], [1.0]]), target).tolist() == [
        pytest.approx([3.0]),
        pytest.approx([1.0]),
    ]
    near = Target(np.array([4.499]), np.array([0.4]), ("a",))
    far = Target(np.array([4.501]), np.array([0.4]), ("a",))
    assert CUTOFF == 3.0 and linear.plausible(np.array([[0.5]]), near).tolist() == [True]
    assert linear.plausible(np.array([[0.5]]), far).tolist() == [False]


def test_a_point_is_ruled_out_by_any_pattern_and_the_worst_is_named() -> None:
    both = Emulator(np.array([[0.0, 0.0], [1.0, 4.0]]), np.array([0.0, 0.0]), False)
    target = Target(np.zeros(2), np.array([0.25, 0.25]), ("mild", "strict"))
    u = np.array([[0.5], [0.6], [0.9], [1.0]])  # −1 to 1: 0, 0.2, 0.8, 1
    assert both.plausible(u, target).tolist() == [True, False, False, False]
    assert worst_pattern(both, u, target) == "strict"


def test_a_wave_is_content_with_fewer_points_when_little_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundredth of the cube is left; after two batches of 64 candidates it stops looking."""
    monkeypatch.setattr("experiments.calibration.history_matching.BATCH", 64)
    monkeypatch.setattr("experiments.calibration.history_matching.BATCHES", 2)
    found, left = next_wave(1, 50, 1, lambda u: np.asarray(u[:, 0] < 0.05))
    assert 0 < len(found) < 50 and left == len(found) / 128.0 and (found < 0.05).all()


# --- who is accepted --------------------------------------------------------------------------------------------------


def test_chances_of_acceptance_by_hand() -> None:
    """Squared distances in tolerances 1, 4 and 9 + 16: less the nearest's, halved: chances of 1, e^−1.5 and e^−12 at
    scale 1."""
    target = Target(np.array([1.0, 10.0]), np.array([0.5, 2.0]), ("a", "b"))
    y = np.array([[1.5, 10.0], [1.0, 14.0], [2.5, 18.0]])
    assert posterior.distance(y, target).tolist() == [1.0, 4.0, 25.0]
    many = np.repeat(y, 4000, axis=0)
    found = posterior.accept(many, target, 1, seed=3)
    near, middle, far = (int(((found.runs >= 4000 * k) & (found.runs < 4000 * (k + 1))).sum()) for k in range(3))
    assert (near, far, found.scale) == (4000, 0, 1.0) and middle / 4000.0 == pytest.approx(np.exp(-1.5), abs=0.02)
    wide = posterior.accept(many, target, 7000, seed=3)
    share = ((wide.runs >= 4000) & (wide.runs < 8000)).sum() / 4000.0
    assert wide.scale > 1.0 and share == pytest.approx(np.exp(-1.5 / wide.scale**2), abs=0.02)
    steps = np.log(wide.scale) / np.log(1.1)
    assert steps == pytest.approx(round(steps)) and len(wide.runs) >= 7000
    assert len(posterior.accept(y, target, 99, seed=3).runs) == 3  # never more than there are


def test_members_are_drawn_alike_from_those_accepted() -> None:
    runs = np.arange(100, 160)
    chosen = posterior.choose(runs, 20, seed=1)
    assert len(set(chosen.tolist())) == 20 and set(chosen) <= set(runs) and (np.diff(chosen) > 0).all()
    assert posterior.choose(runs, 60, seed=1).tolist() == runs.tolist() == posterior.choose(runs, 99, seed=1).tolist()
    assert posterior.choose(runs, 20, seed=2).tolist() != chosen.tolist()


@pytest.mark.parametrize(
    ("ratio", "said"),
    [(0.699, "identified"), (0.7, "a little"), (0.899, "a little"), (0.9, "stays prior"), (np.inf, "cannot say")],
)
def test_a_ratio_of_spreads_in_words(ratio: float, said: str) -> None:
    assert posterior.verdict(ratio) == said


def test_recovery_takes_runs_for_the_world_with_an_error_of_the_tolerances(monkeypatch: pytest.MonkeyPatch) -> None:
    """Truths are the first, the middle and the last of nine runs; what is accepted is of the others only."""
    u = np.linspace(0.0, 1.0, 9)[:, None]
    y = np.concatenate([10.0 * u, -u], axis=1)
    target = Target(np.array([5.0, 0.0]), np.array([1e-9, 1e-9]), ("a", "b"))
    seen: list[tuple[np.ndarray, Target]] = []

    def accept(others: np.ndarray, asked: Target, wanted: int, seed: int) -> Accepted:
        seen.append((others, asked))
        return Accepted(np.array([1, 2, 3]), 1.5)

    monkeypatch.setattr(posterior, "accept", accept)
    found = posterior.recover(u, y, target, 3, 4, seed=1)
    assert [len(others) for others, _ in seen] == [8, 8, 8]
    for (others, asked), run in zip(seen, (0, 4, 8), strict=True):
        assert asked.observed == pytest.approx(y[run], abs=1e-6) and asked.names == ("a", "b")
        assert not (others == y[run]).all(axis=1).any()
    # Without the first run, 1 to 3 are 0.25 to 0.5; without the middle or last one, 0.125 to 0.375.
    assert found.inside.tolist() == [[False], [False], [False]] and found.scale.tolist() == [1.5] * 3
    assert found.ratio == pytest.approx(np.full((3, 1), 0.125 * np.sqrt(12.0)))
