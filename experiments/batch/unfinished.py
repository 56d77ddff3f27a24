"""What commands keep that write their results only at the end: every chunk that was played, until the results stand.

    DIR.unfinished/
        asked.json        what is played, by which rules, and how worlds are cut into chunks
        manifest.jsonl    and parts/, corrupt/: see `listed.py`
        parts/part-000012.zip   what was read of a chunk: tables as Parquet, arrays as .npy

It lies beside the folder that the results will take. Fresh chunks and kept ones take the same road through these bytes.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from experiments.batch import engine
from experiments.batch.engine import Cell, Read, Task
from experiments.batch.fingerprint import rules
from experiments.batch.listed import NOTHING_KEPT, Listed, same_rules, write_json
from experiments.batch.manifest import PARTS
from experiments.batch.shelf import key
from experiments.batch.supervisor import Answer
from sim.errors import InputError
from sim.files import parsed
from sim.streams import BLOCK

ASKED = "asked.json"
WHOLE, NAMED = "whole", "named/"
"""Names in a part: of a result that is one table or array, and of several by name."""
REMEDY = "give a new folder, or --overwrite without --resume to begin anew"


@dataclass
class Unfinished(Listed):
    """The chunks of one command, held by this process. resume: go on with what is there; else there must be nothing.
    tell: is told what was found wrong with it. There is no folder before the first chunk is asked for."""

    ending: ClassVar[str] = "zip"
    resume: bool = False
    tell: Callable[[str], None] = lambda sentence: None
    opened: bool = False
    _numbers: dict[str, int] = field(default_factory=dict)

    def begin(self, asked: Sequence[tuple[Cell, Read[Any]]], chunk: int) -> int:
        """Open the folder for what is asked, or make it; InputError when it holds something else. Gives the worlds of
        a chunk, which stay as they were begun."""
        wanted = {"asked": facts(asked), "chunk": chunk, "rules": rules()}
        if self.resume and self.place.exists():
            chunk = self._same(wanted)
        else:
            if self.resume:
                self.tell(NOTHING_KEPT.format(self.shown))
            shutil.rmtree(self.place, ignore_errors=True)
            (self.place / PARTS).mkdir(parents=True)
            self.manifest.touch()
            write_json(self.place / ASKED, wanted)
        self.open_list()
        self.opened = True
        for sentence in self.said:
            self.tell(sentence)
        self._numbers = {one["key"]: number for number, one in self.done.items() if one.get("key")}
        return chunk

    def _same(self, wanted: Mapping[str, Any]) -> int:
        before = _read(self.place / ASKED)
        if not before or not self.manifest.is_file():
            raise InputError(f"--resume: '{self.place.name}' holds nothing to go on with; {REMEDY}.")
        same_rules(before["rules"], wanted["rules"], self.shown, REMEDY)
        for name, now in wanted["asked"].items():
            if (then := before["asked"].get(name)) != now:
                here = f"{_said(then)}, here {_said(now)}"
                raise InputError(f"--resume: '{self.shown}' was begun with another {name} ({here}); {REMEDY}.")
        return int(before["chunk"])

    def played(self, tasks: Sequence[Task[Any]], workers: int, most: int) -> Iterator[Any]:
        """What is read of each task, in order: from the disk what is there, the rest played and kept as it comes."""
        keys = [_key(cell, read) for cell, read, _ in tasks]
        there = {one for one in keys if one in self._numbers}
        groups = engine.grouped([task for task, one in zip(tasks, keys, strict=True) if one not in there], most)
        names = [engine.said(group) for group in groups]
        fresh = chain.from_iterable(
            engine.each(parts_of, [(group,) for group in groups], workers, names, partial(self._arrived, groups))
        )
        for one in keys:
            yield decoded(self.path(self._numbers[one]).read_bytes() if one in there else next(fresh))

    def _arrived(self, groups: Sequence[Sequence[Task[Any]]], answer: Answer) -> None:
        """Keep what came back of a group; name what nobody could play."""
        for place, (cell, read, _) in enumerate(groups[answer.key]):
            if not (name := _key(cell, read)):
                continue
            number = max((int(one["chunk"]) for one in self.entries), default=-1) + 1
            said: dict[str, Any] = {"key": name, "cell": cell.said}
            said |= {"first_world": cell.first_world, "worlds": cell.size.worlds}
            if answer.died:
                self.fail_part(number, said, str(answer.error), answer.tries)
            if answer.error is None:
                content = answer.result[place]
                said |= {"hash": hashlib.sha256(content).hexdigest(), "tries": answer.tries}
                self.keep_part(number, content, said | {"seconds": round(answer.seconds, 3)})

    def drop(self) -> None:
        """Remove it: the results stand, or nothing was kept."""
        if self.opened:
            shutil.rmtree(self.place, ignore_errors=True)


def _read(path: Path) -> dict[str, Any]:
    """What was asked before; nothing when the file does not say all of it."""
    with suppress(OSError, ValueError):
        said = parsed(path.read_text(encoding="utf-8"))
        kinds = {"asked": dict, "rules": dict, "chunk": int}
        if isinstance(said, dict) and all(isinstance(said.get(name), kind) for name, kind in kinds.items()):
            return dict(said) if said["chunk"] >= BLOCK and said["chunk"] % BLOCK == 0 else {}
    return {}


# --- what was asked ---------------------------------------------------------------------------------------------------


def facts(asked: Sequence[tuple[Cell, Read[Any]]]) -> dict[str, Any]:
    """What is played, in the order in which differences are told; the last entry holds everything."""
    cells = [cell for cell, _ in asked]
    every: dict[str, Callable[[Cell], Any]] = {
        "seed": lambda cell: cell.size.seed,
        "number of worlds": lambda cell: cell.size.worlds,
        "number of quarters": lambda cell: cell.size.quarters,
        "choice of parameters": lambda cell: "drawn" if cell.size.draw else "fixed",
        "scenario": lambda cell: cell.scenario.name,
    }
    found: dict[str, Any] = {name: sorted({of(cell) for cell in cells}) for name, of in every.items()}
    told = hashlib.sha256("\n".join(_key(cell, read) for cell, read in asked).encode())
    return found | {"set of cells": [told.hexdigest()[:12]]}


def _said(values: Any) -> str:
    return ", ".join(map(str, values)) if isinstance(values, list) else str(values)


def _key(cell: Cell, read: Read[Any]) -> str:
    """What tells a chunk, and what is read of it, from others; '' for one that cannot be kept."""
    name = key(cell)
    return hashlib.sha256(f"{name} {_of(read)}".encode()).hexdigest() if name else ""


def _of(read: Any) -> str:
    if isinstance(read, partial):
        return f"{_of(read.func)}{read.args!r}{sorted(read.keywords.items())!r}"
    return f"{read.__module__}.{read.__qualname__}"


# --- what is kept of a chunk ------------------------------------------------------------------------------------------


def parts_of(tasks: Sequence[Task[Any]]) -> list[bytes]:
    """What is read of each task, as bytes: for whoever plays it."""
    return [encoded(one) for one in engine.play_side_by_side(tasks)]


def encoded(found: Any) -> bytes:
    """Tables and arrays, one or several by name, as a zip of Parquet and .npy files."""
    named = {f"{NAMED}{name}": one for name, one in found.items()} if isinstance(found, Mapping) else {WHOLE: found}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, one in named.items():
            is_table = isinstance(one, pd.DataFrame)
            with made.open(f"{name}.parquet" if is_table else f"{name}.npy", "w") as file:
                if is_table:
                    file.write(_parquet(one))
                else:
                    np.save(file, np.asarray(one), allow_pickle=False)
    return stream.getvalue()


def _parquet(table: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    table.to_parquet(stream, engine="pyarrow", compression="lz4")
    return stream.getvalue()


def decoded(content: bytes) -> Any:
    """The same again, to the bit."""
    with zipfile.ZipFile(io.BytesIO(content)) as held:
        found = {
            name: pd.read_parquet(io.BytesIO(held.read(name)))
            if name.endswith(".parquet")
            else np.load(io.BytesIO(held.read(name)), allow_pickle=False)
            for name in held.namelist()
        }
    if all(name.startswith(NAMED) for name in found):
        return {name.removeprefix(NAMED).rpartition(".")[0]: one for name, one in found.items()}
    (whole,) = found.values()
    return whole
