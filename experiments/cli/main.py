"""The command line: `fully-booked study`, `fully-booked run SCENARIO`, `fully-booked list KIND`.

Bad input is one clear sentence on stderr and exit status 2; nothing is written then. An interrupt ends with 130.
"""

from __future__ import annotations

import sys

from experiments.cli import bots, claims, forecast, lists, play, runs, validate  # noqa: F401 (register their commands)
from experiments.cli.base import app
from experiments.output import to_any_reader
from experiments.text import visible
from sim.errors import Halted, InputError, closest

USAGE = 2
INTERRUPTED = 130


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
    """Entry point: exit status 0, 2 for input that cannot be used, 130 when interrupted, 141 when nobody reads the output."""
    with to_any_reader():
        _main(arguments)


def _main(arguments: list[str] | None) -> None:
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
    print("\n".join(f"fully-booked: {visible(line)}" for line in sentence.splitlines()), file=sys.stderr)
    sys.exit(status)
