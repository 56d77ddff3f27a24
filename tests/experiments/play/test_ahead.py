"""Bands on a screen: every number whole at 80 columns, and what came said as it is told."""

from __future__ import annotations

import io
from dataclasses import replace

from experiments.play import ahead
from experiments.play.because import Consequence, sentences
from experiments.play.preview import Band, Line, Preview
from experiments.screen import Screen

FLOW = "Free cash flow a quarter"


def preview(*bands: Band, name: str = "free_cash_flow_musd") -> Preview:
    quarters = ("2026Q1", "2026Q2", "2026Q3", "2026Q4")
    line = Line(name, FLOW, "$bn", None, bands, bands, tuple(Band(-3.0, -2.0, -1.0) for _ in bands))
    return Preview("aws", quarters[: len(bands)], 16, 0, (line,), "")


def test_numbers_are_whole_at_eighty_columns() -> None:
    out = io.StringIO()
    wide = Band(-139.14, 0.0, -121.36)
    Screen(width=80, file=out).print(ahead.shown(preview(*[wide] * 4)))
    assert out.getvalue().count("−139 to −121") == 4 and "…" not in out.getvalue()


def test_what_came_is_judged_as_it_is_told() -> None:
    """77.44 is told as 77.4, the end of a band to 77.36 as well."""
    found = preview(Band(71.9, 75.0, 77.36))
    assert "$77.44 bn (inside)" in ahead.came(found, {"free_cash_flow_musd": 77_440.0 / 1e3})
    assert "one in ten" not in ahead.came(found, {"free_cash_flow_musd": 77.44})
    beyond = ahead.came(found, {"free_cash_flow_musd": 78.05})
    assert "71.9 to 77.4, $78.05 bn (above). About one in ten comes outside" in beyond
    assert "(below)" in ahead.came(found, {"free_cash_flow_musd": 60.0})


def test_what_a_decision_did_stands_beside_what_was_shown() -> None:
    seen = preview(Band(0.0, 1.0, 2.0), Band(0.0, 1.0, 2.0))
    did = Consequence("2026Q1", "Exit fee 25% (the rule: 5)", FLOW, "2026Q2", -2300.0)
    assert sentences([did], "", ahead.effects([seen])) == [
        "2026Q1, Exit fee 25% (the rule: 5): free cash flow −$2.30 bn (shown before: −3.0 to −1.0) in 2026Q2."
    ]
    later = replace(did, told="2027Q1")
    assert "shown before" not in sentences([later], "", ahead.effects([seen]))[0]
