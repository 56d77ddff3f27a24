"""The registry: a strategy is a small class with a name, a role and a fact sheet, found by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from agents.skills import learned
from agents.strategies.literature import LITERATURE
from sim.errors import unknown


@dataclass(frozen=True)
class Setting:
    """A number of a strategy that may be set, with the range in which it is still that strategy. rule: its value with
    which a tuned strategy decides as the rule that it was tuned from."""

    name: str
    default: float
    low: float
    high: float
    meaning: str
    rule: float


@dataclass(frozen=True)
class FactSheet:
    """What a strategy is: its name and role, whether it is the role's default, its grade if it is a bot, whom it
    follows.

    settings: its numbers with their ranges; two strategies differ in kind if no settings of one give the other."""

    name: str
    role: str
    default: bool
    cites: tuple[str, ...]
    grade: str
    meaning: str
    maker: Callable[..., Any]
    settings: tuple[Setting, ...] = ()


GRADES = ("novice", "steady", "skilled")
"""Grades of the bots of a role. Steady is the role's default strategy."""

_REGISTRY: dict[str, FactSheet] = {}


def strategy(
    name: str, role: str, *, default: bool = False, cites: tuple[str, ...] = (), grade: str = ""
) -> Callable[[type], type]:
    """Class decorator: put a strategy into the registry. Its docstring's first line is its meaning; a bot has one of
    GRADES."""

    def register(cls: type) -> type:
        if name in _REGISTRY:
            raise ValueError(f"strategy '{name}' is registered twice")
        if missing := [key for key in cites if key not in LITERATURE]:
            raise ValueError(f"strategy '{name}' cites {missing[0]}, which is not in agents/strategies/literature.py")
        meaning = " ".join((cls.__doc__ or "").strip().partition("\n\n")[0].split())
        _REGISTRY[name] = FactSheet(name, role, default, cites, grade, meaning, cls, _settings(cls))
        return cls

    return register


@contextmanager
def apart(module: str) -> Iterator[list[FactSheet]]:
    """What a module registers while this lasts is given at its end, and stays out of the registry."""
    found: list[FactSheet] = []
    try:
        yield found
    finally:
        found += [sheet for sheet in _REGISTRY.values() if sheet.maker.__module__ == module]
        for sheet in found:
            del _REGISTRY[sheet.name]


def setting(default: float, low: float, high: float, meaning: str) -> Any:
    """A number of a strategy that is a dataclass: its value, the range in which it is still that strategy, and what it
    is."""
    return field(default=default, metadata={"low": low, "high": high, "meaning": meaning, "rule": default})


def tuned(role: str, name: str, rule: float, low: float, high: float, meaning: str) -> Any:
    """A number of a skilled bot: what was learned, or before anything was, the rule's own value."""
    value = learned(role).get(name, rule)
    return field(default=value, metadata={"low": low, "high": high, "meaning": meaning, "rule": rule})


def _settings(cls: type) -> tuple[Setting, ...]:
    if not is_dataclass(cls):
        return ()
    found = []
    for one in fields(cls):
        if not {"low", "high", "meaning"} <= set(one.metadata):
            raise ValueError(
                f"{cls.__name__}.{one.name} is declared without setting(): a strategy's numbers have ranges"
            )
        found.append(Setting(one.name, float(one.default), **one.metadata))  # type: ignore[arg-type]
    return tuple(found)


def known(role: str | None = None) -> tuple[FactSheet, ...]:
    """Fact sheets, of one role or all, by role and name."""
    return tuple(sorted((s for s in _REGISTRY.values() if role in (None, s.role)), key=lambda s: (s.role, s.name)))


def find(name: str, role: str, where: str = "") -> FactSheet:
    """A strategy of a role by name; InputError with the closest match when there is none."""
    names = [sheet.name for sheet in known(role)]
    if name not in names:
        raise unknown(f"{role} strategy", name, names, where)
    return _REGISTRY[name]


def default_for(role: str) -> FactSheet:
    """The strategy that holds a role's seat when nobody else does."""
    return next(sheet for sheet in known(role) if sheet.default)


def graded(role: str, grade: str, where: str = "") -> FactSheet:
    """The bot of a role by grade. InputError when the grade does not exist, or the role has no such bot."""
    if grade not in GRADES:
        raise unknown("grade", grade, GRADES, where)
    if grade == "steady":
        return default_for(role)
    return find(f"{grade}-{role}", role, where)
