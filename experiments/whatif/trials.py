"""The named experiments on the claims: scenarios played beside the baseline on shared draws, compared world by
world."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Keeps, Size
from experiments.bots.payoffs import seats_of
from experiments.scenarios import parameters_digest
from experiments.stats import broken_worlds, estimate, left_out
from experiments.whatif.outcomes import OUTCOMES, by_quarter
from sim.arrays import Array
from sim.errors import each_once, unknown
from sim.files import explain, read_toml
from sim.records import digest

DATA = Path(__file__).parents[1] / "data" / "claims"
FILE = DATA / "trials.toml"
TABLES = Path(__file__).resolve().parents[2] / "sim" / "data"
HORIZONS = (8, 12, 20)
BASELINE = "baseline"
FULL, QUICK = Size(200, 20), Size(16, 12)


class Trial(BaseModel):
    """An experiment: a scenario, what it is compared with, who plays (role or party -> strategy), what is shown of
    it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: str
    side: Literal["sceptical", "optimistic", "check"]
    question: str
    outcomes: list[str] = Field(min_length=1)
    against: str = BASELINE
    strategies: dict[str, str] = {}

    @property
    def title(self) -> str:
        """The scenario's own title."""
        return scenarios.load(self.scenario).title


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    trial: list[Trial]


def horizons(quarters: int) -> tuple[int, ...]:
    """Quarters at which effects are read; the last one when the game ends before all of them."""
    return tuple(one for one in HORIZONS if one <= quarters) or (quarters,)


@dataclass(frozen=True)
class Measured:
    """What was measured: a row an experiment, outcome and horizon, and what it was measured with."""

    table: pd.DataFrame
    facts: Mapping[str, object]


def read(path: Path = FILE) -> dict[str, Trial]:
    """Scenario -> experiment, in the file's order; InputError when the file does not fit."""
    try:
        found = _File.model_validate(read_toml(path)).trial
    except ValidationError as error:
        raise explain(error, path.name, {"": ("trial",), "trial": tuple(Trial.model_fields)}) from error
    for trial in found:
        each_once("outcome", trial.outcomes, f"{path.name}: '{trial.scenario}'")
        for name in trial.outcomes:
            if name not in OUTCOMES:
                raise unknown("outcome", name, OUTCOMES, f"{path.name}: '{trial.scenario}'")
    each_once("experiment", (trial.scenario for trial in found), path.name)
    return {trial.scenario: trial for trial in found}


def cells(trials: Iterable[Trial], size: Size) -> dict[tuple[str, str], Cell]:
    """(scenario, players) -> cell; what several experiments are compared with is played once."""
    planned: dict[tuple[str, str], Cell] = {}
    for trial in trials:
        for name in (trial.against, trial.scenario):
            key = name, _players(trial)
            if key not in planned:
                scenario = scenarios.load(name)
                seats = seats_of(scenario, trial.strategies, FILE.name) if trial.strategies else {}
                label = f"{name} ({key[1]})" if key[1] else name
                planned[key] = Cell(scenario, size, seats, name=label)
    return planned


def _players(trial: Trial) -> str:
    return ", ".join(f"{role}={name}" for role, name in sorted(trial.strategies.items()))


def measure(
    trials: Sequence[Trial],
    size: Size,
    workers: int = 1,
    tick: Callable[[int], None] = lambda worlds: None,
    keeps: Keeps | None = None,
) -> Measured:
    """Play all that is needed once, and compare every experiment with what it is compared with, at every horizon.
    keeps: where chunks are kept meanwhile."""
    planned = cells(trials, size)
    values: dict[str, dict[str, Array]] = {}
    missed: dict[str, int] = {}
    records: dict[str, str] = {}
    labels: dict[int, str] = {}
    for played in engine.run(list(planned.values()), workers, tick=tick, keeps=keeps):
        name, frame = played.cell.name, played.quarters
        broken = broken_worlds(frame)
        values[name] = {outcome.name: left_out(outcome.read(played), broken) for outcome in OUTCOMES.values()}
        missed[name] = int(np.delete(by_quarter(frame, "nonconverged"), broken, axis=0).any(axis=1).sum())
        records[name] = digest(frame)
        labels |= dict(zip(frame["quarter_number"][: size.quarters], frame["quarter"][: size.quarters], strict=True))
    rows = []
    for trial in trials:
        here, there = (planned[name, _players(trial)].name for name in (trial.scenario, trial.against))
        for row in _rows(trial, values[here], values[there], horizons(size.quarters)):
            rows.append({**row, "quarter": labels[row["quarter_number"]], "missed": missed[here] + missed[there]})
    return Measured(pd.DataFrame(rows), {**facts(trials, size), "records": records})


def _rows(
    trial: Trial, here: Mapping[str, Array], there: Mapping[str, Array], horizons: Sequence[int]
) -> Iterable[dict[str, Any]]:
    """Level here and there, and the paired difference with its interval and band, an outcome and horizon."""
    for name, outcome in OUTCOMES.items():
        for quarter in horizons:
            mine, theirs = here[name][:, quarter - 1], there[name][:, quarter - 1]
            level, change = estimate(mine), estimate(outcome.difference(mine, theirs))
            yield {
                "experiment": trial.scenario,
                "against": trial.against,
                "outcome": name,
                "quarter_number": quarter,
                "unit": outcome.unit,
                "change_unit": outcome.change_unit,
                "base": estimate(theirs).mean,
                "level": level.mean,
                "level_low": level.low,
                "level_high": level.high,
                **asdict(change),
            }


# --- what it was measured with ----------------------------------------------------------------------------------------


def facts(trials: Iterable[Trial], size: Size) -> dict[str, object]:
    """Version, size and digests of scenarios, declared parameters and tables: all that a reader needs to see if it is
    old."""
    from experiments.batch.fingerprint import VERSION

    names = sorted({name for trial in trials for name in (trial.scenario, trial.against)})
    return {
        "version": VERSION,
        "worlds": size.worlds,
        "quarters": size.quarters,
        "seed": size.seed,
        "scenarios": {name: scenarios.load(name).digest for name in names},
        "parameters": parameters_digest(),
        "tables": tables_digest(),
    }


def tables_digest() -> str:
    """A hash of the tables a game starts from, whatever their line ends."""
    total = hashlib.sha256()
    for path in sorted(TABLES.rglob("*.csv")):
        total.update(path.relative_to(TABLES).as_posix().encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()[:16]


def stale(measured: Measured) -> list[str]:
    """What has changed since the measurement, in words; empty when nothing has."""
    known = measured.facts
    before = known["scenarios"]
    assert isinstance(before, dict)
    moved = [name for name, old in before.items() if scenarios.load(name).digest != old]
    found = [f"the scenarios {', '.join(moved)}"] if moved else []
    found += ["declared parameters"] if known["parameters"] != parameters_digest() else []
    return found + (["starting tables"] if known["tables"] != tables_digest() else [])
