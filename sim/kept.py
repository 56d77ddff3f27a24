"""What is kept for the next game because it costs more to make than to hold: the last ones, counted by worlds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """The last things that were made, by all that their numbers hang on: of as many worlds as `worlds` in all, at least
    the last."""

    def __init__(self, worlds: int) -> None:
        self.worlds, self._found = worlds, OrderedDict[Hashable, tuple[int, T]]()

    def __len__(self) -> int:
        return len(self._found)

    def clear(self) -> None:
        """Keep nothing."""
        self._found.clear()

    def get(self, key: Hashable, worlds: int, make: Callable[[], T]) -> T:
        """What has this key, made when it is not there. worlds: how many it is of."""
        _, found = self._found.pop(key) if key in self._found else (worlds, make())
        self._found[key] = (worlds, found)
        while len(self._found) > 1 and sum(of for of, _ in self._found.values()) > self.worlds:
            self._found.popitem(last=False)
        return found
