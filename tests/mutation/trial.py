"""One break tried: applied to a copy of the tree, and the tests that run its line let loose on it."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from tests.mutants import copy_tree
from tests.mutation import watch
from tests.mutation.cover import Cover
from tests.mutation.draw import Break
from tests.mutation.processes import pytest

SURVIVED, NOT_RUN = "survived", "no test runs it"
CAUGHT = (watch.ASSERTION, watch.EXCEPTION, watch.TIMED_OUT)
PATIENCE, LEAST_SECONDS = 6.0, 60.0
"""A test may take six times as long as the slowest of its run does without a break, and never less than this."""
FIRST_SECONDS = 5.0
"""What the tests tried first take in all: most breaks are caught by them, and other files need not be read."""
NO_TESTS = 5
"""pytest's exit status when nothing is left to run."""


@dataclass(frozen=True)
class Outcome:
    """kind: one of CAUGHT, SURVIVED or NOT_RUN; test and words: what failed, and with which message."""

    kind: str
    test: str = ""
    words: str = ""
    seconds: float = 0.0

    @property
    def caught(self) -> bool:
        return self.kind in CAUGHT


def tried(root: Path, tests: Sequence[str], cover: Cover, broken: Break | None = None) -> Outcome:
    """How tests judge a copy of the tree, with or without a break."""
    if not tests:
        return Outcome(NOT_RUN)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-") as place:
        tree = Path(place, "tree")
        copy_tree(tree, root)
        if broken:
            file = tree / broken.file
            file.write_text(broken.edit.applied(file.read_text(encoding="utf-8")), encoding="utf-8")
        found = first_failure(tree, tests, cover)
    return replace(found, seconds=time.monotonic() - began)


def first_failure(tree: Path, tests: Sequence[str], cover: Cover) -> Outcome:
    """The first failure among tests in a tree, or that there is none."""
    for part in parts(tests, cover):
        order, report = tree.with_name("order.json"), tree.with_name("report.json")
        limit = max(LEAST_SECONDS, PATIENCE * max(cover.seconds[test] for test in part))
        order.write_text(json.dumps({"tests": part, "seconds": limit, "report": str(report)}), encoding="utf-8")
        files = list(dict.fromkeys(test.partition("::")[0] for test in part))
        status, printed = pytest(tree, watch.__name__, files, {watch.ORDER: str(order)})
        if report.exists():
            return Outcome(**json.loads(report.read_text(encoding="utf-8")))
        if status not in (0, NO_TESTS):  # pytest itself could not go on, e.g. in a conftest
            return Outcome(watch.EXCEPTION, files[0], printed.strip().rpartition("\n")[2])
    return Outcome(SURVIVED)


def parts(tests: Sequence[str], cover: Cover) -> Iterator[list[str]]:
    """The first few seconds' worth of tests, then the rest."""
    ends = accumulate(cover.seconds[test] for test in tests)
    first = max(1, sum(end <= FIRST_SECONDS for end in ends))
    yield from (part for part in (list(tests[:first]), list(tests[first:])) if part)
