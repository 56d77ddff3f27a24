"""What answers mean, worked by hand: every question of every role at inner values and for every option, and the way
back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np
import pytest

from agents.forms import CHOICE, LEVELS, NUMBER, PLAYABLE, YES_NO, Answers, shown
from agents.forms.lab import leans
from sim.contract import STEPS
from sim.remedies import TITLES
from tests.agents.briefs import CLOUD, LAB, MARKET, REGULATOR, ROOMS, VENDOR, Room, two


class Case(NamedTuple):
    """Answers, and the fields that the decision has then: everything else is the rule's. room: where it is not the
    role's usual one."""

    answers: Answers
    sets: dict[str, np.ndarray]
    room: Room | None = None


def ruled(room: Room, **fields_: Any) -> Room:
    """The same room with a rule that decides otherwise."""
    return replace(room, rule=replace(room.rule, **fields_))


def briefed(room: Room, **fields_: Any) -> Room:
    """The same room where something else is shown."""
    return replace(room, own=replace(room.own, **fields_))


# --- clouds -----------------------------------------------------------------------------------------------------------

OFFERED = two([50.0, 0, 0, 0, 0, 0], [0, 20.0, 30.0, 0, 0, 0])
"""MW that labs have offered to the cloud."""
CLOUDS = [
    # 600 MW over six labs, of its own chip; the second world has power for no more than 60 with each.
    Case(
        {"deals": 600.0},
        {"deal_mw": two([100.0] * 6, [60.0] * 6), "deal_family": two([1.0] * 6, [1.0] * 6)},
        briefed(CLOUD, deal_power_mw=two(1000.0, 60.0)),
    ),
    Case({"sign": "yes"}, {"deal_accept": (OFFERED > 0.0).astype(float)}, briefed(CLOUD, offered_mw=OFFERED)),
    Case(
        {"sign": "no"},
        {"deal_accept": np.zeros((2, 6))},
        ruled(briefed(CLOUD, offered_mw=OFFERED), deal_accept=(OFFERED > 0.0).astype(float)),
    ),
    # 300 MW, half of them own chips as the rule has it; the rest 75 to 25 over the other pools. The second world has
    # ordered nothing: own chips have 300 of the 400 MW installed there, and the other quarter goes where GPUs stand, to
    # the core.
    Case({"order": 300.0}, {"order_mw": two([112.5, 150.0, 37.5], [75.0, 225.0, 0.0])}),
    Case({"order": 0.0}, {"order_mw": np.zeros((2, 3))}),
    # Of 200 MW four fifths, a fifth, nothing, everything; of nothing, nothing.
    Case({"own_share": 80.0}, {"order_mw": two([30.0, 160.0, 10.0], [0.0, 0.0, 0.0])}),
    Case({"own_share": 20.0}, {"order_mw": two([120.0, 40.0, 40.0], [0.0, 0.0, 0.0])}),
    Case({"own_share": 0.0}, {"order_mw": two([150.0, 0.0, 50.0], [0.0, 0.0, 0.0])}),
    Case({"own_share": 100.0}, {"order_mw": two([0.0, 200.0, 0.0], [0.0, 0.0, 0.0])}),
    Case({"order": 400.0, "own_share": 25.0}, {"order_mw": two([225.0, 100.0, 75.0], [300.0, 100.0, 0.0])}),
    # A new cloud: nothing ordered and nothing installed. The core shares evenly, and the edge gets next to nothing.
    Case(
        {"order": 100.0, "own_share": 40.0}, {"order_mw": two([60.0, 40.0, 0.0], [60.0, 40.0, 0.0])},
        briefed(ruled(CLOUD, order_mw=np.zeros((2, 3))), installed_h100e=np.zeros((2, 3))),
    ),
    # 40 % below 4 is 2.4 for useful work, times 0.8; below 2 it is 1.2. 10 % above: 4.4 and 2.2.
    Case({"discount": 40.0}, {"price_usd_per_h100e_hour": two([4.0, 1.92, 5.0], [2.0, 0.96, 3.0])}),
    Case({"discount": -10.0}, {"price_usd_per_h100e_hour": two([4.0, 3.52, 5.0], [2.0, 1.76, 3.0])}),
    Case({"commitment": 15.0}, {"commitment_discount": two(0.15, 0.15)}),
    Case({"exit_fee": 8.0}, {"exit_fee_years": two(0.08, 0.08)}),
    Case({"exit_fee": 0.0}, {"exit_fee_years": two(0.0, 0.0)}),
    Case({"porting_kit": 120.0}, {"porting_kit_musd": two(120.0, 120.0)}),
    Case({"edge": 45.0}, {"edge_programme_musd": two(45.0, 45.0)}),
    Case({"order": 200.0, "own_share": 50.0, "discount": 25.0, "commitment": 10.0, "exit_fee": 5.0,
          "porting_kit": 50.0, "edge": 5.0}, {}),
]  # fmt: skip

# --- vendors ----------------------------------------------------------------------------------------------------------

FAVOURS = ruled(VENDOR, strategic_allocation=two(1.0, 1.0), openness=two(0.9, 0.8))
REBATES = ruled(VENDOR, loyalty_rebate=two(0.2, 0.2), openness=two(0.5, 0.6))
VENDORS = [
    # Against the price now posted, 20 000 and 30 000, not against the rule's.
    Case({"price": -10.0}, {"chip_price_usd_per_h100e": two(18e3, 27e3)}),
    Case({"price": 5.0}, {"chip_price_usd_per_h100e": two(21e3, 31.5e3)}),
    # 80 and 135 of 100 wafers, 40 and 67.5 of the 50 that orders call for; a tenth and a fifth for the edge as the rule
    # has it.
    Case({"booking": -20.0}, {"booking_wafers": two([72.0, 8.0], [32.0, 8.0])}),
    Case({"booking": 35.0}, {"booking_wafers": two([121.5, 13.5], [54.0, 13.5])}),
    # Of what the rule books, 110 and 50.
    Case({"edge_share": 40.0}, {"booking_wafers": two([66.0, 44.0], [30.0, 20.0])}),
    Case({"booking": -20.0, "edge_share": 40.0}, {"booking_wafers": two([48.0, 32.0], [24.0, 16.0])}),
    # Where the rule books nothing, the edge keeps its part of the last booking: 20 of 100, and of nothing nothing.
    Case({"booking": -50.0}, {"booking_wafers": two([40.0, 10.0], [25.0, 0.0])},
         ruled(VENDOR, booking_wafers=np.zeros((2, 2)))),
    # A booking counts however small it is: a fifth more than half a wafer, and than exactly one.
    Case({"booking": 20.0}, {"booking_wafers": two([0.54, 0.06], [0.96, 0.24])},
         briefed(VENDOR, last_booking_wafers=two([0.4, 0.1], [1.0, 0.0]))),
    # So does the rule's own: a tenth of half a wafer for the edge, not a fifth as last time; of one wafer a quarter.
    Case({"booking": 0.0}, {"booking_wafers": two([90.0, 10.0], [37.5, 12.5])},
         ruled(VENDOR, booking_wafers=two([0.45, 0.05], [0.75, 0.25]))),
    Case({"allocation": "pro-rata"}, {}),
    Case({"allocation": "strategic"}, {"strategic_allocation": two(1.0, 1.0)}),
    Case({"allocation": "rebate-linked"}, {"loyalty_rebate": two(0.1, 0.1)}),
    Case({"allocation": "pro-rata"}, {"strategic_allocation": two(0.0, 0.0)}, FAVOURS),
    Case({"allocation": "rebate-linked"}, {"strategic_allocation": two(0.0, 0.0), "loyalty_rebate": two(0.1, 0.1)},
         FAVOURS),
    Case({"allocation": "strategic"}, {"strategic_allocation": two(1.0, 1.0), "loyalty_rebate": two(0.0, 0.0)},
         REBATES),
    Case({"allocation": "rebate-linked"}, {}, REBATES),  # the rule's own rebate of a fifth stands
    Case({"research": 45.0}, {"research_share": two(0.45, 0.45)}),
    Case({"openness": "closed"}, {}),  # 0.2 is closed, more or less
    Case({"openness": "neutral"}, {"openness": two(0.5, 0.5)}),
    Case({"openness": "open"}, {"openness": two(1.0, 1.0)}),
    Case({"openness": "closed"}, {"openness": two(0.0, 0.0)}, FAVOURS),
    Case({"openness": "open"}, {}, FAVOURS),
    Case({"openness": "neutral"}, {}, REBATES),
    Case({"guarantee": 120.0}, {"price_guarantee_mw": two(120.0, 120.0)}),
]  # fmt: skip

# --- labs -------------------------------------------------------------------------------------------------------------

DECIDED = replace(LAB.rule, token_price_usd_per_mtoken=two(4.0, 10.0))
ASKS = two([40.0, 40.0, *[0.0] * 6], [30.0, 10.0, *[0.0] * 6])
"""MW that the lab's rule asks clouds for."""
LABS = [
    # As the rule splits it: halves, and three quarters to one.
    Case(
        {"deals": 200.0},
        {"deal_mw": two([100.0, 100.0, *[0.0] * 6], [150.0, 50.0, *[0.0] * 6])},
        ruled(briefed(LAB, deal_power_mw=np.full((2, 8), 1000.0)), deal_mw=ASKS),
    ),
    Case({"sign": "yes"}, {"deal_accept": (ASKS > 0.0).astype(float)}, briefed(LAB, offered_mw=ASKS)),
    Case(
        {"sign": "no"},
        {"deal_accept": np.zeros((2, 8))},
        ruled(briefed(LAB, offered_mw=ASKS), deal_accept=(ASKS > 0.0).astype(float)),
    ),
    # 40 MW are 40 000 H100e more than in use; 60 MW less is all that the second world has, and more.
    Case({"capacity": 40.0}, {"wanted_h100e": two(140e3, 90e3)}),
    Case({"capacity": -60.0}, {"wanted_h100e": two(40e3, 0.0)}),
    # From a mix of 50-25-25-0 to 20-50-30-0, and from 10-20-30-40; the last is not wanted at all there.
    Case(
        {"mix": (20.0, 50.0, 30.0, 0.0)},
        {"supplier_preference": two(np.log([0.4, 2.0, 1.2, 1.0]), [*np.log([2.0, 2.5, 1.0]), -6.0])},
    ),
    # Shares below 1 % count as 1 %: somebody new for 15 % is a lean of ln 15.
    Case(
        {"mix": (0.0, 60.0, 25.0, 15.0)},
        {"supplier_preference": two([-6.0, *np.log([2.4, 1.0, 15.0])], [-6.0, *np.log([3.0, 25 / 30, 0.375])])},
    ),
    Case({"term": "4"}, {"term_quarters": two(4.0, 4.0)}),
    Case({"term": "8"}, {"term_quarters": two(8.0, 8.0)}),
    Case({"term": "12"}, {}),
    Case({"term": "20"}, {"term_quarters": two(20.0, 20.0)}),
    Case({"term": "12"}, {"term_quarters": two(12.0, 12.0)}, ruled(LAB, term_quarters=two(7.0, 8.0))),
    Case({"term": "8"}, {}, ruled(LAB, term_quarters=two(7.0, 9.0))),
    Case({"portability": 70.0}, {"portability_musd": two(70.0, 70.0)}),
    Case({"training": 35.0}, {"training_share": two(0.35, 0.35)}),
    # Against the price it started with, 5 and 8; later against its last one, 4 and 10.
    Case({"token_price": -15.0}, {"token_price_usd_per_mtoken": two(4.25, 6.8)}),
    Case({"token_price": -15.0}, {"token_price_usd_per_mtoken": two(3.4, 8.5)}, briefed(LAB, last=DECIDED)),
    Case({"small_models": 25.0}, {"small_model_share": two(0.25, 0.25)}),
]  # fmt: skip

# --- regulators -------------------------------------------------------------------------------------------------------

FEE_CAP, MOST = two(1.0, 1.0), two(3.0, 0.0)
USUAL = {"remedy": FEE_CAP, "strength": two(0.5, 0.5)}
ACTS = ruled(REGULATOR, step=two(3.0, 3.0), remedy=two(2.0, 2.0), strength=two(0.8, 0.8), fine_share=two(0.1, 0.1))
SETTLES = ruled(REGULATOR, accept_commitments=two(1.0, 1.0))
REGULATORS = [
    # Without a step the theory of the last one stands.
    Case({"attention": (1.0, 2.0, 4.0, 3.0)}, {"attention": two([0.1, 0.2, 0.4, 0.3], [0.1, 0.2, 0.4, 0.3])}),
    # A step is about what is looked at most, and the first of equals; a remedy that is not chosen is the usual one at
    # half strength.
    *(Case({"step": word}, {"step": two(k, k), "theory": MOST, **USUAL}) for k, word in enumerate(STEPS) if k),
    Case({"step": "none"}, {}),
    Case({"step": "settle"}, {"accept_commitments": two(1.0, 1.0), "theory": MOST}),
    Case({"step": "none"}, {"step": two(0.0, 0.0), "theory": MOST}, ACTS),
    Case({"step": "settle"}, {"step": two(0.0, 0.0), "accept_commitments": two(1.0, 1.0), "theory": MOST}, ACTS),
    Case({"step": "none"}, {"accept_commitments": two(0.0, 0.0), "theory": MOST}, SETTLES),
    Case(
        {"step": "charge", "attention": (2.0, 4.0, 4.0, 0.0)},
        {"step": two(3.0, 3.0), "theory": two(1.0, 1.0), "attention": two([0.2, 0.4, 0.4, 0.0], [0.2, 0.4, 0.4, 0.0]),
         **USUAL},
    ),
    *(
        Case({"remedy": title}, {**USUAL, "remedy": two(k, k)} if title != "exit-fee cap" else {})
        for k, title in enumerate(TITLES)
    ),
    Case({"remedy": "exit-fee cap"}, {"remedy": FEE_CAP, "theory": MOST},
         ACTS),  # of a charge that the rule has in mind
    Case({"strength": 70.0}, {**USUAL, "strength": two(0.7, 0.7)}),
    Case({"fine": 12.0}, {**USUAL, "fine_share": two(0.12, 0.12)}),
    Case(
        {"step": "remedy", "remedy": "exclusivity limit", "strength": 30.0, "fine": 7.0},
        {"step": two(4.0, 4.0), "theory": MOST, "remedy": two(4.0, 4.0), "strength": two(0.3, 0.3),
         "fine_share": two(0.07, 0.07)},
    ),
    Case({"share": "yes"}, {"share_evidence": two(1.0, 1.0)}),
    Case({"share": "no"}, {}),
    Case({"share": "no"}, {"share_evidence": two(0.0, 0.0)}, ruled(REGULATOR, share_evidence=two(1.0, 1.0))),
    Case({"signal": "silence"}, {}),
    Case({"signal": "silence"}, {"signal": two(0.0, 0.0)}, ruled(REGULATOR, signal=two(2.0, 1.0))),
    Case({"signal": "caution"}, {"signal": two(1.0, 1.0)}),
    Case({"signal": "safe-harbour"}, {"signal": two(2.0, 2.0)}),
]  # fmt: skip
TABLES = {"cloud": CLOUDS, "vendor": VENDORS, "lab": LABS, "regulator": REGULATORS}


def cases(role: str) -> Iterator[tuple[Case, Room]]:
    for case in TABLES[role]:
        yield case, case.room or ROOMS[role]


def decided(room: Room, answers: Answers, level: int = 7) -> Any:
    return room.form(level).decide(answers, room.own, MARKET, room.rule)


@pytest.mark.parametrize("role", PLAYABLE)
def test_answers_are_decisions(role: str) -> None:
    """Fields as worked out by hand, and all others the rule's to the last bit."""
    for case, room in cases(role):
        decision = decided(room, case.answers)
        for field in fields(room.rule):
            found, was = getattr(decision, field.name), getattr(room.rule, field.name)
            wanted = pytest.approx(case.sets[field.name], rel=1e-12, abs=1e-9) if field.name in case.sets else was
            assert np.all(found == wanted) and found.shape == was.shape, f"{case.answers}: {field.name} = {found}"


@pytest.mark.parametrize("role", PLAYABLE)
def test_a_question_that_is_not_asked_is_the_rules(role: str) -> None:
    """At levels below its own an answer counts for nothing; from there on it means the same at every level."""
    lowest = {question.id: question.level for question in shown(role, 7)}
    for case, room in cases(role):
        asked_from = min(lowest[name] for name in case.answers)
        for level in LEVELS:
            decision = decided(room, case.answers, level)
            heard = {name: answer for name, answer in case.answers.items() if lowest[name] <= level}
            same = room.rule if level < asked_from else decided(room, heard)
            assert all(np.array_equal(getattr(decision, f.name), getattr(same, f.name)) for f in fields(same)), case


@pytest.mark.parametrize("role", PLAYABLE)
def test_a_decision_says_the_answers_that_made_it(role: str) -> None:
    """What was typed is read back from the decision, in the words in which it was typed."""
    for case, room in cases(role):
        one, decision = room.form(), decided(room, case.answers)
        says = one.says(decision, room.own, MARKET)
        typed = {q.id: q.text(case.answers[q.id]) for q in one.questions if q.id in case.answers}
        assert {name: says[name] for name in case.answers} == case.answers
        assert {q.id: q.parse(typed[q.id]) for q in one.questions if q.id in typed} == case.answers


@pytest.mark.parametrize("role", PLAYABLE)
def test_the_tables_try_every_question_between_its_bounds_and_every_option(role: str) -> None:
    for question in shown(role, 7):
        tried: set[Any] = {case.answers[question.id] for case in TABLES[role] if question.id in case.answers}
        if question.kind == NUMBER:
            tried = {answer for answer in tried if question.low < answer < question.high}
        wanted = set(question.options) if question.kind in (CHOICE, YES_NO) else tried
        assert tried and tried == wanted, question.id


SAYS: list[tuple[Room, Answers]] = [
    (CLOUD, {"order": 200.0, "own_share": 50.0, "discount": 25.0, "commitment": 10.0, "exit_fee": 5.0,
             "porting_kit": 50.0, "edge": 5.0}),
    # Nothing ordered: own chips are 200 of the 600 MW installed, 33.3 % in steps of 5. Prices that stand level are no
    # discount.
    (ruled(CLOUD, order_mw=np.zeros((2, 3)), price_usd_per_h100e_hour=two([3.0, 2.4, 1.0], [2.0, 2.0, 3.0])),
     {"order": 0.0, "own_share": 35.0, "discount": 0.0}),
    (ruled(CLOUD, order_mw=two([7.0, 7.0, 0.0], [0.0, 0.0, 0.0]), exit_fee_years=two(0.074, 0.0)),
     {"order": 10.0, "exit_fee": 7.0}),
    (VENDOR, {"price": 3.0, "booking": 10.0, "allocation": "pro-rata", "research": 60.0, "openness": "closed",
              "edge_share": 10.0, "guarantee": 0.0}),
    (ruled(VENDOR, strategic_allocation=two(0.5, 0.0), openness=two(0.3, 0.0),
           booking_wafers=two([40.0, 0.0], [0.0, 0.0])),
     {"booking": -50.0, "allocation": "strategic", "openness": "neutral", "edge_share": 0.0}),
    (ruled(VENDOR, strategic_allocation=two(0.49, 1.0), openness=two(0.76, 0.0)),
     {"allocation": "pro-rata", "openness": "open"}),
    (ruled(VENDOR, strategic_allocation=two(1.0, 1.0), loyalty_rebate=two(0.01, 0.0)), {"allocation": "rebate-linked"}),
    (LAB, {"capacity": 10.0, "mix": (50.0, 25.0, 25.0, 0.0), "term": "12", "portability": 20.0, "training": 45.0,
           "token_price": -2.0, "small_models": 10.0}),
    # Odds e^1 for the second: 0.5, 0.25 e, 0.25 and 0.01 of 1.44 are 34.7, 47.2, 17.4 and 0.7 %.
    (ruled(LAB, supplier_preference=two([0.0, 1.0, 0.0, 0.0], [0.0] * 4), term_quarters=two(9.9, 1.0),
           wanted_h100e=two(54e3, 0.0)),
     {"mix": (35.0, 45.0, 20.0, 0.0), "term": "8", "capacity": -50.0}),
    (ruled(LAB, term_quarters=two(10.1, 1.0)), {"term": "12"}),
    (ruled(LAB, term_quarters=two(17.0, 1.0)), {"term": "20"}),
    (REGULATOR, {"attention": (2.0, 2.0, 2.0, 4.0), "step": "none", "remedy": "exit-fee cap", "strength": 50.0,
                 "fine": 0.0, "share": "no", "signal": "silence"}),
    (ACTS, {"step": "charge", "remedy": "interoperability duty", "strength": 80.0, "fine": 10.0}),
    (ruled(ACTS, accept_commitments=two(1.0, 1.0)), {"step": "charge"}),  # a step goes before a settlement
    (SETTLES, {"step": "settle"}),
    (ruled(REGULATOR, strength=two(0.3, 0.0), signal=two(2.0, 0.0), share_evidence=two(1.0, 0.0)),
     {"remedy": "self-preferencing ban", "strength": 30.0, "signal": "safe-harbour", "share": "yes"}),
]  # fmt: skip


def test_a_decision_in_the_words_of_the_form() -> None:
    for room, wanted in SAYS:
        says = room.form().says(room.rule, room.own, MARKET)
        assert {name: says[name] for name in wanted} == wanted


def test_an_answer_within_half_a_step_is_what_the_rule_does() -> None:
    """The rule orders 200 MW in steps of 10, and the second chip's share of labs' bookings is 25 % in steps of 5."""
    for name, near, far in (("order", 205.0, 206.0), ("own_share", 47.5, 47.0), ("discount", 22.5, 22.0)):
        assert decided(CLOUD, {name: near}) is CLOUD.rule and decided(CLOUD, {name: far}) is not CLOUD.rule
    assert decided(LAB, {"mix": (50.0, 25.0, 25.0, 0.0)}) is LAB.rule
    assert not leans(LAB.rule) and leans(decided(LAB, {"mix": (50.0, 20.0, 30.0, 0.0)}))


def test_a_decision_stays_within_what_is_declared() -> None:
    """A chip of 1 USD cannot get cheaper, one of a million not dearer."""
    found = decided(briefed(VENDOR, chip_price_usd_per_h100e=two(1.0, 1e6)), {"price": -15.0})
    assert found.chip_price_usd_per_h100e.tolist() == [1.0, 850e3]
    found = decided(briefed(VENDOR, chip_price_usd_per_h100e=two(1.0, 1e6)), {"price": 15.0})
    assert found.chip_price_usd_per_h100e == pytest.approx([1.15, 1e6], rel=1e-12)
