"""Batches on Dask: the same records, listeners on loopback alone, and an address that nobody answers."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.batch import cluster, lasting
from experiments.batch.lasting import How
from experiments.batch.supervisor import Task
from experiments.batch.target import Target
from sim.errors import InputError
from tests.experiments.batch.tiny import tiny

pytest.importorskip("distributed", reason="Dask is an extra")
LINUX = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads the table of sockets")


@pytest.fixture(scope="module")
def found() -> Iterator[Any]:
    """A client of a cluster of this machine."""
    with cluster.client(None, 2) as client:
        yield client


def double(number: int) -> int:
    return 2 * number


def dies(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def refuses(number: int) -> int:
    raise InputError(f"{number} is not allowed.")


def inodes(numbers: set[int]) -> set[str]:
    """Sockets that processes hold."""
    held = set()
    for number in numbers:
        for path in Path(f"/proc/{number}/fd").iterdir():
            name = str(path.readlink()) if path.is_symlink() else ""
            if name.startswith("socket:["):
                held.add(name[8:-1])
    return held


def listening(numbers: set[int]) -> set[str]:
    """Addresses, as the table of sockets writes them, on which processes listen."""
    held, found = inodes(numbers), set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:] if Path(table).exists() else ():
            fields = line.split()
            if fields[3] == "0A" and fields[9] in held:
                found.add(fields[1].partition(":")[0])
    return found


@pytest.mark.whole
@LINUX
def test_every_listener_is_on_loopback_the_dashboards_too(found: Any) -> None:
    workers = set(found.run(os.getpid).values())
    nannies = set(found.run(os.getpid, nanny=True).values())
    assert len(workers) == 2
    assert listening({os.getpid(), *workers, *nannies}) == {"0100007F"}  # 127.0.0.1
    assert found.cluster is None and found.scheduler_info()["services"].get("dashboard")


@pytest.mark.whole
def test_answers_are_those_of_other_engines(found: Any) -> None:
    tasks = [Task(k, double, (k,)) for k in range(20)]
    assert {one.key: one.result for one in cluster.answers(found, tasks)} == {k: 2 * k for k in range(20)}
    (one,) = cluster.answers(found, [Task(0, refuses, (7,))])
    assert isinstance(one.error, InputError) and str(one.error) == "7 is not allowed."


@pytest.mark.whole
def test_a_worker_with_other_rules_is_refused(found: Any) -> None:
    (one,) = cluster.answers(found, [Task(0, double, (1,))], {"numpy": "99.0"})
    assert isinstance(one.error, cluster.MismatchError) and "another version (numpy: " in str(one.error)


@pytest.mark.whole
def test_a_batch_has_the_digest_of_one_process(tmp_path: Path) -> None:
    plan = tiny(tmp_path, values=(0.5, 2.0), worlds=84)
    serial = lasting.run(plan, Target(tmp_path / "serial"), How())
    dask = lasting.run(plan, Target(tmp_path / "dask"), How("dask", 2))
    assert dask.digest == serial.digest and dask.played == 168


@pytest.mark.whole
def test_a_task_whose_worker_dies_every_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ALLOWED_FAILURES", 1)
    with cluster.client(None, 1) as client:
        (one,) = cluster.answers(client, [Task(0, dies, (1,))])
    assert one.died and one.error is not None


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nonsense", "tcp://127.0.0.1:1"])
def test_an_address_that_nobody_answers_is_one_sentence(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 0.2)
    words = r"^--address = \S+: no Dask scheduler answers there; give host:port of one\.$"
    with pytest.raises(InputError, match=words), cluster.client(address, 1):
        pass


@pytest.mark.parametrize("silent", [False, True], ids=["nobody there", "somebody who says nothing"])
def test_a_batch_for_a_cluster_that_does_not_answer_ends_and_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    """Nor does it wait for ever where a port is open and nobody speaks."""
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 0.2)
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        if silent:
            port.listen()
        address = f"127.0.0.1:{port.getsockname()[1]}"
        with pytest.raises(InputError, match=r"^--address = .*: no Dask scheduler answers there"):
            lasting.run(tiny(tmp_path), Target(tmp_path / "out"), How("dask", 1, address))
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.toml"]


@pytest.mark.whole
def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(cluster, "import_module", none)
    with pytest.raises(InputError, match=r"pip install 'fully-booked\[dask\]'"), cluster.client(None, 1):
        pass
