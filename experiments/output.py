"""Where words go: every sign reaches an output that knows few of them, and a reader who leaves early is no error.

Imports nothing of the game."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What an output answers that takes no more, for example on a full disk."""
NOBODY_READS = 141
"""Exit status when the reader of a pipe has left: what a shell says of a program that was ended by it."""
IN_PLAIN_SIGNS = "in-plain-signs"
REFUSING = ("strict", "backslashreplace", "surrogateescape")
"""Ways to treat what an output cannot encode that end a run, or that a reader has to decode; others are somebody's
choice."""
PLAIN = {
    "−": "-",
    "–": "-",
    "—": "-",
    "×": "x",
    "…": "...",
    "·": ".",
    "±": "+/-",
    "√": "sqrt",
    "✗": "x",
    "†": "+",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "€": "EUR",
}
"""What stands for a sign that an output cannot encode."""

_PICTURES = {code: 0x2400 + code for code in range(0x20) if code != 0x0A} | {0x7F: 0x2421}
_PICTURES |= dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
"""Control signs and their pictures; ends of lines are no picture."""


@dataclass
class Reader:
    """Whoever reads what is printed. left: has it gone before the end?"""

    left: bool = False


READER = Reader()


def visible(words: str) -> str:
    """Words in which control signs, which would act on a terminal, are pictures: '␛[2J'."""
    return words.translate(_PICTURES)


def plain(sign: str) -> str:
    """A sign in ASCII: its like, its letter without accents, the name of a Greek letter; a question mark when there is
    none."""
    if sign in PLAIN:
        return PLAIN[sign]
    name = unicodedata.name(sign, "")
    if name.startswith("BOX DRAWINGS"):
        return "|" if "HORIZONTAL" not in name else "-" if "VERTICAL" not in name else "+"
    if name.startswith("GREEK "):
        letter = name.rpartition(" ")[2].lower()
        return letter.capitalize() if "CAPITAL" in name else letter
    bare = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return bare or ("" if unicodedata.combining(sign) else "?")


def as_printed(words: str, output: object) -> str:
    """Words as an output shows them, so that a table can be laid out with what will stand in it."""
    encoding = getattr(output, "encoding", None)
    if encoding is None or getattr(output, "errors", "") != IN_PLAIN_SIGNS:
        return words
    return words.encode(encoding, IN_PLAIN_SIGNS).decode(encoding)


def _in_plain_signs(error: UnicodeError) -> tuple[str, int]:
    """The handler of an output's encoding: one sign at a time."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start]), error.start + 1


codecs.register_error(IN_PLAIN_SIGNS, _in_plain_signs)


@contextmanager
def to_any_reader() -> Iterator[None]:
    """While it lasts, whatever is printed can be encoded; when the reader of a pipe has left, the end is quiet."""
    READER.left = False
    streams = out, err = sys.stdout, sys.stderr
    _open(*streams)
    try:
        try:
            yield
        finally:
            READER.left |= sys.stdout is not out  # the command line's library puts another there when a pipe breaks
            sys.stdout, sys.stderr = streams
            flush(out, err)
    except BrokenPipeError:
        READER.left = True
    except SystemExit:
        if not READER.left:
            raise
    if READER.left:
        silence(*streams)
        sys.exit(NOBODY_READS)


def _open(*outputs: TextIO | None) -> None:
    for one in outputs:
        if isinstance(one, io.TextIOWrapper) and one.errors in REFUSING:
            one.reconfigure(errors=IN_PLAIN_SIGNS)
    if isinstance(sys.stdin, io.TextIOWrapper) and sys.stdin.errors == "strict":
        sys.stdin.reconfigure(errors="surrogateescape")


def flush(*outputs: TextIO | None) -> None:
    """Write what is still waiting to be written."""
    for one in outputs:
        if one is not None and not one.closed:
            one.flush()


def silence(*outputs: TextIO | None) -> None:
    """What is still waiting to be written goes nowhere, and Python does not complain of it on its way out."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for one in outputs:
        try:
            flush(one)
        except OSError:
            os.dup2(nowhere, one.fileno()) if one is not None else None
    os.close(nowhere)
