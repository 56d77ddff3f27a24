"""Customers that leave their cloud, buyer by buyer."""

from __future__ import annotations

from collections.abc import Callable

from tests.sim.measures.by_hand.world import World, ratio


def number(w: World, buyer: str) -> float:
    """How many customers a buyer of the core is, from the words of its name: segment, region, skill class."""
    if buyer in w.roster.labs:
        return 1.0
    segment, region, skill = buyer.split("-")
    tables = w.roster.tables
    (row,) = [one for one in tables["segments"] if one["segment"] == segment]
    (place,) = [one for one in tables["regions"] if one["region"] == region]
    (kind,) = [one for one in tables["skills"] if one["skill_class"] == skill]
    return float(row["customers"]) * float(place[row["region_weight"]]) * float(kind["share"])


def leavers(w: World) -> float:
    """Part of what ran that went to another cloud, four times over, by the number of customers."""
    market = w.markets[0]
    live, returning = market.outcome.frozen.live[w.r].tolist(), market.outcome.seekers.returning[w.r].tolist()
    shares, owner = market.outcome.clearing.shares[w.r].tolist(), market.site.offer_owner.tolist()
    leave, everybody = 0.0, 0.0
    for b, buyer in enumerate(market.site.buyers):
        ran = sum(by_buyer[b] for by_buyer in live) / w.over + sum(returning[b])
        if ran == 0.0:
            continue
        gone = sum(
            returning[b][k] * shares[offer][b][k]
            for offer, mine in enumerate(owner)
            for k, cloud in enumerate(owner)
            if cloud != mine
        )
        stays = (ran - gone) / ran
        leave += number(w, buyer) * (1.0 - stays * stays * stays * stays)
        everybody += number(w, buyer)
    return ratio(leave, everybody)


COLUMNS: dict[str, Callable[[World], float]] = {"cloud_leavers_per_year": leavers}
