"""What is known of labs in any quarter, by hand: between two dates, and no later than what is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.errors import InputError
from sim.labs.opening import figures
from sim.quarters import ordinal
from tests.small import small_roster

KEYS = ("quarter", "lab", "revenue_musd", "cash_musd", "funding_musd", "capability", "own_fleet_share")
ROWS = """2023Q4 tied 100 0 40 0.2 0.0
2024Q4 tied 400 80 10 0.6 0.4
2025Q4 tied 900 80 10 1.0 0.4
2023Q4 free 1 5 0 -0.4 0.0
2025Q4 free 16 20 0 -0.2 0.8"""


class Few:
    """A roster with a table of how labs were."""

    def __init__(self, text: str = ROWS) -> None:
        self.labs = small_roster().labs
        self.tables = {"lab_starts": [dict(zip(KEYS, line.split(), strict=True)) for line in text.splitlines()]}


def test_what_was_known_last_grows_on() -> None:
    """By a factor since its date for amounts; levels stay. Known to 2024Q4, asked in 2025Q2: tied 400 x 3, free has no
    row since 2023Q4."""
    roster: Any = Few()
    since: list[int] = []

    def onward(date: int) -> float:
        since.append(date)
        return 3.0

    found = figures(roster, ordinal("2025Q2"), ordinal("2024Q4"), onward)
    assert (found["revenue_musd"] == [1200.0, 3.0]).all() and (found["capability"] == [0.6, -0.4]).all()
    assert since == [ordinal("2024Q4"), ordinal("2023Q4")]
    there = figures(roster, ordinal("2024Q4"), ordinal("2025Q4"), onward)
    assert there["revenue_musd"][0] == 400.0 and len(since) == 2


def known(quarter: str, until: str = "2025Q4", text: str = ROWS) -> Any:
    roster: Any = Few(text)
    return figures(roster, ordinal(quarter), ordinal(until))


@pytest.mark.parametrize(
    ("name", "quarter", "tied", "free"),
    [
        ("revenue_musd", "2023Q4", 100.0, 1.0),
        ("revenue_musd", "2024Q2", 200.0, 2.0),  # half way and a quarter of the way, in logs
        ("revenue_musd", "2024Q4", 400.0, 4.0),
        ("revenue_musd", "2025Q2", 600.0, 8.0),
        ("cash_musd", "2024Q2", 40.0, 5.0 * 4.0**0.25),  # from nothing in equal steps
        ("funding_musd", "2024Q2", 20.0, 0.0),
        ("capability", "2024Q2", 0.4, -0.35),  # a level moves in equal steps
        ("own_fleet_share", "2025Q2", 0.4, 0.6),
    ],
)
def test_between_two_dates(name: str, quarter: str, tied: float, free: float) -> None:
    assert known(quarter)[name] == pytest.approx(np.array([tied, free]))


def test_a_date_of_the_table_is_read_whatever_is_known_later() -> None:
    for until in ("2024Q4", "2025Q4"):
        assert known("2024Q4", until, ROWS.replace("2025Q4 free", "2024Q4 free"))["revenue_musd"].tolist() == [400, 16]


def test_what_comes_after_is_not_known() -> None:
    """Half a year after the last figure nothing is said: an opening there is refused."""
    text = ROWS.replace("2025Q4 free", "2024Q4 free")
    assert known("2024Q2", "2024Q4", text)["revenue_musd"] == pytest.approx([200.0, 4.0])
    with pytest.raises(InputError, match=r"^start = '2025Q2': no starting figures for tied in lab_starts\.csv\.$"):
        known("2025Q2", "2024Q4", text)


def test_a_lab_without_figures_is_named() -> None:
    with pytest.raises(InputError, match=r"start = '2023Q2': no starting figures for tied"):
        known("2023Q2")
    with pytest.raises(InputError, match=r"start = '2023Q4': no starting figures for free"):
        known("2023Q4", text="\n".join(line for line in ROWS.splitlines() if "free" not in line))
