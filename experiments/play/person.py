"""A person in a seat: shows the briefing, takes a turn's answers in words, and hands over a decision that is always
lawful."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agents.forms import Answers, Form, Question
from agents.strategies import default_for
from experiments.play import ahead, drivers, page, preview
from experiments.play.because import Again, alone, sentences
from experiments.play.drivers import Outcome, Turn
from experiments.play.ended import ended
from experiments.play.log import Logbook
from experiments.play.page import HEIGHT, Paper, Situation
from experiments.play.preview import Preview, last_figures
from experiments.play.warnings import warnings
from experiments.play.words import glossary
from experiments.screen import Screen
from sim.contract import Decision, PublicBriefing
from sim.errors import InputError
from sim.game import Game
from sim.quarters import label

HOW = "Enter plays. {example} answers question 1. Also: preview, ?, words, market, rule, q."
MORE = """Enter      plays what stands under 'Enter'
{example}
           answers question 1; several at once with semicolons between
preview    what your answers may lead to, beside the rule's
? 2        explains question 2
words      explains the figures
market     prints the market again; show the whole page
rule       takes what the default rule would do; reset what Enter had
q          saves and leaves"""


BECAUSE = "What you did (the same quarters played again, with the rule's decision in that one):"


class Left(Exception):  # noqa: N818 - leaving is no error
    """The person left in the middle of a turn. how: 'quit', 'ended' (no more input) or 'interrupted'."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


@dataclass
class Person:
    """The seat of a person. start: the quarter before the first, as a number; recorded: decisions of quarters that were
    played before, by number; ask: reads a line. game, book: what is played; again: it beside itself with the rule's
    decisions; foreseen: previews of this quarter with their answers; shown: those of what was then played; differs: was
    anything decided that is not the rule's?"""

    form: Form
    start: int
    turns: int
    console: Screen
    recorded: Mapping[int, Decision] = field(default_factory=dict)
    ask: Callable[[str], str] = input
    played: list[Turn] = field(default_factory=list)
    game: Game | None = None
    book: Logbook | None = None
    again: Again | None = None
    foreseen: list[tuple[Answers, Preview]] = field(default_factory=list)
    shown: list[Preview] = field(default_factory=list)
    differs: bool = False

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
        self.differs |= self.form.says(decision, own, market) != self.form.says(rule, own, market)
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
            (*self.because(), *ended(self.form.desk.role, [one.own for one in self.played[-1:]] + [own])),
            rule,
        )
        self.foreseen = []
        self.console.print(page.page(situation, self.paper))
        answers = self._answers(situation)
        self.foreseen = [one for one in self.foreseen if one[0] == answers]
        self.shown += [seen for _, seen in self.foreseen[-1:]]
        return self.form.decide(answers, own, market, rule)

    def because(self) -> tuple[str, ...]:
        """What the seat's own decisions did to the last quarter, and what came of the band that was shown."""
        if self.book is None or not self.played:
            return ()
        said = []
        if self.foreseen:
            assert self.game is not None
            said.append(ahead.came(self.foreseen[-1][1], last_figures(self.game, self.form.desk)))
        if self.differs:
            self.again = (self.again or alone(self.book, self.form.desk.name)).follow(self.book)
            told = sentences(self.again.last_quarter(), self.again.without_effect(), ahead.effects(self.shown))
            said += [BECAUSE, *told] if told else []
        return tuple(said)

    def close(self) -> None:
        """Let go of the games that were played beside."""
        if self.again is not None:
            self.again.close()

    def _answers(self, s: Situation) -> Answers:
        answers = dict(s.start)
        self.console.print(HOW.format(example=self._example(s)), style="dim", highlight=False)
        while True:
            try:
                line = self.ask(f"{s.quarter}> ").strip()
            except EOFError:
                raise Left("ended") from None
            except KeyboardInterrupt:
                raise Left("interrupted") from None
            try:
                if not line:
                    self.form.check(answers, s.now.own, s.rule)
                    return answers
                self._take(line, answers, s)
            except InputError as error:
                self.console.print(str(error), style="yellow", highlight=False)

    def _take(self, line: str, answers: Answers, s: Situation) -> None:
        """One line of the person: a word, or answers parted by semicolons; all of a line or nothing of it."""
        word = line.casefold()
        if word in ("q", "quit", "exit", "save"):
            raise Left("quit")
        if word.startswith("?") or word.startswith("help") or word.endswith("?"):
            self._explain(word.removeprefix("help").strip("? "), s)
        elif word in ("preview", "ahead"):
            self._preview(answers, s)
        elif word in ("show", "market"):
            make = page.page if word == "show" else page.market_page
            self.console.print(
                make(replace(s, start=dict(answers)), self.paper)
            )  # Enter plays what was answered so far
        elif word == "words":
            self.console.print(glossary(self.form.desk.role), highlight=False)
        elif word in ("rule", "reset"):
            answers.update(s.rule if word == "rule" else s.start)
            self._stands(answers, s.asked, s)
        else:
            given = [self._answer(part, s) for part in line.split(";") if part.strip()]
            answers.update({question.id: answer for question, answer in given})
            self._stands(answers, [question for question, _ in given], s)

    def _preview(self, answers: Answers, s: Situation) -> None:
        """What the answers so far may lead to."""
        if self.book is None:
            raise InputError("there is no preview here: the game has no log.")
        self.form.check(answers, s.now.own, s.rule)
        self.console.print(f"Trying it in {preview.WORLDS} worlds ...", style="dim")
        decision = self.form.decide(answers, s.now.own, s.now.market, s.by_rule)
        found = preview.preview(self.book, self.form.desk.name, decision, game=self.game)
        self.foreseen.append((dict(answers), found))
        self.console.print(ahead.shown(found))

    def _answer(self, part: str, s: Situation) -> tuple[Question, Any]:
        """Question and answer from `2 40`, `2=40`, or `2` alone, which explains and asks."""
        head, _, rest = part.strip().replace("=", " ", 1).partition(" ")
        question = self._question(head, s)
        if rest.strip():
            try:
                return question, question.parse(rest)
            except InputError:
                self._why_not(question, rest, s)
                raise
        self._explain(head, s)
        try:
            text = self.ask(f"{question.title} [{question.allowed}]: ")
        except (EOFError, KeyboardInterrupt) as error:
            raise Left("ended" if isinstance(error, EOFError) else "interrupted") from None
        if not text.strip():
            raise InputError(f"{question.title} stays as it was.")
        return question, question.parse(text)

    def _why_not(self, question: Question, text: str, s: Situation) -> None:
        """InputError that says what an option lacks that is not possible now, when it is one."""
        whole = next(one for one in self.form.questions if one.id == question.id)
        if whole != question:
            self.form.check({**s.start, question.id: whole.parse(text)}, s.now.own, s.rule)

    def _question(self, head: str, s: Situation) -> Question:
        questions = s.asked
        if head.isdecimal() and 1 <= int(head) <= len(questions):
            return questions[int(head) - 1]
        for question in questions:
            if head.casefold() == question.id.replace("_", "-"):
                return question
        raise InputError(
            f"'{head}' is no question; give its number, 1 to {len(questions)}, and an answer, such as "
            f"{self._example(s)}. Enter alone plays the turn, ? explains, q saves and leaves."
        )

    def _example(self, s: Situation) -> str:
        """The rule's answer to the first question, as it is typed."""
        first = s.asked[0]
        return f"1 {first.text(s.rule[first.id])}"

    def _explain(self, head: str, s: Situation) -> None:
        asked = [self._question(head, s)] if head else list(s.asked)
        for question in asked:
            number = s.asked.index(question) + 1
            self.console.print(
                f"{number} {question.title}: {question.help} Allowed: {question.allowed}.", highlight=False
            )
        if not head:
            self.console.print(MORE.format(example=self._example(s)), highlight=False)

    def _stands(self, answers: Answers, questions: Any, s: Situation) -> None:
        """What was answered, and what it would bring that one may not want."""
        said = "; ".join(
            f"{question.title}: {question.text(answers[question.id])} {question.unit}".rstrip()
            for question in questions
        )
        try:
            self.form.check(answers, s.now.own, s.rule)
        except InputError as error:
            self.console.print(f"{said}. It cannot be played so: {error}", style="yellow", highlight=False)
            return
        self.console.print(f"{said}. Enter plays the turn.", style="green", highlight=False)
        for line in self._minds(answers, s):
            self.console.print(f"Mind: {line}", style="yellow", highlight=False)

    def _minds(self, answers: Answers, s: Situation) -> list[str]:
        """What one may not want of what the answers so far would bring."""
        decision = self.form.decide(answers, s.now.own, s.now.market, s.by_rule)
        return warnings(self.form.desk.role, s.now.own, s.quarter, decision)
