"""What leaves the house: tables, the log and one page, all under pseudonyms, by links that are signed and soon over.

What a person typed freely, names of teams and words that open something are in none of them: of each kind of event only
what is listed here goes out.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from workshop import lookback, tokens
from workshop.log import Event
from workshop.rooms import RefusedError
from workshop.state import State

Data = dict[str, Any]
MINUTES = 10.0
"""How long a link is good."""
FILES = {
    "decisions": ("text/csv; charset=utf-8", "csv"),
    "figures": ("text/csv; charset=utf-8", "csv"),
    "guesses": ("text/csv; charset=utf-8", "csv"),
    "log": ("application/x-ndjson; charset=utf-8", "jsonl"),
    "page": ("text/html; charset=utf-8", "html"),
}
"""What can be taken along: kind of file, and its ending."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")
"""What a spreadsheet takes for a formula when a cell begins with it."""
_SEAT, _ANSWERS = ("seat",), ("seat", "answers")
GOES_OUT: dict[str, tuple[str, ...]] = {
    "created": ("agenda", "scenario", "seed", "turns", "quarters_a_turn", "unplayed", "level", "seconds", "seats"),
    "dealt": ("brief",),
    "briefed": ("answers",),
    "opened": (),
    "extended": ("seconds",),
    "drafted": _ANSWERS,
    "submitted": _ANSWERS,
    "late": _ANSWERS,
    "claimed": _SEAT,
    "released": _SEAT,
    "held": ("seat", "holder"),
    "guessed": ("who", "of", "value"),
    "voted": ("who", "turn"),
    "walked": ("step", "turn"),
    "resolved": ("answers", "quarters", "yardsticks", "outcomes"),
    "branched": ("parent", "until"),
    "shocked": ("card", "from"),
    "forked": ("from", "others", "variant", "worlds", "broken", "rows", "plain", "effect", "assumes", "played"),
    "found": ("what", "data"),
    "offered": ("seat", "to", "terms"),
    "withdrawn": ("seat", "offer"),
    "answered": ("seat", "offer", "sign"),
    "signed": ("seat", "other", "sign"),
    "messaged": ("seat", "to"),
}
"""Kind of event -> what of it goes out; of others only that they happened, and of what was found only that it was until
the room has been shown it."""


# --- links ------------------------------------------------------------------------------------------------------------


def _signed(secret: str, session: str, what: str, until: str) -> str:
    said = f"export {session} {what} {until}".encode()
    return hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()


def tickets(secret: str, session: str, now: float) -> dict[str, str]:
    """File -> its link, good for some minutes, for whoever has it."""
    until = f"{now + 60.0 * MINUTES:.0f}"
    return {
        what: f"/export/{session}/{what}?until={until}&key={_signed(secret, session, what, until)}" for what in FILES
    }


def check(secret: str, asked: tuple[str, str, str, str], now: float) -> None:
    """RefusedError when a link was not made here, or is over. asked: session, file, until, key."""
    session, what, until, key = asked
    if what not in FILES or not tokens.same(key, _signed(secret, session, what, until)):
        raise RefusedError("This link opens nothing; take a new one from the debrief.", 403)
    if now > float(until):
        raise RefusedError("This link is over; take a new one from the debrief.", 410)


# --- files ------------------------------------------------------------------------------------------------------------


def written(what: str, state: State, events: Sequence[Event]) -> str:
    """A file's text. events: of the whole log, for the log alone."""
    if what == "log":
        return jsonl(state, events)
    return {"decisions": _decisions, "figures": _figures, "guesses": _guesses}[what](state)


def safe(value: object) -> str:
    """A cell that no spreadsheet runs; a number stays one."""
    text = "" if value is None else str(value)
    try:
        float(text)
    except ValueError:
        return f"'{text}" if text.startswith(FORMULA) else text
    return text


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([safe(value) for value in row] for row in rows)
    return out.getvalue()


def _decisions(state: State) -> str:
    rows = [
        (one.turn, lookback.alias(state, party), party, question, answer)
        for one in state.published
        for party, answers in one.answers.items()
        for question, answer in answers.items()
    ]
    return table(("turn", "team", "seat", "question", "answer"), rows)


def _figures(state: State) -> str:
    rows: list[tuple[object, ...]] = []
    for row in (row for one in state.published for row in one.yardsticks):
        rows += [(row["quarter"], "room", name, value) for name, value in row["room"].items()]
        rows += [(row["quarter"], party, name, v) for party, own in row["seats"].items() for name, v in own.items()]
    return table(("quarter", "of", "figure", "value"), rows)


def _guesses(state: State) -> str:
    known = lookback.persons(state)
    rows = [(one["turn"], known[one["who"]], one["of"], one["value"]) for one in state.guesses]
    return table(("turn", "person", "quarter", "guess_percent"), rows)


def jsonl(state: State, events: Sequence[Event]) -> str:
    """The log of the branch that was played, an event a line; seconds since the session began."""
    known, begun = lookback.persons(state), events[0].at if events else 0.0
    lines = []
    for one in events:
        listed = ("what",) if one.kind == "found" and not state.debrief.revealed else GOES_OUT.get(one.kind, ())
        data = {name: one.data[name] for name in listed if name in one.data}
        if "who" in data:
            data["who"] = known.get(str(data["who"]), "somebody")
        line = {
            "branch": one.branch,
            "seq": one.seq,
            "seconds": round(one.at - begun, 1),
            "kind": one.kind,
            "data": data,
        }
        lines.append(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
    return "\n".join(lines) + "\n"
