"""What-ifs that were asked together, with all that is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from experiments.whatif.answer import Answer
from experiments.whatif.channels import Channels
from experiments.whatif.wording import paragraph


@dataclass(frozen=True)
class Told:
    """Answers, the antitrust part of each by channel (None where it has none), and the folder if one was asked for."""

    answers: tuple[Answer, ...]
    channels: tuple[Channels | None, ...]
    out: Path | None = None

    @property
    def replayed(self) -> list[Channels]:
        """Those that have an antitrust part."""
        return [one for one in self.channels if one is not None]

    def paragraphs(self) -> list[str]:
        """A paragraph each."""
        return [paragraph(one, found) for one, found in zip(self.answers, self.channels, strict=True)]
