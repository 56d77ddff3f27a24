"""Who pays whom in a quarter, by hand on the small roster: rent, fines, tariffs, chips abroad, power, write-offs and
tax."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.accounts.ledger import Payment
from sim.accounts.settlement import Bills, Bookkeeper, Settled
from sim.accounts.state import Assets
from sim.enforcement.state import CaseFines
from sim.market.use import Use
from sim.supply.capacity import AGES, Fleet
from tests.small import row, small_parameters, small_roster

ROSTER = small_roster()
CORE, EDGE = ROSTER.sites
EXPERTS_HOME, USERS_HOME, TIED, EXPERTS_AWAY, USERS_AWAY, FREE = range(6)
HOUR = 1.0 / 2190.0
"""Musd an hour that make 1 musd a quarter."""
NONE = {
    "fine_share": 0.0,
    "tax_rate": 0.0,
    "research_intensity": 0.0,
    "operations_usd_per_h100e_hour": 0.0,
    "power_price_usd_per_kwh": 0.0,
}


def core(**changes: Any) -> Any:
    """Experts at home pay North 40 musd, the tied lab 60 for Desk, users away South 50, the free lab South 30 for
    rivals."""
    bill = np.zeros((2, 5, 6))
    for offer, buyer, musd in ((0, EXPERTS_HOME, 40.0), (4, TIED, 60.0), (1, USERS_AWAY, 50.0), (2, FREE, 30.0)):
        bill[:, offer, buyer] = musd * HOUR
    none = np.zeros((2, 5, 6))
    plain = {
        "bill_musd_per_hour": bill,
        "exit_fee_musd_per_hour": none,
        "switching_fee_musd_per_hour": np.zeros((2, 3, 6)),
        "porting_musd_per_hour": none,
    }
    return SimpleNamespace(**{**plain, **changes}, used=none)


def edge() -> Any:
    """Plants away pay North 10."""
    bill, none = np.zeros((2, 2, 4)), np.zeros((2, 2, 4))
    bill[:, 0, 2] = 10.0 * HOUR
    return SimpleNamespace(
        bill_musd_per_hour=bill,
        exit_fee_musd_per_hour=none,
        switching_fee_musd_per_hour=np.zeros((2, 3, 4)),
        porting_musd_per_hour=none,
        used=none,
    )


def bills(**changes: Any) -> Bills:
    """Nothing is delivered, made, used or traded, and nobody is fined."""
    pools, lines, none = np.zeros((2, 7)), np.zeros((2, 6)), np.zeros((2, 6))
    made: dict[str, Any] = {
        "delivered": pools,
        "deal": pools + 1.0,
        "retired": pools,
        "scrapped": np.zeros((2, 7, AGES)),
        "online": pools,
        "output": lines,
        "diverted": lines,
        "unit_cost": np.full((2, 3), 10e3),
        "costs": SimpleNamespace(
            long_run_usd=pools, capex_usd_per_h100e=np.full((2, 7), 30e3), mw_per_h100e=np.full((2, 7), 0.001)
        ),
    }
    clouds = {"porting_kit_musd": np.zeros((2, 3)), "edge_programme_musd": np.zeros((2, 3))}
    standing = np.zeros((2, 7, AGES))
    plain: dict[str, Any] = {
        "made": SimpleNamespace(**{name: changes.pop(name, value) for name, value in made.items()}),
        "outcomes": (changes.pop("core", core()), edge()),
        "use": Use(pools, pools, pools),
        "traded": SimpleNamespace(paid_musd=none, received_musd=none),
        "decisions": SimpleNamespace(
            clouds=SimpleNamespace(**{name: changes.pop(name, value) for name, value in clouds.items()}),
            labs=SimpleNamespace(portability_musd=changes.pop("portability_musd", np.zeros((2, 2)))),
        ),
        "fines": CaseFines(np.zeros((2, 2)), np.zeros((2, 3))),
        "terms": SimpleNamespace(chip_price=row([20e3, 16e3, 8e3], [20e3, 16e3, 8e3])),
        "fleet": Fleet(standing, standing, standing),
        "backlog": pools,
    }
    return Bills(**{**plain, **changes})


def settled(p: Any = None, also: tuple[Payment, ...] = (), equipment: Assets | None = None, **changes: Any) -> Settled:
    """A quarter of a cloud market that has nothing on the books but what is said."""
    books = Bookkeeper(ROSTER)
    opened = books.open(equipment or Assets.empty(2, 3), np.zeros((2, 3)), np.zeros((2, 3)))
    found = books.settle(opened, bills(**changes), also, p or small_parameters(**NONE))
    assert found.ledger.imbalance().max() < 1e-12
    return found


# --- clouds -----------------------------------------------------------------------------------------------------------


def test_rent_goes_to_the_cloud_that_serves_whatever_is_served() -> None:
    found = settled().statement
    assert found.revenue == pytest.approx(row([110, 80, 0], [110, 80, 0])) and found.buyer_spend == pytest.approx(
        [190, 190]
    )
    assert settled().balance.cash == pytest.approx(row([1110, 580, 200], [1110, 580, 200]))


def test_charges_for_leaving_are_income_and_ports_are_not() -> None:
    """The tied lab buys itself out of South for 3 and leaves North for 5 (nothing in the second world); 2 of porting go
    to software firms."""
    exits, leaving, ports = np.zeros((2, 5, 6)), np.zeros((2, 3, 6)), np.zeros((2, 5, 6))
    exits[:, 2, TIED], leaving[:, 0, TIED], ports[:, 3, FREE] = 3 * HOUR, [5 * HOUR, 0.0], 2 * HOUR
    found = settled(
        core=core(exit_fee_musd_per_hour=exits, switching_fee_musd_per_hour=leaving, porting_musd_per_hour=ports)
    )
    assert found.statement.revenue == pytest.approx(
        row([115, 83, 0], [110, 83, 0])
    ) and found.statement.fees == pytest.approx(row([5, 3, 0], [0, 3, 0]))
    assert found.statement.switching_spend == pytest.approx(
        [10.0, 5.0]
    ) and found.statement.buyer_spend == pytest.approx([198.0, 193.0])
    assert found.ledger.net("buyer:free") == pytest.approx([-32.0, -32.0]) and found.ledger.net(
        "software"
    ) == pytest.approx([2.0, 2.0])


def test_a_fine_on_clouds_is_a_share_of_what_customers_of_the_region_pay() -> None:
    """5 % everywhere by shock, and 20 % at home by a case: of North's 100 at home a quarter, of its 10 and South's 80
    away a twentieth. In the second world the case is away."""
    fines = CaseFines(row([0.2, 0.0], [0.0, 0.1]), np.zeros((2, 3)))
    found = settled(small_parameters(**{**NONE, "fine_share": 0.05}), fines=fines)
    assert found.ledger.by_kind["fines"] == pytest.approx([25 + 0.5 + 4, 5 + 1.5 + 12])
    assert found.statement.cash_costs == pytest.approx(
        row([25.5, 4, 0], [6.5, 12, 0])
    ) and found.statement.fines == pytest.approx([29.5, 18.5])
    assert found.ledger.net("treasury") == pytest.approx([29.5, 18.5])


def test_a_fine_on_a_designer_is_a_share_of_its_revenue_and_no_cloud_pays() -> None:
    """South buys 1000 rivals at 16 000: 16 musd, and 4 more go abroad from an output of 1250. A fifth of 20 is due; the
    second world has no case. Research is a tenth of revenue, wafers cost 10 000 an H100e."""
    delivered, output, diverted = np.zeros((2, 7)), np.zeros((2, 6)), np.zeros((2, 6))
    delivered[:, 3], output[:, 1], diverted[:, 1] = 1000.0, 1250.0, 250.0
    fines = CaseFines(np.zeros((2, 2)), row([0, 0.2, 0], [0, 0, 0]))
    p = small_parameters(**{**NONE, "research_intensity": 0.1})
    found = settled(p, fines=fines, delivered=delivered, output=output, diverted=diverted)
    assert found.statement.vendor_revenue == pytest.approx(row([0, 20, 0], [0, 20, 0])) and found.statement.vendor_cost[
        :, 1
    ] == pytest.approx([12.5, 12.5])
    assert found.balance.vendor_cash[:, 1] == pytest.approx(
        [20 - 12.5 - 2 - 4, 20 - 12.5 - 2]
    ) and found.statement.fines == pytest.approx([4, 0])
    assert found.statement.cash_costs.max() == 0.0 and found.ledger.net("outside") == pytest.approx([-4, -4])


def test_chips_are_bought_at_what_was_agreed_with_the_tariff_on_top() -> None:
    """North gets 500 GPUs at 90 % of 20 000, 9 musd, and 200 of its own chips at 8 000; South 100 rivals. A tariff of a
    tenth. Systems are 30 000 an H100e: what chips and tariffs leave of it goes to builders, with sites for the power
    beyond what retires: 0.7 MW less
    0.2 at 10 musd a MW."""
    delivered, deal, retired = np.zeros((2, 7)), np.ones((2, 7)), np.zeros((2, 7))
    delivered[:, [0, 1, 3]], deal[:, 0], retired[:, 0] = [500.0, 200.0, 100.0], 0.9, 160.0
    standing = np.zeros((2, 7, AGES))
    standing[:, 0, 3] = 1000.0
    p = small_parameters(**NONE, accelerator_tariff=(0.1, 0.0), site_capex_musd_per_mw=10.0, pue=1.25)
    found = settled(
        p,
        delivered=delivered,
        deal=deal,
        retired=retired,
        fleet=Fleet(standing, np.full_like(standing, 1000.0), standing),
    )
    chips = found.statement.chip_spend
    assert chips[0] == pytest.approx(np.array([[9.0, 0, 1.6], [0, 1.6, 0], [0, 0, 0]])) and chips[1] == pytest.approx(
        chips[0]
    )
    assert found.ledger.by_kind["tariffs"] == pytest.approx([1.22, 0.0])
    assert found.statement.capex == pytest.approx(row([21 + 5, 3 + 1, 0], [26, 4, 0]))
    assert found.balance.sites_gross == pytest.approx(row([5, 1, 0], [5, 1, 0]))
    assert found.ledger.by_kind["systems and sites"] == pytest.approx([30 - 12.2 - 1.22, 30 - 12.2])


def test_sites_are_paid_as_they_are_built() -> None:
    """A site for 1000 GPUs of 1 kW costs 15 musd. Ordered with a lead of three quarters, a third is paid in each; what
    comes in the third quarter was paid but for its last third. Of sites on order at the start half is paid."""
    p = small_parameters(**NONE, site_capex_musd_per_mw=15.0, foundry_lead_quarters=3.0)
    books, ordered, none = Bookkeeper(ROSTER), np.zeros((2, 7)), np.zeros((2, 7))
    ordered[:, 0] = 1000.0
    now = books.open(Assets.empty(2, 3), np.zeros((2, 3)), np.zeros((2, 3)))
    paid = []
    for backlog, delivered in ((ordered, none), (ordered, none), (none, ordered), (none, none)):
        found = books.settle(now, bills(backlog=backlog, delivered=delivered), (), p)
        paid.append(float(found.balance.sites_gross[0, 0] - now.sites_gross[0, 0]))
        now = found.balance
    assert paid == pytest.approx([5, 5, 5, 0]) and now.building == pytest.approx(np.zeros((2, 3)))
    assert (
        books.open(Assets.empty(2, 3), np.zeros((2, 3)), row([5, 0, 0], [5, 0, 0])).building[:, 0].tolist() == [2.5] * 2
    )


def test_what_runs_takes_power_and_idle_capacity_a_third() -> None:
    """Of 900 GPUs online 600 are used: 700 at full power, of 1000 W at a PUE of 1.2: 0.84 MW for 2190 hours. At 0.1 USD
    a kWh; operations at 0.17 USD an hour for 850 W, for all that is online. House uses 500 of its own at a cost of 2
    USD an hour."""
    online, used, own, cost = np.zeros((2, 7)), np.zeros((2, 7)), np.zeros((2, 7)), np.full((2, 7), 2.0)
    online[:, 0], used[:, 0], online[1, 0] = 900.0, 600.0, 600.0
    own[:, 4] = 500.0
    standing = np.zeros((2, 7, AGES))
    standing[:, 0, 2] = 1000.0
    p = small_parameters(**{**NONE, "power_price_usd_per_kwh": 0.1, "operations_usd_per_h100e_hour": 0.17}, pue=1.2)
    made = SimpleNamespace(long_run_usd=cost, capex_usd_per_h100e=cost, mw_per_h100e=cost)
    found = settled(
        p,
        online=online,
        use=Use(own, used, used),
        fleet=Fleet(standing, np.full_like(standing, 1000.0), standing),
        costs=made,
    )
    assert found.statement.energy_mwh == pytest.approx([0.84 * 2190, 0.72 * 2190])
    power, operations = np.array([84.0, 72.0]) * 2190e-6, np.array([900.0, 600.0]) * 0.2 * 2190e-6
    assert found.statement.cash_costs[:, 0] == pytest.approx(power + operations)
    assert found.statement.revenue[:, 2] == pytest.approx([2.19, 2.19]) and found.ledger.by_kind[
        "internal use"
    ] == pytest.approx([2.19, 2.19])


def test_programmes_and_back_ends_are_paid_to_those_who_do_the_work() -> None:
    also = (Payment("investors", "buyer:tied", np.array([9.0, 0.0]), "funding"),)
    found = settled(
        also=also,
        porting_kit_musd=row([7, 0, 0], [1, 0, 0]),
        edge_programme_musd=row([2, 3, 0], [0, 0, 0]),
        portability_musd=row([4, 0], [0, 6]),
    )
    assert found.statement.cash_costs.tolist() == [[9, 3, 0], [1, 0, 0]] and found.ledger.net("software").tolist() == [
        16,
        7,
    ]
    assert found.ledger.net("buyer:tied") == pytest.approx([-60 - 4 + 9, -60]) and found.ledger.net(
        "buyer:free"
    ) == pytest.approx([-30, -36])


def test_sublets_move_money_between_buyers_only() -> None:
    paid, received = np.zeros((2, 6)), np.zeros((2, 6))
    paid[:, FREE], received[:, [TIED, EXPERTS_HOME]] = [5.0, 1.0], [[4.0, 1.0], [1.0, 0.0]]
    found = settled(traded=SimpleNamespace(paid_musd=paid, received_musd=received))
    assert found.ledger.net("buyer:free") == pytest.approx([-35, -31]) and found.ledger.net(
        "buyer:tied"
    ) == pytest.approx([-56, -59])
    assert found.ledger.net("exchange") == pytest.approx([0, 0]) and found.statement.buyer_spend == pytest.approx(
        [190, 190]
    )


# --- what it leaves ---------------------------------------------------------------------------------------------------


def aged(**musd: float) -> Assets:
    """North's equipment: so much spent so many quarters ago, before this quarter."""
    by_age = np.zeros((2, 3, AGES))
    for age, amount in musd.items():
        by_age[:, 0, int(age[1:])] = amount
    return Assets(by_age)


def test_income_and_tax_follow_lives_of_their_own() -> None:
    """North earns 110. Equipment of 80 (in its sixth quarter) is charged 10 a quarter over 8 and 20 of it are written
    off; in the second world it is charged over 16 and 50 are left, ten sixteenths. Sites of 120 are charged over 60.
    Tax books charge 80 over 4 quarters, which are past, so that 25 % of 108 are due in both; of South's 80 a
    quarter."""
    p = small_parameters(
        **{**NONE, "tax_rate": 0.25},
        useful_life_quarters=(8.0, 16.0),
        retirement_quarters=6.0,
        tax_life_quarters=4.0,
        site_life_quarters=60.0,
    )
    books = Bookkeeper(ROSTER)
    found = books.settle(books.open(aged(q4=80.0), row([120, 0, 0], [120, 0, 0]), np.zeros((2, 3))), bills(), (), p)
    made = found.statement
    assert made.write_off[:, 0] == pytest.approx([20, 50]) and made.depreciation[:, 0] == pytest.approx([12, 7])
    assert made.operating_income == pytest.approx(row([78, 80, 0], [53, 80, 0]))
    assert made.tax == pytest.approx(row([27, 20, 0], [27, 20, 0])) and made.free_cash_flow == pytest.approx(
        row([83, 60, 0], [83, 60, 0])
    )
    assert found.balance.cash == pytest.approx(row([1083, 560, 200], [1083, 560, 200]))
    # A tax life of 5 quarters and more would have charged it: 108 - 80 / 8.
    longer = books.settle(
        books.open(aged(q4=80.0), row([120, 0, 0], [120, 0, 0]), np.zeros((2, 3))),
        bills(),
        (),
        p.replace(tax_life_quarters=np.array([8.0, 8.0])),
    )
    assert longer.statement.tax[:, 0] == pytest.approx([24.5, 24.5])


def test_who_earns_nothing_pays_no_tax() -> None:
    p = small_parameters(**{**NONE, "tax_rate": 0.25})
    found = settled(p, porting_kit_musd=row([150, 0, 0], [10, 0, 0])).statement
    assert found.tax[:, 0] == pytest.approx([0, 25]) and found.operating_income[:, 0] == pytest.approx([-40, 100])


def test_books_open_at_todays_cost_of_the_core() -> None:
    """40 000 USD for each of 50 in their fourth quarter is 2 musd; the edge's stock is on nobody's books."""
    h100e = np.zeros((2, 7, AGES))
    h100e[:, [0, 2, 5], 3] = [[50, 10, 9], [0, 10, 9]]
    found = Assets.of_fleet(ROSTER, Fleet(h100e, h100e, h100e), np.full((2, 7), 40e3))
    assert found.capex_by_age[:, :, 3] == pytest.approx(
        row([2, 0.4, 0], [0, 0.4, 0])
    ) and found.capex_by_age.sum() == pytest.approx(2.8)
