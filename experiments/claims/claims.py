"""The claims on trial: what each says, what public evidence says of it, where it stands in the model, what the model
says.

`python3 tasks.py claims [WORLDS]` measures every named experiment anew and writes the table that ships and the page;
with `--page` it writes the page alone, for instance when the words of a claim have changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from experiments import library
from experiments.claims import verdicts
from experiments.claims.verdicts import Verdict
from experiments.whatif import trials
from experiments.whatif.outcomes import OUTCOMES
from experiments.whatif.trials import DATA, Measured
from sim.declarations import catalogue
from sim.errors import InputError, each_once, unknown
from sim.files import explain, read_toml
from sim.metrics import METRICS, OFFER_METRICS
from sim.quarters import ordinal
from sim.roster import load_roster
from sim.scenario import DEFAULT_ROSTER, find

FILE = DATA / "claims.toml"
TABLE, FACTS = DATA / "measured.csv", DATA / "measured.json"
CUT = "2025Q4"
"""Figures measured later may judge a claim and set nothing."""


class Claim(BaseModel):
    """One claim, in our own words. See claims.toml for what the fields mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    kind: Literal["fact", "causal", "quantity"]
    claim: str
    verdict: Literal["supported", "partly", "open", "contradicted"]
    grade: Literal["A", "B", "C", "J"]
    evidence: str
    source: str
    measured_to: str = ""
    represented_as: Literal["parameter", "mechanism", "shock", "experiment", "none"]
    where: tuple[str, ...] = ()
    how: str
    experiment: str = ""
    outcome: str = ""
    rule: Literal["", "rises", "falls", "holds", "above", "consequence"] = ""
    by: float = 0.0
    at: int = 0
    supports_if: str = ""
    beside: str = ""
    claimed: str = ""

    @model_validator(mode="after")
    def _fits(self) -> Claim:
        tested = (self.experiment, self.outcome, self.rule, self.at)
        if any(tested) != all(tested):
            raise ValueError("experiment, outcome, rule and at go together")
        if bool(self.beside) != bool(self.claimed) or (self.beside and not self.experiment):
            raise ValueError("beside and claimed go together, with an experiment")
        if (self.rule not in ("", "consequence")) != bool(self.by > 0.0 and self.supports_if):
            raise ValueError("a rule that judges needs by and supports_if; any other has neither")
        if (self.grade == "J") != self.source.startswith("judgement: ") or (self.grade == "J") == bool(
            self.measured_to
        ):
            raise ValueError("grade J, a source 'judgement: reason' and an empty measured_to go together")
        if (self.represented_as == "none") == bool(self.where):
            raise ValueError("where names what represents the claim, and nothing where nothing does")
        return self

    @property
    def late(self) -> bool:
        """Does the evidence measure something after the cut, so that it may serve the verdict only?"""
        return bool(self.measured_to) and ordinal(self.measured_to, self.id) > ordinal(CUT)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    claim: list[Claim]


@dataclass(frozen=True)
class Judged:
    """A claim, what the model says of it, and a level of the model that stands beside what is claimed."""

    claim: Claim
    verdict: Verdict
    beside: str = ""


def read(path: Path = FILE) -> dict[str, Claim]:
    """Number -> claim, in order; one InputError with all problems of the file."""
    try:
        found = _File.model_validate(read_toml(path)).claim
    except ValidationError as error:
        raise explain(error, path.name, {"": ("claim",), "claim": tuple(Claim.model_fields)}) from error
    if problems := [line for claim in found for line in _problems(claim, path.name)]:
        raise InputError("\n".join(problems))
    each_once("claim", (claim.id for claim in found), path.name)
    return {claim.id: claim for claim in found}


def _problems(claim: Claim, place: str) -> list[str]:
    """Names of experiments and outcomes that do not exist, a sentence each."""
    found = []
    named = (
        ("experiment", claim.experiment, trials.read()),
        ("outcome", claim.outcome, OUTCOMES),
        ("outcome", claim.beside, OUTCOMES),
    )
    for kind, name, allowed in named:
        if name and name not in allowed:
            found.append(str(unknown(kind, name, allowed, f"{place}: {claim.id}")))
    return found


def missing(claim: Claim) -> list[str]:
    """Names in `where` that are neither a parameter (with `_*` for all of its entities), a metric nor a scenario."""
    names = set(catalogue(load_roster(DEFAULT_ROSTER)).scalars) | {m.name for m in (*METRICS, *OFFER_METRICS)}
    return [word for word in claim.where if not any(fnmatch(name, word) for name in names) and not _scenario(word)]


def _scenario(name: str) -> bool:
    try:
        find(name, library.LIBRARY)
    except InputError:
        return False
    return True


def pick(claims: Mapping[str, Claim], given: str) -> Claim:
    """The claim with this number; InputError with the closest match."""
    name = given.upper()
    if name not in claims:
        raise unknown("claim", given, claims)
    return claims[name]


def judge(claims: Iterable[Claim], measured: Measured) -> list[Judged]:
    """What the model says of each claim."""
    seen = verdicts.Seen(measured.table)
    return [Judged(claim, verdicts.judge(claim, seen), beside(claim, seen)) for claim in claims]


def beside(claim: Claim, seen: verdicts.Seen) -> str:
    """Levels of the outcome that a claim puts a figure on, at the first and the last horizon, and the figure; empty for
    other claims and where it was not measured."""
    if not claim.beside or not seen.has(claim.experiment, claim.beside):
        return ""
    ends = dict.fromkeys((seen.horizons[0], seen.horizons[-1]))
    read = [seen.reading(claim.experiment, claim.beside, quarter) for quarter in ends]
    levels = " and ".join(
        f"{one.base:.0f} {one.outcome.unit} at q{one.quarter_number} ({one.quarter}; in the experiment "
        f"{one.level:.0f} {one.outcome.unit})"
        for one in read
    )
    return f"{read[0].outcome.title}, an outcome of the {read[0].against}: {levels}. Claimed: {claim.claimed}."


# --- measured and shipped ---------------------------------------------------------------------------------------------


def shipped() -> Measured:
    """The measurement that comes with the product."""
    return Measured(pd.read_csv(TABLE, keep_default_na=False), json.loads(FACTS.read_text(encoding="utf-8")))


def table_text(measured: Measured) -> str:
    """The measured table as text, to six digits."""
    return measured.table.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def facts_text(measured: Measured) -> str:
    """What it was measured with, as text."""
    return json.dumps(measured.facts, indent=2, ensure_ascii=False) + "\n"


def summary(judged: Iterable[Judged]) -> str:
    """claims.csv: a row a claim with the evidence and what the model says."""
    rows = []
    for one in judged:
        plain = one.claim.model_dump() | {"where": " ".join(one.claim.where)}
        rows.append({**plain, "model_verdict": one.verdict.code, "model_says": one.verdict.sentence})
    return pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")
