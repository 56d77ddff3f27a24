"""The seven questions of a regulator, and what the answers mean for the market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from agents.forms.desk import Desk, first, like
from agents.forms.questions import CHOICE, NUMBER, SHARES, YES_NO, Answers, Objection, Question
from sim.contract import STEPS, THEORIES, PublicBriefing, RegulatorBriefing, RegulatorDecision
from sim.decisions import SIGNALS
from sim.enforcement.cases import CHARGE_SHARE, OPEN_SHARE
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
        "Ten points over four theories of harm: self-preferencing (own chips preferred), tying (and who is served "
        "first), partnerships (of clouds with labs), exit-fees (charges for leaving). Evidence comes where you look. "
        "A step is about the theory that has most points (the first of equals).",
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
        "A case goes one step a quarter: information order (no proof needed), open (30 % of the proof), charge (70 %), "
        "remedy (100 %). Only steps that are possible now are offered; settle: take what firms under charge offer; "
        "quick, milder than a remedy.",
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
        3,
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


BARS = {STEPS[2]: OPEN_SHARE, STEPS[3]: CHARGE_SHARE, STEPS[4]: 1.0}
"""Part of the standard of proof that a step needs."""


def now(question: Question, own: RegulatorBriefing, desk: Desk) -> Question:
    """The question with what can be answered this quarter: steps that are possible in some case, remedies within the
    agency's powers."""
    if question.id == "step":
        possible = [step for k, step in enumerate(STEPS) if k == 0 or (own.not_possible[0, :, k] == 0.0).any()]
        settles = [SETTLE] if (own.commitments_offered[0] > 0.0).any() else []
        return replace(question, options=(*possible, *settles))
    if question.id == "remedy":
        return replace(question, options=desk.remedies)
    return question


def grounds(own: RegulatorBriefing) -> dict[str, Any]:
    """What an objection rests on, as plain data of the first world, by theory: why each step is not possible (0 where
    it is), the part of the proof that is held, and whether firms offer commitments."""
    return {
        "not_possible": own.not_possible[0].tolist(),
        "proof": own.evidence_over_proof[0].tolist(),
        "offers": own.commitments_offered[0].tolist(),
    }


def objection(answers: Answers, known: Mapping[str, Any]) -> Objection | None:
    """Why a step cannot be taken about the theory that is looked at most; None when it can. known: the grounds."""
    theory, step = int(np.argmax(np.asarray(answers["attention"], dtype=np.float64))), str(answers["step"])
    said = "" if step == STEPS[0] else _refused(step, theory, known)
    return Objection("step", said, STEPS[0]) if said else None


def _refused(step: str, theory: int, known: Mapping[str, Any]) -> str:
    about, offers = THEORIES[theory], known["offers"]
    if step == SETTLE:
        where = _elsewhere([one > 0.0 for one in offers])
        return "" if offers[theory] > 0.0 else f"settle: nobody offers commitments about {about}{where}."
    codes = [of_theory[STEPS.index(step)] for of_theory in known["not_possible"]]
    if not codes[theory]:
        return ""
    able = _elsewhere([not code for code in codes])
    return f"{step} about {about}: {_lacks(step, int(codes[theory]), float(known['proof'][theory]))}{able}."


def _lacks(step: str, code: int, held: float) -> str:
    """Why a step is refused, code by code of sim.enforcement.cases.REFUSALS."""
    if code == 3:
        return f"it needs {BARS[step]:.0%} of the proof, and you hold {held:.0%}"
    return "the case has not lasted its least time" if code == 2 else "the case is not at that stage"


def _elsewhere(possible: list[bool]) -> str:
    """Where it can be taken, by theory."""
    able = [theory for theory, can in zip(THEORIES, possible, strict=True) if can]
    return f"; it is possible about {' and '.join(able)} (give that most points)" if able else ""


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
