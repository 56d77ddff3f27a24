"""What a debrief adds to a session: where its walk stands, how people voted, and what was worked out so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

Data = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A step of the walk through a debrief."""

    name: str
    title: str
    ask: str


STEPS = (
    Step(
        "silence",
        "A silent minute",
        "No talking, no screens. Write down: which turn decided the game, and why? Then raise a hand if you have one.",
    ),
    Step(
        "timeline",
        "What happened",
        "The room's yardsticks, then turn by turn the decisions, cards and cases behind them. Each team says in one "
        "sentence what it was after.",
    ),
    Step("vote", "Vote: which turn was the pivot?", "On your phone: the turn whose decisions moved the most."),
    Step(
        "reveal",
        "What the model says",
        "Each turn's decisions replaced by the rule of thumb, everything after it as you decided it.",
    ),
    Step("forks", "What if?", "A quarter of your game, played on in hundreds of worlds, with one thing changed."),
    Step("cases", "Where this happens", "Which of these do you know? Where does the model leave something out?"),
    Step(
        "rule",
        "One rule to keep",
        "Write one sentence that you will use at work. Keep the paper; nobody collects it.",
    ),
)
"""The order of a debrief: replay, sense, alternatives, principles, commitment."""
NUMBERS = {one.name: number for number, one in enumerate(STEPS, 1)}
REVEAL = NUMBERS["reveal"]
"""The step from which on everybody may see what the model says counted most; the room votes before it."""


@dataclass(frozen=True)
class Debriefing:
    """step: name of the walk's step, '' before it begins; votes: person -> turn; found: what was worked out, by
    name; revealed: has the wall shown what the model says of the whole game? Phones and files tell it only then;
    turn: which one the timeline looks at, 0 for the whole game."""

    step: str = ""
    votes: dict[str, int] = field(default_factory=dict)
    found: dict[str, Data] = field(default_factory=dict)
    revealed: bool = False
    turn: int = 0

    @property
    def number(self) -> int:
        """Position of the step, from 1; 0 before the walk."""
        return NUMBERS.get(self.step, 0)

    @property
    def tally(self) -> dict[int, int]:
        """Turn -> votes."""
        turns = sorted(set(self.votes.values()))
        return {turn: sum(one == turn for one in self.votes.values()) for turn in turns}


def fork_name(fork: Data) -> tuple[str, str, str, int]:
    """What tells a fork from others: first quarter, others, what is changed, quarters that had been played."""
    return (fork["from"], fork["others"], fork.get("variant", ""), fork.get("played", 0))


def with_fork(forks: tuple[Data, ...], fork: Data) -> tuple[Data, ...]:
    """Forks with one more; a fork that has come farther takes its own place."""
    names = [fork_name(one) for one in forks]
    if fork_name(fork) not in names:
        return (*forks, fork)
    return tuple(fork if name == fork_name(fork) else one for one, name in zip(forks, names, strict=True))


def walked(state: Debriefing, data: Data, over: bool) -> Debriefing:
    """Another step is shown. over: of a whole game; a walk in the midst of one reveals nothing of its end."""
    moved = replace(state, step=data["step"], turn=data.get("turn", 0))
    return replace(moved, revealed=state.revealed or (over and moved.number >= REVEAL))


def _voted(state: Debriefing, data: Data) -> Debriefing:
    return replace(state, votes={**state.votes, data["who"]: data["turn"]})


def _found(state: Debriefing, data: Data) -> Debriefing:
    return replace(state, found={**state.found, data["what"]: data["data"]})


MOVES: dict[str, Callable[[Debriefing, Data], Debriefing]] = {"voted": _voted, "found": _found}
