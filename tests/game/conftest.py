"""Pasts of their own."""

from __future__ import annotations

import pytest

from sim import prelude
from sim.prelude import Kept


@pytest.fixture
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    """A test that asks for it plays its own pasts."""
    kept = Kept(512)
    monkeypatch.setattr(prelude, "KEPT", kept)
    return kept
