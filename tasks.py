"""Every task of the project, on a machine with CPython 3.11 to 3.13 and nothing else: `python3 tasks.py study`.

The first call makes `.venv` from the hash-locked requirements; later calls reuse it until the lock changes.
Arguments pass through: `python3 tasks.py test -k clearing`. What a user runs (`study`, `run`) reads and writes where
the caller stands; everything else runs in the project's root. This file stays readable to old versions of Python 3,
so that they can say which version is missing.
"""

import difflib
import hashlib
import importlib.util
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 13)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"

TASKS = {  # name: (meaning, modules to run in turn; arguments go to the first)
    "study": ("run the main study and write its report", [["experiments.cli", "study"]]),
    "workshop": ("serve a room of teams from this machine", [["experiments.cli", "workshop"]]),
    "run": ("run any command of fully-booked", [["experiments.cli"]]),
    "test": (
        "run the quick tests (-m '': all, -m 'not slow': all but the slow ones)",
        [["pytest", "-n", "auto", "--dist", "loadfile"]],
    ),
    "check": (
        "check format, lint and types",
        [["ruff", "format", "--check", "."], ["ruff", "check", "."], ["mypy"]],
    ),
    "fix": ("format and mend what can be mended", [["ruff", "check", "--fix", "."], ["ruff", "format", "."]]),
    "bench": ("time the benchmarks", [["benchmarks"]]),
    "answer": ("tell the answer of a study's folder in README", [["experiments.pages.answer"]]),
    "docs": ("write the generated reference pages", [["experiments.pages.reference"]]),
    "tune": ("tune the skilled bots offline (half an hour)", [["experiments.bots.tuning"]]),
    "grades": ("measure the grades of the bots (ten minutes)", [["experiments.pages.grades"]]),
    "validation": (
        "measure what the page on validation says (five minutes)",
        [["tests.docking"], ["experiments.study.record"], ["experiments.pages.reference"]],
    ),
    "backtest": (
        "measure the backtest (two minutes)",
        [["experiments.forecast.backtest"], ["experiments.pages.reference"]],
    ),
    "claims": (
        "measure what the model says of the claims (three minutes)",
        [["experiments.claims"], ["experiments.pages.reference"]],
    ),
    "beliefs": (
        "measure what the answer is if one believes x (four minutes)",
        [["experiments.study.beliefs_record"], ["experiments.pages.reference"]],
    ),
    "systems": (
        "measure what every named system moves (five minutes)",
        [["experiments.whatif.systems"], ["experiments.pages.reference"]],
    ),
    "calibrate": (
        "calibrate on history and write the ensembles (half an hour; --quick for a look)",
        [["experiments.calibration"], ["experiments.pages.reference"]],
    ),
    "previews": ("measure how often the bands of previews hold (half an hour)", [["experiments.pages.previews"]]),
    "pictures": ("take the pictures of a workshop that README shows", [["tests.workshop.pictures"]]),
    "load": ("a class of 60 phones on one server, and how long they wait", [["tests.workshop.load"]]),
    "moves": ("sliders of the what-if page are moved, and how long people wait", [["tests.workshop.moves"]]),
    "golden": ("rewrite the golden files", [["tests.golden.write"]]),
    "kills": ("end batches at random moments and see that nothing is lost (kills N --seed S)", [["tests.kills"]]),
    "mutate": ("break the rules on purpose and see that tests notice (--random N: by chance)", [["tests.mutants"]]),
    "same": ("play every scenario here and at a revision and compare all bits (three minutes)", [["tests.same"]]),
    "setup": ("only prepare .venv", []),
}
DEFAULT_ENVIRONMENT = {  # the matrices are tiny: one thread is faster, and sums keep their order
    "PYTHONUTF8": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


class SetupError(Exception):
    """One sentence naming what is missing."""


def usage() -> str:
    lines = ["usage: python3 tasks.py TASK [arguments]", ""]
    return "\n".join(lines + ["  {:9} {}".format(name, meaning) for name, (meaning, _) in TASKS.items()])


def task_problem(name: str) -> str:
    """Say what is wrong with a task's name, with the closest match; empty when nothing is."""
    if name in TASKS:
        return ""
    closest = difflib.get_close_matches(name, TASKS, n=1, cutoff=0.0)[0]
    return f"tasks.py: unknown task '{name}'; closest: '{closest}'; allowed: {', '.join(TASKS)}."


def version_problem(version: tuple, executable: str) -> str:
    """Say that this Python is too old or too new; empty when it is neither."""
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return ""
    old_or_new = "old" if tuple(version[:2]) < OLDEST else "new"
    return (
        "tasks.py: Python {}.{} ({}) is too {}: Fully Booked needs Python {}.{} to {}.{}, "
        "called for example as python{}.{} tasks.py."
    ).format(*version[:2], executable, old_or_new, *OLDEST, *NEWEST, *NEWEST)


def venv_problem(has_ensurepip: bool) -> str:
    """Say that this Python cannot make environments with pip; empty when it can."""
    if has_ensurepip:
        return ""
    return "tasks.py: this Python has no ensurepip: install python3-venv (on Debian: apt-get install python3-venv)."


def venv_python(venv: Path, system: str = os.name) -> Path:
    """Where the environment's interpreter lies; system is 'nt' on Windows."""
    return venv / "Scripts" / "python.exe" if system == "nt" else venv / "bin" / "python"


def stamp(*parts: object) -> str:
    """One hash of everything an installation depends on: files by content, anything else by its text."""
    contents = [part.read_bytes() if isinstance(part, Path) else str(part).encode() for part in parts]
    return hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()


def child_environment(environment: dict) -> dict:
    """What a task sees: the caller's environment, and our defaults where the caller says nothing."""
    return {**DEFAULT_ENVIRONMENT, **environment}


def call(*command: object, **where: object) -> int:
    """Run one command in a folder, the project's root unless given, and give its exit status (128 + n for signal n).
    more: what its environment holds beside the caller's.

    It hears of an interrupt itself and is told of an end (SIGTERM, SIGHUP); it has the time that it needs to tidy up,
    and nothing is begun after it."""
    folder, told = str(where.get("folder", ROOT)), []
    environment = child_environment({**os.environ, **where.get("more", {})})
    child = subprocess.Popen([str(word) for word in command], cwd=folder, env=environment)

    def tell(number: int, frame: object) -> None:
        told.append(number)
        child.send_signal(number)

    ends = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, tell) for number in ends}
    try:
        status = waited(child)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    status = status if status >= 0 else 128 - status
    if told:
        sys.exit(status)
    return status


def waited(child: subprocess.Popen) -> int:
    """The exit status of a command; an interrupt goes on when the command has ended."""
    interrupted = False
    while True:
        try:
            status = child.wait()
            break
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        raise KeyboardInterrupt
    return status


def run_module(module: str, words: list) -> int:
    """Run a module; one of the product from where the caller stands, whatever lies there (-P: nothing is imported
    from it)."""
    if module.startswith("experiments."):
        called = {"FULLY_BOOKED_CALLED": "python3 {} run".format(shlex.quote(sys.argv[0]))}
        return call(venv_python(VENV), "-P", "-m", module, *words, folder=Path.cwd(), more=called)
    return call(venv_python(VENV), "-m", module, *words)


def pip(*arguments: object) -> int:
    return call(venv_python(VENV), "-m", "pip", "install", "-qq", "--disable-pip-version-check", *arguments)


def install_requirements() -> None:
    print("tasks.py: preparing .venv from requirements.lock (a minute or two, once)", file=sys.stderr, flush=True)
    if call(sys.executable, "-m", "venv", "--clear", VENV):
        raise SetupError("tasks.py: could not make .venv: see the message above.")
    if pip("--require-hashes", "-r", LOCK):
        raise SetupError("tasks.py: could not install requirements.lock: see pip's message above.")


def install_project() -> None:
    if pip("--no-deps", "--no-build-isolation", "-e", ROOT):
        raise SetupError("tasks.py: could not install the project into .venv: see pip's message above.")


def prepare() -> None:
    """Bring .venv up to date. Each stamp is written last, so an interrupted installation is begun again."""
    steps = (
        ("requirements", stamp(LOCK, sys.version, str(ROOT)), install_requirements),
        ("project", stamp(PROJECT), install_project),
    )
    for name, wanted, install in steps:
        written = VENV / f"{name}.stamp"
        up_to_date = venv_python(VENV).exists() and written.exists() and written.read_text() == wanted
        if not up_to_date:
            install()
            written.write_text(wanted)


def main(arguments: list) -> int:
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print(usage())
        return 0
    name, rest = arguments[0], arguments[1:]
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    problem = task_problem(name) or version_problem(sys.version_info, sys.executable) or venv_problem(has_ensurepip)
    if problem:
        print(problem, file=sys.stderr)
        return 2
    try:
        prepare()
        runs = [(module, rest if place == 0 else []) for place, module in enumerate(TASKS[name][1])]
        statuses = []
        for module, words in runs:
            statuses.append(run_module(module[0], [*module[1:], *words]))
            if words and statuses[-1] == 2:  # what was asked makes no sense: nothing follows from it
                break
        return max(statuses, default=0)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
