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


def test_a_fan_is_the_mean_of_whole_worlds_and_the_band_of_ninety_in_a_hundred() -> None:
    """Of 1, 3, 5 the mean is 3, of 2, 4, 12 it is 6; 5 % and 95 % are 1.2 and 4.8, and 2.2 and 11.2."""
    drawn = axes()
    panels.fan(drawn, VALUES, "#0072B2", "share")
    assert lines(drawn) == [([1.0, 2.0], [3.0, 6.0])]
    (band,) = [one for one in drawn.collections if isinstance(one, PolyCollection)]
    corners = {(float(x), round(float(y), 9)) for x, y in band.get_paths()[0].vertices}
    assert corners == {(1.0, 1.2), (1.0, 4.8), (2.0, 2.2), (2.0, 11.2)}
    assert texts(drawn) == ["share: 6.0 %"] and to_hex(drawn.lines[0].get_color()) == "#0072b2"


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
    assert np.isnan(panels.middle(VALUES[3:])).tolist() == [True, True]
    panels.fan(drawn, VALUES[3:], "#0072B2", "named")
    assert texts(drawn) == []


def test_colours_are_by_the_set_of_factors() -> None:
    assert panels.colour_of(("antitrust", "lock-in")) == panels.colour_of(("lock-in", "antitrust")) == ("#CC79A7", "--")
    assert panels.colour_of(("other",)) == (panels.BESIDE_COLOUR, "-")
    alone = [colour for factors, (colour, _) in panels.COLOURS.items() if len(factors) == 1]
    assert panels.BESIDE_COLOUR not in alone and len(set(alone)) == 3


def test_contrast_is_that_of_the_guidelines_and_words_are_dark_enough() -> None:
    """Black on white is 21, a colour on itself 1, and #767676 on white the lightest grey that passes, at 4.54."""
    assert panels.contrast_with("#000000", "#ffffff") == panels.contrast_with("#ffffff", "#000000") == pytest.approx(21)
    assert panels.contrast_with("#D55E00", "#D55E00") == 1.0
    assert panels.contrast_with("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    for colour in (panels.BESIDE_COLOUR, *(colour for colour, _ in panels.COLOURS.values())):
        for ground in ("#ffffff", "#f6f6f3"):
            assert panels.contrast_with(panels.readable(colour, ground), ground) >= 4.5
    assert panels.readable("#0072B2", "#ffffff") == "#0072B2"  # dark enough as it is
    assert panels.contrast_with(panels.GREY, "#ffffff") >= 4.5


def test_panels_that_are_compared_get_one_scale() -> None:
    first, second = Figure().subplots(1, 2)
    first.set_xlim(-0.5, 1.0)
    second.set_xlim(-0.1, 3.0)
    panels.one_scale([first, second])
    assert first.get_xlim() == second.get_xlim() == (-0.5, 3.0)


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
        "Lowering it",
        "Another",
    ]
    assert drawn.texts[3].xy == (0.012, -1.5) and drawn.texts[0].xy == (1.01, -1.0)


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


# --- tornado -------------------------------------------------------------------------------------------------


def boxes(drawn: Axes) -> list[tuple[float, float, str]]:
    """(height of the middle, length, colour) of every bar."""
    return [
        (round(p.get_y() + p.get_height() / 2.0, 9), round(p.get_width(), 9), to_hex(p.get_facecolor()))
        for p in drawn.patches
    ]


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
