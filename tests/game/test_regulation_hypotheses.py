"""Regulators in the market: durations, strategies that act, and bit-for-bit placebos of warnings and fines (S24,
S25)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.seats import Sets
from agents.strategies import find, known
from sim.enforcement.cases import IN_FORCE
from tests.game.play import BASE, changed, game_of, play, shock

AGENCIES = ("ftc", "ec", "cma")
ACTING = ("enforcement-first", "evidence-first", "commitments-first")


def seats(name: str) -> dict[str, Any]:
    return {agency: find(name, "regulator").maker() for agency in AGENCIES}


@pytest.mark.whole
def test_s25_a_regulator_that_only_warns_moves_nothing_unless_firms_anticipate() -> None:
    deaf, ears = changed(anticipation=0.0), changed(anticipation=0.5)
    warn = dict.fromkeys(AGENCIES, Sets("regulator", {"signal": 1.0}, strategy="by-the-docket"))
    assert play(deaf, 2, 4).digest() == play(deaf, 2, 4, seats=warn).digest()
    assert play(ears, 2, 4).digest() != play(ears, 2, 4, seats=warn).digest()


@pytest.mark.whole
@pytest.mark.parametrize("name", ACTING)
def test_a_strategy_that_acts_moves_the_market_and_money_still_balances(name: str) -> None:
    with game_of(BASE, 4, 12, seats=seats(name)) as game:
        records = game.run()
        assert records.metric("case_remedy_strength")[:, -1].max() > 0.0
        assert records.metric("money_imbalance").max() < 1e-9
    assert records.digest() != play(BASE, 4, 12).digest()


def test_hands_off_differs_from_the_docket_only_where_law_dates_something() -> None:
    dated = changed(shock("switching_fee_ban_eu", 1.0, "2026Q3"))
    assert play(BASE, 2, 4, seats=seats("hands-off")).digest() == play(BASE, 2, 4).digest()
    assert play(dated, 2, 5, seats=seats("hands-off")).digest() != play(dated, 2, 5).digest()


@pytest.mark.whole
def test_fines_are_paid_and_leave_shares_alone() -> None:
    """S24: with a remedy of no strength, a fine is a transfer: money moves, no share does, bit for bit."""

    def fines(share: float) -> Sets:
        fine = {"strength": 0.0, "fine_share": lambda own, decided: np.where(decided.step == 4.0, share, 0.0)}
        return Sets("regulator", fine, strategy="enforcement-first")

    fined, spared = (play(BASE, 4, 12, seats={"ec": fines(share), "ftc": fines(share)}) for share in (0.1, 0.0))
    assert fined.metric("fines_musd").sum() > 0.0 and spared.metric("fines_musd").sum() == 0.0
    for name in ("trainium_share_used", "price_over_cost", "unserved_share"):
        assert np.array_equal(fined.metric(name), spared.metric(name))


@pytest.mark.slow
@pytest.mark.theory
@pytest.mark.parametrize("name", ACTING)
def test_enforcement_takes_its_time_and_ex_ante_tools_are_faster(name: str) -> None:
    """From opening to force: 6 to 20 quarters in the middle of cases for the FTC, sooner for the European
    Commission."""
    taken: dict[str, list[float]] = {agency: [] for agency in AGENCIES}
    with game_of(BASE, 64, 20, seats=seats(name)) as game:
        before = game.state.cases
        for _ in range(20):
            game.step()
            new = (game.state.cases.stage == IN_FORCE) & (before.stage != IN_FORCE)
            for k, agency in enumerate(game.roster.regulators):
                taken[agency] += (before.running[:, k][new[:, k]] + 1.0).tolist()
            before = game.state.cases
    assert 6.0 <= np.median(taken["ftc"]) <= 20.0
    assert np.median(taken["ec"]) < np.median(taken["ftc"])


def test_every_regulator_strategy_has_a_meaning() -> None:
    assert {sheet.name for sheet in known("regulator")} >= {"by-the-docket", "hands-off", *ACTING}
