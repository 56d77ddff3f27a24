"""Influence on tables made by hand: rankings and signs of effects that are a sum of parameters, ties, and what does not
vary."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments import scenarios
from experiments.study import influence, record
from experiments.study.influence import Headline
from sim.arrays import Array
from sim.errors import InputError

BASE = scenarios.load("baseline")
WORLDS = 60
ASCENDING = np.arange(WORLDS) / (WORLDS - 1.0)
SHUFFLED = np.arange(WORLDS) * 17 % WORLDS / (WORLDS - 1.0)
EVIDENCE = {"price_elasticity": "J", "price_sensitivity": "C"}
"""Two parameters, and the grade of what is known of them."""


def by_rank(one: Array, other: Array) -> float:
    """Spearman's correlation the long way: Pearson's of ranks, ties sharing their mean rank."""
    return float(np.corrcoef(pd.Series(one).rank(), pd.Series(other).rank())[0, 1])


def table(**columns: Array) -> pd.DataFrame:
    return pd.DataFrame(columns)


def thirds(parameter: Array, value: Array) -> tuple[float, float]:
    """Mean of a value in the worlds of the lowest and of the highest third of a parameter."""
    low, high = np.quantile(parameter, [1 / 3, 2 / 3])
    return float(value[parameter < low].mean()), float(value[parameter > high].mean())


# --- rankings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("a", "b"), [(3.0, 1.0), (1.0, 3.0), (2.0, -5.0)])
def test_an_effect_of_two_parameters_ranks_them_by_their_weight_and_has_their_signs(a: float, b: float) -> None:
    """Effect = a x - b y, with x and y as good as unrelated."""
    assert abs(by_rank(ASCENDING, SHUFFLED)) < 0.1
    value = a * ASCENDING - b * SHUFFLED
    found = influence.influence(table(x=ASCENDING, y=SHUFFLED), value).set_index("parameter")
    rho = {"x": by_rank(ASCENDING, value), "y": by_rank(SHUFFLED, value)}
    assert found["rank_correlation"].to_dict() == pytest.approx(rho)
    assert np.sign(list(rho.values())).tolist() == [np.sign(a), np.sign(-b)]
    assert found["influence"].idxmax() == ("x" if abs(a) > abs(b) else "y")
    real = {name: r**2 for name, r in rho.items() if found.loc[name, "beyond_chance"]}
    assert found["influence"].to_dict() == pytest.approx({"x": 0.0, "y": 0.0, **real}) and real


def test_ties_share_a_rank_and_what_does_not_vary_has_no_influence() -> None:
    steps = np.floor(ASCENDING * 4.0)
    found = influence.influence(table(steps=steps, fixed=np.full(WORLDS, 0.3)), ASCENDING).set_index("parameter")
    assert found.loc["steps", "rank_correlation"] == pytest.approx(by_rank(steps, ASCENDING))
    assert found.loc["steps", "rank_correlation"] < 0.99
    assert found.loc["fixed"].tolist() == [0.0, 0.0, False]
    still = influence.influence(table(steps=steps), np.full(WORLDS, 2.0))
    assert still.loc[0].tolist() == ["steps", 0.0, 0.0, False]


def test_chance_is_told_apart_at_a_level_of_one_in_a_thousand() -> None:
    """Of ten worlds in order but for some that change places: rho of 1 - 6 sum d^2 / 990; p of t = rho sqrt(8 / (1 -
    rho^2)).

    A table of t with 8 degrees of freedom has 5.041 at 0.001: rho of 0.8721."""
    order = np.arange(10.0)
    near, far = order.copy(), order.copy()
    near[[0, 4]] = near[[4, 0]]  # d of 4 twice: 1 - 6 x 32 / 990 = 0.8061
    far[[0, 3]] = far[[3, 0]]  # d of 3 twice: 1 - 6 x 18 / 990 = 0.8909
    found = influence.influence(table(near=near, far=far), order).set_index("parameter")
    assert found["rank_correlation"].to_dict() == pytest.approx(
        {"near": 1.0 - 192.0 / 990.0, "far": 1.0 - 108.0 / 990.0}
    )
    assert found["beyond_chance"].to_dict() == {"near": False, "far": True}
    assert found["influence"].to_dict() == pytest.approx({"near": 0.0, "far": (1.0 - 108.0 / 990.0) ** 2})


def test_a_ranking_is_by_influence_times_the_weakness_of_the_evidence() -> None:
    """The same influence weighs 1 on judgement and 0.5 on a grade of C; headlines stand in order, each with its own."""
    parameters = table(price_sensitivity=ASCENDING, price_elasticity=-ASCENDING)
    frame = influence.ranking(
        BASE, parameters, [Headline("b", "B", 2.0 * ASCENDING - 1.5), Headline("a", "A", SHUFFLED)]
    )
    assert frame["headline"].tolist() == ["a", "a", "b", "b"]
    first, second = frame.to_dict("records")[2:]
    assert [(one["parameter"], one["grade"]) for one in (first, second)] == list(EVIDENCE.items())
    assert [one["rank_correlation"] for one in (first, second)] == pytest.approx([-1.0, 1.0])
    assert [(one["influence"], one["weakness"], one["priority"]) for one in (first, second)] == [
        (pytest.approx(1.0), 1.0, pytest.approx(1.0)),
        (pytest.approx(1.0), 0.5, pytest.approx(0.5)),
    ]
    low, high = thirds(ASCENDING, 2.0 * ASCENDING - 1.5)
    assert (second["mean_low_third_pp"], second["mean_high_third_pp"]) == pytest.approx((low, high))
    assert (first["mean_low_third_pp"], first["mean_high_third_pp"]) == pytest.approx((high, low))
    assert (second["opposite_low_third"], second["opposite_high_third"]) == (0.0, 0.75)  # mean −0.5; above 0.75 of x
    assert first["meaning"] == scenarios.catalogue_of(BASE).find("price_elasticity", "test")[0].meaning
    tied = frame[frame["headline"] == "a"]
    assert tied["priority"].tolist() == [0.0, 0.0] and tied["parameter"].tolist() == sorted(EVIDENCE)


# --- signs ------------------------------------------------------------------------------------------------------------


def test_a_table_of_signs_names_the_parameter_that_turns_an_effect_most() -> None:
    """Effect = 2 x - 0.5: mean 0.5; below 0 where x < 0.25, fifteen worlds of sixty, all in the lowest third of x."""
    effect = 2.0 * ASCENDING - 0.5
    found = influence.signs(
        [Headline("level", "L", effect), Headline("e", "An effect", effect)], table(y=SHUFFLED, x=ASCENDING)
    )
    assert found["effect"].tolist() == ["e"]  # the level is no effect
    row = found.iloc[0]
    assert (row["title"], row["turned_most_by"], row["worlds"]) == ("An effect", "x", WORLDS)
    assert (row["mean_pp"], row["opposite_share"]) == pytest.approx((0.5, 15.0 / 60.0))
    assert (row["p5_pp"], row["p95_pp"]) == pytest.approx((2.0 * 0.05 - 0.5, 2.0 * 0.95 - 0.5))
    assert (row["mean_low_third_pp"], row["mean_high_third_pp"]) == pytest.approx(thirds(ASCENDING, effect))
    assert row["opposite_share_there"] == pytest.approx(15.0 / 20.0) and row["mean_turns"]


def test_the_highest_third_may_turn_it_too_and_a_mean_need_not_turn() -> None:
    falling = 0.6 - ASCENDING**4
    row = influence.signs([Headline("e", "E", falling)], table(x=ASCENDING)).iloc[0]
    below = (falling[40:] < 0.0).mean()
    assert row["opposite_share_there"] == pytest.approx(below) and 0.0 < below < 1.0
    assert row["mean_low_third_pp"] > 0.0 > falling[-1]
    assert row["mean_turns"] == (falling[40:].mean() < 0.0)
    steady = influence.signs([Headline("e", "E", ASCENDING + 1.0)], table(x=ASCENDING, y=SHUFFLED)).iloc[0]
    assert (steady["opposite_share"], steady["opposite_share_there"], steady["mean_turns"]) == (0.0, 0.0, False)
    assert steady["turned_most_by"] == "x"  # of those alike the first


@pytest.mark.parametrize("end", [1.0, -1.0], ids=["lowest", "highest"])
def test_what_turns_most_is_by_the_worlds_that_turn_not_by_the_size_of_a_mean(end: float) -> None:
    """An effect of mean 3. One parameter has the two worlds below 0 at one end and ones at the other; another has nines
    and ones there, and turns nothing."""
    effect = np.array([-1.0, -1.0, 9.0, 9.0, 1.0, 1.0])
    turns, large = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), np.array([3.0, 4.0, 5.0, 6.0, 1.0, 2.0])
    row = influence.signs([Headline("e", "E", effect)], table(large=end * large, turns=end * turns)).iloc[0]
    assert (row["turned_most_by"], row["opposite_share_there"], row["mean_turns"]) == ("turns", 1.0, True)
    means = (row["mean_low_third_pp"], row["mean_high_third_pp"])
    assert means == ((-1.0, 1.0) if end > 0.0 else (1.0, -1.0))


def test_what_authorities_measured_weighs_nothing_and_judgement_most() -> None:
    grades = {
        "power_price_usd_per_kwh": 0.0,
        "price_performance_trend": 0.25,
        "price_sensitivity": 0.5,
        "demand_level": 1.0,
    }
    frame = influence.ranking(BASE, table(**dict.fromkeys(grades, ASCENDING)), [Headline("a", "A", ASCENDING)])
    assert frame["parameter"].tolist() == list(grades)[::-1] and frame["grade"].tolist() == ["J", "C", "B", "A"]
    assert frame["priority"].tolist() == pytest.approx(sorted(grades.values(), reverse=True))


def test_an_effect_of_nothing_has_no_opposite() -> None:
    assert influence.opposite(np.zeros(5)) == 0.0
    assert influence.opposite(np.array([-3.0, 1.0, 1.0, 0.0])) == 0.5
    assert influence.opposite(np.array([3.0, -1.0, -1.0, 0.0])) == 0.5


def test_thirds_are_as_large_as_can_be_alike() -> None:
    """Eight worlds: two lowest and two highest of a parameter that is not in order; ties stay in the order of
    worlds."""
    p = np.array([5.0, 1.0, 8.0, 1.0, 4.0, 9.0, 3.0, 1.0])
    one = Headline("e", "E", np.array([1.0, 10.0, 3.0, -20.0, 1.0, 5.0, 1.0, 40.0]))
    assert influence.flips(table(p=p), one, "p") == (-5.0, 0.5, 4.0, 0.0)  # worlds 1 and 3; worlds 2 and 5


# --- what is measured -------------------------------------------------------------------------------------------------


def test_only_the_baseline_and_single_factors_are_played() -> None:
    names = [cell.name for cell in influence.cells(9, 3, 4)]
    assert names == ["baseline", "open", "antitrust", "edge"]
    assert {(cell.size.worlds, cell.size.quarters, cell.size.seed) for cell in influence.cells(9, 3, 4)} == {(9, 3, 4)}


def test_what_is_told_beside_the_factors_is_played_where_asked_in_all_worlds() -> None:
    cells = influence.cells(999, 3, 4, beside=True)
    assert [cell.name for cell in cells] == ["baseline", "open", "antitrust", "edge", "own-chips-first"]
    assert {cell.size.worlds for cell in cells} == {999}
    assert not cells[-1].strategies and [shock.parameter for shock in cells[-1].scenario.shocks][-1:] == [
        "own_chip_weight_aws"
    ]


def test_a_headline_is_read_at_its_quarter_in_the_order_of_worlds() -> None:
    base = np.array([[0.05, 0.06], [0.07, 0.08]])
    paths = {
        name: base + shift
        for name, shift in (
            ("baseline", 0.0),
            ("open", 0.01),
            ("antitrust", -0.02),
            ("edge", np.array([[0.0, 0.0], [0.0, 0.03]])),
        )
    }
    found = {one.name: one.value.tolist() for one in influence.headlines(paths, 2)}
    assert found == {
        "level": pytest.approx([6.0, 8.0]),
        "lock-in": pytest.approx([1.0, 1.0]),
        "antitrust": pytest.approx([-2.0, -2.0]),
        "edge": pytest.approx([0.0, 3.0]),
    }
    found = influence.headlines({**paths, "own-chips-first": base + 0.02}, 2)
    assert (found[-1].name, found[-1].title) == ("own-chips-first", "Own chips first at AWS")
    assert len(found) == 5 and found[-1].value.tolist() == pytest.approx([2.0, 2.0])


@pytest.mark.whole
def test_only_influences_beyond_chance_are_shipped_and_of_whole_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share = baseline + lock-in of which one parameter decides; world 0 of one cell has no figure."""
    worlds, quarters = 30, 2
    drawn = influence.drawn(scenarios.load(influence.BASE), worlds, record.SEED)
    decides = drawn["price_sensitivity"].to_numpy()

    def play(cells: list, workers: int, tick: object = None) -> object:
        for cell in cells:
            effect = {"open": 0.01 * decides, "antitrust": 0.0 * decides, "edge": 0.0 * decides}.get(
                cell.name, 0.0 * decides
            )
            share = np.repeat(0.05 + effect, quarters)
            share[0] = np.nan if cell.name == "edge" else share[0]
            frame = pd.DataFrame({"world": np.repeat(np.arange(worlds), quarters), influence.SHARE: share})
            yield type("Played", (), {"cell": cell, "quarters": frame})()

    monkeypatch.setattr(record, "run", play)
    found = record.measure_influence(1, worlds, quarters)
    ranked, turning, managed = (found[name] for name in ("influence", "signs", "managed"))
    strongest = ranked[ranked["headline"] == "lock-in"].sort_values("influence", ascending=False).iloc[0]
    assert (strongest["parameter"], strongest["influence"]) == ("price_sensitivity", pytest.approx(1.0))
    assert set(ranked["headline"]) == {"lock-in"} and (ranked["influence"] > 0.0).all()
    row = turning.set_index("effect").loc["lock-in"]
    assert row["worlds"] == worlds - 1 and row["mean_pp"] == pytest.approx(decides[1:].mean())
    assert (managed["effect"].value_counts() == 3).all() and set(managed["effect"]) == set(turning["effect"])
    with pytest.raises(InputError, match="influence: 5 worlds have figures"):
        record.measure_influence(1, 6, quarters)


def test_effects_by_third_of_a_parameter_are_means_of_its_third() -> None:
    """Six worlds, drawn 0.1 to 0.6 in another order; the effect is -1 in the smallest two, 1 and 3 in the middle,
    2 in the largest."""
    drawn = table(managed_share=np.array([0.5, 0.1, 0.3, 0.6, 0.2, 0.4]))
    effects = [Headline("antitrust", "Antitrust", np.array([2.0, -1.0, 1.0, 2.0, -1.0, 3.0]))]
    found = influence.by_third([Headline("level", "Level", np.ones(6)), *effects], drawn, influence.MANAGED)
    assert found["effect"].tolist() == ["antitrust"] * 3 and found["third"].tolist() == ["low", "middle", "high"]
    assert found[["from", "to"]].to_numpy().tolist() == [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]
    assert found["mean_pp"].tolist() == [-1.0, 2.0, 2.0] and found["above_0"].tolist() == [0.0, 1.0, 1.0]
    assert found["half_width_pp"].tolist() == pytest.approx([0.0, 1.96, 0.0])  # sd of 1 and 3 is root 2, over root 2
