"""How owners of capacity price and build."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agents.strategies import cloud_deals
from agents.strategies.registry import strategy
from sim.arrays import Array, ratio
from sim.contract import CloudBriefing, CloudDecision, PublicBriefing
from sim.supply import capacity, make_or_buy, prices


@strategy("build-to-demand", "cloud", default=True, cites=("sterman1989",))
class BuildToDemand:
    """Price at a mark-up on long-run cost, adjusted by use; order what demand at cost-based prices calls for, anchored
    on growth."""

    def decide(self, own: CloudBriefing, market: PublicBriefing) -> CloudDecision:
        """Prices for now, orders for later."""
        mine = {"price_usd_per_h100e_hour": self.price(own), "order_mw": self.order_mw(own)}
        return replace(own.usual(), **mine, deal_accept=cloud_deals.accepted(own))

    def price(self, own: CloudBriefing) -> Array:
        """Part of the way to the target price, raised when nearly sold out and cut when idle, never below cash cost."""
        h = own.habits
        target = own.long_run_cost_usd * (1.0 + prices.aimed_markup(own.start_markup, own.captive_share, h))
        in_service = own.installed_h100e > 0.0  # what is not sold yet is under no pressure
        booked = np.where(in_service, own.booked_share, h.target_utilisation[:, None])
        scarce = np.where(in_service, own.shadow_price, 0.0)
        pressure = prices.pressure(
            booked,
            h.target_utilisation[:, None],
            h.utilisation_response[:, None],
            scarce,
            h.scarcity_response[:, None],
        )
        posted = own.price_usd_per_h100e_hour
        rented = posted > 0.0
        now = np.where(rented, posted, target)
        return prices.adjust(
            now, target, h.price_adjustment[:, None], pressure, h.price_change_limit[:, None], own.cash_cost_usd
        )

    def order_mw(self, own: CloudBriefing) -> Array:
        """Orders by pool within powered sites and the capital budget, split by what chips earn per unit of what is
        short where one of them is the owner's own design."""
        return within_limits(own, made_or_bought(own, needed_h100e(own) * own.mw_per_h100e))


def made_or_bought(own: CloudBriefing, need_mw: Array) -> Array:
    """What is needed at the core, split between the owner's own chip and bought ones; the sum in MW stays. As needed
    where there is nothing to choose between."""
    core = ~own.edge
    if not ((own.own_design & core).any() and (~own.own_design & core).any()):
        return need_mw
    h, wanted = own.habits, need_mw * core
    price = np.where(own.price_usd_per_h100e_hour > 0.0, own.price_usd_per_h100e_hour, own.long_run_cost_usd)
    earned = make_or_buy.net_rent(price, own.cash_cost_usd, h.target_utilisation)
    earned = earned * np.where(own.own_design, own.own_chip_value[:, None], 1.0)
    units = make_or_buy.Units(own.capex_musd_per_h100e, own.mw_per_h100e, own.wafers_per_h100e)
    by_power, by_money = left_by_limits(own, wanted)
    value = make_or_buy.log_value(earned, units, make_or_buy.short(by_money, by_power, own.foundry_left))
    return np.where(core, make_or_buy.split(wanted, value, h.order_split_sensitivity), need_mw)


def needed_h100e(own: CloudBriefing) -> Array:
    """Orders that close the gap to the target stock, anchored on losses and expected growth: (worlds, own pools), never
    below 0. Stock, target and line of the market: what is signed in deals is ordered apart."""
    h, stock = own.habits, np.maximum(own.installed_h100e - own.deal_live_h100e, 0.0)
    losses = own.retiring_h100e + own.expected_growth * stock
    line_target = own.lead_quarters[:, None] * losses
    need = capacity.order_rule(
        stock,
        own.target_stock_h100e,
        np.maximum(own.line_h100e - own.deal_line_h100e, 0.0),
        line_target,
        losses,
        h.stock_adjustment[:, None],
        h.supply_line_weight[:, None],
    )
    return np.maximum(need, 0.0)


def within_limits(own: CloudBriefing, wanted_mw: Array) -> Array:
    """Orders cut, all core pools alike, to the power that will be free at arrival and to the capital budget; the edge
    needs neither."""
    core = np.where(own.edge, 0.0, wanted_mw)
    by_power, by_money = left_by_limits(own, core)
    limit = np.where(core.sum(axis=1) > 0.0, np.minimum(by_power, by_money), 1.0)
    return np.where(own.edge, wanted_mw, core * limit[:, None])


def left_by_limits(own: CloudBriefing, core_mw: Array) -> tuple[Array, Array]:
    """The part of orders at the core that power leaves, and that money does: (worlds,) each, 1 where nothing is
    wanted."""
    money, wanted = (core_mw * ratio(own.capex_musd_per_h100e, own.mw_per_h100e)).sum(axis=1), core_mw.sum(axis=1)
    by_power, by_money = np.minimum(1.0, ratio(own.room_mw, wanted)), np.minimum(1.0, ratio(own.budget_musd, money))
    some = wanted > 0.0
    return np.where(some, by_power, 1.0), np.where(some, by_money, 1.0)
