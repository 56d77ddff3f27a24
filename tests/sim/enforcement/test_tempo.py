"""How long cases take and what the law lets regulators do, from the record, by hand."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import beta

from sim.declarations import catalogue
from sim.enforcement import tempo
from sim.errors import InputError
from sim.quarters import ordinal
from sim.remedies import REMEDIES
from sim.roster import load_roster
from tests.small import small_roster

ROSTER = small_roster()
CUT = "2025Q4"
DATA = Path(__file__).parents[3] / "sim" / "data"


def recorded(*rows: str) -> Any:
    """A roster with these reviews: 'authority kind opened decided quarters', - where open."""
    names = ("authority", "kind", "opened", "decided", "quarters")
    table = tuple(dict(zip(names, row.replace("-", "").split(" "), strict=True)) for row in rows)
    return replace(ROSTER, tables={**ROSTER.tables, "case_record": table})


REVIEWS = (
    "watch case 2023Q1 2024Q1 4", "guard case 2022Q1 2024Q1 8", "watch case 2025Q1 - -",
    "guard study 2020Q1 2024Q1 16", "others case 2023Q4 - -",
)  # fmt: skip


def test_means_are_time_at_risk_over_endings_drawn_towards_all() -> None:
    """At the end of 2025: 4 + 8 ended, 3 + 8 open, 23 quarters for 2 endings: 11.5 of all. The watch: (11.5 + 4 + 3) /
    2, the guard: (11.5 + 8) / 2. Studies do not count, and others' time counts in all only."""
    found = tempo.mean_quarters(recorded(*REVIEWS), ordinal(CUT))
    assert found == pytest.approx([9.25, 9.75])


def test_what_is_decided_later_is_open_and_what_is_opened_later_unknown() -> None:
    """At the end of 2023 nothing has ended; a quarter later 4 + 8 have, and others have run for one: 13 / 2 of all."""
    assert tempo.mean_quarters(recorded(*REVIEWS), ordinal("2023Q4")).tolist() == [0.0, 0.0]
    found = tempo.mean_quarters(recorded(*REVIEWS), ordinal("2024Q1"))
    assert found == pytest.approx([(6.5 + 4.0) / 2.0, (6.5 + 8.0) / 2.0])
    assert tempo.mean_quarters(ROSTER, ordinal(CUT)).tolist() == [0.0, 0.0]


def test_time_is_drawn_so_that_a_constant_rate_has_its_mean() -> None:
    """Means over even draws of u; whole quarters, of which the last is the charge's, and the floor add little."""
    draws = ((np.arange(4000) + 0.5) / 4000.0)[:, None, None] * np.ones((1, 2, 1))
    found = tempo.needed(np.array([20.0, 20.0]), np.array([0.0, 30.0]), draws)
    assert found[:, 0].mean() + 1.0 == pytest.approx(20.0, abs=0.1) and found[:, 1].min() == 30.0
    assert found[:, 0].min() == 0.0 and np.array_equal(found, np.rint(found))


def test_the_shipped_record_by_hand() -> None:
    """Five endings after 5, 2, 7, 5.5 and 2 quarters, six reviews open for 4, 9, 6, 4, 0 and 0: 44.5 / 5 = 8.9 of all.
    The FTC: (8.9 + 5.5 + 4) / 2, the Commission: (8.9 + 2) / 2, the CMA: (8.9 + 5 + 2 + 7) / 4."""
    roster = load_roster("default")
    assert tempo.at_risk(roster, None, ordinal(CUT)) == (44.5, 5)
    assert roster.regulators == ("ftc", "ec", "cma")
    assert tempo.mean_quarters(roster, ordinal(CUT)) == pytest.approx([9.2, 5.45, 5.725])


def test_the_share_that_ends_in_a_remedy_is_the_record_s_with_its_interval() -> None:
    """One of five: Beta(1.5, 4.5), middle and 5 to 95 %."""
    roster = load_roster("default")
    ended = [row for row in roster.tables["case_record"] if row["kind"] == "case" and row["decided"]]
    remedies = sum(row["ended"] == "prohibition" for row in ended)
    low, middle, high = beta.ppf([0.05, 0.5, 0.95], remedies + 0.5, len(ended) - remedies + 0.5)
    share = catalogue(roster).declarations["case_remedy_share"]
    assert (share.low, share.high, share.default) == pytest.approx((low, high, middle), abs=0.005)


def test_how_well_a_remedy_is_carried_out_spans_what_was_measured_of_one_law() -> None:
    """0.12 where it was carried out weakly over 1.13 where well: from about a ninth to all of it."""
    with (DATA / "remedy_effects.csv").open(encoding="utf-8", newline="") as file:
        effect = {row["id"]: float(row["relative_change"] or "nan") for row in csv.DictReader(file)}
    quality = catalogue(load_roster("default")).declarations["implementation_quality"]
    assert (quality.low, quality.high) == pytest.approx((effect["M2"] / effect["M1"], 1.0), abs=0.005)
    assert quality.default == pytest.approx((quality.low + quality.high) / 2.0, abs=0.01)


def test_nothing_on_record_is_of_after_2025() -> None:
    for row in load_roster("default").tables["case_record"]:
        days = (row["opened"], row["decided"] or row["opened"], row["measured_to"])
        assert all(ordinal(day) <= ordinal(CUT) for day in days), row["id"]
        assert bool(row["decided"]) == bool(row["quarters"]) == bool(row["ended"]), row["id"]


def test_powers_are_the_law_s() -> None:
    """Nobody but the CMA caps terms, the Commission parts no firm at first; every agency may forbid what its theories
    of harm are about. Without a table all may do all."""
    found = tempo.powers(load_roster("default"))
    may = {name: found[:, REMEDIES.index(name)].tolist() for name in REMEDIES}
    assert may["term_cap_duty"] == [False, False, True] and may["structural_separation"] == [True, False, True]
    assert all(all(may[name]) for name in set(REMEDIES) - {"term_cap_duty", "structural_separation"})
    assert tempo.powers(ROSTER).all()


@pytest.mark.parametrize("change", [{"regulator": "nobody"}, {"power": "prison"}])
def test_a_row_that_names_no_power_is_one_sentence(change: dict[str, str]) -> None:
    row = {"regulator": "watch", "power": "term_cap_duty", **change}
    roster = replace(ROSTER, tables={**ROSTER.tables, "powers": (row,)})
    with pytest.raises(InputError, match=r"^powers\.csv: .* is no power; regulators are watch, guard, remedies "):
        tempo.powers(roster)
