"""Answers what-ifs while somebody drags a slider: a band that grows quarter by quarter, then from more and more worlds.

Questions are played in slices of a few quarters on two worker processes: rounds of worlds in turn, so that both halves
of a first look at 8 worlds are played at the same time, and so are those of the 56 after them. Between two slices a
runner looks up: does a room play? Then it waits. Has the page asked for something else, or gone? Then it stops. Does
another question wait for its first band? Then that comes first. What was played is kept, the baseline for good.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import pandas as pd

from experiments.batch.engine import Cell
from sim.errors import InputError
from workshop import explored, underway, views
from workshop.bell import Bell
from workshop.rooms import RefusedError
from workshop.underway import Found, Look, Run
from workshop.views import QUARTERS, View
from workshop.worker import Worker

SLICE = 6
"""Quarters between two looks up, in a round of the first look; one in a round of more worlds."""
MOST_WAITING = 12
"""Questions without a first band beyond which nobody else may ask."""
MOST_KEPT = 48
"""Questions whose tables are kept; about 1 MB each with all their worlds."""
MOST_TOLD = 8
"""Answers worked out from such tables that are kept for the next who asks."""
MOST_BASES = 4 * len(underway.ROUNDS)
"""Rounds of baselines that are kept: those of the last seeds."""
PATIENCE = 0.05
"""Seconds between two looks whether a room still plays."""


class Explorer:
    """The questions of one server. workers: who plays them; busy: does a room play just now?"""

    def __init__(self, workers: Sequence[Worker], busy: Callable[[], bool] = lambda: False) -> None:
        self.workers, self.busy = tuple(workers), busy
        self._runs: OrderedDict[View, Run] = OrderedDict()
        self._bases: OrderedDict[tuple[int, int], pd.DataFrame] = OrderedDict()
        self._at: dict[str, View] = {}
        self._told: OrderedDict[View, Found] = OrderedDict()
        self._bell = Bell()
        self._asked = 0
        self._change = threading.Condition()
        self._closed = False
        self._threads: list[threading.Thread] = []

    # --- asking -----------------------------------------------------------------------------------------------------

    def ask(self, page: str, view: View, heard: float | None = None) -> Found:
        """What is known of a question now; whatever else the page asked before is let go. page: tells one page from
        another; heard: when it was heard of, now unless given. RefusedError when too many ask."""
        now, asked = time.monotonic(), view.same
        with self._change:
            before = self._runs.get(self._at.get(page, asked))
            if before is not None and before.view != asked:
                before.looks.pop(page, None)
            run = self._runs.get(asked)
            if run is None or (run.failed and page not in run.looks):
                self._room_for_one_more(now)
                self._asked += 1
                run = self._runs[asked] = Run(asked, self._asked)
                self._bell.ring(run.name)
            self._at[page] = asked
            run.looks[page] = Look(heard or now, view.worlds)
            self._runs.move_to_end(asked)
            self._forget(now)
            self._start()
            self._change.notify_all()
            return self._known(run, view)

    def _known(self, run: Run, view: View) -> Found:
        """What is known of a run, the same object for everybody who asks until more is known."""
        version = self._bell.version(run.name)
        if view not in self._told or self._told[view].version != version:
            self._told[view] = run.found(view, version)
        self._told.move_to_end(view)
        while len(self._told) > MOST_TOLD:
            self._told.popitem(last=False)
        return self._told[view]

    async def more(self, found: Found, seconds: float) -> None:
        """Wait, holding no thread, until more is known of a question than was found, or until the time is up."""
        await self._bell.after(found.view.same.query(), found.version, seconds)

    def wait(self, page: str, view: View, seconds: float, worlds: int = 0) -> Found:
        """The same once so many worlds are known to the end, those of the first two rounds unless given, or when the
        time is up."""
        end, worlds = time.monotonic() + seconds, worlds or sum(of for _, of in underway.ROUNDS[:2])
        found = self.ask(page, view)
        while not found.failed and not (found.worlds >= worlds and found.quarters == QUARTERS):
            if (left := end - time.monotonic()) <= 0.0:
                break
            with self._change:
                self._change.wait(min(left, 1.0))
            found = self.ask(page, view)
        return found

    def warm(self) -> None:
        """Play the baseline of the first 64 worlds and what lies before it, before anybody asks."""
        self.ask("warm", View(worlds=views.WORLDS[1]), float("inf"))

    def let_go(self) -> None:
        """Nobody is kept waiting any more."""
        self._bell.close()

    def close(self) -> None:
        """No further slice is played."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        for one in self._threads:
            one.join(5.0)

    def _room_for_one_more(self, now: float) -> None:
        waiting = [one for one in self._runs.values() if not one.done and not one.failed and one.wanted(now)]
        if len(waiting) >= MOST_WAITING:
            raise RefusedError("Many people ask at once just now; please try again in a few seconds.", 503)

    def _forget(self, now: float) -> None:
        for view in [view for view, one in self._runs.items() if not one.busy and not one.wanted(now)]:
            if len(self._runs) <= MOST_KEPT:
                break
            self._bell.forget(self._runs.pop(view).name)
        self._at = {page: view for page, view in self._at.items() if view in self._runs}

    # --- playing ----------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        if not self._threads:
            for number in range(len(self.workers)):
                made = threading.Thread(target=self._run, args=(number,), daemon=True, name=f"explorer {number}")
                self._threads.append(made)
                made.start()

    def _run(self, worker: int) -> None:
        while job := self._taken(worker):
            run, number = job
            try:
                self._play(worker, run, number)
            except Exception as error:  # one question that cannot be played stops no other
                with self._change:
                    run.failed = str(error) if isinstance(error, InputError) else f"It could not be played: {error!r}"
                    self._bell.ring(run.name)
            finally:
                with self._change:
                    run.busy.discard(number)
                    self._change.notify_all()

    def _taken(self, worker: int) -> tuple[Run, int] | None:
        """The next round for a worker, taken by it; waits for one. None at the end."""
        with self._change:
            while not self._closed:
                if job := self._next(worker):
                    job[0].busy.add(job[1])
                    return job
                self._change.wait(1.0)
            return None

    def _next(self, worker: int) -> tuple[Run, int] | None:
        """What this worker plays next: the earliest rounds first, of those the question that was asked first."""
        now, found = time.monotonic(), []
        for one in self._runs.values():
            number = one.next(worker, len(self.workers), now)
            if number is not None:
                found.append((number, one.order, one))
        if not found:
            return None
        number, _, run = min(found, key=lambda each: each[:2])
        return run, number

    def _play(self, worker: int, run: Run, number: int) -> None:
        """Play a round of a question, after that of the baseline; leave it where it is when it must."""
        first, worlds = underway.ROUNDS[number]
        without, here = run.view.asked(worlds).cells(first, worlds)
        base = self._bases.get((run.view.seed, number))
        if base is None:
            base = self._slices(worker, run, number, without)
        if base is None:
            return
        run.base[number] = base
        played = base if run.alike else self._slices(worker, run, number, here)
        with self._change:
            self._bases[run.view.seed, number] = base
            self._bases.move_to_end((run.view.seed, number))
            while len(self._bases) > MOST_BASES:
                self._bases.popitem(last=False)
            if played is not None:
                run.done[number] = played
                self._bell.ring(run.name)
            self._change.notify_all()

    def _slices(self, worker: int, run: Run, number: int, cell: Cell) -> pd.DataFrame | None:
        """A cell to its end, slice by slice; None when it was left before."""
        look = number < underway.FIRST and (number in run.base or run.alike)
        found: pd.DataFrame | None = None
        step = SLICE if number < underway.FIRST else 1
        for until in range(QUARTERS % step or step, QUARTERS + 1, step):  # what is over comes first, and soon
            if not self._may_go_on(worker, run, number):
                return None
            found = self.workers[worker].call(explored.go, cell, until)
            if look:
                self._come(run, number, found)
        return found

    def _come(self, run: Run, number: int, found: pd.DataFrame) -> None:
        """A round of a first look has come further."""
        with self._change:
            before, run.begun[number] = run.shown, found
            if run.shown != before:
                self._bell.ring(run.name)
            self._change.notify_all()

    def _may_go_on(self, worker: int, run: Run, number: int) -> bool:
        """Wait while a room plays. False when the round is to be left: nobody wants it, or another is more urgent."""
        while self.busy() and not self._closed:
            time.sleep(PATIENCE)
        with self._change:
            if self._closed or not run.wanted(time.monotonic()):
                return False
            other = self._next(worker)
            return other is None or other[1] >= number
