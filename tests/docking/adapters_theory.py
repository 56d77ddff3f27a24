"""Docking adapters of what the trial against theory rests on: increasing returns, paired differences."""

from __future__ import annotations

import numpy as np

from experiments import stats
from experiments.theory import returns
from tests.docking.worlds import Answer, Worlds, answers

EXPONENTS = {"linear": 1.0, "superlinear": 2.0, "sublinear": 0.5}


@answers("P17")
def urns(w: Worlds) -> Answer:
    initial = [tuple(float(ball) for ball in inputs["initial_balls"]) for inputs in w.inputs]
    answer: Answer = {}
    for key, (rule, draws) in w.keys(r"(\w+)_n(\d+)"):
        laws = [returns.urn_law(balls, int(draws), EXPONENTS[rule]) for balls in initial]  # type: ignore[arg-type]
        figures = [returns.urn_figures(*law) for law in laws]
        answer[key] = {name: np.array([one[name] for one in figures]) for name in figures[0]}
    for key, (draws,) in w.keys(r"linear_n(\d+)_pmf_each"):
        laws = [returns.urn_law(balls, int(draws), 1.0) for balls in initial]  # type: ignore[arg-type]
        assert all(np.ptp(law[1]) < 1e-12 for law, balls in zip(laws, initial, strict=True) if balls == (1.0, 1.0))
        answer[key] = np.array([law[1][0] for law in laws])
    return answer


@answers("P18")
def between_barriers(w: Worlds) -> Answer:
    found = []
    for inputs in w.inputs:
        kinds = [inputs[name] for name in ("R_type", "S_type")]
        preference = [abs(kind["payoff_A"] - kind["payoff_B"]) for kind in kinds]
        found.append(returns.adoption_barriers(tuple(preference), tuple(kind["returns"] for kind in kinds)))  # type: ignore[arg-type]
    return {name: np.array([one[name] for one in found]) for name in found[0]}


@answers("P31")
def paired(w: Worlds) -> Answer:
    sd = stats.paired_sd(w["sd_each"][:, None], w["correlation"])
    level = float(w.plain("confidence"))
    return {"sd_difference": sd, "replications": stats.replications(sd, float(w.plain("target_halfwidth")), level)}


@answers("P34")
def expectations(w: Worlds) -> Answer:
    roots = [[returns.fulfilled_expectations(*case) for case in inputs["cases"]] for inputs in w.inputs]
    (even,) = returns.fulfilled_expectations(0.0, 0.0)
    return {"roots": roots, "critical_gamma_at_a0": np.full(len(w), returns.critical_strength(even))}
