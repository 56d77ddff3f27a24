"""A kind of cloud that goes after labs: it offers deals instead of waiting for them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.strategies.cloud import BuildToDemand
from agents.strategies.cloud_deals import MOST_POWER, pool_for_labs
from agents.strategies.lab_deals import EVERY_QUARTERS
from agents.strategies.registry import setting, strategy
from sim.contract import CloudBriefing, CloudDecision, PublicBriefing


@strategy("anchor-hunter", "cloud", cites=("aghion1987",))
@dataclass(frozen=True)
class AnchorHunter(BuildToDemand):
    """Offer every lab a deal once a year, before labs ask: a part of one's power each, of the own chip where there is
    one, with a stake in the lab; sign what labs offer as the default does."""

    part: float = setting(0.05, 0.01, 0.2, "MW offered to each lab over the cloud's power.")
    stake: float = setting(0.5, 0.0, 3.0, "Equity offered, musd per MW.")

    def decide(self, own: CloudBriefing, market: PublicBriefing) -> CloudDecision:
        """The usual prices and orders, and an offer to each lab in the quarter before labs make theirs."""
        usual, pool = super().decide(own, market), pool_for_labs(own)
        if market.quarter % EVERY_QUARTERS or pool is None:
            return usual
        room = np.maximum(MOST_POWER * own.deal_power_mw - own.signed_ahead.max(axis=1), 0.0)
        mw = np.minimum(self.part * own.deal_power_mw, room / own.offered_mw.shape[1])
        each = np.repeat(np.clip(mw, 0.0, 1e5)[:, None], own.offered_mw.shape[1], axis=1)
        return replace(
            usual,
            deal_mw=each,
            deal_family=np.full_like(each, float(own.families[pool])),
            deal_equity_musd=np.minimum(self.stake * each, 1e5),
        )
