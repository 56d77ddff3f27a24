"""Shock cards: they move primitives, at three levels, and say where their sizes come from."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from experiments import cards, library, scenarios
from experiments.cards import Laid
from sim.errors import InputError
from sim.metrics import LOCK_IN_METRICS, METRICS, OFFER_METRICS, PARTY_METRICS
from sim.quarters import ordinal
from sim.shocks import LEVELS, Shock
from tests.experiments.conftest import Command

NAMES = library.shock_names()
BASE = scenarios.load("baseline")
PUBLISHED = {f"S{number:02d}" for number in range(1, 31)}
OUTCOMES = {"S01", "S04", "S13", "S15", "S25", "S26", "S27", "S28", "S30"}
"""Cards whose published magnitude the market decides: shares lost, won or moved, and how full a chip runs."""
BEFORE = ("anchor-lab-shifts", "edge-surge", "packaging-crunch", "portable-software", "switching-charges-banned")


def test_every_published_card_is_there_once() -> None:
    ids = [found for name in NAMES if (found := Laid(name).card.id)]
    assert sorted(ids) == sorted(PUBLISHED)
    assert {Laid(name).card.id for name in NAMES if Laid(name).card.outcome} == OUTCOMES
    assert {"remedy", "trade", "deal"} <= {Laid(name).card.category for name in NAMES}


def test_no_shock_names_a_metric() -> None:
    measured = {one.name for table in (METRICS, OFFER_METRICS, PARTY_METRICS, LOCK_IN_METRICS) for one in table}
    moved = {shock.parameter for name in NAMES for shock in Laid(name).shocks()}
    assert moved and not moved & measured
    assert all(parameter in scenarios.catalogue_of(BASE).scalars for parameter in moved)


@pytest.mark.parametrize("name", NAMES)
def test_a_card_says_all_that_a_reader_asks(name: str) -> None:
    card = Laid(name).card
    assert card.says and card.precedent and card.cited and card.measured_to and card.unit
    assert len(card.published) == len(LEVELS)
    assert all(shock.source for shock in Laid(name).shocks())
    assert not card.id or card.address.startswith("https://")


def test_what_stands_beside_a_card_is_measured_and_only_of_outcomes() -> None:
    told = {name: Laid(name).card for name in NAMES if Laid(name).card.beside}
    assert len(told) >= 5 and all(card.outcome for card in told.values())
    assert {card.beside for card in told.values()} <= {metric.name for metric in METRICS}


@pytest.mark.parametrize(("name", "level"), list(itertools.product(NAMES, LEVELS)))
def test_a_card_fits_at_every_level(name: str, level: str) -> None:
    laid = scenarios.with_shocks(BASE, [f"{name}:{level}"])
    assert [shock.parameter for shock in laid.shocks] == [shock.parameter for shock in Laid(name).shocks()]


@pytest.mark.parametrize("name", NAMES)
def test_levels_grow_from_low_to_high(name: str) -> None:
    """Each change goes one way from low over central to high."""
    found = [Laid(name, level).shocks() for level in LEVELS]
    for low, central, high in zip(*found, strict=True):
        a, b, c = (float(getattr(one, one.change)) for one in (low, central, high))
        assert a <= b <= c or a >= b >= c
        assert {one.parameter for one in (low, central, high)} == {low.parameter}


@pytest.mark.parametrize("name", BEFORE)
def test_the_plain_name_is_what_it_was(name: str) -> None:
    """A level that a file states itself has no other number for it."""
    laid = Laid(name)
    assert laid.shocks() == Laid(name, laid.card.level).shocks()
    assert all(getattr(shock, laid.card.level) is None for shock in laid.shocks())


def test_a_level_replaces_the_amount_and_nothing_else() -> None:
    one = Shock(
        parameter="demand_level", quarters=("2027Q1", "2027Q4"), source="x", multiply_by=0.85, low=0.7, high=1.1
    )
    assert [one.at(level).multiply_by for level in LEVELS] == [0.7, 0.85, 1.1]
    assert one.at("high").quarters == one.quarters and one.at("high").low is None
    assert one.at("central").says == one.says
    assert not {"low", "central", "high"} & set(one.model_dump(mode="json"))  # a scenario's digest is that of its level


def test_a_date_moves_all_of_a_card() -> None:
    """The ban: the EU from 2027Q1, announced four quarters before; others a year later; none of them ends."""
    moved = Laid("switching-charges-banned", at="2028Q2").shocks()
    assert [shock.quarters for shock in moved] == [("2028Q2", "2040Q4"), ("2029Q2", "2040Q4"), ("2029Q2", "2040Q4")]
    assert [shock.announced for shock in moved] == ["2027Q2", "2028Q2", "2028Q2"]
    (tariff,) = Laid("chip-tariff", at="2028Q2").shocks()
    assert tariff.quarters == ("2028Q2", "2030Q1")  # eight quarters, as before
    assert ordinal(tariff.quarters[1]) - ordinal(tariff.quarters[0]) == 7


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("chip-tarif", "--shock: unknown shock 'chip-tarif'. Closest: 'chip-tariff'."),
        ("chip-tariff:hi", "--shock: 'chip-tariff:hi': unknown level 'hi'. Closest: 'high'."),
        ("chip-tariff@2027", "--shock: 'chip-tariff@2027'"),
    ],
)
def test_a_word_that_is_no_card_is_refused(word: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        Laid.read(word)
    assert str(refused.value).startswith(said) and "\n" not in str(refused.value)


def test_words_are_read_and_written_alike() -> None:
    for word in ("chip-tariff", "chip-tariff:low", "chip-tariff@2027Q3", "chip-tariff:high@2027Q3"):
        assert str(Laid.read(word)) == word
    assert Laid.read("trainium4-slips").plays == "high" and Laid.read("chip-tariff").plays == "central"


def test_a_card_of_ones_own_is_laid_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'title = "Mine"\nbase = "baseline"\n[[shock]]\nparameter = "power_level"\n'
        'quarters = ["2027Q1", "2027Q4"]\nmultiply_by = 0.9\nlow = 0.95\nsource = "mine"\n',
        encoding="utf-8",
    )
    laid = Laid.read(f"{file}:low@2028Q1")
    assert (laid.short, laid.shocks()[0].multiply_by, laid.shocks()[0].quarters[0]) == ("mine", 0.95, "2028Q1")
    assert laid.card.category == cards.OWN
    file.write_text(file.read_text(encoding="utf-8") + '[card]\ngrad = "A"\n', encoding="utf-8")
    with pytest.raises(InputError, match="grad"):
        assert laid.card


OWN = """title = "mine"
base = "baseline"
[card]
outcome = true
published = [0.1, 0.2, 0.3]
beside = "trainium_share_used"
[[shock]]
parameter = "power_level"
quarters = ["2026Q1", "2040Q4"]
multiply_by = 0.9
low = 0.95
source = "s"
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0.2", "nan", "mine.toml: card: published 2: must be a finite number (given: nan)."),
        ("0.2", "true", "published 2: must be a number (given: True)."),
        ("0.1, 0.2", "0.1", "published must be three numbers, at low, central, high, or be left out"),
        ("outcome = true", "outcome = 1", "outcome: must be true or false (given: 1)."),
        ("share_used", "share_use", "beside = 'trainium_share_use' is no metric. Closest: 'trainium_share_used'"),
    ],
)
def test_a_card_that_says_nonsense_of_itself_is_refused_before_anything_is_played(
    tmp_path: Path, command: Command, old: str, new: str, said: str
) -> None:
    (tmp_path / "mine.toml").write_text(OWN.replace(old, new, 1), encoding="utf-8")
    status, out, err = command("whatif", "baseline", "--shock", "./mine.toml", "--worlds", "2", "--quarters", "1")
    assert (status, out) == (2, "") and said in err and len(err.splitlines()) == 1


def test_a_level_that_a_card_does_not_state_is_remarked(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(OWN, encoding="utf-8")
    assert Laid.read(f"{path}:high").remark == "--shock: 'mine:high': the card states no size of its own at 'high'."
    assert [Laid.read(f"{path}{level}").remark for level in ("", ":low", ":central")] == ["", "", ""]
