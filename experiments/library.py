"""The library of scenarios that comes with the product: where it is, and what is in it. Imports nothing of the game."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

LIBRARY = Path(__file__).parent / "scenarios"
STUDY_FILE = LIBRARY / "study.toml"
SHOCK_FOLDER, CLAIM_FOLDER = "shocks", "claims"


def names(folder: str = "") -> tuple[str, ...]:
    """Names of the files in a folder of the library."""
    return tuple(sorted(path.stem for path in (LIBRARY / folder).glob("*.toml")))


def scenario_names() -> tuple[str, ...]:
    """Names of the scenarios of the library; shock cards and the study's design are not scenarios."""
    return tuple(name for name in names() if name != STUDY_FILE.stem)


def shock_names() -> tuple[str, ...]:
    """Names of the shock cards."""
    return names(SHOCK_FOLDER)


def experiment_names() -> tuple[str, ...]:
    """Names of the scenarios that put the claims to a test."""
    return names(CLAIM_FOLDER)


def titles(kind: str) -> Mapping[str, str]:
    """Name -> one line, of scenarios or shocks, as their files say."""
    folders = ("", CLAIM_FOLDER) if kind == "scenarios" else (SHOCK_FOLDER,)
    files = [LIBRARY / folder / f"{name}.toml" for folder in folders for name in names(folder)]
    return {
        file.stem: str(tomllib.loads(file.read_text(encoding="utf-8"))["title"]) for file in files if file != STUDY_FILE
    }
