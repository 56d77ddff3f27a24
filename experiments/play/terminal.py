"""What came of games, in the terminal: the verdict of a replay, the bands of a fork, the comparison at the end of a
game."""

from __future__ import annotations

import time
from pathlib import Path

from rich.table import Table

from experiments.batch import engine
from experiments.batch.store import storing
from experiments.batch.target import Target
from experiments.play import aftermath, because, fork, replay
from experiments.play.fork import Fork
from experiments.play.log import Logbook
from experiments.play.replay import Verdict
from experiments.screen import Screen
from experiments.text import Sheet, count, typed
from sim.errors import InputError
from sim.quarters import label


def drawn(sheet: Sheet) -> Table:
    """A table for the screen: words to the left, figures to the right."""
    shown = Table(box=None, padding=(0, 1, 0, 0), title=sheet.title, title_justify="left", header_style="dim")
    for k, head in enumerate(sheet.heads):
        shown.add_column(head, justify="right" if k else "left")
    for k, row in enumerate(sheet.rows):
        shown.add_row(*row, style="bold" if k in sheet.strong else None)
    return shown


def replay_log(path: Path, target: Target | None = None) -> int:
    """Replay a log, say what was checked, and write the tables when a folder is given; gives the exit status."""
    book = Logbook.load(path)
    if not book.quarters_played:
        raise InputError(f"{path.name}: no quarter has been played yet.")
    with storing(target) as store:
        found, tables = replay.replayed(book)
        if store is not None:
            replay.save(store, book, tables)
    show(found, Screen())
    return found.status


def show(found: Verdict, console: Screen) -> None:
    """A replay's finding."""
    console.print(found.sentence, soft_wrap=True)


def fork_log(book: Logbook, asked: Fork, worlds: int, target: Target | None = None, workers: int = 1) -> None:
    """Play a fork, print its bands, and write its tables when a folder is given."""
    begun, console = time.perf_counter(), Screen()
    with storing(target) as store:
        replay.refuse_another_past(book, replay.check(book))
        tables = fork.tables(book, asked, worlds, workers)
        if store is not None:
            fork.save(store, book, asked, tables, worlds)
    console.print(drawn(fork.bands(book, asked, tables, worlds)))
    console.print(fork.assumption(book, asked), soft_wrap=True)
    took = f"{count(worlds, 'world')} in {time.perf_counter() - begun:.0f} s"
    console.print(took + (f". Tables: {store.out}" if store else ""), soft_wrap=True)


def show_end(book: Logbook, party: str, console: Screen, workers: int | None = None) -> None:
    """Print the comparison of a finished game with others in a person's seat, and write it beside the log."""
    played = count(book.quarters_played, "quarter")
    console.print(f"How the same {played} would have gone, in {aftermath.WORLDS} worlds ...", style="dim")
    workers = engine.default_workers() if workers is None else workers
    table = aftermath.compared(book, party, aftermath.WORLDS, workers)
    path = aftermath.save(book, party, table)
    console.print(drawn(aftermath.bands(book, party, table)))
    console.print(drawn(aftermath.decisions(book, party, workers)))
    for sentence in aftermath.verdicts(table):
        console.print(sentence, highlight=False)
    console.print(
        "Your decisions are repeated as they were, in worlds where you would have seen and decided other things; "
        f"a rule answers to each. Everybody else reacts. Every world is in {path}.",
        style="dim",
        highlight=False,
    )
    show_paths(book, party, console)
    middle = label(book.start + 1 + book.quarters_played // 2)
    console.print("Go on (again: from that turn, in a game of its own):", style="dim")
    for words in (
        ("play", book.path, "--again", middle),
        ("replay", book.path),
        ("fork", book.path, "--at", middle),
    ):
        console.print(typed(*words), highlight=False, soft_wrap=True)


def show_paths(book: Logbook, party: str, console: Screen) -> None:
    """How a game went in the world that was played, beside the rule and the skilled bot on the same draws: a picture,
    the end, and one sentence of why."""
    again = because.alone(book, party).follow(book)
    try:
        console.print(drawn(again.end()))
        console.print(because.picture(again.paths(), book.start + 1), highlight=False)
        console.print(
            f"{again.title}, in your world: Y you, r the rule, s the skilled bot, * where they meet.",
            style="dim",
            highlight=False,
        )
        console.print(because.weight(again.weightiest()), highlight=False)
    finally:
        again.close()
