"""A batch small enough for tests: two quarters of history, without a past."""

from __future__ import annotations

from pathlib import Path

from experiments.batch.points import Plan
from experiments.designs.plan import plan

TEXT = """
question = "does the folder survive?"
[held]
scenario = "history"
quarters = {quarters}
[[lever]]
parameter = "porting_into_factor_trainium"
values = {values}
[replications]
worlds = {worlds}
[measured]
outcomes = ["trainium_share_used", "utilisation"]
"""


def design(folder: Path, values: tuple[float, ...] = (0.5, 1.0, 2.0), worlds: int = 4, quarters: int = 1) -> Path:
    """The file of a design, in a folder."""
    path = folder / "tiny.toml"
    path.write_text(TEXT.format(values=list(values), worlds=worlds, quarters=quarters), encoding="utf-8")
    return path


def tiny(folder: Path, values: tuple[float, ...] = (0.5, 1.0, 2.0), worlds: int = 4, quarters: int = 1) -> Plan:
    """Its plan."""
    return plan(str(design(folder, values, worlds, quarters)))
