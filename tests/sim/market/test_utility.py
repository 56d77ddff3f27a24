"""What moves buyers, by hand: utility term by term."""

from __future__ import annotations

import numpy as np
import pytest

from sim.market.traits import managed_affinity, supplier_groups
from sim.roster import load_roster
from tests.sim.market.scene import (
    BUYERS,
    CORE,
    DESK,
    EXPERTS_HOME,
    FREE,
    NORTH_CHIP,
    NORTH_GPU,
    ROSTER,
    SOUTH_GPU,
    SOUTH_RIVAL,
    TIED,
    conditions,
    market,
    state,
)
from tests.small import row, small_parameters

OFF = {
    "residency_weight": 0.0, "confidentiality_weight": 0.0, "platform_convenience": 0.0, "ecosystem_strength": 0.0,
    "carbon_weight": 0.0,
    "partner_taste": 0.0, "confidentiality_gain": 0.0, "cloud_confidentiality_gain": 0.0, "sovereign_region": 0.0,
}  # fmt: skip
"""Everything that utility holds besides price and affinity, switched off."""


def utility(work_price: float = 1.0, **how: object) -> np.ndarray:
    """Utility at one price of useful work everywhere; `how`: parameters, or parts of the conditions."""
    shown = {name: how.pop(name) for name in ("taste", "ecosystem", "watts_per_h100e", "available") if name in how}
    p = small_parameters(**{**OFF, **how})
    return market(p).utility(np.full((2, 5, BUYERS), work_price), state(), conditions(p, **shown))


def test_dearer_work_is_worth_less_by_what_a_buyer_minds() -> None:
    """At e times the market's price: experts mind 1.2 times alpha, users 0.8, labs the labs' factor. Alpha is 3 and
    2."""
    found = utility(np.e, price_sensitivity=(3.0, 2.0), lab_price_sensitivity_factor=(1.5, 1.0))[:, NORTH_GPU]
    assert found == pytest.approx(row([-3.6, -2.4, -4.5, -3.6, -2.4, -4.5], [-2.4, -1.6, -2.0, -2.4, -1.6, -2.0]))


def test_managed_service_is_for_users() -> None:
    """ln of affinity: of a firm's 1.0 times 0.5 for experts and 2 for users; of a lab 0.2. Convenience goes with what
    skill lacks."""
    found = utility(platform_convenience=(0.4, 0.0))
    assert found[:, DESK] - 0.4 * np.array([[0.25, 0.75, 0.0, 0.25, 0.75, 0.5], [0.0] * 6]) == pytest.approx(
        np.log([[0.5, 2.0, 0.2, 0.5, 2.0, 0.2]] * 2)
    )
    assert found[0, NORTH_GPU] == pytest.approx(
        0.4 * np.array([0.25, 0.75, 0.0, 0.25, 0.75, 0.5])
    )  # one platform with Desk
    assert found[:, SOUTH_GPU] == pytest.approx(np.zeros((2, BUYERS)))
    assert managed_affinity(CORE, ROSTER).tolist() == [0.5, 2.0, 0.2, 0.5, 2.0, 0.2]


def test_firms_keep_data_near_and_locked_as_far_as_they_care() -> None:
    """Firms care half. North fits 0.6 away, South 0.8 at home and 0.9 away; labs do not mind. GPUs lock best (1),
    rivals half, chips a quarter; Desk counts as the chip. A gain of the rival adds to its score."""
    found = utility(residency_weight=(1.0, 2.0))
    assert found[:, NORTH_GPU] == pytest.approx(row([0, 0, 0, -0.2, -0.2, 0], [0, 0, 0, -0.4, -0.4, 0]))
    assert found[:, SOUTH_RIVAL] == pytest.approx(row([-0.1, -0.1, 0, -0.05, -0.05, 0], [-0.2, -0.2, 0, -0.1, -0.1, 0]))
    found = utility(confidentiality_weight=(0.4, 0.8), confidentiality_gain=row([0, 0.25, 0], [0, -0.5, 0]))
    firm = np.array([1, 1, 0, 1, 1, 0])
    assert found[:, NORTH_GPU] == pytest.approx(row(0.2 * firm, 0.4 * firm))
    assert found[:, SOUTH_RIVAL] == pytest.approx(row(0.15 * firm, 0.0 * firm), abs=1e-12)
    assert found[:, NORTH_CHIP] == pytest.approx(row(0.05 * firm, 0.1 * firm))
    assert found[:, DESK] - utility()[:, DESK] == pytest.approx(row(0.05 * firm, 0.1 * firm))


def test_confidence_takes_a_chip_and_a_cloud_and_a_sovereign_region_brings_a_cloud_home() -> None:
    """South loses half of its score: its rival's half is a quarter for firms, who care half. North takes away three
    quarters of its misfit abroad, in the second world all of it; South's stays."""
    found = utility(confidentiality_weight=0.4, cloud_confidentiality_gain=row([0, -0.5, 0], [-1, 0, 0]))
    firm = np.array([1, 1, 0, 1, 1, 0])
    assert found[:, SOUTH_RIVAL] == pytest.approx(row(0.05 * firm, 0.1 * firm))
    assert found[:, NORTH_GPU] == pytest.approx(row(0.2 * firm, 0.0 * firm))
    found = utility(residency_weight=1.0, sovereign_region=row([0.75, 0, 0], [1, 0, 0]))
    assert found[:, NORTH_GPU] == pytest.approx(row([0, 0, 0, -0.05, -0.05, 0], [0, 0, 0, 0, 0, 0]))
    assert found[0, SOUTH_RIVAL] == pytest.approx([-0.1, -0.1, 0, -0.05, -0.05, 0])


def test_a_stack_counts_against_the_leading_one_and_power_by_doublings() -> None:
    """ln(1 + E) is 3, 1 and 0 in units of ln 2 for ecosystems of 7, 1 and 0; the leading level is (7 x 3 + 1) / 8 =
    2.75. A chip of 1700 W costs one doubling, of 425 W saves one. Managed service hides its chip."""
    level = row([7.0, 1.0, 0.0], [7.0, 1.0, 0.0])
    found = utility(ecosystem_strength=(1.0, 2.0), ecosystem=level)
    two = np.log(2.0)
    for offer, steps in ((NORTH_GPU, 0.25), (SOUTH_GPU, 0.25), (SOUTH_RIVAL, -1.75), (NORTH_CHIP, -2.75)):
        assert found[:, offer, EXPERTS_HOME] == pytest.approx([steps * two, 2.0 * steps * two])
    green = utility(carbon_weight=(0.1, 0.3), watts_per_h100e=row([850.0, 1700.0, 425.0], [850.0, 1700.0, 425.0]))
    assert green[:, [NORTH_GPU, SOUTH_RIVAL, NORTH_CHIP], FREE] == pytest.approx(row([0, -0.1, 0.1], [0, -0.3, 0.3]))
    assert found[:, DESK] == pytest.approx(utility()[:, DESK]) and green[:, DESK] == pytest.approx(utility()[:, DESK])


def test_an_investor_is_liked_and_what_is_not_sold_is_not_chosen() -> None:
    taste = np.zeros((2, 5, BUYERS))
    taste[0, SOUTH_GPU, FREE], taste[1, SOUTH_GPU, FREE] = 0.3, -0.7
    sold = np.ones((2, 5), bool)
    sold[1, SOUTH_RIVAL] = False
    found = utility(partner_taste=row([0.5, 9.0], [-1.0, 9.0]), taste=taste, available=sold)
    assert found[:, [NORTH_GPU, SOUTH_GPU, NORTH_CHIP], TIED] == pytest.approx(row([0.5, 0.0, 0.5], [-1.0, 0.0, -1.0]))
    assert found[:, NORTH_GPU, FREE].tolist() == [0.0, 0.0] and found[:, SOUTH_GPU, FREE] == pytest.approx([0.3, -0.7])
    assert np.isneginf(found[1, SOUTH_RIVAL]).all() and np.isfinite(found[0]).all()


def test_the_four_suppliers_that_labs_lean_to() -> None:
    """AWS's own chip, GPUs that are bought with CUDA or ROCm, TPU, and all else, managed service too."""
    roster = load_roster("default")
    core = roster.sites[0]
    named = dict(zip(core.offers, supplier_groups(roster, core).argmax(axis=1).tolist(), strict=True))
    assert named["aws/trainium"] == 0 and named["aws/nvidia"] == named["azure/amd"] == 1 and named["google/tpu"] == 2
    assert {named[offer] for offer in ("neocloud/cerebras", "neocloud/graphcore", "aws/managed", "google/managed")} == {
        3
    }
    assert (supplier_groups(roster, core).sum(axis=1) == 1.0).all()
