"""Deliveries counted as they came, software stacks and what chips cost, cases of regulators, and what clearing took."""

from __future__ import annotations

from collections.abc import Callable

from sim.enforcement.cases import STAGES
from tests.sim.measures.by_hand.world import HOURS, World, ratio


def delivered(family: str = "", owner: str = "") -> Callable[[World], float]:
    """Conservation: what stood at the start and has arrived since, a quarter after it was made; core, H100e."""

    def worked(w: World) -> float:
        found, start = 0.0, w.path[0].before.supply
        for number, pool in enumerate(w.pools):
            if not pool.edge and family in ("", pool.family) and owner in ("", pool.owner):
                found += sum(start.fleet.h100e[w.r, number].tolist()) + float(start.arriving[w.r, number])
                found += sum(float(then.played.opened.made.delivered[w.r, number]) for then in w.path[:-1])
        return found

    return worked


def ecosystem(w: World) -> float:
    """Last quarter's, aged, with kits and software work, and this quarter's use (in part at the edge)."""
    family, p = w.roster.families.index("trainium"), w.p
    usual = float(w.roster.tables["families"][family]["research_share"])
    shift = float(w.played.decisions.by_party["trainium"].research_share[w.r]) - usual
    kits = sum(
        float(w.played.decisions.by_party[owner].porting_kit_musd[w.r]) * p("porting_kit_effect")
        for owner, own in zip(w.roster.owners, w.roster.own_family, strict=True)
        if own == family
    )
    at_edge = p("edge_ecosystem_spillover")
    use = sum(pool.used * (at_edge if pool.edge else 1.0) for pool in w.pools if pool.family == "trainium")
    before = float(w.before.learning.ecosystem[w.r, family])
    return before * (1.0 - p("ecosystem_decay") + kits - p("software_effect") * shift) + use / 1e6


def unit_cost(w: World, family: str) -> float:
    """What a vendor paid the foundry over the H100e that it got, USD."""
    k, made = w.roster.families.index(family), w.played.opened.made.output[w.r].tolist()
    return 1e6 * w.spent(f"vendor:{family}", "wafers") / (made[k] + made[k + len(w.roster.families)])


def all_in(w: World, owner: str, family: str) -> float:
    """What an H100e-hour of an owner's new core capacity costs, used as its owner plans to: payments for a system that
    fall from quarter to quarter and are worth its price now, level ones for its site, and what running it takes;
    USD."""
    p, made, k = w.p, w.played.opened.made.production, w.roster.families.index(family)
    (pool,) = [n for n, one in enumerate(w.pools) if (one.owner, one.family, one.edge) == (owner, family, False)]
    watts = float(made.watts_per_h100e[w.r, k])
    chip = float(w.before.supply.chip_price[w.r, k] * w.played.opened.made.deal[w.r, pool])
    dearer = float(w.roster.tables["owners"][w.roster.owners.index(owner)]["capacity_cost_factor"])
    system = chip * p("system_cost_factor") * (1.0 + p("accelerator_tariff")) * dearer
    discount, fall = (1.0 + p("cost_of_capital")) ** -0.25, (1.0 - p("earnings_decline")) ** 0.25
    worth = discount * fall * _geometric(discount * fall, p("retirement_quarters"))
    site = watts * p("pue") * p("site_capex_musd_per_mw") / (discount * _geometric(discount, p("site_life_quarters")))
    running = watts / 1e3 * p("pue") * p("power_price_usd_per_kwh")
    running += p("operations_usd_per_h100e_hour") * watts / 850.0
    return float(((system / worth + site) / HOURS + running) / p("target_utilisation"))


def _geometric(step: float, payments: float) -> float:
    """1 + step + step^2 + ..., so many payments (a part of one counts as the closed form has it)."""
    return float((1.0 - step**payments) / (1.0 - step))


def cost_edge(owner: str, family: str) -> Callable[[World], float]:
    """What is saved on an H100e-hour of an own design, of what it costs on the owner's Nvidia capacity."""
    return lambda w: 1.0 - all_in(w, owner, family) / all_in(w, owner, "nvidia")


def booking_concentration(w: World) -> float:
    """Sum of squared shares of the offers of each lab with an investor cloud; mean over those that hold any."""
    core, found = w.markets[0], []
    for buyer, (lab, partner) in enumerate(zip(core.site.buyer_lab, core.site.buyer_partner, strict=True)):
        held = [core.committed[offer][buyer] for offer in range(len(core.site.offers))]
        if lab >= 0 and partner >= 0 and sum(held) > 0.0:
            found.append(sum((one / sum(held)) ** 2 for one in held))
    return ratio(sum(found), len(found))


def direct_share(engineers: bool) -> Callable[[World], float]:
    """Direct Trainium in what segments' buyers use at the core; skills above a half count as having engineers."""

    def worked(w: World) -> float:
        core, ours, whole = w.markets[0], 0.0, 0.0
        for offer, by_buyer in enumerate(core.flow("used")):
            family = core.site.offer_family[offer]
            for buyer, amount in enumerate(by_buyer):
                if core.site.buyer_lab[buyer] < 0 and bool(core.site.buyer_skill[buyer] > 0.5) == engineers:
                    whole += amount
                    ours += amount if family >= 0 and w.roster.families[family] == "trainium" else 0.0
        return ratio(ours, whole)

    return worked


def cases(w: World) -> list[tuple[str, float, float, float]]:
    """Stage, strength, evidence over proof and how often it fell in court of every case."""
    now, found = w.after.cases, []
    proof = [float(row["proof"]) for row in w.roster.tables["regulators"]]
    for regulator, needed in enumerate(proof):
        place = (w.r, regulator)
        lists = (now.stage[place], now.strength[place], now.evidence[place], now.annulled[place])
        for stage, strength, evidence, annulled in zip(*(one.tolist() for one in lists), strict=True):
            found.append((STAGES[int(stage)], strength, evidence / needed, annulled))
    return found


COLUMNS: dict[str, Callable[[World], float]] = {
    "delivered_h100e": delivered(),
    "nvidia_delivered_h100e": delivered("nvidia"),
    "tpu_delivered_h100e": delivered("tpu"),
    "trainium_delivered_h100e": delivered("trainium"),
    "amd_delivered_h100e": delivered("amd"),
    "aws_delivered_h100e": delivered(owner="aws"),
    "trainium_share_delivered": lambda w: delivered("trainium")(w) / delivered()(w),
    "trainium_share_of_aws_delivered": lambda w: delivered("trainium", "aws")(w) / delivered(owner="aws")(w),
    "ecosystem_trainium_mh100e_quarters": ecosystem,
    "unit_cost_trainium_over_nvidia": lambda w: unit_cost(w, "trainium") / unit_cost(w, "nvidia"),
    "cost_edge_trainium": cost_edge("aws", "trainium"),
    "cost_edge_tpu": cost_edge("google", "tpu"),
    "labs_booking_concentration": booking_concentration,
    "trainium_direct_share_engineers": direct_share(True),
    "trainium_direct_share_users": direct_share(False),
    "cases_open": lambda w: sum(stage in ("investigation", "charged", "decided") for stage, *_ in cases(w)),
    "case_remedy_strength": lambda w: sum(strength for stage, strength, *_ in cases(w) if stage == "in force"),
    "evidence_over_proof": lambda w: max(evidence for _, _, evidence, _ in cases(w)),
    "cases_annulled": lambda w: sum(annulled for *_, annulled in cases(w)),
}
