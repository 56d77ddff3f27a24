"""What the worlds of a batch drew: a table beside its records, a row a world of each scenario and seed.

What a design varies, or holds for all, is no draw and has no column. World 3 has the same row at every point of its
scenario and seed, since points share their draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments import scenarios
from experiments.batch.points import Plan, Setting
from sim.arrays import Array, Index
from sim.errors import InputError
from sim.parameter_path import ParameterPath
from sim.streams import Streams

NAME = "worlds.parquet"
SHARED = ("scenario_digest", "seed")
"""What points share whose worlds drew the same."""
KEYS = (*SHARED, "world")
Shared = tuple[str, int]


def table(plan: Plan, worlds: Mapping[int, int]) -> pd.DataFrame:
    """What worlds drew, before shocks. worlds: how many each setting has, by its number. No column but the keys where
    nothing is drawn."""
    settings: dict[Shared, Setting] = {}
    most: dict[Shared, int] = {}
    for number, setting in enumerate(plan.settings):
        shared = (setting.scenario.digest, setting.size.seed)
        if setting.size.draw and worlds.get(number, 0) > most.get(shared, 0):
            settings[shared], most[shared] = setting, worlds[number]
    mine = {shared: _of(setting, most[shared]) for shared, setting in settings.items()}
    every = dict.fromkeys(name for found in mine.values() for name, one in found.items() if np.ptp(one) > 0.0)
    names = [name for name in every if name not in plan.values]
    rows = [
        pd.DataFrame(
            {
                "scenario_digest": digest,
                "seed": seed,
                "world": np.arange(most[digest, seed]),
                **{name: found[name] for name in names},
            }
        )
        for (digest, seed), found in mine.items()
    ]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=list(KEYS))


def _of(setting: Setting, worlds: int) -> Mapping[str, Array]:
    """Every parameter of a setting, (worlds,) by name."""
    catalogue = scenarios.catalogue_of(setting.scenario)
    return ParameterPath(setting.scenario, catalogue, Streams(setting.size.seed, 0, worlds), True).scalars


@dataclass(frozen=True)
class Drawn:
    """The table, read. names: of parameters; of: (worlds, names) by what points share."""

    names: tuple[str, ...]
    of: Mapping[Shared, Array]

    @classmethod
    def read(cls, folder: Path) -> Drawn:
        """The table of a batch's folder; InputError when it has none, or it is damaged."""
        place = folder / NAME
        if not place.is_file():
            raise InputError(
                f"{folder} has no {NAME}: its worlds draw nothing (draw = false), or an older version played it; "
                "fully-booked batch DESIGN --out DIR --resume writes it."
            )
        try:
            rows = pd.read_parquet(place)
        except (OSError, ValueError) as error:
            raise InputError(
                f"{place} cannot be read: it is no whole Parquet file; --resume writes it again."
            ) from error
        if missing := [name for name in KEYS if name not in rows.columns]:
            raise InputError(f"{place} has no column '{missing[0]}'; --resume writes it again.")
        known = tuple(name for name in rows.columns if name not in KEYS)
        rows = rows.sort_values("world")
        shared = list(zip(rows["scenario_digest"].astype(str), rows["seed"].astype(int), strict=True))
        values = rows[list(known)].to_numpy(dtype=float)
        return cls(known, {one: values[[other == one for other in shared]] for one in dict.fromkeys(shared)})

    def at(self, shared: list[Shared], world: Index) -> Array:
        """(cases, names): what the worlds of cases drew. shared: of each case. InputError for one that is not there."""
        found = np.full((len(world), len(self.names)), np.nan)
        for one in dict.fromkeys(shared):
            mine = np.array([other == one for other in shared])
            if one not in self.of or int(world[mine].max(initial=0)) >= len(self.of[one]):
                raise InputError(f"{NAME} does not know every world of seed {one[1]}; --resume writes it again.")
            found[mine] = self.of[one][world[mine]]
        return found
