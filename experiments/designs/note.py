"""A design as its file states it, like a lab note: the question, what is held, what varies, what is measured, why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, Strict, ValidationError, model_validator

from experiments.designs.factors import OUTCOMES
from experiments.designs.samplers import FILE, FULL, METHODS, READ_BY
from sim.errors import InputError, each_once, unknown
from sim.files import Table, explain, read_toml
from sim.noise import LONGEST_GAME

FOLDER = Path(__file__).parent
MOST_WORLDS, MOST_SEED = 20_000, 2**32 - 1
Pair = Annotated[tuple[float, float], Strict(False)]


class Held(Table):
    """What every point has. draw: do worlds draw what is not known and not named here?"""

    scenario: str = "baseline"
    quarters: int | None = Field(default=None, ge=1, le=LONGEST_GAME)
    draw: bool = True
    parameters: dict[str, float] = Field(default_factory=dict)
    shocks: list[str] = Field(default_factory=list)
    strategies: dict[str, str] = Field(default_factory=dict)


class Number(Table):
    """A lever or an uncertainty: a parameter, and the range or the values that are tried."""

    parameter: str
    range: Pair | None = None
    values: list[float] | None = Field(default=None, min_length=1)
    why: str = ""


class ShockChoice(Table):
    """Shock cards that go together, under a name; none for what is compared with."""

    name: str
    cards: list[str] = Field(default_factory=list)


class StrategyChoice(Table):
    """Who plays, under a name: party or role -> strategy."""

    name: str
    seats: dict[str, str] = Field(default_factory=dict)


class Varies(Table):
    """Choices that are crossed with each other and with the numbers. study: cells of the study by name, or "all"."""

    scenarios: list[str] = Field(default_factory=list)
    seeds: list[Annotated[int, Field(ge=0, le=MOST_SEED)]] = Field(default_factory=list)
    study: list[str] = Field(default_factory=list)


class Sample(Table):
    """How points are put into the ranges of the numbers. file: a table with a column a parameter and a row a point."""

    method: str = FULL
    points: int = Field(default=0, ge=0)
    levels: int = Field(default=2, ge=2)
    seed: int = Field(default=1, ge=0, le=MOST_SEED)
    second_order: bool = False
    file: str = ""

    @model_validator(mode="after")
    def _fits(self) -> Sample:
        if self.method == FILE and not self.file:
            raise ValueError(f"method = '{FILE}' needs file = '...', a table with a row a point")
        for key in sorted(self.model_fields_set & READ_BY.keys()) if self.method in METHODS else ():
            if self.method not in READ_BY[key]:
                several = " or ".join(f"'{one}'" for one in READ_BY[key])
                raise ValueError(f"{key} goes with method = {several}; '{self.method}' does not read it")
        return self


class Measured(Table):
    """Metrics that are kept, and why these."""

    outcomes: list[str] = Field(min_length=1)
    why: str = ""


class Replications(Table):
    """Worlds a point: so many, or more until the 95 % interval of an outcome's mean in a quarter is narrower than a
    number, up to `most`."""

    worlds: int = Field(default=16, ge=1, le=MOST_WORLDS)
    outcome: str = ""
    quarter: int = Field(default=0, ge=0, le=LONGEST_GAME)
    narrower_than: float = Field(default=0.0, ge=0.0)
    most: int = Field(default=1024, ge=2, le=MOST_WORLDS)

    @model_validator(mode="after")
    def _whole(self) -> Replications:
        if self.outcome and not self.narrower_than > 0.0:
            raise ValueError(f"outcome = '{self.outcome}' needs narrower_than, above 0")
        if self.narrower_than and not self.outcome:
            raise ValueError(f"narrower_than = {self.narrower_than:g} needs outcome, a metric's name")
        if self.outcome and self.most < max(self.worlds, 2):
            raise ValueError(f"most = {self.most} must be at least worlds = {self.worlds}, and 2")
        return self


class Note(Table):
    """The whole design."""

    question: str = Field(min_length=1)
    why: str = ""
    held: Held = Held()
    lever: list[Number] = Field(default_factory=list)
    uncertainty: list[Number] = Field(default_factory=list)
    shocks: list[ShockChoice] = Field(default_factory=list)
    strategies: list[StrategyChoice] = Field(default_factory=list)
    varies: Varies = Varies()
    sample: Sample = Sample()
    replications: Replications = Replications()
    measured: Measured


ROWS: dict[str, type[Table]] = {
    "held": Held,
    "lever": Number,
    "uncertainty": Number,
    "shocks": ShockChoice,
    "strategies": StrategyChoice,
    "varies": Varies,
    "sample": Sample,
    "replications": Replications,
    "measured": Measured,
}


def names() -> tuple[str, ...]:
    """Designs that come with the product."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def find(name_or_path: str) -> Path:
    """The file of a design: a word with a folder in it, or that ends in .toml, is a path; a plain name is the
    library's."""
    given = Path(name_or_path)
    if given.suffix.lower() == ".toml" or given.name != name_or_path:
        if not given.is_file():
            what = "is a folder" if given.is_dir() else "does not exist"
            hint = f"; the library's is called '{given.stem}'" if given.stem in names() else ""
            raise InputError(f"design '{name_or_path}' {what}{hint}.")
        return given
    if name_or_path not in names():
        raise unknown("design", name_or_path, names())
    return FOLDER / f"{name_or_path}.toml"


def read(path: Path) -> Note:
    """The note of a file; one InputError with all its problems."""
    if not (words := read_toml(path)):
        raise InputError(f"{path.name} is empty; a design has a question, what varies, and what is [measured].")
    try:
        note = Note.model_validate(words)
    except ValidationError as error:
        allowed = {name: tuple(table.model_fields) for name, table in ROWS.items()}
        raise explain(error, path.name, {"": tuple(Note.model_fields), **allowed}) from error
    _check(note, path.name)
    return note


def _check(note: Note, place: str) -> None:
    """InputError for names that do not exist or are given twice, and for a design that varies nothing."""
    until, varies = note.replications.outcome, note.varies
    if note.sample.method not in METHODS:
        raise unknown("method", note.sample.method, METHODS, f"{place}: sample")
    for outcome in (*note.measured.outcomes, *filter(None, [until])):
        if outcome not in OUTCOMES:
            raise unknown("outcome", outcome, OUTCOMES, f"{place}: measured")
    if until and until not in note.measured.outcomes:
        raise InputError(
            f"{place}: replications: outcome = '{until}' is not measured; name it in measured.outcomes too."
        )
    for kind, given in _named(note).items():
        each_once(kind, given, place)
    if not any((*_choices(note), note.lever, note.uncertainty, note.sample.file)):
        raise InputError(
            f"{place}: the design varies nothing: give a [[lever]], an [[uncertainty]], [[shocks]], [[strategies]] or "
            "[varies]; one scenario alone is played by: fully-booked run."
        )
    if note.sample.model_fields_set and not (note.lever or note.uncertainty or note.sample.file):
        raise InputError(f"{place}: sample: nothing is sampled; give a [[lever]] or [[uncertainty]], or leave it out.")
    if varies.study and (varies.scenarios or note.shocks or note.strategies):
        raise InputError(
            f"{place}: varies: cells of the study have their own scenarios, shocks and players; leave those out."
        )


def _choices(note: Note) -> tuple[object, ...]:
    return (note.shocks, note.strategies, note.varies.scenarios, note.varies.seeds, note.varies.study)


def _named(note: Note) -> dict[str, list[str]]:
    """Names of each kind that a note gives: each may stand once."""
    return {
        "lever or uncertainty": [one.parameter for one in (*note.lever, *note.uncertainty)],
        "shocks": [one.name for one in note.shocks],
        "strategies": [one.name for one in note.strategies],
        "scenario": note.varies.scenarios,
        "seed": [str(one) for one in note.varies.seeds],
        "study cell": note.varies.study,
        "outcome": note.measured.outcomes,
    }
