"""The price of a deal: what capacity costs, and a part of what it is worth to the lab beyond that.

    price = c + tau (v - c), signed where v > c

v is what the lab would pay by its own choice model: the posted price times exp(gain / alpha), where the gain of having
the offer over what it would do without it, in utils, becomes money by its own price sensitivity. It is at most the
posted price times exp(shadow price / alpha): for that anybody can have it. The discount on the quote is an outcome.

What suits a lab best goes there first. With G the gain in which tastes are left out, the part u of its demand that
likes the offer best gains G + ln((1 - u) / u) at its margin: nothing where u is the part that the lab would choose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, Index, Mask


@dataclass(frozen=True)
class Struck:
    """A deal as it would be struck: price USD per H100e-hour, and whether both gain. Shapes as they were given."""

    price: Array
    both_gain: Mask


def worth(posted: Array, gain: Array, shadow_price: Array, sensitivity: Array) -> Array:
    """The most that a lab would pay, USD per H100e-hour. posted: price of the quote; gain: utility of the offer at that
    price, less what coming costs, over the expected utility of the other offers and of waiting, with what tastes add;
    shadow_price of the pool, both in utils; sensitivity: alpha of the lab. Shapes broadcast."""
    return np.asarray(posted * np.exp(np.minimum(gain, shadow_price) / sensitivity))


def taste(first: Array, last: Array) -> Array:
    """What tastes add to the gain of a slice of a lab's demand, from the part `first` to `last`, liked best first: the
    mean of ln((1 - u) / u), which is the rise of -u ln u - (1 - u) ln(1 - u) over the slice. utils; 0 for no slice.
    Shapes broadcast."""
    rise = _entropy(last) - _entropy(first)
    return np.asarray(np.where(last > first, rise / np.where(last > first, last - first, 1.0), 0.0))


def _entropy(part: Array) -> Array:
    inside = np.clip(part, 1e-12, 1.0 - 1e-12)
    return np.asarray(-inside * np.log(inside) - (1.0 - inside) * np.log1p(-inside))


def strike(cost: Array, value: Array, surplus_share: Array) -> Struck:
    """Price between what capacity costs its owner and what it is worth to the lab; surplus_share: the owner's part of
    the gain. Where there is no gain the price is the cost. Shapes broadcast."""
    gain = np.maximum(value - cost, 0.0)
    return Struck(np.asarray(cost + surplus_share * gain), np.asarray(value > cost))


@dataclass(frozen=True)
class Alternatives:
    """What buyers have besides an offer. exponentials (worlds, offers, ...): exp((V - cost) / lambda); scale (worlds,
    offers): lambda; nest (offers,): nest of each; worth: S^lambda of each nest with all its offers, by number."""

    exponentials: Array
    scale: Array
    nest: Index
    worth: Mapping[int, Array]

    @classmethod
    def of(cls, exponentials: Array, scale: Array, nest: Index) -> Alternatives:
        """Each nest is added up once, however many offers are asked about."""
        members = {number: np.flatnonzero(nest == number) for number in sorted(set(nest.tolist()))}
        return cls(
            exponentials, scale, nest, {number: _nest(exponentials, scale, one) for number, one in members.items()}
        )

    def without(self, offer: int) -> Array:
        """Expected utility of all offers but one and of waiting: ln(1 + sum over nests of S^lambda)."""
        total, own = np.ones_like(self.exponentials[:, 0]), self.nest[offer]
        for number, worth in self.worth.items():
            if number != own:
                total += worth
                continue
            others = np.flatnonzero(self.nest == number)
            if len(others) > 1:
                total += _nest(self.exponentials, self.scale, others[others != offer])
        return np.asarray(np.log(total))


def _nest(exponentials: Array, scale: Array, offers: Index) -> Array:
    """S^lambda of a nest with these offers."""
    inside = exponentials[:, offers].sum(axis=1)
    size = scale[:, offers[0]].reshape(-1, *([1] * (inside.ndim - 1)))
    return np.asarray(np.exp(size * np.log(np.maximum(inside, 1e-300))))
