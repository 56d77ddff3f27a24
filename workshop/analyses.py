"""What a debrief works out: forks, the pivot, why a result came about, and par. Each is asked for once, is worked out
beside the play, and comes into the log as far as it has come, so that pages grow with it and a restart loses nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from queue import SimpleQueue
from typing import Any

import numpy as np

from experiments.play.fork import OTHERS, Fork
from sim.errors import InputError, unknown
from workshop import forks, par, scores, tokens
from workshop.alternatives import SHARE, VARIANTS, Rewrite, ends, playable
from workshop.debriefing import STEPS, fork_name
from workshop.forks import Worlds
from workshop.log import New
from workshop.rooms import RefusedError, Rooms, task_of
from workshop.state import REVIEW, State
from workshop.table import Task, book_of
from workshop.worker import Worker

Data = dict[str, Any]
AHEAD = 8
"""Quarters that a fork looks ahead at least."""
WORLDS = 32
"""Worlds of the pivot and of the account of a result, beside the played one; and of final boards."""
ROOM = "room"
OWN, REST, CARDS, CHANCE = "own", "rest", "cards", "chance"


@dataclass
class Desk:
    """Work under way and what went wrong with it: (session, what) -> a sentence. worker: works it out; more: who share
    in work that falls into parts; helpers: threads that wait for it, those of the rooms unless given, so that play does
    not wait for a debrief; worlds: of the pivot, the account and final boards; par: of the skilled bot; rounds: of a
    fork."""

    worker: Worker
    helpers: Executor | None = None
    more: Sequence[Worker] = ()
    worlds: int = WORLDS
    par: int = par.WORLDS
    rounds: Sequence[int] = forks.ROUNDS
    under_way: dict[tuple[str, str], str] = field(default_factory=dict)
    troubles: dict[tuple[str, str], str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    closed: bool = False

    def call(self, function: Callable[..., Any], *given: Any) -> Any:
        """What a function gives, worked out elsewhere. RefusedError when the server is ending."""
        return self._call(self.worker, function, *given)

    def each(self, function: Callable[..., Any], given: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        """What a function gives for each of many, in their order and as they come; all workers share them."""
        free: SimpleQueue[Worker] = SimpleQueue()
        for worker in (self.worker, *self.more):
            free.put(worker)

        def worked_out(one: tuple[Any, ...]) -> Any:
            worker = free.get()
            try:
                return self._call(worker, function, *one)
            finally:
                free.put(worker)

        with ThreadPoolExecutor(1 + len(self.more)) as hands:
            yield from hands.map(worked_out, given)

    def _call(self, worker: Worker, function: Callable[..., Any], *given: Any) -> Any:
        if self.closed:
            raise RefusedError("The server is ending; ask again when it is back.", 503)
        return worker.call(function, *given)

    def begin(self, rooms: Rooms, session: str, what: str, work: Callable[[], None]) -> None:
        """Begin work unless it is under way."""
        key = (session, what)
        with self.lock:
            if key in self.under_way:
                return
            self.under_way[key] = "begun"
            self.troubles.pop(key, None)
        (self.helpers or rooms.helpers).submit(self._do, rooms, key, work)

    def _do(self, rooms: Rooms, key: tuple[str, str], work: Callable[[], None]) -> None:
        try:
            work()
        except (InputError, RefusedError) as error:
            self.troubles[key] = str(error)
        except Exception as error:  # whoever asked sees why, whatever it is, and may ask again
            self.troubles[key] = repr(error)
        finally:
            with self.lock:
                self.under_way.pop(key, None)
            rooms.bell.ring(key[0])

    def busy(self, session: str) -> list[str]:
        """What is being worked out for a session."""
        with self.lock:
            return [what for one, what in self.under_way if one == session]

    def wrong(self, session: str) -> dict[str, str]:
        """What could not be worked out, and why."""
        return {what: said for (one, what), said in self.troubles.items() if one == session}


# --- forks ------------------------------------------------------------------------------------------------------------


def fork(rooms: Rooms, session: str, desk: Desk, at: str, others: str, variant: str = "") -> tuple[Any, ...]:
    """Play on from a quarter that was played, round by round, in hundreds of worlds; gives the fork's name. What is
    there already is not played again."""
    state = rooms.state(session)
    if others not in OTHERS:
        raise RefusedError(str(unknown("way of forking", others, OTHERS)), 422)
    if variant not in VARIANTS:
        raise RefusedError(str(unknown("variant", variant, [name for name in VARIANTS if name])), 422)
    played = [str(one["quarter"]) for one in state.played]
    shown = [str(quarter["quarter"]) for one in state.published for quarter in one.quarters]
    if at not in played or (state.phase == REVIEW and at not in shown):
        raise RefusedError(f"{at} has not been played; give one of {', '.join(shown) or 'none yet'}.", 422)
    name = (at, others, variant, len(played))
    done = next((one["worlds"] for one in state.forks if fork_name(one) == name), 0)
    if done < sum(desk.rounds):
        asked = Fork(played.index(at), max(len(played), played.index(at) + AHEAD), others)
        work = partial(_play_on, rooms, session, desk, (task_of(state), asked, variant, state.branch))
        desk.begin(rooms, session, "fork " + " ".join(str(part) for part in name), work)
    return name


def _play_on(rooms: Rooms, session: str, desk: Desk, what: tuple[Task, Fork, str, int]) -> None:
    task, asked, variant, branch = what
    sides: dict[str, list[Worlds]] = {name: [] for name in dict.fromkeys((variant, ""))}
    pieces = forks.pieces(desk.rounds, tuple(sides))
    played = desk.each(forks.some, ((task, asked, piece.variant, piece.first, piece.worlds) for piece in pieces))
    for _, round_ in groupby(pieces, key=lambda piece: piece.round):
        for piece in round_:
            sides[piece.variant].append(next(played))
        found = {**forks.told(task, asked, variant, sides), "of": sum(desk.rounds), "played": len(task.quarters)}
        _keep(rooms, session, branch, New("forked", found))


def _keep(rooms: Rooms, session: str, branch: int, new: New) -> None:
    rooms.act(session, lambda now: [new] if now.branch == branch else [])


# --- the pivot --------------------------------------------------------------------------------------------------------


def spans(state: State) -> dict[int, tuple[int, int]]:
    """Turn -> first and last quarter, counted from 1, in which its decisions were people's; the quarters that pass
    unplayed after the last turn are not among them."""
    found, first = {}, 1
    for one in state.published:
        found[one.turn] = (first, first + min(len(one.quarters), state.setup.quarters_a_turn) - 1)
        first += len(one.quarters)
    return found


def pivot(rooms: Rooms, session: str, desk: Desk) -> None:
    """Which turn's decisions moved the room's Trainium share most, and each team's result: in the same worlds the turn
    is played by the rule instead, and everybody repeats the record after it."""
    state = _over(rooms, session)
    work = partial(_find_pivot, rooms, session, desk, state)
    desk.begin(rooms, session, "pivot", work)


def _find_pivot(rooms: Rooms, session: str, desk: Desk, state: State) -> None:
    task, teams = task_of(state), decided(state)
    moved: dict[str, dict[str, list[float]]] = {ROOM: {}, **{party: {} for party in teams}}
    for turn, (first, last) in spans(state).items():
        asked = partial(Rewrite, first=first, last=last, worlds=desk.worlds + 1, shared=first - 1)
        ruled = {who: teams if who == ROOM else (who,) for who in moved}
        cells = dict.fromkeys([(), *ruled.values()])
        games = dict(zip(cells, desk.each(ends, ((task, asked(cell)) for cell in cells)), strict=True))
        for who in moved:
            (name, scale), as_played, instead = figure(who), games[()], games[ruled[who]]
            apart = scale * (np.array(as_played[name]) - np.array(instead[name]))
            moved[who][str(turn)] = apart.tolist()
        told = {"turns": len(spans(state)), "done": turn, "ranked": {who: ranked(one) for who, one in moved.items()}}
        told |= {"worlds": desk.worlds + 1}
        _keep(rooms, session, state.branch, New("found", {"what": "pivot", "data": told}))


def figure(who: str) -> tuple[str, float]:
    """What a result is read from, and its scale: the room's in points of share, a seat's in bn USD."""
    return (SHARE, 100.0) if who == ROOM else (f"objective:{who}", 1e-3)


def ranked(effects: dict[str, list[float]]) -> list[Data]:
    """Turns by the size of what they moved, with the figure of the played world."""
    found = scores.ranking({turn: np.array(one) for turn, one in effects.items()})
    return [
        {"turn": int(one.name), "mean": one.mean, "low": one.low, "high": one.high, "rank": one.rank}
        | {"tied": one.tied, "clear": one.clear, "here": effects[one.name][0]}
        for one in found
    ]


# --- why --------------------------------------------------------------------------------------------------------------


def why(rooms: Rooms, session: str, desk: Desk, who: str) -> None:
    """What a team's result is made of, or the room's Trainium share: own decisions, others', cards, chance. who: a
    party or 'room'."""
    state = _over(rooms, session)
    if who != ROOM and who not in decided(state):
        raise RefusedError("Nobody has decided in this seat.", 404)
    desk.begin(rooms, session, f"why {who}", partial(_find_why, rooms, session, desk, (state, who)))


def _find_why(rooms: Rooms, session: str, desk: Desk, what: tuple[State, str]) -> None:
    state, who = what
    task = task_of(state)
    own = decided(state) if who == ROOM else (who,)
    rest = tuple(party for party in desk.call(playable, task) if party not in own)
    causes = (OWN, REST, *((CARDS,) if task.cards else ()), CHANCE)
    name, scale = figure(who)

    def without(acting: frozenset[str]) -> Rewrite:
        ruled = tuple(sorted((own if OWN not in acting else ()) + (rest if REST not in acting else ())))
        cards = CARDS in acting or not task.cards
        return Rewrite(ruled, 1, len(task.quarters), desk.worlds + 1, branched=False, cards=cards)

    values, sets = {}, subsets(causes[:-1])
    games = desk.each(ends, ((task, without(acting)) for acting in sets))
    for acting, game in zip(sets, games, strict=True):
        all_worlds = scale * np.array(game[name])
        values[acting] = all_worlds[1:]
        values[acting | {CHANCE}] = np.full(desk.worlds, all_worlds[0])
    found = scores.account(causes, values)
    came = float(values[frozenset(causes)][0])
    data = {"total": found.total, "residual": found.residual, "came": came, "worlds": desk.worlds, "of": who}
    data["parts"] = [{**vars(part), "clear": part.clear} for part in found.parts]
    _keep(rooms, session, state.branch, New("found", {"what": f"why {who}", "data": data}))


def subsets(causes: Sequence[str]) -> list[frozenset[str]]:
    """All sets of causes, the empty one first."""
    found: list[frozenset[str]] = [frozenset()]
    for cause in causes:
        found += [one | {cause} for one in found]
    return found


# --- par --------------------------------------------------------------------------------------------------------------


def find_par(rooms: Rooms, session: str, desk: Desk) -> None:
    """Five lenses of each seat of people against the skilled bot in the same seat."""
    state = _over(rooms, session)
    desk.begin(rooms, session, "par", partial(_find_par, rooms, session, desk, state))


def _find_par(rooms: Rooms, session: str, desk: Desk, state: State) -> None:
    task, seats, roles = task_of(state), decided(state), desk.call(roles_of, task_of(state))
    lenses: dict[str, list[Data]] = {}
    sides = ((False, 1), (True, desk.par))
    measured = desk.each(par.measured, ((task, party, *side) for party in seats for side in sides))
    for party in seats:
        lenses[party] = par.scored(roles[party], next(measured), next(measured))
        data = {"seats": dict(lenses), "done": len(lenses), "of": len(seats), "worlds": desk.par}
        _keep(rooms, session, state.branch, New("found", {"what": "par", "data": data}))


def roles_of(task: Task) -> dict[str, str]:
    """Party -> role."""
    return book_of(task).roles()


# --- the walk ---------------------------------------------------------------------------------------------------------


def walk(rooms: Rooms, session: str, step: str, turn: int = 0) -> State:
    """Show a step of the debrief on every screen; '' ends the walk. turn: which one the timeline looks at, 0 for the
    whole game."""
    names = [one.name for one in STEPS]
    if step and step not in names:
        raise RefusedError(str(unknown("step", step, names)), 422)

    def decide(state: State) -> list[New]:
        if turn and turn not in [one.turn for one in state.published]:
            raise RefusedError(f"Turn {turn} has not been played.", 422)
        now = state.debrief
        return [New("walked", {"step": step, "turn": turn})] if (now.step, now.turn) != (step, turn) else []

    return rooms.act(session, decide)


def vote(rooms: Rooms, session: str, device: str, turn: int) -> State:
    """A person's vote for the pivot; the last one counts."""
    who = tokens.hashed(f"{session} {device}")[:8]

    def decide(state: State) -> list[New]:
        if state.debrief.step != "vote":
            raise RefusedError("The vote is not open just now.")
        if turn not in [one.turn for one in state.published]:
            raise RefusedError(f"Turn {turn} has not been played.", 422)
        return [New("voted", {"who": who, "turn": turn})]

    return rooms.act(session, decide)


def voted(state: State, session: str, device: str) -> int | None:
    """The turn that a person has voted for."""
    return state.debrief.votes.get(tokens.hashed(f"{session} {device}")[:8])


def decided(state: State) -> tuple[str, ...]:
    """Seats that people decided for, in order; in a session of bots all seats."""
    people = {party for one in state.published for party in one.answers}
    return tuple(party for party in state.setup.seats if party in people or not people)


def _over(rooms: Rooms, session: str) -> State:
    state = rooms.state(session)
    if not state.over:
        raise RefusedError("This looks back on a whole game; the last turn has not been published yet.")
    return state
