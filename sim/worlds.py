"""One world as many, and some of many: every array repeated or cut, wherever it stands in a dataclass, a tuple or a
mapping."""

from __future__ import annotations

from copy import copy
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from sim.arrays import read_only
from sim.parameters import Parameters


def widened(thing: Any, worlds: int) -> Any:
    """The same with every array of one world, (1, ...), repeated: (worlds, ...). Goes into dataclasses, tuples and
    mappings."""
    if isinstance(thing, np.ndarray):
        return _repeated(thing, worlds)
    if isinstance(thing, Parameters):
        return Parameters({name: _repeated(getattr(thing, name), worlds) for name in thing.names()})
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(thing, **{one.name: widened(getattr(thing, one.name), worlds) for one in fields(thing)})
    if isinstance(thing, dict):
        return {key: widened(value, worlds) for key, value in thing.items()}
    if isinstance(thing, tuple | list):
        parts = [widened(value, worlds) for value in thing]
        return type(thing)(*parts) if hasattr(thing, "_fields") else type(thing)(parts)
    if type(thing).__module__.startswith("sim."):
        wide = copy(thing)
        vars(wide).update({name: widened(value, worlds) for name, value in vars(thing).items()})
        return wide
    return thing


def cut(thing: Any, first: int, last: int) -> Any:
    """The same with every array, (worlds, ...), cut to worlds first to last, half open. Goes into dataclasses, tuples,
    lists and mappings."""
    if isinstance(thing, np.ndarray):
        return thing[first:last]
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(thing, **{one.name: cut(getattr(thing, one.name), first, last) for one in fields(thing)})
    if isinstance(thing, dict):
        return {key: cut(value, first, last) for key, value in thing.items()}
    if isinstance(thing, tuple | list):
        return type(thing)(cut(value, first, last) for value in thing)
    return thing


def _repeated(array: np.ndarray, worlds: int) -> np.ndarray:
    if array.ndim == 0 or len(array) != 1:
        return array
    wide = np.repeat(array, worlds, axis=0)
    return wide if array.flags.writeable else read_only(wide)
