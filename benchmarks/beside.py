"""A batch beside what others offer, in one run: `python -m benchmarks.beside [--quick | --long]`.

Ours plays the baseline; plain Mesa's `batch_run` its small market (`plain_mesa`), EMA Workbench's evaluator the model
of its own tutorial, y = x1 x2 + x3, which costs nothing: what is timed there is the evaluator. Ratios say what a user
waits for, not whose model is better; they are of seconds of a processor, which a busy machine does not stretch. EMA is
measured where it is installed."""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from collections.abc import Mapping
from importlib import import_module

from benchmarks import batches, plain_mesa
from benchmarks.aims import cpu_seconds, what_if
from sim import kernels

QUICK, USUAL, LONG = 16, 512, 10_000
"""Runs of the baseline."""
VALUES = 10_000_000
PLAIN_QUARTERS = 40
LIMITS = {"writing": 0.05, "aggregate_seconds": 0.5}
"""What writing may add to a batch, and how long the aggregate of ten million values may take."""


def simplest(x1: float, x2: float, x3: float) -> dict[str, float]:
    """The model of EMA Workbench's tutorial."""
    return {"y": x1 * x2 + x3}


def ema(runs: int) -> float | None:
    """Runs a second of a processor of EMA's sequential evaluator; None where it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workbench = import_module("ema_workbench")
    except ImportError:
        return None
    model = workbench.Model("simplest", function=simplest)
    model.uncertainties = [workbench.RealParameter(name, 0.1, 10.0) for name in ("x1", "x2", "x3")]
    model.outcomes = [workbench.ScalarOutcome("y")]
    logging.getLogger("EMA").setLevel(logging.ERROR)
    begun = cpu_seconds()
    with workbench.SequentialEvaluator(model) as evaluator:
        evaluator.perform_experiments(scenarios=runs)
    return runs / (cpu_seconds() - begun)


def seconds_of(worlds: int) -> float:
    """Seconds of a processor of a question's answer from so many paired worlds of 20 quarters, the base not kept."""
    run = what_if(worlds)
    begun = cpu_seconds()
    run()
    return cpu_seconds() - begun


def measured(
    runs: int, workers: int = 2, worlds: tuple[int, ...] = (16, 256), values: int = VALUES
) -> dict[str, float]:
    """Everything, by name; nothing under `ema` where it is not installed."""
    kernels.road()  # compiled before anything is timed
    begun = cpu_seconds()
    batch = batches.played(runs, workers)
    of_processor = runs / (cpu_seconds() - begun)
    plain = plain_mesa.run(max(runs // 100, 2), PLAIN_QUARTERS)
    made = batches.kept(values // (batches.REPLICATIONS * batches.QUARTERS * batches.COLUMNS), then_read=True)
    found = {
        "runs": batch["runs"],
        "by_the_clock": batch["runs_per_second"],
        "ours": of_processor,
        "model": batch["model"],
        "writing": batch["writing"],
        "mesa": plain["runs_per_second"],
        "mesa_in_batch_run": float(plain["batch_run"]),
        "aggregate_values": made["values"],
        "aggregate_seconds": made["aggregate_seconds"],
    }
    found |= {f"whatif_{count}": seconds_of(count) for count in worlds}
    of_ema = ema(max(runs, 100))
    return found if of_ema is None else found | {"ema": of_ema}


def text(found: Mapping[str, float]) -> str:
    """The measurements as lines, those of others as ratios too."""
    ours = found["ours"] * batches.QUARTERS
    mesa = found["mesa"] * PLAIN_QUARTERS
    where = "batch_run" if found["mesa_in_batch_run"] else "a loop: this Mesa has no batch_run"
    lines = [
        f"{found['runs']:,.0f} runs of the baseline, {batches.QUARTERS} quarters, on two processes",
        f"  runs a second by the clock        {found['by_the_clock']:10.1f}",
        f"  runs a second of a processor      {found['ours']:10.1f}   ({ours:,.0f} quarters)",
        f"  the model's own share of time     {found['model']:10.1%}",
        f"  writing                           {found['writing']:10.1%}   {_verdict(found, 'writing')}",
        f"plain Mesa, {PLAIN_QUARTERS} quarters, one process ({where})",
        f"  runs a second of a processor      {found['mesa']:10.1f}   ours plays {ours / mesa:.1f} x its quarters",
    ]
    if "ema" in found:
        ratio = found["ema"] / found["ours"]
        lines += [
            "EMA Workbench, y = x1 x2 + x3, one process",
            f"  runs a second of a processor      {found['ema']:10.1f}   {ratio:.0f} x ours, of a model of one line",
        ]
    else:
        lines.append("EMA Workbench: not installed here, so not measured")
    seconds = f"{found['aggregate_seconds']:10.2f}   {_verdict(found, 'aggregate_seconds')}"
    lines += [
        f"mean of {found['aggregate_values']:,.0f} values by point and quarter, from the disk",
        f"  seconds of a processor            {seconds}",
        "a what-if over 20 quarters, one process, nothing kept",
    ]
    for name in [name for name in found if name.startswith("whatif_")]:
        count = name.partition("_")[2]
        lines.append(f"  seconds of a processor, 2 x {count:4}            {found[name]:7.2f}")
    return "\n".join(lines)


def _verdict(found: Mapping[str, float], name: str) -> str:
    limit = LIMITS[name]
    return f"at most {limit:g}: " + ("met" if found[name] <= limit else "not met")


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beside", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} runs: to see that it runs")
    parser.add_argument("--long", action="store_true", help=f"{LONG:,} runs (minutes)")
    given = parser.parse_args(arguments)
    if given.quick:
        print(text(measured(QUICK, worlds=(16,), values=VALUES // 100)))
        return 0
    print(text(measured(LONG if given.long else USUAL)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
