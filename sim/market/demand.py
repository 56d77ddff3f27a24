"""What buyers want: a spending path divided by the price of useful work, and the diffusion of edge demand.

wanted(t) = wanted(0) x spending index(t) x (P(t-1) / P(0))^elasticity x shocks, in H100e. Market elasticity acts here;
which offer serves the demand is decided by choice, and waiting a quarter is always an option there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, power, ratio
from sim.units import QUARTERS_PER_YEAR


def spending_growth(start: Array, long_run: Array, half_life_quarters: Array, quarter: int) -> Array:
    """Log growth of spending at constant prices in a quarter: fades from the start to the long run, (worlds,)."""
    left = power(0.5, (quarter - 1) / half_life_quarters)
    yearly = long_run + (start - long_run) * left
    return np.asarray(np.log1p(yearly) / QUARTERS_PER_YEAR)


def follow_price(felt: Array, price: Array, adaptation: Array) -> Array:
    """The price that budgets have taken in: moves a share of the way to the market's price, in logs. Shapes
    broadcast."""
    return felt * power(price / felt, adaptation)


def wanted(
    start: Array, spending_index: Array, price: Array, start_price: Array, elasticity: Array, shock: Array
) -> Array:
    """H100e wanted: (worlds, buyers). spending_index, elasticity (worlds,) or (worlds, 1); shock multiplies."""
    return start * spending_index * power(price / start_price, elasticity) * shock


def bass_step(adopted: Array, potential: Array, innovation: Array, imitation: Array) -> Array:
    """Bass diffusion over a quarter: N + (p + q N / m)(m - N) / 4, yearly p and q; never above the potential, never
    shrinking.

    Shapes broadcast (Bass 1969)."""
    new = (innovation + imitation * ratio(adopted, potential)) * (potential - adopted) / QUARTERS_PER_YEAR
    return adopted + np.maximum(new, 0.0)


def bass_curve(potential: Array, innovation: Array, imitation: Array, years: Array) -> Array:
    """The closed form of Bass diffusion from zero: m (1 - e^-(p+q)t) / (1 + (q/p) e^-(p+q)t). Shapes broadcast."""
    fading = np.exp(-(innovation + imitation) * years)
    return np.asarray(potential * (1.0 - fading) / (1.0 + imitation / innovation * fading))


def bass_peak(potential: Array, innovation: Array, imitation: Array) -> tuple[Array, Array, Array]:
    """Time (years), rate (a year) and cumulative adoption at the peak of a Bass diffusion."""
    together = innovation + imitation
    time = np.log(imitation / innovation) / together
    rate = potential * together**2 / (4.0 * imitation)
    return time, rate, potential * (imitation - innovation) / (2.0 * imitation)


@dataclass(frozen=True)
class Back:
    """Demand that comes back, by what it used or leans to: whose commitments have ended, or that waited. all (worlds,
    buyers, incumbents), ran the part of it that was in use: growth that waited was not."""

    all: Array
    ran: Array


@dataclass(frozen=True)
class Seekers:
    """Demand that chooses this quarter. mass (worlds, buyers, incumbents), returning the part of it that was in use,
    lately or before it waited: only that leaves something behind when it goes elsewhere. withdrawn (worlds, buyers):
    expired or waiting demand that is no longer wanted; surplus (worlds, buyers): committed beyond what is wanted."""

    mass: Array
    returning: Array
    withdrawn: Array
    surplus: Array


def seek(
    wanted_h100e: Array,
    live_use: Array,
    back: Back,
    live_mix: Array,
    greenfield_share: Array,
    tied_share: Array,
) -> Seekers:
    """Split what is wanted into committed use, returning demand and growth.

    wanted_h100e (worlds, buyers); live_use (worlds, buyers) use covered by live commitments; live_mix (worlds, buyers,
    offers) shares of the buyer's use; greenfield_share (worlds, 1); tied_share (worlds, buyers) part of new bookings
    owed to an investor cloud. Growth of an existing buyer starts from its live mix; a greenfield buyer starts from
    nothing."""
    need = np.maximum(wanted_h100e - live_use, 0.0)
    returning = back.all.sum(axis=2)
    kept = np.minimum(need, returning)
    part = ratio(kept, returning)[..., None]
    mass, staying = back.all * part, back.ran * part * (1.0 - tied_share)[..., None]
    growth = need - kept
    no_mix = live_mix.sum(axis=2) <= 0.0
    fresh = np.where(no_mix, growth, growth * greenfield_share)
    offers = live_mix.shape[2]
    mass[..., :offers] += live_mix * (growth - fresh)[..., None]
    mass[..., offers] += fresh
    tied = mass.sum(axis=2) * tied_share
    mass = mass * (1.0 - tied_share)[..., None]
    mass[..., offers + 1] += tied
    return Seekers(mass, staying, returning - kept, np.maximum(live_use - wanted_h100e, 0.0))
