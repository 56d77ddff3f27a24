"""The list of what a batch has done, a line of JSON an event, only ever added to: who is killed while a line is written
leaves a torn one, which is dropped when the list is opened again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

Entry = dict[str, Any]
DONE, FAILED, ASIDE = "done", "failed", "set aside"
NAME, DESIGN, PARTS = "manifest.jsonl", "design.parquet", "parts"


def read(path: Path) -> list[Entry]:
    """All whole lines, in order; a line that is none is passed over, and its part counts as not done."""
    found = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if _is_entry(entry):
            found.append(entry)
    return found


def _is_entry(said: object) -> bool:
    """Does a line say which chunk it is of, and how it stands, in words of this list?"""
    if not isinstance(said, dict) or said.get("status") not in (DONE, FAILED, ASIDE):
        return False
    is_number = type(said.get("chunk")) is int and said["chunk"] >= 0
    return is_number and (said["status"] != DONE or isinstance(said.get("hash"), str))


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
