"""Effects and levels of a study made by hand: contrasts, intervals, units, and who did not converge."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.batch.engine import Size
from experiments.study.design import CHANCE_GROUP, PART, SENSITIVITY, Planner, read
from experiments.study.effects import (
    BINDING,
    CELL,
    CORE,
    INTERACTION,
    MAIN,
    PRESSURE,
    PRICE,
    READ,
    USED,
    Outcomes,
    changes,
    comparisons,
)
from experiments.study.result import described, read_off
from tests.experiments.study.made import (
    A_QUARTER,
    GROUPS,
    SPREAD,
    TOGETHER,
    YARDSTICKS,
    X,
    frame,
    main_effect,
    study,
)

HORIZONS = (4, 8, 12)
STUDENT = 2.364624
"""Two-sided 95 % quantile of t with seven degrees of freedom, from a table."""


@pytest.mark.parametrize("factor", ["lock-in", "antitrust", "edge"])
@pytest.mark.parametrize("group", ["baseline", *GROUPS])
def test_main_effects_are_means_over_the_other_factors_levels(factor: str, group: str) -> None:
    found = study().effects
    for quarter in HORIZONS:
        one, wanted = found.effect(group, MAIN, factor, USED, quarter), main_effect(factor, quarter, group)
        assert one.mean == pytest.approx(wanted)
        assert (one.worlds, one.broken) == (8, 0)
        half = STUDENT * abs(wanted) * SPREAD.std(ddof=1) / np.sqrt(8.0)
        assert (one.low, one.high) == pytest.approx((wanted - half, wanted + half), rel=1e-5)
        assert [one.p5, one.median, one.p95] == pytest.approx(np.quantile(wanted * SPREAD, [0.05, 0.5, 0.95]))


def test_an_interaction_is_what_two_factors_add_beyond_their_sum() -> None:
    found, names = (
        study().effects,
        ("lock-in x antitrust", "lock-in x edge", "antitrust x edge", "lock-in x antitrust x edge"),
    )
    means = [found.effect("baseline", INTERACTION, name, USED, 8).mean for name in names]
    assert means == pytest.approx([8 * TOGETHER, 0.0, 0.0, 0.0], abs=1e-12)


def test_cells_parts_and_ends_are_against_the_baseline() -> None:
    found = study().effects
    assert found.effect("baseline", CELL, "open+antitrust+edge", USED, 12).mean == pytest.approx(12 * 0.05)
    assert found.effect("baseline-high", CELL, "antitrust", USED, 4).mean == pytest.approx(-0.32)
    for kind, name in ((PART, "egress-and-porting"), (SENSITIVITY, "unit-cost-low"), (SENSITIVITY, "ecosystem-high")):
        assert found.effect("baseline", kind, name, USED, 12).mean == pytest.approx(12 * A_QUARTER[name])
    assert not found.has("baseline", CELL, "baseline", USED, 12)


def test_shares_are_in_points_and_other_metrics_in_their_own_unit() -> None:
    result = study()
    found, base, table = result.effects, "baseline", result.tables["effects"]
    for metric, factor in YARDSTICKS.items():
        assert found.effect(base, MAIN, "edge", metric, 8).mean == pytest.approx(-0.16 * factor)
    assert found.effect(base, MAIN, "lock-in", BINDING, 8).mean == pytest.approx(10.0)  # per cent of capacity
    assert found.effect(base, MAIN, "antitrust", PRICE, 8).mean == pytest.approx(-0.1)
    assert found.effect(base, MAIN, "lock-in", PRESSURE, 8).mean == pytest.approx(0.2)
    assert found.effect(base, MAIN, "edge", CORE, 8).mean == pytest.approx(0.0, abs=1e-12)
    units = table.groupby("metric")["unit"].unique().map(list).to_dict()
    assert {m for m, u in units.items() if u == ["own"]} == {PRICE, PRESSURE} and set(units) == set(READ)
    levels = result.tables["levels"].set_index(["cell", "metric", "quarter_number"])
    assert levels.loc[("baseline", USED, 8), ["unit", "mean"]].tolist() == ["%", pytest.approx(6.4)]
    assert levels.loc[("baseline", PRICE, 8), ["unit", "mean"]].tolist() == ["own", pytest.approx(1.5)]
    assert found.level("edge", USED, 12).mean == pytest.approx(6.6 - 0.24)


def test_every_contrast_is_of_cells_of_its_own_group() -> None:
    result = study()
    found = comparisons(result.design, result.cells)
    for one in found:
        groups = {cell.group for cell in result.cells if cell.name in one.weights}
        assert groups == {one.group} and sum(one.weights.values()) == pytest.approx(0.0)
    count = {kind: sum(one.kind == kind for one in found) for kind in (MAIN, INTERACTION, CELL, PART, SENSITIVITY)}
    assert count == {MAIN: 6 * 3, INTERACTION: 6 * 4, CELL: 6 * 7, PART: 7, SENSITIVITY: 6}
    weights = {one.effect: one.weights for one in found if (one.group, one.kind) == ("baseline", MAIN)}["edge"]
    assert {cell: w > 0.0 for cell, w in weights.items()} == {
        cell.name: "edge" in cell.factors for cell in result.cells if cell.kind == "factorial"
    }
    assert set(np.abs(list(weights.values()))) == {0.25}


def test_who_did_not_converge_is_counted_where_its_cell_takes_part() -> None:
    """Two quarters of one world of one corner: one world of every contrast of the factorial, two world-quarters in
    all."""
    design, size = read(), Size(3, 2)
    cells, outcomes = Planner(design, size, quick=True).cells(), Outcomes()
    for cell in cells:
        rows = frame(cell, 2)
        rows.loc[(rows["world"] == 1) & (cell.name == "open"), "nonconverged"] = 1.0
        outcomes.add(cell.name, rows)
    result = read_off(design, size, True, cells, outcomes)
    effects = result.tables["effects"].set_index(["kind", "effect"])["nonconverged_worlds"]
    assert set(effects[MAIN]) == {1} and set(effects[CELL, "open"]) == {1} and set(effects[CELL, "edge"]) == {0}
    levels = result.tables["levels"].groupby("cell")["nonconverged_worlds"].max()
    assert levels[levels > 0].to_dict() == {"open": 1}
    assert result.missed == 2 and result.broken == "" and result.horizons == [2]


def test_worlds_are_compared_over_those_that_all_cells_played() -> None:
    outcomes = Outcomes()
    for name, worlds in (("one", 5), ("other", 3)):
        cell = Planner(read(), Size(worlds, 2), quick=True).cells()[0]
        outcomes.add(name, frame(cell, 2).assign(nonconverged=lambda rows: (rows["world"] == 2) * 1.0))
    assert outcomes.missed(["one", "other"]).tolist() == [False, False, True]
    assert outcomes.missed(["one"]).tolist() == [False, False, True, False, False]
    assert outcomes.labels == {1: "2026Q1", 2: "2026Q2"}
    assert outcomes.at("one", USED, 2) == pytest.approx(0.01 * (6.1 + 0.3 * X[:5]))


def test_a_table_says_what_every_cell_is() -> None:
    result = study()
    table = result.tables["cells"].set_index("cell")
    assert table.loc["open+edge", ["kind", "group", "lock-in", "antitrust", "edge"]].tolist() == [
        "factorial",
        "baseline",
        "on",
        "off",
        "on",
    ]
    assert table.loc["open+edge", "title"] == "Lowering lock-in and An edge surge"
    assert table.loc["chance/open", ["group", "parameters_drawn"]].tolist() == [CHANCE_GROUP, False]
    assert table["scenario_hash"].nunique() < len(table) and table.loc["open", "worlds"] == 8
    described_columns = pd.DataFrame(described(result.design), columns=["table", "column", "unit", "meaning"])
    for name, made in result.tables.items():
        assert described_columns.loc[described_columns["table"] == name, "column"].tolist() == list(made.columns)
    assert result.groups == ["baseline", CHANCE_GROUP, "baseline-high", "baseline-low", "skilled", "best-response"]
    assert result.alone == "" and study(1, 4, True).alone.startswith("One world:")


def test_worlds_in_which_trainium_is_sold_out_are_counted() -> None:
    """Of 0.2, 0.5, 0.9 and one without figures, two are half full or more."""
    outcomes = Outcomes()
    outcomes._values["base"] = {BINDING: np.array([[0.2], [0.5], [0.9], [np.nan]])}
    assert str(outcomes.sold_out("base", 1, 0.5)) == "2 of 3"
    assert str(outcomes.sold_out("base", 1, 0.91)) == "0 of 3"


def test_changes_are_the_factors_alone_and_what_belongs_to_none() -> None:
    told = changes(study().design)
    assert [(one.name, one.kind, one.cell) for one in told] == [
        ("lock-in", CELL, "open"),
        ("antitrust", CELL, "antitrust"),
        ("edge", CELL, "edge"),
        ("own-chips-first", PART, "own-chips-first"),
    ]
    effects = study().effects
    assert effects.of(told[0], USED, 12, "baseline").mean == pytest.approx(1.2)
    assert effects.of(told[0], USED, 12, "skilled").mean == pytest.approx(1.8)
