"""A kind of lab that signs ahead: more of what it expects, more often and for longer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.strategies import lab_deals
from agents.strategies.lab import SteadyGrowth
from agents.strategies.registry import setting, strategy
from sim.contract import LabBriefing, LabDecision, PublicBriefing


@strategy("sign-early", "lab", cites=("aghion1987",))
@dataclass(frozen=True)
class SignEarly(SteadyGrowth):
    """Sign most of what is expected to be wanted, twice a year and for long, and what clouds offer as long as it is not
    more than that."""

    cover: float = setting(0.9, 0.5, 1.2, "Part of what it expects to want that is to be signed.")
    term: float = setting(24.0, 12.0, 40.0, "Quarters for which its deals run.")

    def decide(self, own: LabBriefing, market: PublicBriefing) -> LabDecision:
        """The usual plan; offers in every other quarter, answers in the others."""
        usual = super().decide(own, market)
        wanted = lab_deals.expected(own, market, usual.wanted_h100e)
        cover, term = np.full_like(wanted, self.cover), np.full_like(wanted, np.rint(self.term))
        asks = market.quarter % 2 == 1
        deals = lab_deals.offers(own, wanted, cover, term) if asks else own.no_deal()
        return replace(usual, **{**deals, "deal_accept": lab_deals.accepted(own, cover * wanted)})
