"""Break the rules on purpose and see that tests notice: `python -m tests.mutants [words of the ones to try]`.

With `--random N --seed S` breaks that nobody chose are drawn instead: see tests/mutation.

Each break of tests/mutants.toml is applied to a copy of the tree, never to the tree itself. The tests named with it run
first, then every test but the slow ones (golden files apart: they would notice anything). Exit status 1 when a break
survives.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = Path(__file__).with_suffix(".toml")
COPIED = (
    "sim", "agents", "experiments", "workshop", "benchmarks", "tests", "docs", "pyproject.toml", "tasks.py",
    "requirements.lock", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "NOTICE",
)  # fmt: skip
LEFT_OUT = ("__pycache__", "results", ".*", "*.pyc")
ELSEWHERE = ("tests/golden", "tests/test_bootstrap.py", "tests/test_mutants.py", "tests/mutation")
"""Tests that say nothing about a rule."""
RUN = ("-m", "not slow")
"""What may notice a break: the quick tests, and those that play whole games."""
AT_ONCE = 2
PASSED, FAILED, INTERRUPTED = 0, 1, 2


@dataclass(frozen=True)
class Mutant:
    """One line of one file, replaced."""

    breaks: str
    file: str
    line: str
    to: str
    tests: tuple[str, ...]

    def applied(self, source: str) -> str:
        """The source with the line replaced, or a ValueError that says why it cannot be."""
        lines = source.splitlines(keepends=True)
        found = [number for number, text in enumerate(lines) if text.strip() == self.line]
        if len(found) != 1:
            raise ValueError(f"{self.file}: the line occurs {len(found)} times: {self.line}")
        old = lines[found[0]]
        lines[found[0]] = old.replace(self.line, self.to)
        return "".join(lines)


def mutants(path: Path = LIST) -> list[Mutant]:
    """The committed list."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]
    return [Mutant(**{**row, "tests": tuple(row["tests"])}) for row in rows]


def copy_tree(target: Path, root: Path = ROOT) -> None:
    """What tests need, without caches and results."""
    target.mkdir(exist_ok=True)
    for name in COPIED:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns(*LEFT_OUT))
        elif source.exists():
            shutil.copy2(source, target / name)
    compiled = Path("sim", "kernels", "__pycache__")  # what numba kept: it holds as long as no kernel is broken
    (target / compiled).mkdir(parents=True, exist_ok=True)
    for kept in (root / compiled).glob("*.nb?"):
        shutil.copy2(kept, target / compiled)


def run_tests(folder: Path, tests: tuple[str, ...]) -> tuple[int, str]:
    """pytest's exit status in a copy, and the first test that failed."""
    present = [test for test in tests if (folder / test).exists()]
    if not present:
        return PASSED, ""
    left_out = [f"--ignore={test}" for test in ELSEWHERE]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header", *RUN]
    environment = {**os.environ, "PYTHONPATH": str(folder), "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*command, *left_out, *present], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    named = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
    return done.returncode, named[1] if named else done.stdout.strip()[-300:]


def verdict(mutant: Mutant) -> tuple[Mutant, bool, str, float]:
    """Was it noticed, by which test, in how many seconds?"""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-") as place:
        folder = Path(place)
        copy_tree(folder)
        file = folder / mutant.file
        file.write_text(mutant.applied(file.read_text(encoding="utf-8")), encoding="utf-8")
        status, test = run_tests(folder, mutant.tests)
        if status == PASSED:
            status, test = run_tests(folder, ("tests",))
    caught = status in (FAILED, INTERRUPTED)
    return mutant, caught, test if status != PASSED else "", time.monotonic() - began


def sound(chosen: list[Mutant]) -> str:
    """Why the list cannot be tried: a line that is not there, or tests that fail without any break. Empty when it
    can."""
    for mutant in chosen:
        mutant.applied((ROOT / mutant.file).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="mutant-") as place:
        copy_tree(Path(place))
        named = tuple(dict.fromkeys(test for mutant in chosen for test in mutant.tests))
        status, test = run_tests(Path(place), named)
    return "" if status == PASSED else f"without any break, {test} fails (status {status})"


def main(words: list[str]) -> int:
    """Try all breaks, or those whose text holds one of the words; with options, breaks drawn at random."""
    if any(word.startswith("-") for word in words):
        from tests.mutation import command  # it uses this module

        return command.main(words)
    chosen = [one for one in mutants() if not words or any(word in f"{one.breaks} {one.file}" for word in words)]
    problem = sound(chosen)
    if problem:
        print(problem)
        return 2
    survived = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for mutant, caught, test, seconds in pool.map(verdict, chosen):
            survived += not caught
            print(f"{'caught  ' if caught else 'SURVIVED'} {seconds:5.1f} s  {mutant.breaks}", flush=True)
            if test:
                print(f"                   {test}", flush=True)
    print(f"{len(chosen) - survived} of {len(chosen)} breaks caught")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
