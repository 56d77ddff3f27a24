"""Strategies in a user's file, by 'my.py:NAME': a class with `decide(own, market)`, or a function that makes a seat.

A name that has been read carries the text of its file and a hash of it. So whoever plays it, in this process, in others
or on another machine, plays the same text, whatever becomes of the file; and records say which text it was."""

from __future__ import annotations

import hashlib
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from agents.strategies import registry
from agents.strategies.registry import FactSheet
from sim.contract import PublicBriefing, Seat
from sim.errors import InputError, closest, unknown
from sim.files import read_text

ENDING, MARK = ".py", "#"
SIGN = f"{ENDING}:"
WANTED = "a strategy is a class with decide(own, market), or a function that makes one"
DIGITS = 12


class Filed(str):
    """'my.py:Calm#0123456789ab': a strategy in a file, with the beginning of the SHA-256 of the file's text.

    path: where the file was; text: what stood in it."""

    path: str = ""
    text: str = ""

    @property
    def attribute(self) -> str:
        """The name in the file."""
        return str(self).rpartition(":")[2].partition(MARK)[0]

    @property
    def file(self) -> str:
        """The file's name."""
        return Path(self.path).name

    @property
    def said(self) -> str:
        """The name without its hash: 'my.py:Calm'."""
        return f"{self.file}:{self.attribute}"


def is_filed(name: str) -> bool:
    """Does a word name a strategy in a file, or a file alone?"""
    return SIGN in name or name.endswith(ENDING)


def short(name: str) -> str:
    """A strategy's name as folders and titles have it: 'my.Calm' for one in a file."""
    if not is_filed(name):
        return name
    path, _, attribute = name.partition(MARK)[0].rpartition(":")
    return f"{Path(path).stem}.{attribute}"


def read(name: str, where: str = "", beside: Path = Path()) -> Filed:
    """The name with the file's text; one that has it already comes back as it is. beside: the folder from which a path
    is looked up. InputError when there is no such file, or another hash is asked for."""
    if isinstance(name, Filed):
        return name
    place = f"{where}: " if where else ""
    if name.endswith(ENDING):
        raise InputError(f"{place}'{name}' is a file; say which of its strategies: {name}:NAME.")
    path, _, rest = name.rpartition(":")
    attribute, _, wanted = rest.partition(MARK)
    found = beside / path
    if not found.exists():
        raise InputError(f"{place}'{found}' does not exist; a strategy of your own is given as file.py:NAME.")
    if not attribute.isidentifier():
        raise InputError(f"{place}'{name}' names nothing in {found.name}; give file.py:NAME.")
    text = read_text(found)
    mark = hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
    if wanted and wanted != mark:
        raise InputError(f"{place}{found.name} has changed: its hash is {mark} (given: {wanted}).")
    made = Filed(f"{found.name}:{attribute}{MARK}{mark}")
    made.path, made.text = str(found), text
    return made


def named(name: str, role: str, where: str = "", beside: Path = Path()) -> str:
    """A strategy's name, checked, as it travels: as given, or with its file's text. InputError when there is none."""
    found = read(name, where, beside) if is_filed(name) else name
    find(found, role, where)
    return found


def find(name: str, role: str, where: str = "") -> FactSheet:
    """A strategy of a role by name, registered or in a file; InputError with the closest match when there is none."""
    if not is_filed(name):
        return registry.find(name, role, where)
    filed = read(name, where)
    place = f"{where}: " if where else ""
    try:
        declared, maker = _maker(filed)
        _seat(filed, maker)
    except InputError as error:
        raise InputError(f"{place}{error}") from error
    if declared is not None and declared.role != role:
        raise InputError(f"{place}{filed.said} is a strategy of role '{declared.role}'; here plays a {role}.")
    meaning = " ".join((inspect.getdoc(maker) or "").partition("\n\n")[0].split())
    return FactSheet(str(filed), role, False, (), "", meaning, lambda: FromFile(filed))


def carried(strategies: Mapping[str, str]) -> dict[str, str]:
    """The same strategies by party, those in files with their text."""
    return {party: read(name) if is_filed(name) else name for party, name in strategies.items()}


def seats(strategies: Mapping[str, str]) -> dict[str, Seat]:
    """The seats of those parties whose strategy is in a file."""
    return {party: FromFile(read(name)) for party, name in strategies.items() if is_filed(name)}


class FromFile:
    """A seat held by a strategy of a file. It travels as its name and text, and is made anew wherever it arrives."""

    def __init__(self, name: Filed) -> None:
        self.name, self.seat = name, _seat(name, _maker(name)[1])

    def __reduce__(self) -> tuple[type[FromFile], tuple[Filed]]:
        return FromFile, (self.name,)

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """What the strategy decides; InputError with file and line where it fails."""
        try:
            return self.seat.decide(own, market)
        except (InputError, MemoryError):
            raise
        except (Exception, SystemExit) as error:  # exit() would end the command without a word
            told = _told(error, self.name)
            raise InputError(f"{self.name.said}: decide failed in quarter {market.quarter}: {told}.") from error


# --- the file, imported -----------------------------------------------------------------------------------------------


def _maker(name: Filed) -> tuple[FactSheet | None, Callable[[], Any]]:
    """What stands in the file under the name, and what its decorator says of it, if it has one."""
    module, sheets = _imported(name)
    given = getattr(module, name.attribute, None)
    if given is None:
        raise unknown("name", name.attribute, _strategies(module) or ["a class with decide(own, market)"], name.file)
    if not callable(given) or (isinstance(given, type) and not callable(getattr(given, "decide", None))):
        kind = "a class without decide" if isinstance(given, type) else f"of type {type(given).__name__}"
        others = [one for one in _strategies(module) if one != name.attribute]
        hint = f" {closest(name.attribute, others)}." if others else ""
        raise InputError(f"{name.said} is {kind}; {WANTED}.{hint}")
    return next((sheet for sheet in sheets if sheet.maker is given), None), given


def _seat(name: Filed, maker: Callable[[], Any]) -> Any:
    """A seat as the class or function makes it, without arguments."""
    try:
        made = maker()
    except (Exception, SystemExit) as error:
        raise InputError(f"{name.said} cannot be made without arguments: {_told(error, name)}.") from error
    if isinstance(made, type) or not callable(getattr(made, "decide", None)):
        raise InputError(f"{name.said} makes something of type {type(made).__name__}; {WANTED}.")
    return made


def _strategies(module: ModuleType) -> list[str]:
    """Classes of the file itself that decide."""
    return [
        name
        for name, one in vars(module).items()
        if isinstance(one, type) and one.__module__ == module.__name__ and hasattr(one, "decide")
    ]


def _imported(name: Filed) -> tuple[ModuleType, list[FactSheet]]:
    """The file's module, made once a process and text, and the fact sheets of its strategies. Files of one name, and
    two states of one file, are modules of their own."""
    key = f"{Path(name.path).stem}_{hashlib.sha256((name.path + name.text).encode()).hexdigest()[:DIGITS]}"
    if key not in sys.modules:
        module = ModuleType(key)
        module.__file__ = name.path
        sys.modules[key] = module
        try:
            with registry.apart(key) as sheets:
                exec(compile(name.text, name.path, "exec"), vars(module))
        except BaseException as error:
            del sys.modules[key]
            if isinstance(error, KeyboardInterrupt | MemoryError):
                raise
            raise InputError(f"{name.file} cannot be imported: {_told(error, name)}.") from error
        _SHEETS[key] = sheets
    return sys.modules[key], _SHEETS[key]


_SHEETS: dict[str, list[FactSheet]] = {}
"""Fact sheets of files by the name of their module."""


def _told(error: BaseException, name: Filed) -> str:
    """An error in words, with the last line of the file that it passed."""
    said = f"{error.msg}" if isinstance(error, SyntaxError) else str(error)
    words = f"{type(error).__name__}: {' '.join(said.split())}".removesuffix(": ").removesuffix(".")
    lines = [one.lineno for one in traceback.extract_tb(error.__traceback__) if one.filename == name.path]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    return f"{words} (line {line})" if line else words
