"""The page that is handed out, read back from its own text: one number for one thing, words before their use."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from experiments.study import report
from experiments.study.omitted import omitted
from experiments.study.panels import readable
from experiments.study.result import read_off
from experiments.study.svg import Drawn
from tests.experiments.study.made import study

FACTS = {
    "cells": {"one": 1, "two": 2},
    "command": "fully-booked study <x> --out /somewhere/my-study",
    "scenario_hash": "abc123",
}
ANSWER = re.compile(
    r'<div class="answer" style="border-color: (.*?)"> <h3>(.*?)</h3> '
    r'<div class="size" style="color: (.*?)">(.*?) points</div> '
    r'<span class="tag" style="background: (.*?)">(.*?)</span>'
    r" <p>Measured: (\S+) percentage points"
)


def page(worlds: int = 8, quarters: int = 12, quick: bool = False, *drawn: str) -> str:
    made = {name: Drawn(name, "", f"caption of {name}", f"<svg>{name}</svg>") for name in drawn}
    return " ".join(report.page(study(worlds, quarters, quick), made, FACTS).split())


def words(text: str) -> str:
    """What a reader sees of a piece of the page."""
    return " ".join(html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", text)).split())


def rows(text: str, table: str) -> list[list[str]]:
    """Cells of a table's body, row by row, without the small print."""
    body = re.search(rf'<table[^>]*id="{table}">.*?<tbody>(.*?)</tbody>', text)
    assert body is not None
    found = re.findall(r"<tr.*?</tr>", body.group(1))
    return [
        [words(re.sub(r"<small>.*?</small>", "", cell)) for cell in re.findall(r"<td.*?</td>", row)] for row in found
    ]


@pytest.mark.whole
def test_the_page_shows_its_rows_and_every_figure_that_was_drawn() -> None:
    text = page(8, 12, False, "answer", "effects", "parts", "market")
    found = re.findall(r'<figure id="figure-(\w+)".*?<svg>(\w+)</svg></div><figcaption>caption of (\w+)<', text)
    assert found == [(name, name, name) for name in ("answer", "effects", "parts", "market")]
    figures = ["6.20", "6.40", "6.60", "5.28", "7.92", "5.94", "6.60", "8 of 8", "1.50", "90 %", "3.0 %"]
    assert rows(text, "cells")[0] == ["baseline", "–", "–", "–", *figures]
    assert "baseline, hash abc123" in text and "<dd>2 cells; 8" in text
    for said in ("moves share</span>", "dilution only</span>", "8 worlds a cell, 12 quarters from 2026Q1, seed 7"):
        assert said in text
    assert "quick run" not in text and "did not reach" not in text and "(q8): these" not in text
    quick = page(8, 4, True)
    assert "quick run" in quick and "before supply can answer (q8): these are no long-run effects" in quick
    assert "<figure" not in quick and "What the players change" not in quick


def test_every_card_is_in_the_colour_of_its_change_with_its_size_and_verdict() -> None:
    """Twelve quarters of 0.10, -0.04, -0.02 and 0.15 points."""
    wanted = [
        ("#0072B2", "Lowering lock-in", "+1.20", "moves share"),
        ("#D55E00", "Antitrust action", "−0.48", "moves share"),
        ("#009E73", "An edge surge", "−0.24", "dilution only"),
        ("#6A3D9A", "Own chips first at AWS", "+1.80", "moves share"),
    ]
    assert ANSWER.findall(page()) == [
        (colour, title, readable(colour), size, readable(colour), verdict, size)
        for colour, title, size, verdict in wanted
    ]


@pytest.mark.parametrize(("worlds", "quarters", "quick"), [(8, 12, False), (8, 4, True), (2, 12, False)])
def test_cards_tables_and_the_first_page_say_one_number_for_one_thing(worlds: int, quarters: int, quick: bool) -> None:
    text = page(worlds, quarters, quick)
    cards = {title: size for _, title, _, size, *_ in ANSWER.findall(text)}
    last, name, table = {}, "", rows(text, "effects")
    for row in table:
        name = row[0] or name
        last[name] = row[2]
    assert cards == last and len(cards) == 4
    base = float(rows(text, "cells")[0][3 + len(study(worlds, quarters, quick).horizons)])
    sentences = [words(one) for one in re.findall(r"<li style=.*?</li>", text)]
    for title, sentence in zip(cards, sentences, strict=True):
        middle = re.search(r"(?:middle|2028Q4:) (\S+) %", sentence)
        assert sentence.startswith(title) and f"{base:.1f} %" in sentence and middle is not None
        told = base + float(cards[title].replace("−", "-"))
        assert float(middle.group(1)) == pytest.approx(told, abs=0.0611)  # three roundings


def test_the_page_opens_with_one_range_and_its_middle() -> None:
    first = words(page().partition('id="answer"')[2].partition("</section>")[0])
    assert "Lowering lock-in: from 6.6 % to 7.3 to 8.3 % middle 7.8 %, in 2028Q4, of AI compute in use" in first
    assert "sold out in 8 of 8 worlds" in first and "labels in an illustration" in first and "advice" in first
    assert "supply binds" not in page() and "supply binding" not in page()


def test_words_are_explained_before_they_are_used() -> None:
    """The first page does without them: it says what it needs itself."""
    text = page(8, 12, False, "answer", "shares", "effects")
    at = text.index('id="glossary"')
    terms = [words(one) for one in re.findall(r"<dt>(.*?)</dt>", text[at : text.index("</section>", at)])]
    assert terms[:2] == ["H100e", "In use"] and terms[-4:] == [title for _, title, *_ in ANSWER.findall(text)]
    first = words(text[:at])
    for term in ("H100e", "Shadow price", "Dilution", "95 % interval", "Installed", "utils"):
        assert term.lower() not in first.lower(), term
    assert at < text.index("<table") and at < text.index('id="figure-shares"')


def test_the_page_says_what_the_model_leaves_out_from_the_one_list() -> None:
    part = words(page().partition('id="omitted"')[2].partition("</section>")[0])
    assert len(omitted()) >= 8
    for name, meaning in omitted():
        assert f"{name}: {meaning}." in part


def test_the_page_names_no_folder_and_no_address() -> None:
    text = page(8, 12, False, "answer")
    assert "fully-booked study &#39;&lt;x&gt;&#39; --out my-study" in text
    assert "/root" not in text and "/home" not in text and "/tmp" not in text and "://" not in text
    assert not re.search(r'["\s>(]/[a-z]+/', re.sub(r"<style>.*?</style>", "", text))


def test_worlds_that_differ_by_luck_alone_are_not_said_to_draw_what_is_unknown() -> None:
    result = study()
    fixed = replace(result.size, draw=False)
    told = read_off(result.design, fixed, False, result.cells, result.outcomes)
    text = report.page(told, {}, FACTS)
    assert "nobody has measured" not in text and "differ by luck alone" in told.findings[0].headline.basis
    assert "Parameters were fixed at their defaults" in text and "nobody has measured" in page()
