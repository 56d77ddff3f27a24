"""The list of what a batch has done, a line of JSON an event, only ever added to: who is killed while a line is written
leaves a torn one, which is dropped when the list is opened again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sim.files import parsed

Entry = dict[str, Any]
DONE, FAILED, ASIDE = "done", "failed", "set aside"
NAME, DESIGN, PARTS = "manifest.jsonl", "design.parquet", "parts"
OF_BATCH = frozenset({"points", "first_world", "worlds"})
"""What every line of a batch says beside its chunk; of a part that is done also name and rows."""


def read(path: Path, needed: frozenset[str] = frozenset()) -> list[Entry]:
    """All whole lines, in order; a line that is none is passed over, and its part counts as not done. needed: what
    each must say."""
    found = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            entry = parsed(line)
        except ValueError:
            continue
        if _is_entry(entry, needed):
            found.append(entry)
    return found


def _is_entry(said: object, needed: frozenset[str]) -> bool:
    """Does a line say which chunk it is of, and how it stands, in words of this list, each of its kind?"""
    if not isinstance(said, dict) or said.get("status") not in (DONE, FAILED, ASIDE) or "chunk" not in said:
        return False
    if not all(holds(said[key]) for key, holds in KINDS.items() if key in said):
        return False
    if said["status"] == DONE and not isinstance(said.get("hash"), str):
        return False
    if said["status"] == DONE and needed:
        named = str(said.get("part")).partition(".")[0] == f"part-{said['chunk']:06d}"
        return named and "rows" in said and needed <= said.keys()
    return said["status"] == ASIDE or needed <= said.keys()


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _are_runs(value: object) -> bool:
    """(point, world), and more if there is more to say."""
    return isinstance(value, list) and all(
        isinstance(one, list) and len(one) > 1 and all(map(_is_count, one[:2])) for one in value
    )


KINDS: dict[str, Callable[[object], bool]] = {
    "chunk": _is_count,
    "first_world": _is_count,
    "worlds": _is_count,
    "rows": _is_count,
    "points": lambda value: isinstance(value, list) and all(map(_is_count, value)),
    "broken": _are_runs,
    "failed": _are_runs,
    "why": lambda value: isinstance(value, str),
}
"""What must hold of what a line says, where it says it."""


def heal(path: Path) -> bool:
    """Cut off a last line that was not written to its end; was there one?"""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole == len(content):
        return False
    with path.open("r+b") as file:
        file.truncate(whole)
        os.fsync(file.fileno())
    return True


def append(path: Path, entry: Entry) -> None:
    """Add a line and see it onto the disk; the file must exist. A line that the disk has no room for leaves no torn
    one."""
    line = (json.dumps(entry, ensure_ascii=False) + "\n").encode()
    with path.open("r+b", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        try:
            written = file.write(line)
            if written != len(line):  # a disk that is nearly full takes a part of it
                file.write(line[written or 0 :])
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(end)
            raise


def standing(entries: list[Entry]) -> dict[int, Entry]:
    """Chunk -> its last entry; chunks whose part was set aside have none."""
    found: dict[int, Entry] = {}
    for entry in entries:
        if entry["status"] == ASIDE:
            found.pop(int(entry["chunk"]), None)
        else:
            found[int(entry["chunk"])] = entry
    return found


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file under another name, which takes its own when it is complete and on the disk."""
    aside = path.with_name(f".{path.name}.new")
    try:
        yield aside
        onto_disk(aside)
        aside.replace(path)
        onto_disk(path.parent)
    except BaseException:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise


def onto_disk(path: Path) -> None:
    """See a file, or the names in a folder, onto the disk."""
    if path.is_dir() and os.name == "nt":
        return
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def hash_of(path: Path) -> str:
    """Of a file's bytes; '' when it cannot be read."""
    total = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                total.update(block)
    except OSError:
        return ""
    return total.hexdigest()
