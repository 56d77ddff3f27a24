"""What each strategy of a regulator does with easy cases, by hand: steps, theories, remedies, fines, in two worlds that
differ."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.strategies.regulator import (
    ByTheDocket,
    CommitmentsFirst,
    EnforcementFirst,
    EvidenceFirst,
    HandsOff,
    farthest,
    looking_at,
    remedy_for,
)
from agents.strategies.regulator_bots import NoviceRegulator, SkilledRegulator
from sim.contract import RegulatorBriefing
from sim.remedies import REMEDIES
from tests.agents.briefs import LAW, MARKET, filled, two

NONE, ORDER, OPEN, CHARGE, REMEDY = range(5)
PREFERRING, TYING, PARTNERS, FEES = range(4)
FITS = [
    REMEDIES.index(name)
    for name in ("self_preferencing_ban", "interoperability_duty", "exclusivity_ban", "switching_fee_ban")
]
"""The remedy that fits each theory of harm."""


def cases(possible: dict[tuple[int, int, int], bool], **changes: Any) -> RegulatorBriefing:
    """What is possible: (world, theory, step). Evidence is strongest on fees in the first world, on tying in the
    second."""
    blocked = np.full((2, 4, 5), 3.0)
    for place in possible:
        blocked[place] = 0.0
    known: dict[str, Any] = {
        "scheduled_strength": LAW,
        "stage": np.zeros((2, 4)),
        "stage_quarters": np.zeros((2, 4)),
        "not_possible": blocked,
        "evidence_over_proof": two([0.2, 0.4, 0.1, 0.9], [0.5, 1.2, 0.3, 0.1]),
        "signal_seen": two([0.1, 0.3, 0, 0.4], [0, 0, 0, 0]),
    }
    return filled(RegulatorBriefing, **{**known, **changes})


def on(*places: tuple[int, int, int]) -> dict[tuple[int, int, int], bool]:
    return dict.fromkeys(places, True)


def decided(strategy: Any, own: RegulatorBriefing, quarter: int = 2) -> Any:
    found = strategy.decide(own, replace(MARKET, quarter=quarter))
    assert found.theory.shape == (2,)
    return found


# --- parts ------------------------------------------------------------------------------------------------------------


def test_the_first_step_that_is_possible_on_the_case_with_most_evidence() -> None:
    """A remedy goes before a charge; of two charges that on fees has more evidence. What is not possible does not
    count, and where nothing is there is no step."""
    own = cases(on((0, TYING, CHARGE), (0, FEES, CHARGE), (0, PREFERRING, REMEDY), (1, TYING, OPEN)))
    step, theory = farthest(own, (REMEDY, CHARGE))
    assert (step.tolist(), theory.tolist()) == ([REMEDY, NONE], [PREFERRING, 0])
    step, theory = farthest(own, (CHARGE, OPEN))
    assert (step.tolist(), theory.tolist()) == ([CHARGE, OPEN], [FEES, TYING])
    assert remedy_for(np.arange(4.0)).tolist() == FITS


def test_attention_goes_by_weight_and_is_even_where_there_is_none() -> None:
    assert looking_at(two([1, 3, 0, 4], [0, 0, 0, 0])).tolist() == [[0.125, 0.375, 0, 0.5], [0.25] * 4]


# --- kinds ------------------------------------------------------------------------------------------------------------


def test_the_default_enforces_what_law_dates_and_one_lets_it_rest() -> None:
    own = cases(on((0, FEES, REMEDY)))
    docket, rests = decided(ByTheDocket(), own), decided(HandsOff(), own)
    assert np.array_equal(docket.remedy_strength, LAW) and not docket.step.any() and not docket.signal.any()
    assert not rests.remedy_strength.any() and not rests.step.any() and rests.signal.tolist() == [2, 2]


def test_one_takes_whatever_step_is_possible_and_fines() -> None:
    """A remedy on fees with its fine, at the strength that is set; in the second world an order on tying without
    one."""
    own = cases(on((0, FEES, REMEDY), (0, TYING, CHARGE), (1, TYING, ORDER), (1, FEES, ORDER)))
    found = decided(EnforcementFirst(strength=0.9, fine_share=0.05), own)
    assert found.step.tolist() == [REMEDY, ORDER] and found.theory.tolist() == [FEES, TYING]
    assert found.remedy.tolist() == [FITS[FEES], FITS[TYING]] and found.strength.tolist() == [0.9, 0.9]
    assert found.fine_share.tolist() == [0.05, 0.0] and found.signal.tolist() == [1, 1]
    assert found.attention == pytest.approx(two([0.125, 0.375, 0, 0.5], [0.25] * 4))
    assert np.array_equal(found.remedy_strength, LAW) and not found.accept_commitments.any()
    assert decided(EnforcementFirst(), own).strength.tolist() == [1, 1]
    assert decided(EnforcementFirst(), own).fine_share.tolist() == [0.02, 0]


def test_one_follows_a_single_case_until_proof_would_stand() -> None:
    """In the first world proof on fees is 0.9 of 1.15 wanted: no remedy yet, and no new order while a case runs. In the
    second it is 1.2 on tying. Attention stays with the strongest case that runs, not with what has most evidence."""
    own = cases(on((0, FEES, REMEDY), (0, TYING, ORDER), (1, TYING, REMEDY)), stage=two([0, 2, 0, 3], [0, 3, 0, 0]))
    found = decided(EvidenceFirst(), own)
    assert found.step.tolist() == [NONE, REMEDY] and found.theory.tolist() == [FEES, TYING]
    assert found.strength.tolist() == [0.7, 0.7] and found.share_evidence.tolist() == [1, 1]
    assert found.attention == pytest.approx(0.025 + 0.9 * np.eye(4)[[FEES, TYING]])
    assert decided(EvidenceFirst(margin=0.9), own).step.tolist() == [REMEDY, REMEDY]
    # Decided cases are done: nothing runs, and it looks at what has most evidence and asks for information there.
    rests = cases(
        on((0, TYING, ORDER), (0, FEES, ORDER), (1, PREFERRING, ORDER)), stage=two([4, 0, 5, 0], [0, 4, 4, 0])
    )
    found = decided(EvidenceFirst(), rests)
    assert found.step.tolist() == [ORDER, ORDER] and found.theory.tolist() == [FEES, PREFERRING]
    assert found.attention.argmax(axis=1).tolist() == [FEES, TYING]
    running = decided(EvidenceFirst(), cases(on((0, FEES, ORDER)), stage=two([1, 0, 0, 0], [0, 0, 2, 0])))
    assert running.step.tolist() == [NONE, NONE] and running.attention.argmax(axis=1).tolist() == [PREFERRING, PARTNERS]


def test_one_charges_in_order_to_settle_and_imposes_after_long_refusal() -> None:
    """Charged for more than six quarters without an offer, and a remedy is possible: the first such case. At six it
    waits and takes the next step elsewhere."""
    own = cases(
        on(
            (0, FEES, REMEDY),
            (0, PARTNERS, REMEDY),
            (0, TYING, OPEN),
            (1, FEES, REMEDY),
            (1, TYING, OPEN),
            (1, PARTNERS, CHARGE),
        ),
        stage=two([0, 1, 3, 3], [0, 1, 2, 3]),
        stage_quarters=two([0, 9, 7, 8], [0, 9, 9, 6]),
    )
    found = decided(CommitmentsFirst(), own)
    assert found.step.tolist() == [REMEDY, CHARGE] and found.theory.tolist() == [PARTNERS, PARTNERS]
    assert found.remedy.tolist() == [FITS[PARTNERS]] * 2 and found.strength.tolist() == [0.6, 0.6]
    assert (
        found.accept_commitments.tolist() == [1, 1] and found.signal.tolist() == [1, 1] and not found.fine_share.any()
    )
    assert found.attention[0] == pytest.approx(np.array([0.25, 0.45, 0.15, 0.95]) / 1.8)
    early = decided(CommitmentsFirst(patience_quarters=9.0), own)
    assert early.step.tolist() == [OPEN, CHARGE] and early.theory.tolist() == [TYING, PARTNERS]


# --- bots -------------------------------------------------------------------------------------------------------------


def test_a_novice_asks_for_the_next_step_of_each_theory_in_turn() -> None:
    """In the sixth quarter partnerships: charged, so a remedy; screened, so opened. Structural separation in full, with
    a tenth of a year's revenue."""
    own = cases({}, stage=two([0, 0, 3, 0], [0, 2, 1, 0]))
    found = decided(NoviceRegulator(), own, quarter=6)
    assert found.theory.tolist() == [PARTNERS, PARTNERS] and found.step.tolist() == [REMEDY, OPEN]
    assert found.strength.tolist() == [1, 1] and found.fine_share.tolist() == [0.1, 0.1]
    assert found.remedy.tolist() == [REMEDIES.index("structural_separation")] * 2
    assert decided(NoviceRegulator(), own, quarter=5).step.tolist() == [OPEN, CHARGE]
    assert decided(NoviceRegulator(), own, quarter=8).theory.tolist() == [PREFERRING, PREFERRING]


def test_a_skilled_regulator_works_the_cases_that_it_weighs() -> None:
    """Tying weighs 0.05: left alone, however strong. Fees have proof of 0.9: not 1.0, so no remedy; at a margin of 0.9
    there is. Attention goes by weight and by proof up to one, on top of a fifth."""
    skilled = SkilledRegulator(
        preferring=1.0, tying=0.05, partnerships=0.5, exit_fees=0.4, strength=0.3, margin=1.0, settle=0.51
    )
    own = cases(on((0, TYING, REMEDY), (0, FEES, REMEDY), (1, TYING, REMEDY), (1, PARTNERS, OPEN), (1, FEES, OPEN)))
    found = decided(skilled, own)
    assert found.step.tolist() == [NONE, OPEN] and found.theory.tolist() == [FEES, PARTNERS]
    assert found.remedy.tolist() == [FITS[FEES], FITS[PARTNERS]] and found.strength.tolist() == [0.3, 0.3]
    first, second = np.array([0.4, 0.05 * 0.6, 0.15, 0.44]), np.array([0.7, 0.05 * 1.2, 0.25, 0.12])
    assert found.attention == pytest.approx(two(first / first.sum(), second / second.sum()))
    assert found.share_evidence.tolist() == [1, 1] and found.accept_commitments.tolist() == [1, 1]
    keen = SkilledRegulator(preferring=0.0, tying=0.06, partnerships=0.0, exit_fees=1.0, margin=0.9, settle=0.5)
    found = decided(keen, own)
    assert found.step.tolist() == [REMEDY, REMEDY] and found.theory.tolist() == [FEES, TYING]
    assert not found.accept_commitments.any()
