"""The quarters before an opening, by hand: whose worlds are played, on what scenario, and what is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim import ensembles, prelude
from sim.prelude import Before, Draws, scenario_before
from sim.scenario import Scenario
from sim.streams import Branch, Streams

# --- whose worlds -----------------------------------------------------------------------------------------------------


def test_values_that_the_past_fixes_itself_are_not_given_to_it() -> None:
    given = {"a": np.array([1.0, 2.0]), "b": np.array([3.0, 4.0])}
    before = Draws(Streams(5, 2, 4, times=3), True, given).before({"b"})
    assert before.streams == Streams(5, 2, 4, times=3) and before.draw and set(before.values) == {"a"}


def test_worlds_of_a_branch_have_one_past() -> None:
    before = Draws(Streams(5, 2, 9, Branch(7, 3), 2), False, {}).before(())
    assert before.streams == Streams(5, 7, 8) and not before.draw


def test_worlds_of_a_branch_have_no_parameters_of_their_own() -> None:
    draws = Draws(Streams(5, 0, 2, Branch(7, 3)), True, {"a": np.array([1.0, 2.0])})
    with pytest.raises(ValueError, match="worlds of one past have its parameters too"):
        draws.before(())
    assert draws.before({"a"}).values == {}


def test_draws_are_told_apart_by_worlds_chance_and_values() -> None:
    plain = Draws(Streams(5, 0, 2), True, {"a": np.array([1.0, 2.0])})
    others = (
        replace(plain, streams=Streams(6, 0, 2)),
        replace(plain, streams=Streams(5, 0, 3)),
        replace(plain, draw=False),
        replace(plain, values={"b": np.array([1.0, 2.0])}),
        replace(plain, values={"a": np.array([1.0, 2.5])}),
        replace(plain, values={}),
    )
    assert len({plain.key, *(one.key for one in others)}) == 7
    assert plain.key == Draws(Streams(5, 0, 2), True, {"a": np.array([1.0, 2.0])}).key


# --- what scenario ----------------------------------------------------------------------------------------------------

HISTORY = Scenario("h", "H", "2023Q4", parameters={"margin": 0.7}, root_parameters={"margin": 0.7}, quarters=3)
OPENING = Scenario(
    "o",
    "O",
    "2025Q4",
    parameters={"margin": 0.6, "growth": 1.0, "level": 2.0, "lever": 9.0},
    root_parameters={"margin": 0.6, "growth": 1.0, "level": 2.0},
    pipeline_until="2026Q2",
    known_until="2025Q4",
    ensemble="members",
    prelude=HISTORY,
)


@pytest.fixture
def dated(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ensemble whose growth depends on when one looks."""
    monkeypatch.setattr(ensembles, "dated", lambda name: frozenset({"growth"}) if name == "members" else frozenset())


def test_the_past_is_played_on_the_root(dated: None) -> None:
    """What its own scenario sets goes before; what depends on when one looks, and levers, do not reach back."""
    before = scenario_before(OPENING)
    assert before.parameters == before.root_parameters == {"margin": 0.7, "level": 2.0}
    assert (before.start, before.quarters, before.pipeline_until) == ("2023Q4", 8, "2025Q4")
    assert (before.ensemble, before.known_until) == ("members", "2025Q4")
    assert prelude.own_parameters(OPENING) == {"margin", "growth"}
    assert prelude.own_parameters(replace(OPENING, ensemble="")) == {"margin"}


def test_a_scenario_without_a_prelude_has_no_quarters_before() -> None:
    assert prelude.quarters_before(OPENING) == 8 and prelude.quarters_before(HISTORY) == 0


def test_one_past_is_told_from_another_by_all_that_it_hangs_on(dated: None) -> None:
    def key(scenario: Scenario = OPENING, origin: int = 8, arriving: float = 5.0, seed: int = 1) -> Any:
        draws, ahead = Draws(Streams(seed, 0, 2), True, {}), prelude.Ahead(origin, np.full((2, 3), arriving))
        return Before(scenario_before(scenario), draws, ahead).key

    lever = OPENING.with_changes("x", "X", {"lever": 1.0}, ())
    assert key(lever) == key()
    other_root = replace(OPENING, root_parameters={"level": 3.0})
    others = (key(other_root), key(origin=9), key(arriving=6.0), key(seed=2), key(replace(OPENING, start="2025Q3")))
    assert len({key(), *others}) == 6
