"""What price over cost is made of, worked from raw mark-ups, fleets and power."""

from __future__ import annotations

from collections.abc import Callable

from tests.sim.measures.by_hand.shares import core
from tests.sim.measures.by_hand.world import World, ratio


def toll(w: World) -> float:
    """Margin of a price over what an entrant pays, in the quarter."""
    spent = w.total(lambda pool: pool.price * pool.bought_at_price)
    return ratio(spent, w.total(lambda pool: pool.cost * pool.bought_at_price)) / float(w.p("entrant_cost_factor"))


def entry(w: World) -> tuple[float, float, float]:
    """(quarters that paid, open, pressure) after a quarter, played again from the start."""
    paying, open_, pressure = 0.0, 0.0, 0.0
    for one in w.path:
        paying = paying + 1.0 if toll(one) > one.p("entry_threshold") else 0.0
        comes = paying >= max(round(float(one.p("entry_delay_quarters"))), 1)
        open_ = float(comes or (open_ > 0.0 and toll(one) > min(one.p("entry_end"), one.p("entry_threshold"))))
        pressure += float(one.p("entry_erosion")) * (open_ - pressure)
    return paying, open_, pressure


def pressed(w: World, habit: float) -> float:
    """A habitual mark-up as entry left it before the quarter."""
    pressure = entry(w.earlier[-1])[2] if w.earlier else 0.0
    return habit + pressure * min(float(w.p("entrant_cost_factor")) - 1.0 - habit, 0.0)


def aims(w: World) -> list[float]:
    """Price that each pool's owner aims at."""
    anchor = float(w.p("markup_anchor"))
    usual = pressed(w, float(w.given.path.at(w.quarter).cloud_markup[w.r]))
    start = [pressed(w, one) for one in w.given.opening.markup[w.r].tolist()]
    return [pool.cost * (1.0 + anchor * s + (1.0 - anchor) * usual) for pool, s in zip(w.pools, start, strict=True)]


def full(w: World) -> list[bool]:
    """Is each pool's owner out of power three quarters ahead, with what arrives and is on order?"""
    state, made, pue = w.after.supply, w.played.opened.made, float(w.p("pue"))
    level = float(w.played.opened.economy.power[w.r] * w.p("power_headroom") * w.p("power_level"))
    start, long_run = (float(w.p(f"power_growth_{k}")) for k in ("start", "long_run"))
    for later in range(w.quarter + 1, w.quarter + 4):
        fade = 0.5 ** ((later - 1) / float(w.p("power_half_life_quarters")))
        level *= (1.0 + long_run + (start - long_run) * fade) ** 0.25
    taken = dict.fromkeys(w.roster.owners, 0.0)
    for k, pool in enumerate(w.pools):
        if pool.edge:
            continue
        cohorts = zip(state.fleet.h100e[w.r, k].tolist(), state.fleet.watts_per_h100e[w.r, k].tolist(), strict=True)
        watts = sum(h100e * each for h100e, each in cohorts)
        watts += float(state.arriving[w.r, k] * state.arriving_watts[w.r, k])
        coming = float(state.backlog[w.r, k] * made.costs.mw_per_h100e[w.r, k])
        taken[pool.owner] += watts * pue / 1e6 + coming
    has = dict(zip(w.roster.owners, (w.given.opening.mw[w.r] * level).tolist(), strict=True))
    return [taken[pool.owner] >= 0.995 * has[pool.owner] for pool in w.pools]


def over_cost(amounts: Callable[[World], list[float]]) -> Callable[[World], float]:
    """Sum of an amount by pool x use by buyers, over what that use costs."""

    def worked(w: World) -> float:
        sold = sum(each * pool.bought_at_price for each, pool in zip(amounts(w), w.pools, strict=True))
        return ratio(sold, w.total(lambda pool: pool.cost * pool.bought_at_price))

    return worked


def target(w: World) -> list[float]:
    """Aim less cost."""
    return [aim - pool.cost for aim, pool in zip(aims(w), w.pools, strict=True)]


def scarce(w: World) -> list[float]:
    """Price less aim."""
    return [pool.price - aim for aim, pool in zip(aims(w), w.pools, strict=True)]


def rent(w: World) -> list[float]:
    """The same where power is out."""
    return [one if out else 0.0 for one, out in zip(scarce(w), full(w), strict=True)]


def per_mw(w: World) -> float:
    """Rent over the power of what earns it, musd a MW and year."""
    mw = w.played.opened.made.costs.mw_per_h100e[w.r].tolist()
    earns = [(p.bought_at_price if out else 0.0) for p, out in zip(w.pools, full(w), strict=True)]
    power = sum(one * each for one, each in zip(earns, mw, strict=True))
    return ratio(sum(r * use for r, use in zip(rent(w), earns, strict=True)) * 8760.0 / 1e6, power)


def binding(w: World) -> float:
    """Share of use by buyers at owners without room."""
    sold = sum(pool.bought_at_price for pool, out in zip(w.pools, full(w), strict=True) if out)
    return ratio(sold, w.total(lambda pool: pool.bought_at_price, core))


COLUMNS: dict[str, Callable[[World], float]] = {
    "target_markup_over_cost": over_cost(target),
    "scarcity_over_cost": over_cost(scarce),
    "power_rent_over_cost": over_cost(rent),
    "power_rent_musd_per_mw_year": per_mw,
    "power_binding_share": binding,
    "entry_open": lambda w: entry(w)[1],
    "entry_pressure": lambda w: entry(w)[2],
}
