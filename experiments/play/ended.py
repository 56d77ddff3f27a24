"""Cases of a regulator that ended since it was asked last, in words: chance, courts and sunsets end what no decision
did."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sim.contract import THEORIES
from sim.enforcement.cases import CHARGED, DECIDED, IDLE, IN_FORCE, INVESTIGATION

LEFT = "Three tenths of its proof are left."
ANNULLED = "your decision fell in court and never came into force; more proof makes that less likely."
HOW = {
    INVESTIGATION: "your investigation was closed without a charge: its time had come, and four in five on record end "
    f"so, whatever the proof. {LEFT}",
    **dict.fromkeys((CHARGED, DECIDED), f"{ANNULLED} {LEFT}"),
    IN_FORCE: f"your remedy has run out. {LEFT}",
}
"""How a case ends, by the stage that it was at when the regulator was asked."""


def ended(role: str, briefings: Sequence[Any]) -> tuple[str, ...]:
    """A sentence a case that ended between two of these briefings of one seat, which follow one another by a quarter;
    of the first world. Nothing for those who are no regulator."""
    if role != "regulator":
        return ()
    return tuple(
        f"{theory.capitalize()}: {HOW[int(before.stage[0, k])]}"
        for before, after in pairwise(briefings)
        for k, theory in enumerate(THEORIES)
        if int(after.stage[0, k]) == IDLE and int(before.stage[0, k]) in HOW
    )
