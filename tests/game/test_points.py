"""Points of a design on the worlds axis: each has its own parameters and the draws of all others, and the same bits as
when it is played alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from agents.roster import cast
from experiments import scenarios
from sim.arrays import Array
from sim.errors import InputError
from sim.game import Game
from sim.kept import Kept
from sim.records import Records
from sim.scenario import Scenario

FREE = scenarios.load("history")
SURGE = scenarios.with_shocks(scenarios.load("baseline"), ["edge-surge"])
WORLDS, FIRST = 3, 63
"""Three worlds over the border of two blocks of draws."""
METRICS = ("trainium_share_used", "price_usd_per_h100e_hour", "unserved_share")


def played(scenarios_beside: list[Scenario], values: Mapping[str, Array]) -> Records:
    first, *beside = scenarios_beside
    game = Game(
        first, cast({}), worlds=WORLDS, quarters=2, seed=5, first_world=FIRST, beside=beside, values=dict(values)
    )
    try:
        return game.run()
    finally:
        game.close()


def at(point: int, values: Mapping[str, Array]) -> dict[str, Array]:
    """What one point's worlds are given."""
    return {name: value[point * WORLDS : (point + 1) * WORLDS] for name, value in values.items()}


def worlds_each(values: list[float]) -> Array:
    return np.repeat(values, WORLDS)


@pytest.mark.parametrize(
    "order",
    [
        pytest.param([FREE, FREE, FREE], id="one scenario"),
        pytest.param(
            [scenarios.load("baseline"), scenarios.load("baseline"), SURGE],
            id="two scenarios, a past of their own each",
            marks=pytest.mark.whole,
        ),
    ],
)
def test_points_side_by_side_are_points_alone(order: list[Scenario], nothing_kept: Kept) -> None:
    values = {
        "price_elasticity": worlds_each([-0.6, -1.0, -1.4]),
        "porting_factor_us": worlds_each([0.5, 1.0, 2.0]),
    }
    together = played(order, values)
    for point, scenario in enumerate(order):
        alone = played([scenario], at(point, values))
        for metric in METRICS:
            mine = together.metric(metric)[point * WORLDS : (point + 1) * WORLDS]
            assert mine.tobytes() == alone.metric(metric).tobytes(), (point, metric)
    shares = together.metric(METRICS[1]).reshape(3, WORLDS, 2)
    assert (shares[0] != shares[1]).any() and (shares[1] != shares[2]).any()


def test_points_with_equal_parameters_share_their_draws_to_the_bit() -> None:
    records = played([FREE, FREE], {"price_elasticity": worlds_each([-1.0, -1.0])})
    for metric in METRICS:
        first, second = np.split(records.metric(metric), 2)
        assert first.tobytes() == second.tobytes()


def test_values_must_fill_the_axis() -> None:
    with pytest.raises(InputError, match=r"price_elasticity has shape \(3,\); allowed is \(6,\), one value a world"):
        played([FREE, FREE], {"price_elasticity": np.full(WORLDS, -1.0)})
