"""A table to play at, and a log that was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.roster import cast
from experiments.play import aftermath, terminal
from experiments.play.log import Logbook
from experiments.play.log_file import PERSON
from sim.game import Game
from tests.experiments.play.logs import BASE, PATIENT, QUARTERS
from tests.experiments.play.table import Table


@pytest.fixture
def few_worlds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a game in four worlds, in this process; left out unless a test is marked to look at it."""
    monkeypatch.setattr(aftermath, "WORLDS", 4)
    monkeypatch.setattr("experiments.batch.engine.default_workers", lambda: 1)
    if "to_the_end" not in request.fixturenames:
        monkeypatch.setattr(terminal, "show_end", lambda book, party, console: None)


@pytest.fixture
def to_the_end() -> None:
    """Asks for the comparison at the end of a game."""


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Table:
    return Table(tmp_path, monkeypatch, capsys)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A log of three quarters with a person on AWS, and the game's records."""
    path = tmp_path_factory.mktemp("log") / "game.json"
    book = Logbook.begin(
        path, scenario=BASE, seed=5, quarters=6, draw=False, level=3, seats={"aws": PERSON, "azure": "build-to-demand"}
    )
    game = Game(BASE, cast(seats={"aws": PATIENT}), worlds=1, quarters=6, seed=5, draw=False)
    for _ in range(QUARTERS):
        game.step()
        book.add(game)
    records = game.records
    game.close()
    return path, records
