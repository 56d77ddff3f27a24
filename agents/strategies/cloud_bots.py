"""Bots for owners of capacity: a novice with the usual beginner's mistakes, and a skilled one tuned offline."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.strategies.cloud import BuildToDemand, needed_h100e, within_limits
from agents.strategies.registry import strategy, tuned
from sim.arrays import Array
from sim.contract import CloudBriefing, CloudDecision, PublicBriefing


@strategy("novice-cloud", "cloud", grade="novice", cites=("sterman1989",))
class NoviceCloud:
    """Sell at cost plus a little, whatever the market would pay, and order as if nothing were on the way already."""

    markup = 0.10
    step = 0.15

    def decide(self, own: CloudBriefing, market: PublicBriefing) -> CloudDecision:
        """Two beginner's mistakes: a price that does not look at demand, and a supply line that is out of sight."""
        blind = replace(own, line_h100e=np.zeros_like(own.line_h100e))
        order = within_limits(own, needed_h100e(blind) * own.mw_per_h100e)
        aim = np.maximum(own.long_run_cost_usd * (1.0 + self.markup), own.cash_cost_usd)
        now = np.where(own.price_usd_per_h100e_hour > 0.0, own.price_usd_per_h100e_hour, aim)
        price = np.maximum(np.clip(aim, now * (1.0 - self.step), now * (1.0 + self.step)), own.cash_cost_usd)
        return replace(own.usual(), price_usd_per_h100e_hour=price, order_mw=order)


@strategy("skilled-cloud", "cloud", grade="skilled", cites=("sterman1989", "hooke1961"))
@dataclass(frozen=True)
class SkilledCloud:
    """The steady rule with its mark-up, its answer to scarcity, its orders and its terms tuned offline on training
    scenarios."""

    price_level: float = tuned("cloud", "price_level", 0.0, -0.2, 0.2, "Lean of the price, logs a quarter.")
    price_scarcity: float = tuned("cloud", "price_scarcity", 0.0, 0.0, 0.3, "Lean per util of shadow price.")
    own_price_level: float = tuned("cloud", "own_price_level", 0.0, -0.15, 0.15, "The same for own chips.")
    order_level: float = tuned("cloud", "order_level", 0.0, -0.5, 0.5, "Log of orders over steady.")
    own_order_level: float = tuned("cloud", "own_order_level", 0.0, -0.5, 0.5, "The same for own chips.")
    order_margin: float = tuned("cloud", "order_margin", 0.0, -0.5, 0.5, "Log of orders per log of price over cost.")
    exit_fee_years: float = tuned("cloud", "exit_fee_years", 0.05, 0.0, 0.5, "Exit fee in years of the bill.")
    commitment_discount: float = tuned(
        "cloud", "commitment_discount", 0.17, 0.0, 0.35, "Discount of a year's commitment."
    )
    porting_kit_factor: float = tuned("cloud", "porting_kit_factor", 1.0, 0.0, 4.0, "Porting kits over the usual.")

    def decide(self, own: CloudBriefing, market: PublicBriefing) -> CloudDecision:
        """Prices for now, orders for later, from this quarter's briefing alone."""
        steady = BuildToDemand().decide(own, market)
        worlds = len(own.room_mw)
        return replace(
            steady,
            price_usd_per_h100e_hour=self._price(own, steady.price_usd_per_h100e_hour),
            order_mw=self._order(own, steady.order_mw),
            exit_fee_years=np.full(worlds, self.exit_fee_years),
            commitment_discount=np.full(worlds, self.commitment_discount),
            porting_kit_musd=self.porting_kit_factor * own.porting_kit_musd,
        )

    def _price(self, own: CloudBriefing, steady: Array) -> Array:
        """A lasting shift of the target would be undone by the rule's own adjustment, so each quarter leans towards
        it."""
        lean = self.price_level + self.price_scarcity * own.shadow_price + self.own_price_level * own.own_design
        limit = own.habits.price_change_limit[:, None]
        return np.maximum(steady * np.exp(np.clip(lean, -limit, limit)), own.cash_cost_usd)

    def _order(self, own: CloudBriefing, steady: Array) -> Array:
        margin = np.log(np.maximum(own.price_usd_per_h100e_hour, own.cash_cost_usd) / own.long_run_cost_usd)
        lean = self.order_level + self.own_order_level * own.own_design + self.order_margin * margin
        return within_limits(own, steady * np.exp(np.clip(lean, -2.0, 2.0)))
