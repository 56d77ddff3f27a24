"""Who uses what, and what owners learn from it, by hand on the small roster."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sim.market.use import Use, called_for
from tests.sim.market.scene import ROSTER
from tests.small import row, small_parameters


def test_before_the_first_quarter_use_is_what_is_booked() -> None:
    """North keeps a quarter of its GPUs' bookings for itself, House all of its own; in the second world half as much
    stands."""
    share, installed = (
        row([0.9, 0.8, 0.9, 0.5, 0.9, 0.8, 0.0], [0.9, 0.8, 0.9, 0.5, 0.9, 0.8, 0.0]),
        np.full((2, 7), 100.0),
    )
    found = Use.booked(ROSTER, share, installed * np.array([[1.0], [0.5]]))
    assert found.own == pytest.approx(row([22.5, 0, 0, 0, 90, 0, 0], [11.25, 0, 0, 0, 45, 0, 0]))
    assert found.rented == pytest.approx(row([67.5, 80, 90, 50, 0, 80, 0], [33.75, 40, 45, 25, 0, 40, 0]))
    assert found.total == pytest.approx(found.own + found.rented)


def outcomes() -> tuple[SimpleNamespace, SimpleNamespace]:
    core = SimpleNamespace(
        direct_use_by_pool=row([40, 20, 50, 5], [10, 0, 0, 0]),
        managed_use_by_pool=row([6, 4, 0, 0], [0, 3, 0, 0]),
        committed_by_pool=row([60, 30, 70, 10], [12, 5, 0, 0]),
        sought_long_run=row([20, 10, 8, 4], [3, 0, 0, 0]),
        clearing=SimpleNamespace(pool_quantity=row([10, 5, 0, 12], [2, 0, 0, 0])),
    )
    edge = SimpleNamespace(
        direct_use_by_pool=row([7, 1], [0, 2]),
        managed_use_by_pool=np.zeros((2, 2)),
        committed_by_pool=row([8, 2], [0, 2]),
        sought_long_run=row([4, 2], [0, 8]),
        clearing=SimpleNamespace(pool_quantity=row([2, 0], [0, 2])),
    )
    return core, edge


def test_use_adds_up_by_pool_owner_and_family() -> None:
    """Rented: direct and managed at the core, direct at the edge; North has three pools and the edge's two, GPUs stand
    at four places."""
    own = row([5, 0, 0, 0, 80, 0, 0], [1, 0, 0, 0, 0, 0, 0])
    found = Use.of(ROSTER, outcomes(), own)  # type: ignore[arg-type]
    assert found.rented.tolist() == [[46, 24, 50, 5, 0, 7, 1], [10, 3, 0, 0, 0, 0, 2]]
    assert found.by_owner(ROSTER).tolist() == [[83, 55, 80], [16, 0, 0]]
    assert found.rented_by_owner(ROSTER).tolist() == [[78, 55, 0], [15, 0, 0]]
    assert found.by_family(ROSTER).tolist() == [[188, 5, 25], [11, 0, 5]]


def test_what_demand_calls_for_is_live_sought_and_own_over_the_use_aimed_at() -> None:
    """North's GPUs: 60 booked, 10 of them this quarter, 20 sought at cost and 10 wanted by the owner: 80 of 0.8. More
    signed than booked counts as nothing live. Booked is what is committed and in own use."""
    p = small_parameters(target_utilisation=(0.8, 0.5))
    own_used, own_wanted = (
        row([8, 0, 0, 0, 72, 0, 0], [0, 0, 0, 0, 0, 0, 0]),
        row([10, 2, 0, 0, 80, 0, 0], [0, 1, 0, 0, 4, 0, 0]),
    )
    target, booked = called_for(ROSTER, outcomes(), own_used, own_wanted, p)  # type: ignore[arg-type]
    assert target == pytest.approx(row([100, 46.25, 97.5, 5, 100, 12.5, 5], [26, 12, 0, 0, 8, 0, 16]))
    assert booked == pytest.approx(row([68, 30, 70, 10, 72, 8, 2], [12, 5, 0, 0, 0, 0, 2]))
