"""Rows of the report and what the terminal shows: the numbers of a study made by hand, in their places."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from rich.table import Table

from experiments.screen import Screen
from experiments.stats import Estimate
from experiments.study import report, terminal
from experiments.study.effects import INTERACTION, MAIN
from experiments.study.result import Result
from experiments.study.svg import Drawn
from tests.experiments.study.made import A_QUARTER, GROUPS, YARDSTICKS, main_effect, study

FACTORS = ("lock-in", "antitrust", "edge")
FACTS = {"cells": {"one": 1, "two": 2}, "command": "fully-booked study <x>", "scenario_hash": "abc123"}
UNIT_COST = "Trainium's unit cost over the table's"
AT_CORE = {"lock-in": 0.1, "antitrust": -0.04, "edge": 0.0}


def means(estimates: list[Estimate]) -> list[float]:
    return [one.mean for one in estimates]


def shares(effect: float, at_core: float) -> Any:
    """An effect on every yardstick: in use, installed, spend, chips, core."""
    return pytest.approx([effect, *(factor * effect for factor in YARDSTICKS.values()), at_core], abs=1e-9)


# --- rows of the report -----------------------------------------------------------------------------------------------


def test_the_table_of_main_effects_has_a_row_a_factor_and_horizon() -> None:
    rows = report.main_rows(study())
    assert [(row["factor"], row["quarter"], row["early"]) for row in rows][:4] == [
        ("Lowering lock-in", 4, True),
        ("", 8, True),
        ("", 12, False),
        ("Antitrust action", 4, True),
    ]
    for row, (factor, quarter) in zip(rows, [(f, q) for f in FACTORS for q in (4, 8, 12)], strict=True):
        effect = main_effect(factor, quarter)
        assert means([one for one, _ in row["shares"]]) == shares(effect, AT_CORE[factor] * quarter)
        assert row["used"].mean == pytest.approx(effect) and row["chance"].mean == pytest.approx(
            GROUPS["chance"] * effect
        )
        assert [null for _, null in row["shares"]] == [False] * 4 + [factor == "edge"]
    assert all(row["chance"] is None for row in report.main_rows(study(8, 4, True)))


def test_interactions_levels_and_what_is_alone() -> None:
    result = study()
    together = report.interaction_rows(result)
    assert [row["name"] for row in together][::3] == ["lock-in × antitrust", "lock-in × antitrust × edge"]
    assert means(together[0]["shares"]) == shares(0.12, 0.0)
    levels = {row["cell"]: row for row in report.level_rows(result)}
    assert len(levels) == 8 and levels["open+edge"]["levels"] == [True, False, True]
    assert levels["baseline"]["used"] == pytest.approx([6.2, 6.4, 6.6])
    assert levels["open"]["others"] == pytest.approx([7.8 * 0.8, 7.8 * 1.2, 7.8 * 0.9, 7.8])
    assert levels["open"]["beside"] == pytest.approx([70.0, 1.5, 90.0, 3.0])
    alone = {row["label"]: row for row in report.alone_rows(result)}
    assert len(alone) == 6 + 6 and alone[f"{UNIT_COST} = 1.63"]["shares"][0].mean == pytest.approx(-3.6)
    assert means(alone["Egress and porting duties"]["shares"]) == shares(-0.6, 0.0)
    assert (alone["Egress and porting duties"]["binding"], alone["Egress and porting duties"]["pressure"]) == (0.0, 0.0)


def test_cost_edges_are_told_beside_what_is_claimed() -> None:
    """Trainium 44 and 52 % in the mean world, TPU 46 and 38; of eight worlds 5 % lie 4.5 points below and above. With
    cheap chips Trainium has ten points more at the end."""
    result = study()
    assert report.cost_edges(result) == (
        "Cost edges are outcomes here: all in, an H100e-hour of new capacity costs its owner less than one of Nvidia's "
        "by: Trainium 44 % at q4 (40 to 48) and 52 % at q12 (48 to 56); Google's TPU 46 % at q4 (42 to 50) and 38 % at "
        "q12 (34 to 42) (baseline; in brackets nine worlds in ten). AWS claims 30 to 40 %, the market narrative 50 to "
        "70 %."
    )
    assert "Trainium 39 % at q4 and 47 % at q12; Google's TPU 41 %" in report.cost_edges(study(1))  # x = -1
    alone = {row["label"]: row["edge"] for row in report.alone_rows(result)}
    assert alone[f"{UNIT_COST} = 0.61"] == pytest.approx(62.0)
    assert alone["Own-silicon bonus = 0"] == pytest.approx(52.0)


def test_what_other_players_change_stands_below_the_default_players() -> None:
    first, skilled, best = report.player_rows(study())
    assert [row["title"] for row in (first, skilled)] == [
        "Default players",
        "Skilled bots run every cloud, merchant vendor and lab",
    ]
    for row, group in ((first, ""), (skilled, "skilled"), (best, "best-response")):
        assert means(row["effects"]) == pytest.approx([main_effect(factor, 12, group) for factor in FACTORS])
        assert means(row["levels"]) == pytest.approx([6.6, 60.0, 1.5, 90.0, 3.0]) and row["worlds"] == 8
    assert report.player_rows(study(8, 4, True)) == []


def without(result: Result, *labels: str) -> Result:
    return replace(result, cells=[cell for cell in result.cells if cell.label not in labels])


def test_the_strongest_assumption_is_told_beside_the_strongest_factor() -> None:
    """Ends at q12: +2.4 and −3.6 of unit cost, 0.72 at most of the others; lock-in does +1.26."""
    result = study()
    ends = [f"{UNIT_COST} = {value}" for value in (1.63, 0.61)]
    assert report.strongest(result) == (
        f"One assumption weighs more than any factor: {ends[0]} moves the share by −3.60 percentage points, "
        "lowering lock-in by +1.26."
    )
    assert report.strongest(without(result, ends[0])).startswith(
        f"One assumption weighs more than any factor: {ends[1]} moves the share by +2.40"
    )
    assert report.strongest(without(result, *ends)) == (
        "One assumption weighs less than any factor: Own-silicon bonus = 0 moves the share by −0.72 percentage points, "
        "lowering lock-in by +1.26."
    )
    assert report.strongest(study(8, 4, True)) == ""


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_these_rows_and_every_figure_that_was_drawn() -> None:
    result = study()
    drawn = {
        name: Drawn(name, "", f"caption of {name}", f"<svg>{name}</svg>") for name in ("effects", "parts", "market")
    }
    page = " ".join(report.page(result, drawn, FACTS).split())
    assert re.findall(r"<svg>(\w+)</svg><figcaption>caption of \1<", page) == ["effects", "parts", "market"]
    assert "<td>q8<small>2027Q4</small></td> <td>+0.84<small>[+0.59, +1.09]</small></td>" in page
    figures = ["6.20", "6.40", "6.60", "5.28", "7.92", "5.94", "6.60", "60_%", "1.50", "90_%", "3.0_%"]
    assert "".join(f"<td>{one.replace('_', ' ')}</td>" for one in figures) in page
    assert (
        "<dd>fully-booked study &lt;x&gt;</dd>" in page and "baseline, hash abc123" in page and "<dd>2 cells; 8" in page
    )
    for said in (
        "moves share</span>",
        "dilution only</span>",
        "8 worlds a cell, 12 quarters from 2026Q1, seed 7",
        "<b>What weighs more?</b> One assumption",
    ):
        assert said in page
    assert (
        "quick run" not in page and "before supply can answer (q8): these" not in page and "did not reach" not in page
    )
    quick = " ".join(report.page(study(8, 4, True), {}, FACTS).split())
    assert "quick run" in quick and "before supply can answer (q8): these are no long-run effects" in quick
    assert "<figure>" not in quick and "What the players change" not in quick and "What weighs more" not in quick


ANSWER = re.compile(
    r'<div class="answer" style="border-color: (.*?)"> <h3>(.*?)</h3> '
    r'<div class="size" style="color: (.*?)">(.*?) pp</div> <span class="tag" style="background: (.*?)">(.*?)</span>'
)


def test_every_answer_is_in_the_colour_of_its_factor_with_its_size_and_verdict() -> None:
    """Twelve quarters of 0.105, -0.035 and -0.02 points."""
    page = " ".join(report.page(study(), {}, FACTS).split())
    assert ANSWER.findall(page) == [
        ("#0072B2", "Lowering lock-in", "#0072B2", "+1.26", "#0072B2", "moves share"),
        ("#D55E00", "Antitrust action", "#D55E00", "−0.42", "#D55E00", "moves share"),
        ("#009E73", "An edge surge", "#009E73", "−0.24", "#009E73", "dilution only"),
    ]


# --- the terminal -----------------------------------------------------------------------------------------------------


def cells(table: Table) -> list[list[str]]:
    """A table, row by row."""
    return [list(row) for row in zip(*([str(cell) for cell in column._cells] for column in table.columns), strict=True)]


def test_the_terminal_shows_levels_by_yardstick_and_horizon() -> None:
    table = terminal.levels(study())
    assert [str(column.header) for column in table.columns][1] == "used\n  q4   q8  q12"
    assert cells(table)[0] == [
        "baseline",
        "6.20 6.40 6.60",
        "4.96 5.12 5.28",
        "7.44 7.68 7.92",
        "5.58 5.76 5.94",
        "6.20 6.40 6.60",
    ]
    assert [row[0] for row in cells(table)] == [cell.name for cell in study().cells if cell.kind == "factorial"]
    assert cells(terminal.beside(study()))[1] == ["open", "70 %", "1.50", "90.0 %", "3.0 %", "0.60 utils"]


def test_the_terminal_shows_effects_with_their_intervals() -> None:
    """Half-widths: t(7) 2.3646 x 0.3273 / root 8 = 0.2927 of an effect; 5 to 95 % of worlds: 0.55 to 1.45 of it, worlds
    in between."""
    rows = cells(terminal.effects(study(), MAIN))
    assert rows[1][:4] == ["lock-in", "q8* (2027Q4)", "+0.84 ±0.25", "+0.67 ±0.20"] and rows[2][1] == "q12 (2028Q4)"
    assert rows[1][6:] == ["+0.80 ±0.00", "+0.46 to +1.22", "+0.76 ±0.22"]
    together = cells(terminal.effects(study(), INTERACTION))
    assert [row[:3] for row in together][:2] == [
        ["lock-in x antitrust", "q12 (2028Q4)", "+0.12 ±0.04"],
        ["lock-in x edge", "q12 (2028Q4)", "0.00 ±0.00"],
    ]
    assert [row[-1] for row in cells(terminal.effects(study(8, 4, True), MAIN))] == ["-"] * 3
    alone = cells(terminal.effects(study(1, 4, True), MAIN))[0]
    assert alone[2].endswith("±–") and alone[7] == "–"
    first, *_, last = cells(terminal.alone(study()))
    assert first[:2] == ["Stack lock-in: porting ×0.25", "+0.84 ±0.25"] and first[6:] == ["0.00"] * 4
    assert last[1] == f"+{12.0 * A_QUARTER['own-silicon-high']:.2f} ±0.18"


def test_the_terminal_tells_findings_and_what_is_not_to_be_trusted() -> None:
    def shown(result: Result) -> str:
        console = Screen(file=io.StringIO(), width=400)
        terminal.show(result, console)
        return console.file.getvalue()

    result, whole = study(), shown(study())
    for one in result.findings:
        assert f"{one.sentence}\n  {one.reason} {one.early}" in whole
    assert "In the baseline at q12 Trainium's supply binds on 60 %" in whole
    assert "did not converge" not in whole and "One world:" not in whole and "Worlds without figures" not in whole
    assert "One world: no interval and no verdict" in shown(study(1, 4, True))
    lost = study(2, 4, True)
    marked = replace(lost, outcomes=Lost(lost.outcomes))
    assert "4 world-quarters did not converge; they are kept and marked." in shown(marked)
    assert "left out of the numbers of their cells: open 1, 3." in shown(marked)


class Lost:
    """Outcomes of which one cell has worlds that did not converge, and one has broken ones."""

    def __init__(self, whole: Any) -> None:
        self.labels, self.broken, self.whole = whole.labels, {"open": [1, 3]}, whole

    def path(self, cell: str, metric: str) -> Any:
        return self.whole.path(cell, metric) + (0.5 if (cell, metric) == ("edge", "nonconverged") else 0.0)
