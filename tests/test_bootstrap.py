"""tasks.py: what it refuses, when it installs again, and where it looks; no environment is made here."""

import ast
import importlib.util
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path, PurePosixPath
from subprocess import PIPE
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


def load_tasks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tasks_under_test", ROOT / "tasks.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tasks = load_tasks()


@pytest.fixture
def half_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A project whose environment was never finished; gives the list of installations that prepare() begins."""
    begun: list[str] = []
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text("first")
    python = tasks.venv_python(tmp_path / ".venv")
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setattr(tasks, "ROOT", tmp_path)
    monkeypatch.setattr(tasks, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(tasks, "LOCK", tmp_path / "requirements.lock")
    monkeypatch.setattr(tasks, "PROJECT", tmp_path / "pyproject.toml")
    monkeypatch.setattr(tasks, "install_requirements", lambda: begun.append("requirements"))
    monkeypatch.setattr(tasks, "install_project", lambda: begun.append("project"))
    return begun


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 4), (3, 13, 9)])
def test_supported_versions_pass(version: tuple[int, ...]) -> None:
    assert tasks.version_problem(version, "python3") == ""


@pytest.mark.parametrize(
    ("version", "word"), [((3, 8, 18), "too old"), ((2, 7, 18), "too old"), ((3, 14, 0), "too new")]
)
def test_other_versions_are_refused_by_name(version: tuple[int, ...], word: str) -> None:
    message = tasks.version_problem(version, "python3-other")
    assert f"Python {version[0]}.{version[1]} (python3-other) is {word}" in message
    assert "3.11 to 3.13" in message


def test_the_versions_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest, newest = tasks.OLDEST, tasks.NEWEST
    assert project["requires-python"] == f">={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1] + 1}"


def test_an_old_python_can_read_the_file() -> None:
    ast.parse((ROOT / "tasks.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_a_missing_venv_package_is_named() -> None:
    assert "install python3-venv" in tasks.venv_problem(has_ensurepip=False)
    assert tasks.venv_problem(has_ensurepip=True) == ""


def test_the_interpreter_lies_where_the_system_puts_it() -> None:
    venv = PurePosixPath("project/.venv")
    assert str(tasks.venv_python(venv, "nt")) == "project/.venv/Scripts/python.exe"
    assert str(tasks.venv_python(venv, "posix")) == "project/.venv/bin/python"


def test_the_stamp_follows_the_lock_the_version_and_the_place(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("numpy==1")
    before = tasks.stamp(lock, "3.11", "here")
    assert tasks.stamp(lock, "3.11", "here") == before
    assert tasks.stamp(lock, "3.12", "here") != before
    assert tasks.stamp(lock, "3.11", "there") != before
    lock.write_text("numpy==2")
    assert tasks.stamp(lock, "3.11", "here") != before


def test_an_unfinished_environment_is_begun_again_and_a_finished_one_reused(half_made: list[str]) -> None:
    tasks.prepare()
    assert half_made == ["requirements", "project"]
    tasks.prepare()
    assert half_made == ["requirements", "project"]


@pytest.mark.parametrize(("changed", "again"), [("requirements.lock", "requirements"), ("pyproject.toml", "project")])
def test_only_what_changed_is_installed_again(half_made: list[str], changed: str, again: str) -> None:
    tasks.prepare()
    half_made.clear()
    (tasks.ROOT / changed).write_text("second")
    tasks.prepare()
    assert half_made == [again]


def test_a_lost_interpreter_means_a_new_environment(half_made: list[str]) -> None:
    tasks.prepare()
    half_made.clear()
    tasks.venv_python(tasks.VENV).unlink()
    tasks.prepare()
    assert half_made[0] == "requirements"


def test_an_unknown_task_ends_with_status_2_and_the_closest_match(capsys: pytest.CaptureFixture[str]) -> None:
    assert tasks.main(["stdy"]) == 2
    message = capsys.readouterr().err
    assert "unknown task 'stdy'; closest: 'study'" in message
    assert len(message.splitlines()) == 1


def test_arguments_pass_through_and_the_status_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(tasks, "prepare", lambda: None)
    monkeypatch.setattr(tasks, "call", lambda *command, **where: calls.append((*command[1:], where)) or 3)
    monkeypatch.setattr(tasks.sys, "argv", ["my folder/tasks.py", "study"])
    assert tasks.main(["study", "--quick"]) == 3
    assert tasks.main(["test", "-k", "clearing"]) == 3
    product, tests = calls
    called = {"FULLY_BOOKED_CALLED": "python3 'my folder/tasks.py' run"}
    assert product == ("-P", "-m", "experiments.cli", "study", "--quick", {"folder": Path.cwd(), "more": called})
    assert tests == ("-m", "pytest", "-n", "auto", "--dist", "loadfile", "-k", "clearing", {})


def test_the_integration_runs_every_test_whatever_its_marker() -> None:
    lines = (tasks.ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith('python3 tasks.py test -m ""')]
    assert {"python3 tasks.py mutate", "python3 tasks.py check"} <= set(lines)


@pytest.mark.whole
def test_a_command_runs_where_its_caller_stands_and_imports_nothing_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A folder of the caller's own with a package `experiments` in it: the product's is run all the same, and paths
    are the caller's."""
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "__init__.py").write_text("raise ImportError('not mine')")
    (tmp_path / "mine.toml").write_text('title = "Mine"\nbase = "baselin"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tasks, "prepare", lambda: None)
    monkeypatch.setattr(tasks, "venv_python", lambda venv: sys.executable)
    assert tasks.main(["run", "run", "mine.toml"]) == 2
    assert "mine.toml: base = 'baselin'" in capfd.readouterr().err


CHILD = """import signal, sys, time
def told(number, frame):
    time.sleep(0.6)
    print("tidied", flush=True)
    sys.exit(9)
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, told)
print("ready", flush=True)
time.sleep(60)
"""
CALLS = f"""import sys
sys.path.insert(0, {str(ROOT)!r})
import tasks
tasks.call(sys.executable, "-c", {CHILD!r})
print("went on", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_command_is_told_to_end_and_has_time_to_tidy_up(name: str) -> None:
    with subprocess.Popen([sys.executable, "-c", CALLS], stdout=PIPE, text=True) as caller:
        assert caller.stdout is not None and caller.stdout.readline() == "ready\n"
        caller.send_signal(getattr(signal, name))
        assert caller.communicate(timeout=30)[0] == "tidied\n"
    assert caller.returncode == 9


def test_the_first_failure_does_not_hide_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    statuses = iter([0, 1, 0])
    monkeypatch.setattr(tasks, "prepare", lambda: None)
    monkeypatch.setattr(tasks, "call", lambda *command, **where: next(statuses))
    assert tasks.main(["check"]) == 1
    assert list(statuses) == []


INTERRUPTED = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
if len(sys.argv) > 1:
    sys.path.insert(0, sys.argv[1])
    import tasks
    print(tasks.call(sys.executable, __file__))
try:
    print("ready", flush=True)
    for _ in range(600):  # short sleeps: a signal right before one does not cut it
        time.sleep(0.1)
except KeyboardInterrupt:
    time.sleep(1)
    print("tidied", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no groups of processes")
def test_an_interrupted_command_may_tidy_up(tmp_path: Path) -> None:
    """The whole group hears of Ctrl-C; the command is waited for, and the interrupt goes on."""
    script = tmp_path / "script.py"
    script.write_text(INTERRUPTED)
    command = [sys.executable, str(script), str(ROOT)]
    with subprocess.Popen(command, stdout=PIPE, stderr=PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)
        said, error = process.communicate(timeout=30)
    assert said == "tidied\n" and error.rstrip().endswith("KeyboardInterrupt")


def test_the_callers_environment_goes_before_our_defaults() -> None:
    environment = tasks.child_environment({"OMP_NUM_THREADS": "4", "HOME": "here"})
    assert environment["OMP_NUM_THREADS"] == "4"
    assert environment["OPENBLAS_NUM_THREADS"] == "1"
    assert environment["HOME"] == "here"
