"""A what-if: a scenario, and cards and values that are laid on it; what cannot be asked is refused in one sentence.

Cards compose in whatever order they are named: changes of one parameter act with what is set first, then factors, then
what is added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from pathlib import Path

import numpy as np

from experiments import scenarios
from experiments.batch.engine import Size
from experiments.cards import Laid, once
from experiments.library import shock_names
from sim.errors import InputError
from sim.files import NUMBER
from sim.quarters import label, ordinal
from sim.scenario import Scenario
from sim.shocks import CHANGES, LEVELS, Shock

CARD = "NAME[:LEVEL][@QUARTER]"
MOST = 8
"""What-ifs side by side: as many as there are colours that everybody can tell apart."""


@dataclass(frozen=True)
class Question:
    """What if? laid: cards on the base; sets: parameters that every world is given, by scalar name; name: how it is
    called where several stand side by side; changes: further dated changes, each with its source as its name."""

    base: Scenario
    laid: tuple[Laid, ...] = ()
    sets: tuple[tuple[str, float], ...] = ()
    name: str = field(default="", compare=False)
    changes: tuple[Shock, ...] = ()

    @property
    def words(self) -> str:
        """What is laid on, as it is asked for: 'chip-tariff:high + demand_level=0.9'."""
        return " + ".join([*map(str, self.laid), *(f"{name}={value:g}" for name, value in self.patterns)])

    @property
    def called(self) -> str:
        """Its name, or what is laid on."""
        return self.name or self.words or "nothing changed"

    @cached_property
    def patterns(self) -> tuple[tuple[str, float], ...]:
        """Its values, those that are alike for all of a kind as one: 'porting_factor_*'."""
        left, catalogue = dict(self.sets), scenarios.catalogue_of(self.base)
        for stem in (name for name, one in catalogue.declarations.items() if one.by is not None):
            names = scenarios.expand(catalogue, f"{stem}_*", "--set")
            given = {left.get(name) for name in names}
            if len(names) > 1 and len(given) == 1 and None not in given:
                left = {name: value for name, value in left.items() if name not in names} | {
                    f"{stem}_*": left[names[0]]
                }
        return tuple(sorted(left.items()))

    @property
    def headline(self) -> str:
        """Its name, or what is laid on in words: 'Chip tariff (high, from 2027Q3) + demand_level at 0.9'."""
        words = []
        for one in self.laid:
            details = [one.level] if one.level else []
            details += [f"from {one.at}"] if one.at else []
            words.append(one.title.partition(":")[0] + (f" ({', '.join(details)})" if details else ""))
        return (
            self.name or " + ".join([*words, *(f"{name} at {value:g}" for name, value in self.patterns)]) or self.called
        )

    def shown(self, letters: int) -> str:
        """The same, cut to so many letters."""
        return self.headline if len(self.headline) <= letters else f"{self.headline[: letters - 1].rstrip(' +')}…"

    @cached_property
    def placed(self) -> tuple[tuple[Shock, str], ...]:
        """Its changes in the order in which they act, each with the card or source that it is of; the same change
        once."""
        found: dict[tuple[object, ...], tuple[Shock, str]] = {}
        for one in sorted(self.laid):
            for shock in one.shocks():
                found.setdefault(shock.says, (shock, str(one)))
        for shock in self.changes:
            found.setdefault(shock.says, (shock, shock.source))
        return tuple(sorted(found.values(), key=lambda one: _place(one[0])))

    @property
    def content(self) -> tuple[object, ...]:
        """All that it changes, whatever it is called: the same for questions that ask the same."""
        return tuple(shock.says for shock, _ in self.placed), tuple(sorted(self._given.items()))

    @property
    def _given(self) -> dict[str, float]:
        """What parameters are set to: its own values before those of its cards."""
        given = dict(self.sets)
        for one in sorted(self.laid):
            given = {**one.parameters(), **given}
        return given

    @cached_property
    def scenario(self) -> Scenario:
        """The base with all that is laid on it, checked."""
        return self.checked()

    def checked(self) -> Scenario:
        """The base with all that is laid on it; InputError where that is not allowed."""
        shocks = tuple(shock for shock, _ in self.placed)
        given = self._given
        laid = self.base.with_changes(f"{self.base.name}+{self.called}", self.title, given, shocks)
        return laid.check(scenarios.catalogue_of(self.base)) if shocks or given else laid

    @property
    def title(self) -> str:
        """What it asks, in words."""
        titles = [one.title for one in self.laid] + [f"{name} at {value:g}" for name, value in self.patterns]
        return "; ".join(titles) or self.base.title


def _place(shock: Shock) -> tuple[object, ...]:
    """Where a change stands among others of its parameter: the amounts decide, never the order in which cards came."""
    return shock.parameter, CHANGES.index(shock.change), shock.quarters, getattr(shock, shock.change)


def ask(base: Scenario, words: Iterable[str] = (), sets: Iterable[str] = (), name: str = "") -> Question:
    """A question from words like 'chip-tariff:high@2027Q3' and 'demand_level=0.9'; InputError when it cannot be
    asked."""
    laid = once([Laid.read(word) for word in words])
    question = Question(base, laid, values(base, sets), name)
    refuse(question)
    return question


def ask_all(base: Scenario, shocks: Sequence[str], sets: Sequence[str], cases: Sequence[str]) -> tuple[Question, ...]:
    """What cards and values ask together, then a question a case; InputError when nothing is asked, or too much."""
    found = [ask(base, shocks, sets)] if shocks or sets else []
    found += [one_case(base, words) for words in cases]
    if not found:
        raise InputError(
            "whatif: nothing is asked; give --shock NAME[:LEVEL][@QUARTER], --set PARAMETER=VALUE or --case."
        )
    if len(found) > MOST:
        raise InputError(f"--case: {len(found)} what-ifs are not allowed side by side; give up to {MOST}.")
    names = [one.called for one in found]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"--case: '{name}' is asked {names.count(name)} times; ask it once, or give titles.")
    for one, other in combinations(found, 2):
        if one.content == other.content:
            raise InputError(f"--case: '{one.called}' and '{other.called}' ask the same; leave one of them out.")
    return tuple(found)


def one_case(base: Scenario, text: str) -> Question:
    """A question from one word of the command line: 'TITLE: card, card, parameter=value'; the title may be left out.
    InputError when it cannot be asked."""
    title, rest = _titled(text)
    words = [word.strip() for word in rest.split(",")]
    if not all(words):
        raise InputError(f"--case: '{text}' is not allowed; give 'TITLE: card, parameter=value', the title at will.")
    cards, sets = ([one for one in words if ("=" in one) is given] for given in (False, True))
    return ask(base, cards, sets, title)


def _titled(text: str) -> tuple[str, str]:
    """A case's title, and the rest. What stands before a colon is a title, unless it is a card before its level."""
    title, colon, rest = text.partition(": ")
    if colon:
        return title.strip(), rest
    title, colon, rest = text.partition(":")
    is_card = title in shock_names() or Path(title).suffix or rest.partition("@")[0] in LEVELS or "," in title
    return ("", text) if not colon or is_card else (title.strip(), rest)


def values(base: Scenario, sets: Iterable[str]) -> tuple[tuple[str, float], ...]:
    """Values by parameter, in the order of names; 'egress_factor_*' is that parameter for every region."""
    found: dict[str, float] = {}
    catalogue = scenarios.catalogue_of(base)
    for word in sets:
        pattern, sign, text = word.partition("=")
        value = float(text) if NUMBER.fullmatch(text.strip()) else float("nan")
        if not sign or not np.isfinite(value):
            raise InputError(f"--set: '{word}' is not allowed; give parameter=number, for example demand_level=0.9.")
        for parameter in scenarios.expand(catalogue, pattern.strip(), "--set"):
            if found.setdefault(parameter, value) != value:
                raise InputError(f"--set: {parameter} is given {found[parameter]:g} and {value:g}; give it once.")
    return tuple(sorted(found.items()))


# --- what cannot be asked ---------------------------------------------------------------------------------------------


def refuse(question: Question) -> None:
    """InputError when two changes contradict each other, or a card changes again what the base has changed."""
    placed = question.placed
    for number, (shock, card) in enumerate(placed):
        for other, its_card in placed[number + 1 :]:
            if quarter := _contradict(shock, other):
                raise InputError(
                    f"--shock: '{card}' and '{its_card}' contradict each other: they set {shock.parameter} to "
                    f"{shock.set:g} and to {other.set:g} in {quarter}; leave one of them out."
                )
        given = dict(question.sets)
        if shock.set is not None and given.get(shock.parameter, shock.set) != shock.set:
            raise InputError(
                f"--set: {shock.parameter}={given[shock.parameter]:g} and '{card}', which sets it to {shock.set:g} "
                f"from {shock.quarters[0]} on, contradict each other; leave one of them out."
            )
    there = {shock.says for shock in question.base.shocks}
    for shock, card in placed:
        if shock.set is None and shock.says in there:
            raise InputError(
                f"--shock: '{card}' is in {question.base.name} already: its change of {shock.parameter} would act "
                "twice; leave the card out."
            )
    question.checked()


def _contradict(one: Shock, other: Shock) -> str:
    """The first quarter in which two changes set a parameter to different values; '' when there is none."""
    if one.parameter != other.parameter or one.set is None or other.set is None or one.set == other.set:
        return ""
    first = max(ordinal(shock.quarters[0]) for shock in (one, other))
    last = min(ordinal(shock.quarters[1]) for shock in (one, other))
    return label(first) if first <= last else ""


def remarks(question: Question, size: Size) -> list[str]:
    """A sentence for every change that does nothing in a game of this size, or level that a card has not; InputError
    when a card, or a value that is set, can never act in it."""
    said = [one.remark for one in question.laid if one.remark]
    for one in question.laid:
        changes = [shock for shock, card in question.placed if card == str(one)]
        sentences = _idle(question.base, changes, f"--shock: '{one}'", size)
        if changes and len(sentences) == len(changes):
            raise InputError(f"{sentences[0]} Give another level, date or number of quarters.")
        said += sentences
    for name, value in question.sets:
        first, last = (label(ordinal(question.base.start) + number) for number in (1, size.quarters))
        held = Shock(parameter=name, quarters=(first, last), source="--set", set=value)
        if _idle(question.base, [held], f"--set: {name}={value:g}", size):
            raise InputError(f"--set: {name}={value:g} does nothing: every world of {question.base.name} has that.")
    return said


def _idle(base: Scenario, shocks: Sequence[Shock], where: str, size: Size) -> list[str]:
    """A sentence for every one of these changes, alone on the base, that does nothing."""
    placed = tuple(shock.model_copy(update={"where": where}) for shock in shocks)
    said = base.with_changes(base.name, base.title, {}, placed)
    found = said.idle_shocks(scenarios.catalogue_of(base), size.quarters, size.draw)
    return [sentence for sentence in found if sentence.startswith(where)]
