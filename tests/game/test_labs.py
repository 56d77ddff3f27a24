"""Labs in short games: what they earn and owe, what ties and preferences do, and that nothing moves without a
reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.seats import Heard, Sets
from agents.strategies import find
from agents.strategies.segment import follow_spending
from sim.equilibrium import choice
from sim.game import Game
from sim.market.traits import supplier_groups
from sim.units import HOURS_PER_QUARTER
from tests.game.play import BASE, CHECKS, changed, first_quarter, game_of, play

WORLDS = 3
LABS = ("openai", "anthropic", "mistral", "xai", "meta-ai", "google-deepmind")


def doing(**values: Any) -> Sets:
    """The default lab with fields of its decisions set."""
    return Sets("lab", values)


def listening() -> Heard:
    """The default lab, listened to."""
    return Heard(find("steady-growth", "lab").maker())


def steps(game: Game, quarters: int) -> list[Any]:
    """(state before, state after, outcome of the core, parameters, decisions) of each quarter."""
    found = []
    for _ in range(quarters):
        before = game.state.labs
        game.step()
        found.append(
            (before, game.state.labs, game.state.last.outcomes[0], game.state.last.opened.p, dict(game.state.decided))
        )
    return found


# --- neutral by construction --------------------------------------------------------------------------------------


def test_the_first_quarter_is_the_spending_path() -> None:
    """Shares, prices over cost and capability are those of the start, so labs want what spending buys, and no more.
    Budgets have nothing left to take in of the prices of the quarter before."""
    seats = {lab: listening() for lab in LABS}
    with game_of(BASE, WORLDS, 1, seats=seats) as game:
        sites = tuple(replace(site, start_price=site.felt_price) for site in game.state.sites)
        game.state = replace(game.state, sites=sites)
        game.step()
        assert game.state.labs.asked == pytest.approx(np.ones((WORLDS, len(LABS))))
        for lab in LABS:
            own, *_ = seats[lab].kept[0]
            assert game.state.decided[lab].wanted_h100e == pytest.approx(follow_spending(own)[:, 0])


@pytest.mark.whole
def test_preferences_of_nothing_are_no_preferences() -> None:
    seats = {"anthropic": doing(supplier_preference=lambda own, decided: np.zeros((len(own.cash_musd), 4)))}
    assert play(BASE, 2, 3, seats=seats).digest() == play(BASE, 2, 3).digest()


# --- money ----------------------------------------------------------------------------------------------------------


def test_cash_is_what_was_there_and_what_moved() -> None:
    """Revenue, bills, charges and porting worked from prices and outcomes; the exchange is whatever else the ledger
    moved."""
    with game_of(changed(resale_permission=0.0), WORLDS, 4) as game:
        for before, after, core, p, decided in steps(game, 4):
            s = after.statement
            for k, lab in enumerate(game.roster.labs):
                buyer = game.roster.sites[0].buyers.index(lab)
                price = decided[lab].token_price_usd_per_mtoken
                assert s.revenue[:, k] == pytest.approx(after.sale.sold[:, k].sum(axis=1) * price)
                bill = core.bill_musd_per_hour[:, :, buyer].sum(axis=1) * HOURS_PER_QUARTER
                leaving = core.exit_fee_musd_per_hour[:, :, buyer].sum(axis=1)
                leaving = leaving + core.switching_fee_musd_per_hour[:, :, buyer].sum(axis=1)
                ports = core.porting_musd_per_hour[:, :, buyer].sum(axis=1)
                out = (
                    bill * (1.0 + p.lab_staff_share)
                    + (leaving + ports) * HOURS_PER_QUARTER
                    + decided[lab].portability_musd
                )
                assert after.cash[:, k] - before.cash[:, k] == pytest.approx(s.revenue[:, k] - out + s.funding[:, k])
            assert s.other == pytest.approx(np.zeros_like(s.other), abs=1e-6)


def test_with_the_exchange_cash_still_follows_the_ledger() -> None:
    with game_of(changed(resale_permission=1.0), WORLDS, 4) as game:
        for _ in range(4):
            ((before, after, *_),) = steps(game, 1)
            s = after.statement
            assert after.cash - before.cash == pytest.approx(s.free_cash_flow + s.funding)
            received = np.take(
                game.state.last.traded.received_musd - game.state.last.traded.paid_musd, _buyers(game), axis=1
            )
            assert s.other == pytest.approx(received, abs=1e-6)


def _buyers(game: Game) -> list[int]:
    return [game.roster.sites[0].buyers.index(lab) for lab in game.roster.labs]


def test_everything_balances_with_every_kind_of_lab() -> None:
    from agents.roster import cast

    kinds = ("single-home", "multi-home", "portability-first", "price-cutter", "runway-keeper", "steady-growth")
    game = Game(BASE, cast(dict(zip(LABS, kinds, strict=True))), worlds=WORLDS, quarters=6)
    records = game.run()
    game.close()
    for check in CHECKS:
        assert records.metric(check).max() <= 1e-9, check


def test_compute_in_use_serves_trains_or_stands_by() -> None:
    with game_of(BASE, WORLDS, 4) as game:
        for _, after, core, p, decided in steps(game, 4):
            used = np.take(core.used.sum(axis=1) + core.sublet, _buyers(game), axis=1)
            share = np.stack([decided[lab].training_share for lab in LABS], axis=1)
            assert (after.training_h100e + after.serving_h100e <= used * (1.0 + 1e-9)).all()
            assert (after.training_h100e <= share * used * (1.0 + 1e-9)).all()
            assert (
                after.serving_h100e <= (1.0 - share) * used * (1.0 + p.serving_headroom[:, None]) * (1.0 + 1e-9)
            ).all()


# --- what moves customers ------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_a_lab_that_cuts_its_price_sells_more_and_others_less() -> None:
    base = play(BASE, WORLDS, 4)
    cheap = {
        "anthropic": doing(
            token_price_usd_per_mtoken=lambda own, decided: (
                0.7 * own.token_price_usd_per_mtoken * own.serving_cost_index
            )
        )
    }
    after = play(BASE, WORLDS, 4, seats=cheap)
    gain = after.party("lab", "anthropic", "token_share") - base.party("lab", "anthropic", "token_share")
    loss = after.party("lab", "openai", "token_share") - base.party("lab", "openai", "token_share")
    assert (gain[:, 0] > -1e-12).all() and (
        gain.mean(axis=0) > 0.0
    ).all()  # a lab may lack compute for what it could win
    assert (loss.mean(axis=0) < 0.0).all()
    wanted = after.party("lab", "anthropic", "compute_bill_musd") - base.party("lab", "anthropic", "compute_bill_musd")
    assert (wanted[:, 2:].mean(axis=0) > 0.0).all()  # customers won last quarter need compute this quarter


@pytest.mark.whole
def test_training_builds_capability_and_small_models_save_compute() -> None:
    base, keen = play(BASE, WORLDS, 5), play(BASE, WORLDS, 5, seats={"openai": doing(training_share=0.6)})
    assert (keen.party("lab", "openai", "capability") > base.party("lab", "openai", "capability")).all()
    with game_of(BASE, WORLDS, 4, seats={"openai": doing(small_model_share=0.5)}) as game:
        game.run()
        tokens = game.given.labs.tokens_per_h100e(game.state.labs, game.state.last.opened.p)[:, 0]
        capability = game.given.labs.capability(game.state.labs)[:, 0]
    with game_of(BASE, WORLDS, 4) as game:
        game.run()
        assert (tokens > 1.1 * game.given.labs.tokens_per_h100e(game.state.labs, game.state.last.opened.p)[:, 0]).all()
        assert (capability < game.given.labs.capability(game.state.labs)[:, 0] - 0.05).all()


# --- preferences ------------------------------------------------------------------------------------------------------


def test_a_preference_moves_the_odds_between_kinds_of_chip_by_its_exponential() -> None:
    """Two log odds for AWS's chip: the odds of the Trainium nest to every other nest of direct offers grow e^2-fold."""

    def lean(own: Any, decided: Any) -> np.ndarray:
        return np.tile([2.0, 0.0, 0.0, 0.0], (len(own.cash_musd), 1))

    market, state, plain = first_quarter(BASE, 2)
    _, _, leaning = first_quarter(BASE, 2, seats={"anthropic": doing(supplier_preference=lean)})
    site = market.site
    mine = site.buyers.index("anthropic")
    groups = supplier_groups(market.roster, site)
    expected = np.zeros_like(plain.taste)
    expected[:, :, mine] = 2.0 * groups[:, 0] * ~site.offer_managed
    assert leaning.taste - plain.taste == pytest.approx(expected)

    def nests(c: Any) -> np.ndarray:
        routing = market.offers.routing(c)
        value = market.utility(market.offers.work_price(c.price, routing, c), state, c)[:, :, [mine]]
        return choice.choose(value, market.nests, market.scale).nest_shares[:, :, 0]

    trainium = site.offer_nest[np.flatnonzero(groups[:, 0])[0]]
    before, after = nests(plain), nests(leaning)
    others = np.arange(before.shape[1]) != trainium
    odds = (after[:, [trainium]] / after[:, others]) / (before[:, [trainium]] / before[:, others])
    assert odds == pytest.approx(np.full_like(odds, np.exp(2.0)))


def test_large_labs_rent_from_several_by_default() -> None:
    """Kinds of chips: a lab that opens on GPUs alone tries others too, half a per cent of what it holds after two
    years."""
    with game_of(changed(deals_bind=0.0), WORLDS, 8) as game:
        game.run()
        groups = supplier_groups(game.roster, game.roster.sites[0])
        for lab in ("openai", "anthropic"):
            live = game.state.sites[0].book.live()[:, :, game.roster.sites[0].buyers.index(lab)] @ groups
            assert ((live / live.sum(axis=1, keepdims=True) > 0.005).sum(axis=1) >= 2).all()


# --- investors --------------------------------------------------------------------------------------------------------


def test_funding_is_paid_at_its_pace_until_it_ends() -> None:
    with game_of(changed(lab_funding_quarters=2.0, lab_burn_multiple_openai=0.0), WORLDS, 4) as game:
        paid = np.stack([after.statement.funding[:, 0] for _, after, *_ in steps(game, 4)], axis=1)
    assert paid == pytest.approx(np.tile([4000.0, 4000.0, 0.0, 0.0], (WORLDS, 1)))


def test_a_tie_ends_with_its_money() -> None:
    """Without deals that hold it. With two quarters of tie, nothing is owed to the investor's cloud in the third, and
    its part of funding stops."""
    ending = changed(investor_tie_quarters_anthropic=2.0, investor_funding_share=0.4, deals_bind=0.0)
    ending = changed(base=ending, lab_burn_multiple_anthropic=0.0)
    with game_of(ending, WORLDS, 4) as game:
        buyer, lab = game.roster.sites[0].buyers.index("anthropic"), game.roster.labs.index("anthropic")
        played = steps(game, 4)
    owed = np.stack([core.seekers.mass[:, buyer, -1] for _, _, core, *_ in played], axis=1)
    funding = np.stack([after.statement.funding[:, lab] for _, after, *_ in played], axis=1)
    assert (owed[:, :2].sum(axis=1) > 0.0).all() and (owed[:, 2:] == 0.0).all()
    assert funding == pytest.approx(np.tile([3200.0, 3200.0, 1920.0, 1920.0], (WORLDS, 1)))


@pytest.mark.whole
def test_a_ban_on_ties_takes_the_investors_money_with_it() -> None:
    banned = changed(
        *[_shock(f"exclusivity_ban_{region}") for region in ("us", "eu", "uk", "rest")], implementation_quality=1.0
    )
    with game_of(banned, WORLDS, 3) as game:
        last = steps(game, 3)[-1][1].statement
        assert last.cloud_funding == pytest.approx(np.zeros_like(last.cloud_funding))
    with game_of(BASE, WORLDS, 3) as game:
        free = steps(game, 3)[-1][1].statement
        promised, banned_from = free.funding - free.line, last.funding - last.line
        assert (promised[:, 0] > banned_from[:, 0]).all()
        assert promised[:, 2] == pytest.approx(banned_from[:, 2])  # Mistral has no investor cloud here


def _shock(name: str) -> Any:
    from tests.game.play import shock

    return shock(name, 1.0)


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_a_lab_is_shown_its_purse_and_everybody_the_prices() -> None:
    seat = listening()
    with game_of(BASE, WORLDS, 3, seats={"anthropic": seat}) as game:
        played = steps(game, 3)
        lab = game.roster.labs.index("anthropic")
    own, market, _ = seat.kept[2]
    last = played[1][1]
    assert own.cash_musd == pytest.approx(last.cash[:, lab])
    assert own.revenue_musd == pytest.approx(last.statement.revenue[:, lab])
    assert own.runway_quarters == pytest.approx(last.statement.runway[:, lab])
    assert market.token_price_usd_per_mtoken == pytest.approx(last.price)
    assert own.tie_quarters_left == pytest.approx(np.full(WORLDS, 18.0))
    assert market.model_rank.shape == (WORLDS, len(LABS)) and (market.model_rank.min(axis=1) == 1.0).all()


# --- plausible --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def five_years() -> Any:
    return play(BASE, 32, 20)


@pytest.mark.whole
@pytest.mark.parametrize("lab", LABS)
def test_revenue_of_every_lab_grows(five_years: Any, lab: str) -> None:
    revenue = five_years.party("lab", lab, "revenue_musd")
    assert np.median(revenue[:, -1]) > 2.0 * np.median(revenue[:, 0])


@pytest.mark.whole
def test_no_lab_is_broke_in_the_median_world(five_years: Any) -> None:
    for lab in LABS:
        assert (np.median(five_years.party("lab", lab, "cash_musd"), axis=0) > 0.0).all()
