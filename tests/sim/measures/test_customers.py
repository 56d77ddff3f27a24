"""Customers that leave a cloud are counted by their number."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from sim.measures import customers
from sim.state import Given, Quarter
from tests.small import TABLES, small_roster

ROSTER = small_roster()
CORE = ROSTER.sites[0]


def quarter(ran: dict[str, float], gone: dict[str, float], over: float = 0.0) -> Quarter:
    """One world in which some buyers used something (half of it in commitments that ended) and part of it moved."""
    buyers = list(CORE.buyers)
    live, returning = np.zeros((1, len(CORE.offers), len(buyers))), np.zeros((1, len(buyers), CORE.incumbents))
    switched = np.zeros((1, len(buyers)))
    for name, used in ran.items():
        live[0, 0, buyers.index(name)] = 0.5 * used * (1.0 + over)
        returning[0, buyers.index(name), 0] = 0.5 * used
        switched[0, buyers.index(name)] = gone.get(name, 0.0)
    outcome = SimpleNamespace(
        frozen=SimpleNamespace(live=live), seekers=SimpleNamespace(returning=returning), switched=switched
    )
    opened = SimpleNamespace(p=SimpleNamespace(overcommitment=np.full(1, over)))
    return cast(Quarter, SimpleNamespace(outcomes=(outcome,), opened=opened))


def yearly(roster: Any, played: Quarter) -> float:
    return float(customers.leavers(cast(Given, SimpleNamespace(roster=roster)), played)[0])


def test_customers_are_shared_out_over_types_and_a_lab_is_one() -> None:
    # 100 firms: 60 at home, 40 away; a quarter of them experts
    count = dict(zip(CORE.buyers, customers.customers(CORE, ROSTER), strict=True))
    assert count == pytest.approx(
        {"firms-home-experts": 15, "firms-home-users": 45, "firms-away-experts": 10, "firms-away-users": 30, "tied": 1}
        | {"free": 1}
    )


def test_a_tenth_of_one_type_and_half_of_a_lab() -> None:
    # users at home: 10 of 100 leave in a quarter, 1 - 0.9^4 = 0.3439 of 45; the lab: 1 - 0.5^4 = 0.9375 of 1;
    # experts away (10 of them) stay; nobody else uses anything: (45 x 0.3439 + 0.9375) / 56
    ran = {"firms-home-users": 100.0, "tied": 1000.0, "firms-away-experts": 10.0}
    played = quarter(ran, {"firms-home-users": 10.0, "tied": 500.0}, over=0.25)
    assert yearly(ROSTER, played) == pytest.approx((45 * 0.3439 + 0.9375) / 56)


def test_compute_does_not_count_and_only_the_ratio_of_numbers_does() -> None:
    small = quarter({"firms-home-users": 1.0, "firms-away-users": 5.0}, {"firms-home-users": 0.5})
    large = quarter({"firms-home-users": 900.0, "firms-away-users": 5.0}, {"firms-home-users": 450.0})
    assert yearly(ROSTER, small) == yearly(ROSTER, large) > 0.0
    rows = tuple({**row, "customers": str(7 * float(row["customers"]))} for row in ROSTER.tables["segments"])
    more = replace(ROSTER, tables={**ROSTER.tables, "segments": rows})
    assert yearly(more, small) == pytest.approx(yearly(ROSTER, small), rel=1e-12)


def test_nobody_uses_anything_and_nobody_leaves() -> None:
    assert "customers" in TABLES["segments"]
    assert yearly(ROSTER, quarter({}, {})) == 0.0
    assert yearly(ROSTER, quarter({"free": 3.0}, {"free": 3.0})) == 1.0
