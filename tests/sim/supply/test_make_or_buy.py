"""Make or buy by hand: what counts when power, wafers or money is short, sums that stay, constants of 2024."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from agents.strategies.cloud import made_or_bought, needed_h100e
from sim.quarters import ordinal
from sim.supply import make_or_buy
from sim.supply.make_or_buy import DOLLARS, Fleets, Short, Units, constants, log_value, net_rent, record, short, split
from tests.game.play import WITHOUT_PAST, changed, game_of

EARNED = np.array([[2.0, 1.0]])
UNITS = Units(musd=np.array([[4.0, 1.0]]), mw=np.array([[1.0, 2.0]]), wafers=np.array([[0.1, 0.02]]))
"""A GPU and an own chip: an H100e costs 4 musd and 1, takes 1 MW and 2, a tenth of a wafer and a fiftieth."""
NEED = np.array([[30.0, 10.0]])
ONE = np.ones(1)


def by(musd: float, mw: float, wafers: float) -> Short:
    return Short(*(np.full(1, part) for part in (musd, mw, wafers)))


def test_a_chip_is_worth_its_rent_over_what_is_short() -> None:
    """Per dollar 1/2 and 1; per MW 2 and 1/2; per wafer 20 and 50; half by dollars and half by MW the root of both."""
    for short_of, wanted in (
        (DOLLARS, [0.5, 1.0]),
        (by(0.0, 1.0, 0.0), [2.0, 0.5]),
        (by(0.0, 0.0, 1.0), [20.0, 50.0]),
        (by(0.5, 0.5, 0.0), [1.0, 0.5**0.5]),
    ):
        assert np.exp(log_value(EARNED, UNITS, short_of))[0] == pytest.approx(wanted)


def test_orders_follow_what_is_worth_more_and_keep_the_sum() -> None:
    """30 and 10 of 40: by dollars 15 to 10, by MW 60 to 5, by wafers 600 to 500; at half the elasticity roots of it."""
    for short_of, gpus, chips in (
        (DOLLARS, 15.0, 10.0),
        (by(0.0, 1.0, 0.0), 60.0, 5.0),
        (by(0.0, 0.0, 1.0), 600.0, 500.0),
    ):
        value = log_value(EARNED, UNITS, short_of)
        assert split(NEED, value, ONE)[0] == pytest.approx(np.array([gpus, chips]) * 40.0 / (gpus + chips))
        half = split(NEED, value, 0.5 * ONE)[0]
        assert half[1] / half[0] == pytest.approx((chips / gpus * 3.0) ** 0.5 / 3.0)
        assert half.sum() == pytest.approx(40.0)


def test_without_elasticity_orders_are_what_is_needed_to_the_bit() -> None:
    need, draws = np.random.default_rng(3).uniform(0.0, 1e3, (200, 4)), np.random.default_rng(4)
    value = draws.normal(0.0, 3.0, need.shape)
    assert np.array_equal(split(need, value, np.zeros(200)), need)
    assert not np.allclose(split(need, value, np.full(200, 0.1)), need)


def test_nothing_needed_is_nothing_ordered() -> None:
    assert split(np.zeros((1, 2)), np.array([[5.0, -5.0]]), ONE).tolist() == [[0.0, 0.0]]
    assert split(np.array([[0.0, 7.0]]), np.array([[5.0, -5.0]]), ONE)[0] == pytest.approx([0.0, 7.0])


def test_chips_in_another_order_or_units_get_the_same() -> None:
    need, value = np.array([[30.0, 10.0, 5.0]]), np.array([[0.3, -0.2, 1.1]])
    turned = np.array([2, 0, 1])
    assert split(need[:, turned], value[:, turned], ONE)[0] == pytest.approx(split(need, value, ONE)[0, turned])
    usd = replace(UNITS, musd=1e6 * UNITS.musd, wafers=3.0 * UNITS.wafers)
    mixed = by(0.5, 0.2, 0.3)
    assert split(NEED, log_value(EARNED, usd, mixed), ONE) == pytest.approx(
        split(NEED, log_value(EARNED, UNITS, mixed), ONE)
    )


@pytest.mark.parametrize(
    ("left", "counts"),
    [
        ((1.0, 1.0, 1.0), (1.0, 0.0, 0.0)),  # nothing is cut
        ((0.2, 1.0, 1.0), (1.0, 0.0, 0.0)),  # money cuts: dollars count anyway
        ((1.0, 0.4, 1.0), (0.4, 0.6, 0.0)),
        ((1.0, 0.4, 0.8), (0.2, 0.6, 0.2)),
        ((0.5, 0.5, 1.0), (0.5, 0.5, 0.0)),
        ((0.4, 0.4, 1.0), (0.5, 0.5, 0.0)),  # 0.6 and 0.6 are more than everything
        ((0.0, 0.0, 0.0), (1 / 3, 1 / 3, 1 / 3)),
    ],
)
def test_each_limit_counts_with_what_it_cuts(
    left: tuple[float, float, float], counts: tuple[float, float, float]
) -> None:
    got = short(*(np.full(1, part) for part in left))
    assert [got.musd[0], got.mw[0], got.wafers[0]] == pytest.approx(counts)


def test_no_limit_takes_over_at_once() -> None:
    """Power tightens by thousandths, past the point where cuts add up to everything: no step moves an order by more
    than a thousandth of the sum can explain."""
    left = np.linspace(1.0, 0.0, 1001)
    cuts = short(np.full(1001, 0.7), left, np.full(1001, 0.8))
    every = Units(*(np.repeat(one, 1001, axis=0) for one in (UNITS.musd, UNITS.mw, UNITS.wafers)))
    orders = split(
        np.repeat(NEED, 1001, axis=0), log_value(np.repeat(EARNED, 1001, axis=0), every, cuts), np.ones(1001)
    )
    assert np.abs(np.diff(orders[:, 1])).max() < 0.04 and orders[-1, 1] < orders[0, 1] - 5.0


def test_net_rent_is_of_the_part_that_is_let_and_never_nothing() -> None:
    got = net_rent(np.array([[2.0, 0.4]]), np.array([[0.3, 0.5]]), np.array([0.9]))
    assert got[0] == pytest.approx([1.5, 0.05 * 0.36])


# --- constants --------------------------------------------------------------------------------------------------------


def industry(own: list[int], owner: list[int], family: list[int]) -> Any:
    roster = SimpleNamespace(
        owners=("a", "b", "c"),
        own_family=np.array(own),
        pool_owner=np.array(owner),
        pool_family=np.array(family),
    )
    return SimpleNamespace(roster=roster)


def test_a_constant_makes_own_chips_worth_what_bought_ones_are() -> None:
    """100 MW of GPUs worth 4 and 100 of others worth 1 are worth 2 in the mean; own chips a half: 4. Who has none of
    its own in service, or designs none, has 1."""
    fleets = Fleets(
        h100e=np.array([[100.0, 50.0, 10.0, 80.0, 0.0, 70.0]]),
        value=np.log([[4.0, 1.0, 0.5, 3.0, 1.0, 1.0]]),
        mw=np.array([[1.0, 2.0, 1.0, 1.0, 1.0, 1.0]]),
    )
    of_three = industry([2, 3, -1], [0, 0, 0, 1, 1, 2], [0, 1, 2, 0, 3, 0])
    assert constants(of_three, fleets)[0] == pytest.approx([4.0, 1.0, 1.0])


def test_the_record_ends_with_2024_or_with_what_is_known() -> None:
    assert [record(known) for known in ("", "2025Q4", "2024Q4", "2024Q2")] == ["2024Q4", "2024Q4", "2024Q4", "2024Q2"]


def test_the_rule_is_content_with_the_fleets_of_2024_whatever_chips_cost_in_a_world() -> None:
    """AWS and Google buy from one family: with their constants, any elasticity leaves the mix of 2024."""
    with game_of(WITHOUT_PAST, 4, 1) as game:
        g, roster = game.given, game.roster
        fleets = Fleets.at(g.industry, "2024Q4", g.path.root)
        assert np.ptp(g.opening.own_chip[:, roster.owners.index("aws")]) > 0.01
        for name in ("aws", "google"):
            owner = roster.owners.index(name)
            pools = [pool for pool in roster.pools_of(owner) if not roster.pool_is_edge[pool]]
            own = roster.pool_family[pools] == roster.own_family[owner]
            need = (fleets.h100e * fleets.mw)[:, pools]
            value = fleets.value[:, pools] + np.where(own, np.log(g.opening.own_chip[:, [owner]]), 0.0)
            assert split(need, value, np.full(4, 0.7)) == pytest.approx(need)
            assert not np.allclose(split(need, fleets.value[:, pools], np.full(4, 0.7)), need, rtol=0.02)


def test_fleets_of_2024_are_worth_what_they_were_let_for_then() -> None:
    """AWS let an H100e of GPUs at 3.00 and of Trainium at 1.95 at the end of 2024 (prices.csv), whatever it asks for
    when a game opens."""
    with game_of(WITHOUT_PAST, 1, 1) as game:
        start, premium = game.given.start, game.given.path.root.edge_price_premium
        then, now = start.tables.price(premium, "2024Q4"), start.tables.price(premium)
        aws = [pool for pool in game.roster.pools_of(0) if not game.roster.pool_is_edge[pool]]
        assert then[0, aws].tolist() == [3.0, 1.95] and now[0, aws].tolist() == [1.85, 1.2]
        assert start.tables.price(premium, "2025Q2")[0, aws].tolist() == [3.0, 1.95]
        assert ordinal(make_or_buy.ON_RECORD) < start.quarter


# --- in the game ------------------------------------------------------------------------------------------------------


def test_who_counts_its_own_chips_double_wants_more_of_them_and_no_more_in_all() -> None:
    """Odds of Trainium rise by 2 to the elasticity, in every world alike, and the MW that are wanted stay."""
    odds, wanted, elasticity = [], [], np.zeros(4)
    for weight in (1.0, 2.0):
        with game_of(changed(own_chip_weight_aws=weight, base=WITHOUT_PAST), 4, 2) as game:
            own = game.brief().own("cloud", "aws")
            mine, elasticity = own.own_design & ~own.edge, own.habits.order_split_sensitivity
            order = made_or_bought(own, needed_h100e(own) * own.mw_per_h100e) * ~own.edge
            chips = order[:, mine].sum(axis=1)
            odds.append(chips / (order.sum(axis=1) - chips))
            wanted.append(order.sum(axis=1))
    assert odds[1] / odds[0] == pytest.approx(2.0**elasticity)
    assert wanted[1] == pytest.approx(wanted[0]) and (wanted[0] > 0.0).all()
