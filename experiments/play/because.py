"""What a seat's own decisions have done: the quarters played again on the same draws, with the rule's decision in one
quarter instead of the seat's (in one turn, where a turn holds several), or with the rule or the skilled bot in the seat
all along.

All of these are places of one game of the same world. Everybody else answers to each of them, or repeats what it did;
the seat's other decisions are as they were. So a difference to the game that was played is what that one decision did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.forms import Answers, Form
from agents.roster import cast
from agents.seats import in_all_worlds
from agents.strategies import default_for, graded
from experiments.play.decided import full_form
from experiments.play.log import Logbook
from experiments.play.preview import KEYS, MONEY, Key
from experiments.play.rehearsal import lawful, mixed
from experiments.stats import digits
from experiments.text import Sheet, money
from sim import objectives
from sim.arrays import Array
from sim.contract import Decision, PublicBriefing, Seat
from sim.game import Game
from sim.quarters import label

SMALLEST_TOLD_MUSD = 10.0
"""An effect below is not told."""
TOLD_DECISIONS, TOLD_FIGURES = 3, 2
RULE, SKILLED = "the rule", "the skilled bot"
YOU = "you"
Span = tuple[int, int]
"""First and last quarter of what was decided at once, counted from 1."""


@dataclass(frozen=True)
class Consequence:
    """What a decision did to a figure in a later quarter (or its own), musd. decided: its quarter, or quarters; told:
    that of the figure; changed: what was decided otherwise than the rule, in words."""

    decided: str
    changed: str
    figure: str
    told: str
    musd: float


class _Places:
    """The seat in every place: its own decisions; in places of its own after `first` the rule's for one of them each,
    and then two players all along. changed: number of a decision, from 1 -> what it says otherwise than the rule."""

    def __init__(self, form: Form, spans: Sequence[Span], first: int) -> None:
        role = form.desk.role
        self.form, self.spans = form, spans
        self.first, self.by_rule, self.by_bot = first, first + len(spans) + 1, first + len(spans) + 2
        self.rule: Seat = default_for(role).maker()
        self.skilled: Seat = graded(role, "skilled").maker()
        self.decisions: Mapping[int, Decision] = {}
        self.changed: dict[int, str] = {}

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """Everybody's decision, place by place."""
        quarter, places = market.quarter, np.arange(len(market.demand_index))
        rule, mine = self.rule.decide(own, market), in_all_worlds(self.decisions[quarter], len(places))
        number = self.number(quarter)
        if number:
            self.changed[number] = self.changed.get(number) or told(self.form, mine, own, market, rule)
        ruled = (places == self.first + number) & (number > 0)
        decided = mixed(rule, lawful(mine, own), ruled | (places == self.by_rule))
        return mixed(self.skilled.decide(own, market), decided, places == self.by_bot)

    def number(self, quarter: int) -> int:
        """The decision of a quarter, from 1; 0 where it is none of the seat's."""
        return next((k for k, (first, last) in enumerate(self.spans, 1) if first <= quarter <= last), 0)


def told(form: Form, mine: Any, own: Any, market: PublicBriefing, rule: Any) -> str:
    """What a decision says otherwise than the rule's, in the words of the form: 'New capacity order 3000 MW (the rule:
    990)'; '' when nothing."""
    ours, usual = (form.says(one, own, market) for one in (mine, rule))
    return ", ".join(
        f"{question.title} {question.text(ours[question.id])}{_unit(question.unit)} "
        f"(the rule: {question.text(usual[question.id])})"
        for question in form.questions
        if _differs(ours, usual, question.id)
    )


def _differs(ours: Answers, usual: Answers, name: str) -> bool:
    return ours[name] != usual[name]


def _unit(unit: str) -> str:
    return f" {unit}" if unit and unit != "%" else unit


class Again:
    """A seat in the quarters of a log that are played again beside themselves."""

    def __init__(self, book: Logbook, party: str, seat: _Places, game: Game) -> None:
        self.role, self.party, self.start = book.roles()[party], party, book.start
        self.seat, self.game = seat, game

    def follow(self, book: Logbook) -> Again:
        """Play what has been decided since: whoever asks every quarter plays only the new ones."""
        self.seat.decisions = book.decisions(self.party)
        while self.game.quarter < book.quarters_played:
            self.game.step()
        return self

    def last_quarter(self) -> list[Consequence]:
        """What the seat's decisions did to the last quarter that was played: those that did most first, with one or two
        figures each. Decisions that are the rule's did nothing."""
        last = self._quarter(self.game.quarter)
        found = []
        for number, changed in self.seat.changed.items():
            effects = [(key, self._effect(key, number)) for key in _flows(self.role)] if changed else []
            effects = sorted(effects, key=lambda one: -abs(one[1]))[:TOLD_FIGURES]
            found.append(
                [
                    Consequence(self._decided(number), changed, key.title, last, musd)
                    for key, musd in effects
                    if abs(musd) >= SMALLEST_TOLD_MUSD
                ]
            )
        heavy = sorted((one for one in found if one), key=lambda one: -abs(one[0].musd))[:TOLD_DECISIONS]
        return [consequence for one in heavy for consequence in one]

    def without_effect(self) -> str:
        """The last decision in words when it has done nothing yet; '' when it has, or was the rule's."""
        number = self.seat.number(self.game.quarter)
        changed = self.seat.changed.get(number, "")
        small = all(abs(self._effect(key, number)) < SMALLEST_TOLD_MUSD for key in _flows(self.role))
        return changed if changed and small else ""

    def paths(self) -> dict[str, Array]:
        """The key figure by quarter, in its unit, of the seat as it was played, of the rule and of the skilled bot:
        (quarters,) each."""
        key = KEYS[self.role][0]
        values = key.scale * self._values(key)
        return {YOU: values[0], RULE: values[self.seat.by_rule], SKILLED: values[self.seat.by_bot]}

    @property
    def title(self) -> str:
        """What the paths are of."""
        key = KEYS[self.role][0]
        return f"{key.title}, {key.unit}"

    def end(self) -> Sheet:
        """The seat's figures in the last quarter: as it was played, by the rule, and by the skilled bot."""
        places = (0, self.seat.by_rule, self.seat.by_bot)
        rows = []
        for key in KEYS[self.role]:
            last = key.scale * self._values(key)[:, -1]
            rows.append((f"{key.title}, {key.unit}", *(digits(float(last[place])) for place in places)))
        heading = f"{self._quarter(self.game.quarter)} in your world, on the same draws"
        return Sheet(heading, ("", YOU, RULE, SKILLED), tuple(rows), strong=(0,))

    def weightiest(self) -> Consequence | None:
        """The decision that changed the seat's objective most, by how much; None when none did."""
        scores = objectives.objective(self.game.records, self.role, self.party)
        first = self.seat.first
        apart = {k: float(scores[0] - scores[first + k]) for k, changed in self.seat.changed.items() if changed}
        number = max(apart, key=lambda k: abs(apart[k]), default=0)
        if not number or abs(apart[number]) < SMALLEST_TOLD_MUSD:
            return None
        last = self._quarter(self.game.quarter)
        return Consequence(self._decided(number), self.seat.changed[number], "objective", last, apart[number])

    def _effect(self, key: Key, number: int) -> float:
        values = self._values(key)[:, -1]
        return float(values[0] - values[self.seat.first + number])

    def _values(self, key: Key) -> Array:
        """A figure of every place, (places, quarters)."""
        return key.read(lambda name: self.game.records.party(self.role, self.party, name))

    def _decided(self, number: int) -> str:
        """The quarter of a decision, or '2026Q1 to 2026Q2'."""
        ends = dict.fromkeys(self._quarter(min(quarter, self.game.quarter)) for quarter in self.seat.spans[number - 1])
        return " to ".join(ends)

    def _quarter(self, number: int) -> str:
        return label(self.start + number)

    def close(self) -> None:
        """Let go of the game."""
        self.game.close()


def alone(book: Logbook, party: str) -> Again:
    """A seat whose every quarter is a decision; the log's strategies answer."""
    return together(book, {party: ()})[party]


def together(
    book: Logbook, spans: Mapping[str, Sequence[Span]], others: Mapping[str, Seat] | None = None
) -> dict[str, Again]:
    """Seats side by side in one game, each in places of its own. spans: the decisions of each, one or more quarters
    long (one a quarter where there are none; a quarter in none is the record's everywhere); others: players in further
    seats, without whom the log's strategies answer."""
    seats, places = dict[str, _Places](), 0
    for party, mine in spans.items():
        decisions = tuple(mine) or tuple((number, number) for number in range(1, book.content.quarters + 1))
        seats[party] = _Places(full_form(book, party), decisions, places)
        seats[party].decisions = book.decisions(party)
        places = seats[party].by_bot
    cell, size = book.cell({**(others or {}), **seats}), book.size
    game = Game(
        cell.scenario,
        cast(cell.strategies, cell.seats),
        worlds=1,
        quarters=size.quarters,
        seed=size.seed,
        first_world=cell.first_world,
        draw=size.draw,
        beside=(cell.scenario,) * places,
    )
    return {party: Again(book, party, seat, game) for party, seat in seats.items()}


def _flows(role: str) -> list[Key]:
    """Figures of a quarter in money: what stands at its end adds up what was before."""
    return [key for key in KEYS[role] if key.unit == MONEY and key.name != "cash_musd"]


Shown = Mapping[tuple[str, str, str], str]
"""What was shown before of what a decision would do: (quarter of the decision, figure, its quarter) -> a band, $bn."""


def sentences(consequences: list[Consequence], nothing_yet: str = "", shown: Shown | None = None) -> list[str]:
    """'2026Q1, New capacity order 3000 MW (the rule: 990): free cash flow −$7.31 bn in 2026Q2.' A line a decision, with
    the band that was shown before where there was one."""
    said: dict[tuple[str, str], list[str]] = {}
    for one in consequences:
        band = (shown or {}).get((one.decided, one.figure, one.told))
        before = f" (shown before: {band})" if band else ""
        amount = f"{_figure(one.figure)} {money(one.musd, True)}{before}"
        said.setdefault((one.decided, one.changed), []).append(amount)
    found = [
        f"{decided}, {changed}: {', '.join(amounts)} in {consequences[0].told}."
        for (decided, changed), amounts in said.items()
    ]
    if nothing_yet:
        found.append(f"Not felt yet: {nothing_yet}.")
    return found


def _figure(title: str) -> str:
    return title.removesuffix(" a quarter").lower() if title != "objective" else title


def weight(one: Consequence | None) -> str:
    """One sentence of why a game ended as it did."""
    if one is None:
        return "No single decision of yours made a difference to your objective that is worth telling."
    word, when = "gained" if one.musd > 0.0 else "cost", "those quarters" if " to " in one.decided else "that quarter"
    return (
        f"What counted most: in {one.decided} you decided {one.changed}; by {one.told} it had {word} you "
        f"{money(abs(one.musd))} of your objective, against the rule's decision in {when} alone."
    )


# --- a picture --------------------------------------------------------------------------------------------------------

HEIGHT, STEP = 9, 6
MARKS = {YOU: "Y", RULE: "r", SKILLED: "s"}
LOWEST_SPAN = 1e-9


def picture(paths: Mapping[str, Array], first: int) -> str:
    """Paths as a picture of letters, a column a quarter: Y you, r the rule, s the skilled bot, * where several meet.
    first: the first quarter, an ordinal."""
    values = np.stack(list(paths.values()))
    low, high = float(values.min()), float(values.max())
    span = max(high - low, LOWEST_SPAN)
    rows = np.rint((values - low) / span * (HEIGHT - 1)).astype(int)
    lines = []
    for height in range(HEIGHT - 1, -1, -1):
        marks = "".join(_mark([name for name, row in zip(paths, at, strict=True) if row == height]) for at in rows.T)
        edge = f"{low + span * height / (HEIGHT - 1):,.1f}" if height in (0, HEIGHT - 1, HEIGHT // 2) else ""
        lines.append(f"{edge:>8} |{marks}".rstrip())
    quarters = "".join(f"{_short(label(first + k)):>{STEP}}" for k in range(values.shape[1]))
    return "\n".join([*lines, f"{'':>8} +{'-' * (STEP * values.shape[1])}", f"{'':>9}{quarters}"])


def _mark(names: list[str]) -> str:
    mark = "" if not names else MARKS[names[0]] if len(names) == 1 else "*"
    return f"{mark:>{STEP - 2}}  "


def _short(quarter: str) -> str:
    """26Q1."""
    return quarter[2:]
