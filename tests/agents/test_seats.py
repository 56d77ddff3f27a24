"""Seats that are no strategies: changes fall where and when they are meant, and listening changes nothing."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from agents.seats import Heard, Recorded, Scales, Sets, Then, in_all_worlds
from agents.strategies import default_for, find
from sim.contract import Seat
from tests.agents.briefs import CLOUD, MARKET, VENDOR
from tests.game.play import BASE, play

PRICE = "price_usd_per_h100e_hour"


def heard(seat: Seat, party: str = "aws", quarters: int = 3) -> list[Any]:
    """What a seat is shown and decides, quarter by quarter."""
    listener = Heard(seat)
    play(BASE, 2, quarters, seats={party: listener})
    return listener.kept


def usual(role: str, own: Any, market: Any) -> Any:
    return default_for(role).maker().decide(own, market)


def test_fields_are_multiplied_in_the_quarters_that_are_meant_and_no_others() -> None:
    shown = heard(Scales("cloud", {PRICE: 2.0}, first=2, last=2))
    for (own, market, decision), factor in zip(shown, (1.0, 2.0, 1.0), strict=True):
        plain = usual("cloud", own, market)
        assert np.array_equal(getattr(decision, PRICE), factor * getattr(plain, PRICE))
        assert np.array_equal(decision.order_mw, plain.order_mw)


def test_only_own_chips_at_the_core_are_meant_when_that_is_said() -> None:
    own, market, decision = heard(Scales("cloud", {PRICE: 2.0}, own_core=True), quarters=1)[0]
    factor = getattr(decision, PRICE) / getattr(usual("cloud", own, market), PRICE)
    meant = own.own_design & ~own.edge
    assert meant.any() and not meant.all()
    assert np.array_equal(factor, np.broadcast_to(np.where(meant, 2.0, 1.0), factor.shape))


def test_fields_are_set_to_a_number_an_array_or_what_a_function_says() -> None:
    values = {
        "porting_kit_musd": 7.0,
        "exit_fee_years": np.array([0.1, 0.2]),
        PRICE: lambda own, decided: decided.price_usd_per_h100e_hour + own.long_run_cost_usd,
    }
    own, market, decision = heard(Sets("cloud", values), quarters=1)[0]
    assert decision.porting_kit_musd.tolist() == [7.0, 7.0]
    assert decision.exit_fee_years.tolist() == [0.1, 0.2]
    assert np.array_equal(getattr(decision, PRICE), getattr(usual("cloud", own, market), PRICE) + own.long_run_cost_usd)


def test_another_strategy_than_the_default_may_be_changed() -> None:
    seat = Sets("regulator", {"signal": 1.0}, strategy="hands-off")
    own, market, decision = heard(seat, "ec", 1)[0]
    plain = find("hands-off", "regulator").maker().decide(own, market)
    assert (decision.signal == 1.0).all() and np.array_equal(decision.step, plain.step)


def test_listening_changes_nothing_and_keeps_what_is_asked_for() -> None:
    noted = Heard(default_for("cloud").maker(), lambda decision, own, market: market.quarter)
    assert play(BASE, 2, 3, seats={"aws": noted}).digest() == play(BASE, 2, 3).digest()
    assert noted.kept == [1, 2, 3]


@pytest.mark.parametrize("seat", [Scales("cloud", {PRICE: 0.8}), Sets("regulator", {"signal": 1.0})])
def test_a_changed_seat_can_be_sent_to_another_process(seat: Seat) -> None:
    assert pickle.loads(pickle.dumps(seat)) == seat


def test_one_player_follows_another_from_the_quarter_after_its_last() -> None:
    first, second = (Recorded(dict.fromkeys((1, 2, 3, 4), rule)) for rule in (CLOUD.rule, VENDOR.rule))
    seat = Then(first, 2, second)
    found = [seat.decide(None, replace(MARKET, quarter=quarter, demand_index=np.ones(2))) for quarter in (1, 2, 3, 4)]
    assert found == [CLOUD.rule, CLOUD.rule, VENDOR.rule, VENDOR.rule]


def test_a_record_of_one_world_is_for_all_and_where_it_ends_the_seat_is_silent() -> None:
    one = replace(CLOUD.rule, **{f.name: getattr(CLOUD.rule, f.name)[:1] for f in fields(CLOUD.rule)})
    seat = Recorded({2: one})
    wide = seat.decide(None, replace(MARKET, quarter=2, demand_index=np.ones(3)))
    assert wide.order_mw.tolist() == [[75, 100, 25]] * 3 and wide.exit_fee_years.tolist() == [0.05] * 3
    assert seat.decide(None, replace(MARKET, quarter=1)) is None is seat.decide(None, replace(MARKET, quarter=3))
    assert in_all_worlds(CLOUD.rule, 2) is CLOUD.rule
