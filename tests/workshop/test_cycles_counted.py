"""Predictions without a server: the log makes cycles, hits and heaps are counted by hand, and the changes of the agenda
can be asked in its minutes."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import pytest

from tests.workshop.events import events
from workshop import agenda, cycles, predicted, predicting
from workshop.cycles import Cycle, Guess
from workshop.log import New
from workshop.setup import Setup
from workshop.state import replay

PLAN = agenda.agenda("d")
SHOWN = {
    "low": -1.0,
    "middle": 0.5,
    "high": 2.0,
    "sentence": "So it is.",
    "supply": "Enough.",
    "here": {},
    "before": {},
}


def log(*new: New) -> tuple[Cycle, ...]:
    setup = Setup("D", "d", "baseline", 1, 0, 1, 0, 0, 120, {}, ({"title": "x"},))
    return replay(events(New("created", setup.data()), *new)).cycles


def test_the_last_prediction_of_a_pair_stands() -> None:
    asked = New("cycle_asked", {"title": "x"})
    said = [
        New("cycle_predicted", {"who": who, "sign": "lower", "size": size})
        for who, size in (("a", 1.0), ("b", 2.0), ("a", 3.0))
    ]
    (cycle,) = log(asked, *said, New("cycle_shown", SHOWN))
    assert {one.who: one.value for one in cycle.guesses} == {"a": -3.0, "b": -2.0}
    assert cycle.shown == SHOWN
    with pytest.raises(ValueError, match="no cycle is open"):
        log(asked, New("cycle_shown", SHOWN), said[0])
    with pytest.raises(ValueError, match="shown"):
        log(asked, asked)
    closed = New("cycle_closed", {"at": 1.0})
    (cycle,) = log(asked, said[0], closed)
    assert (cycle.closed, cycle.shown, len(cycle.guesses)) == (1.0, None, 1)
    assert cycles.waits((cycle,)) and not cycles.is_open((cycle,))
    with pytest.raises(ValueError, match="no cycle is open"):
        log(asked, closed, said[0])
    left_out = New("cycle_left_out", {"number": 1, "failed": "No."})
    with pytest.raises(ValueError, match="left out while it waits"):
        log(asked, left_out)
    with pytest.raises(ValueError, match="no cycle is open"):
        log(asked, closed, left_out, New("cycle_shown", SHOWN))
    assert [one.over for one in log(asked, closed, left_out, asked)] == [True, False]
    (shown,) = log(asked, closed, New("cycle_shown", SHOWN))
    assert shown.shown == SHOWN and not cycles.waits((shown,))


def test_hits_are_counted_by_hand() -> None:
    """The middle world rises by half a point, nine in ten lie between -1 and 2: 'higher' is right, -1.5 is out."""
    said = (Guess("a", "higher", 1.0), Guess("b", "higher", 4.0), Guess("c", "lower", 1.5), Guess("d", "same", 0.0))
    cycle = Cycle(1, {}, said, SHOWN)
    assert (cycle.came, cycle.right, cycle.within, cycle.middle) == ("higher", 2, 2, 0.5)
    assert cycles.sign_of(-0.2) == "same" and cycles.sign_of(-0.25) == "lower"
    assert cycles.heaps(said) == [(-1.5, 1), (0.0, 1), (1.0, 1), (4.0, 1)]


def test_a_picture_holds_all_predictions_and_the_band() -> None:
    said = tuple(Guess(str(k), "lower", 6.0) for k in range(3))
    cycle = Cycle(1, {}, said, {**SHOWN, "high": 9.0})
    drawn = predicted.svg(cycle)
    for x, width in re.findall(r'<rect class="\w+" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', drawn):
        assert float(x) >= 0.0
        assert float(x) + float(width) <= predicted.WIDTH
    assert "3 predictions, the middle one −6 points" in predicted.told(cycle)
    assert predicted.table(cycle) == [("−6 points", 3)]


@pytest.mark.parametrize("one", PLAN.cycle, ids=lambda one: one.title)
def test_each_change_of_the_agenda_can_be_asked(one: agenda.Predicted) -> None:
    view = predicting.view_of(one.model_dump(), 7)
    assert not view.rests
    assert view.seed == 7
    assert len(view.at) == len(parse_qsl(one.query))


def test_an_agenda_has_turns_or_cycles() -> None:
    content = PLAN.model_dump()
    with pytest.raises(ValueError, match="turns with seats, or cycles"):
        agenda.Agenda.model_validate({**content, "cycle": []})
    with pytest.raises(ValueError, match="turns with seats, or cycles"):
        agenda.Agenda.model_validate({**content, "turns": 2, "seats": {"aws": "human"}})


def test_the_minutes_of_the_agenda_hold_six_cycles_and_leave_time_to_talk() -> None:
    minutes = [scene.minute for scene in PLAN.script]
    begins = [scene.minute for scene in PLAN.script if scene.title.startswith("Cycle")]
    end = next(scene.minute for scene in PLAN.script if "silent" in scene.title)
    assert minutes == sorted(minutes) and minutes[0] == 0 and minutes[-1] < PLAN.minutes
    assert len(begins) == len(PLAN.cycle) == 6
    assert all(later - first >= 8 for first, later in zip(begins, [*begins[1:], end], strict=True))
    assert PLAN.minutes - end >= 20
    for scene, one in zip((one for one in PLAN.script if one.title.startswith("Cycle")), PLAN.cycle, strict=True):
        assert scene.title.partition(": ")[2].casefold() == one.title.casefold()
