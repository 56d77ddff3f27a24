"""The command line: `fully-booked study`, `fully-booked run SCENARIO`, `fully-booked list KIND`.

Bad input is one clear sentence on stderr and exit status 2; nothing is written then. An interrupt ends with 130, and
what the system ends (SIGTERM) with 143.
"""

from __future__ import annotations

import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import Any

from experiments.cli import (  # noqa: F401 (register their commands)
    analysis,
    batch,
    bots,
    claims,
    forecast,
    lists,
    play,
    runs,
    validate,
    whatif,
)
from experiments.cli.base import app
from experiments.output import NO_ROOM, flush, silence, to_any_reader, visible
from sim import kernels
from sim.errors import Halted, InputError, closest

USAGE = 2
INTERRUPTED = 130
ADDED = "fully_booked.commands"
ENDS = ("SIGTERM", "SIGHUP")
STOPPED = "stopped; nothing was written."
NO_MEMORY = "memory ran out; fewer --worlds or --workers need less. Nothing was written."


def _add_those_installed() -> None:
    """Commands of packages above this one, which name themselves to the installation; each loads little until it
    runs."""
    for one in entry_points(group=ADDED):
        app.command(one.name)(one.load())


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


_add_those_installed()


class _Told(KeyboardInterrupt):
    """The system told the program to end: what is open is closed as after an interrupt."""


@contextmanager
def _told_to_end() -> Iterator[list[int]]:
    """Ends that the system asks for come as an interrupt while this lasts; gives the list of signals that came."""
    came: list[int] = []

    def told(number: int, frame: object) -> None:
        came.append(number)
        raise _Told

    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    wanted = [getattr(signal, name) for name in ENDS if hasattr(signal, name)]
    before = [signal.signal(number, told) for number in wanted]
    try:
        yield came
    finally:
        for number, handler in zip(wanted, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def _in_sentences() -> Iterator[None]:
    """What a game warns of is said as everything else is, without lines of Python."""
    before = warnings.showwarning

    def said(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, UserWarning):
            print(f"fully-booked: {visible(str(message))}", file=sys.stderr)
        else:
            before(message, category, *where, **more)

    warnings.showwarning = said
    try:
        yield
    finally:
        warnings.showwarning = before


def _hear_no_more() -> None:
    """The program is ending: a second Ctrl-C finds nothing to stop, and would only show how Python ends."""
    for name in ("SIGINT", *ENDS):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _stopped(stop: BaseException | None) -> str:
    """What is said of an interrupt: of a second one, that came while the first was told, what the first said."""
    while stop is not None:
        if isinstance(stop, Halted):
            return str(stop)
        stop = stop.__context__
    return STOPPED


def main(arguments: list[str] | None = None) -> None:
    """Entry point: exit status 0, 2 for input that cannot be used, 130 when interrupted, 143 when told to end, 141
    when nobody reads."""
    words = sys.argv[1:] if arguments is None else arguments
    with to_any_reader():
        with _told_to_end() as came, _in_sentences():
            sentence, status = _called(words)
        if status == INTERRUPTED:
            status = 128 + came[0] if came else INTERRUPTED
            if arguments is None:
                _hear_no_more()
        if sentence:
            print("\n".join(f"fully-booked: {visible(line)}" for line in sentence.splitlines()), file=sys.stderr)
        sys.exit(status)


def _called(words: list[str]) -> tuple[str, int]:
    """What a command says at its end when it could not do its work, or show it, and its exit status."""
    sentence, status = _tried(words)
    try:
        flush(sys.stdout)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        silence(sys.stdout)
        return (sentence, status) if sentence else (_full(error), USAGE)
    return sentence, status


def _full(error: OSError) -> str:
    return f"the output cannot be written: {error.strerror}."


def _tried(words: list[str]) -> tuple[str, int]:
    """What a command says when it could not do its work, and its exit status."""
    try:
        kernels.asked()
        status = app(args=words, standalone_mode=False)
    except InputError as error:
        return str(error), USAGE
    except Halted as halted:
        return str(halted), INTERRUPTED
    except KeyboardInterrupt as stop:
        return _stopped(stop), INTERRUPTED
    except MemoryError:
        return NO_MEMORY, USAGE
    except OSError as error:
        if error.errno not in NO_ROOM or error.filename is not None:  # files are told of by name where they are written
            raise
        return _full(error), USAGE
    except Exception as error:
        if type(error).__name__ == "Abort":
            return _stopped(error), INTERRUPTED
        if not hasattr(error, "format_message"):
            raise
        return _sentence(error, words), USAGE
    if status == INTERRUPTED:  # some versions of typer turn an interrupt into a status
        return STOPPED, INTERRUPTED
    return "", status if isinstance(status, int) else 0
