"""Paired effects: what is nothing is exactly nothing, worlds that join change no world, and hand-worked estimates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from experiments.study.effects import KEPT, SHARES, USED
from experiments.whatif import answer as answers
from experiments.whatif import bench as benches
from experiments.whatif.answer import Answer
from experiments.whatif.bench import Asked, Bench, rounds
from experiments.whatif.question import Question, ask
from experiments.whatif.steps import Steps
from sim.errors import InputError
from sim.records import METRIC

BASE = scenarios.load("baseline")
SMALL = Size(18, 3)
"""Two rounds: 16 worlds, and two more."""


def frame(**columns: list[list[float]]) -> pd.DataFrame:
    """A quarters' table of two quarters with the given figures by world, and 0 elsewhere."""
    worlds = len(next(iter(columns.values())))
    table = pd.DataFrame(
        {
            "world": np.repeat(np.arange(worlds), 2),
            "quarter": ["2026Q1", "2026Q2"] * worlds,
            "quarter_number": [1, 2] * worlds,
            **dict.fromkeys(KEPT, 0.0),
        }
    )
    for name, values in columns.items():
        table[name] = np.ravel(values)
    return table


def by_hand(base: pd.DataFrame, here: pd.DataFrame) -> Answer:
    return Answer.of(Question(BASE), Size(len(base), 2), {"quarters": base}, {"quarters": here})


def test_an_effect_and_what_pairing_buys_by_hand() -> None:
    """Worlds of 10, 20, 30 % rise by 1, 2, 3 points: mean 2, s = 1, half-width t(2) / sqrt(3) = 4.303 / 1.732 = 2.484.
    Variances: 100 in the base, 121 with the change (11, 22, 33), 1 of the difference: 221 times the worlds apart."""
    base = frame(**{USED: [[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]})
    here = frame(**{USED: [[0.1, 0.11], [0.2, 0.22], [0.3, 0.33]]})
    found = by_hand(base, here)
    one = found.effect(USED, 2)
    assert (one.mean, one.worlds) == (pytest.approx(2.0), 3)
    assert one.high - one.mean == pytest.approx(2.484, abs=1e-3)
    assert found.pairing(USED, 2).ratio == pytest.approx(221.0)
    assert found.effect(USED, 1).mean == 0.0 and found.pairing(USED, 1).ratio == np.inf
    assert found.horizons == [2] and not found.nothing


def test_sold_out_worlds_are_counted_by_hand() -> None:
    """Half of Trainium's capacity or more binds: worlds 1 and 2 before, world 2 alone with the change."""
    base = frame(trainium_supply_binding=[[0, 0.2], [0, 0.5], [0, 1.0]])
    here = frame(trainium_supply_binding=[[0, 0.2], [0, 0.4], [0, 1.0]])
    found = by_hand(base, here)
    assert [str(one) for one in found.sold_out(2)] == ["2 of 3", "1 of 3"]
    table = answers.supply([found])
    assert table.loc[1, ["sold_out_base", "sold_out", "worlds"]].tolist() == [2, 1, 3]


def test_a_metric_beside_a_published_size_by_hand() -> None:
    """Utilisation of 0.8 and 0.6 falls to 0.7 and 0.4: 0.55 in the mean, 0.15 less, 0.786 times as much."""
    base, here = frame(utilisation=[[0, 0.8], [0, 0.6]]), frame(utilisation=[[0, 0.7], [0, 0.4]])
    found = by_hand(base, here)
    assert found.measured("utilisation", "level") == pytest.approx(0.55)
    assert found.measured("utilisation", "change") == pytest.approx(-0.15)
    assert found.measured("utilisation", "ratio") == pytest.approx(0.7857, abs=1e-4)


def test_a_broken_world_is_left_out_of_both() -> None:
    base = frame(**{USED: [[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]})
    here = frame(**{USED: [[0.1, 0.11], [0.2, 0.21], [0.3, np.nan]]})
    one = by_hand(base, here).effect(USED, 2)
    assert (one.worlds, one.broken, one.mean) == (2, 1, pytest.approx(1.0))


def test_rounds_begin_small_and_end_with_all_worlds() -> None:
    assert rounds(16) == [(0, 16)] and rounds(2) == [(0, 2)]
    assert rounds(64) == [(0, 16), (16, 48)]
    assert rounds(200) == [(0, 16), (16, 48), (64, 64), (128, 64), (192, 8)]


@pytest.mark.whole
def test_nothing_changed_is_exactly_nothing() -> None:
    *_, (found,) = Bench().ask(Asked((Question(BASE),), SMALL, lock_in=(3,)))
    assert found.nothing and found.size.worlds == 18
    assert all(np.array_equal(found.difference(one), np.zeros((18, 3))) for one in SHARES)
    assert (found.lock_in()["mean"] == 0.0).all() and len(found.lock_in())


@pytest.mark.whole
def test_worlds_that_join_give_a_larger_run_bit_for_bit() -> None:
    question = ask(BASE, ["chip-tariff:high@2026Q1"])
    first, second = (found for (found,) in Bench().ask(Asked((question,), SMALL)))
    assert (first.size.worlds, second.size.worlds) == (16, 18)
    assert np.array_equal(first.difference(USED), second.difference(USED)[:16])
    assert not second.nothing
    for scenario, cell in ((BASE, Answer.BASE), (question.scenario, Answer.HERE)):
        (whole,) = engine.run([Cell(scenario, SMALL)])
        path = whole.quarters[USED].to_numpy().reshape(18, 3)
        assert np.array_equal(second.outcomes.path(cell, USED), path)


@pytest.mark.whole
def test_the_base_is_played_once_and_old_runs_go(monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[int] = []
    monkeypatch.setattr(benches.engine, "all_played", _counted(played))
    bench, size = Bench(), Size(2, 1)
    high = ask(BASE, ["chip-tariff:high@2026Q1"])
    bench.last(Asked((high,), size))
    bench.last(Asked((ask(BASE, ["chip-tariff@2026Q1"]),), size))
    bench.last(Asked((high,), size))
    assert played == [2, 1]  # base and change; the other change; nothing
    little = Bench(most_kept=3)
    little.last(Asked((high,), size))
    assert little.kept_worlds <= 3


def _counted(played: list[int]):  # type: ignore[no-untyped-def]
    real = engine.all_played

    def counting(asked, *more, **how):  # type: ignore[no-untyped-def]
        played.append(len(asked))
        return real(asked, *more, **how)

    return counting


@pytest.mark.whole
def test_an_iterator_that_is_closed_plays_no_further_round() -> None:
    done: list[int] = []
    working = Bench().ask(Asked((ask(BASE, ["chip-tariff@2026Q1"]),), Size(64, 1)), done.append)
    (found,) = next(working)
    working.close()
    assert found.size.worlds == 16 and sum(done) == 32  # 16 of the base and 16 with the change


@pytest.mark.whole
def test_questions_side_by_side_are_those_asked_alone() -> None:
    size = Size(2, 2)
    several = (ask(BASE, ["chip-tariff:high@2026Q1"]), ask(BASE, [], ["demand_level=0.8"]))
    together = Bench().last(Asked(several, size))
    for question, found in zip(several, together, strict=True):
        (alone,) = Bench().last(Asked((question,), size))
        assert np.array_equal(alone.difference(USED), found.difference(USED))


@pytest.mark.whole
def test_less_demand_leaves_fewer_sold_out_and_a_tariff_makes_compute_dearer() -> None:
    size = Size(6, 4)
    less, tariff = Bench().last(
        Asked((ask(BASE, [], ["demand_level=0.6"]), ask(BASE, ["chip-tariff:high@2026Q1"])), size)
    )
    base, here = less.sold_out()
    assert here.worlds < base.worlds or less.effect("shadow_price_trainium").mean < 0.0
    assert less.effect("unserved_share").mean < 0.0
    assert tariff.effect("price_over_cost").mean < 0.0  # cost rises at once, prices follow


def test_two_bases_are_refused() -> None:
    other = replace(BASE, name="other", parameters={**BASE.parameters, "demand_level": 0.9})
    with pytest.raises(InputError, match="one base"):
        Asked((Question(BASE), Question(other)), SMALL)
    with pytest.raises(InputError, match="--shock or --set"):
        Asked((), SMALL)


@pytest.mark.whole
def test_who_has_seen_enough_stops_between_two_quarters() -> None:
    asked, seen = Asked((ask(BASE, ["chip-tariff@2026Q1"]),), Size(2, 3)), list[int]()

    def enough() -> bool:
        seen.append(1)
        return len(seen) > 4  # three quarters of the base, one with the change

    bench = Bench()
    assert list(bench.ask(asked, stop=enough)) == []
    assert bench.kept_worlds == 0
    (whole,) = list(Bench().ask(asked, stop=lambda: False))
    (other,) = list(Bench().ask(asked))
    assert np.array_equal(whole[0].difference(USED), other[0].difference(USED))


@pytest.mark.whole
def test_what_has_been_played_so_far_is_a_shorter_game_bit_for_bit() -> None:
    game = Steps(Cell(BASE, Size(2, 4)))
    game.go(2)
    so_far = game.brief()
    game.close()
    (short,) = engine.run([Cell(BASE, Size(2, 2))])
    for name in KEPT:
        assert np.array_equal(so_far[name].to_numpy(), short.quarters[name].to_numpy())


def test_a_world_that_is_broken_anywhere_is_broken_in_what_is_kept() -> None:
    game = Steps(Cell(BASE, Size(2, 2)))
    game.go(2)
    before, (elsewhere,) = game.brief(), {"exchange_gains_musd"} - set(KEPT)
    game._game.records._metrics[1][0, METRIC[elsewhere]] = np.nan
    kept = game.brief()
    game.close()
    assert kept.loc[kept["world"] == 0, list(KEPT)].isna().all(axis=None) and before.notna().all(axis=None)
    assert kept[kept["world"] == 1].equals(before[before["world"] == 1])
