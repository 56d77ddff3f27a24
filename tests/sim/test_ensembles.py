"""Ensembles: a world draws a member whole, by a keyed draw; what does not fit is refused in one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.roster import cast
from sim import ensembles
from sim.errors import InputError
from sim.game import Game
from sim.parameter_path import ParameterPath
from sim.parameters import Catalogue, parameter
from sim.scenario import Scenario, load
from sim.streams import Streams

CATALOGUE = Catalogue(
    (
        parameter("elasticity", -1.0, "1", (-1.4, -0.6), "J", "judgement", "An elasticity.", allowed=(-4.0, 0.0)),
        parameter("speed", 0.4, "1", (0.2, 0.6), "J", "judgement", "A speed."),
        parameter("growth", 1.0, "1", (0.5, 1.5), "J", "judgement", "A growth rate.", allowed=(0.0, 9.0)),
        parameter("taste", 0.5, "1", (0.0, 1.0), "J", "judgement", "A parameter that is in no ensemble."),
    ),
    {},
)
MEMBERS = """member,elasticity,growth@2023Q4,growth@2025Q4,speed
0,-1.2,3.0,1.1,0.3
1,-0.8,2.5,0.9,0.5
2,-1.0,2.0,0.8,0.4
"""
COLUMNS = ("elasticity", "growth@2023Q4", "growth@2025Q4", "speed")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one ensemble of three members; the second is central."""
    monkeypatch.setattr(ensembles, "FOLDER", tmp_path)
    ensembles.content_hash.cache_clear()
    (tmp_path / "trial-2025Q4.csv").write_text(MEMBERS, encoding="utf-8")
    write_about(tmp_path, ensembles.stamp(COLUMNS, CATALOGUE))
    return tmp_path


def write_about(folder: Path, stamp: str, central: int | str = 1) -> None:
    (folder / "trial-2025Q4.toml").write_text(f'stamp = "{stamp}"\ncentral = {central}\n', encoding="utf-8")


def path_of(
    start: str = "2025Q4", worlds: int = 200, first: int = 0, draw: bool = True, **fixed: float
) -> ParameterPath:
    scenario = Scenario("a", "A", start=start, parameters=fixed, root_parameters=fixed, ensemble="trial-2025Q4")
    return ParameterPath(scenario, CATALOGUE, Streams(7, first, first + worlds), draw)


def test_a_world_takes_a_member_whole(folder: Path) -> None:
    p = path_of().at(1)
    sets = {(round(e, 6), round(g, 6), round(s, 6)) for e, g, s in zip(p.elasticity, p.growth, p.speed, strict=True)}
    assert sets == {(-1.2, 1.1, 0.3), (-0.8, 0.9, 0.5), (-1.0, 0.8, 0.4)}


def test_a_dated_column_holds_only_for_scenarios_that_start_then(folder: Path) -> None:
    assert set(path_of("2023Q4").at(1).growth) == {3.0, 2.5, 2.0}
    elsewhere = path_of("2024Q4").at(1).growth  # no column for that quarter: drawn from the declared range
    assert len(set(elsewhere)) == 200
    assert 0.5 <= elsewhere.min() <= elsewhere.max() <= 1.5


def test_what_the_ensemble_does_not_hold_is_drawn_as_without_it(folder: Path) -> None:
    alone = CATALOGUE.draw(Streams(7, 0, 200), {}, draw=True)
    assert np.array_equal(path_of().at(1).taste, alone["taste"])


def test_the_scenario_goes_before_the_member_and_given_values_before_both(folder: Path) -> None:
    assert set(path_of(speed=0.25).at(1).speed) == {0.25}
    scenario = Scenario("a", "A", parameters={"speed": 0.25}, ensemble="trial-2025Q4")
    given = {"speed": np.array([0.21, 0.59])}
    path = ParameterPath(scenario, CATALOGUE, Streams(7, 0, 2), True, given)
    assert path.at(1).speed.tolist() == [0.21, 0.59]
    assert path.root.speed.tolist() == [0.21, 0.59]


def test_without_drawing_every_world_is_the_central_member(folder: Path) -> None:
    p = path_of(draw=False).at(1)
    assert (set(p.elasticity), set(p.growth), set(p.speed)) == ({-0.8}, {0.9}, {0.5})
    assert set(p.taste) == {0.5}


def test_members_are_drawn_alike_and_do_not_depend_on_how_worlds_are_cut(folder: Path) -> None:
    whole = path_of(worlds=600).at(1).speed
    assert np.array_equal(whole[70:90], path_of(worlds=20, first=70).at(1).speed)
    # 600 worlds, chance 1/3 each: sd of a count is sqrt(600 x 1/3 x 2/3) = 11.5
    for value in (0.3, 0.4, 0.5):
        assert abs((whole == value).sum() - 200) < 4 * 11.5


def test_values_of_the_wrong_shape_or_out_of_range_are_refused(folder: Path) -> None:
    with pytest.raises(InputError, match=r"speed has shape \(3,\); allowed is \(2,\)"):
        CATALOGUE.draw(Streams(7, 0, 2), {}, True, None, {"speed": np.ones(3)})
    with pytest.raises(InputError, match=r"speed = 0\.9 is out of range; allowed is 0\.2 to 0\.6"):
        CATALOGUE.draw(Streams(7, 0, 2), {}, True, None, {"speed": np.array([0.3, 0.9])})
    with pytest.raises(InputError, match=r"unknown parameter 'sped'\. Closest: 'speed'"):
        CATALOGUE.draw(Streams(7, 0, 1), {}, True, None, {"sped": np.ones(1)})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("speed", "sped", "trial-2025Q4.csv: unknown parameter 'sped'. Closest: 'speed'"),
        ("-0.8", "-9", "trial-2025Q4.csv: member 1: elasticity = -9 is out of range; allowed is -4 to 0"),
        ("0.9", "lots", "trial-2025Q4.csv: member 1: growth@2025Q4 = 'lots' is not a number"),
        ("member,", "set,", "trial-2025Q4.csv: an ensemble has a row a member"),
    ],
)
def test_a_member_that_does_not_fit_is_named(folder: Path, old: str, new: str, message: str) -> None:
    file = folder / "trial-2025Q4.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as raised:
        path_of()
    assert message in str(raised.value)


def test_another_range_or_another_version_of_the_rules_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Catalogue(
        (
            *(d for n, d in CATALOGUE.declarations.items() if n != "speed"),
            parameter("speed", 0.4, "1", (0.1, 0.6), "J", "judgement", "A speed."),
        ),
        {},
    )
    assert ensembles.stamp(COLUMNS, other) != ensembles.stamp(COLUMNS, CATALOGUE)
    monkeypatch.setattr(ensembles, "MECHANISM", -1)
    with pytest.raises(
        InputError, match=r"trial-2025Q4\.toml: stamp = '.*' was made for other .* allowed is '.*tasks\.py calibrate"
    ):
        path_of()


@pytest.mark.parametrize(("written", "given"), [("true", "True"), ("1.0", "1.0"), ('"1"', "'1'"), ("-1", "-1")])
def test_a_central_member_is_a_whole_number(folder: Path, written: str, given: str) -> None:
    write_about(folder, ensembles.stamp(COLUMNS, CATALOGUE), central=written)
    with pytest.raises(InputError, match=f"central = {given} is no member; allowed is 0 to 2"):
        path_of()


def test_a_central_member_must_exist(folder: Path) -> None:
    write_about(folder, ensembles.stamp(COLUMNS, CATALOGUE), central=3)
    with pytest.raises(InputError, match="central = 3 is no member; allowed is 0 to 2"):
        path_of()


def test_a_scenario_names_its_ensemble_and_its_members_are_in_the_digest(folder: Path) -> None:
    library = folder / "library"
    library.mkdir()
    (library / "base.toml").write_text('title = "B"\nensemble = "trial-2025Q4"\n', encoding="utf-8")
    (library / "above.toml").write_text('title = "C"\nbase = "base"\n', encoding="utf-8")
    (library / "wrong.toml").write_text('title = "W"\nensemble = "trail-2025Q4"\n', encoding="utf-8")
    (library / "again.toml").write_text('title = "D"\nbase = "base"\nensemble = "trial-2025Q4"\n', encoding="utf-8")
    base, above = load("base", library), load("above", library)
    assert base.ensemble == above.ensemble == "trial-2025Q4"
    assert base.digest == above.digest != replace(base, ensemble="").digest
    before = base.digest
    ensembles.content_hash.cache_clear()
    (folder / "trial-2025Q4.csv").write_text(MEMBERS.replace("-1.2", "-1.3"), encoding="utf-8")
    assert base.digest != before
    with pytest.raises(InputError, match=r"wrong\.toml: unknown ensemble 'trail-2025Q4'\. Closest: 'trial-2025Q4'"):
        load("wrong", library).check(CATALOGUE)
    with pytest.raises(InputError, match="quarters, ensemble, known_until and prelude belong to the base"):
        load("again", library)


@pytest.mark.whole
def test_one_world_of_an_ensemble_equals_that_world_in_a_batch() -> None:
    library = Path(__file__).resolve().parents[2] / "experiments" / "scenarios"
    found = []
    for first, worlds in ((0, 6), (4, 1)):
        game = Game(load("baseline", library), cast(), worlds=worlds, quarters=2, seed=3, first_world=first)
        found.append(game.run().metric("trainium_share_used"))
        game.close()
    assert np.array_equal(found[0][4:5], found[1])


@pytest.mark.parametrize("name", ensembles.names())
def test_a_shipped_ensemble_uses_nothing_measured_after_its_name_says(name: str) -> None:
    assert ensembles._about(name)["measured_to"] == name.split("-")[-1]


def test_a_dated_value_holds_only_where_a_scenario_starts_then() -> None:
    """Before a plain one of the same name; a value of another date is not there."""
    given = {
        "a": np.array([1.0]),
        "b@2023Q4": np.array([2.0]),
        "b@2025Q1": np.array([3.0]),
        "a@2025Q1": np.array([4.0]),
    }
    assert ensembles.at_start(given, "2025Q1") == {"a": np.array([4.0]), "b": np.array([3.0])}
    assert ensembles.at_start(given, "2023Q4") == {"a": np.array([1.0]), "b": np.array([2.0])}
