"""The table of offers: capacity of every pool by the channel through which it is used."""

from __future__ import annotations

from sim.arrays import Array
from sim.measures.figures import Figures
from sim.state import Given, Quarter

Row = dict[str, Array]


def rows(g: Given, f: Figures, played: Quarter) -> dict[tuple[str, str, str], Row]:
    """Rows of offers.parquet of this quarter: (cloud, family, channel) -> columns, (worlds,) each."""
    roster, found = g.roster, {}
    for number, pool in enumerate(roster.pools):
        key = (roster.owners[pool.owner], roster.families[pool.family])
        direct = _direct(f, played, number)
        found[(*key, "edge" if pool.site == "edge" else "direct")] = direct
        if roster.managed_titles[pool.owner] and pool.site == "core":
            found[(*key, "managed")] = _managed(f, played, number, direct)
        if pool.captive_share > 0.0:
            own = played.use.own[:, number]
            cost = played.opened.made.costs.long_run_usd[:, number]
            held = dict.fromkeys(("installed_h100e", "used_h100e", "committed_h100e"), own)
            found[(*key, "own-use")] = {**direct, **held, "price_usd_per_h100e_hour": cost}
    return found


def _direct(f: Figures, played: Quarter, number: int) -> Row:
    own, managed = played.use.own[:, number], f.managed_committed[:, number]
    return {
        "installed_h100e": played.opened.made.installed[:, number] - own - managed,
        "used_h100e": played.use.rented[:, number] - f.managed_use[:, number],
        "committed_h100e": f.committed[:, number] - managed,
        "price_usd_per_h100e_hour": f.posted[:, number],
        "shadow_price": f.shadow[:, number],
    }


def _managed(f: Figures, played: Quarter, number: int, direct: Row) -> Row:
    managed, markup = f.managed_committed[:, number], 1.0 + played.opened.p.managed_markup
    return {
        **direct,
        "installed_h100e": managed,
        "used_h100e": f.managed_use[:, number],
        "committed_h100e": managed,
        "price_usd_per_h100e_hour": f.posted[:, number] * markup,
    }
