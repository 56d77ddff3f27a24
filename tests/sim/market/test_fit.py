"""How chips fit workloads, by hand: the product of two powers, its limits, and the path of serving."""

from __future__ import annotations

import numpy as np
import pytest

from sim.market.fit import Fit, serving_share
from sim.quarters import ordinal
from tests.sim.market.scene import CORE, FREE, NORTH_CHIP, TIED, conditions, market, state
from tests.small import row, small_parameters


def test_the_even_mean_times_fit_is_the_product_of_powers() -> None:
    """Training 0.9, serving 1.6: even mean 1.2. A lab that trains with all gets 0.9, one with a quarter
    0.9^0.25 1.6^0.75."""
    lean = np.log(row([1.0, 1.6 / 0.9, 1.0], [1.0, 1.6 / 0.9, 1.0]))
    found = Fit.of(
        CORE, lean, row([1.0, 0.25], [0.0, 0.5]), ordinal("2025Q4"), small_parameters(serving_share_start=0.5)
    )
    work = 1.2 * found.buyers[:, 1]
    assert work[:, TIED] == pytest.approx([0.9, 1.6]) and work[:, FREE] == pytest.approx([0.9**0.25 * 1.6**0.75, 1.2])
    assert work[:, 0] == pytest.approx([1.2, 1.2]) and found.services[:, 1] == pytest.approx([1.0, 1.0])


def test_nothing_depends_on_the_workload_where_the_columns_are_equal() -> None:
    one, other = (
        Fit.of(CORE, np.zeros((2, 3)), row([share, share], [share, share]), ordinal(quarter), small_parameters())
        for share, quarter in ((0.1, "2024Q1"), (0.9, "2035Q1"))
    )
    assert (one.buyers == 1.0).all() and (one.services == 1.0).all()
    assert one.buyers.tobytes() == other.buyers.tobytes()


@pytest.mark.parametrize(
    ("quarter", "share"), [("2023Q4", 0.5), ("2025Q4", 0.5), ("2028Q2", 0.6), ("2030Q4", 0.7), ("2034Q4", 0.7)]
)
def test_serving_takes_over_on_a_straight_path_of_dates(quarter: str, share: float) -> None:
    p = small_parameters(serving_share_start=0.5, serving_share_end=(0.7, 0.5))
    assert serving_share(ordinal(quarter), p) == pytest.approx([share, 0.5])


def test_a_better_fit_is_cheaper_work_for_who_has_it_and_draws_that_buyer_alone() -> None:
    """The chip costs 2; the free lab gets a quarter more out of it, so that its work costs 1.6 and nobody else's
    moves."""
    plain, better = conditions(), conditions()
    better.fit.buyers[:, 2, FREE] = 1.25
    sites, routing = market(), market().offers.routing(plain)
    before, after = (sites.offers.work_price(c.price, routing, c) for c in (plain, better))
    assert after[:, NORTH_CHIP, FREE] == pytest.approx([1.6, 1.6])
    drawn = [sites.utility(price, state(), c) for price, c in ((before, plain), (after, better))]
    gain = drawn[1] - drawn[0]
    assert (gain[:, NORTH_CHIP, FREE] > 0.0).all()
    gain[:, NORTH_CHIP, FREE] = 0.0
    assert not gain.any()
