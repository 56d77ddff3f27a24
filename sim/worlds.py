"""One world as many, and some of many: every array repeated or cut, wherever it stands in a dataclass, a tuple or a
mapping."""

from __future__ import annotations

from copy import copy
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from sim.arrays import read_only
from sim.parameters import Parameters


def widened(thing: Any, times: int, of: int = 1) -> Any:
    """The same with every array of so many worlds, (of, ...), repeated: (of x times, ...), all worlds before they come
    again. Goes into dataclasses, tuples and mappings."""
    if isinstance(thing, np.ndarray):
        return _repeated(thing, times, of)
    if isinstance(thing, Parameters):
        return Parameters({name: _repeated(getattr(thing, name), times, of) for name in thing.names()})
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(thing, **{one.name: widened(getattr(thing, one.name), times, of) for one in fields(thing)})
    if isinstance(thing, dict):
        return {key: widened(value, times, of) for key, value in thing.items()}
    if isinstance(thing, tuple | list):
        parts = [widened(value, times, of) for value in thing]
        return type(thing)(*parts) if hasattr(thing, "_fields") else type(thing)(parts)
    if type(thing).__module__.startswith("sim."):
        wide = copy(thing)
        vars(wide).update({name: widened(value, times, of) for name, value in vars(thing).items()})
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


def _repeated(array: np.ndarray, times: int, of: int) -> np.ndarray:
    if array.ndim == 0 or len(array) != of:
        return array
    wide = np.repeat(array, times, axis=0) if of == 1 else np.concatenate([array] * times)
    return wide if array.flags.writeable else read_only(wide)
