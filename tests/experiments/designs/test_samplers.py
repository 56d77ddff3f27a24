"""Where designs put their points: counts and properties that are known of each sampler."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from experiments import scenarios
from experiments.designs import samplers
from experiments.designs.factors import UNCERTAINTY, Factor
from experiments.designs.samplers import Asked
from sim.errors import InputError

CATALOGUE = scenarios.catalogue_of(scenarios.load("baseline"))
DECLARATION = CATALOGUE.find("price_elasticity", "")[0]


def factors(count: int, values: tuple[float, ...] = ()) -> list[Factor]:
    return [Factor(UNCERTAINTY, f"x{k}", (f"x{k}",), DECLARATION, -3.0, 1.0, values) for k in range(count)]


def shares(asked: Asked, count: int) -> np.ndarray:
    """A design of factors from -3 to 1, as shares of that range."""
    return (samplers.values(asked, factors(count), "d.toml") + 3.0) / 4.0


def test_a_factorial_has_every_combination_once_and_its_last_factor_moves_fastest() -> None:
    made = samplers.values(Asked("full-factorial", levels=3), factors(2), "d.toml")
    assert made.tolist() == [[a, b] for a in (-3.0, -1.0, 1.0) for b in (-3.0, -1.0, 1.0)]
    listed = samplers.values(Asked("full-factorial", levels=9), factors(2, (0.5, -2.0)), "d.toml")
    assert listed.tolist() == [[0.5, 0.5], [0.5, -2.0], [-2.0, 0.5], [-2.0, -2.0]]


@pytest.mark.parametrize(("count", "runs"), [(1, 4), (2, 4), (3, 8), (4, 8), (5, 16), (8, 16), (9, 32)])
def test_a_fraction_keeps_main_effects_clear_of_interactions_of_two(count: int, runs: int) -> None:
    signs = 2.0 * shares(Asked("fractional-factorial"), count) - 1.0
    assert signs.shape == (runs, count) and set(signs.ravel()) == {-1.0, 1.0}
    assert (signs.sum(axis=0) == 0.0).all()
    for one, other in combinations(range(count), 2):
        assert (signs[:, one] * signs[:, other]).sum() == 0.0
        for main in range(count):
            assert (signs[:, one] * signs[:, other] * signs[:, main]).sum() == 0.0


def test_a_latin_hypercube_has_one_point_in_every_part_of_every_range() -> None:
    made = shares(Asked("latin-hypercube", points=20, seed=3), 4)
    assert np.array_equal(np.sort((made * 20).astype(int), axis=0), np.tile(np.arange(20)[:, None], 4))
    assert not np.array_equal(made, shares(Asked("latin-hypercube", points=20, seed=4), 4))
    assert np.array_equal(made, shares(Asked("latin-hypercube", points=20, seed=3), 4))


@pytest.mark.parametrize(("second", "rows"), [(False, 5), (True, 8)])
def test_sobol_exchanges_one_factor_at_a_time_between_two_samples(second: bool, rows: int) -> None:
    made = shares(Asked("sobol", points=8, second_order=second), 3).reshape(8, rows, 3)
    first, last = made[:, 0], made[:, -1]
    assert not np.isclose(first, last).any()
    for k in range(3):  # SALib's order: A, A with the k-th column of B, (B with the k-th of A), B
        swapped = np.where(np.arange(3) == k, last, first)
        assert np.allclose(made[:, 1 + k], swapped)


def test_morris_changes_one_factor_a_step_by_the_same_share_of_its_range() -> None:
    made = shares(Asked("morris", points=6, levels=4), 3).reshape(6, 4, 3)
    steps = np.diff(made, axis=1)
    assert (np.count_nonzero(np.abs(steps) > 1e-12, axis=2) == 1).all()
    assert np.allclose(np.abs(steps).sum(axis=2), 4.0 / (2.0 * 3.0))  # levels / (2 (levels - 1))
    assert np.allclose(made * 3.0, np.round(made * 3.0))  # on the grid of four levels
    assert (np.count_nonzero(np.abs(steps) > 1e-12, axis=1) == 1).all()  # every factor once a trajectory


def test_listed_values_get_equal_parts_of_a_range() -> None:
    one = factors(1, (5.0, 7.0, 9.0))[0]
    assert one.at(np.array([0.0, 0.33, 0.34, 0.99, 1.0])).tolist() == [5.0, 5.0, 7.0, 9.0, 9.0]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked("sobol", points=12), r"d.toml: points = 12: .*powers of two; give 8 or 16\.$"),
        (Asked("sobol"), "method 'sobol' needs 2 or more"),
        (Asked("latin-hypercube", points=1), "points = 1 is not allowed"),
        (Asked("morris", points=4, levels=3), "levels = 3: .*give an even number"),
        (Asked("full-factorial", levels=1001), "1002001 points are too many; allowed is up to 1000000"),
    ],
)
def test_what_a_sampler_cannot_do_is_one_sentence(asked: Asked, words: str) -> None:
    with pytest.raises(InputError, match=words) as told:
        samplers.values(asked, factors(2), "d.toml")
    assert "\n" not in str(told.value)
