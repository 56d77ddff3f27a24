"""Writes what the docking cases came to, for the page on validation: `python -m tests.docking`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tests.docking.adapters import ADAPTERS, OUT_OF_ISSUE, Worlds
from tests.docking.compare_cases import check, load

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "experiments" / "data" / "validation" / "docking.csv"


def report() -> pd.DataFrame:
    """A row a case: mechanism, title, numeric keys that agree within the case's tolerance, or why it is not
    compared."""
    rows = []
    for name, case in load(Path(__file__).parent / "cases_public.json").items():
        keys = 0
        if name in ADAPTERS:
            answer = ADAPTERS[name](Worlds(case, [case["inputs"]]))
            keys, _ = check(case, _first(answer))
        rows.append((name, case["mechanism"], case["title"], keys, OUT_OF_ISSUE.get(name, "")))
    return pd.DataFrame(rows, columns=["case", "mechanism", "title", "keys_compared", "not_compared_because"])


def _first(answer: object) -> object:
    """The first world's part of an answer."""
    return {k: _first(v) for k, v in answer.items()} if isinstance(answer, dict) else answer[0]  # type: ignore[index]


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    report().to_csv(TARGET, index=False, lineterminator="\n")
    print(f"wrote {TARGET.relative_to(ROOT)}")
