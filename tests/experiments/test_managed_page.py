"""The section of the page on validation on the managed channel."""

from __future__ import annotations

import pandas as pd

from experiments.pages import validation


def test_a_row_an_effect_and_a_column_a_third_of_worlds() -> None:
    columns = ["effect", "title", "third", "from", "to", "mean_pp", "half_width_pp", "above_0"]
    rows = [
        (name, title, third, low, high, mean, 0.05, 0.5)
        for name, title, sign in (("lock-in", "Lock-in", 1.0), ("antitrust", "Antitrust", -1.0))
        for third, low, high, mean in (
            ("low", 0.1, 0.2, sign * 0.1),
            ("middle", 0.2, 0.25, sign * 0.2),
            ("high", 0.25, 0.4, sign * 0.3),
        )
    ]
    *_, found = validation._managed(pd.DataFrame(rows, columns=columns))
    assert "| effect | 10 to 20 % | 20 to 25 % | 25 to 40 % |" in found
    assert "| Lock-in | +0.10 ± 0.05 | +0.20 ± 0.05 | +0.30 ± 0.05 |" in found
    assert "| Antitrust | −0.10 ± 0.05 | −0.20 ± 0.05 | −0.30 ± 0.05 |" in found
