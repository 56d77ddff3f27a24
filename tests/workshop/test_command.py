"""The command: it is found without being imported, and bad input gets a sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from experiments.cli import main
from sim.errors import InputError
from tests.workshop.server import free_port
from workshop import command, serving


def test_the_command_line_knows_it() -> None:
    """The package of the command line gives its function the name of its module."""
    assert "workshop" in sys.modules[main.__module__].commands()


@pytest.mark.parametrize("port", ["80", "70000", "http", "-1", "8e3", "٨٠٠٠"])
def test_a_port_that_cannot_be_is_told_in_a_sentence(port: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--port = .* is not allowed; give a whole number from 1024 to 65535\."):
        command.workshop(port, str(tmp_path))


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "NEEDS", ("sqlalchemy", "no_such_package"))
    with pytest.raises(InputError, match=r"needs 'no_such_package'.*extra 'workshop'"):
        command.workshop("8000", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_room_without_a_network_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(serving, "lan_address", lambda: "")
    with pytest.raises(InputError, match="in no network"):
        serving.serve(free_port(), tmp_path, serving.Reach(lan=True))
    assert list(tmp_path.iterdir()) == []
