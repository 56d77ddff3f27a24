"""`fully-booked whatif`: what it prints and writes, and one sentence for what it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from experiments.batch.folder import Records
from experiments.study.effects import SHARES, USED
from experiments.whatif import answer, page
from tests.experiments.conftest import Command

SMALL = ("--worlds", "2", "--quarters", "4", "--workers", "1")
TARIFF = "chip-tariff:high@2026Q1"
REMEDY = "self-preferencing-banned:high@2026Q2"


@pytest.mark.whole
def test_a_what_if_is_answered_in_a_table_and_in_words(command: Command) -> None:
    status, out, _ = command("whatif", "baseline", "--shock", TARIFF, *SMALL)
    assert status == 0 and not list(Path().iterdir())
    assert f"What if? {TARIFF}" in out and all(title in out for title in ("Is it a queue?", "Lock-in in 2026Q4"))
    assert "A first answer: 2 worlds are few." in " ".join(out.split())
    assert "not a forecast or advice" in out


@pytest.mark.whole
def test_tables_fit_eighty_columns(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = command("whatif", "baseline", "--shock", TARIFF, "--shock", REMEDY, *SMALL)
    assert max(len(line) for line in out.splitlines()) <= 80 and "…" not in out and "Left out" not in out
    assert "Antitrust action by channel" in out


@pytest.mark.whole
def test_several_what_ifs_stand_in_one_folder_figure_and_page(command: Command) -> None:
    cases = ("--case", f"Dear chips: {TARIFF}, power_level=0.9", "--case", REMEDY)
    status, out, err = command("whatif", "baseline", *cases, *SMALL, "--out", "found")
    assert status == 0 and "Page: found/whatif.html" in out, err
    written = {path.relative_to("found").as_posix() for path in Path("found").rglob("*") if path.is_file()}
    assert written == {
        "antitrust.csv",
        "data_dictionary.csv",
        "effects.csv",
        "figures/whatif.png",
        "figures/whatif.svg",
        "lock_in.csv",
        "provenance.json",
        "quarters.parquet",
        "supply.csv",
        "whatif.html",
        "whatif.txt",
    }
    effects = pd.read_csv("found/effects.csv")
    assert set(effects["whatif"]) == {"Dear chips", REMEDY} and set(effects["metric"]) == set(answer.READ)
    apart = effects["level"] - effects["base"] - effects["mean"]
    assert (apart.abs() < 1e-4 * effects["base"].abs().clip(lower=1.0)).all()
    remedy = effects[(effects["whatif"] == REMEDY) & (effects["metric"] == USED) & (effects["quarter_number"] == 4)]
    channels = pd.read_csv("found/antitrust.csv")
    total = channels[(channels["metric"] == USED) & (channels["quarter_number"] == 4)].set_index("channel")["mean"]
    assert total["total"] == pytest.approx(float(remedy["mean"].iloc[0]), abs=1e-4)
    assert total.drop("total").sum() == pytest.approx(total["total"], abs=1e-4)
    said = json.loads(Path("found/provenance.json").read_text(encoding="utf-8"))
    quarters = pd.read_parquet("found/quarters.parquet")
    assert list(quarters["cell"].unique()) == list(said["cells"]) == ["baseline", "Dear chips", REMEDY]
    assert len(quarters) == 3 * 2 * 4
    assert said["whatifs"]["Dear chips"]["set"] == {"power_level": 0.9} and said["worlds"] == 2
    assert Records.open("found").metric(USED, REMEDY).shape == (2, 4)
    status, out, _ = command("compare", "found:baseline", f"found:{REMEDY}", "--metric", USED, "--at", "q4")
    assert status == 0 and "paired" in out
    assert command("whatif", "baseline", "--shock", TARIFF, *SMALL, "--out", "found")[0] == 2
    assert command("whatif", "baseline", "--shock", TARIFF, *SMALL, "--out", "found", "--overwrite")[0] == 0
    assert not Path("found/antitrust.csv").exists()  # no remedy in it now


@pytest.mark.whole
def test_the_page_stands_alone(command: Command) -> None:
    command("whatif", "baseline", "--case", f"<Tariff> & more: {TARIFF}", *SMALL, "--out", "found")
    text = Path("found/whatif.html").read_text(encoding="utf-8")
    assert "<script" not in text and not re.search(r'(?:src|href)="(?!#|https://)', text)
    assert not re.search(r"<(?:img|link)|url\((?!#)", text)
    assert "&lt;Tariff&gt; &amp; more" in text and "<Tariff>" not in text
    assert all(title in text for title in SHARES.values()) and "sold out" in text
    assert "the exemption of data centres ends" in text.lower() and "globaltaxnews" in text  # the card, its source
    assert "few" in text.lower() and "not" in text


@pytest.mark.whole
def test_a_card_whose_size_the_market_decides_has_it_beside_the_result(command: Command) -> None:
    _, out, _ = command("whatif", "baseline", "--shock", "anchor-lab-shifts@2026Q1", *SMALL)
    said = " ".join(out.split())
    assert "which nothing here was set to: anchor-lab-shifts at −0.4 change of Trainium's utilisation (grade C" in said
    assert re.search(r"here utilisation_trainium [−+]0\.\d{3} in 2026Q4\)", said)


@pytest.mark.whole
def test_what_is_nothing_is_said_to_be_nothing(command: Command) -> None:
    """A fine moves money and nothing that is read here."""
    _, out, _ = command("whatif", "baseline", "--shock", "statutory-fine@2026Q2", *SMALL)
    assert "changes nothing: not one share, price or queue differs" in " ".join(out.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "whatif: nothing is asked; give --shock NAME[:LEVEL][@QUARTER], --set PARAMETER=VALUE or --case."),
        (["--shock", "chip-tarif"], "--shock: unknown shock 'chip-tarif'. Closest: 'chip-tariff'."),
        (["--shock", "chip-tariff@2033Q1"], "lies outside the quarters played"),
        (["--set", "demand_level=1"], "--set: demand_level=1 does nothing"),
        (["--case", "A: "], "--case: 'A: ' is not allowed; give 'TITLE: card, parameter=value'"),
        (["--case", "chip-tariff", "--case", "chip-tariff"], "--case: 'chip-tariff' is asked 2 times"),
        (
            ["--case", "A: chip-tariff, demand_level=0.9", "--case", "B: demand_level=0.90, chip-tariff"],
            "--case: 'A' and 'B' ask the same; leave one of them out.",
        ),
        (["--case", "chip-tariff, chip-tariff:high"], "'chip-tariff' is given 2 times"),
        (["--shock", "chip-tariff", "--worlds", "1"], "--worlds = 1 is not allowed"),
        (["--shock", "chip-tariff", "--out", "."], "--out: '.' is the current folder"),
    ],
)
def test_what_cannot_be_asked_ends_with_two_and_a_sentence(command: Command, words: list[str], said: str) -> None:
    status, out, err = command("whatif", "baseline", *words)
    assert (status, out) == (2, "") and said in err and err.count("\n") == 1
    assert list(Path().iterdir()) == []


def test_more_what_ifs_than_colours_are_refused(command: Command) -> None:
    cases = [word for number in range(9) for word in ("--case", f"demand_level=0.{number + 1}")]
    status, _, err = command("whatif", "baseline", *cases)
    assert status == 2 and "9 what-ifs are not allowed side by side; give up to 8" in err


def test_an_unknown_base_is_refused(command: Command) -> None:
    status, _, err = command("whatif", "baselin", "--shock", "chip-tariff")
    assert status == 2 and "Closest: 'baseline'" in err


def test_parts_of_the_index_all_have_a_name() -> None:
    assert set(page.PART_NAMES) == {*answer.HELD, *answer.PARTS}
