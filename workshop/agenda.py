"""Agendas: a session's settings with its script, role briefs and questions, as files beside this one."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.strategies import GRADES
from sim.errors import unknown
from sim.files import read_toml
from workshop.setup import HUMAN, Setup

FOLDER = Path(__file__).parent / "agendas"
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


class Agenda(_Part):
    """A file."""

    title: str
    minutes: int
    scenario: str
    level: int
    turns: int = Field(ge=1)
    quarters_a_turn: int = Field(ge=1)
    unplayed: int = Field(ge=0)
    seconds: int = Field(ge=10)
    objectives: list[str]
    question: str
    seats: dict[str, str]
    script: list[Scene]
    briefs: dict[str, str]
    check: list[Check]

    @model_validator(mode="after")
    def _seats_are_held(self) -> Agenda:
        for party, holder in self.seats.items():
            if holder != HUMAN and holder not in GRADES:
                raise ValueError(f"seats: {party} = {holder}; give human, {', '.join(GRADES)}")
        return self

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
