"""What is done in a session of cycles: a facilitator asks and shows, pairs predict. What is shown comes from the
worlds of the what-if page, and is kept in the log."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import numpy as np

from agents.forms.questions import number
from experiments.stats import BAND
from workshop import bands, cycles, tokens, views
from workshop.cycles import MOST, SAME, SIGNS, STEP, Cycle
from workshop.explorer import Explorer
from workshop.log import New
from workshop.rooms import RefusedError, Rooms
from workshop.state import State
from workshop.views import View

WORLDS = 64
LONG_PATIENCE = 20.0
YARDSTICK = "trainium_share_used"
"""What pairs predict."""


def view_of(asked: dict[str, Any], seed: int) -> View:
    """The what-if of a cycle in the worlds that are shown, drawn with the session's seed."""
    return views.read({**dict(parse_qsl(asked["query"])), "worlds": str(WORLDS), "seed": str(seed)})


def ask(rooms: Rooms, session: str, explorer: Explorer) -> State:
    """Ask the next cycle: pairs may predict. Its worlds are played meanwhile."""

    def decide(state: State) -> list[New]:
        done, plan = len(state.cycles), state.setup.cycles
        if cycles.is_open(state.cycles):
            raise RefusedError("This change has not been shown yet; show what the model says first.")
        if done >= len(plan):
            raise RefusedError("All changes have been shown.")
        return [New("cycle_asked", dict(plan[done]), f"cycle:{done + 1}")]

    state = rooms.act(session, decide)
    explorer.ask(_page(session, state.cycles[-1]), view_of(state.cycles[-1].asked, state.setup.seed), float("inf"))
    return state


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


def show(rooms: Rooms, session: str, explorer: Explorer) -> State:
    """Close the predictions and show what the model says."""
    before = rooms.state(session)
    last = cycles.current(before.cycles)
    if last is None or last.shown is not None:
        raise RefusedError("There is nothing to show: ask a change first.")
    found = explorer.wait(_page(session, last), view_of(last.asked, before.setup.seed), LONG_PATIENCE, WORLDS)
    if found.failed:
        raise RefusedError(f"This change could not be played: {found.failed}")
    if found.answer is None or not found.over:
        raise RefusedError("It is still being played; please press again in a moment.", 503)
    data = told(bands.yardsticks(found.answer), found.view)

    def decide(state: State) -> list[New]:
        now = cycles.current(state.cycles)
        return [New("cycle_shown", data, f"shown:{last.number}")] if now == last or _grown(now, last) else []

    return rooms.act(session, decide)


def at_rest(explorer: Explorer, session: str, seed: int) -> bands.Yardstick | None:
    """The yardstick without any change, as far as it has been played; None while it has not."""
    answer = explorer.ask(f"wall:{session}", View(seed=seed, worlds=WORLDS)).answer
    return None if answer is None else next(one for one in bands.yardsticks(answer) if one.name == YARDSTICK)


def _grown(now: Cycle | None, before: Cycle) -> bool:
    """Is it the same cycle, open still, with more predictions?"""
    return now is not None and now.number == before.number and now.shown is None


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
    """The predictions as a table: a row a pair and change."""
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
        for guess in one.guesses
    ]
