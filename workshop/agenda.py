"""Agendas: a session's settings with its script, role briefs and questions, as files beside this one."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.strategies import GRADES
from sim.errors import unknown
from sim.files import read_toml
from sim.quarters import label, ordinal
from sim.streams import Streams
from workshop.setup import HUMAN, Setup

FOLDER = Path(__file__).parent / "agendas"
CASES = Path(__file__).parent / "cases.toml"
DEMO_SEATS = "skilled"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Scene(_Part):
    """What the facilitator does from a minute on."""

    minute: int
    title: str
    text: str


class Check(_Part):
    """A question before and after, with its answer and why."""

    question: str
    options: list[str]
    answer: str
    why: str

    @model_validator(mode="after")
    def _answer_is_an_option(self) -> Check:
        if self.answer not in self.options:
            raise ValueError("the answer must be one of the options")
        return self


class Predicted(_Part):
    """A change that a room predicts. query: sliders and cards as in an address of the what-if page; think: what to look
    at before guessing; talk: what to talk about after."""

    title: str
    question: str
    query: str
    think: str
    talk: str


class RealCase(_Part):
    """Where something that a room plays happens outside, with where that is written and how sure it is."""

    title: str
    text: str
    ask: str
    source: str
    grade: Literal["A", "B", "C"]


class Prediction(_Part):
    """A prediction to tick before the game. told_by: the variant of a fork that shows the model's answer."""

    text: str
    options: list[str] = ["rises", "stays", "falls"]
    told_by: str = ""


class Seeded(_Part):
    """A shock card that the session's seed puts on one of some turns; nobody is told which."""

    card: str
    first: int = Field(ge=1)
    last: int = Field(ge=1)

    def turn(self, seed: int) -> int:
        """The turn in whose first quarter it acts."""
        drawn = float(Streams(seed, 0, 1).at("agenda", self.card, 0).uniform()[0])
        return self.first + int(drawn * (self.last - self.first + 1))


class Agenda(_Part):
    """A file. pace: seconds of each turn where they differ, the last for all further ones; windows: turn -> what is
    said when it opens, for turns that begin with time to negotiate; cards: laid by the seed. cycle: changes that are
    predicted, in an agenda without seats and turns."""

    title: str
    minutes: int
    scenario: str
    level: int = 0
    turns: int = Field(default=0, ge=0)
    quarters_a_turn: int = Field(default=1, ge=1)
    unplayed: int = Field(default=0, ge=0)
    seconds: int = Field(ge=10)
    objectives: list[str]
    question: str
    seats: dict[str, str] = Field(default_factory=dict)
    script: list[Scene]
    briefs: dict[str, str] = Field(default_factory=dict)
    check: list[Check]
    pace: list[int] = []
    windows: dict[str, str] = {}
    cards: list[Seeded] = []
    predictions: list[Prediction] = []
    rules: list[str] = []
    observe: list[str] = []
    forks: list[str] = []
    cycle: list[Predicted] = Field(default_factory=list)

    @model_validator(mode="after")
    def _turns_or_cycles(self) -> Agenda:
        if bool(self.cycle) == bool(self.turns or self.seats) or bool(self.turns) != bool(self.seats):
            raise ValueError("an agenda has turns with seats, or cycles")
        return self

    @model_validator(mode="after")
    def _seats_are_held(self) -> Agenda:
        for party, holder in self.seats.items():
            if holder != HUMAN and holder not in GRADES:
                raise ValueError(f"seats: {party} = {holder}; give human, {', '.join(GRADES)}")
        return self

    @model_validator(mode="after")
    def _turns_exist(self) -> Agenda:
        turns = [int(turn) for turn in self.windows] + [one.last for one in self.cards] + [len(self.pace)]
        if beyond := [turn for turn in turns if turn > self.turns]:
            raise ValueError(f"there are {self.turns} turns, no turn {beyond[0]}")
        return self

    def laid(self, seed: int, start: str) -> list[dict[str, str]]:
        """Cards that the seed lays, with the quarter from which each acts. start: the quarter before the first."""
        return [
            {"card": one.card, "from": label(ordinal(start) + 1 + (one.turn(seed) - 1) * self.quarters_a_turn)}
            for one in self.cards
        ]

    def setup(self, name: str, seed: int, title: str = "", demo: bool = False) -> Setup:
        """A session by this agenda. demo: bots in every seat."""
        seats = dict.fromkeys(self.seats, DEMO_SEATS) if demo else dict(self.seats)
        return Setup(
            title or self.title,
            name,
            self.scenario,
            seed,
            self.turns,
            self.quarters_a_turn,
            self.unplayed,
            self.level,
            self.seconds,
            seats,
            list(self.pace),
            tuple(one.model_dump() for one in self.cycle),
        )


def names() -> tuple[str, ...]:
    """The agendas that there are."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))


@lru_cache
def agenda(name: str) -> Agenda:
    """An agenda by name; InputError with the closest match when there is none."""
    if name not in names():
        raise unknown("agenda", name, names())
    return Agenda.model_validate(read_toml(FOLDER / f"{name}.toml"))


@lru_cache
def cases() -> tuple[RealCase, ...]:
    """Where this happens outside, in the order of the file."""
    return tuple(RealCase.model_validate(one) for one in read_toml(CASES)["case"])
