"""A person in a seat: shows the briefing, takes a turn's answers in words, and hands over a decision that is always
lawful."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agents.forms import Answers, Form, Question
from agents.strategies import default_for
from experiments.play import drivers, page
from experiments.play.drivers import Outcome, Turn
from experiments.play.page import HEIGHT, Paper, Situation
from experiments.play.words import glossary
from experiments.screen import Screen
from sim.contract import Decision, PublicBriefing
from sim.errors import InputError
from sim.game import Game
from sim.quarters import label

HOW = "Enter plays. 2 40 answers question 2. ? explains; also words, market, rule, q."
MORE = (
    "Enter plays what stands under 'Enter'. `2 40` answers the second question, `1 300; 3 12` two at once; "
    "`? 2` explains the second; `words` explains the figures, `market` and `show` print the market and the page again; "
    "`rule` takes what the default rule would do, `reset` what Enter had; `q` saves and leaves."
)


class Left(Exception):  # noqa: N818 - leaving is no error
    """The person left in the middle of a turn. how: 'quit', 'ended' (no more input) or 'interrupted'."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


@dataclass
class Person:
    """The seat of a person. start: the quarter before the first, as a number; recorded: decisions of quarters that were
    played before, by number; ask: reads a line."""

    form: Form
    start: int
    turns: int
    console: Screen
    recorded: Mapping[int, Decision] = field(default_factory=dict)
    ask: Callable[[str], str] = input
    played: list[Turn] = field(default_factory=list)
    game: Game | None = None

    def __post_init__(self) -> None:
        self.rule = default_for(self.form.desk.role).maker()

    @property
    def paper(self) -> Paper:
        """The screen as it is now; behind a pipe, a whole page."""
        return Paper(self.console.width, self.console.height if self.console.is_terminal else HEIGHT)

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """A recorded quarter's decision as it was; else what the person answers. Left when the person leaves."""
        rule = self.rule.decide(own, market)
        decision = self.recorded.get(market.quarter)
        if decision is None:
            decision = self._asked(own, market, rule)
        self.played.append(Turn(own, market, decision))
        return decision

    def outcome(self, next_own: Any | None) -> Outcome | None:
        """What came of the last quarter."""
        assert self.game is not None
        desk = self.form.desk
        return drivers.outcome(desk.role, desk.name, self.game.records, self.played, next_own)

    def _asked(self, own: Any, market: PublicBriefing, rule: Any) -> Any:
        assert self.game is not None
        start = self.form.defaults(own, market, rule, self.played[-1].own if self.played else None)
        says = self.form.says(rule, own, market)
        quarter = label(self.start + market.quarter)
        situation = Situation(
            self.game.roster,
            self.form,
            quarter,
            market.quarter,
            self.turns,
            Turn(own, market, None),
            self.played,
            self.outcome(own),
            start,
            says,
        )
        self.console.print(page.page(situation, self.paper))
        return self.form.decide(self._answers(situation), own, market, rule)

    def _answers(self, s: Situation) -> Answers:
        answers = dict(s.start)
        self.console.print(HOW, style="dim", highlight=False)
        while True:
            try:
                line = self.ask(f"{s.quarter}> ").strip()
            except EOFError:
                raise Left("ended") from None
            except KeyboardInterrupt:
                raise Left("interrupted") from None
            if not line:
                return answers
            try:
                self._take(line, answers, s)
            except InputError as error:
                self.console.print(str(error), style="yellow", soft_wrap=True, highlight=False)

    def _take(self, line: str, answers: Answers, s: Situation) -> None:
        """One line of the person: a word, or answers parted by semicolons; all of a line or nothing of it."""
        word = line.casefold()
        if word in ("q", "quit", "exit", "save"):
            raise Left("quit")
        if word.startswith("?") or word.startswith("help") or word.endswith("?"):
            self._explain(word.removeprefix("help").strip("? "))
        elif word in ("show", "market"):
            make = page.page if word == "show" else page.market_page
            self.console.print(
                make(replace(s, start=dict(answers)), self.paper)
            )  # Enter plays what was answered so far
        elif word == "words":
            self.console.print(glossary(self.form.desk.role), highlight=False)
        elif word in ("rule", "reset"):
            answers.update(s.rule if word == "rule" else s.start)
            self._stands(answers, self.form.questions)
        else:
            given = [self._answer(part) for part in line.split(";") if part.strip()]
            answers.update({question.id: answer for question, answer in given})
            self._stands(answers, [question for question, _ in given])

    def _answer(self, part: str) -> tuple[Question, Any]:
        """Question and answer from `2 40`, `2=40`, or `2` alone, which explains and asks."""
        head, _, rest = part.strip().replace("=", " ", 1).partition(" ")
        question = self._question(head)
        if rest.strip():
            return question, question.parse(rest)
        self._explain(head)
        try:
            text = self.ask(f"{question.title} [{question.allowed}]: ")
        except (EOFError, KeyboardInterrupt) as error:
            raise Left("ended" if isinstance(error, EOFError) else "interrupted") from None
        if not text.strip():
            raise InputError(f"{question.title} stays as it was.")
        return question, question.parse(text)

    def _question(self, head: str) -> Question:
        questions = self.form.questions
        if head.isdecimal() and 1 <= int(head) <= len(questions):
            return questions[int(head) - 1]
        for question in questions:
            if head.casefold() == question.id.replace("_", "-"):
                return question
        raise InputError(
            f"'{head}' is no question; give its number, 1 to {len(questions)}, and an answer, such as "
            f"1 {questions[0].example}. Enter alone plays the turn, ? explains, q saves and leaves."
        )

    def _explain(self, head: str) -> None:
        asked = [self._question(head)] if head else list(self.form.questions)
        for question in asked:
            number = self.form.questions.index(question) + 1
            self.console.print(
                f"{number} {question.title}: {question.help} Allowed: {question.allowed}.", highlight=False
            )
        if not head:
            self.console.print(MORE, highlight=False)

    def _stands(self, answers: Answers, questions: Any) -> None:
        said = "; ".join(
            f"{question.title}: {question.text(answers[question.id])} {question.unit}".rstrip()
            for question in questions
        )
        self.console.print(f"{said}. Enter plays the turn.", style="green", highlight=False)
