"""Parts that the trial plays with: closed forms of increasing returns, entry, another history, changes that must not
matter."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import sim.roster
from agents.strategies import lab
from experiments.theory import entry, memory, metamorphic, returns
from sim.parameters import parameter
from sim.roster import load_roster
from sim.streams import Streams
from tests.game.play import BASE, game_of

# --- closed forms -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exponent", "chances"), [(1.0, (1 / 3, 1 / 3, 1 / 3)), (2.0, (0.4, 0.2, 0.4)), (0.0, (0.25, 0.5, 0.25))]
)
def test_the_law_of_an_urn_after_two_draws_by_hand(exponent: float, chances: tuple[float, ...]) -> None:
    """From one ball each the first draw is even; then the colour that won has two of three, so x^k / (x^k + (1 - x)^k)
    =
    2/3, 4/5 or 1/2, and it wins again so often."""
    shares, found = returns.urn_law((1.0, 1.0), 2, exponent)
    assert shares.tolist() == [0.0, 0.5, 1.0] and found == pytest.approx(chances)


def test_an_urn_with_more_of_a_colour_favours_it() -> None:
    """Three balls against one: 3/4 for the first draw; then 4/5 or 3/5."""
    _, found = returns.urn_law((3.0, 1.0), 2, 1.0)
    assert found == pytest.approx([0.25 * 0.4, 0.25 * 0.6 + 0.75 * 0.2, 0.75 * 0.8])


def test_figures_of_an_urn_by_hand() -> None:
    """Mean 0.5; variance 0.3 x 0.25 + 0.25 x 0.25 + 0.1 x 0.01 + 0.1 x 0.01 + 0.25 x 0.16, with the ends of each span
    counted in."""
    shares, chance = np.array([0.0, 0.1, 0.4, 0.6, 0.9, 1.0]), np.array([0.1, 0.2, 0.1, 0.3, 0.1, 0.2])
    found = returns.urn_figures(shares, chance)
    mean = 0.02 + 0.04 + 0.18 + 0.09 + 0.2
    sd = math.sqrt(sum(c * (s - mean) ** 2 for s, c in zip(shares, chance, strict=True)))
    assert found == pytest.approx(
        {"P_share_ge_0p9": 0.3, "P_share_le_0p1": 0.3, "P_share_between_0p4_0p6": 0.4, "sd": sd}
    )


def test_adoption_ends_at_barriers_as_a_gambler_is_ruined() -> None:
    """A lead of more than p / r makes a kind give up its own: A's barrier is 1.0 / 0.5 + 1 = 3 (the second kind's), B's
    2.0 / 0.4 + 1 = 6."""
    found = returns.adoption_barriers((2.0, 1.0), (0.4, 0.5))
    assert found == pytest.approx(
        {"barrier_in_adopter_lead": 3.0, "P_A_locks_in": 6.0 / 9.0, "expected_adoptions_to_lock_in": 18.0}
    )


def test_expectations_that_come_true_are_three_only_above_the_critical_strength() -> None:
    assert returns.critical_strength(0.5) == 2.0 and returns.critical_strength(0.2) == pytest.approx(3.125)
    assert returns.fulfilled_expectations(0.0, 1.9) == pytest.approx([0.5])
    low, middle, high = returns.fulfilled_expectations(0.0, 3.0)
    assert middle == pytest.approx(0.5) and low + high == pytest.approx(1.0) and low < 0.2
    for merit, strength in ((0.0, 3.0), (0.3, 1.0), (-0.2, 4.0)):
        for share in returns.fulfilled_expectations(merit, strength):
            assert math.log(share / (1.0 - share)) == pytest.approx(merit + strength * (2.0 * share - 1.0), abs=1e-6)
    assert returns.fulfilled_expectations(0.3, 1.0)[0] > 0.5


# --- entry ------------------------------------------------------------------------------------------------------------


def replied(quality: np.ndarray, cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Prices and shares of one market by best replies in turn: p = c + 1 / (2 (1 - s)), an outside good of weight 1."""
    price = cost + 1.0
    for _ in range(500):
        weight = np.exp(quality - 2.0 * price)
        share = weight / (1.0 + weight.sum())
        price = 0.5 * price + 0.5 * (cost + 0.5 / (1.0 - share))
    return price, share


def test_outcomes_of_few_and_many_firms_by_a_second_way() -> None:
    """Mark-up by share, Herfindahl index of shares of what is sold, logsum over sensitivity, and the same at the prices
    of few."""
    few, many = entry.markets(3, seed=5)
    streams = Streams(5, 0, 3)
    drawn = np.stack([streams.at("theory", f"entry/firm-{k}", 0).normal(2) for k in range(6)], axis=1)
    for market in range(3):
        quality, cost = 2.0 + 0.5 * drawn[market, :, 0], np.exp(0.2 * drawn[market, :, 1])
        old, _ = replied(quality[:4], cost[:4])
        for found, firms in ((few, 4), (many, 6)):
            price, share = replied(quality[:firms], cost[:firms])
            sold = share / share.sum()
            assert found.markup[market] == pytest.approx((sold * (price - cost[:firms])).sum())
            assert found.hhi[market] == pytest.approx(1e4 * (sold**2).sum())
            assert found.surplus[market] == pytest.approx(
                np.log(1.0 + np.exp(quality[:firms] - 2.0 * price).sum()) / 2.0
            )
            mixed = np.concatenate([old, price[4:]])
            assert found.variety[market] == pytest.approx(
                np.log(1.0 + np.exp(quality[:firms] - 2.0 * mixed).sum()) / 2.0
            )


# --- another history --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [False, True])
def test_another_history_deals_commitments_to_other_direct_offers_and_loses_none(ending: bool) -> None:
    """The k-th direct offer gets what the offer three places before it had; when all end, everything is in the first
    cohort."""
    with game_of(BASE, 2, 1) as game:
        before = [x.copy() for x in (game.state.sites[0].book.capacity_h100e, game.state.sites[0].book.hourly_usd)]
        memory.deal(game, True, ending)
        book, direct = game.state.sites[0].book, game.given.markets.sites[0].direct
    places = np.arange(before[0].shape[1])[direct]
    for old, new in zip(before, (book.capacity_h100e, book.hourly_usd), strict=True):
        given = old.copy()
        for k, place in enumerate(places):
            given[:, place] = old[:, places[k - 3]]
        assert not np.array_equal(given, old)
        if ending:
            given = np.concatenate([given.sum(axis=3, keepdims=True), np.zeros_like(given[..., 1:])], axis=3)
        assert new == pytest.approx(given)


@pytest.mark.whole
def test_the_gap_of_a_shift_begins_below_zero() -> None:
    found = memory.persistence(2.0, worlds=2, quarters=2)
    assert found.shape == (2, 2) and (found[:, 0] < 0.0).all()


# --- changes that must not matter -------------------------------------------------------------------------------------


def records(**values: float) -> SimpleNamespace:
    """Every metric is 2 in two worlds and quarters, but for some in the last of them."""

    def metric(name: str) -> np.ndarray:
        found = np.full((2, 2), 2.0)
        found[1, 1] = values.get(name, 2.0)
        return found

    return SimpleNamespace(metric=metric)


def test_an_error_is_relative_to_the_size_of_the_metric_in_its_new_unit() -> None:
    """Money times 1.6 is 3.2 everywhere; 3.36 in one place is off by 0.16 of 3.2. A utilisation of 2.5 instead of 2 by
    a quarter."""
    unit = metamorphic.UNIT["capex_musd"]
    other = records(capex_musd=3.36, utilisation=2.5, money_imbalance=9.0)
    found = metamorphic.errors(records(), other, {unit: 1.6})  # type: ignore[arg-type]
    assert found["utilisation"] == pytest.approx(0.25) and found["trainium_share_used"] == 0.0
    assert "money_imbalance" not in found  # rounding itself
    assert found["capex_musd"] == pytest.approx(1.2 / 3.2)  # the other worlds' 2 is 1.2 short of 3.2
    assert metamorphic.largest(records(), records(utilisation=2.5)) == pytest.approx(0.25)  # type: ignore[arg-type]
    assert metamorphic.largest(records(), records(utilisation=1.5)) == pytest.approx(0.25)  # type: ignore[arg-type]


def test_columns_and_declarations_in_other_units_by_hand() -> None:
    assert metamorphic.scaled("a", 1.5)([{"a": "2", "b": "2"}, {"a": "", "b": "3"}]) == [
        {"a": "3.0", "b": "2"},
        {"a": "", "b": "3"},
    ]
    one = parameter("a", 2.0, "USD", (1.0, 4.0), "J", "a source", "a meaning", allowed=(0.0, 8.0))
    found = metamorphic.redeclared(one, 1.5)
    assert (found.low, found.default, found.high, found.allowed) == (1.5, 3.0, 6.0, (0.0, 12.0))
    assert [metamorphic.in_money(unit) for unit in ("USD per H100e-hour", "musd a quarter", "0-1", "per musd")] == [
        True,
        True,
        False,
        False,
    ]
    rows = [{"series": "aws_revenue_usd_bn", "value": "2"}, {"series": "chips", "value": "2"}]
    assert [metamorphic._in_currency(row, 1.6)["value"] for row in rows] == ["3.2", "2.0"]


def test_a_table_is_rewritten_row_by_row(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,x\n2,y\n", encoding="utf-8")
    metamorphic.rewrite(tmp_path / "t.csv", lambda rows: rows[::-1])
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").split() == ["a,b", "2,y", "1,x"]


def test_an_error_in_the_middle_leaves_names_and_tables_as_they_were() -> None:
    before, data = lab.SECOND_BACK_END_MUSD, sim.roster.DATA
    with (
        pytest.raises(RuntimeError),
        metamorphic.other_tables() as place,
        metamorphic.replaced(lab, SECOND_BACK_END_MUSD=-1.0),
    ):
        assert lab.SECOND_BACK_END_MUSD == -1.0 and place == sim.roster.DATA != data
        raise RuntimeError
    assert (before, data) == (lab.SECOND_BACK_END_MUSD, sim.roster.DATA)


def test_a_table_that_is_rewritten_is_read_anew_and_nothing_of_the_copy_is_kept() -> None:
    families = load_roster("default").families
    with metamorphic.other_tables() as data:
        table = data / "rosters" / "default" / "families.csv"
        assert load_roster("default").families == families
        metamorphic.rewrite(table, lambda rows: rows[::-1])
        assert load_roster("default").families == families[::-1]
        assert [row["family"] for row in sim.roster.table(table)] == list(families[::-1])
    assert {cache.cache_info().currsize for cache in (sim.roster.table, sim.roster._load)} == {0}
    assert load_roster("default").families == families


def test_batches_are_the_same_bit_for_bit_and_all_else_to_rounding() -> None:
    """Sums in another order differ by rounding; what is scaled goes through more of them."""
    reordered = {f"order of {name}": 1e-8 for name in (*metamorphic.ROSTER_TABLES, "all tables")}
    assert {one.name: one.tolerance for one in metamorphic.METAMORPHOSES} == {
        **reordered,
        "currency": 1e-6,
        "size": 1e-5,
        "segment in two": 1e-6,
        "skills in two": 1e-6,
        "one of a thousand": 0.0,
        "cut elsewhere": 0.0,
    }
    exact = {one.name for one in metamorphic.METAMORPHOSES if "bit for bit" in one.meaning}
    assert exact == {one.name for one in metamorphic.METAMORPHOSES if one.tolerance == 0.0}
