"""The claims, printed: a table of all, or one in full."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from experiments.claims import verdicts, wording
from experiments.claims.claims import Judged
from experiments.fitted import READABLE, Fitted, laid_out
from experiments.screen import Screen
from experiments.whatif.trials import Measured

WIDTH = 130
STYLES = {verdicts.SUPPORTS: "green", verdicts.CONTRADICTS: "red", verdicts.NOT_TESTABLE: "dim"}


def show_all(judged: Sequence[Judged], measured: Measured, console: Screen | None = None) -> None:
    """Every claim on a line or two, and what the numbers were measured with."""
    console = console or Screen()
    laid_out(console, WIDTH)
    table = Fitted("Claims on trial")
    table.column("", no_wrap=True)
    table.column("claim", least=READABLE)
    table.column("evidence", 2, no_wrap=True)
    table.column("the model says")
    table.column("measured", 1, least=READABLE)
    for one in judged:
        style = STYLES.get(one.verdict.code, "")
        said = Text(one.verdict.code, style)
        cells = (one.claim.id, one.claim.claim, wording.graded(one.claim), said, one.verdict.short)
        table.add_row(*cells, style="dim" if style == "dim" else "")
    console.print(table)
    footer(measured, console)


def show_one(one: Judged, measured: Measured, console: Screen | None = None) -> None:
    """A claim in full, with the digest of its scenario as it was measured."""
    console = console or Screen()
    for line in wording.entry(one).splitlines():
        if line:
            console.print(line.replace("### ", "").replace("**", "").replace("`", ""), highlight=False)
    digests = measured.facts["scenarios"]
    if one.claim.experiment and isinstance(digests, dict):
        digest = digests.get(one.claim.experiment, "not measured")
        console.print(f"Scenario {one.claim.experiment} as measured: {digest}.", highlight=False, style="dim")
    footer(measured, console)


def footer(measured: Measured, console: Screen) -> None:
    """What the numbers rest on, and what they are not."""
    console.print(wording.basis(measured).replace("**", "").replace("`", ""), highlight=False, style="dim")
    console.print("Real names are labels in an illustration. Nothing here is a forecast or advice.", style="dim")
