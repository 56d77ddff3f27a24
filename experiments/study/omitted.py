"""What the model leaves out: one list, told by the report and by every page of docs that says so."""

from __future__ import annotations

import tomllib
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "data" / "omitted.toml"


def omitted(file: Path = FILE) -> list[tuple[str, str]]:
    """(what is missing, what that means here), worst first."""
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["omitted"]
    return [(str(row["name"]), str(row["meaning"])) for row in rows]
