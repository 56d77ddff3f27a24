"""Facilitators' acts in words, for the console."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from experiments.library import titles
from workshop.acting import NOTED, Act
from workshop.cycles import LEFT_OUT
from workshop.dealing import EVERYBODY
from workshop.log import BRANCHED
from workshop.pages import title_of
from workshop.setup import HUMAN
from workshop.state import State


def words(state: State, act: Act) -> str:
    """What was done, in a sentence without its subject."""
    return WORDS[act.kind](state, act) if act.kind in WORDS else act.kind


def time_of(at: float) -> str:
    """'14:05', by this machine's clock."""
    return f"{datetime.fromtimestamp(at):%H:%M}"


def _plain(said: str) -> Callable[[State, Act], str]:
    return lambda state, act: said


def _of_seat(said: str) -> Callable[[State, Act], str]:
    return lambda state, act: said.format(title_of(state, str(act.data["seat"])))


def _held(state: State, act: Act) -> str:
    holder = act.data["holder"]
    return f"{title_of(state, str(act.data['seat']))}: played by {'people' if holder == HUMAN else f'a {holder} bot'}"


def _eased(state: State, act: Act) -> str:
    who = "Everybody" if act.data["seat"] == EVERYBODY else title_of(state, str(act.data["seat"]))
    return f"{who}: {100.0 * act.data.get('share', 0.0):.0f} % more time in every turn"


WORDS: dict[str, Callable[[State, Act], str]] = {
    "briefed": _plain("Showed the briefing"),
    "opened": _plain("Opened the turn"),
    "resumed": _plain("Let the turn go on"),
    "paused": _plain("Paused the turn"),
    "extended": lambda state, act: f"Gave everybody {act.data['seconds']:.0f} seconds more",
    "locked": _plain("Locked the turn"),
    "published": _plain("Published the result"),
    "reopened": _plain("Took the result back and reopened the turn"),
    BRANCHED: _plain("Went back to this turn, as a new branch"),
    "dropped": lambda state, act: f"Dropped turns: {act.data['turns']} in all",
    "submitted": _of_seat("Decided for {}"),
    "held": _held,
    "released": _of_seat("Freed {} for another team"),
    "claimed": lambda state, act: f"Let {act.data['team']} in at {title_of(state, str(act.data['seat']))}",
    "let_in": _plain("Answered at the door"),
    "doored": lambda state, act: f"Set the door: {act.data['door']}",
    "excused": lambda state, act: f"Set the bot for teams that are away: {act.data['grade']}",
    "kept": _plain("Set the day on which the session is forgotten"),
    "eased": _eased,
    "shocked": lambda state, act: f"Laid a card from {act.data['from']}: {titles('shocks')[str(act.data['card'])]}",
    "said": lambda state, act: f"Said: {act.data['text']}" if act.data["text"] else "Took the message away",
    LEFT_OUT: lambda state, act: f"Left out change {act.data['number']}, which could not be played",
    NOTED: _plain("Wrote a note"),
}
