"""The private board of each role from briefings of a few numbers: every figure of the first world, in its unit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from experiments.play import board
from sim.enforcement.cases import CHARGED, IDLE, IN_FORCE, INVESTIGATION, SCREENING
from sim.remedies import REMEDIES
from tests.experiments.play.turns import of_two_worlds


def shown(last: object, **own: object) -> Any:
    """A briefing; tuples are of the party, and the same in all worlds."""
    figures = {name: np.array(a) if isinstance(a, tuple) else of_two_worlds(a) for name, a in own.items()}
    return SimpleNamespace(last=last, **figures)


def cloud(last: object = "its last decision", **changes: object) -> Any:
    """Pools: GPU, own chip, GPU at the edge."""
    usual = {
        "edge": (False, False, True),
        "own_design": (False, True, False),
        "installed_h100e": [300e3, 100e3, 100e3],
        "booked_share": [0.5, 1.0, 0.25],
        "price_usd_per_h100e_hour": [4.0, 2.0, 9.0],
        "long_run_cost_usd": [2.0, 2.5, 1.0],
        "market_share": [0.2, 0.05, 0.4],
        "cash_musd": 90e3,
        "revenue_musd": 12.34e3,
        "operating_income_musd": -900.0,
        "free_cash_flow_musd": -8.6e3,
        "expiring_h100e": [10e3, 20e3, 0.0],
        "committed_h100e": [100e3, 50e3, 50e3],
        "powered_h100e": [280e3, 100e3, 100e3],
        "arriving_h100e": [2e5, 1e5, 0.0],
        "lead_quarters": 3.0,
        "payable_musd": 60e3,
        "line_h100e": [1e6, 5e5, 2e5],
        "mw_per_h100e": [0.001, 0.002, 0.001],
        "room_mw": 1234.4,
        "budget_musd": 5e3,
    }
    return shown(last, **{**usual, **changes})


def test_a_clouds_board() -> None:
    """Of 500,000 H100e 150 + 100 + 25 thousand are booked; GPUs at twice their cost, own chips at 0.8 of it."""
    assert board.figures("cloud", cloud(), None, "2026Q1") == [
        ("Cash", "$90.0 bn"),
        ("Revenue", "$12.3 bn"),
        ("Free cash flow", "−$8.6 bn"),
        ("In use or booked", "55%"),
        ("Share of renting", "25%"),
        ("Price over cost", "1.40"),
        ("Power free in 3 q", "1,234 MW"),
        ("Planned to spend", "$5.0 bn"),
        ("Can be paid", "$60.0 bn"),
        ("Installed:", "500 k H100e (20% own chips), with power 480 k"),
        (
            "On order:",
            "2,200 MW: 400 land in 2026Q2, 1,800 by about 2027Q1",
        ),
    ]


@pytest.mark.parametrize(
    ("line", "quarter", "told"),
    [
        ([0.0, 0.0, 0.0], "2026Q1", "nothing"),
        ([2e5, 1e5, 0.0], "2026Q1", "400 MW: 400 land in 2026Q2"),
        (
            [3e5, 1e5, 0.0],
            "",
            "500 MW: 400 land in the next quarter, 100 by about 4 quarters from now",
        ),
    ],
)
def test_when_an_order_lands(line: list[float], quarter: str, told: str) -> None:
    assert dict(board.figures("cloud", cloud(line_h100e=line), None, quarter))["On order:"] == told


def test_before_there_are_accounts_nothing_says_what_can_be_paid() -> None:
    assert dict(board.figures("cloud", cloud(payable_musd=np.inf), None))["Can be paid"] == "-"


def test_a_first_quarter_has_no_accounts() -> None:
    found = dict(board.figures("cloud", cloud(last=None), None))
    assert [label for label, text in found.items() if text == "-"] == [
        "Revenue",
        "Free cash flow",
        "Share of renting",
    ]


@pytest.mark.parametrize(
    ("prices", "told"), [([4.0, 0.0, 9.0], "2.00"), ([0.0, 0.5, 0.0], "0.20"), ([0.0, 0.0, 9.0], "-")]
)
def test_what_posts_no_price_at_the_core_is_not_compared_with_its_cost(prices: list[float], told: str) -> None:
    assert dict(board.figures("cloud", cloud(price_usd_per_h100e_hour=prices), None))["Price over cost"] == told


def test_an_empty_fleet_has_nothing_booked_and_nothing_that_ends() -> None:
    nothing = [0.0, 0.0, 0.0]
    own = cloud(installed_h100e=nothing, committed_h100e=nothing, expiring_h100e=nothing)
    found = dict(board.figures("cloud", own, None))
    assert found["In use or booked"] == "0%" and found["Installed:"].startswith("0 k H100e (0% own chips)")


def vendor(last: object = "its last decision", **changes: object) -> Any:
    """Lines: core and edge."""
    usual = {
        "chip_price_usd_per_h100e": 20e3,
        "unit_cost_usd_per_h100e": 5e3,
        "order_flow_h100e": [900e3, 100e3],
        "backlog_h100e": [2e6, 345.6e3],
        "inventory_h100e": [12e3, 1e3],
        "cash_musd": 45e3,
        "revenue_musd": 19.96e3,
        "last_booking_wafers": [9e3, 1e3],
        "lead_quarters": 3.0,
        "h100e_per_wafer_at_arrival": [61.0, 59.0],
        "order_growth": [0.12, 0.5],
    }
    return shown(last, **{**usual, **changes})


def test_a_vendors_board() -> None:
    assert board.figures("vendor", vendor(), None) == [
        ("Cash made so far", "$45.0 bn"),
        ("Revenue", "$20.0 bn"),
        ("Orders a quarter", "1,000 k"),
        ("Price now", "$20,000"),
        ("Unit cost", "$5,000"),
        ("Orders waiting", "2,346 k"),
        ("Gross margin", "75%"),
        ("Booked last", "10,000 wafers"),
        ("Chips in stock", "13 k"),
        ("Lead time", "3 q"),
        ("H100e a wafer", "61"),
        ("Orders grow", "12%"),
    ]


def test_what_is_less_than_nothing_by_rounding_is_nothing() -> None:
    found = dict(board.figures("vendor", vendor(last=None, inventory_h100e=[0.2, -0.3]), None))
    assert found["Chips in stock"] == "0 k" and found["Revenue"] == "-"


def lab(last: object = None, **changes: object) -> Any:
    usual = {
        "supplier_mix": [0.1, 0.5, 0.25, 0.15],
        "token_price_usd_per_mtoken": 5.25,
        "runway_quarters": 6.0,
        "tie_quarters_left": 3.0,
        "cash_musd": 8e3,
        "revenue_musd": 2e3,
        "burn_musd": 3e3,
        "funding_left_musd": 4e3,
        "bill_musd": 1.5e3,
        "token_share": 0.22,
        "model_rank": 2.0,
        "used_h100e": 800e3,
        "inference_h100e": 300e3,
        "waiting_h100e": 20.4e3,
        "committed_h100e": 1.5e6,
        "expiring_h100e": 40e3,
        "ports": [1.0, 0.99, 1.5, 0.0],
    }
    return shown(last, **{**usual, **changes})


def test_a_labs_board() -> None:
    """The token price is the last that was posted; a thousand H100e take a megawatt."""
    decided = SimpleNamespace(token_price_usd_per_mtoken=of_two_worlds(4.9))
    assert board.figures("lab", lab(decided), None) == [
        ("Cash", "$8.0 bn"),
        ("Revenue", "$2.0 bn"),
        ("Burn", "$3.0 bn"),
        ("Runway", "6 q"),
        ("Funding to come", "$4.0 bn"),
        ("Compute bill", "$1.5 bn"),
        ("Share of tokens", "22%"),
        ("Model's rank", "2"),
        ("Token price, 1M", "$4.90"),
        ("Compute in use", "800 MW"),
        ("Serving needs", "300 MW"),
        ("Waiting", "20 MW"),
        ("Committed", "1,500 MW"),
        ("Ending next q", "40 MW"),
        ("Investor's tie", "3 q"),
        ("Of it AWS chip", "10%"),
        ("Of it GPU", "50%"),
        ("Of it TPU", "25%"),
        ("Of it other", "15%"),
        ("Chips ported to", "2 of 4"),
    ]


def test_a_labs_first_quarter() -> None:
    found = dict(board.figures("lab", lab(runway_quarters=40.0, tie_quarters_left=0.0), None))
    assert [label for label, text in found.items() if text == "-"] == ["Revenue", "Burn", "Compute bill"]
    assert (found["Token price, 1M"], found["Runway"], found["Investor's tie"]) == ("$5.25", "over 40 q", "none")
    found = dict(board.figures("lab", lab(runway_quarters=39.8, tie_quarters_left=1.0), None))
    assert (found["Runway"], found["Investor's tie"]) == ("40 q", "1 q")


# --- regulator --------------------------------------------------------------------------------------------------------

NOW, NEVER, EARLY, PROOF = 0.0, 1.0, 2.0, 3.0
"""Why a step is not possible; the steps: none, information order, open, charge, remedy."""


def regulator(last: object, **changes: object) -> Any:
    law = np.zeros(len(REMEDIES))
    law[REMEDIES.index("switching_fee_ban")], law[REMEDIES.index("term_cap_duty")] = 0.25, 0.005
    usual = {
        "refused": 3.0,
        "hhi_cloud": 2345.6,
        "hhi_silicon": 10e3,
        "stage": [0.0, 2.0, 3.0, 5.0],
        "stage_quarters": [7.0, 3.0, 1.0, 12.0],
        "complaint": [0.0, 1.0, 1.0, 0.0],
        "commitments_offered": [0.0, 0.0, 1.0, 0.0],
        "evidence_over_proof": [0.0, 0.456, 1.2, 0.8],
        "not_possible": [
            [NOW, NOW, PROOF, NEVER, NEVER],
            [NOW, NEVER, NEVER, EARLY, PROOF],
            [NOW, NOW, NEVER, NOW, NEVER],
            [NOW, NEVER, NEVER, NEVER, NEVER],
        ],
        "scheduled_strength": law,
    }
    return shown(last, **{**usual, **changes})


def test_a_regulators_board() -> None:
    asked = SimpleNamespace(step=of_two_worlds(2.0))
    assert board.figures("regulator", regulator(asked), None) == [
        ("Self-preferencing", "idle"),
        ("proof", "0% held"),
        ("next", "open at 30%: lacks proof"),
        ("Tying", "investigation, 3 q"),
        ("proof", "46% held + complaint"),
        ("next", "charge at 70%: too early"),
        ("Partnerships", "charged, 1 q"),
        ("proof", "120% held + complaint, offer"),
        ("next", "remedy at 100%: not possible"),
        ("Exit-fees", "in force, 12 q"),
        ("proof", "80% held"),
        ("next", "wait"),
        ("HHI of compute in use:", "2,346 among clouds, 10,000 among chips"),
        ("Your last step:", "lacks proof"),
        ("Dated by law:", "switching fee ban 25%"),
    ]


@pytest.mark.parametrize(
    ("asked", "refused", "told"),
    [(None, 3.0, "none"), (0.0, 3.0, "none"), (1.0, 0.0, "taken"), (4.0, 1.0, "not possible"), (3.0, 2.0, "too early")],
)
def test_what_became_of_the_last_step(asked: float | None, refused: float, told: str) -> None:
    last = None if asked is None else SimpleNamespace(step=of_two_worlds(asked))
    assert dict(board.figures("regulator", regulator(last, refused=refused), None))["Your last step:"] == told


def test_what_law_dates() -> None:
    for strength, told in (([0.0, 0.0], "nothing"), ([0.006, 1.0], "switching fee ban 1%; interoperability duty 100%")):
        law = np.zeros(len(REMEDIES))
        law[[REMEDIES.index("switching_fee_ban"), REMEDIES.index("interoperability_duty")]] = strength
        assert dict(board.figures("regulator", regulator(None, scheduled_strength=law), None))["Dated by law:"] == told


@pytest.mark.parametrize(
    ("stage", "codes", "told"),
    [
        (IDLE, [NOW, NEVER, PROOF, NEVER, NEVER], "open at 30%: lacks proof"),
        (SCREENING, [NOW, NEVER, NOW, NEVER, NEVER], "open at 30%: possible"),
        (INVESTIGATION, [NOW, NEVER, NEVER, EARLY, NEVER], "charge at 70%: too early"),
        (CHARGED, [NOW, NEVER, NEVER, NEVER, PROOF], "remedy at 100%: lacks proof"),
        (IN_FORCE, [NOW, NEVER, NEVER, NEVER, NEVER], "wait"),
    ],
)
def test_the_next_step_with_its_bar(stage: int, codes: list[float], told: str) -> None:
    first = [NOW, NOW, NOW, NOW, NOW]
    own = SimpleNamespace(not_possible=of_two_worlds([first, codes]), stage=of_two_worlds([float(IDLE), float(stage)]))
    assert board._next(own, 1) == told  # type: ignore[arg-type]
