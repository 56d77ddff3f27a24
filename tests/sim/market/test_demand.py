"""Demand: growth that fades, budgets that follow the price, diffusion, and who seeks capacity in a quarter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.market.demand import Back, bass_curve, bass_peak, bass_step, follow_price, seek, spending_growth, wanted
from sim.noise import autoregressive


def test_growth_fades_by_half_in_a_half_life() -> None:
    start, end, half = np.array([0.9, 0.5]), np.array([0.1, 0.5]), np.array([4.0, 2.0])
    assert spending_growth(start, end, half, 1) == pytest.approx(np.log([1.9, 1.5]) / 4)
    assert spending_growth(start, end, half, 5) == pytest.approx(np.log([1.5, 1.5]) / 4)
    assert spending_growth(start, end, half, 9) == pytest.approx(np.log([1.3, 1.5]) / 4)


def test_shocks_fade_with_their_persistence() -> None:
    path = autoregressive(np.array([[1.0, 0.0, 0.0], [1.0, 1.0, -1.0]]), np.array([0.5, 1.0]), np.array([0.2, 0.1]))
    assert path == pytest.approx(np.array([[0.2, 0.1, 0.05], [0.1, 0.2, 0.1]]))


def test_budgets_take_in_part_of_a_price_change() -> None:
    felt = follow_price(np.array([2.0, 2.0, 2.0]), np.array([8.0, 8.0, 8.0]), np.array([0.0, 0.5, 1.0]))
    assert felt == pytest.approx([2.0, 4.0, 8.0])


def test_wanted_by_hand() -> None:
    # Price halves: with elasticity -1 twice as much is bought, with -2 four times.
    start, index, shock = np.array([[10.0, 20.0]] * 2), np.array([[1.5], [1.0]]), np.array([[1.0, 0.5], [1.0, 1.0]])
    got = wanted(start, index, np.array([[1.0], [1.0]]), np.array([[2.0], [2.0]]), np.array([[-1.0], [-2.0]]), shock)
    assert got == pytest.approx(np.array([[30.0, 30.0], [40.0, 80.0]]))


def test_bass_by_hand_for_two_quarters() -> None:
    # m = 100, p = 0.04, q = 0.4: 1 in the first quarter, (0.04 + 0.004) 99 / 4 in the second.
    potential, p, q = np.array([100.0, 200.0]), np.array([0.04, 0.04]), np.array([0.4, 0.0])
    first = bass_step(np.zeros(2), potential, p, q)
    assert first == pytest.approx([1.0, 2.0])
    assert bass_step(first, potential, p, q) == pytest.approx([2.089, 2.0 + 0.04 * 198 / 4])


def test_bass_never_shrinks_and_never_passes_its_potential() -> None:
    adopted = bass_step(np.array([50.0, 0.0]), np.array([40.0, 0.0]), np.array([0.03, 0.03]), np.array([0.4, 0.4]))
    assert adopted.tolist() == [50.0, 0.0]  # the potential fell below what is adopted; and no potential at all
    adopted = np.zeros(1)
    for _ in range(400):
        adopted = bass_step(adopted, np.array([10.0]), np.array([0.05]), np.array([0.6]))
    assert adopted == pytest.approx([10.0])
    assert adopted[0] <= 10.0


def test_bass_curve_solves_its_equation_and_peaks_where_it_says() -> None:
    potential, p, q = np.array([100.0, 30.0]), np.array([0.03, 0.01]), np.array([0.38, 0.5])
    time, rate, adopted = bass_peak(potential, p, q)
    step = 1e-5
    here, after = bass_curve(potential, p, q, time), bass_curve(potential, p, q, time + step)
    assert here == pytest.approx(adopted)
    assert (after - here) / step == pytest.approx(rate, rel=1e-4)
    years = np.array([2.0, 9.0])
    slope = (bass_curve(potential, p, q, years + step) - bass_curve(potential, p, q, years - step)) / (2 * step)
    level = bass_curve(potential, p, q, years)
    assert slope == pytest.approx((p + q * level / potential) * (potential - level), rel=1e-6)


def test_who_seeks_by_hand() -> None:
    # World 0: 100 wanted, 40 live, 30 returning: growth 30, half of it greenfield. All 30 had run.
    # World 1: only 50 wanted, so 20 of 30 withdraw. 5 of the first 20 were growth that waited, as were all of the 10.
    seekers = seek(
        wanted_h100e=np.array([[100.0], [50.0]]),
        live_use=np.array([[40.0], [40.0]]),
        back=Back(
            np.array([[[20.0, 10.0, 0.0, 0.0]], [[20.0, 10.0, 0.0, 0.0]]]),
            ran=np.array([[[20.0, 10.0, 0.0, 0.0]], [[15.0, 0.0, 0.0, 0.0]]]),
        ),
        live_mix=np.array([[[0.25, 0.75]], [[0.25, 0.75]]]),
        greenfield_share=np.array([[0.5], [0.5]]),
        tied_share=np.array([[0.0], [0.0]]),
    )
    assert seekers.mass[0, 0] == pytest.approx([20 + 3.75, 10 + 11.25, 15.0, 0.0])
    assert seekers.mass[1, 0] == pytest.approx([20 / 3, 10 / 3, 0.0, 0.0])
    assert seekers.returning[:, 0] == pytest.approx(np.array([[20.0, 10.0, 0.0, 0.0], [5.0, 0.0, 0.0, 0.0]]))
    assert seekers.withdrawn[:, 0] == pytest.approx([0.0, 20.0])
    assert seekers.surplus[:, 0] == pytest.approx([0.0, 0.0])


def test_a_buyer_with_nothing_starts_from_nothing_and_owes_a_part_to_its_investor() -> None:
    seekers = seek(
        wanted_h100e=np.array([[100.0], [10.0]]),
        live_use=np.array([[0.0], [40.0]]),
        back=Back(np.zeros((2, 1, 4)), ran=np.zeros((2, 1, 4))),
        live_mix=np.zeros((2, 1, 2)),
        greenfield_share=np.array([[0.1], [0.1]]),
        tied_share=np.array([[0.3], [0.3]]),
    )
    assert seekers.mass[0, 0] == pytest.approx([0.0, 0.0, 70.0, 30.0])
    assert seekers.mass[1, 0] == pytest.approx([0.0, 0.0, 0.0, 0.0])
    assert seekers.surplus[:, 0] == pytest.approx([0.0, 30.0])


def test_growth_that_waited_leaves_nothing_behind_and_what_ran_before_it_waited_does() -> None:
    """100 wanted, 60 live at A, 40 waiting that lean to A. Growth in the first world: nothing is chargeable. In the
    second all 40 ran at A before they waited, and a quarter of what seeks is owed to an investor: 30."""
    waited = np.zeros((2, 1, 4))
    waited[:, 0, 0] = 40.0
    seekers = seek(
        wanted_h100e=np.full((2, 1), 100.0),
        live_use=np.full((2, 1), 60.0),
        back=Back(waited, ran=waited * np.array([0.0, 1.0])[:, None, None]),
        live_mix=np.tile([1.0, 0.0], (2, 1, 1)),
        greenfield_share=np.full((2, 1), 0.5),
        tied_share=np.array([[0.0], [0.25]]),
    )
    assert seekers.mass[:, 0] == pytest.approx(np.array([[40.0, 0.0, 0.0, 0.0], [30.0, 0.0, 0.0, 10.0]]))
    assert seekers.returning[:, 0] == pytest.approx(np.array([[0.0, 0.0, 0.0, 0.0], [30.0, 0.0, 0.0, 0.0]]))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**31 - 1))
def test_everything_needed_seeks_and_what_comes_back_seeks_or_withdraws(seed: int) -> None:
    rng = np.random.default_rng(seed)
    want, live = rng.uniform(0, 100, (3, 4)), rng.uniform(0, 100, (3, 4)) * (rng.random((3, 4)) < 0.8)
    returning = rng.uniform(0, 10, (3, 4, 5)) * (rng.random((3, 4, 1)) < 0.8)
    mix = rng.dirichlet(np.ones(3), (3, 4)) * (live > 0.0)[..., None]
    ran, before = returning * rng.random(returning.shape), returning.copy()
    seekers = seek(want, live, Back(returning, ran), mix, rng.random((3, 1)), rng.random((3, 4)))
    need = np.maximum(want - live, 0.0)
    assert seekers.mass.sum(axis=2) == pytest.approx(need)
    assert (seekers.mass >= 0.0).all() and (seekers.withdrawn >= 0.0).all()
    assert seekers.withdrawn == pytest.approx(np.maximum(returning.sum(axis=2) - need, 0.0))
    assert seekers.surplus == pytest.approx(np.maximum(live - want, 0.0))
    assert (seekers.returning <= seekers.mass * (1.0 + 1e-12)).all() and (seekers.returning <= ran).all()
    assert (returning == before).all()
