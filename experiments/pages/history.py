"""The page on history, written from the shipped tables of a calibration: what fits, what fails, what data say of
parameters."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from experiments.calibration.patterns import load_plan
from experiments.calibration.tables import TABLES
from experiments.text import table

MAIN, EARLY = "history-2025Q4", "history-2024Q4"
MILLION = 1e6
Row = dict[str, str]

TOLD = 0.8
"""Data say something about a parameter whose accepted spread is below this part of the prior's."""
INTRODUCTION = """# How the model is held against history

<!-- Written by `python3 tasks.py calibrate` from experiments/data/calibration. Change what it is made from, not this \
page. -->

*Real names are labels in an illustration. Nothing here is a forecast or advice.*

`history` is played from the end of 2023 to the end of 2025. What was under way when it begins is given: deliveries \
come as they came until 2025Q1, because what is delivered within a year has been ordered. **Only the last three \
quarters test the supply side**, and the price tests demand against supply all along. So few figures cannot settle \
many parameters, and they do not; the last table says which ones they say something about.

**How.** Each of some thirty thousand worlds has its own parameters, spread evenly over their ranges. *History \
matching* rules out parameters that put any fitted pattern more than three tolerances from what was observed; what is \
left is run again, in waves. In what remains, runs are *accepted* with a chance that falls with their distance from \
the observed figures. The accepted sets are the **ensemble** that worlds of `baseline` and `history` draw from. A \
tolerance is what is known of the error of measurement, together with what the model leaves out; both stand in \
`experiments/data`. Two ways in which the fit is kinder than it looks: the tolerances are ours, and the mechanisms \
were mended while looking at the same two years.

**Twice a world.** Every world is played freely from the end of 2023, and once more with the stock of the tables \
given and labs by name held to what is known of them, as the quarters before `baseline` are. Supply (deliveries, \
shares of the stock, revenue of vendors) is judged on the first, demand (prices, bookings, the largest \
customer, AWS's AI revenue) on the second: so demand does not answer for what supply missed. Which is which stands at \
each pattern, `stock = "given"`.

**No parameter is indexed by quarter.** Growth of demand follows one path with three numbers, and the baseline starts \
where that path has come to after eight quarters.

The patterns that were held out played no part in what was accepted.
"""
LOCK_IN = """**Lock-in is hardly calibrated.** The parameters of porting and egress were varied along with the \
others and came out as they went in: between 2023 and 2025 supply was short, and what buyers would have done with a \
free choice cannot be read off those two years. Of the habits that hold customers at a cloud, the count of those who \
leave says a little. Every effect of lock-in in the study rests on judged ranges.
"""


def rows_of(name: str, kind: str) -> list[Row]:
    """A shipped table."""
    with (TABLES / f"{name}-{kind}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figure(value: float, unit: str) -> str:
    """A number as a reader wants it: shares in per cent, counts in millions, money in billions."""
    if unit == "H100e":
        return f"{value / MILLION:.2f} M"
    if unit == "musd":
        return f"{value / 1e3:.1f} bn USD"
    if unit == "share":
        return f"{100.0 * value:.1f} %"
    if unit == "1/year":
        return f"{100.0 * value:.1f} % a year"
    return f"{value:.2f}"


def unit_of(row: Row) -> str:
    """'share' for what lies between 0 and 1 without a logarithm."""
    return "share" if row["unit"] == "1" and row["log"] == "False" else row["unit"]


def misses(row: Row) -> float:
    """How far the median is from what was observed, in aims."""
    import math

    observed, median = float(row["observed"]), float(row["median"])
    apart = math.log(max(median, 1e-12) / observed) if row["log"] == "True" else median - observed
    return abs(apart) / float(row["aim"])


def fit_table(rows: Sequence[Row]) -> str:
    """Observed and modelled, worst first."""
    head = ("pattern", "observed", "grade", "ensemble: median", "90 % band", "median within aim", "observed in band")
    lines = []
    for row in sorted(rows, key=misses, reverse=True):
        unit = unit_of(row)
        low, median, high = (figure(float(row[key]), unit) for key in ("low_5", "median", "high_95"))
        yes = {"True": "yes", "False": "**no**"}
        lines.append(
            (
                row["title"],
                figure(float(row["observed"]), unit),
                row["grade"],
                median,
                f"{low} – {high}",
                yes[row["within_aim"]],
                yes[row["in_band"]],
            )
        )
    return table(head, lines)


def tests(rows: Sequence[Row]) -> list[Row]:
    """The patterns that the model could have missed: all but those that it is given."""
    return [row for row in rows if row["role"] != "given"]


def known_table(rows: Sequence[Row]) -> str:
    """What data say about each parameter."""
    head = ("parameter", "range", "accepted: 5 % – median – 95 %", "spread over prior's", "verdict", "in the ensemble")
    return table(
        head,
        [
            (
                f"`{row['parameter']}`",
                f"{float(row['prior_low']):g} – {float(row['prior_high']):g}",
                f"{float(row['low_5']):.3g} – {float(row['median']):.3g} – {float(row['high_95']):.3g}",
                f"{float(row['spread_ratio']):.2f}",
                row["verdict"],
                "yes" if row["shipped"] == "True" else "no: keeps its range",
            )
            for row in rows
        ],
    )


def coverage(rows: Sequence[Row]) -> tuple[int, int, int]:
    """Points, those in the band with the error of measurement, those in the band of the model alone."""
    inside = sum(row["in_band"] == "True" for row in rows)
    return len(rows), inside, sum(row["in_band_of_model_alone"] == "True" for row in rows)


def coverage_text(name: str) -> str:
    """How many points the band holds, and which it does not."""
    whole = rows_of(name, "coverage")
    told = []
    for kind, title in (
        ("stock", "Stock by family, of Amazon and in all, quarter by quarter after the given pipeline"),
        ("pattern", "The patterns themselves, fitted and held out"),
    ):
        rows = [row for row in whole if row["kind"] == kind]
        points, inside, alone = coverage(rows)
        out = [f"{row['point']} {row['quarter']}" for row in rows if row["in_band"] == "False"]
        missed = f" Outside: {', '.join(out)}." if out else ""
        told.append(
            f"{title}: the 90 % band holds {inside} of {points} points ({100 * inside / points:.0f} %) with the error "
            f"of measurement, {alone} without it.{missed}"
        )
    points, inside, _ = coverage(whole)
    return " ".join([*told, f"Together {100 * inside / points:.0f} %; the aim was 80 %."])


def facts(name: str) -> dict[str, float]:
    """Counts of a calibration."""
    return {row["what"]: float(row["value"]) for row in rows_of(name, "facts")}


def recovery_text(name: str) -> str:
    """Known parameters and what became of them."""
    found, rows = facts(name), rows_of(name, "identified")
    worst = min(rows, key=lambda row: float(row["recovered"]))
    return (
        "Before it was let near the data, the method was tried on data with known parameters: "
        f"{found['truths tried']:.0f} runs of the first round in turn stood in for the world, with errors of the "
        "declared tolerances added. The 90 % intervals held the truth in "
        f"{100 * found['90 % intervals that hold the truth']:.0f} % of cases over all parameters, least often for "
        f"`{worst['parameter']}` ({100 * float(worst['recovered']):.0f} %). Runs evenly spread over the whole prior "
        f"are sparse near any one truth, so the kernel was widened to {found['kernel scale in recovery']:.1f} "
        "tolerances there (at the median), which makes these intervals wider than those above."
    )


def calibration_text(name: str) -> str:
    """How many runs, accepted, shipped."""
    found = facts(name)
    broken = found.get("runs without figures", 0.0) + found.get("fresh worlds without figures", 0.0)
    left_out = f"{broken:.0f} runs without figures, left out; " if broken else ""
    return (
        f"{found['runs']:,.0f} runs; {left_out}{100 * found['part of the prior not ruled out']:.2g} % of the prior not "
        f"ruled out; {found['accepted']:.0f} runs accepted at {found['kernel scale']:.2f} times the declared "
        f"tolerances; {found['members']:.0f} members shipped."
    )


def in_short() -> list[str]:
    """History in short, from the shipped tables of the calibration; its own page has the whole."""
    fit, known = (rows_of(MAIN, kind) for kind in ("fit", "identified"))
    fit = tests(fit)
    held = [row for row in fit if row["role"] == "held-out"]
    within = {role: sum(row["within_aim"] == "True" for row in rows) for role, rows in (("all", fit), ("held", held))}
    failing = [row["title"] for row in sorted(fit, key=misses, reverse=True) if row["within_aim"] == "False"]
    told = [
        f"`{row['parameter']}` ({float(row['spread_ratio']):.2f})"
        for row in sorted(known, key=lambda row: float(row["spread_ratio"]))
        if float(row["spread_ratio"]) < TOLD
    ]
    return [
        "## History: calibrated on figures measured to 2025Q4",
        f"{within['all']} of {len(fit)} patterns come within the aim at the median, {within['held']} of the "
        f"{len(held)} that were held out. {coverage_text(MAIN)} "
        "Fit, held-out patterns, recovery of known parameters and weaknesses: [how the model is held against "
        "history](history.md).",
        f"**What fails:** {'; '.join(failing)}." if failing else "Nothing fails its aim.",
        fit_table(fit),
        "**What the data say of parameters** (spread of the accepted over that of the prior): "
        + (", ".join(told) if told else "nothing")
        + ". All others keep their range or nearly so, lock-in among them: "
        "*no cost of porting and no charge for leaving is calibrated*, and the habit of staying at a cloud a little.",
    ]


def text() -> str:
    """The whole page."""
    fit = rows_of(MAIN, "fit")
    blocks = [INTRODUCTION.rstrip(), f"## {load_plan(MAIN).title}", calibration_text(MAIN)]
    blocks += ["### Fitted, worst first", fit_table([row for row in fit if row["role"] == "fitted"])]
    blocks += ["### Held out, worst first", fit_table([row for row in fit if row["role"] == "held-out"])]
    blocks += ["### Given, so that it tests nothing", GIVEN, fit_table([row for row in fit if row["role"] == "given"])]
    failing = [row["title"] for row in sorted(tests(fit), key=misses, reverse=True) if row["within_aim"] == "False"]
    if failing:
        blocks.append("**What fails:** " + "; ".join(failing) + ".")
    blocks += [
        "### Coverage",
        coverage_text(MAIN),
        "### What the data say about parameters",
        known_table(rows_of(MAIN, "identified")),
    ]
    blocks += [LOCK_IN.rstrip(), "### Recovery of known parameters", recovery_text(MAIN)]
    early = rows_of(EARLY, "fit")
    blocks += [
        f"## {load_plan(EARLY).title}",
        EARLY_TEXT.strip(),
        calibration_text(EARLY),
        fit_table(early),
        coverage_text(EARLY),
    ]
    blocks += ["## What is weak", WEAK.strip()]
    return "\n\n".join(blocks) + "\n"


GIVEN = (
    "What labs by name are known to hold is signed in its quarter where demand is judged, so that nothing but the "
    "arithmetic of holding and using stands between the table and the model here. A lab's own signing is tested "
    "elsewhere: played from the end of 2024 with the deals known by then, its part of Trainium is missed "
    "([how the model is tested](validation.md))."
)
EARLY_TEXT = """
The ensemble of the `backtest`, which starts at the end of 2024 and may know nothing later. History is cut to one \
year, of which three quarters are the given pipeline, so one quarter tests supply and the price tests the rest: most \
parameters stay as they were. Chip generations launched after 2024 are not known to it either; they come at the usual \
cadence. It misses the jump of the last quarter of 2024, in which Amazon doubled its Trainium stock and deliveries \
rose by two fifths: rules that follow orders do not foresee that. Weak: declared ranges were written with 2025 in \
sight, and starting prices of 2024Q4 are judged.
"""
WEAK = """
- **One source.** Stock, its growth and the shares are one modeller's estimates; their errors move together, and \
where the pipeline is given the same error is in the start and in the outcome.
- **Trainium is fitted too high.** Its part of the stock and Amazon's mix of chips both lie above what was observed: \
the level of its share starts from there, and says less than differences between worlds do.
- **Anchor contracts.** Deals known by the end of 2025 are data; from there on labs and clouds strike their own. \
Played from the end of 2024, Trainium's largest customer uses a fifth of its stock and not half: growth of labs by \
their own deals is too slow, which bears on every statement about concentration.
- **Growth rates of power, foundry and budgets** in `history` are set by the scenario and not calibrated: nothing in \
these two years binds on them.
- **New entrants.** A family without stock at the start has no orders of its own until the given pipeline has built \
some: owners' own fleets of AMD chips stop growing when the pipeline ends.
- **AWS's AI revenue** is not reported. What the model adds in 2025 is compared with a judged part of AWS's growth.
- **Quotes.** One price, of one chip, at two dates. Between them prices of 2025 are asking prices of market places.
- **The emulator is a quadratic,** and points are ruled out by it, not by runs; its own error is in the implausibility.
"""
