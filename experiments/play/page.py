"""A quarter's briefing on one screen: news, the public market, your board, what came of last quarter, and the form."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from agents.forms import NUMBER, SHARES, Answers, Form, Question
from experiments.play import board, news, reported
from experiments.play.drivers import Outcome, Turn
from experiments.screen import Screen
from experiments.text import money
from sim.remedies import REMEDIES
from sim.roster import Roster

WIDTH, HEIGHT = 100, 40
NARROW = 80
BELOW = 2
"""Lines under a page: how to answer, and the prompt."""


@dataclass(frozen=True)
class Paper:
    """What a page must fit on: columns and lines of the screen."""

    width: int = WIDTH
    height: int = HEIGHT

    @property
    def narrow(self) -> bool:
        """Is there no room for wide gaps?"""
        return self.width < WIDTH


@dataclass(frozen=True)
class Situation:
    """What a page is made from. quarter: its label; turn of turns; before: the turns that were played; because: what
    the seat's own decisions did, a sentence each; by_rule: the default rule's decision."""

    roster: Roster
    form: Form
    quarter: str
    turn: int
    turns: int
    now: Turn
    before: Sequence[Turn]
    outcome: Outcome | None
    start: Answers
    rule: Answers
    because: tuple[str, ...] = ()
    by_rule: Any = None

    @property
    def asked(self) -> tuple[Question, ...]:
        """The questions with what can be answered now."""
        return self.form.now(self.now.own)

    @property
    def owner(self) -> int:
        """The seat's place among owners of capacity, -1 for other roles."""
        return self.roster.owners.index(self.form.desk.name) if self.form.desk.role == "cloud" else -1

    @property
    def family(self) -> int:
        """The seat's place among chip families, -1 for other roles."""
        return self.roster.families.index(self.form.desk.name) if self.form.desk.role == "vendor" else -1


def page(s: Situation, paper: Paper | None = None) -> RenderableType:
    """The whole screen. Where it is too short, the market table is left out (the word `market` shows it), then rules
    and all news but the headline."""
    paper = paper or Paper()
    title = Text(
        f" {s.quarter}   {s.form.desk.title}   turn {s.turn} of {s.turns} ".ljust(paper.width), style="reverse"
    )
    last = [results(s.outcome, paper, s.because)] if s.outcome is not None else []
    below = (_own(s, paper), *last, questions(s, paper))
    hint = Text("(market: prices, chips and shares of everybody)", style="dim")
    least = Group(title, stories(s, paper, 1), hint, *below)
    for shown in (
        Group(title, stories(s, paper), _public(s, paper), *below),
        Group(title, stories(s, paper, 2), _public(s, paper), *below),
        Group(title, stories(s, paper, 2), *_rules(s, paper), hint, *below),
    ):
        if _lines(shown, paper) + BELOW <= paper.height:
            return shown
    return least


def market_page(s: Situation, paper: Paper) -> RenderableType:
    """News and market, as on the page, for screens that are too short for all of it."""
    return Group(stories(s, paper), _public(s, paper))


def _lines(shown: RenderableType, paper: Paper) -> int:
    return len(Screen(width=paper.width, file=io.StringIO()).render_lines(shown))


def stories(s: Situation, paper: Paper, count: int = 4) -> RenderableType:
    """Headline and up to three more items, each tagged."""
    items = news.headlines(s.roster, s.now.market, s.before[-1].market if s.before else None, count, s.owner)
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(style="dim", justify="right", no_wrap=True)
    grid.add_column(width=paper.width - 8)
    for k, item in enumerate(items):
        grid.add_row(item.kind.rjust(6), Text(item.text, "bold" if k == 0 else ""))
    return grid


def _table(**how: object) -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim", **how)  # type: ignore[arg-type]


def _public(s: Situation, paper: Paper) -> RenderableType:
    grid = Table.grid(padding=(0, 2 if paper.narrow else 8, 0, 0))
    grid.add_row(_clouds(s), _chips(s))
    head = "The market (announced m H100e; $ an hour; use %, share %, orders: reported)"
    return Group(_rule(head, paper), grid, *_rules(s, paper))


def _rule(title: str, paper: Paper) -> Text:
    return Text(f"── {title} ".ljust(paper.width, "─"), style="cyan")


def _clouds(s: Situation) -> Table:
    """Announced capacity (installed and on order), posted core prices of merchant and own chips, use of rivals as it is
    reported; one's own stands on the board."""
    market, roster = s.now.market, s.roster
    table = _table()
    table.add_column("cloud", no_wrap=True)
    for title in ("H100e", "GPU $", "own $", "use"):
        table.add_column(title, justify="right", no_wrap=True)
    for owner in np.flatnonzero(roster.is_cloud):
        pools = [k for k, pool in enumerate(roster.pools) if pool.owner == owner]
        core = [k for k in pools if roster.pools[k].site == "core"]
        own = [k for k in core if roster.pools[k].family == roster.own_family[owner]]
        gpu = [k for k in core if k not in own]
        price = market.price_usd_per_h100e_hour[0]
        title = roster.owner_titles[owner]
        title = title if len(title) <= 12 else title.split(" ")[0] + ", …"
        cells = (
            f"{market.announced_h100e[0, pools].sum() / 1e6:.2f}",
            f"{price[gpu[0]]:.2f}",
            f"{price[own[0]]:.2f}" if own else "-",
        )
        mine = owner == s.owner
        use = "board" if mine else reported.percent(reported.use(float(market.utilisation_seen[0, owner])))
        table.add_row(title, *cells, use, style="bold" if mine else "")
    return table


def _chips(s: Situation) -> Table:
    """List prices, quarters to the next launch, share of use and order book as others see them."""
    market, roster = s.now.market, s.roster
    table = _table()
    for title, justify in (
        ("chip", "left"),
        ("$/H100e", "right"),
        ("next", "right"),
        ("share", "right"),
        ("orders", "right"),
    ):
        table.add_column(title, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for family, title in enumerate(roster.family_titles):
        table.add_row(
            title,
            f"{market.chip_price_usd_per_h100e[0, family]:,.0f}",
            f"{market.next_launch_quarters[0, family]:.0f} q",
            reported.percent(reported.share(float(market.family_share_seen[0, family]))),
            reported.amount(reported.orders(float(market.order_book_seen_h100e[0, family]))),
            style="bold" if family == s.family else "",
        )
    return table


def _rules(s: Situation, paper: Paper) -> list[Text]:
    """Demand, the edge, and rules in force or announced, in one or two lines."""
    market = s.now.market
    indices = f"Demand index {market.demand_index[0]:.2f} (start 1); edge {market.edge_index[0]:.2f}. "
    found = []
    for strength, word in ((market.remedies_in_force[0], "in force"), (market.remedies_announced[0], "announced")):
        for region, remedy in zip(*np.nonzero(strength > 0.005), strict=True):
            if (
                word == "announced"
                and abs(strength[region, remedy] - market.remedies_in_force[0][region, remedy]) < 0.005
            ):
                continue
            found.append(
                f"{s.roster.regions[region].upper()} {REMEDIES[remedy].replace('_', ' ')} "
                f"{strength[region, remedy]:.0%} {word}"
            )
    rules = "Rules: " + (
        "; ".join(found[:3]) + (f"; {len(found) - 3} more" if len(found) > 3 else "") if found else "none in force"
    )
    line = Text(indices + rules + ".")
    line.truncate(2 * paper.width - 4, overflow="ellipsis")
    return [line]


def _own(s: Situation, paper: Paper) -> RenderableType:
    """The private board in three columns of label and figure; what ends in a colon stands in a line below."""
    figures = board.figures(s.form.desk.role, s.now.own, s.before[-1].decision if s.before else None, s.quarter)
    grid = Table.grid(padding=(0, 1 if paper.narrow else 2, 0, 0))
    for column in range(3):
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(justify="right", no_wrap=column < 2)
    short = [pair for pair in figures if not pair[0].endswith(":")]
    for row in range(0, len(short), 3):
        grid.add_row(*(word for pair in short[row : row + 3] for word in pair))
    long = [part for label, text in figures if label.endswith(":") for part in ((f"{label} ", "dim"), f"{text}. ")]
    return Group(_rule("Your board (private)", paper), grid, *([Text.assemble(*long)] if long else []))


def results(o: Outcome, paper: Paper | None = None, because: Sequence[str] = ()) -> RenderableType:
    """You expected, you got, and why: the three largest drivers of the change against the quarter before, and what the
    seat's own decisions did."""
    head = _rule("Last quarter", paper or Paper())
    mine = [Text(line) for line in because]
    if o.expected is None:
        plain = f"{o.title.capitalize()}: {money(o.got)}. The first quarter has nothing to compare it with."
        return Group(head, Text(plain), *mine)
    lines = [
        Text.assemble(
            f"You expected {o.title} of {money(o.expected)} ({o.meaning}); ",
            (f"you got {money(o.got)}", "bold"),
            f" ({money(o.got - o.expected, True)}).",
        )
    ]
    if o.before is not None:
        told = [(title, money(amount, True)) for title, amount in o.largest()]
        parts = "; ".join(f"{title} {amount}" for title, amount in told if amount != "$0")
        moved = f"from {money(o.before)} to {money(o.got)} ({money(o.got - o.before, True)})"
        lines.append(Text(f"In the market: {moved}: {parts}."))
    return Group(head, *lines, *mine)


def questions(s: Situation, paper: Paper) -> RenderableType:
    """The form: what Enter answers, what the default rule would, and what is allowed."""
    rows = []
    for number, question in enumerate(s.asked, 1):
        start, rule = (question.text(given[question.id]) for given in (s.start, s.rule))
        rows.append((str(number), question.title, start, rule if rule != start else "same"))
    heads = ("", "decision", "Enter", "the rule", "allowed")
    widths = [max(len(row[k]) for row in (*rows, heads[:4])) for k in range(4)]
    room = paper.width - sum(widths) - 5
    table = _table()
    for title, width in zip(heads, (*widths, room), strict=True):
        justify: Literal["left", "right"] = "right" if title in ("Enter", "the rule") else "left"
        table.add_column(title, justify=justify, width=width, no_wrap=True, overflow="ellipsis")
    for row, question in zip(rows, s.asked, strict=True):
        table.add_row(*row, next((one for one in _allowed(question, row[0]) if len(one) <= room), ""))
    return Group(_rule("Your decisions (what you are not asked, the default rule does)", paper), table)


def _allowed(question: Question, number: str) -> tuple[str, ...]:
    """What is allowed, in ever fewer words for ever less room; `?` says it in full."""
    ask = f"? {number}"
    if question.kind == SHARES:
        parts = f"{len(question.options)} parts of {question.text(question.total)}: "
        return f"{parts}{', '.join(question.options)}", f"{parts}{ask}", ask
    if question.kind == NUMBER:
        unit = f" {question.unit}" if question.unit else ""
        span = f"{question.text(question.low)} to {question.text(question.high)}"
        return question.allowed.replace(" in steps of ", ", by "), f"{span}{unit}", f"{span}: {ask}", span
    return question.allowed, f"{len(question.options)} options: {ask}", ask
