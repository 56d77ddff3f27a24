"""How labs open: compute, tokens and constants as the tables and the opening market have them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from sim.arrays import Array, ratio, total_by
from sim.errors import InputError
from sim.labs.growth import recorded
from sim.labs.state import LabStart
from sim.labs.tokens import constants as token_constants
from sim.quarters import label, ordinal
from sim.roster import Roster, numbers
from sim.supply.start import Start
from sim.supply.tables import between

AMOUNTS, LEVELS = ("revenue_musd", "cash_musd", "funding_musd"), ("capability", "own_fleet_share")
"""Columns of lab_starts.csv that grow, and those that move."""


def open_labs(
    start: Start, wanted: Array, live: Array, captive: Array, when: int | None = None, known_until: int | None = None
) -> LabStart:
    """Labs at the start of a game, or as they were in another quarter (when, an ordinal) by what was known till
    `known_until`; constants solved on the root parameters. InputError when a lab has no figures.

    wanted (worlds, buyers) at the core; live (worlds, offers, buyers) commitments; captive (worlds, pools) own use,
    H100e."""
    roster, core, root = start.roster, start.roster.sites[0], start.root
    quarter = start.quarter if when is None else when
    onward = partial(start.tables.growth_since, quarter=quarter) if start.carried or known_until else None
    labs, known = roster.tables["labs"], figures(roster, quarter, known_until or quarter, onward)
    h100e, price = np.take(wanted, roster.lab_buyers, axis=1), numbers(labs, "token_price_usd_per_mtoken")
    fleet = _own_fleet(roster, known["own_fleet_share"])
    tokens = np.where(h100e > 0.0, known["revenue_musd"] / price, 0.0)
    return LabStart(
        h100e=h100e,
        training_share=numbers(labs, "training_share"),
        small_share=numbers(labs, "small_model_share"),
        price=price,
        revenue=known["revenue_musd"],
        cash=known["cash_musd"],
        funding=known["funding_musd"],
        capability=known["capability"],
        partner=core.buyer_partner[roster.lab_buyers],
        region=core.buyer_region[roster.lab_buyers],
        own_fleet=fleet,
        tokens=tokens,
        constant=token_constants(tokens, root.token_outside_share),
        efficiency=chip_efficiency(live, start.made(quarter, root).efficiency, roster),
        own_training=own_training(captive, fleet, roster),
        excess_growth=recorded(roster, min(quarter, known_until or quarter)),
    )


def figures(
    roster: Roster, quarter: int, known_until: int, onward: Callable[[int], float] | None = None
) -> dict[str, Array]:
    """What is known of every lab in a quarter (an ordinal), (labs,) by column of lab_starts.csv: between two dates at
    an even pace, in logs where the figure is an amount. Rows after `known_until` are not known yet.

    onward: by what amounts have grown since a date that is the last known; without it there has to be a row."""
    found: dict[str, list[float]] = {name: [] for name in (*AMOUNTS, *LEVELS)}
    for lab in roster.labs:
        rows = {ordinal(row["quarter"]): row for row in roster.tables["lab_starts"] if row["lab"] == lab}
        before = max((date for date in rows if date <= quarter), default=None)
        after = min((date for date in rows if quarter <= date <= known_until), default=before)
        stale = before is not None and before < quarter and after == before
        if before is None or after is None or (stale and onward is None):
            raise InputError(f"start = '{label(quarter)}': no starting figures for {lab} in lab_starts.csv.")
        part = 0.0 if after == before else (quarter - before) / (after - before)
        grown = onward(before) if stale and onward is not None else 1.0
        for name in found:
            ends = float(rows[before][name]), float(rows[after][name])
            amount = name in AMOUNTS
            found[name].append(grown * between(*ends, part) if amount else ends[0] + part * (ends[1] - ends[0]))
    return {name: np.array(values) for name, values in found.items()}


def _own_fleet(roster: Roster, share: Array) -> Array:
    """Part of each owner's fleet that trains a lab's models: (labs, owners). share (labs,)."""
    fleet = np.zeros((len(roster.labs), len(roster.owners)))
    for lab, name in enumerate(roster.labs):
        owner = next((r["own_fleet"] for r in roster.tables["lab_starts"] if r["lab"] == name and r["own_fleet"]), "")
        if owner:
            fleet[lab, roster.owners.index(owner)] = share[lab]
    return fleet


def own_training(captive: Array, fleet: Array, roster: Roster) -> Array:
    """H100e of its house's fleet that trains a lab's models: captive (worlds, pools), fleet (labs, owners) -> (worlds,
    labs)."""
    by_house = total_by(captive * ~roster.pool_is_edge, roster.pool_owner, len(roster.owners))
    return np.asarray((by_house[:, None, :] * fleet).sum(axis=2))


def chip_efficiency(use: Array, efficiency: Array, roster: Roster) -> Array:
    """Useful work per H100e of the chips that each lab rents directly: use (worlds, offers, buyers) -> (worlds, labs).

    A lab that rents none has the plain mean of the families."""
    core, buyer = roster.sites[0], roster.lab_buyers
    direct = core.offer_family >= 0
    rented = np.take(np.compress(direct, use, axis=1), buyer, axis=2)
    work = (rented * np.take(efficiency, core.offer_family[direct], axis=1)[:, :, None]).sum(axis=1)
    total = rented.sum(axis=1)
    return np.where(total > 0.0, ratio(work, total), efficiency.mean(axis=1)[:, None])
