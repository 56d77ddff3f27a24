"""A quarter's news from markets of a few numbers: every kind of story, what makes it worth telling, and in which
order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from experiments.play import news
from experiments.play.news import FACT, RUMOUR, Item
from sim.remedies import REMEDIES

ROSTER: Any = SimpleNamespace(
    regions=("us", "eu"),
    owner_titles=("Alpha", "Beta", "Gamma (own fleet)"),
    is_cloud=np.array([True, True, False]),
    family_titles=("Nova GPU", "Achip", "Spare"),
    vendors=("Nova", "Alpha Silicon", "Spare Inc"),
    family_is_own=np.array([False, True, False]),
    pools=(
        SimpleNamespace(owner=0, family=0, site="core", direct=True),
        SimpleNamespace(owner=0, family=1, site="core", direct=True),
        SimpleNamespace(owner=1, family=0, site="core", direct=True),
        SimpleNamespace(owner=1, family=2, site="edge", direct=True),
        SimpleNamespace(owner=1, family=2, site="core", direct=False),
    ),
    labs=("one", "two"),
    tables={"labs": ({"lab": "one", "title": "Lab One"}, {"lab": "two", "title": "Lab Two"})},
)
FEES, TYING = REMEDIES.index("switching_fee_ban"), REMEDIES.index("interoperability_duty")


def of_one_world(values: object) -> np.ndarray:
    return np.array([values], dtype=float)


def market(**known: object) -> Any:
    """A market in which nothing is worth telling, but for what is given; arrays without their axis of worlds."""
    quiet = {
        "next_launch_quarters": [8.0, 8.0, 8.0],
        "family_share_seen": [0.6, 0.3, 0.1],
        "chip_price_usd_per_h100e": [20e3, 10e3, 5e3],
        "price_usd_per_h100e_hour": [4.0, 2.0, 5.0, 3.0, 3.0],
        "announced_h100e": [1.5e6, 3e5, 6e6, 1e6, 1e6],
        "remedies_in_force": np.zeros((2, len(REMEDIES))),
        "remedies_announced": np.zeros((2, len(REMEDIES))),
        "demand_index": 2.0,
        "edge_index": 1.0,
        "demand_forecast_seen": [2.2, 3.0],
        "utilisation_seen": [0.9, 0.9, 0.9],
        "supplier_mix_seen": [[0.1, 0.6, 0.2, 0.1], [0.4, 0.3, 0.2, 0.1]],
        "order_book_seen_h100e": [4e5, 2e4, 1.9e4],
    }
    return SimpleNamespace(**{name: of_one_world(values) for name, values in {**quiet, **known}.items()})


QUIET = market()


def remedies(*changes: tuple[int, int, float]) -> np.ndarray:
    strengths = np.zeros((2, len(REMEDIES)))
    for region, remedy, strength in changes:
        strengths[region, remedy] = strength
    return strengths


def item(kind: str, text: str, weight: float) -> Item:
    return Item(kind, text, pytest.approx(weight))


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (None, [8.0, 8.0, 1.0], ("A new generation of Spare is announced for next quarter.", 1.3)),
        (None, [0.0, 1.0, 1.0], ("A new generation of Nova GPU is announced for next quarter.", 3.0)),
        (None, [1.1, 8.0, 8.0], None),
        (None, [8.0, 1.0, 8.0], ("A new generation of Achip is announced for next quarter.", 2.9)),
        ([2.0, 8.0, 8.0], [1.0, 8.0, 8.0], ("A new generation of Nova GPU is announced for next quarter.", 3.0)),
        ([8.0, 8.0, 1.0], [8.0, 8.0, 1.0], ("The new Spare is late: it was due this quarter.", 1.56)),
        ([8.0, 8.0, 1.5], [8.0, 8.0, 1.0], ("A new generation of Spare is announced for next quarter.", 1.3)),
        ([8.0, 3.0, 8.0], [8.0, 4.0, 8.0],
         ("The next Achip is announced for 4 quarters from now: later than planned.", 3.48)),
        ([8.0, 1.0, 8.0], [8.0, 6.0, 8.0], None),
        ([4.0, 4.0, 4.0], [3.0, 3.0, 3.0], None),
        ([2.0, 8.0, 3.0], [1.0, 8.0, 3.0], ("A new generation of Nova GPU is announced for next quarter.", 3.0)),
        ([8.0, 3.0, 2.0], [8.0, 3.0, 1.0],
         ("The next Achip is announced for 3 quarters from now: later than planned.", 3.48)),
    ],
)  # fmt: skip
def test_launches(before: list[float] | None, now: list[float], told: tuple[str, float] | None) -> None:
    """Weight: half, and eight times the share in use but 2.5 at most; a fifth more when it is late."""
    then = None if before is None else market(next_launch_quarters=before)
    assert news._launches(ROSTER, market(next_launch_quarters=now), then) == ([item(FACT, *told)] if told else [])


@pytest.mark.parametrize(
    ("before", "ahead", "slips"),
    [(3.0, 4.0, True), (3.0, 3.0, True), (3.0, 2.6, True), (3.0, 2.5, False), (3.0, 2.0, False), (1.6, 1.2, True),
     (1.5, 5.0, False), (6.0, 6.0, True), (6.0, 6.5, False), (1.0, 4.0, False)],
)  # fmt: skip
def test_what_is_no_nearer_than_a_quarter_ago_slips(before: float, ahead: float, slips: bool) -> None:
    assert news._slips(ahead, before) == slips


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ([21e3, 10e3, 5e3], ("Nova: list price of Nova GPU up 5% to $21,000 an H100e.", 1.5 * 0.05 / 0.06)),
        ([20e3, 10e3, 4500.0], ("Spare Inc: list price of Spare down 10% to $4,500 an H100e.", 0.7 * 0.1 / 0.06)),
        ([20e3, 9700.0, 5e3], ("Alpha Silicon: transfer price of Achip down 3% to $9,700 an H100e.", 1.5 * 0.5)),
        ([20.2e3, 9900.0, 4950.0], None),
        ([21e3, 10e3, 3e3], ("Spare Inc: list price of Spare down 40% to $3,000 an H100e.", 0.7 * 0.4 / 0.06)),
    ],
)
def test_prices_of_chips(now: list[float], told: tuple[str, float] | None) -> None:
    found = news._chip_prices(ROSTER, market(chip_price_usd_per_h100e=now), QUIET)
    assert found == ([item(FACT, *told)] if told else [])


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ([4.0, 2.0, 5.0], [4.4, 2.0, 5.0], ("Alpha: price of Nova GPU up 10% to $4.40 an H100e-hour.", 0.9 / 0.7)),
        ([4.0, 2.0, 5.0], [4.0, 1.5, 5.0], ("Alpha: price of Achip down 25% to $1.50 an H100e-hour.", 0.5 * 25 / 7)),
        ([4.0, 2.0, 5.0], [4.0, 2.0, 5.25], ("Beta: price of Nova GPU up 5% to $5.25 an H100e-hour.", 1.4 * 5 / 7)),
        ([4.0, 2.0, 5.0], [4.08, 2.04, 5.1], None),
        ([0.0, 2.0, 5.0], [4.0, 2.0, 5.0], None),
        ([4.0, 0.5, 5.0], [4.0, 0.55, 5.0], ("Alpha: price of Achip up 10% to $0.55 an H100e-hour.", 0.5 / 0.7)),
        ([4.0, 2.0, 5.0], [4.16, 2.3, 5.0], ("Alpha: price of Achip up 15% to $2.30 an H100e-hour.", 0.5 * 15 / 7)),
    ],
)
def test_posted_prices(before: list[float], now: list[float], told: tuple[str, float] | None) -> None:
    """Of the core, sold directly, and posted before: 4 and a share of 3 million H100e, but 1.4 at most."""
    then = market(price_usd_per_h100e_hour=[*before, 3.0, 3.0])
    found = news._posted_prices(ROSTER, market(price_usd_per_h100e_hour=[*now, 9.0, 9.0]), then)
    assert found == ([item(FACT, *told)] if told else [])


def test_rules() -> None:
    """The largest change of what is in force, and of what is announced."""
    then = market(
        remedies_in_force=remedies((1, FEES, 0.5), (0, TYING, 0.1)), remedies_announced=remedies((1, FEES, 0.5))
    )
    now = market(
        remedies_in_force=remedies((1, FEES, 0.2), (0, TYING, 0.3)),
        remedies_announced=remedies((1, FEES, 0.5), (0, TYING, 0.015)),
    )
    assert news._rules(ROSTER, now, then) == [
        item(FACT, "EU: a switching fee ban is eased, at 20% strength.", 4.0 * 0.3 + 1.0),
        item(FACT, "US: a interoperability duty is announced, at 2% strength.", 4.0 * 0.015 + 0.5),
    ]
    begun = market(remedies_in_force=remedies((1, TYING, 0.75)), remedies_announced=remedies((1, TYING, 0.005)))
    assert news._rules(ROSTER, begun, QUIET) == [
        item(FACT, "EU: a interoperability duty takes effect, at 75% strength.", 4.0)
    ]


def test_demand() -> None:
    outlook = "Forecasters see spending on compute +10% to +50% over a year."
    assert news._demand(QUIET, None) == [item(RUMOUR, outlook, 1.0)]
    for before, edge, words, weight in (
        (1.6, 0.8, "up 25% in the quarter; the edge up 25%", 0.4 + 0.15 * 8.0),
        (2.5, 1.25, "down 20% in the quarter; the edge down 20%", 0.4 + 0.3 * 8.0),
    ):
        told = news._demand(QUIET, market(demand_index=before, edge_index=edge))
        assert told == [item(RUMOUR, outlook, 0.35), item(FACT, f"Spending on compute {words}.", weight)]


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ([0.95, 0.9, 1.0], ("Alpha: said to be sold out or close to it (81% to 100% of its capacity in use).", 0.8)),
        (
            [0.96, 0.98, 1.0],
            ("Beta: said to be sold out or close to it (83% to 100% of its capacity in use).", 0.8 + 0.03 * 8.0),
        ),
        ([0.9, 0.7, 0.1], ("Beta: capacity said to stand idle (59% to 83% in use).", 0.6 + 0.1 * 8.0)),
        ([0.8, 0.94, 0.1], None),
        (
            [0.79, 0.97, 0.5],
            ("Beta: said to be sold out or close to it (82% to 100% of its capacity in use).", 0.8 + 0.02 * 8.0),
        ),
    ],
)
def test_use_of_clouds(seen: list[float], told: tuple[str, float] | None) -> None:
    expected = [item(RUMOUR, *told)] if told else []
    assert news._use(ROSTER, market(utilisation_seen=seen), -1) == expected


def test_shares() -> None:
    for now, text, weight in (
        ([0.55, 0.33, 0.12], "Nova GPU is said to have lost 5.0 points of the compute in use, to 55%.", 1.25),
        ([0.58, 0.32, 0.20], "Spare is said to have gained 10.0 points of the compute in use, to 20%.", 2.5),
    ):
        assert news._shares(ROSTER, market(family_share_seen=now), QUIET) == [item(RUMOUR, text, weight)]


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ((1, [0.1, 0.5, 0.2, 0.2]), ("Lab Two shifted 30 points of its bookings away from AWS's chip", 5.0)),
        ((0, [0.1, 0.66, 0.2, 0.05]), ("Lab One shifted 6 points of its bookings towards GPUs", 1.0)),
        ((0, [0.1, 0.6, 0.17, 0.1]), ("Lab One shifted 3 points of its bookings away from TPU", 0.5)),
        ((1, [0.4, 0.3, 0.2, 0.4]),
         ("Lab Two shifted 30 points of its bookings towards other chips and managed service", 5.0)),
        ((0, [0.11, 0.61, 0.19, 0.1]), None),
    ],
)  # fmt: skip
def test_mixes_of_labs(now: tuple[int, list[float]], told: tuple[str, float] | None) -> None:
    expected = [item(RUMOUR, f"Half a year ago {told[0]}.", told[1])] if told else []
    mixes = QUIET.supplier_mix_seen[0].copy()
    mixes[now[0]] = now[1]
    assert news._mixes(ROSTER, market(supplier_mix_seen=mixes), QUIET) == expected


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ([6e5, 2e4, 1e5], ("Nova GPU is said to be up 50%", 0.65)),
        ([3e5, 2e4, 1e5], ("Nova GPU is said to be down 25%", 0.525)),
        ([4e5, 6e4, 1e5], ("Achip is said to be up 200%", 1.15)),
        ([4e5, 1.5e4, 1e3], None),
        ([4.6e5, 2.2e4, 1.9e4], None),
        ([3e5, 2.8e4, 1.9e4], ("Achip is said to be up 40%", 0.6)),
    ],
)
def test_order_books(now: list[float], told: tuple[str, float] | None) -> None:
    """Of twenty thousand H100e at least, before and now."""
    expected = [item(RUMOUR, f"The order book for {told[0]}.", told[1])] if told else []
    assert news._orders(ROSTER, market(order_book_seen_h100e=now), QUIET) == expected


# --- what is chosen ---------------------------------------------------------------------------------------------------

EVENTFUL = {
    "next_launch_quarters": [1.0, 8.0, 8.0],  # 3.0
    "chip_price_usd_per_h100e": [22e3, 10e3, 5e3],  # 1.5 * 0.1 / 0.06 = 2.5
    "price_usd_per_h100e_hour": [4.0, 2.0, 6.0, 3.0, 3.0],  # 1.4 * 0.2 / 0.07 = 4.0
    "remedies_in_force": remedies((0, TYING, 1.0)),  # 5.0
    "utilisation_seen": [0.7, 0.9, 0.9],  # 1.4
    "family_share_seen": [0.6, 0.3, 0.124],  # 0.6
    "supplier_mix_seen": [[0.1, 0.6, 0.26, 0.1], [0.4, 0.3, 0.2, 0.1]],  # 1.0
    "order_book_seen_h100e": [8e5, 2e4, 1.9e4],  # 0.9
}
THEN = {"demand_index": 1.6, "edge_index": 0.8}  # 1.6; the outlook has 0.35
IN_ORDER = (
    "US: a interoperability", "Beta: price", "A new generation", "Nova: list price", "Spending on", "Alpha: capacity",
    "Half a year ago", "The order book", "Spare is said", "Forecasters",
)  # fmt: skip


def told(items: list[Item]) -> list[str]:
    """Which of the stories stand there."""
    return [next(head for head in IN_ORDER if one.text.startswith(head)) for one in items]


def test_the_weightiest_come_first_and_a_rumour_is_among_them() -> None:
    now, before = market(**EVENTFUL), market(**THEN)
    assert told(news.headlines(ROSTER, now, before, 99)) == list(IN_ORDER)
    assert told(news.headlines(ROSTER, now, before)) == [*IN_ORDER[:3], "Alpha: capacity"]
    assert told(news.headlines(ROSTER, now, before, 2)) == [IN_ORDER[0], "Alpha: capacity"]
    assert told(news.headlines(ROSTER, now, before, 7)) == list(IN_ORDER[:7]), "there is one already"


def test_nobody_is_told_of_itself() -> None:
    chosen = news.headlines(ROSTER, market(**EVENTFUL), market(**THEN), owner=0)
    assert told(chosen) == [*IN_ORDER[:3], "Half a year ago"]


def test_of_equals_the_first_by_its_words_comes_first() -> None:
    """A late launch of what is a quarter of use, 1.2 (1/2 + 2), and a rule at half strength, 2 + 1."""
    late: dict[str, object] = {"next_launch_quarters": [1.0, 8.0, 8.0], "family_share_seen": [0.25, 0.0, 0.0]}
    now, before = market(**late, remedies_in_force=remedies((1, TYING, 0.5))), market(**late)
    found = news.headlines(ROSTER, now, before, 3)
    assert [one.weight for one in found[:2]] == [3.0, 3.0]
    assert [one.text[:7] for one in found] == ["EU: a i", "The new", "Forecas"]


def test_a_first_quarter_has_no_changes() -> None:
    found = news.headlines(ROSTER, market(**EVENTFUL), None, 99)
    assert told(found) == ["A new generation", "Alpha: capacity", "Forecasters"]
