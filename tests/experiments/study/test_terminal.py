"""What the terminal shows: the numbers of a study made by hand, in their places."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from rich.table import Table

from experiments.screen import Screen
from experiments.study import terminal
from experiments.study.result import Result
from tests.experiments.study.made import A_QUARTER, study


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
    assert cells(terminal.beside(study()))[1] == ["open", "8 of 8", "1.50", "90.0 %", "3.0 %", "0.60 utils"]


def test_the_terminal_shows_effects_with_their_intervals() -> None:
    """Half-widths: t(7) 2.3646 x 0.3273 / root 8 = 0.2927 of an effect; 5 to 95 % of worlds: 0.55 to 1.45 of it, worlds
    in between."""
    rows = cells(terminal.effects(study()))
    assert rows[1][:4] == ["lock-in", "q8* (2027Q4)", "+0.80 ±0.23", "+0.64 ±0.19"] and rows[2][1] == "q12 (2028Q4)"
    assert rows[1][6:] == ["+0.80 ±0.00", "+0.44 to +1.16", "+0.72 ±0.21"]
    together = cells(terminal.interactions(study()))
    assert [row[:3:2] for row in together][:2] == [
        ["lock-in, averaged", "+1.26 ±0.37"],
        ["antitrust, averaged", "−0.42 ±0.12"],
    ]
    assert [row[:3] for row in together][3:5] == [
        ["lock-in x antitrust", "q12 (2028Q4)", "+0.12 ±0.04"],
        ["lock-in x edge", "q12 (2028Q4)", "0.00 ±0.00"],
    ]
    assert [row[-1] for row in cells(terminal.effects(study(8, 4, True)))] == ["-"] * 4
    alone = cells(terminal.effects(study(1, 4, True)))[0]
    assert alone[2].endswith("±–") and alone[7] == "–"
    first, *_, last = cells(terminal.alone(study()))
    assert first[:2] == ["Stack lock-in: porting ×0.25", "+0.84 ±0.25"] and first[6:] == ["8 of 8", *["0.00"] * 3]
    assert last[1] == f"+{12.0 * A_QUARTER['own-silicon-high']:.2f} ±0.18"


def test_the_terminal_tells_findings_and_what_is_not_to_be_trusted() -> None:
    def shown(result: Result) -> str:
        console = Screen(file=io.StringIO(), width=900)
        terminal.show(result, console)
        return console.file.getvalue()

    result, whole = study(), shown(study())
    for one in result.findings:
        assert f"{one.sentence}\n  {one.measured} {one.reason} {one.early}" in whole
    assert "In the baseline Trainium is sold out in 8 of 8 worlds in 2028Q4." in whole
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

    def sold_out(self, cell: str, quarter: int, share: float) -> Any:
        return self.whole.sold_out(cell, quarter, share)
