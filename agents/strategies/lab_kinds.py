"""Ways to be a lab that differ in kind: whom it rents from, how freely it can leave, and what it does with its cash."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.strategies.lab import SteadyGrowth
from agents.strategies.registry import setting, strategy
from sim.arrays import Array, ratio
from sim.contract import LabBriefing, LabDecision, PublicBriefing

LONGEST_TERM_QUARTERS = 20.0
STRONGEST = 6.0
"""Bound of a preference, log odds."""


@strategy("single-home", "lab", cites=("farrell2007",))
@dataclass(frozen=True)
class SingleHome(SteadyGrowth):
    """Rent one kind of chip, that of which it has most from its investor, for long terms, and keep no second back
    end."""

    loyalty: float = setting(3.0, 1.0, 6.0, "Log odds for the home and against all others.")
    stretch: float = setting(1.5, 1.0, 3.0, "Terms over the usual.")

    def decide(self, own: LabBriefing, market: PublicBriefing) -> LabDecision:
        """The usual plan, all of it at home."""
        from_partner = own.supplier_mix * own.partner_supplies
        known = np.where(from_partner.sum(axis=1, keepdims=True) > 0.0, from_partner, own.supplier_mix)
        home = np.arange(known.shape[1]) == known.argmax(axis=1)[:, None]
        usual = super().decide(own, market)
        return replace(
            usual,
            supplier_preference=np.where(home, self.loyalty, -self.loyalty),
            term_quarters=np.minimum(usual.term_quarters * self.stretch, LONGEST_TERM_QUARTERS),
            portability_musd=np.zeros(len(known)),
        )


@strategy("multi-home", "lab", cites=("armstrong2006",))
@dataclass(frozen=True)
class MultiHome(SteadyGrowth):
    """Keep at least a floor of what it books with each of the two cheapest kinds of chip, and lean until it has it."""

    floor: float = setting(0.35, 0.2, 0.5, "Share of commitments that each of the two is to have.")
    answer: float = setting(1.0, 0.3, 3.0, "Log odds per log point below the floor, a quarter.")
    memory: float = setting(0.8, 0.0, 0.9, "Part of last quarter's leaning that is kept.")

    def decide(self, own: LabBriefing, market: PublicBriefing) -> LabDecision:
        """The usual plan, leaning by the gap to the floor."""
        price = np.where(own.supplier_work_price_usd > 0.0, own.supplier_work_price_usd, np.inf)
        dearer = (price[:, None, :] < price[:, :, None]).sum(axis=2)
        homes = (dearer < 2) & np.isfinite(price)
        short = np.log(self.floor / np.clip(own.supplier_mix, 0.02, self.floor))
        before = np.zeros_like(short) if own.last is None else own.last.supplier_preference
        lean = np.where(homes, self.memory * before + self.answer * short, 0.0)
        usual = super().decide(own, market)
        return replace(usual, supplier_preference=np.clip(lean, -STRONGEST, STRONGEST))


@strategy("portability-first", "lab", cites=("farrell2007",))
@dataclass(frozen=True)
class PortabilityFirst(SteadyGrowth):
    """Be able to leave: short commitments, and a set part of the compute bill spent on further back ends."""

    longest_term: float = setting(3.0, 1.0, 4.0, "Longest commitment, quarters.")
    work_share: float = setting(0.02, 0.005, 0.1, "Work on further back ends over the compute bill.")

    def decide(self, own: LabBriefing, market: PublicBriefing) -> LabDecision:
        """The usual plan, held lightly."""
        usual = super().decide(own, market)
        work = np.maximum(usual.portability_musd, self.work_share * own.bill_musd)
        return replace(
            usual,
            term_quarters=np.minimum(usual.term_quarters, self.longest_term),
            portability_musd=np.clip(work, 0.0, 10_000.0),
        )


@strategy("price-cutter", "lab", cites=("klemperer1995",))
@dataclass(frozen=True)
class PriceCutter(SteadyGrowth):
    """Sell tokens below what costs would give while funding lasts, with capacity ahead of customers; then charge as
    usual."""

    discount: float = setting(0.25, 0.05, 0.6, "Cut of the price that follows costs.")
    ahead: float = setting(1.1, 1.0, 1.5, "Compute for serving over what last quarter's customers take.")
    needed_quarters: float = setting(6.0, 2.0, 12.0, "Cash and promised funding must last so long.")

    def decide(self, own: LabBriefing, market: PublicBriefing) -> LabDecision:
        """The land grab, or the usual plan."""
        can_afford = lasts(own) >= self.needed_quarters
        price = self.token_price(own) * np.where(can_afford, 1.0 - self.discount, 1.0)
        serving = own.inference_h100e * np.where(can_afford, self.ahead, 1.0)
        return self.put_together(own, self.training(own), serving, price)


@strategy("runway-keeper", "lab", cites=("bolton1990",))
@dataclass(frozen=True)
class RunwayKeeper(SteadyGrowth):
    """Keep two years of cash: with less, train less, charge more and stop porting; with plenty, train beyond the
    plan."""

    target_quarters: float = setting(8.0, 4.0, 20.0, "Runway that it steers for, promised funding included.")
    least: float = setting(0.3, 0.1, 0.6, "Training over the plan at no runway.")
    most: float = setting(1.3, 1.1, 2.0, "Training over the plan at ample runway.")
    dearer: float = setting(0.2, 0.05, 0.5, "Rise of the token price at no runway.")

    def decide(self, own: LabBriefing, market: PublicBriefing) -> LabDecision:
        """The usual plan, scaled by how long the money lasts."""
        least, most = self.least, self.most
        room = lasts(own) / self.target_quarters
        short = np.clip(1.0 - room, 0.0, 1.0)
        pace = np.clip(1.0 + (most - 1.0) * (room - 1.0), least, most) - (1.0 - least) * short
        training = self.plan(own) * np.clip(pace, least, most)
        price = self.token_price(own) * (1.0 + self.dearer * short)
        usual = self.put_together(own, training, own.inference_h100e, price)
        return replace(usual, portability_musd=usual.portability_musd * (1.0 - short))


def lasts(own: LabBriefing) -> Array:
    """Quarters for which cash and promised funding pay last quarter's burn: (worlds,); 40 when nothing burns."""
    means = np.maximum(own.cash_musd + own.funding_left_musd, 0.0)
    return np.where(own.burn_musd > 0.0, np.minimum(ratio(means, own.burn_musd), 40.0), 40.0)
