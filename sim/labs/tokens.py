"""The market for tokens in a quarter: buyers choose among labs and doing without, and choice meets what labs can serve.

    V_sl = constant_l + b_s (ln K_l - ln K_ref) - a_s (ln(p_l / p_l(0)) - ln C) + appeal_s (small_l - small_l(0))

K is what training has built up, K_ref the frontier that buyers know, C the cost of serving a token over its start. The
outside option, open-weight models or doing without, moves with K_ref and C: progress of all alike favours nobody, and
moves no share. The mass that chooses grows as the spending path buys tokens. The same nested logit and the same shadow
prices as in the market for compute, with one nest a lab (McFadden 1978; Anderson, de Palma and Thisse 1992).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, ratio
from sim.equilibrium import choice, clearing
from sim.equilibrium.demand import Demand
from sim.parameters import Parameters
from sim.roster import Roster, column, numbers


@dataclass(frozen=True)
class TokenBuyers:
    """Who buys tokens: the segments of the roster and a rest. parties: who pays; weight (buyers,) adds up to 1."""

    names: tuple[str, ...]
    parties: tuple[str, ...]
    weight: Array
    price_factor: Array
    capability_factor: Array
    small_model_appeal: Array

    @classmethod
    def of(cls, roster: Roster) -> TokenBuyers:
        """From the roster's table. A payer that is no segment of the roster stands outside the modelled market."""
        rows = roster.tables["token_buyers"]
        paying = tuple(f"buyer:{party}" if party in roster.segments else "outside" for party in column(rows, "party"))
        weight = numbers(rows, "weight")
        return cls(
            column(rows, "buyer"),
            paying,
            weight / weight.sum(),
            numbers(rows, "price_factor"),
            numbers(rows, "capability_factor"),
            numbers(rows, "small_model_appeal"),
        )


@dataclass(frozen=True)
class Sale:
    """What came out of a quarter's market. asked (worlds, labs): tokens that would be bought if every lab could serve
    all; sold (worlds, labs, buyers); outside (worlds, buyers); shadow_price (worlds, labs) in utils; residual
    (worlds,)."""

    asked: Array
    sold: Array
    outside: Array
    shadow_price: Array
    residual: Array


def constants(tokens: Array, outside_share: Array) -> Array:
    """Constants that give the shares of the start: ln(s_l / s_outside); minus infinity for a lab that sells nothing.

    tokens (worlds, labs), outside_share (worlds,) -> (worlds, labs)."""
    total = tokens.sum(axis=1, keepdims=True)
    odds = ratio(tokens, total) * ((1.0 - outside_share) / outside_share)[:, None]
    sells = odds > 0.0
    return np.where(sells, np.log(np.where(sells, odds, 1.0)), np.where(np.isnan(odds), np.nan, -np.inf))


def utility(constant: Array, lead: Array, dearness: Array, small: Array, buyers: TokenBuyers, p: Parameters) -> Array:
    """Utility of each lab's product to each buyer: (worlds, labs, buyers).

    lead: ln K over the frontier; dearness: ln price over what following the cost of serving gives; small: share of
    research that went to small models over its start; (worlds, labs) each."""
    weight = p.capability_weight[:, None, None] * buyers.capability_factor
    sensitivity = p.token_price_sensitivity[:, None, None] * buyers.price_factor
    appeal = p.small_model_appeal[:, None, None] * buyers.small_model_appeal
    value = weight * lead[:, :, None] - sensitivity * dearness[:, :, None] + appeal * small[:, :, None]
    return np.asarray(constant[:, :, None] + value)


def sell(value: Array, mass: Array, capacity: Array, last_shadow_price: Array) -> Sale:
    """Buyers choose, and where a lab cannot serve all who ask, they try again elsewhere: shadow prices on labs.

    value (worlds, labs, buyers) utils; mass (worlds, buyers) and capacity (worlds, labs) in trillions of tokens."""
    worlds, labs, buyers = value.shape
    nests = choice.Nests.of(np.arange(labs))
    one_to_one = np.broadcast_to(np.eye(labs), (worlds, 1, labs, labs))
    asked = Demand.of(
        value,
        np.ones((*value.shape, 1)),
        mass[..., None],
        np.ascontiguousarray(one_to_one),
        np.ones((worlds, labs)),
        np.ones((worlds, buyers)),
        nests,
        ((0, slice(0, buyers)),),
    )
    free = clearing.quantity_at(asked, np.zeros((worlds, labs)), np.ones((worlds, labs, buyers)))
    cleared = clearing.clear(asked, capacity, last_shadow_price)
    return Sale(free, cleared.by_buyer, cleared.outside[..., 0], cleared.shadow_price, cleared.residual)
