"""The command line: `fully-booked study`, `fully-booked run SCENARIO`, `fully-booked list KIND`.

Bad input is one clear sentence on stderr and exit status 2; nothing is written then. An interrupt ends with 130.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from experiments import cli_base as base
from experiments import cli_claims, cli_forecast, cli_validate  # noqa: F401 (register their commands)
from experiments.cli_base import (
    MOST_WORKERS,
    MOST_WORLDS,
    Fixed,
    Out,
    Overwrite,
    Quarters,
    Seed,
    Workers,
    Worlds,
    app,
    command_line,
    whole_number,
)  # fmt: skip
from sim.errors import Halted, InputError, closest, unknown

KINDS = ("scenarios", "strategies", "shocks", "metrics", "parameters")
USAGE = 2
INTERRUPTED = 130


@app.command()
def study(
    worlds: Worlds = "",
    quarters: Quarters = "",
    seed: Seed = "1",
    quick: Annotated[bool, typer.Option("--quick", help="A first look in seconds: few worlds, 12 quarters.")] = False,
    fixed_parameters: Fixed = False,
    out: Out = "",
    workers: Workers = "",
    overwrite: Overwrite = False,
) -> None:
    """The main study: lock-in x antitrust x edge demand, with tables, figures and a report (default: 200 worlds, 20 quarters)."""
    from experiments import design, study

    levels = design.read()
    sizes = base.sizes(
        worlds or str(levels.quick_worlds if quick else levels.default_worlds),
        quarters or str(levels.quick_quarters if quick else levels.default_quarters),
        seed,
        workers,
    )
    folder = base.folder(out, f"study-{seed}")
    size = design.Size(*sizes[:3], quick=quick, draw=not fixed_parameters)
    study.run(size, folder, sizes[3], overwrite, command_line())


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="Name of a scenario, or path of a .toml file.")],
    worlds: Worlds = "64",
    quarters: Quarters = "",
    seed: Seed = "1",
    out: Out = "",
    shock: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Shock card on top; may be repeated.")] = None,
    strategy: Annotated[list[str] | None, typer.Option(metavar="PARTY=NAME", help="Strategy of a party.")] = None,
    fixed_parameters: Fixed = False,
    lock_in: Annotated[
        bool, typer.Option("--lock-in", help="Measure the lock-in index every fourth quarter and at the end.")
    ] = False,
    workers: Workers = "",
    overwrite: Overwrite = False,
) -> None:
    """Play one scenario and write its tables."""
    from experiments import scenarios, single
    from experiments.engine import Cell

    loaded = scenarios.load(scenario)
    sizes = base.sizes(worlds, quarters or str(loaded.quarters), seed, workers)
    loaded = scenarios.with_shocks(loaded, shock or [])
    seats = scenarios.strategies_of(loaded, strategy or [])
    measured = tuple(sorted({*range(4, sizes[1] + 1, 4), 1, sizes[1]})) if lock_in else ()
    cell = Cell(
        loaded.name,
        loaded,
        *sizes[:3],
        draw=not fixed_parameters,
        strategies=seats,
        more_tables=("parties", *(("lock_in",) if lock_in else ())),
        lock_in=measured,
    )
    single.run(cell, base.folder(out, f"{loaded.name}-{seed}"), sizes[3], overwrite, command_line())


@app.command()
def tournament(
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help="cloud | vendor | lab | regulator")],
    party: Annotated[
        str, typer.Option("--party", metavar="NAME", help="The seat that is judged. Default: the role's first.")
    ] = "",
    strategy: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only these; may be repeated. Default: all.")
    ] = None,
    scenario: Annotated[str, typer.Option("--scenario", metavar="NAME", help="Scenario that is played.")] = "baseline",
    worlds: Worlds = "64",
    quarters: Annotated[
        str, typer.Option("--quarters", metavar="N", help="Quarters to play. Default: 8, for regulators 16.")
    ] = "",
    seed: Seed = "1",
    fixed_parameters: Fixed = False,
    out: Out = "",
    workers: Workers = "",
    overwrite: Overwrite = False,
) -> None:
    """Play a role's strategies against each other on shared draws: ranks with intervals, payoff matrix, best responses."""
    from experiments import tournament as contest
    from sim import objectives

    sizes = base.sizes(worlds, quarters or str(objectives.horizon(role)), seed, workers)
    asked = contest.rules(scenario, role, party, strategy or [], *sizes[:3], not fixed_parameters)
    contest.run(asked, Path(out) if out else None, sizes[3], overwrite, command_line())


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
    from experiments import play as plays
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


Log = Annotated[str, typer.Argument(metavar="FILE", help="Log of a game: game.json.")]


@app.command()
def replay(file: Log, out: Out = "", overwrite: Overwrite = False) -> int:
    """Play a recorded game again and say whether it gives the same: bits on the same machine, else 1e-9."""
    from experiments import replay as replays

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
    from experiments import replay as replays
    from experiments.engine import default_workers
    from sim.noise import LONGEST_GAME

    count = whole_number("--worlds", worlds, 1, MOST_WORLDS)
    total = whole_number("--quarters", quarters, 1, LONGEST_GAME) if quarters else 0
    processes = whole_number("--workers", workers or str(default_workers()), 1, MOST_WORKERS)
    folder = Path(out) if out else None
    replays.run_fork(Path(file), at, count, others, total, folder, processes, overwrite, command_line())


@app.command("list")
def list_names(kind: Annotated[str, typer.Argument(metavar="KIND", help=" | ".join(KINDS))]) -> None:
    """List scenarios, strategies, shocks, metrics or parameters."""
    if kind not in KINDS:
        raise unknown("kind", kind, KINDS)
    from experiments import listings

    listings.show(kind)


def commands() -> list[str]:
    """Names of all commands."""
    return [str(one.name or one.callback.__name__) for one in app.registered_commands if one.callback]


def _sentence(error: Exception, words: list[str]) -> str:
    """One sentence of a usage error, with the closest match of an unknown command or option."""
    text = str(error.format_message())  # type: ignore[attr-defined]
    if text.startswith("No such command") and words:
        return f"unknown command '{words[0]}'. {closest(words[0], commands())}."
    given = getattr(error, "option_name", "")
    if text.startswith("No such option") and given:
        context = getattr(error, "ctx", None)
        options = (
            [name for one in context.command.params for name in one.opts if name.startswith("--")] if context else []
        )
        return f"unknown option '{given}'. {closest(given, options)}."
    return text


def main(arguments: list[str] | None = None) -> None:
    """Entry point: exit status 0, 2 for input that cannot be used, 130 when interrupted."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        status = app(args=words, standalone_mode=False)
    except InputError as error:
        _end(str(error), USAGE)
    except Halted as halted:
        _end(str(halted), INTERRUPTED)
    except KeyboardInterrupt:
        _end("stopped; nothing was written.", INTERRUPTED)
    except Exception as error:
        if type(error).__name__ == "Abort":
            _end("stopped; nothing was written.", INTERRUPTED)
        if not hasattr(error, "format_message"):
            raise
        _end(_sentence(error, words), USAGE)
    if status == INTERRUPTED:  # some versions of typer turn an interrupt into a status
        _end("stopped; nothing was written.", INTERRUPTED)
    sys.exit(status if isinstance(status, int) else 0)


def _end(sentence: str, status: int) -> None:
    print("\n".join(f"fully-booked: {line}" for line in sentence.splitlines()), file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()
