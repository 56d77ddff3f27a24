"""What of orders can be paid, what deals call for, and who gets the power and the money that are new."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.accounts import lending
from sim.anchors.rules import forward_mw, steps_mw
from sim.anchors.struck import Struck
from sim.arrays import ratio, total_by
from sim.briefings.owners import payable
from sim.briefings.vendors import by_line, wafers_ahead
from sim.decisions import Decisions
from sim.economy import budget_musd, total_mw
from sim.state import Given, Opened, State
from sim.supply import joiners, power
from sim.supply.state import IndustryState
from sim.units import USD_PER_MUSD


def held_to_money(g: Given, now: State, o: Opened, d: Decisions) -> Decisions:
    """The decisions with orders of the core as far as they can be paid: sellers take no more, whoever gives them."""
    roster, costs, core = g.roster, o.made.costs, ~g.roster.pool_is_edge
    musd = (costs.capex_usd_per_h100e + costs.site_usd_per_h100e) / USD_PER_MUSD
    asked = ratio(d.clouds.order_mw, costs.mw_per_h100e) * musd * core
    asked, deals = (total_by(one, roster.pool_owner, len(roster.owners)) for one in (asked, o.deals.order * musd))
    most = np.maximum(payable(g, now, o.supply.backlog * musd, o.p) - deals, 0.0)
    part = np.where(core, lending.part_paid(asked, most)[:, roster.pool_owner], 1.0)
    return replace(d, clouds=replace(d.clouds, order_mw=d.clouds.order_mw * part))


def for_deals(g: Given, supply: IndustryState, o: Opened) -> IndustryState:
    """Orders and bookings that deals call for, on top of what was decided."""
    if not g.anchors.deals.any:
        return supply
    wafers = by_line(o.deals.step, wafers_ahead(g, o.number, o.p), g)
    return g.industry.for_deals(supply, o.deals.order, wafers, o.p)


def shared_out(
    g: Given, now: State, o: Opened, supply: IndustryState, struck: Struck
) -> tuple[power.Shares, power.Shares]:
    """Who gets the power that comes in AHEAD quarters, and the capital budgets of the next; steps of deals come first.

    supply: after the quarter, aiming at all that demand calls for, deals included; struck: its deals too. Steps further
    ahead are asked for a quarter after they were signed, when everybody knows of the deal: power that is allotted is
    seen by all."""
    p, costs, kept, signed = o.p, o.made.costs, now.anchors.kept, struck.joined(g.anchors)
    committed = g.industry.committed_mw(supply, p, o.made)
    last, coming = (total_mw(o.economy, g.opening.mw, o.number, p, n) for n in (power.AHEAD - 1, power.AHEAD))
    musd = (costs.capex_usd_per_h100e + costs.site_usd_per_h100e) / USD_PER_MUSD
    firm, money = (steps_mw(signed, kept, o.number, power.AHEAD, each, p) for each in (costs.mw_per_h100e, musd))
    later = forward_mw(now.struck.joined(g.anchors), kept, o.number, power.AHEAD, costs.mw_per_h100e, p)
    target = (power.target_mw(g.roster, supply, committed, costs), power.target_musd(g.roster, supply, costs))
    mw, capex = (joiners.left_to_others(g.roster, one) for one in target)
    wanted = power.Wanted.of(mw, firm, later)
    spent, spending = (budget_musd(o.economy, g.opening.capex, p, n).sum(axis=1) for n in (0, 1))
    asked = power.Wanted.of(capex, money)
    budgets = now.budget.allotted(spent, spending, asked, p, power.DEAL_MONEY_AT_MOST)
    return now.power.allotted(last, coming, wanted, p), budgets
