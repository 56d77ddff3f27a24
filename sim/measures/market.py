"""Measures a quarter: fills the metrics that sim/metrics.py declares, and the tables of offers and parties."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.arrays import Array
from sim.enforcement import cases as steps
from sim.measures import (
    balances,
    bookings,
    customers,
    labs,
    margins,
    money,
    offers,
    parties,
    prices,
    public,
    shares,
    stacks,
)
from sim.measures.figures import Figures
from sim.state import Given, Quarter, State


def of(g: Given, f: Figures, before: State, after: State, played: Quarter) -> dict[str, Any]:
    """All metrics of a quarter, (worlds,) each, and the tables under 'offers' and 'parties'."""
    supply = after.supply
    values = shares.measure(g, f, supply, played) | shares.concentration(g, played)
    values |= bookings.measure(g, f, after, played) | bookings.exchange(g, played)
    values |= prices.measure(g, f, after, played) | money.measure(g, after, played)
    values |= margins.measure(g, f, before, after, played)
    values |= labs.measure(g.labs, after.labs) | _cases(g, after, played)
    values |= public.measure(g, supply, played) | stacks.measure(g, after, played)
    values |= balances.measure(before, after, played) | customers.measure(g, played)
    values["scrapped_h100e"] = played.opened.made.scrapped.sum(axis=(1, 2))
    values["online_h100e"] = played.opened.made.online.sum(axis=1)
    return {**values, "offers": offers.rows(g, f, played), "parties": parties.measure(g, before, after, played)}


def _cases(g: Given, after: State, played: Quarter) -> dict[str, Array]:
    cases, proof = after.cases, g.agencies.proof[:, None]
    open_ = (cases.stage >= steps.INVESTIGATION) & (cases.stage <= steps.DECIDED)
    in_force = np.where(cases.stage == steps.IN_FORCE, cases.strength, 0.0)
    return {
        "cases_open": open_.sum(axis=(1, 2)).astype(float),
        "case_remedy_strength": in_force.sum(axis=(1, 2)),
        "evidence_over_proof": (cases.evidence / proof).max(axis=(1, 2)),
        "cases_annulled": cases.annulled.sum(axis=(1, 2)),
        "fines_musd": played.statement.fines,
    }
