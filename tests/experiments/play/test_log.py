"""A game is a log: what is written is played again bit for bit, forks share its past, and a bad file gets a
sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.roster import cast
from agents.seats import Recorded, Scales, Then
from experiments import scenarios
from experiments.batch import engine
from experiments.batch.target import Target
from experiments.play import fork as forks
from experiments.play import replay as replays
from experiments.play import sitting, terminal
from experiments.play.log import Logbook
from experiments.play.log_file import PERSON
from sim import kernels
from sim.errors import InputError
from sim.game import Game
from sim.records import digest

BASE = scenarios.load("baseline")
QUARTERS = 3


PATIENT = Scales("cloud", {"price_usd_per_h100e_hour": 1.0371})
"""A person's stand-in: plays the default, with a price of its own."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A log of three quarters with a person on AWS, and the game's records."""
    path = tmp_path_factory.mktemp("log") / "game.json"
    book = Logbook.begin(
        path, scenario=BASE, seed=5, quarters=6, draw=False, level=3, seats={"aws": PERSON, "azure": "build-to-demand"}
    )
    game = Game(BASE, cast(seats={"aws": PATIENT}), worlds=1, quarters=6, seed=5, draw=False)
    for _ in range(QUARTERS):
        game.step()
        book.add(game)
    records = game.records
    game.close()
    return path, records


def changed(path: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    content = json.loads(path.read_text())
    change(content)
    other = tmp_path / "changed.json"
    other.write_text(json.dumps(content))
    return other


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


@pytest.mark.parametrize("others", ["recorded", "skilled"])
def test_a_fork_shares_the_past_and_nothing_of_the_future(written: tuple[Path, Any], others: str) -> None:
    path, records = written
    book, fork = forks.planned(path, "2026Q3", 5, others)
    assert fork.shared == 2
    tables = forks.tables(book, fork, 4)
    shares = tables["quarters"].pivot(index="world", columns="quarter", values="used_h100e")
    recorded = records.metric("used_h100e")[0]
    for quarter, value in zip(("2026Q1", "2026Q2"), recorded, strict=False):
        assert np.array_equal(shares[quarter], np.full(4, value))
    assert len(set(shares["2026Q3"])) == 4
    assert (shares.loc[0, "2026Q3"] == recorded[2]) == (others == "recorded")
    assert "share the past" in forks.assumption(book, fork)


def test_a_fork_gives_the_same_bits_however_it_is_cut(written: tuple[Path, Any]) -> None:
    book, fork = forks.planned(written[0], "2026Q4", 5, "recorded")
    cell, read = fork.cell(book, 3), partial(engine.tables, "baseline", ("quarters",))
    whole = forks.tables(book, fork, 3)["quarters"]
    one = engine.play(replace(cell.part(2, 1), past=forks.past_of(book, fork)), read)["quarters"]
    played_whole = engine.play(cell, read)["quarters"]  # the past played again in every world
    assert digest(whole[whole["world"] == 2]) == digest(one)
    assert digest(whole) == digest(played_whole)


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


def test_a_fork_outside_the_log_is_refused(written: tuple[Path, Any]) -> None:
    for at in ("2025Q4", "2027Q1"):
        with pytest.raises(InputError, match=rf"--at = {at} is not in the log; give a quarter from 2026Q1 to 2026Q4"):
            forks.planned(written[0], at, 0, "recorded")
    with pytest.raises(InputError, match="'soon' is not a quarter"):
        forks.planned(written[0], "soon", 0, "recorded")
    with pytest.raises(InputError, match="--others = clever is not allowed"):
        forks.planned(written[0], "2026Q2", 0, "clever")
    with pytest.raises(InputError, match="--quarters = 2 ends before the fork"):
        forks.planned(written[0], "2026Q3", 2, "recorded")


def test_a_fork_of_another_past_is_refused(written: tuple[Path, Any], tmp_path: Path) -> None:
    def dearer(content: dict[str, Any]) -> None:
        content["played"][0]["decisions"]["aws"]["exit_fee_years"] = [0.25]

    path = changed(written[0], tmp_path, dearer)
    with pytest.raises(InputError, match=r"cannot be continued: .* \(2026Q1: .*was it changed by hand"):
        terminal.fork_log(*forks.planned(path, "2026Q3", 4, "recorded"), 2, Target(tmp_path / "fork"))
    assert not (tmp_path / "fork").exists()


def test_a_half_written_file_beside_the_log_does_no_harm(written: tuple[Path, Any]) -> None:
    beside = written[0].with_name(".game.json.partial")
    beside.write_text('{"format": 1,')
    assert Logbook.load(written[0]).quarters_played == QUARTERS
    beside.unlink()


def test_the_commands(written: tuple[Path, Any], tmp_path: Path) -> None:
    assert terminal.replay_log(written[0], Target(tmp_path / "again")) == 0
    assert (tmp_path / "again" / "parties.parquet").is_file()
    terminal.fork_log(*forks.planned(written[0], "2026Q3", 4, "recorded"), 2, Target(tmp_path / "fork"))
    assert len(pd.read_parquet(tmp_path / "fork" / "quarters.parquet")) == 2 * 4
    assert json.loads((tmp_path / "fork" / "provenance.json").read_text())["at"] == "2026Q3"


def test_bands_are_the_quantiles_of_the_forks_worlds(written: tuple[Path, Any]) -> None:
    """A row a figure, a column a quarter after the fork; checked against a table that was made by hand."""
    book, fork = forks.planned(written[0], "2026Q3", 4, "recorded")
    names = [name for name, _, _ in (*forks.SHOWN, *forks.PARTY_SHOWN["cloud"])]
    rows = [
        {"world": world, "quarter": quarter, "party": party, **dict.fromkeys(names, value)}
        for quarter, middle in (("2026Q3", 0.2), ("2026Q4", 0.4))
        for party in ("aws", "azure")
        for world, value in enumerate((middle - 0.1, middle, middle + 0.1) if party == "aws" else (9.0, 9.0, 9.0))
    ]
    frame = pd.DataFrame(rows)
    sheet = forks.bands(book, fork, {"quarters": frame[frame["party"] == "aws"], "parties": frame}, 3)
    assert sheet.title.startswith("From 2026Q3 on, 3 worlds") and sheet.heads == ("", "2026Q3", "2026Q4")
    assert sheet.rows[0] == ("Trainium's share, %", "20.0 (11.0, 29.0)", "40.0 (31.0, 49.0)")
    assert sheet.rows[-2] == ("AWS: share, %", "20.0 (11.0, 29.0)", "40.0 (31.0, 49.0)")


def test_a_fork_shows_what_the_seat_is_there_for(
    written: tuple[Path, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A cloud's share and cash flow; a regulator has neither, but buyers."""
    for party, title, word in (("aws", "AWS", "free cash flow"), ("ec", "European Commission", "buyers' gain")):
        path = changed(
            written[0],
            tmp_path,
            lambda content, party=party: (
                content["seats"].update(aws="build-to-demand") or content["seats"].update({party: PERSON})
            ),
        )
        terminal.fork_log(*forks.planned(path, "2026Q3", 4, "recorded"), 2)
        out = " ".join(capsys.readouterr().out.split())
        assert f"{title}: " in out and word in out and f"{title} follows its record" in out
        assert ("share, %" in out.replace("Trainium's share, %", "")) == (party == "aws")


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


def test_a_fork_tells_of_everybody_who_played(together: Path) -> None:
    book, fork = forks.planned(together, "2026Q3", 4, "skilled")
    sheet = forks.bands(book, fork, forks.tables(book, fork, 2), 2)
    named = [row[0].partition(":")[0] for row in sheet.rows[len(forks.SHOWN) :]]
    assert named == ["AWS", "AWS", "Nvidia GPU", "Nvidia GPU"]
    assert "AWS and Nvidia GPU follow their records while those last" in forks.assumption(book, fork)


def test_levels_are_of_people(together: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"levels: azure is not held by a person"):
        Logbook.load(changed(together, tmp_path, lambda c: c["levels"].update(azure=5)))


def test_the_terminal_seats_one(together: Path) -> None:
    with pytest.raises(InputError, match=r"aws and nvidia are held by people: the terminal seats one"):
        sitting.resume(together)
