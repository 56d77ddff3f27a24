"""Tables and lists of generated Markdown pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


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
