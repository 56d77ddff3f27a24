"""Shocks are known for all quarters when a game begins: what leaves its range then is refused before anything is
played."""

from __future__ import annotations

import numpy as np
import pytest

from agents.roster import cast
from sim.declarations import catalogue
from sim.errors import InputError
from sim.game import Game
from sim.parameter_path import ParameterPath, all_worlds_hold
from sim.parameters import Catalogue, parameter
from sim.roster import load_roster
from sim.scenario import Scenario
from sim.shocks import Shock, applied, stages
from sim.streams import Streams
from tests.game.play import BASE

CATALOGUE = Catalogue(
    (
        parameter("price_level", 1.0, "USD", (1.0, 1.0), "A", "s", "m", allowed=(0.1, 5.0)),
        parameter("factor", 1.0, "1", (0.5, 2.0), "J", "s", "m", allowed=(0.0, 3.0)),
        parameter("other", 1.0, "1", (0.5, 2.0), "J", "s", "m", allowed=(0.0, 3.0)),
    ),
    {},
)


def change(
    first: str, last: str = "2040Q4", name: str = "price_level", announced: str | None = None, **how: float
) -> Shock:
    return Shock(parameter=name, quarters=(first, last), announced=announced, source="test", **how)


def scenario(*shocks: Shock, **parameters: float) -> Scenario:
    return Scenario("mine", "Mine", parameters=parameters, shocks=shocks, root_parameters=parameters)


def path(one: Scenario, worlds: int = 64, draw: bool = True) -> ParameterPath:
    return ParameterPath(one, CATALOGUE, Streams(1, 0, worlds), draw)


def refused(one: Scenario) -> str:
    with pytest.raises(InputError) as caught:
        one.check(CATALOGUE)
    return str(caught.value)


@pytest.mark.parametrize("first", ["2026Q1", "2026Q3", "2030Q4", "2040Q4"])
def test_a_value_that_leaves_its_range_in_any_quarter_is_refused_when_read(first: str) -> None:
    said = refused(scenario(change(first, multiply_by=9.0)))
    assert (
        said
        == f"scenario 'mine': shock 1: price_level leaves its range in {first}; allowed is 0.1 to 5 USD (given: 9)."
    )


@pytest.mark.parametrize(
    ("how", "given"),
    [
        ({"multiply_by": 0.01}, "0.01"),
        ({"multiply_by": -1.0}, "-1"),
        ({"add": 4.5}, "5.5"),
        ({"add": 1e308}, "1e+308"),
        ({"multiply_by": 1e308}, "1e+308"),
    ],
)
def test_every_kind_of_change_is_looked_at(how: dict[str, float], given: str) -> None:
    assert refused(scenario(change("2030Q1", **how))).endswith(f"allowed is 0.1 to 5 USD (given: {given}).")


def test_what_is_in_range_alone_may_leave_it_together_and_only_then() -> None:
    one, other = change("2026Q3", "2028Q4", multiply_by=3.0), change("2027Q2", "2029Q4", multiply_by=2.0)
    assert "shock 2: price_level leaves its range in 2027Q2; allowed is 0.1 to 5 USD (given: 6)" in refused(
        scenario(one, other)
    )
    apart = change("2029Q1", "2029Q4", multiply_by=2.0)
    assert path(scenario(one, apart)).at(13).price_level[0] == 2.0


def test_all_shocks_that_leave_their_range_are_told_at_once() -> None:
    said = refused(scenario(change("2027Q1", multiply_by=9.0), change("2026Q1", name="factor", add=7.0)))
    assert [line.split(":")[1] for line in said.splitlines()] == [" shock 1", " shock 2"]


def test_a_drawn_parameter_is_refused_when_read_only_if_no_world_could_have_it() -> None:
    """factor is drawn from 0.5 to 2: times 7 no world stays within 3; times 3 some do, and the path of others is
    refused."""
    assert "given: 14" in refused(scenario(change("2030Q1", name="factor", multiply_by=7.0)))
    some = scenario(change("2030Q1", name="factor", multiply_by=2.0))
    assert some.check(CATALOGUE) is some
    with pytest.raises(InputError, match=r"factor leaves its range in 2030Q1; allowed is 0 to 3 \(given: 3\.\d+\)\."):
        path(some)
    assert path(some, draw=False).at(17).factor.tolist() == [2.0] * 64
    assert "given: 6" in refused(scenario(change("2030Q1", name="factor", multiply_by=2.0), factor=3.0))


def test_what_is_announced_is_looked_at_too() -> None:
    """Known together from 2026Q2, though the first ends before the second begins: what firms expect must be in
    range."""
    one, other = change("2026Q1", "2026Q4", multiply_by=3.0), change("2027Q1", announced="2026Q2", multiply_by=2.0)
    assert "shock 2: price_level leaves its range in 2026Q2" in refused(scenario(one, other))


def test_sets_of_shocks_are_those_of_some_quarter() -> None:
    a, b = change("2026Q1", "2026Q2", multiply_by=2.0), change("2026Q2", "2026Q3", add=1.0, announced="2026Q1")
    assert dict(stages((a, b), 8103)) == {(a,): 1, (a, b): 1, (b,): 3}
    after = [float(value[0]) for _, value in applied((a, b), lambda name: np.ones(1))]
    assert after == [2.0, 3.0]


def test_two_equal_shocks_act_twice() -> None:
    twice = scenario(change("2027Q1", multiply_by=2.0), change("2027Q1", multiply_by=2.0))
    assert path(twice).at(5).price_level[0] == 4.0


@pytest.mark.parametrize("seed", range(5))
def test_all_worlds_of_a_run_are_looked_at_before_its_parts_are_played(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same verdict as that of every part, and nothing is drawn but what shocks change."""
    run = scenario(change("2030Q1", name="factor", multiply_by=1.55))
    bad = []
    for first in range(0, 640, 64):
        try:
            ParameterPath(run, CATALOGUE, Streams(seed, first, first + 64), draw=True)
        except InputError:
            bad.append(first)
    drawn: list[str] = []
    at = Streams.at
    monkeypatch.setattr(
        Streams, "at", lambda self, purpose, name, quarter: drawn.append(name) or at(self, purpose, name, quarter)
    )
    if bad:
        with pytest.raises(InputError, match="factor leaves its range in 2030Q1"):
            all_worlds_hold(run, CATALOGUE, Streams(seed, 0, 640), True)
    else:
        all_worlds_hold(run, CATALOGUE, Streams(seed, 0, 640), True)
    assert set(drawn) == {"factor"}
    given = {"factor": np.full(640, 1.0)}
    all_worlds_hold(run, CATALOGUE, Streams(seed, 0, 640), True, given)


# --- shocks that do nothing -------------------------------------------------------------------------------------------


def test_a_shock_that_no_game_can_feel_is_refused() -> None:
    for quarters in (("2026Q1", "2026Q1"), ("2020Q1", "2026Q1"), ("2040Q4", "2046Q4")):
        one = scenario(change(*quarters, multiply_by=2.0))
        assert one.check(CATALOGUE) is one
    for quarters in (("2016Q1", "2016Q4"), ("2025Q1", "2025Q4"), ("2041Q1", "2046Q4"), ("2045Q1", "2046Q4")):
        said = (
            f"scenario 'mine': shock 1: quarters = {list(quarters)} lie outside all that can be played, 2026Q1 to "
            "2040Q4, and would do nothing."
        )
        assert refused(scenario(change(*quarters, multiply_by=2.0))) == said


REMEDY = "term_cap_duty_eu"


def test_a_remedy_is_felt_from_its_announcement() -> None:
    known = catalogue(load_roster("default"))
    late = BASE.with_changes("late", "L", {}, (change("2041Q1", "2042Q1", REMEDY, announced="2030Q1", set=1.0),))
    assert late.check(known) is late
    assert late.idle_shocks(known, 20) == []
    assert len(late.idle_shocks(known, 16)) == 1  # ends 2029Q4
    other = BASE.with_changes(
        "other", "O", {}, (change("2041Q1", "2042Q1", "power_level", announced="2030Q1", set=2.0),)
    )
    with pytest.raises(InputError, match="lie outside all that can be played"):
        other.check(known)


def idle(one: Scenario, quarters: int, draw: bool = True) -> list[str]:
    return one.check(CATALOGUE).idle_shocks(CATALOGUE, quarters, draw)


def test_a_shock_outside_the_quarters_played_is_said() -> None:
    one = scenario(change("2026Q3", "2027Q1", multiply_by=2.0))
    said = "scenario 'mine': shock 1 lies outside the quarters played, 2026Q1 to 2026Q2, and does nothing."
    assert idle(one, 2) == [said]
    assert idle(one, 3) == idle(one, 60) == []


NEUTRAL = {
    "times one": {"multiply_by": 1.0}, "plus nothing": {"add": 0.0}, "set to what it is": {"set": 1.0},
}  # fmt: skip


@pytest.mark.parametrize("how", NEUTRAL)
def test_a_shock_that_changes_nothing_is_said(how: str) -> None:
    said = "scenario 'mine': shock 1 does nothing: price_level is the same without it in every quarter played."
    assert idle(scenario(change("2026Q1", **NEUTRAL[how])), 8) == [said]


def test_what_does_nothing_depends_on_what_worlds_have() -> None:
    """factor is drawn from 0.5 to 2 around 1: to set it to 1 does something, unless parameters are fixed or the
    scenario has set it."""
    one = change("2026Q1", name="factor", set=1.0)
    assert idle(scenario(one), 8) == []
    assert len(idle(scenario(one), 8, draw=False)) == 1
    assert len(idle(scenario(one, factor=1.0), 8)) == 1
    assert len(idle(scenario(change("2026Q1", name="factor", multiply_by=1.5), factor=0.0), 8)) == 1


def test_a_shock_that_a_later_one_undoes_is_said_and_one_that_acts_in_a_single_quarter_is_not() -> None:
    masked = change("2026Q1", "2026Q4", multiply_by=2.0), change("2026Q1", "2027Q4", set=3.0)
    (said,) = idle(scenario(*masked), 8)
    assert "shock 1 does nothing" in said
    longer = change("2026Q1", "2028Q1", multiply_by=2.0), change("2026Q1", "2027Q4", set=3.0)
    assert idle(scenario(*longer), 9) == []
    assert len(idle(scenario(*longer), 8)) == 1


def test_a_shock_is_judged_among_shocks_of_its_own_parameter() -> None:
    one = scenario(change("2026Q1", name="factor", multiply_by=1.0), change("2026Q1", name="other", multiply_by=1.2))
    assert ["shock 1" in line for line in idle(one, 4)] == [True]


def test_a_game_is_refused_before_it_begins() -> None:
    late = BASE.with_changes("late", "Late", {}, (change("2030Q4", name="power_level", multiply_by=9.0),))
    with pytest.raises(InputError, match=r"power_level leaves its range in 2030Q4; allowed is 0\.1 to 5"):
        Game(late, cast({}, {}), worlds=1, quarters=2)
    with pytest.raises(InputError, match="power_level leaves its range in 2030Q4"):
        late.check(catalogue(load_roster(late.roster)))
