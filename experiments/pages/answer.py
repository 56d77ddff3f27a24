"""Tells the answer of a study in README: `python -m experiments.pages.answer FOLDER`, a folder that a study wrote.

Every number comes from its summary.json, and the picture is its answer.png: nothing is typed.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.pages.blocks import ROOT, filled
from sim.errors import InputError

NAME = "answer"
PICTURE = "docs/images/study.png"
ALT = "Trainium's share of AI compute in use with each change: from the baseline to a range with its middle"


def text(summary: Mapping[str, Any]) -> str:
    """The block: picture, what was played, a line a change, what its range is, how tight supply is, and what weighs
    more."""
    played = f"{summary['worlds']} worlds a cell, {summary['quarters']} quarters, seed {summary['seed']}"
    more = " A quick run: few worlds, a short horizon." if summary["quick"] else ""
    told = "\n".join(f"- {one['sentence']} {one['measured']} {one['reason']}" for one in summary["findings"])
    blocks = [
        f"![{ALT}]({PICTURE})",
        "*Real names are labels in an illustration. Nothing here is a forecast or advice.*",
        "## What it answers today",
        f"On the central case ({played}; each change alone, against the baseline on the same draws).{more}",
        told,
        f"**What are the ranges?** {summary['basis']}",
        f"**Is it a queue?** {summary['supply']}",
        *([f"**What weighs more?** {summary['strongest']}"] if summary["strongest"] else []),
        "**How far to trust it:** [the record, good and bad](docs/explanation/validation.md): theory, history, a "
        "backtest on 2025 and where it loses, and what it must not be used for.",
    ]
    return "\n\n".join(blocks)


def tell(folder: Path, root: Path = ROOT) -> None:
    """Put a study's answer into README, and its picture beside it; InputError for a folder that no study wrote."""
    summary, picture = folder / "summary.json", folder / "figures" / "answer.png"
    for file in (summary, picture):
        if not file.is_file():
            raise InputError(
                f"{folder}: no {file.relative_to(folder)}; a folder that `fully-booked study` wrote is wanted."
            )
    readme = root / "README.md"
    body = text(json.loads(summary.read_text(encoding="utf-8")))
    told = filled(readme.read_text(encoding="utf-8"), NAME, body, readme.name)
    shutil.copyfile(picture, root / PICTURE)
    readme.write_text(told, encoding="utf-8", newline="\n")


def main(arguments: Sequence[str]) -> int:
    """Tell the answer of one folder."""
    if len(arguments) != 1:
        print("usage: python -m experiments.pages.answer FOLDER", file=sys.stderr)
        return 2
    try:
        tell(Path(arguments[0]))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"README.md tells the answer of {arguments[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
