"""The labs' product market: purses from the ledger, tokens lab by lab, and what training has built up."""

from __future__ import annotations

from collections.abc import Callable
from math import log

from tests.sim.measures.by_hand.world import World, ratio

FUNDING = ("funding", "funding by investor clouds", "line of funding")
UNPAID = ("rents written off", "pay that is owed")


def sold(w: World, lab: str) -> float:
    """Tokens that a lab sold, trillions: what its buyers paid over its price."""
    price = w.played.decisions.by_party[lab].token_price_usd_per_mtoken[w.r]
    return w.received(f"buyer:{lab}", "tokens") / float(price)


def revenue(w: World, lab: str) -> float:
    """What it sold them for, musd."""
    return w.received(f"buyer:{lab}", "tokens")


def funding(w: World, lab: str) -> float:
    """What investors paid in."""
    return w.received(f"buyer:{lab}", *FUNDING)


def flow(w: World, lab: str) -> float:
    """Money in less money out, funding and what creditors lost left out."""
    return w.net(f"buyer:{lab}") - funding(w, lab) - w.received(f"buyer:{lab}", *UNPAID)


def cash(w: World, lab: str) -> float:
    """The opening's and all that moved since, musd."""
    k = w.roster.labs.index(lab)
    return float(w.given.labs.start.cash[k]) + sum(then.net(f"buyer:{lab}") for then in w.path)


def in_default(w: World) -> float:
    """Labs whose purse was emptied in one of the last four quarters."""
    emptied = [lab for lab in w.roster.labs if any(abs(cash(then, lab)) < 1e-6 for then in w.path[-4:])]
    return float(len(emptied))


def unpaid(w: World) -> float:
    """Rents written off and pay that is owed, by the ledger."""
    return sum(w.received(f"buyer:{lab}", *UNPAID) for lab in w.roster.labs)


def runway(w: World, lab: str) -> float:
    """Quarters that cash lasts at this quarter's pace, between 0 and 40; 40 for a lab that earns its keep."""
    burn = -flow(w, lab)
    return min(max(cash(w, lab), 0.0) / burn, 40.0) if burn > 0.0 else 40.0


def capability(w: World, lab: str) -> float:
    """In logs: the start's, and what was built up."""
    k = w.roster.labs.index(lab)
    return float(w.given.labs.start.capability[k]) + log(float(w.after.labs.stock[w.r, k]))


def lead(lab: str) -> Callable[[World], float]:
    """Over the best of the others."""
    return lambda w: capability(w, lab) - max(capability(w, other) for other in w.roster.labs if other != lab)


def token_share(w: World, lab: str) -> float:
    """Of the tokens that labs sell."""
    return ratio(sold(w, lab), sum(sold(w, other) for other in w.roster.labs))


def price_index(w: World) -> float:
    """What the quarter's tokens sell for over what they would have sold for at the start's prices."""
    then = zip(w.roster.labs, w.given.labs.start.price.tolist(), strict=True)
    return sum(revenue(w, lab) for lab in w.roster.labs) / sum(sold(w, lab) * price for lab, price in then)


def outside(w: World) -> float:
    """Conservation: of all who choose, those whom no lab serves."""
    mass = float(w.given.labs.market_tokens(w.played.opened.labs)[w.r])
    return 1.0 - sum(sold(w, lab) for lab in w.roster.labs) / mass


def unserved(w: World) -> float:
    """Of the tokens asked for, what labs that could not serve all left."""
    assert w.after.labs.sale is not None
    asked = w.after.labs.sale.asked[w.r].tolist()
    short = sum(max(want - sold(w, lab), 0.0) for want, lab in zip(asked, w.roster.labs, strict=True))
    return short / sum(asked)


def sells(w: World, lab: str) -> bool:
    """Did the lab sell anything at the start?"""
    return bool(w.given.labs.start.tokens[w.r, w.roster.labs.index(lab)] > 0.0)


def total(figure: Callable[[World, str], float]) -> Callable[[World], float]:
    """Sum over labs."""
    return lambda w: sum(figure(w, lab) for lab in w.roster.labs)


def least(figure: Callable[[World, str], float]) -> Callable[[World], float]:
    """Least of the labs that sold at the start."""
    return lambda w: min(figure(w, lab) for lab in w.roster.labs if sells(w, lab))


COLUMNS: dict[str, Callable[[World], float]] = {
    "labs_revenue_musd": total(revenue),
    "labs_in_default": in_default,
    "labs_unpaid_musd": unpaid,
    "labs_free_cash_flow_musd": total(flow),
    "labs_funding_musd": total(funding),
    "lab_cash_min_musd": least(cash),
    "lab_runway_min_quarters": least(runway),
    "token_price_index": price_index,
    "token_share_openai": lambda w: token_share(w, "openai"),
    "token_share_anthropic": lambda w: token_share(w, "anthropic"),
    "token_outside_share": outside,
    "tokens_unserved_share": unserved,
    "capability_lead_openai": lead("openai"),
    "capability_lead_anthropic": lead("anthropic"),
}
