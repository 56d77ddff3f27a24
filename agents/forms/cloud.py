"""The seven questions of an owner of capacity and two on deals, and what the answers mean for the market."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agents.forms.desk import Desk, first, like, said_of_deals, signed
from agents.forms.questions import NUMBER, Answers, Question, deals
from agents.strategies.cloud_deals import pool_for_labs
from sim.arrays import Array, Mask, ratio
from sim.contract import CloudBriefing, CloudDecision, PublicBriefing

REMAINING_YEARS = 1.0
"""What is left of a typical contract, in years of its bill: an exit fee in % of the remaining contract is this times
the fee."""

QUESTIONS = (
    Question(
        "order",
        "New capacity order",
        "MW",
        NUMBER,
        3,
        ("order_mw",),
        "Site power of new capacity ordered this quarter, all your pools together. It is live about three quarters "
        "later and cannot be cancelled. Within the owner's own chips and the chips it buys, the split over pools is "
        "the default rule's. Power that is free and what can be paid stand on your board; chips beyond your powered "
        "sites stand dark, and sellers take no order that cannot be paid.",
        high=10000.0,
        step=10.0,
        stands=False,
        repeats=True,
    ),
    Question(
        "own_share",
        "Own-chip share of the order",
        "%",
        NUMBER,
        3,
        ("order_mw",),
        "How much of the order's power goes to chips of your own design; the rest buys chips from vendors. Own chips "
        "are cheaper for you, but fewer customers have software that runs on them.",
        high=100.0,
        step=5.0,
        stands=False,
        repeats=True,
    ),
    Question(
        "discount",
        "Own chip's discount to the GPU price",
        "%",
        NUMBER,
        5,
        ("price_usd_per_h100e_hour",),
        "How far your own chip's price for a unit of useful work is below that of your GPUs. Useful work is capacity "
        "times the software maturity that the chip had at the start. GPU prices follow the default rule. Below 0 the "
        "own chip is dearer.",
        low=-40.0,
        high=50.0,
        step=5.0,
    ),
    Question(
        "commitment",
        "Discount of a one-year commitment",
        "%",
        NUMBER,
        5,
        ("commitment_discount",),
        "What a customer saves that commits for a year instead of a quarter. It fills capacity and binds customers, "
        "for less money an hour.",
        high=35.0,
        step=5.0,
    ),
    Question(
        "exit_fee",
        "Exit fee, of the remaining contract",
        "%",
        NUMBER,
        3,
        ("exit_fee_years",),
        "What a workload pays that leaves you, as a share of what is left of its contract (a year of its bill, "
        "typically). It holds customers, and regulators look at it.",
        high=25.0,
        step=1.0,
    ),
    Question(
        "porting_kit",
        "Porting kit and software, own chip",
        "$m a quarter",
        NUMBER,
        7,
        ("porting_kit_musd",),
        "Money for tools and engineers that move customers' software to your own chip: it makes coming to you "
        "cheaper over time.",
        high=500.0,
        step=10.0,
    ),
    Question(
        "edge",
        "Edge and on-premises programme",
        "$m a quarter",
        NUMBER,
        7,
        ("edge_programme_musd",),
        "Money for capacity near the customer: products, partners and installation outside your data centres.",
        high=400.0,
        step=5.0,
    ),
    *deals(
        "labs",
        "It is offered to all labs evenly, of your own chip where you have one. A price between what it costs you and "
        "what it is worth to the lab is found by the market.",
    ),
)


def asked(desk: Desk) -> tuple[Question, ...]:
    """A fleet that serves only its owner orders; a cloud without a chip of its own is not asked about one."""
    skipped = set() if desk.has_own_chip else {"own_share", "discount", "porting_kit"}
    skipped |= set() if desk.has_edge else {"edge"}
    skipped |= set() if desk.rents_out else {"discount", "commitment", "exit_fee", "porting_kit", "deals", "sign"}
    return tuple(question for question in QUESTIONS if question.id not in skipped)


def read(decision: CloudDecision, own: CloudBriefing, market: PublicBriefing, desk: Desk) -> Answers:
    """What a decision says in the words of the form, not rounded."""
    total = decision.order_mw.sum(axis=1)
    return {
        "order": first(total),
        "own_share": 100.0 * first(_own_share(decision.order_mw, own)),
        "discount": 100.0 * first(_discount(decision.price_usd_per_h100e_hour, own, desk)),
        "commitment": 100.0 * first(decision.commitment_discount),
        "exit_fee": 100.0 * first(decision.exit_fee_years) / REMAINING_YEARS,
        "porting_kit": first(decision.porting_kit_musd),
        "edge": first(decision.edge_programme_musd),
        **said_of_deals(decision),
    }


def write(
    answers: Answers, changed: set[str], rule: CloudDecision, own: CloudBriefing, market: PublicBriefing, desk: Desk
) -> CloudDecision:
    """The rule's decision with what was answered differently."""

    def given(name: str, factor: float, otherwise: Array) -> Array:
        return like(otherwise, factor * float(answers[name])) if name in changed else otherwise  # type: ignore[arg-type]

    order, price = rule.order_mw, rule.price_usd_per_h100e_hour
    if changed & {"order", "own_share"}:
        total = given("order", 1.0, order.sum(axis=1))
        share = given("own_share", 0.01, _own_share(order, own))
        order = _spread(total * share, own.own_design, own, rule) + _spread(
            total * (1.0 - share), ~own.own_design, own, rule
        )
    if "discount" in changed:
        now = _discount(price, own, desk)
        cheaper = ratio(1.0 - given("discount", 0.01, now), 1.0 - now)
        price = price * np.where(own.own_design, cheaper[:, None], 1.0)
    return replace(
        _with_deals(answers, changed, rule, own),
        order_mw=order,
        price_usd_per_h100e_hour=price,
        commitment_discount=given("commitment", 0.01, rule.commitment_discount),
        exit_fee_years=given("exit_fee", 0.01 * REMAINING_YEARS, rule.exit_fee_years),
        porting_kit_musd=given("porting_kit", 1.0, rule.porting_kit_musd),
        edge_programme_musd=given("edge", 1.0, rule.edge_programme_musd),
    )


def _with_deals(answers: Answers, changed: set[str], rule: CloudDecision, own: CloudBriefing) -> CloudDecision:
    """The rule's decision with what was answered differently of deals."""
    offers = _offers(float(answers["deals"]), rule, own) if "deals" in changed else {}  # type: ignore[arg-type]
    answer = {"deal_accept": signed(answers, own)} if "sign" in changed else {}
    return replace(rule, **offers, **answer)


def _offers(total: float, rule: CloudDecision, own: CloudBriefing) -> dict[str, Array]:
    """Offers of so much power in all, MW, evenly over labs; none of who lets nothing to labs."""
    pool, labs = pool_for_labs(own), rule.deal_mw.shape[1]
    if pool is None:
        return {}
    each = np.minimum(total / labs, own.deal_power_mw)
    mw = np.repeat(each[:, None], labs, axis=1)
    return {"deal_mw": mw, "deal_family": like(mw, float(own.families[pool]))}


def _own_share(order_mw: Array, own: CloudBriefing) -> Array:
    """Own designs' share of an order (of what is installed where nothing is ordered for the core), (worlds,)."""
    installed = own.installed_h100e * own.mw_per_h100e
    base = np.where((order_mw * ~own.edge).sum(axis=1, keepdims=True) > 0.0, order_mw, installed)
    return ratio((base * own.own_design).sum(axis=1), base.sum(axis=1))


def _spread(mw: Array, group: Mask, own: CloudBriefing, rule: CloudDecision) -> Array:
    """Power over a group's pools as the rule splits it where it orders for the core, else as capacity stands, else over
    its core: (worlds, own pools)."""
    if not group.any():
        return np.zeros_like(rule.order_mw)
    by_rule, by_stock = rule.order_mw * group, own.installed_h100e * group
    evenly = np.broadcast_to((group & ~own.edge).astype(float) + 1e-12 * group, by_rule.shape)
    ordered, stands = (one.sum(axis=1, keepdims=True) > 0.0 for one in (by_rule * ~own.edge, by_stock))
    weight = np.where(ordered, by_rule, np.where(stands, by_stock, evenly))
    return mw[:, None] * ratio(weight, weight.sum(axis=1, keepdims=True))


def _discount(price: Array, own: CloudBriefing, desk: Desk) -> Array:
    """1 - own chip's price over the GPU's, both for useful work, at the core: (worlds,); 0 where there is no such
    pair."""
    core = ~own.edge
    mine, other = np.flatnonzero(core & own.own_design), np.flatnonzero(core & ~own.own_design)
    if not (mine.size and other.size):
        return np.zeros(len(price))
    work = price / desk.maturity[own.families]
    return np.where(work[:, other[0]] > 0.0, 1.0 - ratio(work[:, mine[0]], work[:, other[0]]), 0.0)
