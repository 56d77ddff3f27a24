"""Dated data: one parameter changed from one quarter to another, and what must hold for that.

[[shock]]
parameter = "edge_potential_share"
quarters = ["2026Q3", "2030Q4"]
multiply_by = 2.5
source = "..."
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field, Strict, model_validator

from sim.arrays import Array
from sim.errors import InputError
from sim.files import Table
from sim.quarters import ordinal


class Shock(Table):
    """Dated data: one parameter changed from the first to the last of `quarters`, both included.

    `announced`: the quarter from which firms know of it (rules only). A scenario drawn from a range multiplies the
    world's own value, so a shock means the same change in every world.
    """

    parameter: str
    quarters: Annotated[tuple[str, str], Strict(False)]
    source: str
    multiply_by: float | None = None
    add: float | None = None
    set: float | None = None
    announced: str | None = None
    where: str = Field(default="", exclude=True)

    @model_validator(mode="after")
    def _one_change(self) -> Shock:
        if sum(change is not None for change in (self.multiply_by, self.add, self.set)) != 1:
            raise ValueError("give exactly one of multiply_by, add, set")
        return self

    def in_force(self, quarter: int) -> bool:
        """Does it act in this quarter?"""
        return ordinal(self.quarters[0]) <= quarter <= ordinal(self.quarters[1])

    def is_announced(self, quarter: int) -> bool:
        """Is it known but not yet in force?"""
        return self.announced is not None and ordinal(self.announced) <= quarter < ordinal(self.quarters[0])

    def apply(self, value: Array) -> Array:
        """The changed value, shape (worlds,)."""
        if self.multiply_by is not None:
            return value * self.multiply_by
        return value + self.add if self.add is not None else np.full_like(value, self.set)


def date_problems(shock: Shock) -> list[str]:
    problems, number = [], {}
    for quarter in (*shock.quarters, shock.announced or shock.quarters[0]):
        try:
            number[quarter] = ordinal(quarter, shock.where)
        except InputError as error:
            problems.append(str(error))
    if problems:
        return list(dict.fromkeys(problems))
    first, last = shock.quarters
    if number[last] < number[first]:
        problems.append(f"{shock.where}: quarters = {list(shock.quarters)}: the last quarter comes before the first.")
    if shock.announced is not None and number[shock.announced] > number[first]:
        problems.append(
            f"{shock.where}: announced = '{shock.announced}': it cannot be later than the first quarter {first}."
        )
    return problems
