"""A fork of a log from a hand-built one: who decides, what is played once and what in every world, what is kept."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from agents.seats import Recorded, Then
from agents.strategies import graded
from experiments.batch import engine
from experiments.batch.engine import Cell, Played, Size
from experiments.play import fork, replay
from experiments.play.fork import Fork
from experiments.play.log import Logbook
from sim.errors import InputError
from sim.quarters import ordinal
from sim.streams import Branch

SCENARIO: Any = SimpleNamespace(name="cheap", roster="default", digest="d1g")


def book(**known: Any) -> Any:
    """A log of three quarters of eight, in which somebody played AWS."""
    whole = {
        "path": Path("g/game.json"),
        "roles": lambda: {"aws": "cloud", "nvidia": "vendor", "enterprises": "segment"},
        "decisions": lambda party: {1: f"by {party}"},
        "strategy": lambda party: f"strategy of {party}",
        "cell": lambda seats: Cell(SCENARIO, Size(1, 8, 7, False), seats=seats, first_world=4),
        "scenario": SCENARIO,
        "start": ordinal("2025Q4"),
        "quarters_played": 3,
        "people": ("aws",),
        "content": SimpleNamespace(worlds=1, quarters=8, seed=7),
    }
    return SimpleNamespace(**{**whole, **known})


@pytest.mark.parametrize(("others", "until"), [("recorded", 3), ("skilled", 2)])
def test_who_decides(others: str, until: int) -> None:
    """People go by the record while it lasts, and then by their strategies; segments always follow their rule."""
    seats = Fork(2, 5, others).seats(book())
    assert list(seats) == ["aws", "nvidia"]
    mine, theirs = seats["aws"], seats["nvidia"]
    assert mine == Then(Recorded({1: "by aws"}), 3, "strategy of aws")  # type: ignore[arg-type, dict-item]
    assert isinstance(theirs, Then) and (theirs.first, theirs.last_quarter) == (Recorded({1: "by nvidia"}), until)  # type: ignore[dict-item]
    if others == "recorded":
        assert theirs.second == "strategy of nvidia"  # type: ignore[comparison-overlap]
    else:
        meant = graded("vendor", "skilled").maker()
        assert type(theirs.second) is type(meant) and vars(theirs.second) == vars(meant)


def test_the_worlds_of_a_fork_share_the_draws_of_the_log() -> None:
    asked = Fork(2, 5, "recorded")
    cell = asked.cell(book(), 6)
    assert (cell.size, cell.first_world, cell.branch) == (Size(6, 5, 7, False), 0, Branch(4, 2))
    assert cell.seats == asked.seats(book()) and asked.first(book()) == "2026Q3"


@pytest.mark.parametrize(
    ("at", "quarters", "shared", "total"),
    [("2026Q1", 0, 0, 8), ("2026Q2", 0, 1, 9), ("2026Q4", 0, 3, 11), ("2026Q3", 3, 2, 3), ("2026Q2", 20, 1, 20)],
)
def test_what_is_planned(monkeypatch: pytest.MonkeyPatch, at: str, quarters: int, shared: int, total: int) -> None:
    """At least the quarters of the log, and eight from the fork on."""
    log = book()
    monkeypatch.setattr(Logbook, "load", lambda path: log if path == Path("g") else None)
    assert fork.planned(Path("g"), at, quarters, "skilled") == (log, Fork(shared, total, "skilled"))
    with pytest.raises(
        InputError, match=r"--quarters = 2 ends before the fork at 2026Q3, quarter 3; give at least 3\."
    ):
        fork.planned(Path("g"), "2026Q3", 2, "skilled")


def test_the_past_is_played_once_and_gone_on_from(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    game = SimpleNamespace(run=lambda: done.append("run"), past=lambda: done.append("past") or "the past")
    monkeypatch.setattr(engine, "opened", lambda cell: done.append(cell) or nullcontext(game))
    monkeypatch.setattr(engine, "played", lambda *given: given)
    asked, log = Fork(2, 5, "recorded"), book()
    whole = log.cell(asked.seats(log))
    for given, workers in (((6,), 1), ((6, 3), 3)):
        done.clear()
        cell, read, used = fork.tables(log, asked, *given)  # type: ignore[misc]
        assert done == [replace(whole, size=Size(1, 2, 7, False)), "run", "past"]
        assert cell == replace(asked.cell(log, 6), past="the past") and used == workers  # type: ignore[arg-type]
        assert isinstance(read, partial)
        assert (read.func, read.args) == (engine.tables, ("cheap", ("quarters", "offers", "parties")))
    done.clear()
    assert fork.past_of(log, Fork(0, 5, "recorded")) is None and done == []


class Kept:
    """A store that keeps what it is given."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.target = SimpleNamespace(command="fully-booked fork g")

    def add(self, played: Played) -> None:
        self.done.append(played)

    def close_tables(self) -> None:
        self.done.append("closed")

    def write(self, name: str, text: str) -> None:
        self.done.append((name, text))


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Any:
    kept = Kept()
    for module in (fork, replay):
        monkeypatch.setattr(module, "provenance", lambda facts: facts)
        monkeypatch.setattr(module, "party_rows", lambda: "rows of parties")
        monkeypatch.setattr(module, "write_dictionary", lambda store, rows: store.done.append(rows))
    return kept


def test_what_is_kept_of_a_fork(store: Any) -> None:
    asked, log, tables = Fork(2, 5, "skilled"), book(), {"quarters": pd.DataFrame()}
    fork.save(store, log, asked, tables, 6)
    facts = {
        "command": "fully-booked fork g",
        "seed": 7,
        "worlds": 6,
        "at": "2026Q3",
        "others": "skilled",
        "assumes": fork.assumption(log, asked),
        "scenario_hash": "d1g",
    }
    played, *rest = store.done
    assert played.cell == asked.cell(log, 6) and played.tables is tables
    assert rest == ["closed", "rows of parties", ("provenance.json", facts)]


def test_what_is_kept_of_a_replay(store: Any) -> None:
    tables = {"quarters": pd.DataFrame()}
    replay.save(store, book(content=SimpleNamespace(worlds=2, quarters=8, seed=7)), tables)
    facts = {"command": "fully-booked fork g", "seed": 7, "scenario_hash": "d1g"}
    played, *rest = store.done
    assert played.cell == Cell(SCENARIO, Size(2, 3, 7)) and played.tables is tables
    assert rest == ["closed", "rows of parties", ("provenance.json", facts)]


RECORDED = "repeat what they decided in the recorded game, whatever happens: read it over a short horizon. Buyers"


@pytest.mark.parametrize(
    ("people", "others", "said"),
    [
        ((), "recorded", f"Nobody was played by a person; all seats {RECORDED}"),
        (("aws",), "skilled", "AWS decides as it did, and by the rule of thumb after the last recorded quarter; the "
         "others are played by skilled bots from there on. Buyers"),
        (("aws", "ec", "nvidia"), "recorded", "AWS, European Commission and Nvidia decide as they did, and by the "
         f"rule of thumb after the last recorded quarter; the others {RECORDED}"),
    ],
)  # fmt: skip
def test_what_a_fork_takes_for_granted(people: tuple[str, ...], others: str, said: str) -> None:
    assert fork.assumption(book(people=people), Fork(2, 5, others)) == (
        "Assumed: all worlds share the past before 2026Q3; from then on chance differs. "
        f"{said} without a seat choose by the model's rules. An illustration, not a forecast."
    )


def quarters(worlds: dict[int, float]) -> pd.DataFrame:
    """The market's figures after one quarter of the fork, and eight times of it after the last."""
    rows = [
        {"world": world, "quarter": quarter, **{name: times * size for name, _, _ in fork.SHOWN}}
        for quarter, times in (("2026Q3", 1.0), ("2026Q4", 3.0), ("2027Q1", 8.0))
        for world, size in worlds.items()
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("worlds", "over", "row"),
    [
        ({0: 2.0}, "one world", ("2.0 (one world)", "16.0 (one world)")),
        ({0: 2.0, 1: 1.0, 2: 3.0}, "3 worlds", ("2.0 (1.1, 2.9)", "16.0 (8.8, 23.2)")),
        ({0: 2.0, 1: 1.0, 2: 3.0, 3: float("nan")}, "4 worlds, 1 of 4 worlds has no figures",
         ("2.0 (1.1, 2.9)", "16.0 (8.8, 23.2)")),
    ],
)  # fmt: skip
def test_bands(worlds: dict[int, float], over: str, row: tuple[str, str]) -> None:
    """One quarter, four, eight and all after the fork, as far as it reaches; broken worlds are in no figure."""
    parties = pd.DataFrame({"world": [], "party": [], "quarter": []})
    shown = fork.bands(
        book(people=()), Fork(2, 5, "recorded"), {"quarters": quarters(worlds), "parties": parties}, len(worlds)
    )
    assert shown.title == f"From 2026Q3 on, {over}: median (90 % of worlds between)"
    assert shown.heads == ("", "2026Q3", "2027Q1")
    assert shown.rows[1] == ("price over cost", *row) and len(shown.rows) == 4


def test_horizons_are_one_four_eight_and_all() -> None:
    frame = pd.DataFrame([{"world": 0, "quarter": "2026Q3", **{name: 1.0 for name, _, _ in fork.SHOWN}}])
    shown = fork.bands(
        book(people=()), Fork(2, 12, "recorded"), {"quarters": frame, "parties": frame.assign(party="")}, 1
    )
    assert shown.heads == ("", "2026Q3", "2027Q2", "2028Q2", "2028Q4")
