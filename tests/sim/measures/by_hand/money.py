"""Accounts of owners and vendors, from payments and from spending by age; electricity and carbon, pool by pool."""

from __future__ import annotations

import csv
from collections.abc import Callable

from sim.roster import DATA
from tests.sim.measures.by_hand.world import HOURS, World, ratio

RENT = ("rental", "switching fees", "internal use")
BUILT = ("chips", "tariffs", "systems and sites")
RUNNING = ("power and operations", "porting kits", "edge programmes", "fines", "rents written off")


def revenue(w: World, owner: str) -> float:
    """What buyers and parents paid the owner, musd."""
    return w.received(owner, *RENT)


def capex(w: World, owner: str) -> float:
    """What it paid for chips, tariffs, systems and sites."""
    return w.spent(owner, *BUILT)


def by_age(w: World, owner: str) -> list[float]:
    """Its spending on equipment, the newest first, musd."""
    return list(w.after.balance.equipment.capex_by_age[w.r, w.roster.owners.index(owner)].tolist())


def lives(w: World) -> tuple[int, int]:
    """Quarters over which equipment is written down, and for which it serves."""
    return round(w.p("useful_life_quarters")), round(w.p("retirement_quarters"))


def depreciation(w: World, owner: str) -> float:
    """Every vintage in service and in its life loses an equal part; sites as they stood when the quarter began."""
    life, service = lives(w)
    equipment = sum(cost / life for age, cost in enumerate(by_age(w, owner)) if age < min(life, service))
    sites = float(w.before.balance.sites_gross[w.r, w.roster.owners.index(owner)])
    return equipment + sites / w.p("site_life_quarters")


def write_off(w: World, owner: str) -> float:
    """What is left, after this quarter's part, of the vintage that is in its last quarter of service, and of younger
    ones that were scrapped, as they stood before."""
    life, service = lives(w)
    lost = by_age(w, owner)[service - 1] * (life - service) / life if service < life else 0.0
    spent = w.before.balance.equipment.capex_by_age[w.r, w.roster.owners.index(owner)].tolist()
    mine = [k for k, pool in enumerate(w.pools) if pool.owner == owner]
    left = [w.after.supply.fleet.h100e[w.r, k].tolist() for k in mine]
    gone = [w.scrapped(k) for k in mine]
    for age in range(min(life, service) - 1):
        scrapped, stands = (sum(pool[age] for pool in pools) for pools in (gone, left))
        lost += spent[age] * ratio(scrapped, scrapped + stands) * (life - 1 - age) / life
    return lost


def income(w: World, owner: str) -> float:
    """Operating income: what came in less what running took, what wore out and what was scrapped too early."""
    return revenue(w, owner) - w.spent(owner, *RUNNING) - depreciation(w, owner) - write_off(w, owner)


def flow(w: World, owner: str) -> float:
    """What came in less what went out, but for what owners, lenders and shareholders put in or got back."""
    put_in = w.received(owner, "rest of the firm", "loans", "capital called")
    return w.net(owner) - put_in + w.spent(owner, "repayment")


def book_value(w: World, owner: str) -> float:
    """Every vintage less the quarters it was written down for, this one included; sites at what they cost."""
    life, _ = lives(w)
    left = sum(cost * (life - age - 1) / life for age, cost in enumerate(by_age(w, owner)) if age < life)
    return left + float(w.after.balance.sites_gross[w.r, w.roster.owners.index(owner)])


def vendor_revenue(w: World, family: str) -> float:
    """Chips sold at home and abroad, musd."""
    return w.received(f"vendor:{family}", "chips", "chips abroad")


def reported_musd(w: World) -> float:
    """Operating income that AWS reported for the quarter in which the game opens."""
    with (DATA / "series.csv").open(encoding="utf-8", newline="") as file:
        values = {(row["series"], row["quarter"]): row["value"] for row in csv.DictReader(file)}
    return 1000.0 * float(values["aws_operating_income_usd_bn", w.given.scenario.start])


def ai_share(w: World) -> float:
    """Income of accelerated compute over all: the rest was the reported less that, at least 30 %, and grows."""
    reported = reported_musd(w)
    rest = max(reported - max(income(w.path[0], "aws"), 0.0), 0.3 * reported)
    rest *= (1.0 + w.p("other_aws_income_growth")) ** ((w.quarter - 1) / 4.0)
    gain = max(income(w, "aws"), 0.0)
    return gain / (gain + rest)


def energy_mwh(w: World) -> float:
    """Used capacity at full power, idle at a third, at the watts of what is installed, with the building's overhead."""
    found, fleet = 0.0, w.after.supply.fleet
    for number, pool in enumerate(w.pools):
        vintages = zip(fleet.h100e[w.r, number].tolist(), fleet.watts_per_h100e[w.r, number].tolist(), strict=True)
        watts = sum(h100e * each for h100e, each in vintages) / pool.installed if pool.installed else 0.0
        found += (pool.used + (pool.online - pool.used) / 3.0) * watts * w.p("pue") * HOURS / 1e6
    return found


def of(figure: Callable[[World, str], float], name: str) -> Callable[[World], float]:
    """A figure of a firm."""
    return lambda w: figure(w, name)


COLUMNS: dict[str, Callable[[World], float]] = {
    "aws_ai_revenue_musd": of(revenue, "aws"),
    "aws_ai_operating_income_musd": of(income, "aws"),
    "aws_ai_share_of_operating_income": ai_share,
    "aws_ai_capex_musd": of(capex, "aws"),
    "aws_ai_free_cash_flow_musd": of(flow, "aws"),
    "aws_ai_depreciation_musd": of(depreciation, "aws"),
    "azure_ai_revenue_musd": of(revenue, "azure"),
    "azure_ai_capex_musd": of(capex, "azure"),
    "google_ai_revenue_musd": of(revenue, "google"),
    "google_ai_capex_musd": of(capex, "google"),
    "nvidia_revenue_musd": of(vendor_revenue, "nvidia"),
    "capex_musd": lambda w: sum(capex(w, owner) for owner in w.roster.owners),
    "fines_musd": lambda w: sum(m for (_, to, kind), m in w.paid.items() if (to, kind) == ("treasury", "fines")),
    "energy_twh": lambda w: energy_mwh(w) / 1e6,
    "carbon_kt": lambda w: energy_mwh(w) * 1e3 * w.p("grid_intensity_kg_per_kwh") / 1e6,
}
