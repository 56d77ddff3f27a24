"""Shares, amounts and concentration, pool by pool."""

from __future__ import annotations

from collections.abc import Callable

from tests.sim.measures.by_hand.world import Pool, World, ratio

Where = Callable[[Pool], bool]
Amount = Callable[[World, Pool], float]


def everywhere(pool: Pool) -> bool:
    """Every pool."""
    return True


def core(pool: Pool) -> bool:
    """Pools of data centres."""
    return not pool.edge


def edge(pool: Pool) -> bool:
    """Pools of the edge."""
    return pool.edge


def of(family: str = "", owner: str = "") -> Where:
    """Pools of a family, an owner, or both."""
    return lambda pool: family in ("", pool.family) and owner in ("", pool.owner)


def used(w: World, pool: Pool) -> float:
    return pool.used


def rented(w: World, pool: Pool) -> float:
    return pool.rented


def installed(w: World, pool: Pool) -> float:
    return pool.installed


def chips(w: World, pool: Pool) -> float:
    return pool.chips


def managed(w: World, pool: Pool) -> float:
    return pool.managed


def valued(w: World, pool: Pool) -> float:
    """Use at the family's posted price at the site: a mean over priced pools, weighted by what they rent out and 1."""
    money, weight = 0.0, 0.0
    for other in w.pools:
        if (other.family, other.edge) == (pool.family, pool.edge) and other.price > 0.0:
            money, weight = money + other.price * (other.rented + 1.0), weight + other.rented + 1.0
    return pool.used * ratio(money, weight)


def total(amount: Amount, part: Where, whole: Where = everywhere) -> Callable[[World], float]:
    """Sum of an amount over a part of the whole."""
    return lambda w: sum(amount(w, pool) for pool in w.pools if part(pool) and whole(pool))


def share(amount: Amount, part: Where, whole: Where = everywhere) -> Callable[[World], float]:
    """A part's share of the whole."""
    return lambda w: ratio(total(amount, part, whole)(w), total(amount, whole)(w))


def concentration(w: World, amount: Callable[[Pool], float], name: Callable[[Pool], str]) -> float:
    """Sum of squared percentages of the names that pools go by."""
    by_name: dict[str, float] = {}
    for pool in w.pools:
        by_name[name(pool)] = by_name.get(name(pool), 0.0) + amount(pool)
    whole = sum(by_name.values())
    return sum((100.0 * ratio(one, whole)) ** 2 for one in by_name.values())


def of_clouds(w: World) -> float:
    """Of clouds, by what they rent out."""
    return concentration(w, lambda pool: pool.rented, lambda pool: pool.owner)


def of_silicon(w: World) -> float:
    """Of chip families, by what is used."""
    return concentration(w, lambda pool: pool.used, lambda pool: pool.family)


TRAINIUM = of("trainium")

COLUMNS: dict[str, Callable[[World], float]] = {
    "trainium_share_used": share(used, TRAINIUM),
    "trainium_share_installed": share(installed, TRAINIUM),
    "trainium_share_spend": share(valued, TRAINIUM),
    "trainium_share_units": share(chips, TRAINIUM),
    "trainium_share_used_core": share(used, TRAINIUM, core),
    "trainium_share_used_edge": share(used, TRAINIUM, edge),
    "trainium_share_used_market": share(rented, TRAINIUM),
    "trainium_share_installed_core": share(installed, TRAINIUM, core),
    "trainium_share_spend_core": share(valued, TRAINIUM, core),
    "trainium_share_units_core": share(chips, TRAINIUM, core),
    "trainium_share_of_aws": share(installed, TRAINIUM, of(owner="aws")),
    "trainium_share_managed": share(managed, TRAINIUM),
    "managed_share_used": lambda w: ratio(
        w.total(lambda pool: pool.managed), w.total(lambda pool: pool.rented, lambda pool: pool.has_service)
    ),
    "trainium_used_h100e": total(used, TRAINIUM),
    "trainium_installed_h100e": total(installed, TRAINIUM),
    "used_h100e": total(used, everywhere),
    "installed_h100e": total(installed, everywhere),
    "online_h100e": total(lambda w, pool: pool.online, everywhere),
    "scrapped_h100e": lambda w: sum(sum(w.scrapped(pool)) for pool in range(len(w.pools))),
    "used_core_h100e": total(used, core),
    "used_edge_h100e": total(used, edge),
    "edge_share_used": share(used, edge),
    "nvidia_share_used": share(used, of("nvidia")),
    "tpu_share_used": share(used, of("tpu")),
    "amd_share_used": share(used, of("amd")),
    "aws_share_used_market": share(rented, of(owner="aws")),
    "hhi_cloud": of_clouds,
    "hhi_silicon": of_silicon,
}
