"""Files that a user hands in: their text, their tables, and problems as sentences with file, key, value and what is allowed."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import InputError, closest


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file, or an InputError in one sentence."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: not a TOML file: {error}.") from error
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read: {error.strerror}.") from error


def explain(error: ValidationError, place: str, allowed: dict[str, tuple[str, ...]]) -> InputError:
    """All problems that pydantic found, each as a sentence with file, key, value and what is allowed."""
    lines = []
    for problem in error.errors():
        path = [str(part + 1) if isinstance(part, int) else str(part) for part in problem["loc"]]
        key = path[-1] if path else ""
        if problem["type"] == "extra_forbidden":
            table = path[0] if len(path) > 1 else ""
            lines.append(f"{place}: unknown key '{' '.join(path)}'. {closest(key, allowed.get(table, allowed['']))}.")
        else:
            message = problem["msg"].removeprefix("Value error, ")
            given = "" if problem["type"] == "missing" else f" (given: {problem['input']!r})"
            lines.append(f"{place}: {' '.join(path) or 'file'}: {message}{given}.")
    return InputError("\n".join(lines))
