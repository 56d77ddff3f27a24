"""What weighs, on functions whose answer is known in closed form, and on batches with runs that were lost."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.analysis.ensemble import Ensemble
from experiments.analysis.sensitivity import Weighed, weigh
from sim.errors import InputError
from tests.experiments.analysis.made import (
    OUTCOMES,
    Function,
    design,
    ishigami,
    ishigami_indices,
    sobol_g,
    sobol_g_indices,
    written,
)
from tests.experiments.conftest import Command

SOBOL = 'method = "sobol"\npoints = {}\n'
MORRIS = 'method = "morris"\npoints = {}\nlevels = 4\n'


def known(of_x: object) -> Function:
    """A function that no world changes."""
    return lambda shares, worlds, quarter: np.repeat(of_x(shares)[:, None], worlds.shape[1], axis=1)  # type: ignore[operator]


def one(folder: Path, sample: str, numbers: int, function: Function, worlds: int = 1) -> Weighed:
    path = written(folder, design(folder, numbers, sample, worlds), function)
    (found,) = weigh(Ensemble.open(path), OUTCOMES[0], 2)
    return found


def noise(points: int, worlds: int, of_world: float, of_both: float) -> np.ndarray:
    """Draws of known spread: some that a world makes alike at every point, some that it makes at each."""
    draws = np.random.default_rng(7)
    return of_world * draws.standard_normal(worlds) + of_both * draws.standard_normal((points, worlds))


@pytest.mark.theory
def test_sobol_finds_the_indices_of_ishigami(tmp_path: Path) -> None:
    found = one(tmp_path, SOBOL.format(2048) + "second_order = true", 3, known(ishigami))
    variance, first, total = ishigami_indices()
    assert [i.first for i in found.indices] == pytest.approx(first, abs=0.03)
    assert [i.total for i in found.indices] == pytest.approx(total, abs=0.03)
    assert found.sd**2 == pytest.approx(variance, rel=0.03)
    assert all(abs(i.first - true) < 2.0 * i.first_half + 0.01 for i, true in zip(found.indices, first, strict=True))
    shares = {pair[:2]: pair[2] for pair in found.pairs}
    names = [i.name for i in found.indices]
    assert shares[names[0], names[2]] == pytest.approx(total[2], abs=0.05)
    assert shares[names[0], names[1]] == pytest.approx(0.0, abs=0.05)


@pytest.mark.whole
@pytest.mark.theory
def test_sobol_finds_the_indices_of_g(tmp_path: Path) -> None:
    a = np.array([0.0, 1.0, 4.5, 9.0])
    found = one(tmp_path, SOBOL.format(2048), 4, known(lambda x: sobol_g(x, a)))
    first, total = sobol_g_indices(a)
    assert [i.first for i in found.indices] == pytest.approx(first, abs=0.03)
    assert [i.total for i in found.indices] == pytest.approx(total, abs=0.03)


@pytest.mark.theory
def test_morris_finds_the_slopes_of_a_plane_and_no_spread(tmp_path: Path) -> None:
    slopes = np.array([3.0, -1.0, 0.0])
    found = one(tmp_path, MORRIS.format(6), 3, known(lambda x: x @ slopes))
    assert [i.mu for i in found.indices] == pytest.approx(slopes, abs=1e-9)
    assert [i.mu_star for i in found.indices] == pytest.approx(np.abs(slopes), abs=1e-9)
    assert [i.sigma for i in found.indices] == pytest.approx([0.0] * 3, abs=1e-9)


@pytest.mark.theory
def test_morris_tells_an_interaction_by_its_spread(tmp_path: Path) -> None:
    """Of x y each effect is the other number: on four levels, 0 to 1 by thirds."""
    found = one(tmp_path, MORRIS.format(200), 2, known(lambda x: x[:, 0] * x[:, 1]))
    assert [i.mu_star for i in found.indices] == pytest.approx([0.5, 0.5], abs=0.06)
    assert [i.sigma for i in found.indices] == pytest.approx([np.sqrt(5.0 / 36.0)] * 2, abs=0.04)


@pytest.mark.whole
@pytest.mark.theory
@pytest.mark.parametrize("of_world", [0.0, 5.0])
def test_the_share_of_chance_is_that_of_the_noise_that_was_put_in(tmp_path: Path, of_world: float) -> None:
    """What a world does alike at every point moves no index; what it does at each point alone is chance."""
    worlds, of_both = 8, 4.0
    truth, first, total = ishigami_indices()

    def noisy(shares: np.ndarray, numbers: np.ndarray, quarter: int) -> np.ndarray:
        return ishigami(shares)[:, None] + noise(len(shares), worlds, of_world, of_both)

    found = one(tmp_path, SOBOL.format(2048), 3, noisy, worlds)
    assert found.variance is not None
    alone = np.var(of_world * np.random.default_rng(7).standard_normal(worlds), ddof=1)
    assert found.variance.both == pytest.approx(of_both**2, rel=0.05)
    assert found.variance.worlds_alone == pytest.approx(alone, rel=0.05, abs=0.05)
    assert found.variance.points == pytest.approx(truth, rel=0.06)
    share = of_both**2 / worlds / (truth + of_both**2 / worlds)
    assert found.variance.of_means == pytest.approx(share, abs=0.015)
    assert found.chance_low < found.variance.of_means < found.chance_high
    # totals stand above the truth by what chance adds; without it they are the truth's
    assert found.indices[2].total == pytest.approx((1.0 - share) * total[2] + share, abs=0.03)
    assert [i.total_settled for i in found.indices] == pytest.approx(total, abs=0.06)
    assert [i.first_settled for i in found.indices] == pytest.approx(first, abs=0.06)


@pytest.mark.theory
def test_chance_that_hangs_on_the_numbers_is_chance_too(tmp_path: Path) -> None:
    """A slope that every world draws for itself is smooth over points, and still not of the mean over worlds."""
    worlds = 6
    slopes = 2.0 * np.random.default_rng(3).standard_normal(worlds)

    def noisy(shares: np.ndarray, numbers: np.ndarray, quarter: int) -> np.ndarray:
        return 10.0 * shares[:, :1] + (shares[:, 1:2] - 0.5) * (slopes - slopes.mean())

    found = one(tmp_path, SOBOL.format(512), 2, noisy, worlds)
    assert found.variance is not None
    assert found.variance.both == pytest.approx(np.var(slopes, ddof=1) / 12.0, rel=0.05)
    # their mean is put to 0 here, so the surface of means is 10 x alone; other worlds would have bent it
    assert found.indices[0].total == pytest.approx(1.0, abs=0.02)
    assert found.indices[1].total_settled < 0.0


@pytest.mark.theory
def test_morris_says_which_effects_are_chance(tmp_path: Path) -> None:
    def noisy(shares: np.ndarray, numbers: np.ndarray, quarter: int) -> np.ndarray:
        return 10.0 * shares[:, :1] + noise(len(shares), numbers.shape[1], 3.0, 1.0)

    found = one(tmp_path, MORRIS.format(100), 2, noisy, 4)
    strong, nothing = found.indices
    assert strong.chance < 0.05 and nothing.chance > 0.8


def test_one_world_tells_nothing_of_chance(tmp_path: Path) -> None:
    found = one(tmp_path, SOBOL.format(8), 2, known(lambda x: x[:, 0]))
    assert found.variance is None and np.isnan(found.indices[0].total_settled)


def test_an_outcome_that_never_moves_weighs_nothing(tmp_path: Path) -> None:
    found = one(tmp_path, SOBOL.format(8), 2, known(lambda x: np.ones(len(x))), 2)
    assert [(i.first, i.total) for i in found.indices] == [(0.0, 0.0)] * 2 and found.sd == 0.0


@pytest.mark.parametrize("kind", ["broken", "failed"])
def test_a_group_with_a_lost_run_is_left_out_whole_and_named(tmp_path: Path, kind: str) -> None:
    """The others come out as they do without that group: nothing of it is in any number."""
    path = design(tmp_path, 2, SOBOL.format(8), 3)
    function: Function = lambda shares, worlds, quarter: shares[:, :1] + shares[:, 1:] ** 2 + 0.0 * worlds  # noqa: E731
    lost = {kind: ((6, 1),)}
    (found,) = weigh(Ensemble.open(written(tmp_path, path, function, **lost)), OUTCOMES[0], 2)  # type: ignore[arg-type]
    assert (found.groups, found.groups_in_all) == (7, 8)
    assert [(run.point, run.world) for run in found.lost] == [(6, 1)]

    def wild(shares: np.ndarray, worlds: np.ndarray, quarter: int) -> np.ndarray:
        values = function(shares, worlds, quarter)
        values[4:8] = 1e6  # the group of point 6
        return values

    other = design(tmp_path, 2, SOBOL.format(8), 3, name="wild")
    (same,) = weigh(Ensemble.open(written(tmp_path, other, wild, **lost)), OUTCOMES[0], 2)  # type: ignore[arg-type]
    assert [i.total for i in found.indices] == [i.total for i in same.indices]


def test_worlds_that_not_all_points_have_are_left_out_and_counted(tmp_path: Path, command: Command) -> None:
    path = design(tmp_path, 2, SOBOL.format(8), 5)
    unwanted = tuple((point, world) for point in range(32) if point not in (3, 9) for world in (3, 4))
    out = written(tmp_path, path, lambda x, worlds, quarter: x[:, :1] + 0.01 * worlds, unwanted=(*unwanted, (9, 4)))
    batch = Ensemble.open(out)
    assert batch.beyond(range(32)) == {3: 2, 9: 1} and batch.beyond([3]) == {}
    status, shown, _ = command("sensitivity", str(out))
    said = " ".join(shown.split())
    assert status == 0 and "3 worlds a point." in said
    assert "Points have 3 to 5 worlds" in said and "3 worlds left out (2 of point 3, 1 of point 9)." in said
    even = design(tmp_path, 2, SOBOL.format(8), 5, name="even")
    out = written(tmp_path, even, lambda x, worlds, quarter: x[:, :1] + 0.01 * worlds)
    assert "left out" not in command("sensitivity", str(out))[1]


def test_too_few_whole_groups_are_refused(tmp_path: Path) -> None:
    path = design(tmp_path, 2, SOBOL.format(8), 2)
    lost = tuple((4 * group, 0) for group in range(5))
    batch = Ensemble.open(written(tmp_path, path, known(lambda x: x[:, 0]), broken=lost))
    with pytest.raises(InputError, match="3 of 8 groups of points are whole: 5 runs lost; needed are at least 4"):
        weigh(batch, OUTCOMES[0], 2)


def test_a_design_that_is_no_sample_for_it_is_refused(tmp_path: Path) -> None:
    path = design(tmp_path, 2, 'method = "latin-hypercube"\npoints = 16\n')
    batch = Ensemble.open(written(tmp_path, path, known(lambda x: x[:, 0])))
    with pytest.raises(InputError, match="sampled with method = 'latin-hypercube'; sensitivity needs"):
        weigh(batch, OUTCOMES[0], 2)


def test_points_in_another_order_are_refused(tmp_path: Path) -> None:
    out = written(tmp_path, design(tmp_path, 2, SOBOL.format(8)), known(lambda x: x[:, 0]))
    table = pd.read_parquet(out / "design.parquet")
    table["unit_cost_factor_nvidia"] = np.roll(table["unit_cost_factor_nvidia"], 1)
    table.to_parquet(out / "design.parquet")
    with pytest.raises(InputError, match="are not laid out as 'sobol' lays them out"):
        weigh(Ensemble.open(out), OUTCOMES[0], 2)


def test_settings_are_weighed_apart(tmp_path: Path) -> None:
    more = "[varies]\nseeds = [1, 2]\n"
    path = design(tmp_path, 2, SOBOL.format(8), 2, more)
    out = written(tmp_path, path, known(lambda x: x[:, 0]))
    found = weigh(Ensemble.open(out), OUTCOMES[0], 2)
    assert [one.setting for one in found] == ["1", "2"]
    assert json.loads((out / "provenance.json").read_text())["points"] == 2 * 8 * 4
