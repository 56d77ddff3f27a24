"""One plain sentence a change, made from the numbers; if it shows nothing, whether that is economics or a queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from experiments.stats import Estimate, brackets, number
from experiments.study.design import PART, Design
from experiments.study.effects import (
    BINDING,
    CORE,
    PRESSURE,
    PRICE,
    UNSERVED,
    USED,
    YARDSTICKS,
    Change,
    Effects,
    Outcomes,
    changes,
)
from experiments.study.wording import SHARE, listed, percent, points, portion

MOVES, DILUTION, OFFSET, ECONOMICS, QUEUE = "moves", "dilution", "offset", "economics", "queue"
UNDECIDED = "undecided"
ROUNDING = 1e-9
"""Pressure that changes by no more is the same: sums over cells leave as much of figures that are equal."""
OWN_BASIS = "nine worlds in ten, each with its own draw of what nobody has measured, around the mean of worlds"
"""What a range rests on where nothing narrower is known than the declared ranges."""
CHANCE_BASIS = "nine worlds in ten, which differ by luck alone, around the mean of worlds"
"""The same with parameters fixed at their defaults."""


@dataclass(frozen=True)
class Headline:
    """A range of an effect in percentage points with its middle, and what it is, as the end of 'the range is …'."""

    low: float
    middle: float
    high: float
    basis: str


def headline(effect: Estimate, evidence: Headline | None = None, drawn: bool = True) -> Headline:
    """What is said first of an effect: the range that evidence allows, where that was worked out; else the band that
    holds 90 % of the study's worlds, around their mean. One world has only its own value.
    drawn: do worlds draw the uncertain parameters?"""
    if evidence is not None:
        return evidence
    low, high = (effect.p5, effect.p95) if effect.decides else (effect.mean, effect.mean)
    basis = OWN_BASIS if drawn else CHANCE_BASIS
    return Headline(low, effect.mean, high, basis if effect.decides else f"one value ({effect.why_not})")


@dataclass(frozen=True)
class Finding:
    """What the study says of a change at its last horizon. verdict: moves, dilution, offset, economics or queue;
    undecided where there is no interval, one that shows neither an effect nor none, or nothing has begun. measured:
    the effect in points, with its interval; base: the baseline's share, %."""

    factor: str
    title: str
    verdict: str
    sentence: str
    measured: str
    reason: str
    early: str
    base: float
    headline: Headline
    yardsticks: dict[str, Estimate]
    core: Estimate

    @property
    def used(self) -> Estimate:
        """The effect on the headline yardstick."""
        return self.yardsticks[USED]

    def plain(self) -> dict[str, object]:
        """As it stands in summary.json: what is no number is null."""
        plain = asdict(self)
        for one in (plain, plain["core"], plain["headline"], *plain["yardsticks"].values()):
            one |= {name: None for name, value in one.items() if isinstance(value, float) and not np.isfinite(value)}
        return plain


@dataclass(frozen=True)
class Ground:
    """What findings are made from. evidence: ranges that evidence allows, by change, where they were worked out;
    not_begun: cells none of whose changes acts in the quarters played."""

    design: Design
    effects: Effects
    outcomes: Outcomes
    horizons: list[int]
    evidence: Mapping[str, Headline]
    drawn: bool = True
    not_begun: frozenset[str] = frozenset()

    @property
    def last(self) -> int:
        """The horizon that is judged."""
        return self.horizons[-1]


def findings(ground: Ground) -> list[Finding]:
    """A finding for each factor and each change beside them, at the last horizon."""
    return [_finding(ground, change) for change in changes(ground.design)]


def bases(found: Sequence[Finding]) -> str:
    """What the ranges rest on; where they rest on different things, whose range rests on what."""
    titles: dict[str, list[str]] = {}
    for one in found:
        titles.setdefault(one.headline.basis, []).append(one.title)
    if len(titles) == 1:
        return f"The range is {next(iter(titles))}."
    return " ".join(f"For {listed(names)} the range is {basis}." for basis, names in titles.items())


def supply_state(design: Design, effects: Effects, outcomes: Outcomes, quarter: int) -> str:
    """How tight supply is in the baseline, in a sentence."""
    base, when = design.base_cell.name, outcomes.labels[quarter]
    if not effects.level(base, BINDING, quarter).worlds:
        return f"In the baseline no world has figures in {when}."
    return (
        f"In the baseline Trainium is sold out in {outcomes.sold_out(base, quarter, design.binding_share)} worlds in "
        f"{when}. In the mean of worlds compute costs {effects.level(base, PRICE, quarter).mean:.2f} times what just "
        f"pays for it, and {effects.level(base, UNSERVED, quarter).mean:.1f} % of demand waits."
    )


def _finding(ground: Ground, change: Change) -> Finding:
    design, effects, last = ground.design, ground.effects, ground.last

    def effect(metric: str, quarter: int = last) -> Estimate:
        return effects.of(change, metric, quarter, design.base)

    parts = [part for part in design.part if part.factor == change.name]
    alone = {part.title: effects.effect(design.base, PART, part.name, USED, last) for part in parts}
    base_cell = design.base_cell.name
    tight = effects.level(base_cell, BINDING, last).mean >= 100.0 * design.binding_share
    sold = tuple(str(one) for one in ground.outcomes.sold_out_both(change.cell, base_cell, last, design.binding_share))
    seen = Seen(effect(USED), effect(CORE), effect(BINDING), effect(PRESSURE), tight, alone, sold)
    verdict, reason = judge(design, seen)
    base, when = effects.level(base_cell, USED, last).mean, ground.outcomes.labels[last]
    head = headline(seen.used, ground.evidence.get(change.name), ground.drawn)
    said = sentence(change.title, head, base, when, why_null(design, seen.used))
    if not seen.used.decides:
        said = f"{change.title}: {SHARE} from {percent(base)} to {percent(base + head.middle)} % ({seen.used.why_not})."
    if change.cell in ground.not_begun:
        said = f"{change.title} leaves {SHARE} at {percent(base)} % in {when}: none of its changes acts by then."
        verdict, reason = UNDECIDED, "No verdict: play more quarters."
    yardsticks = {metric: effect(metric) for metric in YARDSTICKS}
    early = _early(ground, {quarter: effect(USED, quarter) for quarter in ground.horizons})
    measured = f"Measured: {points(seen.used)}."
    return Finding(change.name, change.title, verdict, said, measured, reason, early, base, head, yardsticks, seen.core)


def is_null(design: Design, effect: Estimate) -> bool:
    """Is the effect nothing: it has no interval, or one that holds 0, or it is too small to matter?"""
    return not effect.decides or effect.holds_zero or abs(effect.mean) < design.null_effect_pp


def is_shown_null(design: Design, effect: Estimate) -> bool:
    """Is it shown that an effect is nothing: does its whole interval lie where an effect is too small to matter? An
    interval that holds 0 and reaches farther shows nothing, however near to 0 its middle is."""
    bound = design.null_effect_pp
    return effect.decides and -bound <= effect.low and effect.high <= bound


def why_null(design: Design, effect: Estimate) -> str:
    """Why an effect is nothing, in words; empty when it is something, or when one world cannot say."""
    if not effect.decides or not is_null(design, effect):
        return ""
    return "no change that can be told from none" if effect.holds_zero else "a change too small to matter"


def sentence(title: str, head: Headline, base: float, when: str, null: str) -> str:
    """The plain sentence of a change: from A to between B and C %. base: the share without it, %; null: why it is
    nothing, or empty."""
    low, middle, high = (percent(base + one) for one in (head.low, head.middle, head.high))
    span = f"between {low} and {high} %" if low != high else f"{middle} %"
    middling = f" (middle {middle} %)" if low != high else ""
    if null:
        return f"{title} leaves {SHARE} near {percent(base)} % in {when}: {span}{middling}, {null}."
    return f"{title} takes {SHARE} from {percent(base)} % to {span}{middling} in {when}: {portion(head.middle, base)}."


@dataclass(frozen=True)
class Seen:
    """What a verdict rests on. tight: does Trainium's supply bind on much of its capacity; alone: the factor's
    parts; sold: in how many worlds it is sold out, with the change and without."""

    used: Estimate
    core: Estimate
    binding: Estimate
    pressure: Estimate
    tight: bool
    alone: dict[str, Estimate]
    sold: tuple[str, ...]

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
        after, before = self.sold
        return f"sold out in {after} worlds, without it in {before}; shadow price {number(self.pressure.mean)} utils"


def judge(design: Design, seen: Seen) -> tuple[str, str]:
    """Verdict and reason: does the factor move share; if not, does nobody want to move, or can they not?"""
    if not seen.used.decides:
        return UNDECIDED, "No verdict: play two worlds or more."
    apart = _parts_apart(design, seen)
    if not is_null(design, seen.used):
        return _moved(design, seen, apart)
    if apart:
        return OFFSET, f"Economics, not a queue: its parts pull in opposite directions ({apart})."
    if not is_shown_null(design, seen.used):
        span = f"from {number(seen.used.low)} to {number(seen.used.high)} points"
        return UNDECIDED, f"No verdict: the effect may be anything {span}; play more worlds."
    if seen.tight and seen.more_wanted:
        return QUEUE, f"A queue: more buyers want Trainium but capacity is full ({seen.measured})."
    if seen.less_wanted:
        return ECONOMICS, f"Economics: buyers want Trainium less, not more ({seen.measured})."
    if seen.tight:
        return ECONOMICS, f"Economics: supply is tight, but pressure on it does not change ({seen.measured})."
    return ECONOMICS, f"Economics: capacity is there and buyers do not move ({seen.measured})."


def _moved(design: Design, seen: Seen, apart: str) -> tuple[str, str]:
    """What is behind a share that moves. apart: the parts that pull in opposite directions, in words, or empty."""
    if is_shown_null(design, seen.core):
        return DILUTION, f"Dilution only: the core share does not move ({signed(seen.core)}); the denominator grows."
    said = [_queue_note(seen)]
    if is_null(design, seen.core):
        said.append(f"Whether the core share moves too, these worlds cannot say ({signed(seen.core)}).")
    if apart:
        said.append(f"Its parts pull in opposite directions ({apart}).")
    return MOVES, " ".join(said)


def _parts_apart(design: Design, seen: Seen) -> str:
    """The parts that move share, when they do so in opposite directions; else empty."""
    moving = {title: one for title, one in seen.alone.items() if not is_null(design, one)}
    means = [one.mean for one in moving.values()]
    if min(means, default=0.0) < 0.0 < max(means, default=0.0):
        return "; ".join(f"{title} {signed(one)}" for title, one in moving.items())
    return ""


def _queue_note(seen: Seen) -> str:
    if seen.tight and seen.more_wanted:
        pressed = seen.pressure.low > ROUNDING
        more = "pressure on Trainium's capacity rises too" if pressed else "Trainium is sold out more often too"
        return f"Part of the wish is still a queue: {more} ({seen.measured})."
    if seen.less_wanted:
        return f"Pressure on Trainium's capacity falls ({seen.measured})."
    return f"The effect is not held back by a longer queue ({seen.measured})."


def _early(ground: Ground, used: dict[int, Estimate]) -> str:
    early = [quarter for quarter in used if quarter <= ground.design.early_horizon]
    if not early:
        return ""
    return f"In {ground.outcomes.labels[early[-1]]}, before supply can answer: {signed(used[early[-1]])}."


def signed(effect: Estimate) -> str:
    """'+0.42 points [+0.31, +0.53]'."""
    return f"{number(effect.mean)} points {brackets(effect)}"
