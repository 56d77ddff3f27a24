"""A quarter's business of two labs by hand: what they sell, what compute and leaving cost, who funds them, how long it
lasts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.accounts.ledger import Ledger
from sim.labs import credit
from sim.labs.product import in_use
from sim.labs.purse import Dues, funding_due, funding_left, runway
from sim.labs.tokens import TokenBuyers
from tests.small import row, small_parameters, small_roster, small_rules

ROSTER = small_roster()
TIED, FREE = ROSTER.lab_buyers
OPENED: Any = SimpleNamespace(own_fleet=np.zeros((2, 3)), revenue=np.array([120.0, 25.0]))
"""No house stands behind either lab."""
MARKET: Any = SimpleNamespace(roster=ROSTER, buyers=TokenBuyers.of(ROSTER), start=OPENED)
HOURS = 2190.0


@dataclass(frozen=True)
class Labs:
    """What the purse reads of the labs, and writes."""

    sale: SimpleNamespace
    price: np.ndarray
    serving_h100e: np.ndarray
    cash: np.ndarray
    new_revenue: np.ndarray
    barred: np.ndarray
    statement: Any = None


def sold() -> Any:
    """The tied lab sells 30 and 10 trillion tokens to firms and outside at 5 USD a million, the free one 8 and 2 at
    2.5; in the second world half as many. 40 and 8 H100e serve them."""
    tokens = np.array([[[30.0, 10.0], [8.0, 2.0]], [[15.0, 5.0], [4.0, 1.0]]])
    sale, price = SimpleNamespace(sold=tokens), row([5.0, 2.5], [5.0, 2.5])
    return Labs(
        sale,
        price,
        serving_h100e=row([40, 8], [40, 8]),
        cash=row([500, 30], [0, 0]),
        new_revenue=row([100, 0], [0, 0]),
        barred=row([0, 2], [1, 0]),
    )


def billed() -> Any:
    """Compute at 40 and 60 thousand USD an hour for the tied lab, 20 for the free one; the tied one leaves a commitment
    and a cloud, the free one ports. 70 and 8 H100e are in use, and in the first world 10 and 2 more are sublet from
    others."""
    bill, exits, ports, used = (np.zeros((2, 5, 6)) for _ in range(4))
    leaving, sublet = np.zeros((2, 3, 6)), np.zeros((2, 6))
    bill[:, 0, TIED], bill[:, 3, TIED], bill[:, 1, FREE] = 0.04, 0.06, 0.02
    exits[:, 0, TIED], leaving[:, 0, TIED], ports[:, 2, FREE] = 0.001, [0.002, 0.0], 0.0005
    used[:, 0, TIED], used[:, 3, TIED], used[:, 1, FREE] = 30.0, 40.0, 8.0
    sublet[:, [TIED, FREE]] = row([10.0, 2.0], [0.0, 0.0])
    return SimpleNamespace(
        bill_musd_per_hour=bill,
        exit_fee_musd_per_hour=exits,
        switching_fee_musd_per_hour=leaving,
        porting_musd_per_hour=ports,
        used=used,
        sublet=sublet,
    )


FUNDING = row([85.0, 30.0], [70.0, 0.0]), row([15.0, 0.0], [0.0, 0.0])
"""In all, and what of it comes from an investor cloud."""


def dues() -> Dues:
    decided = SimpleNamespace(portability_musd=row([12.0, 0.0], [0.0, 3.0]))
    return Dues.of(MARKET, sold(), billed(), decided, FUNDING, small_parameters(lab_staff_share=(0.25, 0.5)))  # type: ignore[arg-type]


def bare(plain: Dues) -> Dues:
    """With nothing topped up and everything paid."""
    return replace(plain, lost=(np.zeros((2, 3)), np.zeros((2, 3))))


def test_what_a_quarter_comes_to() -> None:
    """219 and 43.8 musd of compute in 2190 hours; staff are a quarter (half) of it. 40 of 80 (of 70) H100e served, 8 of
    10 (of 8)."""
    found = dues()
    assert found.sales.tolist() == [[[150, 50], [20, 5]], [[75, 25], [10, 2.5]]]
    assert found.compute == pytest.approx(row([219.0, 43.8], [219.0, 43.8]))
    assert found.charges == pytest.approx(row([2.19 + 4.38, 0.0], [2.19, 0.0])) and found.porting == pytest.approx(
        row([0, 1.095], [0, 1.095])
    )
    assert found.staff == pytest.approx(row([54.75, 10.95], [109.5, 21.9])) and found.back_end.tolist() == [
        [12, 0],
        [0, 3],
    ]
    assert in_use(billed(), ROSTER).tolist() == [[80, 10], [70, 8]]
    assert found.serving == pytest.approx(row([109.5, 35.04], [219 * 4 / 7, 43.8]))


def test_who_pays_whom() -> None:
    """Firms and buyers outside pay for tokens, investors and parents fund, staff is paid; the rest is booked with the
    clouds."""
    ledger = Ledger(("buyer:firms", "outside", "buyer:tied", "buyer:free", "staff", "parents", "investors"), 2)
    for payment in bare(dues()).payments(MARKET):
        ledger.pay(*payment)
    kinds = ledger.by_kind
    assert kinds["tokens"].tolist() == [225, 112.5] and kinds["staff"] == pytest.approx([65.7, 131.4])
    assert kinds["funding by investor clouds"].tolist() == [15, 0] and kinds["funding"].tolist() == [100, 70]
    assert ledger.net("buyer:firms").tolist() == [-170, -85] and ledger.net("outside").tolist() == [-55, -27.5]
    assert ledger.net("buyer:tied") == pytest.approx([200 - 54.75 + 85, 100 - 109.5 + 70])
    assert ledger.net("buyer:free") == pytest.approx([25 - 10.95 + 30, 12.5 - 21.9])


def test_the_statement_follows_the_ledger() -> None:
    """The tied lab: 200 sold, 219 compute, 6.57 charges, 12 back end, 54.75 staff and 7.32 of sublets sold make -85;
    funding covers it. The free lab burns 40 of 30 in the bank and 30 funding: half a quarter's worth is left."""
    ledger: Any = SimpleNamespace(net_of=lambda parties: row([0.0, -10.0], [-130.0, 40.0]))
    after = dues().paid(sold(), OPENED, ROSTER, ledger)
    made: Any = after.statement
    assert made.revenue.tolist() == [[200, 25], [100, 12.5]] and made.free_cash_flow == pytest.approx(
        row([-85, -40], [-200, 40])
    )
    assert made.other == pytest.approx(
        row(
            [-85 - (200 - 219 - 6.57 - 12 - 54.75), -40 - (25 - 43.8 - 1.095 - 10.95)],
            [-200 - (100 - 219 - 2.19 - 109.5), 40 - (12.5 - 43.8 - 1.095 - 3 - 21.9)],
        )
    )
    assert made.other[0, 0] == pytest.approx(7.32)
    assert after.cash.tolist() == [[500, 20], [-130, 40]] and after.cash is made.cash
    assert made.runway == pytest.approx(row([500 / 85, 0.5], [0.0, 40.0]))
    # Serving alone: sales less staff and the compute that served; the free lab would lose on every token in both
    # worlds.
    assert made.serving_income == pytest.approx(row([35.75, -20.99], [100 - 109.5 - 219 * 4 / 7, 12.5 - 21.9 - 43.8]))
    assert made.funding == pytest.approx(FUNDING[0]) and made.cloud_funding is FUNDING[1]


def test_cash_lasts_as_long_as_it_burns() -> None:
    """Not longer than forty quarters, not at all in debt, for ever when nothing burns; a broken world has no runway."""
    cash, burn = np.array([60.0, 60.0, -5.0, 60.0, 60.0]), np.array([8.0, 1.0, 2.0, -3.0, np.nan])
    assert runway(cash, burn)[:4].tolist() == [7.5, 40.0, 0.0, 40.0] and np.isnan(runway(cash, burn)[4])


START: Any = SimpleNamespace(funding=np.array([100.0, 60.0]), partner=np.array([0, -1]), region=np.array([0, 1]))


def test_investors_pay_at_their_pace_and_the_cloud_with_its_tie() -> None:
    """100 and 60 a quarter, the free lab's halved. 30 % of the tied lab's come from the cloud; a ban on exclusivity at
    half strength at home cuts that to 15. In the second world the tie has lapsed after a quarter, and money for all
    ends after two."""
    p = small_parameters(
        lab_funding_factor=row([1.0, 0.5], [1.0, 0.5]),
        lab_funding_quarters=(9.0, 2.0),
        investor_funding_share=0.3,
        investor_tie_quarters=row([2.0, 2.0], [1.0, 1.0]),
        implementation_quality=1.0,
    )
    rules = small_rules(p, exclusivity_ban=row([0.5, 0.0], [0.5, 0.0]))
    for quarter, paid, cloud in (
        (1, row([85, 30], [85, 30]), row([15, 0], [15, 0])),
        (2, row([85, 30], [70, 30]), row([15, 0], [0, 0])),
        (3, row([70, 30], [0, 0]), row([0, 0], [0, 0])),
    ):
        found = funding_due(START, rules, quarter, p)
        assert found[0] == pytest.approx(paid) and found[1] == pytest.approx(cloud)


def test_what_is_still_promised_is_whole_quarters_from_this_one_on() -> None:
    """5.7 quarters are five: three from the third on; 2 are none from the third on."""
    p = small_parameters(lab_funding_quarters=(5.7, 2.0), lab_funding_factor=row([1.0, 0.5], [1.0, 0.5]))
    assert funding_left(START, 3, p).tolist() == [[300, 90], [0, 0]]
    assert funding_left(START, 1, p).tolist() == [[500, 150], [200, 60]]


# --- the line, and default --------------------------------------------------------------------------------------------


def financed(cash: Any, multiple: float = 2.0) -> Dues:
    """The quarter when investors want two quarters of outflow in cash; nothing is sublet."""
    p = small_parameters(lab_runway_quarters=2.0, lab_burn_multiple=multiple)
    none = np.zeros((2, 6))
    labs = replace(sold(), cash=cash, new_revenue=row([10, 5], [10, 5]))
    return dues().financed(MARKET, labs, billed(), SimpleNamespace(received_musd=none, paid_musd=none), p)  # type: ignore[arg-type]


def test_investors_top_up_to_the_runway_they_want_within_their_line() -> None:
    """The tied lab's business comes to 200 - 219 - 6.57 - 12 - 54.75 = -92.32, so 184.64 are wanted; with 100 in the
    bank and 85 of funding 92.68 are left: 91.96 short, and the line is twice 10 of new revenue. With 177 it is 14.96
    short, and gets that."""
    found = financed(row([100.0, 90.0], [500.0, 90.0]))
    assert found.line[0] == pytest.approx([20.0, 0.0]) and not found.unpaid.any()
    assert financed(row([177.0, 90.0], [500.0, 90.0])).line[0, 0] == pytest.approx(14.96)
    assert financed(row([100.0, 90.0], [500.0, 90.0]), multiple=0.0).line[0, 0] == 0.0


def test_what_cannot_be_paid_is_lost_by_clouds_and_conserved() -> None:
    """Nothing in the bank and no line: 85 - 92.32 is 7.32 short. Two fifths of the bill are north's, three fifths
    south's, and so is the loss; the purse ends at nothing, the ledger balances."""
    found = financed(row([0.0, 90.0], [500.0, 90.0]), multiple=0.0)
    assert found.unpaid[0] == pytest.approx([7.32, 0.0])
    bills = {"north": 0.0, "south": 0.0}
    for offer, amount in ((0, 0.04), (3, 0.06)):
        bills[ROSTER.owners[ROSTER.sites[0].offer_owner[offer]]] += amount / 0.1 * 7.32
    assert found.lost[0][0] == pytest.approx([bills["north"], bills["south"], 0.0])
    ledger = Ledger(("buyer:firms", "outside", "buyer:tied", "buyer:free", "staff", "parents", "investors"), 2)
    for payment in found.payments(MARKET):
        ledger.pay(*payment)
    assert ledger.by_kind["pay that is owed"][0] == pytest.approx(0.0, abs=1e-9)  # the clouds' bills were enough


def test_a_house_pays_what_its_lab_is_short_of() -> None:
    house: Any = SimpleNamespace(own_fleet=np.array([[0.0, 0.0, 0.3], [0, 0, 0]]), revenue=np.zeros(2))
    labs = replace(sold(), new_revenue=row([0, 0], [0, 0]))
    limit = credit.line(house, labs, small_parameters())  # type: ignore[arg-type]
    assert np.isinf(limit[:, 0]).all() and (limit[:, 1] == 0.0).all()


def test_investors_see_new_revenue_half_a_quarter_at_a_time() -> None:
    """From 100 a quarter to 130 is 120 a year; half of the way from 20."""
    assert credit.seen(np.array([20.0]), np.array([130.0]), np.array([100.0])).tolist() == [70.0]


def test_who_defaults_is_barred_for_a_year() -> None:
    """The tied lab cannot pay; the free one's two quarters become one, and one becomes none."""
    ledger: Any = SimpleNamespace(net_of=lambda parties: row([-500.0, 0.0], [0.0, 0.0]))
    broke = replace(bare(dues()), unpaid=row([7.0, 0.0], [0.0, 0.0]))
    after = broke.paid(sold(), OPENED, ROSTER, ledger)
    assert after.barred.tolist() == [[4.0, 1.0], [0.0, 0.0]] and after.cash[0, 0] == 0.0
