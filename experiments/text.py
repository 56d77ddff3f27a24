"""Words and numbers as people read them: Markdown tables and lists, amounts of money with the sign in front."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.units import MUSD_PER_USD_BN

SMALL_MUSD = 100.0
"""Amounts below are told in millions."""


@dataclass(frozen=True)
class Sheet:
    """A table of words for a screen or a page: heads name columns, a row's first word names it. strong: rows that
    count most."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    strong: tuple[int, ...] = ()


def command(*words: object) -> str:
    """A command as it can be typed: fully-booked play 'my game/game.json', with quotes only where they are needed."""
    typed = shlex.join(["fully-booked", *map(str, words)])
    return typed.encode("utf-8", "replace").decode("utf-8")  # a name of a file may hold bytes that are no text


def typed(*words: object) -> str:
    """The same for a person to type: with what the program was called by, where that was `tasks.py`, which says so in
    FULLY_BOOKED_CALLED."""
    called, bare = os.environ.get("FULLY_BOOKED_CALLED"), command(*words)
    return bare if called is None else bare.replace("fully-booked", called, 1)


def cell(value: object) -> str:
    """A table's cell: one line, bars escaped."""
    return " ".join(str(value).replace("|", "\\|").split())


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell(word) for word in line) + " |" for line in lines)


def code(words: Iterable[str]) -> str:
    """Words in code type, with commas."""
    return ", ".join(f"`{word}`" for word in words)


def money(musd: float, sign: bool = False) -> str:
    """'$9.59 bn', '−$0.96 bn', '+$38 m' (sign: also a plus), '$0'."""
    size = abs(musd)
    text = f"${size / MUSD_PER_USD_BN:,.2f} bn" if size >= SMALL_MUSD else f"${size:,.0f} m"
    if text == "$0 m":
        return "$0"
    return ("−" if musd < 0.0 else "+" if sign else "") + text


def short(musd: float) -> str:
    """For a board: '$90.0 bn', '−$8.6 bn'."""
    text = f"${abs(musd) / MUSD_PER_USD_BN:,.1f} bn"
    return f"−{text}" if musd < 0.0 and text != "$0.0 bn" else text


def count(number: int, one: str, several: str = "") -> str:
    """'1 run', '3 runs'."""
    return f"{number} {one if number == 1 else several or one + 's'}"
