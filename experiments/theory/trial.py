"""The trial: which variants the hypotheses need, playing them on shared draws, and the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Keeps
from experiments.theory import antitrust, lock_in, markets, metamorphic, supply
from experiments.theory.evidence import AMBIGUOUS, BASE, PLACEBO, REPORTED, Check, Evidence, Hypothesis, Variant
from experiments.theory.known import KNOWN_FAILURES
from sim.errors import unknown

HYPOTHESES: tuple[Hypothesis, ...] = tuple(
    sorted(
        (*lock_in.HYPOTHESES, *supply.HYPOTHESES, *markets.HYPOTHESES, *antitrust.HYPOTHESES), key=lambda one: one.key
    )
)
SCENARIO, QUARTERS, WORLDS = "baseline", 20, 200
QUICK_WORLDS, QUICK_QUARTERS = 32, 12
QUICK = ("S02", "S05", "S08", "S11", "S19", "S21", "S22", "S24", "S25", "S26", "S28", "S29", "S32")
"""A first look: all placebos, and what shows within twelve quarters on few worlds."""
SLOW_CHANGES = ("one of a thousand",)
Watched = tuple[Callable[[int], None], Keeps | None]
"""Who is told of finished worlds, and where chunks are kept meanwhile."""
UNWATCHED: Watched = (lambda worlds: None, None)
HOLDS, FAILS, KNOWN = "holds", "fails", "known failure"
COLUMNS = (
    "hypothesis",
    "statement",
    "kind",
    "varied",
    "check",
    "mean",
    "low",
    "high",
    "worlds",
    "broken_worlds",
    "wanted",
    "holds",
    "verdict",
    "reason",
    "left_out",
)


@dataclass(frozen=True)
class Verdict:
    """A hypothesis, its checks, and what came of it: it holds when every check does."""

    hypothesis: Hypothesis
    checks: tuple[Check, ...]

    @property
    def verdict(self) -> str:
        """holds, fails, or known failure (listed with its reason); a broken world is a failure that nobody knew."""
        if all(check.holds for check in self.checks):
            return HOLDS
        if any(check.estimate.broken for check in self.checks):
            return FAILS
        return KNOWN if self.hypothesis.key in KNOWN_FAILURES else FAILS

    @property
    def reason(self) -> str:
        """Why a known failure fails."""
        return KNOWN_FAILURES.get(self.hypothesis.key, "") if self.verdict == KNOWN else ""


def chosen(keys: Sequence[str], quick: bool) -> list[Hypothesis]:
    """The hypotheses to try: those named, or all, or those of a quick trial."""
    known = {one.key: one for one in HYPOTHESES}
    for key in keys:
        if key not in known:
            raise unknown("hypothesis", key, known)
    found = [known[key] for key in dict.fromkeys(keys)] if keys else list(HYPOTHESES)
    return [one for one in found if not quick or keys or one.key in QUICK]


def variants(hypotheses: Iterable[Hypothesis]) -> list[Variant]:
    """What has to be played: the baseline and every variant once, as long and as closely looked at as anyone needs."""
    needed = {BASE: Variant(BASE, quarters=QUARTERS, lock_in=(1, 12))}
    for hypothesis in hypotheses:
        for one in hypothesis.variants:
            before = needed.setdefault(one.name, one)
            quarters, looked_at = max(before.quarters, one.quarters), tuple(sorted({*before.lock_in, *one.lock_in}))
            merged = replace(before, quarters=quarters, lock_in=looked_at)
            if merged != replace(one, quarters=quarters, lock_in=looked_at):
                raise ValueError(f"{hypothesis.key}: variant '{one.name}' means something else in another hypothesis")
            needed[one.name] = merged
    return list(needed.values())


def cells(hypotheses: Sequence[Hypothesis], worlds: int, quarters: int, seed: int) -> list[Cell]:
    """The cells of a trial."""
    base = scenarios.load(SCENARIO)
    return [variant.cell(base, worlds, quarters, seed) for variant in variants(hypotheses)]


def judge(hypotheses: Sequence[Hypothesis], evidence: Evidence) -> list[Verdict]:
    """Every hypothesis with its checks."""
    return [Verdict(one, tuple(one.judge(evidence))) for one in hypotheses]


def hold(
    hypotheses: Sequence[Hypothesis],
    worlds: int = WORLDS,
    quarters: int = QUARTERS,
    seed: int = 1,
    workers: int = 1,
    watched: Watched = UNWATCHED,
) -> list[Verdict]:
    """Play what the hypotheses need and judge them."""
    evidence, (tick, keeps) = Evidence(), watched
    for played in engine.run(cells(hypotheses, worlds, quarters, seed), workers, tick=tick, keeps=keeps):
        evidence.add(played)
    return judge(hypotheses, evidence)


@dataclass(frozen=True)
class Tried:
    """What came of a trial. changes: a row a change that must not matter (none when only some hypotheses were asked
    for)."""

    verdicts: Sequence[Verdict]
    changes: pd.DataFrame

    @property
    def passed(self) -> bool:
        """Does everything hold that should?"""
        return not failed(self.verdicts) and bool(self.changes["holds"].all())


def run(
    keys: Sequence[str],
    quick: bool,
    worlds: int,
    seed: int,
    workers: int,
    watched: Watched = UNWATCHED,
) -> Tried:
    """Try hypotheses (those named, or all, or those of a quick trial) and the changes that must not matter."""
    verdicts = hold(chosen(keys, quick), worlds, length(quick), seed, workers, watched)
    return Tried(verdicts, pd.DataFrame(columns=["holds"]) if keys else unmoved(quick))


def played_worlds(keys: Sequence[str], quick: bool, worlds: int, seed: int) -> int:
    """Worlds over all cells of a trial."""
    return sum(cell.size.worlds for cell in cells(chosen(keys, quick), worlds, length(quick), seed))


def length(quick: bool) -> int:
    """Quarters of a trial."""
    return QUICK_QUARTERS if quick else QUARTERS


def default_worlds(quick: bool) -> int:
    """Paired worlds of a trial."""
    return QUICK_WORLDS if quick else WORLDS


def table(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """theory.csv: a row a check."""
    rows = [
        (
            one.hypothesis.key,
            one.hypothesis.statement,
            one.hypothesis.kind,
            one.hypothesis.varied,
            check.what,
            check.estimate.mean,
            check.estimate.low,
            check.estimate.high,
            check.estimate.worlds,
            check.estimate.broken,
            check.wanted,
            check.holds,
            one.verdict,
            one.reason,
            one.hypothesis.left_out,
        )
        for one in verdicts
        for check in one.checks
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def failed(verdicts: Sequence[Verdict]) -> list[str]:
    """Keys of the hypotheses that fail and are not listed as known failures."""
    return [one.hypothesis.key for one in verdicts if one.verdict == FAILS]


def weight(one: Hypothesis) -> str:
    """How a hypothesis counts: placebos most."""
    return {PLACEBO: "placebo (weighs most)", AMBIGUOUS: "mechanism, sign reported"}.get(one.kind, "sign")


def asserted(check: Check) -> bool:
    """Does theory want something of this check, or is it only reported?"""
    return check.wanted != REPORTED


def unmoved(quick: bool = False) -> pd.DataFrame:
    """metamorphic.csv: a row a change that must not matter."""
    rows = []
    for one in metamorphic.METAMORPHOSES:
        if quick and one.name in SLOW_CHANGES:
            continue
        error = one.error()
        rows.append((one.name, one.meaning, error, one.tolerance, error <= one.tolerance))
    return pd.DataFrame(rows, columns=["change", "meaning", "error", "tolerance", "holds"])
