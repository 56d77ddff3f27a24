"""Figures in grey: what stands side by side differs in lightness, by stated least differences, or by dash or marker.

Lightness is L* of CIE 1976, 0 for black to 100 for white, worked out from the relative luminance of the colour as it
lies on white."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.typing import ColorType

from experiments.analysis import discover, effects, figures, figures_found, regret, sensitivity, where
from experiments.analysis.ensemble import Ensemble
from experiments.analysis.regret import HIGH
from experiments.study import panels
from experiments.study.sheet import Sketch
from tests.experiments.analysis.made import OUTCOMES, design, written

BARS, BANDS = 20.0, 8.0
"""Least difference in lightness of bars that stand side by side, and of a band from what it lies on."""
WORDS = 4.5
"""Least contrast of words with their ground."""
TWO = '[[strategies]]\nname = "default"\n[[strategies]]\nname = "harvest"\nseats = { aws = "harvest" }\n'
NUMBERS = ["porting_into_factor_trainium", "unit_cost_factor_nvidia"]


def on_white(
    colour: ColorType, alpha: float | None = None, ground: tuple[float, ...] = (1.0, 1.0, 1.0)
) -> tuple[float, ...]:
    """Red, green, blue of a colour that lies on a ground."""
    red, green, blue, own = to_rgba(colour)
    part = own if alpha is None else alpha
    return tuple(part * one + (1.0 - part) * below for one, below in zip((red, green, blue), ground, strict=True))


def lightness(colour: tuple[float, ...]) -> float:
    """L* of red, green and blue from 0 to 1."""
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in colour]
    luminance = float(np.dot((0.2126, 0.7152, 0.0722), linear))
    return 116.0 * luminance ** (1.0 / 3.0) - 16.0 if luminance > 0.008856 else 903.3 * luminance


def test_lightness_by_hand() -> None:
    assert lightness((0.0, 0.0, 0.0)) == 0.0 and lightness((1.0, 1.0, 1.0)) == pytest.approx(100.0)
    assert lightness(on_white("#777777")) == pytest.approx(50.0, abs=0.2)  # the middle grey of tables
    assert on_white("#000000", 0.25) == pytest.approx((0.75, 0.75, 0.75))


def apart(axes: Axes) -> None:
    """Bars and lines of one panel can be told apart in grey."""
    bars = {on_white(one.get_facecolor()) for one in axes.patches}
    for one, other in combinations(bars, 2):
        assert abs(lightness(one) - lightness(other)) >= BARS, (one, other)
    lines = {
        (to_hex(one.get_color()), str(one.get_linestyle()), str(one.get_marker()), one.get_linewidth())
        for one in axes.lines
        if np.ptp(np.asarray(one.get_xdata(), dtype=float)) > 0.0 or one.get_linestyle() != "-"  # no line of an axis
    }
    for one, other in combinations(lines, 2):
        light = abs(lightness(on_white(one[0])) - lightness(on_white(other[0]))) >= BARS
        assert light or one[1:3] != other[1:3] or one[0] == other[0] or abs(one[3] - other[3]) >= 1.0, (one, other)


def bands(axes: Axes) -> None:
    """Every band differs from what it lies on, the first from the paper, and the line from the last."""
    found = [one for one in axes.collections if isinstance(one, PolyCollection)]
    ground: tuple[float, ...] = (1.0, 1.0, 1.0)
    for one in found:
        colour = on_white(tuple(np.asarray(one.get_facecolor())[0]), None, ground)
        assert lightness(ground) - lightness(colour) >= BANDS
        ground = colour
    line = on_white(max(axes.lines, key=lambda one: one.get_linewidth()).get_color())
    assert found and lightness(ground) - lightness(line) >= BANDS


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Ensemble:
    """Two players, two numbers of three levels, three worlds."""
    folder = tmp_path_factory.mktemp("figures")
    path = design(folder, 2, 'method = "full-factorial"\nlevels = 3\n', 3, TWO)
    return Ensemble.open(
        written(folder, path, lambda x, worlds, quarter: x[:, :1] + x[:, 1:] ** 2 * quarter + 0.1 * worlds * x[:, :1])
    )


def drawn(sketch: Sketch) -> list[Axes]:
    sketch[0].canvas.draw()
    return list(sketch[0].axes)


def test_fans_and_differences_keep_their_bands_in_grey(batch: Ensemble) -> None:
    chosen = regret.options(batch, "players")
    one = figures.fans(batch, effects.fans(batch, OUTCOMES[0], chosen), OUTCOMES[0])
    other = figures.differences(batch, effects.differences(batch, OUTCOMES[0], chosen), OUTCOMES[0], "default")
    for axes in (*drawn(one), *drawn(other)):
        bands(axes)
    assert len({axes.get_ylim() for axes in one[0].axes}) == 1  # panels that are compared share their scale


def test_ends_of_a_tornado_differ_in_grey_and_its_intervals_show_on_dark_bars(batch: Ensemble) -> None:
    sketch = figures.tornado(batch, effects.swings(batch, OUTCOMES[0], 2), (OUTCOMES[0], 2))
    (axes,) = drawn(sketch)
    apart(axes)
    assert len({to_hex(one.get_facecolor()) for one in axes.patches}) == 2
    assert sum(bool(one.get_path_effects()) for one in axes.lines) == 4  # two numbers, two ends


def test_a_surface_is_darker_where_it_is_lower_and_its_labels_can_be_read(batch: Ensemble) -> None:
    shades = [lightness(mpl.colormaps[figures.SURFACE_MAP](share)[:3]) for share in np.linspace(0.0, 1.0, 9)]
    assert (np.diff(shades) > BANDS / 2.0).all()
    laid = effects.surface(batch, OUTCOMES[0], 2, NUMBERS)
    assert laid is not None
    axes, _ = drawn(figures.surface(batch, laid, (OUTCOMES[0], 2)))
    words = [text for text in axes.texts if text.get_text()]
    assert len(words) > 2 and all(len(text.get_text()) <= 5 for text in words)
    assert len({to_hex(text.get_color()) for text in words}) == 2  # white on dark, black on light


@pytest.mark.parametrize("share", np.linspace(0.0, 1.0, 11))
def test_words_can_be_read_on_every_ground(share: float) -> None:
    for name in (figures.SURFACE_MAP, "Blues"):
        ground = to_hex(mpl.colormaps[name](share))
        assert panels.contrast_with(figures.on_ground(ground), ground) >= WORDS


def test_cells_of_the_regret_table_can_be_read(batch: Ensemble) -> None:
    found = regret.regret(batch, regret.options(batch, "unit_cost_factor_nvidia"), (OUTCOMES[0], 2, HIGH), None)
    (axes,) = drawn(figures.regrets(found, "q2"))
    grounds = axes.images[0].get_array()
    assert grounds is not None
    for text in axes.texts:
        column, row = (round(float(one)) for one in text.get_position())
        assert panels.contrast_with(to_hex(text.get_color()), to_hex(grounds[row, column])) >= WORDS


def test_indices_and_boxes_differ_in_grey(tmp_path: Path) -> None:
    path = design(tmp_path, 2, 'method = "sobol"\npoints = 8\n', 3)
    made = Ensemble.open(written(tmp_path, path, lambda x, worlds, quarter: x[:, :1] + 0.3 * x[:, 1:] + 0.05 * worlds))
    (weighed,) = sensitivity.weigh(made, OUTCOMES[0], 2)
    (axes,) = drawn(figures_found.indices(made, weighed))
    apart(axes)
    found = discover.discover(made, where.condition("trainium_share_used < 0.5", OUTCOMES), 2, 0.8, 1)
    for axes in drawn(figures_found.box(found, 1, "q2"))[:2]:
        apart(axes)
