"""A cell that is played a few quarters at a time: whoever has seen enough stops between two of them.

What has been played so far is the table of a shorter game, bit for bit: noise is drawn as paths of fixed length, and a
longer game moves nothing of its past."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import numpy as np
import pandas as pd

from experiments.batch import engine
from experiments.batch.engine import Cell, Read, Tables
from experiments.study.effects import KEPT

Stop = Callable[[], bool]
"""Has whoever asked seen enough?"""


class Stopped(Exception):  # noqa: N818 - asked for, not failed
    """The game was left before its end."""


class Steps:
    """One game of all the cell's worlds, as far as it has been played."""

    def __init__(self, cell: Cell) -> None:
        self._open = ExitStack()
        self._game = self._open.enter_context(engine.opened(cell))
        self.cell = cell

    @property
    def quarter(self) -> int:
        """Quarters played."""
        return self._game.quarter

    def go(self, until: int) -> None:
        """Play on until so many quarters have been played."""
        while self._game.quarter < min(until, self.cell.size.quarters):
            self._game.step()

    def read(self, read: Read[Tables]) -> Tables:
        """What is read of the quarters so far."""
        return read(self._game.records)

    def brief(self) -> pd.DataFrame:
        """The quarters so far, with no more than an answer reads. A world that has a figure which is none, in any
        column, has none here."""
        records = self._game.records
        found, broken = records.quarters(self.cell.name, KEPT), records.world[~records.whole()]
        if len(broken):
            found.loc[found["world"].isin(broken), list(KEPT)] = np.nan
        return found

    def close(self) -> None:
        """Let go of the game."""
        self._open.close()


def played(asked: Sequence[tuple[Cell, Read[Tables]]], stop: Stop) -> Iterator[Tables]:
    """What is read of each cell, in order; Stopped as soon as `stop` says so between two quarters."""
    for cell, read in asked:
        game = Steps(cell)
        try:
            for quarter in range(1, cell.size.quarters + 1):
                if stop():
                    raise Stopped
                game.go(quarter)
            yield game.read(read)
        finally:
            game.close()
