"""The model combined with drift and a local trend: quantiles averaged, weights and width learnt from earlier origins.

With q_k the quantiles of model, drift and local trend (in logarithms where all are above 0),

    q = Σ w_k q_k                     (quantile averaging: Vincent 1912; Lichtendahl et al. 2013)
    q* = median + f (q − median)      f widens, and never narrows

Weights and f are those of a group of series (stocks and shares; money and price), since single series have too few
facts. At an origin they come from facts known by then on forecasts of earlier origins, and from nothing else; at the
first w is equal and f is 1. With c_k the mean over series of CRPS_k / Σ CRPS, K the number of parts, and n the
effective number of origins (scoring.effective: neighbours share quarters, and so errors),

    w = (n u + κ / K) / (n + κ),   u_k = (1 / c_k) / Σ (1 / c)
    ln f = n / (n + κ) · ln max(1, z),   z the 0.9-quantile of |fact − median| over the half-width of the 90 % band

Where a history is too short for drift and trend, the last value takes their part, and weights learn nothing from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.forecast import naive, scoring
from experiments.forecast.forecast import LEVELS
from experiments.forecast.public_series import gapless
from experiments.forecast.scoring import QUANTILES, naive_quantiles
from sim.arrays import Array
from sim.quarters import ordinal

PARTS = ("model", "drift", "trend")
"""What is combined."""
PRIOR = 2.0
"""κ: so many effective origins weigh as much as equal weights do. Judgement."""
MODEL, COMBINATION = "model", "combination"
"""Ways to forecast, as the column `method` names them."""
FILE = Path(__file__).parents[1] / "data" / "forecast" / "combination.csv"
"""What the backtest has learnt, a row an origin and group."""
MIDDLE, LOW, HIGH = (LEVELS.index(level) for level in (0.50, 0.05, 0.95))
COVERED = 0.90


@dataclass(frozen=True)
class Learnt:
    """Weights (parts,), widening, and the effective number of origins that they rest on, of one group of series."""

    weights: Array
    widening: float = 1.0
    origins: float = 0.0


NOTHING = Learnt(np.full(len(PARTS), 1.0 / len(PARTS)))
"""What is known at the first origin."""


@dataclass(frozen=True)
class Seen:
    """A fact on a forecast of an earlier origin. crps: of each part (parts,), no numbers where one had to be replaced;
    off: how far the fact lies off the median, in half-widths of the 90 % band before widening."""

    origin: str
    series: str
    quarter: str
    crps: Array
    off: float


def average(quantiles: Array, weights: Array) -> Array:
    """Quantile averaging: (parts, ..., levels), (parts,) -> (..., levels); of logarithms where all are above 0."""
    logs = bool((quantiles > 0.0).all())
    shaped = weights.reshape(-1, *[1] * (quantiles.ndim - 1))
    mean = ((np.log(quantiles) if logs else quantiles) * shaped).sum(axis=0)
    return np.asarray(np.exp(mean) if logs else mean)


def widened(quantiles: Array, factor: float) -> Array:
    """Quantiles so many times as far from their median: (..., levels); in logarithms where all are above 0."""
    logs = bool((quantiles > 0.0).all())
    scale = np.log(quantiles) if logs else quantiles
    middle = scale[..., MIDDLE : MIDDLE + 1]
    found = middle + factor * (scale - middle)
    return np.asarray(np.exp(found) if logs else found)


def off(quantiles: Array, fact: float) -> float:
    """|fact − median| over the half-width of the 90 % band on its side, (levels,); in logarithms where all are above
    0."""
    if (quantiles > 0.0).all() and fact > 0.0:
        quantiles, fact = np.log(quantiles), float(np.log(fact))
    middle = quantiles[MIDDLE]
    half = abs(float(quantiles[HIGH if fact > middle else LOW] - middle))
    return abs(fact - float(middle)) / max(half, 1e-12)


def parts(made: pd.DataFrame, history: Mapping[str, pd.Series]) -> dict[str, Array]:
    """Quantiles of model, drift and trend by series, (parts, quarters, levels). history: as known at the origin."""
    found = {}
    for name, group in made.groupby("series", sort=False):
        own, past = group[QUANTILES].to_numpy(dtype=float), history[str(name)]
        before = ordinal(group["quarter"].iloc[0]) - max(map(ordinal, past.index)) - 1  # naive ones start at a fact
        rivals = [naive_quantiles(method, past, before + len(own)) for method in (*PARTS[1:], "last")]
        last = rivals.pop()
        assert last is not None
        found[str(name)] = np.stack([own, *((last if one is None else one)[before:] for one in rivals)])
    return found


def combined(made: pd.DataFrame, history: Mapping[str, pd.Series], learnt: Mapping[str, Learnt]) -> pd.DataFrame:
    """The combination, as a forecast of the same form as the model's. learnt: by group of series."""
    found = made.copy()
    for name, quantiles in parts(made, history).items():
        known = learnt.get(scoring.group_of(name), NOTHING)
        rows = widened(average(quantiles, known.weights), known.widening)
        found.loc[found["series"] == name, QUANTILES] = np.sort(rows, axis=1)
    return found


def seen(
    origin: str,
    made: pd.DataFrame,
    facts: Mapping[str, pd.Series],
    history: Mapping[str, pd.Series],
    learnt: Mapping[str, Learnt],
) -> list[Seen]:
    """What facts say of a forecast and of its parts. learnt: what the combination then rested on."""
    found = []
    for name, quantiles in parts(made, history).items():
        quarters = made.loc[made["series"] == name, "quarter"]
        together = average(quantiles, learnt.get(scoring.group_of(name), NOTHING).weights)
        whole = len(gapless(history[name])) >= naive.FEWEST
        for k, quarter in enumerate(quarters):
            if quarter in facts[name].index:
                fact = float(facts[name][quarter])
                scores = np.array([scoring.scored(one, fact) if whole else np.nan for one in quantiles[:, k]])
                found.append(Seen(origin, name, quarter, scores, off(together[k], fact)))
    return found


def learn(record: Iterable[Seen], until: str) -> dict[str, Learnt]:
    """Weights and widening by group at an origin, from facts known by then on forecasts of earlier origins."""
    end = ordinal(until)
    usable = [one for one in record if ordinal(one.quarter) <= end and ordinal(one.origin) < end]
    groups = {scoring.group_of(one.series) for one in usable}
    return {group: _of([one for one in usable if scoring.group_of(one.series) == group]) for group in groups}


def _of(record: Sequence[Seen]) -> Learnt:
    """What the facts on a group's series teach."""
    targets = [{one.quarter for one in record if one.origin == origin} for origin in {one.origin for one in record}]
    n = scoring.effective(targets)
    whole = [one for one in record if np.isfinite(one.crps).all()]
    names = sorted({one.series for one in whole})
    means = [np.mean([one.crps for one in whole if one.series == name], axis=0) for name in names]
    weights = shrunk(np.stack(means), n) if means else NOTHING.weights
    return Learnt(weights, widening([one.off for one in record], n), n)


def shrunk(crps: Array, n: float) -> Array:
    """Weights by CRPS, drawn to equal: crps (series, parts), n effective origins -> (parts,)."""
    share = crps / np.maximum(crps.sum(axis=1, keepdims=True), 1e-300)
    turned = 1.0 / np.maximum(share.mean(axis=0), 1e-9)
    equal = np.full(crps.shape[1], 1.0 / crps.shape[1])
    return np.asarray((n * turned / turned.sum() + PRIOR * equal) / (n + PRIOR))


def widening(distances: Sequence[float], n: float) -> float:
    """Factor on the spread that would have covered what the 90 % band should, drawn to 1."""
    needed = max(float(np.quantile(distances, COVERED)), 1.0)
    return float(np.exp(n / (n + PRIOR) * np.log(needed)))


# --- what is shipped --------------------------------------------------------------------------------------------------


def both(made: pd.DataFrame, history: Mapping[str, pd.Series], learnt: Mapping[str, Learnt]) -> pd.DataFrame:
    """The model's forecast and the combination, one after the other, with the column `method` in front."""
    one, other = made.copy(), combined(made, history, learnt)
    for frame, name in ((one, MODEL), (other, COMBINATION)):
        frame.insert(0, "method", name)
    return pd.concat([one, other], ignore_index=True)


def rows(origin: str, learnt: Mapping[str, Learnt]) -> list[dict[str, object]]:
    """What was known at an origin, a row a group of series."""
    found = []
    for group in scoring.GROUPS:
        one = learnt.get(group, NOTHING)
        weights = {f"weight_{part}": float(weight) for part, weight in zip(PARTS, one.weights, strict=True)}
        found.append(
            {"origin": origin, "group": group, **weights, "widening": one.widening, "effective_origins": one.origins}
        )
    return found


def shipped(origin: str, file: Path = FILE) -> dict[str, Learnt]:
    """What the shipped backtest has learnt by an origin, by group."""
    table = pd.read_csv(file)
    return {
        str(row["group"]): Learnt(
            np.array([row[f"weight_{part}"] for part in PARTS]), row["widening"], row["effective_origins"]
        )
        for row in table[table["origin"] == origin].to_dict("records")
    }
