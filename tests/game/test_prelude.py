"""History inside a game: one past for a world, whatever is played after it, beside it or on top of it."""

from __future__ import annotations

import gc
from functools import cache
from typing import Any

import numpy as np
import pytest

from agents.roster import cast
from sim import prelude
from sim.enforcement.chance import Chance
from sim.errors import InputError
from sim.game import Game
from sim.kept import Kept
from sim.monitor import Monitor
from sim.records import Records
from sim.roster import load_roster
from sim.streams import Branch, Streams
from tests.game.before import SEED, free, past_of, same_world
from tests.game.play import differing, game_of, play, shock, world_bytes

pytestmark = pytest.mark.usefixtures("nothing_kept")


@cache
def whole() -> Records:
    return play(free(), 5, 2, seed=SEED)


# --- the same bits ----------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_the_quarters_before_are_on_record() -> None:
    before = past_of(whole())
    assert before.quarters_played == ("2024Q1", "2024Q2", "2024Q3", "2024Q4", "2025Q1", "2025Q2", "2025Q3", "2025Q4")
    assert whole().quarters_played == ("2026Q1", "2026Q2")
    assert before.world.tolist() == whole().world.tolist()


@pytest.mark.whole
@pytest.mark.parametrize("world", [0, 3])
def test_a_world_has_its_past_whoever_is_played_beside_it(world: int) -> None:
    assert same_world(whole(), play(free(), 1, 2, seed=SEED, first_world=world), world)


@pytest.mark.whole
def test_a_batch_may_be_cut_anywhere() -> None:
    part = play(free(), 3, 2, seed=SEED, first_world=2)
    assert all(same_world(whole(), part, world) for world in (2, 3, 4))


@pytest.mark.whole
def test_a_longer_game_has_the_same_past() -> None:
    longer = play(free(), 5, 4, seed=SEED)
    assert past_of(longer).digest() == past_of(whole()).digest()
    assert differing(world_bytes(longer, 1, 2), world_bytes(whole(), 1)) == []


@pytest.mark.whole
def test_one_past_serves_all_that_share_it(nothing_kept: Kept) -> None:
    """A past that was kept is the past that is played again."""
    lever = free().with_changes("lever", "L", {"price_elasticity": -1.0}, ())
    one = play(free(), 2, 2, seed=SEED)
    other = play(lever, 2, 2, seed=SEED)
    assert len(nothing_kept) == 1 and past_of(one) is past_of(other)
    nothing_kept.clear()
    again = play(lever, 2, 2, seed=SEED)
    assert past_of(again) is not past_of(one)
    assert all(same_world(other, again, world) for world in range(2))


@pytest.mark.whole
def test_another_seed_has_another_past() -> None:
    other = play(free(), 5, 1, seed=SEED + 1)
    assert (past_of(other).metric("used_h100e") != past_of(whole()).metric("used_h100e")).all()


@pytest.mark.whole
def test_worlds_side_by_side_have_the_past_that_they_have_alone() -> None:
    """Two scenarios on one axis: three worlds of each."""
    lever = free().with_changes("lever", "L", {"demand_level": 1.3}, (shock("egress_factor_eu", 0.0),))
    with game_of(free(), 3, 2, seed=SEED, beside=(lever,)) as game:
        apart = game.run().apart((free(), lever))
    for records, scenario in zip(apart, (free(), lever), strict=True):
        alone = play(scenario, 3, 2, seed=SEED)
        assert records.scenario is scenario and past_of(records).scenario.start == "2023Q4"
        assert past_of(records).quarters_played == past_of(alone).quarters_played
        assert all(same_world(records, alone, world) for world in range(3))


@pytest.mark.whole
def test_worlds_of_a_branch_share_the_past_of_its_world() -> None:
    """Worlds 5 and 6 part after the first quarter of world 3: till then they are world 3, before the opening too."""
    actor = play(free(), 1, 2, seed=SEED, first_world=3)
    with game_of(free(), 2, 2, seed=SEED, first_world=5, branch=Branch(3, 1)) as game:
        parted = game.run()
    for name in ("used_h100e", "trainium_share_used", "price_usd_per_h100e_hour"):
        for worlds in past_of(parted).metric(name):
            assert worlds.tobytes() == past_of(actor).metric(name)[0].tobytes()
        first, second = parted.metric(name)[:, 0], parted.metric(name)[:, 1]
        assert (first == actor.metric(name)[0, 0]).all() and second[0] != second[1]


@pytest.mark.whole
def test_worlds_that_go_on_from_a_past_have_its_history() -> None:
    with game_of(free(), 1, 1, seed=SEED, first_world=3) as game:
        game.run()
        past = game.past()
    with game_of(free(), 2, 2, seed=SEED, first_world=5, branch=Branch(3, 1)) as taken:
        taken.go_on(past)
        records = taken.run()
    with game_of(free(), 2, 2, seed=SEED, first_world=5, branch=Branch(3, 1)) as game:
        played = game.run()
    assert past_of(records).world.tolist() == [5, 6]
    assert all(same_world(records, played, world) for world in (5, 6))


def test_chance_and_monitoring_are_drawn_apart_before_the_opening() -> None:
    streams, roster = Streams(SEED, 0, 2), load_roster("default")
    before, after = (Chance(streams, roster.regulators, part) for part in (True, False))
    assert all((one != other).all() for one, other in zip(before.uniform, after.uniform, strict=True))
    assert (before.noise != after.noise).all()
    shown, later = (Monitor(roster, streams, part).noise for part in (True, False))
    assert all((shown[figure] != later[figure]).all() for figure in shown)


# --- levers and players -----------------------------------------------------------------------------------------------


@pytest.mark.whole
@pytest.mark.parametrize(
    ("parameters", "shocks"),
    [
        ({"porting_cost_years": 0.8, "cloud_intangible": 0.0, "price_elasticity": -1.0}, ()),
        ({"vendor_gross_margin_nvidia": 0.3, "power_growth_start": 2.5, "launch_delay_quarters_nvidia": 4.0}, ()),
        ({}, (shock("egress_factor_us", 0.0), shock("demand_level", 2.0), shock("unit_cost_factor_trainium", 0.5))),
    ],
)
def test_no_lever_reaches_back(parameters: dict[str, float], shocks: tuple[Any, ...]) -> None:
    lever = free().with_changes("lever", "A lever", parameters, shocks)
    with game_of(free(), 2, 1, seed=SEED) as base:
        books = base.state.sites
        plain = base.run()
    prelude.KEPT.clear()
    with game_of(lever, 2, 1, seed=SEED) as game:
        for one, other in zip(books, game.state.sites, strict=True):
            assert one.book.capacity_h100e.tobytes() == other.book.capacity_h100e.tobytes()
            assert one.constants.tobytes() == other.constants.tobytes()
        changed = game.run()
    assert past_of(changed) is not past_of(plain) and past_of(changed).digest() == past_of(plain).digest()
    assert changed.digest() != plain.digest()


@pytest.mark.whole
def test_a_root_that_is_given_reaches_back_and_what_the_past_sets_itself_does_not() -> None:
    """A design gives worlds a price elasticity: they had it before. History has its own growth of power."""
    plain = past_of(play(free(), 2, 1, seed=SEED))
    given = past_of(play(free(), 2, 1, seed=SEED, values={"price_elasticity": np.array([-1.0, -1.9])}))
    assert (given.metric("used_h100e")[:, -1] != plain.metric("used_h100e")[:, -1]).all()
    own = past_of(play(free(), 2, 1, seed=SEED, values={"power_growth_start": np.array([1.1, 2.9])}))
    assert own.digest() == plain.digest()


class Counting:
    """A seat that says what it is shown, and lets the default decide."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def decide(self, briefing: Any, public: Any) -> Any:
        from agents.strategies import default_for

        self.asked.append(public.quarter if hasattr(public, "quarter") else 0)
        return default_for("cloud").maker().decide(briefing, public)


@pytest.mark.whole
def test_a_seat_is_not_asked_before_the_opening() -> None:
    seat = Counting()
    seated = play(free(), 2, 2, seed=SEED, seats={"aws": seat})
    assert len(seat.asked) == 2
    assert past_of(seated).digest() == past_of(play(free(), 2, 2, seed=SEED)).digest()


@pytest.mark.whole
def test_named_strategies_do_not_act_before_the_opening() -> None:
    players = cast({"aws": "own-silicon-first"})
    assert players.default == cast() and cast().default == cast()
    game = Game(free(), players, worlds=2, quarters=1, seed=SEED)
    assert past_of(game.run()).digest() == past_of(play(free(), 2, 1, seed=SEED)).digest()
    game.close()


@pytest.mark.whole
def test_a_cast_without_a_default_plays_itself_and_is_not_kept(nothing_kept: Kept) -> None:
    casts: list[Game] = []

    def players(game: Game) -> Any:
        casts.append(game)
        return cast()(game)

    with_default = play(free(), 2, 1, seed=SEED)
    nothing_kept.clear()
    game = Game(free(), players, worlds=2, quarters=1, seed=SEED)
    assert len(casts) == 2 and not len(nothing_kept)
    assert past_of(game.records).digest() == past_of(with_default).digest()
    game.close()


@pytest.mark.whole
def test_a_player_has_decided_nothing_before_the_opening() -> None:
    """Defaults decided then: whoever sits there now cannot leave it at that."""
    with game_of(free(), 2, 1, seed=SEED) as game:
        assert game.state.last is not None and game.state.decided == {}
        with pytest.raises(InputError, match="aws has not decided anything yet; the first quarter needs a decision"):
            game.step({"aws": None})


def alive() -> int:
    gc.collect()
    return sum(isinstance(one, Game) for one in gc.get_objects())


@pytest.mark.whole
def test_the_model_of_the_past_is_let_go() -> None:
    before = alive()
    game = Game(free(), cast(), worlds=1, quarters=1, seed=SEED)
    assert alive() == before + 1
    game.close()
    del game
    assert alive() == before


@pytest.mark.whole
def test_a_past_that_breaks_off_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object) -> Any:
        raise RuntimeError("stopped")

    before = alive()
    with monkeypatch.context() as patched:
        patched.setattr(prelude, "open_labs", broken)
        with pytest.raises(RuntimeError, match="stopped"):
            Game(free(), cast(), worlds=1, quarters=1, seed=SEED)
    assert alive() == before
