"""Every named system and mechanism of the narrative, the lever that stands for it, and what the lever moves.

`python3 tasks.py systems [WORLDS]` plays each lever beside the baseline in the same worlds and writes the table that
ships and the page. A system without a lever says by which arithmetic nothing should move.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Played, Size
from experiments.batch.store import versions
from experiments.bots.payoffs import seats_of
from experiments.stats import broken_worlds, estimate, left_out
from experiments.whatif.outcomes import USED, by_quarter
from sim.arrays import Array
from sim.errors import InputError, each_once
from sim.files import explain, read_toml
from sim.quarters import label, ordinal
from sim.scenario import Scenario
from sim.shocks import Shock

FOLDER = Path(__file__).resolve().parents[1] / "data" / "systems"
FILE, TABLE, FACTS = FOLDER / "systems.toml", FOLDER / "measured.csv", FOLDER / "measured.json"
BASE, SIZE, FIRST, LAST = "baseline", Size(64, 20), "2026Q1", "2040Q4"


class System(BaseModel):
    """A named system or mechanism. lever: parameter (or `name_*`, all of its kind) -> value from `since` on; near: the
    figure closest to it; at: quarter at which it is read; roster: one with the owners that it needs; strategies: who
    plays differently; none: why nothing should move; why: by which arithmetic little does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    group: str
    says: str
    lever: dict[str, float] = {}
    strategies: dict[str, str] = {}
    since: str = FIRST
    roster: str = ""
    near: str = ""
    at: int = Field(default=20, ge=1, le=20)
    none: str = ""
    why: str = ""

    @model_validator(mode="after")
    def _fits(self) -> System:
        if bool(self.none) == bool(self.lever or self.strategies):
            raise ValueError("a system has a lever or strategies, or says why nothing should move")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    system: list[System] = Field(min_length=1)


@dataclass(frozen=True)
class Measured:
    """What was measured: a row a system with a lever, and what it was measured with."""

    table: pd.DataFrame
    facts: dict[str, object]


def read(path: Path = FILE) -> dict[str, System]:
    """Name -> system, in the file's order; InputError when the file does not fit."""
    try:
        found = _File.model_validate(read_toml(path)).system
    except ValidationError as error:
        raise explain(error, path.name, {"": ("system",), "system": tuple(System.model_fields)}) from error
    each_once("system", (one.name for one in found), path.name)
    return {one.name: one for one in found}


def scenario(system: System, base: Scenario) -> Scenario:
    """The base with the system's roster and lever; InputError when a lever does not exist or is out of range."""
    base = base.on_roster(system.roster or base.roster)
    catalogue, shocks = scenarios.catalogue_of(base), []
    for pattern, value in system.lever.items():
        for name in scenarios.expand(catalogue, pattern, f"{FILE.name}: '{system.name}'"):
            change = {"parameter": name, "quarters": (system.since, LAST), "source": "lever", "set": value}
            shocks.append(Shock.model_validate({**change, "where": f"{FILE.name}: '{system.name}'"}))
    return base.with_changes(system.name, system.name, {}, tuple(shocks)).check(catalogue)


def cells(systems: Sequence[System], size: Size) -> list[Cell]:
    """The baseline on every roster that is needed, and a cell a system that has a lever."""
    base = scenarios.load(BASE)
    rosters = dict.fromkeys(["", *(one.roster for one in systems)])
    played = [Cell(base.on_roster(name or base.roster), size, name=beside(name)) for name in rosters]
    for one in systems:
        if not one.none:
            seats = seats_of(base, one.strategies, FILE.name) if one.strategies else {}
            played.append(Cell(scenario(one, base), size, seats, name=one.name))
    return played


def beside(roster: str) -> str:
    """What the baseline on a roster is called, '' being its own."""
    return f"{BASE} on {roster}" if roster else BASE


def figure(near: str, played: Played) -> Array:
    """A figure by quarter, (worlds, quarters): per cent of all use for 'family=tpu' or 'channel=managed', of the use in
    a channel for 'family=tpu, channel=edge'; else the metric of that name, per cent for shares."""
    if "=" not in near:
        factor = 100.0 if "share" in near or "rate" in near else 1.0
        return factor * by_quarter(played.quarters, near)
    rows, whole, parts = played.offers, played.offers, near.split(",")
    for part in parts:
        column, value = (word.strip() for word in part.split("="))
        rows = rows[rows[column] == value]
        whole = whole[whole[column] == value] if column == "channel" and len(parts) > 1 else whole
    keys, shape = ["world", "quarter"], by_quarter(played.quarters, USED).shape
    ours, all_ = (one.groupby(keys, sort=True)["used_h100e"].sum() for one in (rows, whole))
    share = ours.reindex(all_.index, fill_value=0.0).to_numpy() / all_.to_numpy()  # who is not of the roster has none
    return np.asarray(100.0 * share).reshape(shape)


def measure(systems: Sequence[System], size: Size, tick: Callable[[int], None] = lambda worlds: None) -> Measured:
    """Play all, and take differences world by world at the last quarter."""
    named = {one.name: [USED, *filter(None, [one.near])] for one in systems}
    wanted = sorted({name for names in named.values() for name in names})
    values: dict[str, dict[str, Array]] = {}
    for played in engine.run(cells(systems, size), tick=tick):
        broken, names = broken_worlds(played.quarters), named.get(played.cell.name, wanted)
        values[played.cell.name] = {name: left_out(figure(name, played), broken) for name in names}
    rows = [_row(one, values[beside(one.roster)], values.get(one.name, {})) for one in systems]
    base = scenarios.load(BASE)
    last = label(ordinal(base.start) + size.quarters)
    facts = {"scenario": base.name, "scenario_hash": base.digest, "worlds": size.worlds, "quarters": size.quarters}
    return Measured(pd.DataFrame(rows), {**facts, "seed": size.seed, "last": last, "versions": versions()})


def _row(one: System, base: dict[str, Array], pulled: dict[str, Array]) -> dict[str, object]:
    """A row of the table: level of each figure in the baseline, and the effect where there is a lever."""
    row: dict[str, object] = {"system": one.name}
    for name, column, at in ((USED, "share", 0), (one.near, "near", one.at)):
        if name:
            place = min(at or base[name].shape[1], base[name].shape[1]) - 1
            row[f"{column}_level"] = float(np.nanmean(base[name][:, place]))
            if pulled:
                found = estimate(pulled[name][:, place] - base[name][:, place])
                row |= {f"{column}_{end}": getattr(found, end) for end in ("mean", "low", "high")}
                row["worlds"] = found.worlds
    return row


def ship(measured: Measured) -> None:
    """Write the shipped table and what it was measured with."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    measured.table.to_csv(TABLE, index=False, float_format="%.6g", lineterminator="\n")
    FACTS.write_text(json.dumps(measured.facts, indent=2) + "\n", encoding="utf-8")


def shipped() -> Measured:
    """What ships."""
    if not TABLE.is_file():
        raise InputError(f"{TABLE.name}: nothing has been measured yet; run python3 tasks.py systems.")
    return Measured(pd.read_csv(TABLE), json.loads(FACTS.read_text(encoding="utf-8")))


def main(arguments: Sequence[str]) -> int:
    """Measure all levers and write what ships; a number gives the worlds."""
    from experiments.batch.progress import counting

    if len(arguments) > 1 or not all(word.isdecimal() and int(word) > 1 for word in arguments):
        print("usage: python -m experiments.whatif.systems [WORLDS], two worlds or more", file=sys.stderr)
        return 2
    size = Size(int(arguments[0]), SIZE.quarters) if arguments else SIZE
    systems = list(read().values())
    with counting("systems", size.worlds * len(cells(systems, size))) as tick:
        ship(measure(systems, size, tick))
    print(f"wrote {TABLE.name} and {FACTS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
