"""Figures of the start quarter by axis position, read from sim/data: stock, deliveries, prices, what labs hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from sim.arrays import Array, power, ratio, read_only
from sim.axes import Site
from sim.errors import InputError
from sim.quarters import label, ordinal
from sim.roster import DATA, Roster, column, table
from sim.supply.capacity import AGES
from sim.units import QUARTERS_PER_YEAR

INITIAL_GROWTH = 0.12
"""Growth a quarter of what was signed before the start (the stock grew about threefold in 2025; commitments less)."""
QUOTE = ("neocloud", "nvidia")
"""(cloud, family) whose posted price stands for the one-year quote of an H100: the price that is measured best."""
STANDARD_ERRORS_AT_95 = 1.6449
"""Standard errors between the median of a normal distribution and its 95 % quantile."""
SPREAD_QUARTERS = 8
"""Stock from before the first table quarter is taken as delivered over this many quarters."""


def between(first: float, last: float, part: float) -> float:
    """An amount on the way from one to another: at an even pace in logs, from or to nothing in equal steps."""
    even = first > 0.0 and last > 0.0
    return math.pow(first, 1.0 - part) * math.pow(last, part) if even else first + part * (last - first)


def estimated(row: Mapping[str, str], error: Array) -> Array:
    """A stock so many standard errors off its estimate, (worlds,): the row's median at 0, its 5 % and 95 % at -1.645
    and 1.645, in logs. error (worlds,)."""
    middle = float(row["h100e"])
    bound = np.where(error < 0.0, float(row["h100e_low"]), float(row["h100e_high"]))
    return np.asarray(middle * power(bound / middle, np.abs(error) / STANDARD_ERRORS_AT_95))


def priced_at(start: str, carried: bool) -> str:
    """The quarter whose prices a game has that starts then. carried: has it a past, from whose prices it goes on?
    InputError when there are none."""
    priced = sorted(set(column(table(DATA / "prices.csv"), "quarter")))
    before = [date for date in priced if ordinal(date) <= ordinal(start)]
    if not before or not (carried or start in priced):
        raise InputError(f"start = '{start}': there are starting prices only for {', '.join(priced)}.")
    return str(before[-1])


class Tables:
    """Figures of the start quarter by axis position.

    error (worlds, families): by how many standard errors the estimates of a family's stock are off in each world, at
    all owners and dates alike; without it there is one world that takes the estimates as they are. carried: are the
    quarters before the start played? Then prices come from there, and the start may lie between the dates of the table:
    its last row then stands in for what has no price of its own."""

    def __init__(
        self,
        roster: Roster,
        start: str,
        pipeline_until: str = "",
        error: Array | None = None,
        carried: bool = False,
    ) -> None:
        self.roster, self.start, self.quarter = roster, start, ordinal(start)
        self.error = np.zeros((1, len(roster.families))) if error is None else error
        self.pipeline_until = ordinal(pipeline_until) if pipeline_until else self.quarter
        self._stock: dict[int, Array] = {}
        self.installed = table(DATA / "installed.csv")
        first = min(ordinal(row["quarter"]) for row in self.installed)
        self.priced = priced_at(start, carried)
        self.first = first
        self._extra: dict[tuple[str, str, str], dict[int, float]] = {}
        for row in roster.tables["extra_stock"]:
            place = (row["owner"], row["family"], row["site"])
            self._extra.setdefault(place, {})[ordinal(row["quarter"])] = float(row["h100e"])

    def stock(self, quarter: int) -> Array:
        """Installed H100e of every pool at the end of a quarter (an ordinal): (worlds, pools)."""
        if quarter not in self._stock:
            self._stock[quarter] = read_only(self._read_stock(quarter))
        return self._stock[quarter]

    def _read_stock(self, quarter: int) -> Array:
        found = {(row["owner"], row["family"]): row for row in self.installed if ordinal(row["quarter"]) == quarter}
        amount = np.zeros((len(self.error), len(self.roster.pools)))
        for row in self.roster.tables["stock_map"]:
            estimate = (row["source_owner"], row["source_family"])
            if estimate in found:
                pool = self._pool(row["owner"], row["family"], "core")
                error = self.error[:, self.roster.pool_family[pool]]
                amount[:, pool] += float(row["share"]) * estimated(found[estimate], error)
        for (owner, family, site), figures in self._extra.items():
            amount[:, self._pool(owner, family, site)] += self._extra_at(figures, quarter)
        return amount

    def _extra_at(self, figures: Mapping[int, float], quarter: int) -> float:
        """Stock that only dated rows tell, at a quarter: at an even pace in logs between rows that are known (those of
        the start, else the last before it, and later ones up to where the pipeline is known), before and after them at
        the usual growth."""
        first_known = max((date for date in figures if date <= self.quarter), default=self.quarter)
        dates = sorted(date for date in figures if first_known <= date <= max(self.pipeline_until, self.quarter))
        if not dates:
            return 0.0
        first = max((date for date in dates if date <= quarter), default=dates[0])
        last = min((date for date in dates if date >= quarter), default=dates[-1])
        if first == last:
            return figures[first] * float(power(1.0 + INITIAL_GROWTH, quarter - first))
        return between(figures[first], figures[last], (quarter - first) / (last - first))

    @cached_property
    def estimates(self) -> Tables:
        """The same of one world that takes the estimates of stock as they are."""
        return Tables(self.roster, self.start, label(self.pipeline_until), carried=True)

    def growth_since(self, date: int, quarter: int) -> float:
        """Stock at the core at the end of a quarter over that at an earlier date (ordinals), as estimated."""
        core = ~self.roster.pool_is_edge
        now, then = (self.estimates.stock(when)[0, core].sum() for when in (quarter, date))
        return float(now / then)

    def increments(self) -> Array:
        """What was delivered at each age (0 = the start quarter), (worlds, pools, AGES): adds up to the stock at the
        start."""
        by_age = np.zeros((len(self.error), len(self.roster.pools), AGES))
        oldest = min(self.quarter - self.first, AGES - SPREAD_QUARTERS - 1)
        for age in range(oldest):
            by_age[..., age] = np.maximum(self.stock(self.quarter - age) - self.stock(self.quarter - age - 1), 0.0)
        rest = np.maximum(self.stock(self.quarter) - by_age.sum(axis=2), 0.0)
        weight = power(1.0 + INITIAL_GROWTH, -np.arange(SPREAD_QUARTERS, dtype=float))
        by_age[..., oldest : oldest + SPREAD_QUARTERS] += rest[..., None] * (weight / weight.sum())
        return by_age

    def flow(self) -> Array:
        """Recent deliveries a quarter, (worlds, pools): those of the last quarter, shared out over pools as in the last
        two; or the mean of the first two of what is under way when that is known."""
        if len(self.given):
            return np.asarray(self.given[:2].mean(axis=0))
        recent = self.increments()[..., :2]
        usual = recent.mean(axis=2)
        return np.asarray(usual * ratio(recent[..., 0].sum(axis=1), usual.sum(axis=1))[:, None])

    def recent_growth(self) -> Array:
        """Log growth a quarter of core deliveries, (worlds,): over the known pipeline (at most its last year), else
        over the year to the start."""
        core = ~self.roster.pool_is_edge
        if len(self.given):
            seen = self.given[-5:][..., core].sum(axis=2)
        else:
            seen = self.increments()[:, core, 4::-1].sum(axis=1).T
        if len(seen) < 2:
            return np.full(len(self.error), INITIAL_GROWTH)
        return np.asarray(np.log(seen[-1] / seen[0]) / (len(seen) - 1))

    def trend(self) -> Array:
        """Deliveries that show where growth goes, (worlds, pools): a year of what is under way, or recent
        deliveries."""
        return np.asarray(self.given[:4].mean(axis=0)) if len(self.given) else self.flow()

    @property
    def given(self) -> Array:
        """Deliveries already under way at the start, as they came: (quarters, worlds, pools), empty when none are
        stated."""
        quarters = range(self.quarter + 1, self.pipeline_until + 1)
        return np.array([np.maximum(self.stock(q) - self.stock(q - 1), 0.0) for q in quarters])

    def given_smoothly(self) -> Array:
        """The same, the last year of each pool shared out over its quarters as all deliveries were: (quarters,
        worlds, pools). A pool's single quarter is one source's spread; its year is known better."""
        given = self.given.copy()
        year = given[-QUARTERS_PER_YEAR:]
        pace = year.sum(axis=2)
        given[-QUARTERS_PER_YEAR:] = ratio(pace, pace.sum(axis=0))[..., None] * year.sum(axis=0)
        return given

    def price(self, premium: Array, at: str = "") -> Array:
        """Posted price of every pool, (worlds, pools); 0 for fleets that are not rented out. Edge capacity carries a
        premium. at: the last prices known at a quarter, else those the start is priced with."""
        dates = sorted(set(column(table(DATA / "prices.csv"), "quarter")))
        date = max((one for one in dates if ordinal(one) <= ordinal(at)), default=self.priced) if at else self.priced
        known = {
            (row["cloud"], row["family"]): float(row["price_usd_per_h100e_hour"])
            for row in table(DATA / "prices.csv")
            if row["quarter"] == date
        }
        owners, families = self.roster.owners, self.roster.families
        usual = {f: float(np.mean([v for (_, other), v in known.items() if other == f])) for _, f in known}
        rented = [pool.direct or bool(self.roster.managed_titles[pool.owner]) for pool in self.roster.pools]
        base = np.array(
            [
                known.get((owners[pool.owner], families[pool.family]), usual.get(families[pool.family], 0.0))
                if out
                else 0.0
                for pool, out in zip(self.roster.pools, rented, strict=True)
            ]
        )
        return np.where(self.roster.pool_is_edge, base * (1.0 + premium[:, None]), base)

    def price_fall(self) -> float:
        """Fall of the log quote a quarter before the start: from the table's quarter before, at QUOTE; 0 when there is
        none."""
        quotes = {
            ordinal(row["quarter"]): float(row["price_usd_per_h100e_hour"])
            for row in table(DATA / "prices.csv")
            if (row["cloud"], row["family"]) == QUOTE and ordinal(row["quarter"]) <= self.quarter
        }
        if len(quotes) < 2:
            return 0.0
        before, now = sorted(quotes)[-2:]
        return float(np.log(quotes[before] / quotes[now]) / (now - before))

    def anchors(self, site: Site) -> Array:
        """Capacity in use by labs by name, (offers, buyers)."""
        held = np.zeros((len(site.offers), len(site.buyers)))
        for row in table(DATA / "anchors.csv"):
            offer = f"{row['cloud']}/{row['family']}"
            if row["quarter"] == self.priced and row["lab"] in site.buyers and offer in site.offers:
                held[site.offers.index(offer), site.buyers.index(row["lab"])] += float(row["h100e"])
        return held

    def _pool(self, owner: str, family: str, site: str) -> int:
        wanted = (self.roster.owners.index(owner), self.roster.families.index(family), site)
        for number, pool in enumerate(self.roster.pools):
            if (pool.owner, pool.family, pool.site) == wanted:
                return number
        raise InputError(f"roster '{self.roster.name}': no pool {owner}/{family}/{site}.")
