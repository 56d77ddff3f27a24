"""What a calibration leaves: the ensemble, tables of fit, coverage, what data identify and recovery, and the page on
history."""

from __future__ import annotations

import csv
import datetime
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.calibration.campaign import Campaign, Found, Rounds
from experiments.calibration.history_matching import values
from experiments.calibration.patterns import Pattern
from experiments.calibration.posterior import Recovery, spread_ratio, verdict
from experiments.calibration.rounds import play_both
from experiments.scenarios import catalogue_of
from experiments.stats import estimate, finite_worlds
from sim import ensembles
from sim.arrays import Array
from sim.quarters import ordinal
from sim.roster import DATA, table
from sim.streams import Streams

TABLES = Path(__file__).parents[1] / "data" / "calibration"
STOCK_ERROR = 0.04
"""Relative standard deviation of stock after the given pipeline: a third of the source's, as elsewhere."""
FAMILIES = ("nvidia", "tpu", "trainium", "amd")
GROWTH = "spending_growth_start"
Row = Sequence[object]


@dataclass(frozen=True)
class Places:
    """Folders of ensembles and of tables."""

    ensembles: Path
    tables: Path

    @classmethod
    def product(cls) -> Places:
        """Where the product keeps them."""
        return cls(ensembles.FOLDER, TABLES)

    @classmethod
    def beside(cls, folder: Path) -> Places:
        """Beside the rounds, for a look."""
        return cls(folder, folder)


def write_text(file: Path, text: str) -> None:
    """Written aside, then renamed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(file.name + ".part")
    aside.write_text(text, encoding="utf-8", newline="\n")
    aside.replace(file)


def write_rows(file: Path, head: Row, rows: Iterable[Row]) -> None:
    """A CSV file; numbers to six digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([f"{cell:.6g}" if isinstance(cell, float) else cell for cell in row] for row in rows)
    write_text(file, text.getvalue())


# --- the ensemble -----------------------------------------------------------------------------------------------------


def columns(job: Campaign, u: Array) -> dict[str, Array]:
    """What is shipped by column, (members,): parameters, and the starting growth dated by the quarters it is worked
    out for.

    The path is one (`path_of_growth`)."""
    given = values(job.ranges, u)
    found = {name: given[name] for name in job.plan.parameters if name != GROWTH}
    for quarter in (job.scenario.start, *job.plan.derived):
        later = ordinal(quarter) - ordinal(job.scenario.start)
        found[f"{GROWTH}@{quarter}"] = path_of_growth(given, later)
    return dict(sorted(found.items()))


def path_of_growth(given: Mapping[str, Array], later: int) -> Array:
    """Growth so many quarters on: g = long run + (start - long run) / 2^(later / half life), (worlds,)."""
    long_run, half_life = given["spending_growth_long_run"], given["spending_growth_half_life_quarters"]
    return long_run + (given[GROWTH] - long_run) * np.exp2(-later / half_life)


def write_ensemble(job: Campaign, found: Found, to: Places) -> None:
    """Members as CSV, what they are as TOML."""
    given = columns(job, found.members)
    rows = [[k, *(f"{column[k]:.10g}" for column in given.values())] for k in range(len(found.members))]
    stamp = ensembles.stamp(given, catalogue_of(job.scenario))
    about = [
        "# Made by `python3 tasks.py calibrate`. Parameter sets that history does not rule out; a world draws one of "
        "them, whole.",
        f'title = "{job.plan.title}"',
        f'scenario = "{job.plan.scenario}"',
        f'measured_to = "{job.plan.measured_to}"',
        f'date = "{datetime.datetime.now(tz=datetime.UTC).date()}"',
        f'stamp = "{stamp}"',
        f"mechanism = {ensembles.MECHANISM}",
        f"seed = {job.seed}",
        f"central = {found.central}",
        f"accepted_of = {len(found.accepted)}",
        f"kernel_scale = {found.scale:.3f}",
        f"part_of_prior_left = {found.left:.4g}",
        "",
        "[tolerance]  # standard deviations on the scale of comparison",
        *(f"{one.name} = {one.tolerance:.4g}" for one in job.plan.fitted),
    ]
    write_text(to.ensembles / f"{job.name}.toml", "\n".join(about) + "\n")
    write_rows(to.ensembles / f"{job.name}.csv", ["member", *given], rows)


# --- tables -----------------------------------------------------------------------------------------------------------


def write_tables(job: Campaign, found: Found, rounds: Rounds, recovery: Recovery, to: Places, workers: int) -> None:
    """Fit and coverage on fresh worlds, what is identified, and recovery of known parameters."""
    labels, played = fresh_worlds(job, found, workers)
    write_rows(to.tables / f"{job.name}-fit.csv", FIT, fit_rows(job, labels, played))
    write_rows(to.tables / f"{job.name}-coverage.csv", COVERAGE, coverage_rows(job, labels, played))
    write_rows(to.tables / f"{job.name}-identified.csv", KNOWN, identified_rows(job, found, recovery))
    facts = [
        ("runs", sum(map(len, rounds.u))),
        ("accepted", len(found.accepted)),
        ("members", len(found.members)),
        ("kernel scale", float(found.scale)),
        ("part of the prior not ruled out", float(found.left)),
        ("truths tried", len(recovery.inside)),
        ("90 % intervals that hold the truth", float(recovery.inside.mean())),
        ("kernel scale in recovery", float(np.median(recovery.scale))),
        ("runs without figures", sum(rounds.broken)),
        ("fresh worlds without figures", int((~finite_worlds(*played.values())).sum())),
    ]
    write_rows(to.tables / f"{job.name}-facts.csv", ("what", "value"), facts)


def fresh_worlds(job: Campaign, found: Found, workers: int) -> tuple[tuple[str, ...], dict[str, Array]]:
    """Worlds that draw the members in turn, with new chance and all other parameters drawn: what the ensemble says of
    history."""
    member = np.arange(job.sizes.check) % len(found.members)
    shipped = {name: v for name, v in values(job.ranges, found.members[member]).items() if name in job.plan.parameters}
    metrics = tuple(sorted({*job.plan.metrics(), "aws_delivered_h100e", *(f"{f}_delivered_h100e" for f in FAMILIES)}))
    return play_both(job, metrics, shipped, job.seed * 1000 + 999, workers)


def quantiles(values: Array) -> tuple[float, float, float]:
    """5 %, median and 95 % over the worlds that have figures."""
    one = estimate(values)
    return one.p5, one.median, one.p95


FIT = (
    "pattern",
    "title",
    "role",
    "grade",
    "unit",
    "observed",
    "tolerance",
    "log",
    "median",
    "low_5",
    "high_95",
    "aim",
    "within_aim",
    "in_band",
    "source",
)


def fit_rows(job: Campaign, labels: Sequence[str], played: Mapping[str, Array]) -> list[Row]:
    """A row a pattern: observed, the ensemble's median and 90 % band, is the median within the aim?"""
    rows: list[Row] = []
    for one in job.plan.pattern:
        value = one.value(played, labels)
        low, median, high = quantiles(value)
        near = abs(float(one.compared(np.array(median))) - one.target) <= one.aim
        held = low <= one.observed and (high >= one.observed or bool(one.bound))
        declared = (one.name, one.title, one.role, one.grade, one.unit, float(one.observed), one.tolerance, one.log)
        rows.append((*declared, median, low, high, one.aim, near, held, one.source))
    return rows


COVERAGE = ("kind", "point", "quarter", "observed", "median", "low_5", "high_95", "in_band", "in_band_of_model_alone")


def coverage_rows(job: Campaign, labels: Sequence[str], played: Mapping[str, Array]) -> list[Row]:
    """A row a point: stock after the given pipeline, by family, of Amazon and in all; and every pattern, on its scale
    of comparison.

    The band holds the error of measurement too; the last column is without it."""
    after, rows = ordinal(job.scenario.pipeline_until), []
    for quarter in (q for q in labels if ordinal(q) > after):
        for name, observed in installed(quarter).items():
            metric = "delivered_h100e" if name == "all" else f"{name}_delivered_h100e"
            value = played[metric][:, list(labels).index(quarter)]
            noise = Streams(job.seed, 0, len(value)).at("calibration-measurement", name, ordinal(quarter)).normal()
            low, median, high = quantiles(value * np.exp(STOCK_ERROR * noise))
            least, _, most = quantiles(value)
            rows.append(
                (
                    "stock",
                    name,
                    quarter,
                    observed,
                    median,
                    low,
                    high,
                    low <= observed <= high,
                    least <= observed <= most,
                )
            )
    return rows + [
        _pattern_point(job, one, one.value(played, labels)) for one in job.plan.pattern if one.role != "given"
    ]


def _pattern_point(job: Campaign, one: Pattern, value: Array) -> Row:
    """A pattern as a point, on the scale of comparison, with its own error of measurement."""
    on_scale = one.compared(value)
    noise = Streams(job.seed, 0, len(value)).at("calibration-measurement", one.name, 0).normal()
    low, median, high = quantiles(on_scale + one.measurement * noise)
    least, _, most = quantiles(on_scale)
    inside, without = low <= one.target <= high, least <= one.target <= most
    return ("pattern", one.name, one.quarters[-1], one.target, median, low, high, inside, without)


def installed(quarter: str) -> dict[str, float]:
    """Stock by family, of Amazon, and in all, from installed.csv, H100e."""
    found: dict[str, float] = defaultdict(float)
    for row in table(DATA / "installed.csv"):
        if row["quarter"] == quarter:
            for name in ("all", row["family"], *(["aws"] if row["owner"] == "aws" else [])):
                found[name] += float(row["h100e"])
    return dict(sorted(found.items()))


KNOWN = (
    "parameter",
    "unit",
    "shipped",
    "prior_low",
    "prior_default",
    "prior_high",
    "low_5",
    "median",
    "high_95",
    "spread_ratio",
    "verdict",
    "recovered",
    "recovery_spread_ratio",
)


def identified_rows(job: Campaign, found: Found, recovery: Recovery) -> list[Row]:
    """A row a parameter, the best identified first; recovered: how often a 90 % interval held the truth in synthetic
    data."""
    ratio, given = spread_ratio(found.accepted), values(job.ranges, found.accepted)
    rows: list[Row] = []
    for k in np.argsort(ratio, kind="stable"):
        name = tuple(job.ranges)[k]
        one = job.ranges[name]
        low, median, high = quantiles(given[name])
        rows.append(
            (
                name,
                one.unit,
                name in job.plan.parameters,
                one.low,
                one.default,
                one.high,
                low,
                median,
                high,
                float(ratio[k]),
                verdict(float(ratio[k])),
                float(recovery.inside[:, k].mean()),
                float(np.median(recovery.ratio[:, k])),
            )
        )
    return rows
