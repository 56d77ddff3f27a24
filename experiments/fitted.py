"""Tables that fit the width they meet: what matters least goes first, and is named; words are never broken for it."""

from __future__ import annotations

import os
from copy import copy
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from experiments.screen import Screen

NEVER = 0
"""Rank of a column that is always there."""
READABLE = 24
"""Columns that running text needs beside others, so that it does not stand as a pile of words."""


def laid_out(console: Screen, width: int) -> Screen:
    """The console at its own width where a terminal or COLUMNS says one; else at least so wide, for files and pipes."""
    if not console.is_terminal and not os.environ.get("COLUMNS", "").isdigit():
        console.width = max(console.width, width)
    return console


class Fitted(Table):
    """A table whose columns have a rank. Those of the highest rank are left out until no word has to be broken.

    A column of rank NEVER stays, whole, even where its lines are too long then. What is left out is said below the
    table."""

    def __init__(self, title: str | None = None, **how: Any) -> None:
        super().__init__(title=title, **{"box": box.SIMPLE_HEAD, "title_justify": "left", **how})
        self._ranks: list[int] = []
        self._least: list[int] = []

    def column(self, head: str = "", rank: int = NEVER, least: int = 0, **how: Any) -> None:
        """Add a column. rank: the higher, the sooner it is left out; least: columns of the screen that it needs."""
        self._ranks.append(rank)
        self._least.append(least)
        self.add_column(head, **how)

    def fitting(self, console: Console, width: int) -> list[int]:
        """Numbers of the columns that are shown at a width."""
        shown, needs = list(range(len(self.columns))), self._needs(console)
        while self._total(needs, shown) > width and any(self._ranks[k] for k in shown):
            shown.remove(max(shown, key=lambda k: (self._ranks[k], k)))
        return shown

    def _needs(self, console: Console) -> list[int]:
        """Columns of the screen that each column takes with no word broken, its gaps included."""
        found = []
        for k, column in enumerate(self.columns):
            cells = [column.header, *column.cells]
            widest = max(self._least[k], *(_narrowest(console, cell, column.no_wrap) for cell in cells))
            found.append(widest + self._get_padding_width(k))
        return found

    def _total(self, needs: list[int], shown: list[int]) -> int:
        lines = len(shown) + 1 if self.box and self.show_edge else 0
        return sum(needs[k] for k in shown) + lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown = self.fitting(console, options.max_width)
        if (needed := self._total(self._needs(console), shown)) > options.max_width:
            options = options.update(max_width=needed)  # the lines grow too long, and nothing is cut
        one = copy(self)
        one.columns = [self.columns[k] for k in shown]
        for place, k in enumerate(shown):
            one.columns[place] = copy(self.columns[k])
            one.columns[place]._index = place
        yield from Table.__rich_console__(one, console, options)
        left_out = [_words(column.header) for k, column in enumerate(self.columns) if k not in shown]
        if left_out:
            yield Text(f"Left out at this width: {'; '.join(left_out)}.", style="dim")


def _narrowest(console: Console, cell: RenderableType, no_wrap: bool) -> int:
    """Columns that a cell takes with no word broken; with no line broken where it must not wrap."""
    text = console.render_str(cell) if isinstance(cell, str) else cell
    found = Measurement.get(console, console.options.update(max_width=10_000), text)
    return found.maximum if no_wrap else found.minimum


def _words(head: RenderableType) -> str:
    return " ".join(str(head).split()) or "a column without a head"
