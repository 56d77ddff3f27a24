"""What `fully-booked run` shows: means of tables made by hand at the quarters it names, and the index of lock-in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.table import Table

from experiments import scenarios
from experiments.batch import single, terminal
from experiments.batch.engine import Cell, Played, Size
from experiments.batch.progress import counting, silent
from experiments.batch.target import Target
from sim.metrics import LOCK_IN_METRICS

BASE = scenarios.load("baseline")


def cells(table: Table) -> list[list[str]]:
    """A table, row by row."""
    return [list(row) for row in zip(*([str(cell) for cell in column._cells] for column in table.columns), strict=True)]


def heads(table: Table) -> list[str]:
    return [str(column.header) for column in table.columns]


# --- means ------------------------------------------------------------------------------------------------------------


def quarters(worlds: int, count: int) -> pd.DataFrame:
    """Figures of k x (quarter + world), k = 0.001 for the first of those shown, 0.002 for the second and so on."""
    rows = [(w, f"q{q}", q) for w in range(worlds) for q in range(1, count + 1)]
    frame = pd.DataFrame(rows, columns=["world", "quarter", "quarter_number"])
    number = frame["quarter_number"] + frame["world"]
    for k, (name, _, _) in enumerate(terminal.SHOWN, 1):
        frame[name] = 0.001 * k * number
    return frame.assign(nonconverged=0.0)


@pytest.mark.parametrize(
    ("count", "shown"),
    [(1, [1]), (4, [1, 4]), (5, [1, 4, 5]), (12, [1, 4, 8, 12]), (20, [1, 4, 8, 12, 20]), (24, [1, 4, 8, 12, 20, 24])],
)
def test_means_are_shown_at_the_first_quarter_some_years_and_the_last(count: int, shown: list[int]) -> None:
    """Of three worlds the mean is that of the middle one: k x (quarter + 1)."""
    table = terminal.summary(quarters(3, count), Cell(BASE, Size(3, count, 5), name="mine"))
    assert heads(table) == ["", *(f"q{q} (q{q})" for q in shown)]
    assert table.title == "mine: means of 3 worlds, seed 5"
    found = {row[0]: row[1:] for row in cells(table)}
    assert found["Trainium, H100e in use, %"] == [f"{0.1 * (q + 1):.2f}" for q in shown]
    assert found["Trainium supply binding, % of its capacity"] == [f"{0.5 * (q + 1):.2f}" for q in shown]
    assert found["Price over long-run cost"] == [f"{0.006 * (q + 1):.2f}" for q in shown]  # no per cent
    assert list(found) == [title for _, title, _ in terminal.SHOWN]


def test_means_say_over_how_many_worlds_they_are() -> None:
    table = terminal.summary(quarters(2, 1), Cell(BASE, Size(5, 1, 5), name="mine"))
    assert table.title == "mine: means of 2 of 5 worlds, the others broken, seed 5"


FIVE = ", ".join(f"{world} from q3 on" for world in range(5))


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 of 9 worlds has no figures and is in no mean: world 0 from q3 on."),
        (2, "2 of 9 worlds have no figures and are in no mean: world 0 from q3 on, 1 from q3 on."),
        (5, f"5 of 9 worlds have no figures and are in no mean: world {FIVE}."),
        (6, f"6 of 9 worlds have no figures and are in no mean: world {FIVE}, ...."),
    ],
)  # fmt: skip
def test_broken_worlds_are_named_up_to_five(count: int, said: str) -> None:
    frame, broken = quarters(9, 4), list(range(count))
    frame.loc[frame["world"].isin(broken) & (frame["quarter_number"] >= 3), "nonconverged"] = 1.0
    frame.loc[(frame["world"] == 8) & (frame["quarter_number"] == 1), "nonconverged"] = 1.0  # one that is not broken
    assert terminal.left_out(frame, broken) == said


# --- lock-in ----------------------------------------------------------------------------------------------------------


def index() -> pd.DataFrame:
    """Two worlds, two measured quarters, two families and two clouds: at the last quarter the column number k of a row
    is
    (k + world) / 100 times the row's own factor, at the first ten times as much."""
    rows = []
    names = [("cloud", "aws", 1.0), ("cloud", "azure", 3.0), ("family", "nvidia", 2.0), ("family", "trainium", -1.0)]
    for world in (0, 1):
        for quarter, times in (("2026Q1", 10.0), ("2028Q4", 1.0)):
            for level, name, factor in names:
                values = {m.name: times * factor * (k + world) / 100.0 for k, m in enumerate(LOCK_IN_METRICS, 1)}
                rows.append({"world": world, "quarter": quarter, "level": level, "name": name, **values})
    return pd.DataFrame(rows)


def test_the_index_is_that_of_the_last_quarter_mean_over_worlds() -> None:
    """Columns 1 to 7 and 9 of the metrics: the mean over the two worlds is (k + 0.5) per cent times the row's
    factor."""
    table = terminal.lock_in_table(index())
    assert heads(table) == [
        "level",
        "name",
        "actual",
        "merit",
        "index",
        "contract",
        "porting",
        "egress",
        "ecosystem",
        "trapped, %",
    ]
    numbers = {
        name: [f"{factor * k:.1f}" for k in (1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 9.5)]
        for name, factor in (("aws", 1.0), ("azure", 3.0), ("nvidia", 2.0))
    }
    assert cells(table) == [
        ["cloud", "aws", *numbers["aws"]],
        ["cloud", "azure", *numbers["azure"]],
        ["family", "nvidia", *numbers["nvidia"]],
    ]
    assert (
        table.title == "Lock-in index at the core, 2028Q4, points of share (mean over worlds; actual less merit share)"
    )
    assert [column.justify for column in table.columns] == ["left"] * 2 + ["right"] * 8


@pytest.mark.parametrize(("share", "shown"), [(0.0, False), (0.001, False), (0.0011, True), (0.5, True)])
def test_names_of_next_to_no_share_are_left_out(share: float, shown: bool) -> None:
    """By the mean over worlds: one world has twice the share and the other none."""
    frame = index()
    mine = (frame["name"] == "azure") & (frame["quarter"] == "2028Q4")
    frame.loc[mine, "actual_share"] = np.array([0.0, 2.0 * share])
    assert ("azure" in [row[1] for row in cells(terminal.lock_in_table(frame))]) is shown


def test_the_note_below_it_is_of_the_market_by_family() -> None:
    """All names of a level carry the same market index and loss; those by family are told: 0.105 x 2, and 2.3
    billion."""
    frame = index()
    for level, market, loss in (("family", 0.21, 2340.0), ("cloud", 0.9, 9e9)):
        mine = (frame["level"] == level) & (frame["quarter"] == "2028Q4")
        frame.loc[mine, "market_index"], frame.loc[mine, "deadweight_loss_musd"] = market, loss
    caption = str(terminal.lock_in_table(frame).caption)
    assert caption.startswith(
        "Market index by family 0.210; deadweight loss 2.3 USD bn a quarter. Symmetric switching costs"
    )


# --- the whole of it --------------------------------------------------------------------------------------------------


def shown(played: Played, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "200")
    terminal.show(played, Path("somewhere"))
    return capsys.readouterr().out


@pytest.mark.parametrize("measured", [(), (1,)])
def test_the_index_is_shown_when_it_was_measured_and_of_whole_worlds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, measured: tuple[int, ...]
) -> None:
    """World 1 has no price: the lock-in index is that of world 0, k per cent and not k + 0.5."""
    frame = quarters(2, 4)
    frame.loc[(frame["world"] == 1) & (frame["quarter_number"] == 4), "price_over_cost"] = np.nan
    frame.loc[(frame["world"] == 1) & (frame["quarter_number"] == 4), "nonconverged"] = 1.0
    frame.loc[(frame["world"] == 0) & (frame["quarter_number"] < 3), "nonconverged"] = 1.0
    played = Played(Cell(BASE, Size(2, 4), lock_in=measured), {"quarters": frame, "lock_in": index()})
    out = shown(played, capsys, monkeypatch)
    assert ("Lock-in index" in out) is bool(measured)
    assert [line.split()[5:8:2] for line in out.splitlines() if " aws " in line] == [["1.0", "2.0"]] * len(measured)
    assert "1 of 2 worlds has no figures and is in no mean: world 1 from q4 on. They are marked" in out
    assert "2 world-quarters did not converge; they are marked in the column 'nonconverged'." in out
    assert out.splitlines()[-1] == "Tables: somewhere"


def test_a_run_is_stored_with_its_bar_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    stored = single.Stored(Played(Cell(BASE, Size(1, 1)), {}), Path("out"))
    monkeypatch.setattr(single, "run", lambda *given: told.append(given) or stored)
    monkeypatch.setattr(terminal, "show", lambda *given: told.append(given))
    cell, target = Cell(BASE, Size(1, 1)), Target(Path("asked"))
    terminal.run(cell, target, 2)
    assert told == [(cell, target, 2, counting), (stored.played, stored.out)]


def test_a_bar_counts_worlds_and_another_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with counting("baseline [x]", 7) as tick:
        tick(3), tick(4)
    assert "baseline [x]" in (err := capsys.readouterr().err) and "7/7 worlds" in err
    with silent("baseline", 7) as tick:
        tick(7)
    assert capsys.readouterr() == ("", "")
