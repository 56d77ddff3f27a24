"""The registry: a strategy is a small class with a name, a role and a fact sheet, found by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.errors import unknown


@dataclass(frozen=True)
class FactSheet:
    """What a strategy is: its name and role, whether it is the role's default, its grade if it is a bot, whom it follows."""

    name: str
    role: str
    default: bool
    cites: tuple[str, ...]
    grade: str
    meaning: str
    maker: Callable[[], Any]


GRADES = ("novice", "steady", "skilled")
"""Grades of the bots of a role. Steady is the role's default strategy."""

_REGISTRY: dict[str, FactSheet] = {}


def strategy(
    name: str, role: str, *, default: bool = False, cites: tuple[str, ...] = (), grade: str = ""
) -> Callable[[type], type]:
    """Class decorator: put a strategy into the registry. Its docstring's first line is its meaning; a bot has one of GRADES."""

    def register(cls: type) -> type:
        if name in _REGISTRY:
            raise ValueError(f"strategy '{name}' is registered twice")
        meaning = (cls.__doc__ or "").strip().splitlines()[0]
        _REGISTRY[name] = FactSheet(name, role, default, cites, grade, meaning, cls)
        return cls

    return register


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
