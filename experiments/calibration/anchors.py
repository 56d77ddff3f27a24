"""What anchor deals do, in two measurements: how much of its chip's stock the largest customer runs a year on, and how
far supply answers when it wants more.

The first is a comparison with the record that nothing is tuned to: a game from the end of 2024 with the deals signed by
then. The second is paired: the same worlds with the anchor's demand doubled from 2027 on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from sim.arrays import Array
from sim.quarters import ordinal
from sim.scenario import Scenario
from sim.shocks import Shock

ANCHOR, FROM, ALWAYS = "anthropic", "2027Q1", "2045Q4"
RECORD = (0.40, 0.65)
"""What the record says of the largest customer's H100e in use over Trainium's stock at the end of 2025."""
LEVELS = (0.5, 1.0, 1.5)
NEEDS = (0.0, 0.5, 1.0)
"""Values of `power_follows_need` at which supply is asked for its answer."""
LATER = (12, 20)
"""Quarters in which the answer of supply is read."""
OVER, DOUBLED = "over stock", "doubled"
OVER_STOCK, ON_TRAINIUM = "trainium_top_customer_over_installed", "trainium_top_customer_used_h100e"


@dataclass(frozen=True)
class OverStock:
    """The largest customer's use over Trainium's installed stock at the end of 2025: level of what was announced,
    median and 5 % and 95 % of worlds, and the part of worlds within the record."""

    level: float
    median: float
    low: float
    high: float
    inside: float

    @classmethod
    def of(cls, level: float, values: Array) -> OverStock:
        """Of one value a world."""
        low, median, high = (float(one) for one in np.quantile(values, (0.05, 0.5, 0.95)))
        inside = float(((values >= RECORD[0]) & (values <= RECORD[1])).mean())
        return cls(level, median, low, high, inside)


def over_stock(worlds: int = 64, seed: int = 1, name: str = "backtest") -> list[OverStock]:
    """Played from the end of 2024 with the deals then signed, and with half as much and half more of what was announced
    beyond what was held."""
    base = scenarios.load(name)
    size = Size(worlds, ordinal("2025Q4") - ordinal(base.start), seed)
    cells = [Cell(_at_level(base, level), size, name=f"{level:g}") for level in LEVELS]
    return [OverStock.of(float(one.cell.name), _last(one, OVER_STOCK)) for one in engine.run(cells)]


def _at_level(base: Scenario, level: float) -> Scenario:
    return base.with_changes(f"{base.name} {level:g}", base.title, {"announced_deals_level": level}, ())


def _last(played: engine.Played, metric: str) -> Array:
    return _path(played, metric)[:, -1]


def _path(played: engine.Played, metric: str) -> Array:
    """A metric world by quarter."""
    return np.asarray(played.quarters.pivot(index="world", columns="quarter_number", values=metric).to_numpy())


@dataclass(frozen=True)
class Answer:
    """What doubling the anchor's demand brings by a quarter, H100e with 1.96 standard errors of the paired mean: its
    use of Trainium, Trainium in use in all, and the ratio of the two means."""

    quarter: int
    lab_on_trainium: tuple[float, float]
    trainium: tuple[float, float]

    @property
    def ratio(self) -> float:
        """Trainium's gain over the lab's gain on Trainium: 1 if its chips are added, 0 if others give them up."""
        return self.trainium[0] / self.lab_on_trainium[0]


def doubled(worlds: int = 64, seed: int = 1, name: str = "baseline", **changes: float) -> list[Answer]:
    """The anchor's demand doubled from 2027 on, paired. changes: parameters of both."""
    base = scenarios.load(name)
    base = base.with_changes(base.name, base.title, changes, ())
    more = Shock(parameter=f"lab_demand_level_{ANCHOR}", quarters=(FROM, ALWAYS), set=2.0, source="a trial")
    wants_more = base.with_changes("doubled", "The anchor wants twice as much", {}, (more,))
    size = Size(worlds, max(LATER), seed)
    plain, shocked = engine.run([Cell(base, size, name="plain"), Cell(wants_more, size, name="doubled")])
    gains = {one: _path(shocked, one) - _path(plain, one) for one in (ON_TRAINIUM, "trainium_used_h100e")}
    return [Answer(q, *(_mean(gain[:, q - 1]) for gain in gains.values())) for q in LATER]


def table(worlds: int = 64, seed: int = 1) -> pd.DataFrame:
    """Both measurements as one table. what: 'over stock' (at: level of what was announced; median, low, high, inside),
    or 'doubled' (at: `power_follows_need`; quarter, ratio, and both gains in H100e with 1.96 standard errors)."""
    rows: list[dict[str, object]] = [
        {"what": OVER, "at": one.level, "median": one.median, "low": one.low, "high": one.high, "inside": one.inside}
        for one in over_stock(worlds, seed)
    ]
    for need in NEEDS:
        for one in doubled(worlds, seed, power_follows_need=need):
            gains = {"lab_on_trainium": one.lab_on_trainium, "trainium": one.trainium}
            told = {f"{name}{end}": gain[k] for name, gain in gains.items() for k, end in enumerate(("", "_error"))}
            rows.append({"what": DOUBLED, "at": need, "quarter": one.quarter, "ratio": one.ratio, **told})
    return pd.DataFrame(rows)


def _mean(values: Array) -> tuple[float, float]:
    return float(values.mean()), 1.96 * float(values.std(ddof=1)) / float(np.sqrt(len(values)))
