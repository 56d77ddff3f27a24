"""The page as a reader sees it, on a telephone and on a screen. Skipped where there is no Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments import scenarios
from experiments.batch.engine import Size
from experiments.stats import BAND
from experiments.whatif import figure, page, play, question
from experiments.whatif.bench import Asked
from experiments.whatif.told import Told
from tests.experiments.study.chromium import BROWSER, Chromium
from tests.experiments.study.test_browser import BEYOND

SIZE = Size(2, 3)
LONG = "Everything at once, at the high level, and with a title that no line of a telephone has room for"


@pytest.fixture(scope="module")
def told() -> Told:
    base = scenarios.load("baseline")
    words = ["chip-tariff:high@2026Q1", "self-preferencing-banned@2026Q2", "anchor-lab-shifts@2026Q1"]
    asked = (question.ask(base, words, ["porting_factor_*=0.5"], LONG), question.ask(base, words[:1]))
    return play.run(Asked(asked, SIZE, lock_in=(3,)))


@pytest.fixture(scope="module")
def file(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whatif")
    drawn = figure.draw(told.answers, folder)
    text = page.page(
        told, drawn, {"command": "fully-booked whatif baseline", "seconds": 1.0, **play.said_of(told.answers)}
    )
    (folder / "whatif.html").write_text(text, encoding="utf-8")
    return folder / "whatif.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_lies_beyond_the_edge(browser: Chromium, file: Path, width: int) -> None:
    browser.open(file, width)
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value(BEYOND.replace("MOVABLE", "true")) == []
    assert browser.value("document.querySelectorAll('figure svg').length") == 1


def test_rows_of_the_figure_share_their_scales(told: Told) -> None:
    drawn, title, caption = figure.sketch(told.answers)
    left, right = drawn.axes[::2], drawn.axes[1::2]
    assert len({axes.get_ylim() for axes in left}) == len({axes.get_xlim() for axes in right}) == 1
    assert "2 what-ifs, against baseline" in title and "nine worlds in ten" in caption and BAND == (0.05, 0.95)
    assert all("sold out in" in axes.get_title(loc="left") for axes in left)
    labels = [label.get_text() for label in right[0].get_yticklabels()]
    assert [label.partition(" (")[0] for label in labels] == list(page.SHARES.values())


def test_colours_are_as_many_as_what_ifs_are_allowed() -> None:
    assert len(set(figure.COLOURS)) == question.MOST


def test_words_and_tables_tell_one_number(told: Told, file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for answer, words in zip(told.answers, told.paragraphs(), strict=True):
        assert f"{page.number(answer.effect().mean)} percentage points" in words
        assert f"{page.number(answer.effect().mean)} points" in text
    assert LONG in text and "which nothing here was set to" in text
    assert [one is None for one in told.channels] == [False, True]
