"""A results folder, opened: what was run, and its tables read as far as they are asked for."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from experiments.batch import forms, manifest
from experiments.batch.facts import CellFacts, Facts, is_batch, of_batch, of_run
from experiments.batch.fingerprint import MODEL, PRODUCT, OlderWarning, other_rules
from experiments.batch.manifest import DESIGN, PARTS
from experiments.batch.target import PROVENANCE
from sim.arrays import Array
from sim.errors import InputError, unknown
from sim.metrics import METRICS
from sim.records import digest

QUARTERS = "quarters"
"""The table that every results folder has: a row a cell, world and quarter."""


@dataclass(frozen=True)
class Records:
    """The records in a results folder of `run`, `study` or any other command that leaves tables of cells.

    folder: where they are; facts: what was run. Tables are read when asked for, and only the cells and columns that
    are asked for."""

    folder: Path
    facts: Facts

    @classmethod
    def open(cls, folder: str | Path) -> Records:
        """The folder's records. InputError when it holds none, or what it holds does not fit together; a warning when
        other rules than those of today played it."""
        place = Path(folder)
        records: Records = BatchRecords(place, of_batch(place)) if is_batch(place) else cls(place, of_run(place))
        records._fits()
        if other := other_rules(records.facts.versions.get(PRODUCT, "unknown"), records.facts.versions.get(MODEL, "")):
            warnings.warn(f"{place} was played by other rules ({other}).", OlderWarning, stacklevel=2)
        return records

    @property
    def cells(self) -> Mapping[str, CellFacts]:
        """What was run in each cell, by its name."""
        return self.facts.cells

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that the folder has."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.parquet")))

    @cached_property
    def labels(self) -> Mapping[int, str]:
        """Number of a quarter -> its label: {1: '2026Q1', ...}."""
        rows = self.table(QUARTERS, ["quarter_number", "quarter"], [next(iter(self.cells))])
        first = rows.drop_duplicates("quarter_number").sort_values("quarter_number")
        return {int(n): str(q) for n, q in zip(first["quarter_number"], first["quarter"], strict=True)}

    def table(
        self, name: str = QUARTERS, columns: Sequence[str] | None = None, cells: Iterable[str] | None = None
    ) -> pd.DataFrame:
        """A table as pandas has it; columns, cells: those that are read, all unless given. InputError for a name that
        is none."""
        whole = self._dataset(name)
        for column in _several(columns or ()):
            if column not in whole.schema.names:
                raise unknown("column", column, whole.schema.names, f"{self.folder}, table {name}")
        chosen = None if cells is None else [self.cell(cell) for cell in _several(cells)]
        only = None if chosen is None else ds.field("cell").isin(chosen) if chosen else ds.scalar(False)
        try:
            return pd.DataFrame(
                whole.to_table(columns=None if columns is None else list(_several(columns)), filter=only).to_pandas()
            )
        except (OSError, pa.ArrowInvalid) as error:
            raise self._corrupt(name) from error

    def cell(self, name: str) -> str:
        """The name of a cell that the folder has, as given; InputError with the closest match otherwise."""
        if name not in self.cells:
            raise unknown("cell", name, self.cells, str(self.folder))
        return name

    def seed(self, cell: str) -> int:
        """The seed of a cell's draws."""
        return self.facts.seed

    def worlds(self, cell: str) -> Array:
        """Numbers of a cell's worlds, (worlds,), rising."""
        return np.sort(self.table(QUARTERS, ["world"], [cell])["world"].unique())

    def metric(self, name: str, cell: str) -> pd.DataFrame:
        """One metric of a cell: a row a world, a column a number of quarter."""
        known = [metric.name for metric in METRICS]
        if name not in known:
            raise unknown("metric", name, known)
        rows = self.table(QUARTERS, ["world", "quarter_number", name], [cell])
        return rows.pivot(index="world", columns="quarter_number", values=name)

    def check(self, cell: str) -> None:
        """InputError when a cell's figures are not those that its run wrote: its digest is another."""
        found = digest(self.table(QUARTERS, None, [cell]))
        if found != self.cells[self.cell(cell)].records_digest:
            raise InputError(
                f"{self.folder}: the figures of cell '{cell}' are not those that {PROVENANCE} tells of; "
                "the tables were changed or are of another run."
            )

    def to_xarray(self, metrics: Sequence[str] | None = None, cells: Sequence[str] | None = None) -> Any:
        """Metrics, all that it has unless given, as an xarray Dataset with the axes cell, world and quarter_number,
        units as attributes; what varies between the points of a design is a coordinate of the cell. Worlds that a cell
        has not are NaN. Needs the extra `arrays`."""
        known = [metric.name for metric in METRICS]
        metrics = tuple(dict.fromkeys(_several(metrics or ())))
        for name in metrics:
            if name not in known:
                raise unknown("metric", name, known)
        names = list(metrics or (name for name in self._dataset(QUARTERS).schema.names if name in known))
        chosen = [self.cell(cell) for cell in dict.fromkeys(_several(cells or self.cells))]
        rows = self.table(QUARTERS, [*forms.AXES, *names], chosen)
        return forms.arrays(rows, names, self.labels, self._varied().loc[chosen])

    @property
    def metrics(self) -> tuple[str, ...]:
        """Metrics that were kept."""
        there = self._dataset(QUARTERS).schema.names
        return tuple(metric.name for metric in METRICS if metric.name in there)

    def _varied(self) -> pd.DataFrame:
        """What differs between cells, a row a cell by its name."""
        return pd.DataFrame(index=pd.Index(list(self.cells)))

    def duckdb(self) -> Any:
        """A DuckDB connection in memory with a view a table, read from the folder's files. Needs the extra `sql`."""
        return forms.sql({name: [self.folder / f"{name}.parquet"] for name in self.tables})

    def _dataset(self, name: str) -> Any:
        if name not in self.tables:
            raise unknown("table", name, self.tables, str(self.folder))
        try:
            return ds.dataset(self.folder / f"{name}.parquet", format="parquet")
        except (OSError, pa.ArrowInvalid) as error:
            raise self._corrupt(name) from error

    def _corrupt(self, name: str) -> InputError:
        return InputError(f"{self.folder / name}.parquet cannot be read: it is no whole Parquet file; run it again.")

    def _fits(self) -> None:
        """InputError when the table of quarters is not of the run that provenance.json tells of."""
        if QUARTERS not in self.tables:
            raise InputError(f"{self.folder} has no {QUARTERS}.parquet; give the results of run, study or batch.")
        wanted = self.facts.quarters * sum(cell.worlds for cell in self.cells.values())
        whole = self._dataset(QUARTERS)
        strange = sorted({"cell", "world", "quarter", "quarter_number"} - set(whole.schema.names))
        if strange:
            raise InputError(
                f"{self.folder / QUARTERS}.parquet has no column '{strange[0]}'; it is no table of quarters."
            )
        if (rows := whole.count_rows()) != wanted:
            raise InputError(
                f"{self.folder}: {QUARTERS}.parquet has {rows} rows where {PROVENANCE} tells of {wanted}: "
                "files of two runs."
            )


def _several(names: Iterable[str]) -> Iterable[str]:
    """Names; one alone is a list of one, and not its letters."""
    return [names] if isinstance(names, str) else names


# --- batches ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BatchRecords(Records):
    """The records of a batch: its cells are the points of its design, its table of quarters are its parts."""

    @cached_property
    def points(self) -> pd.DataFrame:
        """The design: a row a point, by the name of its cell."""
        return pd.read_parquet(self.folder / DESIGN).set_index("name")

    @cached_property
    def tables(self) -> tuple[str, ...]:
        return (QUARTERS,)

    @cached_property
    def labels(self) -> Mapping[int, str]:
        rows = self._dataset(QUARTERS).head(1000, columns=["quarter_number", "quarter"]).to_pylist()
        return dict(sorted({int(row["quarter_number"]): str(row["quarter"]) for row in rows}.items()))

    def seed(self, cell: str) -> int:
        return int(self.points["seed"][cell])

    def table(
        self, name: str = QUARTERS, columns: Sequence[str] | None = None, cells: Iterable[str] | None = None
    ) -> pd.DataFrame:
        whole = self._dataset(name)
        for column in _several(columns or ()):
            if column not in ("cell", *whole.schema.names):
                raise unknown("column", column, whole.schema.names, f"{self.folder}, table {name}")
        chosen = self.points if cells is None else self.points.loc[[self.cell(cell) for cell in _several(cells)]]
        wanted = (
            None
            if columns is None
            else ["design", *(one for one in _several(columns) if one not in ("cell", "design"))]
        )
        try:
            found = whole.to_table(columns=wanted, filter=ds.field("design").isin(chosen["design"].tolist()))
        except (OSError, pa.ArrowInvalid) as error:
            raise self._corrupt(name) from error
        frame = found.to_pandas().sort_values([one for one in ("design", "world") if one in found.column_names])
        frame.insert(0, "cell", frame["design"].map(dict(zip(chosen["design"], chosen.index, strict=True))))
        return pd.DataFrame(frame if columns is None else frame[list(_several(columns))]).reset_index(drop=True)

    def check(self, cell: str) -> None:
        number = int(self.points["design"][self.cell(cell)])
        self._check(entry for entry in self._listed() if number in entry["points"])

    def whole(self) -> list[Path]:
        """Files of all parts that are done, in the order of chunks; InputError for one that is not as written."""
        self._check(self._listed())
        return [self.folder / PARTS / entry["part"] for entry in self._listed()]

    def _check(self, entries: Iterable[manifest.Entry]) -> None:
        for entry in entries:
            place = self.folder / PARTS / entry["part"]
            if not place.is_file() or manifest.hash_of(place) != entry["hash"]:
                raise self._corrupt(f"{PARTS}/{Path(entry['part']).stem}")

    def _varied(self) -> pd.DataFrame:
        fixed = {"design", "scenario_digest", "worlds", *self._dataset(QUARTERS).schema.names}
        return self.points[[name for name in self.points.columns if name not in fixed]]

    def duckdb(self) -> Any:
        parts = [self.folder / PARTS / entry["part"] for entry in self._listed()]
        connection = forms.sql({PARTS: parts, "design": [self.folder / DESIGN]})
        joined = f"select d.name as cell, p.* from {PARTS} as p join design as d on p.design = d.design"
        connection.sql(joined).create_view(QUARTERS)
        return connection

    def _dataset(self, name: str) -> Any:
        if name != QUARTERS:
            raise unknown("table", name, self.tables, str(self.folder))
        try:
            return ds.dataset([self.folder / PARTS / entry["part"] for entry in self._listed()], format="parquet")
        except (OSError, pa.ArrowInvalid) as error:
            self._check(self._listed())  # says which
            raise self._corrupt(PARTS) from error

    def _listed(self) -> list[manifest.Entry]:
        """Entries of the parts that are done."""
        every = manifest.standing(manifest.read(self.folder / manifest.NAME, manifest.OF_BATCH))
        return [one for _, one in sorted(every.items()) if one["status"] == manifest.DONE]

    def _corrupt(self, name: str) -> InputError:
        return InputError(f"{self.folder / name}.parquet is missing or corrupt; --resume plays it again.")

    def _fits(self) -> None:
        if not self._listed():
            raise InputError(f"{self.folder / manifest.NAME} lists no part that is whole; --resume plays them again.")
        rows, wanted = self._dataset(QUARTERS).count_rows(), sum(one["rows"] for one in self._listed())
        if rows != wanted:
            raise InputError(f"{self.folder}: parts have {rows} rows where {manifest.NAME} tells of {wanted}.")
