"""The contract book, compiled: what `sim.contracts.Book` does with numpy. Cohorts are (worlds, offers, buyers, terms).

Every function goes through memory once, and adds up on the way what is asked for next: live capacity and hourly bill."""

from __future__ import annotations

import numpy as np

from sim.kernels.compiling import compiled, numbers, positions


@compiled(*numbers(4, 4))
def ahead(capacity, usd):
    """What is still committed a quarter later: live, bill, owed."""
    worlds, offers, buyers, terms = capacity.shape
    live, bill, owed = (
        np.empty((worlds, offers, buyers)),
        np.empty((worlds, offers, buyers)),
        np.empty((worlds, offers, buyers)),
    )
    for r in range(worlds):
        for offer in range(offers):
            for buyer in range(buyers):
                total, price, left = 0.0, 0.0, 0.0
                for term in range(1, terms):
                    total += capacity[r, offer, buyer, term]
                    price += usd[r, offer, buyer, term]
                    left += usd[r, offer, buyer, term] * term
                live[r, offer, buyer], bill[r, offer, buyer], owed[r, offer, buyer] = total, price, left
    return live, bill, owed


@compiled(*numbers(4, 4, 3))
def roll(capacity, usd, released):
    """Cohorts a quarter later, when a share (worlds, offers, buyers) of each is handed back: capacity, usd, live, bill."""
    worlds, offers, buyers, terms = capacity.shape
    kept, due = np.empty(capacity.shape), np.empty(capacity.shape)
    live, bill = np.empty((worlds, offers, buyers)), np.empty((worlds, offers, buyers))
    for r in range(worlds):
        for offer in range(offers):
            for buyer in range(buyers):
                part, total, price = 1.0 - released[r, offer, buyer], 0.0, 0.0
                for term in range(terms - 1):
                    held, dear = capacity[r, offer, buyer, term + 1] * part, usd[r, offer, buyer, term + 1] * part
                    kept[r, offer, buyer, term], due[r, offer, buyer, term] = held, dear
                    total += held
                    price += dear
                kept[r, offer, buyer, terms - 1], due[r, offer, buyer, terms - 1] = 0.0, 0.0
                live[r, offer, buyer], bill[r, offer, buyer] = total, price
    return kept, due, live, bill


@compiled(*numbers(4, 4, 3, 3), *positions(3))
def sign(capacity, usd, more, price, last):
    """Cohorts with new ones of size `more` at `price`, at position `last` (worlds, offers, buyers): capacity, usd, live, bill."""
    worlds, offers, buyers, terms = capacity.shape
    kept, due = np.empty(capacity.shape), np.empty(capacity.shape)
    live, bill = np.empty((worlds, offers, buyers)), np.empty((worlds, offers, buyers))
    for r in range(worlds):
        for offer in range(offers):
            for buyer in range(buyers):
                for term in range(terms):
                    kept[r, offer, buyer, term] = capacity[r, offer, buyer, term]
                    due[r, offer, buyer, term] = usd[r, offer, buyer, term]
                kept[r, offer, buyer, last[r, offer, buyer]] += more[r, offer, buyer]
                due[r, offer, buyer, last[r, offer, buyer]] += more[r, offer, buyer] * price[r, offer, buyer]
                total, dear = 0.0, 0.0
                for term in range(terms):
                    total += kept[r, offer, buyer, term]
                    dear += due[r, offer, buyer, term]
                live[r, offer, buyer], bill[r, offer, buyer] = total, dear
    return kept, due, live, bill
