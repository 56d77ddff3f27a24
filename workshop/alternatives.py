"""Other ways the game of a session could have gone: who follows the record, who the rule, and what else is changed.

Whoever follows the record repeats it world for world, whatever happens. Everything is played where the games are, from
plain data, and gives plain data.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np

from agents.forms import PLAYABLE
from agents.seats import Recorded, Then
from agents.strategies import default_for, find
from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from experiments.cards import Laid, moved
from experiments.play import fork
from experiments.play.fork import Fork
from experiments.play.log import Logbook
from sim import objectives
from sim.contract import PublicBriefing, Seat
from sim.past import Past
from sim.quarters import label, ordinal
from sim.records import Records
from sim.remedies import REMEDIES
from sim.scenario import Scenario
from sim.shocks import Shock
from sim.streams import Branch
from workshop.table import Task, book_of, scenario_of

SHARE = "trainium_share_used"
EARLIER = 2
"""Quarters by which regulators and dated rules come earlier in one of the variants."""
EDGE_CARD = "edge-surge"
KEPT, KEPT_PASTS = 64, 8
Ends = dict[str, list[float]]
"""Figure -> a value a world."""


@dataclass(frozen=True)
class Scaled:
    """A player whose fields are multiplied from a quarter on."""

    seat: Seat
    first: int
    factors: Mapping[str, float]

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """What the player decides, changed when it is time; who is silent is asked for nothing."""
        decided = self.seat.decide(own, market)
        if decided is None or market.quarter < self.first:
            return decided
        names = {one.name for one in fields(decided)}
        return replace(
            decided, **{name: by * getattr(decided, name) for name, by in self.factors.items() if name in names}
        )


@dataclass(frozen=True)
class Ahead:
    """A record that is followed some quarters early from a quarter on; where it ends, its last decision stands."""

    record: Mapping[int, Any]
    first: int
    by: int

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """The decision of this quarter, or of one to come."""
        at = market.quarter + (self.by if market.quarter >= self.first else 0)
        shifted = {market.quarter: self.record[at]} if at in self.record else {}
        return Recorded(shifted).decide(own, market)


@dataclass(frozen=True)
class Variant:
    """One thing that a fork changes. says: what exactly, in words."""

    title: str
    says: str


VARIANTS: dict[str, Variant] = {
    "": Variant("Nothing else is changed", ""),
    "no-exit-fees": Variant(
        "All exit fees are zero", "From then on no cloud charges for leaving; what was decided about it is dropped."
    ),
    "no-antitrust": Variant(
        "No antitrust action",
        "From then on regulators take no step and enforce no dated rule; remedies that cases have put in force stay.",
    ),
    "remedy-earlier": Variant(
        "Regulators act two quarters earlier",
        "From then on regulators' recorded steps, and rules that law dates, come two quarters earlier. A step still "
        "needs its proof and its time, so some are refused.",
    ),
    "edge-early": Variant(
        "The edge takes off at once",
        "Compute outside data centres grows from then on as in the shock card on an edge surge.",
    ),
    "book-half": Variant(
        "Everybody books half",
        "From then on clouds order half the capacity, and chip designers book half the foundry output, that they did.",
    ),
}
"""What a fork may change, by name."""


def varied(book: Logbook, asked: Fork, variant: str) -> Cell:
    """The worlds of a fork (as many as the log has), with a variant in force from its first quarter on. InputError when
    the variant does not go with the session's cards."""
    seats, first = asked.seats(book), asked.shared + 1
    roles, scenario = book.roles(), book.scenario
    factors: dict[str, dict[str, float]] = {
        "no-exit-fees": {"exit_fee_years": 0.0},
        "book-half": {"order_mw": 0.5, "booking_wafers": 0.5},
    }
    for party, seat in seats.items():
        if roles[party] == "regulator" and variant == "no-antitrust":
            seats[party] = Then(seat, asked.shared, find("hands-off", "regulator").maker())
        elif roles[party] == "regulator" and variant == "remedy-earlier":
            early = Ahead(book.decisions(party), first, EARLIER)
            seats[party] = Then(early, book.quarters_played, book.strategy(party))
        elif variant in factors:
            seats[party] = Scaled(seat, first, factors[variant])
    if variant == "edge-early":
        scenario = scenarios.with_shocks(scenario, [f"{EDGE_CARD}@{_first_heard(EDGE_CARD, asked.first(book))}"])
    elif variant == "remedy-earlier":
        scenario = _rules_earlier(scenario, asked.first(book))
    whole = book.cell(seats)
    size = replace(whole.size, quarters=asked.total)
    branch = Branch(whole.first_world, asked.shared)
    return replace(whole, scenario=scenario, size=size, first_world=0, branch=branch)


def _first_heard(card: str, quarter: str) -> str:
    """When a card's change must begin so that the first that is heard of it is in a quarter."""
    own = Laid(card).shocks()
    begins = min(ordinal(one.quarters[0]) for one in own)
    heard = min(ordinal(one.announced or one.quarters[0]) for one in own)
    return label(ordinal(quarter) + begins - heard)


def _rules_earlier(scenario: Scenario, first: str) -> Scenario:
    """Rules that law dates after a quarter come earlier, at the earliest in that quarter."""
    found: list[Shock] = []
    for shock in scenario.shocks:
        begins = ordinal(shock.quarters[0])
        early = max(begins - EARLIER, ordinal(first))
        later = shock.parameter.startswith(REMEDIES) and begins > ordinal(first)
        found += moved([shock], label(early)) if later else (shock,)
    return replace(scenario, shocks=tuple(found))


_PASTS: OrderedDict[tuple[object, ...], Past | None] = OrderedDict()


def shared_past(task: Task, asked: Fork) -> Past | None:
    """The quarters that all worlds of a fork share; played once for all rounds and variants."""
    key = (task.key, asked.shared)
    if key not in _PASTS:
        _PASTS[key] = fork.past_of(book_of(task), asked)
        while len(_PASTS) > KEPT_PASTS:
            _PASTS.popitem(last=False)
    return _PASTS[key]


# --- the record, or the rule in its place -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Rewrite:
    """The played quarters once more. ruled: parties whose rule decides in the quarters `first` to `last`; everybody
    else repeats the record. shared: quarters whose draws are those of the played world; cards: with the session's
    shock cards? World 0 is the one that was played."""

    ruled: tuple[str, ...]
    first: int
    last: int
    worlds: int
    shared: int = 0
    branched: bool = True
    cards: bool = True


_ENDS: OrderedDict[tuple[object, ...], Ends] = OrderedDict()


def ends(task: Task, asked: Rewrite) -> Ends:
    """How the game ends for the room and for each seat: Trainium's share of the last quarter, and each seat's declared
    objective in musd as 'objective:PARTY', a value a world."""
    key = (task.key, asked)
    if key not in _ENDS:
        book = book_of(task)
        parties = {party: role for party, role in book.roles().items() if party in task.setup.seats}
        _ENDS[key] = engine.played(rewritten(book, task, asked), partial(_read_ends, parties))
        while len(_ENDS) > KEPT:
            _ENDS.popitem(last=False)
    return {name: np.asarray(one).tolist() for name, one in _ENDS[key].items()}


def rewritten(book: Logbook, task: Task, asked: Rewrite) -> Cell:
    """The game that a rewrite asks for."""
    seats: dict[str, Seat] = {}
    for party, role in book.roles().items():
        if role not in PLAYABLE:  # buyers of a segment always follow their rule
            continue
        record: Seat = Recorded(book.decisions(party))
        if party in asked.ruled:
            rule = default_for(role).maker()
            seats[party] = Then(record, asked.first - 1, Then(rule, asked.last, record))
        else:
            seats[party] = record
    whole = book.cell(seats)
    scenario = book.scenario if asked.cards else scenario_of(task.setup, ())
    branch = Branch(whole.first_world, asked.shared) if asked.branched else None
    size = Size(asked.worlds, len(task.quarters), whole.size.seed, whole.size.draw)
    past = shared_past(task, Fork(asked.shared, size.quarters, "recorded")) if asked.shared else None
    return replace(whole, scenario=scenario, size=size, first_world=0, branch=branch, past=past)


def _read_ends(parties: Mapping[str, str], records: Records) -> dict[str, Any]:
    found = {SHARE: records.metric(SHARE)[:, -1]}
    return found | {f"objective:{party}": objectives.objective(records, role, party) for party, role in parties.items()}


def playable(task: Task) -> tuple[str, ...]:
    """Parties that decide by choice: all but the segments of buyers."""
    return tuple(party for party, role in book_of(task).roles().items() if role in PLAYABLE)
