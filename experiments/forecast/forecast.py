"""A forecast that can be scored: quantiles of public series from the shipped ensemble, bridges included.

It is a test of the model, not advice. A public series is the modelled part and a bridge to the whole
(experiments/forecast/bridges.py); both are spliced at the origin, the last quarter known, and noise about the bridges
is drawn by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from experiments.batch.engine import Cell, Size, all_played
from experiments.batch.runs import read as read_alone
from experiments.calibration.patterns import GIVEN, plain
from experiments.forecast import bridges, fit, public_series
from experiments.forecast.bridges import Bridge
from experiments.forecast.origins import TODAY, Origin
from experiments.forecast.public_series import FAMILIES, SERIES, after, known
from experiments.stats import finite_worlds, no_figures
from sim.arrays import Array
from sim.errors import InputError
from sim.metrics import METRICS
from sim.noise import LONGEST_GAME
from sim.quarters import label, ordinal
from sim.records import Records
from sim.streams import Streams

WORLDS, SEED = 256, 1
LEVELS = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
COLUMNS = ("series", "quarter", "unit", *(f"p{100.0 * level:g}" for level in LEVELS))
STOCKS = tuple(f"{family}_installed_h100e" for family in FAMILIES)
NVIDIA = "nvidia_delivered_h100e"
OF_SHARES = ("aws_delivered_h100e", "trainium_delivered_h100e")
BEFORE = "before: "
"""Stands in front of metrics of a prelude."""
WHOLE = f"{BEFORE}whole"
NOTE = "A test of the model, scored in public as facts arrive. Not advice, and not a view on any firm."


@dataclass(frozen=True)
class Runs:
    """Metrics by name, (worlds, quarters): `past` up to the origin, which is the prelude of the game, `ahead` after it.
    weights: of worlds by their fit until the origin, adding up to one; none where all weigh alike. broken: positions
    of worlds that have no figures in one of the runs; they are in no forecast."""

    past: Mapping[str, Array]
    ahead: Mapping[str, Array]
    weights: Array | None = None
    broken: tuple[int, ...] = ()


def quarters_to(to: str, origin: Origin = TODAY) -> int:
    """How many quarters a forecast to a quarter covers; InputError when it does not lie ahead."""
    start = ordinal(origin.quarter)
    count = ordinal(to, "--to") - start
    if not 1 <= count <= LONGEST_GAME:
        first, last = label(start + 1), label(start + LONGEST_GAME)
        raise InputError(f"--to = {to} is not allowed; give a quarter from {first} to {last}.")
    return count


def read(metrics: tuple[str, ...], records: Records) -> dict[str, Array]:
    """Metrics of a game, (worlds, quarters), and of its prelude (`BEFORE` in front of their names); `WHOLE` is no
    number in worlds that lack any figure of either, asked for or not."""
    assert records.before is not None
    before = {f"{BEFORE}{name}": records.before.metric(name) for name in metrics}
    whole = finite_worlds(*(run.metric(one.name) for run in (records.before, records) for one in METRICS))
    there = {WHOLE: np.where(whole, 1.0, np.nan)[:, None]}
    return before | {name: records.metric(name) for name in metrics} | there


def play(
    origin: Origin,
    quarters: int,
    worlds: int = WORLDS,
    seed: int = SEED,
    workers: int = 1,
    tick: Callable[[int], None] = lambda worlds: None,
) -> Runs:
    """Play the game that opens at an origin, its prelude included, and, for an origin in the past, history as it is
    played freely, by which worlds are weighed."""
    given = origin.drawn(worlds, seed)
    needed = set() if origin.shipped else fit.metrics(origin)
    ours = {one.metric for one in bridges.declared().values()} | {*OF_SHARES} | {plain(name) for name in needed}
    asked = [(Cell(origin.scenario, Size(worlds, quarters, seed), values=given), partial(read, tuple(sorted(ours))))]
    if needed:
        free = Cell(origin.free, Size(worlds, origin.free.quarters, seed), values=given)
        asked.append((free, partial(read_alone, tuple(sorted(map(plain, needed))))))
    game, *alone = all_played(asked, workers, tick=tick)
    broken = np.flatnonzero(~finite_worlds(*(one for run in (game, *alone) for one in run.values()))).tolist()
    past = {name.removeprefix(BEFORE): one for name, one in game.items() if name.startswith(BEFORE)}
    runs = whole_worlds(past, {name: one for name, one in game.items() if not name.startswith(BEFORE)}, broken)
    if not needed:
        return runs
    known = {name: without(one, broken) for name, one in alone[0].items()}
    return replace(runs, weights=fit.weights(origin, known | {f"{k}{GIVEN}": one for k, one in runs.past.items()}))


def whole_worlds(past: Mapping[str, Array], ahead: Mapping[str, Array], broken: Sequence[int]) -> Runs:
    """The runs without worlds that are broken in one of them; InputError when fewer than two are left, which make no
    quantiles."""
    worlds = len(next(iter(ahead.values())))
    if worlds - len(broken) < 2:
        raise InputError(f"forecast: {no_figures(len(broken), worlds)}; quantiles need two worlds or more that have.")
    past, ahead = ({name: without(one, broken) for name, one in run.items()} for run in (past, ahead))
    return Runs(past, ahead, broken=tuple(broken))


def without(values: Array, broken: Sequence[int]) -> Array:
    """Values (worlds, ...) without some worlds."""
    return np.delete(values, broken, axis=0) if broken else values


def quantiles(values: Array, levels: Sequence[float], weights: Array | None) -> Array:
    """Quantiles over worlds, (levels, ...): by weight where worlds do not weigh alike."""
    if weights is None:
        return np.asarray(np.quantile(values, levels, axis=0))
    return np.asarray(np.quantile(values, levels, axis=0, weights=weights, method="inverted_cdf"))


# --- from the modelled part to the public figure ----------------------------------------------------------------------


def paths(origin: Origin, runs: Runs, seed: int = SEED) -> dict[str, Array]:
    """Every series ahead, (worlds, quarters)."""
    facts = known(origin.quarter)
    worlds, quarters = next(iter(runs.ahead.values())).shape
    streams = Streams(seed, 0, worlds + len(runs.broken))
    drawn = {name: streams.at("forecast", name, 0).normal(LONGEST_GAME)[:, :quarters] for name in bridges.declared()}
    noise = {name: without(one, runs.broken) for name, one in drawn.items()}  # a world keeps its own
    spreads = _stock_spreads(facts)
    found: dict[str, Array] = {}
    for name, bridge in bridges.declared().items():
        if bridge.form == "flow":
            wander = bridges.wander(bridge.fade, np.full(worlds, spreads[name]), noise[name])
            before = runs.past[bridge.metric][:, -1]
            found[name] = bridges.of_flow(float(facts[name].iloc[-1]), before, runs.ahead[bridge.metric], wander)
        else:
            found[name] = company(bridge, facts[name], runs, noise[name])
    return {**found, **_shares(origin, runs, found, facts)}


def company(bridge: Bridge, reported: pd.Series, runs: Runs, normal: Array) -> Array:
    """A reported series ahead: the modelled part and its bridge, (worlds, quarters)."""
    ahead = bridge.scale * runs.ahead[bridge.metric]
    if bridge.form == "noise":  # the model starts from the figure itself
        none = np.zeros(len(ahead))
        start = bridges.Fit(none, none, none, np.full(len(ahead), bridge.residual_sd or 0.0))
        return bridges.unscale("ratio", bridges.ahead(bridge, start, normal), ahead)
    window = reported[[ordinal(q) >= ordinal(bridge.window) for q in reported.index]].to_numpy()
    past = backcast(bridge.scale * runs.past[bridge.metric], len(window))
    path = np.concatenate([past, ahead], axis=1)  # one game: what is ahead goes on from its prelude
    smooth = bridges.smoothed(path, bridge.smooth_quarters)
    past, ahead = smooth[:, : len(window)], smooth[:, len(window) :]
    middle = quantiles(past, (0.5,), runs.weights)  # one bridge for all: worlds' own ups and downs are in what is ahead
    common = bridges.fit(bridge, bridges.scale(bridge.form, window[None, :], middle))
    at_origin = bridges.scale(bridge.form, float(window[-1]), past[:, -1])  # spliced world by world
    ones = np.ones(len(ahead))
    fitted = bridges.Fit(at_origin - common.gap, common.slope * ones, common.gap * ones, common.sd * ones)
    return bridges.unscale(bridge.form, bridges.ahead(bridge, fitted, normal), ahead)


def backcast(past: Array, count: int) -> Array:
    """A modelled part that is as long as the reported one: before the run begins it grows as in the run's first
    year."""
    missing = count - past.shape[1]
    if missing <= 0:
        return past[:, -count:]
    first = np.log(np.maximum(past[:, : bridges.FIRST_YEAR], bridges.SMALLEST))
    _, slope = bridges.line(first)
    steps = np.arange(-missing, 0)
    return np.concatenate([np.exp(first[:, :1] + slope[:, None] * steps), past], axis=1)


def _stock_spreads(facts: Mapping[str, pd.Series]) -> dict[str, float]:
    """Spread of each family's deliveries about their own trend, in logs, drawn towards that of all."""
    measured, declared = {}, bridges.declared()
    for name in STOCKS:
        flow = np.log(np.maximum(np.diff(public_series.gapless(facts[name])), 1.0))
        level, slope = bridges.line(flow[None, :])
        left = flow - level[0] - slope[0] * (np.arange(len(flow)) - (len(flow) - 1.0))
        freedom = max(len(flow) - 3, 1)
        measured[name] = (float(bridges.innovation(left[None, :], declared[name].fade, freedom)[0]), freedom)
    return bridges.pooled(measured)


def _shares(origin: Origin, runs: Runs, found: Mapping[str, Array], facts: Mapping[str, pd.Series]) -> dict[str, Array]:
    """Trainium's shares of the stocks forecast, and of AWS's part of them; AWS's Nvidia follows the noise of all
    Nvidia."""
    trainium, total = found["trainium_installed_h100e"], sum(found[name] for name in STOCKS)
    path = {name: np.concatenate([runs.past[name][:, -1:], runs.ahead[name]], axis=1) for name in (*OF_SHARES, NVIDIA)}
    modelled = path["aws_delivered_h100e"] - path["trainium_delivered_h100e"]
    plain = np.diff(path[NVIDIA], axis=1)
    noisy = np.diff(found["nvidia_installed_h100e"], axis=1, prepend=float(facts["nvidia_installed_h100e"].iloc[-1]))
    noise = np.log(np.maximum(noisy, 1.0) / np.maximum(plain, 1.0))
    nvidia = bridges.of_flow(public_series.aws_nvidia(origin.quarter), modelled[:, 0], modelled[:, 1:], noise)
    return {"trainium_share_installed": trainium / total, "trainium_share_of_aws": trainium / (trainium + nvidia)}


# --- the table --------------------------------------------------------------------------------------------------------


def table(origin: Origin, found: Mapping[str, Array], weights: Array | None = None) -> pd.DataFrame:
    """A row a series and quarter: its quantiles over worlds."""
    rows = []
    for name, series in SERIES.items():
        labels = after(origin.quarter, found[name].shape[1])
        drawn = quantiles(found[name], LEVELS, weights)
        rows += [(name, quarter, series.unit, *drawn[:, k]) for k, quarter in enumerate(labels)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


Tell = Callable[[str], None]


@dataclass(frozen=True)
class Listener:
    """Who follows a forecast in the making. tick: hears how many worlds more have been played; tell: is told what a
    reader of it must know."""

    tick: Callable[[int], None] = lambda worlds: None
    tell: Tell = lambda line: None


SILENT = Listener()


def make(
    to: str,
    worlds: int = WORLDS,
    seed: int = SEED,
    workers: int = 1,
    origin: Origin = TODAY,
    listener: Listener = SILENT,
) -> pd.DataFrame:
    """The forecast to a quarter."""
    runs = play(origin, quarters_to(to, origin), worlds, seed, workers, listener.tick)
    tell = listener.tell
    kept = float(worlds - len(runs.broken)) if runs.weights is None else fit.effective(runs.weights)
    if kept * LEVELS[0] < 1.0:
        counted = "worlds" if runs.weights is None else "worlds, by their weights"
        tell(
            f"{kept:.0f} {counted}: the outer quantiles rest on less than one world; give "
            f"{worlds / (kept * LEVELS[0]):.0f} or more to rely on them."
        )
    if runs.broken:
        tell(f"{no_figures(len(runs.broken), worlds)}; left out: {', '.join(map(str, runs.broken))}.")
    return table(origin, paths(origin, runs, seed), runs.weights)
