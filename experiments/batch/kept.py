"""What seats keep between games. Every game has seats of its own, but variables of a class or module, and the random
generators that all programs share, live on in their process: results then depend on how games are spread over
processes. That is told.

Variables can be looked at and are named. What lives elsewhere (a closure, a cache, an object, a clock) shows in what
is decided: after a game a fresh copy of a seat is asked again all that the seat was asked."""

from __future__ import annotations

import hashlib
import pickle
import sys
import types
import warnings
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np

from sim.contract import PublicBriefing, Seat

PRODUCT = ("sim", "agents", "experiments", "builtins", "abc", "typing")
"""Packages that keep nothing, as their own tests hold."""
PLAIN = (
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    bytearray,
    type(None),
    list,
    tuple,
    dict,
    set,
    frozenset,
    deque,
    Counter,
)
GENERATORS = {"random": "getstate", "numpy.random": "get_state"}
State = dict[str, tuple[str, bytes, str]]
"""Name of a variable -> how its value was read (plain, or only which one it is), a hash of it, and the file it
belongs to."""


class KeptWarning(UserWarning):
    """Something outlives a game that should not."""


def state(seats: Mapping[str, Seat]) -> State:
    """All that could outlive a game: variables of the seats' classes and modules, and the shared random generators."""
    found: State = {}
    for made in {made for seat in _with_inner(seats.values()) for made in type(seat).__mro__}:
        if made.__module__.partition(".")[0] in PRODUCT:
            continue
        module = sys.modules.get(made.__module__)
        file = str(getattr(module, "__file__", None) or made.__module__)
        for owner, names in ((made.__qualname__, vars(made)), (made.__module__, vars(module) if module else {})):
            found |= {f"{owner}.{name}": (*_read(value), file) for name, value in _variables(names)}
    for name, read in GENERATORS.items() if seats else ():
        if name in sys.modules:  # every process begins with another state of it
            found[f"the generator of {name}"] = ("which", _read(getattr(sys.modules[name], read)())[1], name)
    return found


@contextmanager
def watched(seats: Mapping[str, Seat], begun: State) -> Iterator[dict[str, Seat]]:
    """Copies of the seats for one game. Warns of what changes while it is played, of what was another when all games
    began, and of a seat that decides otherwise when it is asked again."""
    before = state(seats)
    _warn(before, (name for name, one in before.items() if one[0] == "plain" and begun.get(name, one)[:2] != one[:2]))
    copies = {party: deepcopy(seat) for party, seat in seats.items()}
    foreign = {party: _Listened(seat) for party, seat in copies.items() if _own_file(seat)}
    yield {**copies, **foreign}
    after = state(seats)
    changed = [name for name, one in after.items() if before.get(name) != one]
    _warn(after, changed)
    for party, one in foreign.items() if not changed else ():
        if not one.decided_alike(deepcopy(seats[party])):
            warnings.warn_explicit(AGAIN.format(_said(one.seat)), KeptWarning, _own_file(one.seat), 1)


AGAIN = (
    "{} decides otherwise when a copy of its own is asked the same again: something outlives its games (a variable "
    "elsewhere, a cache) or comes from outside (a clock, a generator without a seed); results depend on how games are "
    "spread over processes; keep it in the seat itself (self), of which every game has a copy of its own."
)


@dataclass
class _Listened:
    """A seat that decides as it would, and what it was asked."""

    seat: Seat
    asked: list[tuple[Any, PublicBriefing, Any]] = field(default_factory=list)

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """The seat's decision, as it is."""
        decision = self.seat.decide(own, market)
        self.asked.append((own, market, deepcopy(decision)))  # a seat may fill the same arrays again
        return decision

    def decided_alike(self, fresh: Seat) -> bool:
        """Does a copy that has played nothing decide the same?"""
        try:
            return all(_alike(fresh.decide(own, market), decision) for own, market, decision in self.asked)
        except Exception:  # it decided when it was asked first
            return False


def _alike(one: Any, other: Any) -> bool:
    """Are two decisions, or two fields of them, the same?"""
    if is_dataclass(one) and type(one) is type(other):
        return all(_alike(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    first, second = np.asarray(one), np.asarray(other)
    return np.array_equal(first, second, equal_nan=first.dtype.kind == second.dtype.kind == "f")


def _warn(found: State, names: Iterable[str]) -> None:
    for name in names:
        sentence = (
            f"{name} is shared by the games of a seat and changes: results depend on how games are spread over "
            "processes; keep it in the seat itself (self), of which every game has a copy of its own."
        )
        warnings.warn_explicit(sentence, KeptWarning, found[name][2], 1)


def _own_file(seat: Any) -> str:
    """The file of the first class that is not the product's, of a seat or of one that it asks; '' when there is
    none."""
    for made in (type(one) for one in _with_inner([seat])):
        if made.__module__.partition(".")[0] not in PRODUCT:
            return str(getattr(sys.modules.get(made.__module__), "__file__", None) or made.__module__)
    return ""


def _said(seat: Any) -> str:
    """The class of a seat that is not the product's."""
    names = [type(one) for one in _with_inner([seat])]
    return next(made.__qualname__ for made in names if made.__module__.partition(".")[0] not in PRODUCT)


def _with_inner(seats: Iterable[Any]) -> list[Any]:
    """Seats, and those that they ask in turn."""
    found: list[Any] = []
    for seat in seats:
        inner = [one for one in vars(seat).values() if hasattr(one, "decide")] if hasattr(seat, "__dict__") else []
        found += [seat, *_with_inner(inner)]
    return found


def _variables(names: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What holds data: no methods, classes, modules or descriptors, and nothing of Python's own."""
    skipped = (types.ModuleType, types.FunctionType, type)
    return [
        (name, value)
        for name, value in names.items()
        if not (name.startswith("__") or name == "_abc_impl" or isinstance(value, skipped) or hasattr(value, "__get__"))
    ]


def _read(value: Any) -> tuple[str, bytes]:
    """A value that can be compared, in this process and in others when it is plain."""
    kind = type(value)
    if kind not in PLAIN and kind.__module__.partition(".")[0] not in ("numpy", "random"):
        return "which", str(id(value)).encode()
    try:
        content = sorted(map(repr, value)) if isinstance(value, (set, frozenset)) else value
        return "plain", hashlib.blake2b(pickle.dumps(content), digest_size=16).digest()
    except Exception:  # something in it cannot be read
        return "which", str(id(value)).encode()
