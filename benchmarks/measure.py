"""The pieces that are measured. Each plays real games and returns plain numbers."""

from __future__ import annotations

import cProfile
import pstats
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from experiments.batch.engine import Cell, Size, opened
from sim.scenario import load

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "experiments" / "scenarios"
IMPORT = "import time; began = time.perf_counter(); import agents.roster, sim.game; print(time.perf_counter() - began)"


def import_seconds() -> float:
    """Seconds that importing the model takes in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", IMPORT], cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout)


def game_seconds(worlds: int, quarters: int, scenario: str = "baseline") -> dict[str, float]:
    """Seconds to set a game up and to play it."""
    began = time.perf_counter()
    with opened(Cell(load(scenario, LIBRARY), Size(worlds, quarters))) as game:
        ready = time.perf_counter()
        records = game.run()
        played = time.perf_counter()
    return {
        "worlds": worlds,
        "quarters": quarters,
        "setup_seconds": ready - began,
        "play_seconds": played - ready,
        "runs_per_second": worlds / (played - ready),
        "nonconverged": float(records.metric("nonconverged").sum()),
        "evaluations_per_quarter": float(records.metric("clearing_evaluations").mean()),
    }


def best_of(tries: int, worlds: int, quarters: int) -> dict[str, float]:
    """The fastest of some tries: others that use the machine only make it slower."""
    return min((game_seconds(worlds, quarters) for _ in range(tries)), key=lambda found: found["play_seconds"])


def profiled(worlds: int, quarters: int) -> cProfile.Profile:
    """The profile of one game of the baseline."""
    profile = cProfile.Profile()
    with opened(Cell(load("baseline", LIBRARY), Size(worlds, quarters))) as game:
        profile.runcall(game.run)
    return profile


def where_time_goes(worlds: int, quarters: int) -> list[dict[str, Any]]:
    """Own seconds by module of ours (and by library for the rest), largest first, from one profiled game."""
    profile = profiled(worlds, quarters)
    by_module: dict[str, float] = {}
    calls: dict[str, int] = {}
    for (file, _, function), row in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        module = _module(file, function)
        by_module[module] = by_module.get(module, 0.0) + row[2]
        calls[module] = calls.get(module, 0) + row[0]
    total = sum(by_module.values())
    ordered = sorted(by_module, key=lambda name: -by_module[name])
    return [{"module": n, "seconds": by_module[n], "share": by_module[n] / total, "calls": calls[n]} for n in ordered]


def _module(file: str, function: str) -> str:
    path = Path(file)
    if path.is_relative_to(ROOT):
        return path.relative_to(ROOT).as_posix()
    if "einsum" in function:
        return "numpy: einsum"
    if file == "~":
        return "numpy: reductions" if "reduce" in function else "numpy and built-ins"
    return "numpy" if "numpy" in path.parts else "other libraries"


def top_functions(worlds: int, quarters: int, count: int = 12) -> list[dict[str, Any]]:
    """Our functions that took most time, with what they call, in one profiled game."""
    profile = profiled(worlds, quarters)
    rows = [
        {"function": f"{Path(file).stem}.{function}", "seconds": row[3], "own_seconds": row[2], "calls": row[0]}
        for (file, _, function), row in pstats.Stats(profile).stats.items()  # type: ignore[attr-defined]
        if Path(file).is_relative_to(ROOT) and "sim" in Path(file).parts
    ]
    return sorted(rows, key=lambda row: -float(row["seconds"]))[:count]


def peak_memory_mib() -> float:
    """Largest resident size of this process so far, MiB; 0 where the system does not tell (Windows). Linux tells two:
    the other one begins with that of the process which started this one."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (one for one in status.read_text().splitlines() if one.startswith("VmHWM:"))
        return float(line.split()[1]) / 1024.0
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024.0 if sys.platform != "darwin" else peak / 1024.0**2
