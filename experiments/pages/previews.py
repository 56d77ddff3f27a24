"""The page on how often previews hold, docs/reference/previews.md: `python3 tasks.py previews [SEEDS]` measures and
writes it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from experiments.batch.engine import default_workers
from experiments.play import coverage
from experiments.play.coverage import EFFECT, FIGURE, Trial, held, open_bands
from experiments.play.preview import QUARTERS, WORLDS
from experiments.stats import Portion
from experiments.text import table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "previews.md"
SEEDS, TURNS = 6, 5
AGAINST = ("steady", "skilled")
ASSUMED, OTHERWISE = "the default rule, as previews assume", "skilled bots, which previews do not foresee"
HEADER = """# How often previews hold

<!-- Measured by `python3 tasks.py previews`. Change what it is made from, not this page. -->

*Real names are labels in an illustration. Nothing here is a forecast or advice.*

"""


def trials(seeds: int = SEEDS) -> list[Trial]:
    """Games to play: every seat and seed against everybody else by the rule, and then by skilled bots."""
    return [
        Trial(party, seed, TURNS, against)
        for against in AGAINST
        for seed in range(1, seeds + 1)
        for party in coverage.SEATS
    ]


def page(rows: pd.DataFrame) -> str:
    """The reference page of measured rows."""
    rows = open_bands(rows)
    assumed, otherwise = (rows[rows["against"] == grade] for grade in AGAINST)
    games, turns = (len(assumed.groupby(keys)) for keys in (["party", "seed"], ["party", "seed", "turn"]))
    figures, effects = (assumed[assumed["kind"] == kind] for kind in (FIGURE, EFFECT))
    return (
        f"{HEADER}`preview` in a game, and *What this may lead to* on a team's phone, show a band for each figure of a "
        f"seat over {QUARTERS} quarters, from {WORLDS} worlds. It should hold what then comes about nine times in "
        f"ten. Here is how often it did: {games} games ({len(coverage.SEATS)} seats, seeds 1 to "
        f"{assumed['seed'].max()}), {turns} turns. Answers are drawn: a quarter of them the rule's, half near the "
        "rule's, a quarter anywhere that is allowed. After each previewed quarter the seat follows the rule, with what "
        "stands of its decision, as the preview assumes. Bands that are a single number are left out: what a decision "
        "cannot move yet is no test. The interval is Wilson's at 95 %, with games and not turns as what is drawn on "
        f"its own.\n\n{_overall(assumed, otherwise)}\n\n{_ahead(figures, effects)}\n\n{_seats(figures, effects)}\n\n"
        f"{_figures(figures)}\n\n{_read()}\n"
    )


def _overall(assumed: pd.DataFrame, otherwise: pd.DataFrame) -> str:
    lines = [
        (what, others, _told(held(part)), f"{len(part):,}")
        for kind, what in ((FIGURE, "a figure itself"), (EFFECT, "what the decision does to it, against the rule's"))
        for others, one in ((ASSUMED, assumed), (OTHERWISE, otherwise))
        if len(part := one[one["kind"] == kind])
    ]
    return table(("band of", "everybody else follows", "held what came", "bands"), lines)


def _ahead(figures: pd.DataFrame, effects: pd.DataFrame) -> str:
    lines = [
        (_quarters(ahead), *(_told(held(one[one["ahead"] == ahead])) for one in (figures, effects)))
        for ahead in sorted(figures["ahead"].unique())
    ]
    return "How far ahead (everybody else follows the rule):\n\n" + table(("", "figure", "effect"), lines)


def _seats(figures: pd.DataFrame, effects: pd.DataFrame) -> str:
    lines = [
        (party, *(_told(held(part)) if len(part := one[one["party"] == party]) else "–" for one in (figures, effects)))
        for party in coverage.SEATS
        if len(figures[figures["party"] == party])
    ]
    return "By seat:\n\n" + table(("seat", "figure", "effect"), lines)


def _figures(figures: pd.DataFrame) -> str:
    lines = []
    for (role, figure), part in figures.groupby(["role", "figure"], sort=False):
        under, over = ((part["came"] < part["low"]).mean(), (part["came"] > part["high"]).mean())
        lines.append((role, figure, _told(held(part)), f"{under:.0%}", f"{over:.0%}"))
    return "By figure:\n\n" + table(("role", "figure", "held what came", "below", "above"), lines)


def _quarters(ahead: int) -> str:
    return "the quarter decided" if ahead == 1 else f"{ahead - 1} later"


def _told(one: Portion) -> str:
    """'90 % (88 to 92)'."""
    return f"{100.0 * one.part:.0f} % ({100.0 * one.low:.0f} to {100.0 * one.high:.0f})"


def _read() -> str:
    return (
        "A band goes from the lowest to the highest of its worlds, so that one more world, the one that is played, "
        f"lies in it {WORLDS - 1} times in {WORLDS + 1} where all are drawn alike. The worlds of a preview know no "
        "more than the seat: they have other chance, other values of what is uncertain, and everybody else by the "
        "default rule. They begin where the board stands, but others' plans under way are those of other worlds. A "
        "person who goes on to decide otherwise, or others who leave the rule, move what comes: the game then says "
        "what each decision did, beside the band that was shown."
    )


def main(words: Sequence[str]) -> int:
    """Measure and write the page; an argument gives the number of seeds, two at least. Exit status 2 for another."""
    if len(words) > 1 or not all(word.isdecimal() and int(word) > 1 for word in words):
        print("usage: python -m experiments.pages.previews [SEEDS], two seeds or more", file=sys.stderr)
        return 2
    seeds = int(words[0]) if words else SEEDS
    rows = coverage.measured(trials(seeds), default_workers())
    PAGE.write_text(page(rows), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
