"""The contract book, compiled: what `sim.market.contracts.Book` does with numpy. Cohorts are (worlds, offers, buyers,
terms).

What makes a new book goes through memory once, and adds up on the way what is asked for next: live capacity and hourly
bill (worlds, offers, buyers), and capacity by term (worlds, offers, terms). Those who add up later do it in the same
order."""

from __future__ import annotations

import numpy as np

from sim.kernels.compiling import compiled, numbers, part, positions


@part
def _total(cohorts):
    """Sum of one buyer's cohorts."""
    total = 0.0
    for term in range(len(cohorts)):
        total += cohorts[term]
    return total


@part
def _totals(capacity, usd):
    """Sums of one buyer's cohorts in two books, each in the order of its terms; together, for one alone waits for
    itself."""
    live, bill = 0.0, 0.0
    for term in range(len(capacity)):
        live += capacity[term]
        bill += usd[term]
    return live, bill


@part
def _onto(cohorts, total):
    """One buyer's cohorts onto those of all."""
    for term in range(len(cohorts)):
        total[term] += cohorts[term]


@compiled(*numbers(4))
def over_terms(cohorts):
    """Sum over the terms axis: (worlds, offers, buyers)."""
    worlds, offers, buyers, _ = cohorts.shape
    total = np.empty((worlds, offers, buyers))
    for r in range(worlds):
        for offer in range(offers):
            for buyer in range(buyers):
                total[r, offer, buyer] = _total(cohorts[r, offer, buyer])
    return total


@compiled(*numbers(4))
def over_buyers(cohorts):
    """Sum over the buyers axis: (worlds, offers, terms)."""
    worlds, offers, buyers, terms = cohorts.shape
    total = np.zeros((worlds, offers, terms))
    for r in range(worlds):
        for offer in range(offers):
            for buyer in range(buyers):
                _onto(cohorts[r, offer, buyer], total[r, offer])
    return total


@compiled(*numbers(4, 4))
def ahead(capacity, usd):
    """What is still committed a quarter later: live, bill, and what is owed on it."""
    worlds, offers, buyers, terms = capacity.shape
    shape = (worlds, offers, buyers)
    live, bill, owed = np.empty(shape), np.empty(shape), np.empty(shape)
    for r in range(worlds):
        for offer in range(offers):
            for buyer in range(buyers):
                left = 0.0
                for term in range(1, terms):
                    left += usd[r, offer, buyer, term] * term
                owed[r, offer, buyer] = left
                live[r, offer, buyer], bill[r, offer, buyer] = _totals(
                    capacity[r, offer, buyer, 1:], usd[r, offer, buyer, 1:]
                )
    return live, bill, owed


@compiled(*numbers(4, 4, 3))
def roll(capacity, usd, released):
    """Cohorts a quarter later, when a share (worlds, offers, buyers) of each is handed back: capacity, usd, and three
    sums."""
    worlds, offers, buyers, terms = capacity.shape
    held, due, by_term = np.empty(capacity.shape), np.empty(capacity.shape), np.zeros((worlds, offers, terms))
    live, bill = np.empty((worlds, offers, buyers)), np.empty((worlds, offers, buyers))
    for r in range(worlds):
        for offer in range(offers):
            for buyer in range(buyers):
                kept = 1.0 - released[r, offer, buyer]
                for term in range(terms - 1):
                    held[r, offer, buyer, term] = capacity[r, offer, buyer, term + 1] * kept
                    due[r, offer, buyer, term] = usd[r, offer, buyer, term + 1] * kept
                held[r, offer, buyer, terms - 1] = 0.0
                due[r, offer, buyer, terms - 1] = 0.0
                live[r, offer, buyer], bill[r, offer, buyer] = _totals(held[r, offer, buyer], due[r, offer, buyer])
                _onto(held[r, offer, buyer], by_term[r, offer])
    return held, due, live, bill, by_term


@compiled(*numbers(4, 4, 3, 3), *positions(3))
def sign(capacity, usd, more, price, last):
    """Cohorts with new ones of size `more` at `price`, at position `last` (worlds, offers, buyers): capacity, usd, and
    three sums."""
    worlds, offers, buyers, terms = capacity.shape
    held, due, by_term = np.empty(capacity.shape), np.empty(capacity.shape), np.zeros((worlds, offers, terms))
    live, bill = np.empty((worlds, offers, buyers)), np.empty((worlds, offers, buyers))
    for r in range(worlds):
        for offer in range(offers):
            for buyer in range(buyers):
                new = more[r, offer, buyer]
                for term in range(terms):
                    held[r, offer, buyer, term] = capacity[r, offer, buyer, term]
                    due[r, offer, buyer, term] = usd[r, offer, buyer, term]
                held[r, offer, buyer, last[r, offer, buyer]] += new
                due[r, offer, buyer, last[r, offer, buyer]] += new * price[r, offer, buyer]
                live[r, offer, buyer], bill[r, offer, buyer] = _totals(held[r, offer, buyer], due[r, offer, buyer])
                _onto(held[r, offer, buyer], by_term[r, offer])
    return held, due, live, bill, by_term
