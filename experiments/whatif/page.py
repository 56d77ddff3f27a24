"""The page of what-ifs: one self-contained file with the answers in words, the figure and the tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from experiments.batch.store import versions
from experiments.stats import brackets, number
from experiments.study import design as designs
from experiments.study.caveats import warnings
from experiments.study.effects import BESIDE, BINDING, IN_PERCENT, PRESSURE, SHARES, USED
from experiments.study.findings import is_null
from experiments.study.panels import readable
from experiments.study.report import TEMPLATES, handed_out
from experiments.study.svg import Drawn
from experiments.whatif import figure, wording
from experiments.whatif.answer import HELD, LOCKED, PARTS, Answer
from experiments.whatif.channels import CHANNELS, TOTAL, Channels
from experiments.whatif.told import Told

HERE = TEMPLATES.parents[1] / "whatif" / "templates"
PART_NAMES = {
    "lock_in_index": "Lock-in index",
    "contract": "of it contracts",
    "porting": "of it porting",
    "egress": "of it leaving a cloud",
    "ecosystem": "of it software ecosystems",
    "lock_in_index_constrained": "Index with capacity as it is",
    "trapped_fraction": "Trapped, of those who would leave",
}
assert set(PART_NAMES) == {*HELD, *PARTS}


def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader([HERE, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "interval": brackets, "readable": readable}
    return environment.get_template("whatif.html.j2")


def page(told: Told, drawn: Drawn, facts: Mapping[str, Any]) -> str:
    """The page as text."""
    first, last = told.answers[0], told.answers[0].last
    cases = [
        case(answer, found, words, colour)
        for answer, found, words, colour in zip(
            told.answers, told.channels, told.paragraphs(), figure.COLOURS, strict=False
        )
    ]
    tables = {"lock_in": lock_in_rows(told.answers), "channels": channel_rows(told), "shares": SHARES}
    made = {"figure": drawn, "facts": facts, "command": handed_out(str(facts["command"])), "versions": versions()}
    words = {"method": wording.METHOD, "warnings": warnings(), "design": designs.read()}
    dates = {"horizons": first.horizons, "labels": first.labels, "last": last, "size": first.size}
    names = [one.question.shown(90) for one in told.answers]
    return _template().render(**tables, **made, **words, **dates, cases=cases, names=names, base=first.question.base)


def case(answer: Answer, channels: Channels | None, words: str, colour: str) -> dict[str, Any]:
    """A what-if as its section shows it."""
    design = designs.read()
    rows = [
        {
            "title": title,
            "base": answer.level(answer.BASE, metric).mean,
            "effects": [(one, is_null(design, one)) for one in (answer.effect(metric, q) for q in answer.horizons)],
            "ratio": _ratio(answer, metric),
        }
        for metric, title in SHARES.items()
    ]
    return {
        "name": answer.question.headline,
        "laid": answer.question.words,
        "title": answer.question.title,
        "words": words,
        "colour": colour,
        "effect": answer.effect(),
        "tag": tag(answer),
        "rows": rows,
        "beside": beside(answer),
        "cards": cards(answer),
        "replayed": channels is not None,
    }


def tag(answer: Answer) -> str:
    """What its effect is, in a word or two."""
    one, design = answer.effect(), designs.read()
    if answer.nothing:
        return "nothing changes"
    if not is_null(design, one):
        return "moves share"
    return "cannot be told from nothing" if one.holds_zero else "too small to matter"


def _ratio(answer: Answer, metric: str) -> str:
    """'× 47': worlds that two separate runs would need; '∞' where worlds do not differ."""
    ratio = answer.pairing(metric).ratio
    return "–" if ratio != ratio else "∞" if ratio == float("inf") else f"× {ratio:,.0f}"


def beside(answer: Answer) -> list[tuple[str, str, str, str]]:
    """What stands beside the shares at the last horizon: title, without it, with it, change."""
    base, here = answer.sold_out()
    rows = [("Trainium sold out, worlds", str(base), str(here), _count(here.worlds - base.worlds))]
    for metric, title in BESIDE.items():
        if metric == BINDING:  # told as worlds that are sold out
            continue
        one = answer.effect(metric)
        before, after = (answer.level(cell, metric).mean for cell in (answer.BASE, answer.HERE))
        rows.append(
            (
                wording.capital(_with_unit(metric, title)),
                f"{before:.2f}",
                f"{after:.2f}",
                f"{number(one.mean)} {brackets(one)}",
            )
        )
    return rows


def _count(change: int) -> str:
    return f"{change:+d}".replace("-", "−") if change else "0"


def _with_unit(metric: str, title: str) -> str:
    return f"{title}, %" if metric in IN_PERCENT else f"{title}, utils" if metric == PRESSURE else title


def cards(answer: Answer) -> list[dict[str, str]]:
    """What each card that is laid on says of itself."""
    return [
        {
            "name": str(one),
            "says": one.card.says or one.title,
            "precedent": one.card.precedent,
            "cited": one.card.cited,
            "address": one.card.address,
            "grade": one.card.grade,
            "measured": one.card.measured_to,
            "size": one.card.magnitude(one.plays).replace("-", "−", 1) if one.card.id else "",
            "beside": "told beside the result, never set" if one.card.outcome else "",
            "level": one.plays,
        }
        for one in answer.question.laid
    ]


def lock_in_rows(answers: tuple[Answer, ...]) -> list[dict[str, Any]]:
    """A row a part of the lock-in index of Trainium and of AWS: level without, and the change of each what-if."""
    found = [one.lock_in() for one in answers]
    if not all(len(one) for one in found):
        return []
    when, rows = answers[0].labels[answers[0].last], []
    for level, name in LOCKED:
        for part, title in PART_NAMES.items():
            at = [
                one[(one["level"] == level) & (one["name"] == name) & (one["part"] == part) & (one["quarter"] == when)]
                for one in found
            ]
            owner = "Trainium among chips" if level == "family" else "AWS among clouds"
            changes = [(float(one["mean"].iloc[0]), *_ends(one)) for one in at]
            rows.append({"owner": owner, "title": title, "base": float(at[0]["base"].iloc[0]), "changes": changes})
    return rows


def _ends(one: Any) -> tuple[float, float]:
    return float(one["low"].iloc[0]), float(one["high"].iloc[0])


def channel_rows(told: Told) -> list[dict[str, Any]]:
    """A row a what-if and channel of its antitrust part: effects at the horizons."""
    rows = []
    for answer, found in zip(told.answers, told.channels, strict=True):
        for channel in (*CHANNELS, TOTAL) if found is not None else ():
            assert found is not None
            rows.append(
                {
                    "name": answer.question.shown(60) if channel == CHANNELS[0] else "",
                    "title": wording.capital(wording.NAMES[channel]),
                    "total": channel == TOTAL,
                    "effects": [found.effect(channel, quarter, USED) for quarter in answer.horizons],
                    "worlds": found.worlds,
                }
            )
    return rows
