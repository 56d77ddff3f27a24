"""Playing in the terminal: Enter is always a turn, wrong answers get a sentence, and a started game is never lost."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agents.forms import shown
from experiments import scenarios
from experiments.cli import main
from experiments.play import aftermath, news, terminal
from experiments.play import sitting as play
from experiments.play.decided import usual
from experiments.play.drivers import Outcome, split
from experiments.play.log import Logbook
from experiments.play.page import HEIGHT, WIDTH
from experiments.screen import Screen
from experiments.text import money
from sim.roster import load_roster

SEATS = ("AWS", "Nvidia", "Anthropic", "European Commission")
Answer = tuple[int, str, str]


@pytest.fixture(autouse=True)
def few_worlds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a game in four worlds, in this process; left out unless a test is marked to look at it."""
    monkeypatch.setattr(aftermath, "WORLDS", 4)
    monkeypatch.setattr("experiments.batch.engine.default_workers", lambda: 1)
    if "to_the_end" not in request.fixturenames:
        monkeypatch.setattr(terminal, "show_end", lambda book, party, console: None)


@pytest.fixture
def to_the_end() -> None:
    """Asks for the comparison at the end of a game."""


class Table:
    """Plays games in an empty folder by typing lines."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.monkeypatch, self.capsys = folder, monkeypatch, capsys
        monkeypatch.chdir(folder)

    def play(self, *words: str, lines: str | io.StringIO) -> Answer:
        self.monkeypatch.setattr("sys.stdin", io.StringIO(lines) if isinstance(lines, str) else lines)
        with pytest.raises(SystemExit) as ended:
            main(["play", *words])
        streams = self.capsys.readouterr()
        return int(ended.value.code or 0), streams.out, streams.err

    def log(self, name: str = "game") -> dict[str, object]:
        return json.loads((self.folder / name / "game.json").read_text())


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Table:
    return Table(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("seat", SEATS)
def test_enter_is_always_a_turn(table: Table, to_the_end: None, seat: str) -> None:
    status, out, err = table.play("--as", seat, "--level", "7", "--turns", "3", "--out", "game", lines="\n\n\n")
    assert (status, err) == (0, "")
    assert len(table.log()["played"]) == 3
    assert "Your decisions" in out and "Why: from" in out and "Against the skilled bot:" in out
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
    status, out, err = table.play("--as", seat, "--against", "skilled", "--out", "game", lines="\n" * 8)
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


def test_a_game_goes_on_where_it_stopped_with_the_same_bits(table: Table) -> None:
    words = ("--as", "Anthropic", "--turns", "4", "--level", "5")
    answers = ["1 120", "", "6 -10", "", "3 12", "", "1 0", ""]
    table.play(*words, "--out", "whole", lines="\n".join(answers) + "\n")
    status, out, _ = table.play(*words, "--out", "cut", lines="\n".join([*answers[:4], "1 500", "q"]) + "\n")
    assert status == 0
    assert "2026Q3 was not played; 2 of 4 quarters are saved; go on with: fully-booked play cut/game.json" in " ".join(
        out.split()
    )
    status, out, _ = table.play("cut/game.json", lines="\n".join(answers[4:]) + "\n")
    assert status == 0 and "Going on in 2026Q3" in out
    assert table.log("cut")["played"] == table.log("whole")["played"]


def test_the_end_of_input_in_a_turn_loses_nothing(table: Table) -> None:
    status, _, err = table.play("--as", "EC", "--turns", "4", "--out", "game", lines="\n\n2 open\n")
    assert status == 2
    assert err.count("\n") == 1 and "the input ended in 2026Q3" in err and "fully-booked play game/game.json" in err
    assert len(table.log()["played"]) == 2
    status, _, err = table.play("game/game.json", lines="\n")
    assert status == 2 and "2026Q4" in err
    assert len(table.log()["played"]) == 3


class Interrupting(io.StringIO):
    """Somebody who presses Ctrl-C after the first line."""

    def readline(self, *size: int) -> str:  # type: ignore[override]
        if self.tell():
            raise KeyboardInterrupt
        return super().readline(*size)


def test_an_interrupt_loses_nothing(table: Table) -> None:
    status, _, err = table.play("--as", "AWS", "--turns", "4", "--out", "game", lines=Interrupting("\n\n"))
    assert status == 130
    assert "1 of 4 quarters are saved" in err and "nothing was written" not in err


def test_a_finished_game_shows_its_end_again(table: Table, to_the_end: None) -> None:
    _, first, _ = table.play("--as", "Nvidia", "--turns", "2", "--out", "game", lines="\n\n")
    status, again, err = table.play("game/game.json", lines="")
    assert (status, err) == (0, "")
    assert again.strip()
    assert again.strip() in first


@pytest.mark.parametrize(
    ("words", "must_say"),
    [
        (("--as", "Amazn"), "Closest: 'AWS'"),
        (("--as", "enterprises"), "cannot be played"),
        (("--as", "AWS", "--level", "4"), "--level = 4 is not allowed; give 3, 5 or 7"),
        (("--as", "AWS", "--turns", "0"), "--turns = 0 is not allowed"),
        (("--as", "AWS", "--against", "grandmaster"), "--against: unknown grade of bots 'grandmaster'"),
        (("--as", "AWS", "--seed", "x"), "--seed = x is not allowed"),
        (("--as", "AWS", "--scenario", "basline"), "Closest: 'baseline'"),
        ((), "--as is missing"),
        (("nowhere.json",), "'nowhere.json' cannot be read"),
        (("game.json", "--as", "AWS"), "--as does not go with the log"),
    ],
)  # fmt: skip
def test_wrong_words_get_a_sentence_and_leave_nothing(table: Table, words: tuple[str, ...], must_say: str) -> None:
    status, out, err = table.play(*words, lines="")
    assert status == 2
    assert must_say in err and err.count("\n") == 1 and out == ""
    assert list(table.folder.iterdir()) == []


def test_a_folder_that_holds_a_game_is_not_played_over(table: Table) -> None:
    words = ("--as", "AWS", "--turns", "1", "--out", "game")
    table.play(*words, lines="\n")
    before = table.log()
    status, _, err = table.play(*words, "--seed", "2", lines="\n")
    assert status == 2 and "holds a game already" in err
    assert table.log() == before
    assert table.play(*words, "--seed", "2", "--overwrite", lines="\n")[0] == 0
    assert table.log()["seed"] == 2


@pytest.mark.parametrize(
    ("words", "must_say"),
    [
        (("--as", "AWS", "--out", "full"), "--out: 'full' holds other files"),
        (("--as", "AWS", "--out", "full/notes.txt"), "is a file"),
        (("full",), "it is a folder without a game.json"),
        (("AWS",), "a new game is begun with --as"),
        (("--as", "AWS", "--level", "five"), "--level = five is not allowed; give 3, 5 or 7"),
    ],
)  # fmt: skip
def test_nothing_that_is_there_is_touched(table: Table, words: tuple[str, ...], must_say: str) -> None:
    (table.folder / "full").mkdir()
    (table.folder / "full" / "notes.txt").write_text("mine")
    status, out, err = table.play(*words, lines="\n")
    assert status == 2 and out == ""
    assert must_say in err and err.count("\n") == 1
    assert [path.name for path in (table.folder / "full").iterdir()] == ["notes.txt"]
    assert (table.folder / "full" / "notes.txt").read_text() == "mine"


def test_a_game_is_found_by_its_folder(table: Table) -> None:
    table.play("--as", "AWS", "--turns", "2", "--out", "game", lines="\nq\n")
    status, out, _ = table.play("game", lines="\n")
    assert status == 0 and "Going on in 2026Q2" in out
    assert len(table.log()["played"]) == 2


def test_an_interrupt_of_the_end_says_that_the_game_is_saved(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(book: Logbook, party: str, console: Console) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(terminal, "show_end", pressed)
    status, _, err = table.play("--as", "AWS", "--turns", "1", "--out", "game", lines="\n")
    assert status == 130 and "the game is finished and saved" in err
    assert len(table.log()["played"]) == 1


def spoil(path: Path, key: str, value: object) -> None:
    content = json.loads(path.read_text())
    content["played"][0]["decisions"]["aws"][key] = value
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("key", "value", "must_say"),
    [("exit_fee_years", [99.0], "exit_fee_years"), ("exit_fee_years", [True], "exit_fee_years = True is not a number"),
     ("order_mw", [[1.0, 2.0], [3.0]], "not of one length"),
     ("order_mw", [[1.0, 2.0]], "game.json: aws, 2026Q1: order_mw has shape (1, 2); expected is (1, 4)"),
     ("exit_fee_years", ["much"], "not a number"), ("attention", [0.5], "unknown cloud decision 'attention'"),
     ("exit_fee_years", [0.3], "cannot be continued")],
)  # fmt: skip
def test_a_log_that_was_spoilt_is_not_continued(table: Table, key: str, value: object, must_say: str) -> None:
    table.play("--as", "AWS", "--turns", "3", "--out", "game", lines="\nq\n")
    path = table.folder / "game" / "game.json"
    spoil(path, key, value)
    before = path.read_bytes()
    status, _, err = table.play("game/game.json", lines="\n\n")
    assert status == 2 and must_say in err and err.count("\n") == 1
    assert path.read_bytes() == before


@pytest.mark.parametrize("seat", SEATS)
def test_drivers_add_up_to_the_change(table: Table, seat: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = []
    real = play.page.results
    monkeypatch.setattr(play.page, "results", lambda outcome, paper: kept.append(outcome) or real(outcome, paper))
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


def test_a_rule_in_the_seat_is_compared_on_the_same_draws(table: Table) -> None:
    """Whoever played exactly as the default rule has the default's figures in the own world."""
    table.play("--as", "AWS", "--turns", "2", "--out", "game", lines="rule\n\nrule\n\n")
    book = Logbook.load(table.folder / "game" / "game.json")
    frame = aftermath.compared(book, "aws", worlds=2)
    own = frame[frame["world"] == 0].set_index("holder")
    assert own.loc[aftermath.YOU, "objective"] == own.loc[aftermath.DEFAULT, "objective"]
    Console(file=io.StringIO()).print(aftermath.verdicts(frame))
