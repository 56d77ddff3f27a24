"""The seven questions of a chip designer, and what the answers mean for the market."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agents.forms.desk import Desk, first, like
from agents.forms.questions import CHOICE, NUMBER, Answers, Question
from sim.arrays import Array, ratio
from sim.contract import PublicBriefing, VendorBriefing, VendorDecision

PRO_RATA, STRATEGIC, REBATE = "pro-rata", "strategic", "rebate-linked"
OPENNESS = {"closed": 0.0, "neutral": 0.5, "open": 1.0}
REBATE_SHARE = 0.10
"""Share of the chip price that rebate-linked allocation hands back to buyers that buy only here. Judgement."""

QUESTIONS = (
    Question(
        "price",
        "Price change",
        "%",
        NUMBER,
        3,
        ("chip_price_usd_per_h100e",),
        "Change of your list price for new chips against the price now posted (an arm of a cloud: of its transfer "
        "price). Deliveries of the coming quarter are billed at it. Chips get better: a price per unit of capacity "
        "that stands still gets dearer in time.",
        low=-20.0,
        high=15.0,
        stands=False,
    ),
    Question(
        "booking",
        "Foundry booking, change",
        "%",
        NUMBER,
        3,
        ("booking_wafers",),
        "Foundry, packaging and memory booked for about three quarters from now, against your last booking. It is "
        "take-or-pay: too little and customers wait or go elsewhere, too much and you sit on stock.",
        low=-50.0,
        high=60.0,
        step=5.0,
        stands=False,
    ),
    Question(
        "allocation",
        "Who is served first when short",
        "",
        CHOICE,
        3,
        ("strategic_allocation", "loyalty_rebate"),
        "pro-rata: everybody the same part of the order. strategic: the largest buyers first. rebate-linked: money "
        "back and priority for those who buy mostly from you; it moves volume now, and it is what regulators look "
        "for.",
        options=(PRO_RATA, STRATEGIC, REBATE),
    ),
    Question(
        "research",
        "Research on the next chip",
        "%",
        NUMBER,
        5,
        ("research_share",),
        "Part of research that goes to the next generation; the rest goes to the software that makes today's chips "
        "useful.",
        low=20.0,
        high=80.0,
        step=5.0,
    ),
    Question(
        "openness",
        "Openness of the software",
        "",
        CHOICE,
        5,
        ("openness",),
        "closed: leaving you is hard and so is coming. open: both are easier.",
        options=tuple(OPENNESS),
    ),
    Question(
        "edge_share",
        "Edge products' share of the booking",
        "%",
        NUMBER,
        7,
        ("booking_wafers",),
        "Part of the booked wafers that become chips for the edge and for customers' own sites.",
        high=100.0,
        step=5.0,
        stands=False,
        repeats=True,
    ),
    Question(
        "guarantee",
        "Price guarantee, largest customer",
        "MW a quarter",
        NUMBER,
        7,
        ("price_guarantee_mw",),
        "Deliveries to your largest customer that will not cost more than today, as long as the guarantee stands. 0: "
        "none.",
        high=300.0,
        step=10.0,
    ),
)


def asked(desk: Desk) -> tuple[Question, ...]:
    """An arm of a cloud has one customer: nobody to favour and no anchor to win."""
    skipped = set() if desk.has_edge else {"edge_share"}
    skipped |= {"allocation", "guarantee"} if desk.own_design else set()
    return tuple(question for question in QUESTIONS if question.id not in skipped)


def read(decision: VendorDecision, own: VendorBriefing, market: PublicBriefing, desk: Desk) -> Answers:
    """What a decision says in the words of the form, not rounded."""
    openness, booked = first(decision.openness), decision.booking_wafers.sum(axis=1)
    favoured = STRATEGIC if first(decision.strategic_allocation) >= 0.5 else PRO_RATA
    return {
        "price": 100.0 * (first(ratio(decision.chip_price_usd_per_h100e, own.chip_price_usd_per_h100e)) - 1.0),
        "booking": 100.0 * (first(ratio(booked, _current(own))) - 1.0),
        "allocation": REBATE if first(decision.loyalty_rebate) > 0.0 else favoured,
        "research": 100.0 * first(decision.research_share),
        "openness": min(OPENNESS, key=lambda name: abs(OPENNESS[name] - openness)),
        "edge_share": 100.0 * first(_edge_share(decision, own)),
        "guarantee": first(decision.price_guarantee_mw),
    }


def write(
    answers: Answers, changed: set[str], rule: VendorDecision, own: VendorBriefing, market: PublicBriefing, desk: Desk
) -> VendorDecision:
    """The rule's decision with what was answered differently."""

    def given(name: str, factor: float, otherwise: Array) -> Array:
        return like(otherwise, factor * float(answers[name])) if name in changed else otherwise  # type: ignore[arg-type]

    price, booking, openness = rule.chip_price_usd_per_h100e, rule.booking_wafers, rule.openness
    if "price" in changed:
        price = own.chip_price_usd_per_h100e * (1.0 + given("price", 0.01, price))
    if changed & {"booking", "edge_share"}:
        total = booking.sum(axis=1)
        if "booking" in changed:
            total = _current(own) * (1.0 + given("booking", 0.01, total))
        edge = given("edge_share", 0.01, _edge_share(rule, own))
        booking = np.stack([total * (1.0 - edge), total * edge], axis=1)
    if "openness" in changed:
        openness = like(openness, OPENNESS[str(answers["openness"])])
    return replace(
        rule,
        chip_price_usd_per_h100e=price,
        booking_wafers=booking,
        **(_allocation(str(answers["allocation"]), rule) if "allocation" in changed else {}),
        openness=openness,
        research_share=given("research", 0.01, rule.research_share),
        price_guarantee_mw=given("guarantee", 1.0, rule.price_guarantee_mw),
    )


def _allocation(answer: str, rule: VendorDecision) -> dict[str, Array]:
    """What an answer about who is served first means."""
    return {
        "strategic_allocation": like(rule.strategic_allocation, float(answer == STRATEGIC)),
        "loyalty_rebate": like(rule.loyalty_rebate, REBATE_SHARE if answer == REBATE else 0.0),
    }


def _current(own: VendorBriefing) -> Array:
    """Wafers that count as the current booking: the last one, or what the orders call for where nothing was booked.
    (worlds,)"""
    last, called_for = (
        own.last_booking_wafers.sum(axis=1),
        ratio(own.order_flow_h100e, own.h100e_per_wafer_at_arrival).sum(axis=1),
    )
    return np.where(last > 0.0, last, called_for)


def _edge_share(decision: VendorDecision, own: VendorBriefing) -> Array:
    """Edge's part of the booking, or of the last one where nothing is booked: (worlds,)."""
    now, last = decision.booking_wafers, own.last_booking_wafers
    base = np.where(now.sum(axis=1, keepdims=True) > 0.0, now, last)
    return ratio(base[:, 1], base.sum(axis=1))
