"""How well a chip fits what a buyer does with it.

A chip does so much useful work in training and so much in serving, relative to its peak. For a buyer that serves with a
part phi of its compute it does

    e_train^(1 - phi) e_serve^phi = (e_train e_serve)^(1/2) exp((phi - 1/2) ln(e_serve / e_train)):

the even mean of the two times a fit, which is 1 where both are alike. A lab's phi is what it does not train with; all
others share a path, on which serving takes over from training and tuning, and so do managed services, which hold their
compute.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, PerWorld
from sim.axes import Site
from sim.parameters import Parameters
from sim.quarters import ordinal

EVEN = 0.5
PATH_START, PATH_QUARTERS = ordinal("2025Q4"), 20.0
"""Where the path of serving begins, and how long it rises: dates, so that it goes on where history ends."""


@dataclass(frozen=True)
class Fit:
    """Work of a chip over its even mean: buyers (worlds, families, buyers), services (worlds, families)."""

    buyers: Array
    services: Array

    @classmethod
    def of(cls, site: Site, lean: Array, training: Array, quarter: int, p: Parameters) -> Fit:
        """lean (worlds, families): ln of serving over training efficiency of chips now made; training (worlds, labs):
        share of a lab's compute; quarter an ordinal."""
        path = serving_share(quarter, p)
        served = np.where(site.buyer_lab >= 0, 1.0 - training[:, site.buyer_lab], path[:, None])
        return cls(_over_even(lean[:, :, None], served[:, None]), _over_even(lean, path[:, None]))


def serving_share(quarter: int, p: Parameters) -> PerWorld:
    """Part of the compute of segments and services that serves rather than trains, in a quarter (an ordinal): as at
    the start until the path begins, (worlds,)."""
    part = float(np.clip((quarter - PATH_START) / PATH_QUARTERS, 0.0, 1.0))
    return p.serving_share_start + part * (p.serving_share_end - p.serving_share_start)


def _over_even(lean: Array, served: Array) -> Array:
    return np.asarray(np.exp((served - EVEN) * lean))
