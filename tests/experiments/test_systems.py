"""Named systems: each has a lever that exists or a reason, figures by hand, and a page that says both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments import scenarios
from experiments.batch.engine import Size
from experiments.pages import systems as page
from experiments.whatif import systems
from experiments.whatif.outcomes import USED
from experiments.whatif.systems import Measured, System
from sim.errors import InputError


@dataclass(frozen=True)
class Played:
    cell: Any
    quarters: pd.DataFrame
    offers: pd.DataFrame


def played(name: str, share: list[float]) -> Any:
    """Two worlds and one quarter; 60 H100e of TPU at Google's core, 30 of Nvidia and 10 of TPU at the edge."""
    quarters = pd.DataFrame({"world": [0, 1], "quarter": "2026Q1", "quarter_number": 1, USED: share})
    offers = pd.DataFrame(
        {
            "world": np.repeat([0, 1], 3),
            "quarter": "2026Q1",
            "family": ["tpu", "nvidia", "tpu"] * 2,
            "channel": ["direct", "edge", "edge"] * 2,
            "used_h100e": [60.0, 30.0, 10.0] * 2,
        }
    )
    cell = type("Cell", (), {"name": name})()
    return Played(cell, quarters, offers)


def test_every_lever_of_the_file_exists_and_every_other_system_says_why() -> None:
    base, found = scenarios.load(systems.BASE), systems.read()
    assert len(found) > 40
    for one in found.values():
        if one.lever:
            assert systems.scenario(one, base).shocks, one.name
        else:
            assert one.none or one.strategies, one.name
    named = " ".join(found)
    for name in ("Trainium3", "Cerebras", "Graphcore", "TPU at the edge", "DGX", "SageMaker", "AI Factories", "Azure"):
        assert name in named


def test_a_lever_that_changes_nothing_is_not_in_the_file() -> None:
    """Every lever moves its parameter away from the default that worlds have."""
    base = scenarios.load(systems.BASE)
    for one in systems.read().values():
        catalogue = scenarios.catalogue_of(base.on_roster(one.roster or base.roster))
        shocks = systems.scenario(one, base).shocks if one.lever else ()
        for shock in shocks:
            declared, _ = catalogue.find(shock.parameter, one.name)
            assert shock.set != base.parameters.get(shock.parameter, declared.default), (one.name, shock.parameter)


@pytest.mark.parametrize(
    ("near", "expected"),
    [("family=tpu", 70.0), ("family=tpu, channel=edge", 25.0), (USED, 5.0), ("channel=edge", 40.0)],
)
def test_figures_are_counted_over_all_use_or_over_that_of_the_channel(near: str, expected: float) -> None:
    assert systems.figure(near, played("x", [0.05, 0.05])) == pytest.approx(np.full((2, 1), expected))


def test_effects_are_differences_world_by_world(monkeypatch: pytest.MonkeyPatch) -> None:
    pulled = System(name="pulled", group="g", says="s", lever={"carbon_weight": 0.2}, near="family=tpu")
    silent = System(name="silent", group="g", says="s", none="nothing", near=USED)
    both = [played(systems.BASE, [0.05, 0.10]), played("pulled", [0.06, 0.13])]
    monkeypatch.setattr(systems.engine, "run", lambda cells, tick: [one for one in both if cells])
    rows = systems.measure([pulled, silent], Size(2, 1)).table.set_index("system")
    assert rows.loc["pulled", "share_mean"] == pytest.approx(2.0) and rows.loc["pulled", "near_mean"] == 0.0
    assert rows.loc["pulled", "share_level"] == pytest.approx(7.5) and rows.loc["silent", "near_level"] == 7.5
    assert np.isnan(rows.loc["silent", "share_mean"]) and rows.loc["pulled", "worlds"] == 2


def test_an_owner_that_is_not_of_the_roster_has_no_use() -> None:
    assert systems.figure("family=amd", played("x", [0.05, 0.05])).tolist() == [[0.0], [0.0]]


def test_a_system_on_another_roster_is_held_against_the_baseline_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = System(name="wide", group="g", says="s", lever={"owned_available": 1.0}, roster="wide")
    played_on = {cell.name: cell.scenario.roster for cell in systems.cells([wide], Size(2, 1))}
    assert played_on == {"baseline": "default", "baseline on wide": "wide", "wide": "wide"}
    both = [played("baseline", [0.5, 0.5]), played("baseline on wide", [0.05, 0.10]), played("wide", [0.06, 0.13])]
    monkeypatch.setattr(systems.engine, "run", lambda cells, tick: [one for one in both if cells])
    (row,) = systems.measure([wide], Size(2, 1)).table.to_dict("records")
    assert row["share_mean"] == pytest.approx(2.0) and row["share_level"] == pytest.approx(7.5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('lever = { "nonsense" = 1.0 }', "nonsense"),
        ("lever = { carbon_weight = 99.0 }", "carbon_weight = 99 is out of range"),
    ],
)
def test_a_lever_that_cannot_be_pulled_is_one_sentence(change: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "systems.toml"
    path.write_text(f'[[system]]\nname = "a"\ngroup = "g"\nsays = "s"\n{change}\n', encoding="utf-8")
    one = systems.read(path)["a"]
    with pytest.raises(InputError, match=message):
        systems.scenario(one, scenarios.load(systems.BASE))


def test_a_system_with_a_lever_and_a_reason_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "systems.toml"
    text = '[[system]]\nname = "a"\ngroup = "g"\nsays = "s"\nlever = { carbon_weight = 0.1 }\nnone = "why"\n'
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="a system has a lever or strategies"):
        systems.read(path)


def test_the_page_sets_what_may_be_nothing_in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    clear = System(name="clear", group="Chips", says="done", lever={"carbon_weight": 0.2}, near=USED)
    open_ = System(name="open", group="Chips", says="done", lever={"carbon_weight": 0.2})
    silent = System(name="silent", group="Chips", says="seen", none="it is history")
    monkeypatch.setattr(page.systems, "read", lambda: {one.name: one for one in (clear, open_, silent)})
    rows = [
        {"system": "clear", "share_mean": -0.5, "share_low": -0.6, "share_high": -0.4}
        | {"near_level": 8.0, "near_mean": -0.5, "near_low": -0.6, "near_high": -0.4},
        {"system": "open", "share_mean": 0.02, "share_low": -0.08, "share_high": 0.12},
        {"system": "silent"},
    ]
    text = page.page(Measured(pd.DataFrame(rows), {"worlds": 2, "last": "2030Q4", "seed": 1}))
    assert "| clear | done | `carbon_weight` = 0.2 | −0.50 ± 0.10 |" in text
    assert "| (+0.020 ± 0.10) |" in text
    assert "**silent** has no lever: it is history." in text


def test_a_system_that_was_not_measured_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    new = System(name="new", group="Chips", says="done", lever={"carbon_weight": 0.2})
    monkeypatch.setattr(page.systems, "read", lambda: {"new": new})
    with pytest.raises(
        InputError, match=r"^measured\.csv: 'new' has not been measured; run python3 tasks\.py systems\.$"
    ):
        page.page(Measured(pd.DataFrame([{"system": "old"}]), {}))


@pytest.mark.parametrize("words", [["no"], ["1"], ["2", "3"]])
def test_main_refuses_what_is_no_number_of_worlds(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert systems.main(words) == 2 and "usage" in capsys.readouterr().err
