"""Tournaments: payoffs on shared draws, ranks and best responses worked by hand, and what is refused."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from experiments import scenarios
from experiments.batch.engine import Cell, Size
from experiments.batch.target import Target
from experiments.bots import payoffs, terminal, tournament
from experiments.bots.payoffs import Contest
from experiments.bots.tournament import Outcome, Rules
from sim.errors import InputError

BASE = scenarios.load("baseline")


def made_up(payoff: list[list[list[float]]]) -> Outcome:
    """Two strategies of clouds; payoff (own, rivals, worlds)."""
    asked = Rules(BASE, "cloud", "aws", ("build-to-demand", "novice-cloud"), Size(2, 1))
    return Outcome(asked, np.array(payoff))


def test_ranks_are_gains_over_the_default_averaged_over_rivals() -> None:
    """The default earns 10 and 20 against the two rivals in both worlds; the other 30 and 4, then 28 and 2."""
    outcome = made_up([[[10.0, 10.0], [20.0, 20.0]], [[30.0, 28.0], [4.0, 2.0]]])
    (first, gain), (second, none) = outcome.ranks()
    assert (first, second) == ("novice-cloud", "build-to-demand")
    assert gain.mean == pytest.approx(np.mean([17.0 - 15.0, 15.0 - 15.0]))
    assert none.mean == none.low == none.high == 0.0


def test_best_responses_name_the_winner_and_who_cannot_be_told_apart() -> None:
    outcome = made_up([[[10.0, 10.1, 9.9], [20.0, 21.0, 19.0]], [[30.0, 28.0, 29.0], [19.8, 21.2, 18.8]]])
    assert outcome.best_responses()["build-to-demand"] == ("novice-cloud",)
    assert outcome.best_responses()["novice-cloud"] == (
        "build-to-demand",
        "novice-cloud",
    )  # means of 20 and 20, within noise


def printed(outcome: Outcome) -> str:
    console = Console(width=80, file=io.StringIO())
    for part in terminal.report(outcome):
        console.print(part)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(("unit", "gain", "told"), [(1.0, "+3", "USD m"), (1000.0, "+3.00", "USD bn")])
def test_payoffs_are_told_in_a_unit_in_which_they_differ(unit: float, gain: str, told: str) -> None:
    """The other earns 3 more than the default's 73,000, of a million or of a billion."""
    same, more = [73_000.0 * unit] * 2, [73_003.0 * unit] * 2
    text = printed(made_up([[same, same], [more, more]]))
    assert told in text and gain in text
    assert "1 build-to-demand" in text and "2 novice-cloud" in text
    assert "symmetric equilibrium among these strategies: novice-cloud." in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.whole
def test_a_seat_earns_the_same_however_worlds_are_cut() -> None:
    cell = Cell(BASE, Size(3, 2))
    cut = (cell, cell.part(0, 1), cell.part(1, 2))
    whole, first, rest = payoffs.payoffs([Contest(one, "cloud", "aws") for one in cut])
    assert np.array_equal(np.concatenate([first, rest]), whole)


@pytest.mark.whole
def test_the_default_against_itself_is_the_plain_game() -> None:
    asked = tournament.rules("baseline", "vendor", "", ["margin-and-forecast"], Size(2, 2))
    assert asked.party == "nvidia" and asked.strategies == ("margin-and-forecast",)
    plain = payoffs.payoffs([Contest(Cell(BASE, Size(2, 2)), "vendor", "nvidia")])[0]
    assert np.array_equal(tournament.play(asked).payoff[0, 0], plain)


def test_what_cannot_be_played_gets_a_sentence() -> None:
    def asked(role: str = "cloud", party: str = "", strategies: tuple[str, ...] = ()) -> Rules:
        return tournament.rules("baseline", role, party, strategies, Size(1, 1))

    with pytest.raises(InputError, match=r"--role: unknown role 'segment'"):
        asked("segment")
    with pytest.raises(InputError, match=r"unknown party 'awz'\. Closest: 'aws'"):
        asked(party="awz")
    with pytest.raises(InputError, match=r"--party: unknown cloud 'nvidia'"):
        asked(party="nvidia")
    with pytest.raises(InputError, match=r"--strategy: unknown cloud strategy 'novice-clod'"):
        asked(strategies=("novice-clod",))


@pytest.mark.whole
def test_the_command_writes_its_payoffs(tmp_path: Path) -> None:
    asked = tournament.rules("baseline", "cloud", "aws", ["novice-cloud"], Size(2, 2))
    terminal.run(asked, Target(tmp_path / "out"), 1)
    lines = (tmp_path / "out" / "payoffs.csv").read_text().splitlines()
    assert lines[0].startswith("strategy,rivals,payoff_usd_bn") and len(lines) == 1 + 4
