"""The supply side of the small roster, laid out by hand: two worlds, seven pools, three families, core and edge."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from sim.supply.capacity import AGES, Fleet
from sim.supply.deals import Guarantee
from sim.supply.industry import QUEUE, Industry
from sim.supply.state import IndustryState
from sim.supply.technology import Production
from tests.small import row, small_parameters, small_roster

ROSTER = small_roster()
GPU, RIVAL, CHIP = range(3)
NORTH_GPU, NORTH_CHIP, SOUTH_GPU, SOUTH_RIVAL, HOUSE_GPU, EDGE_GPU, EDGE_CHIP = range(7)
"""Pools. Lines are families at the core, then at the edge."""
MADE = Production(
    h100e_per_wafer=row([10, 5, 20], [10, 5, 20]),
    h100e_per_chip=row([2, 1, 4], [2, 1, 4]),
    watts_per_h100e=row([850, 1700, 425], [850, 1700, 425]),
    cost_per_h100e=row([10e3, 8e3, 5e3], [10e3, 8e3, 5e3]),
    efficiency=np.ones((2, 3)),
    lean=np.zeros((2, 3)),
)
STOCK = row([100, 50, 200, 40, 500, 10, 0], [100, 50, 200, 40, 500, 10, 0])
"""At the start; 60 wafers a quarter were booked for the core then: 600 H100e of GPUs."""
FLOW = row([200, 0, 300, 0, 100, 0, 0], [200, 0, 300, 0, 100, 0, 0])


def industry(p: Any = None, **tables: Any) -> Industry:
    """Rules for a start without a known pipeline and without recent growth."""
    plain = {
        "given": np.zeros((0, 2, 7)),
        "flow": lambda: FLOW,
        "recent_growth": lambda: np.zeros(2),
        "stock": lambda quarter: STOCK,
    }
    start: Any = SimpleNamespace(
        tables=SimpleNamespace(**{**plain, **tables}),
        worlds=2,
        quarter=100,
        last_priced=102,
        made=lambda quarter, p: MADE,
        root=None,
        own_cost_factor=row([1, 1, 0.5], [1, 1, 0.5]),
    )
    return Industry(ROSTER, start, p or small_parameters())


def fleet(by_pool: np.ndarray, watts: float = 1000.0, age: int = 0) -> Fleet:
    """Everything of one age."""
    h100e = np.zeros((2, 7, AGES))
    h100e[..., age] = by_pool
    return Fleet(h100e, np.full_like(h100e, watts), np.ones_like(h100e))


def supply(**changes: Any) -> IndustryState:
    pools, families, lines = np.zeros((2, 7)), np.zeros((2, 3)), np.zeros((2, 6))
    plain: dict[str, Any] = {
        "fleet": fleet(pools),
        "arriving": pools,
        "arriving_watts": pools + 1000.0,
        "arriving_chips": pools + 0.5,
        "backlog": pools,
        "target": pools,
        "growth": pools,
        "queue": np.zeros((2, 6, QUEUE)),
        "inventory": lines,
        "order_flow": lines,
        "cumulative": families + 1e3,
        "priced": families + 1e3,
        "price": pools + 4.0,
        "chip_price": families + 20e3,
        "allocation": families,
        "deal": pools + 1.0,
        "guarantee": Guarantee.none(families + 20e3),
        "rebate": families,
        "design_progress": families,
        "booked_share": pools,
        "retired": pools,
    }
    return IndustryState(**{**plain, **changes})


def due(*wafers: float) -> np.ndarray:
    """A foundry queue with so many wafers due now, by line."""
    queue = np.zeros((2, 6, QUEUE))
    queue[..., 0] = wafers
    return queue


def produced(state: IndustryState, p: Any, level: Any = (1.0, 1.0), powered: Any = 1e9) -> Any:
    """After a quarter."""
    mw = np.broadcast_to(np.asarray(powered, dtype=float), (2, 3))
    return industry(p).produce(state, p, 1, np.asarray(level, dtype=float), mw)
