"""What must balance is seen when it does not, in just the world where it does not; and what did not clear is marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from sim.accounts.ledger import Ledger
from sim.measures import balances
from sim.state import Quarter, State
from tests.sim.measures.by_hand.world import Watched

HARD = 1
"""The world in which something is wrong; the others are as they were."""
Played = tuple[State, State, Quarter]


@pytest.fixture(scope="module")
def played(watched: Watched) -> Played:
    """The second quarter of the watched game: before, after, and what happened."""
    w = next(one for one in watched.worlds if one.quarter == 2)
    return w.before, w.after, w.played


def wrong(array: np.ndarray, amount: float) -> np.ndarray:
    """The array with an amount more in its first place, in one world."""
    found = array.copy()
    found[(HARD, *(0,) * (array.ndim - 1))] += amount
    return found


def made(played: Played, name: str, amount: float) -> Played:
    """An amount more in what the supply side says it did."""
    before, after, quarter = played
    opened = quarter.opened
    part = replace(opened.made, **{name: wrong(getattr(opened.made, name), amount)})
    return before, after, replace(quarter, opened=replace(opened, made=part))


def stored(played: Played, amount: float) -> Played:
    """An amount more in the inventory."""
    before, after, quarter = played
    supply = replace(after.supply, inventory=wrong(after.supply.inventory, amount))
    return before, replace(after, supply=supply), quarter


def begun(played: Played, name: str, amount: float) -> Played:
    """An amount more in what the quarter began with."""
    before, after, quarter = played
    supply = replace(before.supply, **{name: wrong(getattr(before.supply, name), amount)})
    return replace(before, supply=supply), after, quarter


LOST = {
    "made and nowhere": lambda played: made(played, "output", 500.0),
    "in stock from nowhere": lambda played: stored(played, 500.0),
    "stock that vanished": lambda played: begun(played, "inventory", 500.0),
    "gone abroad twice": lambda played: made(played, "diverted", 500.0),
    "given to an owner and not from a line": lambda played: made(played, "delivered", 500.0),
    "retired and still there": lambda played: made(played, "retired", 500.0),
    "arrived and not installed": lambda played: begun(played, "arriving", 500.0),
}


@pytest.mark.parametrize("how", LOST)
def test_500_chips_that_do_not_add_up_are_seen_over_what_is_installed(played: Played, how: str) -> None:
    installed = sum(sum(vintages) for vintages in played[1].supply.fleet.h100e[HARD].tolist())
    found = balances.measure(*LOST[how](played))["chip_imbalance"]
    assert found[HARD] == pytest.approx(500.0 / installed, rel=1e-6)
    assert np.delete(found, HARD) == pytest.approx([0.0, 0.0], abs=1e-12)


def test_chips_lost_on_both_ways_do_not_make_up_for_each_other(played: Played) -> None:
    installed = sum(sum(vintages) for vintages in played[1].supply.fleet.h100e[HARD].tolist())
    twice = begun(stored(played, 300.0), "arriving", 400.0)
    assert balances.measure(*twice)["chip_imbalance"][HARD] == pytest.approx(700.0 / installed, rel=1e-6)


def outcomes(played: Played, site: int, change: Callable[[Any], Any]) -> Played:
    """A site's outcome changed."""
    before, after, quarter = played
    changed = [change(one) if k == site else one for k, one in enumerate(quarter.outcomes)]
    return before, after, replace(quarter, outcomes=tuple(changed))


@pytest.mark.parametrize("site", [0, 1])
@pytest.mark.parametrize("what", ["sought", "signed", "waits"])
def test_demand_that_is_nowhere_is_seen_over_what_sought(played: Played, site: int, what: str) -> None:
    """A hundred H100e at either site: as wanted in use, or as committed, which is more by what buyers overbook."""

    def change(outcome: Any) -> Any:
        if what == "sought":
            return replace(outcome, seekers=replace(outcome.seekers, mass=wrong(outcome.seekers.mass, 100.0)))
        if what == "signed":
            return replace(outcome, signed=wrong(outcome.signed, 100.0))
        return replace(outcome, clearing=replace(outcome.clearing, outside=wrong(outcome.clearing.outside, 100.0)))

    sought = float(played[2].outcomes[site].seekers.mass[HARD].sum())
    over = 1.0 + float(played[2].opened.p.overcommitment[HARD])
    expected = 100.0 / (sought + 100.0) if what == "sought" else 100.0 / over / sought
    found = balances.measure(*outcomes(played, site, change))["demand_imbalance"]
    assert found[HARD] == pytest.approx(expected, rel=1e-6)
    assert np.delete(found, HARD) == pytest.approx([0.0, 0.0], abs=1e-12)


def test_where_less_than_one_h100e_seeks_what_is_lost_counts_as_it_stands(played: Played) -> None:
    def nearly_nobody(outcome: Any) -> Any:
        nobody = replace(outcome.seekers, mass=wrong(0.0 * outcome.seekers.mass, 0.25))
        nothing = replace(outcome.clearing, outside=0.0 * outcome.clearing.outside)
        return replace(outcome, seekers=nobody, signed=0.0 * outcome.signed, clearing=nothing)

    found = balances.measure(*outcomes(played, 1, nearly_nobody))["demand_imbalance"]
    assert found[HARD] == pytest.approx(0.25) and np.delete(found, HARD) == pytest.approx([0.0, 0.0], abs=1e-12)


def test_money_that_the_ledger_lost_is_reported(played: Played) -> None:
    before, after, quarter = played
    lost = replace(quarter, statement=replace(quarter.statement, imbalance=np.array([0.0, 0.25, 0.0])))
    assert balances.measure(before, after, lost)["money_imbalance"].tolist() == [0.0, 0.25, 0.0]


def test_a_ledger_that_loses_a_part_says_how_much_of_what_moved() -> None:
    """30 of 40 arrive: a quarter is lost; where only half a million dollars moves, it counts as it stands."""
    ledger = Ledger(("a", "b"), 3)
    ledger.pay("a", "b", np.array([40.0, 40.0, 0.5]), "x")
    assert ledger.paid.tolist() == [[40.0, 0.0], [40.0, 0.0], [0.5, 0.0]]
    ledger._received = np.array([[0.0, 40.0], [0.0, 30.0], [0.0, 0.25]])
    assert ledger.imbalance().tolist() == [0.0, 0.25, 0.25]


# --- what did not clear ---------------------------------------------------------------------------------------------


def with_residual(played: Played, market: str, residual: float) -> Played:
    """A market's residual as given, in one world."""
    before, after, quarter = played
    if market == "tokens":
        sale = after.labs.sale
        assert sale is not None
        left = np.where(np.arange(3) == HARD, residual, sale.residual)
        return before, replace(after, labs=replace(after.labs, sale=replace(sale, residual=left))), quarter

    def change(outcome: Any) -> Any:
        left = np.where(np.arange(3) == HARD, residual, outcome.clearing.residual)
        return replace(outcome, clearing=replace(outcome.clearing, residual=left))

    return outcomes(played, ("core", "edge").index(market), change)


@pytest.mark.parametrize("market", ["core", "edge", "tokens"])
@pytest.mark.parametrize(("residual", "marked"), [(1e-9, 0.0), (1.001e-9, 1.0), (3.0, 1.0), (np.nan, 1.0)])
def test_a_market_that_missed_its_tolerance_is_marked_in_its_world(
    played: Played, market: str, residual: float, marked: float
) -> None:
    """1e-9 is what clearing promises; a residual that is no number has not cleared either."""
    found = balances.measure(*with_residual(played, market, residual))
    assert found["nonconverged"].tolist() == [0.0, marked, 0.0]
    assert found["clearing_residual"][HARD] == pytest.approx(residual, nan_ok=True)
    assert found["clearing_residual"][[0, 2]].max() <= 1e-9


def test_any_decision_that_is_no_number_marks_its_world(played: Played) -> None:
    """Every field of every role, one after another."""
    before, after, quarter = played
    assert balances.measure(*played)["nonconverged"].tolist() == [0.0, 0.0, 0.0]
    for role in ("clouds", "vendors", "labs", "segments", "regulators"):
        decided = getattr(quarter.decisions, role)
        for field in fields(decided):
            broken = replace(decided, **{field.name: wrong(np.array(getattr(decided, field.name)), np.nan)})
            found = replace(quarter, decisions=replace(quarter.decisions, **{role: broken}))
            assert balances.measure(before, after, found)["nonconverged"].tolist() == [0.0, 1.0, 0.0], field.name


def test_evaluations_are_those_of_the_core(played: Played) -> None:
    many = outcomes(
        played, 0, lambda one: replace(one, clearing=replace(one.clearing, evaluations=np.array([3.0, 17.0, 5.0])))
    )
    assert balances.measure(*many)["clearing_evaluations"].tolist() == [3.0, 17.0, 5.0]
