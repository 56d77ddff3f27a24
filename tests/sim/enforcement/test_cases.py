"""Cases by hand: what is possible when, how evidence grows, courts, commitments, sunset, and what firms expect."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from sim.contract import RegulatorDecision
from sim.enforcement import cases as regulation
from sim.enforcement.state import Agencies, Cases
from sim.remedies import REMEDIES

LAW = Agencies(np.array([1.0]), np.array([4.0]), np.array([0.5]), np.array([2.0]))


class P:
    """Parameters of two worlds."""

    evidence_rate = np.array([0.1, 0.2])
    evidence_decay = np.array([0.0, 0.5])
    complaint_weight = np.array([0.05, 0.15])
    commitment_strength = np.array([0.5, 0.3])
    remedy_sunset_quarters = np.array([3.0, 5.0])
    deterrence = np.array([0.2, 0.4])


def cases(**changes: float) -> Cases:
    """One regulator, two worlds; changes are of the first theory."""
    blank = Cases.none(2, 1)
    first = np.array([1.0, 0.0, 0.0, 0.0])
    return replace(blank, **{name: getattr(blank, name) + value * first for name, value in changes.items()})


def decision(step: float = 0.0, **changes: Any) -> RegulatorDecision:
    """Of one regulator, side by side: (worlds, 1)."""
    nothing = RegulatorDecision(**{field.name: np.zeros((2, 1)) for field in fields(RegulatorDecision)})
    law, evenly, one = np.zeros((2, 1, len(REMEDIES))), np.full((2, 1, 4), 0.25), np.ones((2, 1))
    plain = replace(
        nothing, remedy_strength=law, attention=evenly, step=step * one, remedy=2.0 * one, strength=0.8 * one
    )
    return replace(plain, **{name: np.asarray(value)[:, None] for name, value in changes.items()})


def act(before: Cases, **changes: Any) -> Cases:
    return regulation.act(before, LAW, decision(**changes), P())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stage", "quarters", "evidence", "step", "after", "refused"),
    [
        (0, 0, 0.0, 1, 1, 0),  # an information order is always possible on an idle theory
        (0, 0, 0.29, 2, 0, 3),  # opening needs three tenths of proof
        (0, 0, 0.31, 2, 2, 0),
        (2, 3, 0.9, 3, 2, 2),  # too early: four quarters of investigation
        (2, 4, 0.69, 3, 2, 3),
        (2, 4, 0.71, 3, 3, 0),
        (3, 1, 0.99, 4, 3, 3),
        (3, 1, 1.01, 4, 4, 0),
        (1, 9, 9.0, 4, 1, 1),  # no remedy without a charge
        (5, 9, 9.0, 2, 5, 1),
    ],
)
def test_what_is_possible(stage: int, quarters: int, evidence: float, step: int, after: int, refused: int) -> None:
    found = act(cases(stage=stage, quarters=quarters, evidence=evidence), step=float(step))
    assert found.stage[0, 0, 0] == after and found.refused[0, 0] == refused
    assert found.haste[0, 0] == (refused == 3)
    assert np.all(found.stage[:, :, 1:] == 0)


def test_an_imposed_remedy_is_the_one_chosen_with_its_strength_and_fine() -> None:
    found = act(cases(stage=3, quarters=1, evidence=1.2), step=4.0, fine_share=np.array([0.1, 0.0]))
    assert (found.remedy[0, 0, 0], found.strength[0, 0, 0]) == (2.0, 0.8)
    assert list(found.fine_share[:, 0]) == [0.1, 0.0]
    assert np.all(act(cases(), step=4.0, fine_share=np.full(2, 0.1)).fine_share == 0.0)  # no fine without a remedy


def test_evidence_by_hand() -> None:
    """Investigation (factor 1.8) with all attention on one of four theories: rate x 4 x 1.8 x signal, after decay."""
    before = replace(cases(stage=2, evidence=1.0), attention=np.array([[[1.0, 0.0, 0.0, 0.0]]] * 2))
    seen = np.zeros((2, 1, 4))
    seen[:, :, 0] = 0.5
    found = regulation.watch(before, seen, np.zeros((2, 1, 4)), P())  # type: ignore[arg-type]
    assert found.evidence[:, 0, 0] == pytest.approx([1.0 + 0.1 * 4 * 1.8 * 0.5, 0.5 + 0.2 * 4 * 1.8 * 0.5])
    told = regulation.watch(before, seen, np.ones((2, 1, 4)), P())  # type: ignore[arg-type]
    assert told.evidence - found.evidence == pytest.approx(np.broadcast_to([[[0.05]], [[0.15]]], (2, 1, 4)))


def test_an_agency_that_shares_helps_the_others_and_not_itself() -> None:
    seen = np.full((2, 2, 4), 1.0)
    before = Cases.none(2, 2)
    alone = regulation.watch(before, seen, 0.0 * seen, P())  # type: ignore[arg-type]
    # type: ignore[arg-type]
    shared = regulation.watch(replace(before, shared=np.array([[1.0, 0.0]] * 2)), seen, 0.0 * seen, P())
    assert np.array_equal(shared.evidence[:, 0], alone.evidence[:, 0])
    assert shared.evidence[:, 1] == pytest.approx(1.3 * alone.evidence[:, 1])


def test_courts_annul_what_is_barely_proven_more_often() -> None:
    """Risk 0.5: at the standard of proof a draw of 0.4 falls; with 50 % more evidence the risk is 0.5 e^-1.5 = 0.11,
    and a draw of 0.1 falls still. An annulled case is idle, keeps three tenths of its evidence, and counts as annulled
    on top of those before."""
    court = np.array([[[0.4] * 4], [[0.1] * 4]])
    decided = {"stage": 4.0, "quarters": 1.0, "strength": 0.8, "annulled": 2.0, "running": 7.0}
    bare = regulation.advance(cases(evidence=1.0, **decided), LAW, court, P())  # type: ignore[arg-type]
    strong = regulation.advance(cases(evidence=1.5, **decided), LAW, court, P())  # type: ignore[arg-type]
    assert bare.stage[:, 0, 0].tolist() == [0.0, 0.0] and bare.annulled[:, 0, 0].tolist() == [3.0, 3.0]
    assert strong.stage[:, 0, 0].tolist() == [5.0, 0.0] and strong.annulled[:, 0, 0].tolist() == [2.0, 3.0]
    assert strong.evidence[:, 0, 0] == pytest.approx([1.5, 0.45]) and strong.running[:, 0, 0].tolist() == [8.0, 0.0]
    early = regulation.advance(cases(stage=4, quarters=0, evidence=1.5), LAW, court, P())  # type: ignore[arg-type]
    assert early.stage[0, 0, 0] == 4.0 and early.quarters[0, 0, 0] == 1.0  # two quarters to comply


def test_a_remedy_ends_by_itself() -> None:
    """After three quarters in force in the first world, after five in the second; then the file is old."""
    now, found = cases(stage=5, quarters=0, strength=0.8, evidence=1.0), []
    for _ in range(7):
        now = regulation.advance(now, LAW, np.ones((2, 1, 4)), P())  # type: ignore[arg-type]
        found.append(now.stage[:, 0, 0].tolist())
    assert [one for one, _ in found] == [5.0, 5.0, 5.0, 0.0, 0.0, 0.0, 0.0]
    assert [other for _, other in found] == [5.0, 5.0, 5.0, 5.0, 5.0, 0.0, 0.0]
    assert now.evidence[:, 0, 0] == pytest.approx([0.3, 0.3]) and now.quarters[:, 0, 0].tolist() == [3.0, 1.0]


def test_commitments_settle_a_charged_case_at_once_and_at_the_strength_of_a_settlement() -> None:
    charged = cases(stage=3, evidence=0.85)
    assert regulation.offered(charged, LAW)[0, 0, 0] == 1.0
    assert regulation.offered(cases(stage=3, evidence=0.75), LAW)[0, 0, 0] == 0.0
    found = act(charged, accept_commitments=np.array([1.0, 0.0]))
    assert list(found.stage[:, 0, 0]) == [5.0, 3.0]
    natural = regulation.NATURAL_REMEDY[0]
    assert (found.strength[0, 0, 0], found.settled[0, 0, 0], found.remedy[0, 0, 0]) == (0.5, 1.0, natural)
    assert act(charged, accept_commitments=np.ones(2)).strength[1, 0, 0] == 0.3


def test_what_is_in_force_and_what_is_expected() -> None:
    region = np.array([1])
    active = cases(stage=5, strength=0.8, remedy=2, evidence=1.0)
    assert regulation.in_force(active, region, 3)[0, 1, 2] == 0.8
    assert regulation.in_force(active, region, 3).sum() == pytest.approx(1.6)
    charged = cases(stage=3, evidence=0.6)
    seen = regulation.expected(charged, LAW, region, 3, P())  # type: ignore[arg-type]
    assert seen[0, 1, regulation.NATURAL_REMEDY[0]] == pytest.approx(0.3)
    calm = replace(charged, signal=np.full((2, 1), 2.0))
    assert regulation.expected(calm, LAW, region, 3, P())[0, 1, 0] == pytest.approx(0.15)  # type: ignore[arg-type]
    warned = replace(cases(), signal=np.ones((2, 1)))
    # type: ignore[arg-type]
    assert regulation.expected(warned, LAW, region, 3, P())[:, 1, 0] == pytest.approx([0.05, 0.1])


def test_the_hazard_starts_from_its_base_and_rises_with_each_cause() -> None:
    base = np.array([0.03, 0.1])
    assert regulation.hazard(base, np.array([0.3]), np.array([1000.0]), np.array([0.0])) == pytest.approx(base)
    for cause in ((0.6, 1000.0, 0.0), (0.3, 3000.0, 0.0), (0.3, 1000.0, 0.5)):
        assert np.all(regulation.hazard(base, *(np.array([one]) for one in cause)) > base)
