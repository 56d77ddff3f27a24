"""The private board of a seat: the figures of its own briefing that a person decides by, as (label, text)."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.forms.lab import H100E_PER_MW, SUPPLIER_NAMES
from experiments.text import short
from sim.arrays import Array, ratio
from sim.contract import STEPS, THEORIES, CloudBriefing, LabBriefing, RegulatorBriefing, VendorBriefing
from sim.enforcement.cases import REFUSALS, STAGES
from sim.remedies import REMEDIES

Figures = list[tuple[str, str]]


def figures(role: str, own: Any, last: Any | None) -> Figures:
    """Of the first world: a person plays one."""
    makers: dict[str, Any] = {"cloud": _cloud, "vendor": _vendor, "lab": _lab, "regulator": _regulator}
    found: Figures = makers[role](own)
    return found


def _bn(array: Any) -> str:
    return short(float(array[0]))


def _played(own: Any, text: str) -> str:
    """Figures of last quarter's accounts, which the first quarter does not have."""
    return "-" if own.last is None else text


def _share(value: float) -> str:
    return f"{value:.0%}"


def booked(own: CloudBriefing) -> float:
    """Part of a cloud's capacity that is rented, committed or in its own use."""
    installed = own.installed_h100e[0]
    return float((own.booked_share[0] * installed).sum()) / max(float(installed.sum()), 1e-9)


def _cloud(own: CloudBriefing) -> Figures:
    installed = own.installed_h100e[0]
    total, core = max(float(installed.sum()), 1e-9), ~own.edge
    margin = ratio(own.price_usd_per_h100e_hour[0], own.long_run_cost_usd[0])
    rented = core & (own.price_usd_per_h100e_hour[0] > 0.0)
    over = f"{float(margin[rented].mean()):.2f}" if rented.any() else "-"  # an own fleet posts no price
    share = float(own.market_share[0][core].sum())
    return [
        ("Cash", _bn(own.cash_musd)),
        ("Revenue", _played(own, _bn(own.revenue_musd))),
        ("Operating income", _played(own, _bn(own.operating_income_musd))),
        ("Free cash flow", _played(own, _bn(own.free_cash_flow_musd))),
        ("In use or booked", _share(booked(own))),
        ("Share of renting", _played(own, _share(share))),
        (
            "Contracts ending",
            _share(float(own.expiring_h100e[0].sum()) / max(float(own.committed_h100e[0].sum()), 1e-9)),
        ),
        ("Price over cost", over),
        ("Own chips' share", _share(float(installed[own.own_design].sum()) / total)),
        ("On order", f"{float((own.line_h100e * own.mw_per_h100e)[0].sum()):,.0f} MW"),
        ("Power free in 3 q", f"{float(own.room_mw[0]):,.0f} MW"),
        ("Budget a quarter", _bn(own.budget_musd)),
    ]


def _vendor(own: VendorBriefing) -> Figures:
    price, cost = float(own.chip_price_usd_per_h100e[0]), float(own.unit_cost_usd_per_h100e[0])
    thousands = {
        name: max(float(getattr(own, f"{name}_h100e")[0].sum()), 0.0) / 1e3
        for name in ("order_flow", "backlog", "inventory")
    }
    return [
        ("Cash made so far", _bn(own.cash_musd)),
        ("Revenue", _played(own, _bn(own.revenue_musd))),
        ("Orders a quarter", f"{thousands['order_flow']:,.0f} k"),
        ("Price now", f"${price:,.0f}"),
        ("Unit cost", f"${cost:,.0f}"),
        ("Orders waiting", f"{thousands['backlog']:,.0f} k"),
        ("Gross margin", _share(1.0 - cost / price)),
        ("Booked last", f"{float(own.last_booking_wafers[0].sum()):,.0f} wafers"),
        ("Chips in stock", f"{thousands['inventory']:,.0f} k"),
        ("Lead time", f"{float(own.lead_quarters[0]):.0f} q"),
        ("H100e a wafer", f"{float(own.h100e_per_wafer_at_arrival[0, 0]):.0f}"),
        ("Orders grow", _share(float(own.order_growth[0, 0]))),
    ]


CAPACITIES_OF_LABS = (
    ("Compute in use", "used"),
    ("Serving needs", "inference"),
    ("Waiting", "waiting"),
    ("Committed", "committed"),
    ("Ending next q", "expiring"),
)
"""Names on the board, and in a briefing."""


def _mw(capacity: Array) -> str:
    """Capacity in H100e, (worlds,), as power of the first world."""
    return f"{float(capacity[0]) / H100E_PER_MW:,.0f} MW"


def _lab(own: LabBriefing) -> Figures:
    mix = [
        (f"Of it {name}", _share(float(part))) for name, part in zip(SUPPLIER_NAMES, own.supplier_mix[0], strict=True)
    ]
    price = own.token_price_usd_per_mtoken if own.last is None else own.last.token_price_usd_per_mtoken
    runway, tie = float(own.runway_quarters[0]), float(own.tie_quarters_left[0])
    return [
        ("Cash", _bn(own.cash_musd)),
        ("Revenue", _played(own, _bn(own.revenue_musd))),
        ("Burn", _played(own, _bn(own.burn_musd))),
        ("Runway", "over 40 q" if runway >= 40.0 else f"{runway:.0f} q"),
        ("Funding to come", _bn(own.funding_left_musd)),
        ("Compute bill", _played(own, _bn(own.bill_musd))),
        ("Share of tokens", _share(float(own.token_share[0]))),
        ("Model's rank", f"{float(own.model_rank[0]):.0f}"),
        ("Token price, 1M", f"${float(price[0]):.2f}"),
        *((title, _mw(getattr(own, f"{name}_h100e"))) for title, name in CAPACITIES_OF_LABS),
        ("Investor's tie", f"{tie:.0f} q" if tie > 0.0 else "none"),
        *mix,
        ("Chips ported to", f"{int(np.count_nonzero(own.ports[0] >= 1.0))} of {own.ports.shape[1]}"),
    ]


LAST_STEP = ("taken", "not possible", "too early", "lacks proof", "no power")
"""REFUSALS of sim.enforcement.cases, in two words."""
assert len(LAST_STEP) == len(REFUSALS)


def _regulator(own: RegulatorBriefing) -> Figures:
    """A line a theory of harm: where its case stands, how far the proof is, what the next step lacks."""
    step = "none" if own.last is None or own.last.step[0] == 0.0 else LAST_STEP[int(own.refused[0])]
    hhi = f"{float(own.hhi_cloud[0]):,.0f} among clouds, {float(own.hhi_silicon[0]):,.0f} among chips"
    found: Figures = []
    for k, theory in enumerate(THEORIES):
        stage, quarters = int(own.stage[0, k]), int(own.stage_quarters[0, k])
        since = f", {quarters} q" if stage else ""
        extras = [
            word
            for word, seen in (("complaint", own.complaint), ("offer", own.commitments_offered))
            if seen[0, k] > 0.0
        ]
        proof = f"{float(own.evidence_over_proof[0, k]):.0%}" + (f" + {', '.join(extras)}" if extras else "")
        found += [(theory.capitalize(), STAGES[stage] + since), ("proof", proof), ("next", _next(own, k))]
    dated = [
        f"{remedy.replace('_', ' ')} {strength:.0%}"
        for remedy, strength in zip(REMEDIES, own.scheduled_strength[0], strict=True)
        if strength > 0.005
    ]
    known = [
        ("HHI of compute in use:", hhi),
        ("Your last step:", step),
        ("Dated by law:", "; ".join(dated) or "nothing"),
    ]
    return [*found, *known]


def _next(own: RegulatorBriefing, theory: int) -> str:
    """The farthest step that is possible now, or what the nearest one lacks."""
    codes = own.not_possible[0, theory]
    possible = [step for step in range(1, len(STEPS)) if codes[step] == 0.0]
    if possible:
        return STEPS[possible[-1]].replace("information-order", "order info")
    lacking = [int(codes[step]) for step in range(1, len(STEPS)) if codes[step] > 1.0]
    return LAST_STEP[lacking[0]] if lacking else "wait"
