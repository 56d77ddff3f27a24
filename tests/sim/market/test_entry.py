"""Entry by hand: when newcomers come and go, how far mark-ups are eroded, and the free-entry condition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.market.entry import Entry, price_over_cost
from sim.supply import prices
from tests.game.play import BASE, Records, changed, differing, play, world_bytes
from tests.small import small_parameters, small_roster

PLAIN = {
    "entry_threshold": 1.3,
    "entry_delay_quarters": 2.0,
    "entry_end": 1.15,
    "entry_erosion": 0.5,
    "entrant_cost_factor": 1.1,
    "cloud_markup": 0.4,
    "markup_anchor": 0.5,
}


def parameters(**changes: Any) -> Any:
    return small_parameters(**{**PLAIN, **changes})


def after(path: list[float], **changes: Any) -> Entry:
    """Entry after quarters of one price over cost each, in both worlds of the small market."""
    found = Entry.none(2)
    for one in path:
        found = found.after(np.full(2, one), parameters(**changes))
    return found


# --- by hand --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "paying", "is_open", "pressure"),
    [
        ([1.5], 1, 0, 0.0),
        ([1.5, 1.5], 2, 1, 0.5),  # 1.5 / 1.1 is above 1.3
        ([1.5, 1.42, 1.5], 1, 0, 0.0),  # 1.42 / 1.1 is not: counting starts again
        ([1.5, 1.5, 1.3], 0, 1, 0.75),  # 1.3 / 1.1 brings nobody new to the thought, and who is coming goes on
        ([1.5, 1.5, 1.3, 1.26], 0, 0, 0.375),  # 1.26 / 1.1 is below 1.15: half of the way back
    ],
)
def test_newcomers_come_after_quarters_that_pay_and_stop_below(
    path: list[float], paying: int, is_open: int, pressure: float
) -> None:
    found = after(path)
    assert found.paying.tolist() == [paying] * 2
    assert found.open.tolist() == [is_open] * 2
    assert found.pressure == pytest.approx([pressure] * 2)


def test_the_free_entry_condition() -> None:
    """Where newcomers keep coming, the price aimed at ends at an entrant's long-run cost: its profit is nothing. On the
    way, after n quarters at a half, 0.5^n of the usual mark-up beyond that is left: cost 2, mark-ups 60 and 40 %."""
    cost, start = np.full((2, 3), 2.0), np.full((2, 3), 0.6)
    for quarters, left in ((2, 0.5), (3, 0.25), (60, 0.0)):
        p, entry = parameters(), after([1.5] * quarters)
        felt = entry.felt(p)
        aimed = prices.target_price(cost, entry.eroded(start, p), felt.cloud_markup[:, None], p.markup_anchor[:, None])
        usual = 0.5 * 0.6 + 0.5 * 0.4
        assert aimed == pytest.approx(np.full((2, 3), 2.0 * (1.1 + (usual - 0.1) * left)))
        profit = aimed - 1.1 * cost
        assert profit == pytest.approx(np.full((2, 3), 2.0 * (usual - 0.1) * left))


def test_a_mark_up_that_deters_already_stays() -> None:
    p, entry = parameters(), after([1.5] * 9)
    low = np.array([[0.05, -0.2, 0.1]] * 2)
    assert (entry.eroded(low, p) == low).all()


def test_nobody_coming_leaves_every_bit() -> None:
    p, odd = parameters(cloud_markup=0.1 + 0.2), np.array([[0.1 + 0.2, 1.0 / 3.0, 0.0]] * 2)
    assert (Entry.none(2).eroded(odd, p) == odd).all()
    assert (Entry.none(2).felt(p).cloud_markup == p.cloud_markup).all()


def test_price_over_cost_counts_what_buyers_use_at_the_core_at_a_price() -> None:
    """Prices 3 and 2 over costs 2 and 1, used 100 and 300; pools without a price and the edge do not count."""
    roster = small_roster()
    pools = len(roster.pools)
    core = np.flatnonzero(~roster.pool_is_edge)
    price, cost, rented = np.zeros((1, pools)), np.ones((1, pools)), np.full((1, pools), 50.0)
    price[:, core[:2]], cost[:, core[0]], rented[:, core[:2]] = [3.0, 2.0], 2.0, [100.0, 300.0]
    price[:, roster.pool_is_edge] = 9.0
    assert price_over_cost(roster, price, cost, rented) == pytest.approx([(300 + 600) / (200 + 300)])


# --- in the market --------------------------------------------------------------------------------------------------

WORLDS, QUARTERS = 3, 9
AMPLE = {"power_level": 3.0, "capital_budget_factor": 5.0, "foundry_capacity_factor": 3.0}
"""A market in which neither power nor money nor foundries bind."""


def game(**parameters: float) -> Records:
    return play(changed(**{**AMPLE, **parameters}), WORLDS, QUARTERS)


def first_open(records: Records) -> np.ndarray:
    """Quarter in which entry opens, one more than are played where it does not: (worlds,)."""
    is_open = records.metric("entry_open") > 0.5
    return np.where(is_open.any(axis=1), is_open.argmax(axis=1) + 1, QUARTERS + 1)


@pytest.mark.whole
def test_entry_lowers_price_over_cost() -> None:
    free, closed = game(), game(entry_threshold=1000.0)
    gap = free.metric("price_over_cost") - closed.metric("price_over_cost")
    assert (closed.metric("entry_open") == 0.0).all() and (free.metric("entry_open")[:, -1] == 1.0).all()
    assert (gap[:, :3] == 0.0).all() and (gap[:, -1] < 0.0).all()
    target = free.metric("target_markup_over_cost") - closed.metric("target_markup_over_cost")
    assert (target[:, -1] < -0.1).all()


@pytest.mark.whole
def test_a_lower_threshold_or_cost_brings_entry_earlier() -> None:
    plain = first_open(game(entry_threshold=2.0, entrant_cost_factor=1.1))
    lower = first_open(game(entry_threshold=1.5, entrant_cost_factor=1.1))
    cheaper = first_open(game(entry_threshold=2.0, entrant_cost_factor=0.8))
    sooner = first_open(game(entry_threshold=1.5, entrant_cost_factor=1.1, entry_delay_quarters=1.0))
    assert (lower <= plain).all() and (lower < plain).any()
    assert (cheaper <= plain).all() and (cheaper < plain).any()
    assert (sooner <= lower).all() and (sooner < lower).any()


@pytest.mark.whole
def test_a_closed_door_is_no_door() -> None:
    """With a threshold that is never reached, what entry would do and cost moves nothing, bit for bit."""
    shut = changed(entry_threshold=1000.0)
    other = changed(
        entry_threshold=1000.0, entry_erosion=1.0, entrant_cost_factor=0.5, entry_delay_quarters=1.0, entry_end=1.0
    )
    one, two = play(shut, 2, 6), play(other, 2, 6)
    for world in (0, 1):
        assert differing(world_bytes(one, world), world_bytes(two, world)) == []


@pytest.mark.whole
def test_entry_waits_for_its_quarters_whatever_was_before_the_opening() -> None:
    """Prices stand far above cost when the game opens; counting starts there."""
    records = play(BASE, WORLDS, 5)
    is_open = records.metric("entry_open")
    assert (is_open[:, :2] == 0.0).all() and (is_open[:, -1] == 1.0).any()


@pytest.mark.whole
def test_withholding_capacity_is_punished_by_entry() -> None:
    """All large clouds order nothing, at a price over cost that otherwise brings nobody: newcomers come, and what
    withholders aim at falls."""
    from agents.seats import Scales

    level = {"entry_threshold": 1.9, "demand_level": 0.8, "entry_delay_quarters": 2.0}
    few = {name: Scales("cloud", {"order_mw": 0.0}) for name in ("aws", "azure", "google", "oracle", "neocloud")}
    scarce = play(changed(**AMPLE, **level), WORLDS, QUARTERS, seats=few)
    plain = play(changed(**AMPLE, **level), WORLDS, QUARTERS)
    assert (scarce.metric("entry_pressure") >= plain.metric("entry_pressure")).all()
    assert (scarce.metric("entry_pressure")[:, -1] > plain.metric("entry_pressure")[:, -1]).any()
    assert (scarce.metric("target_markup_over_cost")[:, -1] < scarce.metric("target_markup_over_cost")[:, 0]).any()
