"""A game is a log: scenario, seed and decisions by quarter in one JSON file, from which everything can be played again.

The file is written anew after every quarter, beside the old one and then in its place: whoever is killed loses at most
the quarter under way. Decisions of all parties are kept, so that a later version of a strategy does not change a
replay. Any number of parties may be held by people; the others by strategies with a name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from agents.roster import cast, parties, unknown_party
from agents.seats import Recorded, Then
from agents.strategies import default_for, find
from experiments.batch.engine import Cell, Size
from experiments.batch.fingerprint import VERSION, code, fingerprint
from experiments.play import log_file
from experiments.play.log_file import FORMAT, PERSON, Content, PlayedQuarter, ScenarioContent
from experiments.scenarios import catalogue_of
from sim.arrays import Array
from sim.contract import ROLES, Decision, Expected, Seat, expected, validated
from sim.errors import InputError, unknown
from sim.game import Game
from sim.metrics import METRICS
from sim.quarters import label, ordinal
from sim.roster import load_roster
from sim.scenario import Scenario


class Logbook:
    """The log of one game, in memory and on disk."""

    def __init__(self, path: Path, content: Content) -> None:
        self.path, self.content = path, content
        self.scenario = content.scenario.scenario()
        self.start = ordinal(self.scenario.start, f"{path.name}: scenario start")

    # --- writing ----------------------------------------------------------------------------------------------------

    @classmethod
    def new(
        cls, path: Path, cell: Cell, seats: Mapping[str, str], level: int, levels: Mapping[str, int] | None = None
    ) -> Logbook:
        """A new log without a quarter yet, in memory only. cell: what is played, and how much; seats: party ->
        strategy, or 'person'; level: of people's forms, but for those whom `levels` names."""
        scenario, size = cell.scenario, cell.size
        content = Content(
            format=FORMAT,
            product=VERSION,
            scenario=ScenarioContent.of(scenario),
            scenario_digest=scenario.digest,
            seed=size.seed,
            worlds=size.worlds,
            first_world=cell.first_world,
            quarters=size.quarters,
            draw=size.draw,
            level=level,
            levels=dict(levels) if levels else None,
            seats=dict(seats),
            written_on=fingerprint(),
            rules=code(),
            played=[],
        )
        return cls(path, content)

    @classmethod
    def begin(
        cls,
        path: Path,
        *,
        scenario: Scenario,
        seats: Mapping[str, str],
        level: int,
        levels: Mapping[str, int] | None = None,
        **size: int,
    ) -> Logbook:
        """The same, written at once. size: quarters, seed, draw and worlds (one unless given)."""
        asked = Size(**{"worlds": 1, **size})  # type: ignore[arg-type]
        book = cls.new(path, Cell(scenario, asked), seats, level, levels)
        book.write()
        return book

    def add(self, game: Game) -> None:
        """Take in the quarter that a game has just played, and write."""
        decisions = {
            player.name: {
                f.name: np.asarray(getattr(game.state.decided[player.name], f.name)).tolist()
                for f in fields(game.state.decided[player.name])
            }
            for player in game.players
        }
        now = PlayedQuarter(
            quarter=label(self.start + game.quarter),
            decisions=decisions,
            digest=digest_of(game),
            outcomes=outcomes_of(game),
        )
        self.content = self.content.model_copy(update={"played": [*self.content.played, now]})
        self.write()

    def write(self) -> None:
        """Replace the file on disk as a whole; InputError when the disk does not take it (the old file stays as it
        was)."""
        log_file.write(self.path, self.content)

    # --- reading ----------------------------------------------------------------------------------------------------

    @classmethod
    def load(cls, path: Path) -> Logbook:
        """The log of a file (or of the folder of a game), checked; InputError in one sentence when it cannot be
        used."""
        path = log_file.log_of(path)
        book = cls(path, log_file.read(path))
        book._check()
        return book

    @property
    def quarters_played(self) -> int:
        """How many quarters the log holds."""
        return len(self.content.played)

    @property
    def people(self) -> tuple[str, ...]:
        """The parties that people play, each with decisions of its own; none in a game of strategies."""
        return self.content.people()

    def level(self, party: str) -> int:
        """How many decisions a quarter somebody is asked for."""
        return (self.content.levels or {}).get(party, self.content.level)

    def roles(self) -> dict[str, str]:
        """Party -> role of everybody in the game."""
        return {name: role for role, name, _ in parties(load_roster(self.scenario.roster))}

    def decisions(self, party: str) -> dict[int, Decision]:
        """Quarter number -> recorded decision of a party."""
        like = expected(load_roster(self.scenario.roster), self.content.worlds)[party]
        return {number: self._decision(party, like, one) for number, one in enumerate(self.content.played, 1)}

    def _decision(self, party: str, like: Expected, one: PlayedQuarter) -> Decision:
        role, made = like.role, ROLES[like.role]
        place, given = f"{self.path.name}: {party}, {one.quarter}", one.decisions.get(party)
        if given is None:
            raise InputError(f"{place}: no decision is recorded.")
        names = [f.name for f in fields(made)]
        for name in given:
            if name not in names:
                raise unknown(f"{role} decision", name, names, place)
        missing = [name for name in names if name not in given]
        if missing and all(name.startswith("deal_") for name in missing):
            raise InputError(
                f"{place}: no decision on deals is recorded; logs of before labs and clouds struck deals in play do "
                "not replay on today's rules."
            )
        if missing:
            raise InputError(f"{place}: {missing[0]} is missing; a {role} decides {', '.join(names)}.")
        arrays = {name: _array(given[name], f"{place}: {name}") for name in names}
        for name, array in arrays.items():
            if array.ndim == 0 or len(array) != self.content.worlds:
                raise InputError(f"{place}: {name} must hold a value for each of {self.content.worlds} worlds.")
        try:
            taken: Decision = validated(made(**arrays), like, party, one.quarter)
            return taken
        except InputError as error:
            raise InputError(f"{self.path.name}: {error}") from None

    def seats(self) -> dict[str, Seat]:
        """Everybody's recorded seat."""
        return {party: Recorded(self.decisions(party)) for party in self.roles()}

    def strategy(self, party: str) -> Seat:
        """The strategy that a party had; a person's is the default of the role."""
        named, role = self.content.seats.get(party, PERSON), self.roles()[party]
        sheet = default_for(role) if named == PERSON else find(named, role, self.path.name)
        return sheet.maker()

    def going_on(self, party: str) -> Seat:
        """Repeats what is recorded of a party, and then plays its strategy."""
        return Then(Recorded(self.decisions(party)), self.quarters_played, self.strategy(party))

    @property
    def size(self) -> Size:
        """How much is played."""
        c = self.content
        return Size(c.worlds, c.quarters, c.seed, c.draw)

    def cell(self, seats: Mapping[str, Seat] | None = None) -> Cell:
        """The game as it was begun, with other seats. Parties without a seat given play the strategy they had; people
        repeat what they decided first: nobody can say how else they would have answered."""
        given = dict(seats or {})
        given |= {party: self.going_on(party) for party in self.people if party not in given}
        named = {party: strategy for party, strategy in self.content.seats.items() if party not in given}
        return Cell(self.scenario, self.size, named, seats=given, first_world=self.content.first_world)

    def game(self, seats: Mapping[str, Seat] | None = None) -> Game:
        """The same as a game with these very seats, before its first quarter; whoever plays it closes it."""
        cell, size = self.cell(seats), self.size
        try:
            return Game(
                cell.scenario,
                cast(cell.strategies, cell.seats),
                worlds=size.worlds,
                quarters=size.quarters,
                seed=size.seed,
                first_world=cell.first_world,
                draw=size.draw,
            )
        except InputError as error:
            where = f"{self.path.name}: " if self.path.is_file() else ""  # a new game is in no file yet
            raise InputError(f"{where}{error}") from None

    def _check(self) -> None:
        where, c = self.path.name, self.content
        if self.scenario.digest != c.scenario_digest:
            raise InputError(
                f"{where}: the scenario's content does not fit its digest {c.scenario_digest}; the file "
                "was changed by hand, or its ensemble has been made anew."
            )
        self.scenario.check(catalogue_of(self.scenario))
        everyone = self.roles()
        for party in (*c.seats, *(party for one in c.played for party in one.decisions)):
            if party not in everyone:
                raise unknown_party(load_roster(self.scenario.roster), party, where)
        for party in c.levels or {}:
            if party not in self.people:
                raise InputError(f"{where}: levels: {party} is not held by a person; seats says who is.")
        for number, one in enumerate(c.played, 1):
            expected = label(self.start + number)
            if one.quarter != expected:
                raise InputError(f"{where}: quarter {number} is {one.quarter}; it must be {expected}.")
            for name, values in one.outcomes.items():
                if len(values) != c.worlds:
                    raise InputError(f"{where}: {one.quarter}: {name} must hold a value for each of {c.worlds} worlds.")
        if len(c.played) > c.quarters:
            raise InputError(f"{where}: {len(c.played)} quarters were played of {c.quarters}.")
        for party in everyone:
            self.decisions(party)


def _array(given: Any, place: str) -> Array:
    """Recorded numbers as an array; InputError names what is none."""
    flat = [given]
    while any(isinstance(one, list) for one in flat):
        flat = [part for one in flat for part in (one if isinstance(one, list) else [one])]
    if wrong := [one for one in flat if isinstance(one, bool) or not isinstance(one, (int, float))]:
        raise InputError(f"{place} = {wrong[0]!r} is not a number.")
    try:
        return np.array(given, dtype=np.float64)
    except ValueError:
        raise InputError(f"{place}: the lists of numbers are not of one length.") from None


def outcomes_of(game: Game) -> dict[str, list[float]]:
    """All metrics of the last quarter, a value a world."""
    return {metric.name: game.records.metric(metric.name)[:, -1].tolist() for metric in METRICS}


def digest_of(game: Game) -> str:
    """A hash of all metrics of the last quarter: names and bytes."""
    total = hashlib.sha256()
    for metric in METRICS:
        total.update(metric.name.encode())
        total.update(np.ascontiguousarray(game.records.metric(metric.name)[:, -1]).tobytes())
    return total.hexdigest()
