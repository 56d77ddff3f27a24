"""`python -m experiments.claims [WORLDS | --page]`: measures every named experiment and writes the table that ships."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from experiments.claims.claims import FACTS, TABLE, facts_text, table_text
from experiments.whatif import trials
from experiments.whatif.trials import Measured, Trial


def ship(measured: Measured) -> None:
    """Write the shipped table and what it was measured with."""
    TABLE.write_text(table_text(measured), encoding="utf-8", newline="\n")
    FACTS.write_text(facts_text(measured), encoding="utf-8", newline="\n")


def main(arguments: Sequence[str]) -> int:
    """Measure all experiments and write what ships; a number gives the worlds, --page measures nothing (the page
    comes after)."""
    from experiments.batch.engine import default_workers
    from experiments.batch.progress import counting

    if len(arguments) > 1 or not all(word == "--page" or (word.isdecimal() and int(word) > 1) for word in arguments):
        print("usage: python -m experiments.claims [WORLDS | --page]", file=sys.stderr)
        return 2
    if "--page" not in arguments:
        size = replace(trials.FULL, worlds=int(arguments[0])) if arguments else trials.FULL
        wanted: list[Trial] = list(trials.read().values())
        with counting("claims", size.worlds * len(trials.cells(wanted, size))) as tick:
            ship(trials.measure(wanted, size, default_workers(), tick))
        print(f"wrote {TABLE.name} and {FACTS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
