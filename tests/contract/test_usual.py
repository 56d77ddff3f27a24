"""What a party decides when it gives nothing a thought: strategies start from it and name what differs."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.contract_suite import EXPECTED, WORLDS, Situation, alone, situations
from agents.strategies import known
from sim.contract import SegmentBriefing
from sim.decisions import ROLES, VendorDecision
from sim.lawful import validated
from sim.parameters import Parameters

STRATEGIES = Path(__file__).resolve().parents[2] / "agents" / "strategies"


def briefings(role: str) -> list[Situation]:
    """Those of a game, without stress."""
    return [one for one in situations(role) if "quarter" in one.name]


@pytest.mark.parametrize("role", ["cloud", "vendor", "lab", "regulator"])
def test_the_usual_is_lawful(role: str) -> None:
    for situation in situations(role):
        usual = situation.own.usual()
        assert type(usual) is ROLES[role]
        validated(usual, EXPECTED[situation.own.name], situation.own.name, situation.name)


@pytest.mark.parametrize("role", ["cloud", "vendor", "lab", "regulator"])
def test_the_usual_of_a_world_alone_is_that_of_the_batch(role: str) -> None:
    for situation in briefings(role):
        for world in (0, WORLDS - 1):
            one, all_of_them = alone(situation.own, world).usual(), situation.own.usual()
            for declared in fields(one):
                mine, theirs = getattr(one, declared.name)[0], getattr(all_of_them, declared.name)[world]
                assert np.ascontiguousarray(mine).tobytes() == np.ascontiguousarray(theirs).tobytes(), declared.name


def first(role: str) -> Any:
    return briefings(role)[0].own


def test_a_cloud_keeps_its_prices_and_terms_and_orders_nothing() -> None:
    own = first("cloud")
    usual = own.usual()
    posted = own.price_usd_per_h100e_hour > 0.0
    assert posted.any()
    assert usual.price_usd_per_h100e_hour[posted].tolist() == own.price_usd_per_h100e_hour[posted].tolist()
    assert usual.price_usd_per_h100e_hour[~posted].tolist() == own.long_run_cost_usd[~posted].tolist()
    assert not usual.order_mw.any() and usual.order_mw.shape == own.price_usd_per_h100e_hour.shape
    for name in ("commitment_discount", "exit_fee_years", "porting_kit_musd", "edge_programme_musd"):
        assert getattr(usual, name).tolist() == getattr(own, name).tolist()
    assert usual.commitment_discount.all()


def test_a_designer_keeps_price_booking_research_and_openness_and_favours_nobody() -> None:
    own = first("vendor")
    usual = own.usual()
    assert usual.booking_wafers.tolist() == own.last_booking_wafers.tolist()
    for name in ("chip_price_usd_per_h100e", "research_share", "openness"):
        assert getattr(usual, name).tolist() == getattr(own, name).tolist()
    assert {float(one.own.usual().openness[0]) for one in briefings("vendor")} > {0.0}  # some are more open than others
    for name in ("strategic_allocation", "loyalty_rebate", "price_guarantee_mw"):
        assert getattr(usual, name).tolist() == [0.0] * WORLDS


def test_a_lab_keeps_what_it_uses_and_its_product_and_leans_nowhere() -> None:
    own = first("lab")
    usual = own.usual()
    assert usual.wanted_h100e.tolist() == own.used_h100e.tolist()
    assert usual.term_quarters.tolist() == own.usual_term_quarters[:, 0].clip(1.0, 20.0).tolist()
    for name in ("training_share", "token_price_usd_per_mtoken", "small_model_share"):
        assert getattr(usual, name).tolist() == getattr(own, name).tolist()
    assert not usual.supplier_preference.any() and not usual.portability_musd.any()


def test_a_segment_keeps_what_it_wanted_at_the_start() -> None:
    start = np.array([[1.0, 2.0], [3.0, 4.0]])
    one = np.ones(2)
    own = SegmentBriefing(
        name="startups",
        start_h100e=start,
        spending_index=one,
        felt_price_usd=start,
        start_price_usd=start,
        shock=start,
        level=one,
        usual_term_quarters=start,
        habits=Parameters({}),
    )
    assert own.usual().wanted_h100e.tolist() == start.tolist()


def test_a_regulator_enforces_the_law_and_takes_no_step() -> None:
    own = first("regulator")
    usual = own.usual()
    assert usual.remedy_strength.tolist() == own.scheduled_strength.tolist()
    assert usual.attention.tolist() == [[0.25] * 4] * WORLDS
    for name in (
        "step",
        "theory",
        "remedy",
        "strength",
        "fine_share",
        "accept_commitments",
        "share_evidence",
        "signal",
    ):
        assert getattr(usual, name).tolist() == [0.0] * WORLDS


def test_decisions_are_made_by_name_only() -> None:
    with pytest.raises(TypeError, match="positional"):
        VendorDecision(np.ones(1), np.ones((1, 2)))  # type: ignore[misc]


ONE_MORE = """
import sys, types
from pathlib import Path

source = Path("sim/decisions.py").read_text(encoding="utf-8")
before = "    openness: Array = decision("
assert source.count(before) == 1
field = "    warranty: Array = decision('years', 0.0, 5.0, 'last', 'Warranty: (worlds,).')" + chr(10)
import sim
module = types.ModuleType("sim.decisions")
sys.modules["sim.decisions"] = sim.decisions = module
exec(compile(source.replace(before, field + before), "sim/decisions.py", "exec"), module.__dict__)

from agents.contract_suite import check, situations
from agents.forms import form
from agents.roster import cast
from agents.strategies import known
from experiments import scenarios
from sim.game import Game
from sim.roster import load_roster

sheets = [sheet for sheet in known("vendor")]
wrong = [line for sheet in sheets for line in check(sheet, situations("vendor")[:1])]
assert not wrong, wrong
situation = situations("vendor")[0]
one = form(load_roster("default"), situation.own.name, 7)
rule = sheets[0].maker().decide(situation.own, situation.market)
assert not rule.warranty.any()
game = Game(scenarios.load("baseline"), cast({"nvidia": "open-stack"}), worlds=2, quarters=2)
game.run()
print("played with", len(sheets), "strategies", module.VendorDecision.__dataclass_fields__["warranty"].metadata["unit"])
"""


@pytest.mark.whole
def test_one_more_field_of_a_decision_needs_nothing_but_its_declaration() -> None:
    """Until a form asks for it and a mechanism reads it, everybody leaves it at rest, and the game is played as
    before."""
    done = subprocess.run([sys.executable, "-c", ONE_MORE], cwd=STRATEGIES.parents[1], capture_output=True, text=True)
    assert done.stdout.strip() == f"played with {len(known('vendor'))} strategies years", done.stderr


def test_no_strategy_lists_a_whole_decision() -> None:
    """A field more in a decision must not go through every strategy: they replace fields of the usual one."""
    classes = {one.__name__ for one in ROLES.values()}
    built = [
        f"{file.name}: {node.lineno}"
        for file in sorted(STRATEGIES.glob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in classes
    ]
    assert built == []
