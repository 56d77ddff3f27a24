"""One plain sentence a factor, made from the numbers; if a factor shows nothing, whether that is economics or a
queue."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np

from experiments.stats import Estimate, brackets, interval, number
from experiments.study import believed
from experiments.study.design import PART, Design, Factor
from experiments.study.effects import BINDING, CORE, MAIN, PRESSURE, PRICE, UNSERVED, USED, YARDSTICKS, Effects

MOVES, DILUTION, OFFSET, ECONOMICS, QUEUE = "moves", "dilution", "offset", "economics", "queue"
UNDECIDED = "undecided"
ROUNDING = 1e-9
"""Pressure that changes by no more is the same: sums over cells leave as much of figures that are equal."""


@dataclass(frozen=True)
class Finding:
    """What the study says of a factor at its last horizon. verdict: moves, dilution, offset, economics or queue;
    undecided where there is no interval. believed: the range over what evidence allows, from the record of beliefs."""

    factor: str
    title: str
    verdict: str
    sentence: str
    reason: str
    early: str
    yardsticks: dict[str, Estimate]
    core: Estimate
    believed: str = ""

    @property
    def used(self) -> Estimate:
        """The effect on the headline yardstick."""
        return self.yardsticks[USED]

    def plain(self) -> dict[str, object]:
        """As it stands in summary.json: what is no number is null."""
        plain = asdict(self)
        for one in (plain["core"], *plain["yardsticks"].values()):
            one |= {name: None for name, value in one.items() if not np.isfinite(value)}
        return plain


def findings(design: Design, effects: Effects, horizons: list[int]) -> list[Finding]:
    """A finding for each factor, at the last horizon."""
    told = believed.sentences()
    found = (_finding(design, effects, factor, horizons) for factor in design.factor)
    return [replace(one, believed=told.get(one.factor, "")) for one in found]


def supply_state(design: Design, effects: Effects, quarter: int) -> str:
    """How tight supply is in the baseline, in a sentence."""
    base = design.base_cell.name
    if not effects.level(base, BINDING, quarter).worlds:
        return f"In the baseline no world has figures at q{quarter}."
    return (
        f"In the baseline at q{quarter} Trainium's supply binds on {effects.level(base, BINDING, quarter).mean:.0f} % "
        f"of its capacity, the price of compute is {effects.level(base, PRICE, quarter).mean:.2f} times its long-run "
        f"cost and {effects.level(base, UNSERVED, quarter).mean:.1f} % of demand waits."
    )


def _finding(design: Design, effects: Effects, factor: Factor, horizons: list[int]) -> Finding:
    last = horizons[-1]

    def effect(metric: str, quarter: int = last) -> Estimate:
        return effects.effect(design.base, MAIN, factor.name, metric, quarter)

    parts = [part for part in design.part if part.factor == factor.name]
    alone = {part.title: effects.effect(design.base, PART, part.name, USED, last) for part in parts}
    tight = effects.level(design.base_cell.name, BINDING, last).mean >= 100.0 * design.binding_share
    seen = Seen(effect(USED), effect(CORE), effect(BINDING), effect(PRESSURE), tight, alone)
    verdict, reason = judge(design, seen)
    base = effects.level(design.base_cell.name, USED, last).mean
    said = sentence(factor, seen.used, base, last, is_null(design, seen.used))
    yardsticks = {metric: effect(metric) for metric in YARDSTICKS}
    early = _early(design, {quarter: effect(USED, quarter) for quarter in horizons})
    return Finding(factor.name, factor.title, verdict, said, reason, early, yardsticks, seen.core)


def is_null(design: Design, effect: Estimate) -> bool:
    """Is the effect nothing: it has no interval, or one that holds 0, or it is too small to matter?"""
    return not effect.decides or effect.holds_zero or abs(effect.mean) < design.null_effect_pp


def sentence(factor: Factor, used: Estimate, base: float, quarter: int, null: bool) -> str:
    """The headline of a factor."""
    span = interval(used) + (f"; {used.left_out}" if used.broken else "")
    if not used.decides:
        return (
            f"{factor.title}: {number(used.mean)} percentage points of Trainium's share of AI compute in use at "
            f"q{quarter} ({span}; baseline {base:.1f} %)."
        )
    if null:
        return (
            f"{factor.title} does not move Trainium's share of AI compute in use by an amount that matters: "
            f"{number(used.mean)} percentage points at q{quarter} ({span}; baseline {base:.1f} %)."
        )
    verb = "raises" if used.mean > 0 else "lowers"
    return (
        f"{factor.title} {verb} Trainium's share of AI compute in use by {abs(used.mean):.2f} percentage points "
        f"at q{quarter} ({span}; baseline {base:.1f} %)."
    )


@dataclass(frozen=True)
class Seen:
    """What a verdict rests on. tight: does Trainium's supply bind on much of its capacity; alone: the factor's
    parts."""

    used: Estimate
    core: Estimate
    binding: Estimate
    pressure: Estimate
    tight: bool
    alone: dict[str, Estimate]

    @property
    def more_wanted(self) -> bool:
        """Do more buyers press on Trainium's capacity?"""
        return self.pressure.low > ROUNDING or self.binding.low > ROUNDING

    @property
    def less_wanted(self) -> bool:
        """Do fewer?"""
        return not self.more_wanted and (self.pressure.high < -ROUNDING or self.binding.high < -ROUNDING)

    @property
    def measured(self) -> str:
        """The two measures of pressure."""
        return f"shadow price {number(self.pressure.mean)} utils, supply binding {signed(self.binding)}"


def judge(design: Design, seen: Seen) -> tuple[str, str]:
    """Verdict and reason: does the factor move share; if not, does nobody want to move, or can they not?"""
    if not seen.used.decides:
        return UNDECIDED, "No verdict: play two worlds or more."
    apart = _parts_apart(design, seen)
    if not is_null(design, seen.used):
        if is_null(design, seen.core):
            return (
                DILUTION,
                f"Dilution only: the core share does not move ({signed(seen.core)}); the denominator grows.",
            )
        return MOVES, f"{_queue_note(seen)} Its parts pull in opposite directions ({apart})." if apart else _queue_note(
            seen
        )
    if apart:
        return OFFSET, f"Economics, not a queue: its parts pull in opposite directions ({apart})."
    if seen.tight and seen.more_wanted:
        return QUEUE, f"A queue: more buyers want Trainium but capacity is full ({seen.measured})."
    if seen.less_wanted:
        return ECONOMICS, f"Economics: buyers want Trainium less, not more ({seen.measured})."
    if seen.tight:
        return ECONOMICS, f"Economics: supply is tight, but pressure on it does not change ({seen.measured})."
    return ECONOMICS, f"Economics: capacity is there and buyers do not move ({seen.measured})."


def _parts_apart(design: Design, seen: Seen) -> str:
    """The parts that move share, when they do so in opposite directions; else empty."""
    moving = {title: one for title, one in seen.alone.items() if not is_null(design, one)}
    means = [one.mean for one in moving.values()]
    if min(means, default=0.0) < 0.0 < max(means, default=0.0):
        return "; ".join(f"{title} {signed(one)}" for title, one in moving.items())
    return ""


def _queue_note(seen: Seen) -> str:
    if seen.tight and seen.more_wanted:
        return f"Part of the wish is still a queue: pressure on Trainium's capacity rises too ({seen.measured})."
    if seen.less_wanted:
        return f"Pressure on Trainium's capacity falls ({seen.measured})."
    return f"The effect is not held back by a longer queue ({seen.measured})."


def _early(design: Design, used: dict[int, Estimate]) -> str:
    early = [quarter for quarter in used if quarter <= design.early_horizon]
    return f"At q{early[-1]}, before supply can answer: {signed(used[early[-1]])}." if early else ""


def signed(effect: Estimate) -> str:
    """'+0.42 pp [+0.31, +0.53]'."""
    return f"{number(effect.mean)} pp {brackets(effect)}"
