"""`fully-booked list`: what there is to choose from, printed. Each kind imports only what it shows."""

from __future__ import annotations

from typing import Annotated

import typer

from experiments.cli.base import app
from sim.errors import unknown

KINDS = ("scenarios", "designs", "strategies", "shocks", "metrics", "parameters")
WIDTH = 110
_RANKS = {"unit": 1, "grade": 2, "table": 3, "worlds draw": 4, "": 5, "role": 6}
_RANKS |= {"precedent [grade]": 8, "low / central / high": 7, "kind": 1}
"""Columns that a narrow terminal goes without, the highest first."""
Rows = list[tuple[str, ...]]


@app.command("list")
def list_names(kind: Annotated[str, typer.Argument(metavar="KIND", help=" | ".join(KINDS))]) -> None:
    """List scenarios, designs, strategies, shocks, metrics or parameters."""
    if kind not in KINDS:
        raise unknown("kind", kind, KINDS)
    show(kind)


def show(kind: str) -> None:
    """Print a table of one kind."""
    from experiments.fitted import READABLE, Fitted, laid_out
    from experiments.screen import Screen

    head, rows = _CONTENT[kind]()
    table = Fitted()
    for title in head:
        least = READABLE if title in ("meaning", "title", "question") else 0
        table.column(title, _RANKS.get(title, 0), least, overflow="fold", no_wrap=title == "name")
    for row in rows:
        table.add_row(*row)
    console = laid_out(Screen(), WIDTH)
    console.print(table) if rows else console.print(f"no {kind} yet")


def _named(kind: str) -> tuple[tuple[str, ...], Rows]:
    from experiments import library

    return ("name", "title"), list(library.titles(kind).items())


def _shocks() -> tuple[tuple[str, ...], Rows]:
    from experiments.cards import Laid
    from experiments.library import shock_names

    rows: Rows = []
    for laid in map(Laid, shock_names()):
        card = laid.card
        found = " / ".join(f"{one:g}" for one in card.published)
        beside = " (told beside the result)" if card.outcome else ""
        rows.append(
            (
                laid.short,
                f"{card.category} {card.id}".strip(),
                laid.title,
                f"{found} {card.unit}{beside}".strip(),
                f"{card.precedent} [{card.grade}]",
            )
        )
    return ("name", "kind", "title", "low / central / high", "precedent [grade]"), sorted(rows, key=lambda one: one[1])


def _designs() -> tuple[tuple[str, ...], Rows]:
    from experiments.designs import note

    rows: Rows = [(name, note.read(note.find(name)).question) for name in note.names()]
    return ("name", "question"), rows


def _strategies() -> tuple[tuple[str, ...], Rows]:
    from agents.strategies import known

    rows: Rows = [(sheet.name, sheet.role, "default" if sheet.default else "", sheet.meaning) for sheet in known()]
    return ("name", "role", "", "meaning"), rows


def _metrics() -> tuple[tuple[str, ...], Rows]:
    from sim.metrics import METRICS, OFFER_METRICS

    tables = (("quarters", METRICS), ("offers", OFFER_METRICS))
    return ("name", "table", "unit", "meaning"), [(m.name, t, m.unit, m.meaning) for t, ms in tables for m in ms]


def _parameters() -> tuple[tuple[str, ...], Rows]:
    from sim.declarations import DECLARATIONS
    from sim.roster import load_roster
    from sim.scenario import DEFAULT_ROSTER

    entities = load_roster(DEFAULT_ROSTER).entities
    rows: Rows = []
    for one in DECLARATIONS:
        by = "" if one.by is None else f" One for each {one.by}: {', '.join(entities[one.by])}."
        name = one.name if one.by is None else f"{one.name}_*"
        span = f"{one.low:g} to {one.high:g}" if one.drawn else "not drawn"
        rows.append((name, f"{one.default:g}", span, one.unit, one.grade, one.meaning + by))
    return ("name", "default", "worlds draw", "unit", "grade", "meaning"), rows


_CONTENT = {
    "scenarios": lambda: _named("scenarios"),
    "designs": _designs,
    "shocks": _shocks,
    "strategies": _strategies,
    "metrics": _metrics,
    "parameters": _parameters,
}
