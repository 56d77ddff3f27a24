"""How long cases take and how they end, from the public record, and what the law lets each regulator do.

The record is the roster's: reviews with powers, studies and laws, each with its dates, as known when a game begins. A
review that is still open then has taken so long at least, which counts as time at risk without an ending: with endings
at a constant rate the best estimate of the mean is time at risk over endings. An agency with few of its own is drawn
towards all of them together, by one review that took the mean of all:

    mean of all = time at risk of all / endings of all
    mean        = (mean of all + time at risk) / (1 + endings)
    a case      = - mean x ln(u), whole quarters, no less than the shortest on record
"""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, Mask
from sim.errors import InputError
from sim.quarters import ordinal
from sim.remedies import REMEDIES
from sim.roster import Roster

RECORD, POWERS = "case_record", "powers"
REVIEW = "case"
"""Kind of a row that is a review with powers; studies and laws are on record beside them."""


def at_risk(roster: Roster, authority: str | None, quarter: int) -> tuple[float, int]:
    """Quarters that reviews of an authority (all, where None) had run by the end of a quarter (an ordinal), and how
    many of them had ended."""
    time, ended = 0.0, 0
    for row in roster.tables.get(RECORD, ()):
        since = quarter - ordinal(row["opened"], f"{RECORD}.csv")
        if row["kind"] != REVIEW or since < 0 or authority not in (None, row["authority"]):
            continue
        over = bool(row["decided"]) and ordinal(row["decided"], f"{RECORD}.csv") <= quarter
        time, ended = time + (float(row["quarters"]) if over else float(since)), ended + int(over)
    return time, ended


def mean_quarters(roster: Roster, quarter: int) -> Array:
    """Quarters from opening to decision that a case of each regulator takes on average, (regulators,), as the record
    stood at the end of a quarter; 0 where none had ended, so that only the least time counts."""
    time, ended = at_risk(roster, None, quarter)
    if not ended:
        return np.zeros(len(roster.regulators))
    own = [at_risk(roster, name, quarter) for name in roster.regulators]
    return np.array([(time / ended + mine) / (1.0 + count) for mine, count in own])


def needed(mean: Array, least: Array, draws: Array) -> Array:
    """Quarters of investigation before a charge, a quarter before the decision: (worlds, regulators, theories). mean,
    least (regulators,); draws: uniform."""
    taken = np.rint(-mean[:, None] * np.log(np.maximum(draws, 1e-12)))
    return np.maximum(taken - 1.0, least[:, None])


def powers(roster: Roster) -> Mask:
    """May each regulator impose each remedy? (regulators, remedies); all may do all where there is no table."""
    rows = roster.tables.get(POWERS)
    if rows is None:
        return np.ones((len(roster.regulators), len(REMEDIES)), dtype=bool)
    found = np.zeros((len(roster.regulators), len(REMEDIES)), dtype=bool)
    for row in rows:
        if row["regulator"] not in roster.regulators or row["power"] not in REMEDIES:
            raise InputError(
                f"{POWERS}.csv: '{row['regulator']}, {row['power']}' is no power; regulators are "
                f"{', '.join(roster.regulators)}, remedies {', '.join(REMEDIES)}."
            )
        found[roster.regulators.index(row["regulator"]), REMEDIES.index(row["power"])] = True
    return found
