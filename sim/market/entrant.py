"""The newcomer that owns capacity: an owner that sleeps until price over cost has paid for entry long enough, and
leaves when it cannot pay.

    comes     the quarter after entry has opened (sim/market/entry.py), once in a game, where its switch lets it
    leaves    when cash, backers and lenders do not cover what it owes, had it built nothing in the quarter; or when
              the switch is turned off

Backers pay for what it builds, as those of other owners do, and for losses as long as entry pays.

Whether it is there is a mask a world: the rest of the model reads it as its switch, which is off where it is not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import PerWorld, PerWorldOwner, PerWorldPool, ratio, total_by
from sim.axes import Site
from sim.market.state import SiteState
from sim.parameters import Parameters
from sim.roster import Roster

UNPAID_MUSD = 1.0
"""What an owner may be short of without giving up: less than this is rounding."""


@dataclass(frozen=True)
class Entrant:
    """Where newcomers with capacity stand, (worlds,) each. there, fresh, left: are they in the market, in their first
    quarter, gone for good (0 or 1); came_mw: power of all sites as they came."""

    there: PerWorld
    fresh: PerWorld
    left: PerWorld
    came_mw: PerWorld

    @classmethod
    def none(cls, worlds: int) -> Entrant:
        """Nobody has come."""
        nothing = np.zeros(worlds)
        return cls(nothing, nothing, nothing, nothing)

    def felt(self, roster: Roster, p: Parameters) -> Parameters:
        """Parameters in which the switch of who enters is on only where it is there."""
        switches = [joiner.switch for joiner in roster.joiners if joiner.enters]
        return p.replace(**{name: allowed(p, name) * self.there for name in switches}) if switches else p

    def failing(self, roster: Roster, short: PerWorldOwner, p: Parameters) -> PerWorldOwner:
        """Who leaves after a quarter: ones, (worlds, owners). short: musd that nobody pays, had nothing been built; p:
        before it is felt."""
        gone = np.zeros_like(short)
        for joiner in (one for one in roster.joiners if one.enters):
            broke = (short[:, joiner.owner] > UNPAID_MUSD) | (allowed(p, joiner.switch) == 0.0)
            gone[:, joiner.owner] = self.there * broke
        return gone

    def after(self, roster: Roster, is_open: PerWorld, gone: PerWorldOwner, mw: PerWorld, p: Parameters) -> Entrant:
        """A quarter later. is_open (worlds,): does entry pay; gone (worlds, owners): who leaves; mw (worlds,): power of
        all sites; p: before it is felt."""
        if not roster.entering.any():
            return self
        may = np.max([allowed(p, joiner.switch) for joiner in roster.joiners if joiner.enters], axis=0)
        leaves = gone[:, roster.entering].max(axis=1)
        comes = np.where((self.there + self.left == 0.0) & (is_open > 0.0), may, 0.0)
        came = np.where(comes > 0.0, mw, self.came_mw)
        return Entrant(self.there - leaves + comes, comes, np.maximum(self.left, leaves), came)


def allowed(p: Parameters, switch: str) -> PerWorld:
    """Is a switch on? (worlds,), ones and zeros."""
    return np.where(getattr(p, switch) > 0.5, 1.0, 0.0)


def part_of_capacity(roster: Roster, online: PerWorldPool) -> PerWorld:
    """Part of what is rented out at the core that newcomers have, (worlds,). online (worlds, pools) H100e."""
    rented = online * (roster.pool_is_rented & ~roster.pool_is_edge)
    by_owner = total_by(rented, roster.pool_owner, len(roster.owners))
    return ratio((by_owner * roster.entering).sum(axis=1), by_owner.sum(axis=1))


def without(site: Site, state: SiteState, gone: PerWorldOwner) -> SiteState:
    """A site when owners have left, (worlds, owners) ones: their commitments end, and who ran or waited there seeks
    again as growth does, owing nobody for leaving."""
    offers = gone[:, site.offer_owner]
    kept = np.ones((len(gone), 1, site.incumbents))
    kept[:, 0, : len(site.offers)] = 1.0 - offers
    share = np.broadcast_to(offers[:, :, None], state.book.live().shape)
    return replace(
        state, book=state.book.release(share), waiting=state.waiting * kept, displaced=state.displaced * kept
    )
