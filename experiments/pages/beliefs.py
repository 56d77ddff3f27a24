"""The page "if you believe x, the effect is y", docs/explanation/beliefs.md, from the measurement that ships."""

from __future__ import annotations

import pandas as pd

from experiments.stats import brackets, number
from experiments.study import believed
from experiments.study.beliefs import AS_IS, FOLDER, SWITCHING, Beliefs, Sweep, read
from experiments.text import table

NOTE = (
    "<!-- Measured and written by `python3 tasks.py beliefs`. Change what it is made from (experiments/data), not this "
    "page. -->"
)
LABELS = "*Real names are labels in an illustration. Nothing here is a forecast or advice.*"
ASK = (
    "Four things that public figures do not settle decide how much the factors of the study do: how readily customers "
    "leave a cloud, how much of what holds them is charges, how much is bought as managed service, and how much of "
    "Trainium one customer holds. Here each is moved, and the effects are read off."
)
HOW = """- **A belief is a root.** At every point the game opens anew: history is played with it, offer constants are \
solved on it, and the levers are laid on top.
- **Switching** is the share of *customers*, by number and not by compute, that leave a cloud for another in a year \
(`cloud_leavers_per_year`, mean over history's last year). `{friction}` is multiplied by one factor in all worlds, \
found by bisection (Brent's method) on the same draws, so that the mean is the target.
- **Charges, managed share and anchor** are tried where {central} of customers leave a year: the friction is solved \
anew at every point, so that these points too are ones that evidence on switching allows. The axis shows where the \
opening then stands, not what was asked. Charges (`egress_cost_years`) are multiples of what every world has.
- **The anchor** is what the lab that uses most Trainium has in use, over the stock. Labs together hold at most four \
fifths of an offer, so beyond some factor nothing is added.
- **Allowed** is what evidence does not rule out, with its grade. Headlines are ranges over the allowed points, with \
their middle. A range over means is not an interval: worlds differ around every mean."""
APART = """A customer may stay because leaving costs something (*state dependence*), or because it would choose the \
same again (*taste*). Shares and switching look alike under both; Dubé, Hitsch and Rossi (2010) tell them apart with \
panels of households whose prices move. Here offer constants stand for taste and switching costs for state dependence. \
Constants are solved after the friction is set, so that the market opens as the tables say: they take up whatever the \
friction leaves unexplained. What a lever then sets free is the part of the friction that it removes, and no more. The \
friction that is solved for here is the part that no fee or tool removes, so stickier customers mean *less* to set \
free. Where the same stickiness sits in charges, which the levers do remove, more is set free: the sweep over charges \
shows by how much, and how far beyond the evidence on charges that leads. \
**Data here cannot tell these apart**: one figure on switching bounds what all reasons to stay do together, not how \
much of it is cost, which cost, and how much is taste."""


def text() -> str:
    """The whole page."""
    beliefs, measured = read(), believed.shipped()
    happened = pd.read_csv(FOLDER / "event.csv")
    last = int(measured["quarter_number"].max())
    blocks = [
        "# If you believe x, the effect is y",
        NOTE,
        LABELS,
        ASK,
        f"![Effect of each factor against switching, charges, managed share and the anchor](../images/{IMAGE})",
        "## In short",
        "\n".join(f"- {one.sentence}" for one in believed.ranges(measured).values()),
        "## How to read this",
        HOW.format(friction=beliefs.friction, central=f"{100.0 * beliefs.central:g} %"),
        *_as_it_is(measured, last),
        *(block for sweep in beliefs.sweep for block in _sweep(measured, sweep)),
        "## State dependence or taste",
        APART,
        *_event(beliefs, happened),
    ]
    return "\n\n".join(blocks) + "\n"


IMAGE = "beliefs.png"


def _as_it_is(measured: pd.DataFrame, last: int) -> list[str]:
    """Where the shipped baseline stands."""
    rows = measured[(measured["sweep"] == AS_IS) & (measured["quarter_number"] == last)]
    one = rows.iloc[0]
    verdict = "within" if one["allowed"] else "outside"
    return [
        f"**The baseline as it is** opens where {100.0 * one['at_switching']:.1f} % of customers leave a year, "
        f"{verdict} what evidence allows; {100.0 * one['at_managed']:.0f} % of use at clouds with a managed service "
        f"goes through it, and the largest customer uses {100.0 * one['at_anchor']:.0f} % of Trainium's stock."
    ]


def _sweep(measured: pd.DataFrame, sweep: Sweep) -> list[str]:
    """A table of one belief: a row a point and horizon."""
    rows = measured[measured["sweep"].isin([sweep.name, *([AS_IS] if sweep.name == SWITCHING else [])])]
    asked = f"`{sweep.parameter}`" if sweep.parameter else "asked"
    titles = dict.fromkeys(rows.loc[rows["effect"] != believed.LEVEL, "title"])
    head = (sweep.title, asked, "friction ×", "allowed", "at", "share, %", *titles)
    points = rows.sort_values(["at", "quarter_number"], kind="stable").groupby(["at", "quarter_number"], sort=False)
    low, high = (100.0 * end for end in sweep.allowed)
    return [
        f"## {sweep.title}",
        f"Evidence (grade {sweep.grade}): {sweep.basis}. Allowed here: {low:g} to {high:g} %. Effects in percentage "
        "points of H100e in use, with 95 % paired intervals.",
        table(head, [_point(point) for _, point in points]),
    ]


def _point(point: pd.DataFrame) -> tuple[str, ...]:
    """A row of such a table: the level and the effects of one point at one horizon."""
    level = point[point["effect"] == believed.LEVEL].iloc[0]
    effects = believed.estimates(point[point["effect"] != believed.LEVEL])
    asked = "the baseline" if level["sweep"] == AS_IS else f"{level['asked']:g}"
    allowed = "yes" if level["allowed"] else "no"
    where = (f"{100.0 * level['at']:.1f}", asked, f"{level['factor']:.2f}", allowed, f"q{level['quarter_number']}")
    return (*where, f"{level['mean']:.2f}", *(f"{number(one.mean)} {brackets(one)}" for one in effects))


def _event(beliefs: Beliefs, happened: pd.DataFrame) -> list[str]:
    """What was held out: customers that leave with the event and without."""
    event, lines = beliefs.event, []
    for kind, title in _kinds(beliefs).items():
        for row in happened[happened["friction"] == kind].to_dict("records"):
            change = f"{number(row['mean'])} [{number(row['low'])}, {number(row['high'])}]"
            lines.append((title, row["quarter"], f"{row['without']:.2f}", f"{row['with_event']:.2f}", change))
    return [
        "## An event held out",
        f"{event.title}. Source: {event.source}. **Nothing is fitted to it.** It is no part of `{event.base}` but laid "
        "on it with the same draws: that history begins with 2024, so there is no quarter before the event to compare "
        "with, and a fact that moves what calibration compares would no longer be held out. Charges of the three "
        "clouds fall to nothing for all who leave, so this is the most that the waivers can have done. How many took "
        "them up is not published. The CMA's figure is of 2024, thus from after the event: it includes whatever the "
        "waivers did.",
        *_told(beliefs, happened),
        table(("friction", "quarter", "leave, % a year, without", "with", "change, points"), lines),
    ]


def held_out() -> list[str]:
    """The same in short, for the page on validation."""
    beliefs, happened = read(), pd.read_csv(FOLDER / "event.csv")
    return [
        "## An event held out: charges waived for who leaves",
        f"{beliefs.event.title}. Nothing is fitted to it, and nobody has published what was taken up, so this shows "
        "what the model says and not that it is right; the CMA's at most 1 % is of the same year and includes it.",
        *_told(beliefs, happened),
        "By quarter, and how it was played: [if you believe x](beliefs.md#an-event-held-out).",
    ]


def _kinds(beliefs: Beliefs) -> dict[str, str]:
    """Frictions at which the event is played, in words."""
    return {AS_IS: "as it is", "central": f"at {100.0 * beliefs.central:g} % a year"}


def _told(beliefs: Beliefs, happened: pd.DataFrame) -> list[str]:
    return [_after(happened, kind, title, beliefs.event.first) for kind, title in _kinds(beliefs).items()]


def _after(happened: pd.DataFrame, kind: str, title: str, first: str) -> str:
    """Mean over the quarters from the first whole one on."""
    rows = happened[(happened["friction"] == kind) & (happened["quarter"] >= first)]
    without, with_it = float(rows["without"].mean()), float(rows["with_event"].mean())
    return (
        f"Friction {title}: from {first} on {without:.2f} % of customers leave a year without the waivers and "
        f"{with_it:.2f} % with them, {with_it / without:.2f} times as many."
    )
