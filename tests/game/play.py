"""Short games for tests: play one, watch its quarters from outside, compare its worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from agents.roster import cast
from sim.accounts.settlement import Balance
from sim.contract import Seat
from sim.game import Game
from sim.market.site import SiteMarket
from sim.market.state import Conditions, SiteOutcome, SiteState
from sim.parameters import Parameters
from sim.records import Records
from sim.scenario import Scenario, load
from sim.shocks import Shock
from sim.supply.industry import IndustryState, Made

LIBRARY = Path(__file__).resolve().parents[2] / "experiments" / "scenarios"
BASE = load("baseline", LIBRARY)
WITHOUT_PAST = replace(BASE, prelude=None)
"""The baseline as the tables alone open it."""
FROM_THE_START = ("2026Q1", "2045Q4")
CHECKS = ("money_imbalance", "chip_imbalance", "demand_imbalance", "clearing_residual", "nonconverged")


def shock(parameter: str, value: float, first: str = "2026Q1", announced: str | None = None) -> Shock:
    """A parameter set to a value from a quarter on."""
    return Shock(parameter=parameter, quarters=(first, "2045Q4"), set=value, announced=announced, source="test")


def changed(*shocks: Shock, base: Scenario = BASE, **parameters: float) -> Scenario:
    """The baseline with other parameters and dated shocks."""
    return base.with_changes("changed", "A test's change", parameters, shocks)


@dataclass(frozen=True)
class Seen:
    """What a quarter of a game left behind."""

    p: Parameters
    made: Made
    outcomes: tuple[SiteOutcome, ...]
    captive: np.ndarray
    statement: Any
    balance: Balance
    supply: IndustryState
    sites: tuple[SiteState, ...]
    chip_price: np.ndarray
    deal: np.ndarray
    paid: dict[str, np.ndarray]
    decisions: dict[str, Any]


class Witness:
    """Keeps what each quarter of a game leaves behind."""

    def __init__(self, game: Game) -> None:
        self.game, self.opening = game, game.state.balance
        self.quarters: list[Seen] = []

    def step(self) -> None:
        """Play a quarter and keep it."""
        before = self.game.state
        self.game.step()
        after = self.game.state
        played = after.last
        assert played is not None
        self.quarters.append(
            Seen(
                p=played.opened.p,
                made=played.opened.made,
                outcomes=played.outcomes,
                captive=played.use.own.copy(),
                statement=played.statement,
                balance=after.balance,
                supply=after.supply,
                sites=after.sites,
                chip_price=before.supply.chip_price,
                deal=played.opened.made.deal,
                paid=dict(played.ledger.by_kind),
                decisions=dict(after.decided),
            )
        )

    def run(self) -> Records:
        """Play all quarters."""
        while self.game.quarter < self.game.quarters:
            self.step()
        return self.game.records


@contextmanager
def game_of(
    scenario: Scenario = BASE,
    worlds: int = 2,
    quarters: int = 3,
    *,
    seats: Mapping[str, Seat] | None = None,
    **how: Any,
) -> Iterator[Game]:
    """A game that is closed at the end."""
    game = Game(scenario, cast(seats=seats), worlds=worlds, quarters=quarters, **how)
    try:
        yield game
    finally:
        game.close()


def play(
    scenario: Scenario = BASE,
    worlds: int = 2,
    quarters: int = 3,
    prepare: Callable[[Game], None] | None = None,
    **how: Any,
) -> Records:
    """The records of a game; `prepare` may touch it before the first quarter."""
    with game_of(scenario, worlds, quarters, **how) as game:
        if prepare is not None:
            prepare(game)
        return game.run()


def watch(scenario: Scenario = BASE, worlds: int = 2, quarters: int = 3, **how: Any) -> tuple[Records, Witness]:
    """The records of a game and what each of its quarters left behind."""
    with game_of(scenario, worlds, quarters, **how) as game:
        witness = Witness(game)
        return witness.run(), witness


def first_quarter(scenario: Scenario = BASE, worlds: int = 2, **how: Any) -> tuple[SiteMarket, SiteState, Conditions]:
    """The core market of a game, with the state and the conditions that its first quarter resolves."""
    caught: list[Any] = []
    with game_of(scenario, worlds, 1, **how) as game:
        market = game.given.markets.core
        resolve = market.resolve

        def watching(state: SiteState, conditions: Conditions) -> Any:
            caught.extend((state, conditions))
            return resolve(state, conditions)

        market.resolve = watching  # type: ignore[method-assign]
        game.step()
        market.resolve = resolve  # type: ignore[method-assign]
    return market, caught[0], caught[1]


def world_bytes(records: Records, world: int, quarters: int | None = None) -> list[tuple[str, bytes]]:
    """Every number of one world (of its first so many quarters), as named bytes of both tables."""
    found = []
    for frame in (records.quarters(), records.offers()):
        mine = frame[frame["world"] == world]
        if quarters is not None:
            mine = mine[mine["quarter"].isin(sorted(frame["quarter"].unique())[:quarters])]
        found += [(name, _bytes(mine[name])) for name in mine.columns]
    assert found and all(len(content) for _, content in found)
    return found


def _bytes(values: pd.Series) -> bytes:
    array = values.to_numpy()
    return np.ascontiguousarray(array).tobytes() if array.dtype.kind in "fiu" else "\n".join(map(str, array)).encode()


def differing(one: list[tuple[str, bytes]], other: list[tuple[str, bytes]]) -> list[str]:
    """Names of the columns that are not the same bit for bit."""
    assert [name for name, _ in one] == [name for name, _ in other]
    return [name for (name, left), (_, right) in zip(one, other, strict=True) if left != right]
