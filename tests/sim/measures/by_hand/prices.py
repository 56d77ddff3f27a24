"""Prices, use of capacity, surplus, and the cost of compute chained from quarter to quarter."""

from __future__ import annotations

import csv
from collections.abc import Callable
from math import log, sqrt

from tests.sim.measures.by_hand.bookings import unserved
from tests.sim.measures.by_hand.shares import core, of
from tests.sim.measures.by_hand.world import HOURS, Market, Pool, World, ratio

Basket = list[tuple[float, float]]
"""Price of useful work and H100e bought, by pool."""


def skill_factor(w: World, market: Market, buyer: int) -> float:
    """How much more a segment's buyer minds the price, by its skill, from the roster's table."""
    with (w.roster.folder / "skills.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    (row,) = [row for row in rows if float(row["skill"]) == market.site.buyer_skill[buyer]]
    return float(row["price_sensitivity_factor"])


def sensitivity(w: World, market: Market, buyer: int) -> float:
    """alpha of a buyer."""
    if market.site.buyer_lab[buyer] >= 0:
        return float(w.p("price_sensitivity") * w.p("lab_price_sensitivity_factor"))
    return float(w.p("price_sensitivity") * skill_factor(w, market, buyer))


def surplus(w: World, region: str = "") -> float:
    """Sum over choosers of ln(1 / chance to wait) / alpha x their bill at the prices they pay: musd."""
    found = 0.0
    for market in w.markets:
        mass = market.outcome.seekers.mass[w.r].tolist()
        outside = market.outcome.clearing.outside[w.r].tolist()
        for buyer, rows in enumerate(mass):
            if region and w.roster.regions[market.site.buyer_region[buyer]] != region:
                continue
            price = float(market.state.market_price[w.r, buyer])
            each = sum(m * log(m * w.over / left) for m, left in zip(rows, outside[buyer], strict=True) if m > 0.0)
            found += each * price * HOURS / 1e6 / sensitivity(w, market, buyer)
    return found


def weighted(amount: Callable[[Pool], float]) -> Callable[[World], float]:
    """Sum of an amount x use by buyers at the core."""
    return lambda w: w.total(lambda pool: amount(pool) * pool.bought_at_price)


def posted(owner: str, family: str) -> Callable[[World], float]:
    """Posted price of an owner's core pool."""

    def worked(w: World) -> float:
        (pool,) = [one for one in w.pools if (one.owner, one.family, one.edge) == (owner, family, False)]
        return pool.price

    return worked


def in_use(where: Callable[[Pool], bool]) -> Callable[[World], float]:
    """Used over online."""
    return lambda w: ratio(w.total(lambda pool: pool.used, where), w.total(lambda pool: pool.online, where))


def powered(w: World) -> float:
    """Online over installed at the core."""
    return ratio(w.total(lambda pool: pool.online, core), w.total(lambda pool: pool.installed, core))


def switching_spend(w: World) -> float:
    """Porting work, charges for leaving and for ending early, musd."""
    names = ("porting_musd_per_hour", "exit_fee_musd_per_hour", "switching_fee_musd_per_hour")
    return HOURS * sum(sum(map(sum, market.flow(name))) for market in w.markets for name in names)


def work(w: World) -> Basket:
    """What the quarter bought."""
    efficiency = w.played.opened.made.production.efficiency[w.r].tolist()
    family = [efficiency[w.roster.families.index(pool.family)] for pool in w.pools]
    priced = [pool.price / at if pool.bought_at_price > 0.0 else 0.0 for pool, at in zip(w.pools, family, strict=True)]
    return [(price, pool.bought_at_price) for price, pool in zip(priced, w.pools, strict=True)]


def burden(w: World) -> float:
    """What switching and waiting cost on top of a unit of spending."""
    bought = work(w)
    price = ratio(sum(p * q for p, q in bought), sum(q for _, q in bought))
    waiting = unserved(w) * price * HOURS / 1e6
    return 1.0 + ratio(switching_spend(w) + waiting, weighted(lambda pool: pool.price)(w) * HOURS / 1e6)


def relative(old: Basket, new: Basket, basket: Basket) -> float:
    """What a basket costs at new prices over what it cost at old ones; as dear as ever where it cost nothing."""
    both = [sum(p * q for (p, _), (_, q) in zip(prices, basket, strict=True)) for prices in (new, old)]
    return both[0] / both[1] if both[1] > 0.0 else 1.0


def chained(w: World) -> float:
    """Fisher links, Laspeyres x Paasche, multiplied up; times the burden over the first quarter's."""
    level = 1.0
    for old, new in zip(w.path[:-1], w.path[1:], strict=True):
        first, second = work(old), work(new)
        level *= sqrt(relative(first, second, first) * relative(first, second, second))
    return level * burden(w) / burden(w.path[0])


def fixed_basket(w: World) -> float:
    """The first quarter's basket now over then, times the burden over the first quarter's."""
    first = work(w.path[0])
    return relative(first, work(w), first) * burden(w) / burden(w.path[0])


COLUMNS: dict[str, Callable[[World], float]] = {
    "price_usd_per_h100e_hour": lambda w: ratio(weighted(lambda pool: pool.price)(w), weighted(lambda pool: 1.0)(w)),
    "price_trainium_usd_per_h100e_hour": posted("aws", "trainium"),
    "price_nvidia_aws_usd_per_h100e_hour": posted("aws", "nvidia"),
    "quote_nvidia_usd_per_h100e_hour": posted("neocloud", "nvidia"),
    "price_over_cost": lambda w: ratio(weighted(lambda pool: pool.price)(w), weighted(lambda pool: pool.cost)(w)),
    "utilisation": in_use(core),
    "utilisation_trainium": in_use(of("trainium")),
    "powered_share": powered,
    "switching_spend_musd": switching_spend,
    "buyer_surplus_musd": surplus,
    "cost_of_compute_index": chained,
    "cost_of_compute_fixed_basket_index": fixed_basket,
}
