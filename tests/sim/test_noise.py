"""Noise over the seam: paths go on, levels are counted from the opening, and neither side moves a number of the
other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim import noise
from sim.kept import Kept
from sim.noise import LONGEST_GAME, Noise, SiteNoise, Span, autoregressive, draw_noise
from sim.streams import Branch, Streams
from tests.small import small_parameters, small_roster

ROSTER = small_roster()
STREAMS = Streams(3, 0, 2)
BEFORE, QUARTERS = 3, 5
NOISY: dict[str, Any] = {
    "macro_demand_sd": 0.1,
    "segment_demand_sd": 0.2,
    "lab_demand_sd": 0.3,
    "demand_persistence": 0.5,
    "foundry_noise_sd": 0.05,
    "taste_sd": 0.4,
    "taste_persistence": 0.6,
    "lab_lumpiness": 0.7,
}


def drawn(quarters: int = QUARTERS, before: int = BEFORE, streams: Streams = STREAMS) -> Noise:
    return draw_noise(ROSTER, small_parameters(**NOISY), streams, quarters, before)


def test_levels_are_counted_from_the_opening_and_tastes_are_as_they_are() -> None:
    """A game that opens in quarter 2: what demand and foundry had gained till then is where they start from."""
    demand = np.array([0.0, 0.1, 0.4, 0.3])[:, None, None] + np.zeros((4, 2, 1))
    foundry = np.array([0.0, -0.2, 0.1, 0.6])[:, None] + np.zeros((4, 2))
    taste, exchange = (np.arange(4.0).reshape(4, *[1] * axes) for axes in (3, 3))
    since = Noise((SiteNoise(demand, taste),), foundry, exchange).since(2)
    assert since.sites[0].log_demand[:, 0, 0] == pytest.approx([0.0, -0.1])
    assert since.log_foundry[:, 1] == pytest.approx([0.0, 0.5])
    assert since.sites[0].taste.ravel().tolist() == since.exchange.ravel().tolist() == [2.0, 3.0]


def test_a_game_without_a_prelude_keeps_its_noise() -> None:
    plain = drawn(before=0)
    for one, other in zip(plain.sites, plain.since(0).sites, strict=True):
        assert np.array_equal(one.log_demand, other.log_demand) and np.array_equal(one.taste, other.taste)
    assert np.array_equal(plain.log_foundry, plain.since(0).log_foundry)


def test_draws_before_and_after_the_opening_are_named_apart() -> None:
    """Key 1 is the quarters before, key 0 the game; each is the head of a path of fixed length."""
    path = Span(STREAMS, BEFORE, QUARTERS).path("demand", "firms")
    before, after = (STREAMS.at("demand", "firms", key).normal(LONGEST_GAME) for key in (1, 0))
    assert np.array_equal(path, np.concatenate([before[:, :BEFORE], after[:, :QUARTERS]], axis=1))
    gumbel = Span(STREAMS, 0, QUARTERS).gumbel("lumpiness", "free/desk")
    assert np.array_equal(gumbel, STREAMS.at("lumpiness", "free/desk", 0).gumbel(LONGEST_GAME)[:, :QUARTERS])


def test_neither_part_moves_a_number_of_the_other() -> None:
    """A longer game has the same past; a longer past leaves the game's own innovations alone."""
    one, longer = drawn(QUARTERS), drawn(QUARTERS + 4)
    assert np.array_equal(one.log_foundry, longer.log_foundry[: BEFORE + QUARTERS + 1])
    assert np.array_equal(one.sites[0].taste, longer.sites[0].taste[: BEFORE + QUARTERS + 1])
    for before in (0, 1, BEFORE):
        game = drawn(before=before).since(before)
        assert np.array_equal(game.exchange[1:], drawn(before=0).exchange[1:])
        assert game.log_foundry == pytest.approx(drawn(before=0).log_foundry)


def test_the_past_of_a_prelude_is_the_past_of_the_game() -> None:
    """What is played before (no quarter of its own) is the head of what the game draws."""
    alone, whole = drawn(quarters=0), drawn()
    for one, other in zip(alone.sites, whole.sites, strict=True):
        assert np.array_equal(one.log_demand, other.log_demand[: BEFORE + 1])
        assert np.array_equal(one.taste, other.taste[: BEFORE + 1])
    assert np.array_equal(alone.exchange, whole.exchange[: BEFORE + 1])


def test_a_path_goes_on_over_the_opening() -> None:
    """Persistence links the last quarter before with the first of the game: level = 0.5 x level before + 0.2 z."""
    level = drawn().sites[1].log_demand[:, :, 0]
    first = STREAMS.at("demand", ROSTER.sites[1].buyers[0], 0).normal(LONGEST_GAME)[:, 0]
    assert level[BEFORE].all()
    assert level[BEFORE + 1] == pytest.approx(0.5 * level[BEFORE] + 0.2 * first)


def test_worlds_of_one_past_share_all_of_it_wherever_they_part() -> None:
    """They part after the game's second quarter; before the opening there is but one world, the fourth."""
    parted = Streams(3, 0, 2, Branch(3, 2))
    path = Span(parted, BEFORE, QUARTERS).path("demand", "firms")
    fourth = Span(Streams(3, 3, 4), BEFORE, QUARTERS).path("demand", "firms")[0]
    assert np.array_equal(path[:, : BEFORE + 2], np.stack([fourth[: BEFORE + 2]] * 2))
    assert np.all(path[:, BEFORE + 2 :] != fourth[BEFORE + 2 :])


def test_a_log_path_by_hand() -> None:
    """0.5 x 0 + 2 x 1, then 0.5 x 2 + 2 x -1, then 0.5 x -1 + 2 x 0."""
    path = autoregressive(np.array([[1.0, -1.0, 0.0]]), np.array([0.5]), np.array([2.0]))
    assert path.tolist() == [[2.0, -1.0, -0.5]]


def test_noise_is_drawn_once_for_all_games_that_have_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """What else a game changes does not matter; a scale, a world or a quarter more is other noise. Nobody can write
    into what is kept."""
    monkeypatch.setattr(noise, "KEPT", Kept(512))
    first = drawn()
    assert draw_noise(ROSTER, small_parameters(**NOISY, demand_level=2.0), STREAMS, QUARTERS, BEFORE) is first
    others = [drawn(QUARTERS + 1), drawn(before=0), drawn(streams=Streams(4, 0, 2)), drawn(streams=Streams(3, 1, 3))]
    louder = draw_noise(ROSTER, small_parameters(**{**NOISY, "taste_sd": 0.5}), STREAMS, QUARTERS, BEFORE)
    assert all(one is not first for one in (*others, louder)) and len(noise.KEPT) == 6
    assert not np.array_equal(louder.sites[0].taste, first.sites[0].taste)
    assert np.array_equal(louder.sites[0].log_demand, first.sites[0].log_demand)
    arrays = (first.log_foundry, first.exchange, first.sites[0].taste, first.sites[0].log_demand)
    assert not any(one.flags.writeable for one in arrays)


def test_noise_that_is_forgotten_is_drawn_again_bit_for_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "KEPT", Kept(2))
    first = drawn()
    drawn(streams=Streams(4, 0, 2))
    again = drawn()
    assert again is not first and len(noise.KEPT) == 1
    assert again.sites[0].taste.tobytes() == first.sites[0].taste.tobytes()
