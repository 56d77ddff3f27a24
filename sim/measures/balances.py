"""What must balance in every world and quarter, measured and reported: chips and demand (money: sim/accounts/ledger.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.arrays import Array
from sim.errors import InputError
from sim.market.state import SiteOutcome
from sim.supply.industry import Made

if TYPE_CHECKING:
    from sim.game import Game


def chip_imbalance(game: Game, made: Made) -> Array:
    """Chips made or lost this quarter, relative to the stock, (worlds,): foundry output goes to owners, abroad or inventory;
    fleets change by what arrives and what retires."""
    given = made.output.sum(axis=1) - made.diverted.sum(axis=1) - made.delivered.sum(axis=1)
    stored = game.supply.inventory.sum(axis=1) - game.last_inventory.sum(axis=1)
    fleet = (
        made.installed.sum(axis=1)
        + made.retired.sum(axis=1)
        - game.last_installed.sum(axis=1)
        - game.last_arriving.sum(axis=1)
    )
    return (np.abs(given - stored) + np.abs(fleet)) / made.installed.sum(axis=1)


def demand_imbalance(game: Game, outcomes: tuple[SiteOutcome, ...]) -> Array:
    """Wanted less what live commitments cover and what seeks; seeking less what was signed and what waits. (worlds,), relative."""
    worst = np.zeros(game.streams.worlds)
    for outcome in outcomes:
        sought = outcome.seekers.mass.sum(axis=(1, 2))
        over = 1.0 + game.p.overcommitment
        placed = (outcome.signed.sum(axis=(1, 2)) + outcome.clearing.outside.sum(axis=(1, 2))) / over
        worst = np.maximum(worst, np.abs(sought - placed) / np.maximum(sought, 1.0))
    return worst


def everyone_is_seated(game: Game) -> None:
    """InputError when a party of the roster has no player."""
    roster = game.roster
    parties = {*roster.owners, *roster.families, *game.books.buyers, *roster.regulators}
    missing = sorted(parties - {player.name for player in game.players})
    if missing:
        raise InputError(
            f"nobody holds the seat of {', '.join(missing)}; every party of roster '{roster.name}' needs a player."
        )


def size_is_allowed(worlds: int, quarters: int, longest: int) -> None:
    """InputError for a game without worlds or quarters, or one longer than its noise is drawn for."""
    if worlds < 1:
        raise InputError(f"worlds = {worlds} is not allowed; give a whole number of at least 1.")
    if not 1 <= quarters <= longest:
        raise InputError(f"quarters = {quarters} is not allowed; give a whole number from 1 to {longest}.")
