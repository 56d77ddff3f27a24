"""A folder of parts with its list: what is in it is safe at every moment, whoever is killed.

    manifest.jsonl    a line for every part that was written, failed or set aside
    parts/part-*
    corrupt/          parts that were damaged, if any: nobody reads them

One process writes: parts come to it as bytes, get a temporary name, reach the disk, take their own name, and only then
are listed. A part that is not listed is played again.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from experiments.batch import manifest
from experiments.batch.manifest import ASIDE, DONE, FAILED, PARTS, Entry, hash_of
from experiments.batch.target import FULL_DISK
from experiments.text import count
from sim.errors import InputError

CORRUPT = "corrupt"
NOTHING_KEPT = "--resume: nothing of '{}' is kept; it begins anew."
NO_ROOM = (*FULL_DISK, errno.EFBIG)


@dataclass
class Listed:
    """A folder of parts, held by this process. shown: as its user calls it; said: what was found wrong with it, a
    sentence each."""

    ending: ClassVar[str] = "parquet"
    needed: ClassVar[frozenset[str]] = frozenset()
    place: Path
    shown: Path
    entries: list[Entry] = field(default_factory=list, kw_only=True)
    said: list[str] = field(default_factory=list, kw_only=True)
    identity: tuple[int, int] = field(default=(0, 0), kw_only=True)

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

    @property
    def so_far(self) -> str:
        """'12 parts kept', for whoever is stopped."""
        return f"{count(len(self.done), 'part')} kept"

    def path(self, number: int) -> Path:
        """The file of a chunk's part: 'parts/part-000012.parquet'."""
        return self.place / PARTS / f"part-{number:06d}.{self.ending}"

    def paths(self) -> list[Path]:
        """Files of all parts that are done, in the order of chunks."""
        return [self.path(number) for number in sorted(self.done)]

    def keep_part(self, number: int, content: bytes, said: Mapping[str, Any]) -> None:
        """Write a part and list it. said: what its line says beside name and status."""
        self._is_there()
        with manifest.whole(self.path(number)) as aside:
            aside.write_bytes(content)
        self._list({"part": self.path(number).name, "chunk": number, **said, "status": DONE})

    def fail_part(self, number: int, said: Mapping[str, Any], why: str, tries: int) -> None:
        """List a chunk that nobody could play, with the reason."""
        self._is_there()
        nothing = {"part": None, "hash": None}
        self._list({**nothing, "chunk": number, **said, "status": FAILED, "why": why, "tries": tries})

    def _list(self, entry: Entry) -> None:
        try:
            manifest.append(self.manifest, entry)
            self.entries.append(entry)
        except BaseException:  # whoever is stopped between these two has listed it: what the disk says counts
            with suppress(OSError):
                self.entries = manifest.read(self.manifest, self.needed)
            raise

    def _is_there(self) -> None:
        """OSError when the folder was taken away, or another stands in its place."""
        found = self.place.stat()
        if (found.st_dev, found.st_ino) != self.identity:
            raise FileNotFoundError(errno.ENOENT, "another folder stands in its place", str(self.shown))

    def open_list(self) -> None:
        """Read the list, drop what was torn when a process was killed, and check every part."""
        found = self.place.stat()
        self.identity = found.st_dev, found.st_ino
        if manifest.heal(self.manifest):
            self.said.append(f"the last line of {manifest.NAME} was torn and has been dropped.")
        self.entries = manifest.read(self.manifest, self.needed)
        (self.place / PARTS).mkdir(exist_ok=True)
        for left in (self.place / PARTS).glob(".*.new"):
            left.unlink()
        self._check_parts()

    def _check_parts(self) -> None:
        """Set aside every listed part that is not what was written, so that it is played again."""
        for number, entry in sorted(self.done.items()):
            path = self.path(number)
            if hash_of(path) == entry["hash"]:
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


def _free(path: Path) -> Path:
    """The path, or the first with a number after it that is free."""
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """A file of facts, which takes its name when it is whole."""
    with manifest.whole(path) as aside:
        aside.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def same_rules(
    before: Mapping[str, str], rules: Mapping[str, str], shown: Path, remedy: str, key: str = "--resume"
) -> None:
    """InputError when what is kept was played by other rules. remedy: what its user may do instead."""
    if moved := sorted(name for name in {*before, *rules} if before.get(name) != rules.get(name)):
        name = moved[0]
        raise InputError(
            f"{key}: '{shown}' was begun with another version ({name}: {before.get(name)}, here {rules.get(name)}), "
            f"whose records do not mix with this one's; {remedy}."
        )
