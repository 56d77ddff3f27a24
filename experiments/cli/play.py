"""`fully-booked play`, `replay` and `fork`: a game as a log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.cli.base import (
    MOST_WORKERS,
    MOST_WORLDS,
    Out,
    Overwrite,
    Workers,
    Worlds,
    app,
    command_line,
    whole_number,
)
from sim.errors import InputError

Log = Annotated[str, typer.Argument(metavar="FILE", help="Log of a game: game.json.")]


@app.command()
def play(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="Log of a game to go on with: game.json.")] = "",
    who: Annotated[
        str, typer.Option("--as", metavar="NAME", help="Whose seat is yours: AWS, Nvidia, Anthropic, FTC ...")
    ] = "",
    level: Annotated[
        str, typer.Option("--level", metavar="N", help="Decisions a quarter: 3, 5 or 7. Default: 3.")
    ] = "",
    turns: Annotated[str, typer.Option("--turns", metavar="N", help="Quarters to play. Default: 8.")] = "",
    against: Annotated[
        str,
        typer.Option("--against", metavar="GRADE", help="Everybody else: novice | steady | skilled. Default: steady."),
    ] = "",
    seed: Annotated[str, typer.Option("--seed", metavar="N", help="Seed of all draws. Default: 1.")] = "",
    scenario: Annotated[
        str, typer.Option("--scenario", metavar="NAME", help="Scenario that is played. Default: baseline.")
    ] = "",
    out: Annotated[
        str, typer.Option("--out", metavar="DIR", help="Folder of the game's log. Default: under results/.")
    ] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Begin anew where the folder holds a game.")] = False,
) -> None:
    """Hold a seat yourself, quarter by quarter; at the end, see how others would have done in it. Saved after every quarter."""
    from experiments.play import terminal as plays
    from sim.noise import LONGEST_GAME

    if file:
        given = {
            "--as": who,
            "--level": level,
            "--turns": turns,
            "--against": against,
            "--seed": seed,
            "--scenario": scenario,
            "--out": out,
        }
        if said := [key for key, value in given.items() if value]:
            raise InputError(
                f"{said[0]} does not go with the log of a game, which says it already; give FILE alone to go on."
            )
        if not Path(file).exists():
            raise InputError(
                f"'{file}' cannot be read: there is no such log; a new game is begun with --as, for example --as AWS."
            )
        plays.resume(Path(file))
        return
    if not who:
        raise InputError(
            "--as is missing: whose seat is yours? For example --as AWS, Nvidia, Anthropic or 'European Commission'."
        )
    asked = plays.Table(
        who, _level(level or "3"), whole_number("--turns", turns or "8", 1, LONGEST_GAME), against or "steady",
        whole_number("--seed", seed or "1", 0, 2**32 - 1), scenario or "baseline",
    )  # fmt: skip
    plays.begin(asked, Path(out) if out else None, overwrite)


def _level(text: str) -> int:
    from agents.forms import LEVELS

    if text not in {str(level) for level in LEVELS}:
        raise InputError(f"--level = {text} is not allowed; give 3, 5 or 7.")
    return int(text)


@app.command()
def replay(file: Log, out: Out = "", overwrite: Overwrite = False) -> int:
    """Play a recorded game again and say whether it gives the same: bits on the same machine, else 1e-9."""
    from experiments.play import replay as replays

    return replays.replay(Path(file), Path(out) if out else None, overwrite, command_line())


@app.command()
def fork(
    file: Log,
    at: Annotated[str, typer.Option("--at", metavar="QUARTER", help="First quarter that differs, for example 2027Q1.")],
    worlds: Worlds = "300",
    others: Annotated[str, typer.Option("--others", metavar="WHO", help="recorded | skilled")] = "recorded",
    quarters: Annotated[
        str,
        typer.Option("--quarters", metavar="N", help="Quarters in all. Default: the game's, at least 8 from the fork."),
    ] = "",
    out: Out = "",
    workers: Workers = "",
    overwrite: Overwrite = False,
) -> None:
    """Play a recorded game on from a quarter in many worlds that share its past."""
    from experiments.batch.engine import default_workers
    from experiments.play import replay as replays
    from sim.noise import LONGEST_GAME

    count = whole_number("--worlds", worlds, 1, MOST_WORLDS)
    total = whole_number("--quarters", quarters, 1, LONGEST_GAME) if quarters else 0
    processes = whole_number("--workers", workers or str(default_workers()), 1, MOST_WORKERS)
    folder = Path(out) if out else None
    replays.run_fork(Path(file), at, count, others, total, folder, processes, overwrite, command_line())
