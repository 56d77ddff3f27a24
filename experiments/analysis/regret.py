"""What one gives up by a choice: regret and satisficing over all worlds of a batch, on shared draws.

Options are what somebody chooses: players, shocks, scenarios, or the values of one lever. A state is all else: the
other choices, the other numbers, and the world, which has the same draws under every option. Regret of an option in a
state is what the best option there has more (Savage 1951); an option satisfices where a condition holds (Simon 1956).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.analysis.ensemble import Ensemble, Lost
from experiments.analysis.where import Condition
from experiments.stats import Estimate, estimate
from sim.arrays import Array, Index
from sim.errors import InputError, unknown

HIGH, LOW = "high", "low"
WANTS = (HIGH, LOW)
MOST_OPTIONS = 24
FIRST_TRIED = ("players", "shocks", "cell", "scenario")


@dataclass(frozen=True)
class Options:
    """A dimension of choice. names: of the options; points: (options, states) which point has an option in a state of
    the other choices and numbers."""

    dimension: str
    names: tuple[str, ...]
    points: Index


@dataclass(frozen=True)
class Row:
    """An option's record. Regrets in the outcome's unit; best: share of states in which it is best (ties count for
    all); met: share in which the condition holds, not a number without one; gain: over the first option, state by
    state."""

    name: str
    level: Estimate
    mean: float
    p90: float
    worst: float
    worst_at: tuple[int, int]
    best: float
    met: float
    gain: Estimate


@dataclass(frozen=True)
class Regret:
    """The table. states: in use, of so many; lost: runs because of which the others are left out; short: states that
    some option has not played, since its points have fewer worlds."""

    options: Options
    outcome: str
    quarter: int
    want: str
    condition: Condition | None
    rows: tuple[Row, ...]
    states: int
    states_in_all: int
    lost: tuple[Lost, ...]
    short: int = 0

    @property
    def least_regret(self) -> str:
        """The option whose largest regret is smallest."""
        return min(self.rows, key=lambda row: row.worst).name


def dimensions(batch: Ensemble) -> tuple[str, ...]:
    """Everything that could be chosen: choices with several options, and numbers that take few values."""
    choices = [name for name in (*FIRST_TRIED, "seed") if name in batch.settings[0].choices]
    numbers = [
        one.name
        for k, one in enumerate(batch.factors)
        if 2 <= len(np.unique(batch.values[:, k])) <= MOST_OPTIONS and _crossed(batch, k)
    ]
    return (*choices, *numbers)


def options(batch: Ensemble, dimension: str = "", where: str = "--options") -> Options:
    """The options of a dimension, the first there is for ''; InputError when there is none of that name."""
    known = dimensions(batch)
    if not known:
        raise InputError(
            f"{batch.folder}: nothing in its design can be chosen; give it [[strategies]], [[shocks]], [varies] "
            "scenarios, or a [[lever]] with values in a full factorial."
        )
    if dimension and dimension not in known:
        raise unknown("dimension", dimension, known, where)
    chosen = dimension or known[0]
    if chosen in batch.settings[0].choices:
        return _of_settings(batch, chosen)
    return _of_numbers(batch, [one.name for one in batch.factors].index(chosen))


def _of_settings(batch: Ensemble, dimension: str) -> Options:
    """Settings that differ in one choice, the same rows of numbers side by side."""
    names = tuple(dict.fromkeys(one.choices[dimension] for one in batch.settings))
    columns: dict[str, list[int]] = {name: [] for name in names}
    rest: dict[str, list[tuple[tuple[str, str], ...]]] = {name: [] for name in names}
    for one in batch.settings:
        mine = one.choices[dimension]
        columns[mine] += list(one.points)
        rest[mine].append(tuple((key, word) for key, word in one.choices.items() if key != dimension))
    if any(other != rest[names[0]] for other in rest.values()):
        raise InputError(f"{batch.folder}: options of '{dimension}' are not crossed with its other choices.")
    return Options(dimension, tuple(name or "(none)" for name in names), np.array([columns[name] for name in names]))


def _of_numbers(batch: Ensemble, k: int) -> Options:
    """Points that differ in one number alone."""
    values = np.unique(batch.values[:, k])
    order = _order(batch, k)
    points = np.stack([order[batch.values[order, k] == value] for value in values])
    short = [f"{value:.4g}" for value in values]
    names = short if len(set(short)) == len(short) else [f"{value:g}" for value in values]
    return Options(batch.factors[k].name, tuple(names), points)


def _order(batch: Ensemble, k: int) -> Index:
    """Points sorted by all that is not the number: setting, then the other numbers."""
    setting = np.repeat(np.arange(len(batch.settings)), batch.points // len(batch.settings))
    others = [batch.values[:, j] for j in range(len(batch.factors)) if j != k]
    return np.asarray(np.lexsort([*reversed(others), setting]))


def _crossed(batch: Ensemble, k: int) -> bool:
    """Does every combination of all else have every value of the number, once?"""
    values, order = np.unique(batch.values[:, k]), _order(batch, k)
    groups = [order[batch.values[order, k] == value] for value in values]
    if len({len(one) for one in groups}) > 1:
        return False
    others = np.delete(batch.values, k, axis=1)
    return all(np.array_equal(others[one], others[groups[0]]) for one in groups)


def regret(batch: Ensemble, chosen: Options, asked: tuple[str, int, str], condition: Condition | None) -> Regret:
    """The table of an outcome in a quarter, wanted high or low. A state in which an option has no figure is left out
    for all. InputError when none is whole."""
    outcome, quarter, want = asked
    names = dict.fromkeys((outcome, *(condition.names if condition else ())))
    values = {name: _by_state(batch, chosen, name, quarter) for name in names}
    whole = np.all([np.isfinite(one).all(axis=0) for one in values.values()], axis=0)
    has = batch.played[chosen.points][:, :, None] > np.arange(values[outcome].shape[2])
    played, short = has.any(axis=0), has.any(axis=0) & ~has.all(axis=0)
    points = set(chosen.points.ravel().tolist())
    lost = tuple(one for one in batch.lost if one.point in points)
    if not whole.any():
        raise InputError(f"{batch.folder}: no world has figures under every option of '{chosen.dimension}'.")
    level = values[outcome][:, whole]
    better = level if want == HIGH else -level
    given_up = better.max(axis=0) - better
    met = condition.of({name: one[:, whole] for name, one in values.items()}) if condition else None
    where = np.argwhere(whole)
    rows = [_row(k, chosen, (level, given_up), met, where) for k in range(len(chosen.names))]
    counts = (int(whole.sum()), int(played.sum()), lost, int(short.sum()))
    return Regret(chosen, outcome, quarter, want, condition, tuple(rows), *counts)


def _row(k: int, chosen: Options, both: tuple[Array, Array], met: Array | None, where: Index) -> Row:
    level, given_up = both
    worst = int(given_up[k].argmax())
    state, world = where[worst]
    return Row(
        chosen.names[k],
        estimate(level[k]),
        float(given_up[k].mean()),
        float(np.quantile(given_up[k], 0.9)),
        float(given_up[k, worst]),
        (int(chosen.points[k, state]), int(world)),
        float((given_up[k] == 0.0).mean()),
        float("nan") if met is None else float(met[k].mean()),
        estimate(level[k] - level[0]),
    )


def _by_state(batch: Ensemble, chosen: Options, name: str, quarter: int) -> Array:
    """(options, states, worlds) of an outcome."""
    return batch.outcome(name, quarter)[chosen.points]


def table(found: Regret) -> pd.DataFrame:
    """A row an option."""
    return pd.DataFrame([_flat(found, row) for row in found.rows])


def _flat(found: Regret, row: Row) -> Mapping[str, object]:
    keys = {"outcome": found.outcome, "quarter_number": found.quarter, "wanted": found.want}
    means = {"option": row.name, "mean": row.level.mean, "mean_low": row.level.low, "mean_high": row.level.high}
    regrets = {"regret_mean": row.mean, "regret_p90": row.p90, "regret_max": row.worst}
    place = {"regret_max_point": row.worst_at[0], "regret_max_world": row.worst_at[1]}
    gain = {"over_first": row.gain.mean, "over_first_low": row.gain.low, "over_first_high": row.gain.high}
    counts = {"states": found.states, "states_left_out": found.states_in_all - found.states}
    counts["states_not_played"] = found.short
    said = {"condition": found.condition.said if found.condition else "", "share_met": row.met}
    return {**keys, **means, **regrets, **place, "share_best": row.best, **said, **gain, **counts}


def checked_want(word: str) -> str:
    """'high' or 'low'; InputError otherwise."""
    if word not in WANTS:
        raise unknown("wish", word, WANTS, "--want")
    return word


def ranked(found: Regret) -> Sequence[Row]:
    """Options by their largest regret, the smallest first."""
    return sorted(found.rows, key=lambda row: (row.worst, row.mean))
