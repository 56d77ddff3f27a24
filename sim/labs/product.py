"""The labs' product market over time: what training builds up, what serving customers takes, and what labs have in the bank.

    K' = (1 - d) K + (d + g) x          training compute x of a quarter over its start; K(0) = 1 grew at g before
    tokens = H100e for serving x chip efficiency x software progress / compute per token (small models need less)

At the start token shares, revenue and the load of serving are solved once on the root and frozen. With labs alike in all
that follows, a lab's part of the market stays what it was, and serving takes the same part of the spending path.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.arrays import Array, Index, power, ratio, total_by
from sim.errors import InputError
from sim.finance import growth_factor
from sim.labs import tokens as token_market
from sim.labs.purse import LabStatement
from sim.labs.tokens import Sale, TokenBuyers
from sim.market.state import SiteOutcome
from sim.parameters import Parameters
from sim.roster import Roster, numbers
from sim.supply.tables import INITIAL_GROWTH

if TYPE_CHECKING:
    from sim.game import Game


@dataclass(frozen=True)
class LabStart:
    """Labs at the start, (labs,) unless said. h100e (worlds, labs) in use; tokens (worlds, labs) trillions a quarter; constant
    (worlds, labs) utils; efficiency (worlds, labs) of the chips in use; own_training (worlds, labs) H100e of its house's fleet."""

    h100e: Array
    training_share: Array
    small_share: Array
    price: Array
    revenue: Array
    cash: Array
    funding: Array
    capability: Array
    partner: Index
    region: Index
    own_fleet: Array
    tokens: Array
    constant: Array
    efficiency: Array
    own_training: Array

    @property
    def serving_h100e(self) -> Array:
        """Compute that serves customers at the start: (worlds, labs)."""
        return self.h100e * (1.0 - self.training_share)

    @property
    def training_h100e(self) -> Array:
        """Compute that trains at the start, the house's own fleet included: (worlds, labs)."""
        return self.h100e * self.training_share + self.own_training

    @property
    def weight(self) -> Array:
        """Shares of the labs in tokens: (worlds, labs)."""
        return ratio(self.tokens, self.tokens.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class LabState:
    """What the product market remembers, (worlds, labs) unless said.

    stock: K; frontier (worlds,): K that buyers know; small: share of research that has gone to small models; progress (worlds,)
    software gains per token; growth (worlds,) of compute that serves the market at cost-following prices, cost (worlds,) of a
    token over its start; asked: tokens asked for over the lab's part of the market; efficiency of the chips in use over the
    start; price and sale of last quarter; cash musd."""

    stock: Array
    frontier: Array
    small: Array
    progress: Array
    growth: Array
    cost: Array
    asked: Array
    efficiency: Array
    price: Array
    cash: Array
    shadow_price: Array
    sale: Sale | None = None
    serving_h100e: Array | None = None
    training_h100e: Array | None = None
    statement: LabStatement | None = None


def next_stock(stock: Array, training: Array, decay: Array) -> Array:
    """K' = (1 - d) K + (d + g) x, x being training compute over its start; grows at g when x does. Shapes broadcast."""
    return stock * (1.0 - decay) + (decay + INITIAL_GROWTH) * training


def compute_per_token(small: Array, start: Array, saving: Array) -> Array:
    """Compute that a token takes relative to the start: exp(-saving (small - start)). Shapes broadcast."""
    return np.asarray(np.exp(-saving * (small - start)))


def open_labs(game: Game, root: Parameters) -> LabStart:
    """Labs at the start of a game; constants solved on the root parameters. InputError when a lab has no starting figures."""
    roster, core = game.roster, game.roster.sites[0]
    t = roster.tables
    rows = {row["lab"]: row for row in t["lab_starts"] if row["quarter"] == game.setting.start}
    if missing := sorted(set(roster.labs) - set(rows)):
        raise InputError(
            f"start = '{game.setting.start}': no starting figures for {', '.join(missing)} in lab_starts.csv."
        )
    mine = [rows[lab] for lab in roster.labs]
    buyer = roster.lab_buyers
    h100e = np.take(game.start_wanted[0], buyer, axis=1)
    price, revenue = numbers(t["labs"], "token_price_usd_per_mtoken"), numbers(mine, "revenue_musd")
    tokens = np.where(h100e > 0.0, revenue / price, 0.0)
    fleet = np.zeros((len(roster.labs), len(roster.owners)))
    for lab, row in enumerate(mine):
        if row["own_fleet"]:
            fleet[lab, roster.owners.index(row["own_fleet"])] = float(row["own_fleet_share"])
    efficiency = chip_efficiency(
        game.sites[0].book.live(), game.start.made(game.start.quarter, root).efficiency, roster
    )
    return LabStart(
        h100e=h100e, training_share=numbers(t["labs"], "training_share"), small_share=numbers(t["labs"], "small_model_share"),
        price=price, revenue=revenue, cash=numbers(mine, "cash_musd"), funding=numbers(mine, "funding_musd"),
        capability=numbers(mine, "capability"), partner=core.buyer_partner[buyer], region=core.buyer_region[buyer],
        own_fleet=fleet, tokens=tokens, constant=token_market.constants(tokens, root.token_outside_share),
        efficiency=efficiency, own_training=own_training(game.start_captive, fleet, roster),
    )  # fmt: skip


def in_use(outcome: SiteOutcome, roster: Roster) -> Array:
    """Compute that each lab has in use, what it sublets from others included: (worlds, labs) H100e."""
    return np.take(outcome.used.sum(axis=1) + outcome.sublet, roster.lab_buyers, axis=1)


def own_training(captive: Array, fleet: Array, roster: Roster) -> Array:
    """H100e of its house's fleet that trains a lab's models: captive (worlds, pools), fleet (labs, owners) -> (worlds, labs)."""
    by_house = total_by(captive * ~roster.pool_is_edge, roster.pool_owner, len(roster.owners))
    return np.asarray((by_house[:, None, :] * fleet).sum(axis=2))


def chip_efficiency(use: Array, efficiency: Array, roster: Roster) -> Array:
    """Useful work per H100e of the chips that each lab rents directly: use (worlds, offers, buyers) -> (worlds, labs).

    A lab that rents none has the plain mean of the families."""
    core, buyer = roster.sites[0], roster.lab_buyers
    direct = core.offer_family >= 0
    rented = np.take(np.compress(direct, use, axis=1), buyer, axis=2)
    work = (rented * np.take(efficiency, core.offer_family[direct], axis=1)[:, :, None]).sum(axis=1)
    total = rented.sum(axis=1)
    return np.where(total > 0.0, ratio(work, total), efficiency.mean(axis=1)[:, None])


class LabMarket:
    """The market for the labs' products in a game: reads decisions and compute in use, sells tokens, moves capability."""

    def __init__(self, game: Game, root: Parameters) -> None:
        self.roster, self.buyers = game.roster, TokenBuyers.of(game.roster)
        self.start = start = open_labs(game, root)
        ones, even = np.ones(len(start.h100e)), np.ones_like(start.h100e)
        self.mass = start.tokens.sum(axis=1) / (1.0 - root.token_outside_share)
        self.state = LabState(
            stock=even, frontier=ones, small=even * start.small_share, progress=ones, growth=ones, cost=ones, asked=even,
            efficiency=even, price=even * start.price, cash=even * start.cash, shadow_price=np.zeros_like(even),
        )  # fmt: skip

    # --- before decisions -----------------------------------------------------------------------------------------

    def world_moves(self, game: Game, p: Parameters) -> None:
        """Software gains arrive; the market for tokens grows as spending does at the price that labs' budgets have taken in."""
        state, site = self.state, game.sites[0]
        buyer = self.roster.lab_buyers
        felt = (self.start.weight * np.take(ratio(site.felt_price, site.start_price), buyer, axis=1)).sum(axis=1)
        progress = state.progress * growth_factor(p.token_efficiency_growth, 1)
        growth = game.spending_index * p.demand_level * power(felt, p.price_elasticity)
        self.state = replace(state, progress=progress, growth=growth, cost=felt / progress)

    def per_token(self, p: Parameters) -> Array:
        """Compute per token over its start, by what small models save: (worlds, labs)."""
        return compute_per_token(self.state.small, self.start.small_share, p.small_model_saving[:, None])

    def tokens_per_h100e(self, p: Parameters) -> Array:
        """Trillions of tokens that an H100e serves in a quarter: (worlds, labs)."""
        s = self.state
        at_start = ratio(self.start.tokens, self.start.serving_h100e)
        return at_start * s.progress[:, None] * s.efficiency / self.per_token(p)

    def market_tokens(self) -> Array:
        """Tokens that all who choose want this quarter, doing without included, trillions: (worlds,)."""
        s = self.state
        return self.mass * s.growth * s.progress * (self.start.weight * s.efficiency).sum(axis=1)

    def serving_need(self, p: Parameters) -> Array:
        """H100e that last quarter's part of this quarter's market takes to serve: (worlds, labs)."""
        part = ratio(self.start.tokens, self.mass[:, None]) * self.state.asked
        return ratio(self.market_tokens()[:, None] * part, self.tokens_per_h100e(p))

    def lead(self) -> Array:
        """ln K over the frontier that buyers know: (worlds, labs)."""
        return np.asarray(np.log(self.state.stock / self.state.frontier[:, None]))

    # --- the quarter ----------------------------------------------------------------------------------------------

    def sell(self, p: Parameters, outcome: SiteOutcome, decisions: dict[str, Any]) -> None:
        """Tokens are sold within what the compute in use can serve; training gets the rest of what was set aside for it."""
        s, decided = self.state, [decisions[lab] for lab in self.roster.labs]
        price = np.stack([d.token_price_usd_per_mtoken for d in decided], axis=1)
        share = np.stack([d.training_share for d in decided], axis=1)
        used = in_use(outcome, self.roster)
        set_aside, rate = (1.0 - share) * used, self.tokens_per_h100e(p)
        dearness = np.log(price / self.start.price) - np.log(s.cost)[:, None]
        small = s.small - self.start.small_share
        value = token_market.utility(self.start.constant, self.lead(), dearness, small, self.buyers, p)
        mass = self.market_tokens()[:, None] * self.buyers.weight
        room = np.minimum(set_aside * (1.0 + p.serving_headroom[:, None]), used)
        sale = token_market.sell(value, mass, room * rate, s.shadow_price)
        serving = ratio(sale.sold.sum(axis=2), rate)
        training = share * used - np.maximum(serving - set_aside, 0.0)
        part = ratio(self.start.tokens, self.mass[:, None])
        asked = ratio(sale.asked, self.market_tokens()[:, None] * part)
        self.state = replace(
            s, price=price, sale=sale, asked=np.where(part > 0.0, asked, 1.0), serving_h100e=serving, training_h100e=training,
            shadow_price=sale.shadow_price,
        )  # fmt: skip

    def learn(
        self, p: Parameters, outcome: SiteOutcome, captive: Array, efficiency: Array, decisions: dict[str, Any]
    ) -> None:
        """What was trained adds to what labs know, what is old fades; the frontier is that of compute as labs used it at first."""
        s, start = self.state, self.start
        assert s.training_h100e is not None
        small = np.stack([decisions[lab].small_model_share for lab in self.roster.labs], axis=1)
        used = in_use(outcome, self.roster)
        better = ratio(chip_efficiency(outcome.used, efficiency, self.roster), start.efficiency)
        own, decay = own_training(captive, start.own_fleet, self.roster), p.capability_decay[:, None]
        focus = (1.0 - small) / (1.0 - start.small_share)
        trained = _over(s.training_h100e + own, start.training_h100e) * focus * better
        as_at_first = _over(start.training_share * used + own, start.training_h100e) * better
        known = (start.weight * as_at_first).sum(axis=1)
        speed = p.small_model_speed[:, None]
        self.state = replace(
            s, stock=next_stock(s.stock, trained, decay), frontier=next_stock(s.frontier, known, p.capability_decay),
            small=s.small + speed * (small - s.small), efficiency=better,
        )  # fmt: skip

    def close(self, statement: LabStatement) -> None:
        """Take in the quarter's accounts."""
        self.state = replace(self.state, statement=statement, cash=statement.cash)

    def residual(self) -> Array:
        """Residual of clearing in the last quarter's market for tokens: (worlds,)."""
        assert self.state.sale is not None
        return self.state.sale.residual

    # --- what others see --------------------------------------------------------------------------------------------

    def capability(self) -> Array:
        """Capability in log points of training: what it was at the start and what has been built up since. (worlds, labs)."""
        return self.start.capability + np.log(self.state.stock)

    def rank(self) -> Array:
        """1 for the most capable lab: (worlds, labs). Equals share the better rank."""
        level = self.capability()
        return 1.0 + (level[:, None, :] > level[:, :, None]).sum(axis=2)


def _over(now: Array, start: Array) -> Array:
    """A figure over its start; 1 where there was nothing at the start (such a lab stays as it is)."""
    return np.where(start > 0.0, ratio(now, start), 1.0)
