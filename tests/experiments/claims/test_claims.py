"""The claims: complete, with names that exist and sources that keep the cut; what ships is what was measured; the
command."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from experiments import library, scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Played, Size
from experiments.claims import claims, wording
from experiments.claims.claims import Claim
from experiments.claims.verdicts import CODES, NOT_TESTABLE
from experiments.pages import claims as claims_page
from experiments.pages.reference import DOCS
from experiments.whatif import outcomes, trials
from experiments.whatif.outcomes import OUTCOMES, USED
from experiments.whatif.trials import Measured
from sim.errors import InputError
from tests.experiments.conftest import Command

ALL = claims.read()
TRIALS = trials.read()
BACKGROUND = {"C04", "C10", "C15", "C20", "C26"}
"""The chip's core, the market's size, whose Llama is, patents, a TPU for the edge: never in the code."""
GOOD: dict[str, Any] = {
    "id": "C01",
    "name": "a name",
    "kind": "fact",
    "claim": "It is so.",
    "verdict": "open",
    "grade": "B",
    "evidence": "None.",
    "source": "a report",
    "measured_to": "2025Q4",
    "represented_as": "parameter",
    "where": ["carbon_weight"],
    "how": "As one.",
}
TESTED = {"experiment": "cost-edge", "outcome": USED, "rule": "rises", "by": 0.2, "at": 20, "supports_if": "it rises"}


# --- the file ---------------------------------------------------------------------------------------------------------


def test_all_forty_two_claims_are_there_in_order() -> None:
    assert list(ALL) == [f"C{number:02d}" for number in range(1, 43)]
    assert len({one.name for one in ALL.values()}) == 42


def test_everything_that_a_claim_names_exists() -> None:
    assert {claim.id: missing for claim in ALL.values() if (missing := claims.missing(claim))} == {}
    assert [claim.id for claim in ALL.values() if claim.experiment and claim.experiment not in claim.where] == []
    assert {claim.at for claim in ALL.values()} <= {0, *trials.HORIZONS}


def test_a_name_that_does_not_exist_is_found() -> None:
    words = (
        "carbon_weight",
        "porting_factor_*",
        "trainium_share_used",
        "cost-edge",
        "carbon_wait",
        "porting_fctor_*",
        "cost-ege",
    )
    claim = Claim.model_validate(GOOD | {"where": words})
    assert claims.missing(claim) == ["carbon_wait", "porting_fctor_*", "cost-ege"]


def test_evidence_after_the_cut_is_marked_and_only_then() -> None:
    late = {claim.id for claim in ALL.values() if re.search(r"20(2[6-9]|3\d)", claim.evidence)}
    assert (
        late
        == {claim.id for claim in ALL.values() if claim.late}
        == {c.id for c in ALL.values() if "†" in wording.graded(c)}
    )
    assert 0 < len(late) < len(ALL)


def test_what_evidence_contradicts_as_a_fact_about_the_world_is_background() -> None:
    assert {claim.id for claim in ALL.values() if claim.represented_as == "none"} == BACKGROUND
    assert all(ALL[name].verdict == "contradicted" and not ALL[name].experiment for name in BACKGROUND)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"measured_to": ""}, "grade J"),
        ({"grade": "J"}, "grade J"),
        ({"source": "judgement: we think so"}, "grade J"),
        ({"grade": "D"}, "grade"),
        ({"verdict": "true"}, "verdict"),
        ({"where": []}, "where"),
        ({"represented_as": "none"}, "where"),
        ({"experiment": "cost-edge"}, "go together"),
        ({**TESTED, "beside": "cost_edge_trainium"}, "beside and claimed"),
        ({**TESTED, "claimed": "30 to 70 %"}, "beside and claimed"),
        ({"beside": "cost_edge_trainium", "claimed": "30 to 70 %"}, "with an experiment"),
        ({**TESTED, "by": 0.0}, "by and supports_if"),
        ({**TESTED, "rule": "consequence"}, "by and supports_if"),
        ({"sure": True}, "sure"),
    ],
)
def test_a_claim_that_does_not_fit_is_refused(change: dict[str, Any], complaint: str) -> None:
    Claim.model_validate(GOOD)
    Claim.model_validate(GOOD | TESTED)
    with pytest.raises(ValidationError, match=complaint):
        Claim.model_validate(GOOD | change)


def test_a_file_with_a_wrong_name_is_answered_in_a_sentence(tmp_path: Path) -> None:
    text = claims.FILE.read_text(encoding="utf-8").replace('experiment = "cost-edge"', 'experiment = "cost-ege"', 1)
    (tmp_path / "claims.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"claims.toml: C05: unknown experiment 'cost-ege'. Closest: 'cost-edge'"):
        claims.read(tmp_path / "claims.toml")


# --- the experiments --------------------------------------------------------------------------------------------------


def test_every_experiment_is_listed_and_every_check_serves_a_claim() -> None:
    assert set(library.experiment_names()) <= set(TRIALS)
    asked = {claim.experiment for claim in ALL.values()}
    assert {name for name, trial in TRIALS.items() if trial.side == "check"} <= asked


def test_what_experiments_are_compared_with_is_played_once_and_by_the_same_players() -> None:
    chosen = [TRIALS[name] for name in ("cost-edge", "enclave-breach", "secure-enclaves", "favouring-draws-a-case")]
    planned = trials.cells(chosen, Size(4, 2, 7))
    assert [name for name, _ in planned] == [
        "baseline",
        "cost-edge",
        "secure-enclaves",
        "enclave-breach",
        "baseline",
        "favouring-draws-a-case",
    ]
    plain, watched = (planned["baseline", players] for players in ("", "regulator=enforcement-first"))
    assert plain.strategies == {} and set(watched.strategies) == {"ftc", "ec", "cma"}
    assert watched.strategies == planned["favouring-draws-a-case", "regulator=enforcement-first"].strategies
    assert {cell.size for cell in planned.values()} == {Size(4, 2, 7)}


@pytest.mark.whole
def test_measured_differences_are_those_of_the_two_games() -> None:
    """Against the records themselves: the mean over worlds of cost-edge less baseline at the last quarter, in
    points."""
    measured = trials.measure([TRIALS["cost-edge"]], Size(3, 2, 5))
    shares = [
        next(engine.run([Cell(scenarios.load(name), Size(3, 2, 5))])).quarters.pivot(
            index="world", columns="quarter_number", values=USED
        )[2]
        for name in ("cost-edge", "baseline")
    ]
    row = measured.table.set_index("outcome").loc[USED]
    assert row["mean"] == pytest.approx(100.0 * (shares[0] - shares[1]).mean(), rel=1e-12)
    assert (row["quarter_number"], row["quarter"], row["worlds"]) == (2, "2026Q2", 3)
    assert (row["level"], row["base"]) == pytest.approx([100.0 * share.mean() for share in shares])
    assert len(measured.table) == len(OUTCOMES)


def played(quarters: dict[str, list[float]], offers: pd.DataFrame | None = None) -> Played:
    """Two worlds and one quarter."""
    frame = pd.DataFrame({"world": [0, 1], "quarter": ["2026Q1"] * 2, "quarter_number": [1, 1], **quarters})
    empty = pd.DataFrame({"world": [], "quarter": [], "family": [], "used_h100e": []})
    return Played(
        Cell(scenarios.load("baseline"), Size(2, 1)), {"quarters": frame, "offers": empty if offers is None else offers}
    )


def test_outcomes_are_read_as_a_hand_reads_them() -> None:
    money = played({"aws_ai_operating_income_musd": [30.0, -10.0], "aws_ai_revenue_musd": [100.0, 200.0]})
    assert outcomes.margin(money).tolist() == [[30.0], [-5.0]]
    rows = [
        (0, "cerebras", 2.0),
        (0, "graphcore", 1.0),
        (0, "nvidia", 97.0),
        (1, "cerebras", 8.0),
        (1, "graphcore", 2.0),
    ]
    offers = pd.DataFrame(rows, columns=["world", "family", "used_h100e"]).assign(quarter="2026Q1")
    assert outcomes.newcomers(played({"used_h100e": [100.0, 50.0]}, offers)).tolist() == [[3.0], [20.0]]
    sold = [
        (w, "aws", "trainium", c, p)
        for w, c, p in ((0, "edge", 0.3), (1, "edge", 0.0), (0, "direct", 9.0), (1, "direct", 9.0))
    ]
    offers = pd.DataFrame(sold, columns=["world", "cloud", "family", "channel", "shadow_price"]).assign(
        quarter="2026Q1"
    )
    edge = played({"used_h100e": [1.0, 1.0]}, offers)
    assert outcomes.edge_pressure(edge).tolist() == [[0.3], [0.0]] and outcomes.edge_binding(edge).tolist() == [
        [100.0],
        [0.0],
    ]
    here, there = np.array([110.0, 90.0]), np.array([100.0, 120.0])
    assert OUTCOMES["trainium_installed"].difference(here, there) == pytest.approx([10.0, -25.0])
    assert OUTCOMES[USED].difference(here, there).tolist() == [10.0, -30.0]


# --- what ships -------------------------------------------------------------------------------------------------------


def test_the_shipped_measurement_is_whole_and_of_the_scenarios_as_they_are() -> None:
    shipped = claims.shipped()
    keys = {(r.experiment, r.outcome, r.quarter_number) for r in shipped.table.itertuples()}
    assert keys == {(t, o, q) for t in TRIALS for o in OUTCOMES for q in trials.HORIZONS}
    assert int(str(shipped.facts["worlds"])) >= 64
    assert [word for word in trials.stale(shipped) if word.startswith("the scenarios")] == [], (
        "run: python3 tasks.py claims"
    )


def test_the_page_is_made_from_what_ships() -> None:
    assert (DOCS / "explanation" / "claims.md").read_text(encoding="utf-8") == claims_page.page(claims.shipped()), (
        "run: python3 tasks.py claims"
    )


def test_the_page_has_every_claim_and_says_what_it_is_not() -> None:
    text = (DOCS / "explanation" / "claims.md").read_text(encoding="utf-8")
    assert all(f"### {name}\n" in text for name in ALL) and "Nothing here is a forecast or advice" in text
    judged = claims.judge(ALL.values(), claims.shipped())
    assert {one.verdict.code for one in judged} <= set(CODES)
    assert all(one.verdict.code == NOT_TESTABLE for one in judged if one.claim.id in BACKGROUND)


def test_a_measurement_that_is_old_says_so() -> None:
    now = Measured(pd.DataFrame(), trials.facts([TRIALS["cost-edge"]], trials.FULL))
    assert trials.stale(now) == [] and "Old" not in wording.basis(now)
    old = replace(now, facts={**now.facts, "parameters": "x", "tables": "y", "scenarios": {"cost-edge": "z"}})
    assert trials.stale(old) == ["the scenarios cost-edge", "declared parameters", "starting tables"]
    assert (
        "**Old:** changed since then: the scenarios cost-edge; declared parameters; starting tables."
        in wording.basis(old)
    )


@pytest.mark.slow
def test_the_shipped_numbers_are_those_of_the_code() -> None:
    shipped = claims.shipped()
    size = Size(*(int(str(shipped.facts[name])) for name in ("worlds", "quarters", "seed")))
    again = trials.measure([TRIALS["cost-edge"]], size, engine.default_workers()).table
    before = shipped.table[shipped.table["experiment"] == "cost-edge"].reset_index(drop=True)
    for name in ("base", "level", "mean", "low", "high", "p5", "p95"):
        assert np.allclose(again[name], before[name].astype(float), rtol=1e-5, atol=1e-9), name


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_shows_what_ships_and_writes_nothing(command: Command, tmp_path: Path) -> None:
    status, out, _ = command("claims")
    assert status == 0 and all(name in out for name in ALL)
    assert "Measured with version" in out and "forecast or advice" in out
    assert list(tmp_path.iterdir()) == []


def test_one_claim_is_shown_in_full(command: Command) -> None:
    status, out, _ = command("claims", "c35")
    plain = " ".join(out.split())
    claim, facts = ALL["C35"], claims.shipped().facts["scenarios"]
    assert status == 0 and claim.claim in plain and claim.evidence in plain and "C36" not in plain
    assert isinstance(facts, dict) and facts["anchor-client-leaves"] in plain


BAD = [
    (("claims", "C43"), ("C43", "'C42'")),
    (("claims", "x"), ("'x'", "C01")),
    (("claims", "--worlds", "8"), ("--worlds", "--run")),
    (("claims", "C01", "--run"), ("--run", "C01")),
    (("claims", "--run", "--worlds", "1"), ("--worlds", "2 to")),
    (("claims", "--run", "--quarters", "many"), ("--quarters", "whole number")),
    (("claims", "--runn"), ("--runn", "'--run'")),
]


@pytest.mark.parametrize(("words", "named"), BAD, ids=[" ".join(words) for words, _ in BAD])
def test_bad_input_is_one_sentence(
    command: Command, tmp_path: Path, words: tuple[str, ...], named: tuple[str, ...]
) -> None:
    status, out, err = command(*words)
    assert (status, out) == (2, "") and len(err.strip().splitlines()) == 1
    assert all(word in err for word in named), err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_measuring_anew_writes_a_folder(command: Command, tmp_path: Path) -> None:
    status, out, _ = command("claims", "--run", "--worlds", "2", "--quarters", "1", "--workers", "1", "--out", "mine")
    assert status == 0 and "C42" in out
    assert {path.name for path in (tmp_path / "mine").iterdir()} == {
        "claims.csv",
        "claims.md",
        "measured.csv",
        "provenance.json",
    }
    table = pd.read_csv(tmp_path / "mine" / "claims.csv")
    assert list(table["id"]) == list(ALL) and set(table["model_verdict"]) <= set(CODES)
    said = json.loads((tmp_path / "mine" / "provenance.json").read_text(encoding="utf-8"))
    assert (said["worlds"], said["quarters"], said["seed"]) == (2, 1, 1) and "baseline" in said["scenarios"]
    assert command("claims", "--run", "--quick", "--out", "mine")[0] == 2
