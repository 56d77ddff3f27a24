"""Records in the forms of other tools: arrays with named axes (xarray) and tables in SQL (DuckDB). Both are extras."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.metrics import METRICS

AXES = ("cell", "world", "quarter_number")


def arrays(rows: pd.DataFrame, names: Sequence[str], labels: Mapping[int, str], cells: pd.DataFrame) -> Any:
    """Metrics as an xarray Dataset with the axes cell (in the order of `cells`), world and quarter_number, units as
    attributes, labels of quarters and columns of `cells` as coordinates. Worlds that a cell has not are NaN."""
    declared = {metric.name: metric for metric in METRICS}
    found = (
        _extra("xarray", "arrays").Dataset.from_dataframe(rows.set_index(list(AXES))).reindex(cell=list(cells.index))
    )
    for name in names:
        found[name].attrs = {"units": declared[name].unit, "description": declared[name].meaning}
    quarter = [labels[int(number)] for number in found["quarter_number"].values]
    also = {name: ("cell", cells[name].to_numpy()) for name in cells.columns}
    return found.assign_coords(quarter=("quarter_number", quarter), **also)


def sql(tables: Mapping[str, Sequence[Path]]) -> Any:
    """A DuckDB connection in memory with a view a table, read from its files when it is asked."""
    connection = _extra("duckdb", "sql").connect()
    for name, paths in tables.items():
        connection.read_parquet([str(path) for path in paths]).create_view(name)
    return connection


def _extra(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(f"{module} is not installed; pip install 'fully-booked[{extra}]'.") from error
