"""Random breaks are drawn in proportion, can be drawn again, and are shown before and after."""

from __future__ import annotations

import ast

import pytest

from tests.mutants import ROOT
from tests.mutation.draw import Break, breakable, draw, packages, shares, shown, sources
from tests.mutation.operators import edits


@pytest.mark.whole
def test_breaks_of_our_own_modules_can_be_read_and_mean_something_else() -> None:
    texts = dict(sorted(sources(ROOT).items())[::15])
    breaks = draw(texts, breakable(texts), 60, 1)
    for one in breaks:
        text = texts[one.file]
        assert ast.dump(ast.parse(one.edit.applied(text))) != ast.dump(ast.parse(text)), one
    assert len({one.file for one in breaks}) > len(texts) / 2


def test_the_same_seed_draws_the_same_breaks_and_another_others() -> None:
    some = {f"sim/{name}.py": "\n".join(f"x{n} = y + {n}" for n in range(40)) for name in "abc"}
    lines = breakable(some)
    first = draw(some, lines, 20, 7)
    assert first == draw(dict(reversed(some.items())), breakable(dict(reversed(some.items()))), 20, 7)
    assert first != draw(some, lines, 20, 8)
    assert len({(one.file, one.line) for one in first}) == 20
    assert {one.file for one in draw(some, breakable(some, "sim/b"), 20, 7)} == {"sim/b.py"}


def test_every_package_gets_its_share() -> None:
    assert shares({"sim": 50, "agents": 13, "experiments": 37}, 10) == {"sim": 5, "agents": 1, "experiments": 4}
    some = {f"{name}/a.py": "x = y + z\n" * lines for name, lines in (("sim", 30), ("agents", 10), ("experiments", 20))}
    drawn = [one.file.partition("/")[0] for one in draw(some, breakable(some), 12, 1)]
    assert [drawn.count(name) for name in ("sim", "agents", "experiments")] == [6, 2, 4]


def test_the_packages_are_those_that_the_project_ships() -> None:
    assert {"sim", "agents", "experiments"} <= set(packages(ROOT))


def test_a_break_is_shown_before_and_after() -> None:
    text = "def f(a, b):\n    return a + b  # all of it, whatever it was that anybody had asked for\n"
    edit = edits(text)[0]
    assert str(Break("sim/f.py", edit, shown(text, edit))) == (
        "sim/f.py:2: return a + b # all of it, whatever it was… -> return a - b # all of it, whatever it was…"
    )
