"""Two roads, the same numbers: every compiled function beside the numpy functions that it stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim import kernels
from sim.arrays import Array
from sim.equilibrium import choice, clearing, exchange
from sim.equilibrium.demand import Demand
from sim.kernels import newton, odds
from sim.market import contracts, lock_in, moves
from sim.market.lock_in import Origins, Porting, SwitchingCosts
from sim.metrics import METRICS
from tests.game.play import BASE, play, world_bytes
from tests.markets import random_market

RELATIVE = 1e-9
seeds = st.integers(0, 2**31 - 1)
several = settings(max_examples=40, deadline=None)


def both(function: Callable[[], Any]) -> tuple[Any, Any]:
    """What a function gives on each road."""
    with kernels.on("numpy"):
        reference = function()
    with kernels.on("numba"):
        return reference, function()


def close(one: Array, other: Array, floor: float = 0.0) -> None:
    """Equal to 1e-9 relative (absolute below the floor), with infinities and NaN in the same places."""
    assert one.shape == other.shape
    np.testing.assert_allclose(other, one, rtol=RELATIVE, atol=RELATIVE * floor)


# --- clearing ---------------------------------------------------------------------------------------------------------


def squeezed(seed: int) -> tuple[Demand, Array, Array]:
    """A random market with capacities from ample to nothing, worlds that are broken, and shadow prices to start
    from."""
    rng = np.random.default_rng(seed)
    market, capacity = random_market(seed)
    capacity = capacity * 10.0 ** rng.uniform(rng.choice([-9.0, -3.0, 0.0]), 1.0, capacity.shape)
    capacity[rng.random(capacity.shape) < 0.1] = 0.0
    start = rng.uniform(0.0, 2.0, capacity.shape) * rng.integers(0, 2)
    if rng.random() < 0.3:
        (capacity if rng.random() < 0.5 else market.mass)[0] = np.nan
    return market, capacity, start


@several
@given(seeds)
@example(19)  # a step runs too far and is taken back
@example(1071)  # Newton's step does not lead down, and every pool moves on its own
@example(1151)
def test_both_roads_clear_a_market_alike(seed: int) -> None:
    market, capacity, start = squeezed(seed)
    one, other = both(lambda: clearing.clear(market, capacity, start))
    assert (one.converged == other.converged).all()
    assert (one.evaluations == other.evaluations).all()
    whole = np.nansum(market.mass)
    for name, floor in (
        ("by_buyer", whole),
        ("outside", whole),
        ("pool_quantity", whole),
        ("logsum", 1.0),
        ("shares", 1.0),
    ):
        close(getattr(one, name), getattr(other, name), floor)
    close(one.shadow_price, other.shadow_price, 1.0)


@several
@given(seeds, st.integers(1, 5))
def test_a_market_that_is_given_up_is_marked_alike_and_left_at_the_same_place(seed: int, most: int) -> None:
    market, capacity, start = squeezed(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clearing, "MOST_EVALUATIONS", most)
        one, other = both(lambda: clearing.clear(market, capacity, start))
    assert (one.converged == other.converged).all()
    assert (one.evaluations == other.evaluations).all()
    assert one.evaluations.max() <= most
    close(one.residual, other.residual, 1.0)
    close(one.shadow_price, other.shadow_price, 1.0)
    close(one.shares, other.shares, 1.0)


def test_some_of_the_markets_given_up_did_not_converge() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clearing, "MOST_EVALUATIONS", 2)
        market, capacity = random_market(5, worlds=4)
        for result in both(lambda: clearing.clear(market, capacity * 0.1)):
            assert not result.converged.any()
            assert (result.evaluations == 2).all()


@several
@given(seeds)
def test_both_roads_see_the_same_demand_at_given_prices(seed: int) -> None:
    market, capacity, price = squeezed(seed)
    tilt = np.random.default_rng(seed).uniform(0.5, 2.0, market.x.shape[:3])
    for ask in (clearing.quantity_at, clearing.shares_at, clearing.logsum_at):
        close(*both(lambda ask=ask: ask(market, price)), floor=1e-6)
    close(*both(lambda: clearing.quantity_at(market, price, tilt)))
    close(*both(lambda: clearing.dual_value(market, capacity, price)))


@several
@given(seeds, st.floats(-2.0, 2.0))
def test_both_roads_choose_alike(seed: int, outside: float) -> None:
    market, _ = random_market(seed)
    utility = np.random.default_rng(seed).normal(0.0, 3.0, market.x.shape)
    utility[market.x == 0.0] = -np.inf
    one, other = both(lambda: choice.choose(utility, market.nests, market.scale, outside))
    for field in fields(one):
        close(getattr(one, field.name), getattr(other, field.name), 1e-6)


def test_constants_that_are_compiled_in_are_those_of_the_reference() -> None:
    assert odds.LEAST == choice.SMALLEST_WEIGHT
    assert newton.NUDGE == clearing.NUDGE


# --- the other functions: random inputs, a batch and its worlds alone -------------------------------------------------


@dataclass(frozen=True)
class Setting:
    """Random numbers of one site: offers of two families and a managed one, with holes and ties."""

    seed: int
    worlds: int = 4
    buyers: int = 3

    family = np.array([0, 1, 0, -1, 1], np.int64)
    owner = np.array([0, 1, 2, 0, 0], np.int64)

    def draw(self, name: str, *shape: int, low: float = 0.0, high: float = 1.0) -> Array:
        """Uniform numbers, the same for a name whatever the number of worlds, a tenth of them at the lower end."""
        rng = np.random.default_rng([self.seed, *name.encode()])
        drawn = rng.uniform(low, high, (4, *shape))
        return np.where(rng.random(drawn.shape) < 0.1, low, drawn)[: self.worlds]

    @property
    def origins(self) -> Origins:
        """Where demand comes from: the offers, greenfield, tied."""
        return Origins.of(self.family, self.owner, 2)

    @property
    def costs(self) -> SwitchingCosts:
        """Costs of moving between two stacks and three clouds."""
        years, fees = self.draw("years", self.buyers, 4, 3), self.draw("fees", self.buyers, 3)
        stack, cloud = self.draw("stack", self.buyers, 4, 3), self.draw("cloud", self.buyers, 3, 3)
        return SwitchingCosts(stack, years, cloud, fees, self.draw("price", self.buyers, 3))


def weights(one: Setting) -> tuple[Array, ...]:
    exponent = one.draw("exponent", 5, one.buyers, low=-2.0, high=2.0) + one.draw("far", 1, 1, high=1500.0)
    exponent = np.where(one.draw("sold", 5, 1) < 0.3, -np.inf, exponent)
    scale = choice.Nests.of(np.array([0, 1, 0, 2, 1])).scale(one.draw("lambda", low=0.3))
    partner = np.random.default_rng(one.seed).random((5, one.buyers)) < 0.5
    return (lock_in.weights(exponent, one.costs, one.origins, one.family, one.owner, scale, partner),)


def flows(one: Setting) -> tuple[Array, ...]:
    asked = SimpleNamespace(mass=one.draw("mass", one.buyers, 7))
    seekers = SimpleNamespace(returning=one.draw("returning", one.buyers, 7))
    cleared = SimpleNamespace(shares=one.draw("shares", 5, one.buyers, 7), by_buyer=one.draw("signed", 5, one.buyers))
    paid = one.draw("paid", 5, one.buyers)
    chosen = SimpleNamespace(asked=asked, seekers=seekers, cleared=cleared, costs=one.costs, paid=paid)
    site = SimpleNamespace(offer_family=one.family, offer_owner=one.owner, offers=range(5), buyers=range(one.buyers))
    return moves.flows(site, one.origins, chosen)  # type: ignore[arg-type]


def leanings(one: Setting) -> tuple[Array, ...]:
    x = one.draw("x", 5, one.buyers, 7) * (one.draw("any", 1, one.buyers, 7) > 0.2)
    nests = choice.Nests.of(np.arange(5))
    asked = Demand(x, x[:, 0], x[:, :1], np.ones((one.worlds, 5)), x[:, 0, :, 0], nests, ((0, slice(0, one.buyers)),))
    return (exchange.leaning(asked, one.draw("waiting", one.buyers, 7), one.family, 2),)


def stack_costs(one: Setting) -> tuple[Array, ...]:
    by_world = {name: one.draw(name) for name in ("base_years", "portability", "learning", "habit")}
    by_family = {name: one.draw(name, 2) for name in ("leaving", "entering", "foreign")}
    by_buyer = {name: one.draw(name, one.buyers) for name in ("factor", "intangible")}
    ports, same = one.draw("ports", one.buyers, 2, high=5.0), np.array([[True, False], [False, True]])
    porting = Porting(**by_world, **by_family, **by_buyer, ports=ports, same_stack=same, cuda_family=1)
    return lock_in.stack_costs(porting, one.draw("alpha", one.buyers), one.draw("spread"))


def book(one: Setting) -> tuple[Array, ...]:
    """Two quarters of a book: what lies ahead, a roll with and without hand-backs, and what is signed."""
    shape = (5, one.buyers)
    now = contracts.Book(one.draw("capacity", *shape, 6), one.draw("usd", *shape, 6))
    found: list[Array] = []
    for quarter in range(2):
        ahead = now.ahead()
        now, expired = now.roll(one.draw(f"released {quarter}", *shape) if quarter else None)
        term = one.draw(f"term {quarter}", *shape[quarter:], high=9.0)
        found += [ahead.live, ahead.hourly_bill_usd, ahead.owed_usd_per_hour_quarters, expired, now.live()]
        now = now.sign(one.draw(f"new {quarter}", *shape), one.draw(f"price {quarter}", *shape), term)
        found += [now.live(), now.hourly_bill_usd(), now.by_term(), now.capacity_h100e, now.hourly_usd]
    return tuple(found)


def call(one: Setting) -> tuple[Array, ...]:
    """Prices in steps of a tenth, so that many orders share a limit."""
    bids, asks = np.round(one.draw("bid", 9), 1), np.round(one.draw("ask", 8), 1)
    done = exchange.call(one.draw("bid quantity", 9), bids, one.draw("ask quantity", 8), asks)
    return tuple(getattr(done, field.name) for field in fields(done))


FUNCTIONS = (weights, flows, leanings, stack_costs, book, call)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: one.__name__)
@several
@given(seed=seeds)
def test_both_roads_agree(function: Callable[[Setting], tuple[Array, ...]], seed: int) -> None:
    for one, other in zip(*both(lambda: function(Setting(seed))), strict=True):
        close(one, other, 1e-6)


@pytest.mark.usefixtures("road")
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: one.__name__)
def test_a_world_has_the_same_bits_alone_and_beside_others(function: Callable[[Setting], tuple[Array, ...]]) -> None:
    for seed in range(5):
        for alone, batch in zip(function(Setting(seed, worlds=1)), function(Setting(seed)), strict=True):
            assert alone[0].tobytes() == batch[0].tobytes()


def test_sums_that_a_book_knows_are_those_of_its_cohorts_bit_for_bit(road: str) -> None:
    one = Setting(3)
    begun = contracts.Book(one.draw("capacity", 5, 3, 6), one.draw("usd", 5, 3, 6))
    rolled, _ = begun.roll(one.draw("released", 5, 3))
    for known in (rolled, rolled.sign(one.draw("new", 5, 3), one.draw("price", 5, 3), one.draw("term", 3, high=6.0))):
        anew = contracts.Book(known.capacity_h100e, known.hourly_usd)
        assert anew.live().tobytes() == known.live().tobytes()
        assert anew.hourly_bill_usd().tobytes() == known.hourly_bill_usd().tobytes()
        assert anew.by_term().tobytes() == known.by_term().tobytes()


def test_what_a_book_gives_out_cannot_be_written_to(road: str) -> None:
    nothing = contracts.Book(np.zeros((1, 1, 1, 3)), np.zeros((1, 1, 1, 3)))
    signed = nothing.sign(np.ones((1, 1, 1)), np.ones((1, 1, 1)), np.full((1, 1), 2.0))
    for sums in (signed.live(), signed.hourly_bill_usd(), signed.by_term()):
        with pytest.raises(ValueError, match="read-only"):
            sums[0] = 5.0


# --- whole games ------------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_games_agree_across_roads_and_worlds_are_alone_on_each() -> None:
    games = both(lambda: (play(BASE, 3, 5), play(BASE, 1, 5, first_world=1)))
    for three, one in games:
        assert world_bytes(three, 1) == world_bytes(one, 1)
    reference, compiled = (game[0] for game in games)
    for metric in METRICS:
        then, now = reference.metric(metric.name), compiled.metric(metric.name)
        rounding = any(word in metric.name for word in ("imbalance", "residual"))
        close(then, now, 1.0 if rounding else 1e-3 * np.abs(then).max())
