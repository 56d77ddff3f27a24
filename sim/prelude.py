"""History inside a game: the quarters before the opening are played on what is known of them.

Given in those quarters: deliveries by pool as they came, and what labs by name are known to have used. Everything else
is played: which offers buyers chose, at which prices, on which terms. What is carried over the seam: sim/seam.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from sim import ensembles, kernels
from sim.anchors.given import Dated, Holdings
from sim.arrays import Array, PerWorldPool, ratio
from sim.axes import Site
from sim.decisions import LabDecision
from sim.kept import Kept
from sim.labs.opening import open_labs
from sim.labs.product import LabMarket
from sim.market.opening import of_labs
from sim.quarters import ordinal
from sim.records import Records
from sim.roster import DATA, table
from sim.scenario import Scenario
from sim.state import Given, Opening, State
from sim.streams import Streams
from sim.supply.industry import Industry
from sim.supply.tables import between
from sim.worlds import widened


@dataclass(frozen=True)
class Ahead:
    """What is known in a prelude of the opening that it leads to: the origin (an ordinal), and what arrives then
    (worlds, pools) H100e."""

    origin: int
    arriving: PerWorldPool


@dataclass(frozen=True)
class Draws:
    """Which worlds a game draws: their streams, whether they draw parameters from their ranges, and values given world
    by world."""

    streams: Streams
    draw: bool
    values: Mapping[str, Array]

    def before(self, fixed: Collection[str]) -> Draws:
        """Those of a prelude that fixes some parameters itself. Worlds that branch from one world share its past, which
        is played once; ValueError when they are given parameters of their own."""
        branch = self.streams.branch
        values = {name: value for name, value in self.values.items() if name not in fixed}
        if branch is None:
            times = self.streams.times if values else 1  # points of a design have pasts of their own
            return Draws(replace(self.streams, times=times), self.draw, values)
        if values:
            raise ValueError(f"worlds of one past have its parameters too (given world by world: {sorted(values)})")
        return Draws(Streams(self.streams.seed, branch.world, branch.world + 1), self.draw, {})

    @property
    def key(self) -> tuple[object, ...]:
        """What tells draws apart."""
        values = tuple(sorted((name, np.asarray(value).tobytes()) for name, value in self.values.items()))
        return (self.streams, self.draw, values)


@dataclass(frozen=True)
class Past:
    """What a prelude leaves: how it opened, its state at the origin, and what was recorded."""

    opening: Opening
    state: State
    records: Records

    def widened(self, streams: Streams) -> Past:
        """The same for the worlds of a game that branch from one, or that are played several times side by side."""
        worlds = len(self.records.world)
        times = streams.worlds // worlds
        if times == 1:
            return self
        opening, state = (widened(one, times, worlds) for one in (self.opening, self.state))
        return Past(opening, state, self.records.widened(times, streams.first_world, worlds))


KEPT: Kept[Past] = Kept(512)
"""The last pasts: the cells of a study, a what-if or a fork share theirs. About 0.6 MB a world."""


def quarters_before(scenario: Scenario) -> int:
    """How many quarters are played before the opening; 0 without a prelude."""
    return 0 if scenario.prelude is None else ordinal(scenario.start) - ordinal(scenario.prelude.start)


def own_parameters(scenario: Scenario) -> frozenset[str]:
    """Parameters of the quarters before that the game does not decide: what their scenario sets itself, and what
    depends on when one looks."""
    assert scenario.prelude is not None
    dated = ensembles.dated(scenario.ensemble) if scenario.ensemble else frozenset()
    return frozenset(scenario.prelude.parameters) | dated


def scenario_before(scenario: Scenario) -> Scenario:
    """The scenario of the quarters before the opening: root parameters but for those of their own, members of the
    game's ensemble; what is known is what is known at the opening, deliveries to the origin."""
    before, own = scenario.prelude, own_parameters(scenario)
    assert before is not None
    root = {name: value for name, value in scenario.root_parameters.items() if name not in own}
    parameters = {**root, **before.parameters}
    before = replace(before, parameters=parameters, root_parameters=parameters, ensemble=scenario.ensemble)
    before = replace(before, pipeline_until=scenario.start, known_until=scenario.known_until)
    return replace(before, quarters=quarters_before(scenario))


@dataclass(frozen=True)
class Before:
    """How the quarters before an opening are played: their scenario, whose worlds, and what is known of the opening."""

    scenario: Scenario
    draws: Draws
    ahead: Ahead

    @classmethod
    def of(cls, g: Given, draws: Draws) -> Before:
        """On root parameters and the draws of a game: no lever of a scenario that stands on the root acts before the
        opening."""
        before = draws.before(own_parameters(g.scenario))
        arriving = Industry(g.roster, g.start, g.path.root).pipeline.ahead[: before.streams.worlds, 0]
        return cls(scenario_before(g.scenario), before, Ahead(g.start.quarter, arriving))

    @property
    def key(self) -> tuple[object, ...]:
        """What tells one past from another: all that its numbers hang on."""
        ahead = (self.ahead.origin, self.ahead.arriving.tobytes())
        return (self.scenario.digest, self.scenario.quarters, self.draws.key, ahead, kernels.road())

    def game(self) -> dict[str, Any]:
        """What a game is made with that plays them."""
        streams = self.draws.streams
        worlds = streams.last_world - streams.first_world
        sizes = {"worlds": worlds, "first_world": streams.first_world, "quarters": self.scenario.quarters}
        return {
            **sizes,
            "beside": (self.scenario,) * (streams.times - 1),
            "seed": streams.seed,
            "draw": self.draws.draw,
            "values": self.draws.values,
            "ahead": self.ahead,
        }


# --- labs by name -----------------------------------------------------------------------------------------------------


@cache
def _records(lab: str, offer: str) -> tuple[tuple[int, float], ...]:
    """(quarter, H100e) of a lab at an offer, by date."""
    rows = [r for r in table(DATA / "anchors.csv") if r["lab"] == lab and f"{r['cloud']}/{r['family']}" == offer]
    found: dict[int, float] = {}
    for row in rows:
        found[ordinal(row["quarter"])] = found.get(ordinal(row["quarter"]), 0.0) + float(row["h100e"])
    return tuple(sorted(found.items()))


def recorded(site: Site, quarter: int, origin: int) -> Array:
    """H100e that labs by name hold at each offer in a quarter, (offers, buyers): between two dated figures at an even
    pace in logs, from nothing in equal steps. Figures after the origin are not known."""
    dates = dates_known(origin)
    held = np.zeros((len(site.offers), len(site.buyers)))
    for buyer, name in enumerate(site.buyers):
        if site.buyer_lab[buyer] >= 0:
            for offer, title in enumerate(site.offers):
                held[offer, buyer] = _between(dict(_records(name, title)), dates, quarter)
    return held


def _between(figures: Mapping[int, float], dates: list[int], quarter: int) -> float:
    """A figure at a quarter between the dates of the table; a date without a row is nothing."""
    earlier = [date for date in dates if date <= quarter]
    later = [date for date in dates if date >= quarter]
    first, last = (earlier or later)[-1 if earlier else 0], (later or earlier)[0 if later else -1]
    a, b = figures.get(first, 0.0), figures.get(last, 0.0)
    if first == last:
        return a
    return between(a, b, (quarter - first) / (last - first))


def dates_known(origin: int) -> list[int]:
    """Dates of figures on labs up to an origin (ordinals)."""
    dates = {ordinal(row["quarter"]) for row in table(DATA / "anchors.csv")}
    return sorted(date for date in dates if date <= origin)


def held_onward(g: Given, site: Site, now: int, origin: int, dated: Dated) -> Array:
    """The same with what nobody has written down yet: after the last date known, a lab has what a deal then in force
    says; its part of other pools stays, and so grows as the pool does, as estimated: (offers, buyers) H100e."""
    held, last = recorded(site, now, origin), dates_known(origin)[-1]
    if now <= last:
        return held
    estimates, direct = g.start.tables.estimates, site.offer_pool >= 0
    grown = np.ones(len(site.offers))
    pools = site.pools[site.offer_pool[direct]]
    grown[direct] = ratio(estimates.stock(now)[0, pools], estimates.stock(last)[0, pools])
    return np.asarray(np.where(dated.h100e > 0.0, dated.h100e, held * grown[:, None]))


@dataclass(frozen=True)
class Known:
    """What is known of labs in a quarter: what they hold, wanted (worlds, buyers) in use terms, and their product
    market as it was."""

    held: Holdings
    wanted: Array
    labs: LabMarket

    @classmethod
    def of(cls, g: Given, state: State, origin: int) -> Known:
        """In the quarter that comes next, from figures up to the origin (an ordinal)."""
        core, root, now = g.roster.sites[0], g.path.root, g.start.quarter + state.number + 1
        dated = Dated.of(core, now)
        held = Holdings(of_labs(core, held_onward(g, core, now, origin, dated), root), dated)
        wanted = held.wanted(root)
        labs = open_labs(g.start, wanted, held.known, state.use.own, now, origin)
        return cls(held, wanted, LabMarket(g.roster, labs, root))

    def asked(self, core: Site, lab: str, decided: LabDecision) -> LabDecision:
        """What a lab decides, but that it wants what it is known to have had, and that what it sold at which price is
        known too: its product is as it was opened on that date."""
        start, place = self.labs.start, self.labs.roster.labs.index(lab)
        even = np.ones_like(decided.training_share)
        return replace(
            decided,
            wanted_h100e=np.take(self.wanted, core.members(lab), axis=1).sum(axis=1),
            token_price_usd_per_mtoken=start.price[place] * even,
            training_share=start.training_share[place] * even,
            small_model_share=start.small_share[place] * even,
        )


def forget() -> None:
    """Drop the pasts that were kept, and what has been read of the tables for them."""
    KEPT.clear()
    _records.cache_clear()
