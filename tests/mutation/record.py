"""A plugin of pytest that records which test runs which line: `pytest -p tests.mutation.record`.

What our modules keep in caches is forgotten before every file of tests: each file then runs for itself all that it
needs.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

from tests.mutation.watch import same_examples

SETTINGS = "MUTATION_RECORD"
"""Names the file of settings of coverage; durations are written beside it."""
TEST = "MUTATION_TEST"
"""The test under way, for the processes that it starts: settings make it their context."""
CACHED = type(functools.cache(lambda: 0))


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin before any of our modules is imported."""
    same_examples()
    early_config.pluginmanager.register(Recorder(Path(os.environ[SETTINGS])))


def forget(packages: tuple[str, ...]) -> None:
    """Empty the caches of functions in all modules of these packages."""
    ours = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] in packages]
    for value in (value for module in ours for value in list(vars(module).values())):
        if isinstance(value, CACHED):
            value.cache_clear()


def last_words(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The message of a failure, or where it has none the end of what is shown; one line."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return crash.message.partition("\n")[0] if crash else str(report.longrepr).strip().rpartition("\n")[2]


class Recorder:
    """Measures lines under the name of the test that runs them; under '' while modules are imported."""

    def __init__(self, settings: Path) -> None:
        self.folder = settings.parent
        self.measured = coverage.Coverage(config_file=str(settings), data_suffix=True)
        sources = self.measured.get_option("run:source")
        self.packages = ("tests", *(Path(name).name for name in (sources if isinstance(sources, list) else ())))
        self.file = ""
        self.seconds: dict[str, float] = {}
        self.failed: dict[str, str] = {}
        self.measured.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """A test, its fixtures included, is a context."""
        if item.nodeid.partition("::")[0] != self.file:
            self.file = item.nodeid.partition("::")[0]
            forget(self.packages)
        self.measured.switch_context(item.nodeid)
        os.environ[TEST] = item.nodeid
        result = yield
        os.environ.pop(TEST)
        self.measured.switch_context("")
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            self.failed.setdefault(report.nodeid, last_words(report))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed[report.nodeid] = last_words(report)

    def pytest_sessionfinish(self) -> None:
        self.measured.stop()
        self.measured.save()
        found = json.dumps({"seconds": self.seconds, "failed": self.failed})
        (self.folder / f"tests-{os.getpid()}.json").write_text(found, encoding="utf-8")
