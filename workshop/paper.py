"""A room on paper: the turn's forms as a table to fill in and bring back, and what was played, kept as files beside
the database after every turn.

A cell that a spreadsheet would take for a formula has an apostrophe before it, and loses it when it comes back.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.forms import SHARES
from experiments.play.fork import PARTY_SHOWN, SHOWN
from workshop import export, pages, people, table
from workshop.log import New
from workshop.people import Handed
from workshop.rooms import RefusedError, Rooms, task_of
from workshop.state import Answers, State

COLUMNS = ("turn", "seat", "question", "answer", "title", "unit", "allowed")
EXPORTS = "exports"
LARGEST = 60_000
WHY = "from a paper form"


def csv_of(rows: Sequence[Sequence[object]]) -> str:
    """Rows, the first their heads, as CSV."""
    return export.table([str(one) for one in rows[0]], rows[1:])


def form_rows(state: State) -> list[tuple[object, ...]]:
    """A turn's forms with what is filled in, a row a question of each seat that people play."""
    rows: list[tuple[object, ...]] = [COLUMNS]
    for seat in state.humans:
        for one in pages.questions(state, seat.party):
            q = one.question
            unit = f"{q.unit}, one part each: {', '.join(q.options)}" if q.kind == SHARES else q.unit
            rows.append((state.turn, seat.party, q.id, one.value, q.title, unit, q.allowed))
    return rows


def read(state: State, text: str) -> dict[str, Answers]:
    """Seat -> answers of a filled-in table. RefusedError names the line; nothing is taken unless all of it can be."""
    if len(text) > LARGEST:
        raise RefusedError("This table is too large: give one turn's forms.", 413)
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff").strip()))
    missing = [name for name in COLUMNS[:4] if name not in (rows.fieldnames or ())]
    if missing:
        raise RefusedError(f"The table has no column '{missing[0]}'; give {', '.join(COLUMNS[:4])}.", 422)
    found: dict[str, Answers] = {}
    for number, row in enumerate(rows, 2):
        party, question, answer = (str(row[name] or "").strip().removeprefix("'") for name in COLUMNS[1:4])
        _fits(state, number, (str(row["turn"] or "").strip(), party, question))
        if answer:
            found.setdefault(party, {})[question] = answer
    for party, answers in found.items():
        if wrong := people.problems(state, party, answers):
            raise RefusedError(f"{party}: {next(iter(wrong.values()))}", 422)
    if not found:
        raise RefusedError("The table has no answers: fill in the column 'answer'.", 422)
    return found


def _fits(state: State, line: int, row: tuple[str, str, str]) -> None:
    turn, party, question = row
    if turn != str(state.turn):
        raise RefusedError(f"Line {line}: turn '{turn[:20]}'; the room is in turn {state.turn}.", 422)
    people_play = [one.party for one in state.humans]
    if party not in people_play:
        raise RefusedError(f"Line {line}: '{party[:20]}' is no seat of people; give {', '.join(people_play)}.", 422)
    known = [one.id for one in people.seat_form(state, party).questions]
    if question not in known:
        raise RefusedError(f"Line {line}: '{question[:20]}' is no question of {party}; give {', '.join(known)}.", 422)


def taken(rooms: Rooms, session: str, text: str) -> State:
    """Hand in a whole turn from a table: all seats in it or none. Each is logged as the facilitator's, with the
    reason."""
    seen = rooms.state(session)
    if not seen.may("submitted"):
        raise RefusedError("Paper forms are taken while a turn is open or paused.")
    given = read(seen, text)

    def decide(state: State) -> list[New]:
        handed = [Handed(party, {**state.seats[party].answers, **answers}, 0) for party, answers in given.items()]
        return [New("submitted", {"seat": one.party, "answers": one.answers, "reason": WHY}) for one in handed]

    return rooms.act(session, decide)


# --- files ------------------------------------------------------------------------------------------------------------


def figures_rows(state: State) -> list[tuple[object, ...]]:
    """Every quarter that was played: the room's figures and each seat's, a row each."""
    rows: list[tuple[object, ...]] = [("turn", "quarter", "of", "figure", "value")]
    for one in state.rounds:
        for row in one.yardsticks:
            rows += [(one.turn, row["quarter"], "room", name, row["room"][name]) for name, _, _ in SHOWN]
            for party in state.seats:
                shown = PARTY_SHOWN[pages.role_of(state, party)]
                rows += [(one.turn, row["quarter"], party, name, row["seats"][party][name]) for name, _, _ in shown]
    return rows


def decided_rows(state: State) -> list[tuple[object, ...]]:
    """What people decided, a row a turn, seat and question."""
    rows: list[tuple[object, ...]] = [("turn", "seat", "question", "answer")]
    for one in state.rounds:
        for party, answers in one.answers.items():
            rows += [(one.turn, party, question, answer) for question, answer in answers.items()]
    return rows


def game_of(state: State) -> dict[str, Any]:
    """The game as `fully-booked replay` and `fork` read it."""
    content: dict[str, Any] = table.book_of(task_of(state)).content.model_dump(mode="json", exclude_none=True)
    return content


def keep(folder: Path, session: str, state: State) -> Path:
    """Write what was played so far beside the database, and the forms of the next turn once they are known; gives the
    folder. Each file is whole or is not there."""
    place = folder / EXPORTS / session / f"branch-{state.branch}"
    place.mkdir(parents=True, exist_ok=True)
    turn = f"turn-{state.turn}"
    _whole(place / f"{turn}-figures.csv", csv_of(figures_rows(state)))
    _whole(place / f"{turn}-decisions.csv", csv_of(decided_rows(state)))
    _whole(place / f"{turn}-game.json", json.dumps(game_of(state)))
    return place


def _whole(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8", newline="")
    part.replace(path)
