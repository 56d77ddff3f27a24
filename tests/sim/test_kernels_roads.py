"""Which road is taken to the numbers, and what compiling leaves behind, in processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim import kernels
from sim.errors import InputError
from sim.kernels import compiling

# --- which road -------------------------------------------------------------------------------------------------------


@pytest.fixture
def nobody_asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """As in a process in which no road has been taken yet."""
    monkeypatch.setattr(kernels, "_taken", [])
    monkeypatch.delenv(kernels.VARIABLE, raising=False)
    yield monkeypatch


def test_numba_is_taken_where_it_is_installed(nobody_asked: pytest.MonkeyPatch) -> None:
    import numba

    assert kernels.road() == f"numba {numba.__version__}"
    assert kernels.find("clearing") is not None


def test_the_environment_may_ask_for_numpy(nobody_asked: pytest.MonkeyPatch) -> None:
    nobody_asked.setenv(kernels.VARIABLE, "numpy")
    assert kernels.road() == "numpy"
    assert kernels.find("clearing") is None


def test_a_road_that_does_not_exist_is_refused(nobody_asked: pytest.MonkeyPatch) -> None:
    nobody_asked.setenv(kernels.VARIABLE, "numbra")
    with pytest.raises(InputError) as refused:
        kernels.asked()
    assert str(refused.value) == "FULLY_BOOKED_KERNELS = 'numbra' is no road to the numbers. Closest: 'numba'."


def test_without_numba_numpy_is_taken_and_numba_refused(nobody_asked: pytest.MonkeyPatch) -> None:
    nobody_asked.setattr(kernels.importlib.util, "find_spec", lambda name: None)
    assert kernels.road() == "numpy"
    nobody_asked.setenv(kernels.VARIABLE, "numba")
    with pytest.raises(InputError) as refused:
        kernels.asked()
    assert "needs the package numba, which is not installed" in str(refused.value)


def test_a_compiler_that_fails_stops_no_game_and_is_named_when_it_was_asked_for(
    nobody_asked: pytest.MonkeyPatch,
) -> None:
    def fails() -> dict[str, Any]:
        raise ImportError("Numba needs NumPy 2.5 or less.\nGot NumPy 3.0.")

    nobody_asked.setattr(kernels, "_compiled", fails)
    assert kernels.road() == "numpy"
    with pytest.raises(InputError) as refused, kernels.on("numba"):
        pass
    assert str(refused.value) == (
        "FULLY_BOOKED_KERNELS = 'numba' cannot be used here: Numba needs NumPy 2.5 or less.; take 'numpy'."
    )


# --- processes of their own -------------------------------------------------------------------------------------------


def environment(**more: str) -> dict[str, str]:
    """What a fresh process sees: nothing said yet, no road asked for."""
    left_out = (compiling.SAID, kernels.VARIABLE)
    return {name: value for name, value in os.environ.items() if name not in left_out} | more


def run(code: str, folder: Path | None = None, **more: str) -> tuple[str, str]:
    """Output and error stream of a Python process that ends well."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment(**more), capture_output=True, text=True, check=True
    )
    return done.stdout, done.stderr


@pytest.mark.whole
def test_importing_the_model_does_not_load_numba() -> None:
    said, _ = run("import sys, sim.game, agents.roster; print('numba' in sys.modules)")
    assert said == "False\n"


BOOK = """
from sim.kernels import compiling
with compiling.announcing():
    from sim.kernels import book
import numpy as np
live, bill, owed = book.ahead(np.full((1, 1, 1, 3), 2.0), np.full((1, 1, 1, 3), 5.0))
print(live.item(), bill.item(), owed.item())
"""
ANSWER = "4.0 10.0 15.0\n"  # two cohorts are left: 2 + 2, 5 + 5, and 5 x 1 + 5 x 2 owed


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what compiling needs, as a fresh installation has it."""
    here = Path(kernels.__file__).parents[1]
    target = tmp_path / "installed"
    shutil.copytree(here / "kernels", target / "sim" / "kernels", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "arrays.py", "errors.py"):
        shutil.copy(here / name, target / "sim" / name)
    return target


@pytest.mark.whole
def test_where_no_folder_takes_it_code_is_compiled_in_memory(copy: Path) -> None:
    (copy / "sim" / "kernels" / "__pycache__").touch()  # a file where the folder would be: so it is for every user
    nowhere = {"NUMBA_CACHE_DIR": "/dev/null/a", "XDG_CACHE_HOME": "/dev/null/b", "HOME": "/dev/null"}
    assert run(BOOK, copy, **nowhere) == (ANSWER, compiling.SENTENCE)
    assert not list(copy.rglob("*.nb?"))


@pytest.mark.slow
def test_a_cache_folder_that_cannot_be_written_to_is_passed_over(copy: Path) -> None:
    for sentence in (compiling.SENTENCE, ""):
        assert run(BOOK, copy, NUMBA_CACHE_DIR="/dev/null/a") == (ANSWER, sentence)
    assert list((copy / "sim" / "kernels" / "__pycache__").glob("book.ahead*.nbi"))


@pytest.mark.slow
def test_two_processes_may_compile_at_once_and_a_third_loads(copy: Path, tmp_path: Path) -> None:
    folder = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    pair = [
        subprocess.Popen(
            [sys.executable, "-c", BOOK], cwd=copy, env=environment(**folder), text=True, stdout=-1, stderr=-1
        )
        for _ in range(2)
    ]
    for process in pair:
        said, error = process.communicate()
        assert (process.returncode, said, error) == (0, ANSWER, compiling.SENTENCE)
    assert run(BOOK, copy, **folder) == (ANSWER, "")


@pytest.mark.slow
def test_what_was_compiled_is_thrown_away_when_any_file_of_the_package_changes(copy: Path) -> None:
    assert run(BOOK, copy) == (ANSWER, compiling.SENTENCE)
    assert run(BOOK, copy) == (ANSWER, "")
    with (copy / "sim" / "kernels" / "odds.py").open("a") as file:
        file.write("# another line\n")
    assert run(BOOK, copy) == (ANSWER, compiling.SENTENCE)


@pytest.mark.slow
def test_what_lies_in_the_cache_and_cannot_be_read_is_compiled_again(copy: Path) -> None:
    assert run(BOOK, copy) == (ANSWER, compiling.SENTENCE)
    for kept in (copy / "sim" / "kernels" / "__pycache__").glob("*.nb?"):
        kept.write_bytes(b"torn")
    assert run(BOOK, copy) == (ANSWER, compiling.SENTENCE)
