"""Stylised facts about commitments of buyers, tested on paired worlds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.seats import Scales
from sim.records import Records
from tests.game.play import changed, play

pytestmark = pytest.mark.whole
WORLDS, QUARTERS, DEARER_FROM = 12, 14, 5
SHORT, LONG = 2.0, 10.0


DEARER = Scales("cloud", {"price_usd_per_h100e_hour": 1.25}, first=DEARER_FROM, last=DEARER_FROM)
"""The default owner, which adds a quarter to all its posted prices once; they stay there."""


@pytest.fixture(scope="module")
def games() -> dict[tuple[float, bool], Records]:
    """Games with short and long terms, with and without AWS's rise, on the same draws."""
    return {
        (term, dearer): play(
            changed(contract_term_quarters=term, price_adjustment=0.0, utilisation_response=0.0, scarcity_response=0.0),
            WORLDS,
            QUARTERS,
            seats={"aws": DEARER} if dearer else None,
        )
        for term in (SHORT, LONG)
        for dearer in (False, True)
    }


def clearly_above_zero(difference: np.ndarray) -> bool:
    """One-sided 95 % interval of the mean over paired worlds."""
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    return bool(difference.mean() - 1.8 * error > 0.0)


def test_s13_longer_terms_lower_the_switching_rate_and_raise_the_booked_ratio(games: dict[Any, Records]) -> None:
    short, long = games[SHORT, False], games[LONG, False]
    assert clearly_above_zero((short.metric("switching_rate_cloud") - long.metric("switching_rate_cloud")).mean(axis=1))
    assert clearly_above_zero((long.metric("booked_ratio") - short.metric("booked_ratio"))[:, 4:].mean(axis=1))


def test_s13_longer_terms_slow_the_answer_to_a_price(games: dict[Any, Records]) -> None:
    """AWS's market share falls when it becomes dearer; in the first two quarters by less when terms are long."""

    def loss(term: float, quarter: int) -> np.ndarray:
        before, after = (games[term, dearer].metric("aws_share_used_market") for dearer in (False, True))
        return (before - after)[:, quarter - 1]

    assert clearly_above_zero(loss(SHORT, DEARER_FROM + 1)) and clearly_above_zero(loss(LONG, DEARER_FROM + 1))
    assert clearly_above_zero(loss(SHORT, DEARER_FROM + 1) - loss(LONG, DEARER_FROM + 1))
