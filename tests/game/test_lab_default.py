"""Labs that nobody tops up: who loses what, what comes free, and who signs with them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.game.play import BASE, CHECKS, changed, game_of, play

WORLDS = 2
POOR = {"lab_burn_multiple_anthropic": 0.0, "lab_funding_factor_anthropic": 0.0, "lab_staff_share": 2.0}
"""Nobody pays in, and staff cost twice the compute."""


def test_a_default_gives_back_commitments_and_leaves_nobody_richer() -> None:
    kept = 0.5
    with game_of(changed(**POOR, lab_default_kept_share=kept), WORLDS, 8) as game:
        lab, buyer = game.roster.labs.index("anthropic"), game.roster.sites[0].buyers.index("anthropic")
        seen, most = 0, np.full(WORLDS, np.inf)
        while game.quarter < game.quarters:
            cash, owned = game.state.labs.cash[:, lab].copy(), game.state.balance.cash.copy()
            game.step()
            after, played = game.state, game.state.last
            assert after.labs.statement is not None and played is not None
            unpaid = after.labs.statement.unpaid[:, lab]
            signed = played.outcomes[0].committed[:, :, buyer].sum(axis=1)
            assert (signed <= most * (1.0 + 1e-9)).all()
            most = np.where(unpaid > 0.0, kept * signed, np.inf)
            lost = played.ledger.by_kind["rents written off"] + played.ledger.by_kind["pay that is owed"]
            assert lost == pytest.approx(after.labs.statement.unpaid.sum(axis=1))
            moved = after.balance.cash - owned  # what is written off is in owners' books too
            assert moved == pytest.approx(played.statement.free_cash_flow + played.statement.financing, abs=1e-6)
            assert (after.labs.cash[:, lab] >= 0.0).all() and (cash >= 0.0).all()
            seen += int((unpaid > 0.0).sum())
        assert seen > 0
        records = game.records
    for check in CHECKS:
        assert records.metric(check).max() <= 1e-9, check


def test_a_lab_in_default_signs_nothing_beyond_what_it_holds() -> None:
    with game_of(changed(**POOR), WORLDS, 8) as game:
        buyer, lab = game.roster.sites[0].buyers.index("anthropic"), game.roster.labs.index("anthropic")
        while game.quarter < game.quarters:
            barred = game.state.labs.barred[:, lab] > 0.0
            held = game.state.sites[0].book.live()[:, :, buyer].sum(axis=1)
            game.step()
            last = game.state.last
            assert last is not None
            live = last.outcomes[0].committed[:, :, buyer].sum(axis=1)
            assert (live[barred] <= held[barred] * (1.0 + 1e-9)).all()


@pytest.mark.whole
def test_more_money_means_fewer_defaults() -> None:
    """Labs in default over two years, summed: with investors, without them, and without any promise."""
    cells = (BASE, changed(**{f"lab_burn_multiple_{k}": 0.0 for k in ("openai", "anthropic")}), changed(**POOR))
    broke = [play(cell, WORLDS, 8).metric("labs_in_default").sum() for cell in cells]
    assert broke[0] <= broke[1] <= broke[2] and broke[0] < broke[2]
