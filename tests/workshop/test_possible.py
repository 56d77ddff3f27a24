"""What cannot be done this turn is not offered on a phone, and not taken from one."""

from __future__ import annotations

from typing import Any

from sim.remedies import TITLES
from tests.workshop.events import NOON, events, setup
from workshop import pages, people
from workshop.log import New
from workshop.setup import HUMAN
from workshop.state import State, replay

STEP = "step"


TYING, FEES = "0-10-0-0", "0-0-0-10"
FORM = {"attention": TYING, STEP: "none", "remedy": TITLES[0], "strength": "50"}
CODES = [[0, 1, 1, 1, 1], [0, 1, 1, 3, 1], [0, 1, 1, 1, 1], [0, 1, 0, 1, 1]]
GROUNDS = {"not_possible": CODES, "proof": [0.0, 0.45, 0.1, 0.5], "offers": [0.0, 0.0, 0.0, 0.0]}
"""A case on tying with 45 % of the proof, where a charge needs 70 %; a case on fees may be opened."""


def opened(*possible: str, **more: Any) -> State:
    """An open turn in which the European Commission may take so many steps."""
    told: dict[str, Any] = {"start": {STEP: possible[0]}, "rule": {STEP: possible[0]}}
    told |= {"possible": {STEP: list(possible)}, **more}
    return replay(
        events(
            New("created", setup(seats={"ec": HUMAN}).data()),
            New("dealt", {"brief": {"quarter": "2026Q1", "public": {}, "seats": {"ec": told}}}),
            New("claimed", {"seat": "ec", "team": "Blue", "word": "kiwi"}),
            New("briefed"),
            New("opened", {"deadline": NOON + 210}),
        )
    )


def whole() -> tuple[str, ...]:
    return next(one.options for one in people.seat_form(opened("none"), "ec").questions if one.id == STEP)


def test_only_what_is_possible_is_on_the_page() -> None:
    few = whole()[:2]
    (shown,) = (one for one in pages.questions(opened(*few), "ec") if one.question.id == STEP)
    assert shown.question.options == few and len(whole()) > len(few)
    assert shown.chosen and shown.value == few[0]


def test_a_step_that_is_not_possible_is_refused_in_a_sentence_that_says_what_is() -> None:
    first, second, *_, last = whole()
    wrong = people.problems(opened(first, second), "ec", {STEP: last})
    assert set(wrong) == {STEP} and first in wrong[STEP] and second in wrong[STEP]
    assert people.problems(opened(*whole()), "ec", {STEP: last}) == {}
    assert people.problems(opened(first, second), "ec", {STEP: second}) == {}


def cased(**start: str) -> State:
    return opened("none", "open", start={**FORM, **start}, rule=FORM, grounds=GROUNDS)


def test_a_step_that_is_possible_in_another_case_is_refused_as_in_the_terminal() -> None:
    wrong = people.problems(cased(), "ec", {STEP: "open"})
    assert wrong == {
        STEP: "open about tying: the case is not at that stage; it is possible about exit-fees (give that most points)."
    }
    assert people.problems(cased(), "ec", {"attention": FEES, STEP: "open"}) == {}
    assert people.problems(cased(attention=FEES), "ec", {STEP: "open"}) == {}  # what is filled in counts
    assert people.problems(cased(), "ec", {}) == people.problems(cased(), "ec", FORM) == {}


def test_a_step_that_is_possible_nowhere_says_what_it_lacks() -> None:
    wrong = people.problems(cased(), "ec", {STEP: "charge"})
    assert wrong == {STEP: "charge about tying: it needs 70% of the proof, and you hold 45%."}


def test_a_wrong_answer_is_told_before_answers_that_do_not_go_together() -> None:
    wrong = people.problems(cased(), "ec", {STEP: "open", "strength": "500"})
    assert set(wrong) == {"strength"} and "0 to 100 %" in wrong["strength"]
    assert set(people.problems(cased(), "ec", {STEP: "leap"})) == {STEP}


def test_a_paper_form_offers_remedies_within_the_agencys_powers() -> None:
    """Before the first briefing nothing is possible yet; what an agency may never impose is on no form."""
    lobby = replay(events(New("created", setup(seats={"ec": HUMAN}).data())))
    offered = next(one.options for one in people.seat_questions(lobby, "ec") if one.id == "remedy")
    assert offered == people.seat_form(lobby, "ec").desk.remedies and set(offered) < set(TITLES)
