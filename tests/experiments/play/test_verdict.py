"""A check says exactly what it covered, and comparing nothing is not a pass."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.roster import cast
from experiments import scenarios
from experiments.play import replay
from experiments.play.log import Logbook
from experiments.play.log_file import PERSON, PlayedQuarter
from experiments.play.replay import Compared, Verdict
from sim.game import Game
from sim.metrics import METRICS
from tests.experiments.conftest import Command

BASE = scenarios.load("baseline")
NAMES = [metric.name for metric in METRICS]
Log = dict[str, Any]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The text of a log of two quarters in two worlds."""
    path = tmp_path_factory.mktemp("kept") / "game.json"
    book = Logbook.begin(path, scenario=BASE, seed=5, quarters=4, draw=True, level=3, seats={"aws": PERSON}, worlds=2)
    game = Game(BASE, cast(), worlds=2, quarters=4, seed=5)
    for _ in range(2):
        game.step()
        book.add(game)
    game.close()
    return path.read_text(encoding="utf-8")


def elsewhere(log: Log) -> None:
    """As another machine would have written it, where a digest proves nothing."""
    log["written_on"] = dict.fromkeys(log["written_on"], "x")
    for quarter in log["played"]:
        quarter["digest"] = "0"


def outcomes(log: Log, quarter: int = 0) -> dict[str, list[float]]:
    found: dict[str, list[float]] = log["played"][quarter]["outcomes"]
    return found


def no_figures(log: Log) -> None:
    elsewhere(log)
    for quarter in log["played"]:
        quarter["outcomes"] = {}


def no_figures_of_the_second(log: Log) -> None:
    elsewhere(log)
    log["played"][1]["outcomes"] = {}


def one_metric_less(log: Log) -> None:
    elsewhere(log)
    del outcomes(log, 1)["utilisation"]


def an_older_version(log: Log) -> None:
    one_metric_less(log)
    log["product"] = "0.0.9"


def by_other_rules(log: Log) -> None:
    log["rules"] = "0123456789ab"


def of_before_rules_were_told(log: Log) -> None:
    del log["rules"]


def one_metric_more(log: Log) -> None:
    elsewhere(log)
    outcomes(log)["weather"] = [1.0, 1.0]


def not_a_number(log: Log) -> None:
    elsewhere(log)
    outcomes(log)["utilisation"][-1] = math.nan


def far_too_large(log: Log) -> None:
    elsewhere(log)
    outcomes(log)["utilisation"][0] = math.inf


def a_figure_beside_its_digest(log: Log) -> None:
    outcomes(log)["utilisation"][1] *= 1.0 + 1e-15


def no_figures_but_a_digest(log: Log) -> None:
    for quarter in log["played"]:
        quarter["outcomes"] = {}


def neither(log: Log) -> None:
    no_figures_but_a_digest(log)
    for quarter in log["played"]:
        quarter["digest"] = "0"


ALL = len(NAMES)
SAID: list[tuple[Callable[[Log], None], int, tuple[str, ...]]] = [
    (lambda log: None, 0, (f"Replayed 2 quarters and compared {ALL} metrics in each, bit for bit", "no difference.")),
    (elsewhere, 0, (f"compared {ALL} metrics in each, to 1e-09 relative", "no difference.")),
    (no_figures, 1, ("there was nothing to compare",
                     f"does not hold {NAMES[0]}, {NAMES[1]}, {NAMES[2]} and {ALL - 3} more (2026Q1, 2026Q2)")),
    (no_figures_of_the_second, 1, (f"{ALL} metrics in 1 of them", f"{NAMES[0]}", "(2026Q2)")),
    (one_metric_less, 1, (f"{ALL - 1} to {ALL} metrics in each",
                          "no difference; the log does not hold utilisation (2026Q2).")),
    (an_older_version, 0, (f"{ALL - 1} to {ALL} metrics in each",
                           "no difference; the log does not hold utilisation (2026Q2).",
                           "The log was played by other rules (version 0.0.9, this is ")),
    (by_other_rules, 0, ("no difference. The log was played by other rules (model 0123456789ab, this is",)),
    (of_before_rules_were_told, 0, ("played by other rules (model of before models were told apart, this is",)),
    (one_metric_more, 1, ("differs in 2026Q1: this version does not report 'weather'",)),
    (not_a_number, 1, ("differs in 2026Q1: utilisation is 0.", "and was nan")),
    (far_too_large, 1, ("differs in 2026Q1: utilisation is 0.", "and was inf")),
    (a_figure_beside_its_digest, 1, ("bit for bit", "differs in 2026Q1: utilisation is")),
    (no_figures_but_a_digest, 0, (f"compared {ALL} metrics in each, bit for bit", "no difference.")),
    (neither, 1, ("differs in 2026Q1: the digest is another",)),
]  # fmt: skip


@pytest.mark.whole
@pytest.mark.parametrize(("change", "status", "said"), SAID, ids=[one[0].__name__ for one in SAID])
def test_a_verdict_says_what_was_compared(
    kept: str, command: Command, change: Callable[[Log], None], status: int, said: tuple[str, ...]
) -> None:
    log = json.loads(kept)
    change(log)
    Path("edited.json").write_text(json.dumps(log))
    ended, out, err = command("replay", "edited.json")
    assert (ended, err) == (status, "")
    assert all(part in out for part in said), out


def one_world(log: Log) -> Log:
    """The same with the first world only."""
    for quarter in log["played"]:
        quarter["outcomes"] = {name: values[:1] for name, values in quarter["outcomes"].items()}
        quarter["decisions"] = {
            party: {name: values[:1] for name, values in decided.items()}
            for party, decided in quarter["decisions"].items()
        }
    return {**log, "worlds": 1}


@pytest.mark.whole
def test_a_fork_goes_on_from_one_world(kept: str, command: Command) -> None:
    Path("two.json").write_text(kept)
    status, _, err = command("fork", "two.json", "--at", "2026Q2", "--worlds", "2")
    assert status == 2 and "two.json: worlds = 2: a fork goes on from one world." in err
    alone = one_world(json.loads(kept))
    elsewhere(alone)
    Path("one.json").write_text(json.dumps(alone))
    assert command("fork", "one.json", "--at", "2026Q2", "--worlds", "2", "--quarters", "2", "--workers", "1")[0] == 0


@pytest.mark.parametrize("change", [no_figures, no_figures_of_the_second, not_a_number])
def test_nothing_is_played_on_from_a_past_that_was_not_checked(
    kept: str, command: Command, change: Callable[[Log], None]
) -> None:
    log = one_world(json.loads(kept))
    change(log)
    Path("edited.json").write_text(json.dumps(log))
    status, out, err = command("fork", "edited.json", "--at", "2026Q3", "--worlds", "2", "--workers", "1")
    assert (status, out) == (2, "") and err.count("\n") == 1
    assert "cannot be continued" in err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda log: log.update(played=[]), "no quarter has been played yet"),
        (lambda log: log["played"].pop(0), "quarter 1 is 2026Q2; it must be 2026Q1"),
        (lambda log: log["played"].append(log["played"][-1]), "quarter 3 is 2026Q2; it must be 2026Q3"),
        (lambda log: log.update(quarters=1), "2 quarters were played of 1"),
        (lambda log: outcomes(log).update(utilisation=[0.5]), "2026Q1: utilisation must hold a value for each of 2"),
        (lambda log: log["played"][1]["decisions"].pop("nvidia"), "nvidia, 2026Q2: no decision is recorded"),
        (lambda log: log["played"][1]["decisions"].update(nvida={}), "unknown party 'nvida'. Closest: 'nvidia'"),
    ],
)
def test_a_log_that_lacks_or_adds_something_is_one_sentence(
    kept: str, command: Command, change: Callable[[Log], None], said: str
) -> None:
    log = json.loads(kept)
    change(log)
    Path("edited.json").write_text(json.dumps(log))
    status, out, err = command("replay", "edited.json")
    assert (status, out) == (2, "") and err.count("\n") == 1
    assert said in err


def quarter(**figures: list[float]) -> PlayedQuarter:
    return PlayedQuarter(quarter="2026Q1", decisions={}, digest="d", outcomes=figures)


@pytest.mark.parametrize(
    ("then", "now", "bits", "differs"),
    [
        ([1.0, 2.0], [1.0, 2.0], True, ""),
        ([1.0, 2.0], [1.0, 2.0000000000000004], True, "is 2.0000000000000004 and was 2"),
        ([1.0, 2.0], [1.0, 2.000000001], False, ""),
        ([1.0, 2.0], [1.0, 2.00000001], False, "is 2.00000001 and was 2"),
        ([math.nan, 2.0], [math.nan, 2.0], True, ""),
        ([math.nan, 2.0], [math.nan, 2.0], False, ""),
        ([math.nan, 2.0], [1.0, 2.0], False, "is 1 and was nan"),
        ([1.0, 2.0], [1.0, math.nan], False, "is nan and was 2"),
        ([math.inf], [math.inf], False, ""),
        ([math.inf], [-math.inf], False, "is -inf and was inf"),
        ([math.inf], [1.0], False, "is 1 and was inf"),
        ([0.0], [1e-22], False, ""),
        ([0.0], [1e-20], False, "is 1e-20 and was 0"),
    ],
)
def test_figures_agree_when_they_are_the_same(then: list[float], now: list[float], bits: bool, differs: str) -> None:
    found = replay.compared(quarter(x=then), {"x": now}, "d", bits)
    assert found == Compared("2026Q1", 1, (), f"x {differs}" if differs else "")


def test_what_is_rounding_itself_is_compared_absolutely() -> None:
    for now, differs in ((3e-10, False), (3e-9, True)):
        found = replay.compared(quarter(clearing_residual=[1e-12]), {"clearing_residual": [now]}, "d", bits=False)
        assert bool(found.difference) == differs


def test_a_check_of_no_quarters_is_no_pass() -> None:
    nothing = Verdict(True, (), same_version=True)
    assert nothing.status == 1 and nothing.sentence == "Replayed 0 quarters; there was nothing to compare."


def test_an_older_log_still_differs_where_it_differs() -> None:
    found = Verdict(False, (Compared("2026Q1", 2, ("utilisation",), "x is 1 and was 2"),), same_version=False)
    assert found.status == 1
    assert found.sentence == (
        "Replayed 1 quarter and compared 2 metrics in each, to 1e-09 relative (another machine, other versions or "
        "other kernels): the replay differs in 2026Q1: x is 1 and was 2; the log does not hold utilisation (2026Q1)."
    )
