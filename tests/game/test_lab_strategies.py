"""Kinds of labs: each moves the market in a paired run, and each does what no setting of another does."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from agents.roster import cast
from agents.strategies import known
from experiments.stats import estimate
from sim.contract import LabDecision
from sim.game import Game
from sim.records import Records
from sim.scenario import Scenario
from tests.game.play import changed

WORLDS, QUARTERS, LAB = 6, 8, "anthropic"
KINDS = ("single-home", "multi-home", "portability-first", "price-cutter", "runway-keeper")
USUAL = "steady-growth"


FREE = changed(deals_bind=0.0)
"""Nothing is signed ahead: what a lab decides is all that it does."""


def played(
    kind: str, scenario: Scenario = FREE, worlds: int = WORLDS, quarters: int = QUARTERS
) -> tuple[Records, list[LabDecision]]:
    """Records of a game in which Anthropic is of a kind, and what it decided."""
    game = Game(scenario, cast({LAB: kind}), worlds=worlds, quarters=quarters)
    decided = []
    for _ in range(quarters):
        game.step()
        decided.append(game.state.decided[LAB])
    records = game.records
    game.close()
    return records, decided


@pytest.fixture(scope="module")
def ended() -> dict[str, Records]:
    """By kind, the records of the whole game."""
    return {kind: played(kind)[0] for kind in (*KINDS, USUAL)}


@pytest.fixture(scope="module")
def first() -> dict[str, LabDecision]:
    """By kind, what it decides in the first quarter."""
    return {kind: played(kind, quarters=1)[1][0] for kind in (*KINDS, USUAL)}


def test_the_kinds_are_registered_with_a_meaning_and_a_source() -> None:
    sheets = {sheet.name: sheet for sheet in known("lab")}
    assert set(KINDS) < set(sheets)
    assert all(sheets[kind].cites and sheets[kind].meaning.endswith(".") for kind in KINDS)


@pytest.mark.whole
@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_moves_the_market(ended: dict[str, Records], kind: str) -> None:
    """In every world, on the same draws: Trainium's share or the lab's share of tokens is not what it was."""
    one, base = ended[kind], ended[USUAL]
    for name in ("used_h100e", "labs_revenue_musd"):
        assert np.all(np.abs(one.metric(name)[:, -1] / base.metric(name)[:, -1] - 1.0) > 1e-6)


def moved(first: dict[str, LabDecision], kind: str) -> set[str]:
    """Fields of a decision in which a kind differs from the default in the first quarter."""
    usual, mine = first[USUAL], first[kind]
    names = [field.name for field in fields(usual)]
    return {name for name in names if not np.allclose(getattr(mine, name), getattr(usual, name), rtol=1e-9)}


def test_kinds_differ_in_what_they_decide_on_the_same_briefing(first: dict[str, LabDecision]) -> None:
    """The first briefing is the same for all; what a kind leaves alone there it leaves alone whatever its settings."""
    assert moved(first, "single-home") == {"supplier_preference", "term_quarters", "portability_musd"}
    assert moved(first, "multi-home") == {"supplier_preference"}
    assert moved(first, "portability-first") == {"term_quarters", "portability_musd"}
    assert {"token_price_usd_per_mtoken", "wanted_h100e"} <= moved(first, "price-cutter")
    assert "token_price_usd_per_mtoken" not in moved(first, "runway-keeper")
    assert "wanted_h100e" in moved(first, "runway-keeper")


def test_a_single_home_leans_one_way_and_a_multi_home_to_what_it_lacks(first: dict[str, LabDecision]) -> None:
    single, multi = (first[kind].supplier_preference for kind in ("single-home", "multi-home"))
    assert np.array_equal(single, np.tile([3.0, -3.0, -3.0, -3.0], (WORLDS, 1)))  # it has most of AWS's chip
    assert ((multi > 0.0).sum(axis=1) <= 2).all() and (multi >= 0.0).all()


@pytest.mark.whole
def test_a_lab_that_stays_at_home_with_aws_raises_trainiums_share() -> None:
    """Where there is room: where AWS is short of capacity it may go the other way."""
    roomy = changed(deals_bind=0.0, demand_level=0.6)
    home, usual = (
        played(kind, worlds=24, scenario=roomy)[0].metric("trainium_share_used")
        for kind in ("single-home", "steady-growth")
    )
    assert estimate(home[:, -1] - usual[:, -1]).low > 0.0


@pytest.mark.whole
def test_a_price_cutter_charges_as_usual_when_the_money_runs_out() -> None:
    poor = changed(**{"lab_funding_factor_anthropic": 0.0, "lab_staff_share": 3.0, "lab_credit": 0.0})
    usual, cutter = played("steady-growth", scenario=poor)[1], played("price-cutter", scenario=poor)[1]
    first = cutter[0].token_price_usd_per_mtoken / usual[0].token_price_usd_per_mtoken
    last = cutter[-1].token_price_usd_per_mtoken / usual[-1].token_price_usd_per_mtoken
    assert first == pytest.approx(np.full(WORLDS, 0.75))
    assert (last > 0.85).all()


@pytest.mark.whole
def test_a_runway_keeper_in_need_trains_less_and_charges_more() -> None:
    poor = changed(**{"lab_funding_factor_anthropic": 0.0, "lab_staff_share": 3.0, "lab_credit": 0.0})
    usual, keeper = played("steady-growth", scenario=poor)[1], played("runway-keeper", scenario=poor)[1]
    assert (keeper[1].training_share < usual[1].training_share).all()
    assert (keeper[1].token_price_usd_per_mtoken > usual[1].token_price_usd_per_mtoken).all()
