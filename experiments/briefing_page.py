"""A quarter's briefing on one screen: news, the public market, your board, what came of last quarter, and the form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from agents.forms import SHARES, Answers, Form, Question
from experiments import board, news
from experiments.drivers import Outcome, Turn
from sim.policy import REMEDIES
from sim.roster import Roster
from sim.units import MUSD_PER_USD_BN

WIDTH, HEIGHT = 100, 40


@dataclass(frozen=True)
class Situation:
    """What a page is made from. quarter: its label; turn of turns; before: the turns that were played."""

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

    @property
    def owner(self) -> int:
        """The seat's place among owners of capacity, -1 for other roles."""
        return self.roster.owners.index(self.form.desk.name) if self.form.desk.role == "cloud" else -1

    @property
    def family(self) -> int:
        """The seat's place among chip families, -1 for other roles."""
        return self.roster.families.index(self.form.desk.name) if self.form.desk.role == "vendor" else -1


def page(s: Situation) -> RenderableType:
    """The whole screen, at most HEIGHT lines of WIDTH columns."""
    title = Text(f" {s.quarter}   {s.form.desk.title}   turn {s.turn} of {s.turns} ".ljust(WIDTH), style="reverse")
    last = [results(s.outcome)] if s.outcome is not None else []
    return Group(title, stories(s), _public(s), _own(s), *last, questions(s))


def stories(s: Situation) -> RenderableType:
    """Headline and up to three more items, each tagged."""
    items = news.headlines(s.roster, s.now.market, s.before[-1].market if s.before else None)
    lines = [
        Text.assemble((f"{item.kind:>7}  ", "dim"), (item.text, "bold" if k == 0 else ""))
        for k, item in enumerate(items)
    ]
    for line in lines:
        line.truncate(WIDTH, overflow="ellipsis")
    return Group(*lines)


def _table(**how: object) -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim", **how)  # type: ignore[arg-type]


def _public(s: Situation) -> RenderableType:
    grid = Table.grid(padding=(0, 3, 0, 0))
    grid.add_row(_clouds(s), _chips(s))
    return Group(_rule("The market (~ seen late and with noise)"), grid, *_rules(s))


def _rule(title: str) -> Text:
    return Text(f"── {title} ".ljust(WIDTH, "─"), style="cyan")


def _clouds(s: Situation) -> Table:
    """Announced capacity, posted core prices of merchant and own chips, use as others see it."""
    market, roster = s.now.market, s.roster
    table = _table()
    for title, justify in (
        ("cloud", "left"),
        ("mH100e", "right"),
        ("GPU $/h", "right"),
        ("own $/h", "right"),
        ("use~", "right"),
    ):
        table.add_column(title, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for owner in np.flatnonzero(roster.is_cloud):
        pools = [k for k, pool in enumerate(roster.pools) if pool.owner == owner]
        core = [k for k in pools if roster.pools[k].site == "core"]
        own = [k for k in core if roster.pools[k].family == roster.own_family[owner]]
        gpu = [k for k in core if k not in own]
        price = market.price_usd_per_h100e_hour[0]
        title = roster.owner_titles[owner]
        title = title if len(title) <= 16 else title.split(" and ")[0] + ", ..."
        cells = (
            f"{market.announced_h100e[0, pools].sum() / 1e6:.2f}",
            f"{price[gpu[0]]:.2f}",
            f"{price[own[0]]:.2f}" if own else "-",
        )
        mine = "bold" if owner == s.owner else ""
        table.add_row(title, *cells, f"{market.utilisation_seen[0, owner]:.0%}", style=mine)
    return table


def _chips(s: Situation) -> Table:
    """List prices, quarters to the next launch, share of use and order book as others see them."""
    market, roster = s.now.market, s.roster
    table = _table()
    for title, justify in (
        ("chip", "left"),
        ("$ an H100e", "right"),
        ("next in", "right"),
        ("share~", "right"),
        ("orders~ k", "right"),
    ):
        table.add_column(title, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for family, title in enumerate(roster.family_titles):
        table.add_row(
            title, f"{market.chip_price_usd_per_h100e[0, family]:,.0f}", f"{market.next_launch_quarters[0, family]:.0f} q",
            f"{market.family_share_seen[0, family]:.1%}", f"{market.order_book_seen_h100e[0, family] / 1e3:,.0f}",
            style="bold" if family == s.family else "",
        )  # fmt: skip
    return table


def _rules(s: Situation) -> list[Text]:
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
                f"{s.roster.regions[region].upper()} {REMEDIES[remedy].replace('_', ' ')} {strength[region, remedy]:.0%} {word}"
            )
    rules = "Rules: " + (
        "; ".join(found[:3]) + (f"; {len(found) - 3} more" if len(found) > 3 else "") if found else "none in force"
    )
    line = Text(indices + rules + ".")
    line.truncate(2 * WIDTH - 4, overflow="ellipsis")
    return [line]


def _own(s: Situation) -> RenderableType:
    """The private board in three columns of label and figure."""
    figures = board.figures(s.form.desk.role, s.now.own, s.before[-1].decision if s.before else None)
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(justify="right", no_wrap=True)
    for row in range(0, len(figures), 3):
        grid.add_row(*(word for pair in figures[row : row + 3] for word in pair))
    return Group(_rule("Your board (private)"), grid)


def money(musd: float, sign: bool = False) -> str:
    """An amount with its unit: $bn, or $m when small."""
    form = "+" if sign else ""
    return f"{musd / MUSD_PER_USD_BN:{form},.2f} bn" if abs(musd) >= 0.1 * MUSD_PER_USD_BN else f"{musd:{form},.1f} m"


def results(o: Outcome) -> RenderableType:
    """You expected, you got, and why: the three largest drivers of the change against the quarter before."""
    lines = [_rule("Last quarter ($)")]
    missed = f" ({money(o.got - o.expected, True)})"
    lines.append(
        Text.assemble(
            (f"You expected {o.title} of {money(o.expected)} ({o.meaning});", ""),
            (f" you got {money(o.got)}", "bold"),
            missed,
        )
    )
    if o.before is not None:
        parts = "; ".join(f"{money(amount, True)} {title}" for title, amount in o.largest())
        lines.append(Text(f"Why: from {money(o.before)} to {money(o.got)}, {money(o.got - o.before, True)} = {parts}."))
    return Group(*lines)


def questions(s: Situation) -> RenderableType:
    """The form: what Enter answers, what the default rule would, and what is allowed."""
    rows = []
    for number, question in enumerate(s.form.questions, 1):
        start, rule = (question.text(given[question.id]) for given in (s.start, s.rule))
        rows.append((str(number), question.title, start, rule if rule != start else "same", _allowed(question)))
    heads = ("", "decision", "Enter", "the rule", "allowed")
    widths = [max(len(row[k]) for row in (*rows, heads)) for k in range(4)]
    table = _table()
    for title, width in zip(heads, (*widths, WIDTH - sum(widths) - 5), strict=True):
        justify = "right" if title in ("Enter", "the rule") else "left"
        table.add_column(title, justify=justify, width=width, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*row)
    return Group(_rule("Your decisions (what you are not asked, the default rule does)"), table)


def _allowed(question: Question) -> str:
    """What is allowed in few words; `?` says it in full."""
    if question.kind == SHARES:
        return f"{len(question.options)} parts of {question.text(question.total)}: {', '.join(question.options)}"
    return question.allowed.replace(" in steps of ", ", by ")
