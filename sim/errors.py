"""Errors that teach: what was given, where, what is allowed, and the closest match."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches


class InputError(ValueError):
    """What a user gave cannot be used. The message is one clear sentence (or one a line, all problems of a file at
    once)."""


class Halted(Exception):  # noqa: N818 - stopping is no error
    """The user stopped something that is not lost. The message is one clear sentence."""


LIKE = 0.66
"""Similarity (difflib's ratio) from which a word may be a slip of another: 'awz' for 'aws' is, 'msft' for 'ftc' is
not."""
BEGINNING = 3
"""Letters from which the beginning of a word stands for it."""
NO_WORDS: Mapping[str, str] = {}


def nearest(given: str, allowed: Iterable[str], spoken: Mapping[str, str] = NO_WORDS) -> str:
    """The allowed word that was meant, small or capital letters; '' when none is near enough to be meant.

    spoken: other words people say for an allowed one, such as titles."""
    words = {word.casefold(): meant for word, meant in spoken.items()} | {
        word.casefold(): word for word in sorted(allowed)
    }
    said = given.strip().casefold()
    near = [said] if said in words else get_close_matches(said, words, n=1, cutoff=LIKE)
    if not near and len(said) >= BEGINNING:
        near = sorted((word for word in words if word.startswith(said)), key=lambda word: (len(word), word))
    return words[near[0]] if near else ""


def closest(given: str, allowed: Iterable[str], spoken: Mapping[str, str] = NO_WORDS) -> str:
    """A clause that names the word that was meant, or lists a few that are allowed: 'Closest: 'edge-surge''."""
    options = sorted(allowed)
    if near := nearest(given, options, spoken):
        return f"Closest: '{near}'"
    shown = ", ".join(options[:12]) + (", ..." if len(options) > 12 else "")
    return f"Allowed: {shown}"


def unknown(
    kind: str, given: str, allowed: Iterable[str], where: str = "", spoken: Mapping[str, str] = NO_WORDS
) -> InputError:
    """The error for a name that does not exist."""
    place = f"{where}: " if where else ""
    return InputError(f"{place}unknown {kind} '{given}'. {closest(given, allowed, spoken)}.")


def each_once(kind: str, given: Iterable[str], where: str) -> None:
    """InputError that names the first word which is given twice."""
    seen = set[str]()
    for name in given:
        if name in seen:
            raise InputError(f"{where}: {kind} '{name}' is given twice; give each once.")
        seen.add(name)
