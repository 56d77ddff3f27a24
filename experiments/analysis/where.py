"""Conditions in a user's words: comparisons of outcomes with numbers or with each other, joined by and, or, not.

    trainium_share_used < 0.05 and (utilisation >= 0.9 or trainium_supply_binding > 0.5)

'not' binds closest, then 'and', then 'or'. Words are read here and nowhere evaluated as a program.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, Mask
from sim.errors import InputError, unknown

COMPARISONS: dict[str, Callable[[Array, Array], Mask]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9.][0-9.]*(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign><=|>=|==|!=|[<>()=+-]))"
)
JOINS = ("and", "or", "not")
LONGEST, DEEPEST = 2000, 50
Values = Mapping[str, Array]


@dataclass(frozen=True)
class Condition:
    """A condition that can be asked of values. said: its words; names: outcomes that it needs, in order."""

    said: str
    names: tuple[str, ...]
    holds: Callable[[Values], Mask]

    def of(self, values: Values) -> Array:
        """1 where it holds, 0 where not, and not a number where an outcome that it names is none: shapes are those of
        the values."""
        whole = np.all([np.isfinite(values[name]) for name in self.names], axis=0)
        return np.where(whole, self.holds(values), np.nan)


def _opposite(of: Callable[[Values], Mask]) -> Callable[[Values], Mask]:
    """Where a condition does not hold."""
    return lambda values: ~of(values)


def condition(words: str, outcomes: Iterable[str], where: str = "--where") -> Condition:
    """The condition of some words; InputError in one sentence for what cannot be read, with the closest match of a name
    that is none."""
    reader = _Reader(words, tuple(outcomes), where)
    holds = reader.either()
    if reader.here:
        raise reader.wrong(f"'{reader.here}' is one too many" if reader.here == ")" else "'and' or 'or' is missing")
    return Condition(words.strip(), tuple(dict.fromkeys(reader.names)), holds)


class _Reader:
    """Reads tokens one by one. here: the next one, '' at the end."""

    def __init__(self, words: str, outcomes: tuple[str, ...], where: str) -> None:
        self.words, self.outcomes, self.where = words, outcomes, where
        self.names: list[str] = []
        self._place, self._depth = 0, 0
        self._tokens = self._cut()

    @property
    def here(self) -> str:
        return self._tokens[self._place][1] if self._place < len(self._tokens) else ""

    def wrong(self, why: str) -> InputError:
        """What cannot be read, and where."""
        before = self.words[: self._tokens[self._place][0]] if self._place < len(self._tokens) else self.words
        after = f" after '{before.strip()[-40:]}'" if before.strip() else ""
        example = f"{self.outcomes[0]} < 0.05 and {self.outcomes[-1]} >= 0.9"
        return InputError(f"{self.where}: {why}{after}; a condition reads like: {example}.")

    def _cut(self) -> list[tuple[int, str]]:
        """(place, word) of every token."""
        if len(self.words) > LONGEST:
            raise InputError(f"{self.where}: the condition has {len(self.words)} characters; allowed are {LONGEST}.")
        found, place = [], 0
        while self.words[place:].strip():
            match = TOKEN.match(self.words, place)
            if match is None:
                sign = self.words[place:].strip()[0]
                raise InputError(
                    f"{self.where}: '{sign}' is not allowed; a condition has names of outcomes, numbers, "
                    f"{' '.join(sorted(COMPARISONS))}, and, or, not, and brackets."
                )
            found.append((match.start() + len(match[0]) - len(match[0].lstrip()), match[0].strip()))
            place = match.end()
        return found

    def _take(self) -> str:
        token = self.here
        self._place += 1
        return token

    def either(self) -> Callable[[Values], Mask]:
        """Conditions joined by 'or'."""
        first = self._both()
        while self.here.lower() == "or":
            self._take()
            first = _joined(np.logical_or, first, self._both())
        return first

    def _both(self) -> Callable[[Values], Mask]:
        first = self._one()
        while self.here.lower() == "and":
            self._take()
            first = _joined(np.logical_and, first, self._one())
        return first

    def _one(self) -> Callable[[Values], Mask]:
        """A comparison, something in brackets, or the opposite of one of them."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.wrong("there are too many brackets")
        opposite = self.here.lower() == "not"
        if opposite:
            self._take()
            found = _opposite(self._one())
        elif self.here == "(":
            self._take()
            found = self.either()
            if self.here != ")":
                raise self.wrong("a bracket is not closed")
            self._take()
        else:
            found = self._comparison()
        self._depth -= 1
        return found

    def _comparison(self) -> Callable[[Values], Mask]:
        before = len(self.names)
        left, sign = self._side(), self.here
        if sign == "=":
            raise self.wrong("'=' is not allowed, '==' compares")
        if sign not in COMPARISONS:
            raise self.wrong("a comparison (<, <=, >, >=, ==, !=) is missing")
        self._take()
        right, compare = self._side(), COMPARISONS[sign]
        if len(self.names) == before:
            raise self.wrong("two numbers are compared, and no outcome is named")
        return lambda values: np.asarray(compare(left(values), right(values)), dtype=bool)

    def _side(self) -> Callable[[Values], Array]:
        """An outcome or a number."""
        token = self.here
        minus = token in ("-", "+")
        if minus:
            self._take()
        word = self.here
        if re.fullmatch(r"[0-9.].*", word):
            try:
                value = float(token + word if minus else word)
            except ValueError:
                raise self.wrong(f"'{word}' is no number") from None
            self._take()
            return lambda values: np.asarray(value)
        if not re.fullmatch(r"[A-Za-z_]\w*", word) or word.lower() in JOINS or minus:
            raise self.wrong("an outcome or a number is missing")
        if word not in self.outcomes:
            raise unknown("outcome", word, self.outcomes, self.where)
        self.names.append(word)
        self._take()
        return lambda values: values[word]


def _joined(
    join: Callable[[Mask, Mask], Mask], one: Callable[[Values], Mask], other: Callable[[Values], Mask]
) -> Callable[[Values], Mask]:
    return lambda values: join(one(values), other(values))
