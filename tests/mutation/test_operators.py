"""What each operator writes, and what is never broken."""

from __future__ import annotations

import pytest

from tests.mutation.operators import defaults_of, edits


def broken(text: str) -> list[str]:
    """Every broken form of a text whose functions have these defaults."""
    return [edit.applied(text) for edit in edits(text, {"ask": frozenset({"seats", "again"})})]


OPERATED = {
    "a + b": ["a - b"],
    "a - b": ["a + b"],
    "(a + b) * (c)": ["(a - b) * (c)", "(a + b) / (c)"],
    "a / b // c": ["a * b // c", "a / b / c"],
    "(a  # ×, not +\n * b)": ["(a  # ×, not +\n / b)"],
    "a & b | c": ["a | b | c", "a & b & c"],
    "a < b <= c": ["a <= b <= c", "a < b < c"],
    "a > b >= c": ["a >= b >= c", "a > b > c"],
    "a == b != c": ["a != b != c", "a == b == c"],
    "a is b": ["a is not b"],
    "a is not b": ["a is b"],
    "a in b": ["a not in b"],
    "a not  in b": ["a in b"],
    "a and b or c": ["a or b or c", "a and b and c"],
    "(a or b\n or c)": ["(a and b\n or c)", "(a or b\n and c)"],
    "not a": ["a"],
    "-a**b": ["a**b"],
    "~(a)": ["(a)"],
    "x = -(y)": ["x = (y)"],
    "+a": [],
    "7": ["8"],
    "10_000": ["10001"],
    "0.35": ["0.0", "0.7"],
    "1e-9": ["0.0", "2e-09"],
    "0.0": ["1.0"],
    "True": ["False"],
    "False": ["True"],
    "x[0]": ["x[1]"],
    "x[-1:]": ["x[1:]", "x[-2:]"],
    "s(x, axis=1)": ["s(x)", "s(x, axis=0)"],
    "s(x, axis=0)": ["s(x)", "s(x, axis=1)"],
    "s(x, axis=-1)": ["s(x)", "s(x, axis=1)", "s(x, axis=-0)"],
    "min(a, b)": ["max(a, b)"],
    "np.maximum(a, b)": ["np.minimum(a, b)"],
    "x.all()": ["x.any()"],
    "f(min)": [],
    "np.where(m, (a), b)": ["np.where(m, (b), a)"],
    "a if t else b": ["b if t else a"],
    "a if t else b if u else c": ["(b if u else c) if t else a", "a if t else c if u else b"],
    "if t:\n    f = g": ["if not (t):\n    f = g"],
    "if not t:\n    f = g": ["if t:\n    f = g"],
    "if a < b:\n    f = g": ["if not (a < b):\n    f = g", "if a <= b:\n    f = g"],
    "x += y": ["pass", "x -= y"],
    "x *= y": ["pass", "x /= y"],
    "x |= y": ["pass"],
    "f(x)": ["pass"],
    "raise E(x)": ["pass"],
    "self.cash = g(self.cash)": ["pass"],
    "x = g(y)": [],
    "y = ask(a, seats=b, again=c)": ["y = ask(a, again=c)", "y = ask(a, seats=b)"],
    "y = ask(seats=b, again=c)": ["y = ask( again=c)", "y = ask(seats=b)"],
    "y = ask(a, who=b)": [],
    "y = ask(\n    a,\n    seats=(b),\n)": ["y = ask(\n    a,\n)"],
}  # fmt: skip
STATEMENTS = ("f(x)", "raise E(x)", "x +=", "x *=", "x |=", "x =", "y =", "self.", "if ")
"""Texts that stand as they are; others are what an assignment gives its name, so that only their own operator acts."""


@pytest.mark.parametrize("text", OPERATED)
def test_an_operator_writes_exactly_one_other_thing(text: str) -> None:
    frame = "{}" if text.startswith(STATEMENTS) else "value = {}"
    assert broken(frame.format(text)) == [frame.format(other) for other in OPERATED[text]]


QUIET = '''
"""A docstring of 1 line."""
from __future__ import annotations
import numpy as np
from typing import TYPE_CHECKING, Annotated, Literal
if TYPE_CHECKING:
    limit = 3
__all__ = ["a"] + ["b"]
Level = Literal[1, 2]
Count = Annotated[int, Option(min=1)]
@dataclass(frozen=True)
class Sheet:
    """2 + 2"""
    width: Annotated[int, 3]
    def f(self, a: Annotated[int, 4], b: int | None) -> Literal[5]:
        """Shapes: (6, 7)."""
        assert a == 8
        said = f"{a + 9} of {b}" + "more"
        return zip(a, said, strict=True)
if __name__ == "__main__":
    f(10)
'''


def test_what_declares_or_tells_is_never_broken() -> None:
    assert broken(QUIET) == []


def test_a_sign_is_found_behind_letters_of_several_bytes() -> None:
    assert broken('x = "× − ü"; y = a - b') == ['x = "× − ü"; y = a + b']


def test_an_edit_knows_its_line_its_statement_and_when_it_runs() -> None:
    text = "LIMIT = 1\ndef f(\n    a,\n    b=2,\n):\n    return g(\n        a,\n        3,\n    )\n"
    assert [(edit.line, edit.lines, edit.called) for edit in edits(text)] == [
        (1, (1, 1), False),
        (4, (2, 5), False),
        (8, (6, 9), True),
    ]


def test_defaults_are_those_of_every_function_of_a_name() -> None:
    one = "def f(a, b=1, *, c=2, d): ...\nclass Box:\n    x: int\n    y: int = 3\n"
    other = "class Other:\n    def f(self, b=1): ...\nclass Pair:\n    def __init__(self, left, right=0): ...\n"
    found = defaults_of([one, other])
    assert found["f"] == {"b"} and found["Box"] == {"y"} and found["Pair"] == {"right"}
