"""Scores a forecast of quantiles against facts as they arrive: CRPS, coverage, skill against naive forecasts.

The forecast distribution goes through its seven quantiles, linearly in the standard normal score, and on in a
straight line beyond them, so that quantiles of a normal give that normal. With x_k its quantiles at the middle of N
equal steps of probability,

    CRPS = 1/N sum |x_k - y| - 1/(2 N^2) sum |x_k - x_l|          (Gneiting and Raftery 2007)

in the unit of the series. Skill is 1 - CRPS / CRPS of a naive forecast: above 0 the model was better. Over series, it
is that of the sums, where each series is measured in the CRPS of model and naive forecast together, since units
differ:

    1 - sum a_i / sum b_i,    a_i = own_i / (own_i + naive_i),    b_i = naive_i / (own_i + naive_i)

So every series weighs one, the same one way and the other, and no hit, however exact, outweighs more than one miss.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from experiments.forecast import naive
from experiments.forecast.forecast import COLUMNS, LEVELS
from experiments.forecast.public_series import SERIES, gapless
from sim.arrays import Array
from sim.errors import InputError
from sim.quarters import ordinal

STEPS = 400
BANDS = {"within_50": ("p25", "p75"), "within_80": ("p10", "p90"), "within_90": ("p5", "p95")}
QUANTILES = list(COLUMNS[3:])
GROUPS = ("stocks and shares", "money and price")
ROUNDING = 1e-9
"""A score below this part of the fact is what is left of rounding: an exact hit."""
LEAST_SD = 0.08
"""Spread a quarter, in logs, of a last value whose history is too short to measure one (two quotes of a rent).
Judgement."""


def spread_out(quantiles: Array, steps: int = STEPS) -> Array:
    """Equally likely values of distributions given by their quantiles at LEVELS: (n, 7) -> (n, steps)."""
    known = ndtri(np.array(LEVELS))
    wanted = ndtri((np.arange(steps) + 0.5) / steps)
    place = np.clip(np.searchsorted(known, wanted) - 1, 0, len(known) - 2)
    part = (wanted - known[place]) / (known[place + 1] - known[place])
    return np.asarray(quantiles[:, place] * (1.0 - part) + quantiles[:, place + 1] * part)


def crps(quantiles: Array, fact: Array) -> Array:
    """Continuous ranked probability score of each row: (n, 7), (n,) -> (n,)."""
    values = np.sort(spread_out(quantiles), axis=1)
    n = values.shape[1]
    weight = (2.0 * np.arange(1, n + 1) - n - 1.0) / n**2  # sum of |x_k - x_l| from sorted values
    return np.asarray(np.abs(values - fact[:, None]).mean(axis=1) - (values * weight).sum(axis=1))


def skill(own: float, rival: float) -> float:
    """1 - own / rival for two scores: 0 where both are exact hits, minus infinity where only the rival is."""
    if rival == 0.0:
        return 0.0 if own == 0.0 else -np.inf
    return 1.0 - own / rival


def skill_of_sums(skills: Array) -> float:
    """Skill over series from that of each, every series weighing one; NaN of none. See above."""
    if not len(skills):
        return float("nan")
    own = 1.0 - 1.0 / (2.0 - skills)  # ratio / (1 + ratio), and 1 for a ratio without end
    return skill(float(own.sum()), float((1.0 - own).sum()))


def naive_quantiles(method: str, history: pd.Series, quarters: int) -> Array | None:
    """Quantiles of a naive forecast from what was known at the origin, (quarters, 7); None when the history is too
    short.

    A last value always exists: with a short history its spread is judged."""
    values = gapless(history)
    if len(values) >= naive.FEWEST:
        return naive.quantiles(method, values, quarters, np.array(LEVELS))
    if method != "last":
        return None
    spread = LEAST_SD * np.sqrt(np.arange(1, quarters + 1))
    return np.asarray(history.iloc[-1] * np.exp(spread[:, None] * ndtri(np.array(LEVELS))))


def scored(quantiles: Array, fact: float) -> float:
    """CRPS of one distribution, (7,); 0 for an exact hit."""
    found = float(crps(quantiles[None, :], np.array([fact]))[0])
    return found if found > ROUNDING * abs(fact) else 0.0


def _row(row: Mapping[Hashable, Any], fact: float, rivals: Mapping[str, Array | None]) -> dict[str, object]:
    """One forecast against its fact. rivals: quantiles of each naive forecast, (7,), or None."""
    quantiles = np.array([row[name] for name in QUANTILES], dtype=float)
    if not np.isfinite([fact, *quantiles]).all():
        raise InputError(
            f"{row['series']}, {row['quarter']}: forecast or fact is no finite number; it cannot be scored."
        )
    return {
        **{name: row[name] for name in ("series", "quarter", "unit", "p50")},
        "fact": fact,
        "crps": scored(quantiles, fact),
        **{f"crps_{m}": np.nan if q is None else scored(q, fact) for m, q in rivals.items()},
        **{band: bool(row[low] <= fact <= row[high]) for band, (low, high) in BANDS.items()},
    }


def compare(forecast: pd.DataFrame, facts: pd.DataFrame, history: Mapping[str, pd.Series]) -> pd.DataFrame:
    """A row a series and quarter that has a fact: fact, CRPS, bands, CRPS of each naive forecast."""
    rows = []
    for name, group in forecast.groupby("series", sort=False):
        ahead = group.sort_values("quarter", key=lambda column: column.map(ordinal)).reset_index(drop=True)
        found = facts[facts["series"] == name].set_index("quarter")["value"]
        past = history[str(name)]
        origin = max(ordinal(q) for q in past.index)  # naive forecasts stand at the last quarter known
        steps = [ordinal(q) - origin - 1 for q in ahead["quarter"]]
        rivals = {method: naive_quantiles(method, past, max(steps) + 1) for method in naive.METHODS}
        for h, row in zip(steps, ahead.to_dict("records"), strict=True):
            if row["quarter"] in found.index:
                rows.append(
                    _row(row, float(found[row["quarter"]]), {m: q if q is None else q[h] for m, q in rivals.items()})
                )
    columns = ["series", "quarter", "unit", "fact", "p50", "crps", *(f"crps_{m}" for m in naive.METHODS), *BANDS]
    return pd.DataFrame(rows, columns=columns)


def summary(scored: pd.DataFrame) -> pd.DataFrame:
    """A row a series: how many facts, mean CRPS, skill against each naive forecast, part of facts within each band."""
    rows = []
    for name in [one for one in SERIES if one in set(scored["series"])]:
        group = scored[scored["series"] == name]
        own = float(group["crps"].mean())
        skills = {f"skill_{m}": _skill_where_both(group, f"crps_{m}") for m in naive.METHODS}
        bands = {band: float(group[band].mean()) for band in BANDS}
        rows.append(
            {"series": name, "unit": group["unit"].iloc[0], "facts": len(group), "crps": own, **skills, **bands}
        )
    return pd.DataFrame(
        rows, columns=["series", "unit", "facts", "crps", *(f"skill_{m}" for m in naive.METHODS), *BANDS]
    )


def _skill_where_both(rows: pd.DataFrame, rival: str) -> float:
    """Skill over the rows that the naive forecast has too (a short history has none); NaN without any."""
    both = rows[rows[rival].notna()]
    return skill(float(both["crps"].mean()), float(both[rival].mean())) if len(both) else np.nan


def effective(targets: Sequence[Collection[str]]) -> float:
    """How many origins without a quarter in common would say as much as some that share quarters, and so errors:
    n = (Σ 1)² / Σ_ij o_ij, o_ij = |T_i ∩ T_j| / √(|T_i| |T_j|). targets: the quarters T_i of each origin that have a
    fact."""
    sets = [set(one) for one in targets if one]
    if not sets:
        return 0.0
    shared = sum(len(a & b) / np.sqrt(len(a) * len(b)) for a in sets for b in sets)
    return float(len(sets) ** 2 / shared)


def effective_origins(scored: pd.DataFrame) -> float:
    """The same of scores with the columns origin and quarter."""
    return effective([set(rows["quarter"]) for _, rows in scored.groupby("origin")])


def group_of(series: str) -> str:
    """Stocks and shares apart from money and price: short histories of stocks make naive forecasts of them poor."""
    return GROUPS[0] if "installed" in series or "share" in series else GROUPS[1]


def groups(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Series by group, those that there are."""
    of = table["series"].map(group_of)
    found = {name: table[of == name] for name in GROUPS}
    return {name: rows for name, rows in found.items() if len(rows)}


def overall(table: pd.DataFrame) -> dict[str, float]:
    """Over series: skill of the sums, every series weighing one, and coverage over all facts."""
    found = {
        f"skill_{method}": skill_of_sums(table[f"skill_{method}"].dropna().to_numpy(dtype=float))
        for method in naive.METHODS
    }
    for band in BANDS:
        found[band] = float(np.average(table[band], weights=table["facts"])) if len(table) else float("nan")
    return found
