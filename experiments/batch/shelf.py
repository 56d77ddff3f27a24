"""Runs that are kept: a baseline is played once and paired again with whatever is compared with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np

from experiments.batch import engine
from experiments.batch.engine import Cell, Played, Tick


class Shelf:
    """Cells that have been played, by what they are. A cell whose seats are held by something without a name is never
    kept: nobody can say whether two of them are alike."""

    def __init__(self) -> None:
        self._kept: dict[str, Played] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def run(self, cells: Sequence[Cell], workers: int = 1, tick: Tick = lambda worlds: None) -> Iterator[Played]:
        """All cells in order, as `engine.run` gives them; those that are on the shelf come from there."""
        fresh = engine.run(self._new(cells), workers, tick=tick)
        for cell in cells:
            name = key(cell)
            if name in self._kept:
                tick(cell.size.worlds)
                yield self._kept[name]
                continue
            played = next(fresh)
            if name:
                self._kept[name] = played
            yield played

    def _new(self, cells: Sequence[Cell]) -> list[Cell]:
        """Cells that must be played; of two that are alike, one."""
        found, seen = [], set(self._kept)
        for cell in cells:
            name = key(cell)
            if not name or name not in seen:
                found.append(cell)
                seen.add(name)
        return found


def key(cell: Cell) -> str:
    """What tells one cell from another: scenario, size, players, parameters of worlds and tables; '' for one that
    cannot be kept."""
    if cell.seats:
        return ""
    told = hashlib.sha256()
    plain = (
        cell.name,
        cell.scenario.digest,
        cell.size,
        sorted(cell.strategies.items()),
        cell.more_tables,
        cell.lock_in,
    )
    told.update(repr((*plain, cell.first_world, cell.branch)).encode())
    for name, values in sorted(cell.values.items()):
        told.update(name.encode() + np.ascontiguousarray(values).tobytes())
    return told.hexdigest()
