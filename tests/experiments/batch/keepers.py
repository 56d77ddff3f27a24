"""Seats that keep something between games, each in another place, and some that only look as if they did."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from agents.strategies import default_for

SEEN: list[str] = []
COUNTED: Counter[str] = Counter()
RNG = np.random.default_rng(1)
last: Any = None


def begin_anew() -> None:
    """What the seats here keep is as it was when the file was imported."""
    CountsInClass.calls = 0
    FillsClassList.quarters.clear()
    SEEN.clear()
    COUNTED.clear()
    globals().update(last=None, RNG=np.random.default_rng(1))


class Usual:
    """Decides as usual, after something of its own."""

    factor = 1.0

    def before(self, market: Any) -> float:
        return self.factor

    def decide(self, own: Any, market: Any) -> Any:
        usual = default_for("cloud").maker().decide(own, market)
        return replace(usual, price_usd_per_h100e_hour=usual.price_usd_per_h100e_hour * self.before(market))


class CountsInClass(Usual):
    calls = 0

    def before(self, market: Any) -> float:
        CountsInClass.calls += 1
        return 1.0 + 0.01 * CountsInClass.calls


class FillsClassList(Usual):
    quarters: list[int] = []  # noqa: RUF012 - this is what is told of

    def before(self, market: Any) -> float:
        self.quarters.append(market.quarter)
        return 1.0


class FillsModuleList(Usual):
    def before(self, market: Any) -> float:
        SEEN.append("")
        return 1.0


class CountsInModule(Usual):
    def before(self, market: Any) -> float:
        COUNTED["calls"] += 1
        return 1.0


class Remembers(Usual):
    def before(self, market: Any) -> float:
        global last
        last = market
        return 1.0


class DrawsFromModule(Usual):
    def before(self, market: Any) -> float:
        return float(1.0 + 0.01 * RNG.random())


class DrawsFromPython(Usual):
    def before(self, market: Any) -> float:
        return 1.0 + 0.01 * random.random()


class DrawsFromNumpy(Usual):
    def before(self, market: Any) -> float:
        return float(1.0 + 0.01 * np.random.rand())


class Memory:
    calls = 0


MEMORY = Memory()
TICKETS = itertools.count()


@cache
def looked_up(quarter: int) -> list[int]:
    return []


def counts_in_closure() -> Usual:
    calls: list[int] = []

    class CountsInClosure(Usual):
        def before(self, market: Any) -> float:
            calls.append(1)
            return 1.0 + 0.01 * len(calls)

    return CountsInClosure()


class CountsInObject(Usual):
    def before(self, market: Any) -> float:
        MEMORY.calls += 1
        return 1.0 + 0.01 * MEMORY.calls


class FillsCache(Usual):
    def before(self, market: Any) -> float:
        looked_up(market.quarter).append(1)
        return 1.0 + 0.01 * len(looked_up(market.quarter))


class FillsDefault(Usual):
    def before(self, market: Any, seen: list[int] = []) -> float:  # noqa: B006 - this is what is told of
        seen.append(1)
        return 1.0 + 0.01 * len(seen)


class TakesTickets(Usual):
    def before(self, market: Any) -> float:
        return 1.0 + 0.01 * next(TICKETS)


class DrawsWithoutSeed(Usual):
    def before(self, market: Any) -> float:
        return float(1.0 + 0.01 * np.random.default_rng().random())


class CountsLate(Usual):
    """The first quarters are as they always are."""

    def before(self, market: Any) -> float:
        MEMORY.calls += 1
        return 1.0 + 0.01 * MEMORY.calls * (market.quarter > 5)


class FillsOneArray(Usual):
    """An array of its own, filled anew each quarter."""

    held: Any = None

    def decide(self, own: Any, market: Any) -> Any:
        usual = super().decide(own, market)
        self.held = np.empty_like(usual.price_usd_per_h100e_hour) if self.held is None else self.held
        np.multiply(usual.price_usd_per_h100e_hour, 1.0 + 0.01 * market.quarter, out=self.held)
        return replace(usual, price_usd_per_h100e_hour=self.held)


class LooksUp(Usual):
    """What is kept is a fact: it changes no decision."""

    def before(self, market: Any) -> float:
        return 1.0 + 0.01 * one_more(market.quarter)


@cache
def one_more(quarter: int) -> int:
    return quarter + 1


class Asks(Usual):
    """Another seat decides."""

    def __init__(self, other: Usual) -> None:
        self.other = other

    def before(self, market: Any) -> float:
        return self.other.before(market)


class KeepsInItself(Usual):
    def __init__(self) -> None:
        self.calls = 0

    def before(self, market: Any) -> float:
        self.calls += 1
        return 1.0 + 0.01 * self.calls
