"""Cases on record, and firms that starve them, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.decisions import THEORIES
from sim.enforcement import cases as steps
from sim.enforcement import conduct
from sim.enforcement.record import open_cases
from sim.enforcement.state import Agencies, Cases
from sim.errors import InputError
from sim.quarters import ordinal
from sim.remedies import REMEDIES
from sim.roster import load_roster
from tests.sim.enforcement.test_conduct import EVEN, signal
from tests.small import row, small_parameters, small_roster

ROSTER = small_roster()
SELF, TYING = THEORIES.index("self-preferencing"), THEORIES.index("tying")
BAN = REMEDIES.index("self_preferencing_ban")


def recorded(**changes: str) -> object:
    rows = ({"regulator": "guard", "theory": "tying", "opened": "2024Q4", **changes},)
    return replace(ROSTER, tables={**ROSTER.tables, "open_cases": rows})


def test_a_case_on_record_has_run_since_it_was_opened_on_what_opening_takes() -> None:
    """The guard's standard is 2: three tenths of it."""
    found = open_cases(recorded(), 2, ordinal("2025Q4"))  # type: ignore[arg-type]
    assert found.stage[:, 1, TYING].tolist() == [2.0, 2.0] and found.quarters[:, 1, TYING].tolist() == [4.0, 4.0]
    assert found.evidence[:, 1, TYING] == pytest.approx([0.6, 0.6]) and found.running[0, 1, TYING] == 4.0
    assert np.count_nonzero(found.stage) == np.count_nonzero(found.evidence) == 2


def test_nothing_is_known_before_it_is_opened_and_nothing_where_there_is_no_table() -> None:
    early, plain = open_cases(recorded(), 2, ordinal("2024Q3")), open_cases(ROSTER, 2, ordinal("2030Q1"))  # type: ignore[arg-type]
    assert not early.stage.any() and not plain.stage.any() and not plain.evidence.any()


@pytest.mark.parametrize("change", [{"theory": "greed"}, {"regulator": "nobody"}])
def test_a_row_that_names_no_case_is_one_sentence(change: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"^open_cases\.csv: .* is no case; regulators are watch, guard, theories "):
        open_cases(recorded(**change), 2, ordinal("2025Q4"))  # type: ignore[arg-type]


def test_the_shipped_record_holds_what_was_open_at_the_end_of_2025_and_nothing_later() -> None:
    roster = load_roster("default")
    found = {(row["regulator"], row["theory"]): row["opened"] for row in roster.tables["open_cases"]}
    assert found == {
        ("ftc", "self-preferencing"): "2024Q4",
        ("ec", "self-preferencing"): "2025Q4",
        ("ec", "exit-fees"): "2025Q4",
    }
    assert (open_cases(roster, 1, ordinal("2025Q4")).stage == steps.INVESTIGATION).sum() == 3
    assert not open_cases(roster, 1, ordinal("2023Q4")).stage.any()


def test_what_firms_give_up_of_a_conduct_is_felt_like_a_remedy() -> None:
    """0.4 of a ban for the watch's case on self-preference in the first world; in force it is the larger of law and
    answer."""
    answer, law = np.zeros((2, 2, 4)), np.zeros((2, 2, len(REMEDIES)))
    answer[0, :, SELF], law[:, 1, BAN] = 0.4, 0.5
    cases = replace(Cases.none(2, 2), answer=answer)
    p = small_parameters(anticipation=0.0, deterrence=0.0, implementation_quality=1.0)
    found = conduct.in_force(ROSTER, cases, Agencies.of(ROSTER, 0), conduct.Law(law, law, law), p)
    assert found.given_up[..., BAN] == pytest.approx(row([0.4, 0.4], [0, 0]))
    assert found.given_up.sum() == pytest.approx(0.8)
    assert found.rules(p).own_silicon_bonus_factor == pytest.approx(row([0.6, 0.5], [1.0, 0.5]))


def test_a_case_is_starved_of_what_is_given_up() -> None:
    """A bonus of which 0.4 is given up gives a weaker sign; chips' terms are weakened where they are watched."""
    loud, quiet = (
        signal(p={"own_silicon_bonus": 0.8}),
        signal(p={"own_silicon_bonus": 0.8}, rules={"self_preferencing_ban": 0.4}),
    )
    assert (quiet[..., SELF] < loud[..., SELF]).all()
    stage = np.full((2, 2, 4), float(steps.INVESTIGATION))
    p = small_parameters(evidence_rate=0.1, evidence_decay=0.0)
    signs = np.full((2, 2, 4), 0.5)
    still = conduct.Draws(0.0 * signs, *[1.0 + signs] * 4)
    answer = np.multiply.outer([0.4, 0.0], np.ones((2, 4)))
    found = conduct.watch(ROSTER, replace(Cases.none(2, 2), stage=stage, answer=answer), signs, EVEN, still, p)
    assert found.seen[0, :, TYING] == pytest.approx([0.3, 0.3]) and found.seen[1, :, TYING] == pytest.approx([0.5, 0.5])
    assert (np.delete(found.seen, TYING, axis=2) == 0.5).all()
