"""A log of three quarters to play again, and the same one with something changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents.seats import Scales
from experiments import scenarios

BASE = scenarios.load("baseline")
QUARTERS = 3
PATIENT = Scales("cloud", {"price_usd_per_h100e_hour": 1.0371})
"""A person's stand-in: plays the default, with a price of its own."""


def changed(path: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    content = json.loads(path.read_text())
    change(content)
    other = tmp_path / "changed.json"
    other.write_text(json.dumps(content))
    return other
