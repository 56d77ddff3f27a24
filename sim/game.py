"""One run of many parallel worlds: a Mesa model whose step is one quarter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import mesa
import numpy as np

from sim import entering, measures, plans, prelude, seam
from sim.accounts.settlement import Bills
from sim.anchors import meeting, protocol
from sim.arrays import Array, PerWorldOwner, ratio
from sim.begin import begin
from sim.briefings.deals import deal_room, power_ahead
from sim.briefings.everyone import Briefings
from sim.briefings.monitoring import watched
from sim.briefings.owners import limits
from sim.contract import Player, expected, standing, validated
from sim.decisions import Decision, Decisions, side_by_side
from sim.declarations import catalogue
from sim.economy import powered_mw
from sim.enforcement import cases, conduct
from sim.errors import InputError, unknown
from sim.labs.credit import barred, given_back, renegotiated
from sim.labs.purse import Dues, funding_due, with_stakes
from sim.market import captive, learning, sublets
from sim.market.entry import price_over_cost
from sim.market.sites import Offered
from sim.market.use import Use, called_for
from sim.measures import lock_in
from sim.noise import LONGEST_GAME, draw_noise
from sim.parameter_path import tied, together
from sim.past import Past
from sim.quarters import label
from sim.records import Records
from sim.remedies import docket
from sim.roster import load_roster
from sim.scenario import Scenario
from sim.sizes import whole
from sim.state import Opened, Quarter, State
from sim.streams import Branch, Streams
from sim.supply import joiners, programmes
from sim.supply.prices import aimed_markup

Cast = Callable[["Game"], Sequence[Player]]
"""Makes the players of a game: agents are added by whoever knows them."""
MOST_WORLDS = 1_000_000
"""All worlds of a game lie in memory; more are played in chunks, as batches do."""


class Game(mesa.Model):
    """A game of R worlds from a scenario. `run()` plays it to the end and returns its records.

    `brief()` opens a quarter, `step(decisions)` closes it: whoever is missing in the decisions is asked.

    worlds: how many; first_world: number of the first, so that a batch may be cut anywhere; draw: do worlds draw the
    uncertain parameters from their ranges (else every world has the defaults, and only chance differs)? branch: a past
    that all worlds share, if any. lock_in: quarters whose lock-in index is measured (16 evaluations each).
    beside: further scenarios of the same roster and calendar, in which the same worlds are played on the same axis, all
    worlds of a scenario before those of the next (`records.apart`): a quarter's fixed cost is paid once.
    values: parameters given world by world, by scalar name, one for every place of that axis (worlds x scenarios): a
    design in which every world has its own. A scenario beside itself is one more point of a design on the same draws.
    ahead: what is known of a later opening to which this game is the prelude.
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
        beside: Sequence[Scenario] = (),
        ahead: prelude.Ahead | None = None,
    ) -> None:
        worlds, quarters = whole("worlds", worlds, 1, MOST_WORLDS), whole("quarters", quarters, 1, LONGEST_GAME)
        seed, first_world = whole("seed", seed, 0), whole("first_world", first_world, 0)
        super().__init__(rng=seed)
        self.__dict__.pop("step", None)  # Mesa lays its own over it; that of 3.5 takes no decisions
        self.seed, self.quarters = seed, quarters
        self._lock_in = frozenset(whole("lock_in", quarter, 1, quarters) for quarter in lock_in)
        streams = Streams(seed, first_world, first_world + worlds, branch, 1 + len(beside))
        self.roster = load_roster(scenario.roster)
        before = self._open_on((scenario, *beside), cast, prelude.Draws(streams, draw, values or {}), ahead)
        self._briefings: Briefings | None = None
        self.expected = expected(self.roster, streams.worlds)
        self.players = list(cast(self))
        everyone_is_seated(self)
        self.records = Records(self.roster, scenario, first_world, streams.worlds)
        self.records.before = before

    def _open_on(
        self, scenarios: tuple[Scenario, ...], cast: Cast, draws: prelude.Draws, ahead: prelude.Ahead | None
    ) -> Records | None:
        """What is given and the state before the first quarter: from the tables, and from the quarters before, whose
        records it returns."""
        streams, scenario, known = draws.streams, scenarios[0], catalogue(self.roster)
        before = prelude.quarters_before(scenario)
        path = together(scenarios, known, streams, draws.draw, draws.values)
        span = (self.quarters, before) if ahead is None else (0, self.quarters)
        noise = draw_noise(self.roster, path.at(1), streams, *span).since(before)
        arriving = None if ahead is None else ahead.arriving
        self.given, self.state = begin(scenario, self.roster, path, streams, noise, arriving)
        if before:
            past = self._past(cast, draws)
            self.given, self.state = seam.carried(self.given, self.state, past)
            return past.records
        return None

    def _past(self, cast: Cast, draws: prelude.Draws) -> prelude.Past:
        """The quarters before the opening, on root parameters, this game's draws and default players."""
        before, default = prelude.Before.of(self.given, draws), getattr(cast, "default", None)

        def played() -> prelude.Past:
            return Game(before.scenario, default or cast, **before.game())._lived(before.ahead.origin)

        worlds = before.draws.streams.worlds
        past = played() if default is None else prelude.KEPT.get(before.key, worlds, played)
        return past.widened(draws.streams)

    def _lived(self, origin: int) -> prelude.Past:
        """What this game leaves as another's prelude."""
        try:
            while self.quarter < self.quarters:
                self._on_record(prelude.Known.of(self.given, self.state, origin))
        finally:
            self.close()
        return prelude.Past(self.given.opening, self.state, self.records)

    def _on_record(self, known: prelude.Known) -> None:
        """Play a quarter of a prelude: what labs held and sold is known of it."""
        core, opened = self.roster.sites[0], self.brief().opened
        self.given = replace(self.given, labs=known.labs, anchors=replace(self.given.anchors, given=known.held))
        self._briefings = shown = Briefings(self.given, self.state, replace(opened, labs=known.labs.begin()))
        decided: dict[str, Decision | None] = {}
        for player in (one for one in self.players if one.role == "lab"):
            own = player.decide(shown.own(player.role, player.name), shown.market)
            decided[player.name] = known.asked(core, player.name, own)
        self.step(decided)

    @property
    def quarter(self) -> int:
        """Quarters played."""
        return self.state.number

    # --- the quarter ----------------------------------------------------------------------------------------------

    def brief(self) -> Briefings:
        """Open the next quarter: the world moves, rules take effect, capacity arrives. Says what each party is shown.

        However often it is called, a quarter opens once; `step` closes it."""
        if self._briefings is None:
            self._briefings = Briefings(self.given, self.state, self._open())
        return self._briefings

    def _open(self) -> Opened:
        g, now = self.given, self.state
        number = now.number + 1
        p = now.entrant.felt(g.roster, now.entry.felt(g.path.at(number)))
        world = now.economy.moved(number, g.opening.wanted[0].sum(axis=1), p)
        labs = g.labs.moved(now.labs, now.sites[0], world.spending, p)
        pending = cases.advance(now.cases, g.agencies, g.chance.of(number), p)
        in_force = conduct.in_force(g.roster, pending, g.agencies, self._law(number), p)
        foundry = world.foundry * np.exp(g.noise.log_foundry[number])
        powered = now.power.shared(powered_mw(world, g.opening.mw, number, p))
        supply, made = g.industry.produce(now.supply, p, number, foundry, entering.powered(g, now, powered, p))
        cost = ratio(made.costs.long_run_usd, g.opening.costs.long_run_usd)
        world = world.owners_want(g.roster, g.opening.own, g.opening.own_price, cost, made.online, p)
        used = now.use if now.last else Use.booked(g.roster, supply.booked_share, supply.fleet.total())
        rules, free = in_force.rules(p), limits(g, now, world, supply, made, p)
        anchors = g.anchors.arrived(now.anchors, now.supply.backlog, made.delivered, supply.backlog)
        signed = now.struck.joined(g.anchors)
        binding, live = signed.binding(anchors.kept, rules.tie_factor, p), now.sites[0].book.live()
        deals = signed.standing(anchors, binding, live, number, free, p)
        return Opened(number, p, rules, in_force, made, world, supply, free, anchors, deals, labs, pending, used)

    def _law(self, number: int) -> conduct.Law:
        """Remedies as law dates them, and as regulators enforced them last (before the first quarter: in full)."""
        dated, last = docket(self.given.path.at(number)), self.state.last
        if last is None or self.state.number == 0:  # what was enforced before the opening is of another law
            enforced = dated[:, self.roster.regulator_region]
        else:
            enforced = last.decisions.regulators.remedy_strength
        return conduct.Law(dated, docket(self.given.path.announced(number)), enforced)

    def step(self, decided: Mapping[str, Decision | None] | None = None) -> None:
        """Play one quarter: everyone decides at once, the markets clear, money moves, all learn.

        decided: decisions by party; who is missing is asked, who is silent (None) repeats its last decision."""
        g, now, o = self.given, self.state, self.brief().opened  # o: p, rules, made, and the parts that have moved
        d, p = plans.held_to_money(g, now, o, self._decisions(decided or {})), o.p
        supply = plans.for_deals(g, g.industry.order(o.supply, o.made, d, p), o)
        supply = entering.first_order(g, now, supply, o)
        supply = replace(supply, price=joiners.at_cost(g.roster, supply.price, o.made.costs.long_run_usd, p))
        supply, terms = g.negotiation.strike(supply, now.terms, o.made, o.use.total, d.vendors, p)
        begun = cases.act(o.cases, g.agencies, d.regulators, p)
        held = captive.by_pool(g.roster, g.worlds, now.last.outcomes if now.last else ())
        aimed = joiners.aimed(g.roster, aimed_markup(now.entry.eroded(g.opening.markup, p), held, p), p)
        offered = Offered.of(o.number, supply, o.made, o.economy.own_wanted, aimed)
        signed, cost = now.struck.joined(g.anchors), o.made.costs.long_run_usd
        owed = signed.owed_at(o.deals, g.roster.sites[0], o.number, cost, p)
        offered = replace(offered, owed=now.struck.told(owed, signed, o.number, p))
        asked = g.markets.conditions(offered, now.learning, now.programmes, d, o.rules, p)
        there = (renegotiated(now.sites[0], o.labs, g.roster, p), *now.sites[1:])
        asked = (barred(asked[0], there[0], o.labs, g.roster), *asked[1:])
        met = protocol.meet(now.offers, d.clouds, d.labs)
        market = meeting.Market(o.number, g.markets.core, there[0], asked[0], cost, deal_room(g, now, o))
        lasting = np.where(o.labs.barred[:, g.places.lab] > 0.0, 0.0, o.anchors.kept)  # nobody signs with who is broke
        deals = meeting.concluded(g.places, signed, now.struck, met, market, lasting)
        sites, outcomes, own = g.markets.clear(there, asked, offered)
        core, traded = sublets.trade(g.markets.core, outcomes[0], supply.price, now.spot, g.noise.exchange[o.number], p)
        outcomes, labs = (core, *outcomes[1:]), g.labs.sell(o.labs, core, d.labs, p)
        use = Use.of(g.roster, outcomes, own)
        paid = price_over_cost(g.roster, supply.price, o.made.costs.long_run_usd, use.rented)
        called, booked = called_for(g.roster, outcomes, own, offered.own_wanted, p)
        by_market = signed.of_market(called, core.committed, o.deals, p)
        supply = g.industry.aimed(supply, o.made.online, by_market, booked, p)
        sites_mw, budgets = plans.shared_out(g, now, o, replace(supply, target=called), deals.struck)
        fines = conduct.fines(g.roster, begun, use, outcomes)
        funding = with_stakes(funding_due(g.labs.start, o.rules, o.number, p), deals.equity)
        dues = Dues.of(g.labs, labs, core, d.labs, funding, p)
        dues = dues.financed(g.labs, labs, core, traded, p)
        bills = Bills(
            o.made, outcomes, use, traded, d, fines, now.supply, supply.fleet, supply.backlog, dues.written_off()
        )
        books = g.books.settle(now.balance, bills, dues.payments(g.labs), p)
        labs = g.labs.learned(
            dues.paid(labs, g.labs.start, g.roster, books.ledger), core, own, offered.production, d.labs, p
        )
        research = programmes.research_shift(g.roster, d.vendors.research_share)
        built = now.programmes.after(g.hidden, d.clouds.edge_programme_musd, research, p)
        software = programmes.software_growth(research, p)
        known = now.learning.after(g.roster, outcomes, d.clouds.porting_kit_musd, software, p)
        sites = learning.ports(g.roster, sites, outcomes, d.labs.portability_musd, p)
        signs = conduct.signals(g.roster, o.rules, use, core, d, tied(p, o.number))
        begun = conduct.watch(g.roster, begun, signs, use, g.chance.of(o.number), p)
        supply = replace(supply, design_progress=built.progress)
        after = replace(
            now, number=o.number, economy=o.economy, supply=supply, programmes=built, terms=terms, sites=sites
        )
        kept = signed.left(signed.ordered(o.anchors, o.deals.order), given_back(labs, p), p)
        after = replace(after, anchors=kept, struck=deals.struck, offers=met.standing)
        entry, entrant, gone = entering.moved_on(g, now, paid, books.statement, o)
        after = replace(after, power=sites_mw, budget=budgets, entry=entry, entrant=entrant)
        after = replace(
            after, use=use, learning=known, spot=traded.index, labs=labs, cases=begun, balance=books.balance
        )
        self._close(after, Quarter(o, d, outcomes, use, traded, books.statement, books.ledger, signs), gone)

    def _close(self, after: State, played: Quarter, gone: PerWorldOwner) -> None:
        """Let what others will see of the quarter be remembered, measure it, and go on from what it leaves without who
        left, gone (worlds, owners)."""
        g, before = self.given, self.state
        seen = before.seen.after(watched(g, after.supply, after.sites, after.use))
        figures = measures.Figures.of(g, after.supply, played)
        indices = measures.indices(g, figures, before.indices, played)
        after = replace(after, seen=seen, indices=indices, last=played)
        self.records.append(after.number, measures.of(g, figures, before, after, played))
        if after.number in self._lock_in:
            frozen = played.outcomes[0].frozen
            self.records.append_lock_in(after.number, lock_in.measure(self.roster, g.markets.core, frozen))
        self.state, self._briefings = entering.wound_up(g, after, gone), None

    def past(self) -> Past:
        """What has been played so far, to go on from: of one world in any number, else in these very worlds."""
        return Past(self.state, self.records).widened(self.given.worlds, int(self.records.world[0]))

    def go_on(self, past: Past) -> None:
        """Take over a past instead of playing it: of the same scenario, seed and decisions, and of these worlds, or of
        the one world whose draws all worlds of this game share till then (`branch`)."""
        wide = past.widened(self.given.worlds, int(self.records.world[0]))
        self.state, self.records, self._briefings = wide.state, wide.records, None

    def run(self) -> Records:
        """Play all quarters."""
        while self.quarter < self.quarters:
            self.step()
        return self.records

    def close(self) -> None:
        """Let go of the players, and of Mesa's hold on this model (its class dictionary of agent numbers)."""
        self.remove_all_agents()
        self.players, self._briefings = [], None
        numbers = getattr(mesa.Agent, "_ids", None)
        if isinstance(numbers, dict):
            numbers.pop(self, None)

    # --- decisions ------------------------------------------------------------------------------------------------

    def _decisions(self, decided: Mapping[str, Decision | None]) -> Decisions:
        """Everybody's decisions, checked, side by side; whoever is missing is asked from what it is shown."""
        names = [player.name for player in self.players]
        if strangers := set(decided) - set(names):
            raise unknown("party", sorted(strangers)[0], names)
        shown, last = self.brief(), self.state.decided
        quarter = label(self.given.start.quarter + self.quarter + 1)
        found: dict[str, Any] = {}
        power = power_ahead(self.given, self.state, shown.opened)
        offers = meeting.Lawful(self.given.places, self.roster, power)
        for player in self.players:
            name, asked = player.name, player.name not in decided
            given = player.decide(shown.own(player.role, name), shown.market) if asked else decided[name]
            if given is None:  # an absent player's last decision stands
                if name not in last:
                    raise InputError(f"{name} has not decided anything yet; the first quarter needs a decision.")
                given = standing(last[name])
            found[name] = validated(given, self.expected[name], name, quarter)
            offers.check(found[name], player.role, name, quarter)
        return side_by_side(found, self.roster)


def everyone_is_seated(game: Game) -> None:
    """InputError when a party of the roster has no player."""
    roster = game.roster
    parties = {*roster.owners, *roster.families, *roster.buyers, *roster.regulators}
    missing = sorted(parties - {player.name for player in game.players})
    if missing:
        raise InputError(
            f"nobody holds the seat of {', '.join(missing)}; every party of roster '{roster.name}' needs a player."
        )
