"""Forks of a log: the same past, many futures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd

from agents.seats import Recorded, Then
from agents.strategies import graded
from experiments.batch import engine
from experiments.batch.engine import Cell, Played, Tables
from experiments.batch.store import Store, party_rows, provenance, write_dictionary
from experiments.batch.target import PROVENANCE
from experiments.play import decided
from experiments.play.log import Logbook
from experiments.play.replay import TABLES
from experiments.stats import band, broken_worlds, no_figures
from experiments.text import Sheet
from sim.contract import Seat
from sim.errors import InputError
from sim.past import Past
from sim.quarters import label, ordinal
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
"""Figures of a person's seat, by role."""


@dataclass(frozen=True)
class Fork:
    """A log, played on from a quarter in many worlds. shared: quarters that all worlds share; total: quarters in
    all."""

    shared: int
    total: int
    others: str

    def first(self, book: Logbook) -> str:
        """The first quarter that differs."""
        return label(book.start + self.shared + 1)

    def seats(self, book: Logbook) -> dict[str, Seat]:
        """Who decides: the record for the past; from the fork on people's records while they last, and the others as
        asked."""
        found: dict[str, Seat] = {}
        for party, role in book.roles().items():
            if role == "segment":  # buyers of a segment always follow their rule: they react to what happens
                continue
            keeps = party in book.people or self.others == "recorded"
            until = book.quarters_played if keeps else self.shared
            found[party] = Then(Recorded(book.decisions(party)), until, self._after(book, party, role))
        return found

    def cell(self, book: Logbook, worlds: int) -> Cell:
        """The worlds of the fork: they draw till then what the world of the log drew, and then each its own."""
        whole = book.cell(self.seats(book))
        branch = Branch(whole.first_world, self.shared)
        return replace(
            whole, size=replace(whole.size, worlds=worlds, quarters=self.total), first_world=0, branch=branch
        )

    def _after(self, book: Logbook, party: str, role: str) -> Seat:
        if self.others == "skilled" and party not in book.people:
            return graded(role, "skilled", "--others").maker()
        return book.strategy(party)


def planned(path: Path, at: str, quarters: int, others: str) -> tuple[Logbook, Fork]:
    """The fork that was asked for; InputError in one sentence when it cannot be."""
    if others not in OTHERS:
        raise InputError(f"--others = {others} is not allowed; give recorded or skilled.")
    book = Logbook.load(path)
    if book.content.worlds != 1:
        raise InputError(f"{book.path.name}: worlds = {book.content.worlds}: a fork goes on from one world.")
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
    return book, Fork(number - 1, total, others)


def past_of(book: Logbook, fork: Fork) -> Past | None:
    """The quarters that all worlds share, played once; None when there are none."""
    if not fork.shared:
        return None
    whole = book.cell(fork.seats(book))
    with engine.opened(replace(whole, size=replace(whole.size, worlds=1, quarters=fork.shared))) as game:
        game.run()
        return game.past()


def tables(book: Logbook, fork: Fork, worlds: int, workers: int = 1) -> Tables:
    """Tables of all worlds of a fork, which go on from the past that they share."""
    cell = replace(fork.cell(book, worlds), past=past_of(book, fork))
    return engine.played(cell, partial(engine.tables, cell.name, TABLES), workers)


def save(store: Store, book: Logbook, fork: Fork, played: Tables, worlds: int) -> None:
    """Write the tables of a fork."""
    c, scenario = book.content, book.scenario
    store.add(Played(fork.cell(book, worlds), played))
    store.close_tables()
    write_dictionary(store, party_rows())
    facts = {"command": store.target.command, "seed": c.seed, "worlds": worlds, "at": fork.first(book)}
    facts |= {"others": fork.others, "assumes": assumption(book, fork), "scenario_hash": scenario.digest}
    store.write(PROVENANCE, provenance(facts))


def assumption(book: Logbook, fork: Fork) -> str:
    """What a fork takes for granted, in words."""
    who = "the others" if book.people else "all seats"
    theirs: Mapping[str, str] = {
        "recorded": "repeat what they decided in the recorded game, whatever happens: read it over a short horizon",
        "skilled": "are played by skilled bots from there on",
    }
    return (
        f"Assumed: all worlds share the past before {fork.first(book)}; from then on chance differs. {_people(book)}; "
        f"{who} {theirs[fork.others]}. Buyers without a seat choose by the model's rules. An illustration, not a "
        "forecast."
    )


def _people(book: Logbook) -> str:
    """What people do in a fork."""
    names = list(titles(book).values())
    if not names:
        return "Nobody was played by a person"
    if len(names) == 1:
        return f"{names[0]} decides as it did, and by the rule of thumb after the last recorded quarter"
    everybody = f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{everybody} decide as they did, and by the rule of thumb after the last recorded quarter"


def titles(book: Logbook) -> dict[str, str]:
    """What the parties that people play are called, by name; a vendor by its own name, not its chip's."""
    return {party: decided.full_form(book, party).desk.title for party in book.people}


def bands(book: Logbook, fork: Fork, played: Mapping[str, pd.DataFrame], worlds: int) -> Sheet:
    """Median and band over worlds at a few horizons after the fork: the market, then everybody whom a person plays."""
    horizons = sorted({min(fork.shared + ahead, fork.total) for ahead in (1, 4, 8, fork.total - fork.shared)})
    quarters = [label(book.start + horizon) for horizon in horizons]
    broken = sorted({world for table in played.values() for world in broken_worlds(table)})
    whole = {name: table[~table["world"].isin(broken)] for name, table in played.items()}
    rows = [_row(words, whole["quarters"], name, scale, quarters) for name, words, scale in SHOWN]
    for party, title in titles(book).items():
        own = whole["parties"][whole["parties"]["party"] == party]
        shown = PARTY_SHOWN[book.roles()[party]]
        rows += [_row(f"{title}: {words}", own, name, scale, quarters) for name, words, scale in shown]
    over = (
        "one world" if worlds == 1 else f"{worlds} worlds" + (f", {no_figures(len(broken), worlds)}" if broken else "")
    )
    heading = f"From {fork.first(book)} on, {over}: median (90 % of worlds between)"
    return Sheet(heading, ("", *quarters), tuple(rows))


def _row(words: str, frame: pd.DataFrame, name: str, scale: float, quarters: list[str]) -> tuple[str, ...]:
    return (words, *(band(scale * frame.loc[frame["quarter"] == quarter, name].to_numpy()) for quarter in quarters))
