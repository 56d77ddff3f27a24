"""Entry in random logit markets, by the solver with which clouds set prices: what more firms do (S30)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.equilibrium import welfare
from sim.equilibrium.competition import Market, Prices, equilibrium
from sim.streams import Streams

FEW, MANY = 4, 6


@dataclass(frozen=True)
class Outcome:
    """Mean mark-up, Herfindahl index, consumer surplus at these prices, and with all offers at the prices that few
    would ask, (markets,) each."""

    markup: Array
    hhi: Array
    surplus: Array
    variety: Array


def markets(count: int, seed: int = 1) -> tuple[Outcome, Outcome]:
    """The same random markets with four and with six firms; quality and cost of a firm are drawn by its name."""
    streams = Streams(seed, 0, count)
    drawn = [streams.at("theory", f"entry/firm-{k}", 0).normal(2) for k in range(MANY)]
    quality = np.stack([2.0 + 0.5 * one[:, 0] for one in drawn], axis=1)
    cost = np.stack([np.exp(0.2 * one[:, 1]) for one in drawn], axis=1)
    few, many = (
        Market(quality[:, :n], cost[:, :n], np.full(count, 2.0), np.arange(n), np.ones(count)) for n in (FEW, MANY)
    )
    found_few, found_many = equilibrium(few), equilibrium(many)
    old = np.concatenate([found_few.price, found_many.price[:, FEW:]], axis=1)
    return _outcome(few, found_few, found_few.price), _outcome(many, found_many, old)


def _outcome(market: Market, found: Prices, old: Array) -> Outcome:
    weight = found.share / found.share.sum(axis=1, keepdims=True)
    return Outcome(
        (weight * (found.price - market.cost)).sum(axis=1),
        welfare.hhi(found.share),
        _surplus(market, found.price),
        _surplus(market, old),
    )


def _surplus(market: Market, price: Array) -> Array:
    """Logsum over price sensitivity, (markets,)."""
    return np.asarray(np.log(market.weight(price).sum(axis=1) + market.outside) / market.sensitivity)
