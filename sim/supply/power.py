"""New power and new money for capacity: common pools, handed out to deals first, then to those who need it.

Shares take years and utilities queue whoever asks: what one owner is connected to another is not. How much new power
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
from sim.units import USD_PER_MUSD, WATTS_PER_MW

AHEAD = 4
"""Quarters ahead that power is allotted: at the end of a quarter, for the fourth after it."""
MEMORY = 0.7
"""Part of last quarter's gap that is left in the smoothed one. A trial without it saw allotments jump by 30 to 60 % a
quarter. Judgement."""


DEAL_MONEY_AT_MOST = 0.8
"""Part of new capital budgets that deals may take before everybody else. Judgement."""


@dataclass(frozen=True)
class Wanted:
    """What owners want of what is divided, (worlds, owners) each, MW or musd a quarter. target: for what they aim at in
    AHEAD quarters; firm: steps of deals that fall due then; forward: what deals ask for later."""

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
class Shares:
    """Who has what part of all power, or of all capital budgets. share (worlds, ahead + 1, owners): of the quarter just
    played and of those after it, as allotted; gap (worlds, owners): smoothed, what an owner lacks; divided (worlds,):
    has anything gone but by the shares of the opening?"""

    share: Array
    gap: PerWorldOwner
    divided: Mask

    @classmethod
    def start(cls, at_start: PerWorldOwner, ahead: int = AHEAD) -> Shares:
        """As a game opens: by what ran or was spent, at_start (worlds, owners)."""
        share = ratio(at_start, at_start.sum(axis=1)[:, None])
        return cls(
            np.repeat(share[:, None], ahead + 1, axis=1), np.zeros_like(at_start), np.zeros(len(at_start), dtype=bool)
        )

    def shared(self, path: PerWorldOwner, ahead: int = 0) -> PerWorldOwner:
        """What owners have in the quarter that is opening, or so many later (as far as is allotted): (worlds, owners),
        in all what its path says.

        path (worlds, owners): what each would have if all had grown alike, which is what it has where nothing was ever
        divided otherwise."""
        if not self.divided.any():
            return path
        share = np.ascontiguousarray(self.share[:, 1 + ahead])
        return np.where(self.divided[:, None], path.sum(axis=1)[:, None] * share, path)

    def allotted(
        self, last: PerWorld, coming: PerWorld, wanted: Wanted, p: Parameters, deals_at_most: float = 1.0
    ) -> Shares:
        """After a quarter: what comes in the first quarter that was still open has its owners.

        last, coming (worlds,): what there is in all in the last quarter that is allotted, and in the next."""
        share, new = self.share[:, 1:], np.maximum(coming - last, 0.0)
        had = last[:, None] * np.ascontiguousarray(share[:, -1])
        lacking = np.maximum(wanted.target + wanted.forward - had - wanted.firm, 0.0)
        gap = MEMORY * self.gap + (1.0 - MEMORY) * lacking
        given = divide(new, wanted.firm, np.ascontiguousarray(share[:, 0]), gap, p.power_follows_need, deals_at_most)
        # where there is no more power than before, all lose or keep alike
        after = np.where((new > 0.0)[:, None], ratio(had + given, (last + new)[:, None]), share[:, -1])
        moved = (p.power_follows_need > 0.0) | (wanted.firm > 0.0).any(axis=1)
        return Shares(np.concatenate([share, after[:, None]], axis=1), gap, self.divided | moved)

    def since(self, at_start: PerWorldOwner) -> Shares:
        """Over the seam: what the tables say ran, moved on as had been allotted; gaps go on."""
        rise = ratio(self.share, self.share[:, :1])
        rise = np.where(self.share[:, :1] > 0.0, rise, 1.0)
        fresh = Shares.start(at_start, self.share.shape[1] - 1)
        share = fresh.share * rise
        share = ratio(share, share.sum(axis=2)[:, :, None])
        return replace(self, share=np.where(self.divided[:, None, None], share, fresh.share))


def divide(
    new: PerWorld,
    firm: PerWorldOwner,
    share: PerWorldOwner,
    gap: PerWorldOwner,
    follows: PerWorld,
    deals_at_most: float = 1.0,
) -> PerWorldOwner:
    """Who gets what is new, (worlds, owners), in all as much as there is.

    Steps of deals come first, all scaled alike when they ask for more than deals may have. The rest goes by
    share^(1 - follows) gap^follows (share: of all today), by share where nobody lacks any. new, follows (worlds,)."""
    asked, most = firm.sum(axis=1), new * deals_at_most
    first = firm * np.where(asked > most, ratio(most, asked), 1.0)[:, None]
    weight = power(share, 1.0 - follows[:, None]) * power(gap, follows[:, None])
    weight = np.where(weight.sum(axis=1)[:, None] > 0.0, weight, share)
    rest = np.maximum(new - first.sum(axis=1), 0.0)
    return first + rest[:, None] * ratio(weight, weight.sum(axis=1)[:, None])


def pools_mw(state: IndustryState, p: Parameters) -> PerWorldPool:
    """Site power of what is installed and arriving: MW (worlds, pools)."""
    arriving = state.arriving * state.arriving_watts * p.pue[:, None] / WATTS_PER_MW
    return np.asarray(state.fleet.it_mw() * p.pue[:, None] + arriving)


def running_mw(roster: Roster, state: IndustryState, p: Parameters) -> PerWorldOwner:
    """The same by owner, at the core: MW (worlds, owners)."""
    return total_by(pools_mw(state, p) * ~roster.pool_is_edge, roster.pool_owner, len(roster.owners))


def target_mw(roster: Roster, state: IndustryState, committed: PerWorldOwner, costs: Costs) -> PerWorldOwner:
    """Power that what owners aim at AHEAD quarters on would take, MW (worlds, owners), at the core.

    committed (worlds, owners): power of what is installed, arriving and on order; what is aimed at beyond that comes
    with the power of new capacity."""
    beyond = _beyond(roster, state) * costs.mw_per_h100e
    return np.maximum(committed + total_by(beyond, roster.pool_owner, len(roster.owners)), 0.0)


def target_musd(roster: Roster, state: IndustryState, costs: Costs) -> PerWorldOwner:
    """Spending on systems and sites that would bring what owners aim at within AHEAD quarters, musd a quarter (worlds,
    owners), at the core."""
    each = (costs.capex_usd_per_h100e + costs.site_usd_per_h100e) / USD_PER_MUSD
    spent = np.maximum(_beyond(roster, state), 0.0) * each
    return total_by(spent, roster.pool_owner, len(roster.owners)) / AHEAD


def _beyond(roster: Roster, state: IndustryState) -> PerWorldPool:
    """H100e of the core that owners will aim at in AHEAD quarters, at the growth they expect, beyond what is installed,
    arriving and on order."""
    aim = state.target * np.exp(AHEAD * state.growth)
    return np.asarray((aim - state.fleet.total() - state.arriving - state.backlog) * ~roster.pool_is_edge)
