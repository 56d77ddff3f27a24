"""Cases that regulators had open when a game begins, from the roster's table of the public record.

A row says who investigates what since when. Such a case has the evidence that opening one takes and the quarters it has
run: an agency that goes on with it need not begin anew. What was decided, or opened, after the start is not known.
"""

from __future__ import annotations

from dataclasses import replace

from sim.decisions import THEORIES
from sim.enforcement.cases import OPEN_SHARE
from sim.enforcement.state import INVESTIGATION, Cases
from sim.errors import InputError
from sim.quarters import ordinal
from sim.roster import Roster, numbers


def open_cases(roster: Roster, worlds: int, quarter: int) -> Cases:
    """All cases at the end of a quarter (an ordinal): none but those on record by then."""
    none, proof = Cases.none(worlds, len(roster.regulators)), numbers(roster.tables["regulators"], "proof")
    stage, quarters, evidence = none.stage.copy(), none.quarters.copy(), none.evidence.copy()
    for row in roster.tables.get("open_cases", ()):
        if row["theory"] not in THEORIES or row["regulator"] not in roster.regulators:
            raise InputError(
                f"open_cases.csv: '{row['regulator']}, {row['theory']}' is no case; regulators are "
                f"{', '.join(roster.regulators)}, theories {', '.join(THEORIES)}."
            )
        since = quarter - ordinal(row["opened"], "open_cases.csv")
        if since >= 0:
            one = roster.regulators.index(row["regulator"]), THEORIES.index(row["theory"])
            stage[:, *one], quarters[:, *one] = float(INVESTIGATION), float(since)
            evidence[:, *one] = OPEN_SHARE * proof[one[0]]
    return replace(none, stage=stage, quarters=quarters, evidence=evidence, running=quarters.copy())
