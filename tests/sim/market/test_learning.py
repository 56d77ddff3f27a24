"""What use teaches, by hand: ecosystems, gaps that close, ports done, data that gather."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sim.market.learning import Learning, next_ecosystem, next_gravity, ports, remaining_gap
from tests.sim.market.scene import BUYERS, CORE, DESK, FREE, NORTH_CHIP, NORTH_GPU, ROSTER, SOUTH_RIVAL, TIED, state
from tests.small import row, small_parameters


def test_an_ecosystem_ages_and_grows_with_use_and_kits() -> None:
    """Of 10 a tenth is out of date, 5 % are added by kits and 3 by use; of 20 a half is."""
    found = next_ecosystem(row([10.0], [20.0]), row([3.0], [0.0]), np.array([0.1, 0.5]), row([0.05], [0.0]))
    assert found == pytest.approx(row([12.5], [10.0]))


def test_a_gap_closes_as_its_ecosystem_outgrows_the_start_and_never_widens() -> None:
    """From (4 + 5) to (31 + 5): a quarter of it, whose root is a half. An ecosystem that shrinks loses nothing."""
    found = remaining_gap(
        row([0.4, 0.4], [0.4, 0.4]),
        row([4.0, 4.0], [4.0, 4.0]),
        row([31.0, 1.0], [31.0, 1.0]),
        np.array([5.0, 5.0]),
        np.array([0.5, 1.0]),
    )
    assert found == pytest.approx(row([0.2, 0.4], [0.1, 0.4]))


def test_data_gather_where_a_buyer_works() -> None:
    """Half of its use with the first cloud: 0.5 / 0.55 of the growth; 5 % age."""
    found = next_gravity(
        np.full((2, 1, 2), 2.0), np.array([[[0.5, 0.0]], [[1.0, 0.2]]]), np.array([0.11, 0.21]), np.array([0.05, 0.1])
    )
    assert found[:, 0] == pytest.approx(row([1.9 + 0.1, 1.9], [1.8 + 0.2, 1.8 + 0.21 * 0.8]))


def test_gaps_start_from_maturity_and_have_a_widest() -> None:
    learning = Learning.start(ROSTER, 2)
    assert learning.start_level.tolist() == [[30.0, 10.0, 5.0]] * 2 and learning.start_gap == pytest.approx(
        row([0, 0.2, 0.4], [0, 0.2, 0.4])
    )
    assert learning.software_gap(small_parameters(software_gap_factor=row([1, 1, 1], [1, 2, 3]))) == pytest.approx(
        row([0, 0.2, 0.4], [0, 0.4, 0.95])
    )


def used(direct: list[float], managed: list[float], own: list[float]) -> SimpleNamespace:
    return SimpleNamespace(
        direct_use_by_pool=1e6 * row(direct, direct),
        managed_use_by_pool=1e6 * row(managed, managed),
        captive_used=1e6 * row(own, own),
    )


def test_all_use_of_a_family_counts_and_kits_for_the_own_chip() -> None:
    """GPUs: 1 direct, 2 for Desk, 3 own at North and 4 at South; the edge's 10 count by a tenth, in the second world
    not at all. North spends 100 on kits at 0.001 a musd, so the chip grows by a tenth; software work takes 0.2 from the
    rival."""
    core, edge = (
        used([1.0, 5.0, 4.0, 2.0], [2.0, 1.0, 0.0, 0.0], [3.0, 0.0, 0.0, 0.0]),
        used([10.0, 0.0], [0.0, 0.0], [0.0, 0.0]),
    )
    p = small_parameters(ecosystem_decay=(0.1, 0.0), porting_kit_effect=0.001, edge_ecosystem_spillover=(0.1, 0.0))
    kits, software = row([100.0, 50.0, 0.0], [0.0, 0.0, 0.0]), row([0.0, -0.2, 0.0], [0.0, 0.0, 0.0])
    found = Learning.start(ROSTER, 2).after(ROSTER, (core, edge), kits, software, p)  # type: ignore[arg-type]
    assert found.ecosystem == pytest.approx(row([30 * 0.9 + 10 + 1, 10 * 0.7 + 2, 5 * 1.0 + 6], [40, 12, 11]))
    assert found.start_level.tolist() == [[30.0, 10.0, 5.0]] * 2


def test_buyers_count_their_ports_and_gather_data() -> None:
    """The tied lab uses 60 GPUs, 20 of Desk and 20 chips, of which 5 were ported: 5 % of a port. 120 musd of work at
    0.01 are worth
    1.2 ports, over three stacks. The free lab works a quarter with South, the rest with North, and has done two ports
    before."""
    work, done = np.zeros((2, 5, BUYERS)), np.zeros((2, 5, BUYERS))
    work[:, [NORTH_GPU, DESK, NORTH_CHIP], TIED], work[:, [NORTH_GPU, SOUTH_RIVAL], FREE] = (
        [60.0, 20.0, 20.0],
        [30.0, 10.0],
    )
    done[:, NORTH_CHIP, TIED], done[:, SOUTH_RIVAL, FREE] = 5.0, [10.0, 4.0]
    before = np.zeros((2, BUYERS, 3))
    before[:, FREE, 1] = 2.0
    p = small_parameters(portability_productivity=(0.01, 0.0), data_gravity_growth=0.1, data_gravity_decay=0.05)
    outcome, roster = SimpleNamespace(used=work, ported=done), SimpleNamespace(sites=(CORE,))
    (after,) = ports(roster, (state(ports=before),), (outcome,), row([120.0, 0.0], [120.0, 30.0]), p)  # type: ignore[arg-type]
    assert after.ports[:, TIED] == pytest.approx(row([0.4, 0.4, 0.45], [0.0, 0.0, 0.05]))
    assert after.ports[:, FREE] == pytest.approx(row([0.0, 2.25, 0.0], [0.0, 2.1, 0.0]))
    assert after.ports.sum() == pytest.approx(1.25 + 2.25 + 0.05 + 2.1)
    assert after.gravity[:, TIED] == pytest.approx(np.broadcast_to([0.95 + 0.1 / 1.05, 0.95, 0.95], (2, 3)))
    assert after.gravity[:, FREE] == pytest.approx(
        np.broadcast_to([0.95 + 0.1 * 0.75 / 0.8, 0.95 + 0.1 * 0.25 / 0.3, 0.95], (2, 3))
    )
