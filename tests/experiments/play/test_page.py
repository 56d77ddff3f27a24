"""A quarter's page line by line, from a market of two clouds and three chips."""

from __future__ import annotations

import io
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rich.text import Text

from agents.forms import CHOICE, NUMBER, SHARES, Question
from experiments.play import board, news, page
from experiments.play.drivers import Outcome, Turn
from experiments.play.news import FACT, RUMOUR, Item
from experiments.play.page import Paper, Situation
from experiments.screen import Screen
from sim.remedies import REMEDIES

ROSTER: Any = SimpleNamespace(
    regions=("us", "eu"),
    owners=("alpha", "fleet", "beta"),
    owner_titles=("Alpha", "Fleet", "Beta Computing and others"),
    is_cloud=np.array([True, False, True]),
    own_family=np.array([1, -1, -1]),
    families=("gpu", "mine", "spare"),
    family_titles=("Nova GPU", "Achip", "Spare"),
    pools=tuple(
        SimpleNamespace(owner=owner, family=family, site=site)
        for owner, family, site in ((0, 1, "core"), (0, 0, "core"), (0, 0, "edge"), (1, 0, "core"), (2, 0, "core"))
    ),
)
QUESTIONS = (
    Question("size", "Order", "MW", NUMBER, 3, (), "", high=200.0, step=10.0),
    Question("mix", "Mix", "%", SHARES, 3, (), "", options=("own", "GPU"), step=5.0, total=100.0),
    Question("act", "Act", "", CHOICE, 3, (), "", options=("none", "open", "close")),
)
CLOUD = SimpleNamespace(installed_h100e=np.array([[3e6, 1e6]]), booked_share=np.array([[0.5, 1.0]]))


def strengths(*given: tuple[int, int, float]) -> np.ndarray:
    found = np.zeros((1, 2, len(REMEDIES)))
    for region, remedy, strength in given:
        found[0, region, remedy] = strength
    return found


def market(**changes: Any) -> Any:
    usual = {
        "announced_h100e": np.array([[1e6, 2e6, 0.25e6, 9e6, 4e6]]),
        "price_usd_per_h100e_hour": np.array([[1.5, 3.0, 5.0, 0.0, 2.75]]),
        "utilisation_seen": np.array([[0.7, 0.2, 0.9]]),
        "chip_price_usd_per_h100e": np.array([[21500.0, 9000.0, 450.0]]),
        "next_launch_quarters": np.array([[3.0, 1.0, 9.0]]),
        "family_share_seen": np.array([[0.625, 0.3, 0.075]]),
        "order_book_seen_h100e": np.array([[2.5e6, 4e5, 600.0]]),
        "demand_index": np.array([1.25]),
        "edge_index": np.array([0.5]),
        "remedies_in_force": strengths(),
        "remedies_announced": strengths(),
    }
    return SimpleNamespace(**{**usual, **changes})


def situation(role: str = "cloud", name: str = "alpha", **changes: Any) -> Situation:
    form: Any = SimpleNamespace(desk=SimpleNamespace(role=role, name=name, title="Alpha"), now=lambda own: QUESTIONS)
    answers = {"size": 120.0, "mix": (75.0, 25.0), "act": "open"}
    rule = {"size": 120.0, "mix": (50.0, 50.0), "act": "none"}
    now: Any = Turn(CLOUD, market(), None)
    given = Situation(ROSTER, form, "2026Q3", 3, 8, now, (), None, answers, rule)
    return replace(given, **changes)


def lines(shown: Any, width: int = 100) -> list[str]:
    file = io.StringIO()
    Screen(file=file, width=width).print(shown)
    return [line.rstrip() for line in file.getvalue().splitlines()]


# --- the market -------------------------------------------------------------------------------------------------------


def test_clouds() -> None:
    """Announced capacity of all pools, prices at the core, use of rivals between 0.9 / e^0.1645 and all of it; one's
    own stands on the board."""
    assert lines(page._clouds(situation())) == [
        "cloud   H100e GPU $ own $    use",
        "Alpha    3.25  3.00  1.50  board",
        "Beta, …  4.00  2.75     - 76-100",
    ]
    others = lines(page._clouds(situation("vendor", "gpu")))
    assert others[1] == "Alpha    3.25  3.00  1.50  59-83"


def test_a_title_of_twelve_signs_is_shown_whole() -> None:
    for title, shown in (("Twelve signs", "Twelve signs"), ("Thirteen sign", "Thirteen, …")):
        roster = SimpleNamespace(**{**vars(ROSTER), "owner_titles": (title, "Fleet", "Beta")})
        assert lines(page._clouds(situation("lab", "me", roster=roster)))[1].startswith(f"{shown}  ")


def test_chips() -> None:
    assert lines(page._chips(situation())) == [
        "chip     $/H100e next share   orders",
        "Nova GPU  21,500  3 q 55-71 1.8-3.5m",
        "Achip      9,000  1 q 26-34 288-556k",
        "Spare        450  9 q   7-9     0-1k",
    ]


def test_the_seat_is_marked() -> None:
    def bold(table: Any) -> list[bool]:
        return [row.style == "bold" for row in table.rows]

    assert bold(page._clouds(situation())) == [True, False]
    assert bold(page._chips(situation())) == [False, False, False]
    assert bold(page._clouds(situation("vendor", "mine"))) == [False, False]
    assert bold(page._chips(situation("vendor", "mine"))) == [False, True, False]
    assert (situation().owner, situation().family) == (0, -1)
    vendor, lab = situation("vendor", "spare"), situation("lab", "alpha")
    assert (vendor.owner, vendor.family, lab.owner, lab.family) == (-1, 2, -1, -1)
    assert situation("cloud", "beta").owner == 2


@pytest.mark.parametrize(
    ("in_force", "announced", "told"),
    [
        ((), (), "Rules: none in force."),
        (((0, 1, 0.005), (1, 2, 0.006)), (), "Rules: EU interoperability duty 1% in force."),
        (((1, 1, 0.5),), ((1, 1, 0.504), (0, 1, 0.25)),
         "Rules: EU switching fee ban 50% in force; US switching fee ban 25% announced."),
        (((1, 1, 0.5),), ((1, 1, 0.51),),
         "Rules: EU switching fee ban 50% in force; EU switching fee ban 51% announced."),
        (((0, 1, 0.5), (0, 3, 1.0), (1, 1, 0.3)), (),
         "Rules: US switching fee ban 50% in force; US term cap duty 100% in force; EU switching fee ban 30% in "
         "force."),
        (((0, 1, 0.5), (0, 3, 1.0), (1, 1, 0.3), (1, 2, 0.3), (1, 3, 0.3)), (),
         "Rules: US switching fee ban 50% in force; US term cap duty 100% in force; EU switching fee ban 30% in force; "
         "2 more."),
    ],
)  # fmt: skip
def test_demand_and_rules(in_force: Any, announced: Any, told: str) -> None:
    shown = market(remedies_in_force=strengths(*in_force), remedies_announced=strengths(*announced))
    (line,) = page._rules(situation(now=Turn(None, shown, None)), Paper(width=200))
    assert line.plain == f"Demand index 1.25 (start 1); edge 0.50. {told}"


def test_rules_take_two_lines_at_most() -> None:
    shown = market(remedies_in_force=strengths((0, 1, 0.5), (0, 3, 1.0), (1, 1, 0.3)))
    (line,) = page._rules(situation(now=Turn(None, shown, None)), Paper(width=40))
    assert len(line.plain) == 76 and line.plain.endswith("…")


# --- news, the board, the results -------------------------------------------------------------------------------------


def test_stories(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    told = [Item(FACT, "A chip is late.", 2.0), Item(RUMOUR, "Beta stands idle.", 1.0)]
    monkeypatch.setattr(news, "headlines", lambda *args: given.append(args) or told)
    s = situation()
    assert lines(page.stories(s, Paper())) == ["  fact A chip is late.", "rumour Beta stands idle."]
    before: Any = [Turn(None, "earlier", None), Turn(None, "before", None)]  # type: ignore[arg-type]
    page.stories(replace(s, before=before), Paper(), 2)
    assert given == [(ROSTER, s.now.market, None, 4, 0), (ROSTER, s.now.market, "before", 2, 0)]
    grid: Any = page.stories(s, Paper(width=90))
    assert grid.columns[1].width == 82 and [str(cell.style) for cell in grid.columns[1].cells] == ["bold", ""]


def test_the_board_stands_in_three_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends in a colon stands in a line below."""
    figures = [("Cash", "$1"), ("Burn", "$22"), ("Runway", "6 q"), ("Last:", "none"), ("Use", "4 MW"), ("Law:", "a; b")]
    given: list[Any] = []
    monkeypatch.setattr(board, "figures", lambda *args: given.append(args) or figures)
    s = situation()
    assert lines(page._own(s, Paper())) == [
        "── Your board (private) ".ljust(100, "─"),
        "Cash    $1  Burn  $22  Runway  6 q",
        "Use   4 MW",
        "Last: none. Law: a; b.",
    ]
    assert lines(page._own(s, Paper(width=80)))[1] == "Cash   $1 Burn $22 Runway 6 q"
    before: Any = [Turn(None, None, "earlier"), Turn(None, None, "before")]  # type: ignore[arg-type]
    page._own(replace(s, before=before), Paper())
    assert given[0] == ("cloud", CLOUD, None, s.quarter) and given[-1] == ("cloud", CLOUD, "before", s.quarter)
    monkeypatch.setattr(board, "figures", lambda *args: figures[:3])
    assert len(lines(page._own(s, Paper()))) == 2, "nothing below"


DRIVERS = (("a", 100.0), ("b", -2500.0), ("c", 300.0), ("d", 0.4), ("e", 700.0), ("f", -40.0))


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome("revenue", None, "as booked", 1234.0, None, ()),
         ["Revenue: $1.23 bn. The first quarter has nothing to compare it with."]),
        (Outcome("revenue", 1500.0, "as booked", 1234.0, None, ()),
         ["You expected revenue of $1.50 bn (as booked); you got $1.23 bn (−$0.27 bn)."]),
        (Outcome("a bill", 1000.0, "as asked", 1560.4, 3000.0, DRIVERS),
         ["You expected a bill of $1.00 bn (as asked); you got $1.56 bn (+$0.56 bn).",
          "In the market: from $3.00 bn to $1.56 bn (−$1.44 bn): b −$2.50 bn; e +$0.70 bn; c +$0.30 bn; "
          "everything else +$60 m."]),
    ],
)  # fmt: skip
def test_results(outcome: Outcome, said: list[str]) -> None:
    assert lines(page.results(outcome, Paper(width=150)), 150) == ["── Last quarter ".ljust(150, "─"), *said]
    assert lines(page.results(outcome), 150)[0] == "── Last quarter ".ljust(100, "─")


# --- the form ---------------------------------------------------------------------------------------------------------


def test_questions() -> None:
    head, *table = lines(page.questions(situation(), Paper()))
    assert head == "── Your decisions (what you are not asked, the default rule does) ".ljust(100, "─")
    assert table == [
        "  decision Enter the rule allowed",
        "1 Order      120     same 0 to 200 MW, by 10",
        "2 Mix      75-25    50-50 2 parts of 100: own, GPU",
        "3 Act       open     none none | open | close",
    ]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (QUESTIONS[0], {18: "0 to 200 MW, by 10", 17: "0 to 200 MW", 10: "0 to 200", 7: ""}),
        (replace(QUESTIONS[0], unit="", high=9.0), {13: "0 to 9, by 10", 12: "0 to 9", 5: ""}),
        (QUESTIONS[1], {24: "2 parts of 100: own, GPU", 23: "2 parts of 100: ? 1", 18: "? 1", 2: ""}),
        (QUESTIONS[2], {19: "none | open | close", 18: "3 options: ? 1", 13: "? 1", 2: ""}),
    ],
)
def test_what_is_allowed_in_ever_fewer_words(question: Question, words: dict[int, str]) -> None:
    """As many as there is room for, beside 1, 8, 5 and 8 columns and five blanks."""
    form: Any = SimpleNamespace(now=lambda own: (replace(question, id="size"),))
    s = situation(form=form, start={"size": "1234"}, rule={"size": "123"})
    for room, word in words.items():
        last = lines(page.questions(s, Paper(width=room + 27)))[-1]
        assert last == f"1 {question.title:8}  1234{'123':>9} {word}".rstrip()
    assert page._allowed(QUESTIONS[0], "7")[2] == "0 to 200: ? 7", "where its unit takes more room"


# --- the whole --------------------------------------------------------------------------------------------------------


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of a line a part: title, news, market and rules (2), board, results, form."""
    for name in ("_own", "questions"):
        monkeypatch.setattr(page, name, lambda s, paper, name=name: Text(name))
    monkeypatch.setattr(page, "results", lambda outcome, paper, because: Text(f"results {outcome}"))
    monkeypatch.setattr(page, "stories", lambda s, paper, count=4: Text(f"{count} stories"))
    monkeypatch.setattr(page, "_public", lambda s, paper: Text("market\nrules"))
    monkeypatch.setattr(page, "_rules", lambda s, paper: [Text("rules")])


TITLE = " 2026Q3   Alpha   turn 3 of 8"
HINT = "(market: prices, chips and shares of everybody)"


def test_a_page_that_fits_is_whole(parts: None) -> None:
    s = situation()
    assert lines(page.page(s)) == [TITLE, "4 stories", "market", "rules", "_own", "questions"]
    outcome: Any = "of revenue"
    whole = [TITLE, "4 stories", "market", "rules", "_own", "results of revenue", "questions"]
    told = replace(s, outcome=outcome)
    assert lines(page.page(told, Paper(height=9))) == whole, "two lines below it are the prompt's"
    assert lines(page.page(replace(s, outcome=None), Paper(height=7))) == [
        *(TITLE, "1 stories", HINT, "_own", "questions"),
    ]
    assert lines(page.page(told, Paper(height=8))) == [
        *(TITLE, "1 stories", HINT, "_own", "results of revenue", "questions"),
    ]
    assert lines(page.market_page(s, Paper(height=8))) == ["4 stories", "market", "rules"]


def test_a_title_is_as_wide_as_the_paper(parts: None) -> None:
    assert page.page(situation(), Paper(width=90)).renderables[0].plain == TITLE.ljust(90)  # type: ignore[union-attr]


def test_clouds_and_chips_stand_side_by_side() -> None:
    for paper, gap in ((Paper(), 8), (Paper(width=99), 2)):
        shown = lines(page._public(situation(), paper))
        head = "── The market (announced m H100e; $ an hour; use %, share %, orders: reported) "
        assert shown[0] == head.ljust(paper.width, "─")
        assert shown[1] == "cloud   H100e GPU $ own $    use" + " " * gap + "chip     $/H100e next share   orders"
        assert shown[-1] == "Demand index 1.25 (start 1); edge 0.50. Rules: none in force." and len(shown) == 6
