"""Which uncertain parameters decide an answer, how well each is known, and in how many parameter sets the answer
changes its sign.

Every world draws its own parameter set, so one batch of paired worlds is a sample over what is not known. Influence
of a parameter on a value per world is the square of their rank correlation (Spearman): a first-order measure, in the
spirit of given-data sensitivity (Plischke, Borgonovo and Smith 2013) that needs no design of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats as scipy_stats

from experiments import scenarios
from experiments.batch.engine import Cell, Size
from experiments.study.design import Planner, read
from sim.arrays import Array
from sim.parameter_path import ParameterPath
from sim.scenario import Scenario
from sim.streams import Streams

WEAKNESS = {"A": 0.0, "B": 0.25, "C": 0.5, "J": 1.0}
"""How weak the evidence of a grade is: from the authority itself to our judgement."""
CHANCE_LEVEL = 0.001
"""An influence that chance alone would give more often than this is reported as none."""
THIRD = 3
FEWEST = 2 * THIRD
"""Worlds that it takes to have two in each third: one alone says nothing."""
NORMAL_95 = 1.96
MANAGED = "managed_share"
"""Antitrust acts through managed services first, and nobody knows how large they are: effects are shown by it."""
BASE = "baseline"
SHARE = "trainium_share_used"


@dataclass(frozen=True)
class Headline:
    """A value per world (worlds,), in percentage points: an effect of the study, or the share itself."""

    name: str
    title: str
    value: Array


def drawn(scenario: Scenario, worlds: int, seed: int) -> pd.DataFrame:
    """What every world drew of the uncertain parameters: a row a world, a column a parameter that varies."""
    path = ParameterPath(scenario, scenarios.catalogue_of(scenario), Streams(seed, 0, worlds), True)
    return pd.DataFrame({name: values for name, values in path.scalars.items() if np.ptp(values) > 0.0})


def cells(worlds: int, quarters: int, seed: int, beside: bool = False) -> list[Cell]:
    """The baseline and each factor of the study alone; beside: and each change that is told beside the factors."""
    design = read()
    size = Size(worlds, quarters, seed)
    planner = Planner(design.model_copy(update={"side_worlds": max(worlds, design.side_worlds)}), size, quick=True)
    alone = {cell.name for cell in design.cell if len(cell.factors) <= 1}
    if beside:
        alone |= {part.name for part in design.part if not part.factor}
    return [one.cell for one in planner.cells() if one.name in alone]


def headlines(paths: Mapping[str, Array], quarter: int) -> list[Headline]:
    """The level and every factor's effect at a quarter, pp, then that of each change beside them that was played.
    paths: cell -> the share, (worlds, quarters)."""
    design = read()
    titles = {factor.name: factor.title for factor in design.factor}
    base = 100.0 * paths[design.base_cell.name][:, quarter - 1]
    found = [Headline("level", "Trainium's share of use", base)]
    for cell in design.cell:
        if len(cell.factors) == 1:
            effect = 100.0 * paths[cell.name][:, quarter - 1] - base
            found.append(Headline(cell.factors[0], titles[cell.factors[0]], effect))
    for part in design.part:
        if not part.factor and part.name in paths:
            found.append(Headline(part.name, part.title, 100.0 * paths[part.name][:, quarter - 1] - base))
    return found


def influence(parameters: pd.DataFrame, value: Array) -> pd.DataFrame:
    """By parameter: rank correlation with the value, its square, and whether chance could have made it; none where
    either does not vary."""
    rows = []
    for name in parameters.columns:
        rho, real = 0.0, False
        if np.ptp(value) > 0.0 and np.ptp(parameters[name]) > 0.0:
            found = scipy_stats.spearmanr(parameters[name].to_numpy(), value)
            rho, real = float(found.statistic), bool(found.pvalue < CHANCE_LEVEL)
        rows.append((name, rho, rho**2 if real else 0.0, real))
    return pd.DataFrame(rows, columns=["parameter", "rank_correlation", "influence", "beyond_chance"])


def opposite(value: Array) -> float:
    """Share of worlds in which an effect has the sign opposite to its mean."""
    return float((np.sign(value) * np.sign(value.mean()) < 0.0).mean())


def flips(parameters: pd.DataFrame, one: Headline, name: str) -> tuple[float, float, float, float]:
    """Mean of the effect, and share of worlds with the opposite sign, in the lowest and in the highest third of a
    parameter."""
    order = np.argsort(parameters[name].to_numpy(), kind="stable")
    size = len(order) // THIRD
    sign = np.sign(one.value.mean())
    ends = [one.value[order[:size]], one.value[order[-size:]]]
    low, high = ((float(end.mean()), float((np.sign(end) * sign < 0.0).mean())) for end in ends)
    return (*low, *high)


def by_third(found: list[Headline], parameters: pd.DataFrame, name: str) -> pd.DataFrame:
    """managed.csv and the like: a row an effect and third of a parameter: its range there, the effect's mean and 95 %
    half-width, and share of worlds above 0."""
    order = np.argsort(parameters[name].to_numpy(), kind="stable")
    rows = []
    for one in (one for one in found if one.name != "level"):
        for third, here in zip(("low", "middle", "high"), np.array_split(order, THIRD), strict=True):
            drawn_here, value = parameters[name].to_numpy()[here], one.value[here]
            half = NORMAL_95 * value.std(ddof=1) / np.sqrt(len(value))
            ends = (float(drawn_here.min()), float(drawn_here.max()))
            rows.append((one.name, one.title, third, *ends, float(value.mean()), half, float((value > 0.0).mean())))
    columns = ["effect", "title", "third", "from", "to", "mean_pp", "half_width_pp", "above_0"]
    return pd.DataFrame(rows, columns=columns)


def ranking(scenario: Scenario, parameters: pd.DataFrame, found: list[Headline]) -> pd.DataFrame:
    """influence.csv: a row a headline and parameter, by influence x weakness of evidence."""
    catalogue, rows = scenarios.catalogue_of(scenario), []
    for one in found:
        for row in influence(parameters, one.value).to_dict("records"):
            name, found_influence = str(row["parameter"]), float(row["influence"])
            declared, _ = catalogue.find(name, "influence")
            weakness = WEAKNESS[declared.grade]
            weighed = (row["rank_correlation"], found_influence, weakness, found_influence * weakness)
            rows.append((one.name, name, declared.grade, *weighed, *flips(parameters, one, name), declared.meaning))
    columns = [
        "headline",
        "parameter",
        "grade",
        "rank_correlation",
        "influence",
        "weakness",
        "priority",
        "mean_low_third_pp",
        "opposite_low_third",
        "mean_high_third_pp",
        "opposite_high_third",
        "meaning",
    ]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values(["headline", "priority", "parameter"], ascending=[True, False, True], ignore_index=True)


def signs(found: list[Headline], parameters: pd.DataFrame) -> pd.DataFrame:
    """signs.csv: a row an effect: mean, share of parameter sets with the opposite sign, and the parameter that turns
    it most."""
    return pd.DataFrame([_turning(one, parameters) for one in found if one.name != "level"])


def _turning(one: Headline, parameters: pd.DataFrame) -> dict[str, object]:
    """A row of signs.csv."""
    ends = {name: flips(parameters, one, name) for name in parameters.columns}
    turner = max(ends, key=lambda name: max(ends[name][1], ends[name][3]))
    low, flip_low, high, flip_high = ends[turner]
    p5, p95 = (float(end) for end in np.quantile(one.value, (0.05, 0.95)))
    return {
        "effect": one.name,
        "title": one.title,
        "mean_pp": float(one.value.mean()),
        "p5_pp": p5,
        "p95_pp": p95,
        "opposite_share": opposite(one.value),
        "turned_most_by": turner,
        "mean_low_third_pp": low,
        "mean_high_third_pp": high,
        "opposite_share_there": max(flip_low, flip_high),
        "mean_turns": bool(np.sign(low) != np.sign(high)),
        "worlds": len(one.value),
    }
