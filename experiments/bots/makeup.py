"""What a skilled bot's gain is made of: what it loses with one number set back to the rule, and what is left of it in
longer games.

A bot that is tuned on eight quarters may have found a trick of eight quarters. Both tables are there to see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.strategies import default_for, graded
from agents.strategies.registry import Setting
from experiments.batch.engine import Cell, Size
from experiments.bots import grading, payoffs
from experiments.bots.payoffs import SEATS, Contest
from experiments.stats import Estimate, estimate
from sim import objectives
from sim.contract import Seat

WORLDS = 60
TOGETHER: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "cloud": {
        "prices": ("price_level", "price_scarcity", "own_price_level"),
        "orders": ("order_level", "own_order_level", "order_margin"),
        "terms": ("exit_fee_years", "commitment_discount", "porting_kit_factor"),
    },
    "vendor": {"prices": ("price_level", "price_backlog"), "bookings": ("booking_level", "booking_backlog")},
}
"""Numbers that stand in for each other, so that one alone may go back and nothing is lost."""
LONGER = (1, 2, 3)
"""Lengths of game, in horizons of the role."""


@dataclass(frozen=True)
class Part:
    """Numbers of a skilled bot and what it loses with the rule's own instead (musd). name: of the number, or of several
    together."""

    role: str
    party: str
    name: str
    numbers: tuple[Setting, ...]
    lost: Estimate


@dataclass(frozen=True)
class Longer:
    """What a skilled bot has over the steady rule in a game of so many quarters (musd)."""

    role: str
    party: str
    quarters: int
    gain: Estimate


def _contests(role: str, party: str, seat: Seat, quarters: int, worlds: int) -> list[Contest]:
    """A strategy on a seat in the held-out scenarios, which share the worlds."""
    places = grading.held_out()
    share = -(-worlds // len(places))
    return [
        Contest(Cell(place, Size(share, quarters, grading.HELD_OUT_SEED + number), seats={party: seat}), role, party)
        for number, place in enumerate(places)
    ]


def _estimates(role: str, pairs: Sequence[tuple[Seat, Seat, int]], worlds: int, workers: int) -> list[Estimate]:
    """What the first of each pair has over the second on the role's first seat in so many quarters, on shared draws."""
    party, count = SEATS[role][0], len(grading.HELD_OUT)
    games = list(dict.fromkeys((seat, quarters) for *both, quarters in pairs for seat in both))
    played = payoffs.payoffs([one for game in games for one in _contests(role, party, *game, worlds)], workers)
    earned = {game: payoffs.together(played[k * count : (k + 1) * count]) for k, game in enumerate(games)}
    return [estimate(earned[first, quarters] - earned[second, quarters]) for first, second, quarters in pairs]


def parts(role: str, worlds: int = WORLDS, workers: int = 1) -> list[Part]:
    """Every number of the role's skilled bot that is not the rule's, and those that belong together, by what the bot
    loses without them, largest first.

    What is lost does not add up: numbers help or hinder each other."""
    sheet = graded(role, "skilled")
    moved = {one.name: one for one in sheet.settings if one.default != one.rule}
    groups = {
        name: tuple(moved[one] for one in names if one in moved) for name, names in TOGETHER.get(role, {}).items()
    }
    asked = {name: (one,) for name, one in moved.items()} | {name: one for name, one in groups.items() if len(one) > 1}
    back = [sheet.maker(**{one.name: one.rule for one in numbers}) for numbers in asked.values()]
    pairs = [(sheet.maker(), one, objectives.horizon(role)) for one in back]
    lost = _estimates(role, pairs, worlds, workers)
    found = [
        Part(role, SEATS[role][0], name, numbers, one) for (name, numbers), one in zip(asked.items(), lost, strict=True)
    ]
    return sorted(found, key=lambda part: -part.lost.mean)


def longer(role: str, worlds: int = WORLDS, workers: int = 1) -> list[Longer]:
    """What skilled has over steady when the game, and with it the objective, is once, twice and three times as long."""
    quarters = [times * objectives.horizon(role) for times in LONGER]
    skilled, steady = graded(role, "skilled").maker(), default_for(role).maker()
    found = _estimates(role, [(skilled, steady, one) for one in quarters], worlds, workers)
    return [Longer(role, SEATS[role][0], one, gain) for one, gain in zip(quarters, found, strict=True)]
