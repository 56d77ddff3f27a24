"""The report: one self-contained page with the answer, the pictures, the tables and how to read them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from experiments.batch.store import versions
from experiments.stats import brackets, number
from experiments.study.caveats import warnings
from experiments.study.design import CHANCE_GROUP, FACTORIAL, PART, PLAYERS, SENSITIVITY
from experiments.study.effects import EDGE, EDGES, INTERACTION, MAIN, PRESSURE, PRICE, SHARES, UNSERVED, USED
from experiments.study.findings import Finding, is_null, supply_state
from experiments.study.glossary import glossary
from experiments.study.omitted import omitted
from experiments.study.panels import colour_of, readable
from experiments.study.result import Result
from experiments.study.svg import Drawn
from experiments.study.wording import percent

TEMPLATES = Path(__file__).parent / "templates"
TIGHTNESS = (PRICE, "utilisation", UNSERVED)
SMALL = ("answer", "shares")
"""Pictures that fit a telephone as they are; the others can be moved sideways there."""
CLAIMED_EDGE = "AWS claims 30 to 40 %, the market narrative 50 to 70 %"
VERDICTS = {
    "moves": "moves share",
    "dilution": "dilution only",
    "offset": "economics: parts cancel",
    "economics": "economics",
    "queue": "a queue",
    "undecided": "no verdict",
}


def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "interval": brackets, "percent": percent, "readable": readable}
    return environment.get_template("report.html.j2")


def page(result: Result, drawn: Mapping[str, Drawn], facts: Mapping[str, Any]) -> str:
    """The page as text."""
    made = {"figures": drawn, "facts": facts, "command": handed_out(str(facts["command"])), "versions": versions()}
    tables = {
        "main": main_rows(result),
        "averaged": averaged_rows(result),
        "interactions": interaction_rows(result),
        "levels": level_rows(result),
        "alone": alone_rows(result),
        "players": player_rows(result),
    }
    return _template().render(**made, **tables, **_words(result), design=result.design, size=result.size, shares=SHARES)


def _words(result: Result) -> dict[str, Any]:
    """What the page says that is no table."""
    told = [(one, colour_of((one.factor,))[0], VERDICTS[one.verdict]) for one in result.findings]
    return {
        "result": result,
        "findings": told,
        "top": top(result),
        "supply": supply_state(result.design, result.effects, result.outcomes, result.last),
        "strongest": strongest(result),
        "edges": cost_edges(result),
        "glossary": glossary(result.design, result.size.draw),
        "omitted": omitted(),
        "warnings": warnings(),
        "small": SMALL,
        "last": result.last,
        "when": result.outcomes.labels,
        "start": result.outcomes.labels[1],
    }


def top(result: Result) -> Finding:
    """The factor that the page opens with: of those that move the share the one that does most, else the first."""
    factors = result.findings[: len(result.factors)]
    moving = [one for one in factors if not is_null(result.design, one.used)]
    return max(moving, key=lambda one: abs(one.headline.middle), default=factors[0])


def handed_out(command: str) -> str:
    """A command without folders of the machine that ran it: of a path only the last part is left."""
    words = []
    for word in shlex.split(command):
        option, sign, value = word.partition("=") if word.startswith("-") else ("", "", word)
        last = value.replace("\\", "/").rstrip("/").rpartition("/")[2]
        words.append(f"{option}{sign}{last or value}")
    return shlex.join(words)


def main_rows(result: Result) -> list[dict[str, Any]]:
    """The table of effects: a row a change and horizon."""
    rows = []
    for change in result.changes:
        for quarter in result.horizons:
            key = (CHANCE_GROUP, change.kind, change.cell, USED, quarter)
            shares = [result.of(change, metric, quarter) for metric in SHARES]
            rows.append(
                {
                    "factor": change.title if quarter == result.horizons[0] else "",
                    "quarter": quarter,
                    "early": quarter <= result.design.early_horizon,
                    "shares": [(one, is_null(result.design, one)) for one in shares],
                    "used": shares[0],
                    "chance": result.effects.effect(*key) if result.effects.has(*key) else None,
                }
            )
    return rows


def averaged_rows(result: Result) -> list[dict[str, Any]]:
    """Main effects at the last horizon on every yardstick: a factor's effect, averaged over the others on and off."""
    return [
        {
            "name": one.title,
            "shares": [
                result.effects.effect(result.design.base, MAIN, one.name, metric, result.last) for metric in SHARES
            ],
        }
        for one in result.design.factor
    ]


def interaction_rows(result: Result) -> list[dict[str, Any]]:
    """Interactions at the last horizon on every yardstick."""
    table, base, last = result.tables["effects"], result.design.base, result.horizons[-1]
    names = table.loc[(table["group"] == base) & (table["kind"] == INTERACTION), "effect"].drop_duplicates()
    return [
        {
            "name": name.replace(" x ", " × "),
            "shares": [result.effects.effect(base, INTERACTION, name, metric, last) for metric in SHARES],
        }
        for name in names
    ]


def level_rows(result: Result) -> list[dict[str, Any]]:
    """Share of each cell on every yardstick by horizon, and how tight supply is at the last."""
    last = result.horizons[-1]
    return [
        {
            "cell": cell.name,
            "levels": [factor.name in cell.factors for factor in result.design.factor],
            "used": [result.effects.level(cell.name, USED, quarter).mean for quarter in result.horizons],
            "others": [result.effects.level(cell.name, metric, last).mean for metric in SHARES if metric != USED],
            "sold": str(result.sold_out(cell.name)),
            "beside": [result.effects.level(cell.name, metric, last).mean for metric in TIGHTNESS],
        }
        for cell in result.cells
        if cell.kind == FACTORIAL
    ]


def alone_rows(result: Result) -> list[dict[str, Any]]:
    """Parts and sensitivities against the baseline at the last horizon."""
    base, last = result.design.base, result.horizons[-1]
    return [
        {
            "label": cell.label,
            "shares": [result.effects.effect(base, cell.kind, cell.name, metric, last) for metric in SHARES],
            "sold": str(result.sold_out(cell.name)),
            "pressure": result.effects.effect(base, cell.kind, cell.name, PRESSURE, last).mean,
            "edge": result.effects.level(cell.name, EDGE, last).mean,
        }
        for cell in result.cells
        if cell.kind in (PART, SENSITIVITY)
    ]


def strongest(result: Result) -> str:
    """A sentence on what matters most beside the factor that matters most: an assumption, or a change beside the
    factors; empty where none of them decides."""
    base, last = result.design.base, result.last
    tried = [cell for cell in result.cells if cell.kind == SENSITIVITY]
    ends = [(cell.label, result.effects.effect(base, SENSITIVITY, cell.name, USED, last)) for cell in tried]
    told = [finding for finding in result.findings if finding.used.decides]
    factors = [one for one in told if one.factor in {factor.name for factor in result.factors}]
    ends += [(one.title, one.used) for one in told if one not in factors]
    means = {label: one.mean for label, one in ends if one.decides}
    if not means or not factors:
        return ""
    label, mean = max(means.items(), key=lambda end: abs(end[1]))
    first = max(factors, key=lambda finding: abs(finding.used.mean))
    if abs(mean) <= abs(first.used.mean):
        begin = "Nothing beside the factors weighs as much as the strongest of them"
    else:
        begin = "Something else weighs more than any factor"
    return (
        f"{begin}: {label} moves the share by {number(mean)} percentage points, {first.title.lower()} by "
        f"{number(first.used.mean)}."
    )


def cost_edges(result: Result) -> str:
    """How much less new capacity of own designs costs than Nvidia's in the baseline, with what is claimed, in a
    sentence; empty where no world has figures."""
    base, ends = result.design.base_cell.name, dict.fromkeys((result.horizons[0], result.horizons[-1]))
    told = []
    for metric, name in EDGES.items():
        levels = [(quarter, result.effects.level(base, metric, quarter)) for quarter in ends]
        if not levels[-1][1].worlds:
            return ""
        said = " and ".join(
            f"{one.mean:.0f} % at q{quarter}" + (f" ({one.p5:.0f} to {one.p95:.0f})" if one.decides else "")
            for quarter, one in levels
        )
        told.append(f"{name} {said}")
    return (
        "Cost edges are outcomes here: all in, an H100e-hour of new capacity costs its owner less than one of Nvidia's "
        f"by: {'; '.join(told)} (baseline; in brackets nine worlds in ten). {CLAIMED_EDGE}."
    )


def player_rows(result: Result) -> list[dict[str, Any]]:
    """What other players change: per set of players the baseline's levels and every factor's effect at the last
    horizon.

    The first row is the default players."""
    last, base = result.horizons[-1], result.design.base_cell.name
    played = {cell.group for cell in result.cells if cell.kind == PLAYERS}
    shown = [(result.design.base, "Default players", base)]
    shown += [(one.name, one.title, f"{one.name}/{base}") for one in result.design.players if one.name in played]
    if len(shown) == 1:
        return []
    return [
        {
            "title": title,
            "sold": str(result.sold_out(cell)),
            "levels": [result.effects.level(cell, metric, last) for metric in (USED, *TIGHTNESS)],
            "effects": [result.of(change, USED, last, group) for change in result.factors],
            "worlds": result.effects.level(cell, USED, last).worlds,
        }
        for group, title, cell in shown
    ]
