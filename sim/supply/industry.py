"""The supply side from quarter to quarter: foundry, deliveries, fleets, powered sites, order targets, chip costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array, Index, ratio, total_by
from sim.contract import CloudDecision, VendorDecision
from sim.parameters import Parameters
from sim.roster import Roster, numbers
from sim.supply import capacity as supply
from sim.supply import deals, prices, technology
from sim.supply.capacity import Fleet
from sim.supply.costs import Costs, costs
from sim.supply.pipeline import USUAL_BACKLOG, Pipeline
from sim.supply.start import Start
from sim.supply.tables import INITIAL_GROWTH
from sim.supply.technology import Production
from sim.units import WATTS_PER_MW

QUEUE = 6
"""Length of the foundry queue: the longest lead time and one."""
BACKLOG_QUARTERS = 4.0
"""Backlog beyond so many quarters of output is cancelled."""
REBATE_PRIORITY = 5.0
"""Weight in deliveries of a rebate of 100 % to a buyer with no other supplier, relative to equal treatment. Judgement."""


@dataclass(frozen=True)
class IndustryState:
    """Supply side at the start of a quarter. Pools (worlds, pools); lines are families at the core, then at the edge.

    arriving: made last quarter, installed this quarter, with its watts and chips per H100e; backlog, target H100e; growth a
    quarter; queue (worlds, lines, QUEUE) wafers booked; inventory, order_flow (worlds, lines) H100e; cumulative (worlds,
    families) H100e made, priced: the same when the tables' last prices were taken; price (worlds, pools); chip_price, rebate, design_progress (worlds, families); deal (worlds,
    pools): what an owner pays over the list price (sim/supply/deals.py)."""

    fleet: Fleet
    arriving: Array
    arriving_watts: Array
    arriving_chips: Array
    backlog: Array
    target: Array
    growth: Array
    queue: Array
    inventory: Array
    order_flow: Array
    cumulative: Array
    priced: Array
    price: Array
    chip_price: Array
    allocation: Array
    deal: Array
    rebate: Array
    design_progress: Array


@dataclass(frozen=True)
class Made:
    """What the supply side did in a quarter. Pools: online, installed, delivered, retired (worlds, pools) H100e; lines: output,
    diverted (worlds, lines) H100e, wafers made; owners: powered_share (worlds, owners)."""

    online: Array
    installed: Array
    delivered: Array
    retired: Array
    cancelled: Array
    output: Array
    diverted: Array
    wafers: Array
    powered_share: Array
    production: Production
    unit_cost: Array
    costs: Costs


class Industry:
    """Rules of the supply side for a roster; state is handed in and out."""

    def __init__(self, roster: Roster, start: Start, given: Array) -> None:
        self.roster, self.start, self.given = roster, start, given
        self.families = len(roster.families)
        edge = roster.pool_is_edge
        self.line = roster.pool_family + np.where(edge, self.families, 0)
        self.lines = 2 * self.families
        self.core = ~edge
        self.prepaid = numbers(roster.tables["families"], "foundry_prepaid_share")

    # --- costs and technology -------------------------------------------------------------------------------------

    def opening_chip_price(self, p: Parameters) -> Array:
        """List prices of chips at the start on root parameters: (worlds, families)."""
        unit = self.start.made(self.start.quarter, p).cost_per_h100e * self.start.opening_cost_factor
        return self.list_price(unit, p, p.transfer_price_weight)

    def unit_cost(self, made: Production, cumulative: Array, then: Array, p: Parameters) -> Array:
        """Unit cost of new chips with experience since `then` (both cumulative output), USD per H100e: (worlds, families)."""
        exponent = technology.experience_exponent(p.progress_ratio)[:, None]
        now = technology.effective_output(cumulative, p.experience_spillover)
        learned = technology.experience_factor(now, technology.effective_output(then, p.experience_spillover), exponent)
        return made.cost_per_h100e * self.start.own_cost_factor * learned * p.unit_cost_factor

    @property
    def cumulative_at_start(self) -> Array:
        """Units made before the start, H100e (worlds, families): the stock, and a little for families without one."""
        stock = self.start.tables.stock(self.start.quarter)
        total = np.zeros(self.families)
        for pool, family in enumerate(self.roster.pool_family):
            total[family] += stock[pool] * self.core[pool]
        return np.broadcast_to(np.maximum(total, 1e3), (self.start.worlds, self.families))

    def pool_chip_price(self, chip_price: Array) -> Array:
        """Price of new chips by pool: (worlds, pools)."""
        return chip_price[:, self.roster.pool_family]

    # --- the start ------------------------------------------------------------------------------------------------

    def begin(self, p: Parameters) -> IndustryState:
        """State before the first quarter: fleets, a pipeline that continues recent deliveries, posted prices."""
        s, worlds = self.start, self.start.worlds
        made = s.made(s.quarter, s.root)
        self.pipeline = Pipeline.open(
            self.given, s.tables.flow(), np.where(self.core, s.tables.recent_growth(), INITIAL_GROWTH), p.delivery_growth_persistence, self.line, self.lines,
            p.foundry_lead_quarters, QUEUE + 1,
        )  # fmt: skip
        flow = self.pipeline.ahead[:, 1]
        by_line = total_by(flow, self.line, self.lines)
        growth = np.minimum(s.tables.recent_growth(), p.order_growth_cap)
        unit = self.unit_cost(made, self.cumulative_at_start, self.cumulative_at_start, p)
        family = self.roster.pool_family
        stock = np.broadcast_to(s.tables.stock(s.quarter), flow.shape)
        target = stock * np.array([pool.booked_share for pool in self.roster.pools]) / p.target_utilisation[:, None]
        return IndustryState(
            fleet=s.fleet(), arriving=self.pipeline.ahead[:, 0], arriving_watts=made.watts_per_h100e[:, family],
            arriving_chips=1.0 / made.h100e_per_chip[:, family], backlog=flow + USUAL_BACKLOG * self.pipeline.ahead[:, 2], target=target,
            growth=np.repeat(np.maximum(growth, 0.0)[:, None], flow.shape[1], axis=1), queue=self.pipeline.queue(self._per_wafer(made), QUEUE), inventory=np.zeros_like(by_line), order_flow=by_line,
            cumulative=self.cumulative_at_start, priced=self.cumulative_at_start, price=s.tables.price(s.root.edge_price_premium),
            chip_price=self.list_price(unit, p, np.zeros(worlds)), allocation=np.zeros_like(unit),
            deal=np.ones_like(flow), rebate=np.zeros_like(unit), design_progress=np.zeros_like(unit),
        )  # fmt: skip

    def list_price(self, unit_cost: Array, p: Parameters, separation: Array) -> Array:
        """Chip prices by rule: margin for merchants, transfer price for own designs. (worlds, families)."""
        merchant = prices.chip_price(unit_cost, p.vendor_gross_margin)
        own = prices.transfer_price(unit_cost, p.vendor_gross_margin, separation[:, None])
        return np.where(self.roster.family_is_own, own, merchant)

    def wafers_at_start(self) -> Array:
        """Core wafers booked a quarter when the game opens, (worlds,): what foundry capacity is measured against."""
        queue = self.pipeline.queue(self._per_wafer(self.start.made(self.start.quarter, self.start.root)), QUEUE)
        return np.asarray(queue[:, : self.families].sum(axis=(1, 2)) / np.rint(self.pipeline.lead))

    def _per_wafer(self, made: Production) -> Array:
        return np.concatenate([made.h100e_per_wafer, made.h100e_per_wafer], axis=1)

    # --- step 3 of the quarter ------------------------------------------------------------------------------------

    def produce(
        self, state: IndustryState, p: Parameters, quarter: int, foundry_level: Array, powered_mw: Array
    ) -> tuple[IndustryState, Made]:
        """Install what arrived, make and deliver what was booked, power what sites can power."""
        made = self.start.made(self.start.quarter + quarter, p)
        fleet, retired = state.fleet.age(
            state.arriving, state.arriving_watts, state.arriving_chips, p.retirement_quarters
        )
        core_mw = fleet.it_mw() * p.pue[:, None] * self.core
        needed = total_by(core_mw, self.roster.pool_owner, len(self.roster.owners))
        powered = supply.powered_share(needed, powered_mw)
        online = fleet.total() * np.where(self.core, powered[:, self.roster.pool_owner], 1.0)
        wafers = self._wafers(state, p, foundry_level)
        output = wafers * self._per_wafer(made)
        unit = self.unit_cost(made, state.cumulative, state.priced, p) * np.exp(-state.design_progress)
        diverted = output * np.concatenate([p.supply_diversion, np.zeros_like(p.supply_diversion)], axis=1)
        available = state.inventory + output - diverted
        priority = 1.0 + state.allocation[:, self.roster.pool_family] * ratio(
            state.backlog, state.backlog.mean(axis=1, keepdims=True)
        )
        loyal = deals.loyalty(self.roster, fleet.total() + state.backlog)
        priority = priority * (1.0 + REBATE_PRIORITY * state.rebate[:, self.roster.pool_family] * loyal)
        delivered = supply.deliver(state.backlog, available, self.line, priority)
        if self.pipeline.known(quarter):  # the pipeline that was under way at the start comes as it came
            delivered = np.broadcast_to(self.given[quarter], delivered.shape)
            output = total_by(delivered, self.line, self.lines)
            wafers, diverted = output / self._per_wafer(made), np.zeros_like(output)
            available = state.inventory + output
            state = replace(state, order_flow=np.maximum(state.order_flow, output))
        inventory = available - total_by(delivered, self.line, self.lines)
        backlog = np.maximum(state.backlog - delivered, 0.0)
        limit = BACKLOG_QUARTERS * np.maximum(output, state.order_flow)
        over = ratio(limit, total_by(backlog, self.line, self.lines))
        kept = backlog * np.minimum(1.0, over)[:, self.line]
        queue = np.concatenate([state.queue[..., 1:], np.zeros_like(state.queue[..., :1])], axis=2)
        queue, kept = self.pipeline.in_step(queue, kept, quarter, self._per_wafer(made))
        family, s = self.roster.pool_family, self.start
        cumulative = (
            state.cumulative
            + output[:, : self.families]
            + p.edge_ecosystem_spillover[:, None] * output[:, self.families :]
        )
        after = replace(
            state, fleet=fleet, arriving=delivered, arriving_watts=made.watts_per_h100e[:, family],
            arriving_chips=1.0 / made.h100e_per_chip[:, family], backlog=kept, inventory=inventory,
            queue=queue,
            cumulative=cumulative, priced=cumulative if s.quarter + quarter <= s.last_priced else state.priced,
        )  # fmt: skip
        chip_cost = self.pool_chip_price(state.chip_price) * state.deal
        return after, Made(
            online=online, installed=fleet.total(), delivered=delivered, retired=retired, cancelled=np.maximum(backlog - kept, 0.0), output=output,
            diverted=diverted, wafers=wafers, powered_share=powered, production=made, unit_cost=unit,
            costs=costs(self.roster, p, made, chip_cost),
        )  # fmt: skip

    def _wafers(self, state: IndustryState, p: Parameters, foundry_level: Array) -> Array:
        """Wafers made of what is due: the core within foundry capacity, the edge on silicon of its own (or crowding the core)."""
        due = state.queue[..., 0]
        core, edge = due[:, : self.families], due[:, self.families :]
        capacity = (
            self.wafers_at_start() * p.foundry_headroom * foundry_level * p.foundry_capacity_factor
            - p.foundry_crowding * edge.sum(axis=1)
        )
        made = supply.allocate_foundry(core, np.broadcast_to(self.prepaid, core.shape), np.maximum(capacity, 0.0))
        return np.concatenate([made, edge], axis=1)

    # --- steps 5 and 7: decisions and what they aim at --------------------------------------------------------------

    def order(
        self,
        state: IndustryState,
        made: Made,
        clouds: list[tuple[Index, CloudDecision]],
        vendors: list[tuple[int, VendorDecision]],
        p: Parameters,
    ) -> IndustryState:
        """Take in prices, orders and bookings: prices hold now, orders and bookings join their queues."""
        ordered, price = np.zeros_like(state.backlog), state.price.copy()
        for pools, decided in clouds:
            ordered[:, pools] = ratio(decided.order_mw, made.costs.mw_per_h100e[:, pools])
            highest = made.costs.long_run_usd[:, pools] * (1.0 + p.price_cap_markup[:, None])
            price[:, pools] = np.minimum(decided.price_usd_per_h100e_hour, highest)
        queue, chip_price, allocation = state.queue.copy(), state.chip_price.copy(), state.allocation.copy()
        position = np.rint(p.foundry_lead_quarters).astype(np.int64) - 1
        worlds = np.arange(len(queue))
        for family, decision in vendors:
            chip_price[:, family], allocation[:, family] = (
                decision.chip_price_usd_per_h100e,
                decision.strategic_allocation,
            )
            for place, line in enumerate((family, family + self.families)):
                queue[worlds, line, position] += decision.booking_wafers[:, place]
        flow = 0.5 * state.order_flow + 0.5 * total_by(ordered, self.line, self.lines)
        return replace(
            state, backlog=state.backlog + ordered, price=price, queue=queue, chip_price=chip_price, allocation=allocation,
            order_flow=flow,
        )  # fmt: skip

    def aim(self, state: IndustryState, target: Array, p: Parameters) -> IndustryState:
        """Update the stock that long-run demand calls for and the growth that owners expect."""
        growth = supply.expect_growth(state.growth, target, state.target, p.growth_smoothing, p.order_growth_cap)
        return replace(state, target=target, growth=growth)

    def line_growth(self, state: IndustryState) -> Array:
        """Expected growth of each line's orders: pools' growth weighted by target, (worlds, lines)."""
        weighted = total_by(state.growth * state.target, self.line, self.lines)
        return ratio(weighted, total_by(state.target, self.line, self.lines))

    def committed_mw(self, state: IndustryState, p: Parameters, made: Made) -> Array:
        """Site power of core capacity installed, arriving and on order: (worlds, owners)."""
        running = (
            state.fleet.it_mw() * p.pue[:, None] + state.arriving * state.arriving_watts * p.pue[:, None] / WATTS_PER_MW
        )
        coming = state.backlog * made.costs.mw_per_h100e
        return total_by((running + coming) * self.core, self.roster.pool_owner, len(self.roster.owners))
