"""Hypotheses on lock-in, on paired worlds: S01, S02, S05, S08, S23."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from experiments.stats import Estimate, estimate
from sim.scenario import Scenario, Shock
from tests.game.play import BASE, changed, game_of, play, shock

REGIONS = ("us", "eu", "uk", "rest")
WORLDS = 200


def paired(one: np.ndarray, other: np.ndarray) -> Estimate:
    return estimate(one - other)


def share(scenario: Scenario, quarters: int, worlds: int = WORLDS) -> np.ndarray:
    return play(scenario, worlds, quarters).metric("trainium_share_used")


def everywhere(name: str, value: float, first: str = "2026Q1") -> tuple[Shock, ...]:
    return tuple(shock(f"{name}_{region}", value, first) for region in REGIONS)


@pytest.mark.slow
@pytest.mark.theory
def test_s01_dearer_porting_into_trainium_lowers_its_share_at_every_horizon() -> None:
    base, dear = share(BASE, 12), share(changed(shock("porting_into_factor_trainium", 3.0)), 12)
    for quarter in (2, 4, 8, 12):
        assert paired(dear[:, quarter - 1], base[:, quarter - 1]).high < 0.0, f"q{quarter}"


@pytest.mark.slow
@pytest.mark.theory
def test_s02_dearer_porting_out_of_trainium_keeps_share_after_a_reversal_of_merit() -> None:
    """Its demand turns against it (a taste shock on AWS's partner and slipping chips), with and without a barrier to leave."""
    worse = (shock("launch_delay_quarters_trainium", 8.0), shock("porting_into_factor_trainium", 5.0))
    free, held = (share(changed(*worse, shock("porting_out_factor_trainium", factor)), 8) for factor in (0.0, 4.0))
    assert paired(held[:, 7], free[:, 7]).low > 0.0


def _lock_in(scenario: Scenario, quarters: int = 4, worlds: int = WORLDS) -> Any:
    with game_of(scenario, worlds, quarters, lock_in=(quarters,)) as game:
        records = game.run()
        return records, records._lock_in[-1][1]


@pytest.mark.slow
@pytest.mark.theory
def test_s05_a_ban_on_switching_fees_frees_the_trapped_and_raises_switching() -> None:
    """Judged after one quarter, before prices or capacity answer."""
    banned = changed(*everywhere("switching_fee_ban", 1.0), implementation_quality=1.0)
    (free, freed), (kept, held) = _lock_in(banned, 1), _lock_in(BASE, 1)
    clouds = [held.levels["cloud"].names.index(name) for name in ("aws", "azure", "google", "oracle", "neocloud")]
    for cloud in clouds:
        assert paired(freed.levels["cloud"].trapped[:, cloud], held.levels["cloud"].trapped[:, cloud]).high < 0.0
    egress = 2
    before, after = (np.abs(one.levels["cloud"].components[:, :, egress]).sum(axis=1) for one in (held, freed))
    assert paired(after, before).high < 0.0
    assert paired(free.metric("switching_rate_cloud")[:, 0], kept.metric("switching_rate_cloud")[:, 0]).low > 0.0


def test_s08_an_edge_surge_dilutes_the_total_and_leaves_the_core_alone() -> None:
    surge = changed(shock("edge_potential_share", 0.4), shock("edge_imitation", 0.8))
    base, more = play(BASE, 8, 8), play(surge, 8, 8)
    name = "trainium_share_used"
    # paired, not in every world: an edge that was short earlier may be between two waves of capacity at the end
    assert paired(more.metric(name)[:, -1], base.metric(name)[:, -1]).high < 0.0
    assert np.array_equal(more.metric(f"{name}_core"), base.metric(f"{name}_core"))


@pytest.mark.slow
@pytest.mark.theory
def test_s23_interoperability_brings_shares_towards_merit() -> None:
    """A full duty with good implementation: the index falls, and Trainium's actual share comes nearer to its merit share."""
    duty = changed(*everywhere("interoperability_duty", 1.0), implementation_quality=1.0)
    (_, open_), (_, closed) = _lock_in(duty, 12), _lock_in(BASE, 12)
    one, other = open_.levels["family"], closed.levels["family"]
    assert paired(one.market_index, other.market_index).high < 0.0
    trainium = one.names.index("trainium")
    assert paired(np.abs(one.index[:, trainium]), np.abs(other.index[:, trainium])).high < 0.0
