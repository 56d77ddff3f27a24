"""Experience and generations: hand-worked doublings, a two-generation ramp, and a timeline without slips."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sim.quarters import ordinal
from sim.streams import Streams
from sim.supply.technology import (
    FUTURE_GENERATIONS,
    LONGEST_ANNOUNCED,
    Generations,
    effective_output,
    experience_exponent,
    experience_factor,
    generation_trend,
    ladder,
    production,
    quarters_to_launch,
    smooth_trend,
    timeline,
)


def test_a_doubling_cuts_cost_to_the_progress_ratio() -> None:
    exponent = experience_exponent(np.array([0.8, 0.5, 1.0]))
    assert exponent[1:] == pytest.approx([1.0, 0.0], abs=1e-15)
    assert experience_factor(np.full(3, 2000.0), np.full(3, 1000.0), exponent) == pytest.approx([0.8, 0.5, 1.0])
    assert experience_factor(np.full(3, 4000.0), np.full(3, 1000.0), exponent) == pytest.approx([0.64, 0.25, 1.0])


def test_spillover_counts_part_of_what_others_made() -> None:
    got = effective_output(np.array([[10.0, 30.0], [10.0, 30.0]]), np.array([0.0, 0.5]))
    assert got.tolist() == [[10.0, 30.0], [25.0, 35.0]]


def test_experience_is_taken_out_of_the_trend() -> None:
    # With b = 1 and output growing 25 %, experience alone makes cost fall by 1.25: of 1.5 a year 1.2 is left, of 1.1
    # nothing.
    left = generation_trend(np.array([0.5, 0.1]), np.array([1.0, 1.0]), np.array([0.25, 0.25]))
    assert left == pytest.approx([0.2, 0.0])


def test_the_ladder_meets_the_trend_on_release_dates_and_waits_between_them() -> None:
    quarter, yearly = np.arange(9.0), np.array([[0.21], [0.44]])
    every = np.array([[4.0], [2.0]])
    steps, smooth = ladder(yearly, every, quarter), smooth_trend(yearly, quarter)
    assert steps[0] == pytest.approx([1.0] * 4 + [1.21] * 4 + [1.4641])
    assert steps[1] == pytest.approx([1.0, 1.0, 1.2, 1.2, 1.44, 1.44, 1.728, 1.728, 2.0736])
    assert smooth[0, [2, 6]] == pytest.approx([1.1, 1.331])
    assert (steps <= smooth + 1e-12).all()


def two_generations(launch: float = 10.0, due: float | None = None) -> Generations:
    def both(first: float, second: float) -> np.ndarray:
        return np.array([[[first, second]]] * 2)

    return Generations(
        launch=both(0.0, launch),
        h100e_per_chip=both(1.0, 3.0),
        watts_per_h100e=both(1000.0, 500.0),
        cost_per_h100e=both(20.0, 8.0),
        chips_per_wafer=both(20.0, 10.0),
        efficiency=both(1.0, 0.9),
        lean=both(0.0, 0.5),
        due=both(0.0, launch if due is None else due),
    )


def test_a_generation_ramps_up_in_the_place_of_the_one_before() -> None:
    # The second world ramps in two quarters, the first at once. Half the wafers each: 10 H100e old, 15 new; 15 chips.
    ramp, no_delay = np.array([1.0, 2.0]), np.zeros((2, 1))
    before = production(two_generations(), 9, no_delay, 0, ramp)
    first = production(two_generations(), 10, no_delay, 0, ramp)
    after = production(two_generations(), 11, no_delay, 0, ramp)
    assert before.h100e_per_wafer[:, 0].tolist() == [20.0, 20.0]
    assert first.h100e_per_wafer[:, 0] == pytest.approx([30.0, 25.0])
    assert first.h100e_per_chip[:, 0] == pytest.approx([3.0, 25 / 15])
    assert first.watts_per_h100e[:, 0] == pytest.approx([500.0, (10 * 1000 + 15 * 500) / 25])
    assert first.cost_per_h100e[:, 0] == pytest.approx([8.0, (10 * 20 + 15 * 8) / 25])
    assert first.efficiency[:, 0] == pytest.approx([0.9, (10 * 1.0 + 15 * 0.9) / 25])
    assert first.lean[:, 0] == pytest.approx([0.5, 15 * 0.5 / 25])
    assert after.h100e_per_wafer[:, 0] == pytest.approx([30.0, 30.0])


def test_a_delay_holds_back_what_is_not_launched_yet_only() -> None:
    delay, ramp = np.array([[2.0], [0.0]]), np.ones(2)
    late = production(two_generations(), 11, delay, 10, ramp)
    assert late.h100e_per_wafer[:, 0].tolist() == [20.0, 30.0]
    assert production(two_generations(), 12, delay, 10, ramp).h100e_per_wafer[:, 0].tolist() == [30.0, 30.0]
    on_the_market = production(two_generations(), 11, delay, 11, ramp)
    assert on_the_market.h100e_per_wafer[:, 0].tolist() == [30.0, 30.0]


def test_what_is_announced_knows_no_slip_but_a_delay_that_is_known() -> None:
    """Due at 10, launched at 12. In the second world a known delay of 3 moves both."""
    slipping, delay = two_generations(12.0, due=10.0), np.array([[0.0], [3.0]])
    ahead = {quarter: quarters_to_launch(slipping, quarter, delay, 1)[:, 0].tolist() for quarter in (7, 9, 10, 11, 12)}
    assert ahead[7] == [3.0, 6.0] and ahead[9] == [1.0, 4.0]
    assert ahead[10] == [1.0, 3.0], "late, and so announced for the next quarter"
    assert ahead[11] == [1.0, 2.0]
    assert ahead[12] == [LONGEST_ANNOUNCED, 1.0], "launched, with nothing after it"


def test_a_launch_that_never_comes_changes_nothing() -> None:
    never = production(two_generations(np.inf), 500, np.zeros((2, 1)), 0, np.ones(2))
    assert never.h100e_per_wafer[:, 0].tolist() == [20.0, 20.0]


def plain_parameters(worlds: int, slip: float) -> SimpleNamespace:
    values = {
        "price_performance_trend": 0.25,
        "progress_ratio": 1.0,
        "reference_output_growth": 0.5,
        "launch_slip_quarters": slip,
        "generation_performance_jump": 2.0,
        "energy_efficiency_trend": 0.5,
        "silicon_share_of_jump": 0.5,
        "generation_cadence_quarters": 4.0,
    }
    return SimpleNamespace(**{name: np.full(worlds, value) for name, value in values.items()})


def test_timeline_without_slips() -> None:
    families = ("nvidia", "trainium")
    margin = np.array([[0.5, 0.5], [0.25, 0.25]])
    ahead = timeline(SimpleNamespace(families=families), plain_parameters(2, 0.0), Streams(1, 0, 2), margin)
    # Nvidia: four known generations, Rubin announced for 2026Q3 at 3.3 times, then one a year at twice the one before.
    launches = [ordinal(q) for q in ("2020Q4", "2022Q3", "2024Q4", "2025Q3", "2026Q3", "2027Q3")]
    assert ahead.launch[0, 0, :6].tolist() == launches
    assert ahead.h100e_per_chip[:, 0, 5] == pytest.approx(ahead.h100e_per_chip[:, 0, 3] * 3.3 * 2.0)
    yearly = ahead.cost_per_h100e[:, 0, 5] / ahead.cost_per_h100e[:, 0, 4]
    assert yearly == pytest.approx([1 / 1.25] * 2)  # no experience at a progress ratio of 1
    assert ahead.watts_per_h100e[:, 0, 5] / ahead.watts_per_h100e[:, 0, 4] == pytest.approx([1 / 1.5] * 2)
    assert ahead.chips_per_wafer[:, 0, 5] / ahead.chips_per_wafer[:, 0, 4] == pytest.approx([2.0**-0.5] * 2)
    # A price holds the vendor's margin, a cost does not: H100 at 26 500 a piece, Trainium2 at 4 000 for 0.656 H100e.
    assert ahead.cost_per_h100e[:, 0, 1] == pytest.approx([13250.0, 19875.0])
    assert ahead.cost_per_h100e[:, 1, 1] == pytest.approx([4000 / 0.656] * 2)
    # Trainium has three known generations: its row is padded by one that never comes.
    assert ahead.launch.shape == (2, 2, 4 + 1 + FUTURE_GENERATIONS)
    assert np.isinf(ahead.launch[:, 1, -1]).all()


def test_slips_are_later_launches_and_another_family_changes_no_draw() -> None:
    margin = np.full((5, 3), 0.5)
    p = plain_parameters(5, 2.0)
    on_time = timeline(SimpleNamespace(families=("nvidia",)), plain_parameters(5, 0.0), Streams(1, 0, 5), margin)
    two = timeline(SimpleNamespace(families=("nvidia", "trainium")), p, Streams(1, 0, 5), margin)
    three = timeline(SimpleNamespace(families=("amd", "nvidia", "trainium")), p, Streams(1, 0, 5), margin)
    assert (two.launch[:, 0, 4:9] >= on_time.launch[:, 0, 4:9]).all()
    assert (two.launch[:, 0, 4:9] > on_time.launch[:, 0, 4:9]).any()
    assert (three.launch[:, 1] == two.launch[:, 0]).all() and (three.launch[:, 2] == two.launch[:, 1]).all()
