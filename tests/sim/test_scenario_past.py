"""What is played before a scenario opens, as files say it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sim.scenario import load
from tests.sim.scenario_files import SHOCK, error_of, write

# --- what is played before the opening ---

HISTORY = 'title = "History"\nstart = "2023Q4"\n[parameters]\nprice_elasticity = -1.4\n'
OPENING = 'title = "Opening"\nstart = "2025Q4"\nprelude = "history"\n[parameters]\negress_factor_eu = 0.5\n'


def test_a_scenario_on_top_has_the_past_of_its_bottom(library: Path) -> None:
    write(library, HISTORY, "history")
    write(library, OPENING, "opening")
    top = load(write(library, 'title = "Top"\nbase = "opening"\n' + SHOCK, "top"), library)
    assert top.prelude is not None and top.prelude == load("history", library)
    assert load("history", library).prelude is None and top.prelude.start == "2023Q4"


def test_a_past_is_part_of_what_a_scenario_says(library: Path) -> None:
    write(library, HISTORY, "history")
    one = load(write(library, OPENING, "one"), library)
    without = load(write(library, OPENING.replace('prelude = "history"\n', ""), "without"), library)
    write(library, HISTORY.replace("-1.4", "-1.3"), "history")
    other = load("one", library)
    assert len({one.digest, without.digest, other.digest}) == 3
    assert len({one.calendar, without.calendar, other.calendar}) == 3


def test_scenarios_share_a_calendar_when_they_share_their_past_and_its_root(library: Path) -> None:
    """A lever on top changes nothing before the opening; another root, or other members, do."""
    write(library, HISTORY, "history")
    opening = load(write(library, OPENING, "opening"), library)
    top = load(
        write(library, 'title = "Top"\nbase = "opening"\n[parameters]\nprice_elasticity = -1.0\n', "top"), library
    )
    assert top.calendar == opening.calendar
    assert replace(opening, root_parameters={"price_elasticity": -1.0}).calendar != opening.calendar
    assert replace(opening, ensemble="members").calendar != opening.calendar


@pytest.mark.parametrize(
    ("history", "content", "said"),
    [
        (
            HISTORY,
            OPENING.replace('"history"', '"histry"'),
            "eu.toml: prelude = 'histry': unknown scenario 'histry'. Closest: 'history'; or give the path of a .toml "
            "file.",
        ),
        (
            HISTORY.replace("2023Q4", "2025Q4"),
            OPENING,
            "eu.toml: prelude = 'history' starts in 2025Q4; allowed is any quarter before 2025Q4.",
        ),
        (
            HISTORY.replace("2023Q4", "2026Q1"),
            OPENING,
            "eu.toml: prelude = 'history' starts in 2026Q1; allowed is any quarter before 2025Q4.",
        ),
        (
            HISTORY.replace("[par", 'roster = "other"\n[par'),
            OPENING,
            "eu.toml: prelude = 'history' has roster 'other'; allowed is 'default'.",
        ),
        (
            HISTORY.replace("[par", 'prelude = "older"\n[par'),
            OPENING,
            "eu.toml: prelude = 'history' has a prelude of its own; allowed is a scenario without one.",
        ),
        (
            HISTORY,
            OPENING.replace('"history"', '"eu"'),
            "eu.toml: prelude = 'eu': eu.toml: 'eu': a scenario cannot be its own base or prelude.",
        ),
        (
            HISTORY,
            'title = "x"\nbase = "baseline"\nprelude = "history"\n',
            "eu.toml: start, roster, pipeline_until, quarters, ensemble, known_until and prelude belong to the base "
            "'baseline' and cannot be changed here.",
        ),
        (HISTORY, OPENING.replace('"history"', "3"), "eu.toml: prelude: must be text (given: 3)."),
        ("title = ", OPENING, "eu.toml: prelude = 'history': history.toml: not a TOML file"),
    ],
)
def test_a_past_that_does_not_fit_is_explained(library: Path, history: str, content: str, said: str) -> None:
    write(library, HISTORY.replace("2023Q4", "2022Q4"), "older")
    write(library, history, "history")
    message = error_of(library, content)
    assert message.startswith(said) and "\n" not in message
