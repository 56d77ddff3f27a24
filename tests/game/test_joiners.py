"""Owners that join later, in play: nothing before they come, books that balance after, and who is served."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from experiments.theory import metamorphic
from sim.declarations import catalogue
from sim.errors import InputError
from sim.records import Records
from sim.roster import load_roster
from sim.scenario import load
from tests.game.play import BASE, CHECKS, LIBRARY, Witness, changed, game_of, shock, watch

ROSTER = load_roster("wide")
CORE, OWNED = ROSTER.sites[0], ROSTER.owners.index("owned")
WIDE = BASE.on_roster("wide")
OPEN = changed(
    shock("owned_available", 1.0),
    shock("sovereign_available", 1.0),
    shock("entrant_available", 1.0),
    base=WIDE,
    entry_delay_quarters=1.0,
    entry_threshold=1.0,
)
"""With newcomers from the second quarter on."""
ROUNDING = ("residual", "imbalance", "evaluations", "exchange", "spot", "shadow")


@pytest.mark.whole
def test_before_they_come_a_wider_roster_plays_as_the_narrow_one() -> None:
    """To what clearing is solved to; what is rounding itself or lies on the edge of an exchange is left out."""
    with game_of(BASE, 3, 6) as narrow, game_of(WIDE, 3, 6) as wide:
        one, other = narrow.run().quarters(), wide.run().quarters()
    names = [name for name in one.columns if one[name].dtype.kind == "f"]
    compared = [name for name in names if not any(word in name for word in ROUNDING)]
    assert len(compared) > 100
    for name in compared:
        scale = np.abs(one[name]).max() + 1e-9
        assert np.abs(one[name] - other[name]).max() <= 1e-6 * scale, name


@pytest.fixture(scope="module")
def played() -> tuple[Records, Witness]:
    return watch(OPEN, 3, 8)


@pytest.mark.whole
def test_money_chips_and_demand_balance_with_joiners(played: tuple[Records, Witness]) -> None:
    table = played[0].quarters()
    assert {name: table[name].abs().max() for name in CHECKS if table[name].abs().max() > 1e-8} == {}


def test_joiners_serve_only_whom_they_may(played: tuple[Records, Witness]) -> None:
    held = played[1].quarters[-1].sites[0].book.live()
    assert (held[:, ~CORE.eligible.T] == 0.0).all()
    for name in ("owned/nvidia", "sovereign/nvidia", "entrant/nvidia"):
        assert (held[:, CORE.offers.index(name)].sum(axis=1) > 0.0).all(), name


def test_an_owned_system_costs_its_cost_and_margin(played: tuple[Records, Witness]) -> None:
    (pool,) = ROSTER.pools_of(OWNED)
    for one in played[1].quarters:
        cost = one.made.costs.long_run_usd[:, pool]
        assert one.supply.price[:, pool] == pytest.approx(cost * (1.0 + one.p.owned_margin))


def test_a_system_is_kept_for_its_life(played: tuple[Records, Witness]) -> None:
    """Eight quarters on nothing that was bought has left the book."""
    offer = CORE.offers.index("owned/nvidia")
    held = [one.sites[0].book.live()[:, offer].sum(axis=1) for one in played[1].quarters]
    assert all((later >= earlier * (1.0 - 1e-12)).all() for earlier, later in pairwise(held))


def test_nobody_is_charged_for_leaving_a_system_of_its_own(played: tuple[Records, Witness]) -> None:
    frozen, market = played[1].quarters[-1].outcomes[0].frozen, played[1].game.given.markets.core
    fee = market.switching_costs(frozen.state, frozen.conditions, frozen.mass).cloud_fee_years
    assert (fee[:, :, OWNED] == 0.0).all() and (fee[:, :, ROSTER.owners.index("aws")] > 0.0).any()


@pytest.mark.whole
@pytest.mark.parametrize("table", ["owners", "pools", "joiners", "residency"])
def test_the_order_of_joiners_moves_nothing(table: str) -> None:
    before = metamorphic.play(OPEN, worlds=2, quarters=4)
    with metamorphic.other_tables() as data:
        metamorphic.rewrite(data / "rosters" / "wide" / f"{table}.csv", lambda rows: rows[::-1])
        assert metamorphic.largest(before, metamorphic.play(OPEN, worlds=2, quarters=4)) <= 1e-8


def test_a_file_may_widen_the_roster_of_its_base(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('title = "x"\nbase = "baseline"\nroster = "wide"\n', encoding="utf-8")
    found = load(str(path), LIBRARY)
    assert found.roster == "wide" and found.prelude is not None and found.prelude.roster == "wide"


def test_a_switch_of_a_joiner_without_the_roster_is_one_sentence() -> None:
    said = r"^changed: parameter 'owned_available' is only on the roster 'wide'; set roster to it\.$"
    with pytest.raises(InputError, match=said):
        catalogue(load_roster("default")).find("owned_available", "changed")


def test_a_file_may_not_change_the_roster_of_its_base_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('title = "x"\nbase = "baseline"\nroster = "default"\n', encoding="utf-8")
    with pytest.raises(InputError, match="belong to the base 'baseline'"):
        load(str(path), LIBRARY)
