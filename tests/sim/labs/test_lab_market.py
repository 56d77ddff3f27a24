"""A quarter of the labs' product market by hand: what serving takes, what is sold and trained, what labs know then."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.labs.opening import chip_efficiency, own_training
from sim.labs.product import LabMarket
from sim.labs.state import LabStart, LabState
from sim.labs.tokens import TokenBuyers, constants
from tests.small import row, small_parameters, small_roster

pytestmark = pytest.mark.usefixtures("road")

ROSTER = small_roster()
TIED, FREE = ROSTER.lab_buyers
"""Positions of the labs among buyers."""
TOKENS = row([30.0, 10.0], [30.0, 10.0])
P = {
    "token_outside_share": 0.2,
    "capability_weight": 0.0,
    "token_price_sensitivity": 1.0,
    "small_model_appeal": 0.0,
    "serving_headroom": 0.25,
}


def start(**changes: Any) -> LabStart:
    """100 and 50 H100e, half and a fifth of them for training; House's fleet trains 20 for the free lab. 30 and 10
    trillion tokens."""
    plain: dict[str, Any] = {
        "h100e": row([100, 50], [100, 50]),
        "training_share": np.array([0.5, 0.2]),
        "small_share": np.array([0.1, 0.2]),
        "price": np.array([5.0, 2.0]),
        "revenue": np.array([150.0, 20.0]),
        "cash": np.array([500.0, 30.0]),
        "funding": np.zeros(2),
        "capability": np.array([0.0, 0.3]),
        "partner": np.array([0, -1]),
        "region": np.array([0, 1]),
        "own_fleet": np.array([[0, 0, 0], [0, 0, 0.04]]),
        "tokens": TOKENS,
        "constant": constants(TOKENS, np.array([0.2, 0.2])),
        "efficiency": np.ones((2, 2)),
        "own_training": row([0, 20], [0, 20]),
        "excess_growth": np.zeros((2, 2)),
    }
    return LabStart(**{**plain, **changes})


def opened(**changes: Any) -> tuple[LabMarket, LabState, Any]:
    p = small_parameters(**{**P, **changes})
    market = LabMarket(ROSTER, start(), p)
    return market, market.begin(), p


def decided(
    price: Any = ((5.0, 2.0), (5.0, 2.0)), share: Any = ((0.5, 0.2), (0.5, 0.2)), small: Any = ((0.1, 0.2), (0.1, 0.2))
) -> Any:
    return SimpleNamespace(
        token_price_usd_per_mtoken=row(*price), training_share=row(*share), small_model_share=row(*small)
    )


def core(tied: Any = (100.0, 100.0), free: Any = (50.0, 50.0), sublet: float = 0.0) -> Any:
    """Use of the labs, all of it GPUs of North; the free lab sublets some of it."""
    used = np.zeros((2, 5, 6))
    used[:, 0, TIED], used[:, 0, FREE] = tied, np.array(free) - sublet
    more = np.zeros((2, 6))
    more[:, FREE] = sublet
    return SimpleNamespace(used=used, sublet=more)


# --- before decisions -------------------------------------------------------------------------------------------------


def test_tokens_get_cheaper_and_the_market_grows_with_spending_at_the_price_felt() -> None:
    """Three quarters of the tokens are the tied lab's: prices felt of 0.8 and 1.2 of the start are 0.9. Software is 10
    % a quarter better (not at all in the second world). Spending of 1.5 and a level of 2 at an elasticity of -1 buys 3
    / 0.9, at -2 3 / 0.81."""
    market, labs, p = opened(token_efficiency_growth=(0.4641, 0.0), demand_level=2.0, price_elasticity=(-1.0, -2.0))
    felt = np.ones((2, 6))
    felt[:, TIED], felt[:, FREE] = 0.8, 1.2
    # type: ignore[arg-type]
    found = market.moved(labs, SimpleNamespace(felt_price=felt, start_price=np.ones((2, 6))), np.array([1.5, 1.5]), p)
    assert found.progress == pytest.approx([1.1, 1.0]) and found.growth == pytest.approx([3 / 0.9, 3 / 0.81])
    assert found.cost == pytest.approx([0.9 / 1.1, 0.9])


def test_what_serving_takes() -> None:
    """50 and 40 H100e served 30 and 10: 0.6 and 0.25 trillion each. With software twice as good and half as much
    research again on small models, chips of 1.5 times the work. All who choose want 50 at the start, a fifth without a
    lab; a lab asked for 1.2 of its part."""
    market, labs, p = opened(small_model_saving=(2.0, 0.0))
    later = replace(
        labs,
        progress=np.array([2.0, 1.0]),
        small=row([0.35, 0.2], [0.35, 0.2]),
        efficiency=row([1.5, 1.0], [1.0, 1.0]),
        growth=np.array([1.4, 1.0]),
        asked=row([1.2, 1.0], [1.2, 1.0]),
    )
    assert market.tokens_per_h100e(later, p) == pytest.approx(row([0.6 * 2 * 1.5 * np.exp(0.5), 0.5], [0.6, 0.25]))
    assert market.mass == pytest.approx([50.0, 50.0])
    assert market.market_tokens(later) == pytest.approx([50 * 1.4 * 2 * (0.75 * 1.5 + 0.25), 50.0])
    wanted = row([0.6 * 1.2, 0.2], [0.6 * 1.2, 0.2]) * market.market_tokens(later)[:, None]
    assert market.serving_need(later, p) == pytest.approx(wanted / market.tokens_per_h100e(later, p))


# --- the quarter ------------------------------------------------------------------------------------------------------


def test_what_is_sold_is_asked_for_and_the_rest_trains() -> None:
    """As at the start everything is as it was: 30 and 10 are sold to firms and outside by three to one, on 50 and 40
    H100e."""
    market, labs, p = opened()
    found: Any = market.sell(labs, core(), decided(), p)
    assert found.sale.sold.sum(axis=2) == pytest.approx(TOKENS) and found.sale.sold[..., 0] == pytest.approx(
        0.75 * TOKENS
    )
    assert found.serving_h100e == pytest.approx(row([50, 40], [50, 40])) and found.training_h100e == pytest.approx(
        row([50, 10], [50, 10])
    )
    assert found.asked == pytest.approx(np.ones((2, 2)))


def test_serving_borrows_from_training_within_its_headroom_and_turns_the_rest_away() -> None:
    """The tied lab has 40 set aside of 80 and may use 50: all that it is asked for. In the second world 20 of 40, may
    use 25 and sells 15 of 30: buyers try the free lab and doing without. Training keeps what is left of its own."""
    market, labs, p = opened()
    found: Any = market.sell(labs, core(tied=(80.0, 40.0)), decided(), p)
    assert found.sale.sold.sum(axis=2)[:, 0] == pytest.approx([30.0, 15.0]) and found.serving_h100e[
        :, 0
    ] == pytest.approx([50.0, 25.0])
    assert found.training_h100e[:, 0] == pytest.approx([30.0, 15.0]) and found.asked[:, 0] == pytest.approx([1.0, 1.0])
    # 35 are left for the free lab and doing without, whose odds are even; the free lab may serve 50 H100e at a quarter.
    assert found.sale.sold.sum(axis=2)[1, 1] == pytest.approx(12.5) and found.sale.outside.sum(axis=1) == pytest.approx(
        [10.0, 22.5]
    )
    assert found.shadow_price[1, 0] > found.shadow_price[1, 1] > 0.0 and found.shadow_price[0].max() < 1e-9


def test_a_dearer_lab_sells_less_and_one_that_follows_costs_does_not() -> None:
    """Twice the price at a sensitivity of 1 halves the odds: 3 to 1 to 1 become 1.5 to 1 to 1. Where a token costs half
    as much to serve, the price of the start counts as twice as dear for both labs."""
    market, labs, p = opened()
    dear: Any = market.sell(labs, core(), decided(price=((10.0, 2.0), (5.0, 2.0))), p)
    assert dear.sale.asked == pytest.approx(row([50 * 1.5 / 3.5, 50 / 3.5], [30, 10])) and dear.price.tolist() == [
        [10, 2],
        [5, 2],
    ]
    cheap: Any = market.sell(replace(labs, cost=np.array([0.5, 1.0])), core(), decided(), p)
    assert cheap.sale.asked == pytest.approx(row([50 * 1.5 / 3, 50 * 0.5 / 3], [30, 10]))


def test_capability_and_small_models_sell() -> None:
    """e times the frontier's training at a weight of ln 2 doubles the odds; half of research on small models instead of
    a tenth at an appeal of ln 3 over 0.4 would treble them, among the buyers that care for it: the roster's do not."""
    market, labs, p = opened(capability_weight=np.log(2.0), small_model_appeal=5.0)
    found: Any = market.sell(
        replace(labs, stock=row([np.e, 1], [1, 1]), small=row([0.1, 0.2], [0.5, 0.2])), core(), decided(), p
    )
    assert found.sale.asked == pytest.approx(row([50 * 6 / 8, 50 / 8], [30, 10]))
    caring = replace(market.buyers, small_model_appeal=np.array([1.0, 0.0]))
    market.buyers = caring
    assert TokenBuyers.of(ROSTER).small_model_appeal.tolist() == [0.0, 0.0]
    found = market.sell(
        replace(labs, small=row([0.1 + np.log(3.0) / 5.0, 0.2], [0.1, 0.2])), core(tied=(900.0, 900.0)), decided(), p
    )
    assert found.sale.asked == pytest.approx(row([37.5 * 9 / 11 + 7.5, 37.5 / 11 + 2.5], [30, 10]))


def test_what_is_trained_is_known_and_what_is_old_fades() -> None:
    """d = 0.1 and g = 0.12. The tied lab trains 75 of 50; the free lab 10 and House's 40 of 30 at the start, with all
    of its research but 60 % instead of 80 on large models. Chips do twice the work for the tied lab in the second
    world. The frontier is what compute as used at the start would train: 60 of 50 and (8 + 40) of 30, by three to
    one."""
    market, labs, p = opened(capability_decay=0.1, small_model_speed=0.5)
    later: Any = replace(labs, training_h100e=row([75, 10], [75, 10]))
    own = np.zeros((2, 7))
    own[:, 4] = 1000.0  # House's fleet: 4 % of it trains the free lab's models
    chips: Any = SimpleNamespace(efficiency=row([1, 1, 1], [2, 1, 1]))
    use = core(tied=(120.0, 120.0), free=(40.0, 40.0))
    found = market.learned(later, use, own, chips, decided(small=((0.1, 0.4), (0.1, 0.4))), p)
    trained = row([1.5, 50 / 30 * 0.75], [3.0, 50 / 30 * 0.75 * 2])
    assert found.stock == pytest.approx(0.9 + 0.22 * trained) and found.small == pytest.approx(
        row([0.1, 0.3], [0.1, 0.3])
    )
    assert found.frontier == pytest.approx(
        [0.9 + 0.22 * (0.75 * 1.2 + 0.25 * 1.6), 0.9 + 0.22 * (0.75 * 2.4 + 0.25 * 3.2)]
    )
    assert found.efficiency.tolist() == [[1, 1], [2, 2]]
    # Capability in logs on top of the start's 0 and 0.3; the leader is first, equals share the better rank.
    assert market.capability(found) - np.log(found.stock) == pytest.approx(row([0.0, 0.3], [0.0, 0.3]))
    assert market.rank(labs).tolist() == [[2, 1], [2, 1]] and market.rank(
        replace(labs, stock=row([np.exp(0.3), 1], [2, 1]))
    ).tolist()[1] == [1, 2]


def test_a_labs_chips_are_those_that_it_rents_directly() -> None:
    """60 GPUs of 1 and 20 chips of 2; what it uses of Desk does not say. Who rents none has the families' mean."""
    use = np.zeros((2, 5, 6))
    use[:, 0, TIED], use[:, 3, TIED], use[:, 4, TIED], use[:, 4, FREE] = 60.0, 20.0, 500.0, 10.0
    found = chip_efficiency(use, row([1.0, 3.0, 2.0], [1.0, 0.0, 4.0]), ROSTER)
    assert found == pytest.approx(row([1.25, 2.0], [1.75, 5 / 3]))
    captive = row([10, 0, 0, 0, 500, 7, 0], [10, 0, 0, 0, 0, 7, 0])
    assert own_training(captive, np.array([[0.5, 0, 0], [0, 0, 0.1]]), ROSTER).tolist() == [[5, 50], [5, 0]]


def test_a_lab_that_is_wanted_twice_as_much_sells_twice_as_much_and_takes_nothing_from_others() -> None:
    """30 and 10 trillion at the start. Wanted twice, the tied lab is asked for 60, the other for 10, and as many do
    without; serving takes twice the compute, and its part of its market is what it was."""
    market, labs, p = opened()
    level = row([2.0, 1.0], [1.0, 1.0])
    wanted = replace(labs, wanted=replace(labs.wanted, level=level))
    assert market.serving_need(wanted, p) == pytest.approx(level * market.serving_need(labs, p))
    assert market.market_tokens(wanted) - market.market_tokens(labs) == pytest.approx([30.0, 0.0])
    after = market.sell(wanted, core(tied=(200.0, 100.0)), decided(), p)
    assert after.sale is not None
    assert after.sale.sold.sum(axis=2) == pytest.approx(TOKENS * level)
    assert after.asked == pytest.approx(np.ones((2, 2)))


def test_a_lab_that_nobody_wants_sells_nothing() -> None:
    market, labs, p = opened()
    gone = replace(labs, wanted=replace(labs.wanted, level=row([0.0, 1.0], [1.0, 1.0])))
    after = market.sell(gone, core(), decided(), p)
    assert after.sale is not None
    assert after.sale.sold.sum(axis=2)[0] == pytest.approx([0.0, 10.0])
