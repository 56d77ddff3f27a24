"""What the experiments on the claims are read on: a value per world and quarter, its unit, and what counts as
nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.batch.engine import Played
from sim.arrays import Array

NEWCOMERS = ("cerebras", "graphcore")
USED = "trainium_share_used"
CORE_QUEUE = ("trainium_supply_binding", "shadow_price_trainium")
EDGE_QUEUE = ("trainium_edge_binding", "trainium_edge_shadow_price")
Reader = Callable[[Played], Array]


@dataclass(frozen=True)
class Outcome:
    """A yardstick of an experiment. brief: its name in a table; null: the largest difference that still counts as
    nothing; relative: differences are in per cent of the other cell's value; queue: the outcomes that say how far
    Trainium's capacity binds (per cent) and how many wait for it, where a queue can hide an effect on this one."""

    name: str
    title: str
    brief: str
    unit: str
    null: float
    read: Reader
    relative: bool = False
    queue: tuple[str, str] | None = None

    @property
    def change_unit(self) -> str:
        """Unit of a difference."""
        return "%" if self.relative else "points" if self.unit == "%" else self.unit

    def difference(self, here: Array, there: Array) -> Array:
        """World by world, (worlds,): how far this cell is from the other one."""
        return 100.0 * (here / there - 1.0) if self.relative else here - there


def by_quarter(frame: pd.DataFrame, column: str) -> Array:
    """A column of the quarters' table as (worlds, quarters)."""
    return frame[column].to_numpy(copy=True).reshape(-1, frame["quarter_number"].nunique())


def column(name: str, factor: float = 1.0) -> Reader:
    """Reads a column of the quarters' table, times a factor."""
    return lambda played: factor * by_quarter(played.quarters, name)


def margin(played: Played) -> Array:
    """AWS's operating income from accelerated compute over its revenue, in per cent: (worlds, quarters)."""
    income, revenue = (by_quarter(played.quarters, f"aws_ai_{name}_musd") for name in ("operating_income", "revenue"))
    return 100.0 * income / np.maximum(revenue, 1e-9)


def newcomers(played: Played) -> Array:
    """Cerebras and Graphcore together, H100e in use over all in use, in per cent: (worlds, quarters)."""
    used = by_quarter(played.quarters, "used_h100e")
    rows = played.offers[played.offers["family"].isin(NEWCOMERS)]
    theirs = rows.groupby(["world", "quarter"], sort=True)["used_h100e"].sum().to_numpy().reshape(used.shape)
    return 100.0 * theirs / used


def edge_pressure(played: Played) -> Array:
    """Shadow price of AWS's Trainium at the edge, utils: (worlds, quarters). 0 while it is not sold."""
    o = played.offers
    rows = o[(o["cloud"] == "aws") & (o["family"] == "trainium") & (o["channel"] == "edge")]
    shape = by_quarter(played.quarters, "used_h100e").shape
    return rows.sort_values(["world", "quarter"])["shadow_price"].to_numpy(copy=True).reshape(shape)


def edge_binding(played: Played) -> Array:
    """100 where more buyers want Trainium at the edge than there is: (worlds, quarters)."""
    return np.where(edge_pressure(played) > 0.0, 100.0, 0.0)


def _share(name: str, title: str, brief: str, null: float = 0.05, queue: tuple[str, str] | None = None) -> Outcome:
    return Outcome(name, title, brief, "%", null, column(name, 100.0), queue=queue)


OUTCOMES = {
    one.name: one
    for one in (
        _share(USED, "Trainium's share of compute in use", "share", queue=CORE_QUEUE),
        _share(
            "trainium_share_installed", "Trainium's share of installed compute", "installed share", queue=CORE_QUEUE
        ),
        _share("trainium_share_spend", "Trainium's share of spend", "spend share", queue=CORE_QUEUE),
        _share(
            "trainium_share_used_edge",
            "Trainium's share of compute in use at the edge",
            "share at the edge",
            0.5,
            EDGE_QUEUE,
        ),
        _share("edge_share_used", "The edge's share of compute in use", "the edge", 0.1),
        _share("aws_share_used_market", "AWS's share of rented compute", "AWS's share", queue=CORE_QUEUE),
        _share("aws_ai_share_of_operating_income", "AI's part of AWS's operating income", "part of income", 0.2),
        _share("cost_edge_trainium", "Trainium's all-in cost below AWS's Nvidia capacity", "cost edge", 1.0),
        _share("booked_ratio_trainium", "Trainium's booked share", "booked", 0.5),
        _share("top_customer_share_trainium", "Largest lab's part of direct Trainium commitments", "largest lab", 0.5),
        _share(CORE_QUEUE[0], "Trainium's supply that binds", "binding", 1.0),
        Outcome(
            CORE_QUEUE[1], "Shadow price of Trainium's capacity", "shadow price", "utils", 0.01, column(CORE_QUEUE[1])
        ),
        Outcome(EDGE_QUEUE[0], "Trainium's supply at the edge that binds", "binding", "%", 1.0, edge_binding),
        Outcome(EDGE_QUEUE[1], "Shadow price of Trainium at the edge", "shadow price", "utils", 0.01, edge_pressure),
        Outcome("aws_ai_margin", "Operating margin of AWS's AI business", "margin", "%", 0.2, margin),
        Outcome(
            "trainium_installed",
            "Trainium installed",
            "installed",
            "M H100e",
            0.5,
            column("trainium_installed_h100e", 1e-6),
            relative=True,
            queue=CORE_QUEUE,
        ),
        Outcome(
            "newcomers_share_used",
            "Cerebras's and Graphcore's share of compute in use",
            "newcomers",
            "%",
            0.05,
            newcomers,
        ),
        Outcome(
            "case_remedy_strength",
            "Remedies in force out of cases",
            "remedies",
            "remedies",
            0.05,
            column("case_remedy_strength"),
        ),
        Outcome("cases_open", "Open cases", "cases", "cases", 0.1, column("cases_open")),
    )
}
"""By name, in the order of the tables."""
