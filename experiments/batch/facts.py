"""What a results folder says that it holds: what was run, by its provenance.json and, of a batch, its design."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments.batch import manifest
from experiments.batch.fingerprint import MODEL
from experiments.batch.manifest import DESIGN
from experiments.batch.target import PROVENANCE
from sim.errors import InputError

OF_POINTS = ("design", "name", "scenario_digest", "strategies", "seed", "parameters_drawn", "worlds")
"""Columns that the design of every batch has."""


class CellFacts(BaseModel):
    """What provenance.json says of a cell."""

    model_config = ConfigDict(frozen=True)
    title: str
    scenario_hash: str
    worlds: int = Field(ge=1)
    parameters_drawn: bool
    strategies: dict[str, str] = {}
    records_digest: str


class Facts(BaseModel):
    """What provenance.json says of a run."""

    model_config = ConfigDict(frozen=True)
    command: str
    seed: int
    quarters: int = Field(ge=1)
    cells: dict[str, CellFacts] = Field(min_length=1)
    versions: dict[str, str]


def of_run(folder: Path) -> Facts:
    """What was run; InputError in one sentence when the folder does not say it."""
    if not folder.is_dir():
        kind: Literal["no folder", "a file"] = "a file" if folder.exists() else "no folder"
        raise InputError(f"{folder} is {kind}; give a results folder, which has a {PROVENANCE}.")
    try:
        given = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{folder} holds no results: it has no {PROVENANCE}.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / PROVENANCE} cannot be read: it is damaged or no JSON.") from error
    try:
        return Facts.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "its content"
        raise InputError(f"{folder / PROVENANCE}: {key} is not as runs write it ({first['msg'].lower()}).") from None


def is_batch(folder: Path) -> bool:
    """Does a folder hold a batch?"""
    return (folder / manifest.NAME).is_file()


def of_batch(folder: Path) -> Facts:
    """What was run in a batch; InputError when it is not finished."""
    try:
        said = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / PROVENANCE} cannot be read: it is damaged or missing.") from error
    design = _design(folder / DESIGN)
    if not said.get("records_digest"):
        raise InputError(f"{folder} holds a batch that is not finished; go on with it: --resume.")
    cells = {
        str(row["name"]): CellFacts(
            title=str(row["name"]),
            scenario_hash=row["scenario_digest"],
            worlds=row["worlds"],
            parameters_drawn=row["parameters_drawn"],
            strategies=json.loads(row["strategies"]),
            records_digest="",
        )
        for row in design.to_dict("records")
    }
    quarters, seed = int(said["quarters"]), int(design["seed"].iloc[0])
    versions = {MODEL: said.get("rules", {}).get(MODEL, ""), **said["versions"]}
    return Facts(command=said["command"], seed=seed, quarters=quarters, cells=cells, versions=versions)


def _design(path: Path) -> pd.DataFrame:
    try:
        design = pd.read_parquet(path)
    except (OSError, ValueError, pa.ArrowInvalid) as error:
        raise InputError(f"{path} cannot be read: it is damaged or missing.") from error
    if missing := [name for name in OF_POINTS if name not in design.columns]:
        raise InputError(f"{path} has no column '{missing[0]}'; it is of no batch.")
    return design
