"""Charts hold all their values, between axes with round numbers, and tell them as a table too."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workshop import charts
from workshop.charts import Chart

QUARTERS = ("2026Q1", "2026Q2", "2026Q3")


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9))
def test_an_axis_holds_all_values_in_round_steps(values: list[float]) -> None:
    low, high, step = charts.axis(values, False)
    slack = 1e-6 * step
    assert low - slack <= min(values) and max(values) <= high + slack
    assert 1 <= round((high - low) / step) <= charts.TICKS + 2


@pytest.mark.parametrize(
    ("values", "ends"), [([3.0, 5.5], (0.0, 6.0)), ([80.0, 99.0], (0.0, 100.0)), ([0.0], (0.0, 0.0))]
)
def test_a_share_begins_at_nothing_and_ends_at_everything(values: list[float], ends: tuple[float, float]) -> None:
    low, high, _ = charts.axis(values, True)
    assert low == ends[0]
    assert ends[1] <= high <= 100.0


def test_higher_values_stand_higher_and_gaps_stay_gaps() -> None:
    drawn = charts.svg(Chart("Share", QUARTERS, (10.0, None, 30.0), True))
    heights = [float(y) for y in re.findall(r'class="dot" cx="[\d.]+" cy="([\d.]+)"', drawn)]
    assert len(heights) == 2
    assert heights[1] < heights[0]


def test_a_low_chart_keeps_its_width_and_everything_within_its_height() -> None:
    drawn = charts.svg(Chart("Share", QUARTERS, (10.0, 20.0, 30.0), True), charts.LOW)
    assert f'viewBox="0 0 {charts.WIDTH} {charts.LOW}"' in drawn
    heights = [float(y) for y in re.findall(r'\by[12]?="([\d.]+)"', drawn)]
    assert heights and min(heights) >= 0.0 and max(heights) <= charts.LOW


def test_the_table_has_every_figure_and_the_band() -> None:
    chart = Chart("Price", QUARTERS, (1.0, 1.5, None), False, {"2026Q3": (1.0, 2.0, 3.0)})
    assert chart.rows == [("2026Q1", "1.00", ""), ("2026Q2", "1.50", ""), ("2026Q3", "", "2.00 (1.00 to 3.00)")]


@pytest.mark.parametrize("values", [(0.05, 0.12, 0.3), (2.05, 2.08, 2.1), (10.0, 50.0, 99.0), (0.0, 0.0, 0.0)])
@pytest.mark.parametrize("percent", [True, False])
def test_lines_of_an_axis_are_told_apart(values: tuple[float, ...], percent: bool) -> None:
    drawn = charts.svg(Chart("Share", QUARTERS, values, percent))
    told = re.findall(r'text-anchor="end">([^<]*)<', drawn)
    assert len(told) >= 2
    assert len(set(told)) == len(told)


def test_a_title_is_text() -> None:
    drawn = charts.svg(Chart('<b>"x"', QUARTERS, (1.0, 2.0, 3.0), False, marks={"2026Q2": "<i>"}))
    assert "<b>" not in drawn and "<i>" not in drawn
    assert "&lt;b&gt;&quot;x&quot;" in drawn


MARK = r'<text class="tick" text-anchor="(start|end)" x="([\d.]+)" y="28">([^<]*)<'


def test_words_of_marks_lie_neither_over_one_another_nor_beyond_the_edge() -> None:
    """Of shocks in each of thirteen quarters every second or third has room for its word, the last one to its left; the
    word that comes once stands where it belongs."""
    quarters = [f"{2026 + k // 4}Q{k % 4 + 1}" for k in range(13)]
    marks = dict.fromkeys(quarters, "shock") | {quarters[4]: "from here"}
    drawn = charts.svg(Chart("Share", quarters, (1.0,) * 13, False, marks=marks))
    assert drawn.count('class="mark"') == 13
    spans = sorted(
        (float(x) - (wide if anchor == "end" else 0.0), wide, word)
        for anchor, x, word in re.findall(MARK, drawn)
        for wide in (charts.LETTER * len(word),)
    )
    assert spans[0][0] >= 0.0 and spans[-1][0] + spans[-1][1] <= charts.WIDTH
    assert all(left + wide <= after for (left, wide, _), (after, _, _) in pairwise(spans))
    words = [word for _, _, word in spans]
    assert words.count("from here") == 1 and words.count("shock") >= 4
    alone = charts.svg(Chart("Share", quarters, (1.0,) * 13, False, marks={quarters[-1]: "shock"}))
    assert [(anchor, word) for anchor, _, word in re.findall(MARK, alone)] == [("end", "shock")]
