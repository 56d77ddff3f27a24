"""Forms: each role's decisions as a person sees them, three, five or seven questions (and two on deals for clouds and
labs from the second level on, and a remedy's strength for regulators at the first) with a default for every one.

A form is a view on the declared decisions (`sim.decisions`). It starts from what the role's default rule would do for
the same briefing: what is not asked, and what is answered as the rule has it within half a step, is the rule's to the
last bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from agents.forms import cloud, lab, regulator, vendor
from agents.forms.desk import Desk, bounded, desk
from agents.forms.questions import CHOICE, LEVELS, NUMBER, SHARES, YES_NO, Answer, Answers, Objection, Question
from agents.roster import OTHER_NAMES, parties, spoken_names
from sim.contract import PublicBriefing
from sim.errors import InputError, nearest, unknown
from sim.roster import Roster

__all__ = [
    "CHOICE",
    "LEVELS",
    "NUMBER",
    "PLAYABLE",
    "SHARES",
    "YES_NO",
    "Answer",
    "Answers",
    "Desk",
    "Form",
    "Objection",
    "Question",
    "Standing",
    "form",
    "party_called",
    "shown",
]

_ROLES: dict[str, ModuleType] = {"cloud": cloud, "vendor": vendor, "lab": lab, "regulator": regulator}
PLAYABLE = tuple(_ROLES)


def shown(role: str, level: int) -> tuple[Question, ...]:
    """The questions of a role at a level, in the order in which they are asked."""
    if role not in _ROLES:
        raise unknown("role that can be played", role, _ROLES)
    if level not in LEVELS:
        raise InputError(f"level {level} is not allowed; give 3, 5 or 7.")
    return tuple(question for question in _ROLES[role].QUESTIONS if question.level <= level)


@dataclass(frozen=True)
class Standing:
    """Answers that outlast their quarter. changed: those that are not the rule's."""

    answers: Answers
    changed: set[str]


@dataclass(frozen=True)
class Form:
    """One party's form at a level."""

    desk: Desk
    level: int

    @property
    def questions(self) -> tuple[Question, ...]:
        """Those of the role at this level that make sense for this party."""
        apply = {question.id for question in self._role.asked(self.desk)}
        return tuple(question for question in shown(self.desk.role, self.level) if question.id in apply)

    def now(self, own: Any) -> tuple[Question, ...]:
        """The questions with what can be answered this quarter: options that are not possible now are left out."""
        narrowed = getattr(self._role, "now", None)
        return tuple(narrowed(one, own, self.desk) if narrowed else one for one in self.questions)

    def grounds(self, own: Any) -> dict[str, Any]:
        """What an objection to answers rests on, as plain data; nothing for roles whose answers always go together."""
        made = getattr(self._role, "grounds", None)
        return made(own) if made else {}

    def objection(self, answers: Answers, grounds: Mapping[str, Any], rule: Answers) -> Objection | None:
        """Why answers together cannot be played, None when they can; the rule's always can."""
        return self._role.objection(answers, grounds) if grounds and answers != rule else None

    def check(self, answers: Answers, own: Any, rule: Answers) -> None:
        """InputError in one sentence when answers together cannot be played."""
        if found := self.objection(answers, self.grounds(own), rule):
            raise InputError(found.said)

    def playable(self, answers: Answers, own: Any, rule: Answers) -> Answers:
        """Answers that can be played: where one does not go with the others, nothing is done in its place."""
        found = self.objection(answers, self.grounds(own), rule)
        return {**answers, found.question: found.instead} if found else answers

    def says(self, decision: Any, own: Any, market: PublicBriefing) -> Answers:
        """A decision in the words of the form, at the nearest lawful answers."""
        exact = self._role.read(decision, own, market, self.desk)
        return {question.id: question.lawful(exact[question.id]) for question in self.questions}

    def defaults(self, own: Any, market: PublicBriefing, rule: Any, shown_before: Any | None = None) -> Answers:
        """What Enter answers: last quarter's decision; what the default rule does now in the first quarter and for
        changes. It can always be played.

        shown_before: the briefing that last quarter's decision answered. A mix of suppliers that was asked for then
        still is what is asked for, although the lean that it takes is another by now."""
        now = self.says(rule, own, market)
        before = now if own.last is None else self.says(own.last, own, market)
        if shown_before is not None and own.last is not None and self.desk.role == "lab" and lab.leans(own.last):
            before = {**before, "mix": self.says(own.last, shown_before, market)["mix"]}
        given = {question.id: (before if question.stands else now)[question.id] for question in self.questions}
        return self.playable(given, own, now)

    def decide(self, answers: Answers, own: Any, market: PublicBriefing, rule: Any) -> Any:
        """The decision that answers stand for, inside its declared bounds. rule: the default rule's for the same
        briefing."""
        exact = self._role.read(rule, own, market, self.desk)
        all_answers: Answers = dict(exact)
        changed = set()
        for question in self.questions:
            answer = answers.get(question.id, question.lawful(exact[question.id]))
            if not question.same(answer, exact[question.id]):
                all_answers[question.id] = answer
                changed.add(question.id)
        if not changed:
            return rule
        return bounded(self._role.write(all_answers, changed, rule, own, market, self.desk))

    def standing(self, decision: Any, own: Any, market: PublicBriefing, rule: Any) -> Standing:
        """What of a decision stands when the quarter is over: what it answers otherwise than the rule, of the questions
        that stand."""
        mine, usual = (self.says(one, own, market) for one in (decision, rule))
        stand = {question.id for question in self.questions if question.stands}
        return Standing(
            self._role.read(decision, own, market, self.desk) | mine, {k for k in stand if mine[k] != usual[k]}
        )

    def kept(self, stands: Standing, own: Any, market: PublicBriefing, rule: Any) -> Any:
        """The rule's decision of a later quarter, with what stands, in every world."""
        if not stands.changed:
            return rule
        return bounded(self._role.write(stands.answers, stands.changed, rule, own, market, self.desk))

    @property
    def _role(self) -> ModuleType:
        return _ROLES[self.desk.role]


def form(roster: Roster, party: str, level: int) -> Form:
    """The form of a party by its name in the roster."""
    shown(PLAYABLE[0], level)
    role, name, title = party_called(roster, party)
    return Form(desk(roster, role, name, title), level)


def party_called(roster: Roster, called: str) -> tuple[str, str, str]:
    """(role, name, title) of the playable party that a person means: its name, title or first word, small or capital
    letters.

    InputError with the closest match when there is none, or when a word means several."""
    everyone = [(role, name, title) for role, name, title in parties(roster) if role in PLAYABLE]
    word = called.strip().casefold()
    word = OTHER_NAMES.get(word, word)
    for means in (
        lambda role, name, title: word in (name.casefold(), title.casefold()),
        lambda role, name, title: word == title.casefold().partition(" ")[0],
    ):
        found = [party for party in everyone if means(*party)]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(f"{name} ({title})" for _, name, title in found)
            raise InputError(f"'{called}' may be one of {names}; give the first of the two names.")
    if word in {
        text.casefold() for role, name, title in parties(roster) if role not in PLAYABLE for text in (name, title)
    }:
        raise InputError(f"'{called}' only follows rules and cannot be played; play a cloud, vendor, lab or regulator.")
    titles = {name: title for _, name, title in everyone}
    near = nearest(word, titles, {word: name for word, name in spoken_names(roster).items() if name in titles})
    hint = (
        f"Closest: '{titles[near]}'."
        if near
        else "Some that can be played: AWS, Nvidia, Anthropic, European Commission; see docs/reference/parties.md."
    )
    raise InputError(f"nobody called '{called}' can be played. {hint}")
