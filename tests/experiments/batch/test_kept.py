"""Seats that keep something between games are told of, wherever it is kept; seats that keep nothing are not."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.strategies import default_for
from experiments import scenarios
from experiments.batch import engine, kept
from experiments.batch.engine import Cell, Size
from experiments.batch.kept import KeptWarning
from sim.records import Records
from tests.experiments.batch import keepers
from tests.experiments.batch.keepers import (
    Asks,
    CountsInClass,
    CountsInModule,
    CountsInObject,
    CountsLate,
    DrawsFromModule,
    DrawsFromNumpy,
    DrawsFromPython,
    DrawsWithoutSeed,
    FillsCache,
    FillsClassList,
    FillsDefault,
    FillsModuleList,
    FillsOneArray,
    KeepsInItself,
    LooksUp,
    Remembers,
    TakesTickets,
    Usual,
    counts_in_closure,
)
from tests.experiments.conftest import Command

BASE = scenarios.load("baseline")


@pytest.fixture(autouse=True)
def begun_anew() -> Iterator[None]:
    """Seats keep nothing from one test to the next."""
    yield
    keepers.begin_anew()


def share(records: Records) -> Any:
    return records.metric("trainium_share_used")


def cell(seat: Usual, worlds: int = 1) -> Cell:
    return Cell(BASE, Size(worlds, 2), seats={"aws": seat})


@pytest.mark.whole
@pytest.mark.parametrize(
    ("seat", "name"),
    [
        (CountsInClass(), "CountsInClass.calls"),
        (FillsClassList(), "FillsClassList.quarters"),
        (FillsModuleList(), f"{keepers.__name__}.SEEN"),
        (CountsInModule(), f"{keepers.__name__}.COUNTED"),
        (Remembers(), f"{keepers.__name__}.last"),
        (DrawsFromModule(), f"{keepers.__name__}.RNG"),
        (DrawsFromPython(), "the generator of random"),
        (DrawsFromNumpy(), "the generator of numpy.random"),
        (Asks(CountsInClass()), "CountsInClass.calls"),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, Usual) else "",
)
def test_what_a_seat_keeps_between_games_is_named(seat: Usual, name: str) -> None:
    with pytest.warns(KeptWarning) as heard:
        engine.played(cell(seat), share)
    told = [str(one.message) for one in heard]
    assert len(told) == 1 and told[0].startswith(f"{name} is shared by the games of a seat")


@pytest.mark.whole
@pytest.mark.parametrize(
    "seat",
    [
        counts_in_closure(),
        CountsInObject(),
        FillsCache(),
        FillsDefault(),
        TakesTickets(),
        DrawsWithoutSeed(),
        Asks(CountsInObject()),
    ],
    ids=lambda given: type(given).__name__,
)
def test_what_lives_where_no_variable_shows_it_is_told_by_what_is_decided(seat: Usual) -> None:
    with pytest.warns(KeptWarning) as heard:
        engine.played(cell(seat), share)
    (told,) = [str(one.message) for one in heard]
    assert told.startswith(
        f"{type(seat).__qualname__} decides otherwise when a copy of its own is asked the same again"
    )


FILED = """from dataclasses import replace
from agents.strategies import default_for
def calls(seen=[]):
    seen.append(1)
    return len(seen)
class Counts:
    def decide(self, own, market):
        usual = default_for("cloud").maker().decide(own, market)
        return replace(usual, price_usd_per_h100e_hour=usual.price_usd_per_h100e_hour * (1.0 + 0.01 * calls()))
"""


@pytest.mark.whole
def test_a_seat_is_asked_all_quarters_again() -> None:
    with pytest.warns(KeptWarning, match="^CountsLate decides otherwise"):
        engine.played(Cell(BASE, Size(1, 7), seats={"aws": CountsLate()}), share)


@pytest.mark.whole
def test_a_command_says_it_in_a_sentence_once(tmp_path: Path, command: Command) -> None:
    (tmp_path / "my.py").write_text(FILED, encoding="utf-8")
    words = ("run", "history", "--strategy", "aws=my.py:Counts", "--worlds", "1", "--quarters", "1", "--workers", "1")
    status, _, err = command(*words)
    said = [line for line in err.splitlines() if "asked the same again" in line]
    assert status == 0 and len(said) == 1 and said[0].startswith("fully-booked: Counts decides otherwise when")
    assert "KeptWarning" not in err and "import replace" not in err


@pytest.mark.whole
def test_a_cache_of_facts_and_a_world_of_nan_are_no_matter() -> None:
    class NotInOneWorld(Usual):
        def before(self, market: Any) -> Any:
            return np.where(np.arange(2) == 0, np.nan, 1.0)[:, None]

    with warnings.catch_warnings():
        warnings.simplefilter("error", KeptWarning)
        for seat in (LooksUp(), NotInOneWorld()):
            engine.played(cell(seat, worlds=2), share)


@pytest.mark.whole
@pytest.mark.parametrize("seat", [KeepsInItself(), FillsOneArray()], ids=lambda given: type(given).__name__)
def test_a_seat_that_keeps_all_in_itself_plays_equal_games_and_hears_nothing(seat: Usual) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one, other = engine.all_played([(cell(seat), share)] * 2)
    assert np.array_equal(one, other)


@pytest.mark.whole
@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_one_warning_a_run_however_many_games_and_processes(workers: int) -> None:
    with pytest.warns(KeptWarning, match=r"CountsInClass\.calls") as heard:
        list(engine.all_played([(cell(CountsInClass()), share)] * 4, workers))
    assert len(heard) == 1


@pytest.mark.slow
def test_a_variable_that_was_set_before_does_not_reach_workers_and_that_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The class is imported anew by a worker, where its factor is 1 again: the games there are others, with a
    warning."""
    monkeypatch.setattr(Usual, "factor", 1.2)
    here = [engine.played(cell(Usual()), share)] * 2
    with pytest.warns(KeptWarning, match=r"Usual\.factor"):
        there = list(engine.all_played([(cell(Usual()), share)] * 2, workers=2))
    assert not np.array_equal(here[0], there[0])


def test_seats_of_the_product_are_not_asked() -> None:
    assert kept.state({"aws": default_for("cloud").maker()}).keys() <= {
        "the generator of random",
        "the generator of numpy.random",
    }
    assert kept.state({}) == {}
