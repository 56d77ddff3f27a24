"""What regulators watch and firms feel: rules in force, signals of conduct by theory of harm, complaints, fines.

Signals are computed from the market as it is, 0 (none) to about 1.5."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import remedies
from sim.arrays import Array, ratio
from sim.decisions import THEORIES, CloudDecision, Decisions, VendorDecision
from sim.enforcement import cases as steps
from sim.enforcement.chance import Draws
from sim.enforcement.state import Agencies, CaseFines, Cases
from sim.equilibrium import welfare
from sim.market.state import SiteOutcome
from sim.market.use import Use
from sim.parameters import Parameters
from sim.remedies import Rules
from sim.roster import Roster
from sim.units import QUARTERS_PER_YEAR

NOISE = 0.35
"""Standard deviation of what monitoring adds to a signal; an information order halves it."""
FEE_SCALE_YEARS = 0.15
"""Charges for leaving of so many years of the bill count as a signal of 1."""


@dataclass(frozen=True)
class Law:
    """Remedies as dated by law, (worlds, regions, remedies): in force, and known to come; enforced (worlds, regulators,
    remedies): how strictly each regulator enforces what the law dates in its region."""

    dated: Array
    coming: Array
    enforced: Array


@dataclass(frozen=True)
class InForce:
    """Remedies of a quarter, (worlds, regions, remedies): strength in force, announced (at least what is in force), and
    what firms give up of themselves while a case is open."""

    strength: Array
    announced: Array
    given_up: Array

    def rules(self, p: Parameters) -> Rules:
        """What they do to primitives."""
        felt = remedies.effective(self.strength, self.announced, p.anticipation)
        return remedies.rules(p, np.maximum(felt, self.given_up))


def in_force(roster: Roster, cases: Cases, agencies: Agencies, law: Law, p: Parameters) -> InForce:
    """What law dates and regulators enforce, what cases have put in force, and what firms see coming."""
    region, regions = roster.regulator_region, len(roster.regions)
    by_law = remedies.in_force(law.dated, law.enforced, region)
    strength = np.maximum(by_law, steps.in_force(cases, region, regions))
    coming = np.maximum(law.coming, steps.expected(cases, agencies, region, regions, p))
    return InForce(strength, np.maximum(strength, coming), steps.given_up(cases, region, regions))


def watch(roster: Roster, cases: Cases, signs: Array, use: Use, draws: Draws, p: Parameters) -> Cases:
    """Evidence accrues from what monitoring saw of the quarter; it serves decisions from the next quarter on.

    signs (worlds, regulators, theories): true signals of conduct."""
    tying = np.array([theory == "tying" for theory in THEORIES])  # chips' terms; the other answers act through rules
    signs = np.where(tying, signs * (1.0 - cases.answer), signs)
    quiet = np.where(cases.stage >= steps.SCREENING, 0.5, 1.0)
    seen = np.maximum(signs + NOISE * quiet * draws.noise, 0.0)
    return steps.watch(cases, seen, complaints(roster, signs, use, draws.complaints, p), p)


def fines(roster: Roster, cases: Cases, use: Use, outcomes: tuple[SiteOutcome, ...]) -> CaseFines:
    """A fine on a year's revenue falls due in the quarter of the remedy step: on clouds, in cases on tying on the
    leading merchant design for the region's part of its business."""
    tying = cases.fine_theory == THEORIES.index("tying")
    cloud = np.zeros((len(cases.fine_share), len(roster.regions)))
    vendor = np.zeros((len(cases.fine_share), len(roster.families)))
    merchant = use.by_family(roster) * ~roster.family_is_own
    leading = np.arange(len(roster.families)) == merchant.argmax(axis=1)[:, None]
    spent = np.sum([o.bill_musd_per_hour.sum(axis=(1, 2)) for o in outcomes], axis=0)
    for k, region in enumerate(roster.regulator_region):
        due = QUARTERS_PER_YEAR * cases.fine_share[:, k]
        cloud[:, region] += np.where(tying[:, k], 0.0, due)
        mine = np.zeros(len(due))
        for site, outcome in zip(roster.sites, outcomes, strict=True):
            mine += outcome.bill_musd_per_hour[:, :, site.buyer_region == region].sum(axis=(1, 2))
        vendor += np.where(tying[:, k], due * ratio(mine, spent), 0.0)[:, None] * leading
    return CaseFines(cloud, vendor)


def signals(roster: Roster, rules: Rules, use: Use, core: SiteOutcome, d: Decisions, p: Parameters) -> Array:
    """True signals of the quarter in each regulator's region: (worlds, regulators, theories)."""
    preferring = np.tanh(p.own_silicon_bonus[:, None] * rules.own_silicon_bonus_factor)
    fees = _leaving(roster, rules, use, d.clouds, p)
    tying = np.repeat(_tying(roster, use, d.vendors)[:, None], len(roster.regions), axis=1)
    ties = _ties(roster, rules, core, p)
    region = roster.regulator_region
    return np.ascontiguousarray(np.stack([one[:, region] for one in (preferring, tying, ties, fees)], axis=2))


def _leaving(roster: Roster, rules: Rules, use: Use, clouds: CloudDecision, p: Parameters) -> Array:
    """Egress and exit fees in years of the bill over FEE_SCALE_YEARS, clouds weighted by what they rent out: (worlds,
    regions)."""
    rented = use.rented_by_owner(roster)
    weight = ratio(rented, rented.sum(axis=1, keepdims=True))
    average = (weight * clouds.exit_fee_years).sum(axis=1)[:, None] * rules.exit_fee_factor
    total = average + p.egress_cost_years[:, None] * rules.egress_factor
    return np.minimum(total / FEE_SCALE_YEARS, 1.5)


def _tying(roster: Roster, use: Use, vendors: VendorDecision) -> Array:
    """Of the leading merchant design: its share times how closed it is, how much it rebates, how it serves the largest
    first."""
    by_family = use.by_family(roster)
    share = ratio(by_family, by_family.sum(axis=1, keepdims=True)) * ~roster.family_is_own
    terms = 0.6 * (1.0 - vendors.openness) + 4.0 * vendors.loyalty_rebate + 0.5 * vendors.strategic_allocation
    return np.asarray(np.minimum((share * terms).max(axis=1), 1.5))


def _ties(roster: Roster, rules: Rules, core: SiteOutcome, p: Parameters) -> Array:
    """Share of labs' bookings owed to their investor clouds, weighted by use, doubled: (worlds, regions)."""
    site = roster.sites[0]
    labs = site.buyer_lab >= 0
    tied = labs & (site.buyer_partner >= 0)
    used = core.used.sum(axis=1)
    owed = (used * tied * p.investor_tie_share[:, site.buyer_lab]).sum(axis=1)
    share = ratio(owed, (used * labs).sum(axis=1))
    return np.asarray(np.minimum(2.0 * share[:, None] * rules.tie_factor, 1.5))


def complaints(roster: Roster, signal: Array, use: Use, draws: Array, p: Parameters) -> Array:
    """Who complains this quarter: 0 or 1, (worlds, regulators, theories). draws: uniform, same shape."""
    base = p.complaint_hazard[:, None, None]

    def hazard(amount: Array) -> Array:
        lead, hhi = steps.lead(amount)[:, None, None], welfare.hhi(amount)[:, None, None]
        return steps.hazard(base, lead, hhi, 0.5 * signal)

    by_clouds, by_silicon = hazard(use.rented_by_owner(roster)), hazard(use.by_family(roster))
    is_tying = np.array([theory == "tying" for theory in THEORIES])
    return np.where(draws < np.where(is_tying, by_silicon, by_clouds), 1.0, 0.0)
