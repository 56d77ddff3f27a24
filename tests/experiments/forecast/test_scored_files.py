"""Files of forecasts and facts: which can be scored, and what is said of those that cannot."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.experiments.conftest import Command


def _write(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")


GOOD = "series,quarter,unit,p5,p10,p25,p50,p75,p90,p95\namazon_capex_usd_bn,2026Q1,USD bn,1,2,3,4,5,6,7\n"
FACT = "series,quarter,value,unit\namazon_capex_usd_bn,2026Q1,40,USD bn\n"
BAD_FORECASTS = [
    (GOOD.replace("1,2,3,4,5,6,7", "1,2,3,9,5,6,7"), ("line 2", "p50 = 9", "p75 = 5", "cross")),
    (GOOD.replace("amazon_capex", "amazn_capex"), ("amazn_capex_usd_bn", "'amazon_capex_usd_bn'")),
    (GOOD.replace("2026Q1", "2026-Q1"), ("line 2", "2026-Q1")),
    (GOOD.replace(",p95", ""), ("p95",)),
    (GOOD.replace(",7\n", ",seven\n"), ("line 2", "p95", "seven")),
    (GOOD.replace("USD bn", "USD m"), ("unit", "USD m", "USD bn")),
    (GOOD + GOOD.splitlines()[1] + "\n", ("line 3", "given twice")),
    (GOOD.splitlines()[0] + "\n", ("no row",)),
    ("", ("not a table",)),
    (GOOD + "amazon_capex_usd_bn,2026Q3,USD bn,1,2,3,4,5,6,7\n", ("missing between",)),
]
BAD_FACTS = [
    (FACT.replace("amazon", "amazom"), ("line 2", "'amazon_capex_usd_bn'")),
    (FACT.replace("USD bn", "EUR bn"), ("unit", "EUR bn", "'USD bn'")),
    (FACT.replace("2026Q1", "2026Q5"), ("2026Q5",)),
    (FACT.replace(",40,", ",inf,"), ("value", "inf", "finite")),
    (FACT.replace("2026Q1", "2031Q1"), ("none of its 1 facts", "2026Q1")),
    (FACT.replace("value", "worth"), ("value", "missing")),
    ("series,quarter,value,unit\ntrainium_share_installed,2026Q1,5.5,0-1\n", ("5.5", "not a share", "0 to 1")),
]


@pytest.mark.parametrize(("text", "said"), BAD_FORECASTS)
def test_a_forecast_that_cannot_be_scored_is_one_sentence(command: Command, text: str, said: tuple[str, ...]) -> None:
    _write("f.csv", text)
    _write("facts.csv", FACT)
    status, _, err = command("score", "f.csv", "facts.csv", "--out", "scores.csv")
    assert status == 2 and err.count("\n") == 1
    assert all(word in err for word in ("f.csv", *said)), err
    assert not Path("scores.csv").exists()


@pytest.mark.parametrize(("text", "said"), BAD_FACTS)
def test_facts_that_cannot_be_used_are_one_sentence(command: Command, text: str, said: tuple[str, ...]) -> None:
    _write("f.csv", GOOD)
    _write("facts.csv", text)
    status, _, err = command("score", "f.csv", "facts.csv")
    assert status == 2 and err.count("\n") == 1
    assert all(word in err for word in ("facts.csv", *said)), err


LINE = FACT.splitlines()[1]
NOTED = FACT.replace("unit", "unit,note").replace(LINE, LINE + ',"two\nlines"')
WRONG_LINES = [
    (FACT.replace("unit\n", "unit\n\n \n").replace("40", "forty"), ("line 4", "value = 'forty'")),
    (FACT.replace(LINE, LINE + ","), ("line 2 has 5 fields, the header has 4.",)),
    (FACT.replace(",USD bn", ""), ("line 2 has 3 fields, the header has 4.",)),
    (FACT.replace("\n", "\r\n") + "\r\n\r\naws_revenue_usd_bn,2026Q1,x,USD bn\r\n", ("line 5", "value = 'x'")),
    ("\ufeff" + FACT.replace("40", "-"), ("line 2", "value = '-'")),
    (NOTED + LINE.replace("1,40", "2,x") + ",\n", ("line 4", "value = 'x'")),
    (FACT + "\n,,,\n" + LINE + "\n", ("line 5", "2026Q1 is given twice")),
    (FACT.replace("USD bn", '"USD bn'), ("line 2", "not a row of a table")),
    (FACT.replace(",", ";"), ("'series' is missing", "separated by commas")),
    (FACT.replace("unit", "value"), ("'value' stands twice",)),
    *(
        (FACT.replace("40", given), ("line 2", f"value = '{given}'", "finite number"))
        for given in ("1e999", "-1e999", "nan", "Infinity", "True", "1_000", "1e-999", "0x10", "4 0", "\u0664\u0660")
    ),
    (FACT.replace("40", "9" * 5000), ("line 2", "value = '999", "...", "finite number")),
]


@pytest.mark.parametrize(("text", "said"), WRONG_LINES)
def test_a_wrong_line_is_named_as_the_file_counts(command: Command, text: str, said: tuple[str, ...]) -> None:
    _write("f.csv", GOOD)
    Path("facts.csv").write_bytes(text.encode())
    status, out, err = command("score", "f.csv", "facts.csv")
    assert (status, out) == (2, "") and err.count("\n") == 1 and len(err) < 400
    assert all(word in err for word in ("facts.csv", *said)), err


def test_the_line_of_a_forecast_is_the_files_too(command: Command) -> None:
    _write("facts.csv", FACT)
    _write("f.csv", GOOD.replace("\n", "\n\n\n", 1).replace("1,2,3", "1,1e999,3"))
    _, _, err = command("score", "f.csv", "facts.csv")
    assert "f.csv: line 4: p10 = '1e999' is not allowed" in err
    _write("f.csv", GOOD + "\n" + GOOD.splitlines()[1] + "\n")
    assert "f.csv: line 4: amazon_capex_usd_bn, 2026Q1 is given twice" in command("score", "f.csv", "facts.csv")[2]


def test_space_empty_lines_and_marks_of_other_editors_change_nothing(command: Command) -> None:
    _write("f.csv", GOOD)
    plain, odd = FACT, "\ufeff\r\n" + FACT.replace(",", " , ").replace("\n", "\r\n\r\n") + ",,,\r\n"
    for name, text in (("plain", plain), ("odd", odd)):
        Path("facts.csv").write_bytes(text.encode())
        assert command("score", "f.csv", "facts.csv", "--out", f"{name}.csv")[0] == 0
    assert Path("plain.csv").read_bytes() == Path("odd.csv").read_bytes()


def test_a_file_of_facts_that_is_named_twice_counts_once(command: Command) -> None:
    _write("f.csv", GOOD)
    Path("facts").mkdir()
    _write("facts/one.csv", FACT)
    for named in (("facts/one.csv", "facts/one.csv"), ("facts", "facts/one.csv"), ("facts", "facts/../facts")):
        status, out, _ = command("score", "f.csv", *named)
        assert status == 0 and "Forecast from 2025Q4, 1 facts" in out
    _write("other.csv", FACT.replace("40", "41"))
    status, _, err = command("score", "f.csv", "facts", "other.csv")
    assert status == 2 and "other.csv: line 2: amazon_capex_usd_bn, 2026Q1 is given twice" in err


def test_facts_come_in_other_units_and_several_files(command: Command) -> None:
    _write("f.csv", GOOD)
    Path("facts").mkdir()
    _write("facts/one.csv", FACT.replace("40,USD bn", "40000,USD m"))
    _write("facts/two.csv", FACT.replace("amazon_capex_usd_bn,2026Q1,40", "aws_revenue_usd_bn,2026Q1,37"))
    status, out, _ = command("score", "f.csv", "facts", "--out", "s.csv")
    assert status == 0 and "1 facts lie outside" in out
    assert pd.read_csv("s.csv")["fact"].tolist() == [40.0]


def test_facts_on_other_series_of_the_project_are_passed_over(command: Command) -> None:
    _write("f.csv", GOOD)
    _write("facts.csv", FACT + "meta_capex_usd_bn,2026Q1,20,USD bn\n")
    assert command("score", "f.csv", "facts.csv")[0] == 0
