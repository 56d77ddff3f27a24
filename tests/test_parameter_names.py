"""Every parameter that the code reads by name is declared: `p.price_elastisity` fails here and not in a game.

The source is read. Parameters are known by their annotation (`p: Parameters`, a field of a class, what a function
returns), by the names that they go by (`p`, `x.p`, `x.root`, `x.habits`), and where they are handed on in an
assignment.
"""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest

from sim.contract import HABITS
from sim.declarations import DECLARATIONS, joiners
from sim.parameters import Parameters

ROOT = Path(__file__).resolve().parents[1]
DECLARED = {one.name for one in (*DECLARATIONS, *joiners.DECLARED)}
METHODS = {name for name in vars(Parameters) if not name.startswith("_")}
PLACES = {"p", "root", "habits"}
"""Attributes that hold parameters wherever they stand: `c.p`, `start.root`, `own.habits`."""
OF_A_PATH = {"at", "announced"}
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
SOURCES = {
    file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8")
    for package in ("sim", "agents", "experiments")
    for file in sorted((ROOT / package).rglob("*.py"))
}


def is_parameters(annotation: ast.expr | None) -> bool:
    if isinstance(annotation, ast.Name):  # most are: no text need be made of them
        return annotation.id == "Parameters"
    return annotation is not None and "Parameters" in {
        part.strip() for part in ast.unparse(annotation).strip("'\"").split("|")
    }


@functools.cache
def trees() -> dict[str, ast.Module]:
    """The sources, parsed once by the worker that reads them."""
    return {path: ast.parse(source) for path, source in SOURCES.items()}


@functools.cache
def makers() -> set[str]:
    """Functions that say that they return parameters; methods of `Parameters` and of a path are known by what they are
    called on."""
    nodes = (node for tree in trees().values() for node in ast.walk(tree))
    functions = {node.name for node in nodes if isinstance(node, ast.FunctionDef) and is_parameters(node.returns)}
    return functions - OF_A_PATH - METHODS


@functools.cache
def places() -> set[str]:
    """Fields of classes that are annotated as parameters, besides those known by name."""
    classes = [node for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    fields = [
        one
        for found in classes
        for one in found.body
        if isinstance(one, ast.AnnAssign) and is_parameters(one.annotation)
    ]
    return PLACES | {one.target.id for one in fields if isinstance(one.target, ast.Name)}


def holds(value: ast.expr, known: set[str]) -> bool:
    """Is this expression the parameters of a quarter?"""
    if isinstance(value, ast.Name):
        return value.id in known
    if isinstance(value, ast.Attribute):
        return value.attr in places()
    if not isinstance(value, ast.Call):
        return False
    asked = value.func
    if isinstance(asked, ast.Attribute) and asked.attr in OF_A_PATH:
        return isinstance(asked.value, ast.Name | ast.Attribute) and ast.unparse(asked.value).endswith("path")
    if isinstance(asked, ast.Attribute) and asked.attr in METHODS:
        return asked.attr == "replace" and holds(asked.value, known)
    return (asked.attr if isinstance(asked, ast.Attribute) else getattr(asked, "id", "")) in makers()


def within(node: ast.AST) -> list[ast.AST]:
    """Everything of a function or module that is not inside a function of its own."""
    found = []
    left = [*ast.iter_child_nodes(node)][::-1]
    while left:
        found.append(child := left.pop())
        if not isinstance(child, Function):
            left += [*ast.iter_child_nodes(child)][::-1]
    return found


def handed_on(assigned: list[ast.Assign], known: set[str]) -> set[str]:
    """Names that are assigned parameters: `p = c.p`, `p, rules = c.p, c.rules`."""
    found = set()
    for one in assigned:
        for target in one.targets:
            both = [(target, one.value)]
            if isinstance(target, ast.Tuple) and isinstance(one.value, ast.Tuple):
                both = list(zip(target.elts, one.value.elts, strict=False))
            found |= {left.id for left, right in both if isinstance(left, ast.Name) and holds(right, known)}
    return found


def undeclared(source: str | ast.Module) -> list[str]:
    """'12: p.price_elastisity' for every read of a parameter that is not declared, or that a briefing does not
    carry."""
    found: list[str] = []

    def read(node: ast.AST, known: set[str]) -> None:
        if isinstance(node, Function):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            known = known - {one.arg for one in arguments} | {
                one.arg for one in arguments if is_parameters(one.annotation)
            }
            loose = (one for one in arguments if one.annotation is None or ast.unparse(one.annotation) == "Any")
            known |= {one.arg for one in loose if one.arg == "p"}
        inside = within(node)
        assigned = [one for one in inside if isinstance(one, ast.Assign)]
        for _ in range(2):  # what is handed on may be handed on again
            known = known | handed_on(assigned, known)
        for one in inside:
            if isinstance(one, Function):
                read(one, known)
            elif isinstance(one, ast.Attribute) and holds(one.value, known):
                carried = (
                    set(HABITS) if isinstance(one.value, ast.Attribute) and one.value.attr == "habits" else DECLARED
                )
                if one.attr not in carried | METHODS and one.attr not in vars(object):
                    found.append(f"{one.lineno}: {ast.unparse(one)}")

    read(ast.parse(source) if isinstance(source, str) else source, set())
    return found


def test_every_parameter_that_is_read_is_declared() -> None:
    assert {path: found for path, tree in trees().items() if (found := undeclared(tree))} == {}


def test_the_reader_sees_the_parameters_wherever_they_are_read() -> None:
    """Every name that follows a `p.` somewhere is misspelt everywhere: each must be found."""
    a_name = re.compile(rf"\.({'|'.join(sorted(DECLARED, key=len, reverse=True))})\b")
    found = {line.rpartition(".")[2] for source in SOURCES.values() for line in undeclared(a_name.sub(r".\1_", source))}
    by_name = {name for source in SOURCES.values() for name in re.findall(r"\bp\.(\w+)", source)} & DECLARED
    assert len(by_name) > 100
    assert by_name <= {name.removesuffix("_") for name in found}


@pytest.mark.parametrize(
    "source",
    [
        "def f(p: Parameters) -> float:\n    return p.price_elastisity",
        "def f(c: Conditions) -> float:\n    return c.p.price_elastisity[:, None]",
        "def f(start):\n    return start.root.price_elastisity",
        "def f(c):\n    p, rules = c.p, c.rules\n    return p.price_elastisity",
        "def f(self, quarter):\n    now = self.path.at(quarter)\n    return now.price_elastisity",
        "def f(p: Parameters):\n    def inner(x):\n        return x * p.price_elastisity\n    return inner",
        "def f(p: Parameters):\n    return [p.price_elastisity[k] for k in range(3)]",
        "def f(p: Parameters):\n    later = tied(p, 3)\n    return later.price_elastisity",
        "def f(p: Parameters):\n    return p.replace(pue=1).price_elastisity",
        "def f(own):\n    h = own.habits\n    return h.price_elastisity",
        "def f(own):\n    return own.habits.pue",  # declared, and nothing that a briefing carries
        "class A:\n    def f(self, p: Parameters | None) -> float:\n        return p.price_elastisity",
        "g = lambda p: p.price_elastisity",
    ],
)
def test_a_misspelt_name_is_found(source: str) -> None:
    assert len(undeclared(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "def f(p: Parameters) -> float:\n    return p.price_elasticity + p.replace(pue=2).pue",
        "def f(own):\n    h = own.habits\n    return h.price_elasticity + own.habits.cloud_markup",
        "def f(p: Pool) -> str:\n    return p.title",
        "def f(rows):\n    return [row.title for row in rows]",
        "def f(p: Parameters):\n    def inner(p: Pool):\n        return p.title\n    return inner",
    ],
)
def test_a_declared_name_and_another_p_are_left_alone(source: str) -> None:
    assert undeclared(source) == []
