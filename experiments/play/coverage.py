"""Do the bands of previews hold what they say? Games are played turn after turn with decisions drawn from the form: as
the rule has them, near to it, or anywhere that is allowed. Each turn is previewed, then played on as the preview
assumes (the rule from the next quarter on, with what stands of the decision), and what came is looked up in the band.

Turns of a game share its world, so they tell less than as many games would: intervals count that in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from agents.forms import NUMBER, PLAYABLE, SHARES, Answer, Answers, Form, Question, Standing
from agents.strategies import default_for, graded
from experiments import scenarios
from experiments.batch.engine import Cell, Size
from experiments.batch.workers import each
from experiments.play.decided import full_form
from experiments.play.log import Logbook
from experiments.play.log_file import PERSON
from experiments.play.preview import KEYS, QUARTERS, WORLDS, Preview, preview
from experiments.stats import Portion, portion
from sim.arrays import Array
from sim.contract import PublicBriefing
from sim.errors import InputError
from sim.game import Game
from sim.past import Past
from sim.streams import Streams

SEATS = ("aws", "google", "nvidia", "amd", "anthropic", "openai", "ftc", "ec")
LEVEL = 7
FIGURE, EFFECT = "figure", "effect"
"""Two kinds of band: of a figure itself, and of what the decision does to it against the rule's."""
LIKE_THE_RULE, NEAR_THE_RULE = 0.25, 0.75
"""A quarter of answers are the rule's, half lie near it, a quarter are anywhere."""
NEAR_STEPS = 5.0
MOST_PARTS = 8


@dataclass(frozen=True)
class Trial:
    """One game in which every turn is previewed. turns: how many; against: the grade of everybody else."""

    party: str
    seed: int
    turns: int
    against: str = "steady"
    scenario: str = "baseline"


class _Book(Logbook):
    """A log in memory."""

    def write(self) -> None:
        """Nothing is written."""


@dataclass
class _Holder:
    """The seat: a decision in its quarter, then the rule with what stands of it, as previews assume."""

    form: Form
    at: int = 0
    decision: Any = None
    stands: Standing | None = None

    def __post_init__(self) -> None:
        self.rule = default_for(self.form.desk.role).maker()

    def take(self, number: int, decision: Any, own: Any, market: PublicBriefing) -> _Holder:
        """Hold a decision of the coming quarter."""
        self.at, self.decision = number, decision
        self.stands = self.form.standing(decision, own, market, self.rule.decide(own, market))
        return self

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """A decision of the one world."""
        if market.quarter == self.at:
            return self.decision
        assert self.stands is not None
        return self.form.kept(self.stands, own, market, self.rule.decide(own, market))


def drawn(form: Form, own: Any, rule: Answers, uniform: Callable[[str], Sequence[float]]) -> Answers:
    """Answers to all questions of a form, one by one; the rule's where what is drawn cannot be played beside the rest.
    uniform: numbers from 0 to 1 by the name of a question, MOST_PARTS + 1 of them, the first of which says how far to
    go."""
    answers = dict(rule)
    for one in form.now(own):
        tried = {**answers, one.id: _answer(one, rule[one.id], uniform(one.id))}
        try:
            form.check(tried, own, rule)
        except InputError:
            continue
        answers = tried
    return answers


def _answer(question: Question, rule: Answer, uniform: Sequence[float]) -> Answer:
    far, where = uniform[0], uniform[1:]
    if far < LIKE_THE_RULE:
        return rule
    near = far < NEAR_THE_RULE
    if question.kind == NUMBER and isinstance(rule, float):
        close = rule + NEAR_STEPS * question.step * (2.0 * where[0] - 1.0)
        return question.lawful(close if near else question.low + (question.high - question.low) * where[0])
    if question.kind == SHARES and isinstance(rule, tuple):
        parts = [share if near else 0.0 for share in rule]
        return question.lawful(
            tuple(part + question.total * u for part, u in zip(parts, where[: len(rule)], strict=True))
        )
    return rule if near else question.options[int(where[0] * len(question.options))]


def played(trial: Trial) -> pd.DataFrame:
    """A row a turn, figure and quarter ahead: the band, and what came."""
    scenario = scenarios.load(trial.scenario)
    size = Size(1, trial.turns + QUARTERS, trial.seed)
    content = Logbook.new(Path("game.json"), Cell(scenario, size), {trial.party: PERSON}, LEVEL).content
    book = _Book(Path("game.json"), content)
    holder = _Holder(full_form(book, trial.party))
    others = {
        name: graded(role, trial.against).maker()
        for name, role in book.roles().items()
        if role in PLAYABLE and name != trial.party
    }
    with closing(book.game({**others, trial.party: holder})) as game:
        return pd.DataFrame([row for _ in range(trial.turns) for row in _turn(trial, book, holder, game)])


def _turn(trial: Trial, book: Logbook, holder: _Holder, game: Game) -> Iterator[dict[str, Any]]:
    """Preview a decision, see what comes of it, go back, and play on by one quarter."""
    form, past, number = holder.form, game.past(), game.quarter + 1
    shown = game.brief()
    own, market = shown.own(form.desk.role, trial.party), shown.market
    rule, streams = holder.rule.decide(own, market), Streams(trial.seed, 0, 1)

    def uniform(name: str) -> list[float]:
        return [float(u) for u in streams.at("coverage", f"{trial.party}/{name}", number).uniform(MOST_PARTS + 1)[0]]

    says = form.says(rule, own, market)
    decision = form.decide(drawn(form, own, says, uniform), own, market, rule)
    ahead = preview(book, trial.party, decision, WORLDS, QUARTERS, game)
    other = _went(holder.take(number, rule, own, market), game, past)
    mine = _went(holder.take(number, decision, own, market), game, past)
    differs = form.says(decision, own, market) != says
    where = {**asdict(trial), "role": form.desk.role, "turn": number}
    yield from ({**where, **row} for row in _rows(ahead, mine, other, differs))
    game.step()
    book.add(game)


def _rows(ahead: Preview, mine: list[Array], other: list[Array], differs: bool) -> Iterator[dict[str, Any]]:
    """Bands and what came. mine, other: figures with the decision and with the rule's, (quarters,) each; differs: is
    there an effect to tell?"""
    for line, came, by_rule in zip(ahead.lines, mine, other, strict=True):
        told = [(FIGURE, line.mine, came), *([(EFFECT, line.apart, came - by_rule)] if differs else [])]
        for kind, bands, values in told:
            for k, (band, value) in enumerate(zip(bands, values, strict=True), 1):
                found = {"came": float(value), "inside": band.holds(float(value))}
                yield {"kind": kind, "figure": line.title, "ahead": k, **asdict(band), **found}


def _went(holder: _Holder, game: Game, past: Past) -> list[Array]:
    """What comes of what a seat holds, (quarters ahead,) by figure in its unit; the game is then where it was."""
    role, party = holder.form.desk.role, holder.form.desk.name
    for _ in range(QUARTERS):
        game.step()
    read = game.records.party
    found = [key.scale * key.read(lambda name: read(role, party, name))[0, -QUARTERS:] for key in KEYS[role]]
    game.go_on(past)
    return found


def measured(trials: Sequence[Trial], workers: int = 1) -> pd.DataFrame:
    """Rows of all trials."""
    return pd.concat(list(each(played, [(one,) for one in trials], workers)), ignore_index=True)


def open_bands(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows whose band is more than a point: what a decision cannot move yet is no test of one."""
    return rows[rows["high"] > rows["low"]]


def held(rows: pd.DataFrame) -> Portion:
    """The part of bands that held what came, with games as the units that are drawn."""
    games = rows.groupby(["party", "against", "seed"])["inside"]
    return portion(np.asarray(games.sum()), np.asarray(games.count()))
