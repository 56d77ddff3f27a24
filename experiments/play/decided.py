"""What each holder of a seat decided, in the words of the form: the reason behind a comparison, in the world that was
played."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path

import numpy as np

from agents.forms import Answer, Answers, Form, Question, form
from agents.seats import Heard
from experiments.batch import engine
from experiments.play.log import Logbook
from experiments.text import Sheet
from sim.contract import Seat
from sim.roster import load_roster

ALL_QUESTIONS = 7


def full_form(book: Logbook, party: str) -> Form:
    """All questions of a person's seat, whatever the level that was played."""
    return form(load_roster(book.scenario.roster), party, ALL_QUESTIONS)


def answers(path: Path, party: str, seat: Seat) -> list[Answers]:
    """What a holder of a person's seat answers, quarter by quarter, in the world that was played."""
    book = Logbook.load(path)
    heard = Heard(seat, full_form(book, party).says)
    with closing(book.game({party: heard})) as game:
        game.run()
    return heard.kept


def usual(question: Question, given: list[Answer]) -> str:
    """The mean of numbers and shares, the most frequent of options (and how often, when not always)."""
    if isinstance(given[0], str):
        word, count = Counter(str(one) for one in given).most_common(1)[0]
        return word if count == len(given) else f"{word} ({count} of {len(given)})"
    mean = np.mean(np.array(given, dtype=np.float64), axis=0)
    parts = [f"{part:.0f}" for part in np.atleast_1d(mean)]
    return "-".join(parts).replace("--", "-−") if len(parts) > 1 else parts[0].replace("-0", "0").replace("-", "−")


def sheet(book: Logbook, party: str, holders: dict[str, Seat], workers: int) -> Sheet:
    """A row a question, a column a holder."""
    said = list(engine.each(answers, [(book.path, party, seat) for seat in holders.values()], workers))
    rows = []
    for question in full_form(book, party).questions:
        unit = f", {question.unit}" if question.unit else ""
        rows.append((question.title + unit, *(usual(question, [one[question.id] for one in each]) for each in said)))
    return Sheet("What each decided in your world, mean over the quarters", ("", *holders), tuple(rows))
