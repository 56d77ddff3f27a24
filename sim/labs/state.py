"""Labs at the start, what their product market remembers, and their accounts of a quarter."""

from __future__ import annotations

from dataclasses import dataclass

from sim.arrays import Array, Index, ratio
from sim.labs.growth import Wanted
from sim.labs.tokens import Sale


@dataclass(frozen=True)
class LabStatement:
    """A quarter's accounts of the labs, musd, (worlds, labs) each; runway in quarters.

    funding: all that is paid in, line (what investors or a house top up) included; unpaid: what creditors lost.
    compute: bills for rented capacity; charges: for leaving a cloud or a commitment; other: whatever else the ledger
    moved; serving_income: revenue less staff and the part of compute that served; burn: what flowed out before funding,
    0 if it flowed in."""

    revenue: Array
    compute: Array
    charges: Array
    porting: Array
    back_end: Array
    staff: Array
    other: Array
    funding: Array
    cloud_funding: Array
    line: Array
    unpaid: Array
    free_cash_flow: Array
    serving_income: Array
    cash: Array
    runway: Array


@dataclass(frozen=True)
class LabStart:
    """Labs at the start, (labs,) unless said. h100e (worlds, labs) in use; tokens (worlds, labs) trillions a quarter;
    constant (worlds, labs) utils; efficiency (worlds, labs) of the chips in use; own_training (worlds, labs) H100e of
    its house's fleet; excess_growth (2, labs): what its compute and its revenue grew by over all labs', log a year."""

    h100e: Array
    training_share: Array
    small_share: Array
    price: Array
    revenue: Array
    cash: Array
    funding: Array
    capability: Array
    partner: Index
    region: Index
    own_fleet: Array
    tokens: Array
    constant: Array
    efficiency: Array
    own_training: Array
    excess_growth: Array

    @property
    def serving_h100e(self) -> Array:
        """Compute that serves customers at the start: (worlds, labs)."""
        return self.h100e * (1.0 - self.training_share)

    @property
    def training_h100e(self) -> Array:
        """Compute that trains at the start, the house's own fleet included: (worlds, labs)."""
        return self.h100e * self.training_share + self.own_training

    @property
    def weight(self) -> Array:
        """Shares of the labs in tokens: (worlds, labs)."""
        return ratio(self.tokens, self.tokens.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class LabState:
    """What the product market remembers, (worlds, labs) unless said.

    stock: K; frontier (worlds,): K that buyers know; small: share of research that has gone to small models; progress
    (worlds,) software gains per token; growth (worlds,) of compute that serves the market at cost-following prices,
    cost (worlds,) of a token over its start; asked: tokens asked for over the lab's part of the market; efficiency of
    the chips in use over the start; price and sale of last quarter; cash musd; new_revenue musd a year,
    as investors see it; barred: quarters left in which nobody signs with a lab that defaulted; wanted: by customers,
    over the market for all (sim/labs/growth.py)."""

    stock: Array
    frontier: Array
    small: Array
    progress: Array
    growth: Array
    cost: Array
    asked: Array
    efficiency: Array
    price: Array
    cash: Array
    shadow_price: Array
    new_revenue: Array
    barred: Array
    wanted: Wanted
    sale: Sale | None = None
    serving_h100e: Array | None = None
    training_h100e: Array | None = None
    statement: LabStatement | None = None

    @property
    def residual(self) -> Array:
        """Residual of clearing in the last quarter's market for tokens: (worlds,)."""
        assert self.sale is not None
        return self.sale.residual
