"""The private board of a seat: the figures of its own briefing that a person decides by, as (label, text)."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.forms.lab import H100E_PER_MW, SUPPLIER_NAMES
from agents.forms.regulator import BARS
from experiments.text import short
from sim.arrays import Array, ratio
from sim.contract import STEPS, THEORIES, CloudBriefing, LabBriefing, RegulatorBriefing, VendorBriefing
from sim.enforcement.cases import CHARGED, IDLE, INVESTIGATION, REFUSALS, SCREENING, STAGES
from sim.quarters import label, ordinal
from sim.remedies import REMEDIES

Figures = list[tuple[str, str]]


def figures(role: str, own: Any, last: Any | None, quarter: str = "") -> Figures:
    """Of the first world: a person plays one. quarter: the one that is decided, such as 2026Q1, where dates are to be
    told by name."""
    makers: dict[str, Any] = {"vendor": _vendor, "lab": _lab, "regulator": _regulator}
    found: Figures = _cloud(own, quarter) if role == "cloud" else makers[role](own)
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


def _cloud(own: CloudBriefing, quarter: str) -> Figures:
    installed = own.installed_h100e[0]
    total, core = max(float(installed.sum()), 1e-9), ~own.edge
    margin = ratio(own.price_usd_per_h100e_hour[0], own.long_run_cost_usd[0])
    rented = core & (own.price_usd_per_h100e_hour[0] > 0.0)
    over = f"{float(margin[rented].mean()):.2f}" if rented.any() else "-"  # an own fleet posts no price
    share = float(own.market_share[0][core].sum())
    designed = _share(float(installed[own.own_design].sum()) / total)
    return [
        ("Cash", _bn(own.cash_musd)),
        ("Revenue", _played(own, _bn(own.revenue_musd))),
        ("Free cash flow", _played(own, _bn(own.free_cash_flow_musd))),
        ("In use or booked", _share(booked(own))),
        ("Share of renting", _played(own, _share(share))),
        ("Price over cost", over),
        ("Power free in 3 q", f"{float(own.room_mw[0]):,.0f} MW"),
        ("Planned to spend", _bn(own.budget_musd)),
        ("Can be paid", _bn(own.payable_musd) if np.isfinite(own.payable_musd[0]) else "-"),
        ("Installed:", f"{_k(own.installed_h100e)} H100e ({designed} own chips), with power {_k(own.powered_h100e)}"),
        ("On order:", _on_order(own, quarter)),
    ]


def _k(capacity: Array) -> str:
    """Capacity of all pools of the first world in thousands of H100e."""
    return f"{float(capacity[0].sum()) / 1e3:,.0f} k"


def _on_order(own: CloudBriefing, quarter: str) -> str:
    """What is on order, and when it is installed: what has been made next quarter, the rest as the foundry makes it."""
    line, waits = own.line_h100e, np.maximum(own.line_h100e - own.arriving_h100e, 0.0)
    whole, rest = (float((one * own.mw_per_h100e)[0].sum()) for one in (line, waits))
    if whole < 0.5:
        return "nothing"
    next_one, last_one = (_date(quarter, ahead) for ahead in (1, round(float(own.lead_quarters[0])) + 1))
    later = f", {rest:,.0f} by about {last_one}" if rest >= 0.5 else ""
    return f"{whole:,.0f} MW: {whole - rest:,.0f} land in {next_one}{later}"


def _date(quarter: str, ahead: int) -> str:
    """A quarter ahead by its name, or counted where the present one has none."""
    if quarter:
        return label(ordinal(quarter) + ahead)
    return "the next quarter" if ahead == 1 else f"{ahead} quarters from now"


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
        proof = f"{float(own.evidence_over_proof[0, k]):.0%} held" + (f" + {', '.join(extras)}" if extras else "")
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


FOLLOWS = {IDLE: STEPS[2], SCREENING: STEPS[2], INVESTIGATION: STEPS[3], CHARGED: STEPS[4]}
"""The step that proof is gathered for, by the stage of a case."""


def _next(own: RegulatorBriefing, theory: int) -> str:
    """The next step of a case with the part of the proof that it needs, and whether it can be taken now."""
    step = FOLLOWS.get(int(own.stage[0, theory]))
    if step is None:
        return "wait"
    code = int(own.not_possible[0, theory, STEPS.index(step)])
    return f"{step} at {BARS[step]:.0%}: {'possible' if not code else LAST_STEP[code]}"
