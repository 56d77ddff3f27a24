"""What is laid beside published figures is counted as they are: deliveries so far, nothing retired, without the
edge."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.stats import estimate
from sim.measures.public import DELIVERED_FAMILIES
from sim.measures.stacks import booking_concentration
from sim.roster import DATA
from sim.scenario import load
from tests.game.play import BASE, LIBRARY, changed, game_of, play

AS_ESTIMATED = {f"stock_error_{family}": 0.0 for family in DELIVERED_FAMILIES}
HISTORY = load("history", LIBRARY)


def _published(quarter: str, **where: str) -> float:
    table = pd.read_csv(DATA / "installed.csv")
    for column, value in where.items():
        table = table[table[column] == value]
    return float(table[table["quarter"] == quarter]["h100e"].sum())


def test_the_known_pipeline_arrives_as_it_was_published() -> None:
    """History's deliveries to 2025Q1 are given, so that every count must be the table's (no AMD before 2024Q1)."""
    as_estimated = changed(base=HISTORY, **AS_ESTIMATED)
    root = replace(as_estimated, root_parameters=as_estimated.parameters)
    frame = play(root, 2, 4).quarters()
    last = frame[frame["quarter"] == "2024Q4"]
    for family in DELIVERED_FAMILIES:
        assert last[f"{family}_delivered_h100e"].to_numpy() == pytest.approx(
            _published("2024Q4", family=family), rel=1e-9
        )
    assert last["aws_delivered_h100e"].to_numpy() == pytest.approx(_published("2024Q4", owner="aws"), rel=1e-9)


def test_nothing_delivered_is_ever_taken_off() -> None:
    short_lived = changed(retirement_quarters=6.0)
    with game_of(short_lived, 2, 6) as game:
        frame = game.run().quarters()
        retired = game.state.supply.retired.sum(axis=1)
    assert (retired > 0.1 * frame["delivered_h100e"].to_numpy()[-1]).all()
    for world in (0, 1):
        path = frame[frame["world"] == world]["delivered_h100e"].to_numpy()
        assert (np.diff(path) > 0.0).all()


def test_parts_add_up_and_the_quote_is_the_neoclouds_price() -> None:
    with game_of(BASE, 2, 2) as game:
        frame = game.run().quarters()
        offers = game.records.offers()
    parts = sum(frame[f"{family}_delivered_h100e"] for family in DELIVERED_FAMILIES)
    assert (parts < frame["delivered_h100e"]).all()
    assert (parts > 0.99 * frame["delivered_h100e"]).all()
    assert frame["trainium_share_delivered"].to_numpy() == pytest.approx(
        (frame["trainium_delivered_h100e"] / frame["delivered_h100e"]).to_numpy()
    )
    quote = offers[(offers["cloud"] == "neocloud") & (offers["family"] == "nvidia") & (offers["channel"] == "direct")]
    assert frame["quote_nvidia_usd_per_h100e_hour"].tolist() == quote["price_usd_per_h100e_hour"].tolist()


def test_concentration_of_labs_bookings_by_hand() -> None:
    """A lab all on one offer (1), one half on each of two (0.5): mean 0.75; a lab without an investor and an empty one
    are left out."""
    live = np.zeros((1, 3, 4))
    live[0, 0, 0], live[0, :2, 1], live[0, 2, 3] = 7.0, 4.0, 9.0
    site = SimpleNamespace(buyer_lab=np.array([0, 1, 2, 3]), buyer_partner=np.array([0, 1, 1, -1]))
    book = SimpleNamespace(live=lambda: live)
    given = SimpleNamespace(roster=SimpleNamespace(sites=[site]))
    assert booking_concentration(given, SimpleNamespace(sites=[SimpleNamespace(book=book)])) == pytest.approx([0.75])


@pytest.mark.whole
def test_a_stack_that_lags_serves_users_less_and_engineers_hardly() -> None:
    """Without deals, whose labs stay on the chips that they have signed and leave no room to others."""
    free, lag = changed(deals_bind=0.0), changed(deals_bind=0.0, software_gap_factor_trainium=3.0)
    before, after = play(free, 16, 6), play(lag, 16, 6)
    users, engineers = (
        after.metric(n)[:, -1] / before.metric(n)[:, -1]
        for n in ("trainium_direct_share_users", "trainium_direct_share_engineers")
    )
    assert np.all(users < engineers) and np.all(engineers < 1.0)
    learned = [one.metric("ecosystem_trainium_mh100e_quarters")[:, -1] for one in (after, before)]
    assert estimate(learned[0] - learned[1], 0.99).high < 0.0
