"""Parts of figures, read back from the axes they drew on: what stands where, and how far it reaches."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from experiments.stats import Estimate, estimate
from experiments.study import panels
from experiments.study.panels import Row
from tests.experiments.study.made import study

ALONE = estimate(np.array([0.7]))


def about(mean: float, half: float = 0.1) -> Estimate:
    return Estimate(mean, mean - half, mean + half, mean, mean - 3.0 * half, mean + 3.0 * half, 64)


def axes() -> Axes:
    return Figure().subplots()


def texts(drawn: Axes) -> list[str]:
    return [text.get_text() for text in drawn.texts]


def ticks(drawn: Axes) -> list[tuple[float, str]]:
    return list(zip(map(float, drawn.get_yticks()), (one.get_text() for one in drawn.get_yticklabels()), strict=True))


def lines(drawn: Axes) -> list[tuple[list[float], list[float]]]:
    return [([float(x) for x in line.get_xdata()], [float(y) for y in line.get_ydata()]) for line in drawn.lines]


# --- fans -------------------------------------------------------------------------------------------------------------

VALUES = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 12.0], [np.nan, 1.0]])
"""Three whole worlds, and one that is broken."""


@pytest.mark.parametrize(("mean", "line"), [(False, [3.0, 4.0]), (True, [3.0, 6.0])])
def test_a_fan_is_the_middle_of_whole_worlds_and_the_band_of_ninety_in_a_hundred(mean: bool, line: list[float]) -> None:
    """5 % and 95 % of 1, 3, 5 are 1.2 and 4.8; of 2, 4, 12 they are 2.2 and 11.2."""
    drawn = axes()
    panels.fan(drawn, VALUES, "#0072B2", "share", mean=mean)
    assert lines(drawn) == [([1.0, 2.0], line)]
    (band,) = [one for one in drawn.collections if isinstance(one, PolyCollection)]
    corners = {(float(x), round(float(y), 9)) for x, y in band.get_paths()[0].vertices}
    assert corners == {(1.0, 1.2), (1.0, 4.8), (2.0, 2.2), (2.0, 11.2)}
    assert texts(drawn) == [f"share: {line[-1]:.1f} %"] and to_hex(drawn.lines[0].get_color()) == "#0072b2"


def test_a_fan_without_a_band_of_one_world_or_of_none() -> None:
    for values, band, count in (
        (VALUES, False, 0),
        (VALUES[:1], True, 0),
        (VALUES[:2], True, 1),
        (VALUES[3:], True, 0),
    ):
        drawn = axes()
        panels.fan(drawn, values, "#0072B2", "", band=band)
        assert len(drawn.collections) == count and texts(drawn) == []
    assert np.isnan(panels.middle(VALUES[3:], mean=True)).tolist() == [True, True]
    panels.fan(drawn, VALUES[3:], "#0072B2", "named")
    assert texts(drawn) == []


def test_colours_are_by_the_set_of_factors_and_lighter_ones_are_half_way_to_white() -> None:
    assert panels.colour_of(("antitrust", "lock-in")) == panels.colour_of(("lock-in", "antitrust")) == ("#CC79A7", "--")
    assert panels.colour_of(()) == panels.colour_of(("other",)) == (panels.INK, "-")
    assert panels.lighter("#0072B2") == "#7fb8d8" and panels.lighter("#ffffff") == "#ffffff"


# --- quarters and names at the ends -----------------------------------------------------------------------------------


def test_quarters_are_named_once_a_year_with_a_line_where_supply_begins_to_answer() -> None:
    drawn = axes()
    panels.quarters(drawn, study())
    assert [(float(x), one.get_text()) for x, one in zip(drawn.get_xticks(), drawn.get_xticklabels(), strict=True)] == [
        (4.0, "2026Q4"),
        (8.0, "2027Q4"),
        (12.0, "2028Q4"),
    ]
    assert drawn.get_xlim() == (1.0, 12.0) and [line.get_xdata()[0] for line in drawn.lines] == [8]


def test_a_short_game_has_no_such_line_and_its_ends_are_named() -> None:
    drawn = axes()
    panels.quarters(drawn, study(2, 3, True))
    assert [one.get_text() for one in drawn.get_xticklabels()] == ["2026Q1", "2026Q3"]
    assert not drawn.lines and drawn.get_xlim() == (1.0, 3.0)


@pytest.mark.parametrize("rows", [1, 2])
def test_names_at_line_ends_keep_their_order_and_their_distance(rows: int) -> None:
    """On axes 0 to 1 of a figure 5 high, a name wants 0.062 (twice that where two stand above each other)."""
    drawn = Figure(figsize=(8, 5)).subplots(rows, 1, squeeze=False)[0, 0]
    drawn.set_ylim(0.0, 1.0)
    panels.label_ends(
        drawn,
        [(0.52, "high", "#000000"), (np.nan, "none", "#000000"), (0.5, "low", "#111111"), (0.9, "top", "#222222")],
        12,
    )
    step = 0.062 * rows
    assert texts(drawn) == ["low", "high", "top"] and drawn.get_ylim() == (0.0, 1.0)
    heights = [text.xyann[1] for text in drawn.texts]
    assert heights[1] - heights[0] == pytest.approx(step) and heights[2] - heights[1] >= step - 1e-12
    assert np.mean(heights) == pytest.approx(np.mean([0.5, 0.52, 0.9]))  # pushed apart both ways
    assert [text.xy for text in drawn.texts] == [(12, 0.5), (12, 0.52), (12, 0.9)]
    assert {text.xyann[0] for text in drawn.texts} == {12 + 0.035 * 12}


def test_names_stay_within_the_axes_and_nothing_is_named_without_a_number() -> None:
    drawn = Figure(figsize=(8, 5)).subplots()
    drawn.set_ylim(0.0, 1.0)
    panels.label_ends(drawn, [(0.0, str(k), "#000000") for k in range(5)], 4)
    assert min(text.xyann[1] for text in drawn.texts) == pytest.approx(0.3 * 0.062)
    empty = axes()
    panels.label_ends(empty, [(np.nan, "none", "#000000")], 4)
    assert texts(empty) == []


# --- forests ----------------------------------------------------------------------------------------------------------


def test_a_forest_draws_each_row_with_both_intervals_top_down() -> None:
    """Rows of a group stand 1 apart, groups 1.6; grey below a row is what chance alone does."""
    rows = [
        Row("Lowering it", "q4", about(0.4), "#0072B2", hollow=True, chance=about(0.1, 0.05)),
        Row("Lowering it", "q8", about(0.6), "#0072B2"),
        Row("Another", "q8", about(-0.2), "#D55E00"),
    ]
    drawn = axes()
    panels.forest(drawn, rows)
    assert ticks(drawn) == [(-1.0, "q4"), (-2.0, "q8"), (-3.6, "q8")]
    found = lines(drawn)
    assert found[:5] == [
        ([pytest.approx(0.1), pytest.approx(0.7)], [-1.0, -1.0]),
        ([pytest.approx(0.3), pytest.approx(0.5)], [-1.0, -1.0]),
        ([0.4], [-1.0]),
        ([pytest.approx(0.05), pytest.approx(0.15)], [-1.3, -1.3]),
        ([0.1], [-1.3]),
    ]
    assert len(found) == 5 + 3 + 3 + 1 and found[-1][0] == [0.0, 0.0]
    assert found[8:11] == [
        ([pytest.approx(-0.5), pytest.approx(0.1)], [-3.6] * 2),
        ([pytest.approx(-0.3), pytest.approx(-0.1)], [-3.6] * 2),
        ([-0.2], [-3.6]),
    ]
    assert [to_hex(drawn.lines[k].get_markerfacecolor()) for k in (2, 7)] == ["#ffffff", "#0072b2"]
    assert drawn.get_ylim() == (pytest.approx(-4.4), pytest.approx(-0.3))
    assert texts(drawn) == [
        "+0.40  [+0.30, +0.50]",
        "+0.60  [+0.50, +0.70]",
        "−0.20  [−0.30, −0.10]",
        "Lowering\nit",
        "Another",
    ]
    assert drawn.texts[3].xy == (-0.36, -1.5) and drawn.texts[0].xy == (1.01, -1.0)


def test_many_rows_without_groups_have_their_number_above_the_dot() -> None:
    drawn = axes()
    panels.forest(drawn, [Row("", f"row {k}", about(0.1 * k), "#000000") for k in range(5)])
    assert texts(drawn) == ["0.00", "+0.10", "+0.20", "+0.30", "+0.40"]
    assert drawn.texts[2].xy == (pytest.approx(0.2), -3.0)
    few = axes()
    panels.forest(few, [Row("", "alone", ALONE, "#000000")], values=True)
    assert texts(few) == ["+0.70  (one world)"]
    panels.forest(none := axes(), [Row("", "alone", ALONE, "#000000")], values=False)
    assert texts(none) == []


# --- bars and tornado -------------------------------------------------------------------------------------------------


def boxes(drawn: Axes) -> list[tuple[float, float, str]]:
    """(height of the middle, length, colour) of every bar."""
    return [
        (round(p.get_y() + p.get_height() / 2.0, 9), round(p.get_width(), 9), to_hex(p.get_facecolor()))
        for p in drawn.patches
    ]


def test_bars_go_down_in_the_order_given_with_the_number_beyond_the_interval() -> None:
    drawn = axes()
    panels.bars(
        drawn,
        [
            Row("", "up", about(0.4), "#0072B2"),
            Row("", "down", about(-0.2), "#D55E00"),
            Row("", "alone", ALONE, "#009E73"),
        ],
    )
    assert boxes(drawn) == [(0.0, 0.4, "#0072b2"), (-1.0, -0.2, "#d55e00"), (-2.0, 0.7, "#009e73")]
    assert [label for _, label in ticks(drawn)] == ["up", "down", "alone"]
    assert lines(drawn)[:2] == [
        ([pytest.approx(0.3), pytest.approx(0.5)], [0.0, 0.0]),
        ([pytest.approx(-0.3), pytest.approx(-0.1)], [-1.0, -1.0]),
    ]
    assert texts(drawn) == ["+0.40", "−0.20", "+0.70"]
    wide = 0.02 * 0.7  # the widest row's reach
    assert [text.get_position() for text in drawn.texts] == [
        (pytest.approx(0.5 + wide), 0.0),
        (pytest.approx(-0.3 - wide), -1.0),
        (pytest.approx(0.7 + wide), -2.0),
    ]
    assert [text.get_ha() for text in drawn.texts] == ["left", "right", "left"]


def test_a_bar_whose_interval_lies_beyond_zero_has_its_number_at_zero() -> None:
    drawn = axes()
    panels.bars(
        drawn,
        [
            Row("", "odd", Estimate(0.1, -0.4, -0.2, 0.1, 0.0, 0.0, 9), "#000000"),
            Row("", "other", Estimate(-0.1, 0.2, 0.4, 0.0, 0.0, 0.0, 9), "#000000"),
        ],
    )
    assert [text.get_position()[0] for text in drawn.texts] == [pytest.approx(0.02 * 0.4), pytest.approx(-0.02 * 0.4)]


def test_a_tornado_has_the_widest_assumption_on_top_and_the_factors_below() -> None:
    small, large = (
        ("small", [("0.1", about(0.1)), ("1", about(-0.2))]),
        ("large", [("0", about(-0.9)), ("2", about(0.3))]),
    )
    drawn = axes()
    panels.tornado(drawn, [small, large], [("Lowering it", about(0.5), "#0072B2"), ("Another", about(-0.1), "#D55E00")])
    assert ticks(drawn) == [
        (0.0, "large"),
        (-1.0, "small"),
        (pytest.approx(-2.4), "Lowering it"),
        (pytest.approx(-3.4), "Another"),
    ]
    assert boxes(drawn) == [
        (0.0, -0.9, "#7a7a7a"),
        (0.0, 0.3, "#b8b8b8"),
        (-1.0, 0.1, "#7a7a7a"),
        (-1.0, -0.2, "#b8b8b8"),
        (-2.4, 0.5, "#0072b2"),
        (-3.4, -0.1, "#d55e00"),
    ]
    assert texts(drawn) == ["0: −0.90", "2: +0.30", "0.1: +0.10", "1: −0.20", "+0.50", "−0.10"]
    assert [(round(text.xy[0], 9), text.xyann, text.get_ha()) for text in drawn.texts[:2]] == [
        (-1.0, (-5, 0), "right"),
        (0.4, (5, 0), "left"),
    ]
    assert lines(drawn)[0] == ([pytest.approx(-1.0), pytest.approx(-0.8)], [0.0, 0.0]) and lines(drawn)[-1][0] == [
        0.0,
        0.0,
    ]
