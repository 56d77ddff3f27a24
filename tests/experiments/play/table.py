"""A person at the terminal: plays games by typing lines."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from experiments.cli import main

SEATS = ("AWS", "Nvidia", "Anthropic", "European Commission")
Answer = tuple[int, str, str]


class Table:
    """Plays games in an empty folder by typing lines."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.monkeypatch, self.capsys = folder, monkeypatch, capsys
        monkeypatch.chdir(folder)

    def play(self, *words: str, lines: str | io.StringIO) -> Answer:
        self.monkeypatch.setattr("sys.stdin", io.StringIO(lines) if isinstance(lines, str) else lines)
        with pytest.raises(SystemExit) as ended:
            main(["play", *words])
        streams = self.capsys.readouterr()
        return int(ended.value.code or 0), streams.out, streams.err

    def log(self, name: str = "game") -> dict[str, object]:
        return json.loads((self.folder / name / "game.json").read_text())
