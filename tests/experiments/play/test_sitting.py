"""Playing in the terminal: Enter is always a turn, a page fits its screen, and wrong answers get a sentence."""

from __future__ import annotations

import io
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agents.forms import shown
from experiments import scenarios
from experiments.play import aftermath, news
from experiments.play import sitting as play
from experiments.play.decided import usual
from experiments.play.drivers import Outcome, split
from experiments.play.log import Logbook
from experiments.play.page import HEIGHT, WIDTH
from experiments.screen import Screen
from experiments.text import money
from sim.roster import load_roster
from tests.experiments.play.table import SEATS, Table

pytestmark = pytest.mark.usefixtures("few_worlds")


@pytest.mark.whole
@pytest.mark.parametrize("seat", SEATS)
def test_enter_is_always_a_turn(table: Table, to_the_end: None, seat: str) -> None:
    status, out, err = table.play("--as", seat, "--level", "7", "--turns", "3", "--out", "game", lines="\n\n\n")
    assert (status, err) == (0, "")
    assert len(table.log()["played"]) == 3
    assert "Your decisions" in out and "In the market: from" in out and "Against the skilled bot:" in out
    assert "What each decided in your world" in out
    assert (table.folder / "game" / "comparison.csv").read_text().count("\n") == 1 + 3 * 4
    for page in out.split("   turn ")[1:]:
        lines = page.split("Enter plays.")[0].splitlines()
        assert len(lines) <= HEIGHT
        assert max(map(len, lines)) <= WIDTH


def screen(monkeypatch: pytest.MonkeyPatch, width: int, height: int) -> None:
    """A terminal of a size, without colours."""
    size = {"width": width, "height": height, "force_terminal": True, "color_system": None}
    monkeypatch.setattr(play, "_console", lambda: Console(**size))  # type: ignore[arg-type]


@pytest.mark.whole
@pytest.mark.parametrize(
    ("width", "height", "level", "has_market"), [(80, 24, 3, False), (80, 40, 3, True), (100, 40, 7, True)]
)
def test_a_page_fits_its_screen(
    table: Table, monkeypatch: pytest.MonkeyPatch, width: int, height: int, level: int, has_market: bool
) -> None:
    """At the level of a first game even 24 lines of 80 columns hold a turn; what is left out is a word away."""
    screen(monkeypatch, width, height)
    _, out, _ = table.play(
        "--as", "AWS", "--level", str(level), "--turns", "3", "--out", "game", lines="\n\nmarket\n\n"
    )
    pages = [page.split("Enter plays.") for page in out.split("   turn ")[1:]]
    assert len(pages) == 3
    for page, _ in pages:
        lines = page.splitlines()
        assert len(lines) + 2 <= height and max(map(len, lines)) <= width
        assert ("AMD Instinct " in page and "CoreWeave, …" in page) == has_market
        assert "New capacity order" in page and "Your board" in page
    assert "CoreWeave, …" in pages[2][1], "asked for"


@pytest.mark.whole
def test_every_figure_is_explained(table: Table) -> None:
    for seat, word in zip(SEATS, ("power free in 3 q", "wafers", "runway", "HHI"), strict=True):
        _, out, _ = table.play("--as", seat, "--turns", "1", "--out", seat, lines="words\n\n")
        assert "computing power of one Nvidia H100" in " ".join(out.split()) and word in out


def test_nobody_is_told_rumours_about_itself() -> None:
    """Of two clouds that stand idle, the emptier is told of; its own people hear of the other."""
    roster = load_roster(scenarios.load("baseline").roster)
    seen = np.full((1, len(roster.owners)), 0.9)
    seen[0, :2] = 0.5, 0.6
    market = SimpleNamespace(utilisation_seen=seen)
    told = [news._use(roster, market, reader)[0].text for reader in (-1, 0, 1)]
    assert [text.partition(":")[0] for text in told] == ["AWS", "Azure", "AWS"]


@pytest.mark.parametrize(
    ("musd", "sign", "told"),
    [
        (9590.0, False, "$9.59 bn"),
        (-960.0, True, "−$0.96 bn"),
        (38.4, True, "+$38 m"),
        (-0.2, True, "$0"),
        (0.0, False, "$0"),
    ],
)
def test_money_has_a_unit_and_its_sign_in_front(musd: float, sign: bool, told: str) -> None:
    assert money(musd, sign) == told


def test_what_was_decided_is_told_in_the_words_of_the_form() -> None:
    order, theory, step = shown("cloud", 3)[0], shown("regulator", 3)[0], shown("regulator", 3)[1]
    assert usual(order, [100.0, 300.0, -400.0 + 203.0]) == "68"
    assert usual(order, [-70.0]) == "−70"
    assert usual(theory, [(10.0, 0.0, 0.0, 0.0), (0.0, 10.0, 0.0, 0.0)]) == "5-5-0-0"
    assert usual(step, ["none", "open", "none"]) == "none (2 of 3)"
    assert usual(step, ["none", "none"]) == "none"


@pytest.mark.slow
@pytest.mark.parametrize("seat", SEATS)
def test_eight_quarters_against_skilled_bots(table: Table, to_the_end: None, seat: str) -> None:
    status, out, err = table.play("--as", seat, "--against", "skilled", "--turns", "8", "--out", "game", lines="\n" * 8)
    assert (status, err) == (0, "")
    assert "turn 8 of 8" in out
    assert len(table.log()["played"]) == 8


def test_an_answer_is_what_is_decided(table: Table) -> None:
    lines = "1 300; 3 12\n\n1=0\n\n"
    status, out, _ = table.play("--as", "aws", "--turns", "2", "--out", "game", lines=lines)
    assert status == 0
    assert "New capacity order: 300 MW; Exit fee, of the remaining contract: 12 %" in out
    book = Logbook.load(table.folder / "game" / "game.json")
    decided = book.decisions("aws")
    assert np.isclose(decided[1].order_mw.sum(), 300.0)
    assert np.isclose(decided[1].exit_fee_years[0], 0.12)
    assert decided[2].order_mw.sum() == 0.0
    assert np.isclose(decided[2].exit_fee_years[0], 0.12), "last quarter's decision stands"


@pytest.mark.whole
@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("1 lots", "'lots' is not a number; allowed is 0 to 10000 MW"),
        ("1 99999", "Closest: 10000"),
        ("9 1", "'9' is no question; give its number, 1 to 3"),
        ("prices 3", "'prices' is no question"),
        ("1 300; 3 99", "0 to 25 % in steps of 1"),
    ],
)
def test_a_wrong_answer_gets_a_sentence_and_changes_nothing(table: Table, typed: str, answered: str) -> None:
    status, out, _ = table.play("--as", "AWS", "--turns", "1", "--out", "game", lines=f"{typed}\n\n")
    assert status == 0
    assert answered in " ".join(out.split())
    wrong = Logbook.load(table.folder / "game" / "game.json").decisions("aws")[1]
    table.play("--as", "AWS", "--turns", "1", "--out", "plain", lines="\n")
    plain = Logbook.load(table.folder / "plain" / "game.json").decisions("aws")[1]
    assert np.array_equal(wrong.order_mw, plain.order_mw)


def test_help_explains_and_rule_takes_the_rules(table: Table) -> None:
    status, out, _ = table.play(
        "--as", "AWS", "--turns", "1", "--out", "game", lines="?\n? 3\n2\n50\nrule\nreset\nshow\n\n"
    )
    assert status == 0
    text = " ".join(out.split())
    assert "It holds customers, and regulators look at it." in text
    assert "Own-chip share of the order: 50 %" in text


def test_the_page_shows_what_enter_plays_now(table: Table) -> None:
    _, out, _ = table.play("--as", "AWS", "--turns", "1", "--out", "game", lines="1 320\nshow\nreset\nshow\n\n")
    orders = [line.split()[4] for line in out.splitlines() if line.startswith("1 New capacity order ")]
    assert len(orders) == 3 and orders[1] == "320" and orders[0] == orders[2] != "320"


def test_an_own_fleet_posts_no_price_and_expects_nothing_of_it(table: Table) -> None:
    _, out, _ = table.play("--as", "meta", "--turns", "2", "--out", "game", lines="\n\n")
    first, second = out.split("   turn ")[1:]
    assert "Price over cost -" in " ".join(first.split()) and "Price over cost 1." in " ".join(second.split())
    assert "The first quarter has nothing to compare it with." in second and "expected revenue of $0" not in second


@pytest.mark.whole
def test_a_range_keeps_its_unit_where_there_is_room(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    screen(monkeypatch, 80, 40)
    words = ("--level", "7", "--turns", "1")
    _, lab, _ = table.play("--as", "Anthropic", *words, "--out", "lab", lines="\n")
    _, eu, _ = table.play("--as", "EC", *words, "--out", "ec", lines="\n")
    assert "same 0 to 300 $m a quarter" in lab and "same 4 parts of 100: ? 2" in lab
    assert "same 0 to 20: ? 5" in eu, "no room for '% of a year's AI revenue': it is a question away"


def test_drivers_of_nothing_are_not_told() -> None:
    outcome = Outcome("revenue", 5e3, "as before", 6e3, 5e3, (("price", 999.9), ("stock", 0.2), ("volume", -0.1)))
    file = io.StringIO()
    Screen(file=file, width=200).print(play.page.results(outcome))
    assert "(+$1.00 bn): price +$1.00 bn." in file.getvalue()


@pytest.mark.whole
@pytest.mark.parametrize("seat", SEATS)
def test_drivers_add_up_to_the_change(table: Table, seat: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = []
    real = play.page.results
    monkeypatch.setattr(play.page, "results", lambda outcome, *more: kept.append(outcome) or real(outcome, *more))
    table.play("--as", seat, "--turns", "4", "--out", "game", lines="\n\n\n\n")
    assert len(kept) == 4, "after each of four quarters"
    for outcome in kept[1:]:
        moved = sum(amount for _, amount in outcome.drivers)
        assert outcome.drivers
        assert np.isclose(moved, outcome.got - outcome.before, rtol=1e-9, atol=1e-6 * abs(outcome.got))


@given(st.lists(st.tuples(st.floats(0.01, 100.0), st.floats(0.01, 100.0)), min_size=1, max_size=5))
def test_a_split_adds_up(factors: list[tuple[float, float]]) -> None:
    before, now = zip(*factors, strict=True)
    assert np.isclose(sum(split(before, now)), np.prod(now) - np.prod(before), rtol=1e-9, atol=1e-9)


def test_a_split_favours_no_order() -> None:
    forward, backward = split((2.0, 3.0), (5.0, 1.0)), split((3.0, 2.0), (1.0, 5.0))
    assert np.allclose(forward, backward[::-1])


@pytest.mark.whole
def test_a_rule_in_the_seat_is_compared_on_the_same_draws(table: Table) -> None:
    """Whoever played exactly as the default rule has the default's figures in the own world."""
    table.play("--as", "AWS", "--turns", "2", "--out", "game", lines="rule\n\nrule\n\n")
    book = Logbook.load(table.folder / "game" / "game.json")
    frame = aftermath.compared(book, "aws", worlds=2)
    own = frame[frame["world"] == 0].set_index("holder")
    assert own.loc[aftermath.YOU, "objective"] == own.loc[aftermath.DEFAULT, "objective"]
    Console(file=io.StringIO()).print(aftermath.verdicts(frame))


def test_pages_follow_the_width_of_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    console = play._console()
    monkeypatch.setattr(type(console), "is_terminal", True)
    for columns, wide in (("60", 80), ("90", 90), ("200", 100)):
        monkeypatch.setitem(console._environ, "COLUMNS", columns)
        console._width = int(columns)
        console._height = 40
        assert (console.width, console.height) == (wide, 40)


def test_a_step_that_cannot_be_played_is_not_called_a_turn(table: Table) -> None:
    """An information order is offered for some case, and not for the one that has most points."""
    _, out, _ = table.play(
        "--as", "European Commission", "--turns", "1", "--out", "game", lines="2 information\n2 none\nq\n"
    )
    told = " ".join(out.split())
    assert "information-order. It cannot be played so: information-order about self-preferencing" in told
    assert "One step this quarter: none. Enter plays the turn." in told
