"""Outcomes are tried once and known from then on, in later runs too."""

from __future__ import annotations

from pathlib import Path

from tests.mutation.draw import Break
from tests.mutation.kept import KeptOutcomes
from tests.mutation.operators import Edit
from tests.mutation.trial import Outcome

ONE, OTHER = (Break("sim/a.py", Edit(0, 1, to, 1, (1, 1), True), "") for to in ("+", "-"))


def test_an_outcome_is_found_once(tmp_path: Path) -> None:
    path, tries = tmp_path / "outcomes.jsonl", []

    def work() -> Outcome:
        tries.append(1)
        return Outcome("assertion", f"test {len(tries)}", "1 ≠ 2", 0.5)

    kept = KeptOutcomes(path)
    first = kept.outcome(ONE, work)
    assert kept.outcome(ONE, work) == first == Outcome("assertion", "test 1", "1 ≠ 2", 0.5)
    again = KeptOutcomes(path)
    assert again.outcome(ONE, work) == first and len(tries) == 1
    assert again.outcome(OTHER, work).test == "test 2"
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")  # stopped while writing
    late = KeptOutcomes(path)
    assert late.outcome(ONE, work) == first and late.outcome(OTHER, work).test == "test 3"
    assert KeptOutcomes(path).known == late.known
