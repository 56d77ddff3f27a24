"""A preview on the screen: bands of a seat's figures over the quarters ahead, and what came of the band shown."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from experiments.play.preview import MONEY, Band, Line, Preview
from experiments.text import money
from sim.units import MUSD_PER_USD_BN


def shown(ahead: Preview) -> RenderableType:
    """Two rows a figure: with your answers, and against the rule's. Titles break where numbers need the room."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("", min_width=18)
    for quarter in ahead.quarters:
        table.add_column(quarter, justify="right", no_wrap=True)
    for line in ahead.lines:
        table.add_row(f"{line.title}, {line.unit}", *(span(band) for band in line.mine))
        same = all(band.low == band.high == 0.0 for band in line.apart)
        against = ["same" if same else span(band, sign=True) for band in line.apart]
        table.add_row("  against the rule", *against, style="dim")
    broken = f" {ahead.broken} worlds have no figures." if ahead.broken else ""
    return Group(table, Text(f"{ahead.worlds} worlds. {ahead.assumes}{broken}", style="dim"))


def span(band: Band, sign: bool = False) -> str:
    """'11.3 to 15.8', '−2.1 to +0.4'."""
    low, high = (_number(end, sign) for end in (band.low, band.high))
    return low if low == high else f"{low} to {high}"


LARGE = 100.0
"""From here on a number is told without decimals."""


def _number(value: float, sign: bool) -> str:
    text = f"{value:{'+' if sign else ''}.{0 if abs(value) >= LARGE else 1}f}"
    return text.replace("-", "−") if float(text) else "0.0"


def came(ahead: Preview, figures: dict[str, float]) -> str:
    """What came of the first quarter of a preview: figures by name in their units, inside the band or not."""
    told = [(line, figures[line.name]) for line in ahead.lines if line.name in figures]
    said = f"You were shown a band, and got: {'; '.join(_judged(line, value) for line, value in told)}."
    return said if all(inside(line.mine[0], value) for line, value in told) else f"{said} {WHY_OUTSIDE}"


WHY_OUTSIDE = (
    "About one in ten comes outside: chance lay beyond the worlds that were tried, or others left the default rule."
)


def inside(band: Band, value: float) -> bool:
    """Does a band hold a value, both as they are told?"""
    return round(band.low, 1) <= round(value, 1) <= round(band.high, 1)


def effects(previews: Sequence[Preview]) -> dict[tuple[str, str, str], str]:
    """What previews said that their decisions would do, by the quarter of the decision, the figure and its quarter."""
    return {
        (one.quarters[0], line.title, quarter): span(band, sign=True)
        for one in previews
        for line in one.lines
        for quarter, band in zip(one.quarters, line.apart, strict=True)
    }


def _judged(line: Line, value: float) -> str:
    band = line.mine[0]
    told = money(value * MUSD_PER_USD_BN) if line.unit == MONEY else f"{_number(value, False)} %"
    where = "inside" if inside(band, value) else "below" if value < band.low else "above"
    return f"{line.title.removesuffix(' a quarter').lower()} {span(band)}, {told} ({where})"
