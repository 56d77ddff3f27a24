"""What-ifs played, and told in a folder: tables, a figure and one page."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from experiments.batch import single
from experiments.batch.engine import Cell, Played
from experiments.batch.progress import Shows, silent
from experiments.batch.store import Store, dictionary_rows, provenance, storing
from experiments.batch.target import PROVENANCE, Target
from experiments.whatif import answer as answers
from experiments.whatif import channels
from experiments.whatif.answer import COLUMNS, QUARTERS, Answer
from experiments.whatif.bench import Asked, Bench
from experiments.whatif.told import Told

PAGE, TEXT = "whatif.html", "whatif.txt"
MOST_REPLAYED = 32
"""Worlds in which the antitrust part is replayed by channel: ten runs each."""


def run(asked: Asked, target: Target | None = None, workers: int = 1, progress: Shows = silent) -> Told:
    """Play the what-ifs, and write them into a folder if one is given; its place is taken before anything is
    played."""
    begun = time.perf_counter()
    few = replace(asked.size, worlds=min(asked.size.worlds, MOST_REPLAYED))
    replayed = sum(1 for one in asked.questions if channels.antitrust(one))
    whole = (1 + len(asked.questions)) * asked.size.worlds + replayed * few.worlds
    with storing(target) as store:
        with progress("what if", whole) as tick:
            found = Bench(workers).last(asked, tick, store.keeps() if store else None)
            parts = tuple(
                channels.decomposed(one, few, tick) if channels.antitrust(one) else None for one in asked.questions
            )
        told = Told(found, parts)
        if store is None or target is None:
            return told
        _write(told, store, target.command, time.perf_counter() - begun)
    return replace(told, out=store.out)


def _write(told: Told, store: Store, command: str, seconds: float) -> None:
    from experiments.whatif import figure, page  # drawing is loaded when something is drawn

    cells = _keep(told.answers, store)
    tables = {
        "effects": answers.effects(told.answers),
        "supply": answers.supply(told.answers),
        "lock_in": answers.lock_in(told.answers),
        "antitrust": channels.table(told.replayed),
    }
    for name, table in tables.items():
        if len(table):
            store.write(f"{name}.csv", table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    facts = {**single.facts(cells, store.digests, command, seconds), **said_of(told.answers)}
    drawn = figure.draw(told.answers, store.path / "figures")
    store.write(TEXT, "\n\n".join(told.paragraphs()) + "\n")
    store.write("data_dictionary.csv", _dictionary([name for name, table in tables.items() if len(table)]))
    store.write(PAGE, page.page(told, drawn, facts))
    store.write(PROVENANCE, provenance(facts))


def _keep(found: Sequence[Answer], store: Store) -> list[Cell]:
    """Write the quarters of the base and of every what-if, as a run does; gives their cells."""
    base = found[0].question.base
    runs = [(Cell(base, found[0].size), found[0].tables[0])]
    runs += [(Cell(one.question.scenario, one.size, name=one.question.called), one.tables[1]) for one in found]
    for cell, tables in runs:
        store.add(Played(cell, {QUARTERS: tables[QUARTERS].assign(cell=cell.name)}))
    store.close_tables()
    return [cell for cell, _ in runs]


def _dictionary(tables: Sequence[str]) -> str:
    mine = [row for row in COLUMNS if row[0] in tables]
    rows = [("table", "column", "unit", "meaning"), *(row for row in dictionary_rows() if row[0] == QUARTERS), *mine]
    return "\n".join(",".join('"' + word.replace('"', '""') + '"' for word in row) for row in rows) + "\n"


def said_of(found: Sequence[Answer]) -> dict[str, object]:
    """What provenance.json says of what-ifs beyond what it says of every run."""
    return {
        "base": found[0].question.base.name,
        "whatifs": {
            one.question.called: {
                "title": one.question.title,
                "scenario_hash": one.question.scenario.digest,
                "shocks": [str(laid) for laid in one.question.laid],
                "set": dict(one.question.sets),
            }
            for one in found
        },
        "nonconverged_world_quarters": sum(int(one.outcomes.path(one.HERE, "nonconverged").sum()) for one in found),
        "broken_worlds": sorted({world for one in found for bad in one.outcomes.broken.values() for world in bad}),
    }
