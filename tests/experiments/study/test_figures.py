"""Every figure of the study, before it is saved: its panels, axes and lines are those of a study made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from experiments.study import answer, beside, figures, svg
from experiments.study.effects import SHARES
from experiments.study.findings import Headline
from experiments.study.result import Result, read_off
from experiments.study.sheet import Sketch
from tests.experiments.study.made import A_QUARTER, GROUPS, QUARTERS, YARDSTICKS, single, study
from tests.experiments.study.test_panels import boxes, lines, texts, ticks

NUMBER = np.arange(1.0, QUARTERS + 1.0)
FACTORS = {"lock-in": "Lowering lock-in", "antitrust": "Antitrust action", "edge": "An edge surge"}
TOLD = {**FACTORS, "own-chips-first": "Own chips first at AWS"}


def panels_of(sketch: Sketch) -> list[Axes]:
    return list(sketch[0].axes)


def dots(axes: Axes) -> list[float]:
    """The means of a forest, top down (its line of chance apart)."""
    return [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "o"]


def close(found: list[float], wanted: object) -> bool:
    return bool(np.allclose(found, np.asarray(wanted), rtol=0.0, atol=1e-9))


def test_paths_of_the_share_are_the_baselines_and_what_each_cell_adds() -> None:
    left, right = panels_of(figures.share_paths(study()))
    assert left.get_ylabel() == "Trainium, % of all H100e in use" and left.get_ylim()[0] == 0.0
    assert close(lines(left)[0][1], 6.0 + 0.05 * NUMBER) and texts(left) == ["mean of worlds: 6.6 %"]
    assert right.get_ylabel() == "percentage points of H100e in use"
    cells = [cell for cell in study().cells if cell.kind == "factorial" and cell.factors]
    assert len(cells) == 7
    for cell, (quarters, gap), line in zip(cells, lines(right), right.lines, strict=False):
        together = 0.01 if {"lock-in", "antitrust"} <= set(cell.factors) else 0.0
        assert quarters == NUMBER.tolist() and close(gap, (sum(A_QUARTER[f] for f in cell.factors) + together) * NUMBER)
        assert (to_hex(line.get_color()).upper(), line.get_linestyle()) == figures.colour_of(cell.factors)
    order = sorted(
        cells,
        key=lambda cell: (
            sum(A_QUARTER[f] for f in cell.factors) + 0.01 * ({"lock-in", "antitrust"} <= set(cell.factors))
        ),
    )
    assert texts(right) == [cell.name for cell in order]


def test_effects_are_by_factor_and_horizon_beside_chance() -> None:
    (axes,) = panels_of(figures.effects(study()))
    wanted = [single(factor, quarter) for factor in FACTORS for quarter in (4, 8, 12)]
    assert close(dots(axes), wanted)
    assert [label for _, label in ticks(axes)] == ["q4 (2026Q4)", "q8 (2027Q4)", "q12 (2028Q4)"] * 3
    chance = [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "|"]
    assert close(chance, [GROUPS["chance"] * one for one in wanted])
    hollow = [to_hex(line.get_markerfacecolor()) == "#ffffff" for line in axes.lines if line.get_marker() == "o"]
    assert hollow == [True, True, False] * 3
    assert axes.get_xlabel() == "change of Trainium's share of H100e in use against baseline, percentage points"
    assert texts(axes)[-3:] == ["Lowering\nlock-in", "Antitrust\naction", "An edge surge"]


def test_effects_of_a_quick_study_stand_without_chance() -> None:
    (axes,) = panels_of(figures.effects(study(8, 4, True)))
    assert not [line for line in axes.lines if line.get_marker() == "|"]
    assert close(dots(axes), [single(factor, 4) for factor in FACTORS])


def test_interactions_are_named_with_a_sign_of_times() -> None:
    (axes,) = panels_of(figures.interactions(study()))
    assert [label for _, label in ticks(axes)] == [
        "lock-in × antitrust",
        "lock-in × edge",
        "antitrust × edge",
        "lock-in × antitrust × edge",
    ]
    assert close(dots(axes), [0.12, 0.0, 0.0, 0.0]) and axes.get_xlabel().endswith("q12")


def test_one_effect_has_a_panel_a_factor_and_a_row_a_denominator() -> None:
    grid = panels_of(sketch := figures.yardsticks(study()))
    assert [axes.get_title(loc="center") or axes.get_title(loc="left") for axes in grid] == list(FACTORS.values())
    assert "q12, 2028Q4" in sketch[1]
    factor = [1.0, *YARDSTICKS.values()]
    assert list(SHARES)[1:4] == list(YARDSTICKS)
    for axes, (name, at_core) in zip(grid, {"lock-in": 1.2, "antitrust": -0.48, "edge": 0.0}.items(), strict=True):
        assert close(dots(axes), [*(one * single(name, 12) for one in factor), at_core])
        assert axes.get_xlabel() == "percentage points of that denominator" and axes.get_xlim() == grid[0].get_xlim()
    labels = [label for _, label in ticks(grid[0])]
    assert labels[0] == "H100e in use\n(baseline 6.6 %)" and labels[2] == "spend\n(baseline 7.9 %)"
    assert [label for _, label in ticks(grid[1])] == [""] * 5


def test_tightness_has_four_measures_of_the_baseline_and_each_factor_alone() -> None:
    grid = panels_of(beside.tightness(study()))
    assert [axes.get_ylabel() for axes in grid] == [
        "% of worlds",
        "ratio",
        "% of H100e online",
        "% of demand wanted",
    ]
    flat = [[100.0] * 5, [1.5, 1.5, 1.4, 1.5, 1.5], [90.0] * 5, [3.0] * 5]
    for axes, heights in zip(grid, flat, strict=True):
        found = lines(axes)
        for (quarters, path), height in zip(found[:5], heights, strict=True):
            assert quarters == NUMBER.tolist() and close(path, [height] * QUARTERS)
        assert sorted(texts(axes)) == ["antitrust", "baseline", "edge", "lock-in", "own-chips-first"]
        assert found[-1] == ([8.0, 8.0], [0.0, 1.0])  # up to here supply cannot answer
    assert [len(axes.collections) for axes in grid] == [0, 1, 1, 1]  # a count of worlds has no band
    assert grid[0].get_ylim() == (0.0, 105.0)


def test_parts_stand_below_their_factor_and_are_no_bars_that_add_up() -> None:
    (axes,) = panels_of(beside.parts(study()))
    parts = (
        ["lock-in-stack", "lock-in-cloud"],
        ["self-preferencing-ban", "egress-and-porting", "terms-and-exclusivity"],
        ["edge-crowding"],
    )
    wanted = [name for factor, below in zip(FACTORS, parts, strict=True) for name in (factor, *below)]
    assert close(dots(axes), [12.0 * A_QUARTER[name] for name in wanted]) and boxes(axes) == []
    labels = [label for _, label in ticks(axes)]
    assert labels[:2] == ["as a whole", "Stack lock-in: porting ×0.25"]
    assert labels[-1] == "instead: surge taking core foundry capacity"  # holds more than the surge
    hollow = [to_hex(line.get_markerfacecolor()) == "#ffffff" for line in axes.lines if line.get_marker() == "o"]
    assert hollow == [False, True, True, False, True, True, True, False, True]


def test_assumptions_stand_above_factors_the_widest_first() -> None:
    (axes,) = panels_of(beside.tornado(study()))
    assert [label for _, label in ticks(axes)] == [
        "Trainium's unit cost over the table's",
        "Own-silicon bonus",
        "Ecosystem strength",
        *TOLD.values(),
    ]
    ends = ("unit-cost-low", "unit-cost-high", "own-silicon-low", "own-silicon-high", "ecosystem-low", "ecosystem-high")
    wanted = [*(12.0 * A_QUARTER[name] for name in ends), *(single(one, 12) for one in TOLD)]
    assert close([length for _, length, _ in boxes(axes)], wanted)
    assert texts(axes)[:2] == ["0.61: +2.40", "1.63: −3.60"]


def test_demand_cases_repeat_each_effect_under_other_demand() -> None:
    (axes,) = panels_of(beside.demand(study()))
    assert [label for _, label in ticks(axes)] == ["Central demand", "High demand", "Low demand"] * 3
    assert close(dots(axes), [single(f, 12, group) for f in FACTORS for group in ("", "baseline-high", "baseline-low")])
    assert "with 8 worlds" in axes.get_title(loc="center") + axes.get_title(loc="left")


def test_the_market_is_in_the_units_of_its_axes() -> None:
    grid = panels_of(beside.market(study()))
    assert [axes.get_ylabel() for axes in grid] == [
        "USD per H100e-hour",
        "millions of H100e",
        "USD bn a quarter",
        "USD bn a quarter",
    ]
    for axes, path in zip(grid, (2.0 + 0.1 * NUMBER, NUMBER, [5.0] * QUARTERS, [7.0] * QUARTERS), strict=True):
        assert close(lines(axes)[0][1], path) and axes.get_ylim()[0] == 0.0 and texts(axes) == []


@pytest.mark.parametrize("draw", [figures.share_paths, beside.tightness, beside.market])
def test_every_panel_over_time_names_quarters_once_a_year(draw: Callable[[Result], Sketch]) -> None:
    for axes in panels_of(draw(study())):
        named = [(float(x), one.get_text()) for x, one in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)]
        assert named == [(4.0, "2026Q4"), (8.0, "2027Q4"), (12.0, "2028Q4")]
        assert axes.get_xlim() == (1.0, 12.0)
        early = [line for line in axes.lines if line.get_linestyle() == ":" and set(line.get_xdata()) == {8}]
        assert len(early) == 1, "the line up to which supply cannot answer"


def test_figures_are_drawn_for_what_was_played_and_say_what_they_rest_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {}

    def save(name: str, figure: object, title: str, caption: str, result: object, folder: Path) -> str:
        kept[name] = title
        return caption

    with monkeypatch.context() as patched:
        patched.setattr(figures, "_save", save)
        assert set(figures.draw_all(study(), tmp_path / "all")) == set(figures._FIGURES) == set(kept)
        assert set(figures.draw_all(study(8, 4, True), tmp_path)) == set(kept) - {"sensitivities", "demand_cases"}
    assert len(set(kept.values())) == len(kept) and (tmp_path / "all").is_dir()


RESTS_ON = [
    (8, False, 80, "8 worlds a cell, 12 quarters, seed 7."),
    (8, False, 5, "8 worlds a cell (5 for parts and assumptions alone), 12 quarters, seed 7."),
    (1, True, 80, "1 worlds a cell, 4 quarters, seed 7, quick run.  One world: no interval and no verdict; play two "
     "worlds or more."),
]  # fmt: skip


@pytest.mark.parametrize(("worlds", "quick", "side", "said"), RESTS_ON)
def test_the_foot_of_a_figure_says_on_what_it_rests(
    tmp_path: Path, worlds: int, quick: bool, side: int, said: str
) -> None:
    result = study(worlds, 4 if quick else 12, quick)
    result = replace(result, design=result.design.model_copy(update={"side_worlds": side}))
    drawn = figures._save("market", empty := Figure(figsize=(20.0, 4.0)), "A title", "A caption", result, tmp_path)
    assert empty.texts[-1].get_text() == f"An illustration of a model, not a forecast or advice.  Fully Booked: {said}"
    assert empty.get_suptitle() == "A title"
    assert (tmp_path / "market.png").stat().st_size and "<svg" in (tmp_path / "market.svg").read_text(encoding="utf-8")
    assert (drawn.name, drawn.title, drawn.caption) == ("market", "A title", "A caption")
    assert drawn.svg.startswith('<svg role="img" aria-label="A title. A caption"') and "://" not in drawn.svg


def test_the_foot_of_a_narrow_figure_is_as_wide_as_the_figure(tmp_path: Path) -> None:
    figures._save("answer", narrow := Figure(figsize=(6.2, 4.4), dpi=100), "A title", "A caption", study(), tmp_path)
    foot = narrow.texts[-1]
    ends = foot.get_window_extent()
    assert "\n" in foot.get_text() and ends.x0 > 0.0 and ends.x1 < 620.0


def test_a_picture_in_a_page_has_ids_of_its_own_and_no_address() -> None:
    drawn = (
        '<?xml version="1.0"?>\n<svg width="72pt" height="36pt" viewBox="0 0 72 36" xmlns="http://a" '
        'xmlns:xlink="http://b"><metadata>\n<x id="m"/></metadata><g id="a">'
        '<rect width="3" height="2" clip-path="url(#p)"/><use xlink:href="#q"/></g></svg>'
    )
    assert svg.inline(drawn, "fig", "A title") == (
        '<svg role="img" aria-label="A title" viewBox="0 0 72 36"><g id="fig-a">'
        '<rect width="3" height="2" clip-path="url(#fig-p)"/><use xlink:href="#fig-q"/></g></svg>'
    )


# --- the first page ---------------------------------------------------------------------------------------------------


def ranges(axes: Axes) -> list[list[float]]:
    """Where the ranges of the answer begin and end, top down."""
    return [[float(x) for x in line.get_xdata()] for line in axes.lines if line.get_linewidth() == 6.0]


def test_the_answer_goes_from_the_baseline_to_each_range_with_its_middle() -> None:
    """Of eight worlds nine in ten lie between 0.55 and 1.45 of the mean effect."""
    (axes,) = panels_of(sketch := answer.answer(study()))
    effects = [single(one, 12) for one in TOLD]
    ends = [6.6 + end for one in effects for end in sorted((0.55 * one, 1.45 * one))]
    assert close(dots(axes), [6.6 + one for one in effects])
    assert close(np.ravel(ranges(axes)).tolist(), ends)
    assert (
        texts(axes)[:2] == ["Lowering lock-in", "7.3 to 8.3 %, middle 7.8 %"]
        and texts(axes)[6] == TOLD["own-chips-first"]
    )
    assert float(axes.lines[0].get_xdata()[0]) == pytest.approx(6.6) and axes.get_xlabel().endswith("baseline, 6.6 %")
    assert "2028Q4" in sketch[1] and "nine worlds in ten" in sketch[2]


def test_the_answer_draws_the_range_that_evidence_allows_where_it_is_known() -> None:
    own, head = study(), Headline(0.1, 0.4, 0.9, "believed")
    told = read_off(own.design, own.size, False, own.cells, own.outcomes, {"lock-in": head})
    (axes,) = panels_of(sketch := answer.answer(told))
    assert close(ranges(axes)[0], [6.7, 7.5]) and dots(axes)[0] == pytest.approx(7.0)
    assert sketch[2].startswith(
        "For lowering lock-in the range is believed. For antitrust action, an edge surge and own chips first at AWS "
        "the range is nine worlds in ten"
    )


def test_shares_are_the_baselines_on_every_yardstick_from_nothing_up() -> None:
    (axes,) = panels_of(answer.shares(study()))
    assert close([length for _, length, _ in boxes(axes)], [6.6, *(6.6 * one for one in YARDSTICKS.values()), 6.6])
    assert [label for _, label in ticks(axes)] == list(SHARES.values()) and axes.get_xlim()[0] == 0.0
    assert texts(axes) == ["6.6 %", "5.3 %", "7.9 %", "5.9 %", "6.6 %"]
