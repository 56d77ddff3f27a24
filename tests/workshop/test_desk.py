"""A debrief's work that falls into parts is shared by all workers, and comes in order."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from workshop.analyses import Desk
from workshop.forks import Piece, pieces
from workshop.rooms import RefusedError
from workshop.worker import Here

PATIENCE = 60.0


class Noting(Here):
    """A worker that notes what it did."""

    def __init__(self) -> None:
        self.done: list[tuple[Any, ...]] = []

    def call(self, function: Any, *given: Any) -> Any:
        self.done.append(given)
        return super().call(function, *given)


def test_workers_share_what_falls_into_parts_and_the_order_stays() -> None:
    one, other = Noting(), Noting()
    meeting, later = threading.Barrier(2), threading.Event()

    def worked_out(number: int) -> int:
        if number < 2:
            meeting.wait(PATIENCE)  # one alone would wait in vain
        if number == 0:
            assert later.wait(PATIENCE)
        if number == 3:
            later.set()  # the other has gone on meanwhile
        return number * number

    found = Desk(one, more=(other,)).each(worked_out, ((number,) for number in range(5)))
    assert list(found) == [0, 1, 4, 9, 16]
    assert sorted([*one.done, *other.done]) == [(number,) for number in range(5)]


def test_what_fails_ends_the_rest_and_is_told() -> None:
    asked: list[int] = []

    def breaks(number: int) -> int:
        asked.append(number)
        if number:
            time.sleep(0.1)  # whoever hears of the first has time to give up the rest
        raise RefusedError("It could not be played.")

    with pytest.raises(RefusedError, match="could not be played"):
        list(Desk(Noting()).each(breaks, ((number,) for number in range(50))))
    assert len(asked) < 50
    with pytest.raises(RefusedError, match="server is ending"):
        next(Desk(Noting(), closed=True).each(abs, [(1,)]))


def test_a_fork_is_dealt_out_by_round_and_side() -> None:
    assert pieces((64, 44), ("book-half", "")) == [
        Piece(0, "book-half", 0, 64),
        Piece(0, "", 0, 64),
        Piece(1, "book-half", 64, 44),
        Piece(1, "", 64, 44),
    ]
    assert pieces((64, 44), ("",)) == [Piece(0, "", 0, 32), Piece(0, "", 32, 32), Piece(1, "", 64, 44)]
    assert pieces((1,), ("",)) == [Piece(0, "", 0, 1)]
