"""`python3 tasks.py mutate --random N --seed S`: breaks that nobody chose, and which of them no test notices."""

from __future__ import annotations

import argparse
import difflib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from tests.mutants import ROOT, copy_tree
from tests.mutation.cover import Cover, UnsoundError, cover
from tests.mutation.draw import Break, breakable, draw, sources
from tests.mutation.kept import KeptOutcomes
from tests.mutation.processes import at_once
from tests.mutation.report import enough, line, summary
from tests.mutation.trial import SURVIVED, Outcome, tried

KEPT = Path("tests", "results")
"""Where the map of a tree and the outcomes of its breaks are kept, from the root; never copied, never committed."""
CONTROL = 20
"""How many of the fastest tests must pass without any break, run in the way of a trial, before one is tried."""


class UnfitError(Exception):
    """One sentence: no such draw can be made."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"tasks.py mutate: {message.removesuffix('.')}.\n")


def whole(least: int) -> Callable[[str], int]:
    """Reads a whole number."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= least):
            raise argparse.ArgumentTypeError(f"'{text}' is not allowed; give a whole number of at least {least}")
        return int(text)

    return read


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """What was asked for, or an exit with status 2."""
    parser = Parser(prog="tasks.py mutate", description=__doc__, allow_abbrev=False)
    parser.add_argument("--random", metavar="N", type=whole(1), help="draw N breaks over all packages")
    parser.add_argument("--seed", metavar="S", type=whole(0), help="of the draw (1 when nothing is said)")
    parser.add_argument("--only", metavar="PREFIX", default="", help="files whose path begins so, e.g. sim/")
    found, unknown = parser.parse_known_args(list(words))
    if unknown:
        allowed = ("--random", "--seed", "--only")
        closest = difflib.get_close_matches(unknown[0], allowed, n=1, cutoff=0.0)[0]
        parser.error(f"unknown argument '{unknown[0]}'; closest: '{closest}'; allowed: {', '.join(allowed)}")
    if found.random is None:
        parser.error("--seed and --only go with --random N, the number of breaks to draw")
    return found


def chosen(texts: dict[str, str], asked: argparse.Namespace) -> list[Break]:
    """The draw that was asked for; UnfitError in one sentence when it cannot be."""
    lines = breakable(texts, asked.only)
    if not lines:
        closest = difflib.get_close_matches(asked.only, texts, n=1, cutoff=0.0)
        raise UnfitError(f"--only = '{asked.only}' fits no file that can be broken; closest: '{closest[0]}'.")
    if asked.random > len(lines):
        raise UnfitError(f"--random = {asked.random} is too many: {len(lines)} lines can be broken.")
    return draw(texts, lines, asked.random, asked.seed if asked.seed is not None else 1)


def sound(root: Path, found: Cover) -> None:
    """UnsoundError when the fastest tests fail in an unbroken copy, run in the way of a trial."""
    outcome = tried(root, found.fastest_first(found.seconds)[:CONTROL], found)
    if outcome.kind != SURVIVED:
        raise UnsoundError(f"without any break, {outcome.test} fails: {outcome.words}")


def compile_kernels(tree: Path) -> None:
    """Compile once what every copy of this copy would else compile for itself: half a minute each."""
    given = {**os.environ, "PYTHONPATH": str(tree)}
    subprocess.run([sys.executable, "-c", "from sim import kernels; kernels.road()"], cwd=tree, env=given, check=False)


def main(words: Sequence[str], root: Path = ROOT) -> int:
    """Exit status 0 when enough is caught, 1 when it is not, 2 when nothing could be tried.

    All work is done on copies of one copy: the tree may change meanwhile."""
    asked = arguments(words)
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        tree = Path(place, "tree")
        copy_tree(tree, root)
        compile_kernels(tree)
        try:
            breaks = chosen(sources(tree), asked)
            found = cover(tree, root / KEPT)
            sound(tree, found)
            results = all_tried(tree, breaks, found)
        except (UnfitError, UnsoundError) as problem:
            print(f"tasks.py mutate: {problem}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            return 130
    print("\n".join(summary(results)))
    return 0 if enough(results) else 1


def all_tried(tree: Path, breaks: Sequence[Break], found: Cover) -> list[tuple[Break, Outcome]]:
    """Every break with its outcome, in order; each is said as soon as it and those before it have been tried."""
    kept = KeptOutcomes(found.path.with_name("outcomes.jsonl"))
    tasks = [(broken, found.covering(broken.file, broken.edit)) for broken in breaks]
    outcomes = at_once(lambda task: kept.outcome(task[0], lambda: tried(tree, task[1], found, task[0])), tasks)
    results = []
    for broken, outcome in zip(breaks, outcomes, strict=True):
        results.append((broken, outcome))
        print(line(broken, outcome), flush=True)
    return results
