"""What new capacity costs: chips and systems, sites, power and operations, and the price that would just cover them."""

from __future__ import annotations

from dataclasses import dataclass

from sim.arrays import Array, PerWorldPool
from sim.finance import annuity, falling_annuity
from sim.parameters import Parameters
from sim.roster import Roster
from sim.supply import capacity
from sim.supply.technology import Production
from sim.units import WATTS_PER_KW, WATTS_PER_MW

LEADING_WATTS = 850.0
"""IT watts per H100e of leading chips at the end of 2025 (generations.csv, B200-B300): operations cost scales with
power."""


@dataclass(frozen=True)
class Costs:
    """Cost-based figures of new capacity, (worlds, pools) unless said: capex_usd_per_h100e (system),
    site_usd_per_h100e, running_usd_per_h100e_hour, mw_per_h100e (site power), long_run_usd (per H100e-hour used),
    unit_cost (worlds, families), chip_price (worlds, pools)."""

    capex_usd_per_h100e: Array
    site_usd_per_h100e: Array
    running_usd_per_h100e_hour: Array
    mw_per_h100e: Array
    long_run_usd: Array


def costs(roster: Roster, p: Parameters, made: Production, chip_price: Array) -> Costs:
    """Costs of new capacity at the chips' prices, (worlds, pools)."""
    family = roster.pool_family
    watts = made.watts_per_h100e[:, family] * p.pue[:, None]
    factor = roster.numbers("owners", "capacity_cost_factor")[roster.pool_owner]
    capex = chip_price * (1.0 + p.accelerator_tariff[:, None]) * p.system_cost_factor[:, None] * factor
    site = watts * p.site_capex_musd_per_mw[:, None]  # musd per MW is USD per watt
    running = watts / WATTS_PER_KW * p.power_price_usd_per_kwh[:, None]
    running = running + p.operations_usd_per_h100e_hour[:, None] * made.watts_per_h100e[:, family] / LEADING_WATTS
    system_charge = falling_annuity(p.cost_of_capital, p.earnings_decline, p.retirement_quarters)[:, None]
    site_charge = annuity(p.cost_of_capital, p.site_life_quarters)[:, None]
    total = capacity.long_run_cost(capex, site, running, system_charge, site_charge, p.target_utilisation[:, None])
    return Costs(capex, site, running, mw_per_h100e(roster, p, made), total)


def mw_per_h100e(roster: Roster, p: Parameters, made: Production) -> PerWorldPool:
    """Site power that an H100e of a quarter's chips takes."""
    return made.watts_per_h100e[:, roster.pool_family] * p.pue[:, None] / WATTS_PER_MW
