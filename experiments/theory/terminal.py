"""The trial, played, stored and printed: hypothesis, what was varied, effect with interval, verdict."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from rich.text import Text

from experiments.batch.progress import counting
from experiments.batch.store import Store, storing
from experiments.batch.target import Target
from experiments.fitted import NEVER, READABLE, Fitted, laid_out
from experiments.screen import Screen
from experiments.stats import NO_NUMBER
from experiments.theory import trial
from experiments.theory.evidence import Check
from experiments.theory.trial import FAILS, HOLDS, KNOWN, Tried, Verdict, asserted, weight

STYLE = {HOLDS: "green", FAILS: "bold red", KNOWN: "yellow"}
WIDTH = 150


def run(keys: Sequence[str], quick: bool, worlds: int, seed: int, workers: int, target: Target | None = None) -> bool:
    """Try the hypotheses and the changes that must not matter, print and write what came out. Does all hold that
    should?"""
    with storing(target) as store:
        with counting("theory", trial.played_worlds(keys, quick, worlds, seed)) as tick:
            found = trial.run(keys, quick, worlds, seed, workers, (tick, store.keeps() if store else None))
        if store is not None:
            write(store, found)
    show(found.verdicts, found.changes, Screen())
    return found.passed


def write(store: Store, found: Tried) -> None:
    """theory.csv (a row a check) and metamorphic.csv (a row a change)."""
    store.write("theory.csv", trial.table(found.verdicts).to_csv(index=False))
    if len(found.changes):
        store.write("metamorphic.csv", found.changes.to_csv(index=False))


def show(verdicts: Sequence[Verdict], changes: pd.DataFrame, console: Screen) -> None:
    """Print the trial."""
    laid_out(console, WIDTH)
    console.print(_hypotheses(verdicts))
    for one in verdicts:
        if one.reason:
            console.print(Text.assemble((one.hypothesis.key, "yellow"), f" is a known failure: {one.reason}"))
    if len(changes):
        console.print(_changes(changes))
    console.print(tally(verdicts, changes), highlight=False)
    console.print("An illustration of a model, not a forecast or advice.", style="dim")


def tally(verdicts: Sequence[Verdict], changes: pd.DataFrame) -> str:
    """One sentence that counts."""
    count = {name: sum(one.verdict == name for one in verdicts) for name in (HOLDS, KNOWN, FAILS)}
    text = f"{count[HOLDS]} of {len(verdicts)} hypotheses hold, {count[KNOWN]} are known failures, {count[FAILS]} fail"
    if len(changes):
        text += f"; {int(changes['holds'].sum())} of {len(changes)} changes that must not matter do not"
    return text + "."


def effect(check: Check) -> str:
    """'−0.0013 (−0.0014 to −0.0012)'; with the number of worlds that have no figures, where some have none."""
    estimated = (check.estimate.mean, check.estimate.low, check.estimate.high)
    values = [f"{v:.3g}".replace("-", "−") if np.isfinite(v) else NO_NUMBER for v in estimated]
    broken = f"; {check.estimate.left_out}" if check.estimate.broken else ""
    return f"{values[0]} ({values[1]} to {values[2]}{broken})"


def _hypotheses(verdicts: Sequence[Verdict]) -> Fitted:
    worlds = max((check.estimate.worlds for one in verdicts for check in one.checks), default=0)
    table = Fitted(f"Hypotheses of theory on {worlds} paired worlds (one-sided 95 % bounds)")
    table.column("", no_wrap=True)
    table.column("hypothesis, and what was varied", least=READABLE)
    for head, rank in (("check", 2), ("effect", 1), ("wanted", 3), ("verdict", NEVER)):
        table.column(head, rank, overflow="fold")
    for one in verdicts:
        varied = f"{one.hypothesis.varied}; {weight(one.hypothesis)}"
        said = Text.assemble(one.hypothesis.statement, "\n", (varied, "dim"))
        for number, check in enumerate(one.checks):
            first = number == 0
            mark = "" if check.holds else " ✗"
            table.add_row(
                one.hypothesis.key if first else "",
                said if first else "",
                check.what,
                effect(check),
                check.wanted + mark if asserted(check) else Text("reported", "dim"),
                Text(one.verdict, STYLE[one.verdict]) if first else "",
                end_section=number == len(one.checks) - 1,
            )
    return table


def _changes(changes: pd.DataFrame) -> Fitted:
    table = Fitted("Changes that must not matter")
    table.column("change")
    for head, rank, least in (("meaning", 1, READABLE), ("largest error", NEVER, 0), ("allowed", 2, 0)):
        table.column(head, rank, least)
    table.column("verdict")
    for row in changes.to_dict("records"):
        verdict = Text("holds", "green") if row["holds"] else Text("fails", "bold red")
        table.add_row(row["change"], row["meaning"], f"{row['error']:.1e}", f"{row['tolerance']:g}", verdict)
    return table
