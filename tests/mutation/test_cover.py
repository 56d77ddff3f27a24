"""Which tests are tried on a break, and in which order."""

from __future__ import annotations

from pathlib import Path

import coverage
import pytest

from tests.mutation import cover, trial, watch
from tests.mutation.operators import Edit

RAN = {  # test: lines of sim/a.py that it ran
    "": [1, 2],
    "tests/test_a.py::test_slow": [3, 4],
    "tests/test_a.py::test_fast": [3],
    "tests/test_b.py::test_only": [4],
}
SECONDS = {
    "tests/test_a.py::test_slow": 3.0, "tests/test_a.py::test_fast": 1.0, "tests/test_a.py::test_beside": 0.1,
    "tests/test_b.py::test_only": 2.0, "tests/test_c.py::test_other": 0.2,
}  # fmt: skip
SLOW, FAST, BESIDE, ONLY, OTHER = SECONDS


@pytest.fixture
def found(tmp_path: Path) -> cover.Cover:
    """A map written by hand."""
    data = coverage.CoverageData(str(tmp_path / cover.MAP))
    for test, lines in RAN.items():
        data.set_context(test)
        data.add_lines({"sim/a.py": lines})
    data.write()
    return cover.Cover(tmp_path / cover.MAP, SECONDS)


def at(line: int, lines: tuple[int, int] | None = None, called: bool = True) -> Edit:
    return Edit(0, 1, "", line, lines or (line, line), called)


@pytest.mark.parametrize(
    ("edit", "tests"),
    [
        (at(3), [FAST, SLOW, BESIDE]),  # those that run it, the fastest first; then the others of their file
        (at(4), [ONLY, SLOW, BESIDE, FAST]),
        (at(5, (3, 6)), [ONLY, FAST, SLOW, BESIDE]),  # not counted for itself: the statement's lines
        (at(9), []),
        (at(1, called=False), [ONLY, FAST, SLOW, OTHER, BESIDE]),  # those that run the file, then all
        (at(2), [ONLY, FAST, SLOW, OTHER, BESIDE]),  # a function called while importing
        (at(3, called=False), [FAST, SLOW, BESIDE, ONLY, OTHER]),
    ],
)
def test_the_map_picks_the_tests(found: cover.Cover, edit: Edit, tests: list[str]) -> None:
    assert found.covering("sim/a.py", edit) == tests


def test_no_test_runs_a_module_that_is_not_in_the_map(found: cover.Cover, tmp_path: Path) -> None:
    assert found.covering("sim/unknown.py", at(1, called=False)) == []
    assert trial.tried(tmp_path, [], found) == trial.Outcome(trial.NOT_RUN)


def test_what_is_compiled_is_run_by_the_tests_of_kernels(found: cover.Cover) -> None:
    seconds = {
        "tests/sim/test_kernels.py::test_both": 2.0,
        "tests/sim/market/test_contracts.py::test_book": 1.0,
        OTHER: 0.1,
    }
    compiled = cover.Cover(found.path, seconds)
    assert compiled.covering("sim/kernels/book.py", at(3)) == [
        "tests/sim/market/test_contracts.py::test_book",
        "tests/sim/test_kernels.py::test_both",
    ]


def test_a_few_seconds_of_tests_are_tried_first(found: cover.Cover) -> None:
    assert list(trial.parts([BESIDE, FAST, ONLY, SLOW], found)) == [[BESIDE, FAST, ONLY], [SLOW]]
    slow = cover.Cover(found.path, {SLOW: 30.0, FAST: 1.0})
    assert list(trial.parts([SLOW, FAST], slow)) == [[SLOW], [FAST]]


def test_a_changed_file_gives_a_tree_another_name(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    first = cover.tree_hash(tmp_path)
    assert first == cover.tree_hash(tmp_path)
    (tmp_path / "a.py").write_text("x = 2\n")
    second = cover.tree_hash(tmp_path)
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert len({first, second, cover.tree_hash(tmp_path)}) == 3


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (AssertionError("x"), watch.ASSERTION),
        (pytest.fail.Exception("DID NOT RAISE"), watch.ASSERTION),
        (ValueError("x"), watch.EXCEPTION),
        (SystemExit(2), watch.EXCEPTION),
        (ExceptionGroup("two", [AssertionError(), AssertionError()]), watch.ASSERTION),
        (ExceptionGroup("two", [AssertionError(), ValueError()]), watch.EXCEPTION),
    ],
)
def test_assertions_are_told_from_exceptions(error: BaseException, kind: str) -> None:
    assert watch.kind(error) == kind
