"""What somebody looks at on the what-if page: sliders, cards and a seed, read from an address and written into one.

The same address gives the same view, bit for bit: it holds all that is asked and how many worlds are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from urllib.parse import urlencode

from experiments import scenarios
from experiments.batch.engine import Size
from experiments.cards import Laid, once
from experiments.library import shock_names
from experiments.whatif import sliders
from experiments.whatif.bench import Asked
from experiments.whatif.question import Question, refuse
from sim.errors import InputError, unknown
from sim.scenario import Scenario
from sim.shocks import LEVELS

QUARTERS = 20
WORLDS = (16, 64, 256)
"""How many worlds may be asked for; the last unless given."""
CARDS = ("card1", "card2")
STRENGTH = {"low": "weak", "central": "as reported", "high": "strong"}
"""Level of a card -> what it is called."""
MOST_SEED = 2**32 - 1


@dataclass(frozen=True)
class View:
    """What is asked. at: positions of the sliders that do not rest, in the order of their file; cards: shock cards."""

    at: tuple[tuple[str, float], ...] = ()
    cards: tuple[Laid, ...] = ()
    seed: int = 1
    worlds: int = WORLDS[-1]

    @property
    def positions(self) -> dict[str, float]:
        """Slider -> position."""
        return dict(self.at)

    @property
    def rests(self) -> bool:
        """Is nothing changed?"""
        return not self.at and not self.cards

    @property
    def same(self) -> View:
        """The same question, whatever is shown of its answer: what tells two that are played apart."""
        return replace(self, worlds=WORLDS[-1])

    @property
    def words(self) -> str:
        """What is changed, in words."""
        cards = [one.title.partition(":")[0] + (f", {STRENGTH[one.level]}" if one.level else "") for one in self.cards]
        return "; ".join([*cards, *([sliders.words(self.positions)] if self.at else [])]) or "Nothing is changed"

    @property
    def question(self) -> Question:
        """As the bench takes it; InputError where its parts contradict each other."""
        return _question(self.same)

    def asked(self, worlds: int) -> Asked:
        """The question with a size."""
        return Asked((self.question,), Size(worlds, QUARTERS, self.seed))

    def query(self, **more: str | int) -> str:
        """What stands behind the question mark of an address."""
        known = sliders.read()
        found: list[tuple[str, str | int]] = [(name, known[name].text(value)) for name, value in self.at]
        found += [(place, str(one)) for place, one in zip(CARDS, self.cards, strict=False)]
        return urlencode([*found, ("seed", self.seed), *more.items()])


@lru_cache(maxsize=64)
def _question(view: View) -> Question:
    base = base_scenario()
    asked = Question(base, view.cards, name=view.words, changes=sliders.changes(view.positions, base))
    refuse(asked)
    return asked


@cache
def base_scenario() -> Scenario:
    """What everything is compared with."""
    return scenarios.load(sliders.BASE)


def read(given: Mapping[str, str]) -> View:
    """The view of an address; InputError in one sentence when it is none. What is not known in it is left alone."""
    known = sliders.read()
    at = sliders.positions({name: text for name, text in given.items() if name in known and text})
    cards = once([_card(given[place]) for place in CARDS if given.get(place)])
    view = View(tuple(at.items()), cards, _seed(given.get("seed", "")), _worlds(given.get("worlds", "")))
    _ = view.question
    return view


def _card(word: str) -> Laid:
    name, _, level = word.partition(":")
    if name not in shock_names():
        raise unknown("shock card", name[:40], shock_names())
    if level and level not in LEVELS:
        raise unknown("level", level[:20], LEVELS)
    return Laid(name, level)


def _seed(text: str) -> int:
    if not text:
        return 1
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and int(text) <= MOST_SEED):
        raise InputError(f"Seed: '{text[:20]}' is not allowed; give a whole number from 0 to {MOST_SEED}.")
    return int(text)


def _worlds(text: str) -> int:
    if not text:
        return WORLDS[-1]
    if text not in map(str, WORLDS):
        raise InputError(f"Worlds: '{text[:20]}' is not allowed; give {', '.join(map(str, WORLDS))}.")
    return int(text)
