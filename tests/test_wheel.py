"""A wheel has all that the product reads, and works where there is no checkout."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests import wheel

pytest.importorskip("hatchling", reason="the build backend: python3 tasks.py setup")
pytest.importorskip("pip", reason="builds and installs the wheel")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/bin/sh").exists(), reason="lays out an environment as POSIX has it"),
]
PACKAGES = ("sim", "agents", "experiments", "workshop")
DESIGN = """
question = "does it work anywhere?"
[held]
scenario = "history"
quarters = 1
[[lever]]
parameter = "porting_into_factor_trainium"
values = [0.5, 2.0]
[[strategies]]
name = "mine"
seats = { aws = "my.py:Calm" }
[replications]
worlds = 2
[measured]
outcomes = ["trainium_share_used"]
"""
CALM = "class Calm:\n    def decide(self, own, market):\n        return own.usual()\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel.build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def python(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel.environment(tmp_path_factory.mktemp("clean") / "venv", built)


def test_it_holds_every_file_of_the_packages(built: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *PACKAGES], cwd=wheel.ROOT, capture_output=True, text=True, check=True
    )
    wanted = {name for name in listed.stdout.split("\0") if name and (wheel.ROOT / name).exists()}
    with zipfile.ZipFile(built) as content:
        names = set(content.namelist())
    assert {Path(name).suffix for name in wanted} >= {".py", ".toml", ".csv", ".html", ".js", ".css", ".typed"}
    assert sorted(wanted - names) == []
    strangers = {name for name in names - wanted if ".dist-info/" not in name}
    assert sorted(strangers) == []
    assert {f"{package}/py.typed" for package in PACKAGES} <= names


def test_its_commands_work_outside_the_checkout(python: Path, tmp_path: Path) -> None:
    def run(*words: str) -> str:
        status, out, err = wheel.run(python, tmp_path, *words)
        assert status == 0, (words, out, err)
        return out

    where = subprocess.run(
        [str(python), "-c", "import sim, workshop; print(sim.__file__, workshop.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(wheel.ROOT) not in where.stdout
    assert "baseline" in run("list", "scenarios") and "chip-tariff" in run("list", "shocks")
    small = ("history", "--worlds", "2", "--quarters", "1", "--workers", "1")
    run("run", *small, "--out", "a")
    run("run", *small, "--strategy", "aws=harvest", "--out", "b")
    assert "B less A" in run("compare", "a", "b", "--at", "q1")
    assert "Trainium" in run("whatif", "history", *small[1:], "--set", "demand_level=0.9", "--out", "w")
    assert (tmp_path / "w" / "whatif.html").stat().st_size > 10_000
    assert "Usage" in run("workshop", "--help")


def test_a_batch_on_two_processes_gives_the_bits_of_the_checkout(python: Path, tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text(DESIGN, encoding="utf-8")
    (tmp_path / "my.py").write_text(CALM, encoding="utf-8")
    there = wheel.run(python, tmp_path, "batch", "d.toml", "--out", "there", "--workers", "2")
    here = wheel.checkout(tmp_path, "batch", "d.toml", "--out", "here", "--workers", "1")
    assert (there[0], here[0]) == (0, 0), (there, here)
    said = [json.loads((tmp_path / one / "provenance.json").read_text(encoding="utf-8")) for one in ("there", "here")]
    assert said[0]["complete"] and said[0]["records_digest"] == said[1]["records_digest"]
