"""The file of a log: its form, how it is read and checked, and how it is written whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.errors import InputError
from sim.noise import LONGEST_GAME
from sim.scenario import Scenario
from sim.shocks import Shock

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
    """The whole file. level: of every person's form, but for those whom `levels` names (there when several people play)."""

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
    levels: dict[str, int] | None = None
    seats: dict[str, str]
    written_on: dict[str, str]
    played: list[PlayedQuarter]

    def people(self) -> tuple[str, ...]:
        """Parties that people play, in the order of the file."""
        return tuple(party for party, seat in self.seats.items() if seat == PERSON)


def write(path: Path, content: Content) -> None:
    """Replace the file as a whole; InputError when the disk does not take it (the old file stays as it was)."""
    try:
        _replace(path, content)
    except OSError as error:
        raise InputError(f"'{path}' cannot be written: {error.strerror or error}.") from error


def _replace(path: Path, content: Content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.partial")
    with beside.open("w", encoding="utf-8", newline="\n") as file:
        json.dump(content.model_dump(mode="json", exclude_none=True), file, ensure_ascii=False, separators=(",", ":"))
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read(path: Path) -> Content:
    """What a file says, in the form of a log; InputError in one sentence when it is none."""
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
