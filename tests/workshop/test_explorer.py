"""What-ifs while somebody drags: bands that grow, the bits of the bench, what is stale is left, what is asked twice is
played once, and play goes first."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.batch.engine import Size
from experiments.study.effects import KEPT, USED
from experiments.whatif.bench import Asked, Bench
from sim.errors import InputError
from workshop import explored, explorer, underway, views
from workshop.explorer import Explorer
from workshop.rooms import RefusedError
from workshop.underway import Found, Run
from workshop.worker import Here

FEES = {"exit_fees": "0", "edge_size": "2"}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds of two worlds, then one; three quarters, one a slice."""
    monkeypatch.setattr(underway, "ROUNDS", [(0, 2), (2, 1)])
    for module in (explorer, underway):
        monkeypatch.setattr(module, "QUARTERS", 3)
    monkeypatch.setattr(views, "QUARTERS", 3)
    monkeypatch.setattr(explorer, "SLICE", 1)


class Watched(Here):
    """Notes what it is asked, and does it when it may."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.gate = threading.Event()
        self.gate.set()

    def call(self, function: Callable[..., Any], *given: Any) -> Any:
        self.gate.wait(60)
        self.calls.append(given)
        return function(*given)


@pytest.fixture
def watched(small: None) -> Iterator[tuple[Watched, Explorer]]:
    worker = Watched()
    made = Explorer((worker,))
    yield worker, made
    worker.gate.set()
    made.close()


def until(made: Explorer, page: str, view: views.View, good: Callable[[Found], bool]) -> Found:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if good(found := made.ask(page, view)):
            return found
        time.sleep(0.01)
    raise AssertionError("it did not come")


def whole(found: Found) -> bool:
    """All three worlds, to their end."""
    return (found.worlds, found.quarters) == (3, 3)


@pytest.mark.whole
def test_an_answer_has_the_bits_of_the_bench(watched: tuple[Watched, Explorer]) -> None:
    _, made = watched
    view = views.read(FEES)
    found = until(made, "p", view, whole)
    (bench,) = Bench().last(Asked((view.question,), Size(3, 3)))
    assert found.answer is not None and not found.answer.nothing
    for name in (USED, "price_over_cost"):
        assert np.array_equal(found.answer.difference(name), bench.difference(name))


@pytest.mark.whole
def test_a_band_grows_and_what_is_there_is_not_played_again(watched: tuple[Watched, Explorer]) -> None:
    worker, made = watched
    seen: set[tuple[int, int]] = set()
    view = views.read({**FEES, "worlds": "16"})

    def noted(one: Found) -> bool:
        seen.add((one.worlds, one.quarters))
        return whole(one)

    until(made, "p", view, noted)
    assert (3, 3) in seen
    calls = len(worker.calls)
    assert made.ask("another page", view).worlds == 3
    assert calls == len(worker.calls) == 2 * 2 * 3  # base and change, two rounds, three slices


@pytest.mark.whole
def test_who_waits_for_more_hears_of_it(watched: tuple[Watched, Explorer]) -> None:
    worker, made = watched
    worker.gate.clear()
    view = views.read(FEES)
    found = made.ask("p", view)
    threading.Timer(0.05, worker.gate.set).start()
    asyncio.run(made.more(found, 60.0))
    assert made.ask("p", view).version > found.version


@pytest.mark.whole
def test_what_changes_nothing_is_the_base_itself(watched: tuple[Watched, Explorer]) -> None:
    """A delay of remedies where there is none: the base is played, once, and stands beside itself."""
    worker, made = watched
    found = until(made, "p", views.read({"delay": "4"}), whole)
    assert found.answer is not None and found.answer.nothing
    assert len(worker.calls) == 2 * 3  # two rounds, three slices
    assert {cell.scenario.digest for cell, _ in worker.calls} == {views.base_scenario().digest}


@pytest.mark.whole
def test_an_answer_is_worked_out_once_for_all_who_look(watched: tuple[Watched, Explorer]) -> None:
    _, made = watched
    view = views.read(FEES)
    found = until(made, "p", view, whole)
    assert made.ask("q", view).answer is found.answer


@pytest.mark.whole
def test_what_a_page_no_longer_asks_is_left_within_a_slice(watched: tuple[Watched, Explorer]) -> None:
    worker, made = watched
    worker.gate.clear()
    old, new = views.read(FEES), views.read({"porting": "0.5"})
    made.ask("p", old)
    made.ask("p", new)
    worker.gate.set()
    until(made, "p", new, whole)
    changed = [cell for cell, _ in worker.calls if cell.scenario.digest == old.question.scenario.digest]
    assert changed == []


@pytest.mark.whole
def test_too_many_questions_are_refused_and_those_of_one_page_are_not(
    watched: tuple[Watched, Explorer], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, made = watched
    monkeypatch.setattr(explorer, "MOST_WAITING", 2)
    worker.gate.clear()
    for text in ("0.5", "0.75", "1.25"):
        made.ask("one page", views.read({"porting": text}))
    made.ask("another", views.read({"porting": "0.5"}))
    with pytest.raises(RefusedError, match="try again") as refused:
        made.ask("a third", views.read({"porting": "2"}))
    assert refused.value.status == 503


@pytest.mark.whole
def test_play_goes_first(small: None) -> None:
    plays, worker = threading.Event(), Watched()
    plays.set()
    made = Explorer((worker,), plays.is_set)
    try:
        view = views.read(FEES)
        made.ask("p", view)
        time.sleep(0.3)
        assert worker.calls == []
        plays.clear()
        until(made, "p", view, lambda one: one.worlds > 0)
    finally:
        plays.clear()
        made.close()


def test_a_page_that_has_gone_is_not_played_for(
    watched: tuple[Watched, Explorer], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, made = watched
    worker.gate.clear()
    made.ask("p", views.read(FEES))
    monkeypatch.setattr(underway, "GONE_SECONDS", -1.0)
    worker.gate.set()
    time.sleep(0.3)
    assert len(worker.calls) <= 1


@pytest.mark.whole
def test_a_first_round_of_another_question_comes_before_more_worlds(watched: tuple[Watched, Explorer]) -> None:
    worker, made = watched
    worker.gate.clear()
    one, other = views.read(FEES), views.read({"porting": "0.5"})
    made.ask("p", one)
    made.ask("q", other)
    worker.gate.set()
    until(made, "p", one, whole)
    until(made, "q", other, whole)
    order = [(cell.scenario.digest, cell.first_world) for cell, _ in worker.calls]
    first_of_other = order.index((other.question.scenario.digest, 0))
    assert first_of_other < order.index((one.question.scenario.digest, 2))


@pytest.mark.whole
def test_a_question_that_cannot_be_played_says_why_and_stops_no_other(watched: tuple[Watched, Explorer]) -> None:
    worker, made = watched
    real, view = worker.call, views.read(FEES)

    def failing(function: Callable[..., Any], *given: Any) -> Any:
        if given[0].scenario.digest == view.question.scenario.digest:
            raise InputError("this world cannot be.")
        return real(function, *given)

    worker.call = failing  # type: ignore[method-assign]
    found = until(made, "p", view, lambda one: bool(one.failed))
    assert (found.failed, found.over) == ("this world cannot be.", True)
    until(made, "q", views.read({"porting": "0.5"}), whole)


@pytest.mark.whole
def test_a_game_that_was_lost_is_begun_again(small: None) -> None:
    cell = views.read(FEES).asked(2).cells(0, 2)[1]
    explored.go(cell, 1)
    explored._OPEN.clear()
    resumed, whole = explored.go(cell, 2), explored.go(cell, 2)
    pd.testing.assert_frame_equal(resumed, whole)
    back = explored.go(cell, 1)
    assert back["quarter_number"].max() == 1
    assert set(KEPT) <= set(back.columns)


# --- views ------------------------------------------------------------------------------------------------------------


def test_an_address_gives_the_view_that_it_was_made_from() -> None:
    given = {**FEES, "card1": "chip-tariff:high", "seed": "7", "worlds": "64", "page": "x", "porting": "1"}
    view = views.read(given)
    query = dict(pair.split("=") for pair in view.query(worlds=view.worlds).split("&"))
    again = views.read({name: text.replace("%3A", ":") for name, text in query.items()})
    assert again == view
    assert view.positions == {"exit_fees": 0.0, "edge_size": 2.0}
    assert "porting" not in query


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"exit_fees": "9"}, "Exit fees: '9' is not allowed; give a number from 0.00 to 2.00."),
        ({"card1": "chip-tarif"}, "unknown shock card 'chip-tarif'"),
        ({"card1": "chip-tariff:huge"}, "unknown level 'huge'"),
        ({"seed": "-1"}, "Seed: '-1' is not allowed"),
        ({"worlds": "63"}, "Worlds: '63' is not allowed; give 16, 64, 256."),
        ({"card1": "chip-tariff", "card2": "chip-tariff"}, "lay a card on once"),
    ],
)
def test_a_wrong_address_is_told_in_a_sentence(given: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as error:
        views.read(given)
    assert said in str(error.value)


def test_rounds_are_for_two_workers_and_end_where_worlds_may_be_asked_for() -> None:
    """By hand: 4 and 4 are the first look, 28 and 28 the rest of 64, then blocks; none is left out and none twice."""
    ends = [first + worlds for first, worlds in underway.ROUNDS]
    assert [first for first, _ in underway.ROUNDS] == [0, *ends[:-1]]
    assert (ends[underway.FIRST - 1], ends[-1]) == (8, 256) and {64, 256} <= set(ends)
    for even in (0, 2):
        assert underway.ROUNDS[even][1] == underway.ROUNDS[even + 1][1]


def come(world: int, quarters: int) -> pd.DataFrame:
    """A round of one world, so many quarters of it."""
    numbers = range(1, quarters + 1)
    labels = [f"Q{number}" for number in numbers]
    table = pd.DataFrame({"world": world, "quarter_number": list(numbers), "quarter": labels})
    return table.assign(**dict.fromkeys(KEPT, 0.0))


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        (0, 0, (0, 0)),
        (0, 2, (0, 0)),  # worlds are shown from the first on
        (2, 0, (1, 2)),
        (3, 2, (2, 2)),  # side by side as far as both have come
        (4, 1, (1, 4)),  # what is much behind takes nothing away
        (4, 4, (2, 4)),
    ],
)
def test_a_first_look_goes_as_far_as_both_halves_have_come(first: int, second: int, shown: tuple[int, int]) -> None:
    run = Run(views.read(FEES), 1, base={0: come(0, 20), 1: come(1, 20)})
    run.begun = {number: come(number, far) for number, far in enumerate((first, second)) if far}
    assert run.shown == shown
    found = run.found(views.read(FEES), 1)
    assert (len(found.here), found.quarters, found.over) == (*shown, False)
    if found.answer is not None:
        assert found.answer.difference(USED).shape == shown


def test_no_more_worlds_are_shown_than_are_asked_for() -> None:
    parts = [[come(first + world, 20) for world in range(worlds)] for first, worlds in underway.ROUNDS[:3]]
    rounds = {number: pd.concat(part) for number, part in enumerate(parts)}
    run = Run(views.read(FEES), 1, base=rounds, done=dict(rounds))
    found = run.found(views.read({**FEES, "worlds": "16"}), 1)
    assert (found.worlds, found.over) == (16, True)
    assert found.answer is not None and found.answer.difference(USED).shape == (16, 20)
