"""The one way to print: what a user wrote is shown as written, and acts on nothing.

Titles, names of files and parties, and what is read from files may hold anything: brackets and colons that the terminal
library would read as mark-up, or signs that move a cursor. Colours are given as styles, never in the text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook, RenderResult
from rich.segment import Segment
from rich.text import Text

from experiments.output import READER, as_printed, visible
from sim.errors import InputError

CUT, SHORT_CUT = "…", "."
"""The end of what was cut to the width of a column, and of as many columns where the output does not know that sign."""

NARROWEST = 20
"""Columns that an output is taken to have at least: some say that they have none."""


class Screen(Console):
    """A terminal, a file or a pipe. When the reader of a pipe has left, the work goes on and nothing more is shown."""

    def __init__(self, **how: Any) -> None:
        super().__init__(markup=False, emoji=False, **how)
        if self.width < NARROWEST:
            self.width = NARROWEST
        self.push_render_hook(_Harmless())

    def on_broken_pipe(self) -> None:
        """Nobody reads any more: what is under way is finished and saved all the same."""
        self.quiet, READER.left = True, True

    def print(self, *objects: Any, **how: Any) -> None:
        """Show; InputError when the output takes no more, for example on a full disk."""
        try:
            super().print(*objects, **{"crop": False, **how})  # a line that is too long is better than half a number
        except OSError as error:
            raise InputError(f"the output cannot be written: {error.strerror or error}.") from error

    def render_str(self, text: str, **how: Any) -> Text:
        """Words as the output will show them, before they are laid out: '…' takes three columns in ASCII."""
        return super().render_str(as_printed(text, self.file), **how)


class _Harmless(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Shown(one) for one in renderables]


class _Shown:
    """Something to be shown, with signs that would act on a terminal made visible."""

    def __init__(self, what: RenderableType) -> None:
        self.what = what

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        cut = CUT if as_printed(CUT, console.file) == CUT else SHORT_CUT
        return _shown(console.render(self.what, options), cut)


def _shown(segments: Iterable[Segment], cut: str) -> RenderResult:
    for one in segments:
        yield one if one.control else Segment(visible(one.text).replace(CUT, cut), one.style)
