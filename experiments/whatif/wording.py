"""What-ifs in words: one honest paragraph, with what was found beside what was published."""

from __future__ import annotations

import numpy as np

from experiments.cards import Laid
from experiments.stats import Estimate, brackets, number
from experiments.study import design as designs
from experiments.study.design import Design
from experiments.study.effects import BINDING, CORE, PRESSURE, SHARES, USED
from experiments.study.findings import Seen, is_null, judge
from experiments.study.wording import SHARE
from experiments.whatif.answer import PARTS, Answer
from experiments.whatif.channels import CHANNELS, TOTAL, Channels

NAMES = {
    "deterrence": "firms that expect the remedy",
    "mechanical": "the remedy itself",
    "prices": "prices that answer",
    "capacity": "orders and bookings that answer",
    "ecosystem": "software ecosystems that follow",
    TOTAL: "all together",
}
"""Channels in words."""
METHOD = (
    "The path on which the remedies are only announced is recorded and played again under them, with prices, orders "
    "and ecosystems held to the record or let go; what each of the three adds is averaged over all orders (Shapley "
    "values)."
)
PART_WORDS = {
    "contract": "what contracts make",
    "porting": "the cost of porting",
    "egress": "the cost of leaving a cloud",
    "ecosystem": "the gap between software ecosystems",
}
FEW = 30
"""Worlds below which a first answer is called one."""


def paragraph(answer: Answer, channels: Channels | None = None) -> str:
    """The answer in words, for someone who reads nothing else."""
    if not answer.effect().worlds:
        return f"{answer.question.called}: no world has figures."
    if answer.nothing:
        told = "changes nothing: not one share, price or queue differs in any world and quarter."
        return f"{capital(answer.question.title)} {told}"
    said = [headline(answer), early(answer), other_shares(answer), queue(answer)]
    said += [by_channel(channels, answer) if channels else "", lock_in(answer), published(answer)]
    said += [pairing(answer), few(answer)]
    return " ".join(one for one in said if one)


def headline(answer: Answer) -> str:
    """From what to what, in the mean of worlds, how well that mean is known, and how far worlds differ."""
    one, design = answer.effect(), designs.read()
    base, when = answer.level(answer.BASE).mean, answer.labels[answer.last]
    begin = (
        f"{capital(answer.question.title)}. {SHARE} in {when}: {base:.2f} % without it, {base + one.mean:.2f} % with it"
    )
    if not one.decides:
        return f"{begin}, in one world, which says nothing of others."
    verdict = _verdict(design, one)
    return (
        f"{begin}, in the mean of {one.worlds} worlds: {number(one.mean)} percentage points, 95 % interval "
        f"{number(one.low)} to {number(one.high)}{verdict}. Nine worlds in ten lie between {number(one.p5)} and "
        f"{number(one.p95)}."
    )


def _verdict(design: Design, one: Estimate) -> str:
    if not is_null(design, one):
        return ""
    return ", which cannot be told from nothing" if one.holds_zero else ", too small to matter"


def early(answer: Answer) -> str:
    """The effect before supply can answer, where there is one that is not the last."""
    horizon = designs.read().early_horizon
    if horizon >= answer.last:
        return "The game ends before supply can answer: this is no long-run effect."
    one = answer.effect(USED, horizon)
    return f"In {answer.labels[horizon]}, before supply can answer, it was {number(one.mean)} {brackets(one)}."


def other_shares(answer: Answer) -> str:
    """The same under other denominators."""
    found = {metric: answer.effect(metric) for metric in SHARES if metric != USED}
    told = ", ".join(f"{number(one.mean)} of {SHARES[metric]}" for metric, one in found.items())
    return f"By other denominators: {told}."


def queue(answer: Answer) -> str:
    """Is it a queue? What follows from the worlds in which Trainium is sold out, which are told in words."""
    base, here = answer.sold_out()
    one, design = answer.effect(), designs.read()
    if not one.decides:
        return f"Trainium is sold out in {here} worlds, without it in {base}."
    tight = answer.level(answer.BASE, BINDING).mean >= 100.0 * design.binding_share
    core, binding, pressure = (answer.effect(metric) for metric in (CORE, BINDING, PRESSURE))
    said = judge(design, Seen(one, core, binding, pressure, tight, {}, (str(here), str(base))))[1]
    return said.replace("(sold out", "(Trainium is sold out")


def lock_in(answer: Answer) -> str:
    """What moves in the lock-in index of Trainium, and its largest part."""
    found = answer.lock_in()
    if not len(found):
        return ""
    mine = found[(found["level"] == "family") & (found["quarter"] == answer.labels[answer.last])]
    rows = {str(row["part"]): row for row in mine.to_dict("records")}
    if not rows:
        return ""
    index, largest = rows["lock_in_index"], max(PARTS, key=lambda part: abs(float(rows[part]["mean"])))
    sure = ", which cannot be told from nothing" if index["low"] <= 0.0 <= index["high"] else ""
    return (
        f"Trainium's lock-in index (its share with frictions less its share on merit, capacity relaxed) stands at "
        f"{number(float(index['base']))} points without it and moves by {number(float(index['mean']))}{sure}; of its "
        f"parts {PART_WORDS[largest]} moves most ({number(float(rows[largest]['mean']))})."
    )


def by_channel(found: Channels, answer: Answer) -> str:
    """The antitrust part by channel, largest first."""
    parts = {one: found.effect(one, answer.last).mean for one in CHANNELS}
    order = sorted(CHANNELS, key=lambda one: -abs(parts[one]))
    told = ", ".join(f"{NAMES[one]} {number(parts[one])}" for one in order)
    total = found.effect(TOTAL, answer.last)
    return f"Of this, antitrust action makes {number(total.mean)} in {found.worlds} worlds: {told}."


def published(answer: Answer) -> str:
    """What was published of cards whose size the market decides: told beside what the model has, never set."""
    told = [_beside(answer, one) for one in answer.question.laid if one.card.outcome and one.card.magnitude(one.plays)]
    if not told:
        return ""
    return f"Published sizes, which nothing here was set to: {'; '.join(told)}.".replace(" -", " −")


def _beside(answer: Answer, laid: Laid) -> str:
    """'anchor-lab-shifts at −0.4 change of Trainium's utilisation (grade C; here utilisation_trainium −0.03)'."""
    card = laid.card
    said = f"{laid.short} at {card.magnitude(laid.plays)} (grade {card.grade}"
    if not card.beside:
        return f"{said})"
    value = answer.measured(card.beside, card.beside_as)
    shown = {"change": f"{value:+.3f}", "ratio": f"times {value:.2f}", "level": f"at {value:.3f}"}[card.beside_as]
    return f"{said}; here {card.beside} {shown} in {answer.labels[answer.last]})"


def pairing(answer: Answer) -> str:
    """What shared draws bought."""
    ratio = answer.pairing().ratio
    if not np.isfinite(ratio):
        return ""
    return (
        f"Worlds are compared with themselves on the same draws; two separate runs would need {ratio:,.0f} times the "
        "worlds for this interval."
    )


def few(answer: Answer) -> str:
    """A warning where the worlds are few."""
    return f"A first answer: {answer.size.worlds} worlds are few." if 1 < answer.size.worlds < FEW else ""


def capital(text: str) -> str:
    """A sentence begins with a capital letter."""
    return f"{text[:1].upper()}{text[1:]}"
