"""Metrics of the labs' product market: money, prices, shares, and who is ahead."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, ratio
from sim.labs.product import LabMarket
from sim.labs.state import LabState


def measure(market: LabMarket, s: LabState) -> dict[str, Array]:
    """Metrics of the quarter that has been settled, (worlds,) each."""
    labs = market.roster.labs
    assert s.sale is not None and s.statement is not None
    tokens, done = s.sale.sold.sum(axis=2), s.statement
    total = tokens.sum(axis=1)
    at_start = (tokens * market.start.price).sum(axis=1)
    level = market.capability(s)
    active = market.start.tokens > 0.0
    values = {
        "labs_revenue_musd": done.revenue.sum(axis=1),
        "labs_free_cash_flow_musd": done.free_cash_flow.sum(axis=1),
        "labs_funding_musd": done.funding.sum(axis=1),
        "labs_in_default": (s.barred > 0.0).sum(axis=1).astype(float),
        "labs_unpaid_musd": done.unpaid.sum(axis=1),
        "lab_cash_min_musd": np.where(active, done.cash, np.inf).min(axis=1),
        "lab_runway_min_quarters": np.where(active, done.runway, np.inf).min(axis=1),
        "token_price_index": ratio((tokens * s.price).sum(axis=1), at_start),
        "token_outside_share": ratio(s.sale.outside.sum(axis=1), s.sale.outside.sum(axis=1) + total),
        "tokens_unserved_share": ratio(np.maximum(s.sale.asked - tokens, 0.0).sum(axis=1), s.sale.asked.sum(axis=1)),
    }
    for lab in ("openai", "anthropic"):
        k = labs.index(lab) if lab in labs else -1
        none = np.zeros_like(total)
        values[f"token_share_{lab}"] = none if k < 0 else ratio(tokens[:, k], total)
        values[f"capability_lead_{lab}"] = none if k < 0 else level[:, k] - np.delete(level, k, axis=1).max(axis=1)
    return values


def party_rows(market: LabMarket, s: LabState) -> dict[str, dict[str, Array]]:
    """What a quarter was to each lab: columns of the table of parties, (worlds,) each."""
    level = market.capability(s)
    assert s.sale is not None and s.statement is not None
    done, tokens = s.statement, s.sale.sold.sum(axis=2)
    share = ratio(tokens, tokens.sum(axis=1, keepdims=True))
    columns = {
        "revenue_musd": done.revenue,
        "operating_income_musd": done.serving_income,
        "free_cash_flow_musd": done.free_cash_flow,
        "cash_musd": done.cash,
        "funding_musd": done.funding,
        "runway_quarters": done.runway,
        "token_share": share,
        "capability": level,
    }
    return {lab: {name: amount[:, k] for name, amount in columns.items()} for k, lab in enumerate(market.roster.labs)}
