"""The pictures of the first page: what each change does to the share, and the share on every yardstick."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from experiments.stats import Estimate
from experiments.study.effects import SHARES
from experiments.study.findings import Finding, bases
from experiments.study.panels import BASE_COLOUR, colour_of, readable
from experiments.study.result import Result
from experiments.study.sheet import Sketch, sheet
from experiments.study.wording import percent

WORDS = 11.5
"""Size of words, in points: the picture is small, so that it can be read on a telephone."""


def answer(result: Result) -> Sketch:
    """From the baseline's share to the range with its middle, a line a change."""
    rows, base = len(result.findings), result.findings[0].base
    figure, (axes,) = sheet(6.2, 1.5 + 0.72 * rows, 1, 1, left=0.03, right=0.97, top=0.84, bottom=0.2)
    axes.axvline(base, color=BASE_COLOUR, linewidth=1.2)
    for place, finding in enumerate(result.findings):
        _range(axes, -float(place), finding)
    axes.set_ylim(-rows + 0.5, 0.75)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="x", labelsize=WORDS)
    axes.margins(x=0.08)
    axes.set_xlabel(f"% of AI compute in use; upright line: baseline, {percent(base)} %", fontsize=WORDS)
    return (
        figure,
        f"Trainium's share in {result.outcomes.labels[result.last]}, by change",
        f"{bases(result.findings)} Each change alone, against the baseline on the same draws.",
    )


def _range(axes: Axes, height: float, finding: Finding) -> None:
    """A range and its middle, with the name and the numbers above."""
    head, colour = finding.headline, colour_of((finding.factor,))[0]
    low, middle, high = (finding.base + one for one in (head.low, head.middle, head.high))
    axes.plot([low, high], [height, height], color=colour, linewidth=6.0, alpha=0.45, solid_capstyle="butt")
    axes.plot([middle], [height], "o", color=colour, markersize=9)
    ends, point = (percent(low), percent(high)), percent(middle)
    span = f"{point} %" if ends == (point, point) else f"{ends[0]} to {ends[1]} %, middle {point} %"
    words: dict[str, Any] = {"va": "bottom", "color": readable(colour), "fontsize": WORDS}
    words |= {"xycoords": ("axes fraction", "data"), "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1}}
    axes.annotate(finding.title, (0.0, height + 0.2), ha="left", fontweight="bold", **words)
    axes.annotate(span, (1.0, height + 0.2), ha="right", **words)


def shares(result: Result) -> Sketch:
    """The baseline's share on every yardstick, with the band of 90 % of worlds."""
    figure, (axes,) = sheet(6.2, 3.4, 1, 1, left=0.3, right=0.97, top=0.86, bottom=0.2)
    for place, metric in enumerate(SHARES):
        _share(axes, -float(place), result.effects.level(result.design.base_cell.name, metric, result.last))
    axes.set_yticks(-np.arange(len(SHARES), dtype=float), list(SHARES.values()), fontsize=WORDS)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=WORDS)
    axes.margins(x=0.14)
    axes.set_xlim(left=0.0)
    axes.set_xlabel("Trainium, % of each yardstick (baseline)", fontsize=WORDS)
    return (
        figure,
        f"One market, {len(SHARES)} shares ({result.outcomes.labels[result.last]})",
        "Bar: mean of worlds; line: nine worlds in ten. A Trainium chip is small and cheap beside a GPU: many pieces, "
        "less of the spending. So say of what a share is.",
    )


def _share(axes: Axes, height: float, one: Estimate) -> None:
    axes.barh(height, one.mean, color="#56B4E9", height=0.55)
    axes.plot([one.p5, one.p95], [height, height], color=BASE_COLOUR, linewidth=1.6)
    end = (one.p95 if one.decides else one.mean, height)
    text = f"{percent(one.mean)} %"
    axes.annotate(text, end, xytext=(6, 0), textcoords="offset points", va="center", fontsize=WORDS)
