"""Files that a user hands in: their text, their tables, and problems as sentences with file, key, value and what is
allowed."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from sim.errors import InputError, closest

MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
"""Byte order marks of encodings that are not read."""
UTF8_MARK = b"\xef\xbb\xbf"
"""What editors on Windows put in front of UTF-8; it is passed over."""


def read_text(path: Path) -> str:
    """The text of a file that a user hands in, lines ended by one sign; InputError in one sentence when it is not
    UTF-8 text."""
    if path.is_dir():
        raise InputError(f"{path.name}: it is a folder; a file is read.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read: {error.strerror}.") from error
    return decoded(content, path.name)


def decoded(content: bytes, name: str) -> str:
    """Bytes of a file as text."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            raise InputError(f"{name}: it is written in {encoding}; save it as UTF-8.")
    if b"\x00" in content:
        raise InputError(
            f"{name}: it holds bytes of 0, as UTF-16 text or a file that is no text does; save it as UTF-8."
        )
    try:
        text = content.removeprefix(UTF8_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(f"{name}: line {line} is not UTF-8 text; save it as UTF-8.") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file, or an InputError in one sentence."""
    text = read_text(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path.name}: not a TOML file: {error}.") from error
    except RecursionError as error:
        raise InputError(f"{path.name}: not a TOML file: its values are nested too deeply.") from error
    except ValueError as error:  # int() of more digits than it takes
        raise InputError(
            f"{path.name}: not a TOML file: a whole number has more digits than any value allowed."
        ) from error


def parsed(text: str | bytes) -> Any:
    """What a text in JSON says; ValueError, whatever it is that cannot be read."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("its lists stand too deep in one another") from error


class Table(BaseModel):
    """A table of a file, read as it is written: true is no number, "8" and 8.0 are no whole numbers, infinite is no
    value."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


SENTENCES = {
    "missing": "is required",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "greater_than": "must be above {gt}",
    "too_short": "must hold at least {min_length}",
}
"""What is allowed, by pydantic's name of a problem."""
LONGEST_SHOWN = 120


def explain(error: ValidationError, place: str, allowed: dict[str, tuple[str, ...]]) -> InputError:
    """All problems that pydantic found, each as a sentence with file, key, value and what is allowed."""
    lines = []
    for problem in error.errors(include_url=False):
        path = [str(part + 1) if isinstance(part, int) else str(part) for part in problem["loc"]]
        key = path[-1] if path else ""
        if problem["type"] == "extra_forbidden":
            table = path[0] if len(path) > 1 else ""
            lines.append(f"{place}: unknown key '{' '.join(path)}'. {closest(key, allowed.get(table, allowed['']))}.")
        else:
            given = "" if problem["type"] == "missing" else f" (given: {shown(problem['input'])})"
            lines.append(f"{place}: {' '.join(path) or 'file'}: {_sentence(problem)}{given}.")
    return InputError("\n".join(lines))


def _sentence(problem: ErrorDetails) -> str:
    own = SENTENCES.get(problem["type"])
    if own is not None:
        return own.format(**problem.get("ctx", {}))
    return problem["msg"].removeprefix("Value error, ").replace("Input should", "must", 1)


def shown(value: object) -> str:
    """A value as a sentence can show it: never longer than a line, whatever it is."""
    if isinstance(value, date | time):
        return str(value)
    try:
        text = repr(value)
    except ValueError:  # a whole number of thousands of digits
        return "a number of thousands of digits"
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


# --- tables of lines with commas --------------------------------------------------------------------------------------

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Line:
    """A row of a table. where: file and line, as the file counts; values: column -> what stands there, without space
    around it."""

    where: str
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    def number(self, column: str) -> float:
        """A finite number as it is written; InputError for words, nan, inf, and numbers too large or small for the
        machine."""
        text = self[column]
        value = float(text) if NUMBER.fullmatch(text) else math.nan
        vanished = value == 0.0 and re.search("[1-9]", re.split("[eE]", text)[0]) is not None
        if not math.isfinite(value) or vanished:
            raise InputError(f"{self.where}: {column} = {shown(text)} is not allowed; give a finite number.")
        return value


def read_csv(path: Path, columns: Sequence[str]) -> list[Line]:
    """Rows of a table with a header that has these columns (and may have more); lines without anything are passed over.

    InputError in one sentence for a file that is no such table, with the line of the file."""
    if not path.exists():
        raise InputError(f"'{path}' does not exist.")
    rows = _rows(read_text(path), path.name)
    if not rows:
        needed = f": not a table with the columns {', '.join(columns)}: it" if columns else ""
        raise InputError(f"{path.name}{needed} is empty.")
    (_, head), *below = rows
    for name in columns:
        if head.count(name) != 1:
            why = "stands twice in the header" if name in head else "is missing"
            commas = "; fields are separated by commas" if len(head) == 1 else ""
            raise InputError(f"{path.name}: column '{name}' {why}; needed are {', '.join(columns)}{commas}.")
    for number, row in below:
        if len(row) != len(head):
            fields = "field" if len(row) == 1 else "fields"
            raise InputError(f"{path.name}: line {number} has {len(row)} {fields}, the header has {len(head)}.")
    if not below:
        raise InputError(f"{path.name}: has no row below its header.")
    return [Line(f"{path.name}: line {number}", dict(zip(head, row, strict=True))) for number, row in below]


def _rows(text: str, name: str) -> list[tuple[int, list[str]]]:
    """(number of the line it begins on, fields) of every row in which something stands."""
    reader, found, begins = csv.reader(io.StringIO(text), strict=True), [], 1
    try:
        for row in reader:
            fields = [field.strip() for field in row]
            if any(fields):
                found.append((begins, fields))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{name}: line {begins}: not a row of a table: {error}.") from error
    return found
