"""`python3 tasks.py moves [MOVES]`: sliders of the what-if page are moved, and how long people wait for what they see.

A server of its own, as it is started in a class, is asked over HTTP as the page asks. Printed, for each thing to be
seen: the median and the longest wait by the clock, and the seconds of a processor that the server and its workers have
used by then in the median move, which a busy machine stretches less.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from experiments.whatif import sliders
from tests.workshop.server import Server

MOVES = 10
LONGEST = 120.0
"""Seconds after which a move is given up."""
WORLDS = 64
SEEN = {
    "first quarters": r"A first look: \d+ worlds, played to",
    "first look, whole": r"worlds; more are joining|Played in",
    f"{WORLDS} worlds": rf"Played in {WORLDS} worlds",
}
"""What is to be seen -> how the page says it."""


def moves(count: int) -> Iterator[dict[str, str]]:
    """Addresses of moves: one slider after the other, away from where it rests, each time to another place."""
    known = [one for one in sliders.read().values() if one.parameters]
    for number in range(count):
        one, turn = known[number % len(known)], number // len(known)
        places = [one.low + step * one.step for step in range(round((one.high - one.low) / one.step) + 1)]
        away = [value for value in places if abs(value - one.neutral) > one.step / 2]
        yield {one.name: one.text(away[(number + turn) % len(away)])}


def processor(pids: list[int]) -> float:
    """Seconds of a processor that processes have used."""
    told = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(one[11]) + int(one[12]) for one in told) / os.sysconf("SC_CLK_TCK")


def waited(client: httpx.Client, page: str, asked: dict[str, str], pids: list[int]) -> dict[str, tuple[float, float]]:
    """What was seen of a move -> seconds by the clock, and of a processor."""
    begun, used, seen, found = time.monotonic(), processor(pids), "", {}
    while len(found) < len(SEEN) and time.monotonic() - begun < LONGEST:
        query = {"page": page, "worlds": str(WORLDS), "seen": seen, **asked}
        part = client.get("/explore/part", params=query)
        now = time.monotonic() - begun, processor(pids) - used
        if part.status_code == 204:
            continue
        version, phase = (re.search(one, part.text) for one in (r'data-version="(\d+)"', r'aria-live="polite">([^<]*)'))
        seen = version.group(1) if version else ""
        for name, says in SEEN.items():
            if phase and re.search(says, phase.group(1)):
                found.setdefault(name, now)
    return found


def warm(client: httpx.Client, page: str) -> None:
    """Wait until the baseline is there."""
    while f"Played in {WORLDS} worlds" not in client.get(f"/explore/part?page={page}&worlds={WORLDS}").text:
        time.sleep(0.5)


def main() -> None:
    """Move, and print what was waited for."""
    parser = argparse.ArgumentParser(prog="tasks.py moves", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("moves", type=int, nargs="?", default=MOVES, help=f"how many ({MOVES})")
    count = parser.parse_args().moves
    if count < 1:
        parser.error(f"moves = {count} is not allowed; give 1 or more, for none shows nothing")
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            server.ready()
            client = httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=LONGEST)
            warm(client, "moves")
            pids = [server.process.pid, *server.children()]
            found = [waited(client, "moves", asked, pids) for asked in moves(count)]
        finally:
            server.stop()
    print(f"{count} moves{'':14}{'median':>8}{'longest':>9}{'processor':>11}")
    for name in SEEN:
        times = [one[name] for one in found if name in one]
        clock, used = zip(*times, strict=True) if times else ((), ())
        told = f"{statistics.median(clock):8.2f}{max(clock):9.2f}{statistics.median(used):11.2f} s" if times else ""
        missed = count - len(times)
        print(f"{name:20}{told}" + (f"  not seen in {missed} of {count} moves" if missed else ""))


if __name__ == "__main__":
    main()
