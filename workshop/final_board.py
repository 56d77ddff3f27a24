"""A team's final board: how its key figure went beside where the rule of thumb and the skilled bot in its seat would
have taken it, and one sentence of why. Worked out beside the play once the last turn is there, a seat at a time, and
kept in the log, so that pages only read it and a restart loses nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from agents.seats import Recorded
from experiments.batch import engine
from experiments.play import aftermath
from experiments.play.preview import KEYS, MONEY
from experiments.stats import BAND, finite_worlds
from sim import objectives
from sim.arrays import Array
from sim.records import Records
from sim.streams import Branch
from workshop import consequences
from workshop.alternatives import playable
from workshop.analyses import Desk
from workshop.charts import Chart
from workshop.log import New
from workshop.pages import role_of
from workshop.rooms import Rooms, task_of
from workshop.state import State
from workshop.table import Task, book_of

Data = dict[str, Any]
FINAL = "final"
VALUE = "value"


def measured(task: Task, party: str, who: str, worlds: int) -> dict[str, list[list[float]]]:
    """A seat's figures with somebody in it, one of `aftermath.HOLDERS`, while everybody else repeats the record: name
    -> (worlds, quarters), value -> (worlds, 1), in the units of pages. The opening is that of the played world, chance
    differs, and world 0 is the one that was played."""
    book = book_of(task)
    others = {one: Recorded(book.decisions(one)) for one in playable(task)}
    whole = book.cell({**others, party: aftermath.holder(book, party, who)})
    size = replace(whole.size, worlds=worlds, quarters=len(task.quarters))
    cell = replace(whole, size=size, first_world=0, branch=Branch(whole.first_world, 0))
    found = engine.played(cell, partial(_read, book.roles()[party], party))
    return {name: np.asarray(values).tolist() for name, values in found.items()}


def _read(role: str, party: str, records: Records) -> dict[str, Array]:
    found = {key.name: key.scale * key.read(partial(records.party, role, party)) for key in KEYS[role]}
    return {**found, VALUE: 1e-3 * objectives.objective(records, role, party)[:, None]}


def told(role: str, quarters: list[str], found: dict[str, dict[str, list[list[float]]]]) -> Data:
    """What is kept of a seat: its own path of the figure that counts most, the band of each rule by quarter, and all
    figures at the end of the world that was played. found: holder -> figures."""
    main = KEYS[role][0].name
    ends = {name: [found[who][name][0][-1] for who in aftermath.HOLDERS] for name in found[aftermath.YOU]}
    bands = {who: _band(np.array(found[who][main])) for who in (aftermath.DEFAULT, aftermath.SKILLED)}
    return {"quarters": quarters, "mine": found[aftermath.YOU][main][0], "bands": bands, "ends": ends} | {
        "worlds": len(found[aftermath.YOU][main])
    }


def _band(values: Array) -> list[list[float]]:
    """Low, middle and high by quarter over the worlds that have figures."""
    known = values[finite_worlds(values)]
    ends = np.quantile(known, (BAND[0], 0.5, BAND[1]), axis=0) if len(known) else np.empty((3, 0))
    return [[float(one) for one in three] for three in ends.T]


# --- working it out ---------------------------------------------------------------------------------------------------


def look(rooms: Rooms, desk: Desk, session: str) -> None:
    """Have the boards worked out once the last turn has been played, unless they are there, are under way or could not
    be."""
    state = rooms.state(session)
    if awaited(state, desk, session):
        desk.begin(rooms, session, FINAL, partial(_find, rooms, session, desk, state))


def awaited(state: State, desk: Desk, session: str, party: str = "") -> bool:
    """Will boards be there before long? party: the board of this seat."""
    ended = bool(state.rounds) and state.rounds[-1].turn >= state.setup.turns
    if not ended or (session, FINAL) in desk.troubles:
        return False
    lacking = [one for one in _teams(state) if _kept(state, one) is None]
    return party in lacking if party else bool(lacking)


def _teams(state: State) -> list[str]:
    """Seats that people have decided for in some turn."""
    found = {party for one in state.rounds for party in consequences.teams(state, one)}
    return [party for party in state.setup.seats if party in found]


def _kept(state: State, party: str) -> Data | None:
    found = state.debrief.found.get(f"{FINAL} {party}")
    return found if found is not None and found["of"] == consequences.mark(state.rounds[-1]) else None


def _find(rooms: Rooms, session: str, desk: Desk, state: State) -> None:
    task, of = task_of(state), consequences.mark(state.rounds[-1])
    quarters = [str(one["quarter"]) for one in state.played]
    for party in _teams(state):
        if _kept(state, party) is None:
            games = desk.each(measured, ((task, party, who, desk.worlds) for who in aftermath.HOLDERS))
            found = dict(zip(aftermath.HOLDERS, games, strict=True))
            data = {"of": of, **told(role_of(state, party), quarters, found)}
            _keep(rooms, session, of, New("found", {"what": f"{FINAL} {party}", "data": data}))


def _keep(rooms: Rooms, session: str, of: str, new: New) -> None:
    rooms.act(session, lambda now: [new] if now.rounds and consequences.mark(now.rounds[-1]) == of else [])


# --- as it is read ----------------------------------------------------------------------------------------------------


def shown(state: State, party: str) -> Data | None:
    """A team's board once the game is over: a chart, what it is of, rows of figures at the end (title, unit, its own,
    the rule's, the skilled bot's) and the sentence of why; None while it is not known."""
    found = _kept(state, party) if state.over else None
    if found is None:
        return None
    role = role_of(state, party)
    keys = {one.name: (one.title, one.unit) for one in KEYS[role]}
    names = {VALUE: ("Value", MONEY), **keys}
    rows = [(title.removesuffix(" a quarter"), unit, *found["ends"][name]) for name, (title, unit) in names.items()]
    title, unit = next(iter(keys.values()))
    return {
        "chart": chart(f"{title}, {unit}", found),
        "title": title,
        "unit": unit,
        "rows": rows,
        "worlds": found["worlds"],
        "why": consequences.why(state, party),
    }


def chart(title: str, found: Data) -> Chart:
    """The team's own path as a line, the skilled bot's band filled and the rule's in outline."""
    rule, skilled = (
        dict(zip(found["quarters"], map(tuple, found["bands"][who]), strict=False))
        for who in (aftermath.DEFAULT, aftermath.SKILLED)
    )
    return Chart(title, found["quarters"], found["mine"], False, skilled, before=rule)
