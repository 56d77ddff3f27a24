"""Forks of a session: a quarter that was played, gone on from in many worlds, as bands by quarter."""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.play import fork
from experiments.play.fork import SHOWN, Fork
from experiments.stats import BAND, broken_worlds
from workshop.table import Task, book_of

Data = dict[str, Any]


def forked(task: Task, asked: Fork, worlds: int) -> Data:
    """Low end, median and high end over worlds of each yardstick, a row a quarter from the fork on; 90 % of the worlds
    lie between. Worlds without figures are left out and counted."""
    book = book_of(task)
    table = fork.tables(book, asked, worlds)["quarters"]
    broken = broken_worlds(table)
    whole = table[~table["world"].isin(broken)]
    rows = []
    for quarter in dict.fromkeys(table["quarter"]):
        if quarter < asked.first(book):
            continue
        here = whole[whole["quarter"] == quarter]
        room = {name: np.quantile(here[name].to_numpy(), (BAND[0], 0.5, BAND[1])).tolist() for name, _, _ in SHOWN}
        rows.append({"quarter": quarter, "room": room})
    return {
        "from": asked.first(book),
        "others": asked.others,
        "worlds": worlds,
        "broken": len(broken),
        "rows": rows,
        "assumes": fork.assumption(book, asked),
    }
