"""Results on disk: a place is taken, files are made beside it, and moved there only when complete."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.batch import owned
from experiments.batch.engine import Played
from experiments.batch.fingerprint import MODEL, code
from experiments.batch.listed import NO_ROOM
from experiments.batch.supervisor import DiedError
from experiments.batch.target import PROVENANCE, Target, as_input_error, check_target, taken, unfinished_of
from experiments.batch.unfinished import Unfinished
from sim import kernels
from sim.errors import Halted, InputError
from sim.metrics import LOCK_IN_METRICS, METRICS, OFFER_METRICS, PARTY_METRICS
from sim.records import digest

PACKAGES = ("mesa", "numpy", "pandas", "pyarrow", "scipy", "matplotlib", "fully-booked")
KEY_MEANINGS = (
    ("cell", "text", "Name of the cell: a scenario of the study, or the scenario's name in a single run."),
    ("world", "count", "Number of the world; the same world has the same draws in every cell."),
    ("quarter", "calendar quarter", "For example 2027Q2."),
    ("quarter_number", "count", "Quarters since the start of the scenario; 1 is the first played."),
)
OFFER_KEY_MEANINGS = (
    *KEY_MEANINGS[:3],
    ("cloud", "text", "Owner of the capacity."),
    ("family", "text", "Chip family."),
    ("channel", "text", "direct, managed, own-use (captive) or edge."),
)
PARTY_KEY_MEANINGS = (
    *KEY_MEANINGS[:3],
    ("role", "text", "cloud (owners of captive fleets too), vendor, lab or regulator."),
    ("party", "text", "Name of the party."),
)


class Store:
    """A results folder in the making: its place is taken at once and held; leaving without an error moves the
    results there.

    Use as a context manager. out: the folder as its user calls it; path: where files are made meanwhile. A folder
    that exists keeps all that no run wrote; a new one appears whole."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._writers: dict[str, pq.ParquetWriter] = {}
        self.digests: dict[str, str] = {}
        self._kept: Unfinished | None = None

    def __enter__(self) -> Store:
        with ExitStack() as held:
            self.out, self.place = held.enter_context(taken(self.target))
            try:
                self._begin()
            except OSError as error:
                raise as_input_error(error, self.out) from error
            self._held = held.pop_all()
        return self

    def _begin(self) -> None:
        owned.tidy(self.place, self.out)
        self._check_unfinished()
        check_target(self.target, self.out)
        self._is_new = not self.place.exists()
        if not self._is_new:
            owned.refuse_mix(self.place, self.out)
        self.path = self.place.with_name(f".{self.place.name}.partial") if self._is_new else self.place / owned.PARTIAL
        self.path.mkdir()

    def _check_unfinished(self) -> None:
        """InputError when an earlier run kept something here that this one would lose, or nothing is left to do."""
        there = os.path.lexists(unfinished_of(self.place))
        if self.target.resume and not there and (self.place / PROVENANCE).is_file():
            raise InputError(f"--resume: '{self.out}' is finished: nothing is left to play; give another folder.")
        if there and self.target.again is not None and not (self.target.resume or self.target.overwrite):
            raise InputError(
                f"--out: a run into '{self.out}' was begun and has not ended; --resume goes on with it, --overwrite "
                "begins anew, or give another folder."
            )

    def keeps(self) -> Unfinished | None:
        """Where chunks are kept while they are played; None for a command that cannot go on."""
        if self.target.again is None:
            return None
        self._kept = Unfinished(unfinished_of(self.place), self.out, resume=self.target.resume, tell=self.target.tell)
        return self._kept

    def add(self, played: Played) -> None:
        """Append a cell's tables."""
        for name, frame in played.tables.items():
            table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
            if name not in self._writers:
                self._writers[name] = pq.ParquetWriter(self.path / f"{name}.parquet", table.schema, compression="zstd")
            self._writers[name].write_table(table.cast(self._writers[name].schema))
        self.digests[played.cell.name] = digest(played.quarters)

    def write(self, name: str, text: str) -> Path:
        """Write a text file into the folder."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def close_tables(self) -> None:
        """Finish the Parquet files."""
        while self._writers:
            self._writers.popitem()[1].close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._held:
            failure = error
            try:
                self.close_tables()
                if failure is None:
                    self._finish()
            except BaseException as problem:
                failure = failure or problem
            if failure is None or self._stands():  # told to end when all was done: there is nothing to go on with
                if self._kept is not None:
                    self._kept.drop()
                return
            shutil.rmtree(self.path, ignore_errors=True)
            failure = self._with_what_is_kept(failure)
            if isinstance(failure, OSError):
                raise as_input_error(failure, self.out) from failure
            if failure is not error:
                raise failure from error

    def _stands(self) -> bool:
        """Have the results of a new folder taken its name?"""
        return self._is_new and not self.path.exists() and (self.place / PROVENANCE).is_file()

    def _with_what_is_kept(self, failure: BaseException) -> BaseException:
        """What stopped the run, in one sentence with the command that goes on, when something was kept."""
        kept, again = self._kept, self.target.again
        if kept is None or again is None or not kept.opened:
            return failure
        if not kept.done:
            kept.drop()
            return failure
        go_on = f"{kept.so_far}. Go on with: {again(self.out)}"
        if isinstance(failure, KeyboardInterrupt):
            return Halted(f"stopped; {go_on}")
        if isinstance(failure, OSError):
            why = "no space left on the disk" if failure.errno in NO_ROOM else f"{failure.strerror or failure}"
            return InputError(f"--out: '{self.out}' cannot be written: {why}; {go_on}")
        if isinstance(failure, DiedError):
            return DiedError(f"{str(failure).rstrip('.')}; {go_on}")
        return InputError(f"memory ran out; {go_on}") if isinstance(failure, MemoryError) else failure

    def _finish(self) -> None:
        """List what was written, and move it into place: whole when the place is still free, else file by file."""
        if not (self.path / PROVENANCE).is_file():
            self.write(PROVENANCE, provenance({"command": self.target.command}))
        owned.complete(self.path)
        if self._is_new and not os.path.lexists(self.place):
            self.path.rename(self.place)
            return
        if self._is_new:  # somebody made a folder there meanwhile
            self.path = self.path.rename(self.place / owned.PARTIAL)
        owned.move_up(self.place, self.out)


@contextmanager
def storing(target: Target | None) -> Iterator[Store | None]:
    """A store for commands that write only when a folder is given."""
    if target is None:
        yield None
        return
    with Store(target) as store:
        yield store


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that numbers depend on, a hash of the model's own files, and the kernels
    in use: numba and its version, or numpy."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed as a package"
    return {**found, MODEL: code(), "kernels": kernels.road()}


def provenance(facts: dict[str, Any]) -> str:
    """The text of provenance.json."""
    return json.dumps({**facts, "versions": versions()}, indent=2, ensure_ascii=False) + "\n"


def party_rows() -> list[tuple[str, str, str, str]]:
    """(table, column, unit, meaning) of the table of parties."""
    plain = [("parties", m.name, m.unit, m.meaning) for m in PARTY_METRICS]
    return [*(("parties", *row) for row in PARTY_KEY_MEANINGS), *plain]


def lock_in_rows() -> list[tuple[str, str, str, str]]:
    """(table, column, unit, meaning) of the table of the lock-in index."""
    keys = [
        *KEY_MEANINGS[:3],
        ("level", "text", "family (chips) or cloud."),
        ("name", "text", "Name of the family or cloud."),
    ]
    return [*(("lock_in", *row) for row in keys), *(("lock_in", m.name, m.unit, m.meaning) for m in LOCK_IN_METRICS)]


def dictionary_rows() -> list[tuple[str, str, str, str]]:
    """(table, column, unit, meaning) of everything in the two tables that every run has."""
    plain = [("quarters", m.name, m.unit, m.meaning) for m in METRICS]
    offers = [("offers", m.name, m.unit, m.meaning) for m in OFFER_METRICS]
    keys = [("quarters", *row) for row in KEY_MEANINGS]
    return [*keys, *plain, *(("offers", *row) for row in OFFER_KEY_MEANINGS), *offers]


def write_dictionary(store: Store, more: Sequence[tuple[str, str, str, str]] = ()) -> None:
    """The data dictionary as .csv and as .md."""
    rows = [("table", "column", "unit", "meaning"), *dictionary_rows(), *more]
    quoted = [",".join('"' + word.replace('"', '""') + '"' for word in row) for row in rows]
    store.write("data_dictionary.csv", "\n".join(quoted) + "\n")
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|---|---|---|---|")
    note = "A world is one possible course of events; a share is 0 to 1; musd is millions of US dollars."
    store.write("data_dictionary.md", f"# Data dictionary\n\n{note}\n\n" + "\n".join(lines) + "\n")
