"""What is printed: words that act on nothing. Imports nothing of the game."""

from __future__ import annotations

_PICTURES = {code: 0x2400 + code for code in range(0x20) if code != 0x0A} | {0x7F: 0x2421}
_PICTURES |= dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
"""Control signs and their pictures; ends of lines are no picture."""


def visible(words: str) -> str:
    """Words in which control signs, which would act on a terminal, are pictures: '␛[2J'."""
    return words.translate(_PICTURES)
