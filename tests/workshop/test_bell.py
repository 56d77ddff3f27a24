"""The bell: who waits is woken, who has not heard is told at once, and nobody waits for ever."""

from __future__ import annotations

import asyncio
import threading
import time

from workshop.bell import Bell


def test_who_waits_is_woken_from_another_thread() -> None:
    bell = Bell()

    async def waits() -> int:
        seen = bell.version("s")
        threading.Timer(0.05, bell.ring, ["s"]).start()
        return await bell.after("s", seen, 20.0) - seen

    begun = time.monotonic()
    assert asyncio.run(waits()) == 1
    assert time.monotonic() - begun < 10.0


def test_who_has_not_heard_is_told_at_once() -> None:
    bell = Bell()
    seen = bell.version("s")
    bell.ring("s")
    assert asyncio.run(bell.after("s", seen, 20.0)) == seen + 1


def test_nothing_rings_for_another_room_and_waiting_ends() -> None:
    bell = Bell()
    seen = bell.version("s")

    async def waits() -> int:
        bell.ring("other")
        return await bell.after("s", seen, 0.05)

    assert asyncio.run(waits()) == seen


def test_a_server_that_comes_later_says_other_numbers() -> None:
    first = Bell()
    first.ring("s")
    time.sleep(0.01)
    assert Bell().version("s") != first.version("s")


def test_a_session_that_was_forgotten_says_no_number_again() -> None:
    bell = Bell()
    bell.ring("s")
    said = bell.version("s")
    bell.forget("s")
    assert bell.version("s") != said
    bell.ring("s")
    assert bell.version("s") > said


def test_nobody_waits_for_a_server_that_is_ending() -> None:
    bell = Bell()

    async def waits() -> list[int]:
        seen = bell.version("s")
        threading.Timer(0.05, bell.close).start()
        return [await bell.after("s", seen, 60.0) - seen, await bell.after("other", bell.version("other"), 60.0) - seen]

    begun = time.monotonic()
    assert asyncio.run(waits()) == [0, 0] and bell.closed
    assert time.monotonic() - begun < 30.0
