"""Cases by hand: what is possible when, how evidence grows, courts, commitments, sunset, and what firms expect."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from sim.contract import RegulatorDecision
from sim.enforcement import answer
from sim.enforcement import cases as regulation
from sim.enforcement.chance import Draws
from sim.enforcement.state import Agencies, Cases
from sim.remedies import REMEDIES

ANYTHING = np.ones((1, len(REMEDIES)), dtype=bool)
LAW = Agencies(*(np.array([value]) for value in (1.0, 4.0, 0.5, 2.0, 0.1, 0.0)), ANYTHING)
SURE, NEVER = np.zeros((2, 1, 4)), np.ones((2, 1, 4))


def chance(court: np.ndarray = NEVER, tempo: np.ndarray = NEVER, closing: np.ndarray = SURE) -> Draws:
    """A quarter's draws: by default courts uphold, cases take the least time and go on."""
    return Draws(SURE, NEVER, court, tempo, closing)


class P:
    """Parameters of two worlds."""

    evidence_rate = np.array([0.1, 0.2])
    evidence_decay = np.array([0.0, 0.5])
    complaint_weight = np.array([0.05, 0.15])
    commitment_strength = np.array([0.5, 0.3])
    remedy_sunset_quarters = np.array([3.0, 5.0])
    deterrence = np.array([0.2, 0.4])
    case_remedy_share = np.array([0.25, 0.5])
    case_answer = np.array([0.3, 0.3])
    case_fine_expected = np.array([0.02, 0.3])
    conduct_earns = np.array([0.02, 0.05])
    implementation_quality = np.array([0.5, 1.0])


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
    found = act(cases(stage=stage, quarters=quarters, evidence=evidence, needed=4.0), step=float(step))
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
    bare = regulation.advance(cases(evidence=1.0, **decided), LAW, chance(court), P())  # type: ignore[arg-type]
    strong = regulation.advance(cases(evidence=1.5, **decided), LAW, chance(court), P())  # type: ignore[arg-type]
    assert bare.stage[:, 0, 0].tolist() == [0.0, 0.0] and bare.annulled[:, 0, 0].tolist() == [3.0, 3.0]
    assert strong.stage[:, 0, 0].tolist() == [5.0, 0.0] and strong.annulled[:, 0, 0].tolist() == [2.0, 3.0]
    assert strong.evidence[:, 0, 0] == pytest.approx([1.5, 0.45]) and strong.running[:, 0, 0].tolist() == [8.0, 0.0]
    early = regulation.advance(cases(stage=4, quarters=0, evidence=1.5), LAW, chance(court), P())  # type: ignore[arg-type]
    assert early.stage[0, 0, 0] == 4.0 and early.quarters[0, 0, 0] == 1.0  # two quarters to comply


def test_a_remedy_ends_by_itself() -> None:
    """After three quarters in force in the first world, after five in the second; then the file is old."""
    now, found = cases(stage=5, quarters=0, strength=0.8, evidence=1.0), []
    for _ in range(7):
        now = regulation.advance(now, LAW, chance(), P())  # type: ignore[arg-type]
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


# --- powers, tempo, and firms that answer -----------------------------------------------------------------------------


def test_a_remedy_beyond_the_powers_of_an_agency_is_refused_and_a_fine_is_cut_to_the_ceiling() -> None:
    """The agency may not impose the third remedy, which is asked for; of a fine of 0.3 the law leaves 0.1."""
    charged = cases(stage=3, quarters=1, evidence=1.2)
    without = replace(LAW, powers=np.arange(len(REMEDIES)) != 2)
    asked = decision(4.0, fine_share=np.array([0.3, 0.05]))
    found = regulation.act(charged, replace(without, powers=without.powers[None]), asked, P())  # type: ignore[arg-type]
    assert found.stage[:, 0, 0].tolist() == [3.0, 3.0] and found.refused[:, 0].tolist() == [4.0, 4.0]
    assert regulation.REFUSALS[4] == "beyond its powers" and not found.haste.any() and not found.fine_share.any()
    allowed = regulation.act(charged, LAW, asked, P())  # type: ignore[arg-type]
    assert allowed.stage[:, 0, 0].tolist() == [4.0, 4.0] and allowed.fine_share[:, 0].tolist() == [0.1, 0.05]


def test_a_case_takes_what_was_drawn_when_it_was_opened() -> None:
    """A mean of 8 quarters: u = e^-1 takes 8, a charge after 7; u = e^-0.25 takes 2, less than the least of 4."""
    law = replace(LAW, mean_quarters=np.array([8.0]))
    tempo = np.exp(-np.array([1.0, 0.25]))[:, None, None] * np.ones((2, 1, 4))
    idle = regulation.advance(cases(), law, chance(tempo=tempo), P())  # type: ignore[arg-type]
    assert idle.needed[:, 0, 0].tolist() == [7.0, 4.0]
    runs = replace(idle, stage=2.0 + 0.0 * idle.stage, quarters=3.0 + 0.0 * idle.stage)
    kept = regulation.advance(runs, law, chance(), P())  # type: ignore[arg-type]
    assert kept.needed[:, 0, 0].tolist() == [7.0, 4.0]  # whatever is drawn later
    found = regulation.advance(cases(stage=2, quarters=5), law, chance(tempo=tempo), P())  # type: ignore[arg-type]
    assert found.needed[:, 0, 0].tolist() == [12.0, 9.0]  # on record: from now on


def test_an_investigation_is_closed_when_its_time_has_come_with_the_chance_on_record() -> None:
    """A quarter of cases goes on in the first world, half in the second: a draw of 0.4 closes it in the first. It is
    asked once; a case that went on is not asked again."""
    draw = np.full((2, 1, 4), 0.4)
    now = cases(stage=2, quarters=3, evidence=1.0, running=9.0, needed=4.0)
    found = regulation.advance(now, LAW, chance(closing=draw), P())  # type: ignore[arg-type]
    assert found.stage[:, 0, 0].tolist() == [0.0, 2.0] and found.closed[:, 0, 0].tolist() == [1.0, 0.0]
    assert found.evidence[:, 0, 0] == pytest.approx([0.3, 1.0]) and found.running[:, 0, 0].tolist() == [0.0, 10.0]
    early = replace(now, quarters=now.quarters - 1.0)
    later = replace(now, quarters=now.quarters + 1.0)
    for other in (early, later):
        found = regulation.advance(other, LAW, chance(closing=NEVER), P())  # type: ignore[arg-type]
        assert found.stage[:, 0, 0].tolist() == [2.0, 2.0]


def test_firms_give_up_conduct_where_what_threatens_is_worth_more_than_what_it_earns_meanwhile() -> None:
    """First world: 0.25 x (3 x 0.5 + 4 x 0.02 / 0.02) = 1.375 quarters of earnings are averted; second: the ceiling of
    0.1 caps the fine, 0.5 x (5 x 1 + 4 x 0.1 / 0.05) = 6.5. An investigation has 4 quarters left, or 6.5 of the
    mean."""
    open_ = cases(stage=2)
    assert answer.averted(open_, LAW, P())[:, 0, 0] == pytest.approx([1.375, 6.5])  # type: ignore[arg-type]
    assert answer.given_up(open_, LAW, P())[:, 0, 0].tolist() == [0.0, 0.3]  # type: ignore[arg-type]
    slow = replace(LAW, mean_quarters=np.array([6.6]))
    assert not answer.given_up(open_, slow, P()).any()  # type: ignore[arg-type]


def test_a_charged_case_is_answered_by_how_far_proof_has_got_less_what_courts_undo() -> None:
    """Half of proof, half of which stands: 0.25 x 5.5 = 1.375 and 0.25 x 13 = 3.25, with one quarter left; a tenth of
    proof averts 0.275 and 0.65, and is let come."""
    for evidence, gives in ((0.5, [0.3, 0.3]), (0.1, [0.0, 0.0])):
        charged = cases(stage=3, evidence=evidence)
        assert answer.given_up(charged, LAW, P())[:, 0, 0].tolist() == gives  # type: ignore[arg-type]
    for stage in (0, 1, 4, 5):  # nobody answers a case that is not open
        assert not answer.given_up(cases(stage=stage, evidence=1.0), LAW, P()).any()  # type: ignore[arg-type]


def test_without_a_fine_an_agency_that_cannot_hold_a_remedy_for_long_moves_nobody() -> None:
    toothless = replace(LAW, fine_ceiling=np.array([0.0]))
    assert answer.averted(cases(stage=2), toothless, P())[:, 0, 0] == pytest.approx([0.375, 2.5])  # type: ignore[arg-type]
    assert not answer.given_up(cases(stage=2), toothless, P()).any()  # type: ignore[arg-type]


def test_an_agency_takes_its_own_cases_into_another_market() -> None:
    """Two markets, two agencies; the second knows its cases. One investigation is ready (9 of 8 quarters), of the other
    it does not know how long it takes."""
    fresh = Cases.none(2, 2)
    stage = np.zeros((1, 2, 4))
    stage[0, :, :2] = regulation.INVESTIGATION
    quarters, needed = np.full((1, 2, 4), 9.0), np.full((1, 2, 4), 12.0)
    needed[0, 1, 0] = 8.0
    true = replace(Cases.none(1, 2), stage=stage, quarters=quarters, needed=needed, refused=np.array([[1.0, 3.0]]))
    found = fresh.known_to(1, true)
    assert found.stage[:, 0].max() == 0.0 and found.refused[:, 0].tolist() == [0.0, 0.0]
    assert found.stage[:, 1].tolist() == [stage[0, 1].tolist()] * 2
    assert found.refused[:, 1].tolist() == [3.0, 3.0]
    assert found.needed[:, 1].tolist() == [[8.0, 0.0, 0.0, 0.0]] * 2
    assert fresh.stage.max() == 0.0
