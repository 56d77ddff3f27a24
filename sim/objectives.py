"""What each role is there for: one declared objective a role, read from records by bots, par scores and tournaments.

Owners and vendors: discounted free cash flow over the quarters played (eight by default) plus a terminal value.
Capacity that was bought but has not earned yet must count, or nobody would order near the end; so the terminal value is
what the books say plus residual income that fades (Ohlson 1995): B_T + f (4-quarter profit after tax - r B_T), f =
FADE_YEARS.
"""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, PerWorld, power
from sim.errors import unknown
from sim.records import Records
from sim.units import QUARTERS_PER_YEAR

HORIZON = 8
"""Quarters over which a party is judged unless somebody says otherwise."""
REGULATOR_HORIZON = 16
"""The same for regulators, whose cases take 6 to 20 quarters."""
DISCOUNT_RATE = 0.10
"""A year; the middle of the range of `cost_of_capital`. Fixed, so that a score means the same in every world."""
TAX_RATE = 0.18
FADE_YEARS = 3.0
"""Years of today's profit beyond the cost of capital that a buyer of the firm would pay for. Judgement."""


def horizon(role: str) -> int:
    """Quarters over which a role is judged unless somebody says otherwise."""
    return REGULATOR_HORIZON if role == "regulator" else HORIZON


def objective(records: Records, role: str, party: str) -> PerWorld:
    """The declared objective of a party over all quarters of a game, in musd (worlds,). Only differences mean anything.

    InputError for a party without an objective (segments only follow rules)."""
    known = {"cloud": _owner, "vendor": _vendor, "lab": _lab, "regulator": _regulator}
    if role not in known:
        raise unknown("role with an objective", role, known)
    return known[role](records, party)


def discounted(flow: Array, rate: float = DISCOUNT_RATE) -> PerWorld:
    """Present value of a flow at the ends of quarters: (worlds, quarters) -> (worlds,)."""
    quarters = np.arange(1, flow.shape[1] + 1)
    return np.asarray((flow * power(1.0 + rate, -quarters / QUARTERS_PER_YEAR)).sum(axis=1))


def _at_the_end(value: PerWorld, quarters: int) -> PerWorld:
    return np.asarray(value * power(1.0 + DISCOUNT_RATE, -quarters / QUARTERS_PER_YEAR))


def _yearly(flow: Array) -> PerWorld:
    """A year's amount from the last four quarters, or from as many as there are."""
    last = flow[:, -QUARTERS_PER_YEAR:]
    return np.asarray(last.mean(axis=1) * QUARTERS_PER_YEAR)


def _owner(records: Records, party: str) -> PerWorld:
    flow, income, book = (
        records.party("cloud", party, name)
        for name in ("free_cash_flow_musd", "operating_income_musd", "book_value_musd")
    )
    profit = (1.0 - TAX_RATE) * _yearly(income)
    residual = profit - DISCOUNT_RATE * book[:, -QUARTERS_PER_YEAR:].mean(axis=1)
    return discounted(flow) + _at_the_end(book[:, -1] + FADE_YEARS * residual, flow.shape[1])


def _vendor(records: Records, party: str) -> PerWorld:
    flow, income = (records.party("vendor", party, name) for name in ("free_cash_flow_musd", "operating_income_musd"))
    return discounted(flow) + _at_the_end(FADE_YEARS * (1.0 - TAX_RATE) * _yearly(income), flow.shape[1])


RUNWAY_FLOOR_QUARTERS = 4.0
"""A lab must be able to pay its cash drain for so long; each quarter below costs what is missing to the floor."""
RUNWAY_WEIGHT = 0.5
ENTRY_WEIGHT = 0.5
"""What a regulator gives for a market that is open to others, relative to the buyers' bill. Judgement."""


def _lab(records: Records, party: str) -> PerWorld:
    """As a firm without books, whose training is an investment: a terminal value on what serving customers earns, and a
    cost for every quarter in which cash is below the runway floor."""
    flow, serving, cash = (
        records.party("lab", party, name) for name in ("free_cash_flow_musd", "operating_income_musd", "cash_musd")
    )
    drain = np.maximum(-flow, 0.0)
    missing = np.maximum(RUNWAY_FLOOR_QUARTERS * drain - cash, 0.0)
    end = _at_the_end(FADE_YEARS * (1.0 - TAX_RATE) * _yearly(serving), flow.shape[1])
    return discounted(flow - RUNWAY_WEIGHT * missing) + end


def _regulator(records: Records, party: str) -> PerWorld:
    """Buyer surplus and an open market in its region, less the cost of errors and of acting without evidence."""
    surplus, entry, errors, legitimacy = (
        records.party("regulator", party, name)
        for name in ("buyer_surplus_musd", "entry_value_musd", "error_cost_musd", "legitimacy_cost_musd")
    )
    return discounted(surplus + ENTRY_WEIGHT * entry - errors - legitimacy)
