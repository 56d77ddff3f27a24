"""The file of a log: its form, how it is read and checked, and how it is written whole or not at all."""

from __future__ import annotations

import codecs
import json
import math
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from experiments.batch.target import BusyError, claimed, place_of
from sim.errors import InputError
from sim.noise import LONGEST_GAME
from sim.scenario import Scenario
from sim.shocks import Shock

FORMAT: Final = 1
PERSON = "person"
LOG = "game.json"
SHOWN = 40
"""Signs of a wrong value that are shown."""


class _Table(BaseModel):
    """A part of the file. Strict: text, true and 8.0 are no whole numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


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
    parameters: dict[str, FiniteFloat]
    root_parameters: dict[str, FiniteFloat]
    shocks: list[Shock]
    prelude: ScenarioContent | None = None

    @classmethod
    def of(cls, scenario: Scenario) -> ScenarioContent:
        """What a scenario says."""
        return cls(
            name=scenario.name,
            title=scenario.title,
            start=scenario.start,
            roster=scenario.roster,
            pipeline_until=scenario.pipeline_until,
            quarters=scenario.quarters,
            ensemble=scenario.ensemble,
            known_until=scenario.known_until,
            parameters=scenario.parameters,
            root_parameters=scenario.root_parameters,
            shocks=list(scenario.shocks),
            prelude=None if scenario.prelude is None else cls.of(scenario.prelude),
        )

    def scenario(self) -> Scenario:
        """The scenario again."""
        return Scenario(
            self.name,
            self.title,
            self.start,
            self.roster,
            self.parameters,
            tuple(self.shocks),
            self.root_parameters,
            self.pipeline_until,
            "",
            self.quarters,
            self.ensemble,
            self.known_until,
            None if self.prelude is None else self.prelude.scenario(),
        )


class PlayedQuarter(_Table):
    """One quarter: what everybody decided, a digest of what came of it, and the figures themselves."""

    quarter: str
    decisions: dict[str, dict[str, Any]]
    digest: str
    outcomes: dict[str, list[float]]


class Content(_Table):
    """The whole file. level: of every person's form, but for those whom `levels` names (there when several people
    play)."""

    format: Literal[1]
    product: str
    scenario: ScenarioContent
    scenario_digest: str
    seed: int = Field(ge=0, le=2**32 - 1)
    worlds: int = Field(ge=1)
    first_world: int = Field(ge=0)
    quarters: int = Field(ge=1, le=LONGEST_GAME)
    draw: bool
    level: int
    levels: dict[str, int] | None = None
    seats: dict[str, str]
    written_on: dict[str, str]
    rules: str = ""
    played: list[PlayedQuarter]

    def people(self) -> tuple[str, ...]:
        """Parties that people play, in the order of the file."""
        return tuple(party for party, seat in self.seats.items() if seat == PERSON)


def log_of(path: Path) -> Path:
    """The log that a path means: itself, or the one in a folder."""
    return path / LOG if (path / LOG).is_file() else path


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Nobody else plays on a log while this lasts; BusyError when another process does. Folders above it are made, and
    removed when nothing was written; what a dead process left of a write is removed."""
    with ExitStack() as held:
        try:
            held.enter_context(claimed(place_of(path, "FILE"), path))
        except BusyError:
            raise BusyError(
                f"{path}: this game is being played elsewhere just now; end it there to go on here."
            ) from None
        _beside(path).unlink(missing_ok=True)
        yield


def write(path: Path, content: Content) -> None:
    """Replace the file as a whole; InputError when the disk does not take it (the old file stays as it was)."""
    beside = _beside(path)
    try:
        beside.parent.mkdir(parents=True, exist_ok=True)
        _write(beside, content)
        beside.replace(os.path.realpath(path))
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise InputError(f"'{path}' cannot be written: {error.strerror or error}.") from error


def _beside(path: Path) -> Path:
    """Where a file is made before it takes its place, through links."""
    place = Path(os.path.realpath(path))
    return place.with_name(f".{place.name}.partial")


def _write(place: Path, content: Content) -> None:
    with place.open("w", encoding="utf-8", newline="\n") as file:
        json.dump(content.model_dump(mode="json", exclude_none=True), file, ensure_ascii=False, separators=(",", ":"))
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> Content:
    """What a file says, in the form of a log; InputError in one sentence when it is none."""
    raw = _parsed(path)
    if not isinstance(raw, dict) or "format" not in raw:
        raise InputError(f"{path.name}: not a game's log: it has no 'format'.")
    written = raw["format"]
    if written != FORMAT or isinstance(written, bool):
        newer = type(written) is int and written > FORMAT
        hint = "it was written by a newer version" if newer else "no version wrote that"
        raise InputError(f"{path.name}: format = {_cut(repr(written))}: {hint}; this version reads format {FORMAT}.")
    try:
        return Content.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        key = " ".join(str(part) for part in first["loc"])
        given = "" if isinstance(first["input"], dict) else f" = {_cut(repr(first['input']))}"
        raise InputError(f"{path.name}: {key}{given}: {_in_words(first)}.") from error


def _parsed(path: Path) -> Any:
    """The file's JSON; InputError in one sentence that names the cause. A mark at the head of the file is passed
    over."""
    try:
        data = path.read_bytes()
    except OSError as error:
        kind = f"it is a folder without a {LOG}" if path.is_dir() else error.strerror
        raise InputError(f"'{path}' cannot be read: {kind}.") from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:4]:
        raise InputError(f"{path.name}: it is written in UTF-16; save it as UTF-8.")
    try:
        text = data.decode("utf-8-sig")
        return json.loads(text, parse_float=_number, parse_int=_whole, object_pairs_hook=_each_once)
    except UnicodeDecodeError as error:
        wrong = f"byte 0x{data[error.start]:02x} at {error.start}"
        raise InputError(f"{path.name}: it is not written in UTF-8 ({wrong}); save it as UTF-8.") from error
    except RecursionError:
        raise InputError(f"{path.name}: not a game's log (JSON): lists stand too deep in one another.") from None
    except ValueError as error:
        raise InputError(f"{path.name}: not a game's log (JSON): {error}.") from error


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"no machine holds the number {_cut(text)}")
    return value


def _whole(text: str) -> int:
    _number(text)
    return int(text)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{_cut(repr(twice))} is given twice")
    for name, value in pairs:
        if not _is_text(name) or (isinstance(value, str) and not _is_text(value)):
            raise ValueError(f"{_cut(repr(name))} holds half of a sign")
    return found


def _is_text(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def _cut(text: str) -> str:
    """What stands in a file, as much of it as a sentence can hold."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _in_words(error: Any) -> str:
    """What is allowed instead of a value that the file's form refuses."""
    if error["type"] == "extra_forbidden":
        return "there is no such key"
    text = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "it must be")
    return "it is missing" if error["type"] == "missing" else text
