"""Verdicts: a factor that shows nothing is economics or a queue, by what was measured."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.stats import Estimate, estimate
from experiments.study import design as designs
from experiments.study import findings
from experiments.study.findings import Headline, Seen, headline, is_null, judge, sentence, supply_state, why_null
from experiments.study.result import read_off
from tests.experiments.study.made import study

DESIGN = designs.read()


def about(mean: float, half: float = 0.01) -> Estimate:
    return Estimate(mean, mean - half, mean + half, mean, mean - 2 * half, mean + 2 * half, 64)


NOTHING, UNSURE = about(0.0), about(0.0, 0.06)
"""An interval that an effect large enough to matter does not fit in, and one that it does."""
SOLD = ("9 of 16", "7 of 16")


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (Seen(about(0.7), about(0.7), NOTHING, NOTHING, True, {}, SOLD), "moves"),
        (Seen(about(-0.2), NOTHING, NOTHING, NOTHING, True, {}, SOLD), "dilution"),
        (Seen(NOTHING, NOTHING, NOTHING, about(0.4), True, {}, SOLD), "queue"),
        (Seen(NOTHING, NOTHING, about(9.0), NOTHING, True, {}, SOLD), "queue"),
        (Seen(NOTHING, NOTHING, NOTHING, about(0.4), False, {}, SOLD), "economics"),
        (Seen(NOTHING, NOTHING, NOTHING, about(-0.4), True, {}, SOLD), "economics"),
        (Seen(NOTHING, NOTHING, NOTHING, NOTHING, True, {}, SOLD), "economics"),
        (Seen(NOTHING, NOTHING, NOTHING, about(0.4), True, {"a": about(0.2), "b": about(-0.1)}, SOLD), "offset"),
        (Seen(NOTHING, NOTHING, NOTHING, about(0.4), True, {"a": about(0.2), "b": about(0.1)}, SOLD), "queue"),
        (Seen(about(0.04), about(0.04), NOTHING, NOTHING, False, {}, SOLD), "economics"),
        (Seen(about(0.04, 0.02), about(0.04), NOTHING, NOTHING, False, {}, SOLD), "undecided"),
        (Seen(UNSURE, NOTHING, NOTHING, NOTHING, False, {}, SOLD), "undecided"),
        (Seen(UNSURE, NOTHING, NOTHING, about(0.4), True, {}, SOLD), "undecided"),
        (Seen(UNSURE, NOTHING, NOTHING, NOTHING, True, {"a": about(0.2), "b": about(-0.1)}, SOLD), "offset"),
        (Seen(about(-0.2), UNSURE, NOTHING, NOTHING, True, {}, SOLD), "moves"),
    ],
)
def test_verdicts(seen: Seen, verdict: str) -> None:
    found, reason = judge(DESIGN, seen)
    assert found == verdict
    assert reason.endswith(".")


UP, DOWN, SAME = about(0.4), about(-0.4), "sold out in 9 of 16 worlds, without it in 7 of 16; shadow price 0.00 utils"
PULLED = {"a": about(0.2), "b": about(-0.1), "c": about(0.03)}
APART = "a +0.20 points [+0.19, +0.21]; b −0.10 points [−0.11, −0.09]"
REASONS = [
    (Seen(UP, UP, NOTHING, NOTHING, True, {}, SOLD), f"The effect is not held back by a longer queue ({SAME})."),
    (Seen(UP, UP, NOTHING, NOTHING, True, PULLED, SOLD),
     f"The effect is not held back by a longer queue ({SAME}). Its parts pull in opposite directions ({APART})."),
    (Seen(DOWN, DOWN, NOTHING, UP, True, {}, SOLD),
         "Part of the wish is still a queue: pressure on Trainium's capacity rises too "
     f"({SAME.replace('0.00', '+0.40')})."),
    (Seen(UP, UP, NOTHING, UP, False, {}, SOLD), "The effect is not held back by a longer queue "
     f"({SAME.replace('0.00', '+0.40')})."),
    (Seen(UP, UP, DOWN, NOTHING, True, {}, SOLD), "Pressure on Trainium's capacity falls "
     f"({SAME})."),
    (Seen(DOWN, NOTHING, NOTHING, NOTHING, True, {}, SOLD),
     "Dilution only: the core share does not move (0.00 points [−0.01, +0.01]); the denominator grows."),
    (Seen(DOWN, UNSURE, NOTHING, NOTHING, True, {}, SOLD), f"The effect is not held back by a longer queue ({SAME}). "
     "Whether the core share moves too, these worlds cannot say (0.00 points [−0.06, +0.06])."),
    (Seen(UNSURE, NOTHING, NOTHING, NOTHING, True, {}, SOLD),
     "No verdict: the effect may be anything from −0.06 to +0.06 points; play more worlds."),
    (Seen(NOTHING, NOTHING, NOTHING, UP, True, PULLED, SOLD),
     f"Economics, not a queue: its parts pull in opposite directions ({APART})."),
    (Seen(NOTHING, NOTHING, UP, NOTHING, True, {}, SOLD), "A queue: more buyers want Trainium but capacity is full "
     f"({SAME})."),
    (Seen(NOTHING, NOTHING, NOTHING, DOWN, True, {}, SOLD), "Economics: buyers want Trainium less, not more "
     f"({SAME.replace('0.00', '−0.40')})."),
    (Seen(NOTHING, NOTHING, NOTHING, NOTHING, True, {}, SOLD),
         f"Economics: supply is tight, but pressure on it does not change ({SAME})."),
    (Seen(NOTHING, NOTHING, NOTHING, NOTHING, False, {}, SOLD),
         f"Economics: capacity is there and buyers do not move ({SAME})."),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "reason"), REASONS)
def test_a_reason_says_what_was_measured(seen: Seen, reason: str) -> None:
    assert judge(DESIGN, seen)[1] == reason


def test_more_pressure_outweighs_less_of_the_other_measure() -> None:
    both = Seen(NOTHING, NOTHING, UP, DOWN, True, {}, SOLD)
    assert both.more_wanted and not both.less_wanted
    assert judge(DESIGN, both)[0] == "queue"


def test_what_rounding_leaves_is_no_pressure() -> None:
    """The same binding in all cells: sums over them leave 1e-14 or so, with no spread."""
    for left in (1e-13, -1e-13):
        seen = Seen(NOTHING, NOTHING, estimate(np.full(9, left)), estimate(np.full(9, left)), True, {}, SOLD)
        assert not seen.more_wanted and not seen.less_wanted


@pytest.mark.parametrize(
    ("effect", "null"),
    [
        (about(0.06), False), (about(-0.06), False), (about(0.05), False), (about(0.0499), True),
        (about(-0.0499), True),
        (about(0.5, 0.6), True), (about(0.5, 0.5), True), (about(0.5, 0.49), False), (estimate(np.array([0.5])), True),
    ],
)  # fmt: skip
def test_an_effect_is_nothing_when_it_is_small_or_its_interval_holds_zero(effect: Estimate, null: bool) -> None:
    assert DESIGN.null_effect_pp == 0.05 and is_null(DESIGN, effect) is null


HEAD = Headline(0.5, 1.0, 2.0, "a basis")


def test_a_sentence_goes_from_the_share_to_a_range_with_its_middle() -> None:
    assert sentence("Lowering lock-in", HEAD, 7.0, "2030Q4", "") == (
        "Lowering lock-in takes Trainium's share of AI compute in use from 7.0 % to between 7.5 and 9.0 % (middle "
        "8.0 %) in 2030Q4: about a seventh more."
    )
    less = Headline(-2.0, -1.4, -0.9, "")
    assert sentence("An edge surge", less, 7.0, "2030Q4", "").endswith(
        "from 7.0 % to between 5.0 and 6.1 % (middle 5.6 %) in 2030Q4: about a fifth less."
    )
    assert sentence("It", Headline(0.01, 0.01, 0.01, ""), 7.0, "2026Q4", "").endswith(
        "to 7.0 % in 2026Q4: hardly more."
    )
    assert sentence("Antitrust action", HEAD, 7.0, "2030Q4", "no change that can be told from none") == (
        "Antitrust action leaves Trainium's share of AI compute in use near 7.0 % in 2030Q4: between 7.5 and 9.0 % "
        "(middle 8.0 %), no change that can be told from none."
    )


@pytest.mark.parametrize(
    ("effect", "why"),
    [
        (about(0.5), ""), (about(0.0), "no change that can be told from none"),
        (about(0.03), "a change too small to matter"), (estimate(np.array([0.5])), ""),
    ],
)  # fmt: skip
def test_why_a_change_is_nothing_is_said(effect: Estimate, why: str) -> None:
    assert why_null(DESIGN, effect) == why


def test_a_headline_is_the_band_of_worlds_or_what_evidence_allows() -> None:
    one = about(0.7)
    own = headline(one)
    assert (own.low, own.middle, own.high) == (one.p5, 0.7, one.p95) and "nine worlds in ten" in own.basis
    assert headline(one, HEAD) is HEAD
    assert "luck alone" in headline(one, None, False).basis
    alone = headline(estimate(np.array([0.5])))
    assert (alone.low, alone.middle, alone.high, alone.basis) == (0.5, 0.5, 0.5, "one value (one world: no interval)")


def test_evidence_takes_the_place_of_the_studys_own_range() -> None:
    own = study()
    told = read_off(own.design, own.size, False, own.cells, own.outcomes, {"lock-in": HEAD})
    assert told.findings[0].headline is HEAD and told.findings[1].headline == own.findings[1].headline
    assert "from 6.6 % to between 7.1 and 8.6 % (middle 7.6 %)" in told.findings[0].sentence
    assert told.findings[0].used == own.findings[0].used


def test_findings_of_a_study_made_by_hand() -> None:
    """Lock-in adds 0.10 points a quarter and antitrust takes 0.04; the edge takes 0.02, and nothing at the core; own
    chips first adds 0.15. Worlds: 0.55 to 1.45 of that hold nine in ten.

    Half-widths at q12: t(7) 2.3646 x 0.3273 of the mean over the root of 8; parts have none."""
    lock_in, antitrust, edge, own = study().findings
    assert [(one.factor, one.verdict) for one in study().findings] == [
        ("lock-in", "moves"),
        ("antitrust", "moves"),
        ("edge", "dilution"),
        ("own-chips-first", "moves"),
    ]
    half = 2.3646 * 0.5 * np.linspace(-1.0, 1.0, 8).std(ddof=1) / np.sqrt(8.0)
    low, high = 1.2 * (1.0 - half), 1.2 * (1.0 + half)
    assert lock_in.measured == (
        f"Measured: +1.20 percentage points in the mean of worlds (95 % interval +{low:.2f} to +{high:.2f})."
    )
    assert lock_in.sentence == (
        "Lowering lock-in takes Trainium's share of AI compute in use from 6.6 % to between 7.3 and 8.3 % (middle "
        "7.8 %) in 2028Q4: about a sixth more."
    )
    assert "from 6.6 % to between 5.9 and 6.3 % (middle 6.1 %)" in antitrust.sentence
    assert own.used.mean == pytest.approx(1.8) and own.sentence.startswith("Own chips first at AWS takes")
    assert lock_in.reason.startswith(
        "Part of the wish is still a queue: pressure on Trainium's capacity rises too (sold out in 8 of 8 worlds, "
        "without it in 8 of 8; shadow price +0.20 utils)"
    )
    assert antitrust.reason.startswith("Pressure on Trainium's capacity falls (sold out in 8 of 8 worlds")
    assert "opposite directions (Self-preferencing ban +0.36 points" in antitrust.reason
    assert "Term cap" not in antitrust.reason and "opposite" not in lock_in.reason
    assert lock_in.early.startswith("In 2027Q4, before supply can answer: +0.80 points [")
    assert (
        edge.reason == "Dilution only: the core share does not move (0.00 points [0.00, 0.00]); the denominator grows."
    )
    assert edge.used.mean == pytest.approx(-0.24)
    assert edge.yardsticks["trainium_share_spend"].mean == pytest.approx(-0.288)


def test_a_change_that_has_not_begun_gets_no_verdict_but_a_sentence() -> None:
    """No remedy of the study is announced before 2026Q4, which is q4; lock-in is lowered from q2 on."""
    lock_in, antitrust, *_ = study(8, 3, True).findings
    assert antitrust.verdict == "undecided" and antitrust.reason == "No verdict: play more quarters."
    assert antitrust.sentence.endswith(" in 2026Q3: none of its changes acts by then.")
    assert lock_in.verdict == "moves" and study(8, 4, True).findings[1].verdict != "undecided"


def test_a_finding_in_plain_numbers_has_null_for_what_is_none() -> None:
    plain = study(1, 4, True).findings[0].plain()
    assert plain["core"]["mean"] == pytest.approx(0.4) and plain["core"]["low"] is None  # type: ignore[index]
    whole = study().findings[0].plain()["yardsticks"]["trainium_share_used"]  # type: ignore[index]
    assert whole["mean"] == pytest.approx(1.2) and whole["worlds"] == 8 and None not in whole.values()


def test_how_tight_supply_is_in_a_sentence() -> None:
    result = study()
    assert supply_state(result.design, result.effects, result.outcomes, 12) == (
        "In the baseline Trainium is sold out in 8 of 8 worlds in 2028Q4. In the mean of worlds compute costs 1.50 "
        "times what just pays for it, and 3.0 % of demand waits."
    )
    none = Estimate(*[float("nan")] * 6, 0, 3)
    lost = type("Lost", (), {"level": lambda self, *given: none})()
    assert supply_state(result.design, lost, result.outcomes, 12) == "In the baseline no world has figures in 2028Q4."


def test_the_last_horizon_before_supply_can_answer_is_told() -> None:
    result = study()
    ground = findings.Ground(DESIGN, result.effects, result.outcomes, [4, 8, 12], {})
    found = findings._early(ground, {4: about(0.1), 8: about(0.2), 12: about(0.3)})
    assert found == "In 2027Q4, before supply can answer: +0.20 points [+0.19, +0.21]."
    assert findings._early(ground, {12: about(0.3)}) == ""
