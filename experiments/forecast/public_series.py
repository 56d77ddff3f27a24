"""Series on which the model is held against the public record: what they are, their units, and their history as it
was known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.arrays import Array
from sim.quarters import label, ordinal
from sim.roster import DATA

FAMILIES = ("nvidia", "tpu", "trainium", "amd")
QUOTES = (("neocloud", "nvidia"),)
"""Pool of sim/data/prices.csv whose price is the one-year quote for an H100."""


@dataclass(frozen=True)
class Series:
    """One public series. meaning says on which basis it is counted."""

    name: str
    unit: str
    meaning: str


_STOCK = "accelerators delivered so far outside China, in H100-equivalents, nothing retired"
SERIES: dict[str, Series] = {
    one.name: one
    for one in (
        Series("trainium_share_installed", "0-1", f"Trainium's share of {_STOCK} (Nvidia, TPU, Trainium, AMD)"),
        Series("trainium_share_of_aws", "0-1", "Trainium's share of what was delivered to AWS so far"),
        *(Series(f"{family}_installed_h100e", "H100e", f"{family}: {_STOCK}") for family in FAMILIES),
        Series("nvidia_data_center_revenue_usd_bn", "USD bn", "Nvidia, data-center revenue, calendar quarter"),
        Series("aws_revenue_usd_bn", "USD bn", "AWS, revenue"),
        Series("aws_operating_income_usd_bn", "USD bn", "AWS, operating income"),
        Series("amazon_capex_usd_bn", "USD bn", "Amazon, gross purchases of property and equipment"),
        Series("microsoft_capex_usd_bn", "USD bn", "Microsoft, cash paid for property and equipment"),
        Series("alphabet_capex_usd_bn", "USD bn", "Alphabet, purchases of property and equipment"),
        Series("h100_rental_usd_per_hour", "USD per hour", "H100, one-year contract quote, an hour"),
    )
}


def known(last: str) -> dict[str, pd.Series]:
    """Series -> values by quarter, as known at the end of a quarter: nothing measured later is read."""
    cut = ordinal(last)
    found = {**_companies(), **_stocks(), "h100_rental_usd_per_hour": _quotes()}
    return {name: values[[ordinal(q) <= cut for q in values.index]] for name, values in found.items() if name in SERIES}


def _companies() -> dict[str, pd.Series]:
    table = pd.read_csv(DATA / "series.csv")
    return {str(name): rows.set_index("quarter")["value"].astype(float) for name, rows in table.groupby("series")}


def _stocks() -> dict[str, pd.Series]:
    """Installed by family, and Trainium's shares; a quarter without an estimate of Trainium has no share."""
    table = pd.read_csv(DATA / "installed.csv")
    total = table.pivot_table(index="quarter", columns="family", values="h100e", aggfunc="sum")
    aws = table[table["owner"] == "aws"].pivot_table(index="quarter", columns="family", values="h100e", aggfunc="sum")
    shares = {
        "trainium_share_installed": total["trainium"] / total.sum(axis=1),
        "trainium_share_of_aws": aws["trainium"] / aws.sum(axis=1),
    }
    return {
        **{f"{name}_installed_h100e": total[name].dropna() for name in FAMILIES},
        **{n: s.dropna() for n, s in shares.items()},
    }


def aws_nvidia(quarter: str) -> float:
    """Nvidia delivered to AWS so far at a quarter's end, H100e."""
    table = pd.read_csv(DATA / "installed.csv")
    rows = table[(table["owner"] == "aws") & (table["family"] == "nvidia") & (table["quarter"] == quarter)]
    return float(rows["h100e"].iloc[0])


def _quotes() -> pd.Series:
    table = pd.read_csv(DATA / "prices.csv")
    ((cloud, family),) = QUOTES
    rows = table[(table["cloud"] == cloud) & (table["family"] == family)]
    return rows.set_index("quarter")["price_usd_per_h100e_hour"].astype(float).sort_index()


def after(quarter: str, count: int) -> list[str]:
    """Labels of the quarters that follow one."""
    return [label(ordinal(quarter) + k) for k in range(1, count + 1)]


def gapless(values: pd.Series) -> Array:
    """The last stretch of a series without a missing quarter, in order of time."""
    numbers = np.array([ordinal(q) for q in values.index])
    order = np.argsort(numbers)
    numbers, ordered = numbers[order], values.to_numpy()[order]
    breaks = np.flatnonzero(np.diff(numbers) != 1)
    return np.asarray(ordered[breaks[-1] + 1 if len(breaks) else 0 :], dtype=float)
