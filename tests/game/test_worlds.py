"""Worlds are alone: the same bits whatever the batch, however it is cut, and whatever happens to a neighbour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from sim.game import Game
from sim.records import Records, digest
from sim.streams import Streams
from tests.game.play import BASE, changed, differing, game_of, play, shock, world_bytes

SEED = 11
NAN = np.nan


@cache
def alone(world: int, quarters: int) -> tuple[list[tuple[str, bytes]], str]:
    """One world played by itself: its numbers and its digest."""
    records = play(BASE, 1, quarters, seed=SEED, first_world=world)
    return world_bytes(records, world), records.digest()


def batch_digest(records: Records, world: int) -> str:
    frame = records.quarters()
    return digest(frame[frame["world"] == world])


@pytest.mark.parametrize(
    ("worlds", "quarters", "looked_at"),
    [
        (4, 4, (0, 3)),
        pytest.param(1, 4, (0,), marks=pytest.mark.whole),
        pytest.param(7, 4, (0, 3, 6), marks=pytest.mark.whole),
        pytest.param(7, 12, (0, 3, 6), marks=pytest.mark.whole),
        pytest.param(64, 3, (0, 17, 63), marks=pytest.mark.whole),
        pytest.param(200, 2, (0, 63, 64, 150, 199), marks=pytest.mark.whole),
    ],
)
def test_one_world_is_that_world_in_the_batch(worlds: int, quarters: int, looked_at: tuple[int, ...]) -> None:
    batch = play(BASE, worlds, quarters, seed=SEED)
    for world in looked_at:
        numbers, hashed = alone(world, quarters)
        assert differing(world_bytes(batch, world), numbers) == []
        assert batch_digest(batch, world) == hashed


@pytest.mark.parametrize(
    "cuts",
    [
        (61, 63, 65, 67),  # across the end of a block of draws
        *(
            pytest.param(cuts, marks=pytest.mark.whole)
            for cuts in [(0, 63, 65, 70), (0, 40, 70), (0, 40, 41, 64, 70), (0, 1, 70)]
        ),
    ],
)
def test_a_batch_may_be_cut_anywhere(cuts: tuple[int, ...]) -> None:
    whole = _whole(cuts[0], cuts[-1])
    for first, last in pairwise(cuts):
        part = play(BASE, last - first, 2, seed=SEED, first_world=first)
        for world in {first, (first + last) // 2, last - 1}:
            assert differing(world_bytes(part, world), world_bytes(whole, world)) == []


@cache
def _whole(first: int, last: int) -> Records:
    return play(BASE, last - first, 2, seed=SEED, first_world=first)


@pytest.mark.whole
def test_one_world_is_that_world_in_the_batch_when_nothing_is_drawn() -> None:
    batch = play(BASE, 5, 3, seed=SEED, draw=False)
    single = play(BASE, 1, 3, seed=SEED, draw=False, first_world=4)
    assert differing(world_bytes(batch, 4), world_bytes(single, 4)) == []


@pytest.mark.whole
def test_one_world_is_that_world_in_a_stressed_batch() -> None:
    stressed = changed(shock("power_level", 0.5, "2026Q2"), shock("supply_diversion_nvidia", 0.4, "2026Q3"))
    batch = play(stressed, 6, 5, seed=SEED)
    single = play(stressed, 1, 5, seed=SEED, first_world=3)
    assert differing(world_bytes(batch, 3), world_bytes(single, 3)) == []


# --- a broken neighbour ----------------------------------------------------------------------


def _poisoned(array: np.ndarray) -> np.ndarray:
    sick = np.array(array, dtype=float)
    sick[0] = NAN
    return sick


def _state(game: Game, **parts: Any) -> None:
    """Other parts of a state, between quarters."""
    game.state = replace(game.state, **parts)


def _site(game: Game, number: int, **parts: Any) -> None:
    sites = list(game.state.sites)
    sites[number] = replace(sites[number], **parts)
    _state(game, sites=tuple(sites))


def _market_price(game: Game) -> None:
    _site(game, 0, market_price=_poisoned(game.state.sites[0].market_price))


def _book(game: Game) -> None:
    book = game.state.sites[0].book
    sick = replace(book, capacity_h100e=_poisoned(book.capacity_h100e), hourly_usd=_poisoned(book.hourly_usd))
    _site(game, 0, book=sick)


def _shadow_price(game: Game) -> None:
    _site(game, 0, shadow_price=_poisoned(game.state.sites[0].shadow_price))


def _edge(game: Game) -> None:
    _site(game, 1, felt_price=_poisoned(game.state.sites[1].felt_price))


def _supply(game: Game) -> None:
    state = game.state.supply
    _state(
        game,
        supply=replace(
            state,
            backlog=_poisoned(state.backlog),
            price=_poisoned(state.price),
            queue=_poisoned(state.queue),
            fleet=replace(state.fleet, h100e=_poisoned(state.fleet.h100e)),
        ),
    )


def _balance(game: Game) -> None:
    books = game.state.balance.equipment
    sick = replace(books, capex_by_age=_poisoned(books.capex_by_age))
    _state(game, balance=replace(game.state.balance, equipment=sick))


def _ecosystem(game: Game) -> None:
    _state(game, learning=replace(game.state.learning, ecosystem=_poisoned(game.state.learning.ecosystem)))


def _parameters(game: Game) -> None:
    """Every parameter of world 0, those that are positions on an axis apart: NaN has no place there."""
    sizes = {"foundry_lead_quarters", "contract_term_quarters", "managed_term_quarters", "term_limit_quarters"}
    scalars = game.given.path._scalars
    for name in scalars:
        if name not in sizes and not name.startswith("term_limit_quarters"):
            scalars[name] = _poisoned(scalars[name])
    game.given.path._plain = game.given.path.catalogue.assemble(scalars)


POISONS: list[Callable[[Game], None]] = [
    _market_price, _book, _shadow_price, _edge, _supply, _balance, _ecosystem, _parameters,
]  # fmt: skip
OFTEN = (_market_price, _supply, _balance, _parameters)
"""One of each kind of state, and what worlds draw: tried after every change."""


@cache
def _healthy() -> Records:
    return play(BASE, 4, 4, seed=SEED)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    "poison",
    [pytest.param(one, id=one.__name__.strip("_"), marks=() if one in OFTEN else pytest.mark.whole) for one in POISONS],
)
def test_a_broken_world_leaves_the_others_bits_alone(poison: Callable[[Game], None]) -> None:
    with game_of(BASE, 4, 4, seed=SEED) as game:
        game.step()
        poison(game)
        sick = game.run()
    for world in (1, 2, 3):
        assert differing(world_bytes(sick, world), world_bytes(_healthy(), world)) == []
    assert differing(world_bytes(sick, 0), world_bytes(_healthy(), 0)) != []


# --- time and seeds --------------------------------------------------------------------------


def test_a_longer_game_begins_with_the_shorter_one() -> None:
    short, long = _healthy(), play(BASE, 4, 8, seed=SEED)
    for world in range(4):
        assert differing(world_bytes(long, world, 4), world_bytes(short, world)) == []


@pytest.mark.whole
def test_the_same_seed_gives_the_same_bits() -> None:
    one, other = (play(BASE, 3, 3, seed=SEED) for _ in range(2))
    assert one.digest() == other.digest()
    assert all(differing(world_bytes(one, world), world_bytes(other, world)) == [] for world in range(3))


def test_another_seed_gives_another_history() -> None:
    one, other = _healthy(), play(BASE, 4, 4, seed=SEED + 1)
    assert one.digest() != other.digest()
    assert np.all(one.metric("used_h100e") != other.metric("used_h100e"))


def test_worlds_differ_from_each_other() -> None:
    used = _healthy().metric("used_h100e")
    assert len(np.unique(used[:, -1])) == 4


@cache
def _without_shock() -> Records:
    return play(BASE, 2, 6, seed=SEED)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("demand_level", 0.6),
        ("egress_factor_eu", 0.0),
        ("contract_release_share_anthropic", 0.5),
        *(
            pytest.param(*one, marks=pytest.mark.whole)
            for one in (("foundry_capacity_factor", 0.5), ("accelerator_tariff", 0.3), ("edge_potential_share", 1.0))
        ),
    ],
)
def test_a_later_shock_changes_nothing_before_it(parameter: str, value: float) -> None:
    base, shocked = _without_shock(), play(changed(shock(parameter, value, "2026Q4")), 2, 6, seed=SEED)
    for world in range(2):
        numbers = [
            [(name, content) for name, content in world_bytes(records, world, 3) if name != "cell"]
            for records in (base, shocked)
        ]
        assert differing(*numbers) == []
        assert base.metric("used_h100e")[world, -1] != shocked.metric("used_h100e")[world, -1]


def test_a_firm_more_would_not_move_the_noise_of_the_others() -> None:
    """Draws are named: the shock of one buyer is the same whoever else is drawn, in whatever order."""
    alone, together = Streams(SEED, 0, 3), Streams(SEED, 0, 3)
    together.at("demand", "a-new-lab", 0).normal(5)
    one, other = (streams.at("demand", "anthropic", 0).normal(5) for streams in (alone, together))
    assert np.array_equal(one, other)
