"""The buttons of the console, by name: what each does with its form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sim.errors import unknown
from workshop import conduct, lobby, paper, presence
from workshop.rooms import RefusedError
from workshop.web.house import House

LONGEST_EXTENSION = 3600
Given = Mapping[str, str]
"""The fields of a form."""


def number(fields: Given, name: str, low: int, high: int) -> int:
    """A whole number of a form; RefusedError says what is allowed."""
    text = fields.get(name, "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and low <= int(text) <= high):
        raise RefusedError(f"{name} = '{text[:20]}' is not allowed; give a whole number from {low} to {high}.", 422)
    return int(text)


def _free(house: House, session: str, fields: Given) -> None:
    conduct.release(house.rooms, session, fields.get("seat", ""))
    house.rights.clear_seat(session, fields.get("seat", ""))


def _hold(house: House, session: str, fields: Given) -> None:
    conduct.hold(house.rooms, session, fields.get("seat", ""), fields.get("holder", ""))


def _admit(house: House, session: str, fields: Given) -> None:
    lobby.admit(house.rooms, house.rights, session, number(fields, "knock", 1, 10**9))


def _turn_away(house: House, session: str, fields: Given) -> None:
    waiting = tuple(one.number for one in house.rooms.state(session).hall.knocks)
    chosen = waiting if fields.get("knock") == "all" else (number(fields, "knock", 1, 10**9),)
    lobby.turn_away(house.rooms, house.rights, session, chosen)


def _excuse(house: House, session: str, fields: Given) -> None:
    known, words = presence.grace_words(house.rooms.state(session)), fields.get("grace", "")
    if words not in known:
        raise RefusedError(str(unknown("grace", words, known)), 422)
    lobby.excuse(house.rooms, session, known[words], fields.get("grade", ""))


def _extend(house: House, session: str, fields: Given) -> None:
    conduct.extend(house.rooms, session, number(fields, "seconds", 1, LONGEST_EXTENSION))


ACTS: dict[str, Callable[[House, str, Given], Any]] = {
    "brief": lambda house, session, fields: conduct.brief(house.rooms, session),
    "open": lambda house, session, fields: conduct.open_turn(house.rooms, session),
    "pause": lambda house, session, fields: conduct.pause(house.rooms, session),
    "extend": _extend,
    "ease": lambda house, session, fields: conduct.ease(
        house.rooms, session, fields.get("seat", ""), fields.get("share", "")
    ),
    "lock": lambda house, session, fields: house.rooms.lock(session),
    "publish": lambda house, session, fields: conduct.publish(house.rooms, session),
    "reopen": lambda house, session, fields: conduct.reopen(house.rooms, session),
    "say": lambda house, session, fields: conduct.announce(house.rooms, session, fields.get("text", "")),
    "hush": lambda house, session, fields: conduct.hush(house.rooms, session),
    "note": lambda house, session, fields: conduct.note(house.rooms, session, fields.get("why", "")),
    "hold": _hold,
    "free": _free,
    "fill": lambda house, session, fields: lobby.fill(house.rooms, session, fields.get("grade", "")),
    "door": lambda house, session, fields: lobby.door(house.rooms, session, fields.get("door", "")),
    "clear": lambda house, session, fields: lobby.clear(
        house.rooms, house.rights, session, number(fields, "minutes", 1, 60)
    ),
    "admit": _admit,
    "turn-away": _turn_away,
    "excuse": _excuse,
    "code": lambda house, session, fields: lobby.new_code(house.rooms, session),
    "end-code": lambda house, session, fields: lobby.end_code(house.rooms, session),
    "keep": lambda house, session, fields: lobby.keep(
        house.rooms, session, number(fields, "days", 1, lobby.MOST_KEPT_DAYS)
    ),
    "drop": lambda house, session, fields: conduct.drop(house.rooms, session, number(fields, "turns", 1, 99)),
    "paper": lambda house, session, fields: paper.taken(house.rooms, session, fields.get("table", "")),
    "card": lambda house, session, fields: conduct.lay(house.rooms, session, fields.get("card", "")),
    "rewind": lambda house, session, fields: conduct.rewind(house.rooms, session, number(fields, "turn", 1, 99)),
    "again": lambda house, session, fields: house.rooms.try_again(session),
}
