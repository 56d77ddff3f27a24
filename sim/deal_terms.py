"""The terms of a deal between a lab and a cloud, declared once: as either side decides them, and as the other is shown
them.

A deal is a dated path of power: nothing till its start, then even steps up to its size, till its end. Each party has a
place for every party of the other side; an offer of 0 MW is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from sim.arrays import Array, read_only
from sim.declaring import decision

TERMS = ("mw", "family", "start_quarters", "term_quarters", "price_usd", "take_or_pay", "equity_musd")
"""What an offer says, in the order of the fields."""
STEPS = 3
"""Quarters in which a deal comes to its size, in even steps from its start."""
USUAL = {"start_quarters": 4.0, "term_quarters": 16.0, "take_or_pay": 0.8}
"""Terms that are lawful when nothing is offered."""


def _mw(axis: str) -> Any:
    meaning = "Power of a deal offered to each party of the other side, 0 for none: (worlds, {})."
    return decision("MW", 0.0, 1e5, "no offer", meaning.format(axis), axis=axis, once=True)


def _family(axis: str) -> Any:
    meaning = "Chip family that each offer is about, by its place in the roster: (worlds, {})."
    return decision("place in the roster", 0.0, 99.0, "last quarter's", meaning.format(axis), axis=axis)


def _start(axis: str) -> Any:
    meaning = "Quarters from signing to the first step of each deal: (worlds, {})."
    return decision("quarters", 4.0, 8.0, "last quarter's", meaning.format(axis), axis=axis)


def _term(axis: str) -> Any:
    return decision(
        "quarters", 12.0, 40.0, "last quarter's", f"Quarters for which each deal runs: (worlds, {axis}).", axis=axis
    )


def _price(axis: str) -> Any:
    meaning = "Price of each deal; 0 splits what both gain: (worlds, {})."
    return decision("USD per H100e-hour", 0.0, 1000.0, "last quarter's", meaning.format(axis), axis=axis)


def _take_or_pay(axis: str) -> Any:
    meaning = "Part of each deal that is paid for when it is left: (worlds, {})."
    return decision("0-1", 0.0, 1.0, "last quarter's", meaning.format(axis), axis=axis)


def _equity(axis: str) -> Any:
    meaning = "What the cloud pays the lab for a stake as a deal is signed: (worlds, {})."
    return decision("musd", 0.0, 1e5, "last quarter's", meaning.format(axis), axis=axis)


def _accept(axis: str) -> Any:
    meaning = "Sign the offer of last quarter that stands in the briefing: (worlds, {})."
    return decision("option", 0.0, 1.0, "no", meaning.format(axis), axis=axis, options=("no", "yes"), once=True)


@dataclass(frozen=True, kw_only=True)
class CloudDeals:
    """What an owner of capacity offers to labs and signs with them, as its decision holds it."""

    deal_mw: Array = _mw("labs")
    deal_family: Array = _family("labs")
    deal_start_quarters: Array = _start("labs")
    deal_term_quarters: Array = _term("labs")
    deal_price_usd: Array = _price("labs")
    deal_take_or_pay: Array = _take_or_pay("labs")
    deal_equity_musd: Array = _equity("labs")
    deal_accept: Array = _accept("labs")


@dataclass(frozen=True, kw_only=True)
class LabDeals:
    """What a lab offers to clouds and signs with them, as its decision holds it."""

    deal_mw: Array = _mw("clouds")
    deal_family: Array = _family("clouds")
    deal_start_quarters: Array = _start("clouds")
    deal_term_quarters: Array = _term("clouds")
    deal_price_usd: Array = _price("clouds")
    deal_take_or_pay: Array = _take_or_pay("clouds")
    deal_equity_musd: Array = _equity("clouds")
    deal_accept: Array = _accept("clouds")


@dataclass(frozen=True, kw_only=True)
class DealsShown:
    """What a briefing shows of deals. Offers of the other side that stand this quarter only, 0 MW for none: (worlds,
    labs) to an owner of capacity, (worlds, clouds) to a lab. signed_ahead (worlds, 13): what one's own deals come to
    from this quarter (0) to three years ahead, MW of an owner, H100e of a lab. deal_power_mw: site power that a deal
    may ask for at most, (worlds,) an owner's own, (worlds, clouds) to a lab."""

    offered_mw: Array
    offered_family: Array
    offered_start_quarters: Array
    offered_term_quarters: Array
    offered_price_usd: Array
    offered_take_or_pay: Array
    offered_equity_musd: Array
    signed_ahead: Array
    deal_power_mw: Array

    def no_deal(self) -> dict[str, Array]:
        """Decisions on deals of who offers nothing and signs nothing."""
        return dict(_none(self.offered_mw.shape))


@lru_cache(maxsize=64)
def _none(shape: tuple[int, ...]) -> dict[str, Array]:
    """The same for so many worlds and parties of the other side; locked, and so the same for everybody."""
    return {f"deal_{name}": read_only(np.full(shape, USUAL.get(name, 0.0))) for name in (*TERMS, "accept")}


@dataclass(frozen=True, kw_only=True)
class PlacesShown(DealsShown):
    """What a lab is shown of places to sign at, (worlds, clouds, families) each: deal_mw_per_h100e of new capacity
    there, 0 where none is sold; deal_stock_h100e installed there; held_h100e its own commitments there;
    signed_h100e what its deals come to there when a deal of today is at its size."""

    deal_mw_per_h100e: Array
    deal_stock_h100e: Array
    held_h100e: Array
    signed_h100e: Array
