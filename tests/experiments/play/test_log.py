"""A game is a log: it is played again bit for bit, of one person or more, and a bad file gets a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.roster import cast
from agents.seats import Recorded, Scales, Then
from experiments.play import fork as forks
from experiments.play import replay as replays
from experiments.play import sitting
from experiments.play.log import Logbook
from experiments.play.log_file import PERSON
from sim import kernels
from sim.errors import InputError
from sim.game import Game
from sim.records import digest
from tests.experiments.play.logs import BASE, PATIENT, QUARTERS, changed


@pytest.mark.whole
def test_a_replay_gives_the_same_bits(written: tuple[Path, Any]) -> None:
    path, records = written
    book = Logbook.load(path)
    game = book.game(book.seats())
    found = replays.compare(book, game)
    assert found.bits and not found.difference and len(found.quarters) == QUARTERS
    assert digest(game.records.quarters()) == digest(records.quarters())
    game.close()


def test_numbers_survive_the_file_exactly(written: tuple[Path, Any]) -> None:
    path, records = written
    book = Logbook.load(path)
    assert (
        book.content.played[-1].outcomes["trainium_share_used"] == records.metric("trainium_share_used")[:, -1].tolist()
    )
    assert book.people == ("aws",) and book.quarters_played == QUARTERS


def test_a_changed_decision_is_found_and_named(written: tuple[Path, Any], tmp_path: Path) -> None:
    def dearer(content: dict[str, Any]) -> None:
        prices = content["played"][1]["decisions"]["aws"]["price_usd_per_h100e_hour"][0]
        content["played"][1]["decisions"]["aws"]["price_usd_per_h100e_hour"][0] = [price * 1.01 for price in prices]

    book = Logbook.load(changed(written[0], tmp_path, dearer))
    game = book.game(book.seats())
    found = replays.compare(book, game)
    game.close()
    assert found.difference.startswith("2026Q2: ") and "differs" in found.sentence


def test_another_machine_is_compared_to_a_billionth(written: tuple[Path, Any], tmp_path: Path) -> None:
    def elsewhere(content: dict[str, Any]) -> None:
        content["written_on"]["machine"] = "elsewhere"
        content["played"][0]["outcomes"]["utilisation"][0] *= 1.0 + 1e-11

    book = Logbook.load(changed(written[0], tmp_path, elsewhere))
    game = book.game(book.seats())
    found = replays.compare(book, game)
    game.close()
    assert not found.bits and not found.difference and "1e-09" in found.sentence


@pytest.mark.whole
def test_the_other_road_is_compared_to_a_billionth_and_the_same_one_by_bits(
    written: tuple[Path, Any], tmp_path: Path
) -> None:
    with kernels.on("numpy"):
        book = Logbook.begin(
            tmp_path / "game.json", scenario=BASE, seed=5, quarters=6, draw=False, level=3, seats={"aws": PERSON}
        )
        game = Game(BASE, cast(seats={"aws": PATIENT}), worlds=1, quarters=6, seed=5, draw=False)
        for _ in range(QUARTERS):
            game.step()
            book.add(game)
        game.close()
    assert book.content.written_on["kernels"] == "numpy"
    assert Logbook.load(written[0]).content.written_on["kernels"] == kernels.road()
    for road, bits in (("numpy", True), ("numba", False)):
        with kernels.on(road):
            found = replays.check(book)
        assert (found.bits, found.difference) == (bits, "")


def test_a_seat_after_another() -> None:
    class Says:
        def __init__(self, word: str) -> None:
            self.word = word

        def decide(self, own: Any, market: Any) -> Any:
            return self.word

    class Market:
        def __init__(self, quarter: int) -> None:
            self.quarter = quarter

    seat = Then(Says("first"), 2, Says("second"))
    assert [seat.decide(None, Market(q)) for q in (1, 2, 3)] == ["first", "first", "second"]  # type: ignore[arg-type]
    assert Recorded({}).decide(None, Market(1)) is None  # type: ignore[arg-type]


def before_deals(decisions: dict[str, Any]) -> None:
    """As a log had it before parties decided on deals."""
    for name in [name for name in decisions if name.startswith("deal_")]:
        decisions.pop(name)


WRONG: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (lambda c: c.update(format=2), r"format = 2: it was written by a newer version; this version reads format 1"),
    (lambda c: c.update(format="x"), r"format = 'x': no version wrote that"),
    (lambda c: c.pop("seed"), r"seed: it is missing"),
    (lambda c: c["scenario"]["parameters"].update(price_elasticity=-2.0), r"does not fit its digest"),
    (lambda c: c["seats"].update(awz="person"), r"unknown party 'awz'\. Closest: 'aws'"),
    (lambda c: c["played"][0]["decisions"].pop("aws"), r"aws, 2026Q1: no decision is recorded"),
    (
        lambda c: c["played"][0]["decisions"]["aws"].update(exit_fee_years=[1.5]),
        r"exit_fee_years = 1\.5; allowed is 0 to 1",
    ),
    (
        lambda c: c["played"][0]["decisions"]["aws"].update(exit_fee_years=["dear"]),
        r"is not a number",
    ),
    (
        lambda c: c["played"][0]["decisions"]["aws"].update(term_quarters=[4.0]),
        r"unknown cloud decision 'term_quarters'",
    ),
    (lambda c: c["played"][0]["decisions"]["aws"].pop("order_mw"), r"order_mw is missing; a cloud decides"),
    (
        lambda c: before_deals(c["played"][0]["decisions"]["aws"]),
        r"aws, 2026Q1: no decision on deals is recorded; logs of",
    ),
    (
        lambda c: c["played"][0]["decisions"]["aws"].update(deal_start_quarters=[[0.0] * 6]),
        r"deal_start_quarters = 0; allowed is 4 to 8 quarters",
    ),
    (
        lambda c: c["played"][0]["decisions"]["aws"].update(deal_mw=[[10.0] * 7]),
        r"deal_mw has shape \(1, 7\); expected is \(1, 6\): worlds, labs",
    ),
    (
        lambda c: c["played"][0]["decisions"]["aws"].update(deal_take_or_pay=[[1.5] * 6]),
        r"deal_take_or_pay = 1\.5; allowed is 0 to 1",
    ),
    (lambda c: c["played"][0]["decisions"]["aws"].update(exit_fee_years=[0.1, 0.1]), r"a value for each of 1 worlds"),
    (lambda c: c["played"].pop(0), r"quarter 1 is 2026Q2; it must be 2026Q1"),
]


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_a_bad_log_gets_one_sentence(
    written: tuple[Path, Any], tmp_path: Path, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        Logbook.load(changed(written[0], tmp_path, change))
    assert "\n" not in str(caught.value)


def test_what_is_no_log_at_all(tmp_path: Path) -> None:
    path = tmp_path / "game.json"
    with pytest.raises(InputError, match="cannot be read: No such file"):
        Logbook.load(path)
    path.write_text('{"format": 1, "seed"')
    with pytest.raises(InputError, match=r"not a game's log \(JSON\)"):
        Logbook.load(path)
    path.write_text("[]")
    with pytest.raises(InputError, match="it has no 'format'"):
        Logbook.load(path)


def test_a_half_written_file_beside_the_log_does_no_harm(written: tuple[Path, Any]) -> None:
    beside = written[0].with_name(".game.json.partial")
    beside.write_text('{"format": 1,')
    assert Logbook.load(written[0]).quarters_played == QUARTERS
    beside.unlink()


# --- several people ---------------------------------------------------------------------------------------------------


DEARER = Scales("vendor", {"chip_price_usd_per_h100e": 1.02})


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two quarters that two people played, one with a form of its own level."""
    path = tmp_path_factory.mktemp("together") / "game.json"
    seats = {"aws": PERSON, "azure": "harvest", "nvidia": PERSON}
    book = Logbook.begin(
        path, scenario=BASE, seed=5, quarters=4, draw=False, level=3, levels={"nvidia": 7}, seats=seats
    )
    game = Game(
        BASE, cast({"azure": "harvest"}, {"aws": PATIENT, "nvidia": DEARER}), worlds=1, quarters=4, seed=5, draw=False
    )
    for _ in range(2):
        game.step()
        book.add(game)
    game.close()
    return path


def test_several_people_each_have_decisions_and_a_level(together: Path, written: tuple[Path, Any]) -> None:
    book = Logbook.load(together)
    assert book.people == ("aws", "nvidia")
    assert (book.level("aws"), book.level("nvidia")) == (3, 7)
    verdict = replays.check(book)
    assert verdict.bits and not verdict.difference
    assert "levels" not in json.loads(written[0].read_text()), "a game of one person has the form it always had"


def test_a_seat_of_one_is_tried_by_others_while_the_other_person_repeats(together: Path) -> None:
    book = Logbook.load(together)
    told: list[Any] = []

    class Heard:
        def decide(self, own: Any, market: Any) -> Any:
            told.append(own.last)
            return PATIENT.decide(own, market)

    game = book.game({"aws": Heard()})
    game.run()
    assert np.array_equal(told[1].price_usd_per_h100e_hour, book.decisions("aws")[1].price_usd_per_h100e_hour)
    recorded = book.decisions("nvidia")[2]
    game.close()
    game = book.game({"aws": Heard()})
    game.step()
    game.step()
    assert all(
        np.array_equal(getattr(game.state.decided["nvidia"], f.name), getattr(recorded, f.name))
        for f in fields(recorded)
    )
    game.close()


@pytest.mark.whole
def test_a_fork_tells_of_everybody_who_played(together: Path) -> None:
    book, fork = forks.planned(together, "2026Q3", 4, "skilled")
    sheet = forks.bands(book, fork, forks.tables(book, fork, 2), 2)
    named = [row[0].partition(":")[0] for row in sheet.rows[len(forks.SHOWN) :]]
    assert named == ["AWS", "AWS", "Nvidia", "Nvidia"]
    assert "AWS and Nvidia decide as they did, and by the rule of thumb" in forks.assumption(book, fork)


def test_levels_are_of_people(together: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"levels: azure is not held by a person"):
        Logbook.load(changed(together, tmp_path, lambda c: c["levels"].update(azure=5)))


def test_the_terminal_seats_one(together: Path) -> None:
    with pytest.raises(InputError, match=r"aws and nvidia are held by people: the terminal seats one"):
        sitting.resume(together)
