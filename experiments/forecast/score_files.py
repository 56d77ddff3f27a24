"""Reads what `fully-booked score` is given: a forecast's quantiles and files of facts, each problem in one sentence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.forecast.forecast import COLUMNS
from experiments.forecast.public_series import SERIES
from experiments.forecast.scoring import QUANTILES
from sim.errors import InputError, unknown
from sim.quarters import ordinal

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


def read_forecast(path: Path) -> pd.DataFrame:
    """A forecast: the columns of forecast.csv, known series and units, quantiles in order, every quarter once and none missing."""
    frame = _table(path, COLUMNS)
    _series_and_quarters(frame, path)
    for name in QUANTILES:
        frame[name] = _numbers(frame, name, path)
    for number, row in zip(_lines(frame), frame.itertuples(index=False), strict=True):
        allowed = SERIES[row.series].unit
        if row.unit != allowed:
            raise InputError(
                f"{path.name}: line {number}: unit = '{row.unit}' of {row.series}; allowed is '{allowed}'."
            )
        values = np.array([getattr(row, name) for name in QUANTILES])
        if np.any(np.diff(values) < 0.0):
            k = int(np.flatnonzero(np.diff(values) < 0.0)[0])
            raise InputError(
                f"{path.name}: line {number}: {row.series}, {row.quarter}: {QUANTILES[k]} = {values[k]:g} is above {QUANTILES[k + 1]} = {values[k + 1]:g}; quantiles must not cross."
            )  # fmt: skip
    for name, group in frame.groupby("series"):
        quarters = sorted(ordinal(q) for q in group["quarter"])
        if quarters != list(range(quarters[0], quarters[0] + len(quarters))):
            raise InputError(
                f"{path.name}: {name}: a quarter is missing between {group['quarter'].min()} and {group['quarter'].max()}."
            )
    if frame.groupby("series")["quarter"].min().nunique() > 1:
        raise InputError(f"{path.name}: all series must begin in the same quarter, the first after the origin.")
    return frame


def read_facts(paths: Sequence[Path]) -> pd.DataFrame:
    """Facts of one or more files, or of all tables of a folder: a value a series and quarter, in the series' own unit."""
    files = [file for path in paths for file in (sorted(path.glob("*.csv")) if path.is_dir() else [path])]
    if not files:
        raise InputError(f"{paths[0]}: holds no .csv file of facts.")
    whole = pd.concat([_facts(file) for file in files], ignore_index=True)
    twice = whole[whole.duplicated(["series", "quarter"], keep=False)]
    if len(twice):
        first = twice.iloc[0]
        raise InputError(f"{first['file']}: {first['series']}, {first['quarter']} is given twice; give each fact once.")
    return whole.drop(columns="file")


def _facts(path: Path) -> pd.DataFrame:
    frame = _table(path, FACTS)
    _series_and_quarters(frame, path, {*SERIES, *KEPT_BESIDE})
    frame["value"] = _numbers(frame, "value", path)
    beside = frame["series"].isin(KEPT_BESIDE)
    frame, lines = frame[~beside], [number for number, out in zip(_lines(frame), beside, strict=True) if not out]
    factors = []
    for number, row in zip(lines, frame.itertuples(index=False), strict=True):
        allowed = SAME_UNIT[SERIES[row.series].unit]
        if row.unit not in allowed:
            raise unknown(f"unit of {row.series}", str(row.unit), allowed, f"{path.name}: line {number}")
        factors.append(allowed[row.unit])
    frame = frame.assign(value=frame["value"] * factors)
    for number, row in zip(lines, frame.itertuples(index=False), strict=True):
        if SERIES[row.series].unit == "0-1" and not 0.0 <= row.value <= 1.0:
            raise InputError(
                f"{path.name}: line {number}: value = {row.value:g} of {row.series} is not a share; allowed is 0 to 1."
            )
    return frame[["series", "quarter", "value"]].assign(file=path.name)


def _table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, comment=None)
    except FileNotFoundError as error:
        raise InputError(f"'{path}' does not exist.") from error
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError, OSError) as error:
        raise InputError(
            f"{path.name}: not a table with the columns {', '.join(columns)}: {str(error).splitlines()[0]}."
        ) from error
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise InputError(f"{path.name}: column '{missing[0]}' is missing; needed are {', '.join(columns)}.")
    if frame.empty:
        raise InputError(f"{path.name}: has no row below its header.")
    return frame


def _lines(frame: pd.DataFrame) -> range:
    """Number of each row's line in the file; the header is the first."""
    return range(2, len(frame) + 2)


def _series_and_quarters(frame: pd.DataFrame, path: Path, allowed: Collection[str] = tuple(SERIES)) -> None:
    for number, series, quarter in zip(_lines(frame), frame["series"], frame["quarter"], strict=True):
        if series not in allowed:
            raise unknown("series", series, allowed, f"{path.name}: line {number}")
        ordinal(quarter, f"{path.name}: line {number}")
    twice = frame[frame.duplicated(["series", "quarter"])]
    if len(twice):
        first = twice.iloc[0]
        raise InputError(
            f"{path.name}: line {twice.index[0] + 2}: {first['series']}, {first['quarter']} is given twice; give each once."
        )


def _numbers(frame: pd.DataFrame, name: str, path: Path) -> pd.Series:
    found = pd.to_numeric(frame[name], errors="coerce")
    wrong = np.flatnonzero(~np.isfinite(found.to_numpy(dtype=float)))
    if len(wrong):
        row = int(wrong[0])
        raise InputError(
            f"{path.name}: line {row + 2}: {name} = '{frame[name].iloc[row]}' is not allowed; give a finite number."
        )
    return found.astype(float)
