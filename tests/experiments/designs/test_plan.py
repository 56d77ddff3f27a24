"""Designs from their files: what they mean in points, and what is refused in which words."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from experiments import scenarios
from experiments.batch.engine import Size
from experiments.batch.points import Until
from experiments.designs import note
from experiments.designs.plan import plan, remarks
from experiments.study import design as study
from sim.errors import InputError

LEVER = '[[lever]]\nparameter = "porting_into_factor_trainium"\nvalues = [0.5, 1.0]\n'
MEASURED = '[measured]\noutcomes = ["utilisation"]\n'
PLAIN = f'question = "why?"\n{LEVER}{MEASURED}'


def written(folder: Path, text: str) -> str:
    path = folder / "d.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_every_shipped_design_can_be_played_and_says_what_a_lab_note_says() -> None:
    assert {"first", "grid", "study-cells"} <= set(note.names())
    for name in note.names():
        made, read = plan(name), note.read(note.find(name))
        assert len(made) > 1 and made.runs > len(made)
        assert read.question.endswith("?") and read.why and read.measured.why
        assert all(one.why for one in (*read.lever, *read.uncertainty))


def test_numbers_and_choices_are_crossed_and_every_point_has_a_name(tmp_path: Path) -> None:
    choices = '[varies]\nscenarios = ["baseline", "baseline-high"]\nseeds = [3, 4]\n'
    players = '[[strategies]]\nname = "plain"\n[[strategies]]\nname = "harvest"\nseats = { aws = "harvest" }\n'
    made = plan(written(tmp_path, PLAIN + choices + players + "[replications]\nworlds = 5\n"))
    assert len(made) == 2 * 2 * 2 * 2 and made.runs == 80
    table = made.columns()
    assert len(set(table["name"])) == 16 and table["design"] == list(range(16))
    assert table["porting_into_factor_trainium"] == [0.5, 1.0] * 8
    assert {(a, b, c) for a, b, c in zip(table["scenario"], table["seed"], table["strategies"], strict=True)} == {
        (scenario, seed, players)
        for scenario in ("baseline", "baseline-high")
        for seed in (3, 4)
        for players in ("{}", '{"aws": "harvest"}')
    }


def test_one_lever_may_move_a_parameter_of_every_region(tmp_path: Path) -> None:
    text = PLAIN.replace("porting_into_factor_trainium", "porting_factor_*")
    made = plan(written(tmp_path, text))
    names = [name for name in made.values if name.startswith("porting_factor_")]
    assert len(names) == len(made.values) > 1
    assert all(np.array_equal(made.values[name], [0.5, 1.0]) for name in names)


def test_an_uncertainty_without_a_range_has_the_declared_one(tmp_path: Path) -> None:
    made = plan(written(tmp_path, f'question = "?"\n[[uncertainty]]\nparameter = "price_elasticity"\n{MEASURED}'))
    declared = scenarios.catalogue_of(scenarios.load("baseline")).find("price_elasticity", "")[0]
    assert made.values["price_elasticity"].tolist() == [declared.low, declared.high]


def test_a_table_of_the_users_own_is_taken_row_by_row(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("price_elasticity,porting_factor_us\n-0.7,1\n-1.2,0.25\n-0.7,0.5\n")
    text = f'question = "?"\n[sample]\nmethod = "csv"\nfile = "mine.csv"\n{MEASURED}'
    made = plan(written(tmp_path, text))
    assert made.values["price_elasticity"].tolist() == [-0.7, -1.2, -0.7]
    assert made.values["porting_factor_us"].tolist() == [1.0, 0.25, 0.5]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("", "mine.csv is empty."),
        ("price_elasticty\n-1\n-0.9\n", "mine.csv: unknown parameter 'price_elasticty'. Closest: 'price_elasticity'."),
        ("price_elasticity\n-1\nnan\n", "mine.csv: line 3: price_elasticity = 'nan' is not allowed; give a finite"),
        ("price_elasticity\n-1\n-0.9\n\n-1\n", "mine.csv: line 5 repeats line 2; give every point once."),
        ("price_elasticity,take_or_pay\n-1,0.8\n-0.9,0.8\n", "column 'take_or_pay' varies nothing: it is 0.8 in every"),
    ],
)
def test_a_table_that_cannot_be_played_is_told_by_its_line(tmp_path: Path, table: str, words: str) -> None:
    (tmp_path / "mine.csv").write_text(table)
    with pytest.raises(InputError, match=re.escape(words)):
        plan(written(tmp_path, f'question = "?"\n[sample]\nmethod = "csv"\nfile = "mine.csv"\n{MEASURED}'))


def test_a_table_with_a_mark_of_byte_order_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("price_elasticity\n-1\n-0.9\n", encoding="utf-8-sig")
    made = plan(written(tmp_path, f'question = "?"\n[sample]\nmethod = "csv"\nfile = "mine.csv"\n{MEASURED}'))
    assert made.values["price_elasticity"].tolist() == [-1.0, -0.9]


def test_held_numbers_shocks_and_players_are_every_points(tmp_path: Path) -> None:
    held = '[held]\nscenario = "baseline-low"\nquarters = 3\ndraw = false\nshocks = ["edge-surge"]\n'
    held += 'parameters = { price_elasticity = -0.9 }\nstrategies = { aws = "harvest" }\n'
    made = plan(written(tmp_path, PLAIN + held))
    (one,) = made.settings
    assert one.size == Size(16, 3, 1, draw=False) and one.strategies == {"aws": "harvest"}
    assert one.scenario.parameters["price_elasticity"] == -0.9
    assert [shock.parameter for shock in one.scenario.shocks][-2:] == ["edge_potential_share", "edge_imitation"]


def test_the_studys_cells_are_the_studys() -> None:
    made = plan("study-cells")
    design = study.read()
    size = Size(design.default_worlds, design.default_quarters)
    cells = study.Planner(design, size).cells()
    mine = [(one.labels["cell"], one.scenario.digest, one.size, dict(one.strategies)) for one in made.settings]
    assert mine == [(one.name, one.cell.scenario.digest, one.cell.size, dict(one.cell.strategies)) for one in cells]


def test_replications_until_an_interval_is_narrow(tmp_path: Path) -> None:
    until = '[replications]\nworlds = 1\noutcome = "utilisation"\nquarter = 4\nnarrower_than = 0.02\nmost = 64\n'
    made = plan(written(tmp_path, PLAIN + until))
    assert made.until == Until("utilisation", 4, 0.02, 64)
    assert made.of(0).size.worlds == 2  # an interval takes two


def test_the_digest_hangs_on_what_is_played_and_not_on_words(tmp_path: Path) -> None:
    one = plan(written(tmp_path, PLAIN)).digest
    assert one == plan(written(tmp_path, PLAIN.replace("why?", "what?"))).digest
    for other in (
        PLAIN.replace("[0.5, 1.0]", "[0.5, 1.5]"),
        PLAIN.replace("utilisation", "hhi_cloud"),
        PLAIN + "[held]\nquarters = 3\n",
        PLAIN + "[varies]\nseeds = [2]\n",
        PLAIN + "[replications]\nworlds = 15\n",
        PLAIN + '[held]\nstrategies = { aws = "harvest" }\n',
    ):
        assert plan(written(tmp_path, other)).digest != one


SECOND = '[[uncertainty]]\nparameter = "porting_into_factor_trainium"\nvalues = [0.7]\n'
WRONG = {
    "unknown key": ("qestion = 1\n" + PLAIN, "d.toml: unknown key 'qestion'. Closest: 'question'."),
    "key of a table": (PLAIN + "[held]\nscenaro = 'x'\n", "unknown key 'held scenaro'. Closest: 'scenario'."),
    "empty": ("", "d.toml is empty; a design has a question, what varies, and what is [measured]."),
    "no question": (PLAIN.replace("question", "why"), "d.toml: question: is required."),
    "varies nothing": (f'question = "?"\n{MEASURED}', "d.toml: the design varies nothing: give a [[lever]]"),
    "no outcome": (PLAIN.replace('["utilisation"]', "[]"), "d.toml: measured outcomes: "),
    "no worlds": (PLAIN + "[replications]\nworlds = 0\n", "replications worlds: must be at least 1 (given: 0)."),
    "range": (PLAIN.replace("[0.5, 1.0]", "[0.5, 11.0]"), "porting_into_factor_trainium = 11 is out of range; allowed"),
    "backwards": (PLAIN.replace("values", "range").replace("[0.5, 1.0]", "[1.0, 0.5]"), "range = [1, 0.5] is empty"),
    "no range": (PLAIN.replace("values = [0.5, 1.0]\n", ""), "give either range = [low, high] or values = [...]."),
    "parameter": (PLAIN.replace("factor_trainium", "factor_trainum"), "Closest: 'porting_into_factor_trainium'."),
    "outcome": (PLAIN.replace('"utilisation"', '"utilization"'), "unknown outcome 'utilization'. Closest: 'utilis"),
    "twice": (PLAIN + SECOND, "d.toml: lever or uncertainty 'porting_into_factor_trainium' is given twice"),
    "held too": (PLAIN + "[held]\nparameters = { porting_into_factor_trainium = 1 }\n", "is held and varied"),
    "scenario": (PLAIN + '[held]\nscenario = "basline"\n', "d.toml: unknown scenario 'basline'. Closest: 'baseline'"),
    "card": (PLAIN + '[held]\nshocks = ["edge-surg"]\n', "d.toml: unknown shock 'edge-surg'. Closest: 'edge-surge'."),
    "party": (PLAIN + '[held]\nstrategies = { awz = "harvest" }\n', "unknown role or party 'awz'"),
    "method": (PLAIN + '[sample]\nmethod = "sobl"\n', "unknown method 'sobl'. Closest: 'sobol'."),
    "too many": (PLAIN + '[sample]\nmethod = "sobol"\npoints = 1073741824\n', "3221225472 points are too many"),
    "many levels": (PLAIN.replace("values = [0.5, 1.0]", "range = [0.5, 1.0]") + "[sample]\nlevels = 100000000\n",
                    "d.toml: sample: 100000000 points are too many; allowed is up to 1000000."),
    "points of a grid": (PLAIN + "[sample]\npoints = 5\n",
                         "points goes with method = 'latin-hypercube' or 'sobol' or 'morris'; 'full-factorial' does"),
    "levels of Sobol": (PLAIN + '[sample]\nmethod = "sobol"\npoints = 8\nlevels = 4\n', "levels goes with method"),
    "same cards": ('question = "?"\n[[shocks]]\nname = "a"\ncards = ["edge-surge"]\n[[shocks]]\nname = "b"\n'
                   'cards = ["edge-surge"]\n' + MEASURED, "d.toml: 'a' and 'b' are the same game under two names"),
    "same players": ('question = "?"\n[[strategies]]\nname = "a"\n[[strategies]]\nname = "b"\n' + MEASURED,
                     "'a' and 'b' are the same game"),
    "two of one name": ('question = "?"\n[[shocks]]\nname = "x"\n[[shocks]]\nname = "x/a"\ncards = ["edge-surge"]\n'
                        '[[strategies]]\nname = "a/b"\n[[strategies]]\nname = "b"\nseats = { aws = "harvest" }\n'
                        + MEASURED, "d.toml: 'x/a/b' is the name of two games, put together of others"),
    "nothing to sample": ('question = "?"\n[varies]\nseeds = [1, 2]\n[sample]\nmethod = "sobol"\npoints = 8\n'
                          + MEASURED, "sample: nothing is sampled; give a [[lever]] or [[uncertainty]]"),
    "file alone": (PLAIN + '[sample]\nfile = "x.csv"\n', "goes with method = 'csv'"),
    "no file": (PLAIN + '[sample]\nmethod = "csv"\nfile = "x.csv"\n', "d.toml: sample: file = 'x.csv' does not exist."),
    "until what": (PLAIN + "[replications]\nnarrower_than = 0.1\n", "needs outcome, a metric's name"),
    "base": (PLAIN.replace("porting_into_factor_trainium", "lab_flow_weight"), "is read only by the base"),
    "study": ('question = "?"\n[varies]\nstudy = ["opn"]\n' + MEASURED, "cell of the study 'opn'. Closest: 'open'."),
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_played_is_said_in_a_sentence_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)) as told:
        plan(written(tmp_path, text))
    assert str(told.value).startswith(("d.toml", "'"))


def test_a_shock_that_takes_a_point_out_of_a_range_is_told_before_anything_is_played(tmp_path: Path) -> None:
    text = PLAIN.replace("porting_into_factor_trainium", "edge_imitation").replace("[0.5, 1.0]", "[1.0, 2.5]")
    with pytest.raises(InputError, match=r"d.toml: .*edge_imitation leaves its range in 2026Q3"):
        plan(written(tmp_path, text + '[held]\nshocks = ["edge-surge"]\n'))


def test_a_number_that_shocks_set_in_every_quarter_varies_nothing(tmp_path: Path) -> None:
    card = 'title = "c"\nbase = "baseline"\n[[shock]]\nparameter = "accelerator_tariff"\nset = 0.2\nsource = "s"\n'
    text = PLAIN.replace("porting_into_factor_trainium", "accelerator_tariff").replace("1.0]", "0.1]")
    (tmp_path / "card.toml").write_text(card + 'quarters = ["2026Q1", "2040Q4"]\n', encoding="utf-8")
    given = written(tmp_path, text + '[held]\nshocks = ["card.toml"]\n')
    with pytest.raises(InputError, match=r"^d.toml: accelerator_tariff varies nothing: shocks set it in every quarter"):
        plan(given)
    (tmp_path / "card.toml").write_text(card + 'quarters = ["2026Q2", "2040Q4"]\n', encoding="utf-8")
    assert len(plan(given)) == 2


def test_shocks_outside_the_quarters_played_are_remarked(tmp_path: Path) -> None:
    held = '[held]\nquarters = 2\nshocks = ["chip-tariff@2027Q1"]\n'
    (said,) = remarks(plan(written(tmp_path, PLAIN + held)))
    assert "lies outside the quarters played, 2026Q1 to 2026Q2, and does nothing." in said
    assert remarks(plan(written(tmp_path, PLAIN + held.replace("= 2\n", "= 8\n")))) == remarks(plan("first")) == []
    assert remarks(plan("study-cells")) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [("frist", "unknown design 'frist'. Closest: 'first'."), ("./first.toml", "the library's is called 'first'")],
)
def test_a_design_that_does_not_exist(given: str, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        plan(given)
