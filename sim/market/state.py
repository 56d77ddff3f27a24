"""What a site's market is told, what it remembers, and what comes out of a quarter."""

from __future__ import annotations

from dataclasses import dataclass

from sim.arrays import Array, Mask
from sim.equilibrium.clearing import Clearing
from sim.equilibrium.demand import Demand
from sim.market.contracts import Book
from sim.market.demand import Seekers
from sim.market.fit import Fit
from sim.market.lock_in import SwitchingCosts
from sim.parameters import Parameters
from sim.remedies import Rules


@dataclass(frozen=True)
class Owed:
    """What deals owe at a site this quarter, (worlds, offers, buyers): level H100e, the quarters to its end, what new
    capacity costs its owner, USD per H100e-hour, and the part that is paid for whether used or not; coming (worlds,
    buyers) H100e that is signed and not live yet, as far ahead as orders look. struck: the part of it that was struck
    in the game, and the price that was agreed then. known: all that labs hold in a quarter before the opening, which is
    given: what of it is no deal's is signed as it is posted, and labs seek nothing beyond."""

    level: Array
    term: Array
    cost: Array
    take_or_pay: Array
    coming: Array
    struck: tuple[Array, Array] | None = None
    known: Array | None = None


@dataclass(frozen=True)
class Conditions:
    """What a site's buyers face this quarter. Arrays over the site's pools (worlds, pools), over families (worlds,
    families).

    price, long_run_price: USD per H100e-hour; capacity: H100e online; captive: the owner's own use; efficiency: useful
    work per H100e at equal software, times the fit of chip and workload; software_gap: what an unskilled buyer loses;
    available (worlds, offers) is the offer sold? short_premium (worlds, owners): what a quarter costs over the one-year
    price; usual_term (worlds, buyers): what buyers were used to at the opening."""

    p: Parameters
    rules: Rules
    price: Array
    long_run_price: Array
    capacity: Array
    captive_wanted: Array
    efficiency: Array
    fit: Fit
    software_gap: Array
    ecosystem: Array
    watts_per_h100e: Array
    exit_fee_years: Array
    short_premium: Array
    taste: Array
    available: Mask
    wanted: Array
    term: Array
    usual_term: Array
    owed: Owed | None = None


@dataclass(frozen=True)
class SiteState:
    """What a site's market remembers from quarter to quarter.

    waiting (worlds, buyers, incumbents) H100e in use terms, displaced the part of it that was in use before it waited;
    managed_mix (worlds, managed, pools, TERMS) where each cohort of managed service runs; ports (worlds, buyers,
    families); gravity (worlds, buyers, owners); constants (worlds, offers,
    buyers); shadow_price (worlds, pools); market_price,
    felt_price, start_price (worlds, buyers) per H100e-hour of useful work."""

    book: Book
    managed_mix: Array
    waiting: Array
    displaced: Array
    ports: Array
    gravity: Array
    constants: Array
    shadow_price: Array
    market_price: Array
    felt_price: Array
    start_price: Array


@dataclass(frozen=True)
class Frozen:
    """A quarter's choice problem as it stood, for questions asked afterwards: live commitments that had not expired
    (worlds, offers, buyers), what they load on pools, own use of owners (worlds, pools), seekers (worlds, buyers,
    incumbents) in committed H100e, routing and prices of useful work."""

    state: SiteState
    conditions: Conditions
    live: Array
    committed_by_pool: Array
    captive: Array
    mass: Array
    routing: Array
    work_price: Array


@dataclass(frozen=True)
class Chosen:
    """A quarter's choice: who sought, what was asked at which switching costs, what cleared, and the problem as it
    stood.

    sought (worlds, pools): demand at cost-based prices; paid (worlds, offers, buyers) USD per H100e-hour of new
    commitments."""

    seekers: Seekers
    asked: Demand
    costs: SwitchingCosts
    cleared: Clearing
    frozen: Frozen
    sought: Array
    paid: Array


@dataclass(frozen=True)
class SiteOutcome:
    """What happened in a quarter; (worlds, offers, buyers) unless said otherwise. switching_fee_musd_per_hour (worlds,
    owners, buyers) goes to the cloud that is left; switched (worlds, buyers).

    price_agreed: full hourly bill of what is committed, USD an hour. leaning (worlds, families, buyers): H100e that
    wait, by the family of the direct offers they lean to. sublet (worlds, buyers): H100e used on top of `used`, from
    others on the exchange. sought_long_run (worlds, pools): demand of this quarter's choosers at cost-based prices with
    capacity relaxed. captive_share (worlds, owners): part of each cloud's business that the cost of leaving holds."""

    clearing: Clearing
    seekers: Seekers
    committed: Array
    used: Array
    signed: Array
    bill_musd_per_hour: Array
    exit_fee_musd_per_hour: Array
    switching_fee_musd_per_hour: Array
    porting_musd_per_hour: Array
    managed_use_by_pool: Array
    direct_use_by_pool: Array
    committed_by_pool: Array
    managed_committed_by_pool: Array
    captive_used: Array
    sought_long_run: Array
    switched: Array
    ported: Array
    price_paid: Array
    capacity: Array
    price_agreed: Array
    leaning: Array
    captive_share: Array
    sublet: Array
    frozen: Frozen
