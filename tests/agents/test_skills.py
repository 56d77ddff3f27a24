"""What skilled bots learned, and the values that stand where nothing was tuned."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from agents.skills import FILE, learned
from agents.strategies import graded

ROLES = ("cloud", "vendor", "lab", "regulator")
Own = tuple[str, str, float, float, float]
"""Role, the number's name, the rule's own value, and the lowest and highest that may be set."""


def own_values() -> Iterator[Own]:
    """As strategies write them: `name: float = tuned(role, name, rule, low, high, meaning)`."""
    for path in sorted((Path(FILE).parents[1] / "strategies").glob("*.py")):
        for field in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match field:
                case ast.AnnAssign(
                    target=ast.Name(id=name),
                    value=ast.Call(
                        func=ast.Name(id="tuned"),
                        args=[ast.Constant(value=role), ast.Constant(value=asked), own, low, high, _],
                    ),
                ):
                    assert path.stem == f"{role}_bots" and asked == name, "a number takes what was learned of another"
                    yield role, name, *(float(ast.literal_eval(one)) for one in (own, low, high))


def test_where_nothing_was_tuned_a_value_of_the_rules_own_stands_that_may_be_set() -> None:
    found = list(own_values())
    for role in ROLES:
        names = [name for of, name, *_ in found if of == role]
        assert sorted(names) == sorted(learned(role)), "every number of a skilled bot was learned, and no other"
        assert all(hasattr(graded(role, "skilled").maker(), name) for name in names)
    assert [(role, name) for role, name, own, low, high in found if not low <= own <= high] == []
