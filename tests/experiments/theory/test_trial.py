"""The book-keeping of the trial: what is played, what is counted, what is printed, and when the whole is passed."""

from __future__ import annotations

import io
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments import scenarios
from experiments.batch.engine import Played
from experiments.screen import Screen
from experiments.stats import Estimate
from experiments.theory import metamorphic, terminal, trial
from experiments.theory.evidence import (
    ABOVE,
    AMBIGUOUS,
    BELOW,
    PLACEBO,
    REPORTED,
    SIGN,
    Check,
    Evidence,
    Hypothesis,
    Variant,
    change,
    everywhere,
)
from experiments.theory.known import KNOWN_FAILURES
from experiments.theory.metamorphic import Metamorphosis
from experiments.theory.statistics import correlated, jackknifed
from experiments.theory.trial import Tried, Verdict

KNOWN = next(iter(KNOWN_FAILURES))
NUMBERS = Estimate(0.25, 0.125, 0.375, 0.2, 0.0, 0.5, 31, 1)


def verdict(key: str, *holds: bool, kind: str = SIGN) -> Verdict:
    one = Hypothesis(key, f"{key} is said", kind, "what varies", (), lambda e: [], "what is left out")
    sure = Estimate(0.25, 0.125, 0.375, 0.2, 0.0, 0.5, 32)
    return Verdict(one, tuple(Check(f"check {k}", sure, (ABOVE, BELOW)[k], h) for k, h in enumerate(holds)))


def printed(*verdicts: Verdict, changes: pd.DataFrame | None = None) -> str:
    console = Screen(file=io.StringIO(), width=150)
    terminal.show(verdicts, pd.DataFrame(columns=["holds"]) if changes is None else changes, console)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


# --- what is played ---------------------------------------------------------------------------------------------------


def test_a_change_is_dated_and_everywhere_means_in_each_region() -> None:
    one = change("demand_level", 1.3, "2027Q4", how="multiply_by")
    assert (one.parameter, one.quarters, one.multiply_by, one.set) == ("demand_level", ("2027Q4", "2045Q4"), 1.3, None)
    found = everywhere("egress_factor", 0.5)
    assert [shock.parameter for shock in found] == [f"egress_factor_{r}" for r in ("us", "eu", "uk", "rest")]
    assert {(shock.set, shock.quarters) for shock in found} == {(0.5, ("2026Q1", "2045Q4"))}


def test_a_variant_is_played_as_long_as_it_needs_or_as_the_trial_lasts() -> None:
    base = scenarios.load("baseline")
    one = Variant(
        "v",
        (change("demand_level", 1.6),),
        {"anticipation": 0.5},
        strategies={"aws": "harvest"},
        quarters=16,
        lock_in=(1, 14),
        draw=False,
    )
    cell = one.cell(base, 7, 12, 3)
    assert (cell.size.worlds, cell.size.quarters, cell.size.seed, cell.size.draw) == (7, 12, 3, False)
    assert (cell.name, cell.lock_in, cell.more_tables, cell.strategies) == ("v", (1,), ("lock_in",), {"aws": "harvest"})
    assert cell.scenario.parameters["anticipation"] == 0.5
    assert one.cell(base, 7, 20, 3).size.quarters == 16 and one.cell(base, 7, 20, 3).lock_in == (1, 14)
    assert Variant("plain").cell(base, 7, 20, 3).more_tables == ()


def test_hypotheses_are_chosen_once_in_the_order_asked() -> None:
    assert [one.key for one in trial.chosen(["S05", "S01", "S05"], quick=True)] == ["S05", "S01"]
    assert [one.key for one in trial.chosen([], quick=True)] == list(trial.QUICK)
    assert len(trial.chosen([], quick=False)) == 32


def test_worlds_of_a_trial_are_those_of_the_baseline_and_every_variant() -> None:
    """S02 needs two variants, S16 none: three cells, or one."""
    assert trial.played_worlds(["S02"], False, 10, 1) == 30 and trial.played_worlds(["S16"], False, 10, 1) == 10
    assert [(trial.length(quick), trial.default_worlds(quick)) for quick in (True, False)] == [(12, 32), (20, 200)]
    lengths = {cell.name: cell.size.quarters for cell in trial.cells(trial.chosen(["S02"], True), 10, 12, 1)}
    assert lengths == {"base": 12, "worse-free": 12, "worse-held": 12}


# --- what is kept of it -----------------------------------------------------------------------------------------------


def test_the_index_of_lock_in_is_read_by_world_at_the_first_or_last_quarter_measured() -> None:
    rows = [
        ("cloud", "aws", "2028Q4", 1, 0.4),
        ("cloud", "aws", "2026Q1", 1, 0.2),
        ("cloud", "aws", "2026Q1", 0, 0.1),
        ("cloud", "aws", "2028Q4", 0, 0.3),
        ("cloud", "azure", "2026Q1", 0, 0.9),
        ("family", "aws", "2026Q1", 0, 0.8),
    ]
    index = pd.DataFrame(rows, columns=["level", "name", "quarter", "world", "egress"])
    quarters = pd.DataFrame({"world": [0, 1], "quarter_number": [1, 1], "share": [0.1, 0.2]})
    e = Evidence()
    e.add(Played(Variant("v").cell(scenarios.load("baseline"), 2, 1, 1), {"quarters": quarters, "lock_in": index}))
    assert e.lock_in("v", "cloud", "aws", "egress", 0).tolist() == [0.1, 0.2]
    assert e.lock_in("v", "cloud", "aws", "egress").tolist() == [0.3, 0.4]
    assert e.path("v", "share").tolist() == [[0.1], [0.2]]


def test_paths_are_compared_over_the_quarters_that_both_have() -> None:
    """The largest relative gap of a world: 0.02 / 0.2 in the second, whatever the third quarter of the longer says."""
    e = Evidence()
    for name, paths in (("one", [[0.1, 0.3], [0.22, 0.5]]), ("other", [[0.1, 0.3, 0.9], [0.2, 0.5, 0.9]])):
        rows = [(w, q + 1, v, v) for w, path in enumerate(paths) for q, v in enumerate(path)]
        frame = pd.DataFrame(rows, columns=["world", "quarter_number", "share", "price"])
        e.add(Played(Variant(name).cell(scenarios.load("baseline"), 2, 3, 1), {"quarters": frame}))
    found = e.same("one", "other", ("share", "price"), 0.11)
    assert found.holds and found.estimate.mean == pytest.approx(0.05) and found.wanted == "within 0.11"
    assert not e.same("one", "other", ("price",), 0.09).holds
    assert e.same("one", "other", ("price",)).wanted == "exactly 0"


@pytest.mark.parametrize("worlds", [1, 2, 3])
def test_a_correlation_of_fewer_than_four_worlds_has_no_bounds(worlds: int) -> None:
    grid = np.arange(float(worlds))
    found = correlated("", grid, grid)
    assert not found.holds and np.isnan([found.estimate.low, found.estimate.high]).all()
    assert (
        correlated("", np.arange(9.0), np.arange(9.0)).holds
        and correlated("", np.arange(9.0), -np.arange(9.0), BELOW).holds
    )


def test_a_jackknife_of_a_ratio_by_hand() -> None:
    """Ratios without each of three worlds of (1, 2), (2, 2), (3, 5): 5/7, 4/7, 3/4; t(0.95, 2) = 2.919986."""
    x, y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 5.0])
    found = jackknifed("", lambda where: float(x[where].sum() / y[where].sum()), 3, BELOW)
    left = np.array([5.0 / 7.0, 4.0 / 7.0, 3.0 / 4.0])
    half = 2.919986 * np.sqrt(2.0 / 3.0 * ((left - left.mean()) ** 2).sum())
    assert (found.estimate.mean, found.estimate.low, found.estimate.high) == pytest.approx(
        (2.0 / 3.0, 2.0 / 3.0 - half, 2.0 / 3.0 + half), rel=1e-6
    )
    assert not found.holds


# --- verdicts on the whole --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "holds", "passed"),
    [
        ((verdict("S01", True), verdict(KNOWN, False)), (True, True), True),
        ((verdict("S01", True), verdict("S02", False)), (True, True), False),
        ((verdict("S01", True),), (True, False), False),
        ((verdict("S01", True),), (), True),
    ],
)
def test_a_trial_is_passed_when_all_holds_that_should(
    verdicts: tuple[Verdict, ...], holds: tuple[bool, ...], passed: bool
) -> None:
    assert Tried(verdicts, pd.DataFrame({"holds": np.array(holds, dtype=bool)})).passed is passed


def test_a_change_that_must_not_matter_fails_beyond_its_tolerance_and_without_a_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moved = {"order": 1e-8, "money": 1.1e-8, "size": np.nan, trial.SLOW_CHANGES[0]: 0.0}
    made = [
        Metamorphosis(name, f"{name} is changed", 1e-8, lambda error=error: error)  # type: ignore[misc]
        for name, error in moved.items()
    ]
    monkeypatch.setattr(metamorphic, "METAMORPHOSES", tuple(made))
    found = trial.unmoved()
    assert found["holds"].tolist() == [True, False, False, True]
    assert found.loc[1].tolist() == ["money", "money is changed", 1.1e-8, 1e-8, False]
    assert trial.unmoved(quick=True)["change"].tolist() == ["order", "money", "size"]


def test_only_what_was_asked_for_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some hypotheses by name: no changes; all of them: the changes too, without the slow ones in a quick trial."""
    asked = []
    monkeypatch.setattr(trial, "hold", lambda hypotheses, *given: asked.append((len(hypotheses), *given[:3])) or [])
    monkeypatch.setattr(trial, "unmoved", lambda quick: pd.DataFrame({"holds": [quick]}))
    assert trial.run(["S01"], False, 5, 7, 1).changes.empty
    assert trial.run([], True, 5, 7, 1).changes["holds"].tolist() == [True]
    assert trial.run([], False, 5, 7, 1).changes["holds"].tolist() == [False]
    assert asked == [(1, 5, 20, 7), (len(trial.QUICK), 5, 12, 7), (32, 5, 20, 7)]


def test_a_row_of_the_table_holds_the_numbers_of_its_check() -> None:
    one = Verdict(
        verdict(KNOWN, False).hypothesis,
        (Check("a gap", Estimate(-0.25, -0.5, -0.125, 0.0, 0.0, 0.0, 31), ABOVE, False),),
    )
    row = trial.table([one]).iloc[0]
    assert row.tolist() == [
        KNOWN,
        f"{KNOWN} is said",
        SIGN,
        "what varies",
        "a gap",
        -0.25,
        -0.5,
        -0.125,
        31,
        0,
        ABOVE,
        False,
        trial.KNOWN,
        KNOWN_FAILURES[KNOWN],
        "what is left out",
    ]


# --- what is printed --------------------------------------------------------------------------------------------------


def test_a_trial_is_counted_in_a_sentence() -> None:
    verdicts = [verdict("S01", True), verdict("S02", False), verdict("S03", True), verdict(KNOWN, False)]
    assert terminal.tally(verdicts, pd.DataFrame()) == "2 of 4 hypotheses hold, 1 are known failures, 1 fail."
    changes = pd.DataFrame({"holds": [True, False, True]})
    assert terminal.tally(verdicts[:1], changes) == (
        "1 of 1 hypotheses hold, 0 are known failures, 0 fail; 2 of 3 changes that must not matter do not."
    )


def test_an_effect_is_told_with_its_bounds_and_what_has_no_figures() -> None:
    assert (
        terminal.effect(Check("", Estimate(-0.00134, -0.5, 12345.0, 0.0, 0.0, 0.0, 9), ABOVE, True))
        == "−0.00134 (−0.5 to 1.23e+04)"
    )
    assert terminal.effect(Check("", NUMBERS, ABOVE, True)) == "0.25 (0.125 to 0.375; 1 of 32 worlds has no figures)"
    alone = Estimate(0.5, np.nan, np.nan, 0.5, np.nan, np.nan, 1)
    assert terminal.effect(Check("", alone, ABOVE, False)) == "0.5 (– to –)"


def test_the_printed_trial_marks_what_fails_and_gives_reasons() -> None:
    text = printed(verdict("S01", True, False), verdict(KNOWN, False, kind=PLACEBO))
    assert "Hypotheses of theory on 32 paired worlds" in text
    lines = text.splitlines()
    (first,) = [line for line in lines if "check 0" in line and "S01" in line]
    (second,) = [line for line in lines if "check 1" in line]
    assert "above 0 " in first and "✗" not in first and first.rstrip().endswith("fails")
    assert "below 0 ✗" in second and "fails" not in second
    assert "placebo (weighs most)" in " ".join(text.split())
    assert f"{KNOWN} is a known failure: {KNOWN_FAILURES[KNOWN][:40]}" in text and "S01 is a known failure" not in text
    assert "must not matter" not in text


ROWS = pd.DataFrame(
    [("order", "rows turned", 2e-9, 1e-8, True), ("size", "twice", 0.5, 1e-5, False)],
    columns=["change", "meaning", "error", "tolerance", "holds"],
)


@pytest.mark.parametrize("changes", [ROWS, ROWS.iloc[:0]], ids=["with changes", "hypotheses alone"])
def test_a_trial_is_written_as_tables_without_numbers_of_rows(changes: pd.DataFrame) -> None:
    written: dict[str, str] = {}
    store: Any = SimpleNamespace(write=written.__setitem__)
    verdicts = [verdict("S01", True, False)]
    terminal.write(store, Tried(verdicts, changes))
    head, *rows = written.pop("theory.csv").splitlines()
    assert head.split(",") == list(trial.table(verdicts).columns) and [row.split(",")[0] for row in rows] == ["S01"] * 2
    lines = ["change,meaning,error,tolerance,holds", "order,rows turned,2e-09,1e-08,True", "size,twice,0.5,1e-05,False"]
    assert {name: text.splitlines() for name, text in written.items()} == (
        {"metamorphic.csv": lines} if len(changes) else {}
    )


@pytest.mark.parametrize("stored", [False, True])
def test_a_trial_is_run_written_where_asked_shown_and_judged(monkeypatch: pytest.MonkeyPatch, stored: bool) -> None:
    done: list[Any] = []
    store = SimpleNamespace(keeps=lambda: "kept chunks") if stored else None
    monkeypatch.setattr(terminal, "storing", lambda target: nullcontext(store))
    monkeypatch.setattr(terminal, "counting", lambda name, worlds: nullcontext((name, worlds)))
    monkeypatch.setattr(trial, "played_worlds", lambda *given: 40)
    monkeypatch.setattr(terminal, "write", lambda *given: done.append(given))
    monkeypatch.setattr(terminal, "show", lambda *given: done.append(given[:2]))
    for passed in (True, False):
        done.clear()
        found = SimpleNamespace(verdicts="verdicts", changes="changes", passed=passed)
        monkeypatch.setattr(trial, "run", lambda *given, found=found: done.append(given) or found)
        assert terminal.run(["S01"], True, 10, 7, 2) is passed
        written = [(store, found)] if stored else []
        watched = (("theory", 40), "kept chunks" if stored else None)
        assert done == [(["S01"], True, 10, 7, 2, watched), *written, ("verdicts", "changes")]


def test_the_printed_changes_say_error_and_allowance() -> None:
    changes = pd.DataFrame(
        [("order", "rows turned", 2.04e-9, 1e-8, True), ("size", "twice", 0.5, 1e-5, False)],
        columns=["change", "meaning", "error", "tolerance", "holds"],
    )
    lines = printed(verdict("S01", True), changes=changes).splitlines()
    assert [line.split() for line in lines if "rows turned" in line] == [
        ["order", "rows", "turned", "2.0e-09", "1e-08", "holds"]
    ]
    assert [line.split() for line in lines if "twice" in line] == [["size", "twice", "5.0e-01", "1e-05", "fails"]]


@pytest.mark.parametrize(
    ("kind", "said"), [(SIGN, "sign"), (AMBIGUOUS, "mechanism, sign reported"), (PLACEBO, "placebo (weighs most)")]
)
def test_a_kind_of_hypothesis_has_its_weight(kind: str, said: str) -> None:
    assert trial.weight(verdict("S01", True, kind=kind).hypothesis) == said


def test_what_is_only_reported_is_so_marked() -> None:
    one = Verdict(verdict("S01").hypothesis, (Check("a price", NUMBERS, REPORTED, True),))
    assert not trial.asserted(one.checks[0]) and trial.asserted(verdict("S01", True).checks[0])
    assert "reported" in printed(one)
