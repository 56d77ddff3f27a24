"""The draw of random breaks: every package in proportion to its lines, then a line, then one of its breaks."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.operators import Edit, defaults_of, edits

AROUND = 32
"""Characters of the line that are shown on each side of a break."""
LONGEST = 120
"""Characters of a broken piece that are shown; the middle of a longer one is left out."""


@dataclass(frozen=True)
class Break:
    """One edit of one file; file is relative to the root, with slashes."""

    file: str
    edit: Edit
    shown: str

    @property
    def line(self) -> int:
        return self.edit.line

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.shown}"


Lines = Mapping[tuple[str, int], list[Edit]]
"""The breaks of every (file, line) that has any."""


def packages(root: Path) -> list[str]:
    """The packages that the project ships."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return list(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])


def sources(root: Path) -> dict[str, str]:
    """The text of every module of the project's packages, by its path."""
    found = (path for package in packages(root) for path in sorted((root / package).rglob("*.py")))
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in found}


def breakable(texts: Mapping[str, str], only: str = "") -> Lines:
    """Every line that can be broken, in files whose path begins with `only`."""
    defaults = defaults_of(texts.values())
    found: dict[tuple[str, int], list[Edit]] = {}
    for file in sorted(name for name in texts if name.startswith(only)):
        for edit in edits(texts[file], defaults):
            found.setdefault((file, edit.line), []).append(edit)
    return found


def shares(sizes: Mapping[str, int], number: int) -> dict[str, int]:
    """How many of a number each name gets: in proportion, and the largest remainders get what is left over."""
    total = sum(sizes.values())
    exact = {name: divmod(number * size, total) for name, size in sizes.items()}
    left = number - sum(whole for whole, _ in exact.values())
    lucky = sorted(exact, key=lambda name: (-exact[name][1], name))[:left]
    return {name: whole + (name in lucky) for name, (whole, _) in exact.items()}


def draw(texts: Mapping[str, str], lines: Lines, number: int, seed: int) -> list[Break]:
    """`number` breaks on different lines, in the order of files. The same texts, number and seed give the same
    breaks."""
    by_package: dict[str, list[tuple[str, int]]] = {}
    for place in sorted(lines):
        by_package.setdefault(place[0].partition("/")[0], []).append(place)
    chance = random.Random(seed)
    wanted = shares({name: len(places) for name, places in by_package.items()}, number)
    chosen = [place for name, places in by_package.items() for place in chance.sample(places, wanted[name])]
    found = [(file, chance.choice(lines[file, line])) for file, line in chosen]
    return sorted((Break(file, edit, shown(texts[file], edit)) for file, edit in found), key=lambda b: (b.file, b.edit))


def shown(text: str, edit: Edit) -> str:
    """`before -> after`: the broken piece and a little of its line on both sides, each on one line."""
    line_start, line_end = text.rfind("\n", 0, edit.start) + 1, text.find("\n", edit.end)
    line_end = line_end if line_end >= 0 else len(text)
    start, end = max(line_start, edit.start - AROUND), min(line_end, edit.end + AROUND)
    head = ("…" if start > line_start else "") + text[start : edit.start]
    tail = text[edit.end : end] + ("…" if end < line_end else "")
    return " -> ".join(_short(head + piece + tail) for piece in (text[edit.start : edit.end], edit.to))


def _short(piece: str) -> str:
    words = " ".join(piece.split())
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 20]} … {words[-17:]}"
