"""Games with a history inside: scenarios that have one, and worlds compared before and after the opening."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from experiments import scenarios
from sim.records import Records
from sim.scenario import Scenario
from tests.game.play import LIBRARY, differing, world_bytes

SEED = 11
FELL = "neocloud/graphcore/core"
"""The pool whose stock the tables have falling: deliveries cannot tell it."""


@cache
def free(name: str = "baseline") -> Scenario:
    """A scenario of the library whose worlds draw from declared ranges instead of an ensemble."""
    found = scenarios.files.load(name, LIBRARY)
    assert found.prelude is not None
    return replace(found, ensemble="", prelude=replace(found.prelude, ensemble=""))


def past_of(records: Records) -> Records:
    assert records.before is not None
    return records.before


def same_world(one: Records, other: Records, world: int) -> bool:
    """Before the opening and after it, bit for bit (cells may be called differently)."""
    return not any(
        set(differing(world_bytes(left, world), world_bytes(right, world))) - {"cell"}
        for left, right in ((one, other), (past_of(one), past_of(other)))
    )
