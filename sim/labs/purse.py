"""What a lab earns and spends in a quarter, what investors pay in, and for how many quarters its cash lasts.

    cash' = cash + revenue + funding - compute - charges for leaving - porting - second back end - staff (+ other trade)

Funding from an investor cloud comes with its tie: what of the tie lapses or is banned is not paid in either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.accounts.ledger import Ledger
from sim.arrays import Array, ratio
from sim.market.state import SiteOutcome
from sim.parameters import Parameters
from sim.remedies import Rules
from sim.units import HOURS_PER_QUARTER

if TYPE_CHECKING:
    from sim.labs.product import LabMarket

LONGEST_RUNWAY = 40.0
"""Runway that is reported when cash lasts longer, or grows."""


@dataclass(frozen=True)
class LabStatement:
    """A quarter's accounts of the labs, musd, (worlds, labs) each; runway in quarters.

    compute: bills for rented capacity; charges: for leaving a cloud or a commitment; other: whatever else the ledger moved;
    serving_income: revenue less staff and the part of compute that served; burn: what flowed out before funding, 0 if it flowed in."""

    revenue: Array
    compute: Array
    charges: Array
    porting: Array
    back_end: Array
    staff: Array
    other: Array
    funding: Array
    cloud_funding: Array
    free_cash_flow: Array
    serving_income: Array
    cash: Array
    runway: Array


def runway(cash: Array, burn: Array) -> Array:
    """Quarters that cash lasts at this rate, at most LONGEST_RUNWAY; 0 for a lab in debt that burns. Shapes broadcast."""
    lasts = np.clip(ratio(np.maximum(cash, 0.0), burn), 0.0, LONGEST_RUNWAY)
    return np.where(burn > 0.0, lasts, np.where(np.isnan(burn), np.nan, LONGEST_RUNWAY))


def funding_due(market: LabMarket, p: Parameters, rules: Rules, quarter: int) -> tuple[Array, Array]:
    """What investors pay in this quarter, in all and the part of it from investor clouds: (worlds, labs) musd each."""
    start = market.start
    pays = quarter <= p.lab_funding_quarters[:, None]
    pace = np.where(pays, start.funding * p.lab_funding_factor, 0.0)
    from_cloud = np.where(start.partner >= 0, p.investor_funding_share[:, None], 0.0)
    standing = (quarter <= p.investor_tie_quarters) * np.take(rules.tie_factor, start.region, axis=1)
    cloud = pace * from_cloud * standing
    return pace * (1.0 - from_cloud) + cloud, cloud


def funding_left(market: LabMarket, p: Parameters, quarter: int) -> Array:
    """What investors have still promised from this quarter on, (worlds, labs) musd, if no tie is cut."""
    quarters = np.maximum(np.floor(p.lab_funding_quarters) - quarter + 1.0, 0.0)[:, None]
    return market.start.funding * p.lab_funding_factor * quarters


def settle(
    market: LabMarket, ledger: Ledger, p: Parameters, rules: Rules, quarter: int, outcomes: tuple[SiteOutcome, ...], back_end: Array
) -> LabStatement:  # fmt: skip
    """Tokens, staff and funding move through the ledger, which has moved compute, charges and porting; cash follows the ledger."""
    s, roster, core = market.state, market.roster, outcomes[0]
    assert s.sale is not None and s.serving_h100e is not None
    buyer = roster.lab_buyers
    compute, exits, leaving, porting = (
        np.take(flow.sum(axis=1), buyer, axis=1) * HOURS_PER_QUARTER
        for flow in (
            core.bill_musd_per_hour, core.exit_fee_musd_per_hour, core.switching_fee_musd_per_hour, core.porting_musd_per_hour
        )
    )  # fmt: skip
    paid = s.sale.sold * s.price[:, :, None]  # trillions of tokens at USD per million: musd
    staff = p.lab_staff_share[:, None] * compute
    funding, cloud = funding_due(market, p, rules, quarter)
    for k, lab in enumerate(roster.labs):
        for b, party in enumerate(market.buyers.parties):
            ledger.pay(party, f"buyer:{lab}", paid[:, k, b], "tokens")
        ledger.pay(f"buyer:{lab}", "staff", staff[:, k], "staff")
        ledger.pay("parents", f"buyer:{lab}", cloud[:, k], "funding by investor clouds")
        ledger.pay("investors", f"buyer:{lab}", funding[:, k] - cloud[:, k], "funding")
    net = np.stack([ledger.net(f"buyer:{lab}") for lab in roster.labs], axis=1)
    revenue, charges = paid.sum(axis=2), exits + leaving
    flow = net - funding
    other = flow - (revenue - compute - charges - porting - back_end - staff)
    used = np.take(core.used.sum(axis=1) + core.sublet, buyer, axis=1)
    serving = revenue - staff - compute * ratio(s.serving_h100e, used)
    cash = s.cash + net
    return LabStatement(
        revenue=revenue, compute=compute, charges=charges, porting=porting, back_end=back_end, staff=staff, other=other, funding=funding,
        cloud_funding=cloud, free_cash_flow=flow, serving_income=serving, cash=cash, runway=runway(cash, np.maximum(-flow, 0.0)),
    )  # fmt: skip
