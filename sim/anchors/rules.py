"""Deals from quarter to quarter: what is owed, what has to be ordered and booked for it now, and what is on the way.

An order of quarter t joins the backlog; a booking of quarter t is made in t + L, L being the foundry's lead time, and
installed in t + L + 1. So orders and bookings of today are for what is owed in t + L + 1. Orders for deals are kept
apart from those for the market: neither sees the other's stock or line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.anchors.given import Holdings, in_place
from sim.anchors.state import AnchorState, Standing
from sim.anchors.table import Deals
from sim.arrays import Array, Index, PerWorldOwner, PerWorldPool, once, ratio, read_only, total_by
from sim.axes import Site
from sim.market.state import Owed
from sim.parameters import Parameters

LATEST = 10
"""Quarters ahead that a deal signed today is at its size at the latest: a start of eight, and steps."""
DEAL_MONEY = 0.8
"""Part of a capital budget that orders for deals may take at most."""


def lead(p: Parameters) -> Array:
    """Whole quarters from booking wafers to chips made, (worlds,)."""
    return np.rint(p.foundry_lead_quarters)


@dataclass(frozen=True)
class Limits:
    """What owners may order within: room (worlds, owners) MW free at arrival, budget (worlds, owners) musd; mw, musd
    (worlds, pools) a new H100e."""

    room_mw: PerWorldOwner
    budget_musd: PerWorldOwner
    mw: PerWorldPool
    musd: PerWorldPool

    def less(self, order: PerWorldPool, pool_owner: Index) -> Limits:
        """What an order (worlds, pools) H100e leaves."""
        owners = self.room_mw.shape[1]
        room, budget = (
            np.maximum(limit - total_by(order * each, pool_owner, owners), 0.0)
            for limit, each in ((self.room_mw, self.mw), (self.budget_musd, self.musd))
        )
        return replace(self, room_mw=room, budget_musd=budget)


@dataclass(frozen=True)
class Anchors:
    """Rules of deals for a roster. pool_owner, line: owner and production line of each pool; given: what labs hold in a
    quarter before the opening."""

    deals: Deals
    pool_owner: Index
    owners: int
    line: Index
    lines: int
    given: Holdings | None = None

    # --- what is owed -----------------------------------------------------------------------------------------------

    def owed(self, kept: Array, quarter: Array, p: Parameters) -> Array:
        """H100e owed by place in a quarter of the game, (worlds, places)."""
        return self.level(quarter, p) * kept * p.deals_bind[:, None]

    def owed_ahead(self, kept: Array, first: int, quarters: int, p: Parameters) -> Array:
        """The same in so many quarters of the game from the first on, (worlds, quarters, places)."""
        path = self.deals.path(first, quarters, p.announced_deals_level, self._factor(p))
        return path * kept[:, None] * p.deals_bind[:, None, None]

    def level(self, quarter: Array, p: Parameters) -> Array:
        """H100e by place before anybody walks out, (worlds, places): the table's as far as announcements count and as
        one believes that labs hold its chip."""
        levels, when = self._levels(p), quarter.tobytes()
        if when not in levels:
            levels[when] = read_only(self.deals.level(quarter, p.announced_deals_level, self._factor(p)))
        return levels[when]

    @once()
    def _levels(self, p: Parameters) -> dict[bytes, Array]:
        """What has been looked up, by quarter of each world: many look at the same quarters ahead."""
        return {}

    @once("anchor_factor")
    def _factor(self, p: Parameters) -> Array:
        """By how much labs are believed to hold more of each deal's chip, (worlds, places)."""
        return read_only(p.anchor_factor[:, self.line[self.deals.pool]])

    def binding(self, kept: Array, tie_factor: Array, p: Parameters) -> Array:
        """Part of each deal that binds, (worlds, places). With an investor cloud it holds the tie, which a ban on
        exclusivity lifts: tie_factor (worlds, regions) is what is left of ties."""
        tied = p.investor_tie_share[:, self.deals.lab] * self.deals.partner
        return kept * (1.0 - tied * (1.0 - tie_factor[:, self.deals.region]))

    def by_pool(self, amount: Array) -> PerWorldPool:
        """Sums over places: (worlds, places) -> (worlds, pools)."""
        return total_by(amount, self.deals.pool, len(self.pool_owner))

    def by_place(self, by_buyer: Array) -> Array:
        """What stands at each place: (worlds, offers, buyers) -> (worlds, places)."""
        return np.ascontiguousarray(by_buyer[:, self.deals.offer, self.deals.buyer])

    def spread(self, by_place: Array, shape: tuple[int, ...]) -> Array:
        """The other way round: (worlds, places) -> (worlds, offers, buyers), 0 where no deal is."""
        spread = np.zeros(shape)
        spread[:, self.deals.offer, self.deals.buyer] = by_place
        return spread

    def owed_at(self, deals: Standing, core: Site, quarter: int, cost: PerWorldPool, p: Parameters) -> Owed | None:
        """What the core's market is told of a quarter's deals; nothing where there are none. cost (worlds, pools): of
        new capacity, USD per H100e-hour."""
        if self.given is not None:
            return self.given.owed(core, cost, p)
        if not self.deals.any:
            return None
        shape = (len(deals.owed), len(core.offers), len(core.buyers))
        left = np.broadcast_to(self.deals.left[:, quarter], deals.owed.shape)
        return Owed(
            level=self.spread(deals.owed, shape),
            term=self.spread(left, shape),
            cost=self.spread(cost[:, self.deals.pool], shape),
            take_or_pay=self.spread(np.broadcast_to(self.deals.take_or_pay, deals.owed.shape), shape),
            coming=total_by(deals.coming, self.deals.buyer, len(core.buyers)),
        )

    def of_market(self, target: PerWorldPool, committed: Array, deals: Standing, p: Parameters) -> PerWorldPool:
        """The part of the stock that demand calls for, (worlds, pools), which is not signed in deals. committed
        (worlds, offers, buyers)."""
        firm = self.by_pool(np.minimum(self.by_place(committed), deals.owed))
        return np.maximum(target - firm / p.target_utilisation[:, None], 0.0)

    # --- the supply side ----------------------------------------------------------------------------------------------

    def found(self, live: Array, p: Parameters) -> Anchors:
        """The same with what is in place of deals as an opening finds it, live (worlds, offers, buyers) H100e: nothing
        jumps where a game begins."""
        held = self.deals.held[:, 0] * self._factor(p)
        return replace(self, deals=replace(self.deals, in_place=in_place(held, self.by_place(live))))

    def begin(self, live: Array, arriving: PerWorldPool, backlog: PerWorldPool, p: Parameters) -> AnchorState:
        """Deals as a game opens. live (worlds, offers, buyers): commitments; arriving, backlog (worlds, pools): what is
        under way, of which deals have what they will need within a lead time."""
        kept, quarters = np.ones((len(live), len(self.deals.buyer))), lead(p)
        need = self.by_pool(np.maximum(self.owed(kept, quarters + 1.0, p) - self.by_place(live), 0.0))
        under_way = arriving + backlog
        part = ratio(np.minimum(need, under_way), under_way)
        step = self.owed(kept, quarters + 1.0, p) - self.owed(kept, quarters, p)
        flow = total_by(self.by_pool(np.maximum(step, 0.0)), self.line, self.lines)
        return AnchorState(kept, np.zeros_like(arriving), part * arriving, part * backlog, flow)

    def arrived(
        self, state: AnchorState, backlog: PerWorldPool, delivered: PerWorldPool, left: PerWorldPool
    ) -> AnchorState:
        """The line when what was made last quarter is installed and this quarter's chips are handed out: pro rata, as
        to all. backlog: before, left: after it, with what was cancelled gone (worlds, pools)."""
        made = state.backlog * np.minimum(1.0, ratio(delivered, backlog))
        rest = np.minimum(state.backlog - made, left)
        return replace(state, installed=state.arriving, arriving=made, backlog=rest)

    def standing(
        self, state: AnchorState, binding: Array, live: Array, quarter: int, limits: Limits, p: Parameters
    ) -> Standing:
        """A quarter's deals as it opens. binding (worlds, places); live (worlds, offers, buyers): commitments as last
        quarter left them."""
        now, ahead = np.full(len(binding), float(quarter)), lead(p)
        has, then = self.by_place(live), self.owed(binding, now + ahead + 1.0, p)
        coming, owed = np.maximum(then - has, 0.0), self.owed(binding, now, p)
        before, last = self.owed(binding, now + ahead, p), self.owed(binding, now + ahead - 1.0, p)
        line, step = state.arriving + state.backlog, self.by_pool(np.maximum(then - before, 0.0))
        need = np.maximum(self.by_pool(coming) - line - state.installed, 0.0)
        return Standing(
            owed=owed,
            live=np.minimum(has, owed),
            coming=coming,
            live_by_pool=np.minimum(self.by_pool(np.minimum(has, owed)) + state.installed, self.by_pool(owed)),
            line=line,
            order=self._within(need, limits),
            step=step,
            last_step=self.by_pool(np.maximum(before - last, 0.0)),
            steps_mw=total_by(step * limits.mw, self.pool_owner, self.owners),
        )

    def _within(self, order: PerWorldPool, limits: Limits) -> PerWorldPool:
        """Orders for deals cut, all of an owner alike, to its power at arrival and to most of its budget."""
        mw = total_by(order * limits.mw, self.pool_owner, self.owners)
        musd = total_by(order * limits.musd, self.pool_owner, self.owners)
        by_power = np.where(mw > 0.0, np.minimum(1.0, ratio(limits.room_mw, mw)), 1.0)
        by_money = np.where(musd > 0.0, np.minimum(1.0, ratio(DEAL_MONEY * limits.budget_musd, musd)), 1.0)
        return order * np.minimum(by_power, by_money)[:, self.pool_owner]

    def ordered(self, state: AnchorState, order: PerWorldPool) -> AnchorState:
        """Orders for deals join the line."""
        flow = 0.5 * state.flow + 0.5 * total_by(order, self.line, self.lines)
        return replace(state, backlog=state.backlog + order, flow=flow)

    def left(self, state: AnchorState, given_back: Array, p: Parameters) -> AnchorState:
        """Deals with an investor cloud that a lab walks out of, and what a lab in default gives back of all of its
        own, (worlds, labs)."""
        release = p.contract_release_share[:, self.deals.lab] * self.deals.partner
        stays = (1.0 - release) * (1.0 - given_back[:, self.deals.lab])
        return replace(state, kept=state.kept * stays)


def steps_mw(anchors: Anchors, kept: Array, quarter: int, ahead: int, mw: PerWorldPool, p: Parameters) -> PerWorldOwner:
    """MW by owner of the steps of signed deals that land `ahead` quarters from one, (worlds, owners): what is owed then
    beyond the quarter before, at the power of a new H100e, mw (worlds, pools)."""
    return _rise_mw(anchors, kept, (quarter + ahead - 1, quarter + ahead), mw, p)


def forward_mw(
    anchors: Anchors, kept: Array, quarter: int, ahead: int, mw: PerWorldPool, p: Parameters
) -> PerWorldOwner:
    """MW by owner of the steps that land later than that, as far as a deal of today reaches, (worlds, owners)."""
    return _rise_mw(anchors, kept, (quarter + ahead, quarter + LATEST), mw, p)


def _rise_mw(anchors: Anchors, kept: Array, span: tuple[int, int], mw: PerWorldPool, p: Parameters) -> PerWorldOwner:
    first, last = (anchors.owed(kept, np.full(len(kept), float(one)), p) for one in span)
    return total_by(anchors.by_pool(np.maximum(last - first, 0.0)) * mw, anchors.pool_owner, anchors.owners)
