"""What the supply side remembers, and what it did in a quarter."""

from __future__ import annotations

from dataclasses import dataclass

from sim.arrays import Array
from sim.supply.capacity import Fleet
from sim.supply.costs import Costs
from sim.supply.deals import Guarantee
from sim.supply.technology import Production


@dataclass(frozen=True)
class IndustryState:
    """Supply side at the start of a quarter. Pools (worlds, pools); lines are families at the core, then at the edge.

    arriving: made last quarter, installed this quarter, with its watts and chips per H100e; backlog, target H100e;
    growth a quarter; queue (worlds, lines, QUEUE) wafers booked; inventory, order_flow (worlds, lines) H100e;
    cumulative (worlds, families) H100e made, priced: the same when the tables' last prices were taken; price (worlds,
    pools); chip_price, rebate, design_progress (worlds, families); deal (worlds, pools): what an owner pays over the
    list price, but for what is guaranteed (sim/supply/deals.py). booked_share (worlds, pools): part of what is online
    that was committed or in own use; retired (worlds, pools): H100e taken out of service since the start."""

    fleet: Fleet
    arriving: Array
    arriving_watts: Array
    arriving_chips: Array
    backlog: Array
    target: Array
    growth: Array
    queue: Array
    inventory: Array
    order_flow: Array
    cumulative: Array
    priced: Array
    price: Array
    chip_price: Array
    allocation: Array
    deal: Array
    guarantee: Guarantee
    rebate: Array
    design_progress: Array
    booked_share: Array
    retired: Array


@dataclass(frozen=True)
class Made:
    """What the supply side did in a quarter. Pools: online, installed, delivered, retired (worlds, pools) H100e; lines:
    output, diverted (worlds, lines) H100e, wafers made; owners: powered_share (worlds, owners). deal (worlds, pools):
    what was paid for what was delivered, over the list price. scrapped (worlds, pools, AGES): of what retired, H100e
    that left before their life ended."""

    online: Array
    installed: Array
    delivered: Array
    retired: Array
    scrapped: Array
    cancelled: Array
    output: Array
    diverted: Array
    wafers: Array
    powered_share: Array
    deal: Array
    production: Production
    unit_cost: Array
    costs: Costs
