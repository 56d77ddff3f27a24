"""What skilled bots have learned: numbers tuned offline on training scenarios and shipped as data, one table a role."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "data" / "skilled.toml"


@cache
def learned(role: str) -> dict[str, float]:
    """Tuned numbers of a role's skilled bot by name; empty before anything was tuned, so that the rule's own values
    stand."""
    content: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    return {name: float(value) for name, value in content.get(role, {}).get("parameters", {}).items()}
