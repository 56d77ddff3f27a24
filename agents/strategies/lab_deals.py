"""What labs offer to sign: once a year, for the part of what they expect to want that is not signed yet."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, power, ratio
from sim.contract import LabBriefing, PublicBriefing
from sim.deal_terms import STEPS, USUAL

EVERY_QUARTERS = 4
"""Labs offer in the first quarter of each such run: all in the same one, so that nobody is first."""
STOCK_WEIGHT = 0.25
"""Part of what is to be signed that follows what stands in the market, the rest one's own mix. Judgement."""
SMALLEST = 1e-4
"""Offers of a smaller part of a cloud's power are not made."""


def accepted(own: LabBriefing, most: Array) -> Array:
    """1 for offers of clouds that are signed, (worlds, clouds): the largest first, while all of that size fit beside
    what is signed. most (worlds,) H100e in all."""
    if not (own.offered_mw > 0.0).any():  # mostly: nobody offers anything
        return np.zeros_like(own.offered_mw)
    families = own.deal_mw_per_h100e.shape[2]
    family = np.clip(np.nan_to_num(own.offered_family), 0, families - 1).astype(np.int64)
    per = np.take_along_axis(own.deal_mw_per_h100e, family[:, :, None], axis=2)[:, :, 0]
    size = np.where(own.offered_mw > 0.0, ratio(own.offered_mw, per), 0.0)
    at_least = size[:, None, :] >= size[:, :, None]
    with_larger = np.where(at_least, size[:, None, :], 0.0).sum(axis=2)
    room = most - own.signed_h100e.sum(axis=(1, 2))
    return ((size > 0.0) & (with_larger <= room[:, None])).astype(float)


def yearly(own: LabBriefing, market: PublicBriefing, wanted: Array) -> dict[str, Array]:
    """Decisions on deals, by name: offers in the quarter of the year, and answers to what clouds offer. wanted
    (worlds,) H100e now."""
    asks = market.quarter % EVERY_QUARTERS == 1
    if not asks and not (own.offered_mw > 0.0).any():  # mostly: nothing to ask and nothing to answer
        return own.no_deal()
    then, cover = expected(own, market, wanted), own.habits.deal_cover
    deals = offers(own, then, cover, np.rint(own.habits.deal_term_quarters)) if asks else own.no_deal()
    return {**deals, "deal_accept": accepted(own, cover * then)}


def expected(own: LabBriefing, market: PublicBriefing, wanted: Array) -> Array:
    """What is wanted when a deal of today is at its size, as the demand index is forecast to grow: (worlds,) H100e."""
    low, high = market.demand_forecast_seen[:, 0], market.demand_forecast_seen[:, 1]
    year = ratio(np.sqrt(low * high), market.demand_index)
    quarters = np.rint(own.habits.deal_start_quarters) + STEPS - 1.0
    return np.asarray(wanted * power(year, quarters / 4.0))


def offers(own: LabBriefing, wanted: Array, cover: Array, term: Array) -> dict[str, Array]:
    """An offer to each cloud for the chip of which most is missing there, all of it at most what is missing in all.

    wanted (worlds,) H100e then; cover (worlds,) part of it that is to be signed; term (worlds,) quarters."""
    target = (cover * wanted)[:, None, None] * mix(own)
    missing = np.maximum(target - own.signed_h100e, 0.0)
    family = missing.argmax(axis=2)
    most = np.take_along_axis(missing, family[:, :, None], axis=2)[:, :, 0]
    in_all = np.maximum(cover * wanted - own.signed_h100e.sum(axis=(1, 2)), 0.0)
    most = most * np.minimum(1.0, ratio(in_all, most.sum(axis=1)))[:, None]
    mw = most * np.take_along_axis(own.deal_mw_per_h100e, family[:, :, None], axis=2)[:, :, 0]
    mw = np.minimum(mw, own.deal_power_mw)
    mw = np.where(mw >= SMALLEST * own.deal_power_mw, mw, 0.0)
    return placed(own, mw, family, term)


def placed(own: LabBriefing, mw: Array, family: Array, term: Array) -> dict[str, Array]:
    """Offers of so much power for a chip family each, on usual terms: mw, family (worlds, clouds); term (worlds,)."""
    start = np.clip(np.rint(own.habits.deal_start_quarters), 4.0, 8.0)
    evenly = np.ones_like(mw)
    return {
        **own.no_deal(),
        "deal_mw": np.minimum(mw, 1e5),
        "deal_family": family.astype(float),
        "deal_start_quarters": start[:, None] * evenly,
        "deal_term_quarters": np.clip(term, 12.0, 40.0)[:, None] * evenly,
        "deal_take_or_pay": USUAL["take_or_pay"] * evenly,
    }


def spread(own: LabBriefing, total: Array) -> tuple[Array, Array]:
    """Where power would be signed by that mix, for the chip with the largest part at each cloud, as far as a cloud has
    power: MW and families, (worlds, clouds). total (worlds,) MW."""
    weight = mix(own) * own.deal_mw_per_h100e
    family = weight.argmax(axis=2)
    best = np.take_along_axis(weight, family[:, :, None], axis=2)[:, :, 0]
    return np.minimum(total[:, None] * ratio(best, best.sum(axis=1)[:, None]), own.deal_power_mw), family


def mix(own: LabBriefing) -> Array:
    """Where a lab signs: its own mix and in part what stands in the market, (worlds, clouds, families), adding up to
    1; nothing where nobody lets to labs."""
    stock = own.deal_stock_h100e
    market = ratio(stock, stock.sum(axis=(1, 2), keepdims=True))
    held = own.held_h100e.sum(axis=(1, 2), keepdims=True)
    mine = np.where(held > 0.0, ratio(own.held_h100e, held), market)
    return (1.0 - STOCK_WEIGHT) * mine + STOCK_WEIGHT * market
