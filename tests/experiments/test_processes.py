"""How many processes play games when nobody says: one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _with_workers(path: Path) -> Iterator[tuple[str, object]]:
    """Functions and methods of a file that take a number of workers which may be left out, and what it is then."""
    for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(one, ast.FunctionDef):
            given = [*one.args.posonlyargs, *one.args.args]
            defaults = dict(zip([arg.arg for arg in given][::-1], one.args.defaults[::-1], strict=False))
            defaults |= {
                arg.arg: value
                for arg, value in zip(one.args.kwonlyargs, one.args.kw_defaults, strict=True)
                if value is not None
            }
            if "workers" in defaults:
                yield f"{path.stem}.{one.name}", ast.literal_eval(defaults["workers"])


def test_nobody_starts_another_process_who_was_not_asked_to() -> None:
    """A command says how many when its user does not; whatever else plays games plays them itself, unless told."""
    found = [one for path in sorted((ROOT / "experiments").rglob("*.py")) for one in _with_workers(path)]
    known = {"workers.each", "engine.run", "engine.played", "single.run", "forecast.make", "backtest.run"}
    assert known <= {name for name, _ in found}
    assert {name: value for name, value in found if value not in (1, None)} == {}
    asked = {path.stem for path in (ROOT / "experiments" / "cli").glob("*.py")} | {"terminal"}
    assert {name.partition(".")[0] for name, value in found if value is None} <= asked
