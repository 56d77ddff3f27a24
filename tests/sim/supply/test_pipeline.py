"""What is under way at the start: recent growth goes on, fading; what is known leaves queue and backlog in step."""

from __future__ import annotations

import numpy as np
import pytest

from sim.roster import load_roster
from sim.supply.pipeline import Pace, Pipeline, rise
from sim.supply.tables import Tables

LINE = np.array([0, 1, 1])
PERSISTENCE = np.array([0.5, 1.0])


def test_growth_fades_by_its_persistence() -> None:
    # By hand, growth 0.4: persistence 0.5 leaves 0.2, 0.1, 0.05; persistence 1 leaves 0.4 for good.
    level = rise(np.full((2, 1), 0.4), PERSISTENCE, 3)
    assert np.log(level[:, :, 0]) == pytest.approx(np.array([[0.2, 0.3, 0.35], [0.4, 0.8, 1.2]]))


def open_pipeline(given: list[list[float]]) -> Pipeline:
    known = np.repeat(np.array(given).reshape(-1, 1, 3), 2, axis=1)
    pace = Pace(np.array([[10.0, 6.0, 2.0]] * 2), np.full((2, 3), np.log(2.0)), PERSISTENCE)
    return Pipeline.open(known, pace, LINE, 2, np.array([3.0, 2.0]), 7)


def test_without_known_deliveries_the_flow_rises() -> None:
    pipeline = open_pipeline([])
    # World 1 doubles every quarter: 20, 40, 80 of pool 0.
    assert pipeline.ahead[1, :3, 0] == pytest.approx([20.0, 40.0, 80.0])
    # Queue: what is due in quarters 1 and on (quarter 0 has been made already), lines added up: 4 x (6 + 2) = 32 of
    # line 1;
    # at 4 H100e a wafer 8 wafers; world 1's lead of 2 quarters leaves the third slot empty.
    queue = pipeline.queue(np.full((2, 2), 4.0), 4)
    assert queue[1, 1] == pytest.approx([8.0, 16.0, 0.0, 0.0])
    assert queue[0, :, 3] == pytest.approx([0.0, 0.0])


def test_known_deliveries_come_first_and_are_continued_from_their_level() -> None:
    pipeline = open_pipeline([[4, 4, 0], [8, 0, 0], [4, 4, 8]])
    assert pipeline.known(2)
    assert not pipeline.known(3)
    assert pipeline.ahead[0, :3].tolist() == [[4, 4, 0], [8, 0, 0], [4, 4, 8]]
    # Shares of the last two quarters are (12, 4, 8) / 24, at the last level of 16: 8, 8/3, 16/3; world 1 doubles them.
    assert pipeline.ahead[1, 3] == pytest.approx([16.0, 16.0 / 3.0, 32.0 / 3.0])


def test_bookings_and_backlog_are_in_step_with_what_is_known() -> None:
    pipeline = open_pipeline([[4, 4, 0], [8, 0, 0], [4, 4, 8]])
    per_wafer, queue, backlog = np.ones((2, 2)), np.full((2, 2, 3), 99.0), np.zeros((2, 3))
    after, held = pipeline.in_step(queue, backlog, 1, per_wafer)
    # After quarter 1 only quarter 2 is still known: its wafers are 4 of line 0 and 12 of line 1; later slots are the
    # designers'.
    assert after[0].tolist() == [[4.0, 99.0, 99.0], [12.0, 99.0, 99.0]]
    assert held[0].tolist() == [2.0, 2.0, 4.0]  # half of what comes next
    untouched, left = pipeline.in_step(queue, backlog, 3, per_wafer)
    assert untouched is queue
    assert left is backlog


def test_recent_growth_and_flow_follow_the_tables() -> None:
    # By hand from installed.csv: deliveries of 2025Q4 are 18 549 000 - 14 328 200 = 4 220 800, of 2024Q4 1 711 800.
    tables = Tables(load_roster("default"), "2025Q4")
    core = ~tables.roster.pool_is_edge
    assert tables.recent_growth() == pytest.approx(np.log(4_220_800 / 1_711_800) / 4, rel=0.01)
    assert tables.flow()[0, core].sum() == pytest.approx(4_220_800, rel=0.01)
    assert tables.price_fall() == pytest.approx(np.log(2.4 / 1.7) / 4)
    # The known pipeline of history rises from 750 660 (2024Q1) to 2 246 200 (2025Q1).
    past = Tables(load_roster("default"), "2023Q4", "2025Q1")
    assert past.recent_growth() == pytest.approx(np.log(2_246_200 / 750_660) / 4, rel=0.01)
    assert past.price_fall() == 0.0
