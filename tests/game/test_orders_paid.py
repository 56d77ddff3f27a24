"""Orders are held to what can be paid, whoever gives them."""

from __future__ import annotations

import numpy as np
import pytest

from agents.seats import Scales
from tests.game.play import BASE, game_of

EAGER = Scales("cloud", {"order_mw": 1000.0})


def test_sellers_take_no_more_than_an_owner_can_pay_for() -> None:
    """A thousand times the rule's order: what joins the line costs what the briefing said can be paid, in every
    world."""
    held = []
    with game_of(BASE, 3, 4, seats={"aws": EAGER}) as game:
        for _ in range(3):  # an order has to be there: the first quarters of the rule may have none
            shown = game.brief()
            own = shown.own("cloud", "aws")
            core, line = ~own.edge, shown.opened.supply.backlog
            game.step()
            taken = (game.state.supply.backlog - line)[:, own.pools]
            deals = shown.opened.deals.order[:, own.pools]
            spent = ((taken - deals) * own.capex_musd_per_h100e)[:, core].sum(axis=1)
            asked = game.state.decided["aws"].order_mw / own.mw_per_h100e * own.capex_musd_per_h100e
            asked = asked[:, core].sum(axis=1)
            assert spent == pytest.approx(np.minimum(asked, own.payable_musd), rel=1e-9, abs=1e-6)
            held.append(asked > own.payable_musd)
    assert np.any(held, axis=0).all()
