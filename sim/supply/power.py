"""New power: a common pool that is handed out four quarters ahead, to deals first, then to those who need it.

Sites take years and utilities queue whoever asks: what one owner is connected to another is not. How much new power
there is in all follows its own path (sim/economy.py); who gets it follows need as far as `power_follows_need` says. At
0, and while no deal brings power, owners keep the shares they opened with and nothing here touches a bit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array, Mask, PerWorld, PerWorldOwner, PerWorldPool, power, ratio, total_by
from sim.parameters import Parameters
from sim.roster import Roster
from sim.supply.costs import Costs
from sim.supply.state import IndustryState

AHEAD = 4
"""Quarters ahead that power is allotted: at the end of a quarter, for the fourth after it."""
MEMORY = 0.7
"""Part of last quarter's gap that is left in the smoothed one. A trial without it saw allotments jump by 30 to 60 % a
quarter. Judgement."""


@dataclass(frozen=True)
class Wanted:
    """What owners want of new power, MW (worlds, owners) each. target: to run what they aim at in AHEAD quarters;
    firm: steps of deals that fall due then; forward: what deals ask for later."""

    target: PerWorldOwner
    firm: PerWorldOwner
    forward: PerWorldOwner

    @classmethod
    def of(
        cls, target: PerWorldOwner, firm: PerWorldOwner | None = None, forward: PerWorldOwner | None = None
    ) -> Wanted:
        """Without deals, nothing is firm."""
        none = np.zeros_like(target)
        return cls(target, none if firm is None else firm, none if forward is None else forward)


@dataclass(frozen=True)
class Sites:
    """Who has what part of all power. share (worlds, AHEAD + 1, owners): of the quarter just played and of the AHEAD
    after it, as allotted; gap (worlds, owners): smoothed MW that an owner lacks; divided (worlds,): has power gone
    anywhere but by the shares of the opening?"""

    share: Array
    gap: PerWorldOwner
    divided: Mask

    @classmethod
    def start(cls, at_start: PerWorldOwner) -> Sites:
        """As a game opens: by what ran, at_start MW (worlds, owners)."""
        share = ratio(at_start, at_start.sum(axis=1)[:, None])
        return cls(
            np.repeat(share[:, None], AHEAD + 1, axis=1), np.zeros_like(at_start), np.zeros(len(at_start), dtype=bool)
        )

    def shared(self, path_mw: PerWorldOwner, ahead: int = 0) -> PerWorldOwner:
        """Power of the owners' sites in the quarter that is opening, or so many (at most AHEAD - 1) later: MW (worlds,
        owners), in all what its path says.

        path_mw (worlds, owners): what each would have if all had grown alike, which is what there is where power was
        never divided otherwise."""
        if not self.divided.any():
            return path_mw
        share = np.ascontiguousarray(self.share[:, 1 + ahead])
        return np.where(self.divided[:, None], path_mw.sum(axis=1)[:, None] * share, path_mw)

    def allotted(self, last: PerWorld, coming: PerWorld, wanted: Wanted, p: Parameters) -> Sites:
        """After a quarter: the power that comes in AHEAD quarters has its owners.

        last, coming: MW (worlds,) that there is in all AHEAD - 1 quarters on, which is allotted, and AHEAD on."""
        share, new = self.share[:, 1:], np.maximum(coming - last, 0.0)
        had = last[:, None] * np.ascontiguousarray(share[:, -1])
        lacking = np.maximum(wanted.target + wanted.forward - had - wanted.firm, 0.0)
        gap = MEMORY * self.gap + (1.0 - MEMORY) * lacking
        given = divide(new, wanted.firm, np.ascontiguousarray(share[:, 0]), gap, p.power_follows_need)
        # where there is no more power than before, all lose or keep alike
        after = np.where((new > 0.0)[:, None], ratio(had + given, (last + new)[:, None]), share[:, -1])
        moved = (p.power_follows_need > 0.0) | (wanted.firm > 0.0).any(axis=1)
        return Sites(np.concatenate([share, after[:, None]], axis=1), gap, self.divided | moved)

    def since(self, at_start: PerWorldOwner) -> Sites:
        """Over the seam: what the tables say ran, moved on as had been allotted; gaps go on."""
        rise = ratio(self.share, self.share[:, :1])
        rise = np.where(self.share[:, :1] > 0.0, rise, 1.0)
        fresh = Sites.start(at_start)
        share = fresh.share * rise
        share = ratio(share, share.sum(axis=2)[:, :, None])
        return replace(self, share=np.where(self.divided[:, None, None], share, fresh.share))


def divide(
    new_mw: PerWorld, firm_mw: PerWorldOwner, share: PerWorldOwner, gap: PerWorldOwner, follows: PerWorld
) -> PerWorldOwner:
    """Who gets new power, MW (worlds, owners), in all as much as there is.

    Steps of deals come first, all scaled alike when they ask for more. The rest goes by share^(1 - follows) gap^follows
    (share: of power today), by share where nobody lacks any. new_mw, follows (worlds,)."""
    asked = firm_mw.sum(axis=1)
    first = firm_mw * np.where(asked > new_mw, ratio(new_mw, asked), 1.0)[:, None]
    weight = power(share, 1.0 - follows[:, None]) * power(gap, follows[:, None])
    weight = np.where(weight.sum(axis=1)[:, None] > 0.0, weight, share)
    rest = np.maximum(new_mw - first.sum(axis=1), 0.0)
    return first + rest[:, None] * ratio(weight, weight.sum(axis=1)[:, None])


def target_mw(roster: Roster, state: IndustryState, committed: PerWorldOwner, costs: Costs) -> PerWorldOwner:
    """Power that what owners aim at AHEAD quarters on would take, MW (worlds, owners), at the core.

    committed (worlds, owners): power of what is installed, arriving and on order; what is aimed at beyond that, at the
    growth owners expect, comes with the power of new capacity."""
    aim: PerWorldPool = state.target * np.exp(AHEAD * state.growth)
    beyond = (aim - state.fleet.total() - state.arriving - state.backlog) * costs.mw_per_h100e
    return np.maximum(committed + total_by(beyond * ~roster.pool_is_edge, roster.pool_owner, len(roster.owners)), 0.0)
