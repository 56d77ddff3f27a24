"""What all tests share: how they are collected, and the line that says how many docking cases were compared."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest

from sim import kernels, prelude
from sim.kept import Kept

os.environ.setdefault("FULLY_BOOKED_HAS_SAID_THAT_IT_COMPILES", "1")
"""Any test may be the first that compiles: what it says of that is for users, and is tried in processes of its own."""


@pytest.fixture
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    """A test that asks for it plays its own pasts, and leaves none that others would take for theirs."""
    kept = Kept(512)
    monkeypatch.setattr(prelude, "KEPT", kept)
    return kept


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[None]:
    """What collecting makes (modules, tests, compiled functions) stays to the end: neither now nor later is it searched
    for what is no longer used."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Close the summary with e.g. 'docking: 20 of 34 cases, 71 of 75 numeric keys compared'.

    The counts travel with the test reports, so that they arrive from parallel workers too."""
    yield
    reports = [report for kind in terminalreporter.stats.values() for report in kind]
    properties = [pair for report in reports for pair in getattr(report, "user_properties", ())]
    in_file = [number for name, number in properties if name == "docking-cases-in-file"]
    compared = {case: (keys, total) for name, value in properties if name == "docking" for case, keys, total in [value]}
    if in_file:
        keys, total = (sum(pair[k] for pair in compared.values()) for k in (0, 1))
        terminalreporter.write_line(
            f"docking: {len(compared)} of {in_file[0]} cases, {keys} of {total} numeric keys compared"
        )


@pytest.fixture(scope="module", params=["numpy", "numba"])
def road(request: pytest.FixtureRequest) -> Iterator[str]:
    """Both roads in turn, for tests of functions that have a compiled twin."""
    with kernels.on(request.param):
        yield request.param
