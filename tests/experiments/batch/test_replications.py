"""Replications until an interval is narrow: rounds of more worlds, each a round that a batch can be stopped in."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from experiments.batch.lasting import Finished
from experiments.batch.points import Plan
from sim.errors import Halted
from tests.experiments.batch.tiny import design, run, stopped, stopping


def until(folder: Path, narrower_than: float, most: int) -> Plan:
    from experiments.designs.plan import plan as planned

    path, text = folder / "until.toml", design(folder, values=(0.5, 2.0)).read_text()
    rule = f'worlds = 4\noutcome = "utilisation"\nquarter = 1\nnarrower_than = {narrower_than}\nmost = {most}'
    path.write_text(text.replace("worlds = 4", rule))
    return planned(str(path))


def widths(found: Finished) -> dict[int, tuple[int, float]]:
    """Point -> how many worlds it has, and how wide its interval is, by a second road."""
    from scipy import stats

    frame = pd.concat([pd.read_parquet(path) for path in found.keeping.paths()])
    told = {}
    for point, one in frame.groupby("design")["utilisation"]:
        low, high = stats.t.interval(0.95, len(one) - 1, one.mean(), one.sem())
        told[int(point)] = (len(one), float(high - low))
    return told


def test_replications_double_until_the_interval_is_narrow_enough(tmp_path: Path) -> None:
    first = widths(run(until(tmp_path, 1e9, 64), tmp_path / "wide"))
    assert {count for count, _ in first.values()} == {4}
    aim = 0.6 * min(width for _, width in first.values())
    found = run(until(tmp_path, aim, 64), tmp_path / "narrow")
    for count, width in widths(found).values():
        assert count in (8, 16, 32, 64) and (width <= aim or count == 64)
    assert found.played == sum(count for count, _ in widths(found).values())
    frame = pd.concat([pd.read_parquet(path) for path in found.keeping.paths()])
    assert all(sorted(one) == list(range(len(one))) for _, one in frame.groupby("design")["world"])


def test_nobody_gets_more_worlds_than_the_most(tmp_path: Path) -> None:
    assert {count for count, _ in widths(run(until(tmp_path, 1e-12, 10), tmp_path / "out")).values()} == {10}


@pytest.mark.whole
def test_rounds_are_gone_on_with_after_an_interrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = until(tmp_path, 1e-12, 16)
    whole = run(plan, tmp_path / "whole")
    stopped(plan, tmp_path / "out", monkeypatch, 0)
    for _ in whole.keeping.paths():  # a round more each time
        with monkeypatch.context() as patched, pytest.raises(Halted):
            patched.setattr("experiments.batch.supervisor.here", stopping(1, KeyboardInterrupt()))
            run(plan, tmp_path / "out", resume=True)
    assert run(plan, tmp_path / "out", resume=True).digest == whole.digest
