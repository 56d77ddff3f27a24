"""Who pays for a lab's growth, and what happens when nobody does: the investors' line, and default.

    line   = burn multiple x new yearly revenue (smoothed), cut by what serving loses over revenue
    pays   = what the runway that investors want is short of, at most the line
    unpaid = what a purse is short of after that; creditors lose it, clouds up to the quarter's bills

A lab that has an owner's fleet behind it is a department of its house, which covers what it is short of. A lab in
default keeps a part of its commitments, the rest is handed back at once, and signs nothing beyond for a year.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.arrays import Array, Mask, PerWorldOwner, ratio, total_by
from sim.labs.state import LabStart, LabState
from sim.market.state import Conditions, SiteOutcome, SiteState
from sim.parameters import Parameters
from sim.roster import Roster
from sim.units import HOURS_PER_QUARTER, QUARTERS_PER_YEAR

SMOOTHING = 0.5
"""Weight of the newest quarter in new revenue as investors see it. Judgement."""
BARRED_QUARTERS = 4.0
"""Quarters after a default in which a lab signs nothing beyond what it keeps. Judgement."""


def has_house(start: LabStart) -> Mask:
    """Labs behind which an owner's fleet stands: (labs,)."""
    return np.asarray(start.own_fleet.sum(axis=1) > 0.0)


def line(start: LabStart, labs: LabState, p: Parameters) -> Array:
    """What investors pay in this quarter at most, on what they saw: (worlds, labs) musd, without limit from a house."""
    done, growing = labs.statement, np.maximum(labs.new_revenue, 0.0) * p.lab_burn_multiple
    if done is not None:
        gross = done.serving_income + done.staff  # revenue less the compute that served
        growing = growing * np.clip(1.0 + ratio(gross, done.revenue), 0.0, 1.0)
    limit = np.where(has_house(start), np.inf, growing)
    return np.where(p.lab_credit[:, None] > 0.0, limit, 0.0)


def topped_up(cash: Array, flow: Array, limit: Array, p: Parameters) -> Array:
    """What investors pay in so that cash lasts as long as they want it to, within a limit. cash: after the quarter's
    business and promised funding; flow: free cash flow. (worlds, labs) musd."""
    wanted = np.maximum(-flow, 0.0) * p.lab_runway_quarters[:, None]
    return np.clip(wanted - cash, 0.0, limit)


def seen(new_revenue: Array, revenue: Array, before: Array) -> Array:
    """New yearly revenue as investors see it, smoothed: (worlds, labs) musd. revenue, before: of this quarter and the
    last."""
    return new_revenue + SMOOTHING * ((revenue - before) * QUARTERS_PER_YEAR - new_revenue)


# --- default ----------------------------------------------------------------------------------------------------------


def written_off(unpaid: Array, core: SiteOutcome, roster: Roster) -> tuple[PerWorldOwner, ...]:
    """What each lab's clouds lose of what it cannot pay, by their bills and never more than these: (worlds, owners)
    musd a lab; what is left is others'. unpaid (worlds, labs)."""
    lost, owners = [], len(roster.owners)
    for lab, buyer in enumerate(roster.lab_buyers):
        bills = total_by(core.bill_musd_per_hour[:, :, buyer] * HOURS_PER_QUARTER, roster.sites[0].offer_owner, owners)
        part = np.minimum(ratio(unpaid[:, lab], bills.sum(axis=1)), 1.0)
        lost.append(bills * part[:, None])
    return tuple(lost)


def given_back(labs: LabState, p: Parameters) -> Array:
    """Part of its commitments, deals included, that a lab gives back after the default of last quarter: (worlds,
    labs)."""
    if labs.statement is None:
        return np.zeros_like(labs.cash)
    return np.where(labs.statement.unpaid > 0.0, 1.0 - p.lab_default_kept_share[:, None], 0.0)


def renegotiated(state: SiteState, labs: LabState, roster: Roster, p: Parameters) -> SiteState:
    """A site after the defaults of last quarter: of its commitments, and of what it waits for, a lab keeps a part."""
    if labs.statement is None:
        return state
    gone = given_back(labs, p)
    share = np.zeros(state.book.live().shape)
    share[:, :, roster.lab_buyers] = gone[:, None]
    kept = np.ones(state.waiting.shape[:2])
    kept[:, roster.lab_buyers] = 1.0 - gone
    return replace(
        state,
        book=state.book.release(share),
        waiting=state.waiting * kept[:, :, None],
        displaced=state.displaced * kept[:, :, None],
    )


def barred(core: Conditions, state: SiteState, labs: LabState, roster: Roster) -> Conditions:
    """What buyers want and are owed, but that nobody signs with a lab in default beyond what it holds."""
    live = state.book.live()
    held = np.take(live.sum(axis=1), roster.lab_buyers, axis=1) / (1.0 + core.p.overcommitment)[:, None]
    wanted = core.wanted.copy()
    mine = np.take(wanted, roster.lab_buyers, axis=1)
    wanted[:, roster.lab_buyers] = np.where(labs.barred > 0.0, np.minimum(mine, held), mine)
    if core.owed is None:
        return replace(core, wanted=wanted)
    closed = np.zeros(wanted.shape, dtype=bool)
    closed[:, roster.lab_buyers] = labs.barred > 0.0
    level = np.where(closed[:, None], np.minimum(core.owed.level, live), core.owed.level)
    return replace(core, wanted=wanted, owed=replace(core.owed, level=level))
