"""Kinds of cloud that differ from the default in what they look at: use alone, land, the locked-in, their own chip."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.strategies.cloud import BuildToDemand, needed_h100e, within_limits
from agents.strategies.registry import setting, strategy
from sim.arrays import Array, ratio
from sim.contract import CloudBriefing, CloudDecision, PublicBriefing


def posted(own: CloudBriefing) -> Array:
    """Last quarter's posted price, or long-run cost where nothing was posted: (worlds, own pools)."""
    return np.where(own.price_usd_per_h100e_hour > 0.0, own.price_usd_per_h100e_hour, own.long_run_cost_usd)


def moved(own: CloudBriefing, target: Array, speed: float = 1.0) -> Array:
    """From the posted price towards a target, within the usual limit a quarter, never below cash cost."""
    limit = own.habits.price_change_limit[:, None]
    change = np.clip(speed * np.log(np.maximum(target, own.cash_cost_usd) / posted(own)), -limit, limit)
    return np.maximum(posted(own) * np.exp(change), own.cash_cost_usd)


@strategy("follow-utilisation", "cloud", cites=("gallego1994",))
@dataclass(frozen=True)
class FollowUtilisation:
    """Raise the price when nearly sold out and cut it when idle, whatever capacity costs."""

    sensitivity: float = setting(1.2, 0.2, 3.0, "Change of log price per unit of use above target.")

    def decide(self, own: CloudBriefing, market: PublicBriefing) -> CloudDecision:
        """Cost plays no part above cash cost; orders as usual."""
        steady = BuildToDemand().decide(own, market)
        gap = np.where(own.installed_h100e > 0.0, own.booked_share - own.habits.target_utilisation[:, None], 0.0)
        return replace(steady, price_usd_per_h100e_hour=moved(own, posted(own) * np.exp(self.sensitivity * gap)))


@strategy("land-grab", "cloud", cites=("klemperer1995",))
@dataclass(frozen=True)
class LandGrab:
    """Sell below everybody, let customers leave freely, and order ahead of demand to have room for them."""

    below: float = setting(0.10, 0.02, 0.4, "How far below the others, share of the price.")
    ahead: float = setting(1.5, 1.1, 3.0, "Orders over what demand calls for.")

    def decide(self, own: CloudBriefing, market: PublicBriefing) -> CloudDecision:
        """A price a little under the cheaper of its own target and the market's mean of rivals' posted prices."""
        steady = BuildToDemand().decide(own, market)
        prices = market.price_usd_per_h100e_hour
        usual = ratio(prices.sum(axis=1), (prices > 0.0).sum(axis=1).astype(float))
        ceiling = np.minimum(posted(own), np.maximum(usual[:, None], own.long_run_cost_usd))
        order = within_limits(own, self.ahead * needed_h100e(own) * own.mw_per_h100e)
        free = np.zeros(len(own.room_mw))
        return replace(
            steady,
            price_usd_per_h100e_hour=moved(own, np.maximum(ceiling * (1.0 - self.below), own.long_run_cost_usd)),
            order_mw=order,
            exit_fee_years=free,
            commitment_discount=np.full_like(free, 0.05),
        )


@strategy("harvest", "cloud", cites=("farrell2007",))
@dataclass(frozen=True)
class Harvest:
    """Live off those who cannot leave: prices rise with the share that is committed beyond this quarter, fees with
    them; few orders."""

    premium: float = setting(0.35, 0.1, 1.0, "Rise of the target price when nobody can leave.")
    exit_fee_years: float = setting(0.25, 0.1, 0.5, "Exit fee in years of the bill.")
    order_share: float = setting(0.6, 0.2, 0.9, "Orders over the usual.")

    def decide(self, own: CloudBriefing, market: PublicBriefing) -> CloudDecision:
        """The mark-up follows how much of its book is not up for renewal."""
        steady = BuildToDemand().decide(own, market)
        held = 1.0 - ratio(own.expiring_h100e, own.committed_h100e)
        target = steady.price_usd_per_h100e_hour * (
            1.0 + self.premium * np.where(own.committed_h100e > 0.0, held, 0.0) * 0.3
        )
        worlds = len(own.room_mw)
        return replace(
            steady,
            price_usd_per_h100e_hour=moved(own, target),
            order_mw=self.order_share * steady.order_mw,
            exit_fee_years=np.full(worlds, self.exit_fee_years),
            commitment_discount=np.full(worlds, 0.30),
        )


@strategy("own-silicon-first", "cloud", cites=("williamson1985",))
@dataclass(frozen=True)
class OwnSiliconFirst:
    """Put orders and price behind the chip of one's own: orders are split as if it earned more than it does."""

    discount: float = setting(0.12, 0.04, 0.4, "Push of the own chip's price below the usual.")
    weight: float = setting(3.0, 1.5, 10.0, "What the own chip counts for in orders, over the usual.")
    kit_factor: float = setting(3.0, 1.5, 10.0, "Spending on porting kits over the usual.")

    def decide(self, own: CloudBriefing, market: PublicBriefing) -> CloudDecision:
        """The usual split of orders with a heavier own chip; its price below, porting kits for those who come."""
        if not (own.own_design & ~own.edge).any():
            return BuildToDemand().decide(own, market)
        steady = BuildToDemand().decide(replace(own, own_chip_value=self.weight * own.own_chip_value), market)
        price = np.where(
            own.own_design,
            steady.price_usd_per_h100e_hour * (1.0 - 0.25 * self.discount),
            steady.price_usd_per_h100e_hour,
        )
        return replace(
            steady,
            price_usd_per_h100e_hour=np.maximum(price, own.cash_cost_usd),
            porting_kit_musd=self.kit_factor * own.porting_kit_musd,
        )
