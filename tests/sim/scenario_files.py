"""Scenario files in a library of one's own: what tests of them share."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.parameters import Catalogue, parameter, switch
from sim.scenario import load

CATALOGUE = Catalogue(
    (
        parameter("price_elasticity", -1.4, "1", (-2.0, -1.0), "J", "s", "m", allowed=(-4.0, -0.1)),
        parameter("egress_factor", 1.0, "1", (0.5, 2.0), "C", "s", "m", by="region", allowed=(0.0, 3.0)),
        switch("fee_ban", 0.0, "m", by="region"),
    ),
    {"region": ("us", "eu")},
)
SHOCK = """
[[shock]]
parameter = "egress_factor_eu"
quarters = ["2026Q3", "2027Q1"]
multiply_by = 0.5
source = "a law"
"""


def write(library: Path, content: str, name: str = "eu") -> str:
    (library / f"{name}.toml").write_text(content, encoding="utf-8")
    return name


def error_of(library: Path, content: str) -> str:
    """The message for a bad file, which always names the file."""
    with pytest.raises(InputError) as caught:
        load(write(library, content), library).check(CATALOGUE)
    assert "eu" in str(caught.value)
    return str(caught.value)
