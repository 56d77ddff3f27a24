"""Charts as SVG that the server draws: a line over quarters, with a band where there are many worlds.

Lines differ in their dashes and bands in their tint, so that a bad projector and any eyes tell them apart; every chart
has its figures as a table beside it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT, LOW = 640, 300, 170
"""LOW: height of a chart on a wall, where four stand together."""
LEFT, RIGHT, TOP, BOTTOM = 70, 44, 16, 40
MOST_LABELS = 6
TICKS = 4
LETTER = 12
"""Room for a letter of a mark's word, as large as phones show it."""


@dataclass(frozen=True)
class Chart:
    """One figure over quarters. line: what was played, None where nothing was; band: low, middle, high by quarter;
    marks: quarters with something to see, and what; guesses: what
    people said of a quarter before. percent: is it a share, on an axis that begins at 0? before: a band that the other
    is compared with."""

    title: str
    quarters: Sequence[str]
    line: Sequence[float | None]
    percent: bool
    band: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    guesses: Sequence[tuple[str, float]] = ()
    before: dict[str, tuple[float, float, float]] = field(default_factory=dict)

    @property
    def values(self) -> list[float]:
        """Everything that must be on the page."""
        drawn = [value for value in self.line if value is not None and math.isfinite(value)]
        bands = [one for three in (*self.band.values(), *self.before.values()) for one in three]
        return drawn + bands + [value for quarter, value in self.guesses if quarter in self.quarters]

    @property
    def decimals(self) -> int:
        """As many as tell the lines of the axis apart."""
        step = axis(self.values, self.percent)[2]
        return next((count for count in range(4) if abs(step * 10**count - round(step * 10**count)) < 1e-6), 4)

    def text(self, value: float, more: int = 1) -> str:
        """A figure as people read it; more: decimals beyond those of the axis."""
        return f"{value:.{self.decimals + more}f}" + (" %" if self.percent else "")

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """The table behind it: quarter, what was played, and the band."""
        return [
            (quarter, "" if value is None else self.text(value), self.told(self.band.get(quarter)))
            for quarter, value in zip(self.quarters, self.line, strict=True)
        ]

    @property
    def before_rows(self) -> list[str]:
        """The band that the other is compared with, quarter by quarter."""
        return [self.told(self.before.get(quarter)) for quarter in self.quarters]

    def told(self, three: tuple[float, float, float] | None) -> str:
        """A band in a quarter in words; '' where there is none."""
        return f"{self.text(three[1])} ({self.text(three[0])} to {self.text(three[2])})" if three else ""


def axis(values: Sequence[float], percent: bool) -> tuple[float, float, float]:
    """Low end, high end and step of an axis with round numbers that holds all values; shares stay within 0 to 100."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    low = min(low, 0.0) if percent else low
    span = max(high - low, 0.1 * abs(high), 0.1 if percent else 1e-3)
    raw = span / TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(nice * power for nice in (1.0, 2.0, 2.5, 5.0, 10.0) if nice * power >= raw * (1 - 1e-9))
    first = math.floor(low / step + 1e-9) * step
    last = math.ceil(high / step - 1e-9) * step
    last = max(last, first + step)
    return (first, min(last, 100.0) if percent and high <= 100.0 else last, step)


def svg(chart: Chart, height: int = HEIGHT) -> str:
    """The chart as an SVG element. height: of its field of WIDTH; a wall has room to the side and little above."""
    low, high, step = axis(chart.values, chart.percent)
    place = _Place(len(chart.quarters), low, high, height)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" class="chart" aria-label="{escape(_told(chart))}">',
        *_grid(chart, place, step),
        *_band(chart, place, chart.before, " before"),
        *_band(chart, place, chart.band),
        *_line(chart, place),
        *_guesses(chart, place),
        *_marks(chart, place),
        "</svg>",
    ]
    return "".join(parts)


def _told(chart: Chart) -> str:
    """The chart in a sentence."""
    played = [(quarter, value) for quarter, value in zip(chart.quarters, chart.line, strict=True) if value is not None]
    if chart.before and chart.band:
        return _compared(chart)
    if not played:
        return f"{chart.title}: nothing has been played yet."
    (first, start), (last, end) = played[0], played[-1]
    return f"{chart.title}: {chart.text(start)} in {first}, {chart.text(end)} in {last}. The table holds every quarter."


BAR_WIDTH, BAR_HEIGHT = 320, 52


def bars(mine: Sequence[float], rule: Sequence[float], told: str) -> str:
    """Two bands over one another on one axis, each (low, middle, high): one's own above, filled, the other below, in
    outline. told: the same in a sentence."""
    low, high = min(mine[0], rule[0]), max(mine[2], rule[2])
    span = max(high - low, 1e-9 * max(abs(high), 1.0))

    def x(value: float) -> float:
        return 6.0 + (BAR_WIDTH - 12.0) * (value - low) / span

    parts = [f'<svg viewBox="0 0 {BAR_WIDTH} {BAR_HEIGHT}" role="img" class="bars" aria-label="{escape(told)}">']
    for kind, three, y in (("mine", mine, 6), ("rule", rule, 30)):
        width = max(x(three[2]) - x(three[0]), 2.0)
        parts.append(f'<rect class="{kind}" x="{x(three[0]):.1f}" y="{y}" width="{width:.1f}" height="16" rx="3"/>')
        at = x(three[1])
        parts.append(f'<line class="middle" x1="{at:.1f}" x2="{at:.1f}" y1="{y - 3}" y2="{y + 19}"/>')
    return "".join([*parts, "</svg>"])


def _compared(chart: Chart) -> str:
    """Two bands in a sentence."""
    when = chart.quarters[-1]
    low, _, high = map(chart.text, chart.band[when])
    was = chart.text(chart.before[when][1])
    return f"{chart.title} in {when}: {low} to {high}, without the change {was}. The table holds every quarter."


@dataclass(frozen=True)
class _Place:
    """Where a quarter and a value stand."""

    count: int
    low: float
    high: float
    height: int

    @property
    def foot(self) -> int:
        """Where the axis of quarters lies."""
        return self.height - BOTTOM

    def x(self, number: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (number / (self.count - 1) if self.count > 1 else 0.5)

    def y(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return self.foot - (self.foot - TOP) * min(max(part, 0.0), 1.0)


def _grid(chart: Chart, place: _Place, step: float) -> list[str]:
    found, value = [], place.low
    while value <= place.high + 1e-9 * step:
        y = place.y(value)
        found.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        found.append(
            f'<text class="tick" x="{LEFT - 8}" y="{y + 5:.1f}" text-anchor="end">{chart.text(value, 0)}</text>'
        )
        value += step
    every = max(1, math.ceil(len(chart.quarters) / MOST_LABELS))
    for number, quarter in enumerate(chart.quarters):
        if number % every == 0:
            x, y = place.x(number), place.foot + 26
            found.append(f'<text class="tick" x="{x:.1f}" y="{y}" text-anchor="middle">{escape(quarter)}</text>')
    return found


def _band(chart: Chart, place: _Place, band: dict[str, tuple[float, float, float]], kind: str = "") -> list[str]:
    known = [(k, band[quarter]) for k, quarter in enumerate(chart.quarters) if quarter in band]
    if not known:
        return []
    upper = [f"{place.x(k):.1f},{place.y(high):.1f}" for k, (_, _, high) in known]
    lower = [f"{place.x(k):.1f},{place.y(low):.1f}" for k, (low, _, _) in reversed(known)]
    middle = [f"{place.x(k):.1f},{place.y(value):.1f}" for k, (_, value, _) in known]
    return [
        f'<polygon class="band{kind}" points="{" ".join(upper + lower)}"/>',
        f'<polyline class="middle{kind}" points="{" ".join(middle)}"/>',
    ]


def _line(chart: Chart, place: _Place) -> list[str]:
    points = [(place.x(k), place.y(value)) for k, value in enumerate(chart.line) if value is not None]
    if not points:
        return []
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in points]
    return [f'<polyline class="line" points="{path}"/>', *dots]


def _guesses(chart: Chart, place: _Place) -> list[str]:
    known = {quarter: number for number, quarter in enumerate(chart.quarters)}
    return [
        f'<circle class="guess" cx="{place.x(known[quarter]):.1f}" cy="{place.y(value):.1f}" r="6"/>'
        for quarter, value in chart.guesses
        if quarter in known
    ]


def _marks(chart: Chart, place: _Place) -> list[str]:
    """A line where something happened, with its word where that has room: beside the line, rare words first, and of
    words that would lie over one another the earliest."""
    at = [(place.x(number), chart.marks[one]) for number, one in enumerate(chart.quarters) if one in chart.marks]
    found = [f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{place.foot}"/>' for x, _ in at]
    often, taken = Counter(word for _, word in at), list[tuple[float, float]]()
    for x, word in sorted(at, key=lambda one: (often[one[1]], one[0])):
        wide = LETTER * len(word)
        left, anchor = (x + 5, "start") if x + 5 + wide <= WIDTH else (x - 5 - wide, "end")
        if all(left >= end or left + wide <= begin for begin, end in taken):
            taken.append((left, left + wide))
            edge = left if anchor == "start" else left + wide
            words = f'text-anchor="{anchor}" x="{edge:.1f}" y="{TOP + 12}">{escape(word)}</text>'
            found.append(f'<text class="tick" {words}')
    return found
