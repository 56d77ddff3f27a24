"""How functions of this package are compiled: with their types said beforehand, and kept on disk where a folder takes
them.

Types are said beforehand so that everything is compiled when a module is imported, and nothing in the middle of a game.
No `fastmath` and no `parallel`: sums keep the order in which they are written, world by world, so that bits do not
depend on how many worlds are played at once. Divisions follow numpy (1 / 0 is infinite). Numbers that the model may
change come as arguments: what is compiled is kept as long as the files of this package stay as they are.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import event

JIT: Any = numba.njit
CONFIG: Any = numba.config
F = TypeVar("F", bound=Callable[..., Any])
REAL, WHOLE = numba.float64, numba.int64
SAID = "FULLY_BOOKED_HAS_SAID_THAT_IT_COMPILES"
"""Set for the processes that this one starts, so that a first run says it once."""
SENTENCE = "Fully Booked compiles its kernels for this machine: about half a minute, on the first run only.\n"


def _sources() -> str:
    """A hash of all files of this package: a compiled function holds pieces that stand in other files than its own."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


SOURCES = _sources()


def numbers(*axes: int) -> list[Any]:
    """Types of C-ordered arrays of numbers with so many axes each; they are only read."""
    return [numba.types.Array(REAL, one, "C", readonly=True) for one in axes]


def positions(*axes: int) -> list[Any]:
    """Types of C-ordered arrays of whole numbers with so many axes each; they are only read."""
    return [numba.types.Array(WHOLE, one, "C", readonly=True) for one in axes]


def compiled(*types: Any) -> Callable[[F], F]:
    """Compile a function for arguments of these types, or load what was compiled before.

    Arrays may come in any layout and of any numbers: what does not fit is copied."""
    items = [np.dtype(str(one.dtype)) if isinstance(one, numba.types.Array) else None for one in types]

    def made(function: F) -> F:
        try:
            kernel = _compiled(function, types, keep=True)
        except Exception:  # a cache fails in many ways, and a fault of the function comes up again without one
            kernel = _compiled(function, types, keep=False)

        @functools.wraps(function)
        def call(*given: Any) -> Any:
            return kernel(
                *[  # a list: a generator costs more than what it does here
                    one if item is None else np.ascontiguousarray(one, item)
                    for one, item in zip(given, items, strict=True)
                ]
            )

        return cast("F", call)

    return made


def _compiled(function: Any, types: tuple[Any, ...], keep: bool) -> Any:
    """A dispatcher of numba for one signature. To keep it may fail: no folder takes it (a system that can only be read,
    a full disk), or what lies there cannot be read."""
    kernel = JIT(error_model="numpy")(function)
    if CONFIG.DISABLE_JIT:  # numba's own way to step through a function
        return kernel
    if keep:
        kernel.enable_caching()
        file = kernel._cache._cache_file
        if not hasattr(file, "_source_stamp"):
            raise AttributeError("this numba marks what it keeps in another way")
        file._source_stamp = SOURCES
    kernel.compile(types)
    kernel.disable_compile()
    return kernel


def part(function: F) -> F:
    """A piece of compiled functions: compiled with them, and kept with them."""
    return cast("F", JIT(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(function))


class _Announcer(event.Listener):
    """Says on the error stream that something is compiled, when it really is and not when it is loaded."""

    def on_start(self, event: Any) -> None:
        if SAID not in os.environ:
            os.environ[SAID] = "1"
            sys.stderr.write(SENTENCE)
            sys.stderr.flush()

    def on_end(self, event: Any) -> None:
        """Nothing to say."""


def announcing() -> Any:
    """While this context is open, a compilation is announced."""
    return event.install_listener("numba:compile", _Announcer())
