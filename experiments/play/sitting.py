"""A game in the terminal: one person holds one seat, strategies hold the others, and the log is the game."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import ConsoleDimensions

from agents.forms import PLAYABLE, Desk, Form, form, party_called
from agents.roster import parties
from agents.strategies import GRADES, graded
from experiments import scenarios
from experiments.batch.engine import Cell, Size
from experiments.batch.target import Target, any_folder, taken
from experiments.play import page, replay, terminal
from experiments.play.log import Logbook
from experiments.play.log_file import LOG, PERSON, held, log_of
from experiments.play.page import Paper
from experiments.play.person import Left, Person
from experiments.screen import Screen
from experiments.text import count, typed
from sim import objectives
from sim.errors import Halted, InputError, unknown
from sim.game import Game
from sim.quarters import label, ordinal
from sim.roster import load_roster

NOTE = "An illustration of a model with real names as labels: not a forecast, not advice."


@dataclass(frozen=True)
class Table:
    """What a new game is played with. turns: 0 for as many as the role is judged over; against: the grade of everybody
    else."""

    party: str
    level: int
    turns: int
    against: str
    seed: int
    scenario: str = "baseline"


def begin(table: Table, out: Path | None, overwrite: bool, ask: Callable[[str], str] = input) -> Path:
    """Sit down at a new game and play it to its end; gives the path of its log."""
    scenario = scenarios.load(table.scenario)
    roster = load_roster(scenario.roster)
    if table.against not in GRADES:
        raise unknown("grade of bots", table.against, GRADES, "--against")
    mine = form(roster, table.party, table.level)
    me = mine.desk.name
    seats = {
        name: graded(role, table.against).name for role, name, _ in parties(roster) if role in PLAYABLE and name != me
    }
    target = Target(out or Path("results") / f"play-{me}-{table.seed}", free=out is None)
    with taken(target, any_folder) as (folder, _), held(folder / LOG):
        _check_folder(folder / LOG, overwrite)
        cell = Cell(scenario, Size(1, turns_of(table), table.seed))
        book = Logbook.new(folder / LOG, cell, {**seats, me: PERSON}, table.level)
        return _play(book, mine, _console(), ask)


def turns_of(table: Table) -> int:
    """Quarters to play: those that were asked for, else those that the role is judged over (eight; sixteen for a
    regulator, whose cases take a year or more)."""
    roster = load_roster(scenarios.load(table.scenario).roster)
    return table.turns or objectives.horizon(party_called(roster, table.party)[0])


def _check_folder(path: Path, overwrite: bool) -> None:
    """InputError when something that is there would be lost."""
    if path.is_file():
        if overwrite:
            return
        raise InputError(f"'{path}' holds a game already; go on with {play_again(path)}, or give another --out.")
    if path.parent.is_dir() and any(not one.name.startswith(f".{LOG}.") for one in path.parent.iterdir()):
        raise InputError(f"--out: '{path.parent}' holds other files; give a folder that is new or empty.")


def play_again(path: Path) -> str:
    """The command that goes on with a game, as it can be typed from here."""
    return typed("play", path)


class _Pages(Screen):
    """As wide as the window is now, from 80 to 100 columns; behind a pipe as wide as a page."""

    @property
    def size(self) -> ConsoleDimensions:
        """Columns and lines."""
        found = super().size
        wide = found.width if self.is_terminal else page.WIDTH
        return ConsoleDimensions(min(max(wide, page.NARROW), page.WIDTH), found.height)

    @size.setter
    def size(self, given: tuple[int, int]) -> None:
        self._width, self._height = given


def _console() -> Screen:
    return _Pages()


def resume(path: Path, ask: Callable[[str], str] = input) -> Path:
    """Go on with a game by its log; a finished one shows its end again. InputError when the log cannot be continued."""
    path = log_of(path)
    if not path.is_file():
        Logbook.load(path)  # says why it cannot be read
    with held(path):
        book = Logbook.load(path)
        return _play(book, _seat(book), _console(), ask)


def go_on(path: Path, at: str, out: Path | None, overwrite: bool) -> Path:
    """Go on with a game where it was left, or from an earlier quarter in a game of its own."""
    return again(path, at, out, overwrite) if at else resume(path)


def again(path: Path, at: str, out: Path | None, overwrite: bool, ask: Callable[[str], str] = input) -> Path:
    """Play a game again from a quarter on, in a folder of its own: the quarters before are those of the log."""
    path = log_of(path)
    old = Logbook.load(path)
    mine, number = _seat(old), ordinal(at, "--again") - old.start
    if not 1 <= number <= old.quarters_played:
        first, last = label(old.start + 1), label(old.start + old.quarters_played)
        raise InputError(f"--again = {at} was not played; give a quarter from {first} to {last}.")
    folder = path.parent if path.parent.name else path.resolve().parent
    target = Target(out or folder.with_name(f"{folder.name}-from-{at}"), free=out is None)
    with taken(target, any_folder) as (place, _), held(place / LOG):
        _check_folder(place / LOG, overwrite)
        kept = old.content.model_copy(update={"played": old.content.played[: number - 1]})
        return _play(Logbook(place / LOG, kept), mine, _console(), ask)


def _seat(book: Logbook) -> Form:
    """The form of the person of a log; InputError when nobody, or more than one, can sit down at it."""
    name, people = book.path.name, book.people
    if not people:
        raise InputError(f"{name}: nobody was played by a person; replay or fork it instead.")
    if len(people) > 1:
        raise InputError(
            f"{name}: {' and '.join(people)} are held by people: the terminal seats one; replay or fork it instead."
        )
    if book.content.worlds != 1:
        raise InputError(f"{name}: worlds = {book.content.worlds}: a person plays one world; fork it instead.")
    try:
        return form(load_roster(book.scenario.roster), people[0], book.level(people[0]))
    except InputError as error:
        raise InputError(f"{name}: {error}") from None


def _play(book: Logbook, mine: Form, console: Screen, ask: Callable[[str], str]) -> Path:
    me = mine.desk.name
    person = Person(mine, book.start, book.content.quarters, console, book.decisions(me), ask)
    game = book.game({party: person if party == me else book.going_on(party) for party in book.roles()})
    person.game, person.book = game, book
    try:
        _recall(book, game)
        if game.quarter < game.quarters:
            _welcome(book, mine, console)
        while game.quarter < game.quarters:
            game.step()
            book.add(game)
        last, because = person.outcome(None), person.because()
    except (Left, KeyboardInterrupt) as left:
        return _leave(book, left.how if isinstance(left, Left) else "interrupted", console)
    finally:
        game.close()
        person.close()
    if last is not None:
        console.print(page.results(last, Paper(console.width), because))
    try:
        terminal.show_end(book, me, console)
    except KeyboardInterrupt:
        raise Halted(f"stopped; the game is finished and saved, see its end with: {play_again(book.path)}") from None
    return book.path


def _recall(book: Logbook, game: Game) -> None:
    """Play what is in the log (which is on disk from now on), and refuse to go on from something else."""
    if not book.path.is_file() or not book.quarters_played:
        book.write()
    if book.quarters_played:
        replay.refuse_another_past(book, replay.compare(book, game))


def _welcome(book: Logbook, mine: Form, console: Screen) -> None:
    c, desk = book.content, mine.desk
    at = f"Going on in {label(book.start + book.quarters_played + 1)}" if book.quarters_played else "A new game"
    console.print(
        f"{at}: you are {desk.title}, {_what(desk)}, for {count(c.quarters, 'quarter')} of "
        f"'{book.scenario.title}', "
        f"seed {c.seed}. {GOALS[desk.role]} Compute is counted in H100e, the power of one Nvidia H100; "
        f"type words for every figure, ? for every decision. Saved after every quarter in {book.path}. {NOTE}",
        highlight=False,
    )


def _what(desk: Desk) -> str:
    return "an owner of compute" if desk.role == "cloud" and not desk.rents_out else ROLE_WORDS[desk.role]


ROLE_WORDS = {"cloud": "a cloud", "vendor": "a chip designer", "lab": "an AI lab", "regulator": "a regulator"}
GOALS = {
    "cloud": "You are judged by discounted free cash flow and what your books and profits are worth at the end.",
    "vendor": "You are judged by discounted free cash flow and what your profits are worth at the end.",
    "lab": "You are judged by discounted cash flow, what serving customers earns at the end, "
    "and cash for a year of burn.",
    "regulator": "You are judged by what buyers in your region gain and how open the market is, less errors and steps "
    "without evidence. A case takes a year or more.",
}


def _leave(book: Logbook, how: str, console: Screen) -> Path:
    played = (
        f"{book.quarters_played} of {book.content.quarters} quarters are saved; go on with: {play_again(book.path)}"
    )
    quarter = label(book.start + book.quarters_played + 1)
    if how in ("ended", "interrupted"):
        console.print()  # the sentence begins a line of its own
    if how == "ended":
        raise InputError(f"the input ended in {quarter}, which was not played; {played}")
    if how == "interrupted":
        raise Halted(f"stopped in {quarter}, which was not played; {played}")
    saved = f"{book.quarters_played} of {book.content.quarters} quarters are saved. Go on with:"
    console.print(f"{quarter} was not played; {saved}", highlight=False)
    console.print(play_again(book.path), soft_wrap=True, highlight=False)
    return book.path
