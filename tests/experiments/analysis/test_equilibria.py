"""Equilibria of games whose answer is known, ties that draws leave open, and payoffs that are missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.analysis import equilibria
from sim.errors import InputError
from tests.experiments.conftest import Command

pytest.importorskip("nashpy", reason="nashpy is not installed: pip install 'fully-booked[analysis]'")


def solved(rows: list[list[float]], columns: list[list[float]], noise: np.ndarray | float = 0.0) -> equilibria.Solved:
    payoffs = np.array([rows, columns], dtype=float)[..., None] + np.zeros(8) + noise
    names = tuple("ab"[: len(rows)]), tuple("xyz"[: len(rows[0])])
    return equilibria.solve(equilibria.whole(names[0], names[1], payoffs))


def test_matching_pennies_is_mixed_by_halves() -> None:
    found = solved([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    (one,) = found.equilibria
    assert one.mixes == (
        {"a": pytest.approx(0.5), "b": pytest.approx(0.5)},
        {"x": pytest.approx(0.5), "y": pytest.approx(0.5)},
    )
    assert [worth.mean for worth in one.payoffs] == pytest.approx([0.0, 0.0])
    assert found.open_profiles == () and not one.ties


def test_battle_of_two_has_three() -> None:
    """Two pure, and one in which each makes the other indifferent: 3p = 2 (1 - p), so p = 0.4, and the mirror."""
    found = solved([[3, 0], [0, 2]], [[2, 0], [0, 3]])
    assert len(found.equilibria) == 3
    mixed = next(one for one in found.equilibria if not one.is_pure)
    assert mixed.mixes[0] == {"a": pytest.approx(0.6), "b": pytest.approx(0.4)}
    assert mixed.mixes[1] == {"x": pytest.approx(0.4), "y": pytest.approx(0.6)}
    assert set(found.open_profiles) == {("a", "x"), ("b", "y")}


def test_money_moves_nothing() -> None:
    plain = solved([[3, 0], [0, 2]], [[2, 0], [0, 3]])
    rich = solved([[3e6 + 7, 7], [7, 2e6 + 7]], [[2e-3, 0], [0, 3e-3]])
    for one, other in zip(plain.equilibria, rich.equilibria, strict=True):
        assert [pytest.approx(mix) for mix in one.mixes] == list(other.mixes)


def test_a_difference_within_the_noise_is_a_tie_and_one_beyond_is_none() -> None:
    apart = np.zeros((2, 2, 2, 8))
    apart[0, 1] = np.tile([1.0, -1.0], 4)  # what the first seat's other strategy does by luck
    near = solved([[0.1, 0.1], [0.0, 0.0]], [[1, 0], [1, 0]], apart)
    (one,) = near.equilibria
    assert one.mixes == ({"a": 1.0}, {"x": 1.0})
    assert [(tie.seat, tie.strategy) for tie in one.ties] == [(0, "b")]
    assert set(near.open_profiles) == {("a", "x"), ("b", "x")}
    far = solved([[9.0, 9.0], [0.0, 0.0]], [[1, 0], [1, 0]], apart)
    assert far.equilibria[0].ties == () and far.open_profiles == (("a", "x"),)


def test_luck_that_all_share_makes_no_tie() -> None:
    luck = 100.0 * np.random.default_rng(1).standard_normal(8)
    found = solved([[1, 1], [0, 0]], [[1, 0], [1, 0]], luck)
    assert found.equilibria[0].ties == ()


def test_strategies_with_missing_payoffs_are_left_out_and_named() -> None:
    payoffs = np.ones((2, 2, 3, 4))
    payoffs[0, :, 1, 2] = np.nan
    matrix = equilibria.whole(("a", "b"), ("x", "y", "z"), payoffs)
    assert (matrix.rows, matrix.columns) == (("a", "b"), ("x", "z"))
    assert matrix.left_out == {"y": "payoffs are missing in 1 of 4 worlds"}
    with pytest.raises(InputError, match="there is no game to solve"):
        equilibria.whole(("a",), ("x",), np.full((2, 1, 1, 4), np.nan))


def test_payoffs_that_tie_in_the_mean_are_told() -> None:
    assert solved([[1, 1], [1, 1]], [[1, 1], [1, 1]]).degenerate


@pytest.mark.whole
def test_two_seats_are_played_and_written(tmp_path: Path, command: Command) -> None:
    words = ("--strategy", "aws=harvest", "--strategy", "aws=land-grab", "--worlds", "2", "--quarters", "1")
    status, shown, told = command(
        "equilibrium",
        "aws",
        "ftc",
        *words,
        "--strategy",
        "ftc=enforcement-first",
        "--scenario",
        "history",
        "--workers",
        "1",
        "--out",
        "e",
    )
    assert status == 0, told
    assert (
        "aws (cloud) meets ftc (regulator) on history: 2 x 1 strategies, 2 worlds" in shown and "Equilibrium 1" in shown
    )
    table = pd.read_csv(tmp_path / "e" / "payoffs.csv")
    assert len(table) == 2 * 2 and table["worlds"].tolist() == [2] * 4
    assert (tmp_path / "e" / "equilibria.csv").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("aws", "aws"), "aws cannot meet itself"),
        (("aws", "ftcc"), "Closest: 'ftc'"),
        (("aws", "ftc", "--strategy", "azure=harvest"), "--strategy: unknown seat 'azure'"),
        (("aws", "ftc", "--strategy", "aws=harvst"), "Closest: 'harvest'"),
    ],
)
def test_wrong_seats_are_one_sentence(command: Command, words: tuple[str, ...], said: str) -> None:
    status, _, told = command("equilibrium", *words)
    assert status == 2 and said in told and len(told.splitlines()) == 1
