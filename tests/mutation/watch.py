"""A plugin of pytest that tries a break: `pytest -p tests.mutation.watch`. Runs chosen tests in a given order, stops
the run when one takes too long, and writes down the first failure: by an assertion, or by an exception.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings

ORDER = "MUTATION_ORDER"
"""Names the file that says which tests to run, for how long each, and where to write."""
ASSERTION, EXCEPTION, TIMED_OUT = "assertion", "exception", "timed out"
ENDED_BY_WATCH = 86


def same_examples() -> None:
    """Hypothesis draws the same examples in every run, and does not look for the smallest that fails."""
    phases = [Phase.explicit, Phase.generate]
    settings.register_profile("mutation", derandomize=True, database=None, phases=phases, deadline=None)
    settings.load_profile("mutation")


def pytest_configure(config: pytest.Config) -> None:
    same_examples()
    order = json.loads(Path(os.environ[ORDER]).read_text(encoding="utf-8"))
    config.pluginmanager.register(Watch(order["tests"], order["seconds"], Path(order["report"])))


def kind(error: BaseException) -> str:
    """Was a test failed by what it says, or did something break on the way? A group counts as what all of it are."""
    if isinstance(error, BaseExceptionGroup):
        return ASSERTION if all(kind(inner) == ASSERTION for inner in error.exceptions) else EXCEPTION
    return ASSERTION if isinstance(error, AssertionError | pytest.fail.Exception) else EXCEPTION


class Watch:
    """Holds the clock and the first failure."""

    def __init__(self, tests: list[str], seconds: float, report: Path) -> None:
        self.place = {test: number for number, test in enumerate(tests)}
        self.seconds, self.report = seconds, report
        self.clock = threading.Timer(0.0, str)
        self._wind("")

    def _wind(self, test: str) -> None:
        """Start the clock anew; nothing but the end of the process stops a loop without end."""
        self.clock.cancel()
        self.clock = threading.Timer(self.seconds, self._end, [test])
        self.clock.daemon = True
        self.clock.start()

    def _end(self, test: str) -> None:
        self._write(TIMED_OUT, test, f"ran for more than {self.seconds:.0f} s")
        os._exit(ENDED_BY_WATCH)

    def _write(self, found: str, test: str, words: str) -> None:
        if not self.report.exists():
            self.report.write_text(json.dumps({"kind": found, "test": test, "words": words}), encoding="utf-8")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Only the chosen tests, in their order."""
        kept = [item for item in items if item.nodeid in self.place]
        items[:] = sorted(kept, key=lambda item: self.place[item.nodeid])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write(EXCEPTION, report.nodeid, str(report.longrepr).strip().rpartition("\n")[2])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._wind(nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
        report: Any = yield
        if report.failed:
            error = call.excinfo.value if call.excinfo else None
            words = f"{type(error).__name__}: {error}".strip().partition("\n")[0] if error else "passed, and should not"
            self._write(kind(error) if error else ASSERTION, item.nodeid, words)
        return report

    def pytest_sessionfinish(self) -> None:
        self.clock.cancel()
