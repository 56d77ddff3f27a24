"""What is kept for the next game, by hand: what goes first, and what is never made twice."""

from __future__ import annotations

import pytest

from sim.kept import Kept


class Made:
    """A thing of so many worlds that counts as nothing when it is asked whether it is something."""

    def __bool__(self) -> bool:
        return False


class Asked:
    """Counts what is made."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def get(self, kept: Kept[Made], key: str, worlds: int) -> Made:
        def make() -> Made:
            self.made.append(key)
            return Made()

        return kept.get(key, worlds, make)


def test_a_thing_is_made_once() -> None:
    kept, asked = Kept[Made](10), Asked()
    first = asked.get(kept, "a", 4)
    assert asked.get(kept, "a", 4) is first and asked.made == ["a"]


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    """Ten worlds: a and b of four go in; a is asked for again; c of four drives out b."""
    kept, asked = Kept[Made](10), Asked()
    for key in ("a", "b", "a", "c", "a", "c"):
        asked.get(kept, key, 4)
    assert asked.made == ["a", "b", "c"] and len(kept) == 2
    asked.get(kept, "b", 4)
    assert asked.made == ["a", "b", "c", "b"]


def test_the_last_one_stays_however_large() -> None:
    kept, asked = Kept[Made](10), Asked()
    for key, worlds in (("a", 4), ("large", 50), ("large", 50), ("a", 4)):
        asked.get(kept, key, worlds)
    assert asked.made == ["a", "large", "a"]


def test_what_breaks_off_is_not_kept() -> None:
    kept = Kept[Made](10)

    def broken() -> Made:
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        kept.get("a", 1, broken)
    asked = Asked()
    asked.get(kept, "a", 1)
    assert asked.made == ["a"] and len(kept) == 1


def test_what_was_kept_can_be_forgotten() -> None:
    kept, asked = Kept[Made](10), Asked()
    asked.get(kept, "a", 4)
    kept.clear()
    asked.get(kept, "a", 4)
    assert asked.made == ["a", "a"]
