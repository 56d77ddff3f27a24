"""Two cells compared: paired where draws are shared, by each one's own spread where not, and never unsaid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats as reference

from experiments import scenarios
from experiments.batch import compare, compare_terminal, single
from experiments.batch.engine import Cell, Size
from experiments.batch.target import Target
from experiments.stats import welch
from sim.errors import InputError

SHARE = "trainium_share_used"


BASE = scenarios.load("baseline")
CELLS = {
    "base": Cell(BASE, Size(4, 2)),
    "harvest": Cell(BASE, Size(4, 2), {"aws": "harvest"}),
    "fewer": Cell(BASE, Size(3, 2)),
    "one": Cell(BASE, Size(1, 2)),
    "seed2": Cell(BASE, Size(4, 2, seed=2)),
    "fixed": Cell(BASE, Size(4, 2, draw=False)),
    "earlier": Cell(scenarios.load("backtest"), Size(4, 2)),
}


class Runs(dict[str, str]):
    """By cell, the folder of its run, which is played when it is first asked for."""

    def __init__(self, place: Path) -> None:
        super().__init__()
        self.place = place

    def __missing__(self, name: str) -> str:
        self[name] = str(single.run(CELLS[name], Target(self.place / name)).out)
        return self[name]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(tmp_path_factory.mktemp("runs"))


def _compared(first: str, second: str) -> compare.Comparison:
    return compare.compare(compare.side(first), compare.side(second), [SHARE], [2])


def _values(folder: str) -> np.ndarray:
    rows = pd.read_parquet(Path(folder) / "quarters.parquet")
    return rows.loc[rows["quarter_number"] == 2].sort_values("world")[SHARE].to_numpy()


@pytest.mark.whole
def test_shared_draws_are_paired(runs: Runs) -> None:
    found = _compared(runs["base"], runs["harvest"])
    one, other = _values(runs["base"]), _values(runs["harvest"])
    wanted = reference.ttest_rel(other, one).confidence_interval(0.95)
    change = found.rows[0].change
    assert (found.method, found.why) == (compare.PAIRED, "")
    assert (change.mean, change.low, change.high) == pytest.approx((np.mean(other - one), wanted.low, wanted.high))
    apart, together = np.var(one, ddof=1) + np.var(other, ddof=1), np.var(other - one, ddof=1)
    assert found.rows[0].bought == pytest.approx(apart / together)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("seed2", "seeds are 1 and 2"),
        pytest.param("fixed", "only one of them draws", marks=pytest.mark.whole),
        pytest.param("earlier", "begin in 2026Q1 and 2025Q1", marks=pytest.mark.whole),
        ("one", "fewer than two worlds"),
    ],
)
def test_draws_that_are_not_shared_are_said(runs: Runs, other: str, said: str) -> None:
    found = _compared(runs["base"], runs[other])
    assert found.method == compare.WELCH
    assert said in found.why
    assert said in compare_terminal.method(found)


def test_one_world_has_no_interval_and_no_other_cause_is_named(runs: Runs) -> None:
    found = _compared(runs["base"], runs["one"])
    assert compare_terminal.method(found).startswith("No interval: they have fewer than two worlds in common")
    assert compare_terminal.described(found.second) == "baseline, 1 world, seed 1"


def test_a_metric_or_quarter_given_twice_is_refused(runs: Runs) -> None:
    sides = compare.side(runs["base"]), compare.side(runs["harvest"])
    with pytest.raises(InputError, match=r"^--metric: metric 'trainium_share_used' is given twice"):
        compare.compare(*sides, [SHARE, SHARE], [2])
    with pytest.raises(InputError, match=r"^--at: quarter 'q2' is given twice"):
        compare.quarters("q2,2026Q2", *sides)


def test_apart_agrees_with_scipy(runs: Runs) -> None:
    change = _compared(runs["base"], runs["seed2"]).rows[0].change
    wanted = reference.ttest_ind(_values(runs["seed2"]), _values(runs["base"]), equal_var=False)
    interval = wanted.confidence_interval(0.95)
    assert (change.low, change.high) == pytest.approx((interval.low, interval.high))


def test_only_common_worlds_are_paired(runs: Runs) -> None:
    found = _compared(runs["base"], runs["fewer"])
    assert found.why == "only the 3 worlds that both have are compared"
    row = found.rows[0]
    assert (row.change.mean, row.change.low, row.change.high, row.change.worlds) == (0.0, 0.0, 0.0, 3)


def test_nothing_against_itself(runs: Runs) -> None:
    row = _compared(runs["base"], runs["base"]).rows[0]
    assert (row.change.mean, row.bought) == (0.0, np.inf)


def test_quarters_by_number_and_label(runs: Runs) -> None:
    sides = compare.side(runs["base"]), compare.side(runs["harvest"])
    assert compare.quarters("", *sides) == [1, 2]
    assert compare.quarters("q2, 2026q1", *sides) == [2, 1] and compare.quarters("1", *sides) == [1]
    for word in ("q3", "2030Q1", "x", "0", ""):
        if word:
            with pytest.raises(InputError, match=r"--at: .* from q1 \(2026Q1\) to q2 \(2026Q2\)"):
                compare.quarters(word, *sides)


def test_a_broken_world_is_left_out(runs: Runs) -> None:
    one = compare.side(runs["base"])
    broken = compare.Side(one.records, one.cell, one.said, frozenset({1}))
    row = compare.compare(broken, compare.side(runs["harvest"]), [SHARE], [2]).rows[0]
    kept = np.delete(_values(runs["harvest"]) - _values(runs["base"]), 1)
    assert (row.change.mean, row.change.worlds, row.change.broken) == (pytest.approx(kept.mean()), 3, 1)


def test_several_cells_need_a_name(runs: Runs, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown cell 'basline'"):
        compare.side(f"{runs['base']}:basline")
    assert compare.side(f"{runs['base']}:baseline").cell == "baseline"
    with pytest.raises(InputError, match="unknown metric"):
        compare.compare(*(compare.side(runs["base"]),) * 2, ["share"], [1])


def test_welch_by_hand_and_where_nothing_varies() -> None:
    one, other = np.array([1.0, 3.0]), np.array([4.0, 4.0, 7.0])
    # means 2 and 5; variances over n 2/2 and 3/3: se sqrt 2; freedom 4 / (1/1 + 1/2) = 8/3
    found = welch(one, other)
    half = reference.t.ppf(0.975, 8.0 / 3.0) * np.sqrt(2.0)
    assert (found.mean, found.low, found.high) == pytest.approx((3.0, 3.0 - half, 3.0 + half))
    flat = welch(np.full(3, 2.0), np.full(2, 5.0))
    assert (flat.mean, flat.low, flat.high) == (3.0, 3.0, 3.0)
    alone = welch(np.array([1.0]), other)
    assert alone.mean == pytest.approx(4.0)
    assert not alone.decides
    left = welch(np.array([1.0, 3.0, np.nan]), other)
    assert (left.mean, left.broken) == (pytest.approx(3.0), 1)


def test_names_of_folders_and_cells_may_hold_colons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest folder that is there counts; where none is, the last colon parts the two."""
    monkeypatch.chdir(tmp_path)
    for name in ("found", "base+tariff:high"):
        (tmp_path / name).mkdir()
    assert compare._parted("found:tariff:high@2027Q3") == ("found", "tariff:high@2027Q3")
    assert compare._parted("base+tariff:high") == ("base+tariff:high", "")
    assert compare._parted("base+tariff:high:base") == ("base+tariff:high", "base")
    assert compare._parted("nowhere:cell") == ("nowhere", "cell") and compare._parted("nowhere") == ("nowhere", "")
