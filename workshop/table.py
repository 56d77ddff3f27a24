"""The game behind a session, as it is played in a process of its own: opened, briefed, and gone on with by turns.

All that goes in and out is plain data, and a game can be built again from it at any time: what is kept here between
two calls only saves time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agents.forms import PLAYABLE, Answers, Form, form
from agents.roster import cast, parties
from agents.strategies import default_for, graded
from experiments import scenarios
from experiments.batch.engine import Cell, Size
from experiments.cards import Laid
from experiments.play import drivers
from experiments.play.drivers import Turn
from experiments.play.ended import ended
from experiments.play.log import Logbook, digest_of
from experiments.play.log_file import LOG, PERSON, PlayedQuarter
from experiments.play.warnings import warnings
from sim import kernels
from sim.errors import InputError
from sim.game import Game
from sim.quarters import label, ordinal
from sim.roster import load_roster
from sim.scenario import Scenario
from workshop import bargains, brief
from workshop.bargains import Clauses
from workshop.setup import HUMAN, Setup

Data = dict[str, Any]
REST = "steady"
"""The grade of everybody who is in no seat of a session."""
Key = tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]
"""What tells games apart: settings, cards, digests of the quarters played."""
KEPT_TABLES = 4


@dataclass(frozen=True)
class Task:
    """A session's game so far. cards: shock cards with the quarter from which they act; quarters: the log of those
    played; people: parties that people have decided for."""

    setup: Setup
    cards: tuple[dict[str, str], ...]
    quarters: tuple[Data, ...]
    people: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """Equal for equal games."""
        cards = tuple((card["card"], card["from"]) for card in self.cards)
        return (repr(self.setup), cards, tuple(str(one["digest"]) for one in self.quarters))

    def follows(self, other: Key) -> bool:
        """Is this the game of that key, gone on with?"""
        setup, cards, digests = self.key
        return (setup, cards, digests[: len(other[2])]) == other


class Book(Logbook):
    """A log in memory: a session's own log is the one on disk."""

    def write(self) -> None:
        """Nothing is written."""


def scenario_of(setup: Setup, cards: Sequence[Mapping[str, str]]) -> Scenario:
    """The session's scenario with its cards, each from its quarter on. InputError when a card does not go with what is
    laid already, or would change the past."""
    scenario = scenarios.load(setup.scenario)
    return scenarios.with_shocks(scenario, [_laid(card["card"], card["from"]) for card in cards])


def _laid(card: str, first: str) -> str:
    """A card with its date, such that the first that anybody hears of it is in the given quarter."""
    laid = Laid(card)
    own = laid.shocks()
    if laid.parameters() or not own:
        raise InputError(f"'{card}' changes the world from its start, and cannot be laid on a game that has begun.")
    begins = min(ordinal(one.quarters[0]) for one in own)
    ahead = begins - min(ordinal(one.announced or one.quarters[0]) for one in own)
    return f"{card}@{label(ordinal(first) + ahead)}"


def book_of(task: Task) -> Book:
    """The session as a log that `replay` and `fork` read."""
    setup, scenario = task.setup, scenario_of(task.setup, task.cards)
    roles = {name: role for role, name, _ in parties(load_roster(scenario.roster))}
    seats = {party: graded(role, REST).name for party, role in roles.items() if role in PLAYABLE}
    bots = {party: holder for party, holder in setup.seats.items() if holder != HUMAN}
    seats |= {party: graded(roles[party], grade).name for party, grade in bots.items()}
    seats |= dict.fromkeys(task.people, PERSON)
    cell = Cell(scenario, Size(1, setup.quarters, setup.seed))
    played = [PlayedQuarter.model_validate(one) for one in task.quarters]
    content = Book.new(Path(LOG), cell, seats, setup.level).content
    return Book(Path(LOG), content.model_copy(update={"played": played}))


class Table:
    """A game of one world with people's forms beside it."""

    def __init__(self, task: Task) -> None:
        self.task, self.book = task, book_of(task)
        roster, setup = load_roster(self.book.scenario.roster), task.setup
        roles = self.book.roles()
        self.forms: dict[str, Form] = {party: form(roster, party, setup.level) for party in setup.seats}
        self.roles = {party: roles[party] for party in setup.seats}
        self.rules = {party: default_for(role).maker() for party, role in self.roles.items()}
        self.everyone = roles
        self.turns: dict[str, list[Turn]] = {party: [] for party in setup.seats}
        self.struck: list[Data] = []
        others = {
            party: graded(role, REST).name
            for party, role in roles.items()
            if role in PLAYABLE and party not in setup.seats
        }
        size = self.book.size
        self.game = Game(self.book.scenario, cast(others), worlds=1, quarters=size.quarters, seed=size.seed)
        self._recall()

    def catch_up(self, task: Task) -> None:
        """Play what a later task of this game holds beyond what has been played here; InputError when it comes out
        otherwise."""
        self.task, self.book = task, book_of(task)
        self._recall()

    def _recall(self) -> None:
        """Play what the log holds from here on; InputError when it comes out otherwise."""
        recorded = {party: self.book.decisions(party) for party in self.book.roles()}
        for number, one in enumerate(self.book.content.played[self.game.quarter :], self.game.quarter + 1):
            decided = {party: decisions[number] for party, decisions in recorded.items()}
            self._close({party: decided[party] for party in self.forms}, decided)
            if digest_of(self.game) != one.digest:
                raise InputError(f"{one.quarter} does not come out as it was played: this would rewrite the past.")

    def _close(self, seats: Mapping[str, Any], decided: Mapping[str, Any]) -> None:
        shown = self.game.brief()
        for party, decision in seats.items():
            self.turns[party].append(Turn(shown.own(self.roles[party], party), shown.market, decision))
        before = self.game.state.struck
        self.game.step(dict(decided))
        self.struck += bargains.struck(self.game, before, shown, label(self.book.start + self.game.quarter))

    def brief(self) -> Data | None:
        """What is shown before the next quarter; None when there is none."""
        game = self.game
        if game.quarter >= game.quarters:
            return None
        shown, before = game.brief(), next(iter(self.turns.values()))
        market = brief.public(game.roster, shown.market, before[-1].market if before else None)
        market["signed"] = bargains.known(game.roster, shown.market.deals_known)
        seats = {party: self._private(party) for party in self.forms}
        return {"quarter": label(self.book.start + game.quarter + 1), "public": market, "seats": seats}

    def _private(self, party: str) -> Data:
        role, shown, turns = self.roles[party], self.game.brief(), self.turns[party]
        own = shown.own(role, party)
        outcome = drivers.outcome(role, party, self.game.records, turns, own)
        rule = self.rules[party].decide(own, shown.market)
        quarter = self.book.start + self.game.quarter + 1
        told = brief.private(self.forms[party], Turn(own, shown.market, None), turns, rule, outcome, label(quarter))
        asked = [one.own for one in turns[-self.task.setup.quarters_a_turn :]]
        told["ended"] = list(ended(role, [*asked, own]))
        if bargains.deals_on(self.task.setup.level):
            told["deals"] = bargains.shown(self.game, role, party, own, rule, quarter)
        return told

    def play(
        self, answers: Mapping[str, Mapping[str, str]], holders: Mapping[str, str], count: int, said: Data | None = None
    ) -> list[Data]:
        """Play a turn; gives the yardsticks of its quarters. answers: what people typed, question by question, the
        defaults where they did not. From the second quarter on what lasts is held, and the rest is the rule's. said:
        the turn's deals (`workshop.dealing.clauses`)."""
        found, clauses = [], self._clauses(said or {}, holders)
        self.struck = []
        for number in range(count):
            seats = {
                party: self._decide(party, answers.get(party, {}), holders[party], number > 0) for party in self.forms
            }
            decided = self._with_deals(clauses, number, seats)
            self._close({party: decided[party] for party in seats}, decided)
            self.book.add(self.game)
            quarter = self.book.content.played[-1].quarter
            found.append(brief.yardsticks(self.game, quarter, self.roles))
        return found

    def _clauses(self, said: Data, holders: Mapping[str, str]) -> Clauses | None:
        """The turn's deals; None where seats do not deal with each other."""
        setup = self.task.setup
        if not bargains.deals_on(setup.level):
            return None
        people = frozenset(party for party in self.forms if holders[party] == HUMAN)
        return Clauses(self.game.roster, self.everyone, said, people, setup.quarters_a_turn)

    def _with_deals(self, clauses: Clauses | None, number: int, seats: dict[str, Any]) -> dict[str, Any]:
        """Decisions with what the turn's deals say; of others too, whose offers to people wait."""
        if clauses is None:
            return seats
        shown, decided = self.game.brief(), dict(seats)
        for party, role in self.everyone.items():
            if role not in ("cloud", "lab"):
                continue
            own = shown.own(role, party)
            if party not in decided:
                decided[party] = graded(role, REST).maker().decide(own, shown.market)
            decided[party] = clauses.spoken(number, party, decided[party], own)
        return decided

    def decision(self, party: str, answers: Mapping[str, str], holder: str, said: Data) -> Any:
        """What a party's answers and deals come to in the turn's first quarter."""
        decided = self._decide(party, answers, holder, False)
        clauses = self._clauses(said, {**self.task.setup.seats, party: holder})
        if clauses is None:
            return decided
        return clauses.spoken(0, party, decided, self.game.brief().own(self.roles[party], party))

    def minds(self, party: str, answers: Mapping[str, str], said: Data) -> list[str]:
        """What a party may not want of what its answers would bring, a sentence each."""
        role, quarter = self.roles[party], label(self.book.start + self.game.quarter + 1)
        own, decided = self.game.brief().own(role, party), self.decision(party, answers, HUMAN, said)
        return warnings(role, own, quarter, decided)

    def _decide(self, party: str, answers: Mapping[str, str], holder: str, held: bool) -> Any:
        role, shown = self.roles[party], self.game.brief()
        own, market = shown.own(role, party), shown.market
        if holder != HUMAN:
            return graded(role, holder).maker().decide(own, market)
        mine, rule, turns = self.forms[party], self.rules[party].decide(own, market), self.turns[party]
        given: Answers = mine.defaults(own, market, rule, turns[-1].own if turns else None)
        for question in mine.questions:
            if question.id in answers and (question.lasts or not held):
                given[question.id] = question.parse(answers[question.id])
        return mine.decide(mine.playable(given, own, mine.says(rule, own, market)), own, market, rule)

    def last_outcomes(self) -> dict[str, Data]:
        """What came of the last quarter, seat by seat."""
        found = {}
        for party, role in self.roles.items():
            outcome = drivers.outcome(role, party, self.game.records, self.turns[party], None)
            if outcome is not None:
                mine = [one for one in self.struck if party in (one["cloud"], one["lab"])]
                found[party] = {**brief.told(outcome), "deals": mine}
        return found


# --- calls from the server --------------------------------------------------------------------------------------------

_KEPT: OrderedDict[Key, Table] = OrderedDict()


def _taken(task: Task) -> Table:
    """The game of a task, taken out of what is kept and gone on with as far as the task goes, or built again."""
    earlier = [key for key in _KEPT if task.follows(key)]
    if not earlier:
        return Table(task)
    table = _KEPT.pop(max(earlier, key=lambda key: len(key[2])))
    table.catch_up(task)
    return table


def _keep(table: Table, task: Task) -> None:
    _KEPT[task.key] = table
    while len(_KEPT) > KEPT_TABLES:
        _KEPT.popitem(last=False)[1].game.close()


@contextmanager
def lent(task: Task) -> Iterator[Table]:
    """The game of a task, to look at and not to play on."""
    table = _taken(task)
    try:
        yield table
    finally:
        _keep(table, task)


def minded(task: Task, party: str, answers: Mapping[str, str], said: Data) -> list[str]:
    """What a party may not want of its answers, told while they are typed; nothing where the game would have to be
    built for it first."""
    if task.key not in _KEPT:
        return []
    with lent(task) as table:
        return table.minds(party, answers, said)


def dealt(task: Task) -> Data:
    """What is shown before the next quarter. InputError when the log does not come out as it was played."""
    table = _taken(task)
    _keep(table, task)
    shown = table.brief()
    assert shown is not None, "nobody asks for a briefing after the last quarter"
    return shown


def played(
    task: Task,
    answers: Mapping[str, Mapping[str, str]],
    holders: Mapping[str, str],
    count: int,
    said: Data | None = None,
) -> Data:
    """A turn: the log and yardsticks of its quarters, what came of it for each seat, and the next briefing (None after
    the last quarter)."""
    table = _taken(task)
    figures = table.play(answers, holders, count, said)
    now = tuple(one.model_dump(mode="json") for one in table.book.content.played)
    _keep(table, replace(task, quarters=now))
    return {
        "answers": {party: dict(given) for party, given in answers.items()},
        "quarters": list(now[len(task.quarters) :]),
        "yardsticks": figures,
        "outcomes": table.last_outcomes(),
        "brief": table.brief(),
    }


def warm() -> None:
    """Load the model and compile what it compiles, before anybody waits for it."""
    kernels.road()
