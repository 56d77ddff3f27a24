"""A batch's folder while it is filled: what is in it is safe at every moment, whoever is killed.

    design.parquet    a row a point: what it is played with
    worlds.parquet    what each world drew, at the end: see `drawn.py`
    provenance.json   what was asked for, by which rules, and at the end what came of it
    manifest.jsonl    a line for every part that was written, failed or set aside
    parts/part-*.parquet
    corrupt/          parts that were damaged, if any: nobody reads them

How parts are written and listed: `listed.py`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from agents.strategies import filed
from experiments.batch import drawn, manifest
from experiments.batch.listed import NOTHING_KEPT, Listed, same_rules, write_json
from experiments.batch.manifest import DESIGN, PARTS, Entry
from experiments.batch.owned import FILES
from experiments.batch.parts import Part
from experiments.batch.points import Chunk, Plan, room
from experiments.batch.store import versions
from experiments.batch.target import PROVENANCE, Target, any_folder, check_folder, holds_nothing, taken
from sim.errors import InputError
from sim.files import parsed

KIND = "batch"


@dataclass
class Keeping(Listed):
    """The folder of a batch, held by this process."""

    needed: ClassVar[frozenset[str]] = manifest.OF_BATCH
    plan: Plan
    places: int

    def keep(self, part: Part, tries: int, seconds: float) -> None:
        """Write a part and list it. seconds: from when it was handed out to when it came back."""
        entry = {"hash": part.hash, **_of(part.chunk), "seconds": round(seconds, 3)}
        entry |= {"play_seconds": round(part.play_seconds, 3), "tries": tries, "rows": part.rows}
        lost = {"broken": [list(one) for one in part.broken], "failed": [list(one) for one in part.failed]}
        self.keep_part(part.chunk.number, part.content, entry | {name: those for name, those in lost.items() if those})

    def fail(self, chunk: Chunk, why: str, tries: int) -> None:
        """List a chunk that nobody could play, with its worlds and the reason."""
        self.fail_part(chunk.number, _of(chunk), why, tries)

    def finish(self, facts: Mapping[str, Any]) -> None:
        """Say in provenance.json what came of it."""
        said = json.loads((self.place / PROVENANCE).read_text(encoding="utf-8"))
        parts = [f"{PARTS}/{path.name}" for path in self.paths()]
        worlds = [drawn.NAME] if self._write_worlds() else []
        write_json(self.place / PROVENANCE, {**said, **facts, FILES: [DESIGN, manifest.NAME, *worlds, *parts]})

    def _write_worlds(self) -> bool:
        """Write what worlds drew; did they draw anything?"""
        most: dict[int, int] = {}
        for entry in self.done.values():
            for number in {int(self.plan.setting[point]) for point in entry["points"]}:
                most[number] = max(most.get(number, 0), entry["first_world"] + entry["worlds"])
        made = drawn.table(self.plan, most)
        if len(made.columns) == len(drawn.KEYS):
            return False
        with manifest.whole(self.place / drawn.NAME) as aside:
            pq.write_table(pa.Table.from_pandas(made, preserve_index=False), aside, compression="zstd")
        return True


def _of(chunk: Chunk) -> Entry:
    return {"points": list(chunk.points), "first_world": chunk.first_world, "worlds": chunk.worlds}


# --- taking the folder ------------------------------------------------------------------------------------------------


@contextmanager
def kept(plan: Plan, target: Target, resume: bool, rules: Mapping[str, str]) -> Iterator[Keeping]:
    """The folder of a plan, begun or gone on with, and held while this lasts; InputError in one sentence for a folder
    that is another's. rules: what the bits depend on, by name."""
    with taken(target, any_folder if resume else check_folder) as (out, place):
        begun = False
        try:
            if not resume or not place.exists() or holds_nothing(place):
                _begin(plan, place, out, target.command, rules)
                begun = True
            keeping = _opened(plan, place, out, rules)
            if begun and resume:
                keeping.said.append(NOTHING_KEPT.format(out))
            yield keeping
        except OSError as error:
            if begun or (place / PROVENANCE).exists():
                raise
            raise InputError(
                f"--out: '{out}' cannot be written: {error.strerror or error}; nothing was played."
            ) from error


def _begin(plan: Plan, place: Path, out: Path, command: str, rules: Mapping[str, str]) -> None:
    """A folder with everything but parts, which appears whole."""
    if place.exists() and not holds_nothing(place):
        if _provenance(place).get("kind") == KIND:
            raise InputError(f"--out: '{out}' holds a batch; --resume goes on with it, or give a new folder.")
        raise InputError(f"--out: '{out}' holds other files; give a folder that is new or empty.")
    making = place.with_name(f".{place.name}.partial")
    shutil.rmtree(making, ignore_errors=True)
    try:
        (making / PARTS).mkdir(parents=True)
        _write_design(plan, making / DESIGN)
        (making / manifest.NAME).touch()
        said = {**_asked(plan), "command": command, "rules": dict(rules), "versions": versions()}
        write_json(making / PROVENANCE, {**said, FILES: [DESIGN, manifest.NAME]})
        if place.exists():
            shutil.rmtree(place)  # it holds nothing but what a dead run left
        making.rename(place)
        manifest.onto_disk(place.parent)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _write_design(plan: Plan, path: Path) -> None:
    with manifest.whole(path) as aside:
        pq.write_table(pa.table(plan.columns()), aside, compression="zstd")


def _asked(plan: Plan) -> dict[str, Any]:
    """What provenance.json says of a plan."""
    facts = {"kind": KIND, "design": plan.name, "design_digest": plan.digest, "places": room(plan), "complete": False}
    sizes = {"points": len(plan), "runs": plan.runs, "quarters": max(one.size.quarters for one in plan.settings)}
    return {**facts, **sizes, "outcomes": list(plan.outcomes), "note": dict(plan.note)}


def _provenance(place: Path) -> dict[str, Any]:
    """What provenance.json says; nothing when it says nothing."""
    with suppress(OSError, ValueError):
        said = parsed((place / PROVENANCE).read_text(encoding="utf-8"))
        return said if isinstance(said, dict) else {}
    return {}


def _other_design(plan: Plan, place: Path, out: Path, said: Mapping[str, Any]) -> InputError:
    """Why a folder's batch cannot be gone on with by this plan: the file of a strategy has changed, or it is another
    design."""
    before: dict[str, set[str]] = {}
    with suppress(OSError, ValueError, KeyError):
        before = _of_files(pq.read_table(place / DESIGN, columns=["strategies"])["strategies"].to_pylist())
    now = _of_files(json.dumps(dict(one.strategies)) for one in plan.settings)
    for file in sorted(set(before) & set(now)):
        if before[file] != now[file]:
            marks = ", here ".join("/".join(sorted(one)) for one in (before[file], now[file]))
            return InputError(
                f"--resume: '{out}' was begun with another {file} (hash {marks}), whose records do not mix with this "
                "one's; give a new folder."
            )
    return InputError(
        f"--resume: '{out}' holds another design ('{said.get('design')}', {said.get('design_digest')}); this one "
        f"is '{plan.name}', {plan.digest}: give its own folder, or a new one."
    )


def _of_files(strategies: Iterable[str]) -> dict[str, set[str]]:
    """Name of a user's file -> hashes under which strategies of it play."""
    found: dict[str, set[str]] = {}
    for name in (name for words in set(strategies) for name in json.loads(words).values() if filed.is_filed(name)):
        path, _, mark = name.partition(filed.MARK)
        found.setdefault(path.rpartition(":")[0], set()).add(mark)
    return found


def _opened(plan: Plan, place: Path, out: Path, rules: Mapping[str, str]) -> Keeping:
    said = _provenance(place)
    if said.get("kind") != KIND or not (place / manifest.NAME).is_file():
        raise InputError(
            f"--resume: '{out}' holds no batch; give its folder, or leave --resume out and give a new one."
        )
    if said.get("design_digest") != plan.digest:
        raise _other_design(plan, place, out, said)
    before, places = said.get("rules"), said.get("places")
    if not isinstance(before, dict):
        raise InputError(f"--resume: '{out}': its {PROVENANCE} is damaged (rules: {before}); give a new folder.")
    same_rules(before, rules, out, "give a new folder")
    if type(places) is not int or places < 1:
        raise InputError(f"--resume: '{out}': its {PROVENANCE} is damaged (places: {places}); give a new folder.")
    keeping = Keeping(place, out, plan, places)
    keeping.open_list()
    if not (place / DESIGN).is_file():
        _write_design(plan, place / DESIGN)
        keeping.said.append(f"{DESIGN} was missing and has been written again.")
    return keeping
