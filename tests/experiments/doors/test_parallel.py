"""The market under PettingZoo: its own tests of an environment and of seeds, spaces against declarations, and the same
bits as the engine's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pettingzoo", reason="an extra: pip install 'fully-booked[pettingzoo]'")

from pettingzoo.test import parallel_api_test, parallel_seed_test

from agents.roster import parties
from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from experiments.bots.payoffs import PLAYABLE
from experiments.doors import spaces
from experiments.doors.parallel import MarketEnv
from sim import objectives
from sim.contract import ROLES, expected
from sim.errors import InputError
from sim.roster import load_roster

ROSTER = load_roster("default")
SHORT = {"scenario": "history", "quarters": 2}
pytestmark = pytest.mark.filterwarnings("ignore:Precision loss|.*Box.*")


@pytest.fixture
def env() -> Iterator[MarketEnv]:
    made = MarketEnv(**SHORT)  # type: ignore[arg-type]
    yield made
    made.close()


def usual(infos: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {name: info["usual"] for name, info in infos.items()}


@pytest.mark.whole
def test_it_passes_the_test_of_environments(env: MarketEnv) -> None:
    parallel_api_test(env, num_cycles=4)


@pytest.mark.whole
def test_it_passes_the_test_of_seeds() -> None:
    parallel_seed_test(lambda: MarketEnv(**SHORT), num_cycles=2)  # type: ignore[arg-type]


def test_every_party_with_an_objective_is_an_agent_and_every_declared_field_an_action(env: MarketEnv) -> None:
    roles = {name: role for role, name, _ in parties(ROSTER) if role in PLAYABLE}
    assert env.possible_agents == list(roles)
    like = expected(ROSTER, 1)
    for name, role in roles.items():
        space = env.action_space(name).spaces
        assert set(space) == {one.name for one in fields(ROLES[role])}
        for one in fields(ROLES[role]):
            low, high = one.metadata["low"], one.metadata["high"]
            shape = like[name].shape(one.metadata["axis"])[1:]
            box = space[one.name]
            if one.metadata["unit"] in spaces.WHOLE:
                assert (
                    np.broadcast_to(getattr(box, "nvec", getattr(box, "n", 0)), shape).tolist()
                    == np.full(shape, int(high) + 1).tolist()
                )
            else:
                assert box.shape == (shape or (1,)) and (box.low == low).all() and (box.high == high).all()  # type: ignore[attr-defined]


@pytest.mark.whole
def test_what_an_agent_sees_is_in_its_space_and_is_what_its_briefing_says(env: MarketEnv) -> None:
    observed, infos = env.reset(seed=3)
    for name in env.agents:
        assert env.observation_space(name).contains(observed[name])
        assert env.action_space(name).contains(infos[name]["usual"])
    with engine.opened(Cell(scenarios.load("history"), Size(1, 2, 3))) as game:
        shown = game.brief()
        own = shown.own("cloud", "aws")
        assert observed["aws"]["own"]["room_mw"].tolist() == own.room_mw.tolist()
        assert observed["aws"]["own"]["own_design"].tolist() == own.own_design.astype(float).tolist()
        assert (
            observed["nvidia"]["market"]["demand_forecast_seen"].tolist()
            == shown.market.demand_forecast_seen[0].tolist()
        )
    assert not {"name", "last", "habits"} & set(observed["aws"]["own"])


@pytest.mark.whole
def test_agents_that_do_as_usual_play_the_same_bits_as_the_engine_and_rewards_add_up_to_the_objective() -> None:
    env = MarketEnv("history", ["aws", "nvidia", "openai", "ftc"], quarters=3)
    _, infos = env.reset(seed=5)
    total = dict.fromkeys(env.possible_agents, 0.0)
    while env.agents:
        game = env._game
        _, rewards, terminated, truncated, infos = env.step(usual(infos))
        for name, one in rewards.items():
            total[name] += one
    assert all(truncated.values()) and not any(terminated.values())
    assert game is not None
    plain = engine.play(Cell(scenarios.load("history"), Size(1, 3, 5)), lambda records: records)
    assert game.records.metric("trainium_share_used").tobytes() == plain.metric("trainium_share_used").tobytes()
    for name, one in total.items():
        assert one == pytest.approx(float(objectives.objective(plain, env.roles[name], name)[0]) / 1000.0)


@pytest.mark.whole
def test_an_agent_without_an_action_plays_by_its_strategy() -> None:
    env = MarketEnv("history", ["aws"], quarters=1, strategies={"aws": "harvest"})
    env.reset(seed=2)
    game = env._game
    env.step({})
    plain = engine.play(Cell(scenarios.load("history"), Size(1, 1, 2), {"aws": "harvest"}), lambda records: records)
    assert game is not None
    assert game.records.metric("utilisation").tobytes() == plain.metric("utilisation").tobytes()


@pytest.mark.whole
def test_a_reset_without_a_seed_is_the_next_one_and_with_one_is_that(env: MarketEnv) -> None:
    def first(seed: int | None) -> list[float]:
        return env.reset(seed=seed)[0]["aws"]["own"]["cash_cost_usd"].tolist()

    four, five, again = first(4), first(None), first(4)
    assert four == again != five == first(5)


def test_shares_are_scaled_to_add_up_and_the_rest_stays() -> None:
    like = expected(ROSTER, 1)["ftc"]
    space = spaces.action_space(like)
    space.seed(1)
    action = space.sample()
    made = spaces.decision({**action, "attention": np.array([1.0, 1.0, 2.0, 0.0])}, like)
    assert made.attention.tolist() == [[0.25, 0.25, 0.5, 0.0]]  # type: ignore[union-attr]
    evenly = spaces.decision({**action, "attention": np.zeros(4)}, like)
    assert evenly.attention.tolist() == [[0.25] * 4]  # type: ignore[union-attr]
    assert made.strength.tolist() == action["strength"].tolist()  # type: ignore[union-attr]
    assert spaces.action(made, like)["signal"] == action["signal"]


def test_an_offer_that_the_market_does_not_let_counts_as_none(env: MarketEnv) -> None:
    _, infos = env.reset(seed=1)
    action = {**infos["aws"]["usual"], "deal_mw": np.full(len(ROSTER.labs), 1e5)}  # beyond any cloud's power
    assert env._game is not None
    assert env._decided(env._game, "aws", action).deal_mw.tolist() == [[0.0] * len(ROSTER.labs)]  # type: ignore[union-attr]


@pytest.mark.whole
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"exit_fee_years": np.array([7.0])}, r"aws: exit_fee_years = \[7.0\] is not allowed; allowed is Box"),
        ({"exit_fee_year": np.array([0.0])}, "aws: unknown field 'exit_fee_year'"),
    ],
)
def test_an_action_outside_its_space_is_refused_in_words(env: MarketEnv, wrong: dict[str, Any], said: str) -> None:
    _, infos = env.reset(seed=1)
    with pytest.raises(InputError, match=said):
        env.step({"aws": {**infos["aws"]["usual"], **wrong}})
    no_action: Any = {"aws": None}
    with pytest.raises(InputError, match=r"aws: an action is a dictionary by field \(given: NoneType\)"):
        env.step(no_action)
    with pytest.raises(InputError, match="'nobody' is no agent of this game"):
        env.step({"nobody": infos["aws"]["usual"]})


def test_seats_and_games_that_are_none_are_told() -> None:
    with pytest.raises(InputError, match=r"seats: unknown party 'awz'\. Closest: 'aws'"):
        MarketEnv("history", ["awz"])
    closed = MarketEnv("history", ["aws"])
    with pytest.raises(InputError, match="no game is open"):
        closed.step({})
