"""How much is played, checked as it is given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.errors import InputError
from sim.files import shown
from sim.noise import LONGEST_GAME
from sim.sizes import whole


@dataclass(frozen=True)
class Size:
    """How much is played. seed: of all draws. draw: do worlds draw the uncertain parameters from their ranges?

    InputError for what is no such number."""

    worlds: int
    quarters: int
    seed: int = 1
    draw: bool = True

    def __post_init__(self) -> None:
        whole("worlds", self.worlds, 1)
        whole("quarters", self.quarters, 1, LONGEST_GAME)
        whole("seed", self.seed, 0)
        if not isinstance(self.draw, bool | np.bool_):
            raise InputError(f"draw = {shown(self.draw)} is not allowed; give True or False.")
