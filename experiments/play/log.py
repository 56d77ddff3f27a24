"""A game is a log: scenario, seed and decisions by quarter in one JSON file, from which everything can be played again.

The file is written anew after every quarter, beside the old one and then in its place: whoever is killed loses at most the
quarter under way. Decisions of all parties are kept, so that a later version of a strategy does not change a replay.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.roster import cast, parties
from agents.seats import Recorded
from experiments.batch.fingerprint import VERSION, fingerprint
from experiments.scenarios import catalogue_of
from sim.arrays import Array
from sim.contract import ROLES, Decision, Expected, Seat, expected, validated
from sim.errors import InputError, unknown
from sim.game import Game
from sim.metrics import METRICS
from sim.noise import LONGEST_GAME
from sim.quarters import label, ordinal
from sim.roster import load_roster
from sim.scenario import Scenario
from sim.shocks import Shock
from sim.streams import Branch

FORMAT = 1
PERSON = "person"
LOG = "game.json"


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScenarioContent(_Table):
    """A scenario with its bases folded in: all that a replay needs of it."""

    name: str
    title: str
    start: str
    roster: str
    pipeline_until: str
    quarters: int
    ensemble: str = ""
    known_until: str = ""
    parameters: dict[str, float]
    root_parameters: dict[str, float]
    shocks: list[Shock]

    @classmethod
    def of(cls, scenario: Scenario) -> ScenarioContent:
        """What a scenario says."""
        return cls(
            name=scenario.name, title=scenario.title, start=scenario.start, roster=scenario.roster,
            pipeline_until=scenario.pipeline_until, quarters=scenario.quarters, ensemble=scenario.ensemble,
            known_until=scenario.known_until, parameters=scenario.parameters,
            root_parameters=scenario.root_parameters, shocks=list(scenario.shocks),
        )  # fmt: skip

    def scenario(self) -> Scenario:
        """The scenario again."""
        return Scenario(
            self.name, self.title, self.start, self.roster, self.parameters, tuple(self.shocks), self.root_parameters,
            self.pipeline_until, "", self.quarters, self.ensemble, self.known_until,
        )  # fmt: skip


class PlayedQuarter(_Table):
    """One quarter: what everybody decided, a digest of what came of it, and the figures themselves."""

    quarter: str
    decisions: dict[str, dict[str, Any]]
    digest: str
    outcomes: dict[str, list[float]]


class Content(_Table):
    """The whole file."""

    format: Literal[1]
    product: str
    scenario: ScenarioContent
    scenario_digest: str
    seed: int = Field(ge=0)
    worlds: int = Field(ge=1)
    first_world: int = Field(ge=0)
    quarters: int = Field(ge=1, le=LONGEST_GAME)
    draw: bool
    level: int
    seats: dict[str, str]
    written_on: dict[str, str]
    played: list[PlayedQuarter]


class Logbook:
    """The log of one game, in memory and on disk."""

    def __init__(self, path: Path, content: Content) -> None:
        self.path, self.content = path, content
        self.scenario = content.scenario.scenario()
        self.start = ordinal(self.scenario.start, f"{path.name}: scenario start")

    # --- writing ----------------------------------------------------------------------------------------------------

    @classmethod
    def begin(
        cls, path: Path, *, scenario: Scenario, seed: int, quarters: int, draw: bool, level: int, seats: Mapping[str, str],
        worlds: int = 1, first_world: int = 0,
    ) -> Logbook:  # fmt: skip
        """A new log without a quarter yet, written at once. seats: party -> strategy, or 'person'."""
        content = Content(
            format=FORMAT, product=VERSION, scenario=ScenarioContent.of(scenario), scenario_digest=scenario.digest, seed=seed,
            worlds=worlds, first_world=first_world, quarters=quarters, draw=draw, level=level, seats=dict(seats),
            written_on=fingerprint(), played=[],
        )  # fmt: skip
        book = cls(path, content)
        book.write()
        return book

    def add(self, game: Game) -> None:
        """Take in the quarter that a game has just played, and write."""
        decisions = {
            player.name: {f.name: np.asarray(getattr(game.state.decided[player.name], f.name)).tolist() for f in fields(game.state.decided[player.name])}
            for player in game.players
        }  # fmt: skip
        now = PlayedQuarter(
            quarter=label(self.start + game.quarter),
            decisions=decisions,
            digest=digest_of(game),
            outcomes=outcomes_of(game),
        )
        self.content = self.content.model_copy(update={"played": [*self.content.played, now]})
        self.write()

    def write(self) -> None:
        """Replace the file on disk as a whole; InputError when the disk does not take it (the old file stays as it was)."""
        try:
            self._replace()
        except OSError as error:
            raise InputError(f"'{self.path}' cannot be written: {error.strerror or error}.") from error

    def _replace(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f".{self.path.name}.partial")
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            content = self.content.model_dump(mode="json", exclude_none=True)
            json.dump(content, file, ensure_ascii=False, separators=(",", ":"))
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)

    # --- reading ----------------------------------------------------------------------------------------------------

    @classmethod
    def load(cls, path: Path) -> Logbook:
        """The log of a file (or of the folder of a game), checked; InputError in one sentence when it cannot be used."""
        path = path / LOG if (path / LOG).is_file() else path
        book = cls(path, _content(path))
        book._check()
        return book

    @property
    def quarters_played(self) -> int:
        """How many quarters the log holds."""
        return len(self.content.played)

    @property
    def person(self) -> str:
        """The party that a person played; '' when nobody did."""
        return next((party for party, seat in self.content.seats.items() if seat == PERSON), "")

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
        if missing := [name for name in names if name not in given]:
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

    def game(self, cast_seats: Mapping[str, Seat] | None = None, branch: Branch | None = None, **size: int) -> Game:
        """A fresh game of the log's scenario and seed; parties without a seat given play the strategy they had."""
        given = dict(cast_seats or {})
        named = {p: s for p, s in self.content.seats.items() if s != PERSON and p not in given}
        c = self.content
        how = {"worlds": c.worlds, "quarters": c.quarters, "first_world": c.first_world, **size}
        try:
            return Game(self.scenario, cast(named, given), seed=c.seed, draw=c.draw, branch=branch, **how)
        except InputError as error:
            raise InputError(f"{self.path.name}: {error}") from None

    def _check(self) -> None:
        where, c = self.path.name, self.content
        if self.scenario.digest != c.scenario_digest:
            raise InputError(
                f"{where}: the scenario's content does not fit its digest {c.scenario_digest}; the file was changed by hand, or its ensemble has been made anew."
            )
        self.scenario.check(catalogue_of(self.scenario))
        everyone, people = self.roles(), [party for party, seat in c.seats.items() if seat == PERSON]
        for party in (*c.seats, *(party for one in c.played for party in one.decisions)):
            if party not in everyone:
                raise unknown("party", party, everyone, where)
        if len(people) > 1:
            raise InputError(f"{where}: seats: {' and '.join(people)} are both held by a person; one may be.")
        for number, one in enumerate(c.played, 1):
            expected = label(self.start + number)
            if one.quarter != expected:
                raise InputError(f"{where}: quarter {number} is {one.quarter}; it must be {expected}.")
        if len(c.played) > c.quarters:
            raise InputError(f"{where}: {len(c.played)} quarters were played of {c.quarters}.")
        for party in everyone:
            self.decisions(party)


def _content(path: Path) -> Content:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        kind = f"it is a folder without a {LOG}" if path.is_dir() else error.strerror
        raise InputError(f"'{path}' cannot be read: {kind}.") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: not a game's log (JSON): {error}.") from error
    if not isinstance(raw, dict) or "format" not in raw:
        raise InputError(f"{path.name}: not a game's log: it has no 'format'.")
    if raw["format"] != FORMAT:
        newer = isinstance(raw["format"], int) and raw["format"] > FORMAT
        hint = "it was written by a newer version" if newer else "no version wrote that"
        raise InputError(f"{path.name}: format = {raw['format']!r}: {hint}; this version reads format {FORMAT}.")
    try:
        return Content.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        key = " ".join(str(part) for part in first["loc"])
        given = "" if isinstance(first["input"], dict) else f" = {str(first['input'])[:40]}"
        raise InputError(f"{path.name}: {key}{given}: {_in_words(first)}.") from error


def _in_words(error: Any) -> str:
    """What is allowed instead of a value that the file's form refuses."""
    if error["type"] == "extra_forbidden":
        return "there is no such key"
    text = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "it must be")
    return "it is missing" if error["type"] == "missing" else text


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
