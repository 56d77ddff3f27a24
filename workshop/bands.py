"""A what-if as people read it: four yardsticks with a band before and after, one sentence each, what a share is a share
of, and whether supply binds. Nothing here knows of HTTP."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from experiments.play.fork import SHOWN
from experiments.stats import BAND, finite_worlds
from experiments.study.effects import CORE, SHARES
from experiments.whatif import answer as answers
from experiments.whatif.answer import Answer
from workshop.charts import Chart
from workshop.pages import GLOSSES, TITLES

Array = NDArray[np.float64]
Band = dict[str, tuple[float, float, float]]
"""Quarter -> low end, median, high end."""
PERCENT = 100.0
SAME = 1e-9
"""Differences below it are those of arithmetic."""
LEAST = 0.01
"""A difference below it is told as less than it."""
WHOLES = {
    "trainium_share_used": "computing power in use (the measure of this page)",
    "trainium_share_installed": "computing power that stands in data centres and at the edge, used or not",
    "trainium_share_spend": "money spent on AI compute",
    "trainium_share_units": "chips, counted one by one",
    CORE: "computing power in use in data centres alone",
}
"""Share -> what it is a share of, in a newcomer's words."""
DECIMALS = {"price_over_cost": 2}
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Yardstick:
    """One of the four, at the last quarter that was played. higher, lower, of: worlds."""

    name: str
    answer: Answer
    scale: float

    @property
    def title(self) -> str:
        """What it is called."""
        return TITLES[self.name]

    @property
    def gloss(self) -> str:
        """What it is."""
        return GLOSSES[self.name]

    def path(self, cell: str) -> Array:
        """Its values in the worlds that have figures in both: (worlds, quarters)."""
        return self._paths[cell]

    @cached_property
    def _paths(self) -> dict[str, Array]:
        both = [self.scale * self.answer.outcomes.path(one, self.name) for one in (Answer.BASE, Answer.HERE)]
        whole = finite_worlds(*both)
        return {Answer.BASE: both[0][whole], Answer.HERE: both[1][whole]}

    def band(self, cell: str) -> Band:
        """Low end, median and high end by quarter: 90 % of the worlds lie between."""
        return self._bands[cell]

    @cached_property
    def _bands(self) -> dict[str, Band]:
        """Both, worked out once: a page reads them for its picture, its sentence and its table."""
        return {cell: self._band(path) for cell, path in self._paths.items()}

    def _band(self, values: Array) -> Band:
        if not len(values):
            return {}
        ends = np.quantile(values, (BAND[0], 0.5, BAND[1]), axis=0)
        return {label: tuple(map(float, ends[:, place])) for place, label in enumerate(self.answer.labels.values())}  # type: ignore[misc]

    @property
    def change(self) -> Array:
        """What the change does at the last quarter, world by world: (worlds,)."""
        return np.asarray(self.path(Answer.HERE)[:, -1] - self.path(Answer.BASE)[:, -1])

    @property
    def chart(self) -> Chart:
        """Both bands on one scale."""
        labels = list(self.answer.labels.values())
        here, before = self.band(Answer.HERE), self.band(Answer.BASE)
        return Chart(self.title, labels, [None] * len(labels), self.percent, here, before=before)

    @property
    def alone(self) -> Chart:
        """The baseline's band by itself."""
        labels = list(self.answer.labels.values())
        return Chart(self.title, labels, [None] * len(labels), self.percent, self.band(Answer.BASE))

    @property
    def now(self) -> str:
        """The baseline at the last quarter in words."""
        when = list(self.answer.labels.values())[-1]
        low, middle, high = map(self.text, self.band(Answer.BASE)[when])
        return f"In {when} {middle} in the middle world; nine worlds in ten between {low} and {high}."

    @property
    def percent(self) -> bool:
        """Is it a share?"""
        return self.scale == PERCENT

    def text(self, value: float) -> str:
        """A level as people read it."""
        return self._plain(value) + (" %" if self.percent else "")

    def span(self, three: tuple[float, float, float]) -> str:
        """A band in a table whose head names the unit: '11.1 (7.9 to 16.0)'."""
        low, middle, high = map(self._plain, three)
        return f"{middle} ({low} to {high})"

    def _plain(self, value: float) -> str:
        return f"{value:.{DECIMALS.get(self.name, 1)}f}"

    def moved(self, value: float) -> str:
        """A difference as people read it."""
        unit = " points" if self.percent else ""
        if 0.0 < abs(value) < LEAST:
            return f"less than {LEAST:g}{unit}"
        sign = "+" if value > 0 else "−" if value < 0 else ""
        return f"{sign}{abs(value):.2f}{unit}"

    @property
    def shortly(self) -> str:
        """The least that is told of it: for a strip at the foot of a small screen."""
        if not len(self.change):
            return ""
        up, when = int((self.change > SAME).sum()), list(self.answer.labels.values())[-1]
        start, now = (self.band(cell)[when][1] for cell in (Answer.BASE, Answer.HERE))
        moved = f"{self.text(start)} → {self.text(now)} in {when}"
        return f"{self.title}: {moved}, higher in {up} of {len(self.change)} worlds"

    @property
    def sentence(self) -> str:
        """One honest sentence."""
        change, when = self.change, list(self.answer.labels.values())[-1]
        if not len(change):
            return "No world has figures."
        low, now, high = self.band(Answer.HERE)[when]
        start = self.band(Answer.BASE)[when][1]
        if not (np.abs(change) > SAME).any():
            return f"In {when} the same in every one of {len(change)} worlds: {self.text(start)} in the middle one."
        up, down = int((change > SAME).sum()), int((change < -SAME).sum())
        return (
            f"In {when} {self.text(now)} in the middle world, without the change {self.text(start)}; nine worlds in "
            f"ten between {self.text(low)} and {self.text(high)}. Compared world by world: higher in {up} of "
            f"{len(change)}, lower in {down}, by {self.moved(float(np.median(change)))} in the middle one."
        )


def yardsticks(answer: Answer) -> list[Yardstick]:
    """The four of the room's board."""
    return [Yardstick(name, answer, scale) for name, _, scale in SHOWN]


def wholes(answer: Answer) -> list[tuple[str, str, str]]:
    """What Trainium's share is a share of, its level in the base, and the typical change: a row a denominator."""
    found = []
    for metric in SHARES:
        one = Yardstick(metric, answer, PERCENT)
        base = one.path(Answer.BASE)
        if len(base):
            found.append(
                (WHOLES[metric], one.text(float(np.median(base[:, -1]))), one.moved(float(np.median(one.change))))
            )
    return found


def supply(answer: Answer, rests: bool = False) -> str:
    """Does supply bind? In words. rests: is nothing changed?"""
    base, here = answer.sold_out()
    when = list(answer.labels.values())[-1]
    before = "" if rests else f", without the change in {base.worlds}"
    return (
        f"In {when} Trainium is sold out in {here.worlds} of {here.of} worlds{before}. "
        "Where it is sold out, more wish to buy it lengthens the queue and cannot raise its share."
    )


def binds(answer: Answer) -> bool:
    """Is Trainium sold out in half of the worlds or more, so that a change can hide in the queue?"""
    _, here = answer.sold_out()
    return here.of > 0 and 2 * here.worlds >= here.of


# --- files ------------------------------------------------------------------------------------------------------------


def plain(text: object) -> object:
    """A cell that no spreadsheet takes for a formula; figures stay figures."""
    return f"'{text}" if isinstance(text, str) and text.startswith(FORMULAS) else text


def table(rows: list[dict[str, object]]) -> str:
    """Rows as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: plain(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def effects(answer: Answer) -> str:
    """effects.csv of the answer: a row a metric and quarter."""
    frame = answers.effects([answer])
    return table([{str(name): _short(value) for name, value in row.items()} for row in frame.to_dict("records")])


def _short(value: object) -> object:
    return float(f"{value:.6g}") if isinstance(value, float) else value
