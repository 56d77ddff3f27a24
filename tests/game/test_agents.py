"""Who plays: every party has a seat, decisions are held to their bounds, games can be forgotten."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import mesa
import numpy as np
import pytest

from agents.player import CLASSES, Party
from agents.roster import cast, parties
from agents.seats import Heard, Sets
from agents.strategies import default_for, find, known
from sim.contract import ROLES, PublicBriefing, validated
from sim.errors import InputError
from sim.game import Game
from sim.roster import load_roster
from tests.game.play import BASE, game_of, play

PARTIES = {  # MODEL.md, section 2
    "cloud": {"aws", "azure", "google", "oracle", "neocloud"},
    "vendor": {"nvidia", "amd", "cerebras", "graphcore", "trainium", "tpu", "maia"},
    "lab": {"openai", "anthropic", "mistral", "xai", "meta-ai", "google-deepmind"},
    "segment": {"startups", "enterprises", "public", "automotive", "industrial"},
    "regulator": {"ftc", "ec", "cma"},
}
WORLDS = 2


def listening(role: str) -> Heard:
    """The role's default, listened to."""
    return Heard(default_for(role).maker())


@pytest.fixture(scope="module")
def begun() -> Iterator[Game]:
    """A game that nobody plays: to look at."""
    with game_of() as game:
        yield game


# --- parties and strategies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(PARTIES))
def test_every_party_of_the_model_is_an_agent_with_its_role(begun: Game, role: str) -> None:
    playing = {player.name for player in begun.players if player.role == role}
    assert playing >= PARTIES[role]
    for player in begun.players:
        assert isinstance(player, mesa.Agent) and isinstance(player, CLASSES[player.role])
        assert player.model is begun and player.title
    assert set(begun.agents) == set(begun.players)


def test_captive_fleets_decide_too(begun: Game) -> None:
    assert {"meta", "xai-fleet", "others"} <= {player.name for player in begun.players if player.role == "cloud"}


def test_every_role_has_one_default_strategy_with_a_meaning() -> None:
    for role in ROLES:
        assert [sheet.role for sheet in known(role) if sheet.default] == [role]
        assert all(sheet.meaning.endswith(".") for sheet in known(role))


def test_agents_are_numbered_and_named_once(begun: Game) -> None:
    names = [name for _, name, _ in parties(load_roster("default"))]
    assert len(set(names)) == len(names)
    assert len({player.unique_id for player in begun.players}) == len(names)


@pytest.mark.whole
def test_an_unknown_strategy_names_the_closest() -> None:
    with pytest.raises(InputError, match=r"unknown cloud strategy 'build-to-demnd'\. Closest: 'build-to-demand'"):
        Game(BASE, cast({"aws": "build-to-demnd"}))


def test_a_strategy_of_another_role_is_unknown() -> None:
    with pytest.raises(InputError, match="unknown vendor strategy 'build-to-demand'"):
        find("build-to-demand", "vendor")


def test_an_unknown_party_names_the_closest() -> None:
    for given in ({"strategies": {"anthropc": "steady-growth"}}, {"seats": {"anthropc": listening("lab")}}):
        with pytest.raises(InputError, match=r"unknown party 'anthropc'\. Closest: 'anthropic'"):
            Game(BASE, cast(**given), worlds=WORLDS)


@pytest.mark.whole
def test_a_named_default_and_a_seat_with_the_same_rule_play_the_same_game() -> None:
    plain = play(BASE, WORLDS, 3).digest()
    game = Game(BASE, cast({"aws": "build-to-demand"}), worlds=WORLDS, quarters=3)
    assert game.run().digest() == plain
    game.close()
    assert play(BASE, WORLDS, 3, seats={"aws": listening("cloud")}).digest() == plain


@pytest.mark.whole
def test_a_seat_changes_the_game() -> None:
    cheap = Sets("cloud", {"porting_kit_musd": 1000.0})
    assert play(BASE, WORLDS, 3, seats={"aws": cheap}).digest() != play(BASE, WORLDS, 3).digest()


# --- decisions ---------------------------------------------------------------------------------------------------

WRONG = [
    ("aws", "cloud", "exit_fee_years", 1.5, "1.5", "0 to 1 years of the compute bill"),
    ("aws", "cloud", "porting_kit_musd", -1.0, "-1", "0 to 10000 musd a quarter"),
    ("trainium", "vendor", "chip_price_usd_per_h100e", 0.0, "0", "1 to 1e+06 USD per H100e"),
    ("anthropic", "lab", "term_quarters", 21.0, "21", "1 to 20 quarters"),
    ("anthropic", "lab", "wanted_h100e", np.inf, "inf", "0 to 1e+10 H100e"),
]


@pytest.mark.parametrize(("who", "role", "field", "value", "shown", "allowed"), WRONG)
def test_a_decision_out_of_bounds_says_who_when_what_and_how_much(
    who: str, role: str, field: str, value: float, shown: str, allowed: str
) -> None:
    seats = {who: Sets(role, {field: np.array([value, 5.0])})}
    with game_of(seats=seats) as game, pytest.raises(InputError) as caught:
        game.step()
    assert str(caught.value) == f"{who}, 2026Q1: {field} = {shown}; allowed is {allowed}."


def test_a_regulator_cannot_enforce_more_than_all() -> None:
    seats = {"ec": Sets("regulator", {"remedy_strength": 1.2})}
    refused = pytest.raises(InputError, match=r"ec, 2026Q1: remedy_strength = 1\.2; allowed is 0 to 1")
    with game_of(seats=seats) as game, refused:
        game.step()


def test_a_decision_of_another_shape_than_before_is_refused() -> None:
    with game_of() as game:
        game.step()
        last = game.state.decided["anthropic"]
        wrong = replace(last, wanted_h100e=np.ones((WORLDS, 3)))
        with pytest.raises(InputError, match=r"anthropic, 2026Q2: wanted_h100e has shape \(2, 3\); expected is \(2,\)"):
            validated(wrong, game.expected["anthropic"], "anthropic", "2026Q2")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_nan_passes_and_spoils_one_world_only() -> None:
    with game_of() as game:
        game.step()
        last = game.state.decided["anthropic"]
        spoilt = replace(last, term_quarters=np.array([np.nan, 4.0]))
        assert np.isnan(validated(spoilt, game.expected["anthropic"], "a", "q").term_quarters[0])


class Slips:
    """The default, until a quarter in which its answer is another."""

    def __init__(self, quarter: int, change: Any) -> None:
        self.quarter, self.change, self.rule = quarter, change, default_for("cloud").maker()

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        usual = self.rule.decide(own, market)
        return self.change(usual) if market.quarter == self.quarter else usual


PRICE = "price_usd_per_h100e_hour"
SLIPS = {
    "one world for all": (lambda d: replace(d, **{PRICE: d.price_usd_per_h100e_hour[:1]}), f"{PRICE} has shape (1, "),
    "one pool for all": (
        lambda d: replace(d, **{PRICE: d.price_usd_per_h100e_hour[:, :1]}),
        f"{PRICE} has shape (2, 1)",
    ),
    "a bare number": (lambda d: replace(d, exit_fee_years=0.0), "exit_fee_years has shape ()"),
    "none": (lambda d: replace(d, order_mw=None), "order_mw must hold numbers (given: NoneType of object)"),
    "a dict": (
        lambda d: {f.name: getattr(d, f.name) for f in fields(d)},
        "a cloud decides by a CloudDecision (given: dict)",
    ),
    "another role's": (
        lambda d: default_for("vendor").maker(),
        "a cloud decides by a CloudDecision (given: MarginAndForecast)",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("quarter", [1, 3])
def test_a_first_decision_is_held_to_what_every_later_one_is(slip: str, quarter: int) -> None:
    change, said = SLIPS[slip]
    with game_of(seats={"aws": Slips(quarter, change)}) as game:
        for _ in range(quarter - 1):
            game.step()
        with pytest.raises(InputError) as caught:
            game.step()
    assert str(caught.value).startswith(f"aws, 2026Q{quarter}: {said}")


@pytest.mark.whole
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_world_in_which_somebody_decides_no_number_counts_as_not_converged() -> None:
    def break_the_second(decision: Any) -> Any:
        price = np.array(decision.price_usd_per_h100e_hour)
        price[1] = np.nan
        return replace(decision, price_usd_per_h100e_hour=price)

    seats = {"aws": Slips(2, break_the_second)}
    with game_of(BASE, 3, 4, seats=seats) as game:
        table = game.run().quarters("x")
    marked = table.pivot(index="quarter_number", columns="world", values="nonconverged")
    assert marked.to_numpy().tolist() == [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]


def test_decisions_are_kept_read_only() -> None:
    with game_of() as game:
        game.step()
        with pytest.raises(ValueError, match="read-only"):
            game.state.decided["aws"].order_mw[0] = 0.0


def test_every_field_of_a_decision_is_declared() -> None:
    for decision in ROLES.values():
        for field in fields(decision):
            assert {"unit", "low", "high", "default", "meaning"} <= set(field.metadata)
            assert field.metadata["low"] < field.metadata["high"]


# --- forgetting ----------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_a_closed_game_is_released() -> None:
    game = Game(BASE, cast(), worlds=1, quarters=1)
    game.run()
    model, agent = weakref.ref(game), weakref.ref(game.players[0])
    game.close()
    del game
    gc.collect()
    assert model() is None and agent() is None


@pytest.mark.whole
def test_records_outlive_their_game() -> None:
    records = play(BASE, 1, 2)
    gc.collect()
    assert len(records.quarters()) == 2


def test_a_party_reaches_nobody(begun: Game) -> None:
    """A party knows its model (Mesa's bookkeeping), its name, title and seat: nothing else to reach through."""
    assert isinstance(begun.players[0], Party)
    assert set(vars(begun.players[0])) - {"unique_id", "pos", "model"} <= {"name", "title", "seat", "_mesa_data"}
