"""Payoffs, ranks, best responses and what is printed of them, on payoffs made by hand; who sits where in the games
behind them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rich.table import Table

from experiments import scenarios
from experiments.batch.engine import Cell, Size
from experiments.bots import payoffs, terminal, tournament
from experiments.bots.payoffs import Contest
from experiments.bots.tournament import Outcome, Rules
from sim.errors import InputError
from sim.roster import load_roster

BASE = scenarios.load("baseline")
ROSTER = load_roster(BASE.roster)
NAMES = ("build-to-demand", "harvest", "land-grab")
"""The default of clouds, and two others."""


def outcome(payoff: object, names: tuple[str, ...] = NAMES) -> Outcome:
    """payoff: (own, rivals, worlds)."""
    found = np.array(payoff, dtype=float)
    return Outcome(Rules(BASE, "cloud", "aws", names[: len(found)], Size(found.shape[2], 4, 9)), found)


HAND = outcome(
    [
        [[10.0, 12.0, 14.0], [20.0, 20.0, 20.0], [30.0, 31.0, 32.0]],
        [[40.0, 43.0, 46.0], [20.0, 20.5, 19.5], [10.0, 10.0, 10.0]],
        [[11.0, 12.0, 13.0], [5.0, 5.0, 5.0], [29.0, 32.0, 32.0]],
    ]
)
"""Means, row by row: 12, 20, 31; 43, 20, 10; 12, 5, 31."""


def cells(table: Table) -> list[list[str]]:
    """A table, row by row."""
    return [list(row) for row in zip(*([str(cell) for cell in column._cells] for column in table.columns), strict=True)]


# --- ranks and best responses -----------------------------------------------------------------------------------------


def test_ranks_are_of_gains_over_the_default_world_by_world() -> None:
    """Over rivals the default earns 20, 21, 22; harvest 70/3, 73.5/3, 75.5/3; land-grab 15, 49/3, 50/3."""
    ranks = HAND.ranks()
    assert [name for name, _ in ranks] == ["harvest", "build-to-demand", "land-grab"]
    gains = np.array([70.0, 73.5, 75.5]) / 3.0 - np.array([20.0, 21.0, 22.0])
    first = ranks[0][1]
    half = 4.302653 * gains.std(ddof=1) / np.sqrt(3.0)  # t(0.975, 2)
    assert (first.mean, first.low, first.high) == pytest.approx(
        (gains.mean(), gains.mean() - half, gains.mean() + half), rel=1e-5
    )
    assert ranks[2][1].mean == pytest.approx((48.0 - 63.0) / 3.0)
    assert HAND.means_over_rivals()["land-grab"] == pytest.approx([15.0, 49.0 / 3.0, 50.0 / 3.0])


def test_strategies_that_earn_the_same_keep_their_order() -> None:
    same = outcome(np.full((3, 3, 2), 7.0))
    assert [name for name, _ in same.ranks()] == list(NAMES)
    assert same.best_responses() == dict.fromkeys(NAMES, (NAMES[0], *NAMES[1:]))


def test_best_responses_and_who_is_not_told_apart() -> None:
    """To the default harvest is best by far; to harvest the default and harvest earn 20 alike, and land-grab less; to
    land-grab
    the default and land-grab both earn 31, in other worlds."""
    assert HAND.best_responses() == {
        "build-to-demand": ("harvest",),
        "harvest": ("build-to-demand", "harvest"),
        "land-grab": ("build-to-demand", "land-grab"),
    }


def test_a_table_of_payoffs_in_billions() -> None:
    """Gains are over the default against the same rivals."""
    rows = tournament.table(HAND).set_index(["strategy", "rivals"])
    assert rows.loc[("harvest", "build-to-demand"), ["payoff_usd_bn", "gain_usd_bn"]].tolist() == pytest.approx(
        [0.043, 0.031]
    )
    gains = np.array([30.0, 31.0, 32.0]) / 1e3
    half = 4.302653 * gains.std(ddof=1) / np.sqrt(3.0)
    low, high = rows.loc[("harvest", "build-to-demand"), ["gain_low_usd_bn", "gain_high_usd_bn"]]
    assert (low, high) == pytest.approx((0.031 - half, 0.031 + half), rel=1e-5)
    assert rows.loc[("build-to-demand", "land-grab"), ["payoff_usd_bn", "gain_usd_bn"]].tolist() == pytest.approx(
        [0.031, 0.0]
    )
    assert rows.index.tolist() == [(mine, theirs) for mine in NAMES for theirs in NAMES]
    assert rows["worlds"].tolist() == [3] * 9 and rows["broken_worlds"].tolist() == [0] * 9


# --- what is printed --------------------------------------------------------------------------------------------------


def test_ranks_are_printed_in_order_with_how_often_each_was_better() -> None:
    """Gains are millions: harvest is better in all three worlds, land-grab in none."""
    rows = cells(terminal._rank_table(HAND))
    assert [row[:3] for row in rows] == [
        ["1", "harvest", "+3"],
        ["2", "build-to-demand (default)", ""],
        ["3", "land-grab", "−5"],
    ]
    assert [row[4] for row in rows] == ["100%", "", "0%"] and rows[2][3].startswith("−6 to −4")
    alone = cells(terminal._rank_table(outcome([[[10.0], [20.0]], [[40.0], [20.0]]])))
    assert alone[0] == ["–", "harvest", "+15", "one world: no interval", "–"] and alone[1][0] == "–"


def test_the_matrix_stars_one_best_response_a_column() -> None:
    table = terminal._matrix(HAND)
    assert cells(table) == [
        ["1 build-to-demand", "12 ", "20*", "31*"],
        ["2 harvest", "43*", "20 ", "10 "],
        ["3 land-grab", "12 ", "5 ", "31 "],
    ]
    broken = HAND.payoff.copy()
    broken[2, 1, 0] = np.nan
    assert cells(terminal._matrix(outcome(broken)))[2][2] == "– "


@pytest.mark.parametrize(
    ("gain", "unit", "told"),
    [(999.0, "USD m", "+999"), (1001.0, "USD bn", "+1.00"), (-999.0, "USD m", "−999"), (0.3, "USD m", "0")],
)
def test_small_gains_are_told_in_millions(gain: float, unit: str, told: str) -> None:
    found = outcome(np.array([[[0.0, 0.0]] * 2, [[gain, gain]] * 2]))
    assert terminal._unit(found) == unit and f"{unit}; rivals are" in str(terminal.report(found)[0])
    assert {row[1]: row[2] for row in cells(terminal._rank_table(found))}["harvest"] == told


def test_the_unit_is_that_of_the_strategy_in_the_middle() -> None:
    """Gains of 10, 900 and 90,000 without the default: the median of them is below a billion."""
    names = ("build-to-demand", "harvest", "land-grab", "follow-utilisation")
    assert terminal._unit(outcome([[[g, g]] * 4 for g in (0.0, 10.0, 900.0, 9e4)], names)) == "USD m"
    assert terminal._unit(outcome([[[g, g]] * 4 for g in (0.0, 10.0, 1900.0, 9e4)], names)) == "USD bn"


def test_answers_name_ties_in_brackets_and_equilibria() -> None:
    said = terminal._answers(HAND).splitlines()
    assert said[1:4] == [
        "  build-to-demand: harvest",
        "  harvest: build-to-demand (or harvest)",
        "  land-grab: build-to-demand (or land-grab)",
    ]
    assert said[4] == "Answers itself, a symmetric equilibrium among these strategies: none."
    both = outcome([[[9.0, 9.0], [0.0, 0.0]], [[0.0, 0.0], [9.0, 9.0]]])
    assert terminal._answers(both).endswith("build-to-demand, harvest.")
    assert terminal.report(HAND)[0].startswith("Seat aws (cloud), scenario baseline: 3 worlds, 4 quarters, seed 9.")


# --- who sits where ---------------------------------------------------------------------------------------------------


def test_rivals_are_the_other_parties_that_compete() -> None:
    assert set(payoffs.rivals(ROSTER, "cloud", "aws")) == {
        name for name, rents in zip(ROSTER.owners, ROSTER.is_cloud, strict=True) if rents
    } - {"aws"}
    merchants = {name for name, own in zip(ROSTER.families, ROSTER.family_is_own, strict=True) if not own}
    assert set(payoffs.rivals(ROSTER, "vendor", "nvidia")) == merchants - {"nvidia"} and "trainium" not in merchants
    assert payoffs.rivals(ROSTER, "lab", "") == ROSTER.labs and payoffs.rivals(ROSTER, "regulator", "ec") == (
        "ftc",
        "cma",
    )
    assert (payoffs.role_of(ROSTER, "trainium"), payoffs.role_of(ROSTER, "ec")) == ("vendor", "regulator")
    with pytest.raises(InputError, match="unknown party 'awz'"):
        payoffs.role_of(ROSTER, "awz")


@pytest.mark.parametrize("first", ["cloud", "aws"])
def test_a_party_that_is_named_is_no_part_of_its_role(first: str) -> None:
    """Whichever comes first in the file."""
    asked = {"cloud": "harvest", "aws": "land-grab"}
    found = payoffs.seats_of(BASE, dict(sorted(asked.items(), key=lambda pair: pair[0] != first)))
    assert found["aws"] == "land-grab" and {found[name] for name in payoffs.rivals(ROSTER, "cloud", "aws")} == {
        "harvest"
    }
    assert set(found) == {"aws", *payoffs.rivals(ROSTER, "cloud", "aws")}


def test_every_pairing_is_played_on_the_same_draws_by_one_seat_against_all_rivals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Contest] = []

    def earned(contests: list[Contest], workers: int = 1, keeps: object = None) -> list[np.ndarray]:
        asked.extend(contests)
        return [np.array([10.0 * k, 10.0 * k + 1.0]) for k in range(len(contests))]

    monkeypatch.setattr(payoffs, "payoffs", earned)
    rules = Rules(BASE, "cloud", "azure", NAMES, Size(2, 3, 5))
    found = tournament.play(rules)
    assert found.payoff[:, :, 0].tolist() == [[0.0, 10.0, 20.0], [30.0, 40.0, 50.0], [60.0, 70.0, 80.0]]
    assert found.payoff[2, 1].tolist() == [70.0, 71.0]
    rivals = payoffs.rivals(ROSTER, "cloud", "azure")
    for k, contest in enumerate(asked):
        assert (contest.role, contest.party, contest.cell.size) == ("cloud", "azure", Size(2, 3, 5))
        assert contest.cell.strategies == {"azure": NAMES[k // 3], **dict.fromkeys(rivals, NAMES[k % 3])}


def test_the_default_plays_though_nobody_asked_for_it_and_nobody_twice() -> None:
    rules = tournament.rules("baseline", "cloud", "", ["harvest", "land-grab", "harvest"], Size(1, 1))
    assert rules.strategies == ("build-to-demand", "harvest", "land-grab") and rules.party == "aws"
    assert tournament.rules("baseline", "cloud", "", ["harvest", "build-to-demand"], Size(1, 1)).strategies == (
        "harvest",
        "build-to-demand",
    )
    everybody = tournament.rules("baseline", "lab", "openai", [], Size(1, 1))
    assert everybody.party == "openai" and len(everybody.strategies) > 4


def test_a_payoff_is_the_objective_where_all_figures_are_finite() -> None:
    found = payoffs.payoffs([Contest(Cell(BASE, Size(2, 1)), "vendor", "nvidia")])
    assert np.isfinite(found[0]).all() and payoffs.together([found[0], found[0][:1]]).tolist() == [
        *found[0],
        found[0][0],
    ]


def test_the_command_prints_every_part_and_says_where_the_table_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal, "play", lambda asked, workers, keeps: HAND)
    from experiments.batch.target import Target

    terminal.run(HAND.rules, Target(tmp_path / "out"), 1)
    shown = " ".join(capsys.readouterr().out.split())
    assert "Ranks: gain over the default" in shown and "Payoff matrix, USD m" in shown and "Best responses" in shown
    assert shown.endswith("payoffs.csv") and (tmp_path / "out" / "payoffs.csv").is_file()
    terminal.run(HAND.rules, None, 1)
    assert "payoffs.csv" not in capsys.readouterr().out
