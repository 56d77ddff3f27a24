"""Par: five lenses on a seat's result, and where they stand among what the skilled bot makes of the same seat.

Figures are read from the records and from what the seat, and regulators, would be shown after the last quarter.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from copy import deepcopy
from typing import Any

import numpy as np

from agents import roster
from agents.seats import Recorded
from agents.strategies import graded
from experiments.batch.engine import Cell, Size
from experiments.play.log import Logbook
from sim.arrays import Array
from sim.contract import THEORIES, Seat
from sim.game import Game
from sim.streams import Branch
from workshop.alternatives import playable
from workshop.lenses import LENSES, TOUCHES, Closing
from workshop.scores import equal, standing
from workshop.table import Task, book_of

Data = dict[str, Any]
WORLDS = 64


def measured(task: Task, seat: str, skilled: bool, worlds: int) -> dict[str, list[float]]:
    """A seat's lenses after the quarters that were played: with the record, or the skilled bot in its place. Everybody
    else repeats the record; the opening is that of the played world, chance differs, and world 0 is the one that was
    played. Lens -> (worlds,), as shown."""
    book, end = book_of(task), len(task.quarters)
    role = book.roles()[seat]
    with closing(_game(book, task, seat if skilled else "", worlds)) as game:
        for _ in range(end):
            game.step()
        seen = Closing(game.records, role, seat, game.brief().own(role, seat), _proof(game, book, role))
        return {lens.name: (lens.scale * lens.read(seen)).tolist() for lens in LENSES[role]}


def _game(book: Logbook, task: Task, by_bot: str, worlds: int) -> Game:
    """The recorded game with room for one more briefing."""
    seats: dict[str, Seat] = {
        party: graded(book.roles()[party], "skilled").maker() if party == by_bot else Recorded(book.decisions(party))
        for party in playable(task)
    }
    cell: Cell = book.cell(seats)
    size = Size(worlds, len(task.quarters) + 1, cell.size.seed, cell.size.draw)
    return Game(
        cell.scenario,
        roster.cast(cell.strategies, deepcopy(seats)),
        worlds=worlds,
        quarters=size.quarters,
        seed=size.seed,
        draw=size.draw,
        branch=Branch(cell.first_world, 0),
    )


def _proof(game: Game, book: Logbook, role: str) -> Array:
    """Evidence of the strongest case on conduct of a role over all regulators, (worlds,); nothing for those that no
    theory touches."""
    touched = [THEORIES.index(name) for name in TOUCHES.get(role, ())]
    agencies = [party for party, role in book.roles().items() if role == "regulator"]
    if not touched or not agencies:
        return np.zeros(len(game.records.world))
    shown = [game.brief().own("regulator", party).evidence_over_proof[:, touched] for party in agencies]
    return np.asarray(np.max(shown, axis=(0, 2)))


def scored(role: str, mine: Mapping[str, list[float]], par: Mapping[str, list[float]]) -> list[Data]:
    """A row a lens: the played figure, the skilled bot's in the same world, its median and band, and the percentile.
    tied: does it tie with all worlds of par, so that the lens says nothing?"""
    rows = []
    for lens in LENSES[role]:
        own, others = mine[lens.name][0], par[lens.name]
        found = standing(own, others, lens.more)
        known = np.array([one for one in others if np.isfinite(one)])
        band = np.quantile(known, (0.05, 0.5, 0.95)).tolist() if len(known) else [float("nan")] * 3
        rows.append(
            {
                "lens": lens.name,
                "title": lens.title,
                "unit": lens.unit,
                "gloss": lens.gloss,
                "award": lens.award,
                "mine": own,
                "bot": others[0],
                "band": band,
                "percentile": found.percentile,
                "tied": found.tied,
                "of": found.of,
                "more": lens.more,
                "same": equal(own, others[0]),
            }
        )
    return rows
