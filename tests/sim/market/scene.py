"""A quarter at the core of the small roster, laid out by hand: two worlds, five offers, six buyers."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.market import contracts
from sim.market.contracts import Book
from sim.market.fit import Fit
from sim.market.site import SiteMarket
from sim.market.state import Conditions, SiteState
from sim.market.traits import traits
from sim.parameters import Parameters
from tests.small import row, small_parameters, small_roster, small_rules

ROSTER = small_roster()
CORE, EDGE = ROSTER.sites
NORTH_GPU, SOUTH_GPU, SOUTH_RIVAL, NORTH_CHIP, DESK = range(5)
"""Offers; Desk is North's managed service."""
EXPERTS_HOME, USERS_HOME, TIED, EXPERTS_AWAY, USERS_AWAY, FREE = range(6)
STOCK = np.array([300.0, 100.0, 400.0, 50.0, 1000.0, 10.0, 0.0])
"""H100e of every pool at the start."""
OFFERS, BUYERS, POOLS = len(CORE.offers), len(CORE.buyers), len(CORE.pools)


def market(p: Parameters | None = None) -> SiteMarket:
    """The core."""
    return SiteMarket(CORE, ROSTER, traits(CORE, ROSTER), p or small_parameters())


def conditions(p: Parameters | None = None, **changes: Any) -> Conditions:
    """GPUs at 4, the chip at 2, South's GPU at 5 and rival at 3; a unit of each does the same work with good
    software."""
    p = p or small_parameters()
    price, families, owners = (
        row([4.0, 2.0, 5.0, 3.0], [4.0, 2.0, 5.0, 3.0]),
        (2, len(ROSTER.families)),
        (2, len(ROSTER.owners)),
    )
    plain: dict[str, Any] = {
        "p": p,
        "rules": small_rules(p),
        "price": price,
        "long_run_price": price,
        "capacity": np.full((2, POOLS), 1e6),
        "captive_wanted": np.zeros((2, POOLS)),
        "efficiency": np.ones(families),
        "fit": Fit(np.ones((*families, BUYERS)), np.ones(families)),
        "software_gap": np.zeros(families),
        "ecosystem": np.ones(families),
        "watts_per_h100e": np.full(families, 850.0),
        "exit_fee_years": np.zeros(owners),
        "short_premium": np.zeros(owners),
        "taste": np.zeros((2, OFFERS, BUYERS)),
        "available": np.ones((2, OFFERS), bool),
        "wanted": np.zeros((2, BUYERS)),
        "term": np.full((2, BUYERS), 4.0),
    }
    return Conditions(**{"usual_term": changes.get("term", plain["term"]), **plain, **changes})


def cohorts(*held: tuple[int, int, int, float, float], worlds: tuple[float, float] = (1.0, 1.0)) -> Book:
    """A book of (offer, buyer, quarters left, H100e, price), times a factor in each world."""
    capacity, price = np.zeros((2, OFFERS, BUYERS, contracts.TERMS)), np.zeros((2, OFFERS, BUYERS, contracts.TERMS))
    for offer, buyer, left, h100e, usd in held:
        capacity[:, offer, buyer, left - 1] += h100e * np.array(worlds)
        price[:, offer, buyer, left - 1] += h100e * np.array(worlds) * usd
    return Book(capacity, price)


def state(book: Book | None = None, **changes: Any) -> SiteState:
    """Nothing waits, nobody has ported, data lie evenly; managed service runs on GPUs and the chip by halves."""
    mix = np.zeros((2, 1, POOLS, contracts.TERMS))
    mix[:, :, :2] = 0.5
    one = np.ones((2, BUYERS))
    plain: dict[str, Any] = {
        "book": book or cohorts(),
        "managed_mix": mix,
        "waiting": np.zeros((2, BUYERS, CORE.incumbents)),
        "displaced": np.zeros((2, BUYERS, CORE.incumbents)),
        "ports": np.zeros((2, BUYERS, len(ROSTER.families))),
        "gravity": np.ones((2, BUYERS, len(ROSTER.owners))),
        "constants": np.zeros((2, OFFERS, BUYERS)),
        "shadow_price": np.zeros((2, POOLS)),
        "market_price": one,
        "felt_price": one,
        "start_price": one,
    }
    return SiteState(**{**plain, **changes})
