"""Who may buy where, and how an owner that joins later is liked, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sim.equilibrium import choice
from sim.market import admission
from sim.market.traits import traits
from sim.parameters import Parameters
from sim.roster import load_roster

WIDE, DEFAULT = load_roster("wide"), load_roster("default")
CORE = WIDE.sites[0]
TRAITS = traits(CORE, WIDE)
OWNED, SOVEREIGN = CORE.offers.index("owned/nvidia"), CORE.offers.index("sovereign/nvidia")
ENTRANT = CORE.offers.index("entrant/nvidia")
JOINED = [OWNED, SOVEREIGN, ENTRANT]
EU = WIDE.regions.index("eu")
SHARES = {"owned": 0.2, "sovereign": 0.1, "entrant": 0.05}


def parameters(rule: float = 0.0, aws_region: float = 0.0) -> Parameters:
    binds, opened = np.zeros((1, len(WIDE.regions))), np.zeros((1, len(WIDE.owners)))
    binds[0, EU], opened[0, WIDE.owners.index("aws")] = rule, aws_region
    shares = {f"{name}_share_at_par": np.array([share]) for name, share in SHARES.items()}
    return Parameters({"sovereignty_rule": binds, "sovereign_region": opened, **shares})


def buyers(offer: int, p: Parameters) -> set[str]:
    """Parties that may have an offer, with their regions."""
    may = admission.admitted(CORE, TRAITS, p)[0, offer]
    return {f"{CORE.buyer_party[k]}-{WIDE.regions[CORE.buyer_region[k]]}" for k in np.flatnonzero(may)}


@pytest.mark.parametrize("offer", [OWNED, ENTRANT])
def test_segments_of_all_regions_may_own_or_rent_of_newcomers_and_labs_may_not(offer: int) -> None:
    kinds = ("startups", "enterprises", "public")
    assert buyers(offer, parameters()) == {f"{kind}-{region}" for kind in kinds for region in WIDE.regions}


def test_a_sovereign_cloud_serves_who_is_bound_to_its_region() -> None:
    """Startups are bound to no place, and labs to none."""
    assert buyers(SOVEREIGN, parameters()) == {"enterprises-eu", "public-eu"}


def test_without_a_rule_everybody_may_rent_of_everybody() -> None:
    may = admission.admitted(CORE, TRAITS, parameters())[0]
    assert np.delete(may, JOINED, axis=0).all()


def test_a_rule_keeps_public_buyers_to_what_fits_at_home() -> None:
    """In the EU every rented cloud has a misfit; a box of one's own and the region's own cloud have none."""
    public = np.array([k for k in CORE.members("public") if CORE.buyer_region[k] == EU])
    may = admission.admitted(CORE, TRAITS, parameters(rule=1.0))[0]
    assert set(np.flatnonzero(may[:, public].all(axis=1))) == {OWNED, SOVEREIGN}
    others = np.setdiff1d(np.arange(len(CORE.buyers)), public)
    assert (may[:, others] == admission.admitted(CORE, TRAITS, parameters())[0][:, others]).all()


def test_a_cloud_with_a_sovereign_region_is_admitted_under_the_rule() -> None:
    public = np.array([k for k in CORE.members("public") if CORE.buyer_region[k] == EU])
    may = admission.admitted(CORE, TRAITS, parameters(rule=1.0, aws_region=1.0))[0][:, public].all(axis=1)
    aws = set(np.flatnonzero(CORE.offer_owner == WIDE.owners.index("aws")))
    assert set(np.flatnonzero(may)) == {OWNED, SOVEREIGN} | aws


def test_at_equal_prices_a_joiner_sells_its_share_of_its_chip() -> None:
    """Through the choice model itself, each joiner alone beside the others: 0.2, 0.1 and 0.05 of its
    nest."""
    draws = np.random.default_rng(3).normal(size=(1, len(CORE.offers), 2))
    nests = choice.Nests.of(CORE.offer_nest)
    scale = nests.scale(np.array([0.6]))
    found = admission.at_par(WIDE, CORE, draws, scale, parameters())
    for offer, share in zip(JOINED, SHARES.values(), strict=True):
        alone = found.copy()
        alone[:, [other for other in JOINED if other != offer]] = -np.inf
        sold = choice.choose(alone, nests, scale).shares
        nest = CORE.offer_nest == CORE.offer_nest[offer]
        assert sold[:, offer] / sold[:, nest].sum(axis=1) == pytest.approx(share)
    rest = np.delete(np.arange(len(CORE.offers)), JOINED)
    assert (found[:, rest] == draws[:, rest]).all()


def test_a_roster_adds_to_the_tables_of_another() -> None:
    assert WIDE.owners == (*DEFAULT.owners, "owned", "sovereign", "entrant")
    assert WIDE.pools[: len(DEFAULT.pools)] == DEFAULT.pools and WIDE.labs == DEFAULT.labs
    assert DEFAULT.joiners == () and not DEFAULT.sites[0].offer_joins.any() and DEFAULT.sites[0].eligible.all()
