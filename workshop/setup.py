"""What a session is played with: who sits where, how many turns, how long each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

HUMAN = "human"


@dataclass(frozen=True)
class Setup:
    """A session's settings. seats: party -> 'human' or a bot's grade; everybody else is a steady bot for good.

    turns are played by people, quarters_a_turn quarters each; after them `unplayed` quarters go by with everybody's
    policies held. level: questions a turn (3, 5 or 7). seconds: a turn's time; pace: of each turn where they
    differ, the last for all further ones. cycles: changes that are predicted instead, where there are neither seats nor
    turns."""

    title: str
    agenda: str
    scenario: str
    seed: int
    turns: int
    quarters_a_turn: int
    unplayed: int
    level: int
    seconds: int
    seats: dict[str, str]
    pace: list[int] = field(default_factory=list)
    cycles: Sequence[dict[str, Any]] = ()

    @property
    def quarters(self) -> int:
        """Quarters in all."""
        return self.turns * self.quarters_a_turn + self.unplayed

    def quarters_of(self, turn: int) -> int:
        """Quarters that pass when a turn is played: after the last, the unplayed ones follow."""
        return self.quarters_a_turn + (self.unplayed if turn == self.turns else 0)

    def seconds_of(self, turn: int) -> int:
        """A turn's time."""
        return self.pace[min(turn, len(self.pace)) - 1] if self.pace else self.seconds

    def data(self) -> dict[str, Any]:
        """As an event holds it."""
        return asdict(self)
