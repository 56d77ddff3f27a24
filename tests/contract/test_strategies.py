"""Every registered strategy keeps the contract, and the suite catches those that do not."""

from __future__ import annotations

import random
import re
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
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


THINKS = ("best-response",)
"""It tries what it may do before it decides, a second long."""


@pytest.mark.parametrize(
    "sheet",
    [pytest.param(one, id=one.name, marks=pytest.mark.whole if one.name in THINKS else ()) for one in SHEETS],
)
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


# --- briefings that the suite asks ------------------------------------------------------------------------------------

ASKED = {
    "cloud": ("aws", "google", "neocloud", "xai-fleet"),
    "vendor": ("nvidia", "trainium", "maia", "graphcore"),
    "lab": ("openai", "mistral", "meta-ai"),
    "regulator": ("ftc", "cma"),
}
"""Every other party of the roster."""
MEANS: dict[str, dict[str, Callable[[Any], bool]]] = {
    "cloud": {
        "sold out and without power": lambda own: (
            own.booked_share == 1.0 and own.room_mw == own.budget_musd == 0.0 < own.shadow_price
        ),
        "empty": lambda own: (
            own.booked_share == own.committed_h100e == own.market_share == own.shadow_price == own.expiring_h100e == 0.0
        ),
        "nothing installed": lambda own: (
            own.installed_h100e == own.line_h100e == own.booked_share == own.retiring_h100e == 0.0
        ),
        "in debt": lambda own: own.cash_musd < own.operating_income_musd < 0.0 and own.free_cash_flow_musd < 0.0,
    },
    "vendor": {
        "no orders": lambda own: (
            own.order_flow_h100e == own.backlog_h100e == own.last_booking_wafers == own.inventory_h100e == 0.0
        ),
        "a long queue": lambda own: own.backlog_h100e > 1e7 and own.order_growth > 0.0 == own.inventory_h100e,
        "a full store": lambda own: own.inventory_h100e > 1e7 and own.backlog_h100e == own.order_growth == 0.0,
    },
    "lab": {
        "broke": lambda own: (
            own.cash_musd < 0.0 == own.funding_left_musd == own.runway_quarters and own.burn_musd > 0.0
        ),
        "rich": lambda own: own.cash_musd > 1e6 and own.burn_musd == 0.0 and own.runway_quarters == 40.0,
        "without compute": lambda own: (
            own.used_h100e == own.committed_h100e == own.supplier_mix == own.bill_musd == own.inference_h100e == 0.0
        ),
        "nothing for sale": lambda own: own.supplier_work_price_usd == own.partner_supplies == 0.0,
    },
    "regulator": {
        "proof of everything": lambda own: (
            own.evidence_over_proof > 1.0
            and own.not_possible == 0.0
            and own.stage == 3.0
            and own.stage_quarters > 6.0
            and own.commitments_offered == 1.0
        ),
        "proof of nothing": lambda own: (
            own.evidence_over_proof == own.signal_seen == own.stage == 0.0 and own.not_possible == 3.0
        ),
    },
}
"""What a stress is in every world and for every pool, line or theory."""


@pytest.mark.parametrize("role", ROLES)
def test_the_suite_asks_in_two_quarters_and_under_every_stress(role: str) -> None:
    """Of every other party; a stress is of the last quarter, changes what it says and nothing else."""
    kinds_of = ("quarter 1", f"quarter {suite.QUARTERS}", *MEANS[role])
    asked = {one.name: one for one in suite.situations(role)}
    assert list(asked) == [f"{name}, {kind}" for name in ASKED[role] for kind in kinds_of]
    for name in ASKED[role]:
        early, late = (asked[f"{name}, {kind}"] for kind in kinds_of[:2])
        assert (early.market.quarter, late.market.quarter) == (1, suite.QUARTERS) and early.own.name == name
        assert early.own.last is None and late.own.last is not None
        for stress, means in MEANS[role].items():
            one, stressed = asked[f"{name}, {stress}"], suite.STRESS[role][stress]
            changed = {f.name for f in fields(one.own) if getattr(one.own, f.name) is not getattr(late.own, f.name)}
            assert changed == set(stressed) and one.market is late.market
            shown = {field: np.unique(getattr(one.own, field)) for field in stressed}
            assert all(len(values) == 1 for values in shown.values() if values.size)
            assert means(types.SimpleNamespace(**{field: float(values[0]) for field, values in shown.items()}))


# --- kinds ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """A decision of two figures."""

    price: np.ndarray
    order: np.ndarray


@dataclass(frozen=True)
class Says:
    """Twice its level, and an order of 10 over the briefing."""

    level: float = registry.setting(0.2, 0.0, 1.0, "A level.")

    def decide(self, own: Any, market: Any) -> Said:
        return Said(np.full(2, 2.0 * self.level), 10.0 / own)


def sheet_of(cls: Any) -> FactSheet:
    return FactSheet("says", "cloud", False, (), "", "Says.", cls, registry._settings(cls))


def test_a_gap_is_relative_to_the_larger_decision_and_the_worst_figure_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against a price of 1.0, 0.4 is 60 % off; of the orders of 10 and 5 the first is right and the second half of the
    other's: 25 % on average. Settings are searched over their range; what cannot be set stays."""
    briefings = [suite.Situation("a", 1.0, None), suite.Situation("b", 2.0, None)]  # type: ignore[arg-type]
    right = {"price": np.ones(2), "order": np.full(2, 10.0)}
    sheet = sheet_of(Says)
    assert kinds._gap(sheet, np.array([0.2]), briefings, [right, right]) == pytest.approx(0.6)
    assert kinds._gap(sheet, np.array([0.5]), briefings, [right, right]) == pytest.approx(0.25)
    monkeypatch.setattr(kinds, "situations", lambda role: tuple(briefings))
    monkeypatch.setattr(kinds, "EVERY", 1)
    other = replace(sheet, maker=lambda **how: Says(level=0.7317), settings=())
    assert kinds.distance(other, sheet) == pytest.approx(1.0634 / 1.4634)  # it cannot be set
    assert kinds.distance(sheet, other, tries=4) < 0.003 < kinds.SAME_KIND  # to 0.2 % of a setting's range
    beyond = replace(other, maker=lambda **how: Says(level=1.25))
    assert kinds.distance(sheet, beyond, tries=4) == pytest.approx(0.2)  # the range ends at 1
    assert not kinds.differ_in_kind(sheet, other, tries=4) and kinds.differ_in_kind(sheet, beyond, tries=4)


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
    (OutOfBounds, "its decision is not lawful: "),
    (WrongShape, "its decision is not lawful: "),
    (NotFinite, "its decision is not lawful: "),
    (Crashes, "it fails with KeyError"),
    (Averages, "exit_fee_years of a world alone is not what it is in a batch"),
    (Averages, "a world of NaN changes exit_fee_years of other worlds"),
    (Gambles, "it draws from the global random numbers"),
    (Remembers, "the same briefing gives another decision"),
    (HoldsOn, "it holds something that cannot be sent"),
]


@pytest.mark.parametrize(("cls", "sentence"), CAUGHT)
def test_the_suite_catches(cls: type, sentence: str) -> None:
    sheet = replace(find("build-to-demand", "cloud"), name="broken", maker=cls)
    said = suite.check(sheet, suite.situations("cloud")[:2])
    assert any(sentence in one for one in said), said
    assert all(one.count("\n") == 0 and one.endswith(".") for one in said)


def test_a_broken_promise_is_said_once() -> None:
    """Of the first situation in which it is broken."""
    sheet = replace(find("build-to-demand", "cloud"), name="broken", maker=OutOfBounds)
    (said,) = suite.check(sheet, suite.situations("cloud")[:4])
    assert said.startswith("broken: its decision is not lawful: aws, a briefing of the contract suite: exit_fee_years")
    assert said.endswith("(aws, quarter 1).")


def test_the_suite_catches_who_holds_on_to_a_game() -> None:
    from sim.game import Game

    sheet = replace(find("build-to-demand", "cloud"), name="broken", maker=lambda: Game)
    assert suite.check(sheet, []) == ["broken: it holds on to a game; a strategy sees nothing but its briefings."]


def test_the_suite_catches_a_hand_in_the_briefing() -> None:
    situation = suite.situations("cloud")[0]
    mine = replace(situation, own=replace(situation.own, cash_musd=np.array(situation.own.cash_musd)))
    sheet = replace(find("build-to-demand", "cloud"), name="broken", maker=Meddles)
    assert any("it changes the briefing" in one for one in suite.check(sheet, [mine]))


def test_the_suite_catches_a_bare_fact_sheet() -> None:
    sheet = replace(find("harvest", "cloud"), cites=(), meaning=" ")
    said = suite.check(sheet, [])
    assert any("cites nobody" in one for one in said) and any("does not say what it does" in one for one in said)
    far = replace(find("harvest", "cloud").settings[0], default=1.01)
    said = suite.check(replace(sheet, cites=("a",), meaning="Sells.", settings=(far,)), [])
    assert said == ["harvest: setting premium = 1.01 is outside its range, 0.1 to 1."]


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
