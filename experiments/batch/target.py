"""Where results go, and whether they can: a folder for tables, or a single file. Imports nothing of the game.

A place is taken before any work begins and held until its end, so that two runs never write to one place. The lock
is of the system: it ends with its process, however that ended."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError

PROVENANCE = "provenance.json"
HIDDEN = ".fully-booked"
"""How names begin that a run needs for itself inside a folder that existed before it."""
UNFINISHED = "unfinished"
"""How the name of a folder ends that keeps what was played of a run that has not ended yet."""
FULL_DISK = (errno.ENOSPC, errno.EDQUOT)
PATIENCE_SECONDS = 0.2
"""How long a place may be held by another before it counts as taken: a lock is removed a moment before it is given
up."""


class BusyError(InputError):
    """Another run writes to the place just now."""


@dataclass(frozen=True)
class Target:
    """Where results go, whether they may replace others there, and the command that asked for them.

    free: when there is something already, take the same name with the next free number. resume: go on with what an
    earlier run kept; again: the command that does so, given the folder, for runs that keep what they play; tell: is
    told what was found wrong with it."""

    out: Path
    overwrite: bool = False
    command: str = ""
    free: bool = False
    resume: bool = False
    again: Callable[[Path], str] | None = None
    tell: Callable[[str], None] = lambda sentence: None

    def names(self) -> Iterator[Path]:
        """The folder asked for; after it, when any will do, the same with a number."""
        yield self.out
        number = 1
        while self.free:
            number += 1
            yield self.out.with_name(f"{self.out.name}-{number}")


def place_of(out: Path, key: str = "--out") -> Path:
    """The place that a path leads to, through links; it need not exist. InputError when it leads nowhere."""
    try:
        out.stat()
    except FileNotFoundError:
        pass
    except NotADirectoryError:
        blocking = next(parent for parent in out.absolute().parents if parent.exists())
        raise InputError(f"{key}: '{out}' cannot be made: '{blocking}' is a file; give a folder.") from None
    except (OSError, ValueError) as error:
        loop = isinstance(error, OSError) and error.errno == errno.ELOOP
        why = "it is a link that leads back to itself" if loop else getattr(error, "strerror", None) or str(error)
        raise InputError(f"{key}: '{out}' cannot be used: {why}.") from None
    place = Path(os.path.realpath(out))
    try:
        str(place).encode()
    except UnicodeEncodeError:  # the libraries that write tables take no other names
        raise InputError(f"{key}: the name of '{out}' is no text in UTF-8; give another.") from None
    return place


def unfinished_of(place: Path) -> Path:
    """Where a run keeps what it has played until its results stand: beside its place, or in it where nothing may be
    made beside."""
    beside = os.access(place.parent, os.W_OK) or not place.is_dir()
    return place.with_name(f"{place.name}.{UNFINISHED}") if beside else place / f"{HIDDEN}.{UNFINISHED}"


def can_be_made(place: Path, out: Path, key: str = "--out") -> None:
    """InputError when the place, or the folders above it, cannot be written to."""
    above = place if place.is_dir() else next(parent for parent in place.parents if os.path.lexists(parent))
    if not above.is_dir():
        raise InputError(f"{key}: '{out}' cannot be made: '{above}' is a file; give a folder.")
    if not os.access(above, os.W_OK | os.X_OK):
        raise InputError(f"{key}: '{out}' cannot be written: no permission to write to '{above}'.")


def holds_nothing(folder: Path) -> bool:
    """Is there nothing but what a run that ended before its time left behind?"""
    return all(path.name.startswith(HIDDEN) for path in folder.iterdir())


def any_folder(out: Path) -> Path:
    """The place of a folder that exists or can be made; InputError when it cannot."""
    place = place_of(out)
    can_be_made(place, out)
    if place.exists() and not place.is_dir():
        kind = "a file" if place.is_file() else "a device or pipe"
        raise InputError(f"--out: '{out}' is {kind}; give a folder that is new or empty.")
    return place


def check_folder(out: Path) -> Path:
    """The same for results: InputError too when it is the folder where the user stands, or holds that."""
    place = any_folder(out)
    if not place.exists():
        return place
    here = Path.cwd().resolve()
    if place == here:
        raise InputError(f"--out: '{out}' is the current folder; give a folder that is new or empty.")
    if place in here.parents:
        raise InputError(f"--out: '{out}' holds the current folder; give a folder that is new or empty.")
    return place


def check_target(target: Target, out: Path | None = None) -> None:
    """InputError when a folder cannot be used for results: no folder, or holding what would be lost."""
    out = out or target.out
    place = check_folder(out)
    if not place.exists() or holds_nothing(place):
        return
    if not (place / PROVENANCE).is_file():
        raise InputError(f"--out: '{out}' holds other files; give a folder that is new or empty.")
    if not target.overwrite:
        raise InputError(f"--out: '{out}' holds other results; give a new folder, or --overwrite to replace them.")


def check_file_target(path: Path, overwrite: bool = False, key: str = "--out") -> Path:
    """The place of a single file; InputError when it cannot be written: a folder, a device, or a file that would be
    lost."""
    place = place_of(path, key)
    if path.is_dir():
        raise InputError(f"{key} = {path}: this is a folder; give the name of a file in it.")
    if path.exists() and not path.is_file():
        raise InputError(f"{key} = {path}: this is a device or pipe; give the name of a file.")
    if path.exists() and not overwrite:
        raise InputError(f"{key} = {path}: the file exists; give another name, or --overwrite.")
    can_be_made(place.parent, path, key)
    return place


# --- taking a place ---------------------------------------------------------------------------------------------------


@contextmanager
def claimed(place: Path, shown: Path | None = None, key: str = "--out") -> Iterator[None]:
    """Nobody else writes to a folder or file while this lasts; BusyError when another run does. Folders above it are
    made."""
    shown = shown or place
    made = [parent for parent in place.parents if not parent.exists()]
    with ExitStack() as held:
        for parent in reversed(made):
            held.callback(_drop_when_empty, parent)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(_locked(place, shown, key))
        except OSError as error:
            raise as_input_error(error, shown, key) from error
        yield


def _drop_when_empty(folder: Path) -> None:
    with suppress(OSError):  # something was written into it
        folder.rmdir()


@contextmanager
def _locked(place: Path, shown: Path, key: str) -> Iterator[None]:
    """Hold the lock of a place. Its file is removed while it is held; whoever opened it before sees that it is gone."""
    from filelock import FileLock, Timeout

    beside = os.access(place.parent, os.W_OK) or not place.is_dir()
    file = place.with_name(f".{place.name}.lock") if beside else place / f"{HIDDEN}.lock"
    lock = FileLock(file, thread_local=False)
    try:
        lock.acquire(timeout=PATIENCE_SECONDS, poll_interval=PATIENCE_SECONDS / 10.0)
    except Timeout:
        raise BusyError(
            f"{key}: '{shown}' is being written by another run; wait for its end, or give another."
        ) from None
    try:
        yield
    finally:
        with suppress(OSError):  # a system that does not remove open files
            file.unlink()
        lock.release()
        if os.name == "nt":
            with suppress(OSError):
                file.unlink()


@contextmanager
def taken(target: Target, checked: Callable[[Path], Path] = check_folder) -> Iterator[tuple[Path, Path]]:
    """A folder as its user calls it, and its place, held while this lasts: the one asked for, or the first that is
    free.

    What it holds is for the caller to check."""
    for out in target.names():
        if target.free and (os.path.lexists(out) or os.path.lexists(unfinished_of(out))):
            continue
        with ExitStack() as held:
            place = checked(out)
            try:
                held.enter_context(claimed(place, out))
            except BusyError:
                if target.free:
                    continue
                raise
            if target.free and os.path.lexists(out):  # another run was done with it in between
                continue
            yield out, place
            return


def as_input_error(error: OSError, target: Path, key: str = "--out") -> InputError:
    """One sentence for a disk that is full, or that cannot be written to."""
    if error.errno in FULL_DISK:
        return InputError(f"{key}: no space left on the disk for '{target}'; nothing was written.")
    return InputError(f"{key}: '{target}' cannot be written: {error.strerror or error}; nothing was written.")


@dataclass(frozen=True)
class File:
    """A single file that has been taken: it is written whole or not at all."""

    place: Path
    shown: Path

    def write(self, text: str) -> None:
        """Replace the file by a text; InputError when that cannot be done."""
        aside = self.place.with_name(f".{self.place.name}.partial")
        try:
            aside.write_text(text, encoding="utf-8", newline="\n")
            aside.replace(self.place)
        except OSError as error:
            aside.unlink(missing_ok=True)
            raise as_input_error(error, self.shown) from error


@contextmanager
def taken_file(path: Path, overwrite: bool = False) -> Iterator[File]:
    """A single file to be written, checked and held before the work for it begins."""
    place = check_file_target(path, overwrite)
    with claimed(place, path):
        check_file_target(path, overwrite)
        yield File(place, path)
