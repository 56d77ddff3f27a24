"""Scores as they are printed and stored, and the backtest's one-way view of time, without playing a game."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.batch.target import Target
from experiments.forecast import backtest, combination, forecast, scoring, terminal, wording
from experiments.forecast.forecast import COLUMNS, LEVELS
from experiments.forecast.origins import PAST
from experiments.forecast.public_series import SERIES, after, known
from sim.quarters import ordinal
from tests.experiments.conftest import Command

FORECAST = ",".join(COLUMNS) + "\naws_revenue_usd_bn,2026Q1,USD bn,30,32,34,36,38,40,42\n"
FACTS = "series,quarter,value,unit\naws_revenue_usd_bn,2026Q1,36.5,USD bn\n"


NAMES = ("nvidia_data_center_revenue_usd_bn", "trainium_share_of_aws")


def made(*given: object) -> pd.DataFrame:
    """A forecast of two series from an origin that says its value over and over, within a tenth either way."""
    to, origin = str(given[0]), str(given[4].quarter)  # type: ignore[attr-defined]
    past, count = known(origin), ordinal(to) - ordinal(origin)
    rows = [
        (name, quarter, SERIES[name].unit, *(past[name].iloc[-1] * (1.0 + 0.1 * (np.array(LEVELS) - 0.5) / 0.45)))
        for name in NAMES
        for quarter in after(origin, count)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


@pytest.fixture
def no_game(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    asked: list[tuple[object, ...]] = []

    def make(*given: object) -> pd.DataFrame:
        asked.append(given)
        given[-1].tell("a note for the reader")
        return made(*given)

    monkeypatch.setattr(forecast, "make", make)
    return asked


@pytest.mark.whole
def test_the_backtest_scores_facts_after_each_origin_from_what_was_known_before(
    no_game: list[tuple[object, ...]],
) -> None:
    """Four quarters ahead while facts last: 4, 4, 3, 2, 1 quarters of two series."""
    found = backtest.run(5, 3, 2).scores
    assert found["method"].value_counts().to_dict() == {"model": 28, "combination": 28}
    found = found[found["method"] == "model"]
    assert [one[0] for one in no_game] == ["2025Q3", "2025Q4", "2025Q4", "2025Q4", "2025Q4"]
    assert {one[1:4] for one in no_game} == {(5, 3, 2)} and [one[4] for one in no_game] == list(PAST)
    facts = {(name, quarter): value for name, values in known("2025Q4").items() for quarter, value in values.items()}
    assert found.groupby("origin").size().tolist() == [8, 8, 6, 4, 2] and set(found["series"]) == set(NAMES)
    for row in found.to_dict("records"):
        assert row["fact"] == facts[row["series"], row["quarter"]]
        assert row["p50"] == pytest.approx(known(row["origin"])[row["series"]].iloc[-1])


@pytest.mark.whole
def test_the_backtest_is_printed_stored_and_says_where_the_model_loses(
    no_game: list[tuple[object, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.run_backtest(4, 1, 1, Target(tmp_path / "out"))
    shown = capsys.readouterr().out
    assert "5 origins, 2024Q3 to 2025Q3, count as about 1.5" in shown and "2025Q1: a note for the reader" in shown
    assert "Loses on nvidia_data_center_revenue_usd_bn: behind" in shown and "`" not in shown
    assert "aim 85 to 95 %: missed" in shown and "Combination: " in shown
    stored = pd.read_csv(tmp_path / "out" / "backtest.csv")
    assert len(stored) == 56 and len(pd.read_csv(tmp_path / "out" / "combination.csv")) == 12
    assert (tmp_path / "out" / "provenance.json").is_file()


@pytest.mark.whole
def test_what_ships_is_measured_on_the_usual_size(
    no_game: list[tuple[object, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backtest, "FOLDER", tmp_path / "deep")
    assert backtest.main() == 0
    assert no_game[0][:3] == ("2025Q3", forecast.WORLDS, forecast.SEED)
    assert len(pd.read_csv(tmp_path / "deep" / "backtest.csv")) == 56
    learnt = combination.shipped("2025Q4", tmp_path / "deep" / "combination.csv")
    assert set(learnt) == set(scoring.GROUPS) and learnt["money and price"].weights.sum() == pytest.approx(
        1.0, abs=1e-5
    )


def test_origins_that_share_quarters_count_as_few() -> None:
    """Two alike count as one, two apart as two; {1, 2} and {2}: 4 / (1 + 1 + 2 / √2)."""
    assert scoring.effective([{"a", "b"}, {"a", "b"}]) == pytest.approx(1.0)
    assert scoring.effective([{"a"}, {"b"}]) == pytest.approx(2.0)
    assert scoring.effective([{"a", "b"}, {"b"}, set()]) == pytest.approx(4.0 / (2.0 + 2.0**0.5))
    assert scoring.effective([]) == 0.0


def test_aims_are_said_to_be_met_only_when_they_are() -> None:
    """Nine of ten facts inside and less CRPS than both rivals; a rival that is ahead is named."""
    rows = pd.DataFrame(
        {
            "origin": "2024Q4",
            "method": "model",
            "series": "aws_revenue_usd_bn",
            "quarter": [str(k) for k in range(10)],
            "unit": "USD bn",
            "crps": 1.0,
            **{f"crps_{m}": 2.0 for m in ("last", "drift", "damped")},
            **{band: [True] * 9 + [False] for band in scoring.BANDS},
        }
    )
    (said,) = wording.aims(rows)
    assert said.startswith("Model: 90 % of facts") and said.count("met") == 2 and "missed" not in said
    (said,) = wording.aims(rows.assign(crps_damped=0.5, within_90=True))
    assert "95 %: missed" in said and said.endswith("missed (behind damped smoothing)")


def test_a_score_is_printed_with_its_origin_its_coverage_and_what_is_left_out(command: Command) -> None:
    Path("f.csv").write_text(FORECAST)
    Path("facts.csv").write_text(FACTS + "amazon_capex_usd_bn,2026Q1,40,USD bn\naws_revenue_usd_bn,2026Q2,40,USD bn\n")
    status, out, _ = command("score", "f.csv", "facts.csv")
    plain = " ".join(out.split())
    assert status == 0 and "Forecast from 2025Q4, 1 facts" in plain
    assert "100 % of facts lie within the 90 % band." in plain
    assert "2 facts lie outside the forecast's series and quarters and are left out." in plain
    assert "Money and price (1 series, each weighing one): " in plain and "Stocks and shares" not in plain


METHODS = (
    "method,"
    + FORECAST.replace("aws_", "model,aws_")
    + ("combination,aws_revenue_usd_bn,2026Q1,USD bn,33,34,35,36.5,38,39,40\n")
)


@pytest.mark.parametrize(
    ("words", "median", "told"), [((), 36.0, "model"), (("--method", "combination"), 36.5, "comb")]
)
def test_a_score_is_of_the_method_that_is_named(
    command: Command, words: tuple[str, ...], median: float, told: str
) -> None:
    Path("f.csv").write_text(METHODS)
    Path("facts.csv").write_text(FACTS)
    status, out, err = command("score", "f.csv", "facts.csv", "--out", "s.csv", *words)
    assert status == 0 and f"Forecast from 2025Q4 ({told}" in " ".join(out.split()), err
    assert pd.read_csv("s.csv")["p50"].tolist() == [median]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (METHODS, "--method 'combinatoin'. Closest: 'combination'"),
        (FORECAST, "--method = combinatoin is not allowed; f.csv has no column 'method', leave it out."),
    ],
)
def test_a_method_that_is_not_there_is_one_sentence(command: Command, text: str, said: str) -> None:
    Path("f.csv").write_text(text)
    Path("facts.csv").write_text(FACTS)
    status, out, err = command("score", "f.csv", "facts.csv", "--method", "combinatoin")
    assert (status, out) == (2, "") and said in err and err.count("\n") == 1, err


LATE = "amazon_capex_usd_bn,2026Q2,USD bn,1,2,3,4,5,6,7\n"


@pytest.mark.parametrize(
    ("forecast", "facts", "said"),
    [
        (
            FORECAST + "amazon_capex_usd_bn,2026Q2,USD bn,1,2,3,4,5,6,7\n",
            FACTS,
            "all series must begin in the same quarter",
        ),
        (FORECAST.replace("2026Q1", "2021Q1"), FACTS.replace("2026Q1", "2021Q1"), "nothing is known up to 2020Q4"),
        (
            FORECAST,
            FACTS.replace("2026Q1", "2026Q3"),
            "none of its 1 facts lies in the forecast",
        ),
    ],
)
def test_files_that_do_not_meet_are_one_sentence(command: Command, forecast: str, facts: str, said: str) -> None:
    Path("f.csv").write_text(forecast)
    Path("facts.csv").write_text(facts)
    status, out, err = command("score", "f.csv", "facts.csv")
    assert (status, out) == (2, "") and said in err and err.count("\n") == 1


def test_a_folder_without_tables_has_no_facts(command: Command) -> None:
    Path("f.csv").write_text(FORECAST)
    Path("facts").mkdir()
    status, _, err = command("score", "f.csv", "facts")
    assert status == 2 and "facts: holds no .csv file of facts." in err


@pytest.mark.parametrize(
    ("unit", "value", "fact"),
    [("percent", "5.5", 0.055), ("%", "5.5", 0.055), ("share", "0.055", 0.055), ("0-1", "0.055", 0.055)],
)
def test_shares_come_in_per_cent_too(command: Command, unit: str, value: str, fact: float) -> None:
    Path("f.csv").write_text(",".join(COLUMNS) + "\ntrainium_share_installed,2026Q1,0-1,.01,.02,.03,.04,.05,.06,.07\n")
    Path("facts.csv").write_text(f"series,quarter,value,unit\ntrainium_share_installed,2026Q1,{value},{unit}\n")
    status, _, err = command("score", "f.csv", "facts.csv", "--out", "s.csv")
    assert status == 0, err
    assert pd.read_csv("s.csv")["fact"].tolist() == pytest.approx([fact])
