"""`python3 tasks.py load [--clients 60] [--explorer N]`: a class of phones on one server, and how long they wait.

Two rooms of six seats with the same seed: twelve teams, five phones each. Every phone holds a stream and sends a
decision at a random moment of ten seconds; the other phones of its team are answered 409, which counts as an answer.
Printed: p95 of those answers, the time from a facilitator's button until a phone has the fresh part, the time from the
lock to the result, and the memory of the server with its workers. With --explorer, N more clients drag sliders of the
what-if page all the while.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.workshop.server import Server, Visitor
from workshop.database import connected, url_of
from workshop.log import EventLog
from workshop.state import replay

WINDOW = 10.0
"""Seconds over which a class hands in."""
SEATS = ("aws", "google", "nvidia", "anthropic", "openai", "ec")
LONGEST = 300.0


@dataclass
class Found:
    """Seconds, and what was answered."""

    submit: list[float] = field(default_factory=list)
    fresh: list[float] = field(default_factory=list)
    resolve: list[float] = field(default_factory=list)
    explorer: list[float] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)
    memory: float = 0.0


class Phone:
    """A phone of a team: a cookie, and the team's page."""

    def __init__(self, base: str, session: str, party: str) -> None:
        self.client = httpx.AsyncClient(base_url=base, timeout=60, follow_redirects=True)
        self.session, self.page = session, f"/s/{session}/team/{party}"

    async def joins(self, card: str) -> None:
        """Sit down with the table's card."""
        token = _field(await self.client.get(f"/card/{card}"), "form")
        await self.client.post(f"/card/{card}", data={"form": token})

    async def waits(self, pressed: asyncio.Future[float], ready: asyncio.Event) -> float:
        """Hold the stream; when it says something new after the button, fetch the part. Seconds from the button."""
        async with self.client.stream("GET", f"/s/{self.session}/stream") as stream:
            lines = (line async for line in stream.aiter_lines() if line.startswith("data:"))
            await anext(lines)
            ready.set()
            async for _ in lines:
                if pressed.done():
                    break
        await self.client.get(f"{self.page}/live")
        return time.monotonic() - await pressed

    async def hands_in(self, found: Found, draw: random.Random) -> None:
        """Look, wait a moment, submit what is filled in."""
        shown = await self.client.get(self.page)
        sent = {name: _field(shown, name) for name in ("form", "revision", "key")}
        await asyncio.sleep(draw.uniform(0.0, WINDOW))
        begun = time.monotonic()
        answer = await self.client.post(f"{self.page}/submit", data=sent)
        found.submit.append(time.monotonic() - begun)
        found.answers[answer.status_code] = found.answers.get(answer.status_code, 0) + 1


def _field(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text[:500]
    return found.group(1)


async def drag(base: str, found: Found, draw: random.Random, ended: asyncio.Event) -> None:
    """Drag one slider after another of the what-if page."""
    async with httpx.AsyncClient(base_url=base, timeout=60) as client:
        page = (await client.get("/explore")).text
        ranges = re.findall(r'<input[^>]*type="range"[^>]*>', page)
        sliders = [dict(re.findall(r'(\w+)="([^"]*)"', one)) for one in ranges]
        assert sliders, "the what-if page has no sliders"
        name = f"{draw.random():.12f}"
        while not ended.is_set():
            one = draw.choice(sliders)
            value = draw.uniform(float(one.get("min", 0)), float(one.get("max", 100)))
            begun = time.monotonic()
            await client.get("/explore/part", params={"page": name, one["name"]: f"{value:.0f}"})
            found.explorer.append(time.monotonic() - begun)
            await asyncio.sleep(0.2)


def memory(server: Server) -> float:
    """MiB that the server and its workers hold."""
    held = 0
    for number in (server.process.pid, *server.children()):
        status = Path(f"/proc/{number}/status")
        if status.exists() and (line := re.search(r"VmRSS:\s+(\d+)", status.read_text())):
            held += int(line.group(1))
    return held / 1024


class Class:
    """The facilitator of both rooms."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.server, self.lead = server, Visitor(server.port)
        self.log = EventLog(connected(url_of(folder)))
        self.lead.post(server.link, server.link)
        page = self.lead.post("/", "/sessions", agenda="a", seed="1", rooms="2")
        first = page.url.path.split("/")[2]
        self.rooms = (first, self.state(first).hall.twin)
        for room in self.rooms:
            for party in SEATS:
                self.do(room, "hold", seat=party, holder="human")

    def state(self, room: str) -> Any:
        return replay(self.log.lineage(room, 0))

    def do(self, room: str, what: str, **fields: str) -> None:
        self.lead.post(f"/s/{room}/console", f"/s/{room}/do/{what}", **fields)

    def wait(self, room: str, phase: str) -> None:
        end = time.monotonic() + LONGEST
        while self.state(room).phase != phase or (phase == "lobby" and self.state(room).brief is None):
            assert time.monotonic() < end, f"{room} stays in {self.state(room).phase}"
            time.sleep(0.02)


async def lesson(led: Class, base: str, asked: argparse.Namespace, found: Found) -> None:
    """A turn of both rooms."""
    draw, phones = random.Random(asked.seed), list[Phone]()
    for room in led.rooms:
        await asyncio.to_thread(led.wait, room, "lobby")
        cards = led.state(room).hall.cards
        for number in range(asked.clients // 2):
            party = SEATS[number % len(SEATS)]
            phones.append(Phone(base, room, party))
            await phones[-1].joins(cards[party])
    ended = asyncio.Event()
    draggers = [asyncio.create_task(drag(base, found, random.Random(k), ended)) for k in range(asked.explorer)]
    for room in led.rooms:
        await asyncio.to_thread(led.do, room, "brief")
        await _opened(led, room, [one for one in phones if one.session == room], found)
    await asyncio.gather(*(one.hands_in(found, draw) for one in phones))
    for room in led.rooms:
        begun = time.monotonic()
        await asyncio.to_thread(led.do, room, "lock")
        await asyncio.to_thread(led.wait, room, "review")
        found.resolve.append(time.monotonic() - begun)
    found.memory = memory(led.server)
    ended.set()
    await asyncio.gather(*draggers)
    await asyncio.gather(*(one.client.aclose() for one in phones))


async def _opened(led: Class, room: str, phones: list[Phone], found: Found) -> None:
    """Open a turn while every phone holds its stream."""
    pressed, readies = asyncio.get_running_loop().create_future(), [asyncio.Event() for _ in phones]
    waiting = [asyncio.create_task(one.waits(pressed, ready)) for one, ready in zip(phones, readies, strict=True)]
    await asyncio.gather(*(ready.wait() for ready in readies))
    pressed.set_result(time.monotonic())
    await asyncio.to_thread(led.do, room, "open")
    found.fresh += await asyncio.gather(*waiting)


def p95(seconds: list[float]) -> str:
    """'120 ms' of a list, and '–' of none."""
    return f"{1000 * statistics.quantiles(seconds, n=20)[-1]:.0f} ms" if len(seconds) > 1 else "–"


def main() -> None:
    parser = argparse.ArgumentParser(prog="tasks.py load", description=__doc__)
    parser.add_argument("--clients", type=int, default=60)
    parser.add_argument("--explorer", type=int, default=0, metavar="N", help="N clients drag sliders meanwhile")
    parser.add_argument("--seed", type=int, default=1)
    asked, found = parser.parse_args(), Found()
    if asked.clients < 1 or asked.explorer < 0:
        parser.error("clients, 1 or more, and explorer, 0 or more, are allowed; fewer show nothing")
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name))
        start = server.ready()
        try:
            led = Class(Path(name), server)
            asyncio.run(lesson(led, f"http://127.0.0.1:{server.port}", asked, found))
            led.log.engine.dispose()
        finally:
            server.stop()
    print(f"{asked.clients} phones of {2 * len(SEATS)} teams, {asked.explorer} dragging the what-if page")
    print(f"start                 {start:.1f} s")
    answers = ", ".join(f"{count} of {status}" for status, count in sorted(found.answers.items()))
    print(f"submit, p95           {p95(found.submit)} of {len(found.submit)} (answers: {answers})")
    print(f"button to fresh, p95  {p95(found.fresh)} of {len(found.fresh)}")
    results = ", ".join(f"{one:.1f} s" for one in found.resolve)
    print(f"lock to result        {results} (a turn of two quarters)")
    print(f"memory                {found.memory:.0f} MiB, server and workers")
    if found.explorer:
        print(f"what-if part, p95     {p95(found.explorer)} of {len(found.explorer)}")


if __name__ == "__main__":
    main()
