"""The list of breaks is current: every line is where it says, and the list covers the mechanisms."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.mutants import FAILED, INTERRUPTED, PASSED, ROOT, Mutant, copy_tree, mutants, run_tests
from tests.mutation.draw import sources
from tests.mutation.trial import NO_TESTS

FAILS = """

@pytest.mark.{}
def test_{}() -> None:
    raise AssertionError
"""


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.breaks)
def test_a_break_can_be_applied(mutant: Mutant) -> None:
    source = (ROOT / mutant.file).read_text(encoding="utf-8")
    broken = mutant.applied(source)
    assert broken != source
    assert len(broken.splitlines()) == len(source.splitlines())
    compile(broken, mutant.file, "exec")
    assert all((ROOT / test).exists() for test in mutant.tests)


def test_the_list_covers_the_mechanisms() -> None:
    kinds = {mutant.breaks.partition(":")[0].partition(" in ")[0] for mutant in mutants()}
    assert len(mutants()) >= 22
    assert kinds >= {
        "choice",
        "clearing",
        "lock-in",
        "contracts",
        "demand",
        "technology",
        "supply",
        "prices",
        "policy",
        "accounts",
        "welfare",
        "streams",
        "metrics",
        "game",
    }


def test_a_line_that_is_gone_is_named() -> None:
    with pytest.raises(ValueError, match="occurs 0 times: x = 2"):
        Mutant("demand: nothing", "sim/market/demand.py", "x = 2", "x = 3", ()).applied("x = 1\n")


def test_everything_that_can_be_broken_is_in_a_copy(tmp_path: Path) -> None:
    copy_tree(tmp_path)
    assert [file for file in sources(ROOT) if not (tmp_path / file).exists()] == []


@pytest.mark.slow
def test_the_whole_suite_can_start_in_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the suite would fail whatever is broken, and every break would count as caught."""
    copy_tree(tmp_path)
    monkeypatch.setenv("PYTEST_ADDOPTS", "--collect-only")
    assert run_tests(tmp_path, ("tests",))[0] == PASSED
    (tmp_path / "README.md").unlink()
    status, broken = run_tests(tmp_path, ("tests",))
    assert status in (FAILED, INTERRUPTED) and broken == "tests/test_docs.py"


@pytest.mark.slow
def test_tests_of_whole_games_may_notice_a_break_and_slow_ones_are_not_asked(tmp_path: Path) -> None:
    shutil.copy2(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "tests").mkdir()
    file = tmp_path / "tests" / "test_both.py"
    file.write_text("import pytest\n" + FAILS.format("slow", "slow"), encoding="utf-8")
    assert run_tests(tmp_path, ("tests",))[0] == NO_TESTS
    file.write_text(file.read_text(encoding="utf-8") + FAILS.format("whole", "whole"), encoding="utf-8")
    assert run_tests(tmp_path, ("tests",)) == (FAILED, "tests/test_both.py::test_whole")
