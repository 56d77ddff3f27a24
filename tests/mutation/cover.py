"""Which tests run a line: measured once for a tree in a copy, by all tests but the slow ones, and kept until a file
changes."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import coverage

from tests.mutants import AT_ONCE, copy_tree
from tests.mutation import record
from tests.mutation.draw import packages
from tests.mutation.operators import Edit
from tests.mutation.processes import at_once, pytest, test_files

MAP, TESTS, DATA = "lines.coverage", "tests.json", "data"
COMPILED, RUN_BY = "sim/kernels/", ("tests/sim/test_kernels", "tests/sim/equilibrium/", "tests/sim/market/")
"""What is compiled leaves no lines behind; these tests run it."""
WHILE_IMPORTING = ""
"""The name under which lines are recorded that run before any test does."""


class UnsoundError(Exception):
    """One sentence: the tests cannot judge a break, since they fail without one."""


@dataclass(frozen=True)
class Cover:
    """What every test runs. seconds: how long each test takes, under measurement; path: the data of coverage."""

    path: Path
    seconds: Mapping[str, float]
    _files: dict[str, dict[int, list[str]]] = field(default_factory=dict)

    def lines(self, file: str) -> Mapping[int, Sequence[str]]:
        """The tests that run each line of a file."""
        if file not in self._files:
            data = coverage.CoverageData(str(self.path))
            data.read()
            self._files[file] = data.contexts_by_lineno(file)
        return self._files[file]

    def covering(self, file: str, edit: Edit) -> list[str]:
        """The tests to try, in order. Empty when no test runs the line.

        A line in the middle of a statement is not always counted for itself: then the statement's lines are. Tests that
        run the line go first, then the others of their files, which share fixtures and caches with them; after a line
        that runs when its module is imported all others follow, those that run anything else of the file before the
        rest."""
        lines = self.lines(file)
        numbers = [edit.line] if edit.line in lines else range(edit.lines[0], edit.lines[1] + 1)
        direct = {test for number in numbers for test in lines.get(number, ())}
        if file.startswith(COMPILED):
            direct |= {test for test in self.seconds if test.startswith(RUN_BY)}
        homes = {_file(test) for test in direct}
        groups: list[Iterable[str]] = [direct, [test for test in self.seconds if _file(test) in homes]]
        if direct and (WHILE_IMPORTING in direct or not edit.called):
            groups += [{test for tests in lines.values() for test in tests}, self.seconds]
        return list(dict.fromkeys(test for group in groups for test in self.fastest_first(group)))

    def fastest_first(self, tests: Iterable[str]) -> list[str]:
        """Known tests file by file: the file that takes least of all first, and within a file the fastest test."""
        by_file: dict[str, list[str]] = {}
        for test in sorted(set(tests) & set(self.seconds), key=lambda test: (self.seconds[test], test)):
            by_file.setdefault(_file(test), []).append(test)
        return [test for group in sorted(by_file.values(), key=self.total) for test in group]

    def total(self, tests: Sequence[str]) -> float:
        return sum(self.seconds[test] for test in tests)


def _file(test: str) -> str:
    return test.partition("::")[0]


def tree_hash(folder: Path) -> str:
    """One name for all files of a tree, and for this Python and coverage."""
    digest = hashlib.sha256(f"{sys.version} {coverage.__version__}".encode())
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def cover(tree: Path, kept_in: Path) -> Cover:
    """The map of a tree: the one that is kept when no file has changed since, otherwise measured now.

    UnsoundError when a test fails without any break."""
    kept = kept_in / f"cover-{tree_hash(tree)}"
    if not kept.is_dir():
        print("measuring which test runs which line (a few minutes, once for a tree)", flush=True)
        with tempfile.TemporaryDirectory(prefix="cover-") as place:
            copy, measured = Path(place, "tree"), Path(place, "measured")
            copy_tree(copy, tree)
            _measure(copy, packages(tree), measured)
            _keep(measured, kept)
    return Cover(kept / MAP, json.loads((kept / TESTS).read_text(encoding="utf-8")))


def _keep(measured: Path, kept: Path) -> None:
    """In place of earlier maps; whole, or not at all."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    for old in kept.parent.glob("cover-*"):
        shutil.rmtree(old)
    unfinished = Path(tempfile.mkdtemp(dir=kept.parent, prefix="unfinished-"))
    shutil.copytree(measured, unfinished, dirs_exist_ok=True)
    try:
        unfinished.rename(kept)
    except OSError:  # another run of the same tree was quicker
        shutil.rmtree(unfinished)


def _measure(tree: Path, names: Sequence[str], target: Path) -> None:
    """Run a tree's tests, half of their files in each of two processes, and join what they record."""
    work = target.with_name("work")
    work.mkdir()
    settings = work / "settings.ini"
    settings.write_text(_settings(tree, names, work / DATA), encoding="utf-8")
    files = test_files(tree)
    parts = [part for part in (files[number::AT_ONCE] for number in range(AT_ONCE)) if part]
    environment = {record.SETTINGS: str(settings)}
    done = list(at_once(lambda part: pytest(tree, record.__name__, part, environment), parts))
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(work.glob("tests-*.json"))]
    for test, words in (pair for part in found for pair in part["failed"].items()):
        raise UnsoundError(f"without any break, {test} fails: {words}")
    if any(status for status, _ in done) or len(found) < len(parts):
        raise UnsoundError(f"without any break, the tests do not run: {done[0][1][-500:]}")
    target.mkdir()
    _join(work, target / MAP)
    seconds = {test: seconds for part in found for test, seconds in part["seconds"].items()}
    (target / TESTS).write_text(json.dumps(seconds), encoding="utf-8")


def _settings(tree: Path, names: Sequence[str], data: Path) -> str:
    """Settings of coverage: processes started by a test are measured under its name."""
    lines = ["[run]", "branch = false", "core = ctrace", "relative_files = true", f"data_file = {data}"]
    lines += ["concurrency = thread, multiprocessing", f"context = ${{{record.TEST}-}}"]
    lines += ["source =", *(f"    {tree / name}" for name in names)]
    return "\n".join(lines) + "\n"


def _join(work: Path, target: Path) -> None:
    whole = coverage.CoverageData(str(target))
    for path in sorted(work.glob(f"{DATA}.*")):
        part = coverage.CoverageData(str(path))
        part.read()
        whole.update(part)
    whole.write()
    whole.close()
