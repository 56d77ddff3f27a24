"""What one may believe: frictions solved for, openings that belong to them, headlines over what evidence allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import scenarios
from experiments.batch import engine, runs
from experiments.batch.engine import Cell, Size
from experiments.pages import beliefs as page
from experiments.pages.reference import DOCS
from experiments.stats import estimate
from experiments.study import beliefs, beliefs_record, believed, figures_beliefs
from experiments.study.beliefs import AS_IS, Beliefs, Frictions, Sweep, Values
from experiments.study.influence import SHARE
from sim.errors import InputError

SIZE = Size(3, 2)
SMALL = beliefs.read().model_copy(
    update={
        "horizons": [1, 2],
        "central": 0.05,
        "sweep": [
            Sweep(name="switching", title="Switching", points=[0.05], allowed=[0.0, 0.06], basis="a rule", grade="B"),
            Sweep(
                name="charges",
                title="Charges",
                parameter="egress_cost_years",
                scaled=True,
                points=[3.0],
                allowed=[0.0, 9.0],
                basis="a guess",
                grade="J",
            ),
            Sweep(
                name="anchor",
                title="Anchor",
                parameter="anchor_factor_trainium",
                points=[0.5],
                allowed=[0.0, 0.01],
                basis="a guess",
                grade="J",
            ),
        ],
    }
)


class Known(Frictions):
    """Customers leave at exp(-factor)."""

    def leaving(self, factor: float, own: Values) -> float:
        return float(np.exp(-factor))


@pytest.fixture(scope="module")
def table() -> Iterator[pd.DataFrame]:
    yield beliefs.measure(Frictions(SMALL, SIZE))


@pytest.fixture(scope="module")
def as_it_is() -> Iterator[pd.DataFrame]:
    """Of the base alone, for which no friction is solved."""
    nowhere = [sweep.model_copy(update={"points": []}) for sweep in SMALL.sweep]
    yield beliefs.measure(Frictions(SMALL.model_copy(update={"sweep": nowhere}), SIZE))


# --- frictions --------------------------------------------------------------------------------------------------------


def test_a_friction_is_found_where_so_many_leave() -> None:
    for target in (0.5, 0.01):
        assert Known(SMALL, SIZE).solve(target, {}) == pytest.approx(-np.log(target), abs=0.003)


def test_what_no_friction_reaches_is_said_with_what_it_does() -> None:
    with pytest.raises(InputError, match=r"beliefs\.toml: 0\.001 of customers .* allowed is 0\.0025 to 1\."):
        Known(SMALL, SIZE).solve(0.001, {})


def test_each_world_keeps_its_own_friction_times_the_factor_up_to_what_is_allowed() -> None:
    one = Frictions(SMALL, SIZE)
    assert one.times("cloud_intangible", 1.0) == {}
    plain = one.drawn("cloud_intangible")
    assert len(set(plain.tolist())) == SIZE.worlds
    assert one.times("cloud_intangible", 1.5)["cloud_intangible"].tolist() == np.minimum(1.5 * plain, 10.0).tolist()
    assert (one.times("cloud_intangible", 100.0)["cloud_intangible"] == 10.0).all()


@pytest.mark.whole
def test_fewer_leave_the_higher_the_friction() -> None:
    one = Frictions(SMALL, SIZE)
    leave = [one.leaving(factor, {}) for factor in (0.5, 1.0, 2.0)]
    assert leave[0] > leave[1] > leave[2] > 0.0


# --- the sweeps -------------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_every_belief_has_a_row_an_effect_and_horizon(table: pd.DataFrame) -> None:
    effects = ["level", "lock-in", "antitrust", "edge"]
    sweeps = (AS_IS, "switching", "charges", "anchor")
    keys = [(sweep, quarter, name) for sweep in sweeps for quarter in (1, 2) for name in effects]
    assert list(zip(table["sweep"], table["quarter_number"], table["effect"], strict=True)) == keys
    assert (table["worlds"] == SIZE.worlds).all()


def test_the_first_belief_is_the_baseline(as_it_is: pd.DataFrame) -> None:
    cell = Cell(scenarios.load("baseline"), SIZE)
    share = engine.played(cell, partial(runs.read, (SHARE,)))[SHARE]
    (found,) = believed.estimates(as_it_is[as_it_is["effect"] == "level"].iloc[[1]])
    assert found == estimate(100.0 * share[:, 1]) and set(as_it_is["sweep"]) == {AS_IS}


@pytest.mark.whole
def test_the_base_is_the_first_of_all_beliefs(table: pd.DataFrame, as_it_is: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(table[table["sweep"] == AS_IS], as_it_is, check_exact=True)


@pytest.mark.whole
def test_openings_stand_where_they_were_asked_to(table: pd.DataFrame) -> None:
    at = table.groupby("sweep")["at_switching"].first()
    assert at["as it is"] < 0.05  # fewer leave than is asked for: calibration holds them to the regulator's finding
    assert at[["switching", "charges", "anchor"]].tolist() == pytest.approx(3 * [0.05], rel=0.02)
    allowed = table.groupby("sweep")["allowed"].first()
    assert allowed.to_dict() == {AS_IS: True, "switching": True, "charges": True, "anchor": False}
    charges, factor = (table.groupby("sweep")[name].first() for name in ("at_charges", "factor"))
    assert charges["charges"] == pytest.approx(3.0 * charges[AS_IS])
    assert factor["charges"] < factor["switching"]  # dearer charges leave less to what no tool removes
    anchor = table.groupby("sweep")["at_anchor"].first()
    assert anchor["anchor"] < 0.9 * anchor["switching"]


@pytest.mark.whole
def test_the_event_frees_customers_from_its_quarter_on() -> None:
    late = SMALL.event.model_copy(update={"shock": [one for one in SMALL.event.shock if one.quarters[0] == "2024Q2"]})
    found = beliefs.event(Frictions(SMALL.model_copy(update={"event": late}), SIZE))
    assert found["quarter"].tolist() == 2 * [f"{year}Q{k}" for year in (2024, 2025) for k in (1, 2, 3, 4)]
    before = found[found["quarter"] == "2024Q1"]
    assert (before["with_event"] == before["without"]).all()
    after = found[found["quarter"] > "2024Q1"]
    assert (after["with_event"] > after["without"]).all()
    assert after["mean"].to_numpy() == pytest.approx((after["with_event"] - after["without"]).to_numpy(), abs=1e-9)


# --- headlines --------------------------------------------------------------------------------------------------------


def test_a_headline_is_a_range_with_its_middle() -> None:
    effects = [estimate(np.array([mean - 0.1, mean, mean + 0.1])) for mean in (0.3, 1.1, 0.8)]
    one = believed.headline("Lowering lock-in", effects, 20)
    assert (one.low, one.middle, one.high) == pytest.approx((0.3, 0.7, 1.1))
    assert (one.beliefs, one.sure) == (3, 3)
    assert one.sentence == (
        "Lowering lock-in: between +0.30 and +1.10 percentage points of Trainium's share of AI compute in use at q20, "
        "middle +0.70, over the 3 beliefs tried that evidence allows; its sign is the same at all of them."
    )


def test_a_sign_is_not_settled_where_an_interval_holds_nothing_or_lies_on_the_other_side() -> None:
    effects = [estimate(np.array([mean - 0.1, mean, mean + 0.1])) for mean in (-0.9, 0.1, -0.5)]
    assert believed.headline("A", effects, 4).sentence.endswith("its sign is not settled at 1 of 3.")
    with pytest.raises(ValueError, match="no belief"):
        believed.headline("A", [], 4)


@pytest.mark.whole
def test_ranges_are_over_allowed_beliefs_at_the_last_horizon(table: pd.DataFrame) -> None:
    found = believed.ranges(table)
    assert list(found) == ["lock-in", "antitrust", "edge"]
    here = table[(table["sweep"] == "switching") & (table["quarter_number"] == 2)].set_index("effect")["mean"]
    for name, one in found.items():
        assert one.beliefs == 3 and one.low <= here[name] <= one.high
    assert believed.ranges(table.assign(allowed=False)) == {}


# --- what ships -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("measured", ["as_it_is", pytest.param("table", marks=pytest.mark.whole)])
def test_what_is_shipped_is_read_again(measured: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    table = request.getfixturevalue(measured)
    happened = pd.DataFrame({"quarter": ["2024Q1"]})
    beliefs_record.ship(Frictions(SMALL, SIZE), {"beliefs": table, "event": happened}, tmp_path)
    again = believed.shipped(tmp_path)
    pd.testing.assert_frame_equal(again, table, rtol=1e-5, atol=1e-9, check_dtype=False)
    last = int(table["quarter_number"].max())
    assert believed.evidence(last, tmp_path).keys() == believed.ranges(table).keys()
    assert (tmp_path / "measured.json").is_file()


def test_the_figure_is_drawn_of_what_was_measured(tmp_path: Path) -> None:
    file = figures_beliefs.draw(tmp_path / "a" / "beliefs.png")
    assert file.read_bytes().startswith(b"\x89PNG")


def test_the_page_says_what_was_measured() -> None:
    text = page.text()
    assert (DOCS / "explanation" / "beliefs.md").read_text(encoding="utf-8") == text, "python3 tasks.py docs"
    for one in believed.ranges(believed.shipped()).values():
        assert one.sentence in text


def test_the_shipped_measurement_has_every_point_of_the_file() -> None:
    told, asked = beliefs.read(), believed.shipped().groupby("sweep")["asked"].unique()
    assert {sweep.name: sweep.points for sweep in told.sweep} == {
        sweep.name: list(asked[sweep.name]) for sweep in told.sweep
    }


def test_a_file_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    text = beliefs.FILE.read_text(encoding="utf-8")
    (tmp_path / "beliefs.toml").write_text(text.replace("central =", "centre ="), encoding="utf-8")
    with pytest.raises(InputError, match=r"beliefs\.toml: .*centr"):
        beliefs.read(tmp_path / "beliefs.toml")


@pytest.mark.parametrize("words", [["x"], ["1"], ["4", "--page"]])
def test_the_command_takes_a_number_of_worlds_or_the_page(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert beliefs_record.main(words) == 2
    assert capsys.readouterr().err.startswith("usage:")


def test_beliefs_are_of_declared_parameters() -> None:
    told: Beliefs = beliefs.read()
    known = scenarios.catalogue_of(scenarios.load(told.base))
    for name in (told.friction, *(sweep.parameter for sweep in told.sweep if sweep.parameter)):
        known.find(name, "")
    base = scenarios.load(told.event.base)
    replace(base, shocks=tuple(told.event.shock)).check(known)


def test_the_page_on_validation_has_the_event_with_and_without() -> None:
    happened = pd.read_csv(beliefs.FOLDER / "event.csv")
    whole = happened[(happened["friction"] == AS_IS) & (happened["quarter"] >= beliefs.read().event.first)]
    said = " ".join(page.held_out())
    for name in ("without", "with_event"):
        assert f"{sum(whole[name]) / len(whole):.2f} %" in said


def test_a_study_judged_in_the_measured_quarter_leads_with_the_range_that_evidence_allows() -> None:
    last = int(believed.shipped()["quarter_number"].max())
    told, found = believed.evidence(last), believed.ranges(believed.shipped())
    assert told.keys() == found.keys() and told
    for name, one in told.items():
        assert (one.low, one.middle, one.high) == (found[name].low, found[name].middle, found[name].high)
    assert believed.evidence(last - 1) == {}
