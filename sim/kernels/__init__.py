"""Two roads to the same numbers: functions of numpy, which are the reference, and compiled ones (numba, an optional
extra).

The compiled functions are called by the numpy functions they stand for, with plain arrays, where `find` says that they
are there. Each road gives the same bits whatever the number of worlds, chunks and workers; between the roads numbers
agree to 1e-9 relative. The environment variable FULLY_BOOKED_KERNELS forces a road; without it numba is taken where it
is installed.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from sim.errors import InputError, closest

VARIABLE = "FULLY_BOOKED_KERNELS"
NUMPY, NUMBA = "numpy", "numba"
ROADS = (NUMPY, NUMBA)
MODULES = ("odds", "clearing", "choices", "book", "calls", "sums")


class _Road:
    """The road in use, once chosen: its name with its version, and its compiled modules (none on the numpy road)."""

    def __init__(self, name: str, modules: dict[str, ModuleType]) -> None:
        self.name, self.modules = name, modules


_taken: list[_Road] = []
"""The road that this process is on; empty until somebody asks. The last one counts (tests put one on top for a
while)."""


def asked() -> str:
    """The road that the environment asks for, '' when it leaves it open; InputError when there is none of that name."""
    given = os.environ.get(VARIABLE, "").strip()
    if given and given not in ROADS:
        raise InputError(f"{VARIABLE} = '{given}' is no road to the numbers. {closest(given, ROADS)}.")
    if given == NUMBA and importlib.util.find_spec("numba") is None:
        raise InputError(
            f"{VARIABLE} = '{NUMBA}' needs the package numba, which is not installed; install fully-booked[fast], or "
            f"take '{NUMPY}'."
        )
    return given


def road() -> str:
    """What is in use: 'numba' and its version, or 'numpy'. The first question decides, and compiles what is not
    compiled yet."""
    return _in_use().name


def find(module: str) -> Any:
    """A module of compiled functions; None on the numpy road."""
    return _in_use().modules.get(module)


def taken(module: str) -> Any:
    """The same, but it chooses no road: None where nobody has asked for one yet. For functions whose bits are the same
    on both roads, which are used where the model is only looked at, too."""
    return _taken[-1].modules.get(module) if _taken else None


@contextmanager
def on(name: str) -> Iterator[None]:
    """Take a road while the context is open: for comparing the two."""
    _taken.append(_made(name))
    try:
        yield
    finally:
        _taken.pop()


def _in_use() -> _Road:
    if not _taken:
        _taken.append(_made(asked()))
    return _taken[-1]


def _made(name: str) -> _Road:
    """A road by its name; '' is numba where it can be used and numpy elsewhere."""
    if name == NUMPY or importlib.util.find_spec("numba") is None:
        return _Road(NUMPY, {})
    try:
        modules = _compiled()
    except Exception as error:  # whatever stops a compiler must not stop a game
        if name:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise InputError(f"{VARIABLE} = '{NUMBA}' cannot be used here: {reason}; take '{NUMPY}'.") from error
        return _Road(NUMPY, {})
    return _Road(f"{NUMBA} {importlib.metadata.version('numba')}", modules)


def _compiled() -> dict[str, ModuleType]:
    """The modules of compiled functions, loaded or compiled."""
    compiling = importlib.import_module("sim.kernels.compiling")
    with compiling.announcing():
        return {name: importlib.import_module(f"sim.kernels.{name}") for name in MODULES}
