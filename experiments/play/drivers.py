"""Why a seat's key figure changed: what each driver did to it, in amounts that add up to the change.

A figure that is a product of factors is split by the logarithmic mean (LMDI-I, Ang 2015): a factor's part is L(V1, V0)
ln(f1 / f0) with L(a, b) = (a - b) / ln(a / b). Sums over groups stay exact, and no factor is favoured by coming first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.arrays import Array
from sim.contract import PublicBriefing
from sim.objectives import ENTRY_WEIGHT
from sim.records import Records
from sim.units import HOURS_PER_QUARTER, USD_PER_MUSD


@dataclass(frozen=True)
class Turn:
    """One quarter of a seat: what it was shown, and what it decided."""

    own: Any
    market: PublicBriefing
    decision: Any


@dataclass(frozen=True)
class Outcome:
    """A quarter's key figure: what the plan implied (None: nothing to go by), what came, the quarter before, and the
    drivers between the two, musd."""

    title: str
    expected: float | None
    meaning: str
    got: float
    before: float | None
    drivers: tuple[tuple[str, float], ...]

    def largest(self, count: int = 3) -> list[tuple[str, float]]:
        """The largest drivers by size, and what the others add up to when there are more."""
        ordered = sorted(self.drivers, key=lambda driver: -abs(driver[1]))
        rest = ordered[count:]
        return ordered[:count] + ([("everything else", sum(amount for _, amount in rest))] if rest else [])


def log_mean(a: float, b: float) -> float:
    """(a - b) / ln(a / b), a when both are the same, 0 when one is 0."""
    if a <= 0.0 or b <= 0.0:
        return 0.0
    return a if abs(a - b) <= 1e-12 * a else (a - b) / math.log(a / b)


def split(before: Sequence[float], now: Sequence[float]) -> list[float]:
    """What each factor did to a product: parts that add up to prod(now) - prod(before).

    A product that begins or ends is put down to its first factor."""
    old, new = math.prod(before), math.prod(now)
    if old <= 0.0 or new <= 0.0:
        return [new - old] + [0.0] * (len(before) - 1)
    weight = log_mean(new, old)
    return [weight * math.log(b / a) for a, b in zip(before, now, strict=True)]


def outcome(role: str, name: str, records: Records, turns: Sequence[Turn], next_own: Any | None) -> Outcome | None:
    """The last quarter that has been played; None before the first. next_own: the briefing after it, None after the
    last."""
    played = len(records.quarters_played)
    if played == 0 or len(turns) < played:
        return None
    makers = {"cloud": _cloud, "vendor": _vendor, "lab": _lab, "regulator": _regulator}
    return makers[role](name, records, list(turns[:played]), next_own)


def _series(records: Records, role: str, name: str, metric: str) -> list[float]:
    return [float(value) for value in records.party(role, name, metric)[0]]


# --- cloud ------------------------------------------------------------------------------------------------------------


def _cloud(name: str, records: Records, turns: list[Turn], next_own: Any | None) -> Outcome:
    """Revenue = sum over kinds of chip of capacity x use of it x posted price, times what contracts pay against posted
    prices."""
    revenue = _series(records, "cloud", name, "revenue_musd")
    now, installed = turns[-1], [float(turn.own.installed_h100e[0].sum()) for turn in turns]
    if len(turns) == 1:
        own = now.own
        worth = own.installed_h100e * own.booked_share * own.price_usd_per_h100e_hour
        posted = float(worth[0].sum()) * HOURS_PER_QUARTER / USD_PER_MUSD
        expected = posted or None  # an own fleet posts no price in the first quarter
        return Outcome("revenue", expected, "your capacity as booked, at posted prices", revenue[-1], None, ())
    expected = revenue[-2] * installed[-1] / installed[-2]
    own_family = [bool(one) for one in now.own.own_design]
    families = [records.roster.families[f] for f, own in zip(now.own.families, own_family, strict=True) if own]
    old, new = (_cloud_groups(records, name, families, quarter, revenue[quarter]) for quarter in (-2, -1))
    effects = {"GPU capacity": 0.0, "own-chip capacity": 0.0, "use of capacity": 0.0, "posted prices": 0.0, OLDER: 0.0}
    for group in old:
        parts = split(old[group], new[group])
        for title, part in zip((f"{group} capacity", "use of capacity", "posted prices", OLDER), parts, strict=True):
            effects[title] += part
    return Outcome(
        "revenue",
        expected,
        "your capacity, used and paid as the quarter before",
        revenue[-1],
        revenue[-2],
        _named(effects),
    )


OLDER = "contracts at older prices, and other income"


def _cloud_groups(
    records: Records, name: str, own: list[str], quarter: int, revenue: float
) -> dict[str, tuple[float, float, float, float]]:
    """Kind of chip -> capacity, use of it, posted price of what is used (musd an H100e and quarter), contract
    factor."""
    rows = records.offers()
    rows = rows[(rows["cloud"] == name) & (rows["quarter"] == records.quarters_played[quarter])]
    mine = rows["family"].isin(own)
    groups = {"own-chip": _group(rows[mine]), "GPU": _group(rows[~mine])}
    posted = sum(math.prod(group) for group in groups.values())
    factor = revenue / posted if posted > 0.0 else 0.0
    return {title: (*group, factor) for title, group in groups.items()}


def _group(rows: pd.DataFrame) -> tuple[float, float, float]:
    installed, used = float(rows["installed_h100e"].sum()), float(rows["used_h100e"].sum())
    worth = float((rows["used_h100e"] * rows["price_usd_per_h100e_hour"]).sum()) * HOURS_PER_QUARTER / USD_PER_MUSD
    if installed <= 0.0 or used <= 0.0:
        return 0.0, 0.0, 0.0
    return installed, used / installed, worth / used


# --- vendor -----------------------------------------------------------------------------------------------------------


def _vendor(name: str, records: Records, turns: list[Turn], next_own: Any | None) -> Outcome:
    """Revenue = price x (made + drawn from stock). Deliveries of a quarter are billed at the price posted before it."""
    revenue = _series(records, "vendor", name, "revenue_musd")
    price = [float(turn.own.chip_price_usd_per_h100e[0]) / USD_PER_MUSD for turn in turns]
    orders = float(turns[-1].own.order_flow_h100e[0].sum())
    expected, meaning = price[-1] * orders, "the usual flow of orders at the price they were taken at"
    if len(turns) == 1:
        return Outcome("revenue", expected, meaning, revenue[-1], None, ())
    volume = [amount / one for amount, one in zip(revenue, price, strict=True)]
    stock = [0.0, *(float(turn.own.inventory_h100e[0].sum()) for turn in turns)]
    drawn = [stock[k] - stock[k + 1] for k in range(len(turns))]
    by_volume, by_price = split((volume[-2], price[-2]), (volume[-1], price[-1]))
    moved = volume[-1] - volume[-2]
    a_unit = by_volume / moved if abs(moved) > 1e-9 * max(volume[-2:]) else price[-1]
    from_stock = a_unit * (drawn[-1] - drawn[-2])
    effects = {"list price of chips": by_price, "chips made": by_volume - from_stock, "chips from stock": from_stock}
    return Outcome("revenue", expected, meaning, revenue[-1], revenue[-2], _named(effects))


# --- lab --------------------------------------------------------------------------------------------------------------


def _lab(name: str, records: Records, turns: list[Turn], next_own: Any | None) -> Outcome:
    """Compute bill = sum over suppliers of capacity x price paid an hour."""
    bill, used = (_series(records, "lab", name, metric) for metric in ("compute_bill_musd", "use_h100e"))
    last = turns[-1]
    bound = float(last.own.committed_h100e[0] - last.own.expiring_h100e[0])
    planned = max(min(float(last.decision.wanted_h100e[0]), 2.0 * max(used[-1], 1.0)), bound)
    before_used, before_bill = float(last.own.used_h100e[0]), float(last.own.bill_musd[0])
    expected = before_bill / before_used * planned if before_used > 0.0 else 0.0
    meaning = "the compute you asked for or are bound to, at the price you paid before"
    if len(turns) == 1:
        return Outcome("a compute bill", expected, meaning, bill[-1], None, ())
    before = last.own.supplier_mix[0]
    after = np.zeros_like(before) if next_own is None else next_own.supplier_mix[0]
    if before.sum() > 0.0 and after.sum() > 0.0:
        effects = _by_supplier(bill, used, before, after)
    else:
        effects = _by_use_and_price(bill, used)
    return Outcome("a compute bill", expected, meaning, bill[-1], bill[-2], _named(effects))


def _by_use_and_price(bill: list[float], used: list[float]) -> dict[str, float]:
    """What the amount used and its mean price did to the bill of the last quarter; nothing where none was used."""
    if used[-2] * used[-1] > 0.0:
        volume, price = split((used[-2], bill[-2] / used[-2]), (used[-1], bill[-1] / used[-1]))
    else:
        volume, price = 0.0, 0.0
    return {"compute used": volume, "price paid an hour": price}


def _by_supplier(bill: list[float], used: list[float], before: Array, after: Array) -> dict[str, float]:
    """What capacity on each supplier and the price paid did to the bill. before, after: shares of suppliers."""
    effects = {f"capacity on {title}": 0.0 for title in SUPPLIER_TITLES} | {"price paid an hour": 0.0}
    for title, old, new in zip(SUPPLIER_TITLES, before, after, strict=True):
        then, now = (
            (u * float(m), b / u if u > 0.0 else 0.0)
            for u, m, b in ((used[-2], old, bill[-2]), (used[-1], new, bill[-1]))
        )
        volume, price = split(then, now)
        effects[f"capacity on {title}"] += volume
        effects["price paid an hour"] += price
    return effects


SUPPLIER_TITLES = ("AWS's chip", "GPUs", "TPU", "other chips and managed service")


# --- regulator --------------------------------------------------------------------------------------------------------


def _regulator(name: str, records: Records, turns: list[Turn], next_own: Any | None) -> Outcome:
    """Welfare of the quarter in its region: buyer surplus and half the value of an open market, less errors and lost
    legitimacy.

    The surplus is the region's bill times the surplus a dollar, the other the bill times openness; products are split
    at the mean of both quarters, which is exact and takes any sign."""

    names = ("buyer_surplus_musd", "entry_value_musd", "error_cost_musd", "legitimacy_cost_musd", "compute_bill_musd")
    surplus, entry, errors, legitimacy, bill = (_series(records, "regulator", name, metric) for metric in names)
    worth = [s + ENTRY_WEIGHT * e - x - c for s, e, x, c in zip(surplus, entry, errors, legitimacy, strict=True)]
    expected, meaning = (worth[-2], "as the quarter before") if len(worth) > 1 else (None, "")
    if len(turns) == 1:
        return Outcome("welfare in your region", expected, meaning, worth[-1], None, ())
    per = [
        [value / b if b > 0.0 else 0.0 for value, b in zip(series, bill, strict=True)] for series in (surplus, entry)
    ]
    mean_bill, grown = 0.5 * (bill[-1] + bill[-2]), bill[-1] - bill[-2]
    effects = {
        "more compute bought": grown
        * sum(w * 0.5 * (one[-1] + one[-2]) for w, one in zip((1.0, ENTRY_WEIGHT), per, strict=True)),
        "what buyers get for a dollar": mean_bill * (per[0][-1] - per[0][-2]),
        "openness of the market": ENTRY_WEIGHT * mean_bill * (per[1][-1] - per[1][-2]),
        "errors and steps without evidence": -(errors[-1] + legitimacy[-1]) + errors[-2] + legitimacy[-2],
    }
    return Outcome("welfare in your region", expected, meaning, worth[-1], worth[-2], _named(effects))


def _named(effects: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple((title, amount) for title, amount in effects.items() if amount != 0.0)
