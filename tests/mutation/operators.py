"""Breaks of one point: each operator takes a node and gives the texts that could stand there instead."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.mutation.source import Source, last_name

SIGNS = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "/", ast.BitAnd: "|", ast.BitOr: "&",
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in", ast.And: "or", ast.Or: "and",
}  # fmt: skip
ONE_FOR_ANOTHER = {
    "min": "max", "minimum": "maximum", "argmin": "argmax", "any": "all", "floor": "ceil", "fmin": "fmax",
    "nanmin": "nanmax", "nanargmin": "nanargmax", "logical_and": "logical_or",
}  # fmt: skip
SWAPPED = {**ONE_FOR_ANOTHER, **{there: here for here, there in ONE_FOR_ANOTHER.items()}}
THEIR_DEFAULTS = {"axis", "keepdims", "initial", "default", "key", "reverse", "ddof", "ignore_index"}
"""Arguments of functions of Python, numpy and pandas that may be left out."""
SAID_BY_ITS_SIGN = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
Defaults = Mapping[str, frozenset[str]]
"""The arguments that may be left out, by name of our functions and classes."""


@dataclass(frozen=True, order=True)
class Edit:
    """text[start:end] becomes `to`. line: where it begins; lines, called: as in Place."""

    start: int
    end: int
    to: str
    line: int
    lines: tuple[int, int]
    called: bool

    def applied(self, text: str) -> str:
        return text[: self.start] + self.to + text[self.end :]


Change = tuple[tuple[int, int], str]
"""(from where to where, what stands there instead)."""


def signs(node: ast.AST, source: Source) -> Iterator[Change]:
    """+ for -, < for <=, `and` for `or`; an operator of texts, lists or types is left alone."""
    pairs: Iterable[tuple[ast.AST, ast.AST, ast.AST]] = ()
    if isinstance(node, ast.BinOp) and not (_no_number(node.left) or _no_number(node.right)):
        pairs = [(node.op, node.left, node.right)]
    elif isinstance(node, ast.Compare):
        pairs = zip(node.ops, [node.left, *node.comparators], node.comparators, strict=False)
    elif isinstance(node, ast.BoolOp):
        pairs = [(node.op, left, right) for left, right in zip(node.values, node.values[1:], strict=False)]
    for operator, left, right in pairs:
        if type(operator) in SIGNS:
            yield source.sign_between(left, right), SIGNS[type(operator)]


def _no_number(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, int | float)
    if isinstance(node, ast.Name):
        return (node.id[:1].isupper() and not node.id.isupper()) or node.id in ("int", "str", "float", "bool")
    return isinstance(node, ast.JoinedStr | ast.List | ast.Tuple | ast.Dict | ast.ListComp)


def unary(node: ast.AST, source: Source) -> Iterator[Change]:
    """`not x`, `-x` and `~x` lose their sign."""
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.UAdd):
        start, _ = source.span(node)
        yield (start, source.span(node.operand)[0] - _opened(node, source)), ""


def _opened(node: ast.UnaryOp, source: Source) -> int:
    """How many characters of an opening bracket, and of blanks after it, stand right before the operand."""
    between = source.text[source.span(node)[0] : source.span(node.operand)[0]]
    return len(between) - between.index("(") if "(" in between else 0


def constants(node: ast.AST, source: Source) -> Iterator[Change]:
    """True for False, a whole number and one more, another number doubled or nought."""
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield source.span(node), str(not value)
    elif isinstance(value, int):
        yield source.span(node), str(value + 1)
    elif isinstance(value, float):
        yield from ((source.span(node), other) for other in (("1.0",) if value == 0 else (repr(2 * value), "0.0")))


def axes(node: ast.AST, source: Source) -> Iterator[Change]:
    """axis=1 becomes axis=0, and 0 becomes 1."""
    if isinstance(node, ast.keyword) and node.arg == "axis":
        for inner in ast.walk(node.value):
            if isinstance(inner, ast.Constant) and type(inner.value) is int:
                yield source.span(inner), str(inner.value - 1 if inner.value else 1)


def names(node: ast.AST, source: Source) -> Iterator[Change]:
    """min for max, any for all, np.minimum for np.maximum, where they are called."""
    if isinstance(node, ast.Call) and last_name(node.func) in SWAPPED:
        name, (_, end) = last_name(node.func), source.span(node.func)
        yield (end - len(name), end), SWAPPED[name]


def branches(node: ast.AST, source: Source) -> Iterator[Change]:
    """The two results of np.where and of `a if t else b` change places; `if t` becomes `if not (t)`."""
    if isinstance(node, ast.Call) and last_name(node.func) == "where" and len(node.args) == 3:
        yield _swapped(node.args[1], node.args[2], source)
    elif isinstance(node, ast.IfExp):
        yield _swapped(node.body, node.orelse, source)
    elif isinstance(node, ast.If) and not _said_elsewhere(node.test):
        yield source.span(node.test), f"not ({source.of(node.test)})"


def _swapped(one: ast.AST, other: ast.AST, source: Source) -> Change:
    (start, before), (after, end) = source.span(one), source.span(other)
    texts = [f"({source.of(n)})" if isinstance(n, ast.IfExp | ast.Lambda) else source.of(n) for n in (other, one)]
    return (start, end), texts[0] + source.text[before:after] + texts[1]


def _said_elsewhere(test: ast.AST) -> bool:
    """Would another operator make the same break?"""
    if isinstance(test, ast.Compare):
        return len(test.ops) == 1 and isinstance(test.ops[0], SAID_BY_ITS_SIGN)
    return isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)


def statements(node: ast.AST, source: Source) -> Iterator[Change]:
    """A statement is left out: a call for its effect, a refusal, `x += y`, or `x = ...` made from x itself."""
    if isinstance(node, ast.AugAssign):
        sign = {ast.Add: "-=", ast.Sub: "+=", ast.Mult: "/=", ast.Div: "*="}.get(type(node.op))
        if sign:
            yield source.sign_between(node.target, node.value), sign
    calls = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if calls or isinstance(node, ast.AugAssign | ast.Raise) or _renews(node):
        yield source.span(node), "pass"


def _renews(node: ast.AST) -> bool:
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return False
    target = node.targets[0]
    if not isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
        return False
    return ast.unparse(target) in {ast.unparse(n) for n in ast.walk(node.value) if isinstance(n, type(target))}


def arguments(node: ast.AST, source: Source, defaults: Defaults) -> Iterator[Change]:
    """A named argument that has a default is left out."""
    if not isinstance(node, ast.Call):
        return
    optional = defaults.get(last_name(node.func), THEIR_DEFAULTS)
    for keyword in node.keywords:
        if keyword.arg in optional:
            start, end = source.span(keyword)
            before, after = source.neighbours(start, end)
            if before[2] == ",":
                yield (before[0], end), ""
            else:
                yield (start, after[1] if after[2] == "," else end), ""


OPERATORS: tuple[Callable[[ast.AST, Source], Iterator[Change]], ...] = (
    signs, unary, constants, axes, names, branches, statements,
)  # fmt: skip


def edits(text: str, defaults: Defaults | None = None) -> list[Edit]:
    """Every break of a source text, in the order of the text, none twice."""
    source = Source(text)
    places = source.places()
    on_axes = {id(inner) for place in places for inner in _axis_numbers(place.node)}
    found = set()
    for place in places:
        node = place.node
        chosen = [operator for operator in OPERATORS if operator is not constants or id(node) not in on_axes]
        changes = [change for operator in chosen for change in operator(node, source)]
        for (start, end), to in (*changes, *arguments(node, source, defaults or {})):
            found.add(Edit(start, end, to, source.line(start), place.lines, place.called))
    return sorted(found)


def _axis_numbers(node: ast.AST) -> Iterable[ast.AST]:
    return ast.walk(node.value) if isinstance(node, ast.keyword) and node.arg == "axis" else ()


def defaults_of(texts: Iterable[str]) -> dict[str, frozenset[str]]:
    """The arguments with a default, by name of function or class; where a name stands twice, those of both."""
    found: dict[str, frozenset[str]] = {}
    for node in (node for text in texts for node in ast.walk(ast.parse(text))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            optional = _optional(node)
            found[node.name] = found.get(node.name, optional) & optional
    return found


def _optional(node: ast.FunctionDef | ast.ClassDef) -> frozenset[str]:
    if isinstance(node, ast.ClassDef):
        fields = [inner for inner in node.body if isinstance(inner, ast.AnnAssign) and inner.value is not None]
        made_by = [_optional(i) for i in node.body if isinstance(i, ast.FunctionDef) and i.name == "__init__"]
        return frozenset(last_name(field.target) for field in fields).union(*made_by)
    positional = [*node.args.posonlyargs, *node.args.args]
    with_default = positional[len(positional) - len(node.args.defaults) :]
    named = [a for a, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if value is not None]
    return frozenset(argument.arg for argument in (*with_default, *named))
