"""Parts of hand-written pages that are made from one source: what stands between `<!-- NAME: begin -->` and its end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from experiments.study.omitted import omitted
from sim.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
OMITTED = "left out"
PLACES = ("README.md", "docs/how-to/teach.md", "docs/explanation/model.md")
"""Pages that say what the model leaves out."""


def filled(text: str, name: str, body: str, page: str) -> str:
    """The text with a block's content put in; InputError where the page has no such block."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    parts = re.split(f"({re.escape(begin)}|{re.escape(end)})", text)
    if parts[1::2] != [begin, end]:
        raise InputError(f"{page}: one block '{begin}' ... '{end}' is wanted; found {len(parts[1::2])} such marks.")
    return f"{parts[0]}{begin}\n{body.strip()}\n\n{end}{parts[4]}"


def list_of(rows: Sequence[tuple[str, str]]) -> str:
    """What is left out, as a list."""
    return "\n".join(f"- **{name}:** {meaning}." for name, meaning in rows)


def pages(root: Path = ROOT) -> dict[str, str]:
    """Path -> text of every page with the list in it."""
    body = list_of(omitted())
    return {name: filled((root / name).read_text(encoding="utf-8"), OMITTED, body, name) for name in PLACES}


def write(root: Path = ROOT) -> None:
    """Put the list into all pages."""
    for name, text in pages(root).items():
        (root / name).write_text(text, encoding="utf-8", newline="\n")


def stale(root: Path = ROOT) -> list[str]:
    """Pages whose list is not the one list."""
    return [name for name, text in pages(root).items() if (root / name).read_text(encoding="utf-8") != text]
