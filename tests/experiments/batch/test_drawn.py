"""What worlds drew: the draws of the game, the same whatever the number of worlds, without what the design says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import scenarios
from experiments.batch import drawn, lasting
from experiments.batch.drawn import KEYS, NAME, Drawn
from experiments.batch.lasting import How
from experiments.batch.target import Target
from experiments.designs.plan import plan
from sim.errors import InputError
from sim.streams import Streams
from tests.experiments.batch.tiny import tiny

TEXT = """
question = "what do worlds draw?"
[held]
scenario = "history"
quarters = 1
draw = {draw}
parameters = {{ take_or_pay = 0.8 }}
[[uncertainty]]
parameter = "price_elasticity"
[varies]
seeds = [1, 2]
[replications]
worlds = 3
[measured]
outcomes = ["utilisation"]
"""


def table(folder: Path, worlds: int, draw: str = "true") -> pd.DataFrame:
    path = folder / "drawn.toml"
    path.write_text(TEXT.format(draw=draw), encoding="utf-8")
    made = plan(str(path))
    return drawn.table(made, dict.fromkeys(range(len(made.settings)), worlds))


def test_a_row_a_seed_and_world_with_the_draws_of_the_game(tmp_path: Path) -> None:
    found = table(tmp_path, 5)
    assert found[["seed", "world"]].to_numpy().tolist() == [[seed, world] for seed in (1, 2) for world in range(5)]
    catalogue, seen = scenarios.catalogue_of(scenarios.load("history")), 0
    ensemble = scenarios.load("history").members(catalogue)
    for name in found.columns.difference(KEYS):
        if ensemble is None or name not in ensemble.values:
            declared, _ = catalogue.find(name, "")
            by_hand = declared.quantile(Streams(2, 0, 5).at("parameter", name, 0).uniform())
            assert found.loc[found["seed"] == 2, name].to_numpy() == pytest.approx(by_hand, rel=1e-15)
            seen += 1
    assert seen > 20


def test_more_worlds_change_none_of_the_first(tmp_path: Path) -> None:
    few, many = table(tmp_path, 3), table(tmp_path, 70)
    pd.testing.assert_frame_equal(many[many["world"] < 3].reset_index(drop=True)[few.columns], few)


def test_what_the_design_varies_or_holds_is_no_draw_and_without_draws_there_is_nothing(tmp_path: Path) -> None:
    assert not {"price_elasticity", "take_or_pay"} & set(table(tmp_path, 5).columns)
    assert list(table(tmp_path, 5, "false").columns) == list(KEYS)


def test_a_batch_leaves_the_table_and_its_cases_are_read_by_world(tmp_path: Path) -> None:
    lasting.run(tiny(tmp_path, values=(0.5, 1.0), worlds=4), Target(tmp_path / "out"), How())
    rows = pd.read_parquet(tmp_path / "out" / NAME)
    found = Drawn.read(tmp_path / "out")
    (shared,) = found.of
    values = found.at([shared] * 3, np.array([3, 0, 3]))
    assert values.tolist() == rows[list(found.names)].to_numpy()[[3, 0, 3]].tolist()
    with pytest.raises(InputError, match=r"does not know every world of seed 1; --resume writes it again"):
        found.at([shared], np.array([4]))


@pytest.mark.parametrize("damage", ["missing", "truncated", "column"])
def test_a_table_that_cannot_be_read_is_one_sentence(tmp_path: Path, damage: str) -> None:
    place = tmp_path / NAME
    said = rf"has no {NAME}: .* --resume writes it"
    if damage == "truncated":
        place.write_bytes(b"PAR1 and no more")
        said = rf"{NAME} cannot be read: it is no whole Parquet file; --resume writes it again"
    if damage == "column":
        pd.DataFrame({"scenario_digest": ["a"], "seed": [1], "price_elasticity": [-1.0]}).to_parquet(place)
        said = "has no column 'world'; --resume writes it again"
    with pytest.raises(InputError, match=said):
        Drawn.read(tmp_path)
