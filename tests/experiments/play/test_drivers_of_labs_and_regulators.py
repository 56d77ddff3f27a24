"""Why a lab's bill and a region's welfare changed, from quarters of a few numbers: each driver's part by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from experiments.play.drivers import Turn, outcome
from tests.experiments.play.turns import Kept, told, turn

# --- lab --------------------------------------------------------------------------------------------------------------

MIX = (0.25, 0.5, 0.25, 0.0)


def lab(wanted: float = 3e3, bound: float = 100.0, used: float = 2e3, mix: tuple[float, ...] = MIX) -> Turn:
    """What it used and was billed before, $6 an H100e; bound: what it has committed beyond what ends."""
    return turn(
        SimpleNamespace(wanted_h100e=np.array([wanted, np.nan])),
        committed_h100e=bound + 50.0,
        expiring_h100e=50.0,
        used_h100e=used,
        bill_musd=6.0 * used,
        supplier_mix=list(mix),
    )


def labs_records(bill: list[float], used: list[float]) -> Any:
    return Kept(len(bill), {"lab me compute_bill_musd": bill, "lab me use_h100e": used})


ASKED = "the compute you asked for or are bound to, at the price you paid before"


@pytest.mark.parametrize(
    ("seat", "got", "expected"),
    [
        (lab(), 2e3, 18e3),
        (lab(wanted=9e3), 2e3, 24e3),  # no more than twice what it came to
        (lab(wanted=50.0), 2e3, 600.0),  # no less than it is bound to
        (lab(wanted=9e3, bound=0.5), 0.25, 12.0),  # twice one, where it came to nothing
        (lab(used=0.0), 2e3, 0.0),
    ],
)
def test_a_labs_first_quarter(seat: Turn, got: float, expected: float) -> None:
    found = outcome("lab", "me", labs_records([7e3], [got]), [seat], None)
    assert told(found) == ("a compute bill", expected, ASKED, 7e3, None, {})


def test_what_changed_a_labs_bill() -> None:
    """From 1000 H100e at $2 to 2000 at $4. AWS's chip from 250 to 1000, GPUs 500 as they were, TPU from 250 to nothing,
    others from nothing to 500. AWS: 500 to 4000, of ln 8 two thirds by number; GPUs: 1000 to 2000 by price."""
    after = SimpleNamespace(supplier_mix=np.array([[0.5, 0.25, 0.0, 0.25], [0.0, 0.0, 0.0, 0.0]]))
    kept = labs_records([9.0, 2e3, 8e3], [9.0, 1e3, 2e3])
    assert told(outcome("lab", "me", kept, [lab(), lab(), lab()], after)) == (
        "a compute bill",
        18e3,
        ASKED,
        8e3,
        2e3,
        {
            "capacity on AWS's chip": 3500.0 * 2.0 / 3.0,
            "capacity on TPU": -500.0,
            "capacity on other chips and managed service": 2e3,
            "price paid an hour": 3500.0 / 3.0 + 1e3,
        },
    )


def test_without_a_mix_a_labs_bill_is_use_and_price() -> None:
    """The last quarter of a game, and a lab that had nothing: from 1000 H100e at $2 to 2000 at $4, in halves."""
    kept = labs_records([2e3, 8e3], [1e3, 2e3])
    mix = SimpleNamespace(supplier_mix=np.array([MIX]))
    for seat, after in ((lab(), None), (lab(mix=(0.0, 0.0, 0.0, 0.0)), mix)):
        found = outcome("lab", "me", kept, [seat, seat], after)
        assert told(found)[-1] == {"compute used": 3e3, "price paid an hour": 3e3}
    for used in ([0.0, 2e3], [1e3, 0.0]):
        assert told(outcome("lab", "me", labs_records([2e3, 8e3], used), [lab(), lab()], None))[-1] == {}


# --- regulator --------------------------------------------------------------------------------------------------------


def region(**figures: list[float]) -> Any:
    names = ("buyer_surplus_musd", "entry_value_musd", "error_cost_musd", "legitimacy_cost_musd", "compute_bill_musd")
    figures = dict(zip(names, figures.values(), strict=True))
    return Kept(len(figures[names[0]]), {f"regulator me {name}": series for name, series in figures.items()})


def test_what_changed_a_regions_welfare() -> None:
    """The bill from 100 to 200; buyers gain 0.5 and then 0.7 of a dollar, an open market 0.2 and then 0.1 of it."""
    kept = region(
        surplus=[9.0, 50.0, 140.0],
        entry=[9.0, 20.0, 20.0],
        errors=[9.0, 3.0, 4.0],
        steps=[9.0, 2.0, 7.0],
        bill=[9.0, 100.0, 200.0],
    )
    assert told(outcome("regulator", "me", kept, [turn()] * 3, None)) == (
        "welfare in your region",
        55.0,
        "as the quarter before",
        139.0,
        55.0,
        {
            "more compute bought": 100.0 * (0.6 + 0.5 * 0.15),
            "what buyers get for a dollar": 150.0 * 0.2,
            "openness of the market": 0.5 * 150.0 * -0.1,
            "errors and steps without evidence": -6.0,
        },
    )


def test_a_regulators_first_quarter_and_a_region_that_bought_nothing() -> None:
    first = region(surplus=[50.0], entry=[20.0], errors=[3.0], steps=[2.0], bill=[100.0])
    assert told(outcome("regulator", "me", first, [turn()], None)) == (
        "welfare in your region",
        None,
        "",
        55.0,
        None,
        {},
    )
    none = region(surplus=[5.0, 50.0], entry=[4.0, 20.0], errors=[0.0, 0.0], steps=[0.0, 0.0], bill=[0.0, 100.0])
    assert told(outcome("regulator", "me", none, [turn()] * 2, None))[-1] == {
        "more compute bought": 100.0 * (0.25 + 0.5 * 0.1),
        "what buyers get for a dollar": 50.0 * 0.5,
        "openness of the market": 0.5 * 50.0 * 0.2,
    }
