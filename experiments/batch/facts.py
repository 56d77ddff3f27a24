"""What a results folder says that it holds: what was run, by its provenance.json and, of a batch, its design."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import pandas as pd
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments.batch import manifest
from experiments.batch.fingerprint import MODEL
from experiments.batch.manifest import DESIGN
from experiments.batch.target import PROVENANCE
from sim.errors import InputError
from sim.files import parsed

Said = TypeVar("Said", bound=BaseModel)
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


Count = Annotated[int, Field(ge=0)]


class ChunkFacts(BaseModel):
    """What provenance.json says of a chunk that nobody could play."""

    model_config = ConfigDict(frozen=True)
    points: list[Count]
    first_world: Count
    worlds: Count
    why: str


class BatchFacts(BaseModel):
    """What provenance.json says of a batch. records_digest: nothing until it is finished; failed_worlds: (point, world,
    why) of runs that could not be played, broken_worlds: (point, world) of those with a figure that is none."""

    model_config = ConfigDict(frozen=True)
    command: str
    quarters: int = Field(ge=1)
    outcomes: list[str] = Field(min_length=1)
    design: str = ""
    versions: dict[str, str]
    note: dict[str, Any]
    rules: dict[str, str] = {}
    design_digest: str = ""
    records_digest: str | None = None
    failed_worlds: list[tuple[Count, Count, str]] = []
    broken_worlds: list[tuple[Count, Count]] = []
    failed_chunks: list[ChunkFacts] = []


def of_run(folder: Path) -> Facts:
    """What was run; InputError in one sentence when the folder does not say it."""
    if not folder.is_dir():
        kind: Literal["no folder", "a file"] = "a file" if folder.exists() else "no folder"
        raise InputError(f"{folder} is {kind}; give a results folder, which has a {PROVENANCE}.")
    try:
        text = (folder / PROVENANCE).read_text(encoding="utf-8")
        parsed(text)
    except FileNotFoundError:
        raise InputError(f"{folder} holds no results: it has no {PROVENANCE}.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / PROVENANCE} cannot be read: it is damaged or no JSON.") from error
    return _checked(Facts, text, folder)


def _checked(kind: type[Said], text: str, folder: Path) -> Said:
    """What provenance.json says, each of its kind; InputError with the first that is not."""
    try:
        return kind.model_validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "its content"
        raise InputError(f"{folder / PROVENANCE}: {key} is not as runs write it ({first['msg'].lower()}).") from None


def is_batch(folder: Path) -> bool:
    """Does a folder hold a batch?"""
    return (folder / manifest.NAME).is_file()


def batch_said(folder: Path) -> BatchFacts:
    """What provenance.json says of a batch; InputError when it does not say it."""
    try:
        text = (folder / PROVENANCE).read_text(encoding="utf-8")
        parsed(text)
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / PROVENANCE} cannot be read: it is damaged or missing.") from error
    return _checked(BatchFacts, text, folder)


def of_batch(folder: Path) -> Facts:
    """What was run in a batch; InputError when it is not finished."""
    said, design = batch_said(folder), _design(folder / DESIGN)
    if not said.records_digest:
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
    seed, versions = int(design["seed"].iloc[0]), {MODEL: said.rules.get(MODEL, ""), **said.versions}
    return Facts(command=said.command, seed=seed, quarters=said.quarters, cells=cells, versions=versions)


def _design(path: Path) -> pd.DataFrame:
    try:
        design = pd.read_parquet(path)
    except (OSError, ValueError, pa.ArrowInvalid) as error:
        raise InputError(f"{path} cannot be read: it is damaged or missing.") from error
    if missing := [name for name in OF_POINTS if name not in design.columns]:
        raise InputError(f"{path} has no column '{missing[0]}'; it is of no batch.")
    return design
