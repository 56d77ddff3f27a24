"""What-ifs as worker processes play them: a few quarters a call, so that play and newer questions need not wait.

What is kept here between two calls only saves time: a game that is not there is begun again."""

from __future__ import annotations

import os
import tempfile
from collections import OrderedDict
from pathlib import Path

import pandas as pd

from experiments.batch.engine import Cell
from experiments.batch.shelf import key
from experiments.whatif.answer import Answer
from experiments.whatif.steps import Steps

KEPT_GAMES = 3
"""Games that stand open in a process: what is played, and what it was put aside for."""
LOWER = 3
"""Steps of priority that this process gives way by."""
_OPEN: OrderedDict[str, Steps] = OrderedDict()


def stand_back() -> None:
    """Let play and pages have the processor first."""
    if hasattr(os, "nice"):
        os.nice(LOWER)


def go(cell: Cell, until: int) -> pd.DataFrame:
    """Play a cell on until so many quarters have been played: the quarters so far, with what an answer reads."""
    name = key(cell)
    game = _OPEN.pop(name, None)
    if game is not None and game.quarter > until:
        game.close()
        game = None
    game = game or Steps(cell)
    game.go(until)
    found = game.brief()
    if until >= cell.size.quarters:
        game.close()
        return found
    _OPEN[name] = game
    while len(_OPEN) > KEPT_GAMES:
        _OPEN.popitem(last=False)[1].close()
    return found


def drawn(answer: Answer) -> dict[str, bytes]:
    """The figure of an answer: ending -> content."""
    from experiments.whatif import figure  # drawing is loaded when something is drawn

    with tempfile.TemporaryDirectory() as folder:
        figure.draw([answer], Path(folder))
        return {one.suffix[1:]: one.read_bytes() for one in Path(folder).iterdir() if one.suffix in (".png", ".svg")}
