"""The command line: bad input is one sentence and exit status 2, and nothing is written."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from experiments import scenarios
from experiments.cli import main
from experiments.forecast import terminal as forecast_terminal
from experiments.theory import terminal as theory_terminal
from sim.errors import Halted
from tests.experiments.conftest import Command

SHORT = ("--worlds", "2", "--quarters", "2", "--workers", "1")
BAD = [
    (("stdy",), ("stdy", "'study'")),
    (("run", "baselin"), ("baselin", "'baseline'")),
    (("run", "study"), ("study", "fully-booked study")),
    (("run", "missing.toml"), ("missing.toml", "does not exist")),
    (("run", "baseline", "--worls", "3"), ("--worls", "'--worlds'")),
    (("run", "baseline", "--worlds", "0"), ("--worlds", "0", "1 to")),
    (("run", "baseline", "--worlds", "-4"), ("--worlds", "-4", "1 to")),
    (("run", "baseline", "--worlds", "many"), ("--worlds", "many", "whole number")),
    (("run", "baseline", "--worlds", "2.5"), ("--worlds", "2.5", "whole number")),
    (("run", "baseline", "--worlds", "9999999"), ("--worlds", "9999999", "to 20000")),
    (("run", "baseline", "--quarters", "0"), ("--quarters", "0", "1 to")),
    (("run", "baseline", "--quarters", "9999"), ("--quarters", "9999", "1 to")),
    (("run", "baseline", "--worlds", "1_0"), ("--worlds", "1_0", "whole number")),
    (("run", "baseline", "--worlds", "٣"), ("--worlds", "٣", "whole number")),
    (("run", "baseline", "--seed", "9" * 5000), ("--seed", "9... (5000 characters)", "whole number")),
    (("run", "baseline", "--seed", ""), ("--seed", "whole number")),
    (("run", "baseline", "--shock", "edge-surge", "--shock", "edge-surge"), ("edge-surge", "2 times")),
    (
        ("run", "baseline", "--strategy", "aws=harvest", "--strategy", "aws=land-grab"),
        ("aws", "'harvest'", "'land-grab'", "one strategy"),
    ),
    (("run", "baseline", "--seed", "x"), ("--seed", "x", "whole number")),
    (("run", "baseline", "--workers", "0"), ("--workers", "0", "1 to")),
    (("run", "baseline", "--shock", "edge-surg"), ("edge-surg", "'edge-surge'")),
    (("run", "baseline", "--strategy", "aws"), ("aws", "party=strategy")),
    (("run", "baseline", "--strategy", "awss=build-to-demand"), ("awss", "'aws'")),
    (("run", "baseline", "--strategy", "aws=build-to-demnd"), ("build-to-demnd", "'build-to-demand'")),
    (("run",), ("SCENARIO",)),
    (("list", "scenario"), ("scenario", "'scenarios'")),
]


@pytest.mark.parametrize(("words", "named"), BAD, ids=[" ".join(words)[:60] for words, _ in BAD])
def test_bad_input_is_one_sentence(
    command: Command, tmp_path: Path, words: tuple[str, ...], named: tuple[str, ...]
) -> None:
    status, out, err = command(*words)
    assert status == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert all(word in err for word in named), err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("list", "scenarios"), ("run", "baseline", *SHORT)])
def test_a_road_that_does_not_exist_is_refused_by_every_command(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("FULLY_BOOKED_KERNELS", "nump")
    sentence = "fully-booked: FULLY_BOOKED_KERNELS = 'nump' is no road to the numbers. Closest: 'numpy'.\n"
    assert command(*words) == (2, "", sentence)
    assert list(tmp_path.iterdir()) == []


FILES = {
    "not TOML": ("title = ", ("mine.toml", "not a TOML file")),
    "unknown key": ('title = "a"\nbse = "baseline"\n', ("mine.toml", "bse", "'base'")),
    "unknown parameter": (
        'title = "a"\nbase = "baseline"\n[parameters]\nprice_elasticty = -1.0\n',
        ("price_elasticty", "'price_elasticity'"),
    ),
    "unknown ensemble": (
        'title = "a"\nensemble = "history-2025Q3"\n',
        ("mine.toml", "history-2025Q3", "'history-2025Q4'"),
    ),
    "out of range": (
        'title = "a"\nbase = "baseline"\n[parameters]\nprice_elasticity = 3.0\n',
        ("price_elasticity", "3", "allowed"),
    ),
    "wrong kind": (
        'title = "a"\nbase = "baseline"\n[parameters]\nprice_elasticity = "low"\n',
        ("price_elasticity", "low"),
    ),
    "quarters out of order": (
        'title = "a"\nbase = "baseline"\n[[shock]]\nparameter = "demand_level"\nquarters = ["2027Q1", "2026Q1"]\n'
        'multiply_by = 2.0\nsource = "test"\n',
        ("shock 1", "2027Q1", "before"),
    ),
}


@pytest.mark.parametrize(("text", "named"), FILES.values(), ids=FILES)
def test_a_bad_file_is_named(command: Command, tmp_path: Path, text: str, named: tuple[str, ...]) -> None:
    (tmp_path / "mine.toml").write_text(text)
    status, out, err = command("run", "mine.toml")
    assert (status, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert all(word in err for word in named), err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]


def test_a_scenario_that_may_not_be_read_is_named(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str, library: Path) -> object:
        raise PermissionError(errno.EACCES, "Permission denied", name)

    monkeypatch.setattr(scenarios.files, "load", load)
    said = "fully-booked: scenario 'mine.toml' cannot be read: Permission denied.\n"
    assert command("run", "mine.toml", *SHORT) == (2, "", said)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("passed", [True, False])
def test_a_trial_ends_with_1_when_it_fails_and_a_backtest_with_0(
    command: Command, monkeypatch: pytest.MonkeyPatch, passed: bool
) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(theory_terminal, "run", lambda *given: asked.append(given) or passed)
    monkeypatch.setattr(forecast_terminal, "run_backtest", lambda *given: asked.append(given))
    theory = ("validate", "--theory", "--only", " s24,S01,,s24 ", "--worlds", "9", "--workers", "2", "--seed", "5")
    assert command(*theory) == (0 if passed else 1, "", "")
    assert command("validate", "--backtest", "--worlds", "9", "--workers", "2", "--seed", "5") == (0, "", "")
    assert asked == [(["S24", "S01"], False, 9, 5, 2, None), (9, 5, 2, None)]


def test_an_output_folder_in_use_is_refused(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    for out, why in (("file", "is a file"), ("other", "other files"), ("file/below", "is a file"), (".", "current")):
        status, _, err = command("run", "baseline", *SHORT, "--out", out, "--overwrite")
        assert status == 2
        assert why in err
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "letter.txt", "other"]


@pytest.mark.whole
def test_a_run_writes_its_tables(command: Command, tmp_path: Path) -> None:
    status, out, _ = command("run", "baseline", *SHORT, "--shock", "edge-surge")
    folder = tmp_path / "results" / "baseline+edge-surge-seed1"
    assert status == 0
    assert folder.name in out.replace("\n", "")
    quarters, offers = (pd.read_parquet(folder / f"{name}.parquet") for name in ("quarters", "offers"))
    assert list(quarters.columns[:4]) == ["cell", "world", "quarter", "quarter_number"]
    assert quarters.shape[0] == 4
    assert set(quarters["cell"]) == {"baseline+edge-surge"}
    assert {"cloud", "family", "channel"} <= set(offers.columns)
    said = json.loads((folder / "provenance.json").read_text())
    assert (said["seed"], said["worlds"], said["quarters"], said["parameters_drawn"]) == (1, 2, 2, True)
    dictionary = pd.read_csv(folder / "data_dictionary.csv")
    assert set(quarters.columns) <= set(dictionary.loc[dictionary["table"] == "quarters", "column"])
    assert set(offers.columns) <= set(dictionary.loc[dictionary["table"] == "offers", "column"])


@pytest.mark.whole
def test_results_are_replaced_only_on_request(command: Command, tmp_path: Path) -> None:
    assert command("run", "baseline", *SHORT, "--out", "mine")[0] == 0
    before = (tmp_path / "mine" / "quarters.parquet").read_bytes()
    status, _, err = command("run", "baseline", *SHORT, "--seed", "2", "--out", "mine")
    assert status == 2
    assert "--overwrite" in err
    assert (tmp_path / "mine" / "quarters.parquet").read_bytes() == before
    assert command("run", "baseline", *SHORT, "--seed", "2", "--out", "mine", "--overwrite")[0] == 0
    assert json.loads((tmp_path / "mine" / "provenance.json").read_text())["seed"] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("kind", ["scenarios", "strategies", "shocks", "metrics", "parameters"])
def test_lists(command: Command, kind: str) -> None:
    status, out, err = command("list", kind)
    assert (status, err) == (0, "")
    assert len(out.splitlines()) > 4


def test_the_bare_command_prints_its_help_once(command: Command) -> None:
    status, out, err = command()
    assert (status, err) == (0, "") and out.count("Usage: ") == 1
    assert command("--help")[1] == out and out.count("Fully Booked: a strategy simulation") == 1


def test_the_version_is_that_of_the_package(command: Command) -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert command("--version") == (0, f"fully-booked {project['version']}\n", "")
    assert command("--versoin")[0] == 2 and "'--version'" in command("--versoin")[2]


HEAVY = (
    "numpy",
    "numba",
    "scipy",
    "pandas",
    "pyarrow",
    "mesa",
    "matplotlib",
    "sim.game",
    "sim.scenario",
    "agents.strategies",
)
LOADED = """import sys
from experiments.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    print(*sys.modules, sep="\\n")
"""


@pytest.mark.parametrize(
    "words", [(), ("--help",), ("--version",), ("run", "--help"), ("list", "scenarios"), ("list", "metrics")]
)
def test_help_and_lists_do_not_wait_for_the_game(words: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-c", LOADED, *words], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines())
    assert "typer" in loaded and not loaded & set(HEAVY)


def test_an_interrupt_leaves_nothing(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("experiments.batch.engine.play", interrupted)
    status, out, err = command("run", "baseline", *SHORT)
    assert (status, out) == (130, "")
    assert "stopped; nothing was written" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_an_end_that_the_system_asks_for_is_told_by_its_signal(
    command: Command, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """128 and the number of the first; an interrupt by a person is 130."""
    module = sys.modules[main.__module__]
    number = getattr(signal, name)

    def told(args: list[str], standalone_mode: bool) -> None:
        signal.raise_signal(number)

    def interrupted(args: list[str], standalone_mode: bool) -> None:
        raise KeyboardInterrupt

    for ends, status in ((told, 128 + number), (interrupted, 130)):
        monkeypatch.setattr(module, "app", ends)
        assert command("list", "shocks") == (status, "", "fully-booked: stopped; nothing was written.\n")


def test_a_second_interrupt_takes_nothing_back_of_what_the_first_is_told(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes while a folder is let go of: what is kept is kept all the same."""

    def twice(args: list[str], standalone_mode: bool) -> None:
        try:
            raise Halted("stopped; 1 part kept.")
        finally:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(sys.modules[main.__module__], "app", twice)
    assert command("list", "shocks") == (130, "", "fully-booked: stopped; 1 part kept.\n")


ENDING = """
import atexit, signal, sys
from experiments.cli import main
def stopped(*given, **more):
    raise KeyboardInterrupt
sys.modules[main.__module__].app = stopped
atexit.register(signal.raise_signal, signal.SIGINT)
main()
"""


@pytest.mark.slow
def test_an_interrupt_of_a_program_that_is_ending_shows_no_lines_of_python() -> None:
    done = subprocess.run([sys.executable, "-c", ENDING, "list", "shocks"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "fully-booked: stopped; nothing was written.\n")
