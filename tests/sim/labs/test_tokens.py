"""The market for tokens by hand: shares, prices, capability, and labs that cannot serve all who ask."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.labs.tokens import TokenBuyers, constants, sell, utility
from sim.parameters import Parameters

EVERYBODY = TokenBuyers(("all",), ("outside",), np.ones(1), np.ones(1), np.ones(1), np.zeros(1))


def weights(**values: list[float]) -> Parameters:
    given = {"capability_weight": [0.0, 0.0], "token_price_sensitivity": [0.0, 0.0], "small_model_appeal": [0.0, 0.0]}
    return Parameters({name: np.array(value) for name, value in {**given, **values}.items()})


def shares(value: np.ndarray) -> np.ndarray:
    """Plain logit with an outside option of utility 0, worked without the code under test."""
    x = np.exp(value)
    return x / (1.0 + x.sum(axis=1, keepdims=True))


def test_constants_give_the_shares_of_the_start() -> None:
    """Tokens 60, 20, 0 of 100 with a fifth outside; 30, 10 of 80 with half outside."""
    found = constants(np.array([[60.0, 20.0, 0.0], [30.0, 10.0, 0.0]]), np.array([0.2, 0.5]))
    assert shares(found)[0] == pytest.approx([0.6, 0.2, 0.0])
    assert shares(found)[1] == pytest.approx([0.375, 0.125, 0.0])
    assert np.isneginf(found[:, 2]).all()


def test_progress_of_all_alike_moves_nobody() -> None:
    constant = np.log(np.array([[3.0, 1.0], [1.0, 1.0]]))
    nothing = np.zeros((2, 2))
    p = weights(capability_weight=[0.6, 1.0], token_price_sensitivity=[1.5, 2.0])
    assert utility(constant, nothing, nothing, nothing, EVERYBODY, p)[:, :, 0] == pytest.approx(constant)


def test_a_better_and_a_cheaper_model_by_hand() -> None:
    """ln 2 more training at weight 0.5 is worth ln sqrt 2; half the price at sensitivity 2 is worth ln 4."""
    two = np.log(2.0)
    lead, dearness = np.array([[two, 0.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [-two, 0.0]])
    p = weights(capability_weight=[0.5, 0.5], token_price_sensitivity=[2.0, 2.0])
    value = utility(np.zeros((2, 2)), lead, dearness, np.zeros((2, 2)), EVERYBODY, p)[:, :, 0]
    assert np.exp(value) == pytest.approx(np.array([[np.sqrt(2.0), 1.0], [4.0, 1.0]]))


def test_small_models_please_those_who_run_at_the_edge() -> None:
    both = TokenBuyers(
        ("core", "edge"), ("outside",) * 2, np.array([0.5, 0.5]), np.ones(2), np.ones(2), np.array([0.0, 2.0])
    )
    small = np.array([[0.1], [0.4]])
    value = utility(np.zeros((2, 1)), small * 0, small * 0, small, both, weights(small_model_appeal=[1.0, 0.5]))
    assert value[:, 0] == pytest.approx(np.array([[0.0, 0.2], [0.0, 0.4]]))


def test_who_cannot_be_served_tries_again_elsewhere() -> None:
    """Two equal labs and the outside, 90 who choose: 30 each. With room for 10 at the first, the second gets 40 in one
    world; in the other nothing is short."""
    sale = sell(np.zeros((2, 2, 1)), np.full((2, 1), 90.0), np.array([[10.0, 100.0], [100.0, 100.0]]), np.zeros((2, 2)))
    assert sale.asked == pytest.approx(np.full((2, 2), 30.0))
    assert sale.sold[:, :, 0] == pytest.approx(np.array([[10.0, 40.0], [30.0, 30.0]]))
    assert sale.outside[:, 0] == pytest.approx([40.0, 30.0])
    assert sale.shadow_price[1] == pytest.approx([0.0, 0.0])
    assert sale.shadow_price[0] == pytest.approx([np.log(4.0), 0.0])


@given(
    st.lists(st.floats(-3.0, 3.0), min_size=6, max_size=6),
    st.lists(st.floats(1.0, 200.0), min_size=3, max_size=3),
    st.floats(1.0, 500.0),
)
def test_tokens_are_sold_once_and_within_what_can_be_served(
    values: list[float], room: list[float], mass: float
) -> None:
    value = np.array(values).reshape(1, 3, 2)
    sale = sell(value, np.array([[mass, 0.5 * mass]]), np.array([room]), np.zeros((1, 3)))
    assert sale.residual.max() <= 1e-9
    assert (sale.sold.sum(axis=2) <= np.array(room) * (1.0 + 1e-8)).all()
    assert sale.sold.sum(axis=1) + sale.outside == pytest.approx(np.array([[mass, 0.5 * mass]]))


def test_a_broken_world_stays_alone() -> None:
    value = np.zeros((2, 2, 1))
    value[0] = np.nan
    sale = sell(value, np.full((2, 1), 90.0), np.full((2, 2), 100.0), np.zeros((2, 2)))
    assert sale.sold[1, :, 0] == pytest.approx([30.0, 30.0])
