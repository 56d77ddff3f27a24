"""What a quarter was to each party: purses from payments, use from pools, regulators' regions buyer by buyer."""

from __future__ import annotations

from collections.abc import Callable

from tests.sim.measures.by_hand import labs, money, prices, shares
from tests.sim.measures.by_hand.world import HOURS, World, ratio

Figure = Callable[[World, str], float]


def owner_cash(w: World, owner: str) -> float:
    """The roster's, and all that moved since, musd."""
    (row,) = [row for row in w.roster.tables["owners"] if row["owner"] == owner]
    return float(row["cash_musd"]) + sum(then.net(owner) for then in w.path)


def owner_use(w: World, owner: str) -> float:
    """In use of the owner's capacity."""
    return w.total(lambda pool: pool.used, lambda pool: pool.owner == owner)


def owner_share(w: World, owner: str) -> float:
    """Of what all owners rent out."""
    rented = w.total(lambda pool: pool.rented, lambda pool: pool.owner == owner)
    return ratio(rented, w.total(lambda pool: pool.rented))


def owner_utilisation(w: World, owner: str) -> float:
    """In use over online."""
    return ratio(owner_use(w, owner), w.total(lambda pool: pool.online, lambda pool: pool.owner == owner))


def vendor_flow(w: World, family: str) -> float:
    """Money in less money out."""
    return w.net(f"vendor:{family}")


def vendor_cash(w: World, family: str) -> float:
    """All that moved since the start, when it had nothing."""
    return sum(then.net(f"vendor:{family}") for then in w.path)


def vendor_use(w: World, family: str) -> float:
    """In use of the vendor's chips."""
    return w.total(lambda pool: pool.used, lambda pool: pool.family == family)


def vendor_share(w: World, family: str) -> float:
    """Of all in use."""
    return ratio(vendor_use(w, family), w.total(lambda pool: pool.used))


def lab_use(w: World, lab: str) -> float:
    """What it uses of its own commitments."""
    core = w.markets[0]
    return sum(by_buyer[core.site.buyers.index(lab)] for by_buyer in core.flow("used"))


def lab_share(w: World, lab: str) -> float:
    """Of what buyers use of theirs at the core."""
    return ratio(lab_use(w, lab), sum(map(sum, w.markets[0].flow("used"))))


def lab_income(w: World, lab: str) -> float:
    """Sales less staff and the part of the compute bill that served: H100e the tokens took over what was in use."""
    k, core = w.roster.labs.index(lab), w.markets[0]
    rate = float(w.given.labs.tokens_per_h100e(w.played.opened.labs, w.played.opened.p)[w.r, k])
    had = lab_use(w, lab) + core.flow("sublet")[core.site.buyers.index(lab)]
    serving = ratio(labs.sold(w, lab), rate) / had
    purse = f"buyer:{lab}"
    return labs.revenue(w, lab) - w.spent(purse, "staff") - w.spent(purse, "rental") * serving


def lab_bill(w: World, lab: str) -> float:
    """What it pays clouds for compute."""
    return w.spent(f"buyer:{lab}", "rental")


def region_of(w: World, regulator: str) -> str:
    """The regulator's region."""
    (row,) = [row for row in w.roster.tables["regulators"] if row["regulator"] == regulator]
    return row["region"]


def region_bill(w: World, regulator: str) -> float:
    """Bill of the buyers in the region, musd."""
    found, region = 0.0, region_of(w, regulator)
    for market in w.markets:
        for by_buyer in market.flow("bill_musd_per_hour"):
            here = zip(market.site.buyer_region, by_buyer, strict=True)
            found += sum(bill for place, bill in here if w.roster.regions[place] == region)
    return found * HOURS


def region_surplus(w: World, regulator: str) -> float:
    """Surplus of the buyers in the region, musd."""
    return prices.surplus(w, region_of(w, regulator))


def entry_value(w: World, regulator: str) -> float:
    """The bill times what is not concentrated, clouds and silicon alike, 10,000 being one firm."""
    concentrated = (shares.of_clouds(w) + shares.of_silicon(w)) / 20_000.0
    return region_bill(w, regulator) * (1.0 - concentrated)


def error_cost(w: World, regulator: str) -> float:
    """2 % of the bill for every full remedy in force on conduct whose true signal is below what counts as harmful."""
    k, now = w.roster.regulators.index(regulator), w.after.cases
    rows = (now.stage[w.r, k].tolist(), now.strength[w.r, k].tolist(), w.played.signs[w.r, k].tolist())
    harmless = w.p("harmless_conduct")
    wrong = sum(strength for stage, strength, sign in zip(*rows, strict=True) if stage == 5.0 and sign < harmless)
    return 0.02 * wrong * region_bill(w, regulator)


def legitimacy_cost(w: World, regulator: str) -> float:
    """1 % of the bill in a quarter with a step for which evidence did not do: 30 % of the standard to open a case."""
    decided, k = w.played.decisions.by_party[regulator], w.roster.regulators.index(regulator)
    step, theory, began = float(decided.step[w.r]), int(decided.theory[w.r]), w.played.opened.cases
    (row,) = [row for row in w.roster.tables["regulators"] if row["regulator"] == regulator]
    needed = {2.0: 0.3, 3.0: 0.7, 4.0: 1.0}.get(step, 0.0) * float(row["proof"])
    at_stage = {2.0: (0.0, 1.0), 3.0: (2.0,), 4.0: (3.0,)}.get(step, ())
    place = (w.r, k, theory)
    waited = {3.0: float(began.needed[place]), 4.0: 1.0}.get(step, 0.0)
    could = began.stage[place] in at_stage and began.quarters[place] >= waited
    return 0.01 * region_bill(w, regulator) if could and began.evidence[place] < needed else 0.0


COLUMNS: dict[str, dict[str, Figure]] = {
    "revenue_musd": {"cloud": money.revenue, "vendor": money.vendor_revenue, "lab": labs.revenue},
    "operating_income_musd": {"cloud": money.income, "vendor": vendor_flow, "lab": lab_income},
    "free_cash_flow_musd": {"cloud": money.flow, "vendor": vendor_flow, "lab": labs.flow},
    "cash_musd": {"cloud": owner_cash, "vendor": vendor_cash, "lab": labs.cash},
    "book_value_musd": {"cloud": money.book_value},
    "use_h100e": {"cloud": owner_use, "vendor": vendor_use, "lab": lab_use},
    "share": {"cloud": owner_share, "vendor": vendor_share, "lab": lab_share},
    "utilisation": {"cloud": owner_utilisation},
    "funding_musd": {"lab": labs.funding},
    "runway_quarters": {"lab": labs.runway},
    "token_share": {"lab": labs.token_share},
    "capability": {"lab": labs.capability},
    "compute_bill_musd": {"lab": lab_bill, "regulator": region_bill},
    "buyer_surplus_musd": {"regulator": region_surplus},
    "entry_value_musd": {"regulator": entry_value},
    "error_cost_musd": {"regulator": error_cost},
    "legitimacy_cost_musd": {"regulator": legitimacy_cost},
}
"""By role; the others have 0 there."""
