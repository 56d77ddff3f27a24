"""What regulators watch: signals of conduct by theory of harm, computed from the market as it is, 0 (none) to about 1.5."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import parameter_path, remedies
from sim.arrays import Array, ratio, total_by
from sim.decisions import THEORIES
from sim.enforcement import cases as regulation
from sim.equilibrium import welfare
from sim.market.state import SiteOutcome
from sim.noise import LONGEST_GAME
from sim.parameters import Parameters
from sim.remedies import Rules
from sim.streams import Streams
from sim.units import QUARTERS_PER_YEAR

if TYPE_CHECKING:
    from sim.game import Game

NOISE = 0.35
"""Standard deviation of what monitoring adds to a signal; an information order halves it."""
FEE_SCALE_YEARS = 0.15
"""Charges for leaving of so many years of the bill count as a signal of 1."""


class Chance:
    """Hidden draws of enforcement: paths of noise, complaints and court, (quarters, worlds, regulators, theories)."""

    def __init__(self, streams: Streams, regulators: tuple[str, ...]) -> None:
        self.noise = self._paths(streams, "monitoring-noise", regulators, True)
        self.complaints = self._paths(streams, "complaints", regulators, False)
        self.court = self._paths(streams, "court", regulators, False)

    @staticmethod
    def _paths(streams: Streams, purpose: str, regulators: tuple[str, ...], normal: bool) -> Array:
        def draw(name: str) -> Array:
            one = streams.at(purpose, name, 0)
            return one.normal(LONGEST_GAME) if normal else one.uniform(LONGEST_GAME)

        paths = [np.stack([draw(f"{regulator}/{theory}") for theory in THEORIES], axis=2) for regulator in regulators]
        return np.ascontiguousarray(np.stack(paths, axis=2).transpose(1, 0, 2, 3))


def rules_in_force(game: Game, p: Parameters) -> Rules:
    """Rules of the quarter: what law dates and regulators enforce, what cases have put in force, and what firms see coming."""
    region, regions = game.roster.regulator_region, len(game.roster.regions)
    game.cases = regulation.advance(game.cases, game.agencies, p, game.enforcement.court[game.quarter - 1])
    by_law = remedies.in_force(remedies.docket(p), game.decided, region)
    game.strength = np.maximum(by_law, regulation.in_force(game.cases, region, regions))
    coming = regulation.expected(game.cases, game.agencies, p, region, regions)
    announced = np.maximum(remedies.docket(game.path.announced(game.quarter)), coming)
    game.announced = np.maximum(game.strength, announced)
    return remedies.rules(p, remedies.effective(game.strength, game.announced, p.anticipation))


def watch(game: Game, p: Parameters, rules: Rules, decisions: dict[str, Any]) -> None:
    """Evidence accrues from what monitoring saw of the quarter; it serves decisions from the next quarter on."""
    chance, quarter = game.enforcement, game.quarter - 1
    game.conduct = signals(game, p, rules, game.last_outcomes, decisions)
    quiet = np.where(game.cases.stage >= regulation.SCREENING, 0.5, 1.0)
    game.conduct_seen = np.maximum(game.conduct + NOISE * quiet * chance.noise[quarter], 0.0)
    complaint = complaints(game, p, game.conduct, chance.complaints[quarter])
    agencies = [decisions[name] for name in game.roster.regulators]
    game.cases = regulation.watch(game.cases, game.conduct_seen, complaint, p, agencies)


@dataclass(frozen=True)
class CaseFines:
    """Fines that cases imposed this quarter: cloud_share (worlds, regions) of what a region's buyers pay clouds in the quarter;
    vendor_share (worlds, families) of a vendor's revenue in the quarter."""

    cloud_share: Array
    vendor_share: Array


def fines(game: Game) -> CaseFines:
    """A fine on a year's revenue falls due in the quarter of the remedy step: on clouds, in cases on tying on the leading merchant
    design for the region's part of its business."""
    cases, roster = game.cases, game.roster
    tying = cases.fine_theory == THEORIES.index("tying")
    cloud = np.zeros((len(cases.fine_share), len(roster.regions)))
    vendor = np.zeros((len(cases.fine_share), len(roster.families)))
    use = total_by(game.in_use(), roster.pool_family, len(roster.families)) * ~roster.family_is_own
    leading = np.arange(len(roster.families)) == use.argmax(axis=1)[:, None]
    spent = np.sum([o.bill_musd_per_hour.sum(axis=(1, 2)) for o in game.last_outcomes], axis=0)
    for k, region in enumerate(roster.regulator_region):
        due = QUARTERS_PER_YEAR * cases.fine_share[:, k]
        cloud[:, region] += np.where(tying[:, k], 0.0, due)
        mine = np.zeros(len(due))
        for site, outcome in zip(roster.sites, game.last_outcomes, strict=True):
            mine += outcome.bill_musd_per_hour[:, :, site.buyer_region == region].sum(axis=(1, 2))
        vendor += np.where(tying[:, k], due * ratio(mine, spent), 0.0)[:, None] * leading
    return CaseFines(cloud, vendor)


def signals(
    game: Game, p: Parameters, rules: Rules, outcomes: tuple[SiteOutcome, ...], decisions: dict[str, Any]
) -> Array:
    """True signals of the quarter in each regulator's region: (worlds, regulators, theories)."""
    region = game.roster.regulator_region
    preferring = np.tanh(p.own_silicon_bonus[:, None] * rules.own_silicon_bonus_factor)
    fees = _leaving(game, p, rules, decisions)
    tying = np.repeat(_tying(game, decisions)[:, None], len(game.roster.regions), axis=1)
    ties = _ties(game, p, rules, outcomes[0])
    return np.ascontiguousarray(np.stack([one[:, region] for one in (preferring, tying, ties, fees)], axis=2))


def _leaving(game: Game, p: Parameters, rules: Rules, decisions: dict[str, Any]) -> Array:
    """Egress and exit fees in years of the bill over FEE_SCALE_YEARS, clouds weighted by what they rent out: (worlds, regions)."""
    rented = total_by(game.books.pool_use(game.last_outcomes), game.roster.pool_owner, len(game.roster.owners))
    weight = ratio(rented, rented.sum(axis=1, keepdims=True))
    exits = np.stack([decisions[owner].exit_fee_years for owner in game.roster.owners], axis=1)
    average = (weight * exits).sum(axis=1)[:, None] * rules.exit_fee_factor
    total = average + p.egress_cost_years[:, None] * rules.egress_factor
    return np.minimum(total / FEE_SCALE_YEARS, 1.5)


def _tying(game: Game, decisions: dict[str, Any]) -> Array:
    """Of the leading merchant design: its share times how closed it is, how much it rebates, how it serves the largest first."""
    families = game.roster.families
    use = total_by(game.in_use(), game.roster.pool_family, len(families))
    share = ratio(use, use.sum(axis=1, keepdims=True)) * ~game.roster.family_is_own
    terms = np.stack(
        [
            0.6 * (1.0 - d.openness) + 4.0 * d.loyalty_rebate + 0.5 * d.strategic_allocation
            for d in (decisions[family] for family in families)
        ],
        axis=1,
    )
    return np.asarray(np.minimum((share * terms).max(axis=1), 1.5))


def _ties(game: Game, p: Parameters, rules: Rules, outcome: SiteOutcome) -> Array:
    """Share of labs' bookings owed to their investor clouds, weighted by use, doubled: (worlds, regions)."""
    site = game.roster.sites[0]
    labs = site.buyer_lab >= 0
    tied = labs & (site.buyer_partner >= 0)
    used = outcome.used.sum(axis=1)
    share = ratio(
        (used * tied * parameter_path.tied(p, game.quarter).investor_tie_share[:, site.buyer_lab]).sum(axis=1),
        (used * labs).sum(axis=1),
    )
    return np.asarray(np.minimum(2.0 * share[:, None] * rules.tie_factor, 1.5))


def complaints(game: Game, p: Parameters, signal: Array, draws: Array) -> Array:
    """Who complains this quarter: 0 or 1, (worlds, regulators, theories). draws: uniform, same shape."""
    roster = game.roster
    rented = total_by(game.books.pool_use(game.last_outcomes), roster.pool_owner, len(roster.owners))
    used = total_by(game.in_use(), roster.pool_family, len(roster.families))
    by_clouds = regulation.hazard(
        p.complaint_hazard[:, None, None],
        regulation.lead(rented)[:, None, None],
        welfare.hhi(rented)[:, None, None],
        0.5 * signal,
    )
    by_silicon = regulation.hazard(
        p.complaint_hazard[:, None, None],
        regulation.lead(used)[:, None, None],
        welfare.hhi(used)[:, None, None],
        0.5 * signal,
    )
    is_tying = np.array([theory == "tying" for theory in THEORIES])
    return np.where(draws < np.where(is_tying, by_silicon, by_clouds), 1.0, 0.0)
