"""`python3 tasks.py kills N --workshop [--seed S]`: kills the server of a room N times (SIGKILL) at random moments of
every phase, while scripted teams play, and sees that nothing is lost.

After each kill the log is read from the disk: every decision that was answered is in it. The next server must find the
same state (its hash), and may only add. A whole session that was killed at every step must come out as one that
nobody disturbed, bit for bit.
"""

from __future__ import annotations

import hashlib
import os
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from tests.workshop.events import setup
from tests.workshop.server import Visitor
from tests.workshop.zygote import Forked, Zygote
from workshop import lobby, tokens
from workshop.database import connected, url_of
from workshop.log import EventLog, New
from workshop.state import OPEN, PAUSED, PUBLISHED, REVIEW, State, replay

LONGEST = 300.0
"""Seconds that a step may take, restarts and all, before it counts as hanging."""
Begin = tuple[Zygote, Path]
"""Who forks servers, and the folder of a session."""
TEAMS = ("aws", "nvidia")
ORDERS = {"aws": "order", "nvidia": "price"}


@dataclass
class Tally:
    """What came of all kills. starts: seconds until a server answered again; wrong: a sentence for each loss."""

    phases: Counter[str] = field(default_factory=Counter)
    sessions: int = 0
    starts: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return sum(self.phases.values())


def hash_of(state: State) -> str:
    """The same for equal states."""
    return hashlib.sha256(repr(state).encode()).hexdigest()[:16]


class Play:
    """A session that is led and played over HTTP, step by step, each as often as it takes."""

    def __init__(self, begin: Begin, draw: random.Random | None, tally: Tally, wanted: int) -> None:
        (self.zygote, folder), self.draw, self.tally, self.wanted = begin, draw, tally, wanted
        self.folder = folder
        self.log = EventLog(connected(url_of(folder)))
        self.session, now = tokens.session_id(), time.time()
        plan = setup(seconds=3600)
        first = [New("created", plan.data()), *lobby.furniture(plan, now)]
        self.log.begin(self.session, tokens.code(), plan.title, (now, now + lobby.DAY), first)
        self.answered: list[tuple[str, str]] = []
        self.seated: set[str] = set()
        self.server = Forked(self.zygote, folder)
        self.lead = Visitor(self.server.port)
        self.teams = {party: Visitor(self.server.port) for party in TEAMS}  # a browser holds one seat
        self._started()
        self.lead.post(self.server.link, self.server.link)

    def state(self) -> State:
        return replay(self.log.lineage(self.session, 0))

    def _started(self) -> None:
        self.tally.starts.append(self.server.ready())

    # --- one step ---------------------------------------------------------------------------------------------------

    def step(self, done: Callable[[State], bool], act: Callable[[], None], span: float = 0.3) -> None:
        """Act until it is done; a kill comes within `span` seconds, if there is one to come."""
        killer = self._armed(span)
        end = time.monotonic() + LONGEST
        while not done(self.state()):
            if time.monotonic() > end:
                raise AssertionError(f"hangs in {self.state().phase}")
            try:
                act()
            except (httpx.TransportError, AssertionError):
                if killer is not None:
                    killer.join()
                if self.server.runs():
                    raise
            if not self.server.runs():  # also where nothing is asked of it
                self._recover()
                killer = None
            time.sleep(0.02)
        if killer is not None:
            killer.join()
            self._recover()

    def _armed(self, span: float) -> threading.Thread | None:
        if self.draw is None or self.tally.kills >= self.wanted:
            return None
        wait, server = self.draw.uniform(0.0, span), self.server
        killer = threading.Thread(target=lambda: (time.sleep(wait), server.kill()))
        killer.start()
        return killer

    def _recover(self) -> None:
        """The server is dead: look at what is on the disk, start another, and see that it found the same."""
        self.server.kill()
        before = self.log.lineage(self.session, 0)
        state = replay(before)
        self.tally.phases[state.phase] += 1
        self._kept([one.data for one in before if one.kind in ("submitted", "drafted")])
        self.server = Forked(self.zygote, self.folder, self.server.port)
        self._started()
        found = self.log.lineage(self.session, 0)
        self.expect(found[: len(before)] == before, "the log was changed")
        self.expect(hash_of(replay(found[: len(before)])) == hash_of(state), "the state is another")
        self.expect(self.lead.client.get(f"/s/{self.session}/console").status_code == 200, "the console is closed")
        turns = [one.key for one in found if one.kind == "resolved"]
        self.expect(len(turns) == len(set(turns)), "a turn was played twice")
        print(f"kill {self.tally.kills:4}  {state.phase:10} {len(before):3} events  {hash_of(state)}", flush=True)

    def _kept(self, data: list[dict[str, Any]]) -> None:
        there = {(str(one["seat"]), str(one["answers"])) for one in data}
        lost = [one for one in self.answered if one not in there]
        self.expect(not lost, f"answered and not in the log: {lost}")

    def expect(self, good: bool, sentence: str) -> None:
        if not good:
            self.tally.wrong.append(f"kill {self.tally.kills} ({self.state().phase}): {sentence}")

    # --- a session --------------------------------------------------------------------------------------------------

    def do(self, what: str) -> None:
        self.lead.post(f"/s/{self.session}/console", f"/s/{self.session}/do/{what}")

    def claim(self, party: str) -> None:
        code = self.log.sessions()[0]["code"]
        answer = self.teams[party].post("/", f"/join/{code}/claim", seat=party, name=party.title())
        if answer.url.path.endswith(f"/team/{party}") and answer.status_code == 200:
            self.teams[party].looks(self.session)
            self.seated.add(party)

    def sits(self, state: State, party: str) -> bool:
        """Has the team its seat, and been told so? Until then it presses again, as people do."""
        return bool(state.seats[party].team) and party in self.seated

    def hand(self, party: str, value: str, how: str) -> None:
        page = f"/s/{self.session}/team/{party}"
        revision = str(self.state().seats[party].revision)
        fields = {"revision": revision, "key": f"{how}{value}", ORDERS[party]: value}
        answer = self.teams[party].post(page, f"{page}/{how}", **fields)
        if answer.status_code == 200:
            self.answered.append((party, str({ORDERS[party]: value})))

    def whole(self) -> list[str]:
        """The digests of all quarters, in the end."""
        for party in TEAMS:
            self.step(partial(self.sits, party=party), partial(self.claim, party))
        self.step(lambda state: state.brief is not None, lambda: None, 2.0)
        for turn in range(1, setup().turns + 1):
            self.turn(turn)
        self.server.kill()
        return [str(one["digest"]) for one in self.state().played]

    def turn(self, turn: int) -> None:
        first, second = f"{500 + 10 * turn}", f"{2 + turn}"
        self.step(lambda state: state.turn == turn, lambda: self.do("brief"))
        self.step(lambda state: bool(state.seats["aws"].answers), lambda: self.hand("aws", first, "draft"))
        self.step(lambda state: state.phase in (OPEN, PAUSED), lambda: self.do("open"))
        self.step(lambda state: state.seats["aws"].submitted, lambda: self.hand("aws", first, "submit"))
        self.step(lambda state: state.phase == PAUSED, lambda: self.do("pause"))
        self.step(lambda state: bool(state.seats["nvidia"].answers), lambda: self.hand("nvidia", second, "draft"))
        self.step(lambda state: state.phase == OPEN, lambda: self.do("open"))
        self.step(lambda state: state.phase not in (OPEN, PAUSED), lambda: self.do("lock"))
        self.step(lambda state: state.phase == REVIEW, lambda: None, 3.0)
        played = self.state().rounds[-1].answers
        wanted = {"aws": {"order": first}, "nvidia": {"price": second}}
        self.expect(played == wanted, f"turn {turn} was played with {played}")
        self.step(lambda state: state.phase == PUBLISHED, lambda: self.do("publish"))
        self.step(lambda state: state.over or state.coming is not None, lambda: None, 1.0)


def run(wanted: int, seed: int) -> Tally:
    """So many kills; the seed gives the moments."""
    os.environ.setdefault("FULLY_BOOKED_KERNELS", "numpy")  # begins sooner
    draw, tally, zygote = random.Random(seed), Tally(), Zygote()
    reference = _session(zygote, None, Tally(), 0)
    while tally.kills < wanted:
        try:
            found = _session(zygote, draw, tally, wanted)
        except AssertionError as error:
            tally.wrong.append(f"after kill {tally.kills}: {error}")
            break
        tally.sessions += 1
        if found != reference:
            tally.wrong.append(f"session {tally.sessions}: it did not come out as the undisturbed one")
    zygote.close()
    return tally


def _session(zygote: Zygote, draw: random.Random | None, tally: Tally, wanted: int) -> list[str]:
    with tempfile.TemporaryDirectory() as name:
        play = Play((zygote, Path(name)), draw, tally, wanted)
        try:
            return play.whole()
        finally:
            play.server.kill()
            play.log.engine.dispose()


def told(tally: Tally, seed: int) -> str:
    """What came of it, in lines."""
    phases = ", ".join(f"{count} {phase}" for phase, count in sorted(tally.phases.items()))
    starts = sorted(tally.starts)
    slow = f"; a server answered again after {starts[len(starts) // 2]:.1f} s in the median, {starts[-1]:.1f} at most"
    lost = f"{tally.kills} kills of a server ({phases}), {tally.sessions} whole sessions, seed {seed}: "
    lost += f"{len(tally.wrong)} losses"
    return "\n".join([lost + (slow if starts else ""), *tally.wrong])
