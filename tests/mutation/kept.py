"""Outcomes that are known already: a draw that was stopped goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from threading import Lock

from tests.mutation.draw import Break
from tests.mutation.trial import Outcome


class KeptOutcomes:
    """Outcomes of breaks of one tree, a line each in a file beside its map."""

    def __init__(self, path: Path) -> None:
        self.path = path
        lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
        rows = [json.loads(line) for line in lines if line.endswith("}")]  # an unfinished line is tried again
        self.known = {row.pop("break"): Outcome(**row) for row in rows}

        self._writing = Lock()

    def outcome(self, broken: Break, work: Callable[[], Outcome]) -> Outcome:
        """What is known of a break, or else what work() finds, which is known from then on."""
        if _name(broken) not in self.known:
            found = work()
            with self._writing, self.path.open("a", encoding="utf-8") as file:
                file.write("\n" + json.dumps({"break": _name(broken), **asdict(found)}))
            self.known[_name(broken)] = found
        return self.known[_name(broken)]


def _name(broken: Break) -> str:
    return f"{broken.file}:{broken.edit.start}:{broken.edit.end}:{broken.edit.to}"
