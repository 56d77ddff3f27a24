"""Captive shares, mark-ups that answer them, and hurdles in the place of forbidden charges, by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.market import captive
from sim.supply.prices import aimed_markup
from tests.sim.market.scene import BUYERS, CORE, ROSTER, conditions, market, state
from tests.small import row, small_parameters, small_rules

NORTH, SOUTH, HOUSE = 0, 1, 2
LN2, LN4 = np.log(2.0), np.log(4.0)


def costs(leaving_north: float, leaving_south: float) -> Any:
    """The same cost for every buyer; the house sells nothing, so the way out to it does not count."""
    utils = np.zeros((2, BUYERS, 3, 3))
    utils[:, :, NORTH, SOUTH], utils[:, :, SOUTH, NORTH] = leaving_north, leaving_south
    return SimpleNamespace(cloud_utils=utils)


def test_the_captive_share_is_what_the_cost_of_leaving_cuts_from_the_odds() -> None:
    """A cost of ln 2 halves the odds, one of ln 4 leaves a quarter. Who holds nothing weighs nothing."""
    held = np.zeros((2, BUYERS, 3))
    held[:, 0, NORTH], held[:, 1, NORTH], held[:, 0, SOUTH] = 30.0, 10.0, 5.0
    given = costs(LN2, LN4)
    given.cloud_utils[:, 1, NORTH, SOUTH] = 0.0
    found = captive.shares(CORE, given, held)
    assert found == pytest.approx(row([0.5 * 30 / 40, 0.75, 0.0], [0.5 * 30 / 40, 0.75, 0.0]))


def test_nobody_is_captive_where_leaving_costs_nothing_or_nothing_is_held() -> None:
    held = np.ones((2, BUYERS, 3))
    assert not captive.shares(CORE, costs(0.0, 0.0), held).any()
    assert not captive.shares(CORE, costs(LN2, LN4), 0.0 * held).any()


def test_pools_have_the_share_of_their_cloud_at_their_site_and_none_before_the_first_quarter() -> None:
    last = [SimpleNamespace(captive_share=row(*[[one, 0.4, 0.0]] * 2)) for one in (0.8, 0.6)]
    found = captive.by_pool(ROSTER, 2, last)  # type: ignore[arg-type]
    for pool, one in enumerate(ROSTER.pools):
        expected = {NORTH: 0.6 if one.site == "edge" else 0.8, SOUTH: 0.4, HOUSE: 0.0}[one.owner]
        sold = pool in ROSTER.sites[0].pools or pool in ROSTER.sites[1].pools
        assert found[:, pool].tolist() == [expected if sold else 0.0] * 2
    assert not captive.by_pool(ROSTER, 2, ()).any()


@pytest.mark.parametrize(("psi", "expected"), [(0.0, 0.4), (0.5, 0.4 * 1.3), (-0.5, 0.4 * 0.7)])
def test_mark_ups_answer_captive_customers_with_either_sign(psi: float, expected: float) -> None:
    """Half way between a start's mark-up of 0.5 and the usual 0.3; 60 % of the business is captive."""
    p = small_parameters(cloud_markup=0.3, markup_anchor=0.5, captive_markup=psi)
    found = aimed_markup(np.full((2, 3), 0.5), np.full((2, 3), 0.6), p)
    assert found == pytest.approx(np.full((2, 3), expected))


def leaving(ban: float, answer: float, paid: bool = False) -> np.ndarray:
    """Cost in utils of leaving North for South, or the charge really paid in years; a fully effective ban or none."""
    p = small_parameters(
        fee_ban_answer=answer,
        implementation_quality=1.0,
        intangible_cut=0.0,
        exit_fee_default=0.05,
        egress_cost_years=0.1,
    )
    c = conditions(p, rules=small_rules(p, switching_fee_ban=ban), exit_fee_years=np.full((2, 3), 0.05))
    found = market(p).switching_costs(state(), c, np.ones((2, BUYERS, CORE.incumbents)))
    return found.cloud_fee_years[:, :, NORTH] if paid else found.cloud_utils[:, :, NORTH, SOUTH]


def test_hurdles_take_the_place_of_forbidden_charges_and_are_paid_to_nobody() -> None:
    free, allowed = leaving(1.0, 0.0), leaving(0.0, 0.0)
    half, full = leaving(1.0, 0.5), leaving(1.0, 1.0)
    assert (free < half).all() and (half < full).all() and full == pytest.approx(allowed)
    assert not leaving(1.0, 1.0, paid=True).any() and leaving(0.0, 1.0, paid=True) == pytest.approx(
        np.full((2, BUYERS), 0.15)
    )


def test_without_a_ban_there_is_nothing_to_answer() -> None:
    assert leaving(0.0, 2.0).tobytes() == leaving(0.0, 0.0).tobytes()
