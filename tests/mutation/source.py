"""A source text with its syntax tree: where nodes and signs stand, and which nodes may be broken.

Positions are offsets in characters. The tree counts columns in bytes, which differ as soon as a line holds a × or a −.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

LEFT_ALONE = (ast.Assert, ast.Import, ast.ImportFrom, ast.JoinedStr)
"""An assert narrows a type; a text with values in it is a message (and its positions are wrong before Python 3.12)."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
NOT_ENTERED = {"annotation", "returns", "decorator_list", "type_params"}
UNTOUCHED_ARGUMENTS = {"strict", "frozen", "slots", "encoding", "newline", "stacklevel"}
"""What these say shows on other systems only, or when the program is wrong elsewhere."""


@dataclass(frozen=True)
class Place:
    """A node that may be broken. lines: of the statement it belongs to (of its head, when it has a body); called: does
    it run when a function is called, not when its module is imported?"""

    node: ast.AST
    lines: tuple[int, int]
    called: bool


@dataclass(frozen=True)
class Source:
    """The text of a file."""

    text: str

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate((len(line) + 1 for line in self.text.split("\n")), initial=0))

    @cached_property
    def _encoded(self) -> list[bytes]:
        return [line.encode() for line in self.text.split("\n")]

    def at(self, line: int, column: int) -> int:
        """The offset of a column in bytes, as the tree has it; lines count from 1."""
        return self._starts[line - 1] + len(self._encoded[line - 1][:column].decode())

    def span(self, node: ast.AST) -> tuple[int, int]:
        """From where to where a node stands, brackets around it apart."""
        start = self.at(node.lineno, node.col_offset)  # type: ignore[attr-defined]
        return start, self.at(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def of(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    @cached_property
    def _tokens(self) -> list[tuple[int, int, str]]:
        """(start, end, text) of every sign and name, in order."""
        read = tokenize.generate_tokens(io.StringIO(self.text).readline)
        kept = [token for token in read if token.type in (tokenize.OP, tokenize.NAME)]
        return [
            (self._starts[t.start[0] - 1] + t.start[1], self._starts[t.end[0] - 1] + t.end[1], t.string) for t in kept
        ]

    def sign_between(self, left: ast.AST, right: ast.AST) -> tuple[int, int]:
        """Where the operator between two operands stands (of two words when it is `not in`)."""
        first, last = self.span(left)[1], self.span(right)[0]
        signs = [(a, b) for a, b, text in self._tokens if first <= a and b <= last and text not in "()"]
        return signs[0][0], signs[-1][1]

    def neighbours(self, start: int, end: int) -> tuple[tuple[int, int, str], tuple[int, int, str]]:
        """The signs right before and right after a piece of text."""
        before = max(token for token in self._tokens if token[1] <= start)
        return before, min(token for token in self._tokens if token[0] >= end)

    def places(self) -> list[Place]:
        """Every node that may be broken."""
        return list(_entered(ast.parse(self.text), (1, 1), False))


def _entered(node: ast.AST, lines: tuple[int, int], called: bool) -> Iterator[Place]:
    """A node and those below it; nothing of declarations that only other tools read."""
    if isinstance(node, LEFT_ALONE) or _is_typing(node) or _is_not_for_import(node):
        return
    if isinstance(node, ast.keyword) and node.arg in UNTOUCHED_ARGUMENTS:
        return
    if isinstance(node, ast.stmt):
        lines = _lines(node)
    yield Place(node, lines, called)
    for name, value in ast.iter_fields(node):
        if name not in NOT_ENTERED:
            later = called or (name == "body" and isinstance(node, FUNCTIONS))
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _entered(child, lines, later)


def _lines(statement: ast.stmt) -> tuple[int, int]:
    """First and last line of a statement, or of its head when it has a body."""
    body = getattr(statement, "body", None)
    if not body:
        return statement.lineno, statement.end_lineno or statement.lineno
    first = min([body[0].lineno, *(mark.lineno for mark in getattr(body[0], "decorator_list", []))])
    return statement.lineno, max(statement.lineno, first - 1)


def _is_typing(node: ast.AST) -> bool:
    """Is it a type with remarks for a command line, `Annotated[...]`, or a choice of names, `Literal[...]`?"""
    return isinstance(node, ast.Subscript) and last_name(node.value) in ("Annotated", "Literal")


def _is_not_for_import(node: ast.AST) -> bool:
    """Is it `if TYPE_CHECKING`, `if __name__ == ...` or `__all__ = ...`?"""
    if isinstance(node, ast.If):
        names = {last_name(inner) for inner in ast.walk(node.test)}
        return bool(names & {"TYPE_CHECKING", "__name__"})
    return isinstance(node, ast.Assign) and last_name(node.targets[0]) == "__all__"


def last_name(node: ast.AST) -> str:
    """`where` for `np.where` and for `where`; empty for anything without a name."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
