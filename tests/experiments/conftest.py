"""What the tests of experiments share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.cli import main

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `fully-booked` in an empty folder; gives exit status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        streams = capsys.readouterr()
        return int(ended.value.code or 0), streams.out, streams.err

    return call
