"""Every registered strategy keeps the contract, and the suite catches those that do not."""

from __future__ import annotations

import random
import re
import sys
import types
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents import contract_suite as suite
from agents import kinds
from agents.strategies import find, known, registry
from agents.strategies.cloud import BuildToDemand
from agents.strategies.registry import FactSheet

SHEETS = [sheet for sheet in known() if sheet.role in suite.STRESS]
ROLES = tuple(suite.STRESS)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_strategy_keeps_the_contract(sheet: FactSheet) -> None:
    assert suite.check(sheet) == []


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_three_kinds_or_more(role: str) -> None:
    assert len([sheet for sheet in known(role) if not sheet.grade]) >= 3


PAIRS = [pair for role in ROLES for pair in combinations([sheet for sheet in known(role) if not sheet.grade], 2)]


@pytest.mark.slow
@pytest.mark.parametrize(("a", "b"), PAIRS, ids=lambda sheet: sheet.name)
def test_two_strategies_differ_in_kind(a: FactSheet, b: FactSheet) -> None:
    assert kinds.differ_in_kind(a, b, tries=32)


def test_a_strategy_is_of_one_kind_with_itself_and_with_its_settings() -> None:
    """The measure finds settings: skilled bots can be set to be the rule that they start from."""
    harvest = find("harvest", "cloud")
    other = replace(harvest, maker=lambda: harvest.maker(order_share=0.31, exit_fee_years=0.4))
    assert kinds.distance(harvest, harvest) == 0.0
    assert kinds.distance(harvest, replace(other, settings=()), tries=32) < kinds.SAME_KIND


# --- strategies that break the contract -------------------------------------------------------------------------------


class Broken:
    """The default with something wrong."""

    def decide(self, own: Any, market: Any) -> Any:
        return self.spoil(BuildToDemand().decide(own, market), own, market)

    def spoil(self, decision: Any, own: Any, market: Any) -> Any:
        return decision


class OutOfBounds(Broken):
    def spoil(self, decision: Any, own: Any, market: Any) -> Any:
        return replace(decision, exit_fee_years=decision.exit_fee_years + 99.0)


class WrongShape(Broken):
    def spoil(self, decision: Any, own: Any, market: Any) -> Any:
        return replace(decision, exit_fee_years=decision.exit_fee_years[:3])


class NotFinite(Broken):
    def spoil(self, decision: Any, own: Any, market: Any) -> Any:
        return replace(decision, order_mw=decision.order_mw / (decision.order_mw * 0.0))


class Crashes(Broken):
    def spoil(self, decision: Any, own: Any, market: Any) -> Any:
        raise KeyError("nothing")


class Averages(Broken):
    """Looks at other worlds."""

    def spoil(self, decision: Any, own: Any, market: Any) -> Any:
        return replace(
            decision, exit_fee_years=np.full_like(decision.exit_fee_years, min(market.demand_index.mean() / 50.0, 1.0))
        )


class Gambles(Broken):
    def spoil(self, decision: Any, own: Any, market: Any) -> Any:
        return replace(decision, exit_fee_years=np.full_like(decision.exit_fee_years, random.random()))


class Remembers(Broken):
    """Decides by how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0.0

    def spoil(self, decision: Any, own: Any, market: Any) -> Any:
        self.asked += 0.01
        return replace(decision, exit_fee_years=np.full_like(decision.exit_fee_years, self.asked))


class Meddles(Broken):
    """Writes into its briefing."""

    def spoil(self, decision: Any, own: Any, market: Any) -> Any:
        own.cash_musd.setflags(write=True)
        own.cash_musd[:] = 1.0
        return decision


class HoldsOn(Broken):
    """Keeps something that no other process can have."""

    def __init__(self) -> None:
        self.held = lambda: None


CAUGHT = [
    (OutOfBounds, "its decision is not lawful: "), (WrongShape, "its decision is not lawful: "),
    (NotFinite, "its decision is not lawful: "),
    (Crashes, "it fails with KeyError"), (Averages, "exit_fee_years of a world alone is not what it is in a batch"),
    (Averages, "a world of NaN changes exit_fee_years of other worlds"),
    (Gambles, "it draws from the global random numbers"),
    (Remembers, "the same briefing gives another decision"), (HoldsOn, "it holds something that cannot be sent"),
]  # fmt: skip


@pytest.mark.parametrize(("cls", "sentence"), CAUGHT)
def test_the_suite_catches(cls: type, sentence: str) -> None:
    sheet = replace(find("build-to-demand", "cloud"), name="broken", maker=cls)
    said = suite.check(sheet, suite.situations("cloud")[:2])
    assert any(sentence in one for one in said), said
    assert all(one.count("\n") == 0 and one.endswith(".") for one in said)


def test_the_suite_catches_a_hand_in_the_briefing() -> None:
    situation = suite.situations("cloud")[0]
    mine = replace(situation, own=replace(situation.own, cash_musd=np.array(situation.own.cash_musd)))
    sheet = replace(find("build-to-demand", "cloud"), name="broken", maker=Meddles)
    assert any("it changes the briefing" in one for one in suite.check(sheet, [mine]))


def test_the_suite_catches_a_bare_fact_sheet() -> None:
    sheet = replace(find("harvest", "cloud"), cites=(), meaning=" ")
    said = suite.check(sheet, [])
    assert any("cites nobody" in one for one in said) and any("does not say what it does" in one for one in said)


def test_the_example_of_the_how_to_page_runs() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "write-a-strategy.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 2
    module = types.ModuleType("example")
    sys.modules["example"] = module
    try:
        for block in blocks:
            exec(compile(block, "write-a-strategy.md", "exec"), module.__dict__)
    finally:
        registry._REGISTRY.pop("no-strings", None)
        sys.modules.pop("example")
