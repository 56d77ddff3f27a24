"""Programmes, research and openness by hand; the usual decisions leave everything as it is."""

from __future__ import annotations

import numpy as np
import pytest

from sim.supply import programmes
from sim.supply.programmes import Hidden, Programmes


class P:
    """Parameters of two worlds."""

    edge_programme_cost_musd = np.array([100.0, 100.0])
    edge_programme_quarters = np.array([3.0, 3.0])
    edge_programme_success = np.array([0.5, 0.5])
    edge_programme_effect = np.array([0.2, 0.2])
    research_effect = np.array([0.4, 0.4])
    software_effect = np.array([0.04, 0.04])
    openness_effect = np.array([0.7, 0.7])
    openness_spillover = np.array([0.1, 0.1])


HIDDEN = Hidden(np.array([[0.3], [0.8]]), np.ones((2, 2)))
NONE = np.zeros((2, 2))


def after(before: Programmes, musd: float, shift: np.ndarray = NONE) -> Programmes:
    return before.after(HIDDEN, np.full((2, 1), musd), shift, P())  # type: ignore[arg-type]


def test_nothing_spent_and_the_usual_split_change_nothing() -> None:
    found = after(Programmes.start(2, 1, 2), 0.0)
    for name in ("readiness", "spent", "programme_quarters", "edge_open", "in_works", "progress"):
        assert np.all(getattr(found, name) == 0.0)
    assert np.all(found.edge_utility(P()) == 0.0)  # type: ignore[arg-type]


def test_an_edge_product_needs_money_time_and_luck() -> None:
    """200 musd at once meets the cost but not the time; in the third quarter world 0 succeeds (0.3 < 0.5), world 1 does
    not."""
    now, seen = Programmes.start(2, 1, 2), []
    for spending in (200.0, 1.0, 1.0, 0.0):
        now = after(now, spending)
        seen.append(now.edge_open[:, 0].tolist())
    assert seen == [[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.0, 0.0]]
    assert now.readiness[0, 0] == pytest.approx(((200.0 * 0.95 + 1.0) * 0.95 + 1.0) * 0.95)


def test_research_pays_with_a_lag_and_costs_software_at_once() -> None:
    """Ten points more research: the chip in the works gains 0.25 x 0.04 in a quarter, the one on sale a quarter of
    that."""
    shift = np.array([[0.1, 0.0], [0.1, 0.0]])
    found = after(Programmes.start(2, 1, 2), 0.0, shift)
    assert found.in_works[:, 0] == pytest.approx([0.01, 0.01]) and found.progress[:, 0] == pytest.approx(
        [0.0025, 0.0025]
    )
    assert programmes.software_growth(shift, P())[0] == pytest.approx([-0.004, 0.0])  # type: ignore[arg-type]


def test_an_opened_stack_shares_its_ecosystem_and_keeps_its_own() -> None:
    level = np.array([[10.0, 2.0], [10.0, 2.0]])
    shift = np.array([[0.5, 0.0], [-0.5, 0.0]])
    assert programmes.shared_ecosystem(level, P(), shift) == pytest.approx(np.array([[10.0, 2.5], [10.0, 2.0]]))  # type: ignore[arg-type]
