"""Deals that are struck in play: what they conserve, who sees them and when, and what bad offers are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from agents.strategies import default_for
from sim.contract import validated
from sim.errors import InputError
from sim.game import Game
from tests.game.play import BASE, CHECKS, changed, differing, game_of, play, world_bytes

WORLDS = 2
BIG = {"deal_mw": 40.0, "deal_price_usd": 2.0, "deal_start_quarters": 8.0, "deal_term_quarters": 12.0}


def own(game: Game, name: str, accept: str = "", **terms: float) -> Any:
    """What the default of a party would do without a deal, with an offer to a counterpart (`to`) or an answer."""
    roster, shown = game.roster, game.brief()
    role = "lab" if name in roster.labs else "cloud"
    briefing = shown.own(role, name)
    usual = replace(default_for(role).maker().decide(briefing, shown.market), **briefing.no_deal())
    others = roster.owners if role == "lab" else roster.labs
    fields_ = {key: np.array(getattr(usual, key)) for key in briefing.no_deal()}
    to = terms.pop("to", None)
    for key, value in terms.items():
        fields_[key][:, others.index(str(to))] = value
    if accept:
        fields_["deal_accept"][:, others.index(accept)] = 1.0
    return replace(usual, **fields_)


def quiet(game: Game, **spoken: Any) -> Mapping[str, Any]:
    """Decisions of a quarter in which only those who are named offer or sign."""
    sides = [*game.roster.labs, *game.roster.owners]
    return {name: spoken.get(name) or own(game, name) for name in sides}


def nvidia(game: Game) -> float:
    return float(game.roster.families.index("nvidia"))


@pytest.mark.whole
def test_a_deal_offered_by_a_cloud_is_shown_to_that_lab_alone_and_signed_by_it() -> None:
    """MW are conserved: 40 MW over the power of a new H100e is owed at the full size, at the price that was named."""
    with game_of(BASE, WORLDS, 3) as game:
        offer = own(game, "azure", to="anthropic", **BIG, deal_family=nvidia(game))
        mw = game.brief().opened.made.costs.mw_per_h100e
        game.step(quiet(game, azure=offer))
        briefing, other = game.brief().own("lab", "anthropic"), game.brief().own("lab", "openai")
        azure = game.roster.owners.index("azure")
        assert briefing.offered_mw[:, azure].tolist() == [40.0] * WORLDS and briefing.offered_mw.sum() == 40.0 * WORLDS
        assert not other.offered_mw.any()
        mw = game.brief().opened.made.costs.mw_per_h100e
        game.step(quiet(game, anthropic=own(game, "anthropic", accept="azure")))
        struck, places = game.state.struck, game.given.places
        here = (places.cloud == azure) & (places.family == nvidia(game)) & (places.lab == briefing.lab)
        (place,) = np.flatnonzero(here)
        assert struck.path[:, place].max(axis=1) * mw[:, places.pool[place]] == pytest.approx([40.0] * WORLDS)
        assert not np.delete(struck.path, place, axis=1).any()
        assert struck.price[:, place] == pytest.approx(2.0 * struck.path[:, place])
        assert game.records.metric("deals_struck")[:, 1].tolist() == [1.0] * WORLDS
        game.step(quiet(game))
        for check in CHECKS:
            assert game.records.metric(check).max() <= 1e-9, check


@pytest.mark.whole
def test_a_rival_sees_nothing_of_a_deal_but_that_it_exists_a_quarter_later() -> None:
    """A deal whose capacity is years away, with and without: the next briefing of everybody else is the same, and the
    one after differs in the flag of the pair, and in the power that owners are allotted, for which the cloud queues
    now."""
    seen = {}
    for signs in (False, True):
        with game_of(BASE, 1, 4) as game:
            roster = game.roster
            offer = own(game, "oracle", to="anthropic", **BIG, deal_family=nvidia(game))
            game.step(quiet(game, oracle=offer))
            game.step(quiet(game, anthropic=own(game, "anthropic", accept="oracle" if signs else "")))
            found = []
            for _ in range(2):
                shown = game.brief()
                found.append((shown.market, shown.own("lab", "openai"), shown.own("cloud", "aws")))
                game.step(quiet(game))
            seen[signs] = found
    for number, (without, with_deal) in enumerate(zip(seen[False], seen[True], strict=True)):
        for a, b in zip(without, with_deal, strict=True):
            apart = {
                one.name
                for one in fields(a)
                if isinstance(getattr(a, one.name), np.ndarray)
                and not np.array_equal(getattr(a, one.name), getattr(b, one.name), equal_nan=True)
            }
            if not number:
                assert not apart
            else:
                assert apart == {"deals_known"} if a is without[0] else apart <= {"deal_power_mw", "room_mw"}
    flags = [market.deals_known for market in (seen[False][1][0], seen[True][1][0])]
    oracle, anthropic = roster.owners.index("oracle"), roster.labs.index("anthropic")
    assert (flags[1] - flags[0]).sum() == 1.0 and (flags[1] - flags[0])[0, oracle, anthropic] == 1.0


@pytest.mark.whole
def test_equity_reaches_the_lab_and_nothing_is_lost() -> None:
    paid = {}
    for musd in (0.0, 500.0):
        with game_of(BASE, WORLDS, 1) as game:
            terms = {**BIG, "deal_family": nvidia(game), "deal_equity_musd": musd}
            azure, lab = own(game, "azure", to="anthropic", **terms), own(game, "anthropic", to="azure", **terms)
            game.step(quiet(game, azure=azure, anthropic=lab))
            assert game.records.metric("deals_struck")[:, 0].tolist() == [1.0] * WORLDS
            last, purse = game.state.last, game.state.labs.statement
            assert last is not None and purse is not None and last.ledger.imbalance().max() <= 1e-9
            paid[musd] = last.ledger.by_kind["funding by investor clouds"]
            assert purse.cloud_funding.sum(axis=1) == pytest.approx(paid[musd])
    assert paid[500.0] - paid[0.0] == pytest.approx([500.0] * WORLDS)


def test_an_acceptance_without_an_offer_signs_nothing_and_is_counted() -> None:
    with game_of(BASE, WORLDS, 1) as game:
        game.step(quiet(game, anthropic=own(game, "anthropic", accept="azure")))
        assert game.records.metric("deals_void")[:, 0].tolist() == [1.0] * WORLDS
        assert not game.state.struck.path.any()


@pytest.mark.whole
def test_by_default_labs_and_clouds_sign_once_a_year_at_less_than_the_quote() -> None:
    records = play(BASE, WORLDS, 7)
    struck = records.metric("deals_struck")
    assert (struck[:, [1, 5]] > 0.0).all() and not np.delete(struck, [1, 5], axis=1).any()
    assert (records.metric("deals_price_over_list")[:, [1, 5]] < 1.0).all() and not records.metric("deals_void").any()


@pytest.mark.whole
def test_deals_that_are_not_struck_leave_the_table_alone() -> None:
    with game_of(changed(deals_struck=0.0), WORLDS, 3) as game:
        game.run()
        assert not game.state.struck.path.any() and game.records.metric("deals_asked_mw")[:, 1].min() > 0.0


@pytest.mark.whole
def test_a_world_signs_the_same_whatever_is_played_beside_it() -> None:
    many, one = play(BASE, 3, 3), play(BASE, 1, 3, first_world=2)
    assert not differing(world_bytes(many, 2), world_bytes(one, 2))


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"deal_mw": 1e5}, "is beyond the power that azure will have; allowed is 0 to"),
        ({"deal_family": 2.0}, "azure does not let that; allowed is 0 nvidia, 1 amd"),
    ],
)
def test_an_offer_that_cannot_be_is_refused_in_one_sentence(terms: dict[str, float], says: str) -> None:
    with game_of(BASE, 1, 1) as game:
        offer = own(game, "azure", to="anthropic", **{**BIG, "deal_family": 0.0, **terms})
        with pytest.raises(InputError, match=says) as refused:
            game.step(quiet(game, azure=offer))
        assert str(refused.value).count("\n") == 0 and "azure, 2026Q1" in str(refused.value)


def test_a_party_that_lets_nothing_is_named_with_those_who_do() -> None:
    with game_of(BASE, 1, 1) as game:
        offer = own(game, "anthropic", to="meta", **{**BIG, "deal_family": 0.0})
        with pytest.raises(InputError, match="meta lets no capacity to labs; clouds that do are aws, azure"):
            game.step(quiet(game, anthropic=offer))


@pytest.mark.parametrize(("name", "value"), [("deal_start_quarters", 0.0), ("deal_term_quarters", 41.0)])
def test_a_deal_that_starts_too_soon_or_runs_too_long_is_refused(name: str, value: float) -> None:
    with game_of(BASE, 1, 1) as game:
        offer = own(game, "azure", to="anthropic", **{**BIG, name: value})
        with pytest.raises(InputError, match=f"azure, 2026Q1: {name} = {value:g}; allowed is"):
            validated(offer, game.expected["azure"], "azure", "2026Q1")
