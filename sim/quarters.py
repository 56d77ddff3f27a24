"""Calendar quarters written '2025Q4', as whole numbers that can be added to."""

from __future__ import annotations

import re

from sim.errors import InputError
from sim.units import QUARTERS_PER_YEAR

_FORM = re.compile(r"([0-9]{4})Q([1-4])")


def ordinal(quarter: str, where: str = "") -> int:
    """The number of a quarter: ordinal('2025Q4') - ordinal('2025Q3') == 1. InputError when it is not of the form
    2025Q4."""
    match = _FORM.fullmatch(quarter)
    if match is None:
        place = f"{where}: " if where else ""
        raise InputError(f"{place}'{quarter}' is not a quarter; a quarter is written like 2025Q4.")
    return int(match[1]) * QUARTERS_PER_YEAR + int(match[2]) - 1


def label(number: int) -> str:
    """The quarter of a number: the inverse of `ordinal`."""
    year, quarter = divmod(number, QUARTERS_PER_YEAR)
    return f"{year:04d}Q{quarter + 1}"
