"""Corners that no ordinary quarter reaches: pools without a price, labs without tokens, losses, absent names.

The watched game's parts with one thing changed: figures by hand, or by the second method of the same column.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim import measures
from sim.measures import bookings, money, stacks
from sim.measures import labs as lab_measures
from sim.measures.figures import Figures
from tests.sim.measures.by_hand import labs as labs_by_hand
from tests.sim.measures.by_hand import prices as prices_by_hand
from tests.sim.measures.by_hand import public as public_by_hand
from tests.sim.measures.by_hand import shares as shares_by_hand
from tests.sim.measures.by_hand.world import Watched, World


@pytest.fixture
def third(watched: Watched) -> list[World]:
    """The third quarter of every world."""
    return [w for w in watched.worlds if w.quarter == 3]


def put(array: Any, value: float, *place: Any) -> Any:
    """A copy of an array with a value at a place in all worlds."""
    found = array.copy()
    found[(slice(None), *place)] = value
    return found


def changed(worlds: list[World], **state: Any) -> list[World]:
    """The same worlds whose quarter ended with another part of the state."""
    after = replace(worlds[0].after, **state)
    return [World(w.given, w.before, after, w.r, w.earlier) for w in worlds]


# --- prices and commitments -----------------------------------------------------------------------------------------


def test_a_pool_without_a_price_counts_in_no_price(third: list[World]) -> None:
    """Azure's Nvidia capacity is let for nothing: in use all the same, valued at what the others ask for the family."""
    one, pool = third[0], third[0].roster.pools
    free = next(k for k in range(len(pool)) if one.roster.pool_name(k) == "azure/nvidia/core")
    worlds = changed(third, supply=replace(one.after.supply, price=put(one.after.supply.price, 0.0, free)))
    f = Figures.of(one.given, worlds[0].after.supply, one.played)
    found = measures.of(one.given, f, one.before, worlds[0].after, one.played)
    by_hand = {**shares_by_hand.COLUMNS, **prices_by_hand.COLUMNS}
    for column in ("trainium_share_spend", "trainium_share_spend_core", "price_usd_per_h100e_hour", "price_over_cost"):
        assert found[column] == pytest.approx([by_hand[column](w) for w in worlds], rel=1e-9)
    index = measures.indices(one.given, f, one.before.indices, one.played)
    assert index.level == pytest.approx([prices_by_hand.chained(w) for w in worlds], rel=1e-9)
    assert index.fixed == pytest.approx([prices_by_hand.fixed_basket(w) for w in worlds], rel=1e-9)


def test_what_binds_is_what_has_a_price_or_is_all_but_booked(third: list[World]) -> None:
    """Pools of 100 online, 10 in own use. AWS: Nvidia with a shadow price and nothing booked binds, Trainium with 89.4
    booked (99.4 %) does not. Azure: Nvidia with 89.5 (99.5 %) and AMD with 94 do, Maia with 9 does not."""
    one = third[0]
    names = [one.roster.pool_name(k) for k in range(len(one.roster.pools))]
    booked, shadow = np.zeros((3, len(names))), np.zeros((3, len(names)))
    for name, amount in (("aws/trainium", 89.4), ("azure/nvidia", 89.5), ("azure/amd", 94.0), ("azure/maia", 9.0)):
        booked[:, names.index(f"{name}/core")] = amount
    shadow[:, names.index("aws/nvidia/core")] = 0.5
    opened = one.played.opened
    all_alike = replace(opened.made, online=np.full_like(booked, 100.0))
    use = replace(one.played.use, own=np.full_like(booked, 10.0))
    played = replace(one.played, opened=replace(opened, made=all_alike), use=use)
    f = replace(Figures.of(one.given, one.after.supply, played), committed=booked, shadow=shadow)
    found = bookings.measure(one.given, f, one.after, played)
    rented = sum(pool.rents_out and not pool.edge for pool in one.pools)
    assert found["binding_share"] == pytest.approx(np.full(3, 3.0 / rented))
    assert found["trainium_supply_binding"].tolist() == [0.0, 0.0, 0.0]
    assert found["booked_ratio"] == pytest.approx(np.full(3, (89.4 + 89.5 + 94.0 + 9.0) / (90.0 * rented)))
    assert found["booked_ratio_trainium"] == pytest.approx(np.full(3, 89.4 / 90.0))


@pytest.mark.parametrize(
    ("held", "largest"), [({"openai": 30.0, "anthropic": 20.0}, 30.0), ({"anthropic": 0.25}, 0.25), ({}, 0.0)]
)
def test_the_top_customer_is_a_lab(third: list[World], held: dict[str, float], largest: float) -> None:
    """Direct Trainium by hand: an enterprise has 50, labs what is said; other chips and services do not count."""
    one, core = third[0], third[0].markets[0]
    kinds = [one.roster.families[k] if k >= 0 else "managed" for k in core.site.offer_family]
    enterprise = next(k for k, party in enumerate(core.site.buyer_party) if party == "enterprises")
    committed = np.full_like(core.outcome.committed, 1000.0)
    committed[:, kinds.index("trainium")] = 0.0
    committed[:, kinds.index("trainium"), enterprise] = 50.0
    for lab, amount in held.items():
        committed[:, kinds.index("trainium"), core.site.buyers.index(lab)] = amount
    played = replace(one.played, outcomes=(replace(core.outcome, committed=committed), *one.played.outcomes[1:]))
    f = Figures.of(one.given, one.after.supply, played)
    found = bookings.measure(one.given, f, one.after, played)["top_customer_share_trainium"]
    assert kinds.count("trainium") == 1
    assert found == pytest.approx(np.full(3, largest / (50.0 + sum(held.values()))))


# --- labs and stacks ------------------------------------------------------------------------------------------------


def test_a_lab_that_never_sold_is_neither_poorest_nor_first_to_run_dry(third: list[World]) -> None:
    """The poorest lab and those with the shortest runway never sold; another sold half a trillion tokens."""
    one = third[0]
    runways = {lab: labs_by_hand.runway(one, lab) for lab in one.roster.labs}
    never = {min(one.roster.labs, key=lambda lab: labs_by_hand.cash(one, lab))}
    never |= {lab for lab in one.roster.labs if runways[lab] == min(runways.values())}
    small = next(lab for lab in one.roster.labs if lab not in never)
    tokens = one.given.labs.start.tokens
    for lab, amount in (*((lab, 0.0) for lab in never), (small, 0.5)):
        tokens = put(tokens, amount, one.roster.labs.index(lab))
    market = copy.copy(one.given.labs)
    market.start = replace(market.start, tokens=tokens)
    worlds = [World(replace(w.given, labs=market), w.before, w.after, w.r, w.earlier) for w in third]
    found = lab_measures.measure(market, one.after.labs)
    for column in ("lab_cash_min_musd", "lab_runway_min_quarters"):
        assert found[column] == pytest.approx([labs_by_hand.COLUMNS[column](w) for w in worlds], rel=1e-9, abs=1e-6)
        assert found[column][0] != labs_by_hand.COLUMNS[column](one)


def test_a_tied_lab_that_holds_nothing_is_in_no_mean_of_concentration(third: list[World]) -> None:
    """OpenAI holds nothing in the first world, what it held in the second, next to nothing in the third."""
    one, core = third[0], third[0].markets[0]
    held, openai = core.state.book.capacity_h100e, core.site.buyers.index("openai")
    less = held.copy()
    less[:, :, openai] *= np.array([0.0, 1.0, 1e-9])[:, None, None]
    sites = (replace(core.state, book=replace(core.state.book, capacity_h100e=less)), *one.after.sites[1:])
    worlds = changed(third, sites=sites)
    before = stacks.booking_concentration(one.given, one.after)
    found = stacks.booking_concentration(one.given, worlds[0].after)
    assert found == pytest.approx([public_by_hand.booking_concentration(w) for w in worlds], rel=1e-9)
    assert found[1:] == pytest.approx(before[1:], rel=1e-9) and found[0] != pytest.approx(before[0], rel=1e-3)


def test_a_buyer_of_middling_skill_has_no_engineers(third: list[World]) -> None:
    """Skills of half count with those who have none."""
    one, (core, edge) = third[0], third[0].roster.sites
    middling = replace(core, buyer_skill=np.where(core.buyer_skill > 0.5, core.buyer_skill, 0.5))
    given = replace(one.given, roster=replace(one.roster, sites=(middling, edge)))
    for skilled in (True, False):
        as_before = stacks.direct_share(one.given, one.played, skilled)
        assert stacks.direct_share(given, one.played, skilled).tolist() == as_before.tolist()


# --- AWS beside the model -------------------------------------------------------------------------------------------


def with_income(w: World, income: list[float]) -> Any:
    """The quarter with AWS's operating income as given, musd by world."""
    found = w.played.statement.operating_income.copy()
    found[:, w.roster.owners.index("aws")] = income
    return replace(w.played, statement=replace(w.played.statement, operating_income=found))


def test_income_outside_the_model_by_hand(third: list[World]) -> None:
    """12,470 musd were reported at the start: less what the model earns (a loss is none), at least 3,741."""
    one = third[0]
    assert one.given.scenario.start == "2025Q4"
    found = money.other_aws_income(one.given, with_income(one, [-500.0, 2470.0, 12_000.0]))
    assert found == pytest.approx([12_470.0, 10_000.0, 3_741.0])
    later = replace(one.given, scenario=replace(one.given.scenario, start="2031Q4"))
    unknown = money.other_aws_income(later, with_income(one, [-500.0, 2470.0, 12_000.0]))
    assert unknown == pytest.approx([10_000.0, 7_530.0, 3_000.0])


def test_without_aws_all_that_was_reported_is_outside_the_model(third: list[World]) -> None:
    """The first owner of such a roster is another firm: its income is not taken off."""
    one = third[0]
    roster = replace(one.given.roster, owners=("nobody", *one.given.roster.owners[1:]))
    found = money.other_aws_income(replace(one.given, roster=roster), with_income(one, [-500.0, 2470.0, 12_000.0]))
    assert found == pytest.approx([12_470.0] * 3)


def test_a_loss_has_no_share_of_income(third: list[World]) -> None:
    """Beside 9,000 that have grown for two quarters: a loss, half a million, and as much again."""
    one = third[0]
    after = replace(one.after, indices=replace(one.after.indices, other_income=np.full(3, 9_000.0)))
    grown = [9_000.0 * (1.0 + w.p("other_aws_income_growth")) ** 0.5 for w in third]
    played = with_income(one, [-500.0, 0.5, grown[2]])
    found = money.measure(one.given, after, played)["aws_ai_share_of_operating_income"]
    assert found == pytest.approx([0.0, 0.5 / (0.5 + grown[1]), 0.5])


def test_the_cost_edge_is_what_an_own_design_saves_its_owner(third: list[World]) -> None:
    """0.60 against 1.50 USD an hour saves 60 %, 1.20 saves 20 %, 1.80 costs 20 % more; what others pay is no matter."""
    one = third[0]
    made, pools = one.played.opened.made, [one.roster.pool_name(k) for k in range(len(one.roster.pools))]
    cost = np.full_like(made.costs.long_run_usd, 9.0)
    cost[:, pools.index("aws/nvidia/core")] = 1.5
    cost[:, pools.index("aws/trainium/core")] = [0.6, 1.2, 1.8]
    cost[:, pools.index("google/nvidia/core")] = 2.0
    cost[:, pools.index("google/tpu/core")] = [0.5, 1.0, 2.0]
    dear = replace(made, costs=replace(made.costs, long_run_usd=cost))
    played = replace(one.played, opened=replace(one.played.opened, made=dear))
    assert stacks.cost_edge(one.given, played, "trainium") == pytest.approx([0.6, 0.2, -0.2])
    assert stacks.cost_edge(one.given, played, "tpu") == pytest.approx([0.75, 0.5, 0.0])


# --- rosters without the names that columns are about ---------------------------------------------------------------


NAMED = {
    "trainium": (
        "trainium_share_used", "trainium_installed_h100e", "trainium_share_delivered", "utilisation_trainium",
        "price_trainium_usd_per_h100e_hour", "booked_ratio_trainium", "top_customer_share_trainium",
        "trainium_top_customer_used_h100e", "trainium_top_customer_over_installed",
        "shadow_price_trainium",
        "forward_cover_trainium_4q", "trainium_supply_binding", "spot_price_trainium_usd_per_h100e_hour",
        "ecosystem_trainium_mh100e_quarters", "unit_cost_trainium_over_nvidia", "trainium_direct_share_engineers",
        "cost_edge_trainium",
    ),
    "nvidia": (
        "nvidia_share_used", "price_nvidia_aws_usd_per_h100e_hour", "spot_price_nvidia_usd_per_h100e_hour",
        "nvidia_revenue_musd", "nvidia_delivered_h100e", "quote_nvidia_usd_per_h100e_hour",
        "unit_cost_trainium_over_nvidia", "cost_edge_trainium", "cost_edge_tpu",
        "ecosystem_trainium_mh100e_quarters",
    ),
    "aws": (
        "aws_share_used_market", "aws_delivered_h100e", "trainium_share_of_aws", "aws_ai_depreciation_musd",
        "aws_ai_revenue_musd", "aws_ai_operating_income_musd", "aws_ai_share_of_operating_income", "aws_ai_capex_musd",
        "aws_ai_free_cash_flow_musd",
    ),
    "tpu": ("cost_edge_tpu", "tpu_share_used"),
    "azure": ("azure_ai_revenue_musd", "azure_ai_capex_musd"),
    "google": ("google_ai_revenue_musd", "google_ai_capex_musd"),
    "openai": ("token_share_openai", "capability_lead_openai"),
    "anthropic": ("token_share_anthropic", "capability_lead_anthropic"),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_what_the_roster_does_not_have_is_0(third: list[World], name: str) -> None:
    one = third[0]
    without = {
        axis: tuple("somebody-else" if other == name else other for other in getattr(one.roster, axis))
        for axis in ("owners", "families", "labs")
    }
    roster = replace(one.roster, **without)
    market = copy.copy(one.given.labs)
    market.roster = roster
    given = replace(one.given, roster=roster, labs=market)
    with_it, found = (
        measures.of(g, Figures.of(g, one.after.supply, one.played), one.before, one.after, one.played)
        for g in (one.given, given)
    )
    for column in NAMED[name]:
        assert found[column].tolist() == [0.0, 0.0, 0.0], column
        assert with_it[column].any(), column
    for column in ("used_h100e", "hhi_silicon", "labs_revenue_musd", "capex_musd"):
        assert found[column].tolist() == with_it[column].tolist()
