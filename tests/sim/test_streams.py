"""Keyed draws: a name gives its numbers, whatever else is drawn and however worlds are cut."""

from __future__ import annotations

import numpy as np
import pytest

from sim.streams import BLOCK, Draw, Streams


def draw(seed: int, first: int, last: int) -> Draw:
    return Streams(seed, first, last).at("demand", "enterprise-eu", 3)


@pytest.mark.parametrize("k", [None, 1, 5])
def test_a_world_gets_the_same_numbers_whatever_the_number_of_worlds(k: int | None) -> None:
    most = draw(7, 0, 200).uniform(k)
    for worlds in (1, 7, 63, BLOCK, BLOCK + 1, 199):
        assert draw(7, 0, worlds).uniform(k).tobytes() == most[:worlds].tobytes()


@pytest.mark.parametrize("chunk", [1, 7, 50, BLOCK, 130])
def test_a_batch_may_be_cut_anywhere(chunk: int) -> None:
    whole = draw(7, 0, 200).normal(2)
    parts = [draw(7, first, min(first + chunk, 200)).normal(2) for first in range(0, 200, chunk)]
    assert np.concatenate(parts).tobytes() == whole.tobytes()


@pytest.mark.parametrize("k", [None, 3])
def test_worlds_side_by_side_have_the_same_draws_each_time(k: int | None) -> None:
    once, thrice = Streams(7, 60, 70), Streams(7, 60, 70, times=3)
    found, part = thrice.at("demand", "a", 2).uniform(k), once.at("demand", "a", 2).uniform(k)
    assert (once.worlds, thrice.worlds, len(found)) == (10, 30, 30)
    assert [found[first : first + 10].tobytes() for first in (0, 10, 20)] == [part.tobytes()] * 3


def test_other_draws_move_nothing() -> None:
    alone = Streams(7, 0, 10).at("demand", "b", 2).normal()
    streams = Streams(7, 0, 10)
    for entity in ("a", "c", "b", "z"):
        streams.at("taste", entity, 2).gumbel(4)
        assert streams.at("demand", "b", 2).normal().tobytes() == alone.tobytes()
        streams.at("demand", entity, 2).uniform(9)
    assert streams.at("demand", "b", 2).normal().tobytes() == alone.tobytes()


def test_another_name_quarter_or_seed_gives_other_numbers() -> None:
    base = Streams(7, 0, 100).at("demand", "a", 2).uniform()
    others = [
        Streams(7, 0, 100).at("demand", "b", 2),
        Streams(7, 0, 100).at("taste", "a", 2),
        Streams(7, 0, 100).at("demand", "a", 3),
        Streams(8, 0, 100).at("demand", "a", 2),
    ]
    for other in others:
        assert abs(np.corrcoef(base, other.uniform())[0, 1]) < 0.4
        assert not np.intersect1d(base, other.uniform()).size


def test_shapes() -> None:
    one = Streams(1, 3, 8)
    assert one.worlds == 5
    assert one.at("x", "y", 0).uniform().shape == (5,)
    assert one.at("x", "y", 0).gumbel(4).shape == (5, 4)


def test_distributions_have_their_moments() -> None:
    # 20 000 draws: the mean of a standard normal has a standard error of 0.007, of a Gumbel 0.009.
    many = Streams(5, 0, 20000).at("x", "y", 0)
    uniform, normal, gumbel = many.uniform(), many.normal(), many.gumbel()
    assert (uniform > 0.0).all() and (uniform < 1.0).all()
    assert uniform.mean() == pytest.approx(0.5, abs=0.01)
    assert normal.mean() == pytest.approx(0.0, abs=0.03) and normal.std() == pytest.approx(1.0, abs=0.03)
    assert gumbel.mean() == pytest.approx(np.euler_gamma, abs=0.04)
    assert gumbel.std() == pytest.approx(np.pi / np.sqrt(6.0), abs=0.04)


def test_blocks_do_not_repeat_each_other() -> None:
    many = Streams(5, 0, 4 * BLOCK).at("x", "y", 0).uniform()
    assert len(np.unique(many)) == 4 * BLOCK
