"""How labs open: compute, tokens and constants as the tables and the opening market have them."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, ratio, total_by
from sim.errors import InputError
from sim.labs.state import LabStart
from sim.labs.tokens import constants as token_constants
from sim.roster import Roster, numbers
from sim.supply.start import Start


def open_labs(start: Start, wanted: Array, live: Array, captive: Array) -> LabStart:
    """Labs at the start of a game; constants solved on the root parameters. InputError when a lab has no starting
    figures.

    wanted (worlds, buyers) at the core; live (worlds, offers, buyers) commitments; captive (worlds, pools) own use,
    H100e."""
    roster, core, root = start.roster, start.roster.sites[0], start.root
    mine, labs = _rows(roster, start.tables.start), roster.tables["labs"]
    h100e = np.take(wanted, roster.lab_buyers, axis=1)
    price, revenue = numbers(labs, "token_price_usd_per_mtoken"), numbers(mine, "revenue_musd")
    tokens, fleet = np.where(h100e > 0.0, revenue / price, 0.0), _own_fleet(roster, mine)
    return LabStart(
        h100e=h100e,
        training_share=numbers(labs, "training_share"),
        small_share=numbers(labs, "small_model_share"),
        price=price,
        revenue=revenue,
        cash=numbers(mine, "cash_musd"),
        funding=numbers(mine, "funding_musd"),
        capability=numbers(mine, "capability"),
        partner=core.buyer_partner[roster.lab_buyers],
        region=core.buyer_region[roster.lab_buyers],
        own_fleet=fleet,
        tokens=tokens,
        constant=token_constants(tokens, root.token_outside_share),
        efficiency=chip_efficiency(live, start.made(start.quarter, root).efficiency, roster),
        own_training=own_training(captive, fleet, roster),
    )


def _rows(roster: Roster, quarter: str) -> list[dict[str, str]]:
    """Starting figures of every lab in roster order."""
    rows = {row["lab"]: row for row in roster.tables["lab_starts"] if row["quarter"] == quarter}
    if missing := sorted(set(roster.labs) - set(rows)):
        raise InputError(f"start = '{quarter}': no starting figures for {', '.join(missing)} in lab_starts.csv.")
    return [rows[lab] for lab in roster.labs]


def _own_fleet(roster: Roster, rows: list[dict[str, str]]) -> Array:
    """Part of each owner's fleet that trains a lab's models: (labs, owners)."""
    fleet = np.zeros((len(roster.labs), len(roster.owners)))
    for lab, row in enumerate(rows):
        if row["own_fleet"]:
            fleet[lab, roster.owners.index(row["own_fleet"])] = float(row["own_fleet_share"])
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
