"""What must balance, counted again: money by payments, chips from line to fleet, demand, and what clearing left."""

from __future__ import annotations

from collections.abc import Callable
from math import log

from tests.sim.measures.by_hand.world import Market, World

LEAST = 1e-6
"""H100e (and tokens) that an empty pool counts with."""


def money(w: World) -> float:
    """What all parties together have more or less than before, over what moved (at least 1)."""
    parties = {party for payer, payee, _, _ in w.payments() for party in (payer, payee)}
    return abs(sum(w.net(party) for party in parties)) / max(sum(musd for _, _, musd, _ in w.payments()), 1.0)


def chips(w: World) -> float:
    """What lines made and nobody has, and what fleets gained and neither arrived nor went: over all that stands."""
    made, then, now, r = w.played.opened.made, w.before.supply, w.after.supply, w.r
    lines = sum(made.output[r].tolist()) - sum(made.diverted[r].tolist()) - sum(made.delivered[r].tolist())
    lines -= sum(now.inventory[r].tolist()) - sum(then.inventory[r].tolist())
    stood = sum(sum(vintages) for vintages in then.fleet.h100e[r].tolist())
    whole = sum(pool.installed for pool in w.pools)
    fleets = whole + sum(made.retired[r].tolist()) - stood - sum(then.arriving[r].tolist())
    return (abs(lines) + abs(fleets)) / whole


def demand(w: World) -> float:
    """Of the site where it is worst: what sought and neither signed nor waits, over what sought."""
    worst = 0.0
    for market in w.markets:
        sought = sum(map(sum, market.outcome.seekers.mass[w.r].tolist()))
        waits = sum(map(sum, market.outcome.clearing.outside[w.r].tolist()))
        placed = (sum(map(sum, market.flow("signed"))) + waits) / w.over
        worst = max(worst, abs(sought - placed) / max(sought, 1.0))
    return worst


def left_over(price: list[float], quantity: list[float], room: list[float]) -> float:
    """Largest |min(lambda, ln K/Q)|: a price where there is room, or more asked than there is."""
    triples = zip(price, quantity, room, strict=True)
    return max(abs(min(one, log(max(k, LEAST) / max(q, LEAST)))) for one, q, k in triples)


def at_site(market: Market) -> float:
    """Of a site: new demand against what is online and neither in own use nor committed."""
    frozen, r = market.outcome.frozen, market.r
    taken = zip(frozen.committed_by_pool[r].tolist(), frozen.captive[r].tolist(), strict=True)
    room = [max(online - sum(both), 0.0) for online, both in zip(market.flow("capacity"), taken, strict=True)]
    cleared = market.outcome.clearing
    return left_over(cleared.shadow_price[r].tolist(), cleared.pool_quantity[r].tolist(), room)


def of_tokens(w: World) -> float:
    """Of tokens: what was sold against what set-aside compute, and some borrowed from training, can serve."""
    g, r, opened = w.given.labs, w.r, w.played.opened
    assert w.after.labs.sale is not None
    rate = g.tokens_per_h100e(opened.labs, opened.p)[r].tolist()
    core, room = w.markets[0], []
    used, sublet = core.flow("used"), core.flow("sublet")
    for k, lab in enumerate(w.roster.labs):
        buyer = core.site.buyers.index(lab)
        compute = sum(by_buyer[buyer] for by_buyer in used) + sublet[buyer]
        set_aside = (1.0 - float(w.played.decisions.by_party[lab].training_share[r])) * compute
        room.append(min(set_aside * (1.0 + w.p("serving_headroom")), compute) * rate[k])
    sold = [sum(by_class) for by_class in w.after.labs.sale.sold[r].tolist()]
    return left_over(w.after.labs.sale.shadow_price[r].tolist(), sold, room)


def residual(w: World) -> float:
    """The largest of all markets."""
    return max(*(at_site(market) for market in w.markets), of_tokens(w))


COLUMNS: dict[str, Callable[[World], float]] = {
    "money_imbalance": money,
    "chip_imbalance": chips,
    "demand_imbalance": demand,
    "clearing_residual": residual,
    "clearing_evaluations": lambda w: float(w.played.outcomes[0].clearing.evaluations[w.r]),
    "nonconverged": lambda w: float(residual(w) > 1e-9),
}
