"""The page of the grades, docs/reference/grades.md: `python -m experiments.pages.grades [WORLDS]` measures and writes
it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.batch.engine import default_workers
from experiments.bots import grading, makeup
from experiments.bots.grading import Step
from experiments.bots.makeup import Longer, Part
from experiments.bots.payoffs import SEATS
from experiments.stats import Estimate
from sim import objectives
from sim.units import MUSD_PER_USD_BN

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "grades.md"
HEADER = """# Grades of the bots

<!-- Measured by `python3 tasks.py grades`. Change what it is made from, not this page. -->

*Real names are labels in an illustration. Nothing here is a forecast or advice.*

"""


def table(steps: Sequence[Step]) -> str:
    """The grades as a Markdown table."""
    lines = [
        "| role | seat | step | gain, USD bn | 95 % interval | worlds | holds |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for step in steps:
        mean, low, high = (value / MUSD_PER_USD_BN for value in (step.gain.mean, step.gain.low, step.gain.high))
        worlds = str(step.gain.worlds) + (f" ({step.gain.left_out})" if step.gain.broken else "")
        lines.append(
            f"| {step.role} | {step.party} | {step.lower} to {step.higher} | {mean:+.2f} | "
            f"{f'{low:+.2f} to {high:+.2f}' if step.gain.decides else step.gain.why_not} "
            f"| {worlds} | {'yes' if step.holds else '**no**'} |"
        )
    return "\n".join(lines)


def _money(value: Estimate) -> str:
    """A difference in USD bn, with its 95 % interval."""
    mean, low, high = (one / MUSD_PER_USD_BN for one in (value.mean, value.low, value.high))
    return f"{mean:+.2f} ({f'{low:+.2f} to {high:+.2f}' if value.decides else value.why_not})"


def _part(one: Part) -> str:
    """A row: a number with its values, or several together."""
    if len(one.numbers) > 1:
        return f"| {one.role} | **{one.name}** | all of them together | | | {_money(one.lost)} |"
    (number,) = one.numbers
    return (
        f"| {one.role} | `{number.name}` | {number.meaning} | {number.rule:g} | {number.default:g} | "
        f"{_money(one.lost)} |"
    )


def made_of(parts: Sequence[Part], longer: Sequence[Longer]) -> str:
    """What the skill is made of, as two Markdown tables."""
    numbers = [_part(one) for one in parts]
    lengths = [f"| {one.role} | {one.party} | {one.quarters} | {_money(one.gain)} |" for one in longer]
    return "\n".join(
        (
            "| role | number | what it is | rule | skilled | lost without it, USD bn |",
            "| --- | --- | --- | --- | --- | --- |",
            *numbers,
            "",
            "| role | seat | quarters | skilled over steady, USD bn |",
            "| --- | --- | --- | --- |",
            *lengths,
        )
    )


MADE_OF = f"""## What the skill is made of

Every number in which a skilled bot differs from the rule that it was tuned from, and what the first seat of its role
loses when that number alone, or all of a kind together, goes back to the rule ({makeup.WORLDS} worlds, the same
held-out scenarios, 95 % interval).
Numbers help and hinder each other, so the losses do not add up. Below it, what skilled has over steady when the game,
and the objective with it, is longer than the one it was tuned on.
"""


def page(steps: Sequence[Step], worlds: int, more: str = "") -> str:
    """The reference page; more: what the skill is made of."""
    places = ", ".join("+".join((name, *cards)) for name, cards in grading.HELD_OUT)
    missed = [f"{s.role} {s.party}: {s.lower} to {s.higher}" for s in steps if not s.holds]
    verdict = f"Not shown at 95 %: {'; '.join(missed)}." if missed else "Every step holds at 95 %."
    return (
        f"{HEADER}A bot of a higher grade should earn more of its role's objective (`sim/objectives.py`) in the same "
        f"worlds, everybody else playing defaults. Measured on {worlds} worlds of {objectives.HORIZON} quarters "
        f"({objectives.REGULATOR_HORIZON} for regulators) on scenarios that nothing was tuned on ({places}; seeds "
        f"{grading.HELD_OUT_SEED} and following; tuned on {', '.join(grading.TRAINING)}, seed "
        f"{grading.TRAINING_SEED}). Steady is the role's default strategy. {verdict}\n\n{table(steps)}\n"
        + (f"\n{MADE_OF}\n{more}\n" if more else "")
    )


def main() -> None:
    """Measure all seats and write the page; an argument gives the number of worlds, two at least."""
    words = sys.argv[1:]
    if len(words) > 1 or not all(word.isdecimal() and int(word) > 1 for word in words):
        sys.exit("usage: python -m experiments.pages.grades [WORLDS], two worlds or more")
    worlds = int(words[0]) if words else grading.WORLDS
    steps = [
        step
        for role, seats in SEATS.items()
        for seat in seats
        for step in grading.measure(role, seat, worlds, default_workers())
    ]
    few = min(worlds, makeup.WORLDS)
    parts = [one for role in SEATS for one in makeup.parts(role, few, default_workers())]
    longer = [one for role in SEATS for one in makeup.longer(role, few, default_workers())]
    PAGE.write_text(page(steps, worlds, made_of(parts, longer)), encoding="utf-8", newline="\n")
    print(table(steps))


if __name__ == "__main__":
    main()
