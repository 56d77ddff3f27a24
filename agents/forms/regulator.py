"""The seven questions of a regulator, and what the answers mean for the market."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agents.forms.desk import Desk, first, like
from agents.forms.questions import CHOICE, NUMBER, SHARES, YES_NO, Answers, Question
from sim.contract import STEPS, THEORIES, PublicBriefing, RegulatorBriefing, RegulatorDecision
from sim.decisions import SIGNALS
from sim.remedies import REMEDIES, TITLES

SETTLE = "settle"
"""Ends a case on the commitments that firms offer, instead of a step."""
POINTS = 10.0
USUAL_REMEDY, USUAL_STRENGTH = TITLES[REMEDIES.index("switching_fee_ban")], 50.0
"""What a remedy step starts from when the rule has taken none."""

QUESTIONS = (
    Question(
        "attention",
        "Where to look",
        "points",
        SHARES,
        3,
        ("attention", "theory"),
        "Ten points over four theories of harm: own chips preferred, tying and allocation, lab partnerships, fees "
        "for leaving. Evidence comes where you look. A step is about the theory that has most points (the first of "
        "equals).",
        options=THEORIES,
        total=POINTS,
    ),
    Question(
        "step",
        "One step this quarter",
        "",
        CHOICE,
        3,
        ("step", "theory", "accept_commitments"),
        "A case goes one step a quarter: information order, open, charge, remedy. Each needs evidence; steps without "
        "it cost legitimacy and may fall in court. settle: take what firms under charge offer; quick, milder than a "
        "remedy.",
        options=(*STEPS, SETTLE),
        stands=False,
    ),
    Question(
        "remedy",
        "Remedy, if at that step",
        "",
        CHOICE,
        3,
        ("remedy",),
        "What a remedy step imposes. It takes effect in your region and is announced before.",
        options=TITLES,
    ),
    Question(
        "strength",
        "Strength of the remedy",
        "%",
        NUMBER,
        5,
        ("strength",),
        "0 is on paper only, 100 is everything the remedy can do.",
        high=100.0,
        step=10.0,
    ),
    Question(
        "fine",
        "Fine with a remedy",
        "% of a year's AI revenue",
        NUMBER,
        7,
        ("fine_share",),
        "Up to 10 for a first finding and 20 for a repeated one in European law.",
        high=20.0,
        stands=False,
    ),
    Question(
        "share",
        "Share evidence with other agencies",
        "",
        YES_NO,
        5,
        ("share_evidence",),
        "Others see what you have found, and firms may say less to you.",
        options=("no", "yes"),
    ),
    Question(
        "signal",
        "What you say in public",
        "",
        CHOICE,
        7,
        ("signal",),
        "silence; caution: firms expect rules and concede part of them early; safe-harbour: firms know what is "
        "allowed.",
        options=SIGNALS,
    ),
)


def asked(desk: Desk) -> tuple[Question, ...]:
    """Every regulator is asked everything."""
    return QUESTIONS


def read(decision: RegulatorDecision, own: RegulatorBriefing, market: PublicBriefing, desk: Desk) -> Answers:
    """What a decision says in the words of the form, not rounded. Before any step a remedy starts at a usual one."""
    acts = first(decision.step) > 0.0 or first(decision.strength) > 0.0
    return {
        "attention": tuple(float(part) for part in decision.attention[0]),
        "step": SETTLE
        if first(decision.accept_commitments) > 0.0 and not first(decision.step)
        else STEPS[int(first(decision.step))],
        "remedy": TITLES[int(first(decision.remedy))] if acts else USUAL_REMEDY,
        "strength": 100.0 * first(decision.strength) if acts else USUAL_STRENGTH,
        "fine": 100.0 * first(decision.fine_share),
        "share": ("no", "yes")[int(first(decision.share_evidence))],
        "signal": SIGNALS[int(first(decision.signal))],
    }


def write(
    answers: Answers,
    changed: set[str],
    rule: RegulatorDecision,
    own: RegulatorBriefing,
    market: PublicBriefing,
    desk: Desk,
) -> RegulatorDecision:
    """The rule's decision with what was answered differently. A step is about the theory that is looked at most."""
    decided = rule
    if "attention" in changed:
        parts = np.asarray(answers["attention"], dtype=np.float64) / POINTS
        decided = replace(decided, attention=np.broadcast_to(parts, rule.attention.shape))
    if "share" in changed:
        decided = replace(decided, share_evidence=like(rule.share_evidence, float(answers["share"] == "yes")))
    if "signal" in changed:
        decided = replace(decided, signal=like(rule.signal, float(SIGNALS.index(str(answers["signal"])))))
    if changed & {"remedy", "strength", "fine"} or answers["step"] not in (STEPS[0], SETTLE):
        decided = replace(
            decided,
            remedy=like(rule.remedy, float(TITLES.index(str(answers["remedy"])))),
            strength=like(rule.strength, 0.01 * float(answers["strength"])),  # type: ignore[arg-type]
            fine_share=like(rule.fine_share, 0.01 * float(answers["fine"])),  # type: ignore[arg-type]
        )
    if "step" not in changed and answers["step"] == STEPS[0]:
        return decided
    settles = answers["step"] == SETTLE
    step = 0.0 if settles else float(STEPS.index(str(answers["step"])))
    return replace(
        decided,
        step=like(rule.step, step),
        theory=decided.attention.argmax(axis=1).astype(np.float64),
        accept_commitments=like(rule.accept_commitments, float(settles)),
    )
