"""The task that kills servers, for a moment: `python3 tasks.py kills 200 --workshop` does it for longer."""

from __future__ import annotations

import pytest

from tests.workshop import kills

pytestmark = pytest.mark.slow


def test_a_few_kills_lose_nothing() -> None:
    tally = kills.run(6, seed=5)
    assert tally.wrong == []
    assert tally.kills == 6
    assert "6 kills of a server" in kills.told(tally, 5)
