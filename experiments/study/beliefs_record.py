"""Measures what the answer is if one believes x, ships it as tables and draws the figure: `python -m
experiments.study.beliefs_record [WORLDS | --page]`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from experiments.batch.engine import Size
from experiments.batch.store import versions
from experiments.scenarios import parameters_digest
from experiments.study import figures_beliefs
from experiments.study.beliefs import FOLDER, Frictions, event, measure, read


def ship(frictions: Frictions, tables: Mapping[str, pd.DataFrame], folder: Path = FOLDER) -> None:
    """Write the tables with few digits, and what they were measured with."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False, float_format="%.6g", lineterminator="\n")
    size = frictions.size
    facts = {
        "scenario": frictions.base.name,
        "scenario_hash": frictions.base.digest,
        "parameters": parameters_digest(),
        "worlds": size.worlds,
        "quarters": size.quarters,
        "seed": size.seed,
        "versions": versions(),
    }
    (folder / "measured.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8", newline="\n")


def main(arguments: Sequence[str]) -> int:
    """Measure all points and the event, ship them and draw the figure; a number gives the worlds, --page only draws
    what is shipped."""
    if len(arguments) > 1 or not all(word == "--page" or (word.isdecimal() and int(word) > 1) for word in arguments):
        print("usage: python -m experiments.study.beliefs_record [WORLDS | --page]", file=sys.stderr)
        return 2
    if "--page" not in arguments:
        beliefs = read()
        worlds = int(arguments[0]) if arguments else beliefs.worlds
        frictions = Frictions(beliefs, Size(worlds, beliefs.quarters, beliefs.seed))
        ship(
            frictions,
            {"beliefs": measure(frictions, lambda line: print(line, file=sys.stderr)), "event": event(frictions)},
        )
        print(f"wrote beliefs.csv and event.csv ({worlds} worlds)")
    print(f"wrote {figures_beliefs.draw().name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
