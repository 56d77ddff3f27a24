"""What a skill is made of, on payoffs made by hand: a bot earns the sum of its numbers times the length of the game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from agents.strategies import default_for, graded
from experiments.bots import grading, makeup, payoffs
from experiments.bots.payoffs import PLAYABLE, SEATS, Contest
from experiments.pages import grades
from sim import objectives

STEADY = 2.0
"""What the rule earns a quarter."""


def worth(seat: Any, quarters: int) -> float:
    """What a seat earns in a game of so many quarters."""
    if not isinstance(seat, type(graded("cloud", "skilled").maker())):
        return quarters * STEADY
    return quarters * sum(float(getattr(seat, one.name)) for one in fields(seat))


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[Contest]:
    """What is played, instead of playing it; worlds differ by what they all share."""
    asked: list[Contest] = []

    def earned(contests: Sequence[Contest], workers: int = 1) -> list[np.ndarray]:
        asked.extend(contests)
        return [
            worth(one.cell.seats[one.party], one.cell.size.quarters) + np.arange(one.cell.size.worlds)
            for one in contests
        ]

    monkeypatch.setattr(payoffs, "payoffs", earned)
    return asked


@pytest.mark.whole
def test_numbers_are_worth_what_is_lost_when_they_go_back_to_the_rule(played: list[Contest]) -> None:
    found = makeup.parts("cloud", worlds=6)
    moved = [one for one in graded("cloud", "skilled").settings if one.default != one.rule]
    alone = [one for one in found if len(one.numbers) == 1]
    assert moved and {one.name for one in alone} == {one.name for one in moved}
    for one in found:
        apart = sum(number.default - number.rule for number in one.numbers)
        assert one.lost.mean == pytest.approx(objectives.horizon("cloud") * apart)
        assert one.party == SEATS["cloud"][0] and one.lost.worlds == 6
    assert [one.lost.mean for one in found] == sorted((one.lost.mean for one in found), reverse=True)
    games = len(found) + 1  # the bot itself is played once
    assert len(played) == games * len(grading.HELD_OUT)


@pytest.mark.parametrize("role", makeup.TOGETHER)
def test_what_is_taken_together_are_numbers_of_the_bot(role: str) -> None:
    known = [one.name for one in graded(role, "skilled").settings]
    named = [name for group in makeup.TOGETHER[role].values() for name in group]
    assert set(named) <= set(known) and len(set(named)) == len(named)


def test_longer_games_are_judged_over_their_own_length(played: list[Contest]) -> None:
    bot, horizon = graded("cloud", "skilled").maker(), objectives.horizon("cloud")
    for times, one in zip(makeup.LONGER, makeup.longer("cloud", worlds=6), strict=True):
        assert one.quarters == times * horizon
        assert one.gain.mean == pytest.approx(worth(bot, one.quarters) - STEADY * one.quarters)


@pytest.mark.parametrize("role", PLAYABLE)
def test_with_the_rules_numbers_a_tuned_bot_is_within_its_ranges(role: str) -> None:
    for one in graded(role, "skilled").settings:
        assert one.low <= one.rule <= one.high, one.name
    assert all(one.rule == one.default for one in default_for(role).settings)


@pytest.mark.whole
def test_the_page_tells_every_number_and_every_length(played: list[Contest]) -> None:
    parts, longer = makeup.parts("cloud", worlds=6), makeup.longer("cloud", worlds=6)
    page = grades.page([], 6, grades.made_of(parts, longer))
    assert grades.MADE_OF in page
    assert all(f"| `{one.name}` | {one.numbers[0].meaning} |" in page for one in parts if len(one.numbers) == 1)
    assert all(f"| **{one.name}** |" in page for one in parts if len(one.numbers) > 1)
    assert all(f"| {one.party} | {one.quarters} |" in page for one in longer)
    assert grades.MADE_OF not in grades.page([], 6)
