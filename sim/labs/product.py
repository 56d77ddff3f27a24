"""The labs' product market over time: what training builds up, what serving customers takes, and what labs have in the
bank.

    K' = (1 - d) K + (d + g) x          training compute x of a quarter over its start; K(0) = 1 grew at g before
    tokens = H100e for serving x chip efficiency x software progress / compute per token (small models need less)

At the start token shares, revenue and the load of serving are solved once on the root and frozen. With labs alike in
all that follows, a lab's part of the market stays what it was, and serving takes the same part of the spending path.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.arrays import Array, power, ratio
from sim.decisions import LabDecision
from sim.finance import growth_factor
from sim.labs import growth, tokens
from sim.labs.opening import chip_efficiency, own_training
from sim.labs.state import LabStart, LabState
from sim.labs.tokens import TokenBuyers
from sim.market.state import SiteOutcome, SiteState
from sim.parameters import Parameters
from sim.roster import Roster
from sim.supply.tables import INITIAL_GROWTH
from sim.supply.technology import Production
from sim.units import QUARTERS_PER_YEAR


def next_stock(stock: Array, training: Array, decay: Array) -> Array:
    """K' = (1 - d) K + (d + g) x, x being training compute over its start; grows at g when x does. Shapes broadcast."""
    return stock * (1.0 - decay) + (decay + INITIAL_GROWTH) * training


def compute_per_token(small: Array, start: Array, saving: Array) -> Array:
    """Compute that a token takes relative to the start: exp(-saving (small - start)). Shapes broadcast."""
    return np.asarray(np.exp(-saving * (small - start)))


class LabMarket:
    """Rules of the market for the labs' products; state is handed in and out. mass (worlds,): tokens of all who choose
    at the start."""

    def __init__(self, roster: Roster, start: LabStart, root: Parameters) -> None:
        self.roster, self.start, self.buyers = roster, start, TokenBuyers.of(roster)
        self.mass = start.tokens.sum(axis=1) / (1.0 - root.token_outside_share)

    def begin(self) -> LabState:
        """State before the first quarter."""
        start = self.start
        ones, even = np.ones(len(start.h100e)), np.ones_like(start.h100e)
        return LabState(
            stock=even,
            frontier=ones,
            small=even * start.small_share,
            progress=ones,
            growth=ones,
            cost=ones,
            asked=even,
            efficiency=even,
            price=even * start.price,
            cash=even * start.cash,
            shadow_price=np.zeros_like(even),
            new_revenue=even * start.revenue * INITIAL_GROWTH * QUARTERS_PER_YEAR,
            barred=np.zeros_like(even),
            wanted=growth.Wanted.start(*even.shape),
        )

    # --- before decisions -----------------------------------------------------------------------------------------

    def moved(self, labs: LabState, core: SiteState, spending: Array, p: Parameters) -> LabState:
        """Software gains arrive; the market for tokens grows as spending does at the price that labs' budgets have
        taken in.

        spending (worlds,): the economy's index."""
        felt = np.take(ratio(core.felt_price, core.start_price), self.roster.lab_buyers, axis=1)
        felt = (self.start.weight * felt).sum(axis=1)
        progress = labs.progress * growth_factor(p.token_efficiency_growth, 1)
        grown = spending * p.demand_level * power(felt, p.price_elasticity)
        wanted = labs.wanted.moved(self.start.excess_growth, self.start.h100e, p)
        return replace(labs, progress=progress, growth=grown, cost=felt / progress, wanted=wanted)

    def per_token(self, labs: LabState, p: Parameters) -> Array:
        """Compute per token over its start, by what small models save: (worlds, labs)."""
        return compute_per_token(labs.small, self.start.small_share, p.small_model_saving[:, None])

    def tokens_per_h100e(self, labs: LabState, p: Parameters) -> Array:
        """Trillions of tokens that an H100e serves in a quarter: (worlds, labs)."""
        at_start = ratio(self.start.tokens, self.start.serving_h100e)
        return at_start * labs.progress[:, None] * labs.efficiency / self.per_token(labs, p)

    def market_tokens(self, labs: LabState) -> Array:
        """Tokens that all who choose want this quarter, doing without included, trillions: (worlds,). Who is wanted
        more than at the start brings its own."""
        more = (ratio(self.start.tokens, self.mass[:, None]) * (labs.wanted.level - 1.0)).sum(axis=1)
        return self._alike(labs) * (1.0 + more)

    def _alike(self, labs: LabState) -> Array:
        """The same if all labs were wanted as they were."""
        return self.mass * labs.growth * labs.progress * (self.start.weight * labs.efficiency).sum(axis=1)

    def serving_need(self, labs: LabState, p: Parameters) -> Array:
        """H100e that last quarter's part of this quarter's market takes to serve: (worlds, labs)."""
        return ratio(self._part(labs) * labs.asked, self.tokens_per_h100e(labs, p))

    def _part(self, labs: LabState) -> Array:
        """Tokens of each lab's part of the market, as much as it is wanted: (worlds, labs)."""
        part = ratio(self.start.tokens, self.mass[:, None])
        return self._alike(labs)[:, None] * part * labs.wanted.level

    # --- the quarter ----------------------------------------------------------------------------------------------

    def sell(self, labs: LabState, core: SiteOutcome, decided: LabDecision, p: Parameters) -> LabState:
        """Tokens are sold within what the compute in use can serve; training gets the rest of what was set aside for
        it.

        decided: side by side, (worlds, labs)."""
        price, share, used = decided.token_price_usd_per_mtoken, decided.training_share, in_use(core, self.roster)
        set_aside, rate = (1.0 - share) * used, self.tokens_per_h100e(labs, p)
        room = np.minimum(set_aside * (1.0 + p.serving_headroom[:, None]), used)
        mass = self.market_tokens(labs)
        sale = tokens.sell(
            self._utility(labs, price, p), mass[:, None] * self.buyers.weight, room * rate, labs.shadow_price
        )
        serving = ratio(sale.sold.sum(axis=2), rate)
        training = share * used - np.maximum(serving - set_aside, 0.0)
        part = self._part(labs)
        return replace(
            labs,
            price=price,
            sale=sale,
            asked=np.where(part > 0.0, ratio(sale.asked, part), 1.0),
            serving_h100e=serving,
            training_h100e=training,
            shadow_price=sale.shadow_price,
        )

    def _utility(self, labs: LabState, price: Array, p: Parameters) -> Array:
        """Utility of each lab's tokens to each class of buyers: by capability over the frontier, price and small
        models."""
        lead = np.asarray(np.log(labs.stock / labs.frontier[:, None]))
        dearness = np.log(price / self.start.price) - np.log(labs.cost)[:, None]
        small = labs.small - self.start.small_share
        wanted = labs.wanted.level
        constant = self.start.constant + np.where(wanted > 0.0, np.log(np.where(wanted > 0.0, wanted, 1.0)), -np.inf)
        return tokens.utility(constant, lead, dearness, small, self.buyers, p)

    def learned(
        self, labs: LabState, core: SiteOutcome, own: Array, chips: Production, decided: LabDecision, p: Parameters
    ) -> LabState:
        """What was trained adds to what labs know, what is old fades; the frontier is that of compute as labs used it
        at first.

        own (worlds, pools): owners' own use; decided: side by side, (worlds, labs)."""
        start, small = self.start, decided.small_model_share
        assert labs.training_h100e is not None
        used = in_use(core, self.roster)
        better = ratio(chip_efficiency(core.used, chips.efficiency, self.roster), start.efficiency)
        house, decay = own_training(own, start.own_fleet, self.roster), p.capability_decay[:, None]
        focus = (1.0 - small) / (1.0 - start.small_share)
        trained = _over(labs.training_h100e + house, start.training_h100e) * focus * better
        as_at_first = _over(start.training_share * used + house, start.training_h100e) * better
        known = (start.weight * as_at_first).sum(axis=1)
        speed = p.small_model_speed[:, None]
        return replace(
            labs,
            stock=next_stock(labs.stock, trained, decay),
            frontier=next_stock(labs.frontier, known, p.capability_decay),
            small=labs.small + speed * (small - labs.small),
            efficiency=better,
        )

    # --- what others see --------------------------------------------------------------------------------------------

    def capability(self, labs: LabState) -> Array:
        """Capability in log points of training: what it was at the start and what has been built up since. (worlds,
        labs)."""
        return self.start.capability + np.log(labs.stock)

    def rank(self, labs: LabState) -> Array:
        """1 for the most capable lab: (worlds, labs). Equals share the better rank."""
        level = self.capability(labs)
        return 1.0 + (level[:, None, :] > level[:, :, None]).sum(axis=2)


def in_use(core: SiteOutcome, roster: Roster) -> Array:
    """Compute that each lab has in use, what it sublets from others included: (worlds, labs) H100e."""
    return np.take(core.used.sum(axis=1) + core.sublet, roster.lab_buyers, axis=1)


def _over(now: Array, start: Array) -> Array:
    """A figure over its start; 1 where there was nothing at the start (such a lab stays as it is)."""
    return np.where(start > 0.0, ratio(now, start), 1.0)
