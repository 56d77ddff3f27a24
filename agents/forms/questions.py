"""What a person is asked: a question has a unit, a range and a step, and says in words what is wrong with an answer."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from sim.errors import InputError, closest

Answer: TypeAlias = float | str | tuple[float, ...]
"""A number; the name of an option; or parts of a whole."""
Answers: TypeAlias = dict[str, Answer]

NUMBER, CHOICE, YES_NO, SHARES = "number", "choice", "yes-no", "shares"
LEVELS = (3, 5, 7)
"""How many questions of a role are asked: the core, more, all."""


@dataclass(frozen=True)
class Question:
    """One decision as a person sees it.

    kind: NUMBER on low..high in steps; CHOICE or YES_NO of options; SHARES, parts named in options that add up to
    total. level: the lowest level that asks it. fields: the fields of the decision that it sets. stands: does Enter
    keep last quarter's decision? Else (a change against now, or an act of one quarter) it does what the default rule
    would do now. repeats: an act of one quarter that a turn of several quarters does in each of them, as an order."""

    id: str
    title: str
    unit: str
    kind: str
    level: int
    fields: tuple[str, ...]
    help: str
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    options: tuple[str, ...] = ()
    total: float = 0.0
    stands: bool = True
    repeats: bool = False

    @property
    def lasts(self) -> bool:
        """Is it answered alike in every quarter of a turn of several?"""
        return self.stands or self.repeats

    @property
    def allowed(self) -> str:
        """What may be answered, in words."""
        if self.kind == NUMBER:
            unit = f" {self.unit}" if self.unit else ""
            return f"{plain(self.low)} to {plain(self.high)}{unit} in steps of {plain(self.step)}"
        if self.kind == SHARES:
            return (
                f"{len(self.options)} numbers ({', '.join(self.options)}) in steps of {plain(self.step)} that add up "
                f"to {plain(self.total)}"
            )
        return " | ".join(self.options)

    @property
    def example(self) -> str:
        """An answer that is allowed, as it is typed: the largest number, the first option, even parts."""
        if self.kind == NUMBER:
            return self.text(self.lawful(self.high))
        if self.kind == SHARES:
            return self.text(in_steps([1.0] * len(self.options), self.total, self.step))
        return self.options[0]

    def text(self, answer: Answer) -> str:
        """An answer as it is typed and shown."""
        if isinstance(answer, tuple):
            return "-".join(plain(part) for part in answer)
        return answer if isinstance(answer, str) else plain(answer)

    def lawful(self, answer: Answer) -> Answer:
        """The nearest answer that is allowed."""
        if isinstance(answer, tuple):
            return in_steps(answer, self.total, self.step)
        if isinstance(answer, str):
            return answer
        kept = min(max(answer, self.low), self.high) if math.isfinite(answer) else self.low
        steps = math.floor((kept - self.low) / self.step + 0.5)
        highest = math.floor((self.high - self.low) / self.step + 1e-9)
        return self.low + min(steps, highest) * self.step + 0.0

    def same(self, answer: Answer, exact: Answer) -> bool:
        """Does an answer say, at the precision of its steps, what `exact` already is?"""
        if isinstance(answer, float) and isinstance(exact, float):
            return abs(answer - exact) <= 0.5 * self.step * (1.0 + 1e-9)
        return answer == self.lawful(exact)

    def parse(self, text: str) -> Answer:
        """The answer that a text stands for. InputError says in one sentence what is allowed, with the closest
        match."""
        word = text.strip()
        if self.kind == NUMBER:
            return self._number(word)
        if self.kind == SHARES:
            return self._shares(word)
        return self._option(word)

    def _number(self, word: str) -> float:
        value = number(word, self.unit)
        if value is None:
            raise InputError(f"{self.title}: '{word}' is not a number; allowed is {self.allowed}.")
        near = self.lawful(value)
        if not isinstance(near, float) or abs(near - value) > 1e-9 * max(1.0, abs(value)):
            raise InputError(f"{self.title}: {word} is not allowed; give {self.allowed}. Closest: {self.text(near)}.")
        return near

    def _shares(self, word: str) -> tuple[float, ...]:
        found = [number(part, self.unit) for part in re.split(r"[\s,;/]+|(?<=[\d%])-", word) if part]
        values = [part for part in found if part is not None]
        if len(values) < len(found) or len(values) != len(self.options):
            raise InputError(f"{self.title}: '{word}' is not allowed; give {self.allowed}, for example {self.example}.")
        near = in_steps([max(value, 0.0) for value in values], self.total, self.step)
        if any(abs(a - b) > 1e-9 for a, b in zip(near, values, strict=True)):
            wrong = sum(values)
            adds = f"adds up to {plain(wrong)}" if abs(wrong - self.total) > 1e-9 else "is not allowed"
            raise InputError(f"{self.title}: {word} {adds}; give {self.allowed}. Closest: {self.text(near)}.")
        return near

    def _option(self, word: str) -> str:
        plainly = word.casefold().replace(" ", "-")
        known = {option.casefold().replace(" ", "-"): option for option in self.options}
        starts = [option for key, option in known.items() if plainly and key.startswith(plainly)]
        if plainly in known:
            return known[plainly]
        counted = not self.options[0].isdecimal()  # options that are numbers are named, not counted
        if counted and re.fullmatch("[1-9]", plainly) and int(plainly) <= len(self.options):
            return self.options[int(plainly) - 1]
        if len(starts) == 1:
            return starts[0]
        numbered = ", ".join(f"{k} {option}" if counted else option for k, option in enumerate(self.options, 1))
        near = closest(plainly, known)
        hint = f" {near}." if near.startswith("Closest") else ""
        raise InputError(f"{self.title}: '{word}' is not one of the options; give {numbered}.{hint}")


@dataclass(frozen=True)
class Objection:
    """Why answers cannot be played together. question: the one whose answer does not go with the others; said: in a
    sentence; instead: the answer to it that does nothing, and goes with all."""

    question: str
    said: str
    instead: Answer


OFFERED = ("deal_mw", "deal_family", "deal_start_quarters", "deal_term_quarters", "deal_take_or_pay")
"""What an answer on power offered sets."""


def deals(others: str, how: str) -> tuple[Question, Question]:
    """The two questions on deals of who signs them with `others`; how: what becomes of what is offered."""
    offer = (
        f"Deals for years ahead, offered to {others} this quarter: capacity from a year on, ordered and powered first, "
        f"and paid for whether it is used or not. {how} An offer is answered next quarter and lapses."
    )
    sign = (
        f"Offers of {others} that stand this quarter only: yes signs those that fit beside what is signed, or all if "
        "none does. It is signed where both gain."
    )
    power = Question("deals", f"Power offered to {others}", "MW", NUMBER, 5, OFFERED, offer, high=2000.0, step=50.0)
    answer = Question("sign", f"Sign what {others} offered", "", YES_NO, 5, ("deal_accept",), sign)
    return replace(power, stands=False), replace(answer, options=("no", "yes"), stands=False)


def plain(value: float) -> str:
    """A number without needless decimals: 40, 2.5, -8."""
    return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"


def number(word: str, unit: str = "") -> float | None:
    """The finite number that a word stands for, with or without its unit or a per cent sign; None when it is none."""
    bare = word.strip().removesuffix(unit.partition(" ")[0]) if unit else word.strip()
    bare = bare.strip().removesuffix("%").strip().replace("−", "-")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        bare = bare.replace(",", "")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", bare):
        return None
    value = float(bare)
    return value if math.isfinite(value) else None


def in_steps(values: Sequence[float], total: float, step: float) -> tuple[float, ...]:
    """Parts in steps that add up to the total: largest remainders, the first first; parts of nothing are even."""
    clean = [value if math.isfinite(value) and value > 0.0 else 0.0 for value in values]
    whole = sum(clean)
    parts = [value / whole for value in clean] if whole > 0.0 else [1.0 / len(clean)] * len(clean)
    units = round(total / step)
    wanted = [part * units for part in parts]
    kept = [math.floor(value + 1e-9) for value in wanted]
    order = sorted(range(len(kept)), key=lambda k: (kept[k] - wanted[k], k))
    for k in order[: units - sum(kept)]:
        kept[k] += 1
    return tuple(count * step for count in kept)
