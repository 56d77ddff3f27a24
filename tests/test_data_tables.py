"""The calibration tables say where every number comes from, keep the cut, and add up to what the sources say."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

import pytest

DATA = Path(__file__).parent.parent / "sim" / "data"
CUT = "2025Q4"
QUARTER = re.compile(r"^\d{4}Q[1-4]$")
COMMON = ("source", "grade", "measured_to")
REQUIRED = {
    "installed": ("quarter", "owner", "family", "h100e", "h100e_low", "h100e_high"),
    "generations": (
        "family",
        "generation",
        "launch_quarter",
        "h100e_per_chip",
        "watts_per_chip",
        "chip_cost_usd",
        "chip_cost_basis",
        "chips_per_wafer",
        "training_efficiency",
        "inference_efficiency",
        "judgement",
    ),
    "roadmap": ("family", "generation", "announced_launch_quarter", "performance_ratio", "unit"),
    "prices": ("quarter", "cloud", "family", "channel", "price_usd_per_h100e_hour", "note"),
    "series": ("series", "quarter", "value", "unit"),
    "deals": (
        "name",
        "lab",
        "cloud",
        "family",
        "known_on",
        "quarter",
        "h100e_low",
        "h100e",
        "h100e_high",
        "until",
        "take_or_pay",
        "replaces",
        "note",
    ),
    "remedy_effects": ("id", "remedy", "region", "outcome", "relative_change", "quarters", "note"),
    "anchors": ("lab", "cloud", "family", "h100e", "remaining_quarters", "quarter", "note"),
}
NUMBERS = (
    "h100e",
    "h100e_low",
    "h100e_high",
    "h100e_per_chip",
    "watts_per_chip",
    "chip_cost_usd",
    "chips_per_wafer",
    "training_efficiency",
    "inference_efficiency",
    "performance_ratio",
    "price_usd_per_h100e_hour",
    "value",
    "remaining_quarters",
)
OFFERS = {
    "aws": ("nvidia", "trainium"),
    "azure": ("nvidia", "amd", "maia"),
    "google": ("nvidia", "tpu"),
    "oracle": ("nvidia", "amd"),
    "neocloud": ("nvidia", "cerebras", "graphcore"),
}
FAMILIES = {"nvidia", "amd", "trainium", "tpu", "maia", "cerebras", "graphcore"}

Row = dict[str, str]


def rows_of(name: str) -> list[Row]:
    """The rows of a table; a row with too many or too few cells is an error."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        header, *body = list(csv.reader(file))
    return [dict(zip(header, cells, strict=True)) for cells in body]


def quarters(first: str, last: str) -> list[str]:
    """All quarters from the first to the last, both included."""
    every = [f"{year}Q{quarter}" for year in range(2020, 2030) for quarter in range(1, 5)]
    return [quarter for quarter in every if first <= quarter <= last]


def problems_of(row: Row) -> list[str]:
    """What is wrong with the provenance of a row; an empty list when nothing is."""
    problems = [f"empty {name}" for name in ("source", "unit") if name in row and not row[name].strip()]
    grade, measured_to = row["grade"], row["measured_to"]
    if grade not in ("A", "B", "C", "J"):
        problems.append(f"grade '{grade}' is none of A, B, C, J")
    if (grade == "J") != row["source"].startswith("judgement: "):
        problems.append("grade J and a source 'judgement: reason' go together")
    if measured_to == "":
        if grade != "J":
            problems.append("measured_to is empty, which only judgement may be")
    elif not QUARTER.match(measured_to):
        problems.append(f"measured_to '{measured_to}' is not a quarter")
    elif measured_to > CUT:
        problems.append(f"measured_to {measured_to} is after the cut {CUT}")
    return problems


@pytest.mark.parametrize("name", REQUIRED)
def test_a_table_has_its_columns_and_its_numbers_are_positive_numbers(name: str) -> None:
    rows = rows_of(name)
    assert rows
    assert set(REQUIRED[name] + COMMON) <= set(rows[0])
    for row in rows:
        for column in set(NUMBERS) & set(row):
            assert float(row[column]) > 0, (name, row)
        for column in {"quarter", "launch_quarter", "known_on"} & set(row):
            assert QUARTER.match(row[column]), (name, row)
            assert row[column] <= CUT or (name, column) == ("deals", "quarter"), (name, row)


@pytest.mark.parametrize("name", REQUIRED)
def test_every_row_has_a_source_a_grade_and_keeps_the_cut(name: str) -> None:
    assert [(row, problems) for row in rows_of(name) if (problems := problems_of(row))] == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"measured_to": "2026Q1"}, "after the cut"),
        ({"measured_to": ""}, "only judgement"),
        ({"measured_to": "latest"}, "not a quarter"),
        ({"source": " "}, "empty source"),
        ({"unit": ""}, "empty unit"),
        ({"grade": "D"}, "none of A, B, C, J"),
        ({"grade": "J", "measured_to": ""}, "go together"),
    ],
)
def test_the_checker_finds_a_bad_row(change: Row, complaint: str) -> None:
    good = {
        "value": "1",
        "unit": "USD bn",
        "source": "a report https://example.org",
        "grade": "B",
        "measured_to": "2025Q4",
    }
    assert problems_of(good) == []
    assert any(complaint in problem for problem in problems_of({**good, **change}))


def test_installed_stock_adds_up_to_the_source() -> None:
    # By hand, thousand H100e at the end of 2025, China left out:
    # nvidia 1430 + 3150 + 1240 + 1030 + 832 + 1840 + 2970 = 12492;
    # amd 460 + 265 + 113 + 389 = 1227; tpu 3810; trainium 1020.
    # Together 12492 + 1227 + 3810 + 1020 = 18549; trainium 1020 / 18549 = 5.5 %.
    by_family: dict[str, float] = defaultdict(float)
    for row in rows_of("installed"):
        if row["quarter"] == "2025Q4":
            by_family[row["family"]] += float(row["h100e"])
    total = sum(by_family.values())
    assert total == pytest.approx(18.5e6, abs=0.2e6)
    assert by_family["trainium"] / total == pytest.approx(0.055, abs=0.0005)


def test_installed_stock_is_ordered_and_never_falls() -> None:
    paths: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in rows_of("installed"):
        assert float(row["h100e_low"]) <= float(row["h100e"]) <= float(row["h100e_high"]), row
        paths[row["owner"], row["family"]][row["quarter"]] = float(row["h100e"])
    for pool, path in paths.items():
        present = sorted(path)
        assert present == quarters(present[0], CUT), pool
        stock = [path[quarter] for quarter in present]
        assert stock == sorted(stock), pool
    assert {owner for owner, _ in paths} == {"aws", "azure", "google", "oracle", "coreweave", "meta", "other"}
    assert {family for _, family in paths} == {"nvidia", "amd", "trainium", "tpu"}


def test_generations_are_measured_in_h100() -> None:
    rows = rows_of("generations")
    rate = {row["generation"]: float(row["h100e_per_chip"]) for row in rows}
    assert rate["H100"] == 1
    # Dense 8-bit TFLOP/s over 1979: 1299 / 1979 = 0.656; 2517 / 1979 = 1.272; 5000 / 1979 = 2.527.
    assert rate["Trainium2"] == pytest.approx(0.656, abs=0.001)
    assert rate["Trainium3"] == pytest.approx(1.272, abs=0.003)
    assert rate["B200"] == pytest.approx(2.527, abs=0.004)
    assert {row["family"] for row in rows} == FAMILIES
    assert {row["chip_cost_basis"] for row in rows} == {"price", "cost"}
    for row in rows:
        assert row["judgement"].strip(), row
        assert 0.8 <= float(row["training_efficiency"]) <= 1.1, row
        assert 0.8 <= float(row["inference_efficiency"]) <= 1.1, row


def test_the_roadmap_has_one_coming_generation_a_family() -> None:
    rows = rows_of("roadmap")
    assert sorted(row["family"] for row in rows) == sorted(FAMILIES)
    assert all(QUARTER.match(row["announced_launch_quarter"]) and row["announced_launch_quarter"] > CUT for row in rows)


def test_every_offer_has_one_price_at_both_ends_and_in_the_middle_of_history() -> None:
    expected = sorted(
        (q, cloud, family) for q in ("2023Q4", "2024Q4", CUT) for cloud in OFFERS for family in OFFERS[cloud]
    )
    assert sorted((row["quarter"], row["cloud"], row["family"]) for row in rows_of("prices")) == expected


def test_series_are_complete() -> None:
    paths: dict[str, list[str]] = defaultdict(list)
    for row in rows_of("series"):
        paths[row["series"]].append(row["quarter"])
    assert len(paths) == 12
    for series, present in paths.items():
        first = "2024Q1" if series == "aws_depreciation_usd_bn" else "2023Q1"
        assert present == quarters(first, CUT), series


def test_anchors_leave_room_in_their_pools() -> None:
    owner = {"neocloud": "coreweave"}
    stock = {(r["quarter"], r["owner"], r["family"]): float(r["h100e"]) for r in rows_of("installed")}
    held: dict[tuple[str, str, str], float] = defaultdict(float)
    for row in rows_of("anchors"):
        held[row["quarter"], owner.get(row["cloud"], row["cloud"]), row["family"]] += float(row["h100e"])
    assert ("2023Q4", "aws", "trainium") not in held
    assert {quarter for quarter, _, _ in held} == {"2023Q4", "2024Q4", CUT}
    for pool, h100e in held.items():
        assert h100e <= 0.7 * stock[pool], pool
