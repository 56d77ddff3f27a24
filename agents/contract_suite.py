"""The contract that every strategy keeps, as checks that anybody can run on a strategy of their own.

`check(sheet)` gives a sentence for every promise that is broken; an empty list means that it may take a seat. The
briefings are those of real games with several worlds, and the same ones driven to extremes. Whether two strategies
differ in kind is asked in `agents/kinds.py`.
"""

from __future__ import annotations

import pickle
import random  # noqa: TID251 - to see that nobody uses it
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from agents.roster import cast, parties
from agents.strategies.registry import FactSheet, default_for
from sim.arrays import read_only
from sim.contract import PublicBriefing, expected, validated
from sim.errors import InputError
from sim.game import Game
from sim.parameters import Parameters
from sim.roster import load_roster
from sim.scenario import DEFAULT_ROSTER, Scenario

WORLDS, QUARTERS, SEED = 11, 4, 5
"""Eleven worlds: no other axis of the default roster is as long, so that a worlds axis is known by its length."""
EXPECTED = expected(load_roster(DEFAULT_ROSTER), WORLDS)
START = "2025Q4"
STRESS: Mapping[str, Mapping[str, Mapping[str, float]]] = {
    "cloud": {
        "sold out and without power": {"booked_share": 1.0, "shadow_price": 3.0, "room_mw": 0.0, "budget_musd": 0.0},
        "empty": {
            "booked_share": 0.0,
            "shadow_price": 0.0,
            "committed_h100e": 0.0,
            "expiring_h100e": 0.0,
            "market_share": 0.0,
        },
        "nothing installed": {"installed_h100e": 0.0, "line_h100e": 0.0, "booked_share": 0.0, "retiring_h100e": 0.0},
        "in debt": {"cash_musd": -1e6, "operating_income_musd": -1e5, "free_cash_flow_musd": -1e5},
    },
    "vendor": {
        "no orders": {
            "order_flow_h100e": 0.0,
            "backlog_h100e": 0.0,
            "last_booking_wafers": 0.0,
            "inventory_h100e": 0.0,
        },
        "a long queue": {"backlog_h100e": 1e8, "order_growth": 0.5, "inventory_h100e": 0.0},
        "a full store": {"inventory_h100e": 1e8, "backlog_h100e": 0.0, "order_growth": 0.0},
    },
    "lab": {
        "broke": {"cash_musd": -1e4, "funding_left_musd": 0.0, "burn_musd": 5e3, "runway_quarters": 0.0},
        "rich": {"cash_musd": 1e7, "burn_musd": 0.0, "runway_quarters": 40.0},
        "without compute": {
            "used_h100e": 0.0,
            "committed_h100e": 0.0,
            "supplier_mix": 0.0,
            "bill_musd": 0.0,
            "inference_h100e": 0.0,
        },
        "nothing for sale": {"supplier_work_price_usd": 0.0, "partner_supplies": 0.0},
    },
    "regulator": {
        "proof of everything": {
            "evidence_over_proof": 3.0,
            "not_possible": 0.0,
            "stage": 3.0,
            "stage_quarters": 9.0,
            "commitments_offered": 1.0,
        },
        "proof of nothing": {"evidence_over_proof": 0.0, "signal_seen": 0.0, "not_possible": 3.0, "stage": 0.0},
    },
}


@dataclass(frozen=True)
class Situation:
    """A briefing that a strategy must be able to answer."""

    name: str
    own: Any
    market: PublicBriefing


class _Listener:
    """Plays the default and keeps what it was shown."""

    def __init__(self, role: str) -> None:
        self.rule = default_for(role).maker()
        self.heard: list[tuple[Any, PublicBriefing]] = []

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        self.heard.append((own, market))
        return self.rule.decide(own, market)


@cache
def situations(role: str) -> tuple[Situation, ...]:
    """Briefings of every other party of a role in the first and last quarter of a game, and those of the last under
    stress."""
    roster = load_roster(DEFAULT_ROSTER)
    listeners = {name: _Listener(role) for name in [name for one, name, _ in parties(roster) if one == role][::2]}
    scenario = Scenario(
        "contract", "Briefings of the contract suite", START, DEFAULT_ROSTER, {}, (), {}, "", "", QUARTERS
    )
    game = Game(scenario, cast(seats=listeners), worlds=WORLDS, quarters=QUARTERS, seed=SEED)
    game.run()
    game.close()
    found = []
    for name, listener in listeners.items():
        for number in (0, QUARTERS - 1):
            own, market = listener.heard[number]
            found.append(Situation(f"{name}, quarter {number + 1}", own, market))
        for stress, values in STRESS[role].items():
            found.append(Situation(f"{name}, {stress}", stressed(own, values), market))
    return tuple(found)


def stressed(own: Any, values: Mapping[str, float]) -> Any:
    """A briefing with some figures the same everywhere."""
    return replace(own, **{name: read_only(np.full_like(getattr(own, name), value)) for name, value in values.items()})


# --- worlds -----------------------------------------------------------------------------------------------------------


def mapped(thing: Any, change: Callable[[Any], Any]) -> Any:
    """A briefing with every array that has a worlds axis changed, inside its last decision and its habits too."""
    if isinstance(thing, np.ndarray):
        return read_only(change(thing)) if thing.ndim and len(thing) == WORLDS else thing
    if isinstance(thing, Parameters):
        return Parameters({name: mapped(getattr(thing, name), change) for name in thing.names()})
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(thing, **{one.name: mapped(getattr(thing, one.name), change) for one in fields(thing)})
    return thing


def alone(thing: Any, world: int) -> Any:
    """One world of a briefing, as a game of one world would show it."""
    return mapped(thing, lambda array: np.ascontiguousarray(array[world : world + 1]))


def with_a_sick_neighbour(thing: Any) -> Any:
    """The first world full of NaN."""

    def sicken(array: np.ndarray) -> np.ndarray:
        if array.dtype.kind != "f":
            return array
        sick = np.array(array)
        sick[0] = np.nan
        return sick

    return mapped(thing, sicken)


# --- checks -----------------------------------------------------------------------------------------------------------


def check(sheet: FactSheet, briefings: Sequence[Situation] | None = None) -> list[str]:
    """A sentence for every promise of the contract that the strategy breaks; the first situation of each kind only."""
    said = dict.fromkeys(_of_the_sheet(sheet))
    broken: set[str] = set()
    for situation in situations(sheet.role) if briefings is None else briefings:
        for promise, sentence in _in(sheet, situation):
            if promise not in broken:
                broken.add(promise)
                said[f"{sheet.name}: {sentence} ({situation.name})."] = None
    return list(said)


def _of_the_sheet(sheet: FactSheet) -> Iterator[str]:
    if not sheet.meaning.strip():
        yield f"{sheet.name}: its docstring does not say what it does."
    if not sheet.cites:
        yield f"{sheet.name}: it cites nobody whom it follows."
    for one in sheet.settings:
        if not one.low <= one.default <= one.high:
            yield (
                f"{sheet.name}: setting {one.name} = {one.default:g} is outside its range, {one.low:g} to {one.high:g}."
            )
    try:
        held = pickle.dumps(sheet.maker())
    except Exception as error:
        yield f"{sheet.name}: it holds something that cannot be sent to another process: {error}."
    else:
        if b"sim.game" in held or b"mesa" in held:
            yield f"{sheet.name}: it holds on to a game; a strategy sees nothing but its briefings."


def _in(sheet: FactSheet, s: Situation) -> Iterator[tuple[str, str]]:
    """(promise, sentence) of what is broken in one situation."""
    before = _bytes((s.own, s.market))
    state = _chance()
    try:
        with np.errstate(all="ignore"):
            decision = sheet.maker().decide(s.own, s.market)
            lawful = validated(decision, EXPECTED[s.own.name], s.own.name, "a briefing of the contract suite")
    except InputError as error:
        yield "lawful", f"its decision is not lawful: {str(error).rstrip('.')}"
        return
    except Exception as error:
        yield "answers", f"it fails with {type(error).__name__}: {error}"
        return
    if state != _chance():
        yield "chance", "it draws from the global random numbers, so a game cannot be replayed"
    if _bytes((s.own, s.market)) != before:
        yield "hands", "it changes the briefing that it was given"
    yield from _repeated(sheet, s, lawful)
    yield from _by_world(sheet, s, lawful)


def _chance() -> bytes:
    """State of the global generators, which nobody may use."""
    return pickle.dumps((random.getstate(), np.random.get_state()))  # noqa: TID251 - it looks on, it does not draw


def _repeated(sheet: FactSheet, s: Situation, decision: Any) -> Iterator[tuple[str, str]]:
    seat = sheet.maker()
    again = [seat.decide(s.own, s.market) for _ in range(2)]
    if any(_bytes(one) != _bytes(decision) for one in again):
        yield "same", "the same briefing gives another decision"


def _by_world(sheet: FactSheet, s: Situation, decision: Any) -> Iterator[tuple[str, str]]:
    with np.errstate(all="ignore"):
        for world in (0, WORLDS // 2, WORLDS - 1):
            one = sheet.maker().decide(alone(s.own, world), alone(s.market, world))
            if name := _differing(one, decision, 0, world):
                yield "alone", f"{name} of a world alone is not what it is in a batch"
                break
        try:
            sick = sheet.maker().decide(with_a_sick_neighbour(s.own), with_a_sick_neighbour(s.market))
        except Exception as error:
            yield "sick", f"a world of NaN makes it fail with {type(error).__name__}: {error}"
            return
    if name := next((name for world in range(1, WORLDS) if (name := _differing(sick, decision, world, world))), ""):
        yield "sick", f"a world of NaN changes {name} of other worlds"


def _differing(a: Any, b: Any, of_a: int, of_b: int) -> str:
    """The first field in which world `of_a` of one decision is not, bit for bit, world `of_b` of another; '' if
    none."""
    for one in fields(b):
        mine, other = np.asarray(getattr(a, one.name))[of_a], np.asarray(getattr(b, one.name))[of_b]
        if np.ascontiguousarray(mine).tobytes() != np.ascontiguousarray(other).tobytes():
            return one.name
    return ""


def _bytes(thing: Any) -> bytes:
    """Every number of a briefing or decision."""
    if isinstance(thing, np.ndarray):
        return np.ascontiguousarray(thing).tobytes()
    if isinstance(thing, Parameters):
        return b"".join(_bytes(getattr(thing, name)) for name in thing.names())
    if isinstance(thing, tuple):
        return b"".join(map(_bytes, thing))
    if is_dataclass(thing) and not isinstance(thing, type):
        return b"".join(_bytes(getattr(thing, one.name)) for one in fields(thing))
    return repr(thing).encode()
