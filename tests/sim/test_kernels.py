"""Two roads, the same numbers: every compiled function beside the numpy functions that it stands for, and how a road is
chosen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
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
from sim.errors import InputError
from sim.kernels import compiling, newton, odds
from sim.market import contracts, lock_in, moves
from sim.market.lock_in import Origins, Porting, SwitchingCosts
from sim.metrics import METRICS
from tests.game.play import BASE, play, world_bytes
from tests.markets import random_market

ROADS = ("numpy", "numba")
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


def test_games_agree_across_roads_and_worlds_are_alone_on_each() -> None:
    games = both(lambda: (play(BASE, 3, 5), play(BASE, 1, 5, first_world=1)))
    for three, one in games:
        assert world_bytes(three, 1) == world_bytes(one, 1)
    reference, compiled = (game[0] for game in games)
    for metric in METRICS:
        then, now = reference.metric(metric.name), compiled.metric(metric.name)
        rounding = any(word in metric.name for word in ("imbalance", "residual"))
        close(then, now, 1.0 if rounding else 1e-3 * np.abs(then).max())


# --- which road -------------------------------------------------------------------------------------------------------


@pytest.fixture
def nobody_asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """As in a process in which no road has been taken yet."""
    monkeypatch.setattr(kernels, "_taken", [])
    monkeypatch.delenv(kernels.VARIABLE, raising=False)
    yield monkeypatch


def test_numba_is_taken_where_it_is_installed(nobody_asked: pytest.MonkeyPatch) -> None:
    import numba

    assert kernels.road() == f"numba {numba.__version__}"
    assert kernels.find("clearing") is not None


def test_the_environment_may_ask_for_numpy(nobody_asked: pytest.MonkeyPatch) -> None:
    nobody_asked.setenv(kernels.VARIABLE, "numpy")
    assert kernels.road() == "numpy"
    assert kernels.find("clearing") is None


def test_a_road_that_does_not_exist_is_refused(nobody_asked: pytest.MonkeyPatch) -> None:
    nobody_asked.setenv(kernels.VARIABLE, "numbra")
    with pytest.raises(InputError) as refused:
        kernels.asked()
    assert str(refused.value) == "FULLY_BOOKED_KERNELS = 'numbra' is no road to the numbers. Closest: 'numba'."


def test_without_numba_numpy_is_taken_and_numba_refused(nobody_asked: pytest.MonkeyPatch) -> None:
    nobody_asked.setattr(kernels.importlib.util, "find_spec", lambda name: None)
    assert kernels.road() == "numpy"
    nobody_asked.setenv(kernels.VARIABLE, "numba")
    with pytest.raises(InputError) as refused:
        kernels.asked()
    assert "needs the package numba, which is not installed" in str(refused.value)


def test_a_compiler_that_fails_stops_no_game_and_is_named_when_it_was_asked_for(
    nobody_asked: pytest.MonkeyPatch,
) -> None:
    def fails() -> dict[str, Any]:
        raise ImportError("Numba needs NumPy 2.5 or less.\nGot NumPy 3.0.")

    nobody_asked.setattr(kernels, "_compiled", fails)
    assert kernels.road() == "numpy"
    with pytest.raises(InputError) as refused, kernels.on("numba"):
        pass
    assert str(refused.value) == (
        "FULLY_BOOKED_KERNELS = 'numba' cannot be used here: Numba needs NumPy 2.5 or less.; take 'numpy'."
    )


# --- processes of their own -------------------------------------------------------------------------------------------


def environment(**more: str) -> dict[str, str]:
    """What a fresh process sees: nothing said yet, no road asked for."""
    left_out = (compiling.SAID, kernels.VARIABLE)
    return {name: value for name, value in os.environ.items() if name not in left_out} | more


def run(code: str, folder: Path | None = None, **more: str) -> tuple[str, str]:
    """Output and error stream of a Python process that ends well."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment(**more), capture_output=True, text=True, check=True
    )
    return done.stdout, done.stderr


def test_importing_the_model_does_not_load_numba() -> None:
    said, _ = run("import sys, sim.game, agents.roster; print('numba' in sys.modules)")
    assert said == "False\n"


BOOK = """
from sim.kernels import compiling
with compiling.announcing():
    from sim.kernels import book
import numpy as np
live, bill, owed = book.ahead(np.full((1, 1, 1, 3), 2.0), np.full((1, 1, 1, 3), 5.0))
print(live.item(), bill.item(), owed.item())
"""
ANSWER = "4.0 10.0 15.0\n"  # two cohorts are left: 2 + 2, 5 + 5, and 5 x 1 + 5 x 2 owed


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what compiling needs, as a fresh installation has it."""
    here = Path(kernels.__file__).parents[1]
    target = tmp_path / "installed"
    shutil.copytree(here / "kernels", target / "sim" / "kernels", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "arrays.py", "errors.py"):
        shutil.copy(here / name, target / "sim" / name)
    return target


def test_where_no_folder_takes_it_code_is_compiled_in_memory(copy: Path) -> None:
    (copy / "sim" / "kernels" / "__pycache__").touch()  # a file where the folder would be: so it is for every user
    nowhere = {"NUMBA_CACHE_DIR": "/dev/null/a", "XDG_CACHE_HOME": "/dev/null/b", "HOME": "/dev/null"}
    assert run(BOOK, copy, **nowhere) == (ANSWER, compiling.SENTENCE)
    assert not list(copy.rglob("*.nb?"))


@pytest.mark.slow
def test_a_cache_folder_that_cannot_be_written_to_is_passed_over(copy: Path) -> None:
    for sentence in (compiling.SENTENCE, ""):
        assert run(BOOK, copy, NUMBA_CACHE_DIR="/dev/null/a") == (ANSWER, sentence)
    assert list((copy / "sim" / "kernels" / "__pycache__").glob("book.ahead*.nbi"))


@pytest.mark.slow
def test_two_processes_may_compile_at_once_and_a_third_loads(copy: Path, tmp_path: Path) -> None:
    folder = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    pair = [
        subprocess.Popen(
            [sys.executable, "-c", BOOK], cwd=copy, env=environment(**folder), text=True, stdout=-1, stderr=-1
        )
        for _ in range(2)
    ]
    for process in pair:
        said, error = process.communicate()
        assert (process.returncode, said, error) == (0, ANSWER, compiling.SENTENCE)
    assert run(BOOK, copy, **folder) == (ANSWER, "")


@pytest.mark.slow
def test_what_was_compiled_is_thrown_away_when_any_file_of_the_package_changes(copy: Path) -> None:
    assert run(BOOK, copy) == (ANSWER, compiling.SENTENCE)
    assert run(BOOK, copy) == (ANSWER, "")
    with (copy / "sim" / "kernels" / "odds.py").open("a") as file:
        file.write("# another line\n")
    assert run(BOOK, copy) == (ANSWER, compiling.SENTENCE)


@pytest.mark.slow
def test_what_lies_in_the_cache_and_cannot_be_read_is_compiled_again(copy: Path) -> None:
    assert run(BOOK, copy) == (ANSWER, compiling.SENTENCE)
    for kept in (copy / "sim" / "kernels" / "__pycache__").glob("*.nb?"):
        kept.write_bytes(b"torn")
    assert run(BOOK, copy) == (ANSWER, compiling.SENTENCE)
