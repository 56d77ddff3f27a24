"""What a game takes over from the quarters before it, by hand: amounts follow the stock of the tables, prices go on."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim import seam
from sim.market.demand import wanted as asked_for
from tests.sim.market.scene import (
    BUYERS,
    CORE,
    DESK,
    EXPERTS_HOME,
    NORTH_CHIP,
    NORTH_GPU,
    SOUTH_GPU,
    SOUTH_RIVAL,
    TIED,
    cohorts,
    market,
    state,
)
from tests.small import row

SCALE = row([2.0, 3.0, 0.5, 1.0, 9.0, 9.0, 9.0], [1.0, 1.0, 1.0, 4.0, 9.0, 9.0, 9.0])
"""Stock of the tables over what was played, by pool: North's GPUs and chip, South's GPUs and rival, and others."""
FELT = row(*[[2.5] * BUYERS] * 2)
"""Prices at which the last quarter's demand was counted."""


@dataclass(frozen=True)
class _Supply:
    """Parts of the supply side."""

    fleet: Any
    backlog: Any
    queue: Any
    price: Any
    target: Any
    growth: Any
    booked_share: Any


def over_the_seam(**changes: Any) -> tuple[Any, Any]:
    held = [(offer, EXPERTS_HOME, 2, 10.0, 3.0) for offer in (NORTH_GPU, SOUTH_GPU, SOUTH_RIVAL, NORTH_CHIP, DESK)]
    before = state(cohorts(*held), **changes)
    return before, seam._site(market(), before, FELT, SCALE)


def test_books_follow_the_stock_by_pool_at_their_prices() -> None:
    """The desk runs on GPUs and the chip by halves: 2 and 3 make 2.5."""
    _, after = over_the_seam()
    live = after.book.live()[:, :, EXPERTS_HOME]
    assert live[0, [NORTH_GPU, SOUTH_GPU, SOUTH_RIVAL, NORTH_CHIP, DESK]] == pytest.approx([20, 5, 10, 30, 25])
    assert live[1, [NORTH_GPU, SOUTH_GPU, SOUTH_RIVAL, NORTH_CHIP, DESK]] == pytest.approx([10, 10, 40, 10, 10])
    assert after.book.hourly_usd == pytest.approx(3.0 * after.book.capacity_h100e)


def test_a_service_follows_its_pools_by_what_runs_there() -> None:
    """Three parts on GPUs, one on the chip: 0.75 x 2 + 0.25 x 3. A service that nobody has keeps its size."""
    mix = np.zeros((2, 1, 4, state().managed_mix.shape[3]))
    mix[:, :, 0], mix[:, :, 1] = 0.75, 0.25
    _, after = over_the_seam(managed_mix=mix)
    assert after.book.live()[0, DESK, EXPERTS_HOME] == pytest.approx(22.5)
    assert after.managed_mix is mix
    waits = np.ones((2, BUYERS, CORE.incumbents))
    nobody = seam._site(market(), state(waiting=waits), FELT, SCALE)
    assert nobody.waiting[0, TIED, DESK] == 1.0


def test_who_waits_follows_the_offer_it_came_from() -> None:
    """New customers (the last two places) come from nowhere: they stay as many."""
    waits = np.ones((2, BUYERS, CORE.incumbents))
    _, after = over_the_seam(waiting=waits, displaced=0.5 * waits)
    assert after.waiting[0, TIED] == pytest.approx([2.0, 0.5, 1.0, 3.0, 2.5, 1.0, 1.0])
    assert after.displaced == pytest.approx(0.5 * after.waiting)


def test_demand_is_counted_from_the_price_of_the_last_quarters_and_the_rest_goes_on() -> None:
    """In the last quarter 40 were wanted at a felt price of 2.5, which then fell to 2. With an elasticity of -1 the
    next quarter's are 40 x 1.1 x 2.5 / 2 = 55 where spending grows by a tenth, as they would be without a seam."""
    felt, ports = row(*[[2.0] * BUYERS] * 2), np.full((2, BUYERS, 3), 7.0)
    before, after = over_the_seam(felt_price=felt, ports=ports)
    assert after.start_price is FELT and after.felt_price is felt and after.ports is ports
    for kept in ("constants", "gravity", "shadow_price", "market_price"):
        assert getattr(after, kept) is getattr(before, kept)
    one = np.ones((2, BUYERS))
    asked = asked_for(40.0 * one, 1.1 * one, after.felt_price, after.start_price, -one, one)
    without = asked_for(
        10.0 * one, 1.1 * one, felt, 10.0 * one, -one, one
    )  # of 10 at a price of 10, which is 40 at 2.5
    assert asked == pytest.approx(55.0 * one) and without == pytest.approx(55.0 * one)


def test_buyers_want_what_they_wanted_as_their_books_grow() -> None:
    """One holds 10 and then 20; one holds nothing, and wants what it wanted."""
    then = state(cohorts((NORTH_GPU, EXPERTS_HOME, 1, 10.0, 3.0)))
    now = state(cohorts((NORTH_GPU, EXPERTS_HOME, 1, 20.0, 3.0)))
    assert seam._held(now, then)[0, [EXPERTS_HOME, TIED]].tolist() == [2.0, 1.0]
    wanted = np.full((2, BUYERS), 30.0)
    outcome = SimpleNamespace(frozen=SimpleNamespace(conditions=SimpleNamespace(wanted=wanted)))
    made = SimpleNamespace(costs=SimpleNamespace(long_run_usd=row([3.0, 2.0], [3.0, 4.0])))
    last = SimpleNamespace(outcomes=(outcome,), opened=SimpleNamespace(made=made))
    past = SimpleNamespace(
        state=SimpleNamespace(sites=(then,), economy=SimpleNamespace(own_price=row([0.5, 2.0], [1.0, 1.0]))),
        opening=SimpleNamespace(costs=SimpleNamespace(long_run_usd=row([6.0, 4.0], [3.0, 2.0]))),
    )
    found = seam._opening(past, last, (now,))  # type: ignore[arg-type]
    assert found["wanted"][0][0, [EXPERTS_HOME, TIED]].tolist() == [60.0, 30.0]
    # the cost of own use over its start: half, half; as it was, doubled. What was felt of it, counted from now.
    assert found["own_price"] == pytest.approx(row([1.0, 4.0], [1.0, 0.5]))


def test_supply_is_read_from_the_tables_and_expectations_go_on() -> None:
    def supply(**parts: Any) -> Any:
        names = ("fleet", "backlog", "queue", "price", "target", "growth", "booked_share")
        return _Supply(**{name: parts.get(name, name) for name in names})

    fresh = supply(price=row([2.0, 0.0, 5.0]), target=row([1.0, 1.0, 1.0]), booked_share=row([0.9, 0.9, 0.9]))
    end = supply(
        fleet="played",
        backlog="played",
        queue="played",
        price=row([3.0, 4.0, 0.0]),
        target=row([10.0, 20.0, 30.0]),
        growth="expected",
        booked_share=row([0.7, 0.8, 0.6]),
    )
    found: Any = seam._supply(fresh, end, row([2.0, 1.0, 0.5]))
    assert (found.fleet, found.backlog, found.queue, found.growth) == ("fleet", "backlog", "queue", "expected")
    assert found.price.tolist() == [[3.0, 0.0, 5.0]]  # posted in both, or as the tables have it
    assert found.target.tolist() == [[20.0, 20.0, 15.0]]
    assert found.booked_share.tolist() == [[0.7, 0.8, 0.6]]
