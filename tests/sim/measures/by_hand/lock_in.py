"""The lock-in index of a frozen quarter, chooser by chooser, its parts by all 24 orders of the four frictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, cached_property
from itertools import permutations
from math import exp, log
from sys import float_info

from sim.equilibrium import clearing
from sim.measures import lock_in as measured
from tests.sim.measures.by_hand.prices import sensitivity
from tests.sim.measures.by_hand.world import HOURS, World, ratio

PARTS = ("contract", "porting", "egress", "ecosystem")
EVERY, NONE = frozenset(PARTS), frozenset[str]()
HABIT = frozenset({"porting", "habit", "ecosystem"})
"""What really hinders a buyer: without charges that only go from buyer to cloud."""
Row = tuple[int, int, float, list[float], float]
"""A buyer's demand of one origin: buyer, origin, H100e, chance of every offer, and ln of all odds."""


class Choices:
    """World r of a game's frozen core market."""

    def __init__(self, w: World) -> None:
        self.w, self.market, self.frozen = w, w.given.markets.core, w.played.outcomes[0].frozen
        self.site = self.market.site
        self.offers = range(len(self.site.offers))
        labels = self.site.offer_nest.tolist()
        self.nests = [[offer for offer in self.offers if labels[offer] == label] for label in sorted(set(labels))]
        self.live = self.frozen.live[w.r].tolist()
        self.costs = self.market.switching_costs(self.frozen.state, self.frozen.conditions, self.frozen.mass)
        self.stack, self.cloud = self.costs.stack_utils[w.r].tolist(), self.costs.cloud_utils[w.r].tolist()

    @cached_property
    def utility(self) -> dict[bool, list[list[float]]]:
        """V of every offer to every buyer, with ecosystems as they are and all alike at their mean."""
        c = self.frozen.conditions
        mean = sum(c.ecosystem[self.w.r].tolist()) / c.ecosystem.shape[1]
        each = {True: c, False: replace(c, ecosystem=0.0 * c.ecosystem + mean)}
        price, state = self.frozen.work_price, self.frozen.state
        return {gap: self.market.utility(price, state, one)[self.w.r].tolist() for gap, one in each.items()}

    def cost(self, buyer: int, origin: int, offer: int, frictions: frozenset[str]) -> float:
        """Utils that it takes to go from an origin (an offer, nothing, or an investor's claim) to an offer."""
        families, here = len(self.w.roster.families), self.site
        target = int(here.offer_family[offer]) if here.offer_family[offer] >= 0 else families
        known = origin < len(here.offers)
        stack = int(here.offer_family[origin]) if known and here.offer_family[origin] >= 0 else families
        moves = known and here.offer_owner[origin] != here.offer_owner[offer]
        found = self.stack[buyer][stack][target] if "porting" in frictions else 0.0
        if moves and "egress" in frictions:
            found += self.cloud[buyer][int(here.offer_owner[origin])][int(here.offer_owner[offer])]
        if moves and "habit" in frictions:
            rules, region = self.frozen.conditions.rules, here.buyer_region[buyer]
            found += self.w.p("cloud_intangible") * float(rules.cloud_intangible_factor[self.w.r, region])
        return found

    def chances(self, value: list[float | None]) -> tuple[list[float], float]:
        """Nested logit over offers that are to be had (None: not): chances, and ln of all odds with waiting at 1."""
        chance, pull, whole = [0.0] * len(value), {}, 1.0
        for number, members in enumerate(self.nests):
            scale = self.w.p("dissimilarity") if len(members) > 1 else 1.0
            odds = {offer: exp(value[offer] / scale) for offer in members if value[offer] is not None}
            inside = sum(odds.values())
            if inside > 0.0:
                pull[number] = {offer: one / inside * inside**scale for offer, one in odds.items()}
                whole += inside**scale
        for nest in pull.values():
            for offer, one in nest.items():
                chance[offer] = one / whole
        return chance, log(whole)

    def rows(self, frictions: frozenset[str], shadow: list[float] | None = None) -> list[Row]:
        """Everybody who chooses under some frictions; an offer's shadow price is that of the pools it uses."""
        tied, found = len(self.offers) + 1, []
        mass, utility = self.frozen.mass[self.w.r].tolist(), self.utility["ecosystem" in frictions]
        for buyer, row in enumerate(mass):
            felt = [self.felt(buyer, offer, shadow) for offer in self.offers]
            for origin, seeking in enumerate(row):
                if "contract" not in frictions and origin < len(self.offers):
                    seeking += self.live[origin][buyer]
                if seeking <= 0.0:
                    continue
                value: list[float | None] = []
                for offer in self.offers:
                    if origin == tied:
                        open_ = self.site.offer_owner[offer] == self.site.buyer_partner[buyer]
                        value.append(utility[offer][buyer] - felt[offer] if open_ else None)
                    else:
                        cost = self.cost(buyer, origin, offer, frictions)
                        value.append(utility[offer][buyer] - cost - felt[offer])
                found.append((buyer, origin, seeking, *self.chances(value)))
        return found

    def felt(self, buyer: int, offer: int, shadow: list[float] | None) -> float:
        """Shadow price of an offer."""
        return 0.0 if shadow is None else sum(a * b for a, b in zip(self.uses(buyer, offer), shadow, strict=True))

    def uses(self, buyer: int, offer: int) -> list[float]:
        """H100e of every pool that a unit of an offer takes for a buyer."""
        return list(self.frozen.routing[self.w.r, self.site.buyer_region[buyer], offer].tolist())

    def by_pool(self, frictions: frozenset[str], rows: list[Row]) -> list[float]:
        """What is asked of every pool, and what contracts hold there."""
        held = self.frozen.committed_by_pool[self.w.r].tolist()
        total = held if "contract" in frictions else [0.0] * len(held)
        by_place: dict[tuple[int, int], float] = {}
        for buyer, _, seeking, chance, _ in rows:
            for offer in self.offers:
                place = (int(self.site.buyer_region[buyer]), offer)
                by_place[place] = by_place.get(place, 0.0) + seeking * chance[offer]
        for (region, offer), amount in by_place.items():
            parts = self.frozen.routing[self.w.r, region, offer].tolist()
            total = [one + amount * part for one, part in zip(total, parts, strict=True)]
        return total


@cache
def choices(w: World) -> Choices:
    """Its choices, set up once."""
    return Choices(w)


@cache
def relaxed(w: World, frictions: frozenset[str]) -> tuple[list[Row], list[float]]:
    """Who chooses what with capacity relaxed, and what is asked of pools."""
    rows = choices(w).rows(frictions)
    return rows, choices(w).by_pool(frictions, rows)


@cache
def constrained(w: World, frictions: frozenset[str]) -> list[float]:
    """What pools serve with capacity as it is. Shadow prices are taken on trust and proved: no pool is asked for more
    than its room, and one with a price is asked for all of it, which holds for one allocation only."""
    c, contracts = choices(w), "contract" in frictions
    free = c.frozen.conditions.capacity - c.frozen.captive - c.frozen.committed_by_pool * contracts
    epsilon = float_info.epsilon
    held = [booked * contracts for booked in c.frozen.committed_by_pool[w.r].tolist()]
    problem = measured.problem(c.market, c.frozen, frictions)
    shadow = clearing.clear(problem, free.clip(min=0.0)).shadow_price[w.r].tolist()
    total = c.by_pool(frictions, c.rows(frictions, shadow))
    for price, asked, booked, room in zip(shadow, total, held, free[w.r].tolist(), strict=True):
        new = max(asked - booked, 1e-6)
        rounding = 4.0 * epsilon * booked / new  # what is asked of a full pool is a difference of large sums
        assert abs(min(price, log(max(room, 1e-6) / new))) < 1e-6 + rounding
    return total


def by_name(w: World, level: str, total: list[float]) -> dict[str, float]:
    """Shares of families or of clouds."""
    site, names = choices(w).site, w.roster.families if level == "family" else w.roster.owners
    found = dict.fromkeys(names, 0.0)
    for place, amount in zip(site.pool_family if level == "family" else site.pool_owner, total, strict=True):
        found[names[place]] += amount
    whole = sum(found.values())
    return {name: amount / whole for name, amount in found.items()}


@cache
def share(w: World, level: str, frictions: frozenset[str]) -> dict[str, float]:
    """s(F) of every name."""
    return by_name(w, level, relaxed(w, frictions)[1])


def index(w: World, level: str, name: str) -> float:
    """s(all) - s(none)."""
    return share(w, level, EVERY)[name] - share(w, level, NONE)[name]


def part(friction: str) -> Callable[[World, str, str], float]:
    """What a friction adds when it comes, averaged over all orders in which the four may come."""

    def worked(w: World, level: str, name: str) -> float:
        found, orders = 0.0, list(permutations(PARTS))
        for order in orders:
            before = frozenset(order[: order.index(friction)])
            found += share(w, level, before | {friction})[name] - share(w, level, before)[name]
        return found / len(orders)

    return worked


def held_back(w: World, level: str, name: str) -> float:
    """The index with capacity as it is."""
    bound, free = (by_name(w, level, constrained(w, frictions)) for frictions in (EVERY, NONE))
    return bound[name] - free[name]


def stays(w: World, level: str, name: str, frictions: frozenset[str]) -> tuple[float, float]:
    """Of choosers that used a name: who signs with it again, and who signs at all, H100e."""
    here = choices(w)
    names, kind = (
        (w.roster.families, here.site.offer_family) if level == "family" else (w.roster.owners, here.site.offer_owner)
    )
    mine, again, whole = names.index(name), 0.0, 0.0
    for _, origin, seeking, chance, _ in relaxed(w, frictions)[0]:
        if origin < len(here.offers) and kind[origin] == mine:
            again += seeking * sum(one for offer, one in enumerate(chance) if kind[offer] == mine)
            whole += seeking * sum(chance)
    return again, whole


def trapped(w: World, level: str, name: str) -> float:
    """(stays - would stay on merit) / (1 - would stay), of who uses it now; what is committed stays."""
    here = choices(w)
    names, kind = (
        (w.roster.families, here.site.offer_family) if level == "family" else (w.roster.owners, here.site.offer_owner)
    )
    live = sum(sum(by_buyer) for offer, by_buyer in enumerate(here.live) if kind[offer] == names.index(name))
    again, whole = stays(w, level, name, EVERY)
    merit = ratio(*stays(w, level, name, NONE))
    return ((again + live) / (whole + live) - merit) / (1.0 - merit) if whole + live > 0.0 else 0.0


def market_index(w: World, level: str, name: str) -> float:
    """Half of all that shares are off."""
    return sum(abs(index(w, level, other)) for other in share(w, level, EVERY)) / 2.0


@cache
def loss(w: World) -> float:
    """What all would gain if only ecosystems stood between offers, all choosing: musd, ln of odds / alpha x bill."""
    here, found = choices(w), 0.0
    bound, free = here.rows(HABIT), here.rows(frozenset({"ecosystem"}))
    for (buyer, _, mass, _, now), (*_, then) in zip(bound, free, strict=True):
        bill = mass * float(here.frozen.state.market_price[w.r, buyer]) * HOURS / 1e6
        found += (then - now) / sensitivity(w, w.markets[0], buyer) * bill
    return found


COLUMNS: dict[str, Callable[[World, str, str], float]] = {
    "actual_share": lambda w, level, name: share(w, level, EVERY)[name],
    "merit_share": lambda w, level, name: share(w, level, NONE)[name],
    "lock_in_index": index,
    **{friction: part(friction) for friction in PARTS},
    "lock_in_index_constrained": held_back,
    "trapped_fraction": trapped,
    "market_index": market_index,
    "deadweight_loss_musd": lambda w, level, name: loss(w),
}
"""By level (family or cloud) and name."""
