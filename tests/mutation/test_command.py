"""Breaks drawn and tried for real, in a small project of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutants import ROOT
from tests.mutation import command, cover, processes, trial, watch
from tests.mutation.draw import Break
from tests.mutation.operators import Edit

TOLLS = '''"""A toll by weight."""


def toll(tonnes):
    return tonnes * 3


def rebate(tonnes):
    return tonnes - 1


def unused(tonnes):
    return not tonnes
'''
TESTS = """from sim.tolls import rebate, toll


def test_toll():
    assert toll(2) == 6


def test_rebate():
    assert rebate(5) < 100
"""


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Path]:
    """A project of one module with three lines to break and two tests, one of which says little."""
    root = tmp_path / "toy"
    (root / "sim").mkdir(parents=True)
    (root / "sim/__init__.py").touch()
    (root / "sim/tolls.py").write_text(TOLLS, encoding="utf-8")
    shutil.copytree(
        ROOT / "tests/mutation", root / "tests/mutation", ignore=shutil.ignore_patterns("__pycache__", "test_*")
    )
    shutil.copy2(ROOT / "tests/mutants.py", root / "tests/mutants.py")
    (root / "tests/test_tolls.py").write_text(TESTS, encoding="utf-8")
    project = (
        '[tool.hatch.build.targets.wheel]\npackages = ["sim"]\n[tool.pytest.ini_options]\naddopts = '
        '"--import-mode=importlib"\n'
    )
    (root / "pyproject.toml").write_text(project, encoding="utf-8")
    yield root
    assert not processes.RUNNING


def said_of(printed: str, place: str) -> str:
    """How the break at a place ended, in the line that says it."""
    (line,) = [line for line in printed.splitlines() if f" s  {place}:" in line]
    return line.partition("  ")[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--random", "3", "--only", "sim/toll.py"],
         "--only = 'sim/toll.py' fits no file that can be broken; closest: 'sim/tolls.py'."),
        (["--random", "9"], "--random = 9 is too many: 3 lines can be broken."),
    ],
)  # fmt: skip
def test_a_draw_that_cannot_be_is_refused(
    words: list[str], said: str, toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(words, toy) == 2
    assert capsys.readouterr().err == f"tasks.py mutate: {said}\n"


@pytest.mark.slow
def test_a_survivor_is_reported_as_such(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command.main(["--random", "3"], toy) == 1
    printed = capsys.readouterr().out
    assert said_of(printed, "sim/tolls.py:5") == "assertion"
    assert said_of(printed, "sim/tolls.py:9") == "SURVIVED"
    assert said_of(printed, "sim/tolls.py:13") == "NO TEST RUNS IT"
    assert "tests/test_tolls.py::test_toll: AssertionError: assert " in printed
    assert printed.endswith("1 of 3 breaks caught (33%): less than 90%\n")
    (kept,) = (toy / command.KEPT).glob("cover-*")
    assert set(json.loads((kept / cover.TESTS).read_text())) == {
        f"tests/test_tolls.py::test_{n}" for n in ("toll", "rebate")
    }
    assert (toy / "sim/tolls.py").read_text(encoding="utf-8") == TOLLS
    asked: list[object] = []

    def passes(*task: object) -> trial.Outcome:
        asked.append(task)
        return trial.Outcome(trial.SURVIVED)

    monkeypatch.setattr(command, "tried", passes)
    assert command.main(["--random", "3"], toy) == 1
    assert len(asked) == 1  # the control without a break; the map and all outcomes are known
    assert capsys.readouterr().out == printed.partition("\n")[2]


def test_tests_that_fail_without_a_break_judge_none(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (toy / "tests/test_tolls.py").write_text(TESTS.replace("== 6", "== 7"), encoding="utf-8")
    assert command.main(["--random", "3"], toy) == 2
    wrong = "without any break, tests/test_tolls.py::test_toll fails: assert 6 == 7"
    assert capsys.readouterr().err == f"tasks.py mutate: {wrong}\n"
    assert not (toy / command.KEPT).exists()


@pytest.mark.slow
def test_a_loop_without_end_and_an_exception_are_told_apart(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LEAST_SECONDS", 2.0)
    monkeypatch.setattr(trial, "PATIENCE", 0.0)
    kinds = {"2 / 0": watch.EXCEPTION, "[1 for _ in iter(int, 1)]": watch.TIMED_OUT, "tonnes * 3": trial.SURVIVED}
    tests = [f"tests/test_tolls.py::test_{name}" for name in ("toll", "rebate")]
    for text, kind in kinds.items():
        start = TOLLS.index("tonnes * 3")
        one = Break("sim/tolls.py", Edit(start, start + len("tonnes * 3"), text, 5, (5, 5), True), "")
        outcome = trial.tried(toy, tests, cover.Cover(toy, dict.fromkeys(tests, 0.1)), one)
        assert (outcome.kind, outcome.test) == (kind, "" if kind == trial.SURVIVED else tests[0])
