"""What is billed of commitments, what of them is online, and what useful work costs each buyer on average."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, ratio
from sim.market import contracts
from sim.market.state import Conditions
from sim.units import USD_PER_MUSD


def billed(book: contracts.Book, used: Array, c: Conditions) -> dict[str, Array]:
    """The full bill of what is committed, and what is charged of it for what is used."""
    live, full = book.live(), book.hourly_bill_usd()
    average = ratio(full, live)
    charged = contracts.bill(live, used, average, average, c.p.take_or_pay[:, None, None]) / USD_PER_MUSD
    return {"price_agreed": full, "bill_musd_per_hour": charged}


def served(booked: Array, capacity: Array) -> Array:
    """Part of each pool's bookings that is online, at most 1: (worlds, pools)."""
    return np.minimum(1.0, np.where(booked > 0, capacity / np.maximum(booked, 1e-9), 1.0))


def market_price(committed: Array, work_price: Array, last: Array) -> Array:
    """Price of useful work that each buyer pays on average, (worlds, buyers); the last one for who has nothing
    committed."""
    total = committed.sum(axis=1)
    mean = (committed * work_price).sum(axis=1)
    return np.where(total > 0.0, mean / np.where(total > 0.0, total, 1.0), last)
