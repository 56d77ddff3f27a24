"""Levers on single generations, by hand: which there are, what each moves, and that they rest."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.quarters import ordinal
from sim.roster import load_roster, named_generations, slug
from sim.streams import Streams
from sim.supply.named import Levers
from sim.supply.technology import production, timeline
from tests.sim.supply.test_technology import plain_parameters

FAMILIES = ("nvidia", "trainium")
NAMES = ("b300", "rubin", "trainium3", "trainium4")
START = ordinal("2025Q4")
NVIDIA, TRAINIUM = 0, 1


def ahead(known_until: str = "") -> Any:
    margin = np.full((2, 2), 0.5)
    return timeline(SimpleNamespace(families=FAMILIES), plain_parameters(2, 0.0), Streams(1, 0, 2), margin, known_until)


def levers(**changes: dict[str, float]) -> Any:
    """Levers at rest but for changes of generations by name, in the second world alone."""
    kinds = {"generation_delay_quarters": 0.0, "generation_cost_factor": 1.0, "generation_performance_factor": 1.0}
    p = {kind: np.full((2, len(NAMES)), rest) for kind, rest in kinds.items()}
    for kind, by_name in changes.items():
        for name, value in by_name.items():
            p[kind][1, NAMES.index(name)] = value
    return SimpleNamespace(**p)


def test_the_last_on_the_market_and_the_announced_have_levers() -> None:
    assert tuple(name for family in FAMILIES for name, _ in named_generations(family)) == NAMES
    assert [place for _, place in named_generations("trainium")] == [2, 3]
    assert slug("TPU v7") == "tpu-v7" and "next-maia" in load_roster("default").entities["generation"]


def test_at_rest_nothing_is_touched() -> None:
    known = ahead()
    assert Levers.of(FAMILIES, "", START).acting(known, levers()) is known


def test_a_delay_moves_one_launch_in_one_world() -> None:
    known = ahead()
    found = Levers.of(FAMILIES, "", START).acting(known, levers(generation_delay_quarters={"trainium3": 3.0}))
    moved = found.launch - np.where(np.isfinite(known.launch), known.launch, 0.0)
    moved = np.where(np.isfinite(known.launch), moved, 0.0)
    assert moved[1, TRAINIUM, 2] == 3.0 and np.count_nonzero(moved) == 1
    assert found.due[1, TRAINIUM, 2] - known.due[1, TRAINIUM, 2] == 3.0
    late, on_time = (production(one, START, np.zeros((2, 2)), START + 1, np.ones(2)) for one in (found, known))
    assert late.h100e_per_chip[:, TRAINIUM] == pytest.approx([1.27, 0.656])
    assert on_time.h100e_per_chip[:, TRAINIUM] == pytest.approx([1.27, 1.27])
    assert late.h100e_per_chip[:, NVIDIA].tolist() == on_time.h100e_per_chip[:, NVIDIA].tolist()


def test_what_was_launched_before_the_start_is_not_delayed() -> None:
    found = Levers.of(FAMILIES, "", START).acting(ahead(), levers(generation_delay_quarters={"b300": 3.0}))
    assert found.launch.tobytes() == ahead().launch.tobytes()


def test_cost_and_performance_of_a_chip_move_its_h100e_and_no_other_generation() -> None:
    """Half as much again for a chip at 0.9 of its cost: an H100e costs 0.6 of what it did and draws two thirds."""
    known = ahead()
    changed = levers(generation_cost_factor={"trainium4": 0.9}, generation_performance_factor={"trainium4": 1.5})
    found = Levers.of(FAMILIES, "", START).acting(known, changed)
    for name, factor in (("h100e_per_chip", 1.5), ("cost_per_h100e", 0.6), ("watts_per_h100e", 2 / 3)):
        ratio = getattr(found, name) / getattr(known, name)
        assert ratio[1, TRAINIUM, 3] == pytest.approx(factor)
        ratio[1, TRAINIUM, 3] = 1.0
        assert (ratio == 1.0).all()
    assert found.chips_per_wafer is known.chips_per_wafer and found.efficiency is known.efficiency


def test_what_a_game_does_not_know_cannot_be_pulled() -> None:
    """At the end of 2024 neither Trainium3 nor a road map was out, and the place after Trainium2 is another chip's."""
    known = ahead("2024Q4")
    every = dict.fromkeys(NAMES, 2.0)
    found = Levers.of(FAMILIES, "2024Q4", ordinal("2024Q4")).acting(known, levers(generation_cost_factor=every))
    assert found.cost_per_h100e.tobytes() == known.cost_per_h100e.tobytes()
