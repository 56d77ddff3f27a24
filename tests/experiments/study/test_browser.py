"""The report as a reader sees it: on a telephone, on a screen and on paper. Skipped where there is no Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.study import figures, report
from tests.experiments.study.chromium import BROWSER, Chromium
from tests.experiments.study.made import study

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.skipif(BROWSER is None, reason="no Chromium here")]
FACTS = {"cells": {"one": 1}, "command": "fully-booked study", "scenario_hash": "abc123"}
BEYOND = """[...document.querySelectorAll('body *')]
    .filter(one => !one.closest('svg') || one.tagName === 'svg')
    .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .filter(one => !MOVABLE || !one.closest('.scroll'))
    .map(one => one.tagName + '.' + one.className).slice(0, 5)"""
"""What lies beyond the right edge of the page; with MOVABLE what can be moved into sight sideways does not count."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    page = report.page(study(), figures.draw_all(study(), folder / "figures"), FACTS)
    (folder / "report.html").write_text(page, encoding="utf-8")
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_lies_beyond_the_edge_of_a_telephone_or_a_screen(browser: Chromium, file: Path, width: int) -> None:
    browser.open(file, width)
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value(BEYOND.replace("MOVABLE", "true")) == []
    assert browser.value("document.querySelectorAll('figure svg').length") == len(figures._FIGURES)


def test_a_page_that_is_too_wide_is_found(browser: Chromium, tmp_path: Path) -> None:
    wide = '<meta name="viewport" content="width=device-width"><body><div style="width: 900px">x</div>'
    (tmp_path / "wide.html").write_text(wide, encoding="utf-8")
    browser.open(tmp_path / "wide.html", 390)
    assert browser.value(BEYOND.replace("MOVABLE", "true")) == ["DIV."]


def test_words_on_a_telephone_are_large_enough_to_read(browser: Chromium, file: Path) -> None:
    """Words of the page: 12 CSS pixels or more. Words of the picture of the first page: 11.5 points of its own, drawn
    6.2 inches (446.4 points) wide: 9 pixels or more of them are seen."""
    browser.open(file, 390)
    words = "[...document.querySelectorAll('p, li, dd, td, figcaption')]"
    sizes = f"{words}.map(one => parseFloat(getComputedStyle(one).fontSize))"
    assert min(browser.value(sizes)) >= 12.0
    width = browser.value("document.querySelector('#figure-answer svg').getBoundingClientRect().width")
    assert 11.5 * width / 446.4 >= 9.0
    wide = browser.value("document.querySelector('#figure-effects svg').getBoundingClientRect().width")
    assert wide > 700  # kept large, and moved sideways


def test_paper_cuts_no_table_and_has_nothing_to_scroll(browser: Chromium, file: Path) -> None:
    """A4 less its margins of 12 mm: 186 mm, 703 CSS pixels."""
    browser.open(file, 703)
    browser.media("print")
    assert browser.value(BEYOND.replace("MOVABLE", "false")) == []
    moving = "one => ['auto', 'scroll'].includes(getComputedStyle(one).overflowX)"
    assert browser.value(f"[...document.querySelectorAll('*')].some({moving})") is False
    whole = "one => getComputedStyle(one).breakInside === 'avoid'"
    assert browser.value(f"[...document.querySelectorAll('tr, figure, .answer')].every({whole})") is True
    assert browser.value("getComputedStyle(document.querySelector('.first')).breakAfter") == "page"
    browser.media("screen")


def test_the_first_page_stands_alone_on_paper(browser: Chromium, file: Path) -> None:
    """A4 less its margins of 13 mm is 271 mm high, 1,024 CSS pixels."""
    browser.open(file, 703)
    browser.media("print")
    assert browser.value("document.querySelector('.first').getBoundingClientRect().height") < 1024
    browser.media("screen")
    printed = browser.pdf()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= 5
    assert re.search(rb"/MediaBox\s*\[\s*0 0 59\d\.?\d* 84\d", printed), "A4"


def test_every_picture_has_words_for_those_who_cannot_see_it(browser: Chromium, file: Path) -> None:
    browser.open(file, 1280)
    labels = browser.value("[...document.querySelectorAll('figure svg')].map(one => one.getAttribute('aria-label'))")
    assert all(len(one) > 40 for one in labels) and len(set(labels)) == len(labels)
