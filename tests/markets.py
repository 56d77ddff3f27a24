"""Small markets for tests of choice and clearing."""

from __future__ import annotations

import numpy as np

from sim.equilibrium.choice import Nests, exponentials
from sim.equilibrium.clearing import Clearing
from sim.equilibrium.demand import Demand


def plain_market(utility: np.ndarray, mass: np.ndarray) -> Demand:
    """Plain logit, a pool an offer. utility (worlds, offers, buyers), mass (worlds, buyers)."""
    worlds, offers, buyers = utility.shape
    nests = Nests.of(np.arange(offers))
    scale = nests.scale(np.ones(worlds))
    return Demand(
        x=exponentials(utility, scale)[..., None],
        mass=mass[..., None],
        routing=np.broadcast_to(np.eye(offers), (worlds, 1, offers, offers)).copy(),
        scale=scale,
        weight=np.ones((worlds, buyers)),
        nests=nests,
        groups=((0, slice(0, buyers)),),
    )


def random_market(seed: int, worlds: int | None = None) -> tuple[Demand, np.ndarray]:
    """A market with nests, managed offers, two groups of buyers and price rationing; and capacities, loose to tight."""
    rng = np.random.default_rng(seed)
    worlds = int(rng.integers(2, 5)) if worlds is None else worlds
    pools, managed, buyers, incumbents = (
        int(rng.integers(low, high)) for low, high in ((1, 6), (0, 3), (2, 5), (1, 4))
    )
    offers, families = pools + managed, int(rng.integers(1, pools + 1))
    labels = np.concatenate([np.arange(pools) % families, np.full(managed, families)]).astype(np.int64)
    nests = Nests.of(labels)
    scale = nests.scale(rng.uniform(0.35, 1.0, worlds))
    routing = np.zeros((worlds, 2, offers, pools))
    routing[:, :, np.arange(pools), np.arange(pools)] = 1.0
    routing[:, :, pools:] = rng.dirichlet(np.ones(pools), (worlds, 2, managed))
    utility = rng.normal(0.5, 1.5, (worlds, offers, buyers, incumbents))
    utility[rng.random(utility.shape) < 0.05] = -np.inf
    mass = rng.uniform(0.0, 100.0, (worlds, buyers, incumbents))
    demand = Demand(
        x=exponentials(utility, scale),
        mass=mass,
        routing=routing,
        scale=scale,
        weight=rng.uniform(0.6, 1.5, (worlds, buyers)),
        nests=nests,
        groups=((0, slice(0, 1)), (1, slice(1, buyers))),
    )
    capacity = mass.sum(axis=(1, 2))[:, None] * rng.uniform(0.05, 1.0, (worlds, pools))
    return demand, capacity


def parts(result: Clearing, world: int) -> list[bytes]:
    """All that clearing found in a world, bit for bit."""
    return [np.ascontiguousarray(getattr(result, name)[world]).tobytes() for name in vars(result)]
