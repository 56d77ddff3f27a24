"""Servers that begin in a moment: a process that has read the model once forks each of them. Their game is played in
the server itself, so one kill ends all of it. Servers with worker processes of their own are in server.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx

from tests.workshop.server import free_port

HOSTS = ("127.0.0.1",)


def main() -> None:
    """Read 'port folder' lines; fork a server for each and say its process. Ends when nobody writes any more."""
    import uvicorn

    from tests.workshop.events import setup
    from workshop.clock import SystemClock
    from workshop.serving import house
    from workshop.table import Task, dealt
    from workshop.web.app import application
    from workshop.worker import Here

    dealt(Task(setup(seconds=3600), (), ()))  # whatever is read and built once is there in every fork
    print("ready", flush=True)
    for line in sys.stdin:
        port, folder = line.split()
        number = os.fork()
        if number:
            print(number, flush=True)
            threading.Thread(target=os.waitpid, args=(number, 0), daemon=True).start()
            continue
        with house(Path(folder), SystemClock(), (Here(), Here()), HOSTS) as found:
            Path(folder, "link").write_text(f"/facilitate/{found.rights.link()}", encoding="utf-8")
            uvicorn.run(application(found), host=HOSTS[0], port=int(port), log_level="warning", access_log=False)
        os._exit(0)


class Zygote:
    """The process that forks servers."""

    def __init__(self) -> None:
        words = [sys.executable, "-c", "from tests.workshop.zygote import main; main()"]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._line() == "ready"

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def fork(self, port: int, folder: Path) -> int:
        """The number of a new server's process."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{port} {folder}\n")
        self.process.stdin.flush()
        return int(self._line())

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)


class Forked:
    """A server of a zygote."""

    def __init__(self, zygote: Zygote, folder: Path, port: int | None = None) -> None:
        self.zygote, self.folder, self.port = zygote, folder, port or free_port()
        self.number = zygote.fork(self.port, folder)

    def ready(self, seconds: float = 120.0) -> float:
        """Wait until it answers; gives the seconds that it took."""
        begun = time.monotonic()
        while time.monotonic() < begun + seconds:
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/", timeout=20)
            except httpx.TransportError:
                if not self.runs():
                    break
                time.sleep(0.02)
                continue
            return time.monotonic() - begun
        raise AssertionError("the server does not answer")

    @property
    def link(self) -> str:
        """The facilitator's link."""
        return (self.folder / "link").read_text(encoding="utf-8")

    def runs(self) -> bool:
        """Does it run?"""
        return Path(f"/proc/{self.number}").exists()  # the zygote has it gone once its last thread has ended

    def kill(self) -> None:
        """Kill it as a power cut would."""
        if self.runs():
            os.kill(self.number, signal.SIGKILL)
        while self.runs():
            time.sleep(0.01)
