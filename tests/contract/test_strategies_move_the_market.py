"""Every kind of strategy moves the market, in pairs of worlds that share their draws."""

from __future__ import annotations

import pytest

from agents.roster import cast
from agents.strategies import known
from agents.strategies.registry import FactSheet
from experiments import scenarios
from experiments.bots.payoffs import SEATS
from experiments.stats import estimate
from sim import objectives
from sim.game import Game
from sim.records import Records

WORLDS = {"cloud": 24, "vendor": 24, "lab": 48, "regulator": 96}
"""Few cases end in a remedy, as few did on record, so that regulators are seen in many worlds only."""
QUARTERS = {"cloud": 6, "vendor": 8, "lab": 12, "regulator": 20}
"""What a lab signs begins four to eight quarters later."""
MARKET = (
    "trainium_share_used", "nvidia_share_used", "price_usd_per_h100e_hour", "utilisation", "hhi_cloud", "hhi_silicon",
    "switching_spend_musd",
    "cost_of_compute_index",
)  # fmt: skip
KINDS = [sheet for sheet in known() if sheet.role in SEATS and not sheet.default and not sheet.grade]
_defaults: dict[tuple[str, str], Records] = {}


def played(role: str, strategies: dict[str, str], scenario: str) -> Records:
    game = Game(scenarios.load(scenario), cast(strategies), worlds=WORLDS[role], quarters=QUARTERS[role], seed=11)
    try:
        return game.run()
    finally:
        game.close()


@pytest.mark.slow
@pytest.mark.parametrize("sheet", KINDS, ids=lambda sheet: sheet.name)
def test_it_moves_the_market(sheet: FactSheet) -> None:
    """Some figure of the market, or what the seat is there for, differs from the default's beyond chance at 99 %.

    Regulators act together, and letting rules rest moves something only where law dates rules."""
    party, scenario = SEATS[sheet.role][0], "switching-charges-banned" if sheet.name == "hands-off" else "baseline"
    seats = dict.fromkeys(("ftc", "ec", "cma") if sheet.role == "regulator" else (party,), sheet.name)
    if (sheet.role, scenario) not in _defaults:
        _defaults[sheet.role, scenario] = played(sheet.role, {}, scenario)
    base, moved = _defaults[sheet.role, scenario], played(sheet.role, seats, scenario)
    effects = {name: moved.metric(name)[:, -1] - base.metric(name)[:, -1] for name in MARKET}
    effects["objective"] = objectives.objective(moved, sheet.role, party) - objectives.objective(
        base, sheet.role, party
    )
    found = {name: estimate(effect, 0.99) for name, effect in effects.items()}
    clear = [name for name, one in found.items() if one.low > 0.0 or one.high < 0.0]
    assert clear, {name: (one.mean, one.low, one.high) for name, one in found.items()}
