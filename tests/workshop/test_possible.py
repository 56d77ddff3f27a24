"""What cannot be done this turn is not offered on a phone, and not taken from one."""

from __future__ import annotations

from typing import Any

from tests.workshop.events import NOON, events, setup
from workshop import pages, people
from workshop.log import New
from workshop.setup import HUMAN
from workshop.state import State, replay

STEP = "step"


def opened(*possible: str) -> State:
    """An open turn in which the European Commission may take so many steps."""
    told: dict[str, Any] = {"start": {STEP: possible[0]}, "rule": {STEP: possible[0]}}
    told["possible"] = {STEP: list(possible)}
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
