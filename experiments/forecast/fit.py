"""How well worlds fit until an origin: patterns measured by then, and the weights that follow.

The patterns are those of the plan of 2024 with its tolerances, read at the origin instead of at the end of 2024. Supply
is judged where history is played freely, demand where stock is given. A world weighs

    w ∝ exp(−d / (2 s²)),   d = Σ ((pattern − observed) / tolerance)²

(importance sampling from the prior, the kernel of the calibration), with s = 1, or as wide as it takes for the
effective number of worlds, (Σ w)² / Σ w², to reach a quarter of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from experiments.calibration import posterior
from experiments.calibration.history_matching import Target
from experiments.calibration.patterns import Pattern
from experiments.forecast.origins import Origin
from experiments.forecast.public_series import FAMILIES, known
from sim.arrays import Array
from sim.quarters import label, ordinal

ENOUGH = 0.25
"""Part of the worlds that the effective number should reach. Judgement: fewer make poor outer quantiles."""
FIRST = "2024Q1"
"""First quarter of history that is played: growth of revenue and spending is measured from it."""
CAPEX = ("amazon_capex_usd_bn", "microsoft_capex_usd_bn", "alphabet_capex_usd_bn")
Record = Mapping[str, pd.Series]


def patterns(origin: Origin) -> tuple[Pattern, ...]:
    """The plan's patterns as they could be read at an origin."""
    record = known(origin.quarter)
    found = []
    for one in origin.plan.pattern:
        if one.name in MOVED:
            quarters = _free_quarters(origin) if one.name == "deliveries" else [origin.quarter]
            moved = {"observed": MOVED[one.name](record, quarters), "quarters": tuple(quarters)}
            found.append(one.model_copy(update={**moved, "measured_to": origin.quarter}))
        elif ordinal(one.measured_to) <= ordinal(origin.quarter):
            found.append(one)
    return tuple(found)


def metrics(origin: Origin) -> set[str]:
    """Metrics that the patterns need, as they name them."""
    return set[str]().union(*(one.metrics() for one in patterns(origin)))


def _free_quarters(origin: Origin) -> list[str]:
    """Quarters of deliveries that the free run makes itself."""
    first, last = ordinal(origin.free.pipeline_until), ordinal(origin.quarter)
    return [label(number) for number in range(first + 1, last + 1)]


def _stock(record: Record, family: str, quarter: str) -> float:
    return float(record[f"{family}_installed_h100e"][quarter])


def _stocks(record: Record, quarter: str) -> float:
    return sum(_stock(record, family, quarter) for family in FAMILIES)


def _share(family: str) -> Callable[[Record, Sequence[str]], float]:
    return lambda record, quarters: _stock(record, family, quarters[-1]) / _stocks(record, quarters[-1])


def _delivered(record: Record, quarters: Sequence[str]) -> float:
    return _stocks(record, quarters[-1]) - _stocks(record, label(ordinal(quarters[0]) - 1))


def _growth(*names: str) -> Callable[[Record, Sequence[str]], float]:
    def found(record: Record, quarters: Sequence[str]) -> float:
        now, before = (sum(float(record[name][q]) for name in names) for q in (quarters[-1], FIRST))
        return now / before

    return found


MOVED: Mapping[str, Callable[[Record, Sequence[str]], float]] = {
    "deliveries": _delivered,
    "nvidia-share": _share("nvidia"),
    "tpu-share": _share("tpu"),
    "trainium-share": _share("trainium"),
    "nvidia-revenue": _growth("nvidia_data_center_revenue_usd_bn"),
    "capital-spending": _growth(*CAPEX),
}
"""Patterns of the plan that are read at the origin, and what is observed of them there in the project's own tables."""


def labels(origin: Origin) -> tuple[str, ...]:
    """Quarters of history that are played up to an origin."""
    first, last = ordinal(origin.free.start), ordinal(origin.quarter)
    return tuple(label(number) for number in range(first + 1, last + 1))


def weights(origin: Origin, played: Mapping[str, Array]) -> Array:
    """Weight of every world, (worlds,), adding up to one. played: (worlds, quarters) by metric, as patterns name
    them."""
    asked = patterns(origin)
    y = np.stack([one.compared(one.value(played, labels(origin))) for one in asked], axis=1)
    target = Target(
        np.array([one.target for one in asked]),
        np.array([one.tolerance for one in asked]),
        tuple(one.name for one in asked),
    )
    return weighed(posterior.distance(y, target))


def weighed(distance: Array) -> Array:
    """Weights of worlds at so many squared tolerances from what was observed, (worlds,)."""
    scale = 1.0
    while True:
        found = np.exp(-0.5 * (distance - distance.min()) / scale**2)
        found /= found.sum()
        if effective(found) >= ENOUGH * len(found):
            return np.asarray(found)
        scale *= posterior.WIDER


def effective(weight: Array) -> float:
    """How many equal worlds would say as much: (Σ w)² / Σ w²."""
    return float(weight.sum() ** 2 / (weight * weight).sum())
