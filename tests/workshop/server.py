"""A server in a process of its own, as it is started in a class, and a browser that it knows."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import httpx

START = """
import sys
from pathlib import Path
from workshop.serving import Reach, serve
serve(int(sys.argv[1]), Path(sys.argv[2]), Reach())
"""

COMMAND = """
import sys
from experiments.cli.main import main
main(["workshop", "--port", sys.argv[1], "--data", sys.argv[2]])
"""
"""The same with all that stands around it when a user types it."""


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A server on a data folder."""

    def __init__(self, folder: Path, port: int | None = None, start: str = START) -> None:
        self.folder, self.port = folder, port or free_port()
        command = [sys.executable, "-c", start, str(self.port), str(folder)]
        heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # whoever runs tests in the background ignores it
        out, told = subprocess.PIPE, subprocess.STDOUT
        self.process = subprocess.Popen(command, stdout=out, stderr=told, text=True, preexec_fn=heard)
        self.link = ""

    def ready(self, seconds: float = 300.0) -> float:
        """Wait until it answers; gives the seconds that it took."""
        begun = time.monotonic()
        while time.monotonic() < begun + seconds:
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/", timeout=5)
            except httpx.TransportError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
                continue
            assert self.process.stdout is not None
            self.link = "/facilitate/" + self.process.stdout.readline().rstrip().rsplit("/", 1)[1]
            return time.monotonic() - begun
        if self.process.poll() is None:
            self.kill()
            raise AssertionError(f"no answer in {seconds:.0f} s")
        raise AssertionError(self.said())

    def said(self) -> str:
        """All that it printed; it has ended."""
        return self.process.communicate(timeout=120)[0]

    def children(self) -> list[int]:
        """Its worker processes."""
        told = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(word) for one in told for word in one.read_text().split()]

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def stop(self) -> int:
        """End it as Ctrl+C does; gives its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(60)
        finally:
            if self.process.stdout is not None:
                self.process.stdout.close()


def runs(process: int) -> bool:
    """Does a process still run?"""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


class Visitor:
    """A browser that keeps its cookie while servers come and go. It dials anew each time: unlike a browser, it would
    not ask again where a server lets go of an idle line just then."""

    def __init__(self, port: int) -> None:
        host, dialled = f"http://127.0.0.1:{port}", httpx.Limits(max_keepalive_connections=0)
        self.client = httpx.Client(base_url=host, follow_redirects=True, timeout=60, limits=dialled)

    def looks(self, session: str) -> None:
        """Have a team's page open, as a phone has: a seat that no browser opens is soon free again."""
        self.client.get(f"/s/{session}/version")

    def post(self, page: str, where: str, **fields: str) -> httpx.Response:
        found = re.search(r'name="form" value="(\w+)"', self.client.get(page).text)
        assert found, page
        return self.client.post(where, data={"form": found.group(1), **fields})
