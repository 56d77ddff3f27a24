"""The report: one self-contained page with the answer, the pictures, the tables and how to read them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from experiments.batch.store import versions
from experiments.stats import brackets, number
from experiments.study.caveats import warnings
from experiments.study.design import CHANCE_GROUP, FACTORIAL, PART, PLAYERS, SENSITIVITY
from experiments.study.effects import BINDING, EDGE, EDGES, INTERACTION, MAIN, PRESSURE, PRICE, SHARES, UNSERVED, USED
from experiments.study.findings import is_null, supply_state
from experiments.study.panels import colour_of
from experiments.study.result import Result
from experiments.study.svg import Drawn

TEMPLATES = Path(__file__).parent / "templates"
TIGHTNESS = (BINDING, PRICE, "utilisation", UNSERVED)
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
    environment.filters |= {"number": number, "interval": brackets}
    return environment.get_template("report.html.j2")


def page(result: Result, drawn: Mapping[str, Drawn], facts: Mapping[str, Any]) -> str:
    """The page as text."""
    last = result.horizons[-1]
    return _template().render(
        result=result,
        design=result.design,
        size=result.size,
        figures=drawn,
        facts=facts,
        versions=versions(),
        findings=[(finding, colour_of((finding.factor,))[0], VERDICTS[finding.verdict]) for finding in result.findings],
        supply=supply_state(result.design, result.effects, last),
        last=last,
        when=result.outcomes.labels,
        shares=SHARES,
        main=main_rows(result),
        interactions=interaction_rows(result),
        levels=level_rows(result),
        alone=alone_rows(result),
        start=result.outcomes.labels[1],
        strongest=strongest(result),
        edges=cost_edges(result),
        players=player_rows(result),
        warnings=warnings(),
    )


def main_rows(result: Result) -> list[dict[str, Any]]:
    """The table of main effects: a row a factor and horizon."""
    base, rows = result.design.base, []
    for factor in result.design.factor:
        for quarter in result.horizons:
            key = (CHANCE_GROUP, MAIN, factor.name, USED, quarter)
            shares = [result.effects.effect(base, MAIN, factor.name, metric, quarter) for metric in SHARES]
            rows.append(
                {
                    "factor": factor.title if quarter == result.horizons[0] else "",
                    "quarter": quarter,
                    "early": quarter <= result.design.early_horizon,
                    "shares": [(one, is_null(result.design, one)) for one in shares],
                    "used": shares[0],
                    "chance": result.effects.effect(*key) if result.effects.has(*key) else None,
                }
            )
    return rows


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
            "binding": result.effects.effect(base, cell.kind, cell.name, BINDING, last).mean,
            "pressure": result.effects.effect(base, cell.kind, cell.name, PRESSURE, last).mean,
            "edge": result.effects.level(cell.name, EDGE, last).mean,
        }
        for cell in result.cells
        if cell.kind in (PART, SENSITIVITY)
    ]


def strongest(result: Result) -> str:
    """A sentence on the assumption that matters most beside the factor that matters most; empty without sensitivities
    that decide."""
    base, last = result.design.base, result.horizons[-1]
    tried = [cell for cell in result.cells if cell.kind == SENSITIVITY]
    ends = [(cell.label, result.effects.effect(base, SENSITIVITY, cell.name, USED, last)) for cell in tried]
    means = {label: one.mean for label, one in ends if one.decides}
    told = [finding for finding in result.findings if finding.used.decides]
    if not means or not told:
        return ""
    label, mean = max(means.items(), key=lambda end: abs(end[1]))
    top = max(told, key=lambda finding: abs(finding.used.mean))
    verb = "more" if abs(mean) > abs(top.used.mean) else "less"
    return (
        f"One assumption weighs {verb} than any factor: {label} moves the share by {number(mean)} percentage points, "
        f"{top.title.lower()} by {number(top.used.mean)}."
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
            "levels": [result.effects.level(cell, metric, last) for metric in (USED, *TIGHTNESS)],
            "effects": [result.effects.effect(group, MAIN, factor.name, USED, last) for factor in result.design.factor],
            "worlds": result.effects.level(cell, USED, last).worlds,
        }
        for group, title, cell in shown
    ]
