"""The figure "if you believe x, the effect is y": docs/images/beliefs.png. One scale across all panels."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.study import believed
from experiments.study.beliefs import AS_IS, SWITCHING, Sweep, read
from experiments.study.panels import GREY, colour_of
from experiments.study.svg import STYLE

IMAGE = Path(__file__).resolve().parents[2] / "docs" / "images" / "beliefs.png"
TICKS = {SWITCHING: (0.3, 1, 3, 7, 12), "charges": (5, 10, 30, 100, 300)}
"""Axes in logs, and what stands at them, per cent."""
LABEL = 32
"""Letters to a line of an axis' title."""
CLOSING = "An illustration of a model, not a forecast or advice."


def draw(file: Path = IMAGE, table: pd.DataFrame | None = None) -> Path:
    """Draw the shipped measurement, or another; returns the file."""
    table = believed.shipped() if table is None else table
    last = table[table["quarter_number"] == table["quarter_number"].max()]
    with mpl.rc_context(STYLE):
        figure = _figure(last, read().sweep)
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, dpi=130, pil_kwargs={"compress_level": 3})
    return file


def _figure(last: pd.DataFrame, sweeps: list[Sweep]) -> Figure:
    figure = Figure(figsize=(14.0, 5.4))
    figure.subplots_adjust(left=0.06, right=0.985, top=0.80, bottom=0.19, wspace=0.08)
    grid = figure.subplots(1, len(sweeps), sharey=True, squeeze=False)[0]
    for axes, sweep in zip(grid, sweeps, strict=True):
        _panel(axes, last, sweep)
    grid[0].set_ylabel("change of Trainium's share of H100e in use,\npercentage points")
    lines = grid[0].get_legend_handles_labels()
    figure.legend(*lines, loc="upper right", bbox_to_anchor=(0.99, 0.995), frameon=False, fontsize=9)
    _words(figure, int(last["quarter_number"].iloc[0]), int(last["worlds"].max()))
    return figure


def _words(figure: Figure, quarter: int, worlds: int) -> None:
    """Title, how to read it, and what it was measured with."""
    top: dict[str, Any] = {"ha": "left", "va": "top"}
    figure.suptitle("If you believe x, the effect is y", x=0.01, y=0.995, fontsize=13, fontweight="bold", **top)
    said = f"Each factor alone at q{quarter}, with its 95 % paired interval. Shaded: what evidence allows (letter: its "
    said += "grade). Hollow: the baseline as it is.\nThe panels for other beliefs open at the switching that the "
    figure.text(0.01, 0.925, said + "regulator found.", fontsize=9, color=GREY, **top)
    foot = f"{CLOSING}  Fully Booked: {worlds} worlds a point, every point with its own history and offer constants."
    figure.text(0.01, 0.006, foot, ha="left", va="bottom", fontsize=8, color=GREY)


def _panel(axes: Any, last: pd.DataFrame, sweep: Sweep) -> None:
    """One belief: a line a factor over where the openings stand, per cent."""
    rows = last[(last["sweep"] == sweep.name) & (last["effect"] != believed.LEVEL)]
    for (name, title), one in rows.groupby(["effect", "title"], sort=False):
        colour, one = colour_of((str(name),))[0], one.sort_values("at")
        place, mean = 100.0 * one["at"].to_numpy(), one["mean"].to_numpy()
        span = np.stack([mean - one["low"].to_numpy(), one["high"].to_numpy() - mean])
        axes.errorbar(place, mean, span, color=colour, marker="o", markersize=5, capsize=2, linewidth=1.6, label=title)
    axes.set_xlabel(textwrap.fill(sweep.title, LABEL))
    axes.axhline(0.0, color=GREY, linewidth=0.8)
    _evidence(axes, sweep, 100.0 * rows["at"].min())
    if sweep.name == SWITCHING:
        _as_it_is(axes, last)
    if sweep.name in TICKS:
        axes.set_xscale("log")
        axes.set_xticks(TICKS[sweep.name], [f"{tick:g}" for tick in TICKS[sweep.name]])
        axes.minorticks_off()


def _evidence(axes: Any, sweep: Sweep, least: float) -> None:
    low, high = (100.0 * end for end in sweep.allowed)
    axes.axvspan(max(low, 0.7 * least), high, color="#f2e9c9", alpha=0.6, linewidth=0, zorder=0)
    axes.set_title(f"Evidence: grade {sweep.grade}")
    for mark in sweep.mark:
        axes.axvline(100.0 * mark.at, color=GREY, linestyle="--", linewidth=1.0)
        axes.annotate(
            mark.label,
            (100.0 * mark.at, 0.985),
            xycoords=("data", "axes fraction"),
            xytext=(-3, 0),
            textcoords="offset points",
            rotation=90,
            ha="right",
            va="top",
            fontsize=8,
            color=GREY,
        )


def _as_it_is(axes: Any, last: pd.DataFrame) -> None:
    rows = last[(last["sweep"] == AS_IS) & (last["effect"] != believed.LEVEL)]
    for row in rows.to_dict("records"):
        span = [[row["mean"] - row["low"]], [row["high"] - row["mean"]]]
        colour = colour_of((str(row["effect"]),))[0]
        axes.errorbar(
            100.0 * row["at"], row["mean"], span, color=colour, marker="o", markerfacecolor="white", capsize=2
        )
