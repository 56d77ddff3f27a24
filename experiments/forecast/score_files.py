"""Reads what `fully-booked score` is given: a forecast's quantiles and files of facts, each problem in one sentence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from pathlib import Path

import pandas as pd

from experiments.forecast.combination import MODEL
from experiments.forecast.forecast import COLUMNS
from experiments.forecast.public_series import SERIES
from experiments.forecast.scoring import QUANTILES
from sim.errors import InputError, unknown
from sim.files import Line, read_csv
from sim.quarters import label, ordinal

FACTS = ("series", "quarter", "value", "unit")
KEPT_BESIDE = (
    "amd_data_center_revenue_usd_bn",
    "aws_depreciation_usd_bn",
    "coreweave_revenue_usd_bn",
    "google_cloud_revenue_usd_bn",
    "meta_capex_usd_bn",
    "oracle_capex_usd_bn",
)
"""Series of the project's own tables of which there is no forecast: facts on them are passed over."""
SAME_UNIT = {
    "0-1": {"0-1": 1.0, "share": 1.0, "fraction": 1.0, "percent": 0.01, "%": 0.01},
    "H100e": {"H100e": 1.0},
    "USD bn": {"USD bn": 1.0, "USD_bn": 1.0, "USD_billion": 1.0, "USD m": 0.001},
    "USD per hour": {"USD per hour": 1.0, "USD_per_hour": 1.0, "USD_per_chip_hour": 1.0},
}
"""Unit of a series -> units in which facts may come, with the factor between them."""


def read_forecast(path: Path, method: str = "") -> tuple[pd.DataFrame, str]:
    """A forecast: the columns of forecast.csv, known series and units, quantiles in order, every quarter once and
    none missing; and its method. A table may hold several, told apart by a column `method`: the one that is named, else
    the model's, else the first."""
    lines, method = _of_method(read_csv(path, COLUMNS), method, path)
    _series_and_quarters(lines, SERIES)
    frame = pd.DataFrame([_forecast_row(line) for line in lines], columns=list(COLUMNS))
    for name, group in frame.groupby("series"):
        quarters = sorted(ordinal(q) for q in group["quarter"])
        if quarters != list(range(quarters[0], quarters[0] + len(quarters))):
            first, last = label(quarters[0]), label(quarters[-1])
            raise InputError(f"{path.name}: {name}: a quarter is missing between {first} and {last}.")
    if frame.groupby("series")["quarter"].min().nunique() > 1:
        raise InputError(f"{path.name}: all series must begin in the same quarter, the first after the origin.")
    return frame, method


def _of_method(lines: Sequence[Line], method: str, path: Path) -> tuple[list[Line], str]:
    """Lines of one method, and its name; all of them when the table has no such column."""
    if "method" not in lines[0].values:
        if method:
            raise InputError(f"--method = {method} is not allowed; {path.name} has no column 'method', leave it out.")
        return list(lines), ""
    names = list(dict.fromkeys(line["method"] for line in lines))
    chosen = method or (MODEL if MODEL in names else names[0])
    if chosen not in names:
        raise unknown("--method", chosen, names, path.name)
    return [line for line in lines if line["method"] == chosen], chosen


def _forecast_row(line: Line) -> tuple[str | float, ...]:
    """A row of a forecast as it is kept: series, quarter, unit, quantiles."""
    series, quarter, unit = line["series"], line["quarter"], line["unit"]
    allowed = SERIES[series].unit
    if unit != allowed:
        raise InputError(f"{line.where}: unit = '{unit}' of {series}; allowed is '{allowed}'.")
    values = [line.number(name) for name in QUANTILES]
    for (lower, low), (higher, high) in pairwise(zip(QUANTILES, values, strict=True)):
        if low > high:
            raise InputError(
                f"{line.where}: {series}, {quarter}: {lower} = {low:g} is above {higher} = {high:g}; quantiles must "
                "not cross."
            )
    return (series, quarter, unit, *values)


def read_facts(paths: Sequence[Path]) -> pd.DataFrame:
    """Facts of one or more files, or of all tables of a folder: a value a series and quarter, in the series' own unit.

    A file that is named twice, by itself or by its folder, counts once."""
    named = [file for path in paths for file in (sorted(path.glob("*.csv")) if path.is_dir() else [path])]
    files = list({file.resolve(): file for file in reversed(named)}.values())[::-1]
    if not files:
        raise InputError(f"{paths[0]}: holds no .csv file of facts.")
    whole = pd.concat([_facts(file) for file in files], ignore_index=True)
    twice = whole[whole.duplicated(["series", "quarter"])]
    if len(twice):
        again = twice.iloc[0]
        raise InputError(
            f"{again['where']}: {again['series']}, {again['quarter']} is given twice; give each fact once."
        )
    return whole.drop(columns="where")


def _facts(path: Path) -> pd.DataFrame:
    lines = read_csv(path, FACTS)
    _series_and_quarters(lines, {*SERIES, *KEPT_BESIDE})
    rows = [(line["series"], line["quarter"], _fact(line), line.where) for line in lines]
    frame = pd.DataFrame(rows, columns=["series", "quarter", "value", "where"])
    return frame[~frame["series"].isin(KEPT_BESIDE)]


def _fact(line: Line) -> float:
    """The value of a fact in its series' own unit."""
    series, value = line["series"], line.number("value")
    if series in KEPT_BESIDE:
        return value
    unit, allowed = SERIES[series].unit, SAME_UNIT[SERIES[series].unit]
    if line["unit"] not in allowed:
        raise unknown(f"unit of {series}", line["unit"], allowed, line.where)
    value *= allowed[line["unit"]]
    if unit == "0-1" and not 0.0 <= value <= 1.0:
        raise InputError(f"{line.where}: value = {value:g} of {series} is not a share; allowed is 0 to 1.")
    return value


def _series_and_quarters(lines: Sequence[Line], allowed: Collection[str]) -> None:
    """Known series, quarters that are quarters, and each of them once."""
    seen = set[tuple[str, int]]()
    for line in lines:
        if line["series"] not in allowed:
            raise unknown("series", line["series"], allowed, line.where)
        key = line["series"], ordinal(line["quarter"], line.where)
        if key in seen:
            raise InputError(f"{line.where}: {line['series']}, {line['quarter']} is given twice; give each once.")
        seen.add(key)
