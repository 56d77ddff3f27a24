"""Deals of seats as the market takes them: what a seat is shown of deals, and what its decision says of them.

agreed in the turn        both sides name it in the turn's first quarter, and it is struck at once
offered to a bot          in the first quarter: the bot answers a quarter later
offered to people         in the turn's last quarter, so that it stands in their next briefing
stands in the briefing    answered in the first quarter, as the team says, else as the rule of thumb has it

What a team has offered, agreed or answered in the turn holds also when a bot plays for it because it is away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agents.forms.lab import H100E_PER_MW
from agents.roster import parties
from sim.deal_terms import TERMS
from sim.game import Game
from sim.quarters import label
from sim.roster import Roster

Data = dict[str, Any]
Figures: TypeAlias = NDArray[Any]
LEVEL = 5
"""Seats deal with each other from this number of questions on."""
SHOWN_AHEAD = (0, 4, 8, 12)
"""Quarters ahead of which a seat sees what it has signed."""
SMALLEST_H100E = 1e-6


def deals_on(level: int) -> bool:
    """Are deals asked for at this level?"""
    return level >= LEVEL


def shown(game: Game, role: str, party: str, own: Any, rule: Any, quarter: int) -> Data | None:
    """What a seat is shown of deals: with whom it may sign, what stands, what it has signed. quarter: the one to be
    decided, an ordinal. None for who signs nothing, and before deals may be struck."""
    places, roster = game.given.places, game.roster
    if role not in ("cloud", "lab") or game.quarter + 1 < places.since:
        return None
    mine, theirs, me = _sides(roster, places, role, party)
    others = roster.labs if role == "cloud" else roster.owners
    partners = []
    for other in sorted({int(k) for k in theirs[mine == me]}):
        sold = sorted({int(f) for f in places.family[(mine == me) & (theirs == other)]})
        power = own.deal_power_mw[0] if role == "cloud" else own.deal_power_mw[0, other]
        families = [[family, roster.family_titles[family]] for family in sold]
        partners.append({"party": others[other], "families": families, "power": float(np.floor(power / 10.0) * 10.0)})
    scale = 1.0 if role == "cloud" else 1.0 / H100E_PER_MW
    ahead = [[label(quarter + k), float(own.signed_ahead[0, k]) * scale] for k in SHOWN_AHEAD]
    return {"partners": partners, "standing": _standing(own, rule, others), "ahead": ahead}


def _sides(roster: Roster, places: Any, role: str, party: str) -> tuple[Figures, Figures, int]:
    """Own and other side of each place, and a party's own position."""
    if role == "cloud":
        return places.cloud, places.lab, roster.owners.index(party)
    return places.lab, places.cloud, roster.labs.index(party)


def _standing(own: Any, rule: Any, others: tuple[str, ...]) -> list[Data]:
    """Offers that stand this quarter only, and what the rule of thumb answers."""
    return [
        {
            "party": others[int(k)],
            "terms": {name: float(getattr(own, f"offered_{name}")[0, k]) for name in TERMS},
            "rule": bool(rule.deal_accept[0, k] > 0.5),
        }
        for k in np.flatnonzero(own.offered_mw[0] > 0.0)
    ]


def known(roster: Roster, deals_known: Figures) -> list[list[str]]:
    """Pairs that everybody knows to have signed, (cloud, lab) by title. deals_known (worlds, clouds, labs)."""
    pairs = np.argwhere(deals_known[0] > 0.5)
    titles = {name: title for _, name, title in parties(roster)}
    return [[roster.owner_titles[int(cloud)], titles[roster.labs[int(lab)]]] for cloud, lab in pairs]


@dataclass
class Clauses:
    """A turn's deals as they enter decisions. said: party -> its 'signs', 'agreed', 'now' and 'later' by the other side
    (`workshop.dealing.clauses`); people: seats of people; quarters: of a turn. held: offers to people that wait for
    the turn's last quarter."""

    roster: Roster
    roles: Mapping[str, str]
    said: Mapping[str, Mapping[str, Any]]
    people: frozenset[str]
    quarters: int
    held: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)

    def spoken(self, number: int, party: str, decision: Any, own: Any) -> Any:
        """A decision of quarter `number` of the turn (from 0) with what was agreed, offered and answered by name."""
        role = self.roles[party]
        if role not in ("cloud", "lab") or number >= self.quarters:
            return decision
        others = self.roster.labs if role == "cloud" else self.roster.owners
        terms = {name: np.array(getattr(decision, f"deal_{name}")) for name in (*TERMS, "accept")}
        said = self.said.get(party, {})
        if party in self.people or (said and number == 0):  # a bot that stands in keeps what the team said itself
            _by_name(number, said, others, terms, own)
        self._wait(number, party, others, terms)
        if number == 0:
            for other, asked in said.get("agreed", {}).items():  # one deal of a pair a quarter
                _put(terms, others.index(other), {**asked, "accept": 0.0})
        terms["mw"] = np.minimum(terms["mw"], own.deal_power_mw[:, None] if role == "cloud" else own.deal_power_mw)
        return replace(decision, **{f"deal_{name}": array for name, array in terms.items()})

    def _wait(self, number: int, party: str, others: tuple[str, ...], terms: dict[str, Figures]) -> None:
        """Offers to people wait for the turn's last quarter, so that they can be answered."""
        if number == self.quarters - 1:
            later = {other: asked for (maker, other), asked in self.held.items() if maker == party}
            for other, asked in {**later, **self.said.get(party, {}).get("later", {})}.items():
                if not terms["mw"][0, others.index(other)] > 0.0:
                    _put(terms, others.index(other), asked)
            return
        for k, other in enumerate(others):
            if other in self.people and terms["mw"][0, k] > 0.0:
                self.held[party, other] = {name: float(terms[name][0, k]) for name in TERMS}
                terms["mw"][:, k] = 0.0


def _by_name(
    number: int, said: Mapping[str, Any], others: tuple[str, ...], terms: dict[str, Figures], own: Any
) -> None:
    """What a team says itself, in the place of what the rule of thumb has; an act of the turn's first quarter."""
    if number > 0:
        terms["mw"][:] = terms["accept"][:] = 0.0
        return
    for other, yes in said.get("signs", {}).items():
        k = others.index(other)
        terms["accept"][:, k] = float(yes) * (own.offered_mw[:, k] > 0.0)
    for other in said.get("later", {}):
        terms["mw"][:, others.index(other)] = 0.0
    for other, asked in said.get("now", {}).items():
        _put(terms, others.index(other), asked)


def _put(terms: dict[str, Figures], k: int, asked: Mapping[str, float]) -> None:
    for name, value in asked.items():
        terms[name][:, k] = value


def struck(game: Game, before: Any, shown: Any, quarter: str) -> list[Data]:
    """Deals that the last quarter's decisions came to, in the first world. before: what was struck till
    then; shown: the briefings that were answered."""
    places, now, roster = game.given.places, game.state.struck, game.roster
    found = []
    for place in np.flatnonzero((now.path[0] - before.path[0]).max(axis=1, initial=0.0) > SMALLEST_H100E):
        more = now.path[0, place] - before.path[0, place]
        paid = np.where(
            more > 0.0, (now.price[0, place] - before.price[0, place]) / np.maximum(more, SMALLEST_H100E), 0.0
        ).max()
        cloud, family = int(places.cloud[place]), int(places.family[place])
        lab = roster.labs[int(places.lab[place])]
        power = float(shown.own("lab", lab).deal_mw_per_h100e[0, cloud, family])
        found.append(
            {
                "quarter": quarter,
                "cloud": roster.owners[cloud],
                "lab": lab,
                "family": family,
                "chip": roster.family_titles[family],
                "mw": float(more.max()) * power,
                "price": float(paid),
            }
        )
    return found
