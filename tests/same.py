"""Does this tree play the same games as another revision? `python -m tests.same REV [--quick] [--relative 1e-9]`.

Every shipped scenario and shock card is played here and in a worktree of REV, drawn and fixed, with every strategy in
some seat, and one log is replayed; all tables and all decisions must have the same bits. Exit status 1 when one
differs, 2 for a wrong call.
"""

from __future__ import annotations

import argparse
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.same_compare import Found, compare

ROOT = Path(__file__).resolve().parents[1]
PLAYER = Path(__file__).with_name("same_play.py")
SHOWN = 8
TRIES = 3


class SameError(Exception):
    """One sentence; status is the exit status."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class Folder(Mapping[str, Any]):
    """Games that a player has kept, read one at a time."""

    def __init__(self, path: Path) -> None:
        self.files = {file.stem: file for file in path.glob("*.pickle")}

    def __getitem__(self, name: str) -> Any:
        return pickle.loads(self.files[name].read_bytes())

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def git(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False)


@contextmanager
def tree_of(revision: str, folder: Path) -> Iterator[Path]:
    """A worktree of a revision, removed in the end whatever happens."""
    found = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found.returncode:
        raise SameError(f"REV = {revision} is not a revision of this repository; give a commit, a branch or a tag.", 2)
    tree = folder / "tree"
    try:
        made = git("worktree", "add", "--quiet", "--detach", tree, found.stdout.strip())
        if made.returncode:
            raise SameError(f"no worktree of {revision} could be made: {made.stderr.strip()}", 1)
        yield tree
    finally:
        git("worktree", "remove", "--force", tree)


def started(tree: Path, *words: object, **how: Any) -> subprocess.Popen[str]:
    """The player at work with the engine of a tree: -P keeps this folder, which has a tests/sim, off its path."""
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P", str(PLAYER), *map(str, words)]
    return subprocess.Popen(command, cwd=tree, env={**os.environ, **threads, "PYTHONPATH": str(tree)}, text=True, **how)


def finish(players: Mapping[str, subprocess.Popen[str]]) -> None:
    """Wait for players; none outlives an error."""
    try:
        while any(one.poll() is None for one in players.values()) and not any(one.poll() for one in players.values()):
            time.sleep(0.1)
        for where, one in players.items():
            if one.poll():
                raise SameError(f"the player of {where} ended with status {one.returncode}: see its message above.", 1)
    finally:
        for one in players.values():
            one.kill()
            one.wait()


def seconds(tree: Path, where: str) -> float:
    """Best time of a game of 64 worlds and 8 quarters in a tree."""
    player = started(tree, "time", TRIES, stdout=subprocess.PIPE)
    try:
        out, _ = player.communicate()
    finally:
        player.kill()
        player.wait()
    if player.returncode:
        raise SameError(f"the player of {where} could not time a game: see its message above.", 1)
    return float(out)


def found_between(revision: str, quick: bool, relative: float) -> Found:
    """Play both trees at the same time, compare, and say how fast each is when it is alone."""
    with tempfile.TemporaryDirectory(prefix="fully-booked-same-") as name, tree_of(revision, Path(name)) as other:
        folder, trees = Path(name), {"here": ROOT, revision: other}
        log, look = folder / "game.json", ["--quick"] if quick else []
        finish({"here": started(ROOT, "log", log)})
        kept = [folder / "there", folder / "here"]
        for one in kept:
            one.mkdir()
        finish(
            {revision: started(other, "play", kept[0], log, *look), "here": started(ROOT, "play", kept[1], log, *look)}
        )
        found = compare(Folder(kept[0]), Folder(kept[1]), relative)
        here, there = (seconds(tree, where) for where, tree in trees.items())
        print(
            f"64 worlds x 8 quarters, best of {TRIES}: {revision} {there:.2f} s, here {here:.2f} s "
            f"({there / here:.2f}x)"
        )
        return found


def report(found: Found, revision: str, relative: float) -> int:
    """Say what was found; the exit status."""
    how = f"to {relative:g} relative" if relative else "bit for bit"
    if not found.first:
        print(f"Equal to {revision} {how}: {found.compared}, one of the games a replayed log.")
        return 0
    print(f"Not equal to {revision} {how}: {found.differing:,} places in {len(found.first)} games. First in each:")
    for name, said in list(found.first.items())[:SHOWN]:
        print(f"  {name}: {said}")
    if len(found.first) > SHOWN:
        print(f"  and {len(found.first) - SHOWN} more games")
    print(f"Compared: {found.compared}.")
    return 1


def main(words: list[str]) -> int:
    """Play, compare, report."""
    parser = argparse.ArgumentParser(prog="tasks.py same", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("revision", metavar="REV", help="commit, branch or tag to compare with")
    parser.add_argument("--quick", action="store_true", help="only three games and the log")
    parser.add_argument(
        "--relative", type=float, default=0.0, metavar="X", help="compare to X relative, not bit for bit"
    )
    given = parser.parse_args(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the worktree goes
    try:
        if not 0.0 <= given.relative < 1.0:
            raise SameError(f"--relative = {given.relative:g} is not allowed; give 0 (the same bits) to below 1.", 2)
        return report(found_between(given.revision, given.quick, given.relative), given.revision, given.relative)
    except SameError as error:
        print(f"same: {error}", file=sys.stderr)
        return error.status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
