"""What players are shown: nobody can write to it, worlds come first, everybody sees the docket."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import numpy as np
import pytest

from agents.seats import Heard, Sets
from agents.strategies import default_for
from sim.remedies import REMEDIES
from sim.scenario import Scenario
from tests.game.play import BASE, changed, game_of, play, shock, watch

WORLDS = 2


def listening(role: str) -> Heard:
    """The role's default, listened to."""
    return Heard(default_for(role).maker())


@pytest.fixture(scope="module")
def heard() -> dict[str, Heard]:
    """What one party of each role was shown in two quarters of five worlds."""
    seats = {role: listening(role) for role in EXAMPLES}
    play(BASE, 5, 2, seats={EXAMPLES[role]: seat for role, seat in seats.items()})
    return seats


EXAMPLES = {"cloud": "aws", "vendor": "trainium", "lab": "anthropic", "segment": "enterprises", "regulator": "ec"}


@pytest.mark.parametrize("role", list(EXAMPLES))
def test_briefings_cannot_be_written_to(heard: dict[str, Heard], role: str) -> None:
    for briefing in heard[role].kept[-1][:2]:
        assert is_dataclass(briefing)
        arrays = {f.name: getattr(briefing, f.name) for f in fields(briefing)}
        arrays |= (
            {name: getattr(arrays["habits"], name) for name in arrays["habits"].names()} if "habits" in arrays else {}
        )
        writable = [n for n, a in arrays.items() if isinstance(a, np.ndarray) and a.flags.writeable]
        assert writable == []
        with pytest.raises((AttributeError, TypeError)):
            briefing.name = "another"


@pytest.mark.parametrize("role", list(EXAMPLES))
def test_every_array_shown_has_the_worlds_first(heard: dict[str, Heard], role: str) -> None:
    for briefing in heard[role].kept[-1][:2]:
        shown = {field.name: getattr(briefing, field.name) for field in fields(briefing)}
        by_world = {name for name, value in shown.items() if isinstance(value, np.ndarray)}
        by_world -= {"pools", "families", "own_design", "edge", "let_to_labs"}
        assert len(by_world) > 5 and {name: shown[name].shape[0] for name in by_world} == dict.fromkeys(by_world, 5)


def test_a_cloud_is_shown_its_own_pools_only() -> None:
    seats = {name: listening("cloud") for name in ("aws", "google")}
    play(BASE, WORLDS, 1, seats=seats)
    (aws, *_), (google, *_) = (seats[name].kept[0] for name in ("aws", "google"))
    assert not set(aws.pools) & set(google.pools)
    assert aws.price_usd_per_h100e_hour.shape == (WORLDS, len(aws.pools))


# --- the docket ------------------------------------------------------------------------------------------------------


def strengths(scenario: Scenario, quarters: int, remedy: str, region: int) -> np.ndarray:
    """Strength of a remedy in force in a region, quarter by quarter."""
    with game_of(scenario, WORLDS, quarters) as game:
        found = []
        for _ in range(quarters):
            game.step()
            found.append(game.state.last.opened.in_force.strength[0, region, REMEDIES.index(remedy)])
    return np.array(found)


@pytest.mark.whole
def test_a_dated_remedy_is_enforced_by_its_regulator_from_its_quarter() -> None:
    dated = changed(shock("switching_fee_ban_eu", 1.0, "2027Q2", announced="2026Q2"))
    in_force = strengths(dated, 7, "switching_fee_ban", 1)
    assert np.array_equal(in_force, [0, 0, 0, 0, 0, 1, 1])  # 2026Q1 to 2027Q3
    assert np.array_equal(strengths(dated, 7, "switching_fee_ban", 0), np.zeros(7))


def test_a_region_without_a_regulator_follows_the_docket() -> None:
    dated = changed(shock("switching_fee_ban_rest", 1.0, "2026Q3"))
    assert np.array_equal(strengths(dated, 4, "switching_fee_ban", 3), [0, 0, 1, 1])


@pytest.mark.whole
def test_a_regulator_that_does_not_act_keeps_the_remedy_out_of_the_market() -> None:
    dated = changed(shock("switching_fee_ban_eu", 1.0, "2026Q3"), anticipation=0.0)
    idle = {"ec": Sets("regulator", {"remedy_strength": 0.0})}
    base, kept_out = play(changed(anticipation=0.0), WORLDS, 5), play(dated, WORLDS, 5, seats=idle)
    assert np.array_equal(base.metric("switching_spend_musd"), kept_out.metric("switching_spend_musd"))


def test_everybody_sees_what_is_in_force_and_what_is_announced() -> None:
    seat = listening("lab")
    watch(changed(shock("term_cap_duty_uk", 0.5, "2026Q3", announced="2026Q2")), WORLDS, 4, seats={"mistral": seat})
    uk, remedy = 2, REMEDIES.index("term_cap_duty")
    shown = [market for _, market, _ in seat.kept]
    assert [m.remedies_in_force[0, uk, remedy] for m in shown] == [0.0, 0.0, 0.5, 0.5]
    assert [m.remedies_announced[0, uk, remedy] for m in shown] == [0.0, 0.5, 0.5, 0.5]
