"""The server as a process: killed in each phase it loses nothing, its workers end with it, and one serves a folder."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.workshop.server import COMMAND, START, Server, Visitor, runs
from workshop.database import connected, url_of
from workshop.log import EventLog
from workshop.state import State, replay
from workshop.worker import ClosedError, Process

pytestmark = pytest.mark.slow
ORDER = {"order": "610", "own_share": "50", "exit_fee": "10"}
PHASES = ("lobby", "briefing", "open", "paused", "locked", "review", "published")


def left_of(workers: list[int]) -> list[int]:
    """The processes among workers that still run when those that end have had time to: they hear of it by a pipe."""
    end = time.monotonic() + 10
    while any(runs(one) for one in workers) and time.monotonic() < end:
        time.sleep(0.05)
    return [one for one in workers if runs(one)]


class Class:
    """A room on a server that may be killed."""

    def __init__(self, folder: Path, start: str = START) -> None:
        self.folder = folder
        self.server = Server(folder, start=start)
        self.server.ready()
        self.lead, self.team = Visitor(self.server.port), Visitor(self.server.port)
        self.lead.post(self.server.link, self.server.link)
        page = self.lead.post("/", "/sessions", agenda="a", seed="4")
        self.session = page.url.path.split("/")[2]
        self.log = EventLog(connected(url_of(folder)))
        code = self.log.sessions()[0]["code"]
        self.team.post("/", f"/join/{code}/claim", seat="aws", name="Blue")
        self.team.looks(self.session)

    def state(self) -> State:
        return replay(self.log.lineage(self.session, self.log.branch(self.session)))

    def wait(self, good: Callable[[State], bool], seconds: float = 60.0) -> State:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if good(state := self.state()):
                return state
            time.sleep(0.05)
        raise AssertionError(self.state().phase)

    def do(self, what: str) -> None:
        answer = self.lead.post(f"/s/{self.session}/console", f"/s/{self.session}/do/{what}")
        assert answer.status_code == 200, answer.text

    def reach(self, phase: str) -> None:
        """Lead the room into a phase, with a decision handed in where there can be one."""
        if phase == "lobby":
            return
        self.wait(lambda state: state.brief is not None)
        self.do("brief")
        if phase == "briefing":
            return
        self.do("open")
        page = f"/s/{self.session}/team/aws"
        assert self.team.post(page, f"{page}/submit", revision="0", key="k", **ORDER).status_code == 200
        for what in {"open": (), "paused": ("pause",)}.get(phase, ("lock",)):
            self.do(what)
        if phase in ("review", "published"):
            self.wait(lambda state: state.phase == "review")
        if phase == "published":
            self.do("publish")

    def killed(self) -> None:
        """Kill the server and wait for another on the same port; how long that takes is measured by `kills`."""
        workers = self.server.children()
        self.server.kill()
        assert left_of(workers) == []
        self.server = Server(self.folder, self.server.port)
        self.server.ready()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    made = Class(tmp_path)
    yield made
    made.server.stop()
    made.log.engine.dispose()


@pytest.mark.parametrize("phase", PHASES)
def test_killed_in_any_phase_it_goes_on_from_there(room: Class, phase: str) -> None:
    room.reach(phase)
    before = room.state()
    room.killed()
    if phase == "locked":
        after = room.wait(lambda state: state.phase == "review")
        assert after.rounds[0].answers["aws"] == ORDER
        assert sum(one.kind == "resolved" for one in room.log.events(room.session, 0)) == 1
    else:
        after = room.wait(lambda state: state.brief is not None)
        made = {"brief": after.brief, "last": after.last} if before.brief is None else {}
        assert after == replace(before, **made)
    assert room.team.client.get(f"/s/{room.session}/team/aws").status_code == 200
    if phase == "open":
        assert "Submitted" in room.team.client.get(f"/s/{room.session}/team/aws").text


def test_a_second_server_says_that_the_folder_is_served(room: Class) -> None:
    second = Server(room.folder)
    with pytest.raises(AssertionError, match="is served by another workshop"):
        second.ready()


def test_a_port_in_use_is_told_in_a_sentence(room: Class, tmp_path: Path) -> None:
    second = Server(tmp_path / "other", room.server.port)
    assert "cannot be used" in second.said()


def test_the_stream_says_a_number_and_a_new_one_when_something_changes(room: Class) -> None:
    room.wait(lambda state: state.brief is not None)
    time.sleep(0.5)
    with room.lead.client.stream("GET", f"/s/{room.session}/stream") as stream:
        lines = (line for line in stream.iter_lines() if line.startswith("data:"))
        first = next(lines)
        assert first.removeprefix("data: ").isdecimal()
        room.do("brief")
        assert int(next(lines).removeprefix("data: ")) > int(first.removeprefix("data: "))


def test_an_interrupt_ends_it_with_open_pages_and_work_under_way(tmp_path: Path) -> None:
    """Streams and requests that wait are let go, what is being played is left, and nothing goes wrong."""
    room = Class(tmp_path, COMMAND)
    room.reach("open")
    workers = room.server.children()
    assert workers
    host, held = f"http://127.0.0.1:{room.server.port}", []
    with ThreadPoolExecutor(1) as other, httpx.stream("GET", f"{host}/s/{room.session}/stream", timeout=20) as stream:
        next(stream.iter_lines())
        waits = other.submit(lambda: held.append(httpx.get(f"{host}/explore/part?page=p&exit_fees=0", timeout=60)))
        room.do("lock")
        begun = time.monotonic()
        room.server.process.send_signal(signal.SIGINT)
        said = room.server.said()
        assert time.monotonic() - begun < 50
        waits.exception(timeout=60)  # an answer, or a server that is gone
    kept = f"fully-booked: stopped; all sessions are kept in '{tmp_path}' and go on when it is started again."
    assert [line for line in said.splitlines() if not line.startswith("Everything is kept")] == [kept]
    assert left_of(workers) == [] == room.server.children()
    room.log.engine.dispose()


def test_who_waits_for_a_process_that_is_closed_hears_it_and_no_other_is_begun() -> None:
    process = Process()
    assert process.call(abs, -1) == 1
    with ThreadPoolExecutor(1) as other:
        waits = other.submit(process.call, time.sleep, 600)
        time.sleep(0.5)
        process.close()
        with pytest.raises(ClosedError):
            waits.result(timeout=60)
    with pytest.raises(ClosedError):
        process.call(abs, -1)
