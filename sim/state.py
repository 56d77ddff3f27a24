"""The three nouns inside a game: what is given, what a quarter hands to the next, and what happened in a quarter.

Each part is a dataclass of its room, and only that room makes the next one. A mechanism gets its parts, never these
nouns: only the game, its beginning, briefings and measures see them whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.accounts.ledger import Ledger
from sim.accounts.settlement import Bookkeeper
from sim.accounts.state import Balance, Statement
from sim.anchors.protocol import Places
from sim.anchors.protocol import Standing as OffersStanding
from sim.anchors.rules import Anchors, Limits
from sim.anchors.state import AnchorState, Standing
from sim.anchors.struck import Struck, last_known
from sim.arrays import Array, PerWorldFamily, PerWorldOwner, PerWorldPool
from sim.decisions import Decisions
from sim.economy import Economy
from sim.enforcement.chance import Chance
from sim.enforcement.conduct import InForce
from sim.enforcement.state import Agencies, Cases
from sim.indices import Indices
from sim.labs.product import LabMarket
from sim.labs.state import LabState
from sim.market.entrant import Entrant
from sim.market.entry import Entry
from sim.market.learning import Learning
from sim.market.sites import Markets
from sim.market.state import SiteOutcome, SiteState
from sim.market.sublets import Traded
from sim.market.use import Use
from sim.monitor import Memory, Monitor
from sim.noise import Noise
from sim.parameter_path import Path
from sim.parameters import Parameters
from sim.remedies import Rules
from sim.roster import Roster
from sim.scenario import Scenario
from sim.supply.costs import Costs
from sim.supply.deals import Terms
from sim.supply.industry import Industry
from sim.supply.negotiation import Negotiation
from sim.supply.power import Shares
from sim.supply.programmes import Hidden, Programmes
from sim.supply.start import Start
from sim.supply.state import IndustryState, Made


@dataclass(frozen=True)
class Opening:
    """What the opening solved, once. wanted: H100e by site, (worlds, buyers) each; own (worlds, pools): owners' own
    use, and own_price the cost of it that budgets had taken in; costs and markup (worlds, pools) of new capacity then;
    mw (worlds, owners) powered at the core; capex (worlds, owners) musd a quarter; own_chip (worlds, owners): what an
    owner's own chip counts for over what it earns when orders are split (sim/supply/make_or_buy.py)."""

    wanted: tuple[Array, ...]
    own: PerWorldPool
    own_price: PerWorldPool
    costs: Costs
    markup: PerWorldPool
    mw: PerWorldOwner
    capex: PerWorldOwner
    own_chip: PerWorldOwner


@dataclass(frozen=True)
class Given:
    """What never changes in a game: who takes part, the parameters' path, all draws, the opening, and the rules of each
    room."""

    worlds: int
    roster: Roster
    scenario: Scenario
    path: Path
    noise: Noise
    start: Start
    opening: Opening
    industry: Industry
    negotiation: Negotiation
    anchors: Anchors
    markets: Markets
    labs: LabMarket
    agencies: Agencies
    chance: Chance
    hidden: Hidden
    books: Bookkeeper
    monitor: Monitor

    @cached_property
    def places(self) -> Places:
        """Where labs and clouds may sign, and from when on."""
        roster, since = self.roster, last_known(self.scenario) - self.start.quarter + 1
        return Places.of(self.anchors.deals, roster.sites[0], (len(roster.owners), len(roster.labs)), since)


@dataclass(frozen=True)
class State:
    """What a quarter hands to the next. number: quarters played; last: the quarter that was, None before the first."""

    number: int
    economy: Economy
    power: Shares
    budget: Shares
    supply: IndustryState
    programmes: Programmes
    terms: Terms
    anchors: AnchorState
    struck: Struck
    offers: OffersStanding
    sites: tuple[SiteState, ...]
    use: Use
    learning: Learning
    spot: PerWorldFamily
    labs: LabState
    cases: Cases
    balance: Balance
    entry: Entry
    entrant: Entrant
    seen: Memory
    indices: Indices
    last: Quarter | None = None

    @property
    def decided(self) -> Mapping[str, Any]:
        """What each party decided last; nothing before the first quarter."""
        return {} if self.last is None or not self.number else self.last.decisions.by_party


@dataclass(frozen=True)
class Opened:
    """A quarter as it opens, before anybody decides: parameters and rules in force, what arrived, and the parts that
    have moved.

    free: what owners may order within, deals included; use: before the first quarter, what is booked of what is then
    installed."""

    number: int
    p: Parameters
    rules: Rules
    in_force: InForce
    made: Made
    economy: Economy
    supply: IndustryState
    free: Limits
    anchors: AnchorState
    deals: Standing
    labs: LabState
    cases: Cases
    use: Use


@dataclass(frozen=True)
class Quarter:
    """What happened in a quarter. signs (worlds, regulators, theories): true signals of conduct; ledger: every
    payment."""

    opened: Opened
    decisions: Decisions
    outcomes: tuple[SiteOutcome, ...]
    use: Use
    traded: Traded
    statement: Statement
    ledger: Ledger
    signs: Array
