"""Many worlds as more, and records that keep what was recorded before the opening."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from sim.arrays import read_only
from sim.metrics import METRICS
from sim.parameters import Parameters
from sim.prelude import Past
from sim.records import Records
from sim.scenario import Scenario
from sim.streams import Branch, Streams
from sim.worlds import widened
from tests.small import small_roster

ROSTER = small_roster()
LATER, EARLIER = Scenario("later", "L", "2025Q4"), Scenario("earlier", "E", "2025Q2")


@dataclass(frozen=True)
class Thing:
    """Something of two worlds, and things that are none of worlds."""

    amount: np.ndarray
    axis: np.ndarray
    parts: tuple[Any, ...]
    named: dict[str, Any]


# --- worlds -----------------------------------------------------------------------------------------------------------


def test_two_worlds_come_again_one_after_the_other() -> None:
    """World 0, 1, 0, 1, 0, 1: not 0, 0, 0, 1, 1, 1. Three pools are no worlds."""
    amount, axis = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([7.0, 8.0, 9.0])
    thing = Thing(amount, axis, (amount[0:2, 0], "word"), {"one": amount, "no array": 5})
    wide = widened(thing, 3, 2)
    assert wide.amount.tolist() == [[1, 2], [3, 4]] * 3 and wide.axis is axis
    assert wide.parts[0].tolist() == [1, 3] * 3 and wide.parts[1] == "word"
    assert wide.named["one"].tolist() == [[1, 2], [3, 4]] * 3 and wide.named["no array"] == 5
    assert thing.amount.tolist() == [[1, 2], [3, 4]]


def test_one_world_comes_again() -> None:
    assert widened(np.array([[1.0, 2.0]]), 3).tolist() == [[1, 2]] * 3
    assert widened(np.array(4.0), 3) == 4.0
    two = np.array([1.0, 2.0])
    assert widened(two, 3) is two


def test_parameters_and_locks_are_kept() -> None:
    wide = widened(Parameters({"a": np.array([1.0, 2.0]), "b": np.array([[1.0], [2.0]])}), 2, 2)
    assert wide.a.tolist() == [1, 2, 1, 2] and wide.b.tolist() == [[1], [2], [1], [2]]
    locked = widened(read_only(np.array([1.0, 2.0])), 2, 2)
    assert not locked.flags.writeable and widened(np.array([1.0, 2.0]), 2, 2).flags.writeable


# --- records ----------------------------------------------------------------------------------------------------------


def records(scenario: Scenario, values: list[list[float]], first_world: int = 0) -> Records:
    """Records of quarters, (quarters, worlds), in which every metric is the same."""
    found = Records(ROSTER, scenario, first_world, len(values[0]))
    for number, row in enumerate(values, 1):
        found.append(number, {**{metric.name: row for metric in METRICS}, "offers": {}, "parties": {}})
    return found


def whole() -> Records:
    """Two quarters of four worlds, and two before them."""
    found = records(LATER, [[1, 2, 3, 4], [5, 6, 7, 8]], 10)
    found.before = records(EARLIER, [[-1, -2, -3, -4], [-5, -6, -7, -8]], 10)
    return found


def test_records_without_a_past_have_none() -> None:
    one = records(LATER, [[1.0, 2.0]])
    assert one.before is None and one.widened(2, 0, 2).before is None
    assert [part.before for part in one.apart((LATER, LATER))] == [None, None]


def test_a_past_has_quarters_of_its_own() -> None:
    found = whole()
    assert found.before is not None
    assert found.before.quarters_played == ("2025Q3", "2025Q4") and found.quarters_played == ("2026Q1", "2026Q2")


def test_records_side_by_side_have_their_pasts_apart() -> None:
    """Two scenarios of two worlds."""
    other = replace(LATER, name="other")
    one, two = whole().apart((LATER, other))
    name = METRICS[0].name
    assert one.before is not None and two.before is not None
    assert (one.scenario, two.scenario) == (LATER, other)
    assert (one.before.scenario, two.before.scenario) == (EARLIER, EARLIER)
    assert one.metric(name).tolist() == [[1, 5], [2, 6]] and two.metric(name).tolist() == [[3, 7], [4, 8]]
    assert one.before.metric(name).tolist() == [[-1, -5], [-2, -6]]
    assert two.before.metric(name).tolist() == [[-3, -7], [-4, -8]]
    assert two.before.world.tolist() == two.world.tolist() == [10, 11]


def test_records_of_more_worlds_have_the_past_of_each() -> None:
    wide = whole().widened(2, 20, 4)
    assert wide.before is not None and wide.before.world.tolist() == list(range(20, 28))
    assert wide.before.metric(METRICS[0].name)[:, 0].tolist() == [-1, -2, -3, -4] * 2


def test_a_past_serves_worlds_side_by_side_and_those_of_a_branch() -> None:
    state: Any = Thing(np.array([1.0, 2.0]), np.zeros(5), (), {})
    past = Past(state, state, records(EARLIER, [[1.0, 2.0]], 3))
    assert past.widened(Streams(1, 3, 5)) is past
    beside = past.widened(Streams(1, 3, 5, times=3))
    assert beside.state.amount.tolist() == beside.opening.amount.tolist() == [1, 2] * 3  # type: ignore[attr-defined]
    assert beside.records.world.tolist() == list(range(3, 9))
    one: Any = Thing(np.array([7.0]), np.zeros(5), (), {})
    branch = Past(one, one, records(EARLIER, [[1.0]], 3)).widened(Streams(1, 8, 10, Branch(3, 2), 2))
    assert branch.state.amount.tolist() == [7.0] * 4  # type: ignore[attr-defined]
    assert branch.records.world.tolist() == [8, 9, 10, 11]


@pytest.mark.parametrize("times", [1, 2])
def test_a_past_that_is_shared_is_left_alone(times: int) -> None:
    found = whole()
    found.widened(times, 0, 4)
    found.apart((LATER, LATER))
    assert found.before is not None and found.before.metric(METRICS[0].name).tolist()[3] == [-4, -8]
