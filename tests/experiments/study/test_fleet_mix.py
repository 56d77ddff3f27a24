"""Own chips in fleets, held out: a year by the rule by hand, shares and the page's words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments import scenarios
from experiments.pages import fleet_mix as page
from experiments.study import fleet_mix
from experiments.study.fleet_mix import Mixes, by_rule, designers, own_share, told
from sim.roster import load_roster


def roster() -> Any:
    """Two owners: GPUs and a chip of its own at the core, and one at the edge; GPUs alone."""
    pools = (np.array([0, 1, 2]), np.array([3]))
    return SimpleNamespace(
        owners=("one", "two"),
        families=("gpu", "chip"),
        own_family=np.array([1, -1]),
        pool_family=np.array([0, 1, 1, 0]),
        pool_is_edge=np.array([False, False, True, False]),
        pools_of=lambda owner: pools[owner],
    )


def test_a_year_by_the_rule() -> None:
    """100 MW of GPUs are wanted and 200 of chips, which are worth twice as much: 60 and 240, or 60 and 120 H100e, of
    which 90 come. Without elasticity what comes is as what stands."""
    then, mw, value = np.full((2, 2), 100.0), np.tile([1.0, 2.0], (2, 1)), np.log(np.tile([1.0, 2.0], (2, 1)))
    got = by_rule(then, np.full(2, 90.0), mw, value, np.array([1.0, 0.0]))
    assert got == pytest.approx(np.array([[130.0, 160.0], [145.0, 145.0]]))
    assert own_share(got, np.array([False, True])) == pytest.approx([160 / 290, 0.5])


def test_only_chips_at_the_core_of_who_designs_one_are_told() -> None:
    assert [(owner, pools.tolist()) for owner, pools in designers(roster())] == [(0, [0, 1])]
    real = load_roster(scenarios.load(fleet_mix.KNOWN_NOW).roster)
    assert [real.owners[owner] for owner, _ in designers(real)] == ["aws", "azure", "google"]


def test_shares_are_those_of_fleets() -> None:
    """3 of 4, 2 of 4; in three worlds 1, 2 and 3 of 4 by the rule, and half as played. The edge is left out."""
    chips = np.array([1.0, 2.0, 3.0])
    rule = np.column_stack([4.0 - chips, chips, np.full((3, 2), 99.0)])
    found = told(
        roster(),
        Mixes(
            np.array([[1.0, 3.0, 9.0, 9.0]]),
            np.array([[2.0, 2.0, 9.0, 9.0]]),
            rule,
            np.full((3, 4), 5.0),
            np.tile([1.0, 4.0, 9.0, 9.0], (3, 1)),
        ),
    )
    (row,) = found.to_dict("records")
    assert (row["owner"], row["family"], row["recorded_2024"], row["recorded_2025"]) == ("one", "chip", 0.75, 0.5)
    assert [row[f"rule_{band}"] for band in fleet_mix.BANDS] == pytest.approx([0.275, 0.5, 0.725])
    assert {row[f"played_{band}"] for band in fleet_mix.BANDS} == {0.5}
    assert {row[f"by_need_{band}"] for band in fleet_mix.BANDS} == {0.8}


def test_the_page_says_who_came_nearer_than_last_years_mix() -> None:
    def owner(then: float, now: float, rule: float, played: float) -> dict[str, object]:
        shown = (("rule", rule), ("played", played), ("by_need", 0.3))
        bands = {f"{name}_{band}": at for name, at in shown for band in ("p5", "median", "p95")}
        return {
            "owner": "one",
            "family": "chip",
            "recorded_2024": then,
            "recorded_2025": now,
            **bands,
        }

    mixes = pd.DataFrame([owner(0.4, 0.5, 0.45, 0.65), owner(0.6, 0.5, 0.59, 0.5), owner(0.2, 0.2, 0.21, 0.2)])
    text = page.told(mixes)
    assert "the rule alone at 2 of 3 owners, the game at 1." in text[3]
    assert (
        "| one | chip | 40.0 % | 50.0 % | 45.0 % (45.0 % to 45.0 %) | 65.0 % (65.0 % to 65.0 %) | "
        "30.0 % (30.0 % to 30.0 %) |"
    ) in text[2]


def test_the_shipped_table_is_of_what_is_on_record() -> None:
    """306 of 765 thousand H100e at AWS were Trainium at the end of 2024, 1,020 of 2,450 a year later
    (installed.csv)."""
    aws = pd.read_csv(page.FOLDER / "fleet_mix.csv").set_index("owner").loc["aws"]
    assert aws["recorded_2024"] == pytest.approx(306 / 765, rel=1e-4)
    assert aws["recorded_2025"] == pytest.approx(1020 / 2450, rel=1e-4)


@pytest.mark.whole
def test_the_rule_moves_aws_towards_trainium_and_adds_what_was_added() -> None:
    """An H100e of Trainium was let at 0.65 of one of GPUs at the end of 2024 and of 2025 (prices.csv), but cost 0.81
    of it first and 0.70 then (generations.csv, with its site): a dollar earns more on it than it did."""
    roster_, found = fleet_mix.mixes(4, 1)
    owner, pools = designers(roster_)[0]
    own = roster_.pool_family[pools] == roster_.own_family[owner]
    assert (own_share(found.rule[:, pools], own) > 306 / 765).all()
    added = (found.recorded_2025 - found.recorded_2024)[:, pools].sum()
    assert (found.rule - found.recorded_2024)[:, pools].sum(axis=1) == pytest.approx(added)
