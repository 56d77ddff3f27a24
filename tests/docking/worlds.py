"""What docking adapters are made of: the inputs of a case in several worlds, and who answers which case.

An adapter reads the inputs of several worlds at once and answers with arrays that carry the worlds axis first. It
assumes no sizes and no numbers. Where a key of the case carries a number of its own (`..._c0p5`, `diversion_from_1`),
it is read from the key's name; values of `expected` are never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sim.arrays import Array, Index
from tests.docking.compare_cases import Case

Answer = dict[str, Any]


class Worlds:
    """The inputs of a case in every world: `worlds["price"]` has shape (worlds, ...).

    Labels and counts are the case's own; so are the names of the keys that it asks for."""

    def __init__(self, case: Case, inputs: Sequence[Mapping[str, Any]]) -> None:
        self.inputs = inputs
        self.labels = case["inputs"]
        self.asked = tuple(case["expected"])
        self.nested = {key: tuple(value) for key, value in case["expected"].items() if isinstance(value, Mapping)}
        self.derivation = case.get("derivation", "")

    def __getitem__(self, key: str) -> Array:
        return np.array([inputs[key] for inputs in self.inputs], dtype=float)

    def __len__(self) -> int:
        return len(self.inputs)

    def plain(self, key: str, default: Any = None) -> Any:
        """An input that is the same in every world: a label, a count."""
        return self.labels.get(key, default)

    def outside(self) -> float:
        """Utility of the outside option."""
        return float(self.plain("outside_utility", 0.0))

    def keys(self, pattern: str) -> list[tuple[str, tuple[str, ...]]]:
        """Keys asked for that fit a pattern, with what its groups caught."""
        found = ((key, re.fullmatch(pattern, key)) for key in self.asked)
        return [(key, match.groups()) for key, match in found if match]


ADAPTERS: dict[str, Callable[[Worlds], Answer]] = {}


def answers(case: str) -> Callable[[Callable[[Worlds], Answer]], Callable[[Worlds], Answer]]:
    """Register the adapter of a case."""

    def register(adapter: Callable[[Worlds], Answer]) -> Callable[[Worlds], Answer]:
        ADAPTERS[case] = adapter
        return adapter

    return register


def number_in(text: str) -> float:
    """The number written '0p5' in a key."""
    return float(text.replace("p", "."))


def column(value: Array) -> Array:
    """(worlds,) -> (worlds, 1)."""
    return value[:, None]


def by_item(value: Array) -> Array:
    """A number a world, or one an item, so that both meet (worlds, items)."""
    return column(value) if value.ndim == 1 else value


def places(*labels: Sequence[Any]) -> tuple[Index, ...]:
    """Positions of labels, the same label at the same position in every list."""
    known = {label: k for k, label in enumerate(sorted({one for each in labels for one in each}))}
    return tuple(np.array([known[one] for one in each]) for each in labels)
