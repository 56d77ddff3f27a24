"""What is known of labs before an opening, by hand: between two dates, after the last, and what they sold."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim import prelude
from sim.anchors.given import Dated, Holdings
from sim.decisions import LabDecision
from sim.prelude import Known, held_onward, recorded
from sim.quarters import ordinal
from tests.sim.market.scene import BUYERS, CORE, FREE, NORTH_GPU, OFFERS, ROSTER, SOUTH_GPU, TIED
from tests.small import row

NO_DEAL = Dated(*np.zeros((3, OFFERS, BUYERS)))

ROWS = """tied south gpu 2023Q4 100
tied south gpu 2024Q4 400
tied south gpu 2025Q4 900
tied north gpu 2024Q4 40
free south gpu 2023Q4 50
free south gpu 2023Q4 10"""


@pytest.fixture
def anchors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A table of what labs held."""
    keys = ("lab", "cloud", "family", "quarter", "h100e")
    rows = tuple(dict(zip(keys, line.split(), strict=True)) for line in ROWS.splitlines())
    monkeypatch.setattr(prelude, "table", lambda path: rows)
    prelude._records.cache_clear()
    yield
    prelude._records.cache_clear()


def known_in(quarter: str, origin: str = "2025Q4") -> np.ndarray:
    return recorded(CORE, ordinal(quarter), ordinal(origin))


@pytest.mark.parametrize(
    ("quarter", "offer", "buyer", "held"),
    [
        ("2023Q4", SOUTH_GPU, TIED, 100.0),
        ("2024Q2", SOUTH_GPU, TIED, 200.0),  # half way from 100 to 400 in logs
        ("2024Q4", SOUTH_GPU, TIED, 400.0),
        ("2025Q2", SOUTH_GPU, TIED, 600.0),  # from 400 to 900
        ("2024Q1", NORTH_GPU, TIED, 10.0),  # from nothing to 40 in equal steps
        ("2024Q3", NORTH_GPU, TIED, 30.0),
        ("2025Q2", NORTH_GPU, TIED, 20.0),  # to nothing: no row at the end of 2025
        ("2023Q4", SOUTH_GPU, FREE, 60.0),  # two rows of one date add up
        ("2024Q2", SOUTH_GPU, FREE, 30.0),
        ("2025Q1", SOUTH_GPU, FREE, 0.0),
        ("2023Q2", SOUTH_GPU, TIED, 100.0),  # before the first date: as it was then
    ],
)
def test_between_two_dates(anchors: None, quarter: str, offer: int, buyer: int, held: float) -> None:
    assert known_in(quarter)[offer, buyer] == pytest.approx(held)


def test_nothing_is_known_after_the_origin(anchors: None) -> None:
    """The figure of 2025Q4 is not there when the game opens at the end of 2024: what was known last stands."""
    assert known_in("2025Q2", "2024Q4")[SOUTH_GPU, TIED] == 400.0
    assert known_in("2024Q2", "2024Q3")[SOUTH_GPU, TIED] == 100.0
    assert known_in("2024Q2", "2024Q3")[NORTH_GPU, TIED] == 0.0


def test_after_the_last_date_a_lab_keeps_its_part_of_the_pool(anchors: None) -> None:
    """Stock of every pool doubles from 2024Q4 to 2025Q1: so does what is held; on a date that is known nothing
    grows."""
    origin, now = ordinal("2025Q1"), ordinal("2025Q1")
    estimates = SimpleNamespace(stock=lambda quarter: np.full((1, 99), 2.0 if quarter == now else 1.0))
    g: Any = SimpleNamespace(start=SimpleNamespace(tables=SimpleNamespace(estimates=estimates)))
    assert held_onward(g, CORE, now, origin, NO_DEAL)[SOUTH_GPU, TIED] == pytest.approx(800.0)
    assert held_onward(g, CORE, now, origin, NO_DEAL)[NORTH_GPU, TIED] == pytest.approx(80.0)
    assert np.array_equal(held_onward(g, CORE, now - 1, origin, NO_DEAL), recorded(CORE, now - 1, origin))


def test_only_labs_by_name_are_known(anchors: None) -> None:
    held = known_in("2024Q4")
    assert held.shape == (OFFERS, BUYERS)
    assert {tuple(place) for place in np.argwhere(held > 0.0)} == {(SOUTH_GPU, TIED), (NORTH_GPU, TIED)}


def test_a_deal_in_force_says_what_a_lab_has_after_the_last_date(anchors: None) -> None:
    """Nobody has written down 2025Q1 yet. At South's GPUs a deal of that time has 500, whatever the pool did; at
    North's none is in force. On a date that is known the figure stands, whatever was signed."""
    origin, signed = ordinal("2025Q1"), np.zeros((OFFERS, BUYERS))
    signed[SOUTH_GPU, TIED] = 500.0
    estimates = SimpleNamespace(stock=lambda quarter: np.full((1, 99), 2.0 if quarter == origin else 1.0))
    g: Any = SimpleNamespace(start=SimpleNamespace(tables=SimpleNamespace(estimates=estimates)))
    deal = Dated(signed, signed, signed)
    found = held_onward(g, CORE, origin, origin, deal)
    assert found[SOUTH_GPU, TIED] == 500.0 and found[NORTH_GPU, TIED] == pytest.approx(80.0)
    assert held_onward(g, CORE, origin - 1, origin, deal)[SOUTH_GPU, TIED] == 400.0


def test_a_lab_asks_for_what_it_is_known_to_have_had_and_sells_as_it_did() -> None:
    """In use terms, in both worlds; its product is that of the date's opening. What else it decides is its own."""
    nothing = np.zeros((OFFERS, BUYERS))
    held = Holdings(np.stack([nothing] * 2), Dated(nothing, nothing, nothing))
    start = SimpleNamespace(price=[5.0, 6.0], training_share=[0.45, 0.5], small_share=[0.1, 0.3])
    labs: Any = SimpleNamespace(start=start, roster=ROSTER)
    known = Known(held, row([0, 0, 30, 0, 0, 8], [0, 0, 30, 0, 0, 4]), labs)
    own = LabDecision(**{name: np.ones(2) for name in LabDecision.__dataclass_fields__})
    asked, place = known.asked(CORE, "free", own), ROSTER.labs.index("free")
    given = {
        "wanted_h100e": [8.0, 4.0],
        "token_price_usd_per_mtoken": [start.price[place]] * 2,
        "training_share": [start.training_share[place]] * 2,
        "small_model_share": [start.small_share[place]] * 2,
    }
    assert {name: getattr(asked, name).tolist() for name in given} == given
    others = set(LabDecision.__dataclass_fields__) - set(given)
    assert others and all(getattr(asked, name) is getattr(own, name) for name in others)
