"""Two seats of two roles against each other: every strategy of one with every strategy of the other, on shared draws,
and what both earn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from agents.strategies import find, known
from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from experiments.bots import payoffs
from sim.arrays import Array
from sim.errors import InputError, each_once, unknown
from sim.records import Records
from sim.roster import load_roster
from sim.scenario import Scenario


@dataclass(frozen=True)
class Seat:
    """A seat, its role, and the strategies that it may play."""

    party: str
    role: str
    strategies: tuple[str, ...]


@dataclass(frozen=True)
class Meeting:
    """What is played: two seats, everybody else by default."""

    scenario: Scenario
    seats: tuple[Seat, Seat]
    size: Size


def meeting(scenario: str, parties: Sequence[str], chosen: Sequence[str], size: Size) -> Meeting:
    """Check what was asked for; InputError in one sentence when it cannot be played. chosen: PARTY=STRATEGY, several;
    of a seat that is not named, all."""
    loaded = scenarios.load(scenario)
    roster = load_roster(loaded.roster)
    roles = [payoffs.role_of(roster, party) for party in parties]
    for party, role in zip(parties, roles, strict=True):
        if role not in payoffs.PLAYABLE:
            raise unknown("role", role, payoffs.PLAYABLE, party)
    if parties[0] == parties[1]:
        raise InputError(f"{parties[0]} cannot meet itself; name two seats (fully-booked tournament compares one's).")
    named: dict[str, list[str]] = {party: [] for party in parties}
    for word in chosen:
        party, _, strategy = word.partition("=")
        if party not in named:
            raise unknown("seat", party, parties, "--strategy")
        named[party].append(find(strategy, roles[list(parties).index(party)], "--strategy").name)
    for party, names in named.items():
        each_once("strategy", names, f"--strategy {party}")
    seats = [
        Seat(party, role, tuple(named[party]) or tuple(sheet.name for sheet in known(role)))
        for party, role in zip(parties, roles, strict=True)
    ]
    return Meeting(loaded, (seats[0], seats[1]), size)


def earned(seats: tuple[Seat, Seat], records: Records) -> Array:
    """(worlds, 2) what both seats earn, musd; not a number in a world that is broken."""
    return np.stack([payoffs.payoff(one.role, one.party, records) for one in seats], axis=1)


def play(asked: Meeting, workers: int = 1) -> Array:
    """(2, strategies of the first, strategies of the second, worlds) what each earns, musd."""
    one, other = asked.seats
    cells = [
        Cell(asked.scenario, asked.size, {one.party: mine, other.party: theirs})
        for mine in one.strategies
        for theirs in other.strategies
    ]
    found = list(engine.all_played([(cell, partial(earned, asked.seats)) for cell in cells], workers))
    shape = (len(one.strategies), len(other.strategies), asked.size.worlds, 2)
    return np.moveaxis(np.stack(found).reshape(shape), -1, 0)
