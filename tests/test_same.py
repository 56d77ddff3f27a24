"""The proof tool finds what differs, names its place, and does not take nothing for equal."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests import same
from tests.same_compare import Found, compare
from tests.same_play import Noting, arrays, found, plan

LABELS = np.array(["2026Q1", "2026Q2"])


def games() -> dict[str, Any]:
    """Two small games, made anew: two tables, and the decisions of two parties in two quarters."""
    quarters = {
        "world": np.array([0, 0]),
        "quarter": LABELS,
        "price": np.array([2.0, np.nan]),
        "money_imbalance": np.array([0.0, 2e-12]),
        "nonconverged": np.array([False, True]),
    }
    parties = {
        "world": np.array([0, 0]),
        "quarter": LABELS,
        "party": np.array(["aws", "aws"]),
        "share": np.array([0.25, 0.5]),
    }
    decisions = {
        (quarter, party, name): np.array([[1.0, 3.0]])
        for quarter in LABELS.tolist()
        for party in ("aws", "azure")
        for name in ("order_mw", "price")
    }
    one = {"scenario": "baseline", "tables": {"quarters": quarters, "parties": parties}, "decisions": decisions}
    return {"baseline, drawn": one, "baseline, fixed": copy.deepcopy(one)}


def after(change: Callable[[Any], object], relative: float = 0.0) -> Found:
    """What is found when the first game is changed on one side."""
    there, here = games(), games()
    change(here["baseline, drawn"])
    return compare(there, here, relative)


def said(change: Callable[[Any], object], relative: float = 0.0) -> str:
    return after(change, relative).first.get("baseline, drawn", "")


def test_equal_games_pass_and_are_counted() -> None:
    result = compare(games(), games())
    assert not result.first and not result.differing
    assert (len(result.scenarios), result.games, result.columns) == (1, 2, 2 * (5 + 4))
    assert (result.decisions, result.fields) == (2 * 4, 2 * 8)
    assert result.values == 2 * (9 * 2 + 8 * 2)
    assert (
        "1 scenarios and shock cards in 2 games, 18 table columns, 8 decisions (16 fields), 68 values"
        in result.compared
    )


def flip(table: str, column: str, row: int) -> Callable[[Any], None]:
    """Turn the last bit of one value."""

    def change(game: Any) -> None:
        game["tables"][table][column].view(np.uint64)[row] ^= np.uint64(1)

    return change


def test_one_bit_in_a_column_is_found_and_placed() -> None:
    text = said(flip("parties", "share", 1))
    assert text.startswith("2026Q2, table parties, column share, world 0, party aws: was 0.5 and is 0.5000000000000001")
    assert text.endswith("2.2e-16 relative")


def test_one_decision_is_found_and_placed() -> None:
    def dearer(game: Any) -> None:
        game["decisions"]["2026Q1", "azure", "price"][0, 1] = 3.75

    result = after(dearer)
    assert result.differing == 1 and list(result.first) == ["baseline, drawn"]
    assert result.first["baseline, drawn"] == (
        "2026Q1, azure's decision price: at [0, 1] (world first): was 3.0 and is 3.75, 2.0e-01 relative"
    )


def test_the_first_difference_is_the_earliest_and_a_decision_before_its_outcome() -> None:
    def change(game: Any) -> None:
        game["tables"]["parties"]["share"][:] = 0.75
        game["tables"]["quarters"]["price"][1] = 5.0
        game["decisions"]["2026Q1", "aws", "order_mw"][0, 0] = 2.0

    result = after(change)
    assert result.differing == 3
    assert result.first["baseline, drawn"].startswith("2026Q1, aws's decision order_mw: at [0, 0]")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda g: g["tables"].pop("parties"), "table parties is missing here"),
        (lambda g: g["tables"].update(offers={}), "table offers is missing there"),
        (lambda g: g["tables"]["quarters"].pop("price"), "table quarters: column price is missing here"),
        (lambda g: g["decisions"].pop(("2026Q2", "aws", "price")), "2026Q2: aws's decision price is missing here"),
        (
            lambda g: g["tables"]["quarters"].update(world=g["tables"]["quarters"].pop("world")),
            "table quarters: the columns stand in another order",
        ),
        (
            lambda g: g["tables"]["parties"].update(share=np.array([0.25, 0.5], dtype=np.float32)),
            "table parties, column share: was float64 and is float32",
        ),
        (
            lambda g: g["tables"]["parties"].update(party=np.array(["aws", "google"])),
            "2026Q2, table parties, column party, world 0, party google: was aws and is google",
        ),
        (
            lambda g: g["tables"]["quarters"].update(nonconverged=np.array([False, False])),
            "2026Q2, table quarters, column nonconverged, world 0: was True and is False",
        ),
        (
            lambda g: g["decisions"].update({("2026Q1", "aws", "price"): np.ones((1, 3))}),
            "2026Q1, aws's decision price: was of shape (1, 2) and is of (1, 3)",
        ),
        (
            lambda g: g["tables"]["quarters"].update(price=np.array([np.nan, np.nan])),
            "2026Q1, table quarters, column price, world 0: was 2.0 and is nan",
        ),
    ],
)
def test_other_differences_have_a_sentence(change: Callable[[Any], object], expected: str) -> None:
    for relative in (0.0, 1e-9):
        assert said(change, relative).startswith(expected)


def test_negative_zero_is_another_value_only_to_the_bit() -> None:
    def negative(game: Any) -> None:
        game["tables"]["quarters"]["money_imbalance"][0] = -0.0

    assert "was 0.0 and is -0.0" in said(negative)
    assert said(negative, 1e-9) == ""


def test_nan_equals_nan_of_any_sign() -> None:
    def other(game: Any) -> None:
        game["tables"]["quarters"]["price"][1] = np.copysign(np.nan, -1.0)

    assert said(other) == said(other, 1e-9) == ""


@pytest.mark.parametrize(("factor", "equal"), [(1.0 + 1e-10, True), (1.0 - 1e-10, True), (1.0 + 1e-8, False)])
def test_the_tolerance_is_relative(factor: float, equal: bool) -> None:
    def scaled(game: Any) -> None:
        game["tables"]["parties"]["share"][0] *= factor

    def decided(game: Any) -> None:
        game["decisions"]["2026Q1", "aws", "price"][0, 0] *= factor

    for change in (scaled, decided):
        assert said(change)
        assert (said(change, 1e-9) == "") == equal


@pytest.mark.parametrize(("value", "equal"), [(9e-10, True), (-9e-10, True), (2e-9, False), (np.inf, False)])
def test_rounding_is_compared_absolutely(value: float, equal: bool) -> None:
    def rounded(game: Any) -> None:
        game["tables"]["quarters"]["money_imbalance"][0] = value

    assert said(rounded)
    assert (said(rounded, 1e-9) == "") == equal


@pytest.mark.parametrize(("left", "equal"), [(2e-14, True), (-2e-14, True), (2e-13, False)])
def test_what_rounding_leaves_of_a_difference_is_measured_by_the_column(left: float, equal: bool) -> None:
    """Where two figures cancel, the last bits of the column's largest value, here 0.5, are all there is."""
    there, here = games(), games()
    there["baseline, drawn"]["tables"]["parties"]["share"][0] = 0.0
    here["baseline, drawn"]["tables"]["parties"]["share"][0] = left
    assert compare(there, here).first
    assert (compare(there, here, 1e-9).first == {}) == equal


def test_comparing_nothing_is_no_pass() -> None:
    for result in (compare({}, {}), compare({}, {}, 1e-9)):
        assert result.differing and "nothing was compared" in result.first["(all)"]
    nothing = {"g": {"scenario": "baseline", "tables": {}, "decisions": {}}}
    assert "there is no table to compare" in compare(nothing, nothing).first["g"]


def test_a_game_with_a_part_missing_on_both_sides_is_no_pass() -> None:
    def emptied(part: str) -> Found:
        there, here = games(), games()
        for side in (there, here):
            if part == "decisions":
                side["baseline, drawn"]["decisions"].clear()
            else:
                side["baseline, drawn"]["tables"][part] = {"share": np.zeros(0)}
        return compare(there, here)

    assert emptied("decisions").first == {"baseline, drawn": "there is no decision to compare"}
    assert emptied("parties").first == {"baseline, drawn": "table parties is empty: nothing to compare"}


def test_a_game_of_one_side_only_is_found() -> None:
    there, here = games(), games()
    del here["baseline, fixed"]
    assert compare(there, here).first == {"baseline, fixed": "the game is missing here"}
    assert compare(here, there).first == {"baseline, fixed": "the game is missing there"}


def test_the_report_ends_with_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert same.report(compare(games(), games()), "v1", 0.0) == 0
    assert "Equal to v1 bit for bit: 1 scenarios and shock cards in 2 games" in capsys.readouterr().out
    assert same.report(after(flip("parties", "share", 0)), "v1", 1e-300) == 1
    out = capsys.readouterr().out
    assert "Not equal to v1 to 1e-300 relative: 1 places in 1 games" in out and "column share" in out
    assert same.report(compare({}, {}), "v1", 0.0) == 1


def test_wrong_calls_are_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    for words, part in (
        (["no-such-revision"], "REV = no-such-revision is not a revision"),
        (["HEAD", "--relative", "nan"], "--relative = nan is not allowed"),
        (["HEAD", "--relative", "-1"], "--relative = -1 is not allowed"),
    ):
        assert same.main(words) == 2
        error = capsys.readouterr().err
        assert part in error and error.count("\n") == 1


def test_a_player_that_fails_is_named() -> None:
    failing = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"], text=True)
    waiting = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], text=True)
    with pytest.raises(same.SameError, match="the player of there ended with status 3"):
        same.finish({"here": waiting, "there": failing})
    assert waiting.poll() is not None


def test_the_other_tree_goes_whatever_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    root.mkdir()
    monkeypatch.setattr(same, "ROOT", root)
    (root / "word").write_text("first")
    same.git("init", "--quiet")
    same.git("add", "word")
    same.git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "first")
    (root / "word").write_text("second")
    with pytest.raises(KeyboardInterrupt), same.tree_of("HEAD", tmp_path) as tree:
        assert (tree / "word").read_text() == "first" and same.git("worktree", "list").stdout.count("\n") == 2
        raise KeyboardInterrupt
    assert not tree.exists() and same.git("worktree", "list").stdout.count("\n") == 1


# --- the player -------------------------------------------------------------------------------------------------------


def test_every_shipped_scenario_is_played_drawn_and_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(same.ROOT)
    games_of = plan(quick=False)
    shipped = {path.stem for path in (same.ROOT / "experiments" / "scenarios").rglob("*.toml")} - {"study"}
    assert len(shipped) > 20
    for stem in shipped:
        assert [games_of[f"{stem}, {how}"]["draw"] for how in ("drawn", "fixed")] == [True, False]
    assert sum(asked["worlds"] > 3 for asked in games_of.values()) == 3
    assert len(plan(quick=True)) == 3


def test_every_strategy_holds_a_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    from agents.strategies import known

    monkeypatch.chdir(same.ROOT)
    seated = {name for asked in plan(quick=False).values() for name in asked.get("strategies", {}).values()}
    assert seated == {sheet.name for sheet in known()}


def test_things_are_found_at_their_old_or_new_address() -> None:
    assert found("experiments.no_such.folder:Path", "pathlib:Path") is Path
    assert found("pathlib:NoSuchName", "pathlib:Path") is Path
    with pytest.raises(ImportError, match="has none of pathlib:Never, nowhere:Path"):
        found("pathlib:Never", "nowhere:Path")


def test_a_decision_is_noted_and_handed_on() -> None:
    notes: dict[tuple[int, str], Any] = {}
    player = SimpleNamespace(decide=lambda own, market: own, title="AWS")
    noting = Noting(player, "aws", "cloud", notes)
    assert noting.decide("first", SimpleNamespace(quarter=1)) == "first"
    assert noting.decide("second", SimpleNamespace(quarter=1)) == "second"
    assert notes == {(1, "aws"): "first", (1, "aws again"): "second"} and noting.title == "AWS"
    assert arrays(None)["(kind)"] == "NoneType"
