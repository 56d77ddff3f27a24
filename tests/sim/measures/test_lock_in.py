"""The lock-in index: exact parts, no friction no index, entrants below merit, a trap that deepens with its own exit
cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.measures import lock_in
from sim.measures.lock_in import ALL, FRICTIONS, NONE, measure, shapley
from tests.game.play import BASE, changed, game_of

FREE = {
    "porting_cost_years": 0.0, "porting_intangible": 0.0, "egress_cost_years": 0.0, "cloud_intangible": 0.0,
    "exit_fee_default": 0.0,
    "ecosystem_strength": 0.0, "contract_term_quarters": 1.0, "managed_term_quarters": 1.0,
}  # fmt: skip


def frozen(scenario: Any = BASE, quarters: int = 2) -> tuple[Any, Any, Any]:
    with game_of(scenario, 3, quarters) as game:
        game.run()
        return game.roster, game.given.markets.sites[0], game.state.last.outcomes[0].frozen


def test_shapley_by_hand() -> None:
    """Two frictions that act, alone 1 and 2, together 5: parts 2 and 3; the others nothing."""
    values = {}
    for size in range(5):
        from itertools import combinations

        for chosen in combinations(FRICTIONS, size):
            both = {"contract", "porting"} <= set(chosen)
            values[frozenset(chosen)] = np.array(
                [5.0 if both else 1.0 * ("contract" in chosen) + 2.0 * ("porting" in chosen)]
            )
    assert shapley(values)[0] == pytest.approx([2.0, 3.0, 0.0, 0.0])


@pytest.mark.parametrize("level", ["family", "cloud"])
def test_components_add_up_and_indices_to_zero(level: str) -> None:
    one = measure(*frozen()).levels[level]
    assert one.components.sum(axis=2) == pytest.approx(one.index, abs=1e-12)
    assert one.index.sum(axis=1) == pytest.approx(np.zeros(3), abs=1e-12)
    assert one.actual.sum(axis=1) == pytest.approx(np.ones(3)) and one.merit.sum(axis=1) == pytest.approx(np.ones(3))
    assert np.all((one.market_index > 0.0) & (one.market_index < 1.0))
    assert np.all(one.trapped[one.actual > 0.01] <= 1.0)


def test_without_frictions_there_is_no_index() -> None:
    roster, market, still = frozen(changed(**FREE))
    still = replace(still, live=0.0 * still.live, committed_by_pool=0.0 * still.committed_by_pool)
    found = measure(roster, market, still)
    for level in found.levels.values():
        assert np.abs(level.index).max() < 1e-12
    assert found.deadweight_musd == pytest.approx(np.zeros(3), abs=1e-6)


def test_an_entrant_without_a_base_is_below_its_merit_when_porting_in_is_costly() -> None:
    found = measure(*frozen()).levels["family"]
    cerebras = found.names.index("cerebras")
    assert np.all(found.index[:, cerebras] < 0.0)


def test_the_leader_is_above_merit_and_porting_is_part_of_it() -> None:
    found = measure(*frozen()).levels["family"]
    nvidia = found.names.index("nvidia")
    assert np.all(found.index[:, nvidia] > 0.0) and np.all(
        found.components[:, nvidia, FRICTIONS.index("porting")] > 0.0
    )


def test_a_trap_deepens_with_its_own_exit_cost_on_a_frozen_state() -> None:
    roster, market, still = frozen()
    aws = roster.owners.index("aws")

    def trapped(years: float) -> np.ndarray:
        fees = still.conditions.exit_fee_years.copy()
        fees[:, aws] = years
        harder = replace(still, conditions=replace(still.conditions, exit_fee_years=fees))
        return np.asarray(measure(roster, market, harder).levels["cloud"].trapped[:, aws])

    assert np.all(trapped(0.3) > trapped(0.1)) and np.all(trapped(0.1) > trapped(0.0))


def test_relabelling_pools_permutes_the_index() -> None:
    roster, market, still = frozen()
    amount = lock_in._pools(market, still, ALL)
    order = np.random.default_rng(1).permutation(amount.shape[1])
    family = market.site.pool_family
    one = lock_in.shares_of(amount, family, len(roster.families))
    other = lock_in.shares_of(amount[:, order], family[order], len(roster.families))
    assert other == pytest.approx(one)
    assert NONE < ALL


@pytest.mark.whole
def test_a_game_records_it_on_request_only() -> None:
    with game_of(BASE, 2, 2, lock_in=(2,)) as game:
        table = game.run().lock_in()
    assert set(table["quarter"]) == {"2026Q2"} and set(table["level"]) == {"family", "cloud"}
    parts = table[list(FRICTIONS)].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(table["lock_in_index"].to_numpy(), abs=1e-12)
    with game_of(BASE, 2, 2) as game:
        assert game.run().lock_in().empty
