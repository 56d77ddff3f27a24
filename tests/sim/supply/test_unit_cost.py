"""What own designs cost: the table's figure times e^u, the same wherever a game starts; the edge that comes out.

Games without an ensemble and, but for what is given, with default parameters."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from sim.declarations import catalogue
from sim.errors import InputError
from sim.parameter_path import ParameterPath
from sim.roster import load_roster
from sim.scenario import Scenario, load
from sim.streams import Streams
from sim.supply.costs import costs
from tests.game.play import LIBRARY, changed, game_of, play, shock, watch

U = np.log([0.5, 1.0, 1.2])
SPENT = 98_667 / 18.088
"""Trainium at the end of 2025, USD per H100e: of its wafers one in three holds 20 Trainium3 (1.27 H100e, 6,000 USD),
the others 22 Trainium2 (0.656, 4,000): 98,667 USD for 18.088 H100e."""


@cache
def plain(name: str) -> Scenario:
    """A scenario of the library without its ensemble."""
    return replace(load(name, LIBRARY), ensemble="")


def given(**error: Any) -> dict[str, Any]:
    """Three worlds that differ in u alone."""
    values = {f"unit_cost_error_{family}": np.array(value) for family, value in error.items()}
    return {"worlds": 3, "draw": False, "values": values}


def errors(name: str, worlds: int) -> np.ndarray:
    """u of every family as worlds draw it: (worlds, families)."""
    declared = catalogue(load_roster(plain(name).roster))
    return ParameterPath(plain(name), declared, Streams(3, 0, worlds), draw=True).root.unit_cost_error


# --- unit cost -------------------------------------------------------------------------------------------------------


def test_an_own_design_costs_what_the_table_says_times_e_to_the_u() -> None:
    """2024Q1: Trainium1 at 1,500 USD for 0.212 H100e, Maia100 at 8,000 for 0.808; half, as they are, a fifth more.
    Merchants sell the H100 at 26,500 with a margin of 74 %, whatever their u."""
    _, seen = watch(plain("history"), quarters=1, **given(trainium=U, maia=U[::-1], nvidia=U))
    with game_of(plain("history"), 1, 1, draw=False) as game:
        families = game.roster.families
    cost = {name: seen.quarters[0].made.unit_cost[:, families.index(name)] for name in families}
    assert cost["trainium"] == pytest.approx(1500 / 0.212 * np.array([0.5, 1.0, 1.2]))
    assert cost["maia"] == pytest.approx(8000 / 0.808 * np.array([1.2, 1.0, 0.5]))
    assert cost["nvidia"] == pytest.approx([26_500 * 0.26] * 3)


@pytest.mark.whole
def test_history_ends_at_the_unit_cost_that_the_baseline_begins_with() -> None:
    """The last quarter of the one is the start of the other: the same rows of the table, the same u."""
    how = given(trainium=U, tpu=U[::-1])
    last = watch(plain("history"), quarters=8, **how)[1].quarters[-1].made.unit_cost
    with game_of(plain("baseline"), quarters=1, **how) as game:
        first, families = game.state.supply.chip_price, game.roster.families
    for family in ("trainium", "tpu", "maia"):
        own = families.index(family)
        assert last[:, own] == pytest.approx(first[:, own], rel=1e-12)
    assert first[:, families.index("trainium")] == pytest.approx(SPENT * np.array([0.5, 1.0, 1.2]), rel=1e-4)


def test_worlds_draw_the_same_u_in_history_and_in_the_baseline() -> None:
    drawn = [errors(name, 4) for name in ("history", "history-2024", "backtest", "baseline")]
    assert len(set(drawn[0][:, 0])) == 4
    assert all(np.array_equal(drawn[0], other) for other in drawn[1:])


@pytest.mark.whole
def test_its_spread_is_a_fifth() -> None:
    """Triangular on +-0.49: standard deviation 0.49 / sqrt 6 = 0.20, and none of four thousand beyond."""
    u = errors("baseline", 4000)[:, 0]
    assert u.std() == pytest.approx(0.20, abs=0.005) and abs(u.mean()) < 0.01 and np.abs(u).max() < 0.49


@pytest.mark.whole
def test_the_u_of_a_merchant_moves_nothing() -> None:
    """Nvidia, AMD and Cerebras: every number of the game is the same; Trainium's u is felt at once."""
    u = dict.fromkeys(("nvidia", "amd", "cerebras", "graphcore"), U)
    alone, with_it, trainium = (
        play(plain("baseline"), quarters=2, **given(**error)).quarters() for error in ({}, u, {"trainium": U})
    )
    assert alone.equals(with_it) and not alone.equals(trainium)


@pytest.mark.whole
def test_it_belongs_to_the_base_and_a_scenario_on_top_is_told_so() -> None:
    of_the_base = changed(base=plain("baseline"), unit_cost_error_trainium=0.3)
    with pytest.raises(InputError, match=r"unit_cost_error_trainium is read only by the base"), game_of(of_the_base):
        pass
    dated = changed(shock("unit_cost_error_trainium", 0.3), base=plain("baseline"))
    with pytest.raises(InputError, match=r"unit_cost_error_trainium.* base"), game_of(dated):
        pass
    low = replace(plain("baseline"), root_parameters={"unit_cost_error_trainium": -0.2})
    low = replace(low, parameters=low.root_parameters)
    with game_of(low, 2, 1, draw=False) as game:
        factor = game.given.start.own_cost_factor[:, game.roster.families.index("trainium")]
    assert factor == pytest.approx([np.exp(-0.2)] * 2)


# --- the edge that comes out -----------------------------------------------------------------------------------------


def hourly(chip: float, watts: float) -> float:
    """All-in cost of an H100e-hour used, USD, on default parameters: systems at 1.3 times their chips over 22 quarters
    that earn 15 % less every year, sites at 14.8 USD a watt over 60, both at 10 % a year; 8 cents for power and 8 for
    the rest, at 850 W; 89 % of 2,190 hours a quarter sold."""
    step, fall = 1.1**-0.25, 0.85**0.25
    system = 1.3 * chip / sum((step * fall) ** k for k in range(1, 23))
    site = 1.12 * watts * 14.8 / sum(step**k for k in range(1, 61))
    running = 1.12 * watts / 1000 * 0.08 + 0.08 * watts / 850
    return float(((system + site) / 2190 + running) / 0.89)


def edge_of(factor: float) -> float:
    """By hand, 2026Q1. B300: 40,000 USD and 2,222 W for 2.53 H100e. Trainium: of its wafers two in three hold 20
    Trainium3 (1.27 H100e, 6,000 USD, 1,120 W), one 22 Trainium2 (0.656, 4,000, 800)."""
    h100e = 40 * 1.27 + 22 * 0.656
    chip, watts = (40 * 6000 + 22 * 4000) / h100e, (40 * 1120 + 22 * 800) / h100e
    return 1.0 - hourly(factor * chip, watts) / hourly(40_000 / 2.53, 2222 / 2.53)


@pytest.mark.whole
@pytest.mark.parametrize("factor", [0.28, 1.0, 2.1])
def test_the_edge_follows_from_the_tables(factor: float) -> None:
    with game_of(plain("baseline"), 1, 1, draw=False) as game:
        start, industry, roster = game.given.start, game.given.industry, game.roster
        p = game.given.path.root
    made = start.made(start.quarter + 1, p)
    unit = made.cost_per_h100e.copy()
    unit[:, roster.families.index("trainium")] *= factor
    price = industry.pool_chip_price(industry.list_price(unit, p, np.zeros(1)))
    found = costs(roster, p, made, price).long_run_usd[0]
    names = [roster.pool_name(k) for k in range(len(roster.pools))]
    ours, theirs = (found[names.index(f"aws/{family}/core")] for family in ("trainium", "nvidia"))
    assert 1.0 - ours / theirs == pytest.approx(edge_of(factor), rel=1e-9)


def test_levers_on_unit_cost_stand_for_the_edges_that_they_name() -> None:
    """Claim C05's 60 %, hypothesis S10's 20, 35 and 50 %, and the ends of the study, 53 and 30 %."""
    named = {0.28: 0.60, 2.1: 0.20, 1.42: 0.35, 0.74: 0.50, 0.61: 0.53, 1.63: 0.30, 1.0: 0.44}
    assert {factor: round(edge_of(factor), 2) for factor in named} == named
    assert edge_of(0.0) == pytest.approx(0.66, abs=0.005)  # chips for nothing: the most there is
    shocks = [one for name in ("cost-edge", "everything-goes-right") for one in load(name, LIBRARY).shocks]
    assert [one.set for one in shocks if one.parameter == "unit_cost_factor_trainium"] == [0.28, 0.28]


@pytest.mark.whole
def test_the_claimed_edge_holds_through_the_first_year_of_its_experiment() -> None:
    """Played, with bargains, experience and next chips: 60 % give or take three points, against what the baseline
    has."""
    edges = [
        play(plain(name), 1, 4, draw=False).quarters()["cost_edge_trainium"].to_numpy()
        for name in ("cost-edge", "baseline")
    ]
    assert edges[0] == pytest.approx(0.60, abs=0.04) and np.all(edges[0] - edges[1] > 0.1)
