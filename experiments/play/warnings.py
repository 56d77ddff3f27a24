"""What a decision would bring that a seat may not want, in words and before it is taken: chips without power, orders
beyond the purse, cash that runs out, stock that nobody ordered."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from agents.forms.lab import H100E_PER_MW
from experiments.text import short
from sim.arrays import Array, ratio
from sim.contract import (
    CloudBriefing,
    CloudDecision,
    LabBriefing,
    LabDecision,
    VendorBriefing,
    VendorDecision,
)
from sim.quarters import label, ordinal

LEAD = 3
"""Quarters from an order to live capacity, as briefings look ahead."""
SHORT_RUNWAY = 4.0
"""Quarters of cash below which a lab is told."""
FULL_STORE = 1.25
"""Booked output over orders from which a designer is told."""
FARTHEST = 12
"""Quarters beyond which no date is given."""


def warnings(role: str, own: Any, quarter: str, decision: Any) -> list[str]:
    """A sentence for each thing that a person should know before playing a decision. quarter: the one that is decided,
    such as 2026Q1."""
    makers: Mapping[str, Callable[[Any, int, Any], list[str]]] = {"cloud": _cloud, "vendor": _vendor, "lab": _lab}
    return makers[role](own, ordinal(quarter), decision) if role in makers else []


def _of(array: Array) -> float:
    return float(array[0])


# --- clouds -----------------------------------------------------------------------------------------------------------


def _cloud(own: CloudBriefing, quarter: int, decided: CloudDecision) -> list[str]:
    core = ~own.edge
    ordered = float(decided.order_mw[0][core].sum())
    musd = ratio(decided.order_mw, own.mw_per_h100e) * own.capex_musd_per_h100e
    cost = float(musd[0][core].sum())
    taken = min(1.0, _of(own.payable_musd) / cost) if cost > 0.0 else 1.0
    return [*_money(own, ordered, cost, taken), *_power(own, quarter, ordered * taken)]


def _money(own: CloudBriefing, ordered: float, cost: float, taken: float) -> list[str]:
    most, planned, cash = (_of(one) for one in (own.payable_musd, own.budget_musd, own.cash_musd))
    if taken < 1.0 - 1e-6:
        return [
            f"Your order costs {short(cost)} and you can pay for {short(most)} by the time it falls due: sellers take "
            f"{ordered * taken:,.0f} MW of {ordered:,.0f} MW."
        ]
    if cost > planned * 1.02 and cost > 100.0:
        lenders = " The rest of the firm and lenders pay what your cash does not." if cost > cash else ""
        return [
            f"Your order costs {short(cost)}, {short(cost - planned)} more than the {short(planned)} planned for the "
            f"quarter. It can be paid ({short(most)} at most), out of {short(cash)} of cash and what comes in.{lenders}"
        ]
    return []


def _power(own: CloudBriefing, quarter: int, ordered: float) -> list[str]:
    over = ordered - _of(own.room_mw)
    if over < 1.0:
        return []
    return [
        f"Your order is {over:,.0f} MW more than you have power for: those chips stand dark "
        f"{_until(own, quarter, over)}."
    ]


def _until(own: CloudBriefing, quarter: int, over: float) -> str:
    """From what has power now and what will have when an order arrives: the date at which power has caught up."""
    core = ~own.edge
    per = own.mw_per_h100e[0]
    powered = float((own.powered_h100e[0] * per)[core].sum())
    ahead = float(((own.installed_h100e[0] + own.line_h100e[0]) * per)[core].sum()) + _of(own.room_mw)
    pace = (ahead - powered) / LEAD
    if pace <= 1.0 or over / pace > FARTHEST:
        return "for years, as far as can be seen, unless old chips make room"
    caught_up = label(quarter + LEAD + math.ceil(over / pace))
    return f"until about {caught_up} (power came to {pace:,.0f} MW a quarter by what is planned)"


# --- vendors ----------------------------------------------------------------------------------------------------------


def _vendor(own: VendorBriefing, quarter: int, decided: VendorDecision) -> list[str]:
    lead = _of(own.lead_quarters)
    made = float((decided.booking_wafers * own.h100e_per_wafer_at_arrival)[0].sum())
    growth = float(own.order_growth[0].mean())
    due = float(own.order_flow_h100e[0].sum()) * (1.0 + growth) ** lead
    waiting = float((own.backlog_h100e - own.inventory_h100e)[0].sum())
    arrives = label(quarter + round(lead))
    said = []
    if made > FULL_STORE * (due + max(waiting, 0.0) / 4.0) and made > 1e3:
        said.append(
            f"What you book makes {made / 1e3:,.0f} k H100e in {arrives}. Orders by then come to about "
            f"{due / 1e3:,.0f} k a quarter, as they grow now: the rest goes into stock and is paid for all the same."
        )
    if due > 0.0 and made < 0.6 * due:
        said.append(
            f"What you book makes {made / 1e3:,.0f} k H100e in {arrives}. Orders by then come to about "
            f"{due / 1e3:,.0f} k a quarter, as they grow now: customers wait, or go elsewhere."
        )
    if (price := _of(decided.chip_price_usd_per_h100e)) < (cost := _of(own.unit_cost_usd_per_h100e)):
        said.append(
            f"A price of ${price:,.0f} is below the ${cost:,.0f} that a chip costs you: every chip loses money."
        )
    return said


# --- labs -------------------------------------------------------------------------------------------------------------


def _lab(own: LabBriefing, quarter: int, decided: LabDecision) -> list[str]:
    used, bill = _of(own.used_h100e), _of(own.bill_musd)
    if own.last is None or used <= 0.0 or bill <= 0.0:
        return []
    more = bill / used * (_of(decided.wanted_h100e) - used)
    burn, cash = _of(own.burn_musd) + max(more, 0.0), _of(own.cash_musd) + _of(own.funding_year_musd)
    lasts = cash / burn if burn > 0.0 else math.inf
    said = []
    if lasts < SHORT_RUNWAY:
        end = label(quarter + max(math.floor(lasts), 0))
        said.append(
            f"At the bill that this asks for, your cash and a year of funding, {short(cash)}, last until {end}. A lab "
            "that cannot pay loses its contracts, and no cloud signs with it."
        )
    waits = _of(own.waiting_h100e)
    if waits > 0.1 * used and more > 0.0:
        said.append(f"{waits / H100E_PER_MW:,.0f} MW that you asked for last quarter still wait for capacity.")
    return said
