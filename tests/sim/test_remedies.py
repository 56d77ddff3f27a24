"""Remedies change primitives: by hand for two worlds that implement them well and badly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sim.decisions import THEORIES
from sim.remedies import DECLARED, REMEDIES, docket, effective, in_force, natural, rules

ROOT = Path(__file__).resolve().parents[2]


def parameters(**changes: np.ndarray) -> SimpleNamespace:
    """Two worlds, two regions; nothing is remedied."""
    values = {remedy: np.zeros((2, 2)) for remedy in REMEDIES}
    values |= {
        "implementation_quality": np.array([1.0, 0.5]),
        "intangible_cut": np.array([0.2, 0.2]),
        "intangible_factor": np.array([1.0, 1.0]),
        "interoperability_effect": np.array([0.6, 0.6]),
        "egress_factor": np.array([[1.0, 0.5], [1.0, 1.0]]),
        "exit_fee_factor": np.ones((2, 2)),
        "porting_factor": np.ones((2, 2)),
        "term_limit_quarters": np.array([[20.0, 20.0], [20.0, 3.0]]),
        "remedy_term_cap_quarters": np.array([4.0, 4.0]),
        "transfer_price_weight": np.array([0.0, 0.7]),
    }
    return SimpleNamespace(**(values | changes))


def full(remedy: str) -> np.ndarray:
    """One remedy at full strength in the first region of both worlds: (worlds, regions, remedies)."""
    strength = np.zeros((2, 2, len(REMEDIES)))
    strength[:, 0, REMEDIES.index(remedy)] = 1.0
    return strength


def test_docket_stacks_remedies_in_their_order() -> None:
    p = parameters(term_cap_duty=np.array([[0.0, 1.0], [0.5, 0.0]]))
    got = docket(p)
    assert got.shape == (2, 2, len(REMEDIES))
    assert got[:, :, REMEDIES.index("term_cap_duty")].tolist() == [[0.0, 1.0], [0.5, 0.0]]
    assert got.sum() == 1.5


def test_a_regulator_decides_for_its_region_and_the_docket_stands_elsewhere() -> None:
    scheduled, decided = np.full((2, 3, 4), 0.2), np.stack([np.full((2, 4), 0.9), np.full((2, 4), 0.4)], axis=1)
    got = in_force(scheduled, decided, np.array([2, 0]))
    assert got[:, :, 0].tolist() == [[0.4, 0.2, 0.9]] * 2
    assert (scheduled == 0.2).all()


def test_firms_concede_part_of_what_is_announced_and_never_take_back_what_is_in_force() -> None:
    strength, announced = np.array([[[0.2, 0.8]]] * 2), np.array([[[1.0, 0.0]]] * 2)
    got = effective(strength, announced, np.array([0.5, 0.0]))
    assert got == pytest.approx(np.array([[[0.6, 0.8]], [[0.2, 0.8]]]))


def test_without_remedies_primitives_are_the_scenario_s() -> None:
    p = parameters()
    got = rules(p, np.zeros((2, 2, len(REMEDIES))))
    assert (got.egress_factor == p.egress_factor).all() and (got.term_limit == p.term_limit_quarters).all()
    assert (got.porting_factor == 1.0).all() and (got.own_silicon_bonus_factor == 1.0).all()
    assert (got.stack_intangible_factor == 1.0).all() and (got.tie_factor == 1.0).all()
    assert got.separation.tolist() == [0.0, 0.7]


@pytest.mark.parametrize(
    ("remedy", "name", "felt"),
    [
        ("self_preferencing_ban", "own_silicon_bonus_factor", [0.0, 0.5]),
        ("switching_fee_ban", "egress_factor", [0.0, 0.5]),
        ("switching_fee_ban", "exit_fee_factor", [0.0, 0.5]),
        ("switching_fee_ban", "cloud_intangible_factor", [0.8, 0.9]),
        ("interoperability_duty", "porting_factor", [0.4, 0.7]),
        ("interoperability_duty", "stack_intangible_factor", [0.8, 0.9]),
        ("exclusivity_ban", "tie_factor", [0.0, 0.5]),
        ("term_cap_duty", "term_limit", [4.0, 12.0]),
    ],
)
def test_a_full_remedy_in_one_region(remedy: str, name: str, felt: list[float]) -> None:
    plain, got = rules(parameters(), full(remedy) * 0.0), rules(parameters(), full(remedy))
    assert getattr(got, name)[:, 0] == pytest.approx(felt)
    assert (getattr(got, name)[:, 1] == getattr(plain, name)[:, 1]).all()


def test_a_remedy_touches_nothing_else() -> None:
    touched = {
        "self_preferencing_ban": {"own_silicon_bonus_factor"},
        "switching_fee_ban": {"egress_factor", "exit_fee_factor", "cloud_intangible_factor"},
        "interoperability_duty": {"porting_factor", "stack_intangible_factor"},
        "term_cap_duty": {"term_limit"},
        "exclusivity_ban": {"tie_factor"},
        "structural_separation": {"separation"},
    }
    plain = vars(rules(parameters(), np.zeros((2, 2, len(REMEDIES)))))
    for remedy in REMEDIES:
        got = vars(rules(parameters(), full(remedy)))
        assert {name for name in got if not np.array_equal(got[name], plain[name])} == touched[remedy]


def test_a_term_cap_never_lengthens_a_shorter_limit() -> None:
    strength = full("term_cap_duty")[:, ::-1]
    assert rules(parameters(), strength).term_limit[1, 1] == 3.0


def test_separation_anywhere_is_separation_and_a_scenario_may_ask_for_more() -> None:
    assert rules(parameters(), full("structural_separation")).separation == pytest.approx([1.0, 0.7])


# --- declared once ----------------------------------------------------------------------------------------------------


def test_each_theory_of_harm_has_one_natural_remedy() -> None:
    assert [REMEDIES[natural(theory)] for theory in THEORIES] == [
        "self_preferencing_ban",
        "interoperability_duty",
        "exclusivity_ban",
        "switching_fee_ban",
    ]
    assert {one.fits for one in DECLARED if one.fits} == set(THEORIES)


ONE_MORE = """
import sys, types
from pathlib import Path

source = Path("sim/remedies.py").read_text(encoding="utf-8")
first = 'DECLARED = ('
assert source.count(first) == 1
more = "Remedy('data_sharing_duty', 'data sharing', 'Duty to share data.', 'a test'), "
import sim
module = types.ModuleType("sim.remedies")
sys.modules["sim.remedies"] = sim.remedies = module
exec(compile(source.replace(first, first + more), "sim/remedies.py", "exec"), module.__dict__)

from dataclasses import fields
from agents.forms.regulator import QUESTIONS
from agents.roster import cast
from agents.strategies.regulator import remedy_for
from experiments import scenarios
from experiments.pages import reference
from sim.declarations import catalogue
from sim.decisions import THEORIES, RegulatorDecision
from sim.game import Game
from sim.roster import load_roster
import numpy as np

names = [one.name for one in module.DECLARED]
assert names[0] == "data_sharing_duty" and len(names) == len(set(names))
roster = load_roster("default")
for name in names:
    assert {f"{name}_{region}" for region in roster.regions} <= set(catalogue(roster).scalars), name
(asked,) = (one for one in QUESTIONS if one.id == "remedy")
assert asked.options == tuple(one.title for one in module.DECLARED)
(declared,) = (one for one in fields(RegulatorDecision) if one.name == "remedy")
assert declared.metadata["high"] == len(names) - 1
page = " ".join(map(str, reference._decisions(roster)))
assert all(f"`{one.name}` | {one.title}" in page for one in module.DECLARED), page
fits = [names[int(k)] for k in remedy_for(np.arange(float(len(THEORIES))))]
assert fits == ["self_preferencing_ban", "interoperability_duty", "exclusivity_ban", "switching_fee_ban"]
game = Game(scenarios.load("baseline"), cast({"ec": "novice-regulator"}), worlds=2, quarters=2)
game.run()
print("played with", len(names))
"""


@pytest.mark.whole
def test_one_more_remedy_needs_nothing_but_its_declaration() -> None:
    """Put first, so that every remedy moves to another number: parameter, form, page, decisions and the game follow."""
    done = subprocess.run([sys.executable, "-c", ONE_MORE], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == f"played with {len(REMEDIES) + 1}", done.stderr
