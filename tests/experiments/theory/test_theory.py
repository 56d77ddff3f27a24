"""The trial against theory: its statistics, its verdicts, its book-keeping, and a quick form of the trial itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.seats import Scales, Sets
from experiments import scenarios
from experiments.batch.engine import Played
from experiments.theory import entry, memory, trial
from experiments.theory.evidence import (
    ABOVE,
    BELOW,
    NOTHING,
    REPORTED,
    SIGN,
    SOMETHING,
    Check,
    Evidence,
    Hypothesis,
    Variant,
    change,
    judged,
)
from experiments.theory.known import KNOWN_FAILURES
from experiments.theory.statistics import correlated, jackknifed, swing, wider
from tests.experiments.conftest import Command
from tests.game.play import BASE, changed, game_of

KEYS = [f"S{number:02}" for number in range(1, 33)]


# --- the list ---------------------------------------------------------------------------------------------------------


def test_all_thirty_two_hypotheses_are_tried_once() -> None:
    assert [one.key for one in trial.HYPOTHESES] == KEYS


def test_placebos_ask_for_nothing_and_ambiguous_ones_assert_a_mechanism_too() -> None:
    kinds = {one.key: one.kind for one in trial.HYPOTHESES}
    assert {key for key, kind in kinds.items() if kind == "placebo"} == {"S08", "S19", "S24", "S25", "S28", "S32"}
    assert {key for key, kind in kinds.items() if kind == "ambiguous"} == {"S03", "S06", "S07", "S22"}


def test_known_failures_are_hypotheses_with_a_reason() -> None:
    assert set(KNOWN_FAILURES) <= set(KEYS)
    assert all(len(reason) > 60 for reason in KNOWN_FAILURES.values())


def test_a_variant_is_played_once_as_long_as_anyone_needs() -> None:
    names = [one.name for one in trial.variants(trial.HYPOTHESES)]
    assert len(names) == len(set(names))
    short, long = Variant("same", quarters=4, lock_in=(1,)), Variant("same", quarters=9, lock_in=(9,))
    asked = [Hypothesis(k, "", SIGN, "", (v,), lambda e: []) for k, v in (("S01", short), ("S02", long))]
    (merged,) = [one for one in trial.variants(asked) if one.name == "same"]
    assert (merged.quarters, merged.lock_in) == (9, (1, 9))


def test_a_name_cannot_mean_two_things() -> None:
    other = Variant("same", (change("demand_level", 2.0),))
    asked = [Hypothesis(k, "", SIGN, "", (v,), lambda e: []) for k, v in (("S01", Variant("same")), ("S02", other))]
    with pytest.raises(ValueError, match="means something else"):
        trial.variants(asked)


# --- verdicts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "wanted", "holds"),
    [
        ([1.0, 1.2, 0.8], ABOVE, True),
        ([1.0, 1.2, 0.8], BELOW, False),
        ([1.0, -1.2, 0.3], ABOVE, False),
        ([-1.0, -1.1, -0.9], BELOW, True),
        ([0.0, 0.0, 0.0], NOTHING, True),
        ([0.0, 1e-18, 0.0], NOTHING, False),
        ([-1.0, -1.1, -0.9], SOMETHING, True),
        ([1.0, -1.0, 0.1], SOMETHING, False),
        ([5.0, -7.0, 0.0], REPORTED, True),
        ([np.nan, 1.0, 1.0], ABOVE, False),
    ],
)
def test_what_theory_wants_of_a_mean(sample: list[float], wanted: str, holds: bool) -> None:
    assert judged("", np.array(sample), wanted).holds is holds


def _verdict(key: str, *holds: bool) -> trial.Verdict:
    made = judged("", np.zeros(3), REPORTED)
    checks = tuple(Check("", made.estimate, ABOVE, one) for one in holds)
    return trial.Verdict(Hypothesis(key, "", SIGN, "", (), lambda e: []), checks)


def test_one_check_that_fails_fails_the_hypothesis_unless_it_is_known() -> None:
    known = next(iter(KNOWN_FAILURES))
    found = [_verdict("S01", True, True), _verdict("S02", True, False), _verdict(known, False)]
    assert [one.verdict for one in found] == ["holds", "fails", "known failure"]
    assert trial.failed(found) == ["S02"]
    assert found[2].reason == KNOWN_FAILURES[known]
    assert _verdict(known, True).reason == ""


def test_a_table_has_a_row_a_check() -> None:
    frame = trial.table([_verdict("S01", True, False), _verdict("S24", True)])
    assert frame["hypothesis"].tolist() == ["S01", "S01", "S24"]
    assert frame["verdict"].tolist() == ["fails", "fails", "holds"]
    assert list(frame.columns) == list(trial.COLUMNS)


# --- statistics -------------------------------------------------------------------------------------------------------


def test_a_jackknife_of_a_mean_is_its_t_interval() -> None:
    sample = np.array([1.0, 4.0, 2.0, 7.0, 3.0])
    found = jackknifed("", lambda where: float(sample[where].mean()), 5, REPORTED).estimate
    half = 2.131847 * sample.std(ddof=1) / np.sqrt(5.0)  # t(0.95, 4) from a table
    assert (found.mean, found.low, found.high) == pytest.approx((3.4, 3.4 - half, 3.4 + half), rel=1e-6)


def test_a_wider_spread_on_the_same_worlds_is_seen() -> None:
    quarter = np.linspace(0.0, 2.0 * np.pi, 50, endpoint=False)
    wide, narrow = np.sin(quarter), 0.5 * np.sin(quarter) + 0.01 * np.cos(7.0 * quarter)
    assert wider("", wide, narrow).holds
    assert not wider("", narrow, wide).holds
    assert not wider("", wide, np.cos(quarter)).holds


def test_a_correlation_by_hand() -> None:
    """Of 1, 2, 3, 4 with 1, 3, 2, 4: 0.8. Fisher with n = 4: atanh 0.8 -+ 1.645."""
    found = correlated("", np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 4.0])).estimate
    assert found.mean == pytest.approx(0.8)
    assert (found.low, found.high) == pytest.approx((np.tanh(1.0986 - 1.6449), np.tanh(1.0986 + 1.6449)), abs=1e-3)


def test_a_swing_leaves_the_trend_out() -> None:
    steady, cycle = np.arange(8.0) * 3.0, np.arange(8.0) + np.tile([1.0, -1.0], 4)
    found = swing(np.stack([steady, cycle]), 1)
    time = np.arange(8.0) - 3.5
    wave = np.tile([1.0, -1.0], 4)
    rest = wave - time * (wave * time).sum() / (time**2).sum()
    assert found == pytest.approx([0.0, np.sqrt((rest**2).mean())], abs=1e-12)


def _played(name: str, values: list[list[float]]) -> Played:
    rows = [(w, q + 1, v) for w, path in enumerate(values) for q, v in enumerate(path)]
    frame = pd.DataFrame(rows, columns=["world", "quarter_number", "share"])
    return Played(Variant(name).cell(BASE, 2, 2, 1), {"quarters": frame})


def test_evidence_pairs_worlds_and_compares_bits() -> None:
    e = Evidence()
    e.add(_played("one", [[0.1, 0.3], [0.2, 0.5]]))
    e.add(_played("other", [[0.1, 0.2], [0.2, 0.3]]))
    found = e.differs("one", "other", "share", 2, ABOVE)
    assert found.estimate.mean == pytest.approx(0.15)
    assert e.differs("one", "other", "share", 9, ABOVE).estimate.mean == pytest.approx(0.15)  # the last one played
    assert e.same("one", "one", ("share",)).holds and not e.same("one", "other", ("share",)).holds
    assert e.same("one", "other", ("share",), 0.7).holds


# --- parts that play --------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_seats_change_what_they_say_and_when() -> None:
    with (
        game_of(BASE, 2, 3) as plain,
        game_of(BASE, 2, 3, seats={"aws": Sets("cloud", {"exit_fee_years": 0.9}, first=2)}) as game,
    ):
        plain.step(), game.step()
        assert np.array_equal(game.state.decided["aws"].exit_fee_years, plain.state.decided["aws"].exit_fee_years)
        game.step()
        assert np.all(game.state.decided["aws"].exit_fee_years == 0.9)
    scaled = {"aws": Scales("cloud", {"order_mw": 3.0}, own_core=True)}
    free = changed(deals_bind=0.0, demand_level=3.0, power_level=4.0, capital_budget_factor=8.0)  # room for orders
    with game_of(free, 2, 1) as plain, game_of(free, 2, 1, seats=scaled) as game:
        plain.step(), game.step()
        asked, was = (one.state.decided["aws"].order_mw for one in (game, plain))
        own = [game.roster.pool_name(pool) for pool in game.roster.pools_of(game.roster.owners.index("aws"))]
    assert own == ["aws/nvidia/core", "aws/trainium/core", "aws/nvidia/edge", "aws/trainium/edge"]
    assert (was[:, 1] > 0.0).any() and asked / np.maximum(was, 1e-12) == pytest.approx(
        np.where(was > 0.0, [1, 3, 1, 1], 0)
    )


def test_more_firms_by_hand_when_all_are_alike() -> None:
    """With equal firms the index of six is 10000 / 6 (of those sold); random ones are more concentrated than that."""
    few, many = entry.markets(8)
    assert np.all(many.hhi > 1e4 / 6.0 - 1e-9) and np.all(few.hhi > 2500.0 - 1e-9)
    assert np.all(many.surplus > few.surplus) and np.all(many.variety <= many.surplus)


def test_a_shift_moves_commitments_and_loses_none() -> None:
    with game_of(BASE, 2, 1) as game:
        before = game.state.sites[0].book.capacity_h100e.copy()
        memory.shift(game)
        after, site = game.state.sites[0].book.capacity_h100e, game.roster.sites[0]
    trainium, nvidia = site.offers.index("aws/trainium"), site.offers.index("aws/nvidia")
    assert after.sum() == pytest.approx(before.sum())
    assert after[:, trainium].sum() == pytest.approx(0.92 * before[:, trainium].sum())
    assert (after - before)[:, nvidia].sum() == pytest.approx(0.08 * before[:, trainium].sum())


@pytest.mark.whole
def test_without_frictions_history_is_forgotten_and_with_them_it_is_not() -> None:
    assert memory.difference(frictions=False, worlds=3).max() < 1e-7
    assert memory.difference(frictions=True, worlds=3).min() > 1e-3


@pytest.mark.slow
@pytest.mark.theory
def test_the_quick_trial_holds() -> None:
    """All placebos, and what shows in 12 quarters on few worlds: nothing fails that is not a known failure."""
    asked = trial.chosen([], quick=True)
    assert {one.key for one in trial.HYPOTHESES if one.kind == "placebo"} <= {one.key for one in asked}
    verdicts = trial.hold(asked, trial.QUICK_WORLDS, trial.QUICK_QUARTERS)
    assert trial.failed(verdicts) == []


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_the_command_prints_writes_and_says_whether_it_held(command: Command) -> None:
    status, out, _ = command(
        "validate", "--theory", "--only", "s24", "--worlds", "8", "--workers", "1", "--out", "theory"
    )
    assert status == 0
    assert "S24" in out and "1 of 1 hypotheses hold" in out
    assert pd.read_csv(Path("theory") / "theory.csv")["verdict"].unique().tolist() == ["holds"]


@pytest.mark.whole
def test_the_command_fails_when_something_fails(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """With two worlds turned round, a sign that holds is wanted the other way."""
    wrong = Hypothesis("S25", "", SIGN, "", (), lambda e: [judged("", np.array([1.0, 1.1, 0.9]), BELOW)])
    monkeypatch.setattr(trial, "HYPOTHESES", (wrong,))
    status, out, _ = command("validate", "--theory", "--only", "S25", "--worlds", "8", "--workers", "1")
    assert status == 1 and "1 fail" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--theory", "--only", "S77"), "unknown hypothesis 'S77'"),
        (("--theory", "--worlds", "0"), "--worlds = 0 is not allowed"),
        ((), "validate: say what against: allowed is one of --theory, --backtest and --seam."),
        (("--theory", "--backtest"), "allowed is one of --theory, --backtest and --seam."),
        (("--theory", "--seam"), "allowed is one of --theory, --backtest and --seam."),
        (("--theory", "--backtest", "--seam"), "allowed is one of --theory, --backtest and --seam."),
        (("--backtest", "--only", "S01"), "--only does not go with --backtest"),
        (("--seam", "--only", "S01"), "--only does not go with --seam"),
        (("--seam", "--quick"), "--quick does not go with --seam"),
        (("--seam", "--workers", "2"), "--workers does not go with --seam, which is measured in one process"),
        (("--seam", "--worlds", "15"), "--worlds = 15 is not allowed"),
        (("--seam", "--worlds", "many"), "--worlds = many is not allowed"),
    ],
)
def test_wrong_words_get_a_sentence(command: Command, words: tuple[str, ...], said: str) -> None:
    status, _, err = command("validate", *words)
    assert status == 2 and said in err


def test_scenario_of_the_trial_exists() -> None:
    assert scenarios.load(trial.SCENARIO).name == trial.SCENARIO
