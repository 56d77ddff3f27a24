"""A ban on exit fees that firms answer with hurdles: the closed form against a search, its signs, and the market's."""

from __future__ import annotations

import pytest

from tests.docking.exit_fees import by_search, closed_form
from tests.sim.market.test_captive import leaving

CASES = [(1.0, 0.0, 0.0), (1.0, 0.6, 0.0), (1.0, 0.0, 0.6), (2.0, 0.5, 0.9)]


@pytest.mark.parametrize(("spread", "fee", "hurdle"), CASES)
def test_the_closed_form_is_what_a_search_finds(spread: float, fee: float, hurdle: float) -> None:
    assert by_search(spread, fee, hurdle) == pytest.approx(closed_form(spread, fee, hurdle), abs=3e-3)


@pytest.mark.parametrize("fee", [0.1, 0.6, 1.5])
def test_firms_take_fees_where_they_may_and_hurdles_where_they_may_not(fee: float) -> None:
    """At the same burden on who leaves, a fee pays more than hurdles, and hurdles more than nothing."""
    fees, hurdles, nothing = (closed_form(1.0, *pair) for pair in ((fee, 0.0), (0.0, fee), (0.0, 0.0)))
    assert fees.profit > hurdles.profit > nothing.profit


@pytest.mark.parametrize("fee", [0.1, 0.6, 1.5])
def test_users_gain_from_a_ban_that_is_answered_and_welfare_falls(fee: float) -> None:
    """The stayers' gain of a third of the fee outweighs everything else; hurdles are lost to all."""
    fees, hurdles = closed_form(1.0, fee, 0.0), closed_form(1.0, 0.0, fee)
    assert hurdles.users > fees.users
    assert hurdles.welfare < fees.welfare == closed_form(1.0, 0.0, 0.0).welfare
    assert hurdles.own < fees.own and hurdles.z > fees.z == 0.0


def test_the_market_has_the_same_signs() -> None:
    """A ban makes leaving easier, its answer makes it harder again, and only then is something lost that nobody is
    paid: with hurdles in full, leaving is as hard as with the charge, and the charge is gone."""
    allowed, banned, answered = leaving(0.0, 1.0), leaving(1.0, 0.0), leaving(1.0, 1.0)
    assert (banned < answered).all() and answered == pytest.approx(allowed)
    assert leaving(0.0, 1.0, paid=True).all() and not leaving(1.0, 1.0, paid=True).any()
