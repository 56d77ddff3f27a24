"""A batch's folder while it is filled: what is in it is safe at every moment, whoever is killed.

    design.parquet    a row a point: what it is played with
    provenance.json   what was asked for, by which rules, and at the end what came of it
    manifest.jsonl    a line for every part that was written, failed or set aside
    parts/part-*.parquet
    corrupt/          parts that were damaged, if any: nobody reads them

One process writes: parts come to it as bytes, get a temporary name, reach the disk, take their own name, and only then
are listed. A part that is not listed is played again.
"""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from agents.strategies import filed
from experiments.batch import manifest
from experiments.batch.manifest import ASIDE, DESIGN, DONE, FAILED, PARTS, Entry, hash_of
from experiments.batch.owned import FILES
from experiments.batch.parts import Part
from experiments.batch.points import Chunk, Plan, room
from experiments.batch.store import versions
from experiments.batch.target import FULL_DISK, PROVENANCE, Target, any_folder, check_folder, holds_nothing, taken
from sim.errors import InputError

KIND = "batch"
CORRUPT = "corrupt"
NO_ROOM = (*FULL_DISK, errno.EFBIG)


def part_name(number: int) -> str:
    """'part-000012.parquet'."""
    return f"part-{number:06d}.parquet"


@dataclass
class Keeping:
    """The folder of a batch, held by this process. shown: as its user calls it; said: what was found wrong with it, a
    sentence each."""

    place: Path
    shown: Path
    plan: Plan
    places: int
    entries: list[Entry] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    identity: tuple[int, int] = (0, 0)

    @property
    def done(self) -> dict[int, Entry]:
        """Chunk -> its entry, of chunks whose part is there."""
        return {k: one for k, one in manifest.standing(self.entries).items() if one["status"] == DONE}

    @property
    def failed(self) -> dict[int, Entry]:
        """Chunk -> its entry, of chunks that nobody could play."""
        return {k: one for k, one in manifest.standing(self.entries).items() if one["status"] == FAILED}

    @property
    def manifest(self) -> Path:
        """The list of parts."""
        return self.place / manifest.NAME

    def paths(self) -> list[Path]:
        """Files of all parts that are done, in the order of chunks."""
        return [self.place / PARTS / part_name(number) for number in sorted(self.done)]

    def keep(self, part: Part, tries: int, seconds: float) -> None:
        """Write a part and list it. seconds: from when it was handed out to when it came back."""
        chunk, name = part.chunk, part_name(part.chunk.number)
        self._is_there()
        with manifest.whole(self.place / PARTS / name) as aside:
            aside.write_bytes(part.content)
        entry = {"part": name, "hash": part.hash, **_of(chunk), "seconds": round(seconds, 3), "status": DONE}
        entry |= {"play_seconds": round(part.play_seconds, 3), "tries": tries, "rows": part.rows}
        lost = {"broken": [list(one) for one in part.broken], "failed": [list(one) for one in part.failed]}
        self._list(entry | {name: those for name, those in lost.items() if those})

    def fail(self, chunk: Chunk, why: str, tries: int) -> None:
        """List a chunk that nobody could play, with its worlds and the reason."""
        self._is_there()
        self._list({"part": None, "hash": None, **_of(chunk), "status": FAILED, "why": why, "tries": tries})

    def _list(self, entry: Entry) -> None:
        manifest.append(self.manifest, entry)
        self.entries.append(entry)

    def _is_there(self) -> None:
        """OSError when the folder was taken away, or another stands in its place."""
        found = self.place.stat()
        if (found.st_dev, found.st_ino) != self.identity:
            raise FileNotFoundError(errno.ENOENT, "another folder stands in its place", str(self.shown))

    def finish(self, facts: Mapping[str, Any]) -> None:
        """Say in provenance.json what came of it."""
        said = json.loads((self.place / PROVENANCE).read_text(encoding="utf-8"))
        parts = [f"{PARTS}/{path.name}" for path in self.paths()]
        _write_json(self.place / PROVENANCE, {**said, **facts, FILES: [DESIGN, manifest.NAME, *parts]})

    def check_parts(self) -> None:
        """Set aside every listed part that is not what was written, so that it is played again."""
        for number, entry in sorted(self.done.items()):
            path = self.place / PARTS / part_name(number)
            found = hash_of(path)
            if found == entry["hash"]:
                continue
            if not path.exists():
                self.said.append(f"{PARTS}/{path.name} is missing; it is played again.")
            else:
                (self.place / CORRUPT).mkdir(exist_ok=True)
                kept = _free(self.place / CORRUPT / path.name)
                path.replace(kept)
                moved = f"{CORRUPT}/{kept.name}"
                self.said.append(f"{PARTS}/{path.name} is corrupt; it was set aside as {moved} and is played again.")
            self._list({**entry, "status": ASIDE})


def _of(chunk: Chunk) -> Entry:
    ends = {"first_world": chunk.first_world, "worlds": chunk.worlds}
    return {"chunk": chunk.number, "points": list(chunk.points), **ends}


def _free(path: Path) -> Path:
    """The path, or the first with a number after it that is free."""
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    with manifest.whole(path) as aside:
        aside.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


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
            yield _opened(plan, place, out, rules)
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
        pq.write_table(pa.table(plan.columns()), making / DESIGN, compression="zstd")
        (making / manifest.NAME).touch()
        said = {**_asked(plan), "command": command, "rules": dict(rules), "versions": versions()}
        _write_json(making / PROVENANCE, {**said, FILES: [DESIGN, manifest.NAME]})
        if place.exists():
            shutil.rmtree(place)  # it holds nothing but what a dead run left
        making.rename(place)
        manifest.onto_disk(place.parent)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _asked(plan: Plan) -> dict[str, Any]:
    """What provenance.json says of a plan."""
    facts = {"kind": KIND, "design": plan.name, "design_digest": plan.digest, "places": room(plan), "complete": False}
    sizes = {"points": len(plan), "runs": plan.runs, "quarters": max(one.size.quarters for one in plan.settings)}
    return {**facts, **sizes, "outcomes": list(plan.outcomes), "note": dict(plan.note)}


def _provenance(place: Path) -> dict[str, Any]:
    """What provenance.json says; nothing when it says nothing."""
    with suppress(OSError, ValueError):
        said = json.loads((place / PROVENANCE).read_text(encoding="utf-8"))
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
    before = said.get("rules", {})
    if moved := sorted(name for name in {*before, *rules} if before.get(name) != rules.get(name)):
        name = moved[0]
        raise InputError(
            f"--resume: '{out}' was begun with another version ({name}: {before.get(name)}, here {rules.get(name)}), "
            "whose records do not mix with this one's; give a new folder."
        )
    path, found = place / manifest.NAME, place.stat()
    torn = [f"the last line of {manifest.NAME} was torn and has been dropped."] if manifest.heal(path) else []
    (place / PARTS).mkdir(exist_ok=True)
    for left in (place / PARTS).glob(".*.new"):
        left.unlink()
    keeping = Keeping(place, out, plan, int(said["places"]), manifest.read(path), torn, (found.st_dev, found.st_ino))
    keeping.check_parts()
    return keeping
