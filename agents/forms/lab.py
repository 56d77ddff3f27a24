"""The seven questions of an AI lab and two on deals, and what the answers mean for the market."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agents.forms.desk import Desk, first, like, said_of_deals, signed
from agents.forms.questions import CHOICE, NUMBER, SHARES, Answers, Question, deals
from agents.strategies import lab_deals
from sim.arrays import Array
from sim.contract import LabBriefing, LabDecision, PublicBriefing

H100E_PER_MW = 1000.0
"""Capacity of a megawatt of site power, rounded: 850 W of IT for an H100e at the end of 2025, times cooling and
losses."""
TERMS = ("4", "8", "12", "20")
SUPPLIER_NAMES = ("AWS chip", "GPU", "TPU", "other")
SMALLEST_SHARE = 0.01
"""Shares below are taken as this in log odds: a lean towards somebody new stays finite."""
NONE_OF_IT = -6.0

QUESTIONS = (
    Question(
        "capacity",
        "Compute to add to what you use",
        "MW",
        NUMBER,
        3,
        ("wanted_h100e",),
        "Rented capacity that you want beyond what you used last quarter, in megawatts of site power (a thousand "
        "H100e each). Contracts that end are renewed as part of it. What the market cannot serve waits. Below 0 you "
        "let contracts run out.",
        low=-1000.0,
        high=2000.0,
        step=10.0,
        stands=False,
    ),
    Question(
        "mix",
        "Suppliers of new bookings",
        "%",
        SHARES,
        3,
        ("supplier_preference",),
        "Where new bookings should come from: AWS's own chip, GPUs of any cloud, TPU, and everything else (managed "
        "service too). You lean that way relative to the mix you have; price, fit and capacity still decide what you "
        "get.",
        options=SUPPLIER_NAMES,
        step=5.0,
        total=100.0,
    ),
    Question(
        "term",
        "Length of new contracts",
        "quarters",
        CHOICE,
        3,
        ("term_quarters",),
        "Long contracts are cheaper and sure; short ones let you leave when chips get better or demand turns.",
        options=TERMS,
    ),
    Question(
        "portability",
        "Work on a second back end",
        "$m a quarter",
        NUMBER,
        5,
        ("portability_musd",),
        "Engineers that keep your software running on other chips: moving gets cheaper, bargaining easier.",
        high=300.0,
        step=10.0,
    ),
    Question(
        "training",
        "Training's share of compute",
        "%",
        NUMBER,
        7,
        ("training_share",),
        "Compute that trains the next model; the rest serves customers now.",
        low=20.0,
        high=80.0,
        step=5.0,
    ),
    Question(
        "token_price",
        "Token price change",
        "%",
        NUMBER,
        5,
        ("token_price_usd_per_mtoken",),
        "Change of the price of your product, per million tokens, against last quarter's.",
        low=-40.0,
        high=10.0,
        step=1.0,
        stands=False,
    ),
    Question(
        "small_models",
        "Small models' share of research",
        "%",
        NUMBER,
        7,
        ("small_model_share",),
        "Research on models that run at the edge or on customers' own machines.",
        high=50.0,
        step=5.0,
    ),
    *deals(
        "clouds",
        "It goes where the default rule would sign, or by your mix and what stands in the market. The market's choice "
        "model prices it between what it costs the cloud and what it is worth to you.",
    ),
)


def asked(desk: Desk) -> tuple[Question, ...]:
    """Every lab is asked everything."""
    return QUESTIONS


def read(decision: LabDecision, own: LabBriefing, market: PublicBriefing, desk: Desk) -> Answers:
    """What a decision says in the words of the form, not rounded."""
    term = first(decision.term_quarters)
    leaning = np.maximum(own.supplier_mix[0], SMALLEST_SHARE) * np.exp(decision.supplier_preference[0])
    return {
        "capacity": first(decision.wanted_h100e - own.used_h100e) / H100E_PER_MW,
        "mix": tuple(float(part) for part in leaning),
        "term": min(TERMS, key=lambda name: abs(float(name) - term)),
        "portability": first(decision.portability_musd),
        "training": 100.0 * first(decision.training_share),
        "token_price": 100.0 * (first(decision.token_price_usd_per_mtoken / _token_price(own)) - 1.0),
        "small_models": 100.0 * first(decision.small_model_share),
        **said_of_deals(decision),
    }


def write(
    answers: Answers, changed: set[str], rule: LabDecision, own: LabBriefing, market: PublicBriefing, desk: Desk
) -> LabDecision:
    """The rule's decision with what was answered differently."""

    def given(name: str, factor: float, otherwise: Array) -> Array:
        return like(otherwise, factor * float(answers[name])) if name in changed else otherwise  # type: ignore[arg-type]

    wanted, leaning, price = rule.wanted_h100e, rule.supplier_preference, rule.token_price_usd_per_mtoken
    if "capacity" in changed:
        wanted = np.maximum(own.used_h100e + given("capacity", H100E_PER_MW, wanted), 0.0)
    if "mix" in changed:
        leaning = lean(np.asarray(answers["mix"], dtype=np.float64) / 100.0, own.supplier_mix)
    if "token_price" in changed:
        price = _token_price(own) * (1.0 + given("token_price", 0.01, price))
    if "deals" in changed:
        rule = replace(rule, **_offers(given("deals", 1.0, rule.deal_mw.sum(axis=1)), rule, own))
    if "sign" in changed:
        rule = replace(rule, deal_accept=signed(answers, own))
    return replace(
        rule,
        wanted_h100e=wanted,
        supplier_preference=leaning,
        token_price_usd_per_mtoken=price,
        term_quarters=given("term", 1.0, rule.term_quarters),
        portability_musd=given("portability", 1.0, rule.portability_musd),
        training_share=given("training", 0.01, rule.training_share),
        small_model_share=given("small_models", 0.01, rule.small_model_share),
    )


def _offers(total: Array, rule: LabDecision, own: LabBriefing) -> dict[str, Array]:
    """Offers of so much power in all, (worlds,) MW, spread as the rule's, else over the usual places."""
    by_rule = rule.deal_mw.sum(axis=1)
    if (by_rule > 0.0).all():
        mw = np.minimum(rule.deal_mw * (total / by_rule)[:, None], own.deal_power_mw)
        return {"deal_mw": mw}
    mw, family = lab_deals.spread(own, total)
    return lab_deals.placed(own, mw, family, np.rint(own.habits.deal_term_quarters))


def leans(decision: LabDecision) -> bool:
    """Does a decision ask for another mix of suppliers than there is?"""
    return bool(np.any(decision.supplier_preference[0]))


def lean(wanted: Array, mix: Array) -> Array:
    """Log odds by which bookings must lean so that a mix turns into the wanted one: wanted (4,), mix (worlds, 4).

    ln(wanted / mix), with small shares taken as 1 %; as far away as declared where nothing is wanted of what there
    is."""
    odds = np.log(np.maximum(wanted, SMALLEST_SHARE)[None, :] / np.maximum(mix, SMALLEST_SHARE))
    unwanted = (wanted[None, :] <= 0.0) & (mix > SMALLEST_SHARE)
    return np.where(unwanted, NONE_OF_IT, odds)


def _token_price(own: LabBriefing) -> Array:
    return own.token_price_usd_per_mtoken if own.last is None else own.last.token_price_usd_per_mtoken
