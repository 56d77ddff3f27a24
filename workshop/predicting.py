"""What is done in a session of cycles: a facilitator asks and shows, pairs predict. What is shown comes from the
worlds of the what-if page, and is kept in the log."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import numpy as np

from agents.forms.questions import number
from experiments.stats import BAND
from workshop import bands, cycles, tokens, views
from workshop.cycles import LEFT_OUT, MOST, SAME, SIGNS, STEP, Cycle
from workshop.explorer import Explorer
from workshop.log import New
from workshop.rooms import RefusedError, Rooms
from workshop.state import State
from workshop.underway import Found
from workshop.views import View

WORLDS, FEW = 64, 16
"""Worlds that are shown, and those that must be there before a room that waits is shown fewer."""
PATIENCE, LONG_PATIENCE = 1.0, 45.0
"""Seconds that a press waits for its answer, and after which a room is shown as many worlds as there are."""
PROMISE = (
    f"All {WORLDS} are waited for, {LONG_PATIENCE:.0f} seconds at most; after that as many are shown as there are, "
    f"from {FEW} on."
)
YARDSTICK = "trainium_share_used"
"""What pairs predict."""


@dataclass(frozen=True)
class Progress:
    """How far the worlds are that a room waits for, in a sentence. stuck: they cannot be played."""

    said: str
    stuck: bool = False


BEGUN = Progress("The first worlds are being played.")


def view_of(asked: dict[str, Any], seed: int) -> View:
    """The what-if of a cycle in the worlds that are shown, drawn with the session's seed."""
    return views.read({**dict(parse_qsl(asked["query"])), "worlds": str(WORLDS), "seed": str(seed)})


def ask(rooms: Rooms, session: str, explorer: Explorer) -> State:
    """Ask the next cycle: pairs may predict. Its worlds are played meanwhile."""

    def decide(state: State) -> list[New]:
        done, plan = len(state.cycles), state.setup.cycles
        if cycles.is_open(state.cycles) or cycles.waits(state.cycles):
            raise RefusedError("This change has not been shown yet; show what the model says first.")
        if done >= len(plan):
            raise RefusedError("All changes have been shown.")
        return [New("cycle_asked", dict(plan[done]), f"cycle:{done + 1}")]

    state = rooms.act(session, decide)
    played(state, session, explorer)
    return state


def played(state: State, session: str, explorer: Explorer) -> Found | None:
    """What is known of the change that was asked last and not shown yet; its worlds are played whoever looks, also
    after the server was begun anew. None where there is none, or while too many others ask."""
    last = cycles.current(state.cycles)
    if last is None or last.over:
        return None
    try:
        return explorer.ask(_page(session, last), view_of(last.asked, state.setup.seed), float("inf"))
    except RefusedError:
        return None


def predict(rooms: Rooms, session: str, device: str, sign: str, size: str) -> State:
    """Keep a pair's prediction. It is known by a number that only its browser leads to."""
    if sign not in SIGNS:
        raise RefusedError("Choose lower, about the same, or higher.", 422)
    points = 0.0 if sign == SAME else number(size, "points")
    if points is None or not 0.0 <= points <= MOST or (sign != SAME and points < STEP):
        raise RefusedError(f"How much: '{size[:20]}' is not allowed; give {STEP:g} to {MOST:g} points.", 422)
    data = {"who": who(session, device), "sign": sign, "size": round(points / STEP) * STEP}

    def decide(state: State) -> list[New]:
        if not cycles.is_open(state.cycles):
            raise RefusedError("Predictions are closed; wait for the next change.")
        return [New("cycle_predicted", data)]

    return rooms.act(session, decide)


def close(rooms: Rooms, session: str, explorer: Explorer) -> State:
    """Close the predictions. What the model says is shown as soon as its worlds have been played, at once where they
    have."""
    at = rooms.clock.now()

    def decide(state: State) -> list[New]:
        last = cycles.current(state.cycles)
        if last is None or last.over:
            raise RefusedError("There is nothing to show: ask a change first.")
        return [New("cycle_closed", {"at": at}, f"closed:{last.number}")] if last.closed is None else []

    state = rooms.act(session, decide)
    asked = view_of(state.cycles[-1].asked, state.setup.seed)
    with suppress(RefusedError):  # many ask just now: it comes when their first bands are there
        explorer.wait(_page(session, state.cycles[-1]), asked, PATIENCE, WORLDS)
    return show(rooms, session, explorer)


def show(rooms: Rooms, session: str, explorer: Explorer) -> State:
    """Show what the model says to a room that waits for it, when it is there. A room that has waited long is shown the
    worlds that have been played by then."""
    state = rooms.state(session)
    found, last = played(state, session, explorer), cycles.current(state.cycles)
    if found is None or found.answer is None or last is None or last.closed is None or not enough(rooms, last, found):
        return state
    data = told(bands.yardsticks(found.answer), found.view)
    new = New("cycle_shown", data, f"shown:{last.number}")
    return rooms.act(session, lambda now: [new] if cycles.waits(now.cycles) and len(now.cycles) == last.number else [])


def enough(rooms: Rooms, last: Cycle, found: Found) -> bool:
    """Have all worlds been played, or does the room wait for long?"""
    if found.failed:
        return False
    late = rooms.clock.now() - (last.closed or 0.0) >= LONG_PATIENCE
    return found.over or (late and found.quarters == views.QUARTERS and found.worlds >= min(FEW, WORLDS))


def again(rooms: Rooms, session: str, explorer: Explorer) -> State:
    """Play a change once more that could not be played."""
    state = rooms.state(session)
    if cycles.waits(state.cycles):
        explorer.ask(tokens.session_id(), view_of(state.cycles[-1].asked, state.setup.seed))
    return state


def leave_out(rooms: Rooms, session: str, explorer: Explorer) -> State:
    """Go on without a change that could not be played: it is not shown, and what was predicted of it counts nowhere."""
    state = rooms.state(session)
    found, last = played(state, session, explorer), cycles.current(state.cycles)
    if last is None or not cycles.waits(state.cycles):
        raise RefusedError("There is nothing to leave out: a change is left out once its predictions are closed.")
    if found is None or not found.failed:
        raise RefusedError("This change is being played; it can be left out when that does not work.")
    new = New(LEFT_OUT, {"number": last.number, "failed": found.failed}, f"left out:{last.number}")
    return rooms.act(session, lambda now: [new] if cycles.waits(now.cycles) and len(now.cycles) == last.number else [])


def progress(found: Found | None) -> Progress:
    """How far the worlds of a closed change are."""
    if found is None:
        return Progress("Many ask what-ifs just now; this change is played as soon as it is its turn.")
    if found.failed:
        return Progress(f"This change could not be played: {found.failed}", stuck=True)
    if found.answer is None:
        return BEGUN
    if found.quarters < views.QUARTERS:
        return Progress(
            f"The first {found.worlds} worlds have been played to {list(found.answer.labels.values())[-1]}."
        )
    return Progress(f"{found.worlds} of {WORLDS} worlds have been played.")


def at_rest(explorer: Explorer, session: str, seed: int) -> tuple[bands.Yardstick | None, bool]:
    """The yardstick without any change as far as it has been played, None while it has not; and is that all of it?"""
    found = explorer.ask(f"wall:{session}", View(seed=seed, worlds=WORLDS))
    if found.answer is None:
        return None, found.over
    return next(one for one in bands.yardsticks(found.answer) if one.name == YARDSTICK), found.over


def told(found: list[bands.Yardstick], view: View) -> dict[str, Any]:
    """What is kept of an answer: the change at the last quarter, and the bands by quarter."""
    one = next(one for one in found if one.name == YARDSTICK)
    change = one.change
    low, middle, high = map(float, np.quantile(change, (BAND[0], 0.5, BAND[1])))
    here, before = one.band("whatif"), one.band("base")
    return {
        "worlds": len(change),
        "quarter": list(here)[-1],
        "low": low,
        "middle": middle,
        "high": high,
        "higher": int((change > bands.SAME).sum()),
        "lower": int((change < -bands.SAME).sum()),
        "sentence": one.sentence,
        "supply": bands.supply(one.answer),
        "here": {quarter: list(three) for quarter, three in here.items()},
        "before": {quarter: list(three) for quarter, three in before.items()},
        "query": view.query(worlds=view.worlds),
    }


def who(session: str, device: str) -> str:
    """A pair's pseudonym."""
    return tokens.hashed(f"{session} {device}")[:8]


def _page(session: str, cycle: Cycle) -> str:
    return f"{session}:{cycle.number}"


def rows(state: State) -> list[dict[str, object]]:
    """The predictions as a table: a row a pair and change; without those of changes that were left out."""
    return [
        {
            "change": one.number,
            "title": one.asked["title"],
            "pair": guess.who,
            "sign": guess.sign,
            "predicted_points": guess.value,
            "model_low_points": "" if one.shown is None else round(one.shown["low"], 4),
            "model_middle_points": "" if one.shown is None else round(one.shown["middle"], 4),
            "model_high_points": "" if one.shown is None else round(one.shown["high"], 4),
            "model_sign": one.came,
        }
        for one in state.cycles
        if not one.left_out
        for guess in one.guesses
    ]
