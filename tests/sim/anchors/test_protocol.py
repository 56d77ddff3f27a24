"""Offers, answers and signing, by hand: two clouds, two labs, two chip families."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.anchors.protocol import Agreed, Meeting, Offers, Places, Room, Standing, meet, per_hour, sign
from sim.anchors.struck import Struck
from sim.deal_terms import TERMS, USUAL

CLOUDS, LABS = 2, 2
PLACES = Places(
    cloud=np.array([0, 0, 1, 1]),
    family=np.array([0, 0, 1, 1]),
    lab=np.array([0, 1, 0, 1]),
    pool=np.array([0, 0, 1, 1]),
    clouds=CLOUDS,
    labs=LABS,
)
"""The first cloud lets the first family to both labs, the second the second."""
AMPLE = Room(np.full((1, 2), 0.5), np.full((1, 2), 1e4), np.full((1, 2), 1e4))
"""An H100e takes half a MW, and there is power for everything."""


def decided(rows: int, columns: int, accept: tuple[int, int] | None = None, **offer: Any) -> Any:
    """One world's decisions on deals of a side. offer: at=(row, column), mw and other terms."""
    found = {name: np.full((1, rows, columns), USUAL.get(name, 0.0)) for name in (*TERMS, "accept")}
    at = offer.pop("at", None)
    for name, value in offer.items():
        found[name][(0, *at)] = value
    if accept is not None:
        found["accept"][(0, *accept)] = 1.0
    return SimpleNamespace(**{f"deal_{name}": array for name, array in found.items()})


def clouds(**given: Any) -> Any:
    return decided(CLOUDS, LABS, **given)


def labs(**given: Any) -> Any:
    return decided(LABS, CLOUDS, **given)


def nothing() -> Standing:
    return Standing.none(1, CLOUDS, LABS)


def test_an_offer_of_either_side_is_signed_a_quarter_later_when_it_is_accepted() -> None:
    by_cloud = meet(nothing(), clouds(at=(0, 1), mw=30.0), labs())
    assert not by_cloud.agreed.mw.any() and by_cloud.standing.of_clouds.mw[0].tolist() == [[0, 30], [0, 0]]
    assert meet(by_cloud.standing, clouds(), labs(accept=(1, 0))).agreed.mw[0].tolist() == [[0, 30], [0, 0]]
    by_lab = meet(nothing(), clouds(), labs(at=(0, 1), mw=20.0, family=1.0))
    signed = meet(by_lab.standing, clouds(accept=(1, 0)), labs())
    assert signed.agreed.mw[0].tolist() == [[0, 0], [20, 0]] and signed.agreed.family[0, 1, 0] == 1.0
    assert signed.asked_mw.tolist() == [20.0] and signed.void.tolist() == [0.0]


def test_an_offer_lapses_after_one_briefing_and_an_answer_without_it_is_counted() -> None:
    offered = meet(nothing(), clouds(at=(0, 1), mw=30.0), labs())
    unanswered = meet(offered.standing, clouds(), labs())
    assert not unanswered.standing.of_clouds.mw.any()
    late = meet(unanswered.standing, clouds(), labs(accept=(1, 0)))
    assert not late.agreed.mw.any() and late.void.tolist() == [1.0]
    other_cloud = meet(offered.standing, clouds(accept=(0, 1)), labs(accept=(1, 1)))
    assert not other_cloud.agreed.mw.any() and other_cloud.void.tolist() == [2.0]


def test_both_sides_naming_one_deal_sign_it_at_once_and_it_does_not_stand() -> None:
    named: dict[str, Any] = {"mw": 40.0, "family": 1.0, "term_quarters": 20.0, "price_usd": 2.0}
    both = meet(nothing(), clouds(at=(1, 0), **named), labs(at=(0, 1), **named))
    assert both.agreed.mw[0].tolist() == [[0, 0], [40, 0]] and both.asked_mw.tolist() == [40.0]
    assert not both.standing.of_clouds.mw.any() and not both.standing.of_labs.mw.any()
    for name in TERMS:
        apart = meet(nothing(), clouds(at=(1, 0), **named), labs(at=(0, 1), **{**named, name: 17.0}))
        assert not apart.agreed.mw.any() and apart.standing.of_labs.mw.any(), name


def test_where_each_accepts_the_others_offer_the_clouds_is_signed() -> None:
    two = meet(nothing(), clouds(at=(0, 0), mw=30.0), labs(at=(0, 0), mw=50.0))
    assert meet(two.standing, clouds(accept=(0, 0)), labs(accept=(0, 0))).agreed.mw[0, 0, 0] == 30.0


def agreed(mw: list[list[float]], **terms: float) -> Offers:
    """Deals of the second family with the second cloud, of the first with the first, at usual terms."""
    shape = (1, CLOUDS, LABS)
    found = {name: np.full(shape, terms.get(name, USUAL.get(name, 0.0))) for name in TERMS}
    found["mw"], found["family"] = np.array([mw]), np.broadcast_to(np.array([[0.0], [1.0]]), shape)
    return Offers(**found)


def concluded(
    offers: Offers, value: float = 4.0, cost: float = 2.0, room: Room = AMPLE, tau: float = 0.25, kept: float = 1.0
) -> Any:
    """What comes of deals whose quote is 3 in quarter 2."""
    asked, even = PLACES.asked(offers, room), np.ones((1, 4))
    quoted = PLACES.quoted(asked, 3.0 * even, np.full((1, 2), cost), value * even, room)
    met = Meeting(offers, nothing(), offers.mw.sum(axis=(1, 2)), np.zeros(1))
    found = sign(PLACES, Struck.none(1, 4, CLOUDS, LABS), 2, Agreed(met, asked, quoted, np.array([tau])), kept * even)
    return asked, found


def test_the_price_is_cost_and_a_part_of_what_the_lab_gains() -> None:
    """Cost 2, worth 4, a quarter of the gain to the cloud: 2.5, a sixth off the quote of 3."""
    _, found = concluded(agreed([[10.0, 0.0], [0.0, 0.0]]))
    full = found.struck.path[0, 0].max()
    assert full == 20.0 and found.struck.price[0, 0].max() / full == pytest.approx(2.5)
    news = found.struck.news
    assert [news.struck[0], news.struck_mw[0], news.price_mw[0] / news.list_mw[0]] == pytest.approx([1, 10, 2.5 / 3])


@pytest.mark.parametrize(("value", "price_usd", "signed"), [(1.9, 0.0, 0), (2.0, 0.0, 0), (2.1, 0.0, 1), (1.9, 2.0, 1)])
def test_a_deal_is_struck_where_both_gain_or_where_they_name_its_price(
    value: float, price_usd: float, signed: int
) -> None:
    _, found = concluded(agreed([[10.0, 0.0], [0.0, 0.0]], price_usd=price_usd), value=value)
    assert found.struck.news.struck.tolist() == [signed] and found.struck.path.any() == bool(signed)
    if price_usd:
        assert found.struck.price[0, 0].max() == pytest.approx(20.0 * price_usd)


def test_a_cloud_without_power_asks_what_the_quote_would_bring() -> None:
    """40 MW asked for of the first cloud, 10 free: a quarter costs 2, the rest the quote of 3, 2.75 in all. Worth 2.7,
    it is not signed; worth 3.75, a quarter of the gain of 1 on top."""
    tight = replace(AMPLE, free_mw=np.array([[10.0, 1e4]]))
    both = agreed([[30.0, 10.0], [0.0, 0.0]])
    assert concluded(both, value=2.7, room=tight)[1].struck.news.struck[0] == 0.0
    _, found = concluded(both, value=3.75, room=tight)
    assert found.struck.price[0, 0].max() / found.struck.path[0, 0].max() == pytest.approx(3.0)


def test_deals_are_cut_alike_to_the_power_that_a_cloud_will_have() -> None:
    """120 MW at a cloud that has 60: half of each. The other cloud's deal is whole."""
    room = replace(AMPLE, power_mw=np.array([[60.0, 1e4]]))
    asked, found = concluded(agreed([[90.0, 30.0], [0.0, 20.0]]), room=room)
    assert asked.mw.tolist() == [[45.0, 15.0, 0.0, 20.0]]
    assert (found.struck.path.max(axis=2) * 0.5) == pytest.approx(asked.mw)


def test_equity_is_paid_at_once_and_comes_back_through_the_price() -> None:
    """20 H100e for 16 quarters of 2190 hours: 0.7008 M hours; 0.7008 musd is a dollar an hour."""
    offers = agreed([[10.0, 0.0], [0.0, 0.0]], equity_musd=0.7008)
    asked, found = concluded(offers)
    assert per_hour(asked)[0, 0] == pytest.approx(1.0)
    assert found.equity.tolist() == [[0.7008, 0.0]]
    paid_back = (found.struck.price[0, 0] / np.maximum(found.struck.path[0, 0], 1e-9)).max() - 2.5
    assert paid_back == pytest.approx(1.0)
    assert not concluded(offers, value=1.0)[1].equity.any()  # nothing is signed, nothing is paid


def test_the_path_rises_in_even_steps_from_its_start_and_ends_with_its_term() -> None:
    """Signed in quarter 2 to start in 4: 6, 7, 8 at a third, two thirds and all; 12 quarters end with the 17th."""
    _, found = concluded(agreed([[15.0, 0.0], [0.0, 0.0]], term_quarters=12.0))
    path = found.struck.path[0, 0]
    assert path[:9] == pytest.approx([0, 0, 0, 0, 0, 0, 10, 20, 30])
    assert (path[8:18] == 30.0).all() and not path[18:].any() and found.struck.until[0, 0] == 17.0
    assert found.struck.since[0].tolist() == [[2.0, 0.0], [0.0, 0.0]]


def test_what_was_left_of_a_place_does_not_cut_a_new_deal_and_a_lab_that_is_gone_signs_none() -> None:
    """A path is held times what is kept of the place: 20 over a half, times a half."""
    deal = agreed([[10.0, 0.0], [0.0, 0.0]])
    assert 0.5 * concluded(deal, kept=0.5)[1].struck.path[0, 0].max() == pytest.approx(20.0)
    assert not concluded(deal, kept=0.0)[1].struck.path.any()


def test_relabelled_labs_sign_the_same_deals() -> None:
    forth = concluded(agreed([[90.0, 30.0], [5.0, 20.0]]))[1].struck.path[0].reshape(2, 2, -1)
    back = concluded(agreed([[30.0, 90.0], [20.0, 5.0]]))[1].struck.path[0].reshape(2, 2, -1)
    assert forth.tolist() == back[:, ::-1].tolist()
