"""What people are shown before a turn, as plain data: news and the public market, and for each seat its private board,
what came of its last decision, and where its form starts. Made where the game is played; pages only lay it out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from agents.forms import Answers, Form
from experiments.play import board, news, reported
from experiments.play.drivers import Outcome, Turn
from experiments.play.fork import PARTY_SHOWN, SHOWN
from experiments.text import money
from sim.contract import PublicBriefing
from sim.game import Game
from sim.roster import Roster

Data = dict[str, Any]


def public(roster: Roster, market: PublicBriefing, before: PublicBriefing | None) -> Data:
    """What everybody may see: news, clouds and chips, and the two indices."""
    return {
        "news": [[item.kind, item.text] for item in news.headlines(roster, market, before)],
        "clouds": [_cloud(roster, market, int(owner)) for owner in np.flatnonzero(roster.is_cloud)],
        "chips": [_chip(roster, market, family) for family in range(len(roster.families))],
        "demand": float(market.demand_index[0]),
        "edge": float(market.edge_index[0]),
    }


def _cloud(roster: Roster, market: PublicBriefing, owner: int) -> Data:
    pools = [k for k, pool in enumerate(roster.pools) if pool.owner == owner]
    core = [k for k in pools if roster.pools[k].site == "core"]
    own = [k for k in core if roster.pools[k].family == roster.own_family[owner]]
    gpu = [k for k in core if k not in own]
    price = market.price_usd_per_h100e_hour[0]
    return {
        "title": roster.owner_titles[owner],
        "announced": float(market.announced_h100e[0, pools].sum()),
        "gpu": float(price[gpu[0]]) if gpu else None,
        "own": float(price[own[0]]) if own else None,
        "use": float(market.utilisation_seen[0, owner]),
        "use_span": list(reported.use(float(market.utilisation_seen[0, owner]))),
    }


def _chip(roster: Roster, market: PublicBriefing, family: int) -> Data:
    return {
        "title": roster.family_titles[family],
        "price": float(market.chip_price_usd_per_h100e[0, family]),
        "next": float(market.next_launch_quarters[0, family]),
        "share": float(market.family_share_seen[0, family]),
        "share_span": list(reported.share(float(market.family_share_seen[0, family]))),
        "orders": float(market.order_book_seen_h100e[0, family]),
    }


def private(
    form: Form, turn: Turn, before: Sequence[Turn], rule: Any, outcome: Outcome | None, quarter: str = ""
) -> Data:
    """What one seat alone is shown, where each of its answers starts (at last turn's, and at the rule's), and the
    options that are possible now, and what an objection to answers rests on. quarter: the one that is decided, such as
    2026Q1."""
    shown = before[-1].own if before else None
    start = form.defaults(turn.own, turn.market, rule, shown)
    figures = board.figures(form.desk.role, turn.own, before[-1].decision if before else None, quarter)
    return {
        "board": joined(figures),
        "last": None if outcome is None else told(outcome),
        "start": typed(form, start),
        "rule": typed(form, form.says(rule, turn.own, turn.market)),
        "possible": {question.id: list(question.options) for question in form.now(turn.own) if question.options},
        "grounds": form.grounds(turn.own),
    }


def joined(figures: Sequence[tuple[str, str]]) -> list[list[str]]:
    """A board's figures; those with a small first letter belong to the one before them."""
    found: list[list[str]] = []
    for label, text in figures:
        if found and label[:1].islower():
            found[-1][1] += f"; {label} {text}"
        else:
            found.append([label.rstrip(":"), text])
    return found


def typed(form: Form, answers: Answers) -> dict[str, str]:
    """Answers as they are typed."""
    return {question.id: question.text(answers[question.id]) for question in form.questions}


def told(outcome: Outcome) -> Data:
    """What a seat expected, got, and why, in words."""
    drivers = [[title, money(amount, True)] for title, amount in outcome.largest() if money(amount) != "$0"]
    return {
        "title": outcome.title,
        "expected": None if outcome.expected is None else money(outcome.expected),
        "meaning": outcome.meaning,
        "got": money(outcome.got),
        "before": None if outcome.before is None else money(outcome.before),
        "drivers": drivers,
    }


def yardsticks(game: Game, quarter: str, parties: dict[str, str]) -> Data:
    """The figures of a quarter that was played: the room's, and of each seat. parties: name -> role."""
    records = game.records
    room = {name: float(records.metric(name)[0, -1]) for name, _, _ in SHOWN}
    seats = {
        party: {name: float(records.party(role, party, name)[0, -1]) for name, _, _ in PARTY_SHOWN[role]}
        for party, role in parties.items()
    }
    return {"quarter": quarter, "room": room, "seats": seats}
