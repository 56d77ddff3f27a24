"""The market's part of a quarter: what buyers and owners bring to each site, and what comes out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim import parameter_path, remedies
from sim.arrays import Array, Mask, ratio
from sim.axes import Site
from sim.briefings.monitoring import supplier_groups
from sim.market import demand
from sim.market.site import SiteMarket
from sim.market.state import Conditions, SiteOutcome
from sim.parameters import Parameters
from sim.supply import prices, programmes
from sim.supply.industry import Made

if TYPE_CHECKING:
    from sim.game import Game


def clear_markets(
    game: Game, p: Parameters, rules: remedies.Rules, made: Made, decisions: dict[str, Any]
) -> tuple[tuple[SiteOutcome, ...], Array]:
    exit_fees = np.stack([decisions[owner].exit_fee_years for owner in game.roster.owners], axis=1)
    captive_wanted = _captive_wanted(game, p, made)
    captive = np.minimum(captive_wanted, made.online)
    outcomes = []
    for number, market in enumerate(game.markets):
        site = market.site
        wanted, term = _wanted(game, market, decisions, rules)
        c = _conditions(game, p, rules, made, number, captive_wanted, exit_fees, wanted, term)
        game.sites[number], outcome = market.resolve(game.sites[number], c)
        outcomes.append(outcome)
        captive[:, site.pools] = outcome.captive_used
    game.captive_wanted = captive_wanted
    return tuple(outcomes), captive


def _conditions(
    game: Game,
    p: Parameters,
    rules: remedies.Rules,
    made: Made,
    number: int,
    captive: Array,
    exit_fees: Array,
    wanted: Array,
    term: Array,
) -> Conditions:
    site, state = game.markets[number].site, game.supply
    markup, anchor = p.cloud_markup[:, None], p.markup_anchor[:, None]
    roster, last = game.roster, game.last
    shift = programmes.openness_shift(roster, np.stack([last[family].openness for family in roster.families], axis=1))
    discount = np.stack([last[owner].commitment_discount for owner in roster.owners], axis=1)
    premium, opened = discount / (1.0 - discount), _opened(game, site)
    aimed = prices.target_price(made.costs.long_run_usd, game.start_markup, markup, anchor)
    return Conditions(
        p=programmes.with_openness(parameter_path.tied(p, game.quarter), shift), rules=rules, price=state.price[:, site.pools], long_run_price=aimed[:, site.pools], capacity=made.online[:, site.pools],
        captive_wanted=captive[:, site.pools], efficiency=made.production.efficiency, software_gap=game.learning.software_gap(p, game.roster),
        ecosystem=programmes.shared_ecosystem(game.learning.ecosystem, p, shift), watts_per_h100e=made.production.watts_per_h100e, exit_fee_years=exit_fees, short_premium=premium,
        taste=game.noise.sites[number].taste[game.quarter] + _leaning(game, site), available=game.start.available(site, p) | opened, wanted=wanted, term=term,
    )  # fmt: skip


def _wanted(game: Game, market: SiteMarket, decisions: dict[str, Any], rules: remedies.Rules) -> tuple[Array, Array]:
    site = market.site
    wanted = np.empty((game.streams.worlds, len(site.buyers)))
    term = game.start.terms(site, game.path.at(game.quarter))
    for party in site.parties:
        members = site.members(party)
        decided = decisions[party].wanted_h100e
        wanted[:, members] = decided if decided.ndim == 2 else decided[:, None]
        if site.buyer_lab[members[0]] >= 0:
            term[:, members] = decisions[party].term_quarters[:, None]
    return wanted, np.minimum(term, np.rint(rules.term_limit[:, site.buyer_region]))


def _opened(game: Game, site: Site) -> Mask:
    """Own-chip offers at the edge that a cloud's programme has brought to market: (worlds, offers)."""
    own = game.roster.own_family[site.offer_owner] == site.offer_family
    return (game.levers.edge_open[:, site.offer_owner] > 0.5) & (own & (site.name == "edge"))


def _leaning(game: Game, site: Site) -> Array:
    """How far labs lean to chips of a kind in direct offers, and edge buyers to clouds that are ready for them, utils (worlds, offers, buyers): a family is a nest, so that odds between
    families move by exp(preference) in plain and in nested logit."""
    lean = np.zeros((game.streams.worlds, len(site.offers), len(site.buyers)))
    groups = supplier_groups(game.roster, site) * ~site.offer_managed[:, None]
    for buyer, lab in enumerate(site.buyer_lab):
        if lab >= 0:
            preference = game.last[game.roster.labs[lab]].supplier_preference
            lean[:, :, buyer] = (preference[:, None, :] * groups).sum(axis=2)
    if site.name == "edge":
        lean = lean + programmes.edge_utility(game.levers, game.path.at(game.quarter))[:, site.offer_owner, None]
    return lean


def _captive_wanted(game: Game, p: Parameters, made: Made) -> Array:
    """Own use of owners: follows spending and the cost of capacity, as the market's demand does. (worlds, pools)."""
    cheaper = ratio(made.costs.long_run_usd, game.opening_costs.long_run_usd)
    game.captive_felt = demand.follow_price(game.captive_felt, cheaper, p.price_adaptation[:, None])
    index = (game.spending_index * p.demand_level)[:, None]
    return demand.wanted(
        game.start_captive,
        index,
        game.captive_felt,
        game.captive_start,
        p.price_elasticity[:, None],
        np.ones_like(cheaper),
    )
