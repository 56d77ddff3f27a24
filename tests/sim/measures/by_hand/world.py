"""One world of one quarter as plain numbers: what the second method of every figure is worked out from, in loops.

Nothing here asks `sim/measures` or its helpers: a pool's use, bookings and capacity are added up again from what the
markets, the book of commitments and the fleet left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from sim.axes import Site
from sim.market.state import SiteOutcome, SiteState
from sim.records import Records
from sim.roster import Roster
from sim.state import Given, Quarter, State

HOURS = 2190.0
"""A quarter's, by the unit's definition: 8760 / 4."""


def ratio(part: float, whole: float) -> float:
    """part / whole, and 0 of nothing."""
    return part / whole if whole != 0.0 else 0.0


@dataclass(frozen=True)
class Pool:
    """A pool in a quarter, H100e unless said: `own`, `direct` and `managed` are in use; `booked` includes
    `booked_managed`; price and cost USD per H100e-hour; shadow utils."""

    owner: str
    family: str
    edge: bool
    rents_out: bool
    has_service: bool
    own_part: float
    installed: float
    chips: float
    online: float
    own: float
    direct: float
    managed: float
    booked: float
    booked_managed: float
    price: float
    cost: float
    shadow: float

    @property
    def rented(self) -> float:
        """In use by buyers."""
        return self.direct + self.managed

    @property
    def used(self) -> float:
        """In use by anybody."""
        return self.own + self.rented

    @property
    def room(self) -> float:
        """Online for the market."""
        return max(self.online - self.own, 0.0) if self.rents_out else 0.0

    @property
    def bought_at_price(self) -> float:
        """Rented at the core from a pool with a posted price: what prices are weighted with."""
        return self.rented if self.price > 0.0 and not self.edge else 0.0


@dataclass(frozen=True)
class Market:
    """A site in a quarter, world r of it."""

    site: Site
    state: SiteState
    outcome: SiteOutcome
    r: int

    def flow(self, name: str) -> list[Any]:
        """World r of an array of the outcome, as nested lists."""
        return list(getattr(self.outcome, name)[self.r].tolist())

    @cached_property
    def book(self) -> list[list[list[float]]]:
        """H100e committed: offers, buyers, terms."""
        return list(self.state.book.capacity_h100e[self.r].tolist())

    @cached_property
    def committed(self) -> list[list[float]]:
        """H100e committed: offers, buyers."""
        return [[sum(terms) for terms in by_buyer] for by_buyer in self.book]

    @cached_property
    def load(self) -> tuple[list[float], list[float]]:
        """H100e that direct and managed commitments put on every pool."""
        direct, managed = [0.0] * len(self.site.pools), [0.0] * len(self.site.pools)
        mix, service = self.state.managed_mix[self.r].tolist(), 0
        for offer, by_buyer in enumerate(self.book):
            if not self.site.offer_managed[offer]:
                direct[self.site.offer_pool[offer]] += sum(self.committed[offer])
                continue
            for pool, parts in enumerate(mix[service]):
                managed[pool] += sum(terms[k] * part for terms in by_buyer for k, part in enumerate(parts))
            service += 1
        return direct, managed


@dataclass(frozen=True, eq=False, repr=False)
class World:
    """World r of a quarter that began and ended as `before` and `after`; earlier: this world's quarters before."""

    given: Given
    before: State
    after: State
    r: int
    earlier: tuple[World, ...]

    @property
    def quarter(self) -> int:
        """Its number, from 1."""
        return len(self.earlier) + 1

    @property
    def played(self) -> Quarter:
        """What happened."""
        assert self.after.last is not None
        return self.after.last

    @property
    def roster(self) -> Roster:
        """Who takes part."""
        return self.given.roster

    def p(self, name: str) -> Any:
        """A parameter in this world and quarter: a number, or an array by entity."""
        value = getattr(self.played.opened.p, name)[self.r]
        return float(value) if np.ndim(value) == 0 else value

    @property
    def path(self) -> tuple[World, ...]:
        """This world's quarters up to and including this one."""
        return (*self.earlier, self)

    @cached_property
    def markets(self) -> list[Market]:
        """The sites, the core first."""
        both = zip(self.roster.sites, self.after.sites, self.played.outcomes, strict=True)
        return [Market(site, state, outcome, self.r) for site, state, outcome in both]

    def scrapped(self, pool: int) -> list[float]:
        """H100e of a pool that left before their life ended, by age: what stood a quarter younger, or was on its way,
        and does not stand now."""
        then, now = (state.supply for state in (self.before, self.after))
        came = [float(then.arriving[self.r, pool]), *then.fleet.h100e[self.r, pool].tolist()]
        stands, life = now.fleet.h100e[self.r, pool].tolist(), round(float(self.p("retirement_quarters")))
        return [had - has if age < life else 0.0 for age, (had, has) in enumerate(zip(came, stands, strict=False))]

    @cached_property
    def over(self) -> float:
        """Committed over used, as buyers plan."""
        return 1.0 + float(self.p("overcommitment"))

    @cached_property
    def pools(self) -> list[Pool]:
        """Every pool."""
        at_market = {int(n): (m, k) for m in self.markets for k, n in enumerate(m.site.pools)}
        return [self._pool(number, at_market.get(number)) for number in range(len(self.roster.pools))]

    def _pool(self, number: int, place: tuple[Market, int] | None) -> Pool:
        pool, made, r = self.roster.pools[number], self.played.opened.made, self.r
        vintages = self.after.supply.fleet.h100e[r, number].tolist()
        chips = self.after.supply.fleet.chips_per_h100e[r, number].tolist()
        edge, service = pool.site == "edge", bool(self.roster.managed_titles[pool.owner])
        installed = sum(vintages)
        online = installed * (1.0 if edge else float(made.powered_share[r, pool.owner]))
        own = min(float(self.played.opened.economy.own_wanted[r, number]), online)
        direct, managed, booked, service_booked, shadow = 0.0, 0.0, 0.0, 0.0, 0.0
        if place is not None:
            market, k = place
            done = market.outcome
            own, shadow = float(done.captive_used[r, k]), float(done.clearing.shadow_price[r, k])
            direct, managed = float(done.direct_use_by_pool[r, k]), float(done.managed_use_by_pool[r, k])
            booked, service_booked = market.load[0][k] + market.load[1][k], market.load[1][k]
        return Pool(
            owner=self.roster.owners[pool.owner],
            family=self.roster.families[pool.family],
            edge=edge,
            rents_out=pool.direct or service,
            has_service=service and not edge,
            own_part=pool.captive_share,
            installed=installed,
            chips=sum(h * c for h, c in zip(vintages, chips, strict=True)),
            online=online,
            own=own,
            direct=direct,
            managed=managed,
            booked=booked,
            booked_managed=service_booked,
            price=float(self.after.supply.price[r, number]),
            cost=float(made.costs.long_run_usd[r, number]),
            shadow=shadow,
        )

    def total(self, amount: Callable[[Pool], float], where: Callable[[Pool], bool] = lambda pool: True) -> float:
        """Sum over some pools."""
        return sum(amount(pool) for pool in self.pools if where(pool))

    def payments(self) -> Iterator[tuple[str, str, float, str]]:
        """Every payment of the quarter: payer, payee, musd, kind."""
        parties = tuple(self.played.ledger.parties)
        for payer, payee, musd, kind in self.played.ledger._payments:
            yield parties[payer], parties[payee], float(musd[self.r]), kind

    @cached_property
    def paid(self) -> dict[tuple[str, str, str], float]:
        """Payments added up by payer, payee and kind, musd."""
        found: dict[tuple[str, str, str], float] = {}
        for payer, payee, musd, kind in self.payments():
            found[payer, payee, kind] = found.get((payer, payee, kind), 0.0) + musd
        return found

    def received(self, party: str, *kinds: str) -> float:
        """What a party received under these heads (all when none is named), musd."""
        return sum(m for (_, to, kind), m in self.paid.items() if to == party and (not kinds or kind in kinds))

    def spent(self, party: str, *kinds: str) -> float:
        """What a party paid under these heads (all when none is named), musd."""
        return sum(m for (who, _, kind), m in self.paid.items() if who == party and (not kinds or kind in kinds))

    def net(self, party: str) -> float:
        """Received less paid, musd."""
        return self.received(party) - self.spent(party)


@dataclass(frozen=True, repr=False)
class Watched:
    """A game that was played: its records, and all worlds of all quarters."""

    records: Records
    worlds: list[World]

    @classmethod
    def of(cls, given: Given, states: Sequence[State], records: Records) -> Watched:
        """From the states before the first quarter and after every one."""
        every: list[World] = []
        for r in range(given.worlds):
            path: tuple[World, ...] = ()
            for before, after in pairwise(states):
                path = (*path, World(given, before, after, r, path))
            every += path
        return cls(records, every)
