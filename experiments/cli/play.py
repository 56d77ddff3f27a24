"""`fully-booked play`, `replay` and `fork`: a game as a log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from experiments.cli.base import (
    MOST_SEED,
    Out,
    Overwrite,
    Workers,
    Worlds,
    app,
    checked,
    quarters,
    say,
    target_if_asked,
    whole,
)
from sim.errors import InputError

Log = Annotated[str, typer.Argument(metavar="FILE", help="Log of a game: game.json.")]


def _level(text: str) -> int:
    from agents.forms import LEVELS

    if text not in {str(level) for level in LEVELS}:
        raise InputError(f"--level = {text} is not allowed; give 3, 5 or 7.")
    return int(text)


@app.command()
def play(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="Log of a game to go on with: game.json.")] = "",
    who: Annotated[
        str, typer.Option("--as", metavar="NAME", help="Whose seat is yours: AWS, Nvidia, Anthropic, FTC ...")
    ] = "",
    level: Annotated[int | None, checked("--level", _level, "Decisions a quarter: 3, 5 or 7. Default: 3.")] = None,
    turns: Annotated[int | None, quarters("Quarters to play. Default: 8, regulators 16.", "--turns")] = None,
    against: Annotated[
        str,
        typer.Option("--against", metavar="GRADE", help="Everybody else: novice | steady | skilled. Default: steady."),
    ] = "",
    seed: Annotated[int | None, whole("--seed", 0, MOST_SEED, "Seed of all draws. Default: 1.")] = None,
    scenario: Annotated[
        str, typer.Option("--scenario", metavar="NAME", help="Scenario that is played. Default: baseline.")
    ] = "",
    again: Annotated[
        str,
        typer.Option("--again", metavar="QUARTER", help="With FILE: play again from this quarter on, in a new game."),
    ] = "",
    out: Annotated[
        str, typer.Option("--out", metavar="DIR", help="Folder of the game's log. Default: under results/.")
    ] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Begin anew where the folder holds a game.")] = False,
) -> None:
    """Hold a seat yourself, quarter by quarter; at the end, see how others would have done in it. Saved after every
    quarter."""
    from experiments import scenarios
    from experiments.play import sitting

    if file:
        given = {"--as": who, "--level": level, "--turns": turns, "--against": against, "--seed": seed}
        given |= {"--scenario": scenario, "--out": "" if again else out}
        place = Path(out) if out else None
        sitting.go_on(_log_alone(file, given), again, place, overwrite)
        return
    if again:
        raise InputError(
            "--again plays a game that was played from a quarter on; give its log: play FILE --again 2026Q3."
        )
    if not who:
        raise InputError(
            "--as is missing: whose seat is yours? For example --as AWS, Nvidia, Anthropic or 'European Commission'."
        )
    start = 1 if seed is None else seed
    asked = sitting.Table(who, level or 3, turns or 0, against or "steady", start, scenario or "baseline")
    market = scenarios.load(asked.scenario)
    say(market.idle_shocks(scenarios.catalogue_of(market), sitting.turns_of(asked)))
    sitting.begin(asked, Path(out) if out else None, overwrite)


def _log_alone(file: str, given: Mapping[str, object]) -> Path:
    """The log of a game to go on with; InputError beside options that it says itself, or when it is not there."""
    if said := [key for key, value in given.items() if value not in ("", None)]:
        raise InputError(
            f"{said[0]} does not go with the log of a game, which says it already; give FILE alone to go on."
        )
    if not Path(file).exists():
        raise InputError(
            f"'{file}' cannot be read: there is no such log; a new game is begun with --as, for example --as AWS."
        )
    return Path(file)


@app.command()
def replay(file: Log, out: Out = None, overwrite: Overwrite = False) -> int:
    """Play a recorded game again and say whether it gives the same: bits on the same machine, else 1e-9."""
    from experiments.play import terminal

    return terminal.replay_log(Path(file), target_if_asked(out, overwrite))


@app.command()
def fork(
    file: Log,
    at: Annotated[str, typer.Option("--at", metavar="QUARTER", help="First quarter that differs, for example 2027Q1.")],
    worlds: Worlds = 300,
    others: Annotated[str, typer.Option("--others", metavar="WHO", help="recorded | skilled")] = "recorded",
    total: Annotated[int | None, quarters("Quarters in all. Default: the game's, at least 8 from the fork.")] = None,
    out: Out = None,
    workers: Workers = None,
    overwrite: Overwrite = False,
) -> None:
    """Play a recorded game on from a quarter in many worlds that share its past."""
    from experiments.batch.engine import default_workers
    from experiments.play import terminal
    from experiments.play.fork import planned

    book, asked = planned(Path(file), at, total or 0, others)
    terminal.fork_log(book, asked, worlds, target_if_asked(out, overwrite), workers or default_workers())
