"""`discover` on batches whose answer is known: which runs it takes, what it refuses, what it shows and writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.analysis import discover, prim, where
from experiments.analysis.ensemble import Ensemble
from experiments.batch import drawn
from experiments.designs.plan import plan
from sim.errors import InputError
from tests.experiments.analysis.made import OUTCOMES, design, written
from tests.experiments.conftest import Command

LATIN = 'method = "latin-hypercube"\npoints = 120\n'


def low_in_a_corner(shares: np.ndarray, worlds: np.ndarray, quarter: int) -> np.ndarray:
    """Low where the first number is small, in even worlds alone where the second is large too."""
    low = (shares[:, :1] < 0.5) & ((worlds % 2 == 0) | (shares[:, 1:2] > 0.5))
    return np.where(low, 0.02, 0.10)


def test_the_corner_is_found_and_written(tmp_path: Path, command: Command) -> None:
    out = written(tmp_path, design(tmp_path, 2, LATIN, 4), low_in_a_corner)
    status, shown, _ = command(
        "discover", str(out), "--where", "trainium_share_used < 0.05", "--out", "found", "--boxes", "1"
    )
    assert status == 0
    assert "porting_into_factor_trainium" in shown and "Box 1" in shown and "names are labels" in shown
    limits = pd.read_csv(tmp_path / "found" / "limits.csv")
    edge = limits.set_index("dimension").loc["porting_into_factor_trainium", "high"]
    assert edge == pytest.approx(0.5, abs=0.05)
    path = pd.read_csv(tmp_path / "found" / "path.csv")
    boxes = pd.read_csv(tmp_path / "found" / "boxes.csv")
    assert path["chosen"].sum() == 1
    assert boxes["density"][0] == pytest.approx(boxes["runs_where_it_holds"][0] / boxes["runs"][0])
    assert {path.name for path in (tmp_path / "found").iterdir()} >= {"boxes.csv", "limits.csv", "provenance.json"}


def test_choices_are_dimensions_too(tmp_path: Path) -> None:
    more = '[[shocks]]\nname = "none"\n[[shocks]]\nname = "edge"\ncards = ["edge-surge"]\n'
    path = design(tmp_path, 1, 'method = "full-factorial"\nlevels = 5\n', 4, more)

    def low_with_the_second(shares: np.ndarray, worlds: np.ndarray, quarter: int) -> np.ndarray:
        values = np.full(worlds.shape, 0.1)
        values[5:] = 0.02
        return values

    batch = Ensemble.open(written(tmp_path, path, low_with_the_second))
    asked = where.condition("trainium_share_used < 0.05", batch.outcomes)
    found = discover.discover(batch, asked, 2, 0.8, 2)
    assert len(found.boxes) == 1 and found.boxes[0].step.density == 1.0
    assert list(discover.said(found, found.boxes[0])) == ["shocks: edge"]


@pytest.mark.whole
def test_what_worlds_drew_is_searched_when_it_is_asked_for(tmp_path: Path, command: Command) -> None:
    """What decides is a parameter that only worlds have: found by its name with --drawn, and by nothing without."""
    path = design(tmp_path, 1, 'method = "latin-hypercube"\npoints = 5\n', 80)
    made = plan(str(path))
    rows = drawn.table(made, {0: 80})
    value = rows["managed_share"].to_numpy()
    edge = float(np.quantile(value, 0.3))
    out = written(tmp_path, path, lambda shares, worlds, quarter: np.where(value < edge, 0.02, 0.1) + 0.0 * worlds)
    batch = Ensemble.open(out)
    asked = where.condition("trainium_share_used < 0.05", batch.outcomes)
    without = discover.discover(batch, asked, 2, 0.8, 1)
    assert not without.drawn and without.boxes[0].step.density < 0.5
    found = discover.discover(batch, asked, 2, 0.95, 1, drawn=True)
    (box,) = found.boxes
    limits = discover.limits_table(found).set_index("dimension")
    assert box.step.density >= 0.95 and found.worlds == 80 and "managed_share" in found.drawn
    assert limits.loc["managed_share", "high"] == pytest.approx(edge, abs=0.1 * np.ptp(value))
    assert bool(limits.loc["managed_share", "drawn_by_worlds"])
    cases = (found.space, found.interest, found.points, box.step.limits, found.whole)
    of_worlds, of_points = prim.quasi_p(*cases, np.tile(np.arange(80), 5)), prim.quasi_p(*cases)
    place = found.space.names.index("managed_share")
    assert box.chances[place] == of_worlds[place] > of_points[place]  # five points of a world are one case
    status, shown, _ = command("discover", str(out), "--where", "trainium_share_used < 0.05", "--drawn", "--out", "f")
    assert status == 0 and "parameters that 80 worlds drew." in shown and ", drawn" in shown
    assert (tmp_path / "f" / "figures" / "box-1.png").stat().st_size > 5000


@pytest.mark.whole
def test_few_worlds_are_warned_of_and_a_batch_without_draws_is_refused(tmp_path: Path, command: Command) -> None:
    words = ("--where", "trainium_share_used < 0.05", "--drawn")
    out = written(tmp_path, design(tmp_path, 2, LATIN, 4), low_in_a_corner)
    status, shown, _ = command("discover", str(out), *words)
    assert status == 0 and "fewer than 50 worlds some parameter sets them apart by chance" in " ".join(shown.split())
    (out / drawn.NAME).unlink()
    status, shown, error = command("discover", str(out), *words)
    assert (status, shown) == (2, "") and "has no worlds.parquet" in error


def test_runs_that_were_lost_are_no_cases_and_are_named(tmp_path: Path, command: Command) -> None:
    lost = ((3, 1), (7, 0))
    out = written(tmp_path, design(tmp_path, 2, LATIN, 4), low_in_a_corner, broken=lost)
    batch = Ensemble.open(out)
    found = discover.discover(batch, where.condition("trainium_share_used < 0.05", OUTCOMES), 2, 0.8, 1)
    assert len(found.space) == 120 * 4 - 2
    _, shown, _ = command("discover", str(out), "--where", "trainium_share_used < 0.05")
    assert "2 runs of 480 lost, in no figure here: point 3, world 1 (has a figure that is none); point 7" in " ".join(
        shown.split()
    )


def test_a_condition_that_splits_nothing_is_refused_with_what_there_is(tmp_path: Path) -> None:
    batch = Ensemble.open(written(tmp_path, design(tmp_path, 2, LATIN, 2), low_in_a_corner))
    for words, how in (("trainium_share_used < 1", "every"), ("trainium_share_used > 1", "no")):
        asked = where.condition(words, batch.outcomes)
        with pytest.raises(InputError, match=f"holds in {how} run in q2 .2024Q2.*goes from 0.02 to 0.1"):
            discover.discover(batch, asked, 2, 0.8, 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--where", "trainium_share_usd < 1"), "--where: unknown outcome 'trainium_share_usd'. Closest: 'trainium_"),
        (("--where", "utilisation < 1", "--at", "q9"), "--at: 'q9' is not allowed; give a quarter from q1 (2024Q1)"),
        (("--where", "utilisation < 1", "--density", "1.5"), "--density = 1.5 is not allowed; give a share above 0"),
        (("--where", "utilisation < 1", "--boxes", "0"), "--boxes = 0 is not allowed; give a whole number from 1"),
        ((), "Missing option '--where'"),
    ],
)
def test_wrong_input_is_one_sentence_and_status_2(
    tmp_path: Path, command: Command, words: tuple[str, ...], said: str
) -> None:
    out = written(tmp_path, design(tmp_path, 2, LATIN, 2), low_in_a_corner)
    status, _, told = command("discover", str(out), *words)
    assert status == 2 and said in told and len(told.splitlines()) == 1


def test_a_folder_that_is_no_batch_is_refused(tmp_path: Path, command: Command) -> None:
    for command_name in (("discover", "--where", "utilisation < 1"), ("sensitivity",)):
        status, _, told = command(command_name[0], str(tmp_path / "nothing"), *command_name[1:])
        assert status == 2 and "is no folder" in told


def test_a_corrupt_part_is_refused_and_named(tmp_path: Path, command: Command) -> None:
    out = written(tmp_path, design(tmp_path, 2, LATIN, 2), low_in_a_corner)
    part = next((out / "parts").iterdir())
    content = bytearray(part.read_bytes())
    content[100] ^= 1
    part.write_bytes(bytes(content))
    status, _, told = command("discover", str(out), "--where", "utilisation < 1")
    assert status == 2 and "part-000000.parquet" in told and "--resume" in told
