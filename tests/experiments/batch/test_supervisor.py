"""Processes under supervision: who dies is replaced, a task that kills is given up in the end, nothing hangs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from multiprocessing import Pipe
from pathlib import Path

import pytest

from experiments.batch import supervisor
from experiments.batch.supervisor import Supervisor, Task, here
from sim.errors import InputError


def double(number: int) -> int:
    return 2 * number


def kills(folder: str, times: int, number: int) -> int:
    """Ends its process the first so many times."""
    path = Path(folder) / f"{number}"
    tries = len(path.read_text()) if path.exists() else 0
    path.write_text("x" * (tries + 1))
    if tries < times:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def refuses(number: int) -> int:
    raise InputError(f"{number} is not allowed.")


def waits(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def tasks(function: object, *given: tuple[object, ...]) -> list[Task]:
    return [Task(number, function, one) for number, one in enumerate(given)]  # type: ignore[arg-type]


@pytest.mark.whole
def test_every_task_has_an_answer() -> None:
    with Supervisor(2) as processes:
        found = {one.key: one.result for one in processes.answers(tasks(double, *((k,) for k in range(9))))}
    assert found == {k: 2 * k for k in range(9)}
    assert not any(one.is_alive() for one in processes.started) and len(processes.started) == 2


def test_processes_go_on_to_the_next_tasks() -> None:
    with Supervisor(1) as processes:
        first = list(processes.answers(tasks(double, (1,))))
        second = list(processes.answers(tasks(double, (2,))))
    assert (first[0].result, second[0].result) == (2, 4) and len(processes.started) == 1


def test_no_more_processes_are_started_than_there_are_tasks() -> None:
    with Supervisor(8) as processes:
        list(processes.answers(tasks(double, (1,), (2,))))
    assert len(processes.started) <= 2


@pytest.mark.whole
@pytest.mark.parametrize("deaths", [1, 2])
def test_a_task_whose_process_dies_is_tried_again(tmp_path: Path, deaths: int) -> None:
    with Supervisor(2, tries=3) as processes:
        given = [(str(tmp_path), deaths if k == 1 else 0, k) for k in range(4)]
        found = {one.key: one for one in processes.answers(tasks(kills, *given))}
    assert {key: one.result for key, one in found.items()} == {k: k for k in range(4)}
    assert found[1].tries == deaths + 1 and found[0].tries == 1


@pytest.mark.whole
def test_a_task_that_kills_every_time_is_given_up_and_the_others_are_played(tmp_path: Path) -> None:
    with Supervisor(2, tries=3) as processes:
        given = [(str(tmp_path), 99 if k == 1 else 0, k) for k in range(4)]
        found = {one.key: one for one in processes.answers(tasks(kills, *given))}
    assert found[1].died and found[1].tries == 3 and "was killed" in str(found[1].error)
    assert (tmp_path / "1").read_text() == "xxx"
    assert [found[k].result for k in (0, 2, 3)] == [0, 2, 3]


def test_an_error_is_an_answer_and_no_death() -> None:
    with Supervisor(1) as processes:
        (one,) = processes.answers(tasks(refuses, (7,)))
    assert not one.died and one.tries == 1 and str(one.error) == "7 is not allowed."
    (alone,) = here(tasks(refuses, (7,)))
    assert str(alone.error) == str(one.error)


def test_leaving_early_ends_the_processes_at_once() -> None:
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt), Supervisor(2) as processes:
        for _ in processes.answers(tasks(waits, (0.0,), (600.0,), (600.0,))):
            raise KeyboardInterrupt
    assert not any(one.is_alive() for one in processes.started)
    assert time.monotonic() - begun < 60.0


@pytest.mark.whole
def test_processes_that_end_before_they_are_ready_are_no_endless_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "serve", _killed)
    with pytest.raises(InputError, match=r"was killed"), Supervisor(2) as processes:
        list(processes.answers(tasks(double, (1,), (2,))))
    assert len(processes.started) >= supervisor.STILLBORN


def test_processes_that_cannot_import_the_program_are_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "serve", _not_imported)
    with pytest.raises(InputError, match=r"cannot import this program again"), Supervisor(2) as processes:
        list(processes.answers(tasks(double, (1,), (2,))))
    assert len(processes.started) == 2


def _killed(pipe: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _not_imported(pipe: object) -> None:
    os._exit(1)


@pytest.mark.whole
def test_no_task_is_begun_without_room_for_its_answer() -> None:
    """The first answer is withheld from the count until the last: then no more than three are ever open."""
    begun: list[int] = []
    answered: list[int] = []

    def drawn() -> Iterator[Task]:
        for k in range(9):
            begun.append(k)
            assert len(begun) - len(answered) <= 3
            yield Task(k, double, (k,))

    with Supervisor(2) as processes:
        for one in processes.answers(drawn(), lambda: len(begun) - len(answered) < 3):
            answered.append(one.key)
    assert sorted(answered) == list(range(9))


class CannotTravel:
    """A result that no other process can be given."""

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("it stays here")


def makes(number: int) -> CannotTravel:
    return CannotTravel()


def test_a_result_that_cannot_travel_is_an_error_and_no_death() -> None:
    with Supervisor(1) as processes:
        (one,) = processes.answers(tasks(makes, (1,)))
    assert not one.died and "cannot be sent from worker processes: it stays here" in str(one.error)


def test_a_process_whose_asker_has_gone_ends_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor.processes, "begin", lambda: None)
    ours, theirs = Pipe()
    ours.send_bytes(b"a task")
    ours.close()
    supervisor.serve(theirs)
    theirs.close()


@pytest.mark.slow
def test_a_pipe_that_an_interrupt_left_half_closed_is_no_error() -> None:
    with Supervisor(1) as processes:
        assert [one.result for one in processes.answers([Task(0, len, ((),))])] == [0]
        os.close(processes._workers[0].pipe.fileno())
    assert not any(one.is_alive() for one in processes.started)
