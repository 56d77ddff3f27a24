"""Changes that must not matter, in their shipped form; and that a change that does matter is seen."""

from __future__ import annotations

import pytest

import sim.declarations
import sim.roster
from experiments.theory import metamorphic
from experiments.theory.metamorphic import METAMORPHOSES, base, errors, largest, other_tables, play, rewrite, scaled

QUICK = [one for one in METAMORPHOSES if one.name != "one of a thousand"]
FIRST = "order of all tables"
"""The one that is tried after every change; the others are parts of it, or larger."""


@pytest.mark.parametrize(
    "one", [pytest.param(one, id=one.name, marks=() if one.name == FIRST else pytest.mark.whole) for one in QUICK]
)
def test_a_change_that_must_not_matter_does_not(one: metamorphic.Metamorphosis) -> None:
    assert one.error() <= one.tolerance


@pytest.mark.slow
def test_one_world_of_a_thousand_is_that_world_alone() -> None:
    assert metamorphic.one_of_many() == 0.0


@pytest.mark.whole
def test_a_change_that_matters_is_seen_and_undone() -> None:
    """Trainium starts with twice the stock: shares move; afterwards the model reads its own tables again."""
    before, tables = play(base()), sim.roster.DATA
    with other_tables() as data:
        assert tables != data
        rewrite(data / "installed.csv", lambda rows: [_doubled(row) for row in rows])
        assert errors(before, play(base()))["trainium_share_used"] > 0.1
    assert tables == sim.roster.DATA
    assert largest(before, play(base())) == 0.0


def _doubled(row: dict[str, str]) -> dict[str, str]:
    return scaled("h100e", 2.0)([row])[0] if row["family"] == "trainium" else row


@pytest.mark.whole
def test_declarations_are_as_they_were_after_a_change_of_currency() -> None:
    before = sim.declarations.DECLARATIONS
    metamorphic.another_currency(2.0)
    assert sim.declarations.DECLARATIONS is before
