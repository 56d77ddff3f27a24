"""Chips get better in two ways that must not be counted twice: experience (Wright's law) and generations.

    cost(t) = cost of the generation x (Q / Q_0)^-b,   b = -log2(progress ratio)

The yearly price-performance trend is split: what experience yields at a reference growth of output is taken out of it,
and generations carry the rest. Generations are vintages inside an offer: a delivery takes the mix then in production.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from sim.arrays import Array, power
from sim.parameters import Parameters
from sim.quarters import ordinal
from sim.roster import DATA, Roster, numbers, table
from sim.streams import Streams
from sim.units import QUARTERS_PER_YEAR

FUTURE_GENERATIONS = 4
"""Generations beyond the announced one that may launch within a game."""


LAST_PRICED = ordinal("2025Q4")
"""Up to this quarter the tables give chips' prices as they were: experience is in them, and is counted only from then
on."""
LONGEST_ANNOUNCED = 8.0
"""Designers announce launches at most so many quarters ahead."""


def experience_exponent(progress_ratio: Array) -> Array:
    """b of Wright's law: -log2 of the progress ratio. 0.8 gives 0.3219."""
    return np.asarray(-np.log2(progress_ratio))


def experience_factor(cumulative: Array, start: Array, exponent: Array) -> Array:
    """Unit cost relative to the start: (Q / Q_0)^-b. Shapes broadcast."""
    return power(cumulative / start, -exponent)


def effective_output(cumulative: Array, spillover: Array) -> Array:
    """Experience with spillover from other families' output: own + share x others'. cumulative (worlds, families)."""
    others = cumulative.sum(axis=1, keepdims=True) - cumulative
    return cumulative + spillover[:, None] * others


def generation_trend(trend: Array, exponent: Array, reference_growth: Array) -> Array:
    """Yearly improvement that is left for generations after experience at the reference growth: (1+g) / (1+G)^b - 1."""
    return np.maximum((1.0 + trend) / power(1.0 + reference_growth, exponent) - 1.0, 0.0)


def ladder(annual_improvement: Array, release_every_quarters: Array, quarter: Array) -> Array:
    """Performance per dollar when a trend arrives in steps: the trend sampled at release dates. Shapes broadcast."""
    last_release = np.floor(quarter / release_every_quarters) * release_every_quarters
    return power(1.0 + annual_improvement, last_release / QUARTERS_PER_YEAR)


def smooth_trend(annual_improvement: Array, quarter: Array) -> Array:
    """The same trend without steps."""
    return power(1.0 + annual_improvement, quarter / QUARTERS_PER_YEAR)


@dataclass(frozen=True)
class Generations:
    """All generations of all families, (worlds, families, generations); padding has an infinite launch.

    launch (quarter ordinals, slips included), h100e_per_chip, watts_per_h100e (IT), cost_per_h100e (USD, without
    experience), chips_per_wafer, efficiency (useful work per H100e at equal software, the
    even mean of training and serving), lean (ln of its efficiency in serving over training), due (launch as announced,
    without the slip that nobody knows yet)."""

    launch: Array
    h100e_per_chip: Array
    watts_per_h100e: Array
    cost_per_h100e: Array
    chips_per_wafer: Array
    efficiency: Array
    lean: Array
    due: Array


@dataclass(frozen=True)
class Production:
    """What a family makes in a quarter, as a mix of generations: (worlds, families) each."""

    h100e_per_wafer: Array
    h100e_per_chip: Array
    watts_per_h100e: Array
    cost_per_h100e: Array
    efficiency: Array
    lean: Array


def production(
    generations: Generations, quarter: int, delay: Array, first_delayed: int, ramp_quarters: Array
) -> Production:
    """The mix of generations in production in a quarter (an ordinal).

    A new generation ramps up over some quarters in place of the one before. delay (worlds, families) postpones launches
    that come after `first_delayed` (an ordinal); what is on the market stays there."""
    launch = generations.launch + np.where(generations.launch >= first_delayed, delay[:, :, None], 0.0)
    ramped = np.clip((quarter - launch + 1.0) / ramp_quarters[:, None, None], 0.0, 1.0)
    ramped[:, :, 0] = 1.0
    not_newer = np.cumprod((1.0 - ramped)[:, :, ::-1], axis=2)[:, :, ::-1]
    weight = ramped * np.concatenate([not_newer[:, :, 1:], np.ones_like(ramped[:, :, :1])], axis=2)
    chips = weight * generations.chips_per_wafer
    h100e = chips * generations.h100e_per_chip
    total = h100e.sum(axis=2)
    return Production(
        h100e_per_wafer=total,
        h100e_per_chip=total / chips.sum(axis=2),
        watts_per_h100e=(h100e * generations.watts_per_h100e).sum(axis=2) / total,
        cost_per_h100e=(h100e * generations.cost_per_h100e).sum(axis=2) / total,
        efficiency=(h100e * generations.efficiency).sum(axis=2) / total,
        lean=(h100e * generations.lean).sum(axis=2) / total,
    )


def quarters_to_launch(generations: Generations, quarter: int, delay: Array, first_delayed: int) -> Array:
    """Quarters from `quarter` (an ordinal) to each family's next launch as announced, (worlds, families);
    LONGEST_ANNOUNCED when none is near. A launch that slips is announced for the next quarter until it comes."""
    later = np.where(generations.launch >= first_delayed, delay[:, :, None], 0.0)
    pending = generations.launch + later > quarter
    ahead = np.where(pending, np.maximum(generations.due + later - quarter, 1.0), np.inf).min(axis=2)
    return np.asarray(np.minimum(ahead, LONGEST_ANNOUNCED))


def last_priced(known_until: str) -> int:
    """Last quarter (an ordinal) up to which the tables' chip prices hold; earlier when a scenario may not know all of
    them."""
    return min(LAST_PRICED, ordinal(known_until)) if known_until else LAST_PRICED


def timeline(
    roster: Roster, p: Parameters, streams: Streams, vendor_margin: Array, known_until: str = ""
) -> Generations:
    """Known, announced and expected generations of every family in every world.

    known_until: when given, generations launched later are not known, nor is the road map of the end of 2025: the next
    one then comes a usual cadence after the last, with the usual jump.

    vendor_margin (worlds, families) turns the price of a merchant chip into its cost. Slips are exponential with the
    declared mean, one keyed draw a family and generation."""
    known = {
        family: [
            row for row in table(DATA / "generations.csv") if row["family"] == family and is_known(row, known_until)
        ]
        for family in roster.families
    }
    announced = {} if known_until else {row["family"]: row for row in table(DATA / "roadmap.csv")}
    length = max(len(rows) for rows in known.values()) + 1 + FUTURE_GENERATIONS
    columns = [
        _family(_Known(known[f], announced.get(f), vendor_margin[:, k]), p, streams, length)
        for k, f in enumerate(roster.families)
    ]
    return Generations(*(np.stack([column[k] for column in columns], axis=1) for k in range(len(fields(Generations)))))


class _Known(NamedTuple):
    """What tables know of a family: its generations, the announced one; margin (worlds,) of a merchant chip's price."""

    rows: list[dict[str, str]]
    announced: dict[str, str] | None
    margin: Array


def is_known(row: dict[str, str], known_until: str) -> bool:
    """Has a generation of the table been launched by then? All have where no quarter is given."""
    return not known_until or ordinal(row["launch_quarter"]) <= ordinal(known_until)


def _family(known: _Known, p: Parameters, streams: Streams, length: int) -> tuple[Array, ...]:
    """A family's part of Generations, in the order of its fields: (worlds, length) each."""
    worlds, family, announced = streams.worlds, known.rows[0]["family"], known.announced
    series = _launched(known, worlds)
    due = series["launch"][-1] + p.generation_cadence_quarters
    if announced is not None:
        due = np.full(worlds, float(ordinal(announced["announced_launch_quarter"])))
    for number in range(1 + FUTURE_GENERATIONS):
        slip = -np.log1p(-streams.at("launch-slip", f"{family}/{number}", 0).uniform()) * p.launch_slip_quarters
        jump = p.generation_performance_jump
        if number == 0 and announced is not None:
            jump = np.full(worlds, float(announced["performance_ratio"]))
        _add_generation(series, due, slip, jump, p)
        due = due + p.generation_cadence_quarters
    missing, never = length - len(series["launch"]), np.full(worlds, np.inf)
    padding = {name: never if name in ("launch", "due") else values[-1] for name, values in series.items()}
    return tuple(np.stack(values + [padding[name]] * missing, axis=1) for name, values in series.items())


def _launched(known: _Known, worlds: int) -> dict[str, list[Array]]:
    """The generations that are on the market, by field of Generations and in their order: (worlds,) each."""
    rows = known.rows
    cost = numbers(rows, "chip_cost_usd") / numbers(rows, "h100e_per_chip")
    is_price = np.array([row["chip_cost_basis"] == "price" for row in rows])
    training, serving = numbers(rows, "training_efficiency"), numbers(rows, "inference_efficiency")
    launch = [np.full(worlds, float(ordinal(row["launch_quarter"]))) for row in rows]
    return {
        "launch": launch,
        "h100e_per_chip": [np.full(worlds, v) for v in numbers(rows, "h100e_per_chip")],
        "watts_per_h100e": [
            np.full(worlds, v) for v in numbers(rows, "watts_per_chip") / numbers(rows, "h100e_per_chip")
        ],
        "cost_per_h100e": [
            c * np.where(price, 1.0 - known.margin, 1.0) for c, price in zip(cost, is_price, strict=True)
        ],
        "chips_per_wafer": [np.full(worlds, v) for v in numbers(rows, "chips_per_wafer")],
        "efficiency": [np.full(worlds, v) for v in np.sqrt(training * serving)],
        "lean": [np.full(worlds, v) for v in np.log(serving / training)],
        "due": list(launch),
    }


def _add_generation(series: dict[str, list[Array]], due: Array, slip: Array, jump: Array, p: Parameters) -> None:
    """One more generation at the end of each series: due then, a slip later, with so many times the performance."""
    step = generation_trend(p.price_performance_trend, experience_exponent(p.progress_ratio), p.reference_output_growth)
    when = np.rint(due + slip)
    years = (when - series["launch"][-1]) / QUARTERS_PER_YEAR
    following = {
        "launch": when,
        "h100e_per_chip": series["h100e_per_chip"][-1] * jump,
        "watts_per_h100e": series["watts_per_h100e"][-1] * power(1.0 + p.energy_efficiency_trend, -years),
        "cost_per_h100e": series["cost_per_h100e"][-1] * power(1.0 + step, -years),
        "chips_per_wafer": series["chips_per_wafer"][-1] * power(jump, -p.silicon_share_of_jump),
        "efficiency": series["efficiency"][-1],
        "lean": series["lean"][-1],
        "due": np.rint(due),
    }
    for name, values in series.items():
        values.append(following[name])
