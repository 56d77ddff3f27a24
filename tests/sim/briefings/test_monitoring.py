"""Who sees what: public at once, late and noisy, private. The table of information, held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from agents.roster import cast
from agents.seats import Heard
from agents.strategies import default_for
from sim.briefings import monitoring
from sim.contract import CloudBriefing, LabBriefing, PublicBriefing, RegulatorBriefing, VendorBriefing
from sim.game import Game
from sim.monitor import ORDER_BOOK_NOISE, SUPPLIER_LAG, UTILISATION_NOISE, Seen
from tests.game.play import WITHOUT_PAST

WORLDS, QUARTERS = 64, 3


def _truth(game: Game) -> Seen:
    return monitoring.watched(game.given, game.state.supply, game.state.sites, game.state.use)


@pytest.fixture(scope="module")
def watched() -> Iterator[tuple[list[PublicBriefing], list[Seen]]]:
    """What is shown in three quarters, and the truth before each of them."""
    listener = Heard(default_for("cloud").maker())
    game = Game(WITHOUT_PAST, cast(seats={"aws": listener}), worlds=WORLDS, quarters=QUARTERS)
    truth = [_truth(game)]
    for _ in range(QUARTERS):
        game.step()
        truth.append(_truth(game))
    game.close()
    yield [market for _, market, _ in listener.kept], truth


@pytest.mark.whole
@pytest.mark.parametrize(
    ("shown", "true", "noise"),
    [("utilisation_seen", "utilisation", UTILISATION_NOISE), ("order_book_seen_h100e", "order_book", ORDER_BOOK_NOISE)],
)
def test_use_and_orders_are_last_quarters_with_noise(watched: Any, shown: str, true: str, noise: float) -> None:
    """In logs a report is a standard deviation or more too low in 16 % of cases (what is too high may be cut off at
    full use)."""
    market, truth = watched
    for quarter in range(QUARTERS):
        seen, was = getattr(market[quarter], shown), getattr(truth[quarter], true)
        error = np.log(seen[was > 0.0] / was[was > 0.0]) / noise
        assert len(error) > 300
        assert np.mean(error < -1.0) == pytest.approx(0.159, abs=0.06)
        assert np.median(error) == pytest.approx(0.0, abs=0.25)


def test_where_labs_book_is_seen_two_quarters_late(watched: Any) -> None:
    market, truth = watched
    assert SUPPLIER_LAG == 2
    assert np.array_equal(market[2].supplier_mix_seen, truth[1].supplier_mix)
    assert not np.array_equal(truth[1].supplier_mix, truth[2].supplier_mix)
    assert np.array_equal(market[0].supplier_mix_seen, truth[0].supplier_mix), "at first, how they stood at the start"


def test_shares_are_noisy_and_whole(watched: Any) -> None:
    market, truth = watched
    assert np.allclose(market[1].family_share_seen.sum(axis=1), 1.0)
    assert not np.allclose(market[1].family_share_seen, truth[1].family_share, rtol=0.01)


@pytest.mark.parametrize(
    ("briefing", "private"),
    [
        (CloudBriefing, ("long_run_cost_usd", "cash_musd", "exit_fee_years", "commitment_discount", "expiring_h100e",
                         "room_mw")),
        (VendorBriefing, ("unit_cost_usd_per_h100e", "last_booking_wafers", "inventory_h100e",
                          "h100e_per_wafer_at_arrival")),
        (LabBriefing, ("runway_quarters", "ports", "bill_musd", "capability", "tie_quarters_left")),
        (RegulatorBriefing, ("evidence_over_proof", "signal_seen", "complaint", "not_possible")),
    ],
)  # fmt: skip
def test_what_is_private_is_on_nobodys_public_table(briefing: Any, private: tuple[str, ...]) -> None:
    public, own = ({field.name for field in fields(one)} for one in (PublicBriefing, briefing))
    assert set(private) <= own
    assert not set(private) & public
