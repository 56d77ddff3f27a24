"""The table of offers, pool by pool: what stands where, by the channel through which it is used."""

from __future__ import annotations

from collections.abc import Callable

from tests.sim.measures.by_hand.world import Pool, World

Column = Callable[[World, Pool], float]


def channels(pool: Pool) -> list[str]:
    """Channels that a pool has rows for."""
    rows = ["edge" if pool.edge else "direct"]
    return rows + ["managed"] * pool.has_service + ["own-use"] * (pool.own_part > 0.0)


def by_channel(direct: Column, managed: Column, own: Column) -> dict[str, Column]:
    """A column's three kinds of cell; the edge is rented out directly."""
    return {"direct": direct, "edge": direct, "managed": managed, "own-use": own}


def own_use(w: World, pool: Pool) -> float:
    """In use by the owner; as good as committed, and its own capacity."""
    return pool.own


def in_service(w: World, pool: Pool) -> float:
    """Committed managed service that runs here."""
    return pool.booked_managed


def with_markup(w: World, pool: Pool) -> float:
    """What a managed service asks for a pool."""
    return pool.price * (1.0 + w.p("managed_markup"))


def shadow(w: World, pool: Pool) -> float:
    """One capacity, one shadow price."""
    return pool.shadow


COLUMNS: dict[str, dict[str, Column]] = {
    "installed_h100e": by_channel(lambda w, pool: pool.installed - pool.own - pool.booked_managed, in_service, own_use),
    "used_h100e": by_channel(lambda w, pool: pool.direct, lambda w, pool: pool.managed, own_use),
    "committed_h100e": by_channel(lambda w, pool: pool.booked - pool.booked_managed, in_service, own_use),
    "price_usd_per_h100e_hour": by_channel(lambda w, pool: pool.price, with_markup, lambda w, pool: pool.cost),
    "shadow_price": by_channel(shadow, shadow, shadow),
}
