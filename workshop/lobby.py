"""The door of a room: who may sit down, who waits to be let in, table cards, and the code on the screen."""

from __future__ import annotations

from agents.strategies import GRADES
from sim.errors import unknown
from workshop import people, tokens
from workshop.hall import ASK, CLOSED, DOORS, OPEN_DOOR, SCREEN, Knock
from workshop.log import New, TakenError
from workshop.presence import Presence
from workshop.rights import Rights, seat, waits
from workshop.rooms import RefusedError, Rooms
from workshop.setup import HUMAN, Setup
from workshop.state import LOBBY, State

DAY = 86_400.0
DAYS = 2.0
"""How long a join code lives."""
KEPT_DAYS = 30
"""After so many days a session is forgotten, unless the facilitator says otherwise."""
MOST_KEPT_DAYS = 366
MOST_KNOCKS = 40
"""Teams that may wait at a door."""
UNUSED, MOST_UNUSED = 90.0, 3
"""Seconds after which a seat is free again whose page no browser opened, and how many such seats make the door ask."""
MANY_UNUSED = "Seats were taken that no browser opened, as a script does. They are free again, and the door asks now."


def furniture(setup: Setup, now: float) -> list[New]:
    """What a new room has: table cards, and the day on which it is forgotten."""
    cards = {party: tokens.card() for party in (*setup.seats, SCREEN)}
    return [New("carded", {"cards": cards}), New("kept", {"until": now + KEPT_DAYS * DAY})]


def door(rooms: Rooms, session: str, how: str) -> State:
    """Open the door, ask at it, or close it."""
    if how not in DOORS:
        raise RefusedError(str(unknown("door", how, DOORS)), 422)
    return rooms.act(session, lambda state: [New("doored", {"door": how})] if state.hall.door != how else [])


def enter(rooms: Rooms, rights: Rights, session: str, device: str, wish: tuple[str, str]) -> bool:
    """A team wants a seat. wish: party and the team's name. True: it has it; False: it waits to be let in."""
    how, mine = rooms.state(session).hall.door, [one for one in rights.seats(device, session) if one != wish[0]]
    if mine:
        raise RefusedError("This browser has a seat in this session already; the facilitator can free it.")
    if how == CLOSED:
        raise RefusedError("The door is closed: ask the facilitator, or use the card on your table.", 403)
    if how == OPEN_DOOR:
        sit(rooms, rights, session, device, wish)
        return True
    party, name = wish
    if rights.waiting(device, session):
        raise RefusedError("You are waiting to be let in already; the facilitator sees your team.")
    rights.give(device, session, waits(_knock(rooms, session, party, name)))
    return False


def sit(rooms: Rooms, rights: Rights, session: str, device: str, wish: tuple[str, str]) -> None:
    """Take a seat, whatever the door. Who asks twice has it once, also when the server ended in between."""
    party, name = wish
    mine = tokens.hashed(f"{session} {device}")[:16]
    try:
        people.claim(rooms, session, party, name, mine)
    except RefusedError:
        claims = [one for one in rooms.log.lineage(session, rooms.state(session).branch) if one.kind == "claimed"]
        last = [one.data.get("by") for one in claims if one.data["seat"] == party][-1:]
        if last != [mine] or not rooms.state(session).seats[party].team:
            raise
    rights.give(device, session, seat(party))


def _knock(rooms: Rooms, session: str, party: str, name: str) -> int:
    def decide(state: State) -> list[New]:
        people.claimable(state, party)
        if len(state.hall.knocks) >= MOST_KNOCKS:
            raise RefusedError("Very many want to come in just now; use the card on your table, or wait.", 503)
        return [New("knocked", {"seat": party, "team": people.named(state, name)})]

    return rooms.act(session, decide).hall.knocked


def admit(rooms: Rooms, rights: Rights, session: str, number: int) -> State:
    """Let a team in that waits: it has its seat."""
    knock = _waiting(rooms.state(session), number)
    people.claim(rooms, session, knock.party, knock.team)
    rights.let_in(session, number, knock.party)
    return _answered(rooms, session, (number,))


def turn_away(rooms: Rooms, rights: Rights, session: str, numbers: tuple[int, ...]) -> State:
    """Let teams not in; they may ask again."""
    for number in numbers:
        rights.let_go(session, number)
    return _answered(rooms, session, numbers)


def clear(rooms: Rooms, rights: Rights, session: str, minutes: int) -> State:
    """After a flood: every seat that was taken in the last so many minutes is free again, whoever waits is turned away,
    and who comes from now on asks at the door. Teams that sat before are left alone."""
    before = rooms.clock.now() - 60.0 * minutes
    waiting = tuple(one.number for one in rooms.state(session).hall.knocks)

    def decide(state: State) -> list[New]:
        new = [one.party for one in state.seats.values() if one.team and one.since >= before]
        freed = [New("released", {"seat": party}) for party in new]
        return [*freed, New("doored", {"door": ASK})]

    taken = [one.party for one in rooms.state(session).seats.values() if one.team and one.since >= before]
    cleared = rooms.act(session, decide)
    for party in taken:
        if not cleared.seats[party].team:
            rights.clear_seat(session, party)
    return turn_away(rooms, rights, session, waiting) if waiting else cleared


def sweep(rooms: Rooms, rights: Rights, presence: Presence, session: str) -> State:
    """Before the first turn, at an open door: a seat that was taken and whose page no browser opened is free again;
    when it happens again and again the door asks. A phone opens its page with its seat, and may sleep after that."""

    def decide(state: State) -> list[New]:
        if state.phase != LOBBY or state.hall.door != OPEN_DOOR:
            return []
        long_ago = rooms.clock.now() - UNUSED
        idle = [one.party for one in state.humans if one.since < long_ago and presence.unused(session, one)]
        freed = [New("released", {"seat": party, "unused": True}) for party in idle]
        before = [one for one in rooms.log.lineage(session, state.branch) if one.data.get("unused")] if idle else []
        many = len(before) + len(idle) >= MOST_UNUSED and bool(idle)
        return [*freed, *([New("doored", {"door": ASK, "because": MANY_UNUSED})] if many else [])]

    sat = [one.party for one in rooms.state(session).humans if one.team]
    swept = rooms.act(session, decide)
    for party in sat:
        if not swept.seats[party].team:
            rights.clear_seat(session, party)
    return swept


def _waiting(state: State, number: int) -> Knock:
    found = [one for one in state.hall.knocks if one.number == number]
    if not found:
        raise RefusedError("This team does not wait any more.", 404)
    return found[0]


def _answered(rooms: Rooms, session: str, numbers: tuple[int, ...]) -> State:
    return rooms.act(session, lambda state: [New("let_in", {"knocks": list(numbers)})])


def card(rooms: Rooms, secret: str) -> tuple[str, str]:
    """Session and party of a table card; RefusedError when it is none, or is not good any more."""
    for one in rooms.log.sessions():
        if one["expires_at"] <= rooms.clock.now():
            continue
        for party, known in rooms.state(one["id"]).hall.cards.items():
            if tokens.same(known, secret):
                return str(one["id"]), party
    raise RefusedError("This card opens no seat: it is of another session, or too old.", 404)


def new_code(rooms: Rooms, session: str) -> str:
    """Another join code, good for as long as a new one; the old one opens nothing from now on."""
    while True:
        fresh = tokens.code()
        try:
            rooms.log.recode(session, fresh, rooms.clock.now() + DAYS * DAY)
        except TakenError:
            continue
        rooms.bell.ring(session)
        return fresh


def end_code(rooms: Rooms, session: str) -> None:
    """The join code, table cards and the projector's link open nothing from now on; who sits stays."""
    rooms.log.recode(session, None, rooms.clock.now())
    rooms.bell.ring(session)


def excuse(rooms: Rooms, session: str, grace: float | None, grade: str) -> State:
    """Say when a bot plays for a team that is away, and which."""
    if grade not in GRADES:
        raise RefusedError(str(unknown("grade of bots", grade, GRADES)), 422)
    return rooms.act(session, lambda state: [New("excused", {"grace": grace, "grade": grade})])


def keep(rooms: Rooms, session: str, days: int) -> State:
    """Forget a session so many days from now."""
    until = rooms.clock.now() + days * DAY
    return rooms.act(session, lambda state: [New("kept", {"until": until})])


def fill(rooms: Rooms, session: str, grade: str) -> State:
    """Bots into all seats that nobody has taken."""
    if grade not in GRADES:
        raise RefusedError(str(unknown("grade of bots", grade, GRADES)), 422)

    def decide(state: State) -> list[New]:
        empty = [one.party for one in state.seats.values() if one.holder == HUMAN and not one.team]
        return [New("held", {"seat": party, "holder": grade}) for party in empty]

    return rooms.act(session, decide)
