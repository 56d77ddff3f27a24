"""What use teaches: software ecosystems of chip families, buyers' ports, and data that gathers weight with a cloud."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array, power, ratio
from sim.axes import Site
from sim.market.state import SiteOutcome, SiteState
from sim.parameters import Parameters
from sim.roster import Roster, numbers

WIDEST_GAP = 0.95
"""However far a stack lags, some useful work is left."""


def next_ecosystem(level: Array, use_mh100e: Array, decay: Array, kit_growth: Array) -> Array:
    """E' = (1 - delta) E + use + what porting kits add (a share of E). Shapes (worlds, families); decay (worlds,)."""
    return level * (1.0 - decay[:, None] + kit_growth) + use_mh100e


def remaining_gap(start_gap: Array, start_level: Array, level: Array, half: Array, learning: Array) -> Array:
    """Software gap of a stack: shrinks as its ecosystem outgrows what it was, gap_0 ((E_0 + h) / (E + h))^learning."""
    shrink = (start_level + half[:, None]) / (np.maximum(level, start_level) + half[:, None])
    return start_gap * power(shrink, learning[:, None])


def next_gravity(gravity: Array, use_share: Array, growth: Array, decay: Array) -> Array:
    """Data held with each cloud relative to the bill: gathers with use, ages. (worlds, buyers, owners)."""
    in_use = use_share / (use_share + 0.05)
    return gravity * (1.0 - decay[:, None, None]) + growth[:, None, None] * in_use


@dataclass(frozen=True)
class Learning:
    """Software ecosystems, (worlds, families) each: level and gap at the start, and the level now.

    Lagged: this quarter's use is felt next quarter, so share and ecosystem never chase each other within one."""

    start_level: Array
    start_gap: Array
    ecosystem: Array

    @classmethod
    def start(cls, roster: Roster, worlds: int) -> Learning:
        """As the roster's tables say."""
        table = roster.tables["families"]
        level = np.tile(numbers(table, "ecosystem_mh100e_quarters"), (worlds, 1))
        return cls(level, np.tile(1.0 - numbers(table, "software_maturity"), (worlds, 1)), level)

    def software_gap(self, p: Parameters) -> Array:
        """What an unskilled buyer loses on each stack, 0..1 (worlds, families)."""
        gap = remaining_gap(
            self.start_gap, self.start_level, self.ecosystem, p.maturity_half_mh100e, p.maturity_learning
        )
        return np.minimum(gap * p.software_gap_factor, WIDEST_GAP)

    def after(
        self, roster: Roster, outcomes: tuple[SiteOutcome, ...], kits: Array, software: Array, p: Parameters
    ) -> Learning:
        """The ecosystems a quarter later. kits (worlds, owners) musd spent on porting kits for own chips; software
        (worlds, families): growth from designers' software work beyond the usual."""
        use = np.zeros_like(self.ecosystem)
        for site, outcome in zip(roster.sites, outcomes, strict=True):
            by_pool = (outcome.direct_use_by_pool + outcome.managed_use_by_pool + outcome.captive_used) / 1e6
            part = np.ones(len(use)) if site.name == "core" else p.edge_ecosystem_spillover
            for position, family in enumerate(site.pool_family):
                use[:, family] += by_pool[:, position] * part
        kit_growth = software.copy()
        for owner, family in enumerate(roster.own_family):
            if family >= 0:
                kit_growth[:, family] += kits[:, owner] * p.porting_kit_effect
        return replace(self, ecosystem=next_ecosystem(self.ecosystem, use, p.ecosystem_decay, kit_growth))


def ports(
    roster: Roster, states: tuple[SiteState, ...], outcomes: tuple[SiteOutcome, ...], labs_work: Array, p: Parameters
) -> tuple[SiteState, ...]:
    """Ports done and data gathered by the buyers of every site. labs_work (worlds, labs) musd of work on a second back
    end."""
    sites = zip(roster.sites, states, outcomes, strict=True)
    return tuple(_buyers_learn(site, state, outcome, labs_work, p) for site, state, outcome in sites)


def _buyers_learn(site: Site, state: SiteState, outcome: SiteOutcome, labs_work: Array, p: Parameters) -> SiteState:
    total = outcome.used.sum(axis=1)[:, None]
    used, ported = ratio(outcome.used, total), ratio(outcome.ported, total)
    ports, share = state.ports.copy(), np.zeros_like(state.gravity)
    for offer, (family, owner) in enumerate(zip(site.offer_family, site.offer_owner, strict=True)):
        share[:, :, owner] += used[:, offer]
        if family >= 0:
            ports[:, :, family] += ported[:, offer]
    lab = np.where(site.buyer_lab >= 0, labs_work[:, site.buyer_lab], 0.0) * p.portability_productivity[:, None]
    ports = ports + (lab / ports.shape[2])[:, :, None]
    gravity = next_gravity(state.gravity, share, p.data_gravity_growth, p.data_gravity_decay)
    return replace(state, ports=ports, gravity=gravity)
