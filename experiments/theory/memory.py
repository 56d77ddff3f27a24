"""Has a market a memory? The commitments at the start are dealt to other offers, and the paths that follow are
compared (S32)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from experiments import scenarios
from experiments.batch.engine import Cell, Size, opened
from sim.arrays import Array
from sim.game import Game
from sim.market.contracts import Book
from sim.market.state import SiteState
from sim.records import Records
from sim.scenario import Scenario
from sim.shocks import Shock

REGIONS, LABS = ("us", "eu", "uk", "rest"), ("openai", "anthropic", "mistral", "xai", "meta-ai", "google-deepmind")
FRICTIONS_OFF = {
    "intangible_factor": 0.0,
    "greenfield_habit": 0.0,
    "ecosystem_strength": 0.0,
    "egress_cost_years": 0.0,
    "exit_fee_default": 0.0,
    "contract_term_quarters": 1.0,
    "managed_term_quarters": 1.0,
    "platform_convenience": 0.0,
    "overcommitment": 0.0,
    "deals_bind": 0.0,
    "early_exit_take_up": 0.0,
    **{
        f"{name}_{region}": 0.0 for name in ("porting_factor", "egress_factor", "exit_fee_factor") for region in REGIONS
    },
    **{f"term_limit_quarters_{region}": 1.0 for region in REGIONS},
    **{f"investor_tie_share_{lab}": 0.0 for lab in LABS},
}
PATHS = ("trainium_share_used", "nvidia_share_used", "tpu_share_used", "hhi_cloud", "hhi_silicon", "price_over_cost")


def frictionless(base: Scenario) -> Scenario:
    """A scenario with every friction off, from the root, so that constants are solved without them too."""
    quiet = {**base.parameters, **FRICTIONS_OFF}
    return replace(base, parameters=quiet, root_parameters=quiet)


def play(scenario: Scenario, another_history: bool, all_ending: bool, worlds: int = 3, quarters: int = 4) -> Records:
    """A game whose commitments at the start may be dealt to other offers, every buyer's total as it was, and may all
    be ending."""
    with opened(Cell(scenario, Size(worlds, quarters))) as game:
        deal(game, another_history, all_ending)
        return game.run()


def deal(game: Game, another_history: bool, all_ending: bool) -> None:
    """Give the commitments of the core market another history."""
    state, direct = game.state.sites[0], game.given.markets.sites[0].direct
    dealt = []
    for cohorts in (state.book.capacity_h100e, state.book.hourly_usd):
        given = cohorts.copy()
        if another_history:
            given[:, direct] = cohorts[:, np.roll(direct, 3)]
        dealt.append(_ending(given) if all_ending else given)
    _with_core(game, replace(state, book=Book(*dealt)))


def _with_core(game: Game, core: SiteState) -> None:
    """Put another state of the core market into a game, between quarters."""
    game.state = replace(game.state, sites=(core, *game.state.sites[1:]))


SHIFT = 0.08
"""Part of the commitments to Trainium that starts on Nvidia at the same cloud instead: about what fits there."""


SLACK = 0.8
"""Demand beside the baseline's: where chips are sold out, others take at once what is set free, and nothing is seen of
who would have come back."""
UNDER_DEALS_NOTHING_IS_CHOSEN = {"deals_bind": 0.0}
"""What a deal owes is sought at its place before anyone chooses, whatever switching costs: two thirds of the shift sits
with a lab under one, and came back by itself."""


def persistence(factor: float, worlds: int = 128, quarters: int = 9) -> Array:
    """Gap of Trainium's share that is left of a shift of its installed base, (worlds, quarters): after less before.
    factor: on all costs of changing stack and cloud."""
    easy = tuple(
        Shock(parameter=f"{name}_{region}", quarters=("2026Q1", "2045Q4"), set=factor, source="hypothesis of theory")
        for name in ("porting_factor", "egress_factor")
        for region in REGIONS
    )
    habit = Shock(
        parameter="intangible_factor", quarters=("2026Q1", "2045Q4"), set=factor, source="hypothesis of theory"
    )
    scenario = scenarios.load("baseline").with_changes(
        "shift", "shift", {"demand_level": SLACK, **UNDER_DEALS_NOTHING_IS_CHOSEN}, (*easy, habit)
    )
    paths = []
    for shifted in (True, False):
        with opened(Cell(scenario, Size(worlds, quarters))) as game:
            if shifted:
                shift(game)
            paths.append(game.run().metric("trainium_share_used"))
    return np.asarray(paths[0] - paths[1])


def shift(game: Game) -> None:
    """Move a part of what is committed to Trainium to Nvidia at the same cloud, buyer by buyer and quarter by
    quarter."""
    state, site, roster = game.state.sites[0], game.roster.sites[0], game.roster
    place = {name: site.offers.index(f"aws/{name}") for name in ("trainium", "nvidia")}
    assert roster.owners[site.offer_owner[place["trainium"]]] == "aws"
    moved = []
    for cohorts in (state.book.capacity_h100e, state.book.hourly_usd):
        given = cohorts.copy()
        given[:, place["nvidia"]] += SHIFT * cohorts[:, place["trainium"]]
        given[:, place["trainium"]] *= 1.0 - SHIFT
        moved.append(given)
    _with_core(game, replace(state, book=Book(*moved)))


def _ending(cohorts: Array) -> Array:
    """The same commitments, all in their last quarter."""
    last = np.zeros_like(cohorts)
    last[..., 0] = cohorts.sum(axis=3)
    return last


def difference(frictions: bool, worlds: int = 32) -> Array:
    """Largest relative change of the paths when history is dealt anew, (worlds,); all commitments end after a
    quarter."""
    base = scenarios.load("baseline")
    scenario = base if frictions else frictionless(base)
    one, other = (play(scenario, swap, True, worlds) for swap in (False, True))
    gaps = [np.abs(other.metric(name) / one.metric(name) - 1.0).max(axis=1) for name in PATHS]
    return np.asarray(np.max(gaps, axis=0))
