"""The section on anchor deals, from a table made by hand and from the one that ships."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments.calibration import anchors as measure
from experiments.calibration.anchors import Answer, OverStock
from experiments.pages import anchors


def test_both_measurements_stand_in_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the worlds inside; a million of two million H100e added, whatever power follows."""
    asked: list[float] = []

    def doubled(worlds: int, seed: int, **changes: float) -> list[Answer]:
        asked.append(changes["power_follows_need"])
        return [Answer(12, (2e6, 1e5), (1e6, 2e5))]

    monkeypatch.setattr(measure, "over_stock", lambda worlds, seed: [OverStock(1.0, 0.4, 0.1, 0.7, 0.5)])
    monkeypatch.setattr(measure, "doubled", doubled)
    page = "\n".join(anchors.told(measure.table(2)))
    assert asked == list(measure.NEEDS)
    assert "| 1 | 40 % | 10 % to 70 % | 50 % |" in page
    for need in measure.NEEDS:
        assert f"| {need:g} | q12 | +2.00 ± 0.10 | +1.00 ± 0.20 | 0.50 |" in page


def test_the_shipped_table_holds_every_level_and_answer() -> None:
    shipped = pd.read_csv(anchors.FOLDER / "anchors.csv")
    over, doubled = (shipped[shipped["what"] == what] for what in (measure.OVER, measure.DOUBLED))
    assert over["at"].tolist() == list(measure.LEVELS)
    assert [tuple(one) for one in doubled[["at", "quarter"]].to_numpy()] == [
        (need, quarter) for need in measure.NEEDS for quarter in measure.LATER
    ]
    assert (doubled["trainium"] / doubled["lab_on_trainium"]).to_numpy() == pytest.approx(doubled["ratio"], rel=1e-4)
