"""What a what-if says: effects per yardstick and quarter, paired world by world, and what stands beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from experiments.batch.engine import Size, Tables
from experiments.stats import Estimate, estimate, finite_worlds
from experiments.study import design as designs
from experiments.study.effects import BESIDE, IN_PERCENT, SHARES, USED, Outcomes, SoldOut
from experiments.whatif.question import Question
from sim.arrays import Array

QUARTERS, LOCK_IN = "quarters", "lock_in"
"""Tables that are read of a run."""
READ = {**SHARES, **BESIDE}
"""Metric -> what it is a share of, or what it is."""
PARTS = ("contract", "porting", "egress", "ecosystem")
HELD = ("lock_in_index", *PARTS, "lock_in_index_constrained", "trapped_fraction")
LOCKED = (("family", "trainium"), ("cloud", "aws"))
"""Whose lock-in index is told: level and name."""


@dataclass(frozen=True)
class Pairing:
    """What shared draws buy: variance of the difference of two independent samples over that of paired worlds, which is
    also how many times the worlds two independent runs would need for the same interval."""

    apart: float
    paired: float

    @property
    def ratio(self) -> float:
        """1: nothing gained; infinite where paired worlds do not differ at all; no number of fewer than two worlds."""
        if not np.isfinite(self.apart):
            return float("nan")
        if self.paired > 0.0:
            return self.apart / self.paired
        return float("inf")


@dataclass(frozen=True)
class Answer:
    """A question's answer from so many worlds. tables: of the base and with the change, in the same worlds; outcomes:
    what is read of their quarters."""

    question: Question
    size: Size
    tables: tuple[Tables, Tables]
    outcomes: Outcomes
    BASE: ClassVar[str] = "base"
    HERE: ClassVar[str] = "whatif"

    @classmethod
    def of(cls, question: Question, size: Size, base: Tables, here: Tables) -> Answer:
        """From the tables of the base and of the change, in the same worlds."""
        outcomes = Outcomes()
        for cell, tables in ((cls.BASE, base), (cls.HERE, here)):
            outcomes.add(cell, tables[QUARTERS])
        return cls(question, replace(size, worlds=base[QUARTERS]["world"].nunique()), (base, here), outcomes)

    @property
    def locked(self) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """The tables of the lock-in index, where it was measured."""
        base, here = self.tables
        return (base[LOCK_IN], here[LOCK_IN]) if LOCK_IN in base else None

    @property
    def labels(self) -> dict[int, str]:
        """Number -> label of every quarter."""
        return self.outcomes.labels

    @property
    def horizons(self) -> list[int]:
        """Quarters at which effects are told: the study's, and the last."""
        return sorted({*designs.shipped().horizons_within(self.size.quarters), self.size.quarters})

    @property
    def last(self) -> int:
        """The quarter that is judged."""
        return self.horizons[-1]

    def levels(self, cell: str, metric: str) -> Array:
        """A metric of the base or with the change, (worlds, quarters); per cent for shares."""
        return (100.0 if metric in IN_PERCENT else 1.0) * self.outcomes.path(cell, metric)

    def difference(self, metric: str) -> Array:
        """What the change does to a metric, world by world: (worlds, quarters); percentage points for shares."""
        return self.levels(self.HERE, metric) - self.levels(self.BASE, metric)

    def effect(self, metric: str = USED, quarter: int | None = None) -> Estimate:
        """The effect at a quarter (the last unless given) with its interval and band."""
        return estimate(self.difference(metric)[:, (quarter or self.last) - 1])

    def level(self, cell: str, metric: str = USED, quarter: int | None = None) -> Estimate:
        """A level at a quarter."""
        return estimate(self.levels(cell, metric)[:, (quarter or self.last) - 1])

    @property
    def nothing(self) -> bool:
        """Is every figure that is read the same in every world and quarter, to the last bit?"""
        return all(
            np.array_equal(self.outcomes.path(self.BASE, one), self.outcomes.path(self.HERE, one), equal_nan=True)
            for one in READ
        )

    def pairing(self, metric: str = USED, quarter: int | None = None) -> Pairing:
        """What shared draws buy for an effect at a quarter."""
        place = (quarter or self.last) - 1
        base, here = (self.levels(cell, metric)[:, place] for cell in (self.BASE, self.HERE))
        whole = finite_worlds(base, here)
        if whole.sum() < 2:
            return Pairing(float("nan"), float("nan"))
        spread = [float(np.var(one[whole], ddof=1)) for one in (base, here, here - base)]
        return Pairing(spread[0] + spread[1], spread[2])

    def sold_out(self, quarter: int | None = None) -> tuple[SoldOut, SoldOut]:
        """In how many worlds Trainium is sold out at a quarter, in the base and with the change."""
        share = designs.shipped().binding_share
        return self.outcomes.sold_out_both(self.BASE, self.HERE, quarter or self.last, share)

    def measured(self, metric: str, kind: str) -> float:
        """Any metric of a run in the last quarter: its mean level with the change, the mean change, or the ratio of the
        mean levels; over the worlds that have figures."""
        last = [one[QUARTERS][one[QUARTERS]["quarter_number"] == self.size.quarters] for one in self.tables]
        base, here = (one.sort_values("world")[metric].to_numpy(dtype=float) for one in last)
        whole = finite_worlds(base, here)
        before, after = (float(one[whole].mean()) if whole.any() else float("nan") for one in (base, here))
        if kind == "level":
            return after
        return after - before if kind == "change" else after / before if before else float("nan")

    def lock_in(self) -> pd.DataFrame:
        """A row a level, name, quarter and part of the lock-in index: level in the base, and the paired change, in
        percentage points of all demand at the core. Empty where it was not measured."""
        return pd.DataFrame(self._lock_in_rows())

    def _lock_in_rows(self) -> Iterator[dict[str, object]]:
        for level, name in LOCKED if self.locked is not None else ():
            base, here = (one[(one["level"] == level) & (one["name"] == name)] for one in self.locked or ())
            for quarter in dict.fromkeys(base["quarter"]):
                yield from _parts(level, name, *(one[one["quarter"] == quarter] for one in (base, here)))


def _parts(level: str, name: str, base: pd.DataFrame, here: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Rows of one name and quarter. Both tables are sorted by world."""
    for part in HELD:
        mine, theirs = (100.0 * one[part].to_numpy(dtype=float) for one in (here, base))
        yield {
            "level": level,
            "name": name,
            "quarter": base["quarter"].iloc[0],
            "part": part,
            "unit": "pp",
            "base": estimate(theirs).mean,
            **asdict(estimate(mine - theirs)),
        }


# --- tables -----------------------------------------------------------------------------------------------------------


def effects(answers: Sequence[Answer]) -> pd.DataFrame:
    """effects.csv: a row a what-if, metric and quarter."""
    return _table(answers, _effect_rows)


def _effect_rows(answer: Answer) -> Iterator[dict[str, object]]:
    for metric in READ:
        share = metric in IN_PERCENT
        base, here = (answer.levels(cell, metric) for cell in (answer.BASE, answer.HERE))
        for quarter, label in answer.labels.items():
            yield {
                "metric": metric,
                "of": READ[metric],
                "quarter_number": quarter,
                "quarter": label,
                "unit": "pp" if share else "own",
                "base": estimate(base[:, quarter - 1]).mean,
                "level": estimate(here[:, quarter - 1]).mean,
                **asdict(answer.effect(metric, quarter)),
                "variance_ratio": answer.pairing(metric, quarter).ratio,
            }


def supply(answers: Sequence[Answer]) -> pd.DataFrame:
    """supply.csv: a row a what-if and quarter: worlds in which Trainium is sold out."""
    return _table(answers, _supply_rows)


def _supply_rows(answer: Answer) -> Iterator[dict[str, object]]:
    for quarter, label in answer.labels.items():
        base, here = answer.sold_out(quarter)
        yield {
            "quarter_number": quarter,
            "quarter": label,
            "sold_out_base": base.worlds,
            "sold_out": here.worlds,
            "worlds": here.of,
        }


def lock_in(answers: Sequence[Answer]) -> pd.DataFrame:
    """lock_in.csv: a row a what-if, level, name, quarter and part."""
    return _table(answers, Answer._lock_in_rows)


def _table(answers: Sequence[Answer], rows: Callable[[Answer], Iterator[dict[str, object]]]) -> pd.DataFrame:
    return pd.DataFrame([{"whatif": one.question.called, **row} for one in answers for row in rows(one)])


COLUMNS = (
    ("effects", "whatif", "text", "What is laid on the base."),
    ("effects", "metric", "text", "Column of a run's quarters.parquet that the effect is on."),
    ("effects", "of", "text", "What a share is a share of, or what the metric is."),
    ("effects", "quarter_number", "count", "Quarters since the start."),
    ("effects", "quarter", "calendar quarter", "For example 2027Q2."),
    ("effects", "unit", "text", "pp = percentage points (levels: per cent); else the metric's own unit."),
    ("effects", "base", "see unit", "Mean over worlds in the base."),
    ("effects", "level", "see unit", "The same with the change."),
    ("effects", "mean", "see unit", "Mean over worlds of the paired difference."),
    ("effects", "low", "see unit", "Lower end of the 95 % paired t-interval of the mean."),
    ("effects", "high", "see unit", "Upper end of that interval."),
    ("effects", "median", "see unit", "Median over worlds."),
    ("effects", "p5", "see unit", "5 % of worlds lie below."),
    ("effects", "p95", "see unit", "5 % of worlds lie above."),
    ("effects", "worlds", "count", "Worlds compared."),
    ("effects", "broken", "count", "Worlds left out because they have no figures."),
    ("effects", "variance_ratio", "1", "Worlds that two unpaired runs would need, over those compared."),
    ("supply", "sold_out_base", "count", "Worlds in which Trainium is sold out in the base."),
    ("supply", "sold_out", "count", "The same with the change."),
    ("lock_in", "part", "text", "The lock-in index, or one of its Shapley components (core, capacity relaxed)."),
    ("lock_in", "base", "pp", "Mean over worlds in the base; other columns as in effects."),
    ("antitrust", "channel", "text", "Channel through which the antitrust part acts; other columns as in effects."),
)
"""(table, column, unit, meaning) of the tables of a folder."""
