"""Every draw of a game, named and taken at its start: paths of demand shocks, tastes, lumpiness, foundry capacity.

A path is one draw of fixed length, so that a longer game, another firm or another shock moves no number of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array, read_only
from sim.axes import Site
from sim.kept import Kept
from sim.parameters import Parameters
from sim.roster import Roster
from sim.streams import Branch, Draw, Streams

LONGEST_GAME = 60
"""Quarters for which noise is drawn: the longest game."""
READ = (
    *("demand_persistence", "macro_demand_sd", "foundry_noise_sd", "lab_demand_sd", "segment_demand_sd"),
    *("taste_sd", "taste_persistence", "lab_lumpiness"),
)
"""Parameters that noise is scaled by."""


@dataclass(frozen=True)
class SiteNoise:
    """log_demand (quarters, worlds, buyers); taste (quarters, worlds, offers, buyers), lumpiness included, in utils."""

    log_demand: Array
    taste: Array


@dataclass(frozen=True)
class Noise:
    """All noise of a game. log_foundry (quarters, worlds); exchange (quarters, worlds, 2, core buyers), standard
    normal: how far buyers' bids and asks are from what a place is worth."""

    sites: tuple[SiteNoise, ...]
    log_foundry: Array
    exchange: Array

    def since(self, quarter: int) -> Noise:
        """The noise of a game that opens in this quarter: levels of demand and of foundry capacity are counted from
        what they are then, tastes as they are."""
        sites = tuple(
            SiteNoise(one.log_demand[quarter:] - one.log_demand[quarter], one.taste[quarter:]) for one in self.sites
        )
        return Noise(sites, self.log_foundry[quarter:] - self.log_foundry[quarter], self.exchange[quarter:])


@dataclass(frozen=True)
class Span:
    """The draws of a game of so many quarters, and of those that are played before its opening: every path goes on over
    the opening, and neither part moves a number of the other."""

    streams: Streams
    before: int
    quarters: int

    def path(self, purpose: str, entity: str) -> Array:
        """Standard normal, (worlds, before + quarters)."""
        return np.concatenate([draw.normal(LONGEST_GAME)[:, :n] for draw, n in self._draws(purpose, entity)], axis=1)

    def gumbel(self, purpose: str, entity: str) -> Array:
        """Standard Gumbel, (worlds, before + quarters)."""
        return np.concatenate([draw.gumbel(LONGEST_GAME)[:, :n] for draw, n in self._draws(purpose, entity)], axis=1)

    def _draws(self, purpose: str, entity: str) -> tuple[tuple[Draw, int], ...]:
        """All worlds of a branch share what was before the opening, whatever the quarter in which they part."""
        one, own = self.streams, (self.streams.at(purpose, entity, 0), self.quarters)
        if not self.before:
            return (own,)
        branch = None if one.branch is None else Branch(one.branch.world, LONGEST_GAME)
        return (replace(one, branch=branch).at(purpose, entity, 1), self.before), own


KEPT: Kept[Noise] = Kept(512)
"""The last noise: a what-if meets that of its base, a draft of a team that of the draft before. About 0.15 MB a
world."""


def draw_noise(roster: Roster, p: Parameters, streams: Streams, quarters: int, before: int = 0) -> Noise:
    """Draw the paths for a game of so many quarters and those before it (position 0 is without noise)."""
    read = Parameters({name: getattr(p, name) for name in READ})
    values = tuple(getattr(read, name).tobytes() for name in READ)
    named = tuple((one.name, one.offers, one.buyers, one.buyer_party, tuple(one.buyer_lab)) for one in roster.sites)
    span = Span(streams, before, quarters)
    return KEPT.get((named, span, values), streams.worlds, lambda: _drawn(roster.sites, read, span))


def _drawn(sites: tuple[Site, ...], p: Parameters, span: Span) -> Noise:
    macro = autoregressive(span.path("demand-macro", "world"), p.demand_persistence, p.macro_demand_sd)
    foundry = np.cumsum(span.path("foundry", "core") * p.foundry_noise_sd[:, None], axis=1)
    noise = tuple(
        SiteNoise(
            read_only(_demand(site, p, span, macro if site.name == "core" else np.zeros_like(macro))),
            read_only(_taste(site, p, span)),
        )
        for site in sites
    )
    return Noise(noise, read_only(_from_start(foundry)), read_only(_traders(sites[0], span)))


def _traders(core: Site, span: Span) -> Array:
    sides = [
        np.stack([_from_start(span.path("exchange", f"{buyer}/{side}")) for buyer in core.buyers], axis=2)
        for side in ("bid", "ask")
    ]
    return np.stack(sides, axis=2)


def _from_start(path: Array) -> Array:
    """(worlds, quarters) -> (quarters + 1, worlds), beginning with zeros."""
    return np.ascontiguousarray(np.concatenate([np.zeros((len(path), 1)), path], axis=1).T)


def _demand(site: Site, p: Parameters, span: Span, macro: Array) -> Array:
    columns = []
    for buyer, lab in zip(site.buyers, site.buyer_lab, strict=True):
        sd = p.lab_demand_sd if lab >= 0 else p.segment_demand_sd
        own = autoregressive(span.path("demand", buyer), p.demand_persistence, sd)
        columns.append(_from_start(own + macro))
    return np.stack(columns, axis=2)


def _taste(site: Site, p: Parameters, span: Span) -> Array:
    """Persistent tastes of a party (segment or lab) for each offer, and the keyed Gumbel draws that make labs lumpy."""
    taste = np.zeros((span.before + span.quarters + 1, span.streams.worlds, len(site.offers), len(site.buyers)))
    innovation_sd = p.taste_sd * np.sqrt(1.0 - p.taste_persistence**2)
    for offer, name in enumerate(site.offers):
        for party in site.parties:
            path = autoregressive(span.path("taste", f"{site.name}/{party}/{name}"), p.taste_persistence, innovation_sd)
            members = site.members(party)
            if site.buyer_lab[members[0]] >= 0:
                path = path + p.lab_lumpiness[:, None] * (span.gumbel("lumpiness", f"{party}/{name}") - np.euler_gamma)
            taste[:, :, offer, members] = _from_start(path)[:, :, None]
    return taste


def autoregressive(innovations: Array, persistence: Array, sd: Array) -> Array:
    """A path of log shocks with given persistence: innovations (worlds, quarters) -> (worlds, quarters), starting from
    0."""
    path = np.empty_like(innovations)
    level = np.zeros(len(innovations))
    for quarter in range(innovations.shape[1]):
        level = persistence * level + sd * innovations[:, quarter]
        path[:, quarter] = level
    return path
