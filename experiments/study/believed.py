"""Headlines: a range over what evidence allows, with its middle, never a point alone.

Read from the measurement of beliefs that ships (`experiments/study/beliefs.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.stats import Estimate, number
from experiments.study.beliefs import FOLDER
from experiments.study.findings import Headline

ESTIMATE = ("mean", "low", "high", "median", "p5", "p95", "worlds", "broken")
LEVEL = "level"
BASIS = (
    "the smallest to the largest mean effect over the {} beliefs tried that evidence allows, its middle half-way; the "
    "sign is settled at {}"
)


@dataclass(frozen=True)
class Range:
    """Smallest and largest mean effect over the beliefs that evidence allows, and half-way between them, percentage
    points. sure: at how many of them the interval leaves 0 out on the middle's side."""

    title: str
    low: float
    middle: float
    high: float
    beliefs: int
    sure: int
    sentence: str


def headline(title: str, effects: Sequence[Estimate], quarter: int) -> Range:
    """A factor's effect over the beliefs that evidence allows, with a plain sentence; ValueError when it allows none
    of those that were tried."""
    means = [one.mean for one in effects if one.worlds]
    if not means:
        raise ValueError(f"{title}: no belief that evidence allows has figures")
    low, high = min(means), max(means)
    middle = 0.5 * (low + high)
    sure = sum(one.low > 0.0 if middle > 0.0 else one.high < 0.0 for one in effects if one.worlds)
    settled = "its sign is the same at all of them" if sure == len(means) else _unsettled(len(means) - sure, len(means))
    sentence = (
        f"{title}: between {number(low)} and {number(high)} percentage points of Trainium's share of AI compute in use "
        f"at q{quarter}, middle {number(middle)}, over the {len(means)} beliefs tried that evidence allows; {settled}."
    )
    return Range(title, low, middle, high, len(means), sure, sentence)


def _unsettled(open_ones: int, beliefs: int) -> str:
    return f"its sign is not settled at {open_ones} of {beliefs}"


def shipped(folder: Path = FOLDER) -> pd.DataFrame:
    """The measured table: a row a belief, effect and horizon."""
    return pd.read_csv(folder / "beliefs.csv")


def estimates(rows: pd.DataFrame) -> list[Estimate]:
    """The estimate of each row."""
    return [Estimate(*values) for values in rows[list(ESTIMATE)].itertuples(index=False, name=None)]


def ranges(table: pd.DataFrame) -> dict[str, Range]:
    """Effect -> its range at the last horizon, in the table's order; none where evidence allows no belief that was
    tried."""
    last = int(table["quarter_number"].max())
    allowed = table[table["allowed"] & (table["quarter_number"] == last) & (table["effect"] != LEVEL)]
    return {
        str(name): headline(str(rows["title"].iloc[0]), estimates(rows), last)
        for name, rows in allowed.groupby("effect", sort=False)
    }


def evidence(quarter: int, folder: Path = FOLDER) -> dict[str, Headline]:
    """Effect -> its range for a study's first page, from what ships; nothing for a study that is judged in another
    quarter."""
    table = shipped(folder)
    if quarter != int(table["quarter_number"].max()):
        return {}
    return {name: Headline(one.low, one.middle, one.high, _basis(one)) for name, one in ranges(table).items()}


def _basis(one: Range) -> str:
    return BASIS.format(one.beliefs, "all of them" if one.sure == one.beliefs else f"{one.sure} of them")
