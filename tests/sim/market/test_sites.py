"""What owners and buyers bring to the markets of a quarter, by hand: wants, terms, leanings, discounts, and what is
sold."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.arrays import Array
from sim.market.learning import Learning
from sim.market.sites import Markets, Offered
from sim.market.traits import supplier_groups
from sim.quarters import ordinal
from sim.roster import load_roster
from sim.supply.prices import aimed_markup
from sim.supply.programmes import Programmes
from tests.sim.market.scene import (
    BUYERS,
    CORE,
    DESK,
    EDGE,
    FREE,
    NORTH_CHIP,
    NORTH_GPU,
    OFFERS,
    ROSTER,
    SOUTH_GPU,
    TIED,
)
from tests.small import row, small_parameters, small_rules

QUARTER = 2
OPENS = ordinal("2030Q4")
"""By then the path of serving has ended."""
LN2 = float(np.log(2.0))
TASTE = 0.25


def noise(quarters: int = 3) -> tuple[Any, ...]:
    """Tastes: nothing but in the second quarter."""
    found = []
    for site in (CORE, EDGE):
        taste = np.zeros((quarters, 2, len(site.offers), len(site.buyers)))
        taste[QUARTER, :, 0, 0] = TASTE
        found.append(SimpleNamespace(taste=taste))
    return tuple(found)


def decided(**changes: Any) -> Any:
    """Everybody's decisions, as far as markets read them."""
    firms = row([10, 20, 30, 40], [1, 2, 3, 4])  # by region and skill
    party = {
        "firms": SimpleNamespace(wanted_h100e=firms),
        "plants": SimpleNamespace(wanted_h100e=10.0 * firms),
        "tied": SimpleNamespace(wanted_h100e=row(7, 8), term_quarters=row(9, 16)),
        "free": SimpleNamespace(wanted_h100e=row(5, 6), term_quarters=row(3, 1)),
    }
    plain = {
        "clouds": SimpleNamespace(
            commitment_discount=row([0.2, 0.0, 0.5], [0.1, 0.2, 0.0]), exit_fee_years=row([0.1, 0.2, 0], [0.3, 0, 0])
        ),
        "vendors": SimpleNamespace(openness=row([0.0, 0.8, 0.4], [0.5, 0.8, 0.4])),
        "labs": SimpleNamespace(
            training_share=row([0.5, 0.2], [0.5, 0.5]),
            supplier_preference=row([[1.0, 2.0, 0, 9.0], [0, -1.0, 0, 0]], [[0, 0, 0, 0], [0, 0.5, 0, 3.0]]),
        ),
        "by_party": party,
    }
    return SimpleNamespace(**{**plain, **changes})


def offered(price: Array | None = None) -> Any:
    """Prices 1 to 7 by pool, cost-based ones ten times as much; 100 to 700 H100e online; owners want a tenth of it."""
    steps = np.arange(1.0, 8.0)
    made = SimpleNamespace(
        efficiency=row([1, 0.5, 0.8], [1, 1, 1]),
        lean=row([0, LN2, -LN2], [0, 0, 0]),
        watts_per_h100e=row([850, 900, 700], [850, 900, 700]),
    )
    both = np.broadcast_to(steps, (2, 7))
    return Offered(QUARTER, both if price is None else price, 10.0 * both, 100.0 * both, 10.0 * both, made)  # type: ignore[arg-type]


def built(edge_open: float = 0.0, readiness: float = 0.0) -> Programmes:
    plain = Programmes.start(2, 3, 3)
    north = row([1, 0, 0], [0, 0, 0])
    return Programmes(
        readiness * north, plain.spent, plain.programme_quarters, edge_open * north, plain.in_works, plain.progress
    )


def found(p: Any = None, rules: Any = None, **how: Any) -> Any:
    p = p or small_parameters()
    markets = Markets(ROSTER, noise(), p, p, OPENS)
    return markets.conditions(offered(), Learning.start(ROSTER, 2), built(**how), decided(), rules or small_rules(p), p)


def test_each_site_has_the_figures_of_its_own_pools() -> None:
    core, edge = found()
    assert core.price[0].tolist() == [1, 2, 3, 4] and edge.price[0].tolist() == [6, 7]
    assert core.long_run_price[1].tolist() == [10, 20, 30, 40] and edge.capacity[0].tolist() == [600, 700]
    assert core.captive_wanted[1].tolist() == [10, 20, 30, 40] and core.exit_fee_years.tolist() == [
        [0.1, 0.2, 0],
        [0.3, 0, 0],
    ]
    # A discount of a fifth on the year is a premium of a quarter on the quarter.
    assert core.short_premium == pytest.approx(row([0.25, 0.0, 1.0], [1 / 9, 0.25, 0.0]))
    assert core.efficiency.tolist() == [[1, 0.5, 0.8], [1, 1, 1]] and core.watts_per_h100e[0].tolist() == [
        850,
        900,
        700,
    ]


def test_chips_fit_labs_by_their_own_plans_and_all_others_by_the_path() -> None:
    """A rival twice as good at serving as at training, the chip the other way round. The tied lab trains with half and
    finds them even; the free one serves with four fifths: 2^0.3. Firms serve with three quarters: 2^0.25."""
    core, edge = found(small_parameters(serving_share_end=0.75))
    rival, firm, lab = core.fit.buyers[0, 1], 2**0.25, 2**0.3
    assert rival == pytest.approx([firm, firm, 1.0, firm, firm, lab])
    assert core.fit.buyers[0, 2] == pytest.approx(1.0 / rival) and (core.fit.buyers[:, 0] == 1.0).all()
    assert core.fit.services[0] == pytest.approx([1.0, firm, 1 / firm]) and (core.fit.buyers[1] == 1.0).all()
    assert edge.fit.buyers[0, 1] == pytest.approx([firm] * 4)


def test_buyers_want_what_they_decided_for_the_term_that_rules_leave() -> None:
    """Firms take the usual term, 5 and 12 quarters (plants one and a half times that); labs their own. At home nobody
    may sign for more than 10 quarters in the first world, 6.4 in the second: 6."""
    p = small_parameters(contract_term_quarters=(5.0, 12.0), term_limit_quarters=row([10.0, 20.0], [6.4, 20.0]))
    core, edge = found(p)
    assert core.wanted.tolist() == [[10, 20, 7, 30, 40, 5], [1, 2, 8, 3, 4, 6]]
    assert edge.wanted.tolist() == [[100, 200, 300, 400], [10, 20, 30, 40]]
    assert core.term.tolist() == [[5, 5, 9, 5, 5, 3], [6, 6, 6, 12, 12, 1]]
    assert edge.term.tolist() == [[8, 8, 8, 8], [6, 6, 18, 18]]  # 7.5 rounds to even


def test_labs_lean_to_suppliers_of_direct_offers_and_tastes_are_those_of_the_quarter() -> None:
    """GPUs and rivals are bought (the second group); the small roster's chip is neither AWS's nor a TPU, so the last.
    Desk hides its."""
    core, _ = found()
    lean = core.taste.copy()
    assert lean[:, 0, 0] == pytest.approx([TASTE, TASTE])
    lean[:, 0, 0] = 0.0
    assert lean[:, [NORTH_GPU, SOUTH_GPU, 2], TIED] == pytest.approx(row([2, 2, 2], [0, 0, 0]))
    assert lean[:, [NORTH_GPU, NORTH_CHIP, DESK], FREE] == pytest.approx(row([-1, 0, 0], [0.5, 3, 0]))
    assert lean[:, NORTH_CHIP, TIED] == pytest.approx([9.0, 0.0])
    others = [buyer for buyer in range(BUYERS) if buyer not in (TIED, FREE)]
    assert not lean[:, :, others].any() and lean.shape == (2, OFFERS, BUYERS)


def test_groups_of_suppliers_follow_names_and_stacks() -> None:
    default = load_roster("default")
    for name, place in (("trainium", 0), ("tpu", 2), ("maia", 3)):
        own = [
            k
            for k, family in enumerate(default.sites[0].offer_family)
            if family >= 0 and default.families[family] == name
        ]
        groups = supplier_groups(default, default.sites[0])[own]
        assert groups.sum() == len(own) and groups[:, place].sum() == len(own)


def test_an_edge_programme_is_felt_at_the_edge_and_opens_the_own_chip_there() -> None:
    """Readiness of (e - 1) times 100 musd adds e's logarithm, 1, times its effect to North's offers at the edge, in the
    first world."""
    p = small_parameters(edge_programme_effect=0.4)
    core, edge = found(p, edge_open=1.0, readiness=100.0 * (np.e - 1.0))
    taste = edge.taste.copy()
    taste[:, 0, 0] -= TASTE
    assert taste[0] == pytest.approx(np.full((2, 4), 0.4)) and not taste[1].any()
    assert edge.available.tolist() == [[True, True], [True, False]] and core.available.all()
    _, shut = found(p, edge_open=0.5)
    assert not shut.available[:, 1].any()
    _, launched = found(small_parameters(trainium_edge_available=(0.0, 1.0)))
    assert launched.available.tolist() == [[True, False], [True, True]]


def test_openness_makes_ports_cheap_and_shares_the_ecosystem() -> None:
    """The second world's GPUs are half open, from closed: ports into and out of them cost e^-0.35. A tenth of half of
    their ecosystem of 30 serves every other stack."""
    p = small_parameters(openness_effect=0.7, openness_spillover=0.1)
    core, _ = found(p)
    assert core.p.porting_into_factor == pytest.approx(row([1, 1, 1], [np.exp(-0.35), 1, 1]))
    assert core.p.porting_out_factor == pytest.approx(row([1, 1, 1], [np.exp(-0.35), 1, 1]))
    assert core.ecosystem == pytest.approx(row([30, 10, 5], [30, 11.5, 6.5]))


def test_a_tie_is_gone_when_its_quarters_are_over() -> None:
    p = small_parameters(
        investor_tie_share=row([0.3, 0.3], [0.3, 0.3]), investor_tie_quarters=row([1.0, 1.0], [2.0, 2.0])
    )
    assert found(p)[0].p.investor_tie_share.tolist() == [[0, 0], [0.3, 0.3]]


def test_prices_are_aimed_at_cost_and_the_mark_up_of_the_start() -> None:
    """Half anchored: 1 + 0.5 x 0.6 + 0.5 x 0.2 times a cost of 10; in the second world not at all."""
    p = small_parameters(cloud_markup=0.2, markup_anchor=(0.5, 0.0))
    markup = aimed_markup(np.full((2, 7), 0.6), np.zeros((2, 7)), p)
    made = SimpleNamespace(
        costs=SimpleNamespace(long_run_usd=np.full((2, 7), 10.0)), online=np.full((2, 7), 9.0), production=None
    )
    got = Offered.of(1, SimpleNamespace(price=np.full((2, 7), 3.0)), made, np.full((2, 7), 1.0), markup)  # type: ignore[arg-type]
    assert got.long_run_price == pytest.approx(row([14.0] * 7, [12.0] * 7))
    assert (got.price == 3.0).all() and (got.online == 9.0).all() and (got.own_wanted == 1.0).all()
