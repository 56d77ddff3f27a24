"""What one may believe of managed service, of the labs that hold a chip, and what leaving is charged: neutral unless
set."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from experiments import scenarios
from experiments.batch import engine, runs
from experiments.batch.engine import Cell, Size
from sim.arrays import Array
from sim.errors import InputError
from sim.market.opening import of_labs
from tests.small import small_parameters, small_roster

WORLDS = 4
USED, STOCK = "trainium_top_customer_used_h100e", "trainium_installed_h100e"
LEAVING, MANAGED_USE = "cloud_leavers_per_year", "managed_share_used"


def before(**given: float) -> dict[str, Array]:
    """The quarters before the baseline, with parameters given alike in all worlds."""
    values = {name: np.full(WORLDS, value) for name, value in given.items()}
    cell = Cell(replace(scenarios.load("baseline"), quarters=1), Size(WORLDS, 1), values=values)
    return engine.played(cell, partial(runs.read_before, (USED, STOCK, LEAVING, MANAGED_USE)))


def test_labs_hold_what_is_recorded_times_the_factor_of_the_family() -> None:
    core = small_roster().sites[0]
    recorded = np.arange(1.0, 1.0 + len(core.offers) * len(core.buyers)).reshape(len(core.offers), len(core.buyers))
    p = small_parameters(anchor_factor=[[1.0, 2.0, 0.5], [1.0, 1.0, 1.0]])  # gpu, rival, chip
    held = of_labs(core, recorded, p)
    factor = {"gpu": 1.0, "rival": 2.0, "chip": 0.5, "managed": 1.0}
    for k, offer in enumerate(core.offers):
        assert held[0, k].tolist() == (recorded[k] * factor[offer.split("/")[1]]).tolist()
    assert np.array_equal(held[1], recorded)


@pytest.mark.whole
def test_a_smaller_anchor_uses_less_at_the_seam_and_none_hardly_any() -> None:
    """Without deals, which sign what they owe whatever is held."""
    whole, half, none = (before(anchor_factor_trainium=factor, deals_bind=0.0) for factor in (1.0, 0.5, 0.0))
    used = half[USED][:, -1], whole[USED][:, -1]  # where labs hold all they may of a small stock, half is not far less
    assert (used[0] < used[1]).all() and used[0].mean() < 0.85 * used[1].mean()
    assert (none[USED][:, -1] < 0.2 * half[USED][:, -1]).all()  # what a lab chooses within the last quarter
    assert half[STOCK] == pytest.approx(whole[STOCK], rel=0.02)  # stock is given but for a quarter's orders


@pytest.mark.whole
def test_more_managed_service_at_the_start_is_more_in_use_at_the_seam() -> None:
    few, many = (before(managed_share_factor=factor)[MANAGED_USE][:, -1] for factor in (0.5, 1.5))
    assert (many > few).all()


def test_leaving_costs_nothing_more_customers_leave() -> None:
    plain, free = before(), before(**{f"leaver_charge_factor_{cloud}": 0.0 for cloud in ("aws", "azure", "google")})
    assert (free[LEAVING].mean(axis=1) > plain[LEAVING].mean(axis=1)).all()


def test_what_the_opening_has_is_of_the_base() -> None:
    base = scenarios.load("baseline")
    with pytest.raises(InputError, match="anchor_factor_trainium is read only by the base"):
        base.with_changes("x", "X", {"anchor_factor_trainium": 2.0}, ()).check(scenarios.catalogue_of(base))
