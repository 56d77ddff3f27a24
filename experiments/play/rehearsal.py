"""Worlds in which a decision is tried before it is taken, and which know no more than the seat that takes it.

They are drawn afresh: the scenario as far as it is announced, this seat's own decisions so far, and everybody else by
the visible default of its role. Nothing of the log is read but the seat's own decisions, and of the game only what its
briefing says; a regulator's own cases stand as it knows them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from agents.forms import Form, Standing
from agents.roster import cast
from agents.seats import Recorded, in_all_worlds
from agents.strategies import default_for
from experiments.play.decided import full_form
from experiments.play.log import Logbook
from sim.arrays import Array, Mask
from sim.contract import Decision, PublicBriefing, Seat
from sim.game import Game
from sim.noise import LONGEST_GAME
from sim.past import Past
from sim.quarters import ordinal
from sim.records import Records
from sim.scenario import Scenario
from sim.streams import BLOCK

MOST_QUARTERS = 8
KEPT_REHEARSALS = 12


@dataclass(frozen=True)
class Stand:
    """Where a seat stands before a quarter: its briefings, what its rule would decide, and the past of the game, of
    which a regulator's own cases are read and nothing else."""

    own: Any
    market: PublicBriefing
    rule: Any
    past: Past

    @classmethod
    def of(cls, game: Game, role: str, party: str) -> Stand:
        """Read of the game of one world that is being played."""
        shown = game.brief()
        own = shown.own(role, party)
        return cls(own, shown.market, default_for(role).maker().decide(own, shown.market), game.past())


def announced(scenario: Scenario, quarter: int) -> Scenario:
    """The scenario as far as anybody can know it in a quarter (an ordinal): what is dated later and not announced is
    left out."""
    known = [one for one in scenario.shocks if ordinal(one.announced or one.quarters[0]) <= quarter]
    return replace(scenario, shocks=tuple(known))


@dataclass
class Me:
    """The seat in worlds drawn afresh: its recorded decisions, then both decisions side by side, then the rule with
    what stands of either."""

    form: Form
    recorded: Recorded
    stand: Stand | None = None
    decision: Any = None
    stands: Standing | None = None

    def __post_init__(self) -> None:
        self.rule: Seat = default_for(self.form.desk.role).maker()

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """A decision of every place, lawful there."""
        if self.stand is None:
            return lawful(self.recorded.decide(own, market), own)
        places = len(market.demand_index)
        if market.quarter == self.stand.market.quarter:
            return lawful(beside(self.decision, self.stand.rule, places // 2), own)
        rule = self.rule.decide(own, market)
        assert self.stands is not None
        kept = self.form.kept(self.stands, own, market, rule)
        return mixed(kept, rule, np.arange(places) < places // 2)


def beside(one: Any, other: Any, worlds: int) -> Any:
    """Two decisions of one world in so many worlds each, one after the other."""
    wide = [in_all_worlds(decided, worlds) for decided in (one, other)]
    parts = {f.name: np.concatenate([getattr(w, f.name) for w in wide]) for f in fields(one)}
    return replace(one, **parts)


def mixed(one: Any, other: Any, where: Mask) -> Any:
    """One decision in some places, the other elsewhere."""

    def chosen(name: str) -> Array:
        first = getattr(one, name)
        return np.where(where.reshape(-1, *(1,) * (first.ndim - 1)), first, getattr(other, name))

    return replace(one, **{f.name: chosen(f.name) for f in fields(one)})


def lawful(decision: Any, own: Any) -> Any:
    """The same where other offers stand, and other power is to be had: only what is offered is signed, and no more is
    offered than there is power for."""
    if not hasattr(decision, "deal_mw"):
        return decision
    most = own.deal_power_mw if np.ndim(own.deal_power_mw) > 1 else own.deal_power_mw[:, None]
    return replace(
        decision,
        deal_mw=np.minimum(decision.deal_mw, most),
        deal_accept=np.where(own.offered_mw > 0.0, decision.deal_accept, 0.0),
    )


class Rehearsal:
    """Worlds drawn afresh that have lived a seat's decisions so far, twice side by side. They are kept between
    previews: only the quarters ahead are played again."""

    def __init__(self, book: Logbook, party: str, worlds: int) -> None:
        c = book.content
        self.role, self.party = book.roles()[party], party
        self.seat = Me(full_form(book, party), Recorded({}))
        scenario = announced(book.scenario, book.start + book.quarters_played + 1)
        self.game = Game(
            scenario,
            cast(seats={party: self.seat}),
            worlds=worlds,
            quarters=LONGEST_GAME,
            seed=c.seed,
            first_world=(c.first_world // BLOCK + 1) * BLOCK,
            draw=c.draw,
            beside=(scenario,),
        )
        self.past, self.lived = self.game.past(), 0

    def ahead(self, decisions: Mapping[int, Decision], stand: Stand, decision: Any, quarters: int) -> Records:
        """Records of all quarters played, those ahead the last: worlds with the decision, then the same with the
        rule's."""
        seat, game = self.seat, self.game
        self._live(decisions)
        past = self.past.known_to(self.party, stand.past) if self.role == "regulator" else self.past
        game.go_on(past)
        seat.stand, seat.decision = stand, decision
        seat.stands = seat.form.standing(decision, stand.own, stand.market, stand.rule)
        for _ in range(quarters):
            game.step()
        return game.records

    def _live(self, decisions: Mapping[int, Decision]) -> None:
        """Play the quarters that have been decided since."""
        if self.lived == len(decisions):
            return
        self.game.go_on(self.past)
        self.seat.stand, self.seat.recorded = None, Recorded(decisions)
        while self.game.quarter < len(decisions):
            self.game.step()
        self.past, self.lived = self.game.past(), len(decisions)

    def close(self) -> None:
        """Let go of the game."""
        self.game.close()


_KEPT: OrderedDict[tuple[object, ...], Rehearsal] = OrderedDict()


def rehearsal(book: Logbook, party: str, worlds: int) -> Rehearsal:
    """Worlds that have lived this log's decisions, or fewer of them; kept between calls, the oldest first to go."""
    c, known = book.content, announced(book.scenario, book.start + book.quarters_played + 1)
    lived = [repr(one.decisions[party]) for one in c.played]
    same = (known.digest, c.seed, c.first_world, c.draw, c.quarters, party, worlds)
    for key in list(_KEPT):
        if key[:-1] == same and list(key[-1]) == lived[: len(key[-1])]:  # type: ignore[call-overload, arg-type]
            found = _KEPT.pop(key)
            break
    else:
        found = Rehearsal(book, party, worlds)
    _KEPT[*same, tuple(lived)] = found
    while len(_KEPT) > KEPT_REHEARSALS:
        _KEPT.popitem(last=False)[1].close()
    return found
