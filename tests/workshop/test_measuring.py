"""The tasks that measure a server refuse numbers with which they would measure nothing."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from tests.workshop import load, moves


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (moves, ["0"]),
        (moves, ["-3"]),
        (moves, ["many"]),
        (load, ["--clients", "0"]),
        (load, ["--explorer", "-1"]),
    ],
)
def test_senseless_numbers_are_refused_before_a_server_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], task: ModuleType, words: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tasks.py", *words])
    monkeypatch.setattr(task, "Server", None)  # whoever starts one fails
    with pytest.raises(SystemExit) as ended:
        task.main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, "") and "error: " in err
