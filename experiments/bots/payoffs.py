"""What strategies earn: the declared objective of a seat, world by world, when named strategies hold seats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from agents.roster import parties, unknown_party
from agents.strategies import named
from experiments.batch import engine
from experiments.batch.engine import Cell, Keeps
from experiments.stats import finite_worlds
from sim import objectives
from sim.arrays import Array
from sim.metrics import METRICS
from sim.records import Records
from sim.roster import Roster, load_roster
from sim.scenario import Scenario

PLAYABLE = ("cloud", "vendor", "lab", "regulator")
SEATS = {
    "cloud": ("aws", "azure", "google"),
    "vendor": ("nvidia", "amd"),
    "lab": ("anthropic", "openai"),
    "regulator": ("ftc", "ec"),
}
"""Seats of each role on which strategies and bots are compared; the first is the default."""


@dataclass(frozen=True)
class Contest:
    """A game that is played for what a seat earns."""

    cell: Cell
    role: str
    party: str


def payoff(role: str, party: str, records: Records) -> Array:
    """The objective of a seat in each world, musd (worlds,); NaN in a world that has no figures somewhere."""
    whole = finite_worlds(*(records.metric(one.name) for one in METRICS))
    return np.where(whole, objectives.objective(records, role, party), np.nan)


def payoffs(contests: Sequence[Contest], workers: int = 1, keeps: Keeps | None = None) -> list[Array]:
    """What the seat of each contest earns in each world, musd (worlds,), in order, on one or more processes. keeps:
    where chunks are kept meanwhile."""
    asked = [(one.cell, partial(payoff, one.role, one.party)) for one in contests]
    return list(engine.all_played(asked, workers, keeps=keeps))


def role_of(roster: Roster, party: str) -> str:
    """The role of a party by name; InputError when it does not exist."""
    roles = {name: role for role, name, _ in parties(roster)}
    if party not in roles:
        raise unknown_party(roster, party)
    return roles[party]


def rivals(roster: Roster, role: str, party: str) -> tuple[str, ...]:
    """The other parties of a role that compete with a seat: clouds that rent out, merchant vendors, labs,
    regulators."""
    competing = {
        "cloud": tuple(name for name, is_cloud in zip(roster.owners, roster.is_cloud, strict=True) if is_cloud),
        "vendor": tuple(name for name, own in zip(roster.families, roster.family_is_own, strict=True) if not own),
        "lab": roster.labs,
        "regulator": roster.regulators,
    }
    return tuple(name for name in competing[role] if name != party)


def together(parts: Sequence[Array]) -> Array:
    """Payoffs of several contests as one sample of worlds."""
    return np.concatenate(parts)


def seats_of(
    scenario: Scenario, strategies: Mapping[str, str], where: str = "", beside: Path = Path()
) -> dict[str, str]:
    """Strategies by party from strategies by role or party: a role stands for all its parties that compete, but for
    those that are named themselves. beside: the folder from which a strategy's file is looked up.

    InputError for a name that is neither, or a strategy that the role does not have."""
    roster = load_roster(scenario.roster)
    roles = {name: role for role, name, _ in parties(roster)}
    found: dict[str, str] = {}
    for name, chosen in sorted(strategies.items(), key=lambda pair: pair[0] not in PLAYABLE):
        if name not in PLAYABLE and name not in roles:
            raise unknown_party(roster, name, where, "role or party", PLAYABLE)
        role = name if name in PLAYABLE else roles[name]
        chosen = named(chosen, role, where, beside)
        found |= dict.fromkeys(rivals(roster, role, "") if name in PLAYABLE else (name,), chosen)
    return found
