"""Capacity takes time: foundry bookings, deliveries, powered sites, retirement, and the rules by which orders are made.

Orders and bookings answer demand at cost-based long-run prices, capped in growth, never demand at the posted price:
posted prices ration demand back to capacity, and orders that follow them would keep shares stuck where capacity is.
Three stocks are told apart: delivered, online (powered), used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtri

from sim.arrays import Array, Index, power, ratio, read_only, total_by
from sim.units import HOURS_PER_QUARTER, WATTS_PER_MW

AGES = 25
"""Vintages are kept by age in quarters, 0..24."""


# --- orders -----------------------------------------------------------------------------------------------------------


def order_rule(
    stock: Array, target: Array, line: Array, target_line: Array, losses: Array, adjustment: Array, line_weight: Array
) -> Array:
    """Anchor and adjust (Sterman 1989): losses + alpha (K* - K) + alpha beta (SL* - SL). Shapes broadcast; may be
    negative.

    losses: what must be replaced, expected growth included. beta = 1 counts the whole supply line, people about a
    third."""
    return losses + adjustment * (target - stock) + adjustment * line_weight * (target_line - line)


def critical_adjustment(lead_time: Array) -> tuple[Array, Array]:
    """Largest alpha_K without explosion and without oscillation when the supply line is ignored (beta = 0).

    With delay d = L - 1: 2 cos(d pi / (2 d + 1)) and d^d / (d + 1)^(d + 1) (Levin and May 1976)."""
    delay = lead_time - 1.0
    explosion = 2.0 * np.cos(delay * np.pi / (2.0 * delay + 1.0))
    return explosion, power(delay, delay) / power(delay + 1.0, delay + 1.0)


def newsvendor(mean: Array, sd: Array, underage: Array, overage: Array) -> dict[str, Array]:
    """Capacity that balances lost sales against idle plant under normal demand: F(K*) = c_u / (c_u + c_o)."""
    critical = underage / (underage + overage)
    z = ndtri(critical)
    lost = sd * (np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi) - z * (1.0 - critical))
    capacity = mean + z * sd
    sales = mean - lost
    return {
        "critical_ratio": critical,
        "z": z,
        "K_star": capacity,
        "expected_sales": sales,
        "expected_lost_sales": lost,
        "expected_utilisation": sales / capacity,
    }


def long_run_target(live: Array, sought: Array, captive: Array, target_utilisation: Array) -> Array:
    """Stock that long-run demand calls for: (committed + sought at cost-based prices + own use) / target use, (worlds,
    pools)."""
    return (live + sought + captive) / target_utilisation[:, None]


def expect_growth(expected: Array, target: Array, last_target: Array, weight: Array, cap: Array) -> Array:
    """Smoothed growth of the target stock, between 0 and the cap: (worlds, pools), a quarter."""
    seen = np.log(np.maximum(target, 1.0) / np.maximum(last_target, 1.0))
    return np.clip(expected + weight[:, None] * (seen - expected), 0.0, cap[:, None])


# --- foundry ----------------------------------------------------------------------------------------------------------


def allocate_foundry(bookings: Array, prepaid_share: Array, capacity: Array) -> Array:
    """Wafers made of each line's booking when together they exceed capacity: prepaid first, the rest pro rata.

    bookings, prepaid_share (worlds, lines); capacity (worlds,). What is made never exceeds capacity."""
    prepaid = bookings * prepaid_share
    first = np.minimum(1.0, ratio(capacity, prepaid.sum(axis=1)))
    made = prepaid * first[:, None]
    rest = bookings - prepaid
    room = np.maximum(capacity - made.sum(axis=1), 0.0)
    second = np.minimum(1.0, ratio(room, rest.sum(axis=1)))
    return made + rest * second[:, None]


def booking_rule(
    order_flow: Array,
    growth: Array,
    lead: Array,
    backlog: Array,
    inventory: Array,
    h100e_per_wafer: Array,
    last: Array,
    cap: Array,
) -> Array:
    """Wafers booked for the quarter `lead` ahead: expected orders, corrected for backlog and inventory, capped in
    growth.

    Anchor and adjust: orders x (1 + g)^lead, plus half of the backlog beyond half a quarter's orders, less a quarter of
    the inventory beyond a tenth of them; never below half of the last booking (lines are not closed for a lull). All
    (worlds, lines), h100e_per_wafer expected at arrival; a booking is paid for whether it is used or not. The cap is on
    growth over the last booking or the wafers of recent orders, whichever is more."""
    expected = order_flow * power(1.0 + growth, lead)
    correction = 0.5 * np.maximum(backlog - 0.5 * order_flow, 0.0) - 0.25 * np.maximum(
        inventory - 0.1 * order_flow, 0.0
    )
    wanted = np.maximum(expected + correction, 0.0) / h100e_per_wafer
    highest = np.maximum(last, order_flow / h100e_per_wafer) * (1.0 + cap)
    return np.clip(wanted, 0.5 * last, highest)


def deliver(backlog: Array, available: Array, pool_line: Index, priority: Array) -> Array:
    """Chips handed to each pool's backlog from what its line has: pro rata to backlog x priority. (worlds, pools),
    H100e.

    backlog, priority (worlds, pools); available (worlds, lines). Never more than the backlog nor than what there is."""
    weighted = backlog * priority
    total = total_by(weighted, pool_line, available.shape[1])
    offered = available[:, pool_line] * ratio(weighted, total[:, pool_line])
    given = np.minimum(offered, backlog)
    left = np.maximum(available - total_by(given, pool_line, available.shape[1]), 0.0)
    unmet = backlog - given
    again = left[:, pool_line] * ratio(unmet, total_by(unmet, pool_line, available.shape[1])[:, pool_line])
    return given + np.minimum(again, unmet)


# --- stocks -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fleet:
    """Installed capacity by age: h100e (worlds, pools, AGES), with the watts per H100e (IT) and chips per H100e of each
    vintage."""

    h100e: Array
    watts_per_h100e: Array
    chips_per_h100e: Array

    def total(self) -> Array:
        """Installed H100e: (worlds, pools), not to be written to."""
        return self._total

    def chips(self) -> Array:
        """Installed chips: (worlds, pools)."""
        return (self.h100e * self.chips_per_h100e).sum(axis=2)

    def it_mw(self) -> Array:
        """IT power of all installed capacity: (worlds, pools), not to be written to."""
        return self._it_mw

    @cached_property
    def _total(self) -> Array:
        return read_only(self.h100e.sum(axis=2))

    @cached_property
    def _it_mw(self) -> Array:
        return read_only((self.h100e * self.watts_per_h100e).sum(axis=2) / WATTS_PER_MW)

    def age(self, arriving: Array, watts_per_h100e: Array, chips_per_h100e: Array, life: Array) -> tuple[Fleet, Array]:
        """A quarter later: everything a quarter older, what passed its life retired, deliveries installed.

        arriving and the attributes of what arrives (worlds, pools); life (worlds,) whole quarters. Returns the fleet
        and the retired H100e (worlds, pools)."""
        older = _older(self.h100e)
        old = np.arange(AGES) >= np.rint(life)[:, None]
        retired = self.h100e[..., -1] + np.where(old[:, None], older, 0.0).sum(axis=2)
        kept = np.where(old[:, None], 0.0, older)
        kept[..., 0] = arriving
        watts, chips = _older(self.watts_per_h100e), _older(self.chips_per_h100e)
        watts[..., 0], chips[..., 0] = watts_per_h100e, chips_per_h100e
        return Fleet(kept, watts, chips), retired

    def retiring(self, life: Array, ahead: Array) -> Array:
        """H100e that will reach their life within `ahead` quarters, per quarter: (worlds, pools). life, ahead
        (worlds,)."""
        left = np.rint(life)[:, None] - np.arange(AGES)
        soon = (left > 0.0) & (left <= np.rint(ahead)[:, None])
        return np.asarray(np.where(soon[:, None], self.h100e, 0.0).sum(axis=2) / np.rint(ahead)[:, None])


def _older(vintages: Array) -> Array:
    moved = np.empty_like(vintages)
    moved[..., 1:] = vintages[..., :-1]
    moved[..., 0] = 0.0
    return moved


def powered_share(needed_mw: Array, powered_mw: Array) -> Array:
    """Part of an owner's installed capacity that its sites can power: at most 1. (worlds, owners)."""
    return np.minimum(1.0, np.where(needed_mw > 0.0, powered_mw / np.where(needed_mw > 0.0, needed_mw, 1.0), 1.0))


# --- costs ------------------------------------------------------------------------------------------------------------


def long_run_cost(
    system_usd_per_h100e: Array,
    site_usd_per_h100e: Array,
    running_usd_per_h100e_hour: Array,
    capital_charge: Array,
    site_charge: Array,
    target_utilisation: Array,
) -> Array:
    """Cost-based price per H100e-hour used: capital charges spread over used hours plus running cost. Shapes broadcast.

    capital_charge, site_charge: per-quarter annuities of one dollar of system and of site."""
    capital = system_usd_per_h100e * capital_charge + site_usd_per_h100e * site_charge
    return (capital / HOURS_PER_QUARTER + running_usd_per_h100e_hour) / target_utilisation
