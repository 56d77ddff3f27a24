"""A forecast of the user held against facts of the user: what `fully-booked score` works out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.forecast import scoring
from experiments.forecast.public_series import known
from experiments.forecast.score_files import read_facts, read_forecast
from sim.errors import InputError
from sim.quarters import label, ordinal


@dataclass(frozen=True)
class Scored:
    """rows: a row a series and quarter that has a fact (`scoring.compare`). origin: the last quarter known to the
    forecast; left: facts that lie outside of it; method: which forecast of a table with several."""

    rows: pd.DataFrame
    origin: str
    left: int
    method: str = ""


def score(forecast: Path, facts: Sequence[Path], method: str = "") -> Scored:
    """Score a forecast; of a table with several, that of a method, the model's unless another is named. InputError for
    files that cannot be used, or where no fact meets the forecast."""
    (made, named), found = read_forecast(forecast, method), read_facts(facts)
    origin = label(min(ordinal(q) for q in made["quarter"]) - 1)
    history = known(origin)
    short = [name for name in made["series"].unique() if name not in history or history[name].empty]
    if short:
        raise InputError(f"{forecast.name}: {short[0]}: nothing is known up to {origin}, the quarter before it begins.")
    scored = scoring.compare(made, found, history)
    if scored.empty:
        first, last = made["quarter"].min(), made["quarter"].max()
        raise InputError(
            f"{facts[0].name}: none of its {len(found)} facts lies in the forecast, which covers {first} to {last}."
        )
    asked = set(zip(made["series"], made["quarter"], strict=True))
    given = zip(found["series"], found["quarter"], strict=True)
    return Scored(scored, origin, sum(one not in asked for one in given), named)
