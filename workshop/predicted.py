"""The wall's picture of a cycle: what pairs predicted, as columns, against where the model's worlds lie."""

from __future__ import annotations

from html import escape

from workshop.charts import Chart
from workshop.cycles import MOST, Cycle, heaps
from workshop.predicting import YARDSTICK

WIDTH, HEIGHT = 900, 360
LEFT, RIGHT, TOP, BOTTOM = 30, 30, 44, 56
COLUMN = 0.5
"""Points that a column stands for."""


def svg(cycle: Cycle) -> str:
    """The picture as an SVG element; with the model's band when it was shown."""
    columns = heaps(cycle.guesses, COLUMN)
    reach = _reach(cycle)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" class="chart guesses" aria-label="{escape(told(cycle))}">',
        *_model(cycle, reach),
        *_axis(reach),
        *_columns(columns, reach),
        "</svg>",
    ]
    return "".join(parts)


def told(cycle: Cycle) -> str:
    """The picture in a sentence."""
    count = len(cycle.guesses)
    if cycle.middle is None:
        return "Nobody has predicted anything."
    said = f"{count} predictions, the middle one {signed(cycle.middle)} points."
    if cycle.shown is None:
        return said
    low, middle, high = (signed(cycle.shown[name]) for name in ("low", "middle", "high"))
    return f"{said} In the model nine worlds in ten lie between {low} and {high} points, the middle one at {middle}."


def table(cycle: Cycle) -> list[tuple[str, int]]:
    """The columns in words: 'higher by 1.5' and how many pairs."""
    return [
        (f"{signed(change)} points" if change else "about the same", count)
        for change, count in heaps(cycle.guesses, COLUMN)
    ]


def signed(value: float) -> str:
    """A change with its sign: +1.5, −0.25, 0."""
    text = f"{value:+.2f}".rstrip("0").rstrip(".")
    return "0" if float(text) == 0.0 else text.replace("-", "−")


def band(cycle: Cycle) -> Chart | None:
    """The yardstick by quarter, with the change and without, as on the what-if page; None before it was shown."""
    if cycle.shown is None:
        return None
    here, before = ({name: tuple(three) for name, three in cycle.shown[part].items()} for part in ("here", "before"))
    return Chart(TITLE, list(here), [None] * len(here), True, here, before=before)


TITLE = {"trainium_share_used": "Trainium's share of AI compute in use"}[YARDSTICK]


def _reach(cycle: Cycle) -> float:
    """How far the axis goes to both sides, in points."""
    ends = [abs(one.value) for one in cycle.guesses]
    ends += [abs(cycle.shown[name]) for name in ("low", "high")] if cycle.shown else []
    return min(max([2.0, *ends]), max(MOST, *ends, 0.0)) + COLUMN


def _x(value: float, reach: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (value + reach) / (2.0 * reach)


def _axis(reach: float) -> list[str]:
    foot = HEIGHT - BOTTOM
    found = [f'<line class="foot" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{foot}" y2="{foot}"/>']
    step = 1 if reach < 5.0 else 2
    for value in range(-int(reach) // step * step, int(reach) + 1, step):
        if abs(value) <= reach:
            words = "no change" if value == 0 else f"{signed(value)}"
            found.append(
                f'<text class="tick" x="{_x(value, reach):.1f}" y="{foot + 24}" text-anchor="middle">{words}</text>'
            )
    return [
        *found,
        f'<text class="tick" x="{LEFT}" y="{HEIGHT - 6}">← lower</text>',
        f'<text class="tick" x="{WIDTH / 2}" y="{HEIGHT - 6}" text-anchor="middle">change in percentage points</text>',
        f'<text class="tick" x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">higher →</text>',
    ]


def _columns(columns: list[tuple[float, int]], reach: float) -> list[str]:
    most = max((count for _, count in columns), default=1)
    foot, room = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP - 24
    wide, found = 0.8 * (_x(COLUMN, reach) - _x(0.0, reach)), []
    for change, count in columns:
        tall = room * count / most
        x = _x(change, reach)
        found.append(
            f'<rect class="heap" x="{x - wide / 2:.1f}" y="{foot - tall:.1f}" width="{wide:.1f}" height="{tall:.1f}"/>'
        )
        found.append(f'<text class="tick" x="{x:.1f}" y="{foot - tall - 5:.1f}" text-anchor="middle">{count}</text>')
    return found


def _model(cycle: Cycle, reach: float) -> list[str]:
    if cycle.shown is None:
        return []
    low, middle, high = (_x(cycle.shown[name], reach) for name in ("low", "middle", "high"))
    foot = HEIGHT - BOTTOM
    wide = max(high - low, 3.0)
    return [
        f'<rect class="band" x="{low:.1f}" y="{TOP}" width="{wide:.1f}" height="{foot - TOP}"/>',
        f'<line class="middle" x1="{middle:.1f}" x2="{middle:.1f}" y1="{TOP}" y2="{foot}"/>',
        f'<text class="tick model" x="{min(max(middle, 90.0), WIDTH - 90.0):.1f}" y="{TOP - 12}" '
        'text-anchor="middle">the model: nine worlds in ten</text>',
    ]
