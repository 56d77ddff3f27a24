"""Forks of a log: the same past, many futures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from agents.roster import parties
from agents.seats import Recorded, Then
from agents.strategies import default_for, find, graded
from experiments.batch import engine
from experiments.batch.engine import Cell, Played, Size
from experiments.batch.store import Store, party_rows, provenance, write_dictionary
from experiments.batch.target import PROVENANCE
from experiments.play.log import PERSON, Logbook
from experiments.play.replay import TABLES
from experiments.stats import band
from experiments.text import Sheet
from sim.contract import Seat
from sim.errors import InputError
from sim.quarters import label, ordinal
from sim.roster import load_roster
from sim.streams import Branch

OTHERS = ("recorded", "skilled")
SHOWN = (
    ("trainium_share_used", "Trainium's share, %", 100.0),
    ("price_over_cost", "price over cost", 1.0),
    ("utilisation", "utilisation, %", 100.0),
    ("unserved_share", "unserved demand, %", 100.0),
)

_SHARE, _CASH_FLOW = ("share", "share, %", 100.0), ("free_cash_flow_musd", "free cash flow, $bn", 1e-3)
PARTY_SHOWN = {
    "cloud": (_SHARE, _CASH_FLOW),
    "vendor": (_SHARE, _CASH_FLOW),
    "lab": (("token_share", "share of tokens, %", 100.0), ("cash_musd", "cash, $bn", 1e-3)),
    "regulator": (("buyer_surplus_musd", "buyers' gain, $bn", 1e-3), ("compute_bill_musd", "buyers' bill, $bn", 1e-3)),
}
"""Figures of the person's seat, by role."""


@dataclass(frozen=True)
class Fork:
    """A log, played on from a quarter in many worlds. shared: quarters that all worlds share; total: quarters in all."""

    path: Path
    shared: int
    total: int
    others: str

    def first(self, book: Logbook) -> str:
        """The first quarter that differs."""
        return label(book.start + self.shared + 1)

    def seats(self, book: Logbook) -> dict[str, Seat]:
        """Who decides: the record for the past; from the fork on the person's record while it lasts, and the others as asked."""
        found: dict[str, Seat] = {}
        for party, role in book.roles().items():
            record = Recorded(book.decisions(party))
            if role == "segment":  # buyers of a segment always follow their rule: they react to what happens
                continue
            keeps = party == book.person or self.others == "recorded"
            until = book.quarters_played if keeps else self.shared
            found[party] = Then(record, until, self._after(book, party, role))
        return found

    def _after(self, book: Logbook, party: str, role: str) -> Seat:
        if self.others == "skilled" and party != book.person:
            return graded(role, "skilled", "--others").maker()  # type: ignore[no-any-return]
        named = book.content.seats.get(party, PERSON)
        sheet = default_for(role) if named == PERSON else find(named, role, book.path.name)
        return sheet.maker()  # type: ignore[no-any-return]


def planned(path: Path, at: str, quarters: int, others: str) -> tuple[Logbook, Fork]:
    """The fork that was asked for; InputError in one sentence when it cannot be."""
    if others not in OTHERS:
        raise InputError(f"--others = {others} is not allowed; give recorded or skilled.")
    book = Logbook.load(path)
    number = ordinal(at, "--at") - book.start
    last = book.quarters_played + 1
    if not 1 <= number <= last:
        raise InputError(
            f"--at = {at} is not in the log; give a quarter from {label(book.start + 1)} to {label(book.start + last)}."
        )
    total = quarters or max(book.content.quarters, number + 7)
    if total < number:
        raise InputError(
            f"--quarters = {total} ends before the fork at {at}, quarter {number}; give at least {number}."
        )
    return book, Fork(path, number - 1, total, others)


def play(fork: Fork, first: int, worlds: int) -> dict[str, pd.DataFrame]:
    """One chunk of a fork's worlds."""
    book = Logbook.load(fork.path)
    branch = Branch(book.content.first_world, fork.shared)
    game = book.game(fork.seats(book), branch, worlds=worlds, first_world=first, quarters=fork.total)
    try:
        records = game.run()
        return {name: getattr(records, name)() for name in TABLES}
    finally:
        game.close()


def tables(fork: Fork, worlds: int, workers: int = 1) -> dict[str, pd.DataFrame]:
    """Tables of all worlds of a fork."""
    parts = list(engine.each(play, [(fork, *piece) for piece in engine.pieces(worlds)], workers))
    return {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in TABLES}


def save(store: Store, book: Logbook, fork: Fork, played: dict[str, pd.DataFrame], worlds: int) -> None:
    """Write the tables of a fork."""
    c, scenario = book.content, book.scenario
    store.add(Played(Cell(scenario, Size(worlds, fork.total, c.seed, c.draw)), played))
    store.close_tables()
    write_dictionary(store, party_rows())
    facts = {"command": store.target.command, "seed": c.seed, "worlds": worlds, "at": fork.first(book)}
    facts |= {"others": fork.others, "assumes": assumption(book, fork), "scenario_hash": scenario.digest}
    store.write(PROVENANCE, provenance(facts))


def assumption(book: Logbook, fork: Fork) -> str:
    """What a fork takes for granted, in words."""
    at, me = fork.first(book), title(book)
    mine = (
        f"{me} follows its record while that lasts, then its default strategy"
        if me
        else "Nobody was played by a person"
    )
    theirs: Mapping[str, str] = {
        "recorded": "the others repeat what they decided in the recorded game, whatever happens: read it over a short horizon",
        "skilled": "the others are played by skilled bots from there on",
    }
    return (
        f"Assumed: all worlds share the past before {at}; from then on chance differs. {mine}; "
        f"{theirs[fork.others]}. Segments follow their rules. An illustration, not a forecast."
    )


def title(book: Logbook) -> str:
    """What the person's party is called; '' when nobody was played by a person."""
    if not book.person:
        return ""
    names = {name: name_of for _, name, name_of in parties(load_roster(book.scenario.roster))}
    return names[book.person]


def bands(book: Logbook, fork: Fork, played: Mapping[str, pd.DataFrame], worlds: int) -> Sheet:
    """Median and band over worlds at a few horizons after the fork."""
    horizons = sorted({min(fork.shared + ahead, fork.total) for ahead in (1, 4, 8, fork.total - fork.shared)})
    quarters = [label(book.start + horizon) for horizon in horizons]
    rows = [_row(words, played["quarters"], name, scale, quarters) for name, words, scale in SHOWN]
    if book.person:
        mine = played["parties"][played["parties"]["party"] == book.person]
        rows += [
            _row(f"{title(book)}: {words}", mine, name, scale, quarters)
            for name, words, scale in PARTY_SHOWN[book.roles()[book.person]]
        ]
    heading = f"From {fork.first(book)} on, {worlds} worlds: median (90 % of worlds between)"
    return Sheet(heading, ("", *quarters), tuple(rows))


def _row(words: str, frame: pd.DataFrame, name: str, scale: float, quarters: list[str]) -> tuple[str, ...]:
    return (words, *(band(scale * frame.loc[frame["quarter"] == quarter, name].to_numpy()) for quarter in quarters))
