"""What `fully-booked run` says while it plays and when it is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich import box

from experiments.batch import single
from experiments.batch.engine import Cell, Played
from experiments.batch.progress import counting
from experiments.batch.target import Target
from experiments.fitted import NEVER, Fitted
from experiments.screen import Screen
from experiments.stats import no_figures

SHOWN = (
    ("trainium_share_used", "Trainium, H100e in use, %", 100.0),
    ("trainium_share_installed", "Trainium, installed, %", 100.0),
    ("trainium_share_spend", "Trainium, spend, %", 100.0),
    ("trainium_share_units", "Trainium, chips, %", 100.0),
    ("trainium_supply_binding", "Trainium supply binding, % of its capacity", 100.0),
    ("price_over_cost", "Price over long-run cost", 1.0),
    ("utilisation", "Utilisation, %", 100.0),
)


LOCK_IN = {
    "actual_share": "actual",
    "merit_share": "merit",
    "lock_in_index": "index",
    "contract": "contract",
    "porting": "porting",
    "egress": "egress",
    "ecosystem": "ecosystem",
    "trapped_fraction": "trapped, %",
}
"""Column of the table of lock-in -> how its head reads; all in points or per cent."""
SMALLEST_SHARE = 0.001
"""Actual share from which a family or cloud is shown."""
MOST_NAMED = 5
"""Broken worlds that are named; more are counted."""


def run(cell: Cell, target: Target, workers: int) -> None:
    """Play a cell with a bar that counts its worlds, store it, and show what came out."""
    stored = single.run(cell, target, workers, counting)
    show(stored.played, stored.out)


def show(played: Played, out: Path) -> None:
    """Means over worlds, the lock-in index when it was measured, what is not to be trusted, and where the tables
    are."""
    console = Screen()
    broken = single.broken(played)
    quarters = whole(played.quarters, broken)
    if len(quarters):
        console.print(summary(quarters, played.cell))
    if len(quarters) and played.cell.lock_in:
        console.print(lock_in_table(whole(played.tables["lock_in"], broken)))
    missed = int(quarters["nonconverged"].sum())
    if broken:
        console.print(
            f"{left_out(played.quarters, broken)} They are marked in the column 'nonconverged'.", highlight=False
        )
    if missed:
        console.print(f"{missed} world-quarters did not converge; they are marked in the column 'nonconverged'.")
    console.print(f"Tables: {out}", soft_wrap=True)


def whole(table: pd.DataFrame, broken: Sequence[int]) -> pd.DataFrame:
    """The rows of the worlds that are not broken."""
    return table[~table["world"].isin(broken)]


def left_out(quarters: pd.DataFrame, broken: Sequence[int]) -> str:
    """Which worlds are in no mean, and since when."""
    rows = quarters[quarters["world"].isin(broken) & (quarters["nonconverged"] > 0.0)]
    since = rows.groupby("world")["quarter"].min()
    named = [f"{world} from {since[world]} on" for world in broken[:MOST_NAMED]]
    more = ["..."] if len(broken) > MOST_NAMED else []
    said = no_figures(len(broken), quarters["world"].nunique())
    return f"{said} and {'is' if len(broken) == 1 else 'are'} in no mean: world {', '.join(named + more)}."


def summary(quarters: pd.DataFrame, cell: Cell) -> Fitted:
    """Means over worlds at a few quarters, to be read in a terminal."""
    worlds, asked = quarters["world"].nunique(), cell.size.worlds
    over = f"means of {worlds} worlds" if worlds == asked else f"means of {worlds} of {asked} worlds, the others broken"
    if asked == 1:
        over = "one world"
    last = int(quarters["quarter_number"].max())
    numbers = [q for q in (1, 4, 8, 12, 20) if q < last] + [last]
    table = Fitted(f"{cell.said}: {over}, seed {cell.size.seed}", box=box.HEAVY_HEAD, title_justify="center")
    table.column("")
    labels = quarters.drop_duplicates("quarter_number").set_index("quarter_number")["quarter"]
    for number in numbers:
        rank = NEVER if number == last else numbers.index(number) + 1
        table.column(f"q{number} ({labels[number]})", rank, justify="right")
    means = quarters.groupby("quarter_number").mean(numeric_only=True)
    for name, title, factor in SHOWN:
        shown = factor * means.loc[numbers, name].to_numpy()
        table.add_row(title, *(f"{value:.2f}" for value in shown))
    return table


def lock_in_table(frame: pd.DataFrame) -> Fitted:
    """The lock-in index of the last measured quarter, mean over worlds; names of next to no share are left out."""
    last = frame["quarter"].max()
    shown = Fitted(
        f"Lock-in index at the core, {last}, points of share (mean over worlds; actual less merit share)",
        box=box.HEAVY_HEAD,
        title_justify="center",
    )
    shown.column("level", no_wrap=True)
    shown.column("name", no_wrap=True)
    for rank, head in enumerate(LOCK_IN.values()):
        shown.column(head, max(rank - 2, NEVER), justify="right", no_wrap=True)
    mean = frame[frame["quarter"] == last].groupby(["level", "name"]).mean(numeric_only=True)
    for (level, name), row in mean[mean["actual_share"] > SMALLEST_SHARE].iterrows():
        shown.add_row(str(level), str(name), *(f"{100.0 * row[column]:.1f}" for column in LOCK_IN))
    shown.caption = _lock_in_caption(mean.loc["family"].iloc[0])
    return shown


def _lock_in_caption(family: pd.Series) -> str:
    """What the index says of the whole market. family: any row of the level, since all carry the same."""
    return (
        f"Market index by family {family['market_index']:.3f}; "
        f"deadweight loss {family['deadweight_loss_musd'] / 1e3:.1f} USD bn a quarter. "
        "Symmetric switching costs amplify merit in the long run: a leader's positive index is no evidence of harm."
    )
