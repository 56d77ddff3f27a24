"""Where results go, and whether they can: a folder for tables, or a single file. Imports nothing of the game."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError

PROVENANCE = "provenance.json"
FULL_DISK = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Target:
    """Where results go, whether they may replace others there, and the command that asked for them."""

    out: Path
    overwrite: bool = False
    command: str = ""


def check_target(target: Path, overwrite: bool = False) -> None:
    """InputError when the folder cannot be used: it is a file, or holds something that would be lost."""
    blocking = next((parent for parent in target.absolute().parents if parent.exists()), target)
    if not blocking.is_dir():
        raise InputError(f"--out: '{target}' cannot be made: '{blocking}' is a file; give a folder.")
    if not target.exists():
        return
    if not target.is_dir():
        raise InputError(f"--out: '{target}' is a file; give a folder that is new or empty.")
    if target.resolve() == Path.cwd().resolve():
        raise InputError(f"--out: '{target}' is the current folder; give a folder that is new or empty.")
    if not any(target.iterdir()):
        return
    if not (target / PROVENANCE).is_file():
        raise InputError(f"--out: '{target}' holds other files; give a folder that is new or empty.")
    if not overwrite:
        raise InputError(f"--out: '{target}' holds other results; give a new folder, or --overwrite to replace them.")


def free_folder(wanted: Path) -> Path:
    """The folder itself when it does not exist, else the same with the next free number."""
    number, folder = 1, wanted
    while folder.exists():
        number += 1
        folder = wanted.with_name(f"{wanted.name}-{number}")
    return folder


def as_input_error(error: OSError, target: Path) -> InputError:
    """One sentence for a disk that is full, or that cannot be written to."""
    if error.errno in FULL_DISK:
        return InputError(f"--out: no space left on the disk for '{target}'; nothing was written.")
    return InputError(f"--out: '{target}' cannot be written: {error.strerror or error}; nothing was written.")


def write_file(path: Path, text: str) -> None:
    """Write a single file whole or not at all; InputError when that cannot be done."""
    aside = path.with_name(f".{path.name}.partial")
    try:
        aside.write_text(text, encoding="utf-8", newline="\n")
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise as_input_error(error, path) from error
