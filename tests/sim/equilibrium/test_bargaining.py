"""Nash-in-Nash by hand, and its two forces: no double margin inside a firm, and leverage that comes from
alternatives."""

from __future__ import annotations

import numpy as np
import pytest

from sim.equilibrium import bargaining

NO = np.array([False])


def one_pair(tau: float) -> np.ndarray:
    """Retail 10, running 2, vendor's cost 3: a pie of 5 with no alternatives on either side."""
    found = bargaining.nash_in_nash(
        np.array([[0.2]]),
        np.array([[10.0]]),
        np.array([[2.0]]),
        np.array([[3.0]]),
        np.array([0]),
        np.array([0]),
        np.array([tau]),
        NO,
        np.array([[0.0]]),
    )
    return found[:, 0]


@pytest.mark.parametrize(("tau", "price"), [(0.0, 3.0), (0.5, 5.5), (1.0, 8.0)])
def test_without_alternatives_the_pie_is_split_by_power(tau: float, price: float) -> None:
    assert one_pair(tau) == pytest.approx([price])


def two_chips(own: bool) -> np.ndarray:
    """One cloud, two chips of equal use; the second is its own design at cost 1, or another vendor's."""
    return bargaining.nash_in_nash(
        np.array([[0.4, 0.4]]),
        np.array([[10.0, 10.0]]),
        np.array([[2.0, 2.0]]),
        np.array([[3.0, 1.0]]),
        np.array([0, 0]),
        np.array([0, 1]),
        np.array([0.5]),
        np.array([False, own]),
        np.array([[0.0, 1.0]]),
    )[0]


def test_a_cloud_with_a_chip_of_its_own_pays_less_for_the_other() -> None:
    """By hand with the own chip at 1: w = 0.5 (8 - (8 - 1) 0.4 / 0.6) + 0.5 x 3 = 3.1667; against a merchant it pays
    more."""
    assert two_chips(True)[0] == pytest.approx(0.5 * (8.0 - 7.0 * 0.4 / 0.6) + 1.5)
    assert two_chips(True)[0] < two_chips(False)[0]
    assert two_chips(True)[1] == 1.0


def test_a_vendor_with_another_cloud_to_serve_asks_more() -> None:
    """Raising rivals' cost: what the vendor regains at a cloud where it earns more lifts its price to the other."""

    def asked(elsewhere: float) -> float:
        found = bargaining.nash_in_nash(
            np.array([[0.3, 0.3]]),
            np.array([[10.0, 10.0]]),
            np.array([[2.0, 2.0]]),
            np.array([[3.0, 3.0]]),
            np.array([0, 1]),
            np.array([0, 0]),
            np.array([0.5]),
            np.array([False, True]),
            np.array([[0.0, elsewhere]]),
        )
        return float(found[0, 0])

    assert asked(9.0) > asked(4.0) > 3.0


def test_an_integrated_firm_sells_below_two_margins() -> None:
    quality, a, up, down = (np.array([value, value + 0.3]) for value in (4.0, 1.0, 1.0, 0.5))
    wholesale = bargaining.wholesale_logit(quality, a, up, down)
    (apart, _), (whole, _) = (bargaining.retail_price(quality, a, cost + down) for cost in (wholesale, up))
    assert np.all(whole < apart) and np.all(wholesale > up)


def test_worlds_do_not_touch() -> None:
    arguments = [
        np.repeat(x, 2, axis=0)
        for x in (np.array([[0.3, 0.3]]), np.array([[10.0, 9.0]]), np.array([[2.0, 2.0]]), np.array([[3.0, 3.0]]))
    ]
    arguments[0][0] = np.nan
    rest = (np.array([0, 1]), np.array([0, 0]), np.array([0.5, 0.5]), np.array([False, False]), np.zeros((2, 2)))
    both = bargaining.nash_in_nash(*arguments, *rest)
    alone = bargaining.nash_in_nash(*(x[1:] for x in arguments), rest[0], rest[1], rest[2][1:], rest[3], rest[4][1:])
    assert np.array_equal(both[1], alone[0])
