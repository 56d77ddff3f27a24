"""What regulators watch and firms feel, by hand on the small roster: signals, complaints, rules in force, fines."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from sim.enforcement import conduct
from sim.enforcement.cases import lead
from sim.enforcement.chance import Draws
from sim.enforcement.state import Agencies, Cases
from sim.market.use import Use
from sim.remedies import REMEDIES
from tests.small import row, small_parameters, small_roster, small_rules

ROSTER = small_roster()
TIED, FREE = ROSTER.lab_buyers
BANNED = REMEDIES.index("self_preferencing_ban")
DUTY = REMEDIES.index("interoperability_duty")


def use(*rented: list[float], own: float = 0.0) -> Use:
    """Rented use by pool, and House's own."""
    amount, mine = row(*rented), np.zeros((2, 7))
    mine[:, 4] = own
    return Use(mine, amount, amount + mine)


EVEN = use([30, 20, 40, 10, 0, 0, 0], [30, 20, 40, 10, 0, 0, 0])
"""North 50, South 50; GPUs 70, rivals 10, chips 20."""


def signal(**changes: Any) -> np.ndarray:
    """Signals by theory of both regulators, at home and away: (worlds, regulators, theories)."""
    parameters = changes.pop("p", {})
    p = small_parameters(
        **{
            "own_silicon_bonus": 0.0,
            "egress_cost_years": 0.0,
            "investor_tie_share": row([0, 0], [0, 0]),
            "implementation_quality": 1.0,
            **parameters,
        }
    )
    rules = small_rules(p, **changes.pop("rules", {}))
    used = np.zeros((2, 5, 6))
    used[:, 0, TIED], used[:, 1, FREE], used[:, 0, 0] = [60.0, 20.0], [40.0, 60.0], 500.0
    vendors = {
        "openness": np.ones((2, 3)),
        "loyalty_rebate": np.zeros((2, 3)),
        "strategic_allocation": np.zeros((2, 3)),
    }
    decided: Any = SimpleNamespace(
        clouds=SimpleNamespace(exit_fee_years=changes.pop("exit_fee_years", np.zeros((2, 3)))),
        vendors=SimpleNamespace(**{**vendors, **changes}),
    )
    core: Any = SimpleNamespace(used=used)
    return conduct.signals(ROSTER, rules, EVEN, core, decided, p)


def test_self_preference_is_the_bonus_that_rules_leave() -> None:
    """Bonuses of 0.8 and 0.4 utils; a ban at half strength at home halves them there."""
    found = signal(p={"own_silicon_bonus": (0.8, 0.4)}, rules={"self_preferencing_ban": row([0.5, 0.0], [0.5, 0.0])})
    assert found[..., 0] == pytest.approx(np.tanh(row([0.4, 0.8], [0.2, 0.4]))) and not found[..., 1:].any()


def test_fees_count_by_what_clouds_rent_out_over_a_tenth_and_a_half_of_a_year() -> None:
    """North and South rent out as much: 0.03 and 0.09 years are 0.06, and 0.045 of egress: 0.7 of the scale. A cap on
    fees of 40 % at home leaves 0.42; the region's own factors double the exit fee away in the second world, where
    nothing is capped."""
    p = {"egress_cost_years": 0.045, "exit_fee_factor": row([1, 1], [1, 2]), "egress_factor": row([1, 1], [1, 0])}
    found = signal(
        p=p,
        exit_fee_years=row([0.03, 0.09, 9.0], [0.03, 0.09, 9.0]),
        rules={"switching_fee_ban": row([0.4, 0.0], [0.0, 0.0])},
    )
    assert found[..., 3] == pytest.approx(row([0.42, 0.7], [0.7, 0.8]))
    assert signal(p={"egress_cost_years": 3.0})[..., 3] == pytest.approx(np.full((2, 2), 1.5))


def test_tying_is_the_leading_merchants_share_times_its_terms() -> None:
    """GPUs have 70 % of use: half closed, a rebate of a tenth, largest first by a half: 0.3 + 0.4 + 0.25. The chip is
    closed, but not for sale; the rival has a tenth of use. In the second world only the rival has terms."""
    found = signal(
        openness=row([0.5, 1, 0], [1, 0, 0]),
        loyalty_rebate=row([0.1, 0, 0.3], [0, 0.2, 0.3]),
        strategic_allocation=row([0.5, 0, 1], [0, 1, 1]),
    )
    assert found[..., 1] == pytest.approx(row([0.665, 0.665], [0.19, 0.19]))


def test_ties_are_what_labs_owe_their_investors_of_what_labs_use_doubled() -> None:
    """30 % of the tied lab's 60 of 100, doubled; a ban at home leaves a quarter. Of 20 of 80 in the second world. Firms
    do not count."""
    found = signal(
        p={"investor_tie_share": row([0.3, 0.9], [0.3, 0.9])}, rules={"exclusivity_ban": row([0.75, 0.0], [0.0, 0.0])}
    )
    assert found[..., 2] == pytest.approx(row([0.09, 0.36], [0.15, 0.15]))


# --- complaints and monitoring ----------------------------------------------------------------------------------------


def test_complaints_come_with_dominance_concentration_and_conduct() -> None:
    """Clouds are even: a lead of 0.5 is 0.1 over 0.4, an index of 5000 is 3.2 thousand over 1800: 0.6 + 0.8 of lift,
    and 0.75 for a signal of 1. For tying chips count: GPUs 0.7, an index of 5400: 1.8 + 0.9. Somebody complains where
    the draw is below the chance."""
    signs = np.zeros((2, 2, 4))
    signs[1] = 1.0
    p, odds = small_parameters(complaint_hazard=(0.03, 0.1)), np.log(np.array([0.03, 0.1]) / np.array([0.97, 0.9]))
    by_clouds, by_chips = expit(odds + 1.4 + np.array([0.0, 0.75])), expit(odds + 2.7 + np.array([0.0, 0.75]))
    chance = np.repeat(np.stack([by_clouds, by_chips, by_clouds, by_clouds], axis=1)[:, None], 2, axis=1)
    assert (conduct.complaints(ROSTER, signs, EVEN, chance - 1e-9, p) == 1.0).all()
    assert not conduct.complaints(ROSTER, signs, EVEN, chance + 1e-9, p).any()
    assert lead(row([3, 1, 0], [0, 0, 0])).tolist() == [0.75, 0.0]


def test_monitoring_is_noisy_and_an_order_halves_the_noise() -> None:
    """A signal of 0.5 and a draw of 1: 0.5 + 0.35, or 0.5 + 0.175 from screening on; never below nothing."""
    cases = replace(Cases.none(2, 2), stage=np.array([[[0, 1, 2, 0]] * 2] * 2, dtype=float))
    signs, noise = np.full((2, 2, 4), 0.5), np.full((2, 2, 4), 1.0)
    noise[..., 3] = -9.0
    draws = Draws(noise, *[np.ones((2, 2, 4))] * 4)
    p = small_parameters(evidence_rate=(0.1, 0.2), evidence_decay=0.0)
    found = conduct.watch(ROSTER, cases, signs, EVEN, draws, p)
    assert (
        found.seen == pytest.approx(np.broadcast_to([0.85, 0.675, 0.675, 0.0], (2, 2, 4))) and not found.complaint.any()
    )
    assert found.evidence[:, 0] == pytest.approx(np.array([[0.1], [0.2]]) * [0.85 * 0.6, 0.675, 0.675 * 1.8, 0.0])


# --- rules and fines --------------------------------------------------------------------------------------------------


def test_rules_in_force_are_law_as_enforced_and_what_cases_have_won() -> None:
    """Law dates a ban at 0.6 in both regions; the guard away enforces 0.2 of it. A case of the watch has put a duty in
    force at 0.8, one of the guard is decided at 0.5. Firms see that coming, and a dated ban at full strength; they
    concede half of what is announced."""
    law = np.zeros((2, 2, len(REMEDIES)))
    law[..., BANNED] = 0.6
    enforced, coming, blank = law.copy(), law.copy(), Cases.none(2, 2)
    enforced[:, 1, BANNED], coming[1, :, BANNED] = 0.2, 1.0
    stage, strength, remedy = blank.stage.copy(), blank.strength.copy(), np.full((2, 2, 4), float(DUTY))
    stage[:, 0, 1], strength[:, 0, 1], stage[:, 1, 1], strength[:, 1, 1] = 5.0, 0.8, 4.0, 0.5
    cases = replace(blank, stage=stage, strength=strength, remedy=remedy)
    p = small_parameters(deterrence=0.0, anticipation=0.5, implementation_quality=1.0, interoperability_effect=1.0)
    found = conduct.in_force(ROSTER, cases, Agencies.of(ROSTER, 0), conduct.Law(law, coming, enforced), p)
    assert found.strength[..., BANNED] == pytest.approx(row([0.6, 0.2], [0.6, 0.2])) and found.strength[
        ..., DUTY
    ] == pytest.approx(row([0.8, 0], [0.8, 0]))
    assert found.announced[..., BANNED] == pytest.approx(row([0.6, 0.6], [1, 1])) and found.announced[
        ..., DUTY
    ] == pytest.approx(row([0.8, 0.5], [0.8, 0.5]))
    rules = found.rules(p)
    assert rules.own_silicon_bonus_factor == pytest.approx(
        1.0 - row([0.6, 0.4], [0.8, 0.6])
    ) and rules.porting_factor == pytest.approx(row([0.2, 0.75], [0.2, 0.75]))


def test_a_fine_falls_on_clouds_of_the_region_or_on_the_leading_merchant() -> None:
    """A year is four quarters. The watch at home fines 10 % in a case on fees; the guard away 5 % in one on tying, due
    from makers of GPUs for the 30 of 120 that buyers away pay. In the second world it is the other way round, and
    rivals lead."""
    core, edge = np.zeros((2, 5, 6)), np.zeros((2, 2, 4))
    core[:, 0, 0], core[:, 1, FREE], edge[:, 0, 3] = 90.0, 20.0, 10.0
    cases = replace(Cases.none(2, 2), fine_share=row([0.1, 0.05], [0.1, 0.05]), fine_theory=row([3, 1], [1, 3]))
    led = use([30, 20, 40, 10, 0, 0, 0], [0, 80, 5, 60, 0, 0, 0], own=20.0)
    found = conduct.fines(
        ROSTER, cases, led, (SimpleNamespace(bill_musd_per_hour=core), SimpleNamespace(bill_musd_per_hour=edge))
    )  # type: ignore[arg-type]
    assert found.cloud_share == pytest.approx(row([0.4, 0.0], [0.0, 0.2]))
    assert found.vendor_share == pytest.approx(row([0.2 * 30 / 120, 0, 0], [0, 0.4 * 90 / 120, 0]))
