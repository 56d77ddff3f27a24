"""Briefings: what each player is shown before it decides. Lagged, private and public figures are put together here only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim import remedies
from sim.briefings.buyers import buyer_briefings
from sim.briefings.owners import cloud, owner_book
from sim.briefings.public import habits
from sim.briefings.regulators import regulator
from sim.briefings.vendors import line_book, vendor
from sim.parameters import Parameters
from sim.supply.industry import Made

if TYPE_CHECKING:
    from sim.game import Game


# --- all private briefings of a quarter ------------------------------------------------------------


def private(game: Game, p: Parameters, made: Made, rules: remedies.Rules) -> dict[tuple[str, str], Any]:
    """(role, name) -> briefing of every party."""
    roster, shared = game.roster, habits(p)
    owners, lines = owner_book(game, p, made, shared), line_book(game, p, rules, shared)
    shown: dict[tuple[str, str], Any] = {}
    for k, owner in enumerate(roster.owners):
        shown["cloud", owner] = cloud(k, game, owners, made, p)
    for f, family in enumerate(roster.families):
        shown["vendor", family] = vendor(f, game, lines, made, p)
    scheduled = remedies.docket(game.path.at(game.quarter + 1))
    for name, region in zip(roster.regulators, roster.regulator_region, strict=True):
        shown["regulator", name] = regulator(name, int(region), scheduled, game)
    shown.update(buyer_briefings(game, p, shared))
    return shown
