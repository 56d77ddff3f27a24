"""What holds buyers, by hand: ports by skill and region, charges, what no fee removes, and who moved."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sim.finance import annuity
from sim.market.lock_in import Origins, SwitchingCosts
from sim.market.moves import moves
from tests.sim.market.scene import (
    BUYERS,
    CORE,
    DESK,
    EXPERTS_AWAY,
    EXPERTS_HOME,
    FREE,
    NORTH_CHIP,
    NORTH_GPU,
    SOUTH_GPU,
    SOUTH_RIVAL,
    TIED,
    USERS_AWAY,
    USERS_HOME,
    cohorts,
    conditions,
    market,
    state,
)
from tests.small import row, small_parameters, small_rules


def switching(**how: object) -> SwitchingCosts:
    """Switching costs where nothing is intangible, portable or learned; `how`: parameters, parts of the conditions, the
    book that stands and the mass that seeks."""
    rules, book, mass = how.pop("rules", {}), how.pop("book", None), how.pop("mass", np.zeros((2, BUYERS, 7)))
    named = ("exit_fee_years", "short_premium", "term", "available", "price")
    kept = {name: how.pop(name) for name in named if name in how}
    gravity = how.pop("gravity", np.ones((2, BUYERS, 3)))
    ports = how.pop("ports", np.zeros((2, BUYERS, 3)))
    plain = {
        "portability": 0.0,
        "porting_learning": 0.0,
        "porting_intangible": 0.0,
        "cloud_intangible": 0.0,
        "porting_cost_years": 1.0,
    }
    p = small_parameters(**{**plain, **how})
    c = conditions(p, rules=small_rules(p, **rules), **kept)  # type: ignore[arg-type]
    return market(p).switching_costs(state(book, gravity=gravity, ports=ports), c, mass)  # type: ignore[arg-type]


@pytest.mark.usefixtures("road")
def test_a_port_costs_by_skill_region_and_the_stacks_left_and_entered() -> None:
    """A year of the bill. An effect of 0.8 saves skill 0.75 a fifth and skill 1 two fifths, costs skill 0.25 a fifth
    more, and leaves the mean skill 0.5 alone. Away it costs half, once. Leaving another stack than CUDA costs 0.6 of
    it; entering the chip 1.5 times."""
    costs = switching(
        porting_skill_effect=(0.8, 0.4),
        porting_factor=row([1.0, 0.5], [1.0, 0.5]),
        porting_out_of_other_factor=0.6,
        porting_into_factor=row([1.0, 1.0, 1.5], [1.0, 1.0, 1.0]),
        porting_out_factor=row([1.0, 1.0, 2.0], [1.0, 1.0, 2.0]),
        greenfield_habit=0.5,
    ).stack_years
    gpu, rival, chip = 0, 1, 2
    assert costs[0, :, gpu, rival] == pytest.approx([0.8, 1.2, 0.6, 0.4, 0.6, 0.5])
    assert costs[1, :, gpu, rival] == pytest.approx([0.9, 1.1, 0.8, 0.45, 0.55, 0.5])
    assert costs[:, FREE, gpu, chip] == pytest.approx([0.75, 0.5])
    assert costs[:, FREE, rival, gpu] == pytest.approx([0.3, 0.3])
    assert costs[:, FREE, chip, gpu] == pytest.approx([0.6, 0.6])
    # Who starts from nothing minds half of the way from CUDA; who is owed to an investor nothing; nor does managed
    # service ask for any.
    assert costs[:, FREE, 3] == pytest.approx(row([0.0, 0.25, 0.375, 0.0], [0.0, 0.25, 0.25, 0.0]))
    assert not costs[:, :, 4].any() and not costs[..., 3].any()
    assert all(not costs[:, :, stack, stack].any() for stack in (gpu, rival, chip))


@pytest.mark.usefixtures("road")
def test_a_duty_to_interoperate_and_past_ports_make_a_port_cheaper() -> None:
    """A duty at home saves half of its strength of 0.8; three ports halve a cost that falls with the root. 60 % of a
    port is portable."""
    ports = np.zeros((2, BUYERS, 3))
    ports[:, USERS_AWAY, 1] = 3.0
    costs = switching(
        porting_skill_effect=0.0,
        portability=0.6,
        porting_learning=(0.5, 1.0),
        interoperability_effect=0.5,
        implementation_quality=1.0,
        rules={"interoperability_duty": row([0.8, 0.0], [0.0, 0.0])},
        ports=ports,
    ).stack_years
    assert costs[:, USERS_HOME, 0, 1] == pytest.approx([0.24, 0.4])
    assert costs[:, USERS_AWAY, 0, 1] == pytest.approx([0.2, 0.1]) and costs[:, EXPERTS_AWAY, 0, 1] == pytest.approx(
        [0.4, 0.4]
    )


@pytest.mark.usefixtures("road")
def test_leaving_a_cloud_costs_what_data_weigh_and_the_fee() -> None:
    """0.1 years of egress for data that weigh 1, three times that where they weigh 3; the factor of the region on each.
    A cap on fees at half strength halves both where it holds. In utils: alpha ln(1 + 4 c A), c in years of the bill
    that is entered: a year at North's 4 USD is four fifths of one at South's 5."""
    gravity = np.ones((2, BUYERS, 3))
    gravity[:, FREE, 0] = 3.0
    costs = switching(
        egress_cost_years=0.1,
        egress_factor=row([1.0, 2.0], [1.0, 1.0]),
        exit_fee_factor=row([1.0, 1.0], [0.5, 1.0]),
        gravity=gravity,
        exit_fee_years=row([0.05, 0.2, 0.0], [0.05, 0.2, 0.0]),
        implementation_quality=1.0,
        price_sensitivity=3.0,
        rules={"switching_fee_ban": row([0.5, 0.0], [0.0, 0.0])},
        cost_of_capital=0.4641,
        foresight_quarters=2.0,
        book=cohorts((NORTH_GPU, USERS_HOME, 3, 10.0, 1.0), (SOUTH_GPU, USERS_HOME, 3, 30.0, 1.0)),
    )
    years = costs.cloud_fee_years
    assert years[:, USERS_HOME] == pytest.approx(row([0.075, 0.15, 0.05], [0.125, 0.2, 0.1]))
    assert years[:, FREE] == pytest.approx(row([0.65, 0.4, 0.2], [0.35, 0.3, 0.1]))
    spread = 0.121 / 0.21  # 10 % a quarter over two quarters
    assert annuity(np.array([0.4641]), np.array([2.0])) == pytest.approx([spread])
    entered = np.array([[0.075, 0.075 * 4 / 5], [0.15 * 5 / 4, 0.15]])
    assert costs.cloud_utils[0, USERS_HOME, :2, :2] == pytest.approx(3 * 0.8 * np.log1p(4 * entered * spread))
    assert not costs.cloud_utils[:, :, 2].any() and not costs.cloud_utils[:, :, :, 2].any()  # House rents nothing out


@pytest.mark.usefixtures("road")
def test_a_bill_is_that_of_what_a_buyer_holds_and_seeks_at_a_cloud_for_its_term() -> None:
    """Chips at 2, GPUs at 4 and 5, rivals at 3 USD an hour. Experts hold 30 of North's chips and seek 10 of its GPUs
    anew: 2.5. Users, for a quarter, seek 20 of each and hold nothing: 3, and half of it on top. The tied lab has
    nothing: 3 at North, the mean of what is sold. South sells GPUs only."""
    mass, sold = np.zeros((2, BUYERS, 7)), np.ones((2, 5), bool)
    mass[:, EXPERTS_HOME, NORTH_GPU], mass[:, USERS_HOME, [NORTH_GPU, NORTH_CHIP]] = 10.0, 20.0
    mass[:, TIED, 5:], sold[:, [SOUTH_RIVAL, DESK]] = 8.0, False
    costs = switching(
        book=cohorts((NORTH_CHIP, EXPERTS_HOME, 2, 30.0, 9.0)),  # at whatever price that was signed
        mass=mass,
        available=sold,
        term=row([4, 1, 4, 4, 4, 4], [4, 1, 4, 4, 4, 4]),
        short_premium=row([0.5, 0.2, 0.0], [0.5, 0.2, 0.0]),
    )
    found = costs.cloud_price[:, [EXPERTS_HOME, USERS_HOME, TIED]]
    assert found == pytest.approx(np.array([[[2.5, 5.0, 0.0], [4.5, 6.0, 0.0], [3.0, 5.0, 0.0]]] * 2))


@pytest.mark.usefixtures("road")
def test_what_no_fee_removes_is_added_in_utils() -> None:
    """An interoperability duty cuts what is intangible in a stack, a cap on fees what is in a cloud, by 40 % of their
    strength."""
    rules = {"interoperability_duty": row([0.5, 0.0], [1.0, 0.0]), "switching_fee_ban": row([0.0, 1.0], [0.0, 0.5])}
    costs = switching(
        porting_cost_years=0.0,
        egress_cost_years=0.0,
        porting_intangible=(1.0, 2.0),
        cloud_intangible=(3.0, 1.0),
        intangible_factor=(1.0, 0.5),
        intangible_cut=0.4,
        implementation_quality=1.0,
        rules=rules,
    )
    assert costs.stack_utils[:, [USERS_HOME, FREE], 0, 1] == pytest.approx(row([0.8, 1.0], [0.6, 1.0]))
    assert costs.stack_utils[:, USERS_HOME, 0, 0].tolist() == [0.0, 0.0] and not costs.stack_utils[:, :, 3:].any()
    everywhere = np.broadcast_to(row([3.0, 1.8], [0.5, 0.4])[..., None], (2, 2, 3))
    assert costs.cloud_utils[:, [USERS_HOME, FREE], 1] == pytest.approx(everywhere)


@pytest.mark.usefixtures("road")
def test_who_moved_pays_the_cloud_that_it_leaves_and_ports() -> None:
    """The tied lab had 100 on North's GPUs. Half go to South's GPUs, a tenth to South's rival, two tenths to Desk, the
    rest waits; a quarter of 40 from nothing goes to the chip. 25 % are committed on top of use, so that flows of use
    are four fifths of what is signed. It owes North 0.2 years of the bill that it leaves, at 4.5 USD an hour, and half
    a year's new bill for a port to the rival and 0.3 to the chip."""
    mass, shares = np.zeros((2, BUYERS, 7)), np.zeros((2, 5, BUYERS, 7))
    returning = np.zeros_like(mass)
    returning[:, TIED, NORTH_GPU], mass[:, TIED, NORTH_GPU], mass[:, TIED, 5] = (
        [80.0, 0.0],
        [100.0, 100.0],
        [40.0, 40.0],
    )
    shares[:, [SOUTH_GPU, SOUTH_RIVAL, DESK], TIED, NORTH_GPU], shares[:, NORTH_CHIP, TIED, 5] = [0.5, 0.1, 0.2], 0.25
    years, fee = np.zeros((2, BUYERS, 5, 4)), np.zeros((2, BUYERS, 3))
    years[:, :, 0, 1], years[:, :, 3, 2], fee[:, :, 0], fee[:, :, 1] = 0.5, 0.3, 0.2, 9.0
    paid, price = np.zeros((2, 5, BUYERS)), np.full((2, BUYERS, 3), 7.0)
    price[:, TIED, 0] = 4.5
    paid[:, [SOUTH_GPU, SOUTH_RIVAL, DESK, NORTH_CHIP], TIED] = [5.0, 3.0, 4.0, 2.0]
    chosen = SimpleNamespace(
        asked=SimpleNamespace(mass=mass),
        seekers=SimpleNamespace(returning=returning),
        paid=paid,
        cleared=SimpleNamespace(shares=shares, by_buyer=np.zeros((2, 5, BUYERS))),
        costs=SwitchingCosts(np.zeros_like(years), years, np.zeros((2, BUYERS, 3, 3)), fee, price),
    )
    found = moves(CORE, Origins.of(CORE.offer_family, CORE.offer_owner, 3), chosen, np.array([1.25, 1.25]))  # type: ignore[arg-type]
    # 40 and 8 of what was in use change cloud; Desk is North's too. A year is four quarters.
    assert found.switched[:, TIED] == pytest.approx([48.0, 0.0])
    assert 1e6 * found.fee_musd_per_hour[:, :, TIED] == pytest.approx(row([48 * 4.5 * 0.2 * 4, 0, 0], [0, 0, 0]))
    assert found.ported[:, [SOUTH_GPU, SOUTH_RIVAL, DESK, NORTH_CHIP], TIED] == pytest.approx(
        row([0, 8, 0, 8], [0, 8, 0, 8])
    )
    ports = 1e6 * found.porting_musd_per_hour[:, :, TIED]
    assert ports == pytest.approx(np.broadcast_to([0, 0, 8 * 3 * 0.5 * 4, 8 * 2 * 0.3 * 4, 0], (2, 5)))
    assert found.fee_musd_per_hour.sum() == pytest.approx(found.fee_musd_per_hour[0, 0, TIED])


@pytest.mark.usefixtures("road")
def test_the_fee_for_leaving_is_that_of_the_cloud_left_in_the_ledger_and_in_choice() -> None:
    """1,000 H100e leave North at 2.00 for South at 1.00, 0.1 years of the bill each: 1,000 x 2.00 x 876 hours, 1.752
    musd. Choice counts the same sum: 0.2 years of 1,000 x 1.00 x 8,760. Back in the second world: half of it, 0.876."""
    mass = np.zeros((2, BUYERS, 7))
    mass[0, FREE, NORTH_GPU], mass[1, FREE, SOUTH_GPU] = 1000.0, 1000.0
    sold, shares = np.zeros((2, 5), bool), np.zeros((2, 5, BUYERS, 7))
    sold[:, [NORTH_GPU, SOUTH_GPU]] = True
    shares[:, SOUTH_GPU, FREE, NORTH_GPU], shares[:, NORTH_GPU, FREE, SOUTH_GPU] = 1.0, 1.0
    costs = switching(
        price=row([2.0, 9.0, 1.0, 9.0], [2.0, 9.0, 1.0, 9.0]),
        available=sold,
        mass=mass,
        egress_cost_years=0.1,
        price_sensitivity=2.0,
        lab_price_sensitivity_factor=1.0,
    )
    chosen = SimpleNamespace(
        asked=SimpleNamespace(mass=mass),
        seekers=SimpleNamespace(returning=mass),
        paid=np.ones((2, 5, BUYERS)),
        cleared=SimpleNamespace(shares=shares, by_buyer=np.zeros((2, 5, BUYERS))),
        costs=costs,
    )
    found = moves(CORE, Origins.of(CORE.offer_family, CORE.offer_owner, 3), chosen, np.ones(2))  # type: ignore[arg-type]
    assert 2190 * found.fee_musd_per_hour[:, :2, FREE] == pytest.approx(row([1.752, 0.0], [0.0, 0.876]))
    p = small_parameters()
    years = np.expm1(costs.cloud_utils[:, FREE] / 2.0) / 4.0 / annuity(p.cost_of_capital, p.foresight_quarters)[0]
    assert years[0, 0, 1] * 1000 * 1.00 * 8760 / 1e6 == pytest.approx(1.752)
    assert years[1, 1, 0] * 1000 * 2.00 * 8760 / 1e6 == pytest.approx(0.876)
