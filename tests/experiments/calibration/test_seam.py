"""Where history ends and a game begins: the statistic by hand, what a free run misses, and what the command says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import scenarios
from experiments.calibration import seam, seam_terminal
from experiments.calibration.seam import Seam
from experiments.library import LIBRARY
from sim.errors import InputError
from sim.metrics import METRICS
from sim.scenario import Scenario
from tests.experiments.conftest import Command
from tests.game.play import play

BEFORE, AFTER = 8, 7


# --- the statistic ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "jump"),
    [
        ([1.0, 2.0, 8.0, 16.0], np.log(2.0)),  # doubles, then four times, then doubles: once too much
        ([1.0, 2.0, 4.0, 8.0], 0.0),
        ([1.0, 4.0, 4.0, 4.0], -np.log(2.0)),
        ([0.0, 1.0, 3.0, 4.0], 0.5),  # over a mean of 2: 0.5, then 1, then 0.5
        ([-1.0, -1.0, 3.0, 3.0], 2.0),
        ([0.0, 0.0, 0.0, 0.0], 0.0),
    ],
)
def test_a_jump_is_what_a_change_has_beyond_its_neighbours(window: list[float], jump: float) -> None:
    path = np.array([[9.0, *window, 5.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]])
    assert seam._jump(path, 3) == pytest.approx([jump, 0.0])


def test_spread_is_from_the_tenth_to_the_ninetieth_percentile() -> None:
    assert seam._spread(np.arange(11.0)) == pytest.approx(8.0)


def row(shift: float, wider: float = 0.0) -> dict[str, object]:
    """A series that grows evenly, up and down by a world's own amount from quarter to quarter (so that every jump is
    four times it), with a shift at the seam, and more of it where the amount is large."""
    amount, quarter = np.linspace(-0.05, 0.05, 11)[:, None], np.arange(BEFORE + AFTER)
    alternating = amount * np.where(quarter % 2 == BEFORE % 2, 1.0, -1.0)
    path = np.exp(0.1 * quarter + alternating + np.where(quarter >= BEFORE, shift + wider * amount, 0.0))
    return seam._row("share", "a", path[:, :BEFORE], path[:, BEFORE:])


def test_a_series_that_goes_on_holds() -> None:
    found = row(0.0)
    assert found["jump"] == pytest.approx(0.0) and found["spread"] == pytest.approx(0.32)
    assert found["inside"] == pytest.approx(0.32) and found["holds"] is True
    assert found["last"] == pytest.approx(np.exp(0.7)) and found["first"] == pytest.approx(np.exp(0.8))
    assert (found["series"], found["kind"]) == ("a", "share")


@pytest.mark.parametrize(
    ("shift", "wider", "holds"),
    [
        (0.09, 0.0, True),  # within log 1.1 = 0.0953
        (0.10, 0.0, False),
        (-0.09, 0.0, True),
        (-0.10, 0.0, False),
        (0.0, 1.9, True),  # (4 + 1.9) / 4 of the spread inside: less than one and a half
        (0.0, 2.1, False),
        (0.09, 2.1, False),
    ],
)
def test_what_holds(shift: float, wider: float, holds: bool) -> None:
    found = row(shift, wider)
    assert found["jump"] == pytest.approx(shift) and found["holds"] is holds
    assert found["spread"] == pytest.approx(0.32 * (1.0 + wider / 4.0)) and found["inside"] == pytest.approx(0.32)


def test_series_are_metrics_and_each_is_asked_for_once() -> None:
    named = [one for kind in seam.SERIES.values() for one in kind]
    assert len(named) == len(set(named)) and set(named) <= {metric.name for metric in METRICS}
    assert set(seam.GIVEN) <= set(named)


# --- measured ---------------------------------------------------------------------------------------------------------


def free(name: str = "baseline") -> Scenario:
    found = scenarios.files.load(name, LIBRARY)
    assert found.prelude is not None
    return replace(found, ensemble="", prelude=replace(found.prelude, ensemble=""))


@pytest.mark.whole
def test_the_seam_of_a_game(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row a series as its records say, and the miss of a history that is played freely, a second way."""
    monkeypatch.setattr(scenarios, "load", lambda name: free(name))
    found = seam.measured("baseline", 4, 3).rows.set_index("series")
    records = play(free(), 4, seam.LATER, seed=3)
    assert records.before is not None and len(found) == sum(map(len, seam.SERIES.values()))
    for name in ("aws_ai_revenue_musd", "trainium_share_used"):
        path = np.concatenate([records.before.metric(name), records.metric(name)], axis=1)
        last = np.diff(np.log(path[:, 6:10]), axis=1)
        assert found.loc[name, "jump"] == pytest.approx(np.median(last[:, 1] - 0.5 * (last[:, 0] + last[:, 2])))
        assert found.loc[name, "first"] == np.median(records.metric(name)[:, 0])
    history = free().prelude
    assert history is not None
    alone = play(history, 4, 8, seed=3)
    over = np.log(alone.metric("installed_h100e")[:, -1] / records.before.metric("installed_h100e")[:, -1])
    assert found.loc["installed_h100e", "miss"] == pytest.approx(np.median(over), abs=0.01)
    assert np.isnan(found.loc["price_over_cost", "miss"]) and found["miss"].notna().sum() == len(seam.GIVEN)


def test_a_scenario_without_a_past_has_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenarios, "load", lambda name: Scenario("history", "H"))
    with pytest.raises(InputError, match=r"^scenario 'history' has no prelude: there is no seam to measure\.$"):
        seam.measured("history")


# --- the command ------------------------------------------------------------------------------------------------------


def rows(*holds: bool) -> pd.DataFrame:
    """Series of which some hold; the last has no miss."""
    plain = {"kind": "share", "last": 0.1, "first": 0.12, "jump": 0.02, "spread": 0.3, "inside": 0.2, "miss": -0.1}
    table = pd.DataFrame([{"series": f"series_{k}", **plain, "holds": one} for k, one in enumerate(holds)])
    table.loc[~table["holds"], "jump"] = -0.5
    table.loc[len(holds) - 1, "miss"] = np.nan
    return table


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, int]]:
    """What is asked for instead of a game; the first of three series breaks when the seed is 2."""
    found: list[dict[str, int]] = []

    def measured(**given: int) -> Seam:
        found.append(given)
        return Seam(rows(given["seed"] != 2, True, True))

    monkeypatch.setattr(seam, "measured", measured)
    return found


def test_the_command_prints_a_row_a_series_and_succeeds(
    command: Command, asked: list[dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "130")
    status, out, err = command("validate", "--seam")
    assert (status, err, asked) == (0, "", [{"worlds": 64, "seed": 1}])
    assert "64 worlds" in out and "3 of 3 main series go on over the seam; the median of 3 lies within 10 %" in out
    line = next(line for line in out.splitlines() if "series_0" in line).split()
    assert line == ["series_0", "0.1", "0.12", "+2.0", "%", "1.50", "−9.5", "%", "holds"]
    assert next(line for line in out.splitlines() if "series_2" in line).split()[-2:] == ["1.50", "holds"]


def test_the_command_fails_when_a_series_breaks_and_writes_the_table(
    command: Command, asked: list[dict[str, int]]
) -> None:
    status, out, _ = command("validate", "--seam", "--seed", "2", "--worlds", "16", "--out", "over")
    assert status == 1 and asked == [{"worlds": 16, "seed": 2}]
    assert "2 of 3 main series go on over the seam; the median of 2 lies within 10 %" in out and "breaks" in out
    written = pd.read_csv(Path("over") / "seam.csv")
    assert written["holds"].tolist() == [False, True, True] and written["jump"].tolist() == [-0.5, 0.02, 0.02]


def test_a_series_without_spread_has_a_ratio(capsys: pytest.CaptureFixture[str]) -> None:
    cells = seam_terminal.cells({**rows(True).iloc[0].to_dict(), "spread": 0.0, "inside": 0.0})
    assert cells[4] == "0.00" and cells[5] == ""
