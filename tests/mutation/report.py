"""What is said of breaks: a line for each, counts by package, and the list of those that nothing noticed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tests.mutation.draw import Break
from tests.mutation.trial import CAUGHT, NOT_RUN, SURVIVED, Outcome

AIM = 0.9
"""The part of all breaks that must be caught."""
Results = Sequence[tuple[Break, Outcome]]


def line(broken: Break, outcome: Outcome) -> str:
    """A break, how it ended, and the test that noticed it."""
    said = outcome.kind if outcome.caught else outcome.kind.upper()
    words = [f"{said:<16} {outcome.seconds:5.1f} s  {broken}"]
    return "\n".join([*words, *([f"{'':26}{outcome.test}: {outcome.words[:150]}"] if outcome.test else [])])


def caught(results: Results) -> int:
    return sum(outcome.caught for _, outcome in results)


def enough(results: Results) -> bool:
    return caught(results) >= AIM * len(results)


def summary(results: Results) -> list[str]:
    """The counts, the survivors, and whether the aim is met."""
    missed = [(broken, outcome) for broken, outcome in results if not outcome.caught]
    rows = [f"  {broken}  ({outcome.kind})" for broken, outcome in missed]
    part = f"{caught(results)} of {len(results)} breaks caught ({caught(results) / len(results):.0%})"
    verdict = "at least" if enough(results) else "less than"
    return ["", *table(results), "", *(["not noticed:", *rows, ""] if rows else []), f"{part}: {verdict} {AIM:.0%}"]


def table(results: Results) -> list[str]:
    """How breaks ended, a row a package and one for all."""
    kinds = (*CAUGHT, SURVIVED, NOT_RUN)
    counts = Counter((broken.file.partition("/")[0], outcome.kind) for broken, outcome in results)
    names = sorted({name for name, _ in counts})
    head = _row("", ["breaks", *kinds])
    rows = [[counts[name, kind] for kind in kinds] for name in names]
    body = [_row(name, [sum(row), *row]) for name, row in zip(names, rows, strict=True)]
    total = [sum(column) for column in zip(*rows, strict=True)]
    return [head, *body, _row("all", [sum(total), *total])]


def _row(name: str, cells: Iterable[object]) -> str:
    return f"{name:<12}" + "".join(f"{cell!s:>17}" for cell in cells)
