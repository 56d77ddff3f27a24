"""The managed channel by hand: what it opens with, and how the taste for it moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments import scenarios
from sim.declarations import catalogue
from sim.market import channel
from sim.roster import load_roster
from tests.small import row, small_parameters, small_roster


def test_the_only_service_opens_with_the_drawn_share() -> None:
    """North alone sells a service; South and the house have none, whatever their weight."""
    found = channel.opening_share(small_roster(), small_parameters(managed_share=(0.1, 0.4)))
    assert found == pytest.approx(row([0.1, 0, 0], [0.4, 0, 0]))


def test_clouds_keep_their_relation_and_the_mean_is_what_is_drawn() -> None:
    """0.16 : 0.25 : 0.25 have a mean of 0.22: at 0.22 they are themselves, at 0.44 twice as much."""
    roster = load_roster("default")
    known = catalogue(roster)
    p = known.assemble({name: np.full(2, one.default) for name, (one, _) in known.scalars.items()})
    found = channel.opening_share(roster, p.replace(managed_share=np.array([0.22, 0.44])))
    assert found[:, :3] == pytest.approx(row([0.16, 0.25, 0.25], [0.32, 0.5, 0.5]))
    assert not found[:, 3:].any()


def test_no_service_has_more_than_all_and_a_roster_without_any_opens_without() -> None:
    roster = small_roster()
    lone = replace(roster, managed_titles=("", "", ""))
    assert not channel.opening_share(lone, small_parameters()).any()
    assert channel.opening_share(roster, small_parameters(managed_share=1.5))[:, 0].tolist() == [1.0, 1.0]


def test_taste_drifts_for_managed_offers_alone() -> None:
    constants, managed = row([1.0, -2.0, 0.5], [0.0, 0.0, 0.0])[..., None], np.array([False, False, True])
    found = channel.drifted(constants, managed, small_parameters(managed_taste_drift=(0.02, -0.01)))
    assert found[..., 0] == pytest.approx(row([1.0, -2.0, 0.52], [0.0, 0.0, -0.01]))


def test_what_is_declared_spans_what_nobody_publishes() -> None:
    known = scenarios.catalogue_of(scenarios.load("baseline"))
    share, drift = (known.find(name, "")[0] for name in ("managed_share", "managed_taste_drift"))
    assert (share.low, share.high, share.grade, share.acts) == (0.1, 0.4, "J", "base")
    assert drift.low < 0.0 < drift.high and drift.drawn
