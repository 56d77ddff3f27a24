"""How the same quarters would have gone: a played seat against its default strategy and the skilled bot, in many
worlds.

Your decisions are repeated world for world as they were. A rule answers to each world and you cannot, so the comparison
in your own world stands beside the bands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from agents.seats import Recorded
from agents.strategies import default_for, graded
from experiments.batch import engine
from experiments.batch.target import File
from experiments.play import decided
from experiments.play.log import Logbook
from experiments.stats import Estimate, band, digits, estimate, finite_worlds, interval, no_figures
from experiments.text import Sheet, count, money
from sim import objectives
from sim.arrays import Array
from sim.contract import Seat
from sim.records import Records

WORLDS = 64
YOU, DEFAULT, SKILLED = "your decisions", "default strategy", "skilled bot"
SMALLEST_TOLD_MUSD = 5.0
"""A difference below is told as nothing."""
HOLDERS = (YOU, DEFAULT, SKILLED)
OBJECTIVE = "objective"


@dataclass(frozen=True)
class Figure:
    """A row of the table: where it is read (a party's metric or the market's), and how it is shown."""

    name: str
    title: str
    scale: float
    whole_game: bool = False


OBJECTIVE_FIGURE = Figure(OBJECTIVE, "objective, $bn", 1e-3)
_MONEY = (
    Figure("revenue_musd", "revenue, $bn", 1e-3),
    Figure("operating_income_musd", "operating income, $bn", 1e-3),
)
PARTY_FIGURES = {
    "cloud": (Figure("share", "share of renting, %", 100.0), *_MONEY),
    "vendor": (Figure("share", "share of use, %", 100.0), *_MONEY),
    "lab": (
        Figure("token_share", "share of tokens, %", 100.0),
        _MONEY[0],
        Figure("cash_musd", "cash, $bn", 1e-3),
    ),
    "regulator": (Figure("compute_bill_musd", "buyers' bill, $bn", 1e-3),),
}
MARKET_FIGURES = (
    Figure("trainium_share_used", "Trainium's share, %", 100.0),
    Figure("hhi_cloud", "HHI of renting, 1000s", 1e-3),
)


def holder(book: Logbook, party: str, who: str) -> Seat:
    """Whoever would have held a person's seat."""
    role = book.roles()[party]
    if who == YOU:
        return Recorded(book.decisions(party))
    return default_for(role).maker() if who == DEFAULT else graded(role, "skilled").maker()


def figures(role: str, party: str, records: Records) -> dict[str, Array]:
    """Figures of the end of a game for a party: name -> (worlds,)."""
    found = {figure.name: records.party(role, party, figure.name)[:, -1] for figure in PARTY_FIGURES[role]}
    found |= {figure.name: records.metric(figure.name)[:, -1] for figure in MARKET_FIGURES}
    return {**found, OBJECTIVE: objectives.objective(records, role, party)}


def compared(book: Logbook, party: str, worlds: int = WORLDS, workers: int = 1) -> pd.DataFrame:
    """A row a holder of a person's seat and world: figures at the end. World 0 is the one that was played."""
    read = partial(figures, book.roles()[party], party)
    cells = [book.cell({party: holder(book, party, who)}) for who in HOLDERS]
    asked = [(replace(cell, size=replace(cell.size, worlds=worlds)), read) for cell in cells]
    rows = []
    for who, found in zip(HOLDERS, engine.all_played(asked, workers), strict=True):
        whole = finite_worlds(*found.values())
        shown = {name: np.where(whole, values, np.nan) for name, values in found.items()}  # a broken world has none
        rows.append(pd.DataFrame({"holder": who, "world": np.arange(worlds), **shown}))
    return pd.concat(rows, ignore_index=True)


def bands(book: Logbook, party: str, table: pd.DataFrame) -> Sheet:
    """Median and band of each figure by holder, and the objective in the world that was played."""
    role, title = book.roles()[party], decided.full_form(book, party).desk.title
    shown = (OBJECTIVE_FIGURE, *PARTY_FIGURES[role], *MARKET_FIGURES)
    rows = [(one.title, *(band(_of(table, who, one)) for who in HOLDERS)) for one in shown]
    own = table[table["world"] == 0]
    mine = ("objective, your world", *(digits(_of(own, who, OBJECTIVE_FIGURE)[0]) for who in HOLDERS))
    lost = no_figures(table.loc[table[OBJECTIVE].isna(), "world"].nunique(), table["world"].nunique())
    heading = (
        f"{title} after {count(book.quarters_played, 'quarter')}: median (90 % of worlds between"
        f"{'; ' if lost else ''}{lost})"
    )
    return Sheet(heading, ("", *HOLDERS), (*rows, mine), strong=(len(rows),))


def decisions(book: Logbook, party: str, workers: int = 1) -> Sheet:
    """What each holder decided in the world that was played."""
    return decided.sheet(book, party, {who: holder(book, party, who) for who in HOLDERS}, workers)


def save(book: Logbook, party: str, table: pd.DataFrame) -> Path:
    """Write the comparison beside the log, under the party's name when several people played; gives its path."""
    path = book.path.with_name("comparison.csv" if len(book.people) == 1 else f"comparison-{party}.csv")
    File(path, path).write(table.to_csv(index=False, lineterminator="\n"))
    return path


def _of(table: pd.DataFrame, who: str, figure: Figure) -> Array:
    return figure.scale * table.loc[table["holder"] == who, figure.name].to_numpy()


def verdicts(table: pd.DataFrame) -> list[str]:
    """You against each rule, world by world: a paired difference with its 95 % interval, and in how many worlds you
    were ahead."""
    mine, said = _objective(table, YOU), []
    for who in (DEFAULT, SKILLED):
        apart = mine - _objective(table, who)
        if not apart.any():
            said.append(f"Against the {who}: the same in every world.")
            continue
        found, ahead = estimate(apart), int((apart > 0.0).sum())
        broken = f" {found.left_out.capitalize()}." if found.broken else ""
        if not found.decides:
            said.append(f"Against the {who}: no verdict ({found.why_not}).{broken}")
            continue
        said.append(
            f"Against the {who}: {_word(found)}, {money(found.mean, True)} a world "
            f"({interval(found, lambda musd: money(musd, True))}); better in {ahead} of {found.worlds} worlds.{broken}"
        )
    return said


def _objective(table: pd.DataFrame, who: str) -> Array:
    return table.loc[table["holder"] == who, OBJECTIVE].to_numpy()


def _word(found: Estimate) -> str:
    """How a difference is told, musd."""
    if max(abs(found.low), abs(found.high)) < SMALLEST_TOLD_MUSD:
        return "no difference that matters"
    if found.holds_zero:
        return "no clear difference"
    return "ahead" if found.low > 0.0 else "behind"
