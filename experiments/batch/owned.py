"""Which files of a results folder the product wrote, and how new ones take their place: what else is there stays.

New files are made in a folder of their own, which is renamed once it is complete. A run that ends in between leaves
either an incomplete folder, which the next run removes, or a complete one, which it moves up."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from experiments.batch.target import HIDDEN, PROVENANCE
from sim.errors import InputError
from sim.files import parsed

FILES = "files"
"""Key of provenance.json that lists what was written beside it."""
PARTIAL, READY, OLD = (f"{HIDDEN}.{word}" for word in ("partial", "ready", "old"))
FIGURES = ("share_paths", "effects", "yardsticks", "tightness", "parts", "interactions", "market")
NAMES = (
    *(f"{name}.parquet" for name in ("quarters", "offers", "parties", "lock_in")),
    *(f"{name}.csv" for name in ("effects", "levels", "cells", "payoffs", "claims", "measured")),
    *(f"{name}.csv" for name in ("theory", "metamorphic", "backtest")),
    *(f"figures/{name}.{kind}" for name in FIGURES for kind in ("png", "svg")),
    "data_dictionary.csv",
    "data_dictionary.md",
    "claims.md",
    "summary.json",
    "report.html",
    PROVENANCE,
)
"""What results may hold: also the files of those that were written before their files were listed."""


def within(folder: Path) -> list[str]:
    """All files and links of a folder, as paths from it, without what a run keeps for itself."""
    found = []
    for top, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(top) / name).is_symlink()]
        found += [(Path(top) / name).relative_to(folder).as_posix() for name in (*files, *links)]
    return sorted(name for name in found if not name.startswith(HIDDEN))


def listed(folder: Path) -> list[str] | None:
    """What provenance.json says was written beside it; None when it does not say. Nothing outside the folder is
    believed."""
    try:
        names = parsed((folder / PROVENANCE).read_text(encoding="utf-8"))[FILES]
        paths = [PurePosixPath(name) for name in names]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return [str(path) for path in paths if not path.is_absolute() and ".." not in path.parts]


def written(folder: Path) -> list[str]:
    """The files that results in a folder consist of: those listed, else those of a name that results have."""
    names = listed(folder)
    if names is None:
        return [name for name in within(folder) if name in NAMES]
    return [name for name in sorted({PROVENANCE, *names}) if os.path.lexists(folder / name)]


def refuse_mix(folder: Path, shown: Path) -> None:
    """InputError when something that no run wrote has a name that results may need."""
    own, figures = written(folder), folder / "figures"
    held = [name for name in NAMES if os.path.lexists(folder / name)]
    held += ["figures"] if os.path.lexists(figures) and not figures.is_dir() else []
    if others := [name for name in held if name not in own]:
        raise InputError(
            f"--out: '{shown}' holds '{others[0]}', which was not written with the results there; "
            "move it, or give a new folder."
        )


def complete(partial: Path) -> None:
    """List the files of new results in their provenance.json, which is made when there is none."""
    path = partial / PROVENANCE
    said = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    said[FILES] = [name for name in within(partial) if name != PROVENANCE]
    path.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def move_up(folder: Path, shown: Path) -> None:
    """Put complete new results, which lie inside the folder, in the place of those that are there."""
    (folder / PARTIAL).rename(folder / READY)
    try:
        _exchange(folder, shown)
    except BaseException:
        _back(folder)
        raise
    _drop(folder / OLD, folder / READY)


def _exchange(folder: Path, shown: Path) -> None:
    """Old files out, new files in; provenance.json goes last out and last in, so that it never stands beside half of
    them."""
    ready = folder / READY
    if (ready / PROVENANCE).is_file():
        _move(_last_is_provenance(written(folder)) if (folder / PROVENANCE).is_file() else [], folder, folder / OLD)
    for name in _last_is_provenance(within(ready)):
        if os.path.lexists(folder / name):
            raise InputError(f"--out: '{shown}' holds '{name}', which no run wrote; nothing was written.")
        _move([name], ready, folder)


def _back(folder: Path) -> None:
    """Undo an exchange that failed: the new files are dropped, the old ones return."""
    ready, old = folder / READY, folder / OLD
    for name in listed(ready) or []:
        if not os.path.lexists(ready / name):  # it was moved up
            (folder / name).unlink(missing_ok=True)
    if old.is_dir():
        _move(_last_is_provenance(within(old)), old, folder)
    _drop(old, ready)


def _last_is_provenance(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (name == PROVENANCE, name))


def _move(names: Iterable[str], source: Path, to: Path) -> None:
    for name in names:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            (source / name).replace(to / name)
        except OSError as error:
            if error.errno != errno.EXDEV:  # the folder of figures may be a link to another disk
                raise
            shutil.move(source / name, to / name)
        for above in (source / name).parents:
            if above == source:
                break
            with suppress(OSError):  # something else is in it
                above.rmdir()


def _drop(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


# --- what dead runs left ----------------------------------------------------------------------------------------------


def tidy(place: Path, shown: Path) -> None:
    """Remove what runs left that ended before their time, and finish moving up what was complete. Only for who holds
    the place."""
    beside = re.compile(rf"\.{re.escape(place.name)}(\.[a-z0-9_]{{8}})?\.(partial|old)")
    for path in [one for one in place.parent.iterdir() if beside.fullmatch(one.name)]:
        if path.suffix == ".old" and not os.path.lexists(place):
            path.rename(place)
        elif path.is_symlink() or not path.is_dir():
            path.unlink()
        else:
            _drop(path)
    if not place.is_dir():
        return
    _drop(place / PARTIAL)
    if (place / READY).is_dir():
        _exchange(place, shown)
        _drop(place / OLD, place / READY)
