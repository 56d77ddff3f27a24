"""The what-if page over HTTP: without session or script, its part that grows, its files, and wrong addresses."""

from __future__ import annotations

import csv
import io
import re
import threading
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.batch.engine import Size
from experiments.study.effects import KEPT, USED
from experiments.whatif import sliders
from experiments.whatif.answer import Answer
from experiments.whatif.question import Question
from tests.workshop.site import Browser, Site
from workshop import bands, charts, explorer, underway, views
from workshop.web import explore

WHERE = "/explore?exit_fees=0&edge_size=2"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server whose what-ifs are small: two rounds of two worlds, two quarters."""
    monkeypatch.setattr(underway, "ROUNDS", [(0, 2), (2, 2)])
    for module in (explorer, underway, views):
        monkeypatch.setattr(module, "QUARTERS", 2)
    monkeypatch.setattr(views, "WORLDS", (2, 4))
    monkeypatch.setattr(explore, "PATIENCE", 60.0)
    made = Site(tmp_path)
    yield made
    made.house.explorer.close()


@pytest.fixture
def guest(site: Site) -> Browser:
    return site.browser()


def words(text: str) -> str:
    """A page's text as people read it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.whole
def test_a_plain_get_shows_bands_without_a_session(guest: Browser) -> None:
    page = guest.get(WHERE)
    assert page.status_code == 200
    assert page.text.count("<svg") == 4 == page.text.count('class="band before"')
    said = words(page.text)
    assert "Exit fees at 0.00 times today's; Room for the edge at 2.0 times what is assumed" in said
    assert re.search(r"in \d of [24], lower in \d", said)
    for always in ("Supply", "Trainium is sold out in", "A share of what?", "Illustration, not advice"):
        assert always in said
    assert page.text.count("<summary>Figures of") == 4


@pytest.mark.whole
def test_at_rest_nothing_is_compared(guest: Browser) -> None:
    page = guest.get("/explore").text
    said = words(page)
    assert "Nothing is changed yet" in said and "the change" not in said.partition("Nothing is changed yet")[2]
    assert page.count("<svg") == 4 and 'class="band before"' not in page


@pytest.mark.parametrize("level", ["low", *(pytest.param(one, marks=pytest.mark.whole) for one in ("central", "high"))])
def test_a_card_is_called_as_in_the_list_that_it_was_chosen_from(guest: Browser, level: str) -> None:
    page = guest.get(f"/explore?card1=aws-outage:{level}").text
    chosen = re.search(rf'<option value="aws-outage:{level}" selected>([^<]*)</option>', page)
    assert chosen and f"Changed: {chosen.group(1)}." in words(page)


@pytest.mark.whole
def test_every_slider_stands_on_the_page_where_it_was_put(guest: Browser) -> None:
    page = guest.get(WHERE).text
    for one in sliders.read().values():
        found = re.search(rf'<input type="range" id="{one.name}"[^>]*>', page)
        assert found, one.name
        value = {"exit_fees": 0.0, "edge_size": 2.0}.get(one.name, one.neutral)
        assert f'value="{one.text(value)}"' in found.group()
    assert page.count("<select") == 3


def whole(guest: Browser, query: str) -> str:
    """The part that changes, when all of it is there."""
    for _ in range(3000):
        part = guest.get(f"/explore/part?{query}&page=p")
        if 'data-over="1"' in part.text:
            return part.text
        time.sleep(0.02)
    raise AssertionError(part.text)


@pytest.mark.whole
def test_the_part_says_when_there_is_nothing_new(guest: Browser) -> None:
    query = WHERE.partition("?")[2]
    part = whole(guest, query)
    version = re.search(r'data-version="(\d+)"', part)
    assert version
    assert guest.get(f"/explore/part?{query}&page=p&seen={version.group(1)}").status_code == 204
    assert "<html" not in part


@pytest.mark.whole
def test_a_request_is_held_until_there_is_something_new(site: Site, guest: Browser) -> None:
    """While a room plays nothing is new: first the page is told to wait, then nothing. Then it is told the rest."""
    plays = threading.Event()
    plays.set()
    site.house.explorer.busy = plays.is_set
    query = WHERE.partition("?")[2]
    waits = guest.get(f"/explore/part?{query}&page=p")
    version = re.search(r'data-version="(\d+)"', waits.text)
    assert version and "the first band comes in a moment" in waits.text
    threading.Timer(0.2, plays.clear).start()
    news = guest.get(f"/explore/part?{query}&page=p&seen={version.group(1)}")
    assert news.status_code == 200 and f'data-version="{version.group(1)}"' not in news.text


@pytest.mark.whole
def test_the_link_gives_the_same_view(guest: Browser) -> None:
    part = whole(guest, WHERE.partition("?")[2])
    link = re.search(r'id="link-out" readonly value="([^"]+)"', part)
    assert link
    query = unescape(link.group(1)).partition("?")[2]
    assert query == "exit_fees=0.00&edge_size=2.0&seed=1&worlds=4"
    figures = re.compile(r"<poly[^>]+>|<td>[^<]+")
    assert figures.findall(whole(guest, query)) == figures.findall(part) != []


@pytest.mark.whole
def test_data_and_figure_are_files(guest: Browser) -> None:
    data = guest.get(f"{WHERE.replace('/explore', '/explore/what-if.csv')}&worlds=2")
    assert data.headers["content-disposition"] == 'attachment; filename="what-if.csv"'
    rows = list(csv.DictReader(io.StringIO(data.text)))
    assert {row["metric"] for row in rows} >= {USED, "price_over_cost", "utilisation", "unserved_share"}
    assert {row["worlds"] for row in rows} == {"2"}
    figure = guest.get(f"{WHERE.replace('/explore', '/explore/what-if.png')}&worlds=2")
    assert figure.content.startswith(b"\x89PNG")
    drawn = guest.get(f"{WHERE.replace('/explore', '/explore/what-if.svg')}&worlds=2")
    assert b"<svg" in drawn.content[:600]
    assert guest.get(f"{WHERE.replace('/explore', '/explore/what-if.exe')}").status_code == 404


@pytest.mark.parametrize("where", ["/explore", "/explore/part", "/explore/what-if.csv"])
def test_a_wrong_address_is_answered_in_a_sentence(guest: Browser, where: str) -> None:
    answer = guest.get(f"{where}?exit_fees=<b>lots")
    assert answer.status_code == 422
    assert "Exit fees" in answer.text and "give a number from 0.00 to 2.00" in answer.text
    assert "<b>lots" not in answer.text


def test_a_full_queue_says_when_to_come_again(guest: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explorer, "MOST_WAITING", 0)
    answer = guest.get("/explore?porting=0.5")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


@pytest.mark.whole
def test_a_remedy_that_is_not_laid_on_is_told(guest: Browser) -> None:
    assert "Enforcement delay does nothing here" in guest.get("/explore?delay=4").text


def test_the_start_leads_to_it(site: Site) -> None:
    assert 'href="/explore"' in site.lead.get("/").text
    assert 'href="/explore"' in site.browser().get("/").text


# --- in words, by hand ------------------------------------------------------------------------------------------------


def answer(base: list[float], here: list[float], name: str = USED) -> Answer:
    """Two quarters: nothing in the first, the given levels by world in the second."""
    tables = []
    for values in (base, here):
        table = pd.DataFrame({"world": np.repeat(np.arange(len(values)), 2), "quarter_number": [1, 2] * len(values)})
        table = table.assign(quarter=["2026Q1", "2026Q2"] * len(values), **dict.fromkeys(KEPT, 0.0))
        table[name] = np.ravel([[0.0, value] for value in values])
        tables.append({"quarters": table})
    return Answer.of(Question(views.base_scenario()), Size(len(base), 2), *tables)


def told(found: Answer, name: str = USED) -> str:
    return next(one.sentence for one in bands.yardsticks(found) if one.name == name)


def test_a_sentence_by_hand() -> None:
    """Shares of 10, 20 and 30 % become 11, 19 and 33 %: the middle world starts at 20 %; 5 % and 95 % of (11, 19, 33)
    are 11.8 and 31.6; changes of 1, -1 and 3 points have their middle at 1."""
    found = answer([0.1, 0.2, 0.3], [0.11, 0.19, 0.33])
    assert told(found) == (
        "In 2026Q2 19.0 % in the middle world, without the change 20.0 %; nine worlds in ten between 11.8 % and "
        "31.6 %. Compared world by world: higher in 2 of 3, lower in 1, by +1.00 points in the middle one."
    )
    assert told(found, "price_over_cost") == "In 2026Q2 the same in every one of 3 worlds: 0.00 in the middle one."


def test_a_world_without_figures_is_in_no_sentence() -> None:
    assert "2 of 2" in told(answer([0.1, 0.2, np.nan], [0.2, 0.3, 0.4]))
    assert told(answer([np.nan], [0.1])) == "No world has figures."


def test_supply_binds_where_half_of_the_worlds_are_sold_out() -> None:
    name = "trainium_supply_binding"
    assert bands.binds(answer([1.0, 0.0], [1.0, 0.0], name))
    assert not bands.binds(answer([1.0, 1.0, 1.0], [1.0, 0.0, 0.0], name))
    assert "sold out in 1 of 3 worlds, without the change in 3" in bands.supply(answer([1.0] * 3, [1.0, 0, 0], name))


def test_both_bands_stand_on_one_scale() -> None:
    (one, *_) = bands.yardsticks(answer([0.1, 0.2], [0.4, 0.5]))
    drawn = charts.svg(one.chart)
    places = [
        [
            tuple(map(float, point.split(",")))
            for point in re.findall(rf'class="{kind}" points="([^"]+)"', drawn)[0].split()
        ]
        for kind in ("middle before", "middle")
    ]
    assert places[0][1][1] > places[1][1][1]  # a lower share stands lower
    assert places[0][0] == places[1][0]  # and what is alike stands in the same place


def test_no_cell_of_a_file_is_a_formula() -> None:
    text = bands.table([{"name": "=1+1", "more": "@x", "figure": -1.5}])
    assert text == "name,more,figure\n'=1+1,'@x,-1.5\n"
