"""Every draw of a game, named and taken at its start: paths of demand shocks, tastes, lumpiness, foundry capacity.

A path is one draw of fixed length, so that a longer game, another firm or another shock moves no number of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.axes import Site
from sim.parameters import Parameters
from sim.roster import Roster
from sim.streams import Streams

LONGEST_GAME = 60
"""Quarters for which noise is drawn: the longest game."""


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


def draw_noise(roster: Roster, p: Parameters, streams: Streams, quarters: int) -> Noise:
    """Draw the paths for a game of so many quarters (position 0 is the start, without noise)."""
    macro = autoregressive(_path(streams, "demand-macro", "world", quarters), p.demand_persistence, p.macro_demand_sd)
    foundry = np.cumsum(_path(streams, "foundry", "core", quarters) * p.foundry_noise_sd[:, None], axis=1)
    sites = tuple(
        SiteNoise(
            _demand(site, p, streams, quarters, macro if site.name == "core" else np.zeros_like(macro)),
            _taste(site, p, streams, quarters),
        )
        for site in roster.sites
    )
    return Noise(sites, _from_start(foundry), _traders(roster.sites[0], streams, quarters))


def _traders(core: Site, streams: Streams, quarters: int) -> Array:
    sides = [
        np.stack(
            [_from_start(_path(streams, "exchange", f"{buyer}/{side}", quarters)) for buyer in core.buyers], axis=2
        )
        for side in ("bid", "ask")
    ]
    return np.stack(sides, axis=2)


def _path(streams: Streams, purpose: str, entity: str, quarters: int) -> Array:
    return streams.at(purpose, entity, 0).normal(LONGEST_GAME)[:, :quarters]


def _from_start(path: Array) -> Array:
    """(worlds, quarters) -> (quarters + 1, worlds), beginning with zeros."""
    return np.ascontiguousarray(np.concatenate([np.zeros((len(path), 1)), path], axis=1).T)


def _demand(site: Site, p: Parameters, streams: Streams, quarters: int, macro: Array) -> Array:
    columns = []
    for buyer, lab in zip(site.buyers, site.buyer_lab, strict=True):
        sd = p.lab_demand_sd if lab >= 0 else p.segment_demand_sd
        own = autoregressive(_path(streams, "demand", buyer, quarters), p.demand_persistence, sd)
        columns.append(_from_start(own + macro))
    return np.stack(columns, axis=2)


def _taste(site: Site, p: Parameters, streams: Streams, quarters: int) -> Array:
    """Persistent tastes of a party (segment or lab) for each offer, and the keyed Gumbel draws that make labs lumpy."""
    shape = (quarters + 1, streams.worlds, len(site.offers), len(site.buyers))
    taste = np.zeros(shape)
    innovation_sd = p.taste_sd * np.sqrt(1.0 - p.taste_persistence**2)
    for offer, name in enumerate(site.offers):
        for party in site.parties:
            path = autoregressive(
                _path(streams, "taste", f"{site.name}/{party}/{name}", quarters), p.taste_persistence, innovation_sd
            )
            members = site.members(party)
            if site.buyer_lab[members[0]] >= 0:
                lumps = (
                    streams.at("lumpiness", f"{party}/{name}", 0).gumbel(LONGEST_GAME)[:, :quarters] - np.euler_gamma
                )
                path = path + p.lab_lumpiness[:, None] * lumps
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
