"""Worlds in which a decision is tried before it is taken, and which know no more than the seat that takes it.

They are drawn afresh: the scenario as far as it is announced, this seat's own decisions so far, and everybody else by
the visible default of its role. Nothing of the log is read but the seat's own decisions, and of the game only what its
briefing says; a regulator's own cases stand as it knows them.
"""

from __future__ import annotations

import pickle
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
    """The seat in worlds drawn afresh: its recorded decisions, then the decision that is tried, then the rule with what
    stands of it."""

    form: Form
    recorded: Recorded
    stand: Stand | None = None
    decision: Any = None
    stands: Standing | None = None

    def __post_init__(self) -> None:
        self.rule: Seat = default_for(self.form.desk.role).maker()

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """A decision of every world, lawful there."""
        if self.stand is None:
            return lawful(self.recorded.decide(own, market), own)
        if market.quarter == self.stand.market.quarter:
            return lawful(in_all_worlds(self.decision, len(market.demand_index)), own)
        assert self.stands is not None
        return self.form.kept(self.stands, own, market, self.rule.decide(own, market))


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
    """Worlds drawn afresh that have lived a seat's decisions so far. They are kept between previews: only the quarters
    ahead are played again, and those of the rule once for all decisions that are tried in a quarter."""

    def __init__(self, book: Logbook, party: str, worlds: int) -> None:
        c = book.content
        self.role, self.party = book.roles()[party], party
        self.seat = Me(full_form(book, party), Recorded({}))
        scenario = announced(book.scenario, book.start + book.quarters_played + 1)
        self.game = Game(
            scenario,
            cast(seats={party: self.seat}),
            worlds=worlds,
            quarters=min(c.quarters + MOST_QUARTERS, LONGEST_GAME),
            seed=c.seed,
            first_world=(c.first_world // BLOCK + 1) * BLOCK,
            draw=c.draw,
        )
        self.past, self.lived = self.game.past(), 0
        self._by_rule: tuple[object, Records] | None = None

    def ahead(self, decisions: Mapping[int, Decision], stand: Stand, decision: Any, quarters: int) -> Records:
        """Records of all quarters played, those ahead the last, with a decision in the coming one."""
        self._live(decisions)
        return self._tried(self._known(stand), stand, decision, quarters)

    def by_rule(self, decisions: Mapping[int, Decision], stand: Stand, quarters: int) -> Records:
        """The same with the rule's decision, in the same worlds: played once, whatever is tried beside it."""
        self._live(decisions)
        past = self._known(stand)
        asked = (self.lived, quarters, pickle.dumps((stand.rule, past.state.cases)))
        if self._by_rule is None or self._by_rule[0] != asked:
            self._by_rule = asked, self._tried(past, stand, stand.rule, quarters)
        return self._by_rule[1]

    def _known(self, stand: Stand) -> Past:
        """What has been lived, with what a regulator knows of its own cases."""
        return self.past.known_to(self.party, stand.past) if self.role == "regulator" else self.past

    def _tried(self, past: Past, stand: Stand, decision: Any, quarters: int) -> Records:
        seat, game = self.seat, self.game
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
