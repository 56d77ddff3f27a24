"""One run of many parallel worlds: a Mesa model whose step is one quarter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import mesa
import numpy as np

from sim import remedies
from sim.accounts.settlement import Bookkeeper, Statement
from sim.arrays import Array, ratio, total_by
from sim.briefings import everyone, monitoring, public
from sim.briefings.monitoring import Monitor
from sim.contract import Player, expected, standing, validated
from sim.decisions import broken, side_by_side
from sim.declarations import catalogue
from sim.enforcement import cases, conduct
from sim.enforcement.cases import Agencies, Cases
from sim.enforcement.conduct import Chance
from sim.equilibrium import clearing
from sim.errors import InputError
from sim.finance import growth_factor
from sim.labs import purse
from sim.labs.product import LabMarket
from sim.market import demand, sites, sublets
from sim.market.learning import Learning
from sim.market.opening import open_site
from sim.market.site import SiteMarket
from sim.market.state import SiteOutcome
from sim.market.traits import traits
from sim.measures import balances
from sim.measures import lock_in as lock_in_index
from sim.measures import parties as party_meter
from sim.measures.market import Meter
from sim.noise import LONGEST_GAME, draw_noise
from sim.parameter_path import ParameterPath
from sim.parameters import Parameters
from sim.quarters import label
from sim.records import Records
from sim.roster import load_roster
from sim.scenario import Scenario
from sim.streams import Branch, Streams
from sim.supply import capacity, negotiation, programmes
from sim.supply.costs import costs
from sim.supply.deals import Terms
from sim.supply.industry import Industry, IndustryState, Made
from sim.supply.programmes import Levers
from sim.supply.start import Start
from sim.units import USD_PER_MUSD

Cast = Callable[["Game"], Sequence[Player]]
"""Makes the players of a game: agents are added by whoever knows them."""


class Game(mesa.Model):
    """A game of R worlds from a scenario. `run()` plays it to the end and returns its records.

    worlds: how many; first_world: number of the first, so that a batch may be cut anywhere; draw: do worlds draw the
    uncertain parameters from their ranges (else every world has the defaults, and only chance differs)? branch: a past that
    all worlds share, if any. lock_in: quarters whose lock-in index is measured (16 evaluations each).
    values: parameters given world by world, (worlds,) by scalar name: a design in which every world has its own.
    Call `close()` when done: Mesa 3.3 otherwise keeps every model alive.
    """

    def __init__(
        self,
        scenario: Scenario,
        cast: Cast,
        *,
        worlds: int = 1,
        quarters: int = 20,
        seed: int = 1,
        first_world: int = 0,
        draw: bool = True,
        branch: Branch | None = None,
        lock_in: Collection[int] = (),
        values: Mapping[str, Array] | None = None,
    ) -> None:
        super().__init__(rng=seed)
        balances.size_is_allowed(worlds, quarters, LONGEST_GAME)
        self.setting, self.seed, self.quarters = scenario, seed, quarters  # Mesa 3.5 keeps `scenario` for itself
        self.quarter, self.lock_in_quarters = 0, frozenset(lock_in)
        self.roster = load_roster(scenario.roster)
        self.streams = Streams(seed, first_world, first_world + worlds, branch)
        self.path = ParameterPath(scenario, catalogue(self.roster), self.streams, draw, values)
        self._set_the_stage(self.path.at(1))
        self.expected = expected(self.roster, worlds)
        self.players = list(cast(self))
        balances.everyone_is_seated(self)
        self.records = Records(self.roster, scenario, first_world, worlds)

    def _set_the_stage(self, p: Parameters) -> None:
        roster, root = self.roster, self.path.root
        self.start = Start(roster, self.setting, root, p, self.streams)
        self.noise = draw_noise(roster, p, self.streams, self.quarters)
        self.industry = Industry(roster, self.start, self.start.tables.given)
        self.supply: IndustryState = self.industry.begin(p)
        fixed = [traits(site, roster, self.start.tables.stock(self.start.quarter)) for site in roster.sites]
        self.markets = [SiteMarket(site, roster, one, p) for site, one in zip(roster.sites, fixed, strict=True)]
        opening = [SiteMarket(site, roster, one, root) for site, one in zip(roster.sites, fixed, strict=True)]
        begun = [open_site(self.start, market, self.supply.price) for market in opening]
        self.sites = [state for state, _ in begun]
        self.start_wanted = [wanted for _, wanted in begun]
        booked, captive = self.start.booked()
        worlds = self.streams.worlds
        self.start_captive = np.broadcast_to(captive, (worlds, len(roster.pools)))
        self.booked_share = np.broadcast_to(
            ratio(booked + captive, self.start.tables.stock(self.start.quarter)), (worlds, len(roster.pools))
        )
        self.captive_felt = self.captive_start = self.start.felt_over_price(root)[:, None] * np.ones(len(roster.pools))
        self.retired = np.zeros((worlds, len(roster.pools)))
        self.learning = Learning(roster, worlds)
        self.spending_index, self.power_index = np.ones(worlds), np.ones(worlds)
        self.foundry_index, self.budget_index = np.ones(worlds), np.ones(worlds)
        self.adopted = self.start_wanted[1] / np.maximum(self.start_wanted[1].sum(axis=1, keepdims=True), 1e-12)
        self.edge_base = self.start_wanted[1].sum(axis=1)
        self.product = LabMarket(self, root)
        self.last: dict[str, Any] = {}
        self.levers = Levers.start(worlds, len(roster.owners), len(roster.families))
        self.hidden = programmes.Hidden.draw(roster, self.streams)
        self.terms, self.leverage = Terms.none(self.supply.chip_price), np.zeros((0, 0))
        self.agencies, self.enforcement = Agencies.of(roster), Chance(self.streams, roster.regulators)
        self.cases = Cases.none(worlds, len(roster.regulators))
        self.conduct_seen = np.zeros_like(self.cases.stage)
        self.decided = remedies.docket(p)[:, roster.regulator_region]
        self.books = Bookkeeper(roster)
        self._opening_costs(root)
        equipment = self.start.assets(self.supply.fleet, self.opening_costs.capex_usd_per_h100e)
        self.balance = self.books.open(equipment, self.opening_mw * root.site_capex_musd_per_mw[:, None])
        self.meter_rented = np.array([pool.direct or bool(roster.managed_titles[pool.owner]) for pool in roster.pools])
        self.spot_index = sublets.opening_index(self)
        self.statement: Statement | None = None
        self.last_outcomes: tuple[SiteOutcome, ...] = ()
        self.monitor = Monitor(roster, self.streams, monitoring.watched(self))
        self.meter = Meter(self)

    def _opening_costs(self, p: Parameters) -> None:
        made = self.start.made(self.start.quarter, p)
        self.opening_costs = costs(
            self.roster, p, made, self.industry.pool_chip_price(self.industry.opening_chip_price(p))
        )
        long_run = self.opening_costs.long_run_usd
        self.start_markup = np.where(self.supply.price > 0.0, ratio(self.supply.price, long_run) - 1.0, 0.0)
        self.opening_mw = self._core_mw(p)
        flow = np.maximum(self.start.tables.flow(), 0.0) * ~self.roster.pool_is_edge
        capex = (self.opening_costs.capex_usd_per_h100e + self.opening_costs.site_usd_per_h100e) * flow / USD_PER_MUSD
        self.opening_capex = total_by(capex, self.roster.pool_owner, len(self.roster.owners))

    def _core_mw(self, p: Parameters) -> Array:
        mw = self.supply.fleet.it_mw() * p.pue[:, None] * ~self.roster.pool_is_edge
        return total_by(mw, self.roster.pool_owner, len(self.roster.owners))

    # --- the quarter ----------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Play one quarter: the world moves, rules take effect, capacity arrives, everyone decides at once, the market clears."""
        self.quarter += 1
        p = self.path.at(self.quarter)
        self._world_moves(p)
        rules = conduct.rules_in_force(self, p)
        made = self._capacity_arrives(p)
        decisions = self._everyone_decides(p, made, rules)
        outcomes, captive = sites.clear_markets(self, p, rules, made, decisions)
        self.p, self.captive_used = p, captive
        core, self.traded = sublets.trade(self, p, outcomes[0])
        outcomes = (core, *outcomes[1:])
        self.last_outcomes, self.spot_index = outcomes, self.traded.index
        self.product.sell(p, core, decisions)
        self._aim(p, outcomes, captive)
        self.statement = self._settle(p, rules, made, outcomes, captive, decisions)
        self.product.learn(p, outcomes[0], captive, made.production.efficiency, decisions)
        self.learning = self.learning.after(
            p, self.roster, outcomes, self._kits(decisions), programmes.build_up(self, p, decisions)
        )
        self._learn_ports(p, outcomes, decisions)
        conduct.watch(self, p, rules, decisions)
        measured = self.meter.measure(p, made, outcomes, captive, self.statement)
        parties = party_meter.measure(self, p, outcomes, self.statement)
        self.records.append(self.quarter, {**measured, "parties": parties})
        if self.quarter in self.lock_in_quarters:
            index = lock_in_index.measure(self.roster, self.markets[0], self.last_outcomes[0].frozen)
            self.records.append_lock_in(self.quarter, index)
        self.monitor.update(monitoring.watched(self))

    def run(self) -> Records:
        """Play all quarters."""
        while self.quarter < self.quarters:
            self.step()
        return self.records

    def close(self) -> None:
        """Let go of the players, and of Mesa's hold on this model (its class dictionary of agent numbers)."""
        self.remove_all_agents()
        self.players, self.last = [], {}
        numbers = getattr(mesa.Agent, "_ids", None)
        if isinstance(numbers, dict):
            numbers.pop(self, None)

    def _world_moves(self, p: Parameters) -> None:
        growth = demand.spending_growth(
            p.spending_growth_start, p.spending_growth_long_run, p.spending_growth_half_life_quarters, self.quarter
        )
        self.spending_index = self.spending_index * np.exp(growth)
        self.power_index = self.power_index * self._power_growth(p, self.quarter)
        self.foundry_index = self.foundry_index * growth_factor(p.foundry_growth, 1)
        self.budget_index = self.budget_index * growth_factor(p.capital_budget_growth, 1)
        # edge potential is a share of the reference core demand of the time, not of actual core use: the two stay apart
        reference = self.start_wanted[0].sum(axis=1) * self.spending_index
        potential = np.maximum(p.edge_potential_share * reference, self.edge_base)
        self.edge_base = demand.bass_step(self.edge_base, potential, p.edge_innovation, p.edge_imitation)
        self.product.world_moves(self, p)

    def _capacity_arrives(self, p: Parameters) -> Made:
        self.chip_price_billed, self.deal_billed = self.supply.chip_price, self.supply.deal
        self.last_inventory, self.last_arriving = self.supply.inventory, self.supply.arriving
        self.last_installed = self.supply.fleet.total()
        foundry = self.foundry_index * np.exp(self.noise.log_foundry[self.quarter])
        self.supply, made = self.industry.produce(self.supply, p, self.quarter, foundry, self.powered_mw(p))
        self.retired = self.retired + made.retired
        return made

    def powered_mw(self, p: Parameters, ahead: int = 0) -> Array:
        """Power of the owners' sites now, or so many quarters ahead at today's growth, MW (worlds, owners)."""
        level = self.power_index * p.power_headroom * p.power_level
        for quarter in range(self.quarter + 1, self.quarter + ahead + 1):
            level = level * self._power_growth(p, quarter)
        return self.opening_mw * level[:, None]

    @staticmethod
    def _power_growth(p: Parameters, quarter: int) -> Array:
        rates = (p.power_growth_start, p.power_growth_long_run, p.power_half_life_quarters)
        return np.asarray(np.exp(demand.spending_growth(*rates, quarter)))

    # --- decisions ------------------------------------------------------------------------------------------------

    def _everyone_decides(self, p: Parameters, made: Made, rules: remedies.Rules) -> dict[str, Any]:
        market = public.public(self, p)
        private = everyone.private(self, p, made, rules)
        decisions = {}
        for player in self.players:
            given = player.decide(private[player.role, player.name], market)
            if given is None:  # an absent player's last decision stands
                if player.name not in self.last:
                    raise InputError(f"{player.name} has not decided anything yet; the first quarter needs a decision.")
                given = standing(self.last[player.name])
            like, quarter = self.expected[player.name], label(self.start.quarter + self.quarter)
            decisions[player.name] = validated(given, like, player.name, quarter)
        self.last = decisions
        self.broken = broken(side_by_side(decisions, self.roster))
        self._take_in(p, made, decisions)
        return decisions

    def _take_in(self, p: Parameters, made: Made, decisions: dict[str, Any]) -> None:
        roster = self.roster
        clouds = [(np.flatnonzero(roster.pool_owner == k), decisions[owner]) for k, owner in enumerate(roster.owners)]
        vendors = [(f, decisions[family]) for f, family in enumerate(roster.families)]
        self.supply = self.industry.order(self.supply, made, clouds, vendors, p)
        negotiation.strike(self, p, made, decisions)
        agencies = [decisions[name] for name in roster.regulators]
        self.decided = np.stack([one.remedy_strength for one in agencies], axis=1)
        self.cases = cases.act(self.cases, self.agencies, agencies, p)

    def _kits(self, decisions: dict[str, Any]) -> Array:
        return np.stack([decisions[owner].porting_kit_musd for owner in self.roster.owners], axis=1)

    def in_use(self) -> Array:
        """H100e in use on every pool last quarter, own use included: (worlds, pools); before the first, what is booked."""
        if not self.last_outcomes:
            return self.booked_share * self.supply.fleet.total()
        return self.captive_used + self.books.pool_use(self.last_outcomes)

    @property
    def lab_statement(self) -> purse.LabStatement | None:
        """Last quarter's accounts of the labs, (worlds, labs) each; None before the first."""
        return self.product.state.statement

    def buyer_decisions(self) -> list[Any]:
        """This quarter's decisions of labs and segments."""
        return [self.last[party] for party in self.books.buyers]

    # --- what follows -------------------------------------------------------------------------------------------------

    def _aim(self, p: Parameters, outcomes: tuple[SiteOutcome, ...], captive: Array) -> None:
        """What owners learn from the quarter: the stock that demand at cost-based prices calls for, and how full they are."""
        target = capacity.long_run_target(
            np.zeros_like(captive), np.zeros_like(captive), self.captive_wanted, p.target_utilisation
        )
        booked = captive.copy()
        for market, outcome in zip(self.markets, outcomes, strict=True):
            pools = market.site.pools
            live = np.maximum(outcome.committed_by_pool - outcome.clearing.pool_quantity, 0.0)
            target[:, pools] = capacity.long_run_target(
                live, outcome.sought_long_run, self.captive_wanted[:, pools], p.target_utilisation
            )
            booked[:, pools] += outcome.committed_by_pool
        self.supply = self.industry.aim(self.supply, target, p)
        self.booked_share = np.minimum(ratio(booked, np.maximum(self.supply.fleet.total(), 1e-9)), 1.0)
        residuals = [*(outcome.clearing.residual for outcome in outcomes), self.product.residual()]
        missed = [~(residual <= clearing.TOLERANCE) for residual in residuals]  # NaN has not cleared either
        self.nonconverged = np.any([*missed, self.broken], axis=0)

    def _settle(
        self,
        p: Parameters,
        rules: remedies.Rules,
        made: Made,
        outcomes: tuple[SiteOutcome, ...],
        captive: Array,
        decisions: dict[str, Any],
    ) -> Any:
        self.vendor_cash_before, self.online = self.balance.vendor_cash, made.online
        watts = ratio(self.supply.fleet.it_mw() * 1e6, self.supply.fleet.total())
        labs = np.stack([decisions[lab].portability_musd for lab in self.roster.labs], axis=1)
        self.balance, statement = self.books.settle(
            p, self.balance, made, outcomes, captive, self._kits(decisions), programmes.edge_work(self, decisions), labs, watts, self.chip_price_billed,
            self.deal_billed, self.traded,
            conduct.fines(self),
            lambda ledger: self.product.close(purse.settle(self.product, ledger, p, rules, self.quarter, outcomes, labs)),
        )  # fmt: skip
        return statement

    def _learn_ports(self, p: Parameters, outcomes: tuple[SiteOutcome, ...], decisions: dict[str, Any]) -> None:
        labs = np.stack([decisions[lab].portability_musd for lab in self.roster.labs], axis=1)
        for number, (market, outcome) in enumerate(zip(self.markets, outcomes, strict=True)):
            self.sites[number] = self.learning.buyers(p, market, self.sites[number], outcome, labs)
