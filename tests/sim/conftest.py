"""A library of scenarios with one in it."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def library(tmp_path: Path) -> Path:
    (tmp_path / "baseline.toml").write_text(
        'title = "Baseline"\nstart = "2025Q4"\n[parameters]\nprice_elasticity = -1.2\n'
    )
    return tmp_path
