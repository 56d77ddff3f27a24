"""How claims are told: sentences and cells of tables of measurements made by hand, the summary of a page, what ships
and what a
command writes."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.claims import claims, terminal, verdicts, wording
from experiments.claims.claims import Claim, Judged
from experiments.claims.verdicts import (
    CONTRADICTS,
    NO_EFFECT,
    NOT_TESTABLE,
    SMALLER,
    SUPPORTS,
    UNDECIDED,
    Reading,
    Seen,
    Verdict,
    decide,
    judge,
)
from experiments.pages import claims as page
from experiments.screen import Screen
from experiments.stats import Estimate, estimate
from experiments.whatif import trials
from experiments.whatif.outcomes import CORE_QUEUE, OUTCOMES, USED
from tests.experiments.claims.test_verdicts import Asked, row

WORTH = "trainium_installed"
"""An outcome whose differences are in per cent of the other cell's value."""


def about(mean: float, half: float = 0.1, broken: int = 0) -> Estimate:
    return Estimate(mean, mean - half, mean + half, mean, mean - 3.0 * half, mean + 3.0 * half, 64, broken)


def reading(change: Estimate, outcome: str = USED, level: float = 11.0) -> Reading:
    return Reading(OUTCOMES[outcome], 20, "2030Q4", "baseline", 8.04, level, level - 1.0, level + 1.0, change)


def seen(change: Estimate, experiment: str = "cost-edge", outcome: str = USED, **more: object) -> Seen:
    numbers = {
        name: getattr(change, name) for name in ("mean", "low", "high", "median", "p5", "p95", "worlds", "broken")
    }
    one = {
        "experiment": experiment,
        "against": "baseline",
        "outcome": outcome,
        "quarter_number": 20,
        "quarter": "2030Q4",
        "base": 8.04,
        "level": 11.0,
        "level_low": 10.0,
        "level_high": 12.0,
        **numbers,
        **more,
    }
    rows = [one, *(row(name, 20, (0.0, 0.0)) | {"experiment": experiment, "broken": 0} for name in CORE_QUEUE)]
    return Seen(pd.DataFrame(rows))


# --- verdicts ---------------------------------------------------------------------------------------------------------


def test_sentences_and_cells_of_a_difference_in_full() -> None:
    found = judge(Asked(), seen(about(0.42)))
    assert found.code == SUPPORTS
    assert found.sentence == (
        "Trainium's share of compute in use: +0.42 points (95 % interval +0.32 to +0.52; nine worlds in ten +0.12 to "
        "+0.72) at q20 (2030Q4); baseline: 8.0 %."
    )
    assert found.short == "share +0.42 points [+0.32, +0.52] at q20"
    broken = judge(Asked(), seen(about(0.42, broken=2)))
    assert "+0.12 to +0.72; 2 of 66 worlds have no figures) at q20" in broken.sentence


def test_sentences_and_cells_of_a_level_in_full() -> None:
    found = judge(Asked(rule="above", by=20.0), seen(about(0.42)))
    assert found.code == CONTRADICTS
    assert found.sentence == (
        "Trainium's share of compute in use is 11.0 % at q20 (2030Q4) (95 % interval 10.0 to 12.0); baseline: 8.0."
    )
    assert found.short == "share 11.0 % [10.0, 12.0] at q20"
    alone = judge(Asked(rule="above", by=20.0), seen(estimate(np.array([0.4])), level_low=np.nan, level_high=np.nan))
    assert alone.code == UNDECIDED and "(one world: no interval)" in alone.sentence
    assert alone.short == "share 11.0 % (one world) at q20"


def test_a_relative_difference_is_in_per_cent_and_what_would_follow_in_brackets() -> None:
    found = judge(Asked(outcome=WORTH, rule="consequence", by=0.0), seen(about(-5.0), outcome=WORTH))
    assert found.code == NOT_TESTABLE and found.sentence.startswith(
        f"What would follow, not a test: {OUTCOMES[WORTH].title}: −5.00 % (95 %"
    )
    assert found.short == f"(would follow: {OUTCOMES[WORTH].brief} −5.00 % [−5.10, −4.90] at q20)"


EDGES = [
    ("rises", 0.42, about(0.42), SUPPORTS), ("rises", 0.43, about(0.42), SMALLER),
    ("falls", 0.42, about(-0.42), SUPPORTS), ("falls", 0.43, about(-0.42), SMALLER),
    ("rises", 0.2, about(0.05, 0.01), SMALLER), ("rises", 0.2, about(0.049, 0.01), NO_EFFECT),
    ("falls", 0.2, about(0.049, 0.01), NO_EFFECT), ("falls", 0.2, about(0.05, 0.01), CONTRADICTS),
    ("rises", 0.2, about(0.1, 0.1), NO_EFFECT), ("holds", 2.0, about(1.9, 0.1), UNDECIDED),
    ("holds", 2.0, about(1.8, 0.1), SUPPORTS), ("holds", 2.0, about(-1.9, 0.1), UNDECIDED),
    ("holds", 2.0, about(2.1, 0.1), CONTRADICTS), ("holds", 2.0, about(-2.1, 0.1), CONTRADICTS),
    ("holds", 2.0, about(2.05, 0.1), UNDECIDED), ("above", 10.0, about(9.9), SUPPORTS),
    ("above", 10.1, about(9.9), UNDECIDED), ("above", 12.0, about(9.9), UNDECIDED),
    ("above", 12.1, about(9.9), CONTRADICTS),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "by", "change", "code"), EDGES)
def test_a_rule_at_its_edges(rule: str, by: float, change: Estimate, code: str) -> None:
    """Halves are exact where an edge is met: of 0.1, 1.9 + 0.1 and 2.1 − 0.1 among them."""
    assert decide(rule, by, reading(change), queue=False) == code


@pytest.mark.parametrize(
    ("binding", "low", "longer"), [(50.0, 0.1, True), (49.9, 0.1, False), (80.0, 0.0, False), (80.0, -0.1, False)]
)
def test_a_queue_is_longer_where_half_of_supply_binds_and_more_press_on_it(
    binding: float, low: float, longer: bool
) -> None:
    rows = [
        row(USED, 20, (0.0, 0.0)),
        row(CORE_QUEUE[0], 20, (0.0, 0.0), binding),
        row(CORE_QUEUE[1], 20, (0.3, 0.31)) | {"low": low},
    ]
    assert verdicts.longer_queue(Asked(), OUTCOMES[USED], Seen(pd.DataFrame(rows))) is longer
    assert not verdicts.longer_queue(Asked(), OUTCOMES["edge_share_used"], Seen(pd.DataFrame(rows)))


def test_a_horizon_before_all_that_were_played_is_read_at_the_first() -> None:
    found = Seen(pd.DataFrame([row(USED, quarter, (0.0, 0.0)) for quarter in (12, 8)]))
    assert [found.reached(at) for at in (4, 8, 11, 12, 20)] == [8, 8, 8, 12, 12]
    assert found.has("cost-edge") and not found.has("other")


# --- measured ---------------------------------------------------------------------------------------------------------


def test_rows_of_an_experiment_by_hand() -> None:
    """Two worlds: 10 and 14 against 8 and 10; in per cent of the other cell 25 and 40. Half-width of two: 6.3531 times
    their gap."""
    here, there = (
        {name: np.array([[10.0, 1.0], [14.0, 1.0]]) for name in OUTCOMES},
        {name: np.array([[8.0, 1.0], [10.0, 1.0]]) for name in OUTCOMES},
    )
    rows = {
        (r["outcome"], r["quarter_number"]): r for r in trials._rows(trials.read()["cost-edge"], here, there, (1, 2))
    }
    assert len(rows) == 2 * len(OUTCOMES)
    used, worth = rows[USED, 1], rows[WORTH, 1]
    assert (used["base"], used["level"], used["mean"], worth["mean"]) == pytest.approx((9.0, 12.0, 3.0, 32.5))
    assert (used["level_low"], used["level_high"]) == pytest.approx(
        (12.0 - 4.0 * 6.3531, 12.0 + 4.0 * 6.3531), abs=1e-3
    )
    assert (worth["low"], worth["high"]) == pytest.approx((32.5 - 15.0 * 6.3531, 32.5 + 15.0 * 6.3531), abs=1e-2)
    assert (used["unit"], used["change_unit"], worth["change_unit"]) == ("%", "points", "%")
    assert rows[USED, 2]["mean"] == 0.0 and (used["worlds"], used["broken"], used["against"]) == (2, 0, "baseline")


@pytest.mark.parametrize(("quarters", "read"), [(20, (8, 12, 20)), (19, (8, 12)), (8, (8,)), (7, (7,)), (1, (1,))])
def test_effects_are_read_at_horizons_that_are_played(quarters: int, read: tuple[int, ...]) -> None:
    assert trials.horizons(quarters) == read


# --- the page ---------------------------------------------------------------------------------------------------------


def judged(number: int, evidence: str, code: str) -> Judged:
    plain = next(iter(claims.read().values()))
    claim = plain.model_copy(update={"id": f"C{number:02}", "name": f"claim {number}", "verdict": evidence})
    return Judged(claim, Verdict(code, "A sentence.", "a cell"))


def test_the_summary_counts_and_groups_claims() -> None:
    found = [
        judged(1, "supported", SUPPORTS),
        judged(2, "partly", NO_EFFECT),
        judged(3, "open", SUPPORTS),
        judged(4, "contradicted", SUPPORTS),
        judged(5, "contradicted", SMALLER),
        judged(6, "supported", NOT_TESTABLE),
        judged(7, "partly", SUPPORTS),
    ]
    lines = page.short(found, [], seen(about(0.4)))[0].splitlines()
    assert lines == [
        "- **Evidence.** Of 7 claims public evidence supports 2, bears out 2 in part, contradicts 2 and leaves 1 open.",
        "- **Model.** 6 can be put to a test here: 4 *supports*, 1 *visible, but small*, 1 *no visible effect*.",
        "- **Both bear it out:** [C01](#c01) claim 1 (*supports*); [C07](#c07) claim 7 (*supports*).",
        "- **Evidence leans that way, the model does not follow:** [C02](#c02) claim 2 (*no visible effect*).",
        "- **Open in public; the model's answer:** [C03](#c03) claim 3 (*supports*).",
        "- **Evidence contradicts it, the model bears it out:** [C04](#c04) claim 4 (*supports*).",
        "- **Neither bears it out:** [C05](#c05) claim 5 (*visible, but small*).",
    ]
    assert page.short(found[:1], [], seen(about(0.4)))[0].count("**Neither") == 0


def test_the_summary_names_what_moves_share_most_either_way() -> None:
    known = list(trials.read().values())
    chosen = [one for one in known if one.against == trials.BASELINE][:4]
    everything = trials.read()["everything-goes-right"]
    changes = dict(zip([one.scenario for one in chosen], (0.3, -0.9, 0.1, -0.2), strict=True)) | {
        everything.scenario: 3.0
    }
    tables = [seen(about(mean), name).rows.values() for name, mean in changes.items()]
    found = Seen(pd.DataFrame([one for rows in tables for one in rows]))
    a, b, c, d = (one.scenario for one in chosen)
    first, second = page._movers([*chosen, everything], found)
    assert first == (
        "**What moves Trainium's share** most (points of compute in use at q20, 2030Q4; baseline 8.0 %): "
        f"up `everything-goes-right` +3.00, `{a}` +0.30, `{c}` +0.10; down `{b}` −0.90, `{d}` −0.20, `{c}` +0.10."
    )
    assert second == "**All optimism at once** makes 11.0 % (95 % interval 10.0 to 12.0): 1.4 times the baseline's."
    assert len(page._movers(chosen, found)) == 1
    assert page._movers(chosen, seen(estimate(np.array([0.4])), a)) == []


def test_the_models_own_figure_stands_beside_what_is_claimed() -> None:
    """In the baseline 44 and 54 %, in the experiment 60 and 70: said for the first and the last horizon; once where
    they are one, and nothing where it was not measured."""
    c05, edge = claims.read()["C05"], "cost_edge_trainium"
    at = {8: (44.2, 60.4, "2027Q4"), 12: (50.0, 65.0, "2028Q4"), 20: (54.4, 69.6, "2030Q4")}
    rows = [
        one
        for q, (base, level, when) in at.items()
        for one in seen(about(16.0), outcome=edge, quarter_number=q, base=base, level=level, quarter=when).rows.values()
    ]
    found = Seen(pd.DataFrame(rows))
    said = claims.beside(c05, found)
    assert said == (
        "Trainium's all-in cost below AWS's Nvidia capacity, an outcome of the baseline: 44 % at q8 (2027Q4; in the "
        "experiment 60 %) and 54 % at q20 (2030Q4; in the experiment 70 %). Claimed: 30 to 70 % (30 to 40 by AWS, 50 "
        "to 70 by the narrative), of which no independent benchmark was found."
    )
    told = wording.entry(Judged(c05, Verdict(NOT_TESTABLE, "No.", "–"), said))
    assert told.endswith(f"\n- Beside it: {said}")
    assert claims.beside(c05, seen(about(0.4), outcome=edge)).count(" at q") == 1
    assert claims.beside(c05, seen(about(0.4))) == "" == claims.beside(claims.read()["C01"], found)


def test_a_claim_in_full_has_its_evidence_its_rule_and_what_the_model_says() -> None:
    plain = next(one for one in claims.read().values() if one.experiment and not one.late)
    asked = {
        "where": ("unit_cost_error_trainium",),
        "supports_if": "it rises",
        "measured_to": "2026Q1",
        "grade": "A",
        "verdict": "open",
    }
    late = plain.model_copy(update=asked)
    text = wording.entry(Judged(late, Verdict(SUPPORTS, "It does.", "x")))
    assert "- Evidence: *open: no public evidence decides* (" in text and "- The model says: **supports**" in text
    assert text.startswith(f"### {late.id}\n\n**{late.claim}** (")
    assert f"(grade A). {late.evidence} † measured to 2026Q1, after 2025Q4: for the verdict only." in text
    assert f"- Source: {late.source} (measured to 2026Q1)." in text and "See `unit_cost_error_trainium`." in text
    assert f"**supports**. It does. It would support the claim if it rises. Experiment: `{late.experiment}`." in text
    assert (
        wording.graded(late) == "open, A †"
        and wording.graded(late.model_copy(update={"measured_to": "2025Q4"})) == "open, A"
    )
    background = late.model_copy(
        update={"represented_as": "none", "where": (), "experiment": "", "supports_if": "", "measured_to": ""}
    )
    told = wording.entry(Judged(background, Verdict(NOT_TESTABLE, "No.", "–")))
    assert (
        "- In the model: background only." in told
        and "See `" not in told
        and told.endswith("**not testable here**. No.")
    )


def test_the_terminal_shows_a_line_a_claim_in_the_colour_of_its_verdict() -> None:
    measured = claims.shipped()
    console = Screen(file=io.StringIO(), width=90, force_terminal=True, color_system="standard")
    terminal.show_all(
        [judged(1, "open", SUPPORTS), judged(2, "partly", CONTRADICTS), judged(3, "open", NOT_TESTABLE)],
        measured,
        console,
    )
    text = console.file.getvalue()
    lines = {number: next(line for line in text.splitlines() if f"C0{number}" in line) for number in (1, 2, 3)}
    assert "\x1b[32m" in lines[1] and "\x1b[31m" in lines[2] and "\x1b[32m" not in lines[2]
    assert console.width == 90 and "Measured with version" in " ".join(text.split())


def test_a_claim_in_full_ends_with_its_digest_and_what_the_numbers_rest_on() -> None:
    """Marks of a page are left out on a terminal; a claim without an experiment has no digest."""
    facts = {"version": "1.2", "worlds": 8, "quarters": 4, "seed": 3, "parameters": "p1", "tables": "t1"}
    one = judged(1, "open", SUPPORTS)
    of_none = Judged(one.claim.model_copy(update={"experiment": ""}), one.verdict)
    name = one.claim.experiment
    for given, scenarios, digest in (
        (one, {name: "abc"}, [f"Scenario {name} as measured: abc."]),
        (one, {"baseline": "abc"}, [f"Scenario {name} as measured: not measured."]),
        (of_none, {name: "abc"}, []),
    ):
        measured = replace(claims.shipped(), facts={**facts, "scenarios": scenarios})
        console = Screen(file=io.StringIO(), width=2000)
        terminal.show_one(given, measured, console)
        entry = [line for line in wording.entry(given).splitlines() if line]
        found = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
        assert found[: len(entry)] == [line.replace("### ", "").replace("**", "").replace("`", "") for line in entry]
        *said, basis, last = found[len(entry) :]
        assert said == digest and last == (
            "Real names are labels in an illustration. Nothing here is a forecast or advice."
        )
        assert basis.startswith(
            "Measured with version 1.2 on 8 worlds, 4 quarters, seed 3; parameters p1, starting tables t1; "
        )


def test_the_summary_of_claims_is_a_row_a_claim() -> None:
    table = pd.read_csv(io.StringIO(claims.summary([judged(1, "open", SUPPORTS), judged(2, "partly", NO_EFFECT)])))
    assert table[["id", "verdict", "model_verdict", "model_says"]].to_numpy().tolist() == [
        ["C01", "open", SUPPORTS, "A sentence."],
        ["C02", "partly", NO_EFFECT, "A sentence."],
    ]
    assert set(Claim.model_fields) <= set(table.columns)
