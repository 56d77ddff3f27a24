"""The markets of a quarter: what owners and buyers bring to each site, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.arrays import Array, Mask, PerWorldPool
from sim.axes import Site
from sim.decisions import Decisions
from sim.market.fit import Fit
from sim.market.learning import Learning
from sim.market.offers import available, usual_terms
from sim.market.site import SiteMarket
from sim.market.state import Conditions, Owed, SiteOutcome, SiteState
from sim.market.traits import supplier_groups, traits
from sim.noise import SiteNoise
from sim.parameter_path import tied
from sim.parameters import Parameters
from sim.remedies import Rules
from sim.roster import Roster
from sim.supply import programmes
from sim.supply.programmes import Programmes
from sim.supply.state import IndustryState, Made
from sim.supply.technology import Production


@dataclass(frozen=True)
class Offered:
    """What owners bring to the markets of a quarter: price and long_run_price USD per H100e-hour, online and own_wanted
    H100e, all (worlds, pools), and the chips then made; owed: what deals owe at the core. number: of the quarter."""

    number: int
    price: PerWorldPool
    long_run_price: PerWorldPool
    online: PerWorldPool
    own_wanted: PerWorldPool
    production: Production
    owed: Owed | None = None

    @classmethod
    def of(
        cls,
        number: int,
        supply: IndustryState,
        made: Made,
        own_wanted: PerWorldPool,
        markup: PerWorldPool,
    ) -> Offered:
        """Prices as posted, and those that long-run cost calls for at the mark-up that clouds aim at."""
        aimed = made.costs.long_run_usd * (1.0 + markup)
        return cls(number, supply.price, aimed, made.online, own_wanted, made.production)


class Markets:
    """The sites of a roster with what is fixed of them; noise: tastes of buyers, a path a site; opens: the quarter
    before the first (an ordinal)."""

    def __init__(
        self, roster: Roster, noise: tuple[SiteNoise, ...], p: Parameters, root: Parameters, opens: int
    ) -> None:
        self.roster, self.noise, self.opens = roster, noise, opens
        self.usual_terms = tuple(usual_terms(roster, site, root) for site in roster.sites)
        self.sites = tuple(SiteMarket(site, roster, traits(site, roster), p) for site in roster.sites)
        self.groups = tuple(supplier_groups(roster, site) for site in roster.sites)

    @property
    def core(self) -> SiteMarket:
        """The core's market; it comes first."""
        return self.sites[0]

    def conditions(
        self, offered: Offered, learning: Learning, built: Programmes, d: Decisions, rules: Rules, p: Parameters
    ) -> tuple[Conditions, ...]:
        """What buyers of each site face this quarter."""
        everywhere = self._everywhere(offered, learning, d, p)
        found = []
        for number, market in enumerate(self.sites):
            pools, (wanted, term) = market.site.pools, self._wanted(market.site, d, rules, p)
            found.append(
                Conditions(
                    rules=rules,
                    **everywhere,
                    fit=self._fit(market.site, offered, d, p),
                    price=offered.price[:, pools],
                    long_run_price=offered.long_run_price[:, pools],
                    capacity=offered.online[:, pools],
                    captive_wanted=offered.own_wanted[:, pools],
                    taste=self.noise[number].taste[offered.number] + self._leaning(number, built, d, p),
                    available=available(self.roster, market.site, p) | self._opened(market.site, built),
                    wanted=wanted,
                    term=term,
                    usual_term=self.usual_terms[number],
                    owed=offered.owed if number == 0 else None,
                )
            )
        return tuple(found)

    def clear(
        self, states: tuple[SiteState, ...], asked: tuple[Conditions, ...], offered: Offered
    ) -> tuple[tuple[SiteState, ...], tuple[SiteOutcome, ...], PerWorldPool]:
        """Resolve every site; returns states, outcomes, and what owners use of their own capacity (worlds, pools)."""
        own = np.minimum(offered.own_wanted, offered.online)
        resolved = [market.resolve(state, c) for market, state, c in zip(self.sites, states, asked, strict=True)]
        for market, (_, outcome) in zip(self.sites, resolved, strict=True):
            own[:, market.site.pools] = outcome.captive_used
        return tuple(state for state, _ in resolved), tuple(outcome for _, outcome in resolved), own

    def _everywhere(self, offered: Offered, learning: Learning, d: Decisions, p: Parameters) -> dict[str, Any]:
        """What is the same at every site: parameters as they are felt, chips, software, and clouds' terms."""
        shift = programmes.openness_shift(self.roster, d.vendors.openness)
        discount, made = d.clouds.commitment_discount, offered.production
        return {
            "p": programmes.with_openness(tied(p, offered.number), shift),
            "efficiency": made.efficiency,
            "software_gap": learning.software_gap(p),
            "ecosystem": programmes.shared_ecosystem(learning.ecosystem, p, shift),
            "watts_per_h100e": made.watts_per_h100e,
            "exit_fee_years": d.clouds.exit_fee_years,
            "short_premium": discount / (1.0 - discount),
        }

    def _fit(self, site: Site, offered: Offered, d: Decisions, p: Parameters) -> Fit:
        """How chips now made fit what buyers do, by labs' own plans."""
        return Fit.of(site, offered.production.lean, d.labs.training_share, self.opens + offered.number, p)

    def _wanted(self, site: Site, d: Decisions, rules: Rules, p: Parameters) -> tuple[Array, Array]:
        """H100e that each buyer wants, and the length of its commitments within what rules allow: (worlds, buyers)."""
        term = usual_terms(self.roster, site, p)
        wanted = np.empty_like(term)
        for party in site.parties:
            members, decided = site.members(party), d.by_party[party]
            asked = decided.wanted_h100e
            wanted[:, members] = asked if asked.ndim == 2 else asked[:, None]
            if site.buyer_lab[members[0]] >= 0:
                term[:, members] = decided.term_quarters[:, None]
        return wanted, np.minimum(term, np.rint(rules.term_limit[:, site.buyer_region]))

    def _opened(self, site: Site, built: Programmes) -> Mask:
        """Own-chip offers at the edge that a cloud's programme has brought to market: (worlds, offers)."""
        own = self.roster.own_family[site.offer_owner] == site.offer_family
        return (built.edge_open[:, site.offer_owner] > 0.5) & (own & (site.name == "edge"))

    def _leaning(self, number: int, built: Programmes, d: Decisions, p: Parameters) -> Array:
        """How far labs lean to chips of a kind in direct offers, and edge buyers to clouds that are ready for them,
        utils (worlds, offers, buyers): a family is a nest, so that odds between families move by exp(preference) in
        plain and in nested logit."""
        site, preference = self.sites[number].site, d.labs.supplier_preference
        lean = np.zeros((len(preference), len(site.offers), len(site.buyers)))
        groups = self.groups[number] * ~site.offer_managed[:, None]
        for buyer, lab in enumerate(site.buyer_lab):
            if lab >= 0:
                lean[:, :, buyer] = (preference[:, lab, None, :] * groups).sum(axis=2)
        if site.name == "edge":
            lean = lean + built.edge_utility(p)[:, site.offer_owner, None]
        return lean
