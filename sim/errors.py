"""Errors that teach: what was given, where, what is allowed, and the closest match."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """What a user gave cannot be used. The message is one clear sentence (or one a line, all problems of a file at once)."""


class Halted(Exception):  # noqa: N818 - stopping is no error
    """The user stopped something that is not lost. The message is one clear sentence."""


def closest(given: str, allowed: Iterable[str]) -> str:
    """A clause that names the nearest allowed word, or lists a few: '. Closest: 'edge-surge''."""
    options = sorted(allowed)
    near = get_close_matches(given, options, n=1, cutoff=0.5)
    if near:
        return f"Closest: '{near[0]}'"
    shown = ", ".join(options[:12]) + (", ..." if len(options) > 12 else "")
    return f"Allowed: {shown}"


def unknown(kind: str, given: str, allowed: Iterable[str], where: str = "") -> InputError:
    """The error for a name that does not exist."""
    place = f"{where}: " if where else ""
    return InputError(f"{place}unknown {kind} '{given}'. {closest(given, allowed)}.")
