"""One short game in which nothing stands still: scarce and slack worlds, cases at every stage, chips at the edge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agents.seats import Sets
from agents.strategies import find
from sim.contract import LabBriefing, LabDecision
from sim.enforcement.cases import NATURAL_REMEDY
from sim.game import Game
from sim.state import State
from sim.supply.capacity import Fleet
from tests.game.play import changed, game_of, shock
from tests.sim.measures.by_hand.world import Watched

WORLDS, QUARTERS, LOCK_IN = 3, 5, (3,)
EVENTS = (
    shock("supply_diversion_nvidia", 0.3, "2026Q2"),
    shock("accelerator_tariff", 0.2, "2026Q3"),
    shock("contract_release_share_openai", 0.3, "2026Q4"),
)
BY_WORLD = {
    "demand_level": np.array([1.6, 1.0, 0.75]),
    "power_level": np.array([1.0, 0.6, 1.0]),
    "retirement_quarters": np.array([16.0, 22.0, 18.0]),
    "harmless_conduct": np.array([1.2, 0.8, 0.5]),
    "resale_permission": np.array([0.6, 0.5, 1.0]),
    "lab_staff_share": np.array([0.25, 2.5, 0.2]),
    "lab_burn_multiple_anthropic": np.array([1.5, 0.0, 2.0]),
}
"""A world of scarcity, one without enough power, a slack one; what is scrapped before it is written off differs too,
and in the second a lab that nobody tops up cannot pay its staff."""


@pytest.fixture(scope="session")
def watched() -> Watched:
    """The game, with all that it went through."""
    hasty = {"step": 2.0, "theory": lambda own, decided: own.evidence_over_proof.argmin(axis=1).astype(float)}
    seats = {name: find("enforcement-first", "regulator").maker() for name in ("ftc", "ec")} | {
        "cma": Sets("regulator", hasty, strategy="enforcement-first"),
        "aws": Sets("cloud", {"edge_programme_musd": 150.0, "porting_kit_musd": 40.0}),
        "trainium": Sets("vendor", {"research_share": 0.7}),
        "anthropic": Sets("lab", {"portability_musd": 25.0}),
        "mistral": Sets("lab", {"deal_accept": every_cloud_where_it_holds_much}),
    }
    scenario = changed(*EVENTS, trainium_edge_available=1.0)
    with game_of(scenario, WORLDS, QUARTERS, seats=seats, seed=7, values=BY_WORLD, lock_in=LOCK_IN) as game:
        game.state = _under_way(game)
        states = [game.state]
        while game.quarter < QUARTERS:
            game.step()
            states.append(game.state)
        return Watched.of(game.given, states, game.records)


def every_cloud_where_it_holds_much(own: LabBriefing, decided: LabDecision) -> np.ndarray:
    """Accepts what nobody offers, in worlds in which it has more than in others."""
    much = own.committed_h100e > own.committed_h100e.mean()
    return np.ones_like(decided.deal_accept) * much[:, None]


def _under_way(game: Game) -> State:
    """The state of the start with cases at every stage, Trainium at the edge already, and a world without Cerebras."""
    now, rng = game.state, np.random.default_rng(5)
    cases = now.cases
    stage = rng.integers(0, 6, cases.stage.shape).astype(float)
    evidence = rng.uniform(0.2, 3.0, stage.shape)
    stage[:, 2, 1], evidence[:, 2, 1] = 0.0, 0.01  # the third regulator acts on no evidence at all
    natural = np.broadcast_to(np.array(NATURAL_REMEDY, dtype=float), stage.shape)
    cases = replace(
        cases,
        stage=stage,
        evidence=evidence,
        remedy=natural.copy(),
        strength=rng.uniform(0.2, 1.0, stage.shape),
        quarters=rng.integers(0, 6, stage.shape).astype(float),
        annulled=rng.integers(0, 4, stage.shape).astype(float),
    )
    fleet, there = now.supply.fleet, [game.roster.pool_name(k) for k in range(len(game.roster.pools))]
    h100e = fleet.h100e.copy()
    h100e[:, there.index("aws/trainium/edge"), 2] = np.array([3e4, 2e4, 1e4])
    arriving, gone = now.supply.arriving.copy(), there.index("neocloud/cerebras/core")
    h100e[2, gone] = arriving[2, gone] = 0.0
    fleet = Fleet(h100e, fleet.watts_per_h100e, fleet.chips_per_h100e)
    return replace(now, cases=cases, supply=replace(now.supply, fleet=fleet, arriving=arriving))
