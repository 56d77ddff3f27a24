"""Newcomers with capacity over a quarter: their first order, and how what they leave is wound up."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from sim.accounts.state import Statement
from sim.accounts.winding_up import without
from sim.arrays import PerWorld, PerWorldOwner, ratio
from sim.economy import total_mw
from sim.market import entrant
from sim.market.entrant import Entrant
from sim.market.entry import Entry
from sim.parameters import Parameters
from sim.state import Given, Opened, State
from sim.supply import joiners
from sim.supply.power import running_mw
from sim.supply.state import IndustryState


def first_order(g: Given, now: State, supply: IndustryState, o: Opened) -> IndustryState:
    """The supply side with what newcomers order as they come, on top of what was decided.

    They have no stock to go on from and no demand of their own yet, and the market has paid for more than capacity
    costs for a year: they order all that their power and money allow. supply: after the quarter's orders."""
    if not now.entrant.fresh.any():
        return supply
    decided = o.free.less(supply.backlog - o.supply.backlog, g.roster.pool_owner)
    owner, core = g.roster.pool_owner, ~g.roster.pool_is_edge
    theirs = now.entrant.fresh[:, None] * (g.roster.entering[owner] & core)
    pools = np.bincount(owner[core], minlength=len(g.roster.owners))[owner]
    by_power, by_money = (
        ratio(decided.room_mw[:, owner], decided.mw),
        ratio(decided.budget_musd[:, owner], decided.musd),
    )
    order = np.where(theirs > 0.0, np.minimum(by_power, by_money) / np.maximum(pools, 1), 0.0)
    return g.industry.for_deals(supply, order, np.zeros_like(supply.inventory), o.p)


def powered(g: Given, now: State, path: PerWorldOwner, p: Parameters) -> PerWorldOwner:
    """Power that each owner may fill in the quarter that opens, with what joiners have of it: MW (worlds, owners).

    path: as it is shared out among the others."""
    taken = partial(running_mw, g.roster, now.supply, p)
    return joiners.with_power(g.roster, path, g.opening.mw, taken, p, now.entrant.came_mw)


def moved_on(g: Given, now: State, paid: PerWorld, done: Statement, o: Opened) -> tuple[Entry, Entrant, PerWorldOwner]:
    """Where entry and newcomers stand after a quarter, and who leaves with it, (worlds, owners) ones.

    paid (worlds,): price over cost; done: the quarter's accounts. Backers pay for what is built, and for losses while
    entry pays; shareholders for what is built alone, and are asked for the rest in vain."""
    if not g.roster.entering.any():
        return now.entry.after(paid, o.p), now.entrant, np.zeros_like(done.called)
    entry = now.entry.after(paid, o.p, entrant.part_of_capacity(g.roster, o.made.online))
    p = g.path.at(o.number)  # as the scenario has it: what is felt is off where nobody is there
    short = done.called + done.backed * (1.0 - entry.open[:, None]) - done.capex
    gone, mw = now.entrant.failing(g.roster, short, p), total_mw(o.economy, g.opening.mw, o.number, p)
    return entry, now.entrant.after(g.roster, entry.open, gone, mw, p), gone


def wound_up(g: Given, after: State, gone: PerWorldOwner) -> State:
    """What a quarter leaves, without owners that left with it: (worlds, owners) ones."""
    if not gone.any():
        return after
    assert after.last is not None
    sites = tuple(entrant.without(site, state, gone) for site, state in zip(g.roster.sites, after.sites, strict=True))
    balance = without(g.roster, after.balance, gone, after.last.ledger)
    return replace(after, sites=sites, supply=joiners.wound_up(g.roster, after.supply, gone), balance=balance)
