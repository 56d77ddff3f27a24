"""The table of deals, by hand: paths, who may know what, and what counts in which world."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.anchors import table
from sim.anchors.table import Deals, Row
from sim.errors import InputError
from sim.quarters import ordinal
from sim.roster import load_roster
from sim.scenario import Scenario
from sim.streams import Streams

ROSTER = load_roster("default")
START = ordinal("2025Q4")


def deal(name: str = "one", **changes: Any) -> Row:
    """Trainium for Anthropic: 100 now, 300 (200 to 500) a year later, till the end of 2027."""
    points = ((START, 100.0, 100.0, 100.0), (START + 4, 200.0, 300.0, 500.0))
    plain = Row(name, "anthropic", "aws/trainium", START, START + 8, points, 0.8, "", "A")
    return replace(plain, **changes)


def known(
    monkeypatch: pytest.MonkeyPatch, *deals: Row, start: str = "2025Q4", until: str = "", worlds: int = 400
) -> Deals:
    monkeypatch.setattr(table, "rows", lambda: deals)
    return Deals.known(ROSTER, Scenario("x", "x", start=start, known_until=until), Streams(1, 0, worlds))


def level(deals: Deals, quarter: int, announced: float = 1.0) -> np.ndarray:
    worlds = len(deals.rise)
    return deals.level(np.full(worlds, float(quarter)), np.full(worlds, announced), np.ones((worlds, 1)))[:, 0]


def test_a_path_runs_in_even_steps_between_its_points_and_ends() -> None:
    """100, 150, 200, 250, 300 and on; nothing in the quarter after its last, nor before its first."""
    central = deal().path(START - 1, 11)[1]
    assert central.tolist() == [0, 100, 150, 200, 250, 300, 300, 300, 300, 300, 0]
    assert deal().path(START + 2, 1)[:, 0].tolist() == [150.0, 200.0, 300.0]


def test_what_is_in_place_when_a_game_comes_to_know_it_is_held() -> None:
    assert deal().held(START) == 100.0
    assert deal().held(START + 2) == 200.0
    assert deal(known=START - 3).held(START - 8) == 0.0


def test_what_is_held_counts_in_every_world_and_the_rest_as_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Grade A comes about everywhere: a year on between 200 and 500, 300 in the middle. At half of what was announced
    half of the rise, at none what is held."""
    deals = known(monkeypatch, deal())
    assert (level(deals, 0) == 100.0).all() and (level(deals, 0, 0.0) == 100.0).all()
    later = level(deals, 4)
    assert later.min() >= 200.0 and later.max() <= 500.0 and np.ptp(later) > 200.0
    assert np.median(later) == pytest.approx(300.0, abs=25.0)
    assert level(deals, 4, 0.5) == pytest.approx(100.0 + 0.5 * (later - 100.0))
    assert (level(deals, 4, 0.0) == 100.0).all()
    assert not level(deals, 9).any()


def test_a_weaker_source_comes_about_in_fewer_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judgement in half of 400 worlds, within four standard errors; the others stay at what is held."""
    later = level(known(monkeypatch, deal(grade="J")), 4)
    assert abs((later == 100.0).mean() - 0.5) < 4 * 0.025
    assert (later[later != 100.0] >= 200.0).all()


def test_draws_go_by_the_deals_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another deal beside it, before or after, moves no number; another name does."""
    other = deal("other", offer="google/tpu")
    alone, first, last = (known(monkeypatch, *both) for both in ((deal(),), (deal(), other), (other, deal())))
    place = list(first.offer).index(ROSTER.sites[0].offers.index("aws/trainium"))
    assert np.array_equal(alone.rise[:, 0], first.rise[:, place]) and np.array_equal(first.rise, last.rise)
    assert not np.array_equal(alone.rise, known(monkeypatch, deal("another")).rise)
    few = known(monkeypatch, deal(), worlds=3)
    assert np.array_equal(few.rise, alone.rise[:3])


def test_a_scenario_knows_only_what_was_signed_by_its_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed in 2025Q4: not known in 2024Q4. A game from 2023Q4 without a date learns of it in its eighth quarter."""
    assert not known(monkeypatch, deal(), start="2024Q4", until="2024Q4").any
    history = known(monkeypatch, deal(), start="2023Q4")
    assert not level(history, 7).any() and (level(history, 8) == 100.0).all()


def test_a_deal_takes_the_place_of_the_one_it_replaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 2025Q2 on the new one, at 40; till then the old one, at 100."""
    flat = ((START - 4, 100.0, 100.0, 100.0),)
    old = deal("old", known=START - 4, points=flat)
    new = deal("new", known=START - 2, points=((START - 2, 40.0, 40.0, 40.0),), replaces="old")
    deals = known(monkeypatch, old, new, start="2024Q4")
    assert [level(deals, q)[0] for q in (0, 1, 2, 3)] == [100.0, 100.0, 40.0, 40.0]
    assert deals.left[0, [0, 1, 2]].tolist() == [13.0, 12.0, 11.0]


def test_the_shipped_table_is_read_and_fits_the_roster() -> None:
    core = ROSTER.sites[0]
    assert {one.lab for one in table.rows()} <= set(core.buyers) and {one.offer for one in table.rows()} <= set(
        core.offers
    )
    assert all(one.known <= START and 12 <= one.until - one.known <= 40 for one in table.rows())
    assert not Deals.known(ROSTER, Scenario("x", "x", start="2023Q4", known_until="2022Q4"), Streams(1, 0, 2)).any


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"until": "2025Q1"}, "until = 2025Q1"),
        ({"h100e_low": "200"}, "low <= central"),
        ({"h100e": "0"}, "0 < low"),
        ({"known_on": "soon"}, "'soon' is not a quarter"),
        ({"known_on": "2026Q1"}, "quarter = 2025Q4; allowed is 2026Q1, when it was signed, or later"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(change: dict[str, str], said: str) -> None:
    plain = {
        **{"lab": "anthropic", "cloud": "aws", "family": "trainium", "known_on": "2025Q4", "quarter": "2025Q4"},
        **{"h100e_low": "90", "h100e": "100", "h100e_high": "110", "until": "2027Q4", "take_or_pay": "0.8"},
        **{"replaces": "", "grade": "A"},
    }
    assert table._row("x", [plain]).take_or_pay == 0.8
    with pytest.raises(InputError, match=said):
        table._row("x", [{**plain, **change}])
