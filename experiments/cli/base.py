"""What every command shares: the application, common options, and numbers that are checked in words.

Nothing here imports the game: help and lists are there at once, and a number is checked as it is read."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import typer

from experiments.batch.target import Target
from experiments.output import visible
from sim.errors import InputError

MOST_WORLDS = 20_000
MOST_WORKERS = 64
MOST_SEED = 2**32 - 1
MOST_DIGITS = 20


class Commands(typer.Typer):
    """The commands of the program, put together for the first that is called, and for all that follow in a process."""

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Call the command that the words name."""
        return self._together(*given, **named)

    @cached_property
    def _together(self) -> Callable[..., Any]:
        return typer.main.get_command(self)


app = Commands(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        from experiments.batch.fingerprint import VERSION

        print(f"fully-booked {VERSION}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def bare(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Fully Booked: a strategy simulation of the AI-compute market. What moves Amazon Trainium's share?"""
    if context.invoked_subcommand is None:
        print(context.get_help())


class Refused(typer.BadParameter):
    """A value that cannot be used. Its sentence says everything already."""

    def format_message(self) -> str:
        return self.message


def whole_number(key: str, text: str, smallest: int, largest: int) -> int:
    """The number, or an InputError that names key, value and what is allowed. Digits only: no '1_000', no '٣'."""
    number = int(text) if re.fullmatch(rf"[+-]?[0-9]{{1,{MOST_DIGITS}}}", text) else None
    if number is None or not smallest <= number <= largest:
        shown = text if len(text) <= 2 * MOST_DIGITS else f"{text[:MOST_DIGITS]}... ({len(text)} characters)"
        raise InputError(f"{key} = {shown} is not allowed; give a whole number from {smallest} to {largest}.")
    return number


def checked(key: str, check: Callable[[str], Any], meaning: str, metavar: str = "N") -> Any:
    """An option whose words `check` turns into what the command gets; its InputError is shown as it is."""

    def parsed(given: object) -> Any:
        try:
            return check(str(given))
        except InputError as error:
            raise Refused(str(error)) from error

    return typer.Option(key, metavar=metavar, parser=parsed, help=meaning)


def whole(key: str, smallest: int, largest: int, meaning: str) -> Any:
    """An option that takes a whole number within a range."""
    return checked(key, lambda text: whole_number(key, text, smallest, largest), meaning)


def share(key: str, meaning: str) -> Any:
    """An option that takes a share, above 0 and up to 1."""

    def check(text: str) -> float:
        number = float(text) if re.fullmatch(r"[0-9]{0,3}\.?[0-9]{1,9}", text) else 0.0
        if not 0.0 < number <= 1.0:
            raise InputError(f"{key} = {text} is not allowed; give a share above 0 and up to 1.")
        return number

    return checked(key, check, meaning, "SHARE")


def quarters(meaning: str, key: str = "--quarters") -> Any:
    """An option that takes a number of quarters, up to the longest game."""

    def check(text: str) -> int:
        from sim.noise import LONGEST_GAME

        return whole_number(key, text, 1, LONGEST_GAME)

    return checked(key, check, meaning)


Worlds = Annotated[int, whole("--worlds", 1, MOST_WORLDS, "Parallel worlds a cell.")]
OptionalWorlds = Annotated[int | None, whole("--worlds", 1, MOST_WORLDS, "Parallel worlds a cell.")]
PairedWorlds = Annotated[int | None, whole("--worlds", 2, MOST_WORLDS, "Parallel worlds a cell.")]
Quarters = Annotated[
    int | None, quarters("Quarters to play. Default: 20, unless the scenario or --quick says otherwise.")
]
Seed = Annotated[int, whole("--seed", 0, MOST_SEED, "Seed of all draws.")]
Workers = Annotated[int | None, whole("--workers", 1, MOST_WORKERS, "Processes; the results are the same.")]
Out = Annotated[str | None, typer.Option("--out", metavar="DIR", help="New or empty folder. Default: under results/.")]
Fixed = Annotated[bool, typer.Option("--fixed-parameters", help="Every world has the default parameters: chance only.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace results that the folder holds.")]

Resume = Annotated[bool, typer.Option("--resume", help="Go on with what an interrupted run into --out has kept.")]


def say(lines: Iterable[str]) -> None:
    """Remarks on what was asked for, on stderr: it is played all the same."""
    for line in lines:
        print(f"fully-booked: {visible(line)}", file=sys.stderr)


@contextmanager
def older_said() -> Iterator[None]:
    """A folder that other rules played is said in one line each, on stderr."""
    from experiments.batch.fingerprint import OlderWarning

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", OlderWarning)
        yield
    say(dict.fromkeys(str(one.message) for one in heard if issubclass(one.category, OlderWarning)))


def target(out: str | None, default: str, overwrite: bool) -> Target:
    """Where results go: the folder asked for, or a free one under results/."""
    from experiments.batch.target import Target

    folder = Path("results") / default if out is None else Path(out)
    return Target(folder, overwrite, command_line(), free=out is None)


def target_if_asked(out: str | None, overwrite: bool) -> Target | None:
    """Where results go, for commands that write only when a folder is given."""
    return None if out is None else target(out, "", overwrite)


def going_on(found: Target, resume: bool) -> Target:
    """The same for a run that keeps what it plays, so that it can be gone on with."""
    from experiments.batch.target import unfinished_of

    if resume and found.free:
        raise InputError("--resume needs --out DIR: the folder of the run to go on with.")
    if found.free and unfinished_of(found.out).exists():
        say([f"a run into '{found.out}' was begun and has not ended; this goes on with it: {again(found.out)}"])
    return replace(found, resume=resume, again=again, tell=lambda sentence: say([sentence]))


def going_on_if_asked(out: str | None, overwrite: bool, resume: bool) -> Target | None:
    """The same for commands that write only when a folder is given."""
    if out is None and resume:
        raise InputError("--resume needs --out DIR: the folder of the run to go on with.")
    return None if out is None else going_on(target(out, "", overwrite), resume)


def again(folder: object) -> str:
    """The command that goes on with this one, in its folder."""
    from experiments.text import typed

    words = [word for word in sys.argv[1:] if word != "--resume"]
    named = any(word == "--out" or word.startswith("--out=") for word in words)
    return typed(*words, *(() if named else ("--out", folder)), "--resume")


def command_line() -> str:
    """How this run was asked for."""
    from experiments.text import command

    return command(*sys.argv[1:])
