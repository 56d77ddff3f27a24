"""What the how-to shows of Python works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "ask-what-if.md"


@pytest.mark.whole
def test_the_page_shows_what_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (shown,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    exec(compile(shown, PAGE.name, "exec"), {"__name__": "shown"})
    worlds, effect, *_ = capsys.readouterr().out.split()
    assert worlds == "16" and float(effect) != 0.0
