"""A quarter's news, computed from the public briefing: what is posted or announced is a fact, what is late and noisy a
rumour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.play import reported
from sim.contract import SUPPLIERS, PublicBriefing
from sim.remedies import REMEDIES
from sim.roster import Roster

FACT, RUMOUR = "fact", "rumour"
SUPPLIER_WORDS = dict(zip(SUPPLIERS, ("AWS's chip", "GPUs", "TPU", "other chips and managed service"), strict=True))


@dataclass(frozen=True)
class Item:
    """A line of news. weight: how unusual it is; 1 is worth telling."""

    kind: str
    text: str
    weight: float


def headlines(
    roster: Roster, market: PublicBriefing, before: PublicBriefing | None, count: int = 4, owner: int = -1
) -> list[Item]:
    """The weightiest items first, no more than two of one kind of story; a rumour among them when there is one.

    owner: the reader's place among owners; nobody is told rumours about itself."""
    items = [*_launches(roster, market, before), *_use(roster, market, owner), *_demand(market, before)]
    if before is not None:
        items += [
            *_chip_prices(roster, market, before),
            *_posted_prices(roster, market, before),
            *_rules(roster, market, before),
            *_shares(roster, market, before),
            *_mixes(roster, market, before),
            *_orders(roster, market, before),
        ]
    ordered = sorted(items, key=lambda item: (-item.weight, item.text))
    chosen = ordered[:count]
    rumours = [item for item in ordered if item.kind == RUMOUR]
    if rumours and all(item.kind == FACT for item in chosen):
        chosen = [*chosen[: count - 1], rumours[0]]
    return chosen


def _best(items: list[Item]) -> list[Item]:
    """The weightiest of a kind of story."""
    return [max(items, key=lambda item: item.weight)] if items else []


def _move(change: float) -> str:
    return f"{'up' if change > 0.0 else 'down'} {abs(change):.0%}"


def _launches(roster: Roster, market: PublicBriefing, before: PublicBriefing | None) -> list[Item]:
    items = []
    for family, title in enumerate(roster.family_titles):
        ahead = float(market.next_launch_quarters[0, family])
        size = 0.5 + min(float(market.family_share_seen[0, family]) * 8.0, 2.5)
        if ahead <= 1.0 and before is not None and float(before.next_launch_quarters[0, family]) <= 1.0:
            items.append(Item(FACT, f"The new {title} is late: it was due this quarter.", 1.2 * size))
        elif ahead <= 1.0:
            items.append(Item(FACT, f"A new generation of {title} is announced for next quarter.", size))
        elif before is not None and _slips(ahead, float(before.next_launch_quarters[0, family])):
            items.append(
                Item(
                    FACT,
                    f"The next {title} is announced for {ahead:.0f} quarters from now: later than planned.",
                    1.2 * size,
                )
            )
    return _best(items)


def _slips(ahead: float, before: float) -> bool:
    """Is a launch that was still to come no nearer than a quarter ago? (After a launch the next generation is further
    off.)"""
    return before > 1.5 and before - 0.5 < ahead <= 6.0


def _chip_prices(roster: Roster, market: PublicBriefing, before: PublicBriefing) -> list[Item]:
    old, new = before.chip_price_usd_per_h100e[0], market.chip_price_usd_per_h100e[0]
    items = []
    for family, title in enumerate(roster.family_titles):
        change = float(new[family] / old[family]) - 1.0
        reach = 0.3 + min(float(market.family_share_seen[0, family]) * 4.0, 1.2)
        priced = "transfer price" if roster.family_is_own[family] else "list price"
        if abs(change) >= 0.02:
            text = f"{roster.vendors[family]}: {priced} of {title} {_move(change)} to ${new[family]:,.0f} an H100e."
            items.append(Item(FACT, text, reach * abs(change) / 0.06))
    return _best(items)


def _posted_prices(roster: Roster, market: PublicBriefing, before: PublicBriefing) -> list[Item]:
    items = []
    for number, pool in enumerate(roster.pools):
        old, new = float(before.price_usd_per_h100e_hour[0, number]), float(market.price_usd_per_h100e_hour[0, number])
        if not pool.direct or pool.site != "core" or old <= 0.0 or abs(new / old - 1.0) < 0.03:
            continue
        change = new / old - 1.0
        reach = 0.4 + min(float(market.announced_h100e[0, number]) / 3e6, 1.0)
        owner, family = roster.owner_titles[pool.owner], roster.family_titles[pool.family]
        text = f"{owner}: price of {family} {_move(change)} to ${new:.2f} an H100e-hour."
        items.append(Item(FACT, text, reach * abs(change) / 0.07))
    return _best(items)


def _rules(roster: Roster, market: PublicBriefing, before: PublicBriefing) -> list[Item]:
    items = []
    for name, now, then, says in (
        ("in force", market.remedies_in_force, before.remedies_in_force, "takes effect"),
        ("announced", market.remedies_announced, before.remedies_announced, "is announced"),
    ):
        grown = now[0] - then[0]
        region, remedy = np.unravel_index(int(np.argmax(np.abs(grown))), grown.shape)
        size = float(grown[region, remedy])
        if abs(size) > 0.01:
            words = REMEDIES[int(remedy)].replace("_", " ")
            verb = says if size > 0.0 else "is eased"
            where, strength = roster.regions[int(region)].upper(), float(now[0][region, remedy])
            text = f"{where}: a {words} {verb}, at {strength:.0%} strength."
            items.append(Item(FACT, text, 4.0 * abs(size) + (1.0 if name == "in force" else 0.5)))
    return items


def _demand(market: PublicBriefing, before: PublicBriefing | None) -> list[Item]:
    low, high = (float(value) for value in market.demand_forecast_seen[0])
    now = float(market.demand_index[0])
    outlook = f"Forecasters see spending on compute {low / now - 1.0:+.0%} to {high / now - 1.0:+.0%} over a year."
    items = [Item(RUMOUR, outlook, 1.0 if before is None else 0.35)]
    if before is not None:
        growth = now / float(before.demand_index[0]) - 1.0
        edge = float(market.edge_index[0] / before.edge_index[0]) - 1.0
        items.append(
            Item(
                FACT,
                f"Spending on compute {_move(growth)} in the quarter; the edge {_move(edge)}.",
                0.4 + abs(growth - 0.1) * 8.0,
            )
        )
    return items


def _use(roster: Roster, market: PublicBriefing, reader: int) -> list[Item]:
    seen = market.utilisation_seen[0]
    items = []
    for owner, title in enumerate(roster.owner_titles):
        if not roster.is_cloud[owner] or owner == reader:
            continue
        use = float(seen[owner])
        if use >= 0.95:
            items.append(
                Item(
                    RUMOUR,
                    f"{title}: said to be sold out or close to it ({_span(use)} of its capacity in use).",
                    0.8 + (use - 0.95) * 8.0,
                )
            )
        elif use < 0.8:
            items.append(
                Item(
                    RUMOUR,
                    f"{title}: capacity said to stand idle ({_span(use)} in use).",
                    0.6 + (0.8 - use) * 8.0,
                )
            )
    return _best(items)


def _span(use: float) -> str:
    low, high = reported.use(use)
    return f"{low:.0%} to {high:.0%}"


def _shares(roster: Roster, market: PublicBriefing, before: PublicBriefing) -> list[Item]:
    moved = market.family_share_seen[0] - before.family_share_seen[0]
    family = int(np.argmax(np.abs(moved)))
    change, title = float(moved[family]), roster.family_titles[family]
    word = "gained" if change > 0.0 else "lost"
    points, share = 100.0 * abs(change), float(market.family_share_seen[0, family])
    text = f"{title} is said to have {word} {points:.1f} points of the compute in use, to {share:.0%}."
    return [Item(RUMOUR, text, abs(change) / 0.04)]


def _mixes(roster: Roster, market: PublicBriefing, before: PublicBriefing) -> list[Item]:
    moved = market.supplier_mix_seen[0] - before.supplier_mix_seen[0]
    lab, supplier = np.unravel_index(int(np.argmax(np.abs(moved))), moved.shape)
    change = float(moved[lab, supplier])
    title = {row["lab"]: row["title"] for row in roster.tables["labs"]}[roster.labs[int(lab)]]
    way = "towards" if change > 0.0 else "away from"
    words = SUPPLIER_WORDS[SUPPLIERS[int(supplier)]]
    text = f"Half a year ago {title} shifted {100.0 * abs(change):.0f} points of its bookings {way} {words}."
    return [Item(RUMOUR, text, abs(change) / 0.06)] if abs(change) >= 0.02 else []


def _orders(roster: Roster, market: PublicBriefing, before: PublicBriefing) -> list[Item]:
    items = []
    for family, title in enumerate(roster.family_titles):
        old, new = float(before.order_book_seen_h100e[0, family]), float(market.order_book_seen_h100e[0, family])
        if min(old, new) < 2e4 or abs(new / old - 1.0) < 0.2:
            continue
        items.append(
            Item(
                RUMOUR,
                f"The order book for {title} is said to be {_move(new / old - 1.0)}.",
                0.4 + 0.5 * min(abs(new / old - 1.0), 1.5),
            )
        )
    return _best(items)
