"""Commands as they can be typed."""

from __future__ import annotations

import pytest

from experiments.text import typed


def test_a_command_to_type_begins_as_the_program_was_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FULLY_BOOKED_CALLED", raising=False)
    assert typed("play", "my game.json") == "fully-booked play 'my game.json'"
    monkeypatch.setenv("FULLY_BOOKED_CALLED", "python3 tasks.py run")
    assert typed("play", "my game.json") == "python3 tasks.py run play 'my game.json'"
