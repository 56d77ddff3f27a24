"""What the page on validation rests on: influence and flips by hand, tables that are shipped, a page that hides
nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import scenarios
from experiments.pages import validation as validation_page
from experiments.study import influence, record
from experiments.study.caveats import warnings
from experiments.theory import trial
from experiments.theory.known import KNOWN_FAILURES
from tests.docking.__main__ import report


def test_influence_is_the_squared_rank_correlation_beyond_chance() -> None:
    """A value that rises with one parameter (through a curve), and has nothing to do with another."""
    grid = np.linspace(0.0, 1.0, 64)
    other = np.tile([0.0, 1.0], 32)
    found = influence.influence(pd.DataFrame({"drives": grid, "idle": other}), np.exp(3.0 * grid)).set_index(
        "parameter"
    )
    assert found.loc["drives", "influence"] == pytest.approx(1.0)
    assert found.loc["idle", "influence"] == 0.0 and not found.loc["idle", "beyond_chance"]


def test_an_effect_that_turns_with_a_parameter_is_seen() -> None:
    """Effect = parameter - 0.3 on 0..1: mean +0.2; three in ten worlds have the other sign, all of the lowest third
    but a few."""
    grid = (np.arange(30) + 0.5) / 30.0
    one = influence.Headline("x", "X", grid - 0.3)
    assert influence.opposite(one.value) == pytest.approx(0.3)
    low, flip_low, high, flip_high = influence.flips(pd.DataFrame({"p": grid}), one, "p")
    assert (low, high) == pytest.approx((grid[:10].mean() - 0.3, grid[-10:].mean() - 0.3))
    assert (flip_low, flip_high) == (0.9, 0.0)


def test_what_worlds_drew_is_what_games_draw() -> None:
    base = scenarios.load("baseline")
    frame, again = influence.drawn(base, 5, 3), influence.drawn(base, 9, 3)
    assert "unit_cost_error_trainium" in frame and "useful_life_quarters" not in frame
    assert frame["unit_cost_error_trainium"].tolist() == again["unit_cost_error_trainium"].tolist()[:5]


def test_headlines_are_differences_from_the_baseline() -> None:
    path = {"baseline": 0.05, "open": 0.07, "antitrust": 0.04, "edge": 0.05}
    found = influence.headlines({name: np.full((2, 3), value) for name, value in path.items()}, 3)
    wanted = {"level": 5.0, "lock-in": 2.0, "antitrust": -1.0, "edge": 0.0}
    assert {one.name for one in found} == set(wanted)
    for one in found:
        assert one.value == pytest.approx([wanted[one.name]] * 2)


def test_all_tables_are_measured_and_shipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shipped: list[dict[str, str]] = []
    asked: list[tuple[str, int]] = []

    def measured(kind: str, *tables: str) -> Callable[[int], tuple[str, ...]]:
        return lambda workers: asked.append((kind, workers)) or tables  # type: ignore[func-returns-value]

    monkeypatch.setattr(record, "default_workers", lambda: 3)
    monkeypatch.setattr(
        record,
        "measure_influence",
        lambda workers: asked.append(("influence", workers)) or {"influence": "ranked", "signs": "turning"},  # type: ignore[func-returns-value]
    )
    monkeypatch.setattr(record, "measure_theory", measured("theory", "verdicts", "unmoved"))
    monkeypatch.setattr(record.fleet_mix, "measure", lambda worlds, seed: asked.append(("fleets", worlds)) or "mixes")  # type: ignore[func-returns-value]
    monkeypatch.setattr(record.anchors, "table", lambda worlds, seed: asked.append(("deals", worlds)) or "deals")  # type: ignore[func-returns-value]
    monkeypatch.setattr(record, "ship", shipped.append)
    monkeypatch.setattr(record, "FOLDER", tmp_path)
    for name in ("theory.csv", "signs.csv", "measured.json"):
        (tmp_path / name).touch()
    assert record.main() == 0
    assert sorted(asked) == [
        ("deals", record.ANCHOR_WORLDS),
        ("fleets", trial.WORLDS),
        ("influence", 3),
        ("theory", 3),
    ]
    measured_tables = {"theory": "verdicts", "metamorphic": "unmoved", "fleet_mix": "mixes", "anchors": "deals"}
    assert shipped == [{**measured_tables, "influence": "ranked", "signs": "turning"}]
    assert capsys.readouterr().out == "wrote 2 tables to experiments/data/validation\n"


@pytest.mark.whole
def test_shipped_tables_are_of_the_trial_as_it_stands() -> None:
    tables = validation_page.read()
    theory = validation_page.verdicts(tables["theory"]).set_index("hypothesis")
    assert theory.index.tolist() == [one.key for one in trial.HYPOTHESES]
    assert theory["statement"].tolist() == [one.statement for one in trial.HYPOTHESES]
    assert (tables["theory"]["worlds"].groupby(tables["theory"]["hypothesis"]).max() >= 32).all()
    assert set(theory.index[theory["verdict"] == "known failure"]) <= set(KNOWN_FAILURES)
    counted = report().set_index("case")["keys_compared"]
    assert tables["docking"].set_index("case")["keys_compared"].to_dict() == counted.to_dict()


@pytest.mark.whole
def test_the_page_names_every_failure_and_what_it_is_not_for() -> None:
    text = validation_page.text()
    for key, reason in KNOWN_FAILURES.items():
        assert key in text and reason in text
    assert "must not be used for" in text and "Known omissions" in text
    theory = validation_page.read()["theory"]
    assert all(f"| {key} |" in text for key in theory["hypothesis"].unique())


def test_warnings_say_what_turns_and_what_fails(tmp_path: Path) -> None:
    pd.DataFrame({"title": ["A", "B"], "opposite_share": [0.25, 0.02]}).to_csv(tmp_path / "signs.csv")
    pd.DataFrame({"hypothesis": ["S01", "S01", "S02"], "verdict": ["holds", "holds", "known failure"]}).to_csv(
        tmp_path / "theory.csv"
    )
    said = warnings(tmp_path)
    assert "A is open in sign: goes the other way in 25 % of parameter sets." in said
    assert "B goes the other way in 2 % of parameter sets." in said
    assert "1 of 2 directional hypotheses of theory hold; S02 do not." in said
    assert "not identified" in said[0] and "Not for buying" in said[-1]


def test_measured_tables_are_written_with_what_they_were_measured_on(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("shipped")
    record.ship({"one": pd.DataFrame({"a": [1.23456789, 2.0]})}, folder)
    assert (folder / "one.csv").read_text(encoding="utf-8").splitlines() == ["a", "1.23457", "2"]
    assert '"scenario_hash"' in (folder / "measured.json").read_text(encoding="utf-8")
