"""A site's market put together: what switching costs whom, where managed service runs, what is measured of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.market.demand import Back, seek
from sim.market.learning import Learning
from sim.market.site import SiteMarket
from tests.game.play import BASE, Witness, changed, first_quarter, game_of, play, shock, watch

WORLDS = 2
PLAIN = changed(porting_intangible=0.0, cloud_intangible=0.0)


def pool(market: SiteMarket, name: str) -> int:
    """Position of a core pool on the site's axis, by 'aws/trainium'."""
    roster, site = market.roster, market.site
    names = [f"{roster.owners[o]}/{roster.families[f]}" for o, f in zip(site.pool_owner, site.pool_family, strict=True)]
    return names.index(name)


# --- switching costs -------------------------------------------------------------------------------------------------


def test_leaving_cuda_costs_more_than_coming_back() -> None:
    """The way back is the declared part of the way there; moving within a stack, or to a managed service, costs
    nothing."""
    market, state, c = first_quarter(PLAIN)
    state = replace(state, ports=np.zeros_like(state.ports))  # nobody has ported before
    years = market.switching_costs(state, c, state.waiting).stack_years
    families = market.roster.families
    cuda, neuron, tpu = (families.index(name) for name in ("nvidia", "trainium", "tpu"))
    factor = c.p.porting_out_of_other_factor[:, None]
    assert np.allclose(years[:, :, neuron, cuda], factor * years[:, :, cuda, neuron], rtol=1e-12)
    assert np.allclose(years[:, :, neuron, tpu], factor * years[:, :, cuda, tpu], rtol=1e-12)
    assert np.all(factor < 1.0) and np.all(years[:, :, cuda, neuron] > 0.0)
    assert np.all(years[:, :, cuda, cuda] == 0.0) and np.all(years[..., -1] == 0.0)


def test_a_new_buyer_meets_part_of_the_cuda_habit() -> None:
    market, state, c = first_quarter(PLAIN)
    years = market.switching_costs(state, c, state.waiting).stack_years
    families = market.roster.families
    cuda, neuron, new = families.index("nvidia"), families.index("trainium"), len(families)
    assert np.allclose(years[:, :, new, neuron], c.p.greenfield_habit[:, None] * years[:, :, cuda, neuron], rtol=1e-12)


def test_charges_are_met_by_those_who_change_cloud_only() -> None:
    """With stacks alike, staying with the cloud is free and leaving costs something wherever one goes."""
    one_stack = changed(
        **{f"porting_factor_{region}": 0.0 for region in ("us", "eu", "uk", "rest")}, intangible_factor=0.0
    )
    market, state, c = first_quarter(one_stack)
    routing = market.offers.routing(c)
    utility = market.utility(market.offers.work_price(c.price, routing, c), state, c)
    asked = market.demand_on_offers(
        utility, market.switching_costs(state, c, state.waiting), routing, np.ones_like(state.waiting), c.p
    )
    offers, owner, scale = len(market.site.offers), market.site.offer_owner, market.scale
    with np.errstate(divide="ignore"):
        costs = -np.log(asked.x[..., :offers] / asked.x[..., offers : offers + 1]) * scale[:, :, None, None]
    stays = owner[:, None] == owner[None, :]
    assert np.allclose(costs.transpose(0, 2, 1, 3)[:, :, stays], 0.0, atol=1e-9)
    assert np.all(costs.transpose(0, 2, 1, 3)[:, :, ~stays] > 0.01)


def test_data_gather_where_they_are_used() -> None:
    """The data a buyer holds with the cloud it uses most outgrow those it holds where it uses nothing."""
    with game_of(changed(data_gravity_growth=0.1, data_gravity_decay=0.05), WORLDS, 3) as game:
        witness = Witness(game)
        witness.run()
        roster, site, outcome = game.roster, game.given.markets.sites[0].site, witness.quarters[-1].outcomes[0]
        gravity = game.state.sites[0].gravity
    used = np.stack([outcome.used[:, site.offer_owner == k].sum(axis=1) for k in range(len(roster.owners))], axis=2)
    world = np.arange(WORLDS)[:, None]
    buyer = np.arange(len(site.buyers))[None, :]
    most = gravity[world, buyer, used.argmax(axis=2)]
    nothing = gravity[..., roster.owners.index("meta")]  # rents nothing out
    assert np.all(most > nothing) and np.all(nothing < 1.0)


# --- who seeks, and how they are served -----------------------------------------------------------------------------


def test_growth_comes_from_the_live_mix_and_a_declared_part_from_new_buyers() -> None:
    """By hand, two worlds: 100 wanted, 60 live in use (a third at the first offer), 10 coming back to the second:
    growth is 30, of which a tenth and a half come from buyers with no stack; a fifth of all that seeks is owed to an
    investor."""
    found = seek(
        wanted_h100e=np.full((2, 1), 100.0),
        live_use=np.full((2, 1), 60.0),
        back=Back(*np.tile([0.0, 10.0, 0.0, 0.0], (2, 2, 1, 1))),
        live_mix=np.tile([1.0 / 3.0, 2.0 / 3.0], (2, 1, 1)),
        greenfield_share=np.array([[0.1], [0.5]]),
        tied_share=np.full((2, 1), 0.2),
    )
    assert np.allclose(found.mass[0, 0], [0.8 * 9.0, 0.8 * 28.0, 0.8 * 3.0, 8.0])
    assert np.allclose(found.mass[1, 0], [0.8 * 5.0, 0.8 * 20.0, 0.8 * 15.0, 8.0])


@pytest.mark.whole
def test_clearing_takes_newtons_few_steps() -> None:
    """Tens of evaluations would mean that Newton's step is not taken: a damped sweep alone needs 58 on average."""
    records = play(BASE, 16, 6)
    assert records.metric("clearing_evaluations").mean() < 15.0
    assert records.metric("nonconverged").max() == 0.0


# --- managed service --------------------------------------------------------------------------------------------------


def test_a_ban_on_self_preference_moves_managed_service_off_own_silicon_where_it_holds() -> None:
    market, _, c = first_quarter(changed(own_silicon_bonus=1.0, implementation_quality=1.0))
    banned = replace(c.rules, own_silicon_bonus_factor=np.tile([1.0, 0.0, 1.0, 1.0], (WORLDS, 1)))
    trainium, bedrock = pool(market, "aws/trainium"), market.site.offers.index("aws/managed")
    before, after = (market.offers.routing(one)[:, :, bedrock, trainium] for one in (c, replace(c, rules=banned)))
    assert np.all(after[:, 1] < before[:, 1] - 0.05)
    assert np.array_equal(after[:, [0, 2, 3]], before[:, [0, 2, 3]])


@pytest.mark.whole
def test_a_dated_ban_lowers_trainiums_part_of_managed_service() -> None:
    dated = [shock(f"self_preferencing_ban_{region}", 1.0, "2026Q2") for region in ("us", "eu", "uk", "rest")]
    before, after = (play(changed(*ban, own_silicon_bonus=1.0, anticipation=0.0), WORLDS, 6) for ban in ((), dated))
    shares = [records.metric("trainium_share_managed") for records in (before, after)]
    assert np.array_equal(shares[0][:, 0], shares[1][:, 0])
    assert np.all(shares[1][:, -1] < shares[0][:, -1])


def test_managed_service_runs_on_its_own_clouds_pools() -> None:
    market, _, c = first_quarter()
    routing = market.offers.routing(c)
    for offer in market.managed:
        own = market.site.pool_owner == market.site.offer_owner[offer]
        assert np.allclose(routing[:, :, offer].sum(axis=2), 1.0) and np.all(routing[:, :, offer][..., ~own] == 0.0)


# --- money and measures -----------------------------------------------------------------------------------------------


def test_a_tariff_is_a_share_of_what_chips_cost() -> None:
    """Paid by who imports: what capital spending holds beyond chips, systems and sites; recomputed from deliveries."""
    _, witness = watch(changed(accelerator_tariff=0.2, site_capex_musd_per_mw=1.0), WORLDS, 3)
    roster = witness.game.roster
    for seen in witness.quarters:
        chips = seen.made.delivered * seen.chip_price[:, roster.pool_family] * seen.deal / 1e6
        paid = seen.paid["tariffs"]
        assert np.allclose(paid, 0.2 * chips.sum(axis=1), rtol=1e-9)


@pytest.mark.whole
def test_each_share_has_its_own_denominator() -> None:
    """Recomputed from the table of offers: all, core, edge."""
    records = play(changed(trainium_edge_available=1.0), WORLDS, 8)
    offers, quarters = records.offers(), records.quarters().set_index(["world", "quarter"]).sort_index()
    edge = offers["channel"] == "edge"
    for name, rows in {"": edge | True, "_core": ~edge, "_edge": edge}.items():
        total = offers[rows].groupby(["world", "quarter"])["used_h100e"].sum()
        mine = offers[rows & (offers["family"] == "trainium")].groupby(["world", "quarter"])["used_h100e"].sum()
        assert np.allclose(mine / total, quarters[f"trainium_share_used{name}"], rtol=1e-9, atol=1e-12)
    assert quarters["trainium_share_used_edge"].max() > 0.0


def test_concentration_is_a_sum_of_squared_shares() -> None:
    records = play(BASE, WORLDS, 2)
    offers, quarters = records.offers(), records.quarters().set_index(["world", "quarter"]).sort_index()
    by_family = offers.groupby(["world", "quarter", "family"])["used_h100e"].sum().unstack()
    share = by_family.div(by_family.sum(axis=1), axis=0)
    assert np.allclose((share**2).sum(axis=1) * 1e4, quarters["hhi_silicon"], rtol=1e-9)


@pytest.mark.parametrize("region", ["us", "eu", "uk", "rest"])
def test_a_fee_ban_saves_charges_in_its_region_only(region: str) -> None:
    dated = changed(shock(f"switching_fee_ban_{region}", 1.0, "2026Q1"), implementation_quality=1.0, anticipation=0.0)
    with game_of(dated, WORLDS, 2) as game:
        game.step()
        game.step()
        strength = game.state.last.opened.in_force.strength[0, :, 1]
        rules_region = game.roster.regions.index(region)
    assert np.array_equal(np.flatnonzero(strength), [rules_region])


# --- levers of the claims --------------------------------------------------------------------------------------------


def test_a_breach_costs_its_chip_among_regulated_buyers_only() -> None:
    """Half a util a point of score: +0.4 for Trainium in one world, −1 in the other, on AWS's direct and managed
    offers, and only as far as a buyer must keep data at home (startups not, the public sector fully)."""
    market, state, c = first_quarter()
    families, site = list(market.roster.families), market.site
    gain = np.zeros((WORLDS, len(families)))
    gain[:, families.index("trainium")] = [0.4, -1.0]
    plain = c.p.replace(confidentiality_weight=np.full(WORLDS, 0.5))
    price = np.ones((WORLDS, len(site.offers), len(site.buyers)))
    before = market.utility(price, state, replace(c, p=plain))
    after = market.utility(price, state, replace(c, p=plain.replace(confidentiality_gain=gain)))
    titles = list(market.roster.managed_titles)
    own = [
        family == families.index("trainium") or (family < 0 and titles[owner] == "SageMaker and Bedrock")
        for family, owner in zip(site.offer_family, site.offer_owner, strict=True)
    ]
    regulated = np.where(site.buyer_segment >= 0, np.array([0.0, 0.3, 1.0, 0.3, 0.5])[site.buyer_segment], 0.0)
    assert sum(own) == 2
    cloud = 0.9  # AWS's own score
    expected = cloud * np.array([0.2, -0.5])[:, None, None] * np.array(own)[:, None] * regulated
    assert np.allclose(after - before, expected, atol=1e-12)


def test_a_lagging_compiler_widens_the_gap_of_its_stack_only() -> None:
    """Trainium starts with a gap of 0.22: one and a half times in one world, closed in the other; AMD keeps its
    0.20."""
    market, _, c = first_quarter()
    families = list(market.roster.families)
    factor = np.ones((WORLDS, len(families)))
    factor[:, families.index("trainium")] = [1.5, 0.0]
    gap = Learning.start(market.roster, WORLDS).software_gap(c.p.replace(software_gap_factor=factor))
    assert gap[:, families.index("trainium")] == pytest.approx([0.33, 0.0])
    assert gap[:, families.index("amd")] == pytest.approx([0.20, 0.20])


@pytest.mark.whole
def test_a_cheaper_chip_costs_its_maker_less_from_its_quarter_on_and_no_one_else() -> None:
    cheaper = changed(shock("unit_cost_factor_cerebras", 0.25, "2026Q2"))
    costs = [[seen.made.unit_cost for seen in watch(one, WORLDS, 2)[1].quarters] for one in (BASE, cheaper)]
    factor = np.ones(costs[0][0].shape[1])
    assert np.array_equal(costs[0][0], costs[1][0])
    factor[["nvidia", "amd", "trainium", "tpu", "maia", "cerebras", "graphcore"].index("cerebras")] = 0.25
    assert np.allclose(costs[1][1], costs[0][1] * factor, rtol=1e-12)


@pytest.mark.whole
def test_a_tpu_for_the_edge_sells_where_it_is_switched_on_and_nothing_moves_where_it_is_not() -> None:
    """Off, its pool holds nothing; on, it is ordered, built and used, and the core's chips of 2025 stay."""
    off, on = (play(changed(tpu_edge_available=value), WORLDS, 8).offers() for value in (0.0, 1.0))
    ours = [(o["cloud"] == "google") & (o["family"] == "tpu") & (o["channel"] == "edge") for o in (off, on)]
    assert not off.loc[ours[0], ["installed_h100e", "used_h100e"]].to_numpy().any()
    used = on.loc[ours[1], "used_h100e"].to_numpy().reshape(WORLDS, 8)
    assert (used[:, 0] == 0.0).all() and (used[:, -1] > 0.0).all()


def test_scarcity_of_what_has_not_shipped_yet_does_not_raise_its_price() -> None:
    """A Trainium for the edge is sold from the start and has no stock for four quarters: buyers wait, the price stays
    with cost."""
    offers = play(changed(shock("trainium_edge_available", 1.0)), WORLDS, 4).offers()
    edge = offers[(offers["cloud"] == "aws") & (offers["family"] == "trainium") & (offers["channel"] == "edge")]
    assert (edge["installed_h100e"] == 0.0).all() and (edge["shadow_price"] > 1.0).all()
    price = edge["price_usd_per_h100e_hour"].to_numpy().reshape(WORLDS, 4)
    assert np.all(price[:, -1] < price[:, 0])
