"""What every command shares: the application, common options, and numbers that are checked in words."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sim.errors import InputError

MOST_WORLDS = 20_000
MOST_WORKERS = 64

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Fully Booked: a strategy simulation of the AI-compute market. What moves Amazon Trainium's share?",
    no_args_is_help=True,
)

Worlds = Annotated[str, typer.Option("--worlds", metavar="N", help="Parallel worlds a cell.")]
Quarters = Annotated[
    str,
    typer.Option(
        "--quarters", metavar="N", help="Quarters to play. Default: 20, unless the scenario or --quick says otherwise."
    ),
]
Seed = Annotated[str, typer.Option("--seed", metavar="N", help="Seed of all draws.")]
Workers = Annotated[str, typer.Option("--workers", metavar="N", help="Processes; the results are the same.")]
Out = Annotated[str, typer.Option("--out", metavar="DIR", help="New or empty folder. Default: under results/.")]
Fixed = Annotated[bool, typer.Option("--fixed-parameters", help="Every world has the default parameters: chance only.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace results that the folder holds.")]


def whole_number(key: str, text: str, smallest: int, largest: int) -> int:
    """The number, or an InputError that names key, value and what is allowed."""
    try:
        number = int(text)
    except ValueError:
        number = None
    if number is None or not smallest <= number <= largest:
        raise InputError(f"{key} = {text} is not allowed; give a whole number from {smallest} to {largest}.")
    return number


def sizes(worlds: str, quarters: str, seed: str, workers: str) -> tuple[int, int, int, int]:
    """Worlds, quarters, seed and processes as numbers."""
    from experiments.batch.engine import default_workers
    from sim.noise import LONGEST_GAME

    return (
        whole_number("--worlds", worlds, 1, MOST_WORLDS),
        whole_number("--quarters", quarters, 1, LONGEST_GAME),
        whole_number("--seed", seed, 0, 2**32 - 1),
        whole_number("--workers", workers or str(default_workers()), 1, MOST_WORKERS),
    )


def folder(out: str, default: str) -> Path:
    """Where results go: the folder asked for, or a free one under results/."""
    from experiments.batch.store import free_folder

    return Path(out) if out else free_folder(Path("results") / default)


def command_line() -> str:
    """How this run was asked for."""
    return " ".join(["fully-booked", *sys.argv[1:]])
