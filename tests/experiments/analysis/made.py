"""Batches whose outcomes are a known function: a real plan in a real folder, with values nobody had to play."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from experiments.batch import keeping, parts
from experiments.batch.parts import MARK, Part
from experiments.batch.points import Chunk, Plan
from experiments.batch.target import Target
from experiments.designs.plan import plan

NAMES = ("porting_into_factor_trainium", "unit_cost_factor_nvidia", "price_elasticity", "unit_cost_factor_trainium")
RANGES = ((0.0, 1.0), (1.0, 2.0), (-1.4, -0.4), (1.0, 2.0))
"""Each is one long, so that shares of a range are easily read."""
OUTCOMES = ("trainium_share_used", "utilisation")
Function = Callable[[np.ndarray, np.ndarray, int], np.ndarray]
"""(points, numbers) shares of ranges, (points, worlds) numbers of worlds, quarter -> (points, worlds)."""


def design(folder: Path, numbers: int, sample: str, worlds: int = 1, more: str = "", name: str = "made") -> Path:
    """The file of a design with so many numbers."""
    text = 'question = "why?"\n[held]\nscenario = "history"\nquarters = 2\n'
    for parameter, ends in list(zip(NAMES, RANGES, strict=True))[:numbers]:
        text += f'[[uncertainty]]\nparameter = "{parameter}"\nrange = [{ends[0]}, {ends[1]}]\n'
    text += f"[sample]\n{sample}\n[replications]\nworlds = {worlds}\n{more}\n"
    text += f"[measured]\noutcomes = {list(OUTCOMES)}\n".replace("'", '"')
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def written(
    folder: Path,
    path: Path,
    function: Function,
    broken: tuple[tuple[int, int], ...] = (),
    failed: tuple[tuple[int, int], ...] = (),
    unwanted: tuple[tuple[int, int], ...] = (),
) -> Path:
    """A finished batch of a design, with the function as its first outcome and half of it as its second. unwanted:
    (point, world) that nobody asked for, since the point had enough."""
    made = plan(str(path))
    out = folder / f"{path.stem}-batch"
    worlds, count = made.of(0).size.worlds, made.of(0).size.quarters
    shares = shares_of(made)
    figures = np.stack(
        [function(shares, np.tile(np.arange(worlds), (len(made), 1)), quarter) for quarter in range(1, count + 1)],
        axis=2,
    )
    for point, world in broken:
        figures[point, world, -1] = np.nan
    with keeping.kept(made, Target(out), False, {"rules": "made"}) as kept:
        chunk = Chunk(0, tuple(range(len(made))), 0, worlds)
        flat = figures.reshape(len(made) * worlds, count)
        found = {OUTCOMES[0]: flat, OUTCOMES[1]: 0.5 * flat, MARK: np.zeros_like(flat)}
        table = parts.table(quarters(count), found, chunk)
        gone = [point * worlds + world for point, world in (*failed, *unwanted)]
        stays = ~np.isin(np.repeat(np.arange(len(flat)), count), gone)
        told = tuple((point, world, "it broke") for point, world in failed)
        content = parts.encoded(table.filter(pa.array(stays)))
        kept.keep(Part(chunk, content, broken, told, rows=int(stays.sum())), 1, 0.0)
        kept.finish(
            {
                "complete": True,
                "records_digest": "made",
                "failed_worlds": [list(one) for one in told],
                "broken_worlds": [list(one) for one in broken],
                "failed_chunks": [],
            }
        )
    return out


def shares_of(made: Plan) -> np.ndarray:
    """(points, numbers) of a plan as shares of the ranges."""
    columns = [
        (made.values[name] - low) / (high - low)
        for name, (low, high) in zip(NAMES, RANGES, strict=True)
        if name in made.values
    ]
    return np.stack(columns, axis=1) if columns else np.zeros((len(made), 0))


def quarters(count: int) -> tuple[str, ...]:
    return tuple(f"202{4 + k // 4}Q{k % 4 + 1}" for k in range(count))


def ishigami(x: np.ndarray, a: float = 7.0, b: float = 0.1) -> np.ndarray:
    """The function of Ishigami and Homma; x (points, 3) as shares of (-pi, pi)."""
    first, second, third = np.moveaxis(math.pi * (2.0 * x - 1.0), -1, 0)
    return np.asarray(np.sin(first) * (1.0 + b * third**4) + a * np.sin(second) ** 2)


def ishigami_indices(a: float = 7.0, b: float = 0.1) -> tuple[float, list[float], list[float]]:
    """Its variance, first and total indices: from its decomposition, term by term."""
    pi4 = math.pi**4
    alone = 0.5 * (1.0 + b * pi4 / 5.0) ** 2
    of_second, pair = a**2 / 8.0, b**2 * pi4**2 * (1.0 / 18.0 - 1.0 / 50.0)
    whole = alone + of_second + pair
    return whole, [alone / whole, of_second / whole, 0.0], [(alone + pair) / whole, of_second / whole, pair / whole]


def sobol_g(x: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Sobol's G: the product of (|4x - 2| + a) / (1 + a)."""
    return np.asarray(np.prod((np.abs(4.0 * x - 2.0) + a) / (1.0 + a), axis=-1))


def sobol_g_indices(a: np.ndarray) -> tuple[list[float], list[float]]:
    """Its first and total indices."""
    of_one = 1.0 / (3.0 * (1.0 + a) ** 2)
    whole = float(np.prod(1.0 + of_one)) - 1.0
    total = [float(one * np.prod(1.0 + np.delete(of_one, k))) / whole for k, one in enumerate(of_one)]
    return list(of_one / whole), total
