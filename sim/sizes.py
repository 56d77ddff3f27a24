"""Whole numbers that say how much is played: nothing else is read as one."""

from __future__ import annotations

from typing import SupportsIndex

from sim.errors import InputError
from sim.files import shown


def whole(name: str, given: SupportsIndex, smallest: int, largest: int | None = None) -> int:
    """The whole number that was given, as Python's own; InputError for true, 3.5, "3", None, and what is out of
    bounds."""
    try:
        number = None if isinstance(given, bool) else given.__index__()
    except (AttributeError, TypeError):  # np.True_ has an index that is an error
        number = None
    if number is None or number < smallest or (largest is not None and number > largest):
        bounds = f"of at least {smallest}" if largest is None else f"from {smallest} to {largest}"
        raise InputError(f"{name} = {shown(given)} is not allowed; give a whole number {bounds}.")
    return number
