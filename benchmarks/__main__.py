"""`python -m benchmarks [--quick | --aims [--long]]`: one run, one table, one file (benchmarks/results.json)."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

import mesa
import numpy as np

from benchmarks import aims, measure, plain_mesa
from sim import kernels

RESULTS = Path(__file__).parent / "results.json"


def collect(worlds: int, quarters: int, tries: int, plain_runs: int, plain_quarters: int = 40) -> dict[str, Any]:
    """Everything that is measured."""
    one, many = (measure.best_of(tries, count, quarters) for count in (1, worlds))
    memory = measure.peak_memory_mib()
    plain = plain_mesa.run(plain_runs, plain_quarters)
    return {
        "machine": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "mesa": mesa.__version__,
            "kernels": kernels.road(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "threads": 1,
        },
        "import_seconds": measure.import_seconds(),
        "one_world": one,
        "many_worlds": many,
        "ratio_of_runs_per_second": many["runs_per_second"] / one["runs_per_second"],
        "peak_memory_mib": memory,
        "time_by_module": measure.where_time_goes(worlds, quarters)[:14],
        "time_by_function": measure.top_functions(worlds, quarters),
        "plain_mesa": plain,
        "quarters_per_second": {
            "here": many["runs_per_second"] * quarters,
            "plain_mesa": plain["runs_per_second"] * plain_quarters,
        },
    }


def table(found: dict[str, Any]) -> str:
    """The measurements as text."""
    one, many, plain = found["one_world"], found["many_worlds"], found["plain_mesa"]
    machine = found["machine"]
    lines = [
        f"Python {machine['python']}, numpy {machine['numpy']}, Mesa {machine['mesa']}, kernels {machine['kernels']}, "
        f"one thread of {machine['cores']} cores",
        "",
        f"import                              {found['import_seconds']:8.2f} s",
        f"{'baseline':20}{'set-up, s':>12}{'play, s':>10}{'runs/s':>10}{'quarters/s':>12}",
    ]
    for case in (one, many):
        name = f"R = {case['worlds']}, {case['quarters']} quarters"
        speed = case["runs_per_second"]
        lines.append(
            f"{name:20}{case['setup_seconds']:12.3f}{case['play_seconds']:10.3f}{speed:10.2f}"
            f"{speed * case['quarters']:12.1f}"
        )
    name = f"plain Mesa, {plain['quarters']} q."
    speed = plain["runs_per_second"]
    lines.append(f"{name:20}{'':12}{plain['seconds']:10.3f}{speed:10.2f}{speed * plain['quarters']:12.1f}")
    lines += [
        "",
        f"R = {many['worlds']} over R = 1, runs per second  {found['ratio_of_runs_per_second']:8.1f} x",
        f"evaluations of clearing a quarter   {many['evaluations_per_quarter']:8.2f}   not converged: "
        f"{many['nonconverged']:.0f}",
        f"peak memory                         {found['peak_memory_mib']:8.0f} MiB",
        "",
        f"where the time goes (own time while playing R = {many['worlds']}, under a profiler)",
        *(f"  {row['module']:34}{row['seconds']:8.3f} s{row['share']:8.1%}" for row in found["time_by_module"]),
        "",
        "functions of sim/ with what they call",
        *(f"  {r['function']:34}{r['seconds']:8.3f} s{r['calls']:9d} calls" for r in found["time_by_function"]),
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: to see that it runs")
    parser.add_argument("--aims", action="store_true", help="only what people wait for, beside its aim")
    parser.add_argument(
        "--long", action="store_true", help="with --aims: 10,000 runs and the whole study too (minutes)"
    )
    given = parser.parse_args(arguments)
    quick = given.quick
    if given.aims:
        plain = plain_mesa.run(5, 40)
        print(aims.text(aims.measured(1 if quick else 3, given.long), plain["runs_per_second"] * 40))
        return 0
    found = collect(4, 4, 1, 1, 5) if quick else collect(64, 20, 3, 5)
    print(table(found))
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"\nwritten: benchmarks/{RESULTS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
