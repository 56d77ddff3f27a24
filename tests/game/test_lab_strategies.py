"""Kinds of labs: each moves the market in a paired run, and each does what no setting of another does."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from agents.roster import cast
from agents.strategies import known
from experiments.stats import estimate
from sim.game import Game
from sim.records import Records
from tests.game.play import changed

WORLDS, QUARTERS = 6, 8
KINDS = ("single-home", "multi-home", "portability-first", "price-cutter", "runway-keeper")


FREE = changed(deals_bind=0.0)
"""Nothing is signed ahead: what a lab decides is all that it does."""


def played(kind: str, lab: str = "anthropic", scenario: Any = FREE, worlds: int = WORLDS) -> tuple[Records, list[Any]]:
    """Records of a game with one lab of a kind, and its decisions."""
    game = Game(scenario, cast({lab: kind}), worlds=worlds, quarters=QUARTERS)
    decided = []
    for _ in range(QUARTERS):
        game.step()
        decided.append(game.state.decided[lab])
    records = game.records
    game.close()
    return records, decided


@pytest.fixture(scope="module")
def all_kinds() -> dict[str, tuple[Records, list[Any]]]:
    return {kind: played(kind) for kind in (*KINDS, "steady-growth")}


def test_the_kinds_are_registered_with_a_meaning_and_a_source() -> None:
    sheets = {sheet.name: sheet for sheet in known("lab")}
    assert set(KINDS) < set(sheets)
    assert all(sheets[kind].cites and sheets[kind].meaning.endswith(".") for kind in KINDS)


@pytest.mark.whole
@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_moves_the_market(all_kinds: dict[str, Any], kind: str) -> None:
    """In every world, on the same draws: Trainium's share or the lab's share of tokens is not what it was."""
    (one, _), (base, _) = all_kinds[kind], all_kinds["steady-growth"]
    for name in ("used_h100e", "labs_revenue_musd"):
        assert np.all(np.abs(one.metric(name)[:, -1] / base.metric(name)[:, -1] - 1.0) > 1e-6)


def moved(all_kinds: dict[str, Any], kind: str) -> set[str]:
    """Fields of a decision in which a kind differs from the default in the first quarter or, by its state, in the
    last."""
    usual, mine = all_kinds["steady-growth"][1], all_kinds[kind][1]
    names = [field.name for field in fields(usual[0])]
    return {name for name in names if not np.allclose(getattr(mine[0], name), getattr(usual[0], name), rtol=1e-9)}


def test_kinds_differ_in_what_they_decide_on_the_same_briefing(all_kinds: dict[str, Any]) -> None:
    """The first briefing is the same for all; what a kind leaves alone there it leaves alone whatever its settings."""
    assert moved(all_kinds, "single-home") == {"supplier_preference", "term_quarters", "portability_musd"}
    assert moved(all_kinds, "multi-home") == {"supplier_preference"}
    assert moved(all_kinds, "portability-first") == {"term_quarters", "portability_musd"}
    assert {"token_price_usd_per_mtoken", "wanted_h100e"} <= moved(all_kinds, "price-cutter")
    assert "token_price_usd_per_mtoken" not in moved(all_kinds, "runway-keeper")
    assert "wanted_h100e" in moved(all_kinds, "runway-keeper")


def test_a_single_home_leans_one_way_and_a_multi_home_to_what_it_lacks(all_kinds: dict[str, Any]) -> None:
    single, multi = (all_kinds[kind][1][0].supplier_preference for kind in ("single-home", "multi-home"))
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
