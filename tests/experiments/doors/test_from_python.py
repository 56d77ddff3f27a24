"""The page on Python shows what runs: as a script, from stdin and as a notebook's cells, with workers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.batch.folder import Records

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "how-to" / "use-from-python.md"
SHOWN = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "FULLY_BOOKED_KERNELS": "numpy"}
WATCH = """
from experiments.batch import processes
begun, there = [], processes.Process.start
def counted(self):
    begun.append(1)
    there(self)
processes.Process.start = counted
"""
"""Counts worker processes, so that a test can tell that there were two."""


def small(text: str, worlds: int, workers: int) -> str:
    """What the page shows, of a scenario without a past and a quarter long."""
    changed = (("baseline", "history"), ("quarters=4", "quarters=1"), ("[4]", "[1]"))
    for old, new in (*changed, ("worlds=128", f"worlds={worlds}"), ("workers=2", f"workers={workers}")):
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.whole
def test_the_page_plays_compares_and_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(small(SHOWN[0], 3, 1), PAGE.name, "exec"), {"__name__": "__main__"})
    out = capsys.readouterr().out
    usual, harvest = (Records.open(name).metric("trainium_share_used", "history")[1] for name in ("usual", "harvest"))
    assert out.startswith(f"{(harvest - usual).mean():+.4f} (") and "count    3.0" in out


def test_ten_lines_do_it() -> None:
    lines = [line for line in SHOWN[0].partition("if __name__")[2].splitlines()[1:] if line.strip()]
    assert len(lines) <= 10 and len(SHOWN) == 4


@pytest.mark.parametrize("place", range(1, len(SHOWN)))
def test_what_the_page_shows_of_other_tools_runs(place: int, capsys: pytest.CaptureFixture[str]) -> None:
    for module, name in (("pettingzoo", "doors.parallel"), ("mesa", "plain_mesa")):
        if name in SHOWN[place]:
            pytest.importorskip(module)
    exec(compile(SHOWN[place], PAGE.name, "exec"), {"__name__": "shown"})
    assert capsys.readouterr().out or "EMA" in SHOWN[place] or "workbench" in SHOWN[place]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["script", "stdin", "notebook"])
def test_it_runs_with_two_workers_from_a_file_from_stdin_and_as_cells(way: str, tmp_path: Path) -> None:
    text = f"{WATCH}{small(SHOWN[0], 128, 2)}    print('processes', len(begun))\n"
    (tmp_path / "shown.py").write_text(text, encoding="utf-8")
    # a kernel runs a notebook's cells in a main module that has no file
    cells = "import sys\nfor cell in sys.stdin.read().split('# cell'): exec(cell, vars(sys.modules['__main__']))"
    calls = {"script": ["shown.py"], "stdin": ["-"], "notebook": ["-c", cells]}
    done = subprocess.run(
        [sys.executable, *calls[way]],
        cwd=tmp_path,
        env=ENVIRONMENT,
        input="" if way == "script" else text,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "processes 4" in done.stdout and "one process instead" not in done.stderr
    assert len(Records.open(tmp_path / "harvest").worlds("history")) == 128
