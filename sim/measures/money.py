"""Accounts of the firms that the study asks about, electricity and carbon."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, PerWorld, ratio
from sim.finance import growth_factor
from sim.roster import DATA, table
from sim.state import Given, Quarter, State
from sim.units import MUSD_PER_USD_BN, USD_PER_MUSD, WATTS_PER_KW

UNREPORTED_MUSD = 10_000.0
"""Operating income of AWS that is assumed for a start whose figure the tables do not have."""


def measure(g: Given, after: State, played: Quarter) -> dict[str, Array]:
    """Metrics of a quarter, (worlds,) each; 0 for firms that the roster does not have."""
    done, p, owners = played.statement, played.opened.p, g.roster.owners
    income = _of(done.operating_income, owners, "aws")
    gain = np.maximum(income, 0.0)
    other = after.indices.other_income * growth_factor(p.other_aws_income_growth, after.number - 1)
    return {
        "aws_ai_revenue_musd": _of(done.revenue, owners, "aws"),
        "aws_ai_operating_income_musd": income,
        "aws_ai_share_of_operating_income": np.clip(ratio(gain, gain + other), 0.0, 1.0),
        "aws_ai_capex_musd": _of(done.capex, owners, "aws"),
        "aws_ai_free_cash_flow_musd": _of(done.free_cash_flow, owners, "aws"),
        "capex_musd": done.capex.sum(axis=1),
        "energy_twh": done.energy_mwh / USD_PER_MUSD,
        "carbon_kt": done.energy_mwh * WATTS_PER_KW * p.grid_intensity_kg_per_kwh / USD_PER_MUSD,
        "azure_ai_revenue_musd": _of(done.revenue, owners, "azure"),
        "google_ai_revenue_musd": _of(done.revenue, owners, "google"),
        "nvidia_revenue_musd": _of(done.vendor_revenue, g.roster.families, "nvidia"),
    }


def other_aws_income(g: Given, played: Quarter) -> PerWorld:
    """AWS operating income outside the model in the first quarter: what was reported at the start less the modelled
    part, musd."""
    reported = [
        row
        for row in table(DATA / "series.csv")
        if row["series"] == "aws_operating_income_usd_bn" and row["quarter"] == g.scenario.start
    ]
    level = float(reported[0]["value"]) * MUSD_PER_USD_BN if reported else UNREPORTED_MUSD
    modelled = _of(played.statement.operating_income, g.roster.owners, "aws")
    return np.maximum(level - np.maximum(modelled, 0.0), 0.3 * level)


def _of(amount: Array, names: tuple[str, ...], name: str) -> PerWorld:
    return amount[:, names.index(name)] if name in names else np.zeros(len(amount))
