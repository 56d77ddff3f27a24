"""The parameters of a game, quarter by quarter."""

from __future__ import annotations

import numpy as np
import pytest

from sim.parameter_path import tied
from sim.parameters import Parameters


def test_a_tie_lapses_after_its_last_quarter() -> None:
    p = Parameters(
        {"investor_tie_share": np.array([[0.3, 0.2]] * 2), "investor_tie_quarters": np.array([[4.0, 8.0], [5.0, 0.0]])}
    )
    assert tied(p, 4).investor_tie_share == pytest.approx(np.array([[0.3, 0.2], [0.3, 0.0]]))
    assert tied(p, 5).investor_tie_share == pytest.approx(np.array([[0.0, 0.2], [0.3, 0.0]]))
