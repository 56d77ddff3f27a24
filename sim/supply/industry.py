"""The supply side from quarter to quarter: foundry, deliveries, fleets, powered sites, order targets, chip costs."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim.arrays import Array, PerWorldOwner, PerWorldPool, ratio, total_by
from sim.decisions import Decisions
from sim.parameters import Parameters
from sim.roster import Roster, numbers
from sim.supply import capacity, deals, prices, scrapping, technology
from sim.supply.capacity import Fleet
from sim.supply.costs import costs, mw_per_h100e
from sim.supply.deals import Guarantee
from sim.supply.pipeline import USUAL_BACKLOG, Pace, Pipeline
from sim.supply.power import pools_mw
from sim.supply.start import Start
from sim.supply.state import IndustryState, Made
from sim.supply.tables import INITIAL_GROWTH
from sim.supply.technology import Production

QUEUE = 6
"""Length of the foundry queue: the longest lead time and one."""
BACKLOG_QUARTERS = 4.0
"""Backlog beyond so many quarters of output is cancelled."""
REBATE_PRIORITY = 5.0
"""Weight in deliveries of a rebate of 100 % to a buyer with no other supplier, relative to equal treatment.
Judgement."""


@dataclass(frozen=True)
class _Output:
    """What the foundry made of a quarter's bookings and where it went: wafers, made, diverted, available (worlds,
    lines), delivered (worlds, pools)."""

    wafers: Array
    made: Array
    diverted: Array
    available: Array
    delivered: Array


class Industry:
    """Rules of the supply side for a roster; state is handed in and out.

    p: parameters of the first quarter, on which the pipeline under way is laid out."""

    def __init__(self, roster: Roster, start: Start, p: Parameters) -> None:
        self.roster, self.start = roster, start
        self.families = len(roster.families)
        self.core = ~roster.pool_is_edge
        self.line = roster.pool_family + np.where(self.core, 0, self.families)
        self.lines = 2 * self.families
        self.prepaid = numbers(roster.tables["families"], "foundry_prepaid_share")
        self.given, tables = start.tables.given, start.tables
        self.lit = False
        growth = np.where(self.core, tables.recent_growth()[:, None], INITIAL_GROWTH)
        pace = Pace(tables.flow(), growth, p.delivery_growth_persistence)
        self.pipeline = Pipeline.open(self.given, pace, self.line, self.lines, p.foundry_lead_quarters, QUEUE + 1)

    def as_recorded(self, arriving: PerWorldPool) -> Industry:
        """The same industry whose deliveries come smoothly, and then as a later opening has them arriving. What the
        tables have standing ran: an opening on any of these dates takes it so."""
        one, smooth = copy(self), self.start.tables.given_smoothly()
        one.lit = True
        one.given = np.concatenate([smooth, arriving[None]])
        ahead = self.pipeline.ahead.copy()
        ahead[:, : len(one.given)] = one.given.transpose(1, 0, 2)
        one.pipeline = replace(self.pipeline, given=one.given, ahead=ahead)
        return one

    # --- costs and technology -------------------------------------------------------------------------------------

    def opening_chip_price(self, p: Parameters) -> Array:
        """List prices of chips at the start on root parameters: (worlds, families)."""
        unit = self.start.made(self.start.quarter, p).cost_per_h100e * self.start.own_cost_factor
        return self.list_price(unit, p, p.transfer_price_weight)

    def unit_cost(self, made: Production, cumulative: Array, then: Array, p: Parameters) -> Array:
        """Unit cost of new chips with experience since `then` (both cumulative output), USD per H100e: (worlds,
        families)."""
        exponent = technology.experience_exponent(p.progress_ratio)[:, None]
        now = technology.effective_output(cumulative, p.experience_spillover)
        learned = technology.experience_factor(now, technology.effective_output(then, p.experience_spillover), exponent)
        return made.cost_per_h100e * self.start.own_cost_factor * learned * p.unit_cost_factor

    @property
    def cumulative_at_start(self) -> Array:
        """Units made before the start, H100e (worlds, families): the stock, and a little for families without one."""
        stock = self.start.tables.stock(self.start.quarter)
        return np.maximum(total_by(stock * self.core, self.roster.pool_family, self.families), 1e3)

    def pool_chip_price(self, chip_price: Array) -> Array:
        """Price of new chips by pool: (worlds, pools)."""
        return chip_price[:, self.roster.pool_family]

    # --- the start ------------------------------------------------------------------------------------------------

    def begin(self, p: Parameters) -> IndustryState:
        """State before the first quarter: fleets, a pipeline that continues recent deliveries, posted prices."""
        s, cumulative = self.start, self.cumulative_at_start
        made = s.made(s.quarter, s.root)
        unit = self.unit_cost(made, cumulative, cumulative, p)
        none, nothing = np.zeros_like(unit), np.zeros((s.worlds, len(self.roster.pools)))
        chip_price = self.list_price(unit, p, np.zeros(s.worlds))
        return IndustryState(
            fleet=s.fleet(),
            **self._under_way_at_start(made),
            **self._aims_at_start(p),
            cumulative=cumulative,
            priced=cumulative,
            price=s.tables.price(s.root.edge_price_premium),
            chip_price=chip_price,
            allocation=none,
            deal=np.ones_like(nothing),
            guarantee=Guarantee.none(chip_price),
            rebate=none,
            design_progress=none,
            retired=nothing,
        )

    def _under_way_at_start(self, made: Production) -> dict[str, Array]:
        """What arrives, is on order and in the foundry's queue before the first quarter."""
        family, ahead = self.roster.pool_family, self.pipeline.ahead
        by_line = total_by(ahead[:, 1], self.line, self.lines)
        return {
            "arriving": ahead[:, 0],
            "arriving_watts": made.watts_per_h100e[:, family],
            "arriving_chips": 1.0 / made.h100e_per_chip[:, family],
            "backlog": ahead[:, 1] + USUAL_BACKLOG * ahead[:, 2],
            "queue": self.pipeline.queue(self._per_wafer(made), QUEUE),
            "inventory": np.zeros_like(by_line),
            "order_flow": by_line,
        }

    def _aims_at_start(self, p: Parameters) -> dict[str, Array]:
        """The stock that owners aim at, the growth they expect and the part that is booked: (worlds, pools)."""
        s = self.start
        growth = np.clip(s.tables.recent_growth(), 0.0, p.order_growth_cap)
        stock, (booked, captive) = s.tables.stock(s.quarter), s.booked()
        share = np.array([pool.booked_share for pool in self.roster.pools])
        return {
            "target": stock * share / p.target_utilisation[:, None],
            "growth": np.repeat(growth[:, None], len(self.roster.pools), axis=1),
            "booked_share": ratio(booked + captive, stock),
        }

    def list_price(self, unit_cost: Array, p: Parameters, separation: Array) -> Array:
        """Chip prices by rule: margin for merchants, transfer price for own designs. (worlds, families)."""
        merchant = prices.chip_price(unit_cost, p.vendor_gross_margin)
        own = prices.transfer_price(unit_cost, p.vendor_gross_margin, separation[:, None])
        return np.where(self.roster.family_is_own, own, merchant)

    @cached_property
    def wafers_at_start(self) -> Array:
        """Core wafers booked a quarter when the game opens, (worlds,): what foundry capacity is measured against."""
        queue = self.pipeline.queue(self._per_wafer(self.start.made(self.start.quarter, self.start.root)), QUEUE)
        return np.asarray(queue[:, : self.families].sum(axis=(1, 2)) / np.rint(self.pipeline.lead))

    def _per_wafer(self, made: Production) -> Array:
        return np.concatenate([made.h100e_per_wafer, made.h100e_per_wafer], axis=1)

    # --- the quarter: capacity arrives ----------------------------------------------------------------------------

    def produce(
        self, state: IndustryState, p: Parameters, quarter: int, foundry_level: Array, powered_mw: Array
    ) -> tuple[IndustryState, Made]:
        """Install what arrived, make and deliver what was booked, power what sites can power.

        foundry_level (worlds,): foundry capacity over the start; powered_mw (worlds, owners)."""
        made, (fleet, retired) = self.start.made(self.start.quarter + quarter, p), _installed(state, p)
        output = self._output(state, fleet, made, foundry_level, p)
        if self.pipeline.known(quarter):
            state, output = self._as_it_came(state, quarter, made)
        open_orders, deal = np.maximum(state.backlog - output.delivered, 0.0), self._paid(state, output, made, p)
        each = costs(self.roster, p, made, self.pool_chip_price(state.chip_price) * deal)
        fleet, scrapped, powered = scrapping.powered(self.roster, fleet, state.price, each, self._sites(powered_mw), p)
        retired = retired + scrapped.sum(axis=2)
        after = self._learned(self._delivered(state, output, open_orders, quarter, made), output, quarter, p)
        return replace(after, fleet=fleet, retired=state.retired + retired), Made(
            online=fleet.total() * np.where(self.core, powered[:, self.roster.pool_owner], 1.0),
            installed=fleet.total(),
            delivered=output.delivered,
            retired=retired,
            scrapped=scrapped,
            cancelled=np.maximum(open_orders - after.backlog, 0.0),
            output=output.made,
            diverted=output.diverted,
            wafers=output.wafers,
            powered_share=powered,
            deal=deal,
            production=made,
            unit_cost=self.unit_cost(made, state.cumulative, state.priced, p) * np.exp(-state.design_progress),
            costs=each,
        )

    def _sites(self, powered_mw: PerWorldOwner) -> PerWorldOwner:
        """Power that sites have for what is installed: where all that is given runs, as much as it needs."""
        return np.full_like(powered_mw, np.inf) if self.lit else powered_mw

    def _paid(self, state: IndustryState, output: _Output, made: Production, p: Parameters) -> PerWorldPool:
        """What is paid for a quarter's deliveries, over the list price."""
        mw = output.delivered * mw_per_h100e(self.roster, p, made)
        return state.deal * state.guarantee.factor(self.roster, state.chip_price, state.backlog, mw)

    def _output(
        self, state: IndustryState, fleet: Fleet, made: Production, foundry_level: Array, p: Parameters
    ) -> _Output:
        """What is made of what is due, and who gets it: by backlog, with priority for the largest and the loyal where
        granted."""
        family, wafers = self.roster.pool_family, self._wafers(state, p, foundry_level)
        output = wafers * self._per_wafer(made)
        diverted = output * np.concatenate([p.supply_diversion, np.zeros_like(p.supply_diversion)], axis=1)
        available = state.inventory + output - diverted
        largest = ratio(state.backlog, state.backlog.mean(axis=1, keepdims=True))
        loyal = deals.loyalty(self.roster, fleet.total() + state.backlog)
        priority = 1.0 + state.allocation[:, family] * largest
        priority = priority * (1.0 + REBATE_PRIORITY * state.rebate[:, family] * loyal)
        delivered = capacity.deliver(state.backlog, available, self.line, priority)
        return _Output(wafers, output, diverted, available, delivered)

    def _as_it_came(self, state: IndustryState, quarter: int, made: Production) -> tuple[IndustryState, _Output]:
        """The pipeline that was under way at the start comes as it came, and was ordered at least so."""
        delivered = np.broadcast_to(self.given[quarter], state.backlog.shape)
        output = total_by(delivered, self.line, self.lines)
        ordered = replace(state, order_flow=np.maximum(state.order_flow, output))
        return ordered, _Output(
            output / self._per_wafer(made), output, np.zeros_like(output), state.inventory + output, delivered
        )

    def _delivered(
        self, state: IndustryState, output: _Output, open_orders: Array, quarter: int, made: Production
    ) -> IndustryState:
        """Inventory, backlog and the foundry's queue after a quarter's deliveries. open_orders (worlds, pools) H100e
        not delivered."""
        limit = BACKLOG_QUARTERS * np.maximum(output.made, state.order_flow)
        over = ratio(limit, total_by(open_orders, self.line, self.lines))
        kept = open_orders * np.minimum(1.0, over)[:, self.line]
        queue = np.concatenate([state.queue[..., 1:], np.zeros_like(state.queue[..., :1])], axis=2)
        queue, kept = self.pipeline.in_step(queue, kept, quarter, self._per_wafer(made))
        family = self.roster.pool_family
        return replace(
            state,
            arriving=output.delivered,
            arriving_watts=made.watts_per_h100e[:, family],
            queue=queue,
            backlog=kept,
            arriving_chips=1.0 / made.h100e_per_chip[:, family],
            inventory=output.available - total_by(output.delivered, self.line, self.lines),
        )

    def _learned(self, state: IndustryState, output: _Output, quarter: int, p: Parameters) -> IndustryState:
        """Cumulative output, and what of it the tables' last prices hold already."""
        core, edge = output.made[:, : self.families], output.made[:, self.families :]
        cumulative = state.cumulative + core + p.edge_ecosystem_spillover[:, None] * edge
        known = self.start.quarter + quarter <= self.start.last_priced
        return replace(state, cumulative=cumulative, priced=cumulative if known else state.priced)

    def _wafers(self, state: IndustryState, p: Parameters, foundry_level: Array) -> Array:
        """Wafers made of what is due: the core within foundry capacity, the edge on silicon of its own (or crowding the
        core)."""
        due = state.queue[..., 0]
        core, edge = due[:, : self.families], due[:, self.families :]
        limit = (
            self.wafers_at_start * p.foundry_headroom * foundry_level * p.foundry_capacity_factor
            - p.foundry_crowding * edge.sum(axis=1)
        )
        made = capacity.allocate_foundry(core, np.broadcast_to(self.prepaid, core.shape), np.maximum(limit, 0.0))
        return np.concatenate([made, edge], axis=1)

    # --- the quarter: decisions, and what they aim at ---------------------------------------------------------------

    def order(self, state: IndustryState, made: Made, d: Decisions, p: Parameters) -> IndustryState:
        """Take in prices, orders and bookings: prices hold now, orders and bookings join their queues."""
        ordered = ratio(d.clouds.order_mw, made.costs.mw_per_h100e)
        highest = made.costs.long_run_usd * (1.0 + p.price_cap_markup[:, None])
        queue, position = state.queue.copy(), np.rint(p.foundry_lead_quarters).astype(np.int64) - 1
        booked = np.concatenate([d.vendors.booking_wafers[..., 0], d.vendors.booking_wafers[..., 1]], axis=1)
        queue[np.arange(len(queue)), :, position] += booked
        flow = 0.5 * state.order_flow + 0.5 * total_by(ordered, self.line, self.lines)
        return replace(
            state,
            backlog=state.backlog + ordered,
            price=np.minimum(d.clouds.price_usd_per_h100e_hour, highest),
            queue=queue,
            chip_price=d.vendors.chip_price_usd_per_h100e,
            allocation=d.vendors.strategic_allocation,
            order_flow=flow,
        )

    def for_deals(self, state: IndustryState, order: PerWorldPool, wafers: Array, p: Parameters) -> IndustryState:
        """Orders for deals (worlds, pools) H100e and bookings for their steps (worlds, lines) wafers join the same
        queues, on top of what was decided."""
        queue, position = state.queue.copy(), np.rint(p.foundry_lead_quarters).astype(np.int64) - 1
        queue[np.arange(len(queue)), :, position] += wafers
        flow = state.order_flow + 0.5 * total_by(order, self.line, self.lines)
        return replace(state, backlog=state.backlog + order, queue=queue, order_flow=flow)

    def aimed(
        self, state: IndustryState, online: PerWorldPool, called_for: PerWorldPool, booked: PerWorldPool, p: Parameters
    ) -> IndustryState:
        """What owners learn from a quarter: growth of the stock that demand calls for, and how full they are, which is
        counted on what is online: what stands dark can be let to nobody. H100e each."""
        growth = capacity.expect_growth(state.growth, called_for, state.target, p.growth_smoothing, p.order_growth_cap)
        share = np.minimum(ratio(booked, np.maximum(online, 1e-9)), 1.0)
        return replace(state, target=called_for, growth=growth, booked_share=share)

    def line_growth(self, state: IndustryState) -> Array:
        """Expected growth of each line's orders: pools' growth weighted by target, (worlds, lines)."""
        weighted = total_by(state.growth * state.target, self.line, self.lines)
        return ratio(weighted, total_by(state.target, self.line, self.lines))

    def committed_mw(self, state: IndustryState, p: Parameters, made: Made) -> Array:
        """Site power of core capacity installed, arriving and on order: (worlds, owners)."""
        coming = state.backlog * made.costs.mw_per_h100e
        return total_by((pools_mw(state, p) + coming) * self.core, self.roster.pool_owner, len(self.roster.owners))


def _installed(state: IndustryState, p: Parameters) -> tuple[Fleet, Array]:
    """Fleets when what was made last quarter has come in, and what has gone out of service: H100e (worlds, pools)."""
    return state.fleet.age(state.arriving, state.arriving_watts, state.arriving_chips, p.retirement_quarters)
