"""What is known of labs before an opening, by hand: between two dates, and what others hold beside it."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim import prelude
from sim.decisions import LabDecision
from sim.market.contracts import Book
from sim.market.offers import usual_terms
from sim.prelude import Known, as_recorded, held_onward, recorded
from sim.quarters import ordinal
from tests.sim.market.scene import (
    BUYERS,
    CORE,
    DESK,
    EXPERTS_HOME,
    FREE,
    NORTH_CHIP,
    NORTH_GPU,
    OFFERS,
    ROSTER,
    SOUTH_GPU,
    SOUTH_RIVAL,
    TIED,
    USERS_AWAY,
    cohorts,
    state,
)
from tests.small import row, small_parameters

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
    assert held_onward(g, CORE, now, origin)[SOUTH_GPU, TIED] == pytest.approx(800.0)
    assert held_onward(g, CORE, now, origin)[NORTH_GPU, TIED] == pytest.approx(80.0)
    assert np.array_equal(held_onward(g, CORE, now - 1, origin), recorded(CORE, now - 1, origin))


def test_only_labs_by_name_are_known(anchors: None) -> None:
    held = known_in("2024Q4")
    assert held.shape == (OFFERS, BUYERS)
    assert {tuple(place) for place in np.argwhere(held > 0.0)} == {(SOUTH_GPU, TIED), (NORTH_GPU, TIED)}


def played(*held: tuple[int, int, int, float, float], known: dict[tuple[int, int], float], **changes: Any) -> Any:
    """A site with such cohorts (the second world has twice as much) after labs are as they are known."""
    figures = np.zeros((OFFERS, BUYERS))
    for place, h100e in known.items():
        figures[place] = h100e
    before = state(cohorts(*held, worlds=(1.0, 2.0)), **changes)
    return before, as_recorded(ROSTER, CORE, before, np.stack([figures] * 2), small_parameters())


def test_labs_hold_what_is_known_and_others_the_rest() -> None:
    """40 in all: the lab has 20 instead of 10; those who had 20 and 10 share what is left."""
    held = (
        (NORTH_GPU, TIED, 2, 10.0, 3.0),
        (NORTH_GPU, EXPERTS_HOME, 1, 20.0, 4.0),
        (NORTH_GPU, USERS_AWAY, 3, 10.0, 2.0),
    )
    before, after = played(*held, known={(NORTH_GPU, TIED): 20.0})
    live = after.book.live()[:, NORTH_GPU]
    assert live[0, [TIED, EXPERTS_HOME, USERS_AWAY]] == pytest.approx([20.0, 40.0 / 3.0, 20.0 / 3.0])
    assert live[1, [TIED, EXPERTS_HOME, USERS_AWAY]] == pytest.approx([20.0, 40.0, 20.0])
    assert after.book.live().sum(axis=2) == pytest.approx(before.book.live().sum(axis=2))
    one = after.book.capacity_h100e[0, NORTH_GPU]
    assert one[TIED, 1] == pytest.approx(20.0) and one[EXPERTS_HOME, 0] == pytest.approx(40.0 / 3.0)
    assert after.book.hourly_usd[0, NORTH_GPU, TIED, 1] == pytest.approx(60.0)


def test_labs_hold_four_fifths_of_an_offer_at_most() -> None:
    """Of 50, labs who are said to have 160 get 40 by what is said of each: 25 and 15. Nobody else's total changes."""
    held = ((SOUTH_GPU, TIED, 2, 10.0, 3.0), (SOUTH_GPU, EXPERTS_HOME, 1, 40.0, 4.0))
    _, after = played(*held, known={(SOUTH_GPU, TIED): 100.0, (SOUTH_GPU, FREE): 60.0})
    live = after.book.live()[:, SOUTH_GPU]
    assert live[0, [TIED, FREE, EXPERTS_HOME]] == pytest.approx([25.0, 15.0, 10.0])
    assert live[1, [TIED, FREE, EXPERTS_HOME]] == pytest.approx([50.0, 30.0, 20.0])


def test_a_lab_that_is_new_to_an_offer_pays_what_others_pay_there_and_for_its_usual_term() -> None:
    """20 at 4 and 20 at 2: 3 on average, whatever the lab signs; cohorts of a market that grew by 12 % a quarter."""
    held = ((SOUTH_GPU, EXPERTS_HOME, 1, 20.0, 4.0), (SOUTH_GPU, USERS_AWAY, 1, 20.0, 2.0))
    _, after = played(*held, known={(SOUTH_GPU, FREE): 8.0})
    capacity, bill = after.book.capacity_h100e[0, SOUTH_GPU, FREE], after.book.hourly_usd[0, SOUTH_GPU, FREE]
    term = int(usual_terms(ROSTER, CORE, small_parameters())[0, FREE])
    assert np.flatnonzero(capacity).tolist() == list(range(term))
    assert bill == pytest.approx(3.0 * capacity) and capacity.sum() == pytest.approx(8.0)
    assert capacity[1:term] / capacity[: term - 1] == pytest.approx(np.full(term - 1, 1.12))


def test_managed_service_is_played_and_so_is_an_offer_that_labs_alone_hold() -> None:
    """Nothing is known of what runs behind a service; where nobody else could take the rest, labs keep what they
    have."""
    held = ((DESK, TIED, 2, 10.0, 3.0), (DESK, EXPERTS_HOME, 2, 5.0, 3.0), (SOUTH_RIVAL, TIED, 1, 12.0, 2.0))
    before, after = played(*held, known={(DESK, TIED): 3.0, (SOUTH_RIVAL, TIED): 5.0})
    assert np.array_equal(after.book.live(), before.book.live())
    assert after.managed_mix is before.managed_mix


def test_an_offer_that_nobody_holds_stays_empty() -> None:
    _, after = played((NORTH_GPU, EXPERTS_HOME, 1, 5.0, 1.0), known={(NORTH_CHIP, TIED): 30.0})
    assert (after.book.live()[:, NORTH_CHIP] == 0.0).all() and np.isfinite(after.book.hourly_usd).all()


def test_no_lab_waits() -> None:
    waits = np.ones((2, BUYERS, CORE.incumbents))
    _, after = played((NORTH_GPU, EXPERTS_HOME, 1, 5.0, 1.0), known={}, waiting=waits, displaced=2.0 * waits)
    labs = CORE.buyer_lab >= 0
    assert (after.waiting[:, labs] == 0.0).all() and (after.displaced[:, labs] == 0.0).all()
    assert (after.waiting[:, ~labs] == 1.0).all() and (after.displaced[:, ~labs] == 2.0).all()


def test_a_lab_asks_for_what_it_is_known_to_have_had() -> None:
    """In use terms, in both worlds; what else it decides is its own."""
    held = np.zeros((OFFERS, BUYERS))
    known = Known(held, row([0, 0, 30, 0, 0, 8], [0, 0, 30, 0, 0, 4]), SimpleNamespace())  # type: ignore[arg-type]
    own = LabDecision(
        **{
            name: np.ones(2)
            for name in ("wanted_h100e", *(f for f in LabDecision.__dataclass_fields__ if f != "wanted_h100e"))
        }
    )
    asked = known.asked(CORE, "free", own)
    assert asked.wanted_h100e.tolist() == [8.0, 4.0]
    others = [name for name in LabDecision.__dataclass_fields__ if name != "wanted_h100e"]
    assert others and all(getattr(asked, name) is getattr(own, name) for name in others)


def test_a_book_of_nothing_is_rescaled_to_nothing() -> None:
    empty = cohorts()
    new = prelude.rescaled(empty, np.zeros((2, OFFERS, BUYERS)), np.full((2, BUYERS), 4.0))
    assert isinstance(new, Book) and not new.capacity_h100e.any() and not new.hourly_usd.any()
