"""How others would have done in a person's seat: who is compared, in which worlds, and what is said of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.seats import Recorded
from agents.strategies import default_for, graded
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from experiments.play import aftermath, decided
from experiments.play.aftermath import DEFAULT, HOLDERS, SKILLED, YOU
from experiments.stats import Estimate
from sim import objectives

ROLES = {"aws": "cloud", "nvidia": "vendor", "anthropic": "lab", "ec": "regulator"}
NAN = float("nan")


def book(**known: Any) -> Any:
    """A log of six quarters, which nobody has played."""
    scenario = SimpleNamespace(name="baseline", roster="default")
    whole = {
        "roles": lambda: ROLES,
        "decisions": lambda party: {1: f"what {party} decided"},
        "cell": lambda seats: Cell(scenario, Size(1, 6, 9), seats=seats),  # type: ignore[arg-type]
        "scenario": scenario,
        "quarters_played": 6,
        "people": ("aws",),
    }
    return SimpleNamespace(**{**whole, **known})


@pytest.mark.parametrize(("party", "role"), ROLES.items())
def test_whoever_would_have_held_a_seat(party: str, role: str) -> None:
    assert aftermath.holder(book(), party, YOU) == Recorded({1: f"what {party} decided"})  # type: ignore[dict-item]
    for who, sheet in ((DEFAULT, default_for(role)), (SKILLED, graded(role, "skilled"))):
        held, meant = aftermath.holder(book(), party, who), sheet.maker()
        assert type(held) is type(meant) and vars(held) == vars(meant)
    assert default_for(role).name != graded(role, "skilled").name


OF_PARTIES = {
    "cloud": ("share", "revenue_musd", "operating_income_musd"),
    "vendor": ("share", "revenue_musd", "operating_income_musd"),
    "lab": ("token_share", "revenue_musd", "cash_musd"),
    "regulator": ("compute_bill_musd",),
}


@pytest.mark.parametrize(("role", "names"), OF_PARTIES.items())
def test_figures_are_those_of_the_end(monkeypatch: pytest.MonkeyPatch, role: str, names: tuple[str, ...]) -> None:
    """Two worlds of three quarters: what stands for a metric is how long its name is, times world and quarter."""
    quarters = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
    records: Any = SimpleNamespace(
        party=lambda role, party, name: quarters * len(f"{role} {party} {name}"),
        metric=lambda name: quarters * len(name),
    )
    monkeypatch.setattr(objectives, "objective", lambda *given: given)
    found = aftermath.figures(role, "me", records)
    assert found.pop("objective") == (records, role, "me")
    lengths = {name: len(f"{role} me {name}") for name in names} | {"trainium_share_used": 19, "hhi_cloud": 9}
    assert {name: list(values) for name, values in found.items()} == {
        name: [3.0 * length, 30.0 * length] for name, length in lengths.items()
    }


def test_everybody_plays_the_same_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A world in which a figure is none has no figures; world 0 comes first."""
    given: list[Any] = []

    def played(asked: Any, workers: int) -> Any:
        given.extend([list(asked), workers])
        for k in range(3):
            yield {"share": np.array([k, 0.5, 0.7]), "objective": np.array([5.0, NAN if k == 1 else 6.0, 7.0])}

    monkeypatch.setattr(engine, "all_played", played)
    table = aftermath.compared(book(), "nvidia", 3, workers=2)
    expected = {
        "holder": [YOU] * 3 + [DEFAULT] * 3 + [SKILLED] * 3,
        "world": [0, 1, 2] * 3,
        "share": [0.0, 0.5, 0.7, 1.0, NAN, 0.7, 2.0, 0.5, 0.7],
        "objective": [5.0, 6.0, 7.0, 5.0, NAN, 7.0, 5.0, 6.0, 7.0],
    }
    pd.testing.assert_frame_equal(table, pd.DataFrame(expected))
    asked, workers = given
    assert workers == 2 and len(asked) == 3
    for (cell, read), who in zip(asked, HOLDERS, strict=True):
        assert (cell.size, list(cell.seats)) == (Size(3, 6, 9), ["nvidia"])
        assert type(cell.seats["nvidia"]) is type(aftermath.holder(book(), "nvidia", who))
        assert isinstance(read, partial)
        assert (read.func, read.args) == (aftermath.figures, ("vendor", "nvidia"))


def test_a_comparison_takes_64_worlds_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def played(asked: Any, workers: int) -> Any:
        assert workers == 1
        return [{"objective": np.arange(float(cell.size.worlds))} for cell, _ in asked]

    monkeypatch.setattr(engine, "all_played", played)
    table = aftermath.compared(book(), "aws")
    assert table["objective"].tolist() == [*np.arange(64.0)] * 3 and table.index.tolist() == list(range(192))


# --- what is shown ----------------------------------------------------------------------------------------------------


def compared(worlds: tuple[float, ...], **metrics: float) -> pd.DataFrame:
    """Figures of so much in each world; the default strategy has twice of it, and the skilled bot three times."""
    rows = [
        {"holder": who, "world": world, **{name: times * size * one for name, one in metrics.items()}}
        for times, who in enumerate(HOLDERS, 1)
        for world, size in enumerate(worlds)
    ]
    return pd.DataFrame(rows)


def test_bands_of_a_cloud() -> None:
    """Three worlds with 1, 2 and 3 of everything: 90 % of them lie between 1.1 and 2.9."""
    table = compared(
        (2.0, 1.0, 3.0),
        objective=1e3,
        share=0.01,
        revenue_musd=100.0,
        operating_income_musd=-1e4,
        trainium_share_used=0.1,
        hhi_cloud=2e3,
    )
    shown = aftermath.bands(book(), "aws", table)
    assert shown.title == "AWS after 6 quarters: median (90 % of worlds between)"
    assert shown.heads == ("", "your decisions", "default strategy", "skilled bot")
    assert shown.rows == (
        ("objective, $bn", "2.0 (1.1, 2.9)", "4.0 (2.2, 5.8)", "6.0 (3.3, 8.7)"),
        ("share of renting, %", "2.0 (1.1, 2.9)", "4.0 (2.2, 5.8)", "6.0 (3.3, 8.7)"),
        ("revenue, $bn", "0.2 (0.1, 0.3)", "0.4 (0.2, 0.6)", "0.6 (0.3, 0.9)"),
        ("operating income, $bn", "−20.0 (−29.0, −11.0)", "−40.0 (−58.0, −22.0)", "−60.0 (−87.0, −33.0)"),
        ("Trainium's share, %", "20.0 (11.0, 29.0)", "40.0 (22.0, 58.0)", "60.0 (33.0, 87.0)"),
        ("HHI of renting, 1000s", "4.0 (2.2, 5.8)", "8.0 (4.4, 11.6)", "12.0 (6.6, 17.4)"),
        ("objective, your world", "2.0", "4.0", "6.0"),
    )
    assert shown.strong == (6,)


@pytest.mark.parametrize(
    ("party", "title", "words"),
    [
        ("nvidia", "Nvidia", ["share of use, %", "revenue, $bn", "operating income, $bn"]),
        ("anthropic", "Anthropic", ["share of tokens, %", "revenue, $bn", "cash, $bn"]),
        ("ec", "European Commission", ["buyers' bill, $bn"]),
    ],
)
def test_bands_of_others(party: str, title: str, words: list[str]) -> None:
    metrics = {"objective": 1e3, "trainium_share_used": 0.1, "hhi_cloud": 500.0}
    metrics |= {one.name: 20.0 / one.scale for one in aftermath.PARTY_FIGURES[ROLES[party]]}
    shown = aftermath.bands(book(), party, compared((1.0,), **metrics))
    assert shown.title.startswith(f"{title} after 6 quarters")
    assert [row[0] for row in shown.rows[1:-3]] == words
    assert {row[1:] for row in shown.rows[1:-3]} == {("20.0 (one world)", "40.0 (one world)", "60.0 (one world)")}


def test_scales_are_those_of_the_words() -> None:
    for one in (aftermath.OBJECTIVE_FIGURE, *aftermath.MARKET_FIGURES, *sum(aftermath.PARTY_FIGURES.values(), ())):
        scale = {"%": 100.0, "$bn": 1e-3, "1000s": 1e-3}[one.title.rpartition(", ")[2]]
        assert one.scale == scale


def test_broken_worlds_are_counted_once() -> None:
    names = ("objective", "share", "revenue_musd", "operating_income_musd", "trainium_share_used", "hhi_cloud")
    table = compared((1.0, 2.0, 3.0, 4.0), **dict.fromkeys(names, 1.0))
    table.loc[(table["world"] == 1) & (table["holder"] != YOU), list(names)] = NAN
    shown = aftermath.bands(book(), "aws", table)
    assert shown.title == "AWS after 6 quarters: median (90 % of worlds between; 1 of 4 worlds has no figures)"


def test_decisions_are_those_of_the_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decided, "sheet", lambda *given: given)
    log = book()
    for asked, workers in (((log, "ec"), 1), ((log, "ec", 3), 3)):
        given: Any = aftermath.decisions(*asked)
        assert given[:2] == (log, "ec") and given[3] == workers
        assert [type(seat) for seat in given[2].values()] == [type(aftermath.holder(log, "ec", w)) for w in HOLDERS]
        assert list(given[2]) == list(HOLDERS)


def test_a_comparison_is_kept_beside_the_log(tmp_path: Path) -> None:
    table = pd.DataFrame({"holder": [YOU, SKILLED], "world": [0, 0], "objective": [1.5, NAN]})
    for people, name in ((("ec",), "comparison.csv"), (("aws", "ec"), "comparison-ec.csv")):
        path = aftermath.save(book(people=people, path=tmp_path / "game.json"), "ec", table)
        assert path == tmp_path / name
        assert path.read_bytes() == b"holder,world,objective\nyour decisions,0,1.5\nskilled bot,0,\n"


# --- what is said -----------------------------------------------------------------------------------------------------


def against(mine: list[float], default: list[float], skilled: list[float]) -> list[str]:
    rows = [(who, one) for who, objective in zip(HOLDERS, (mine, default, skilled), strict=True) for one in objective]
    return aftermath.verdicts(pd.DataFrame(rows, columns=["holder", "objective"]))


def test_a_verdict_is_a_paired_difference() -> None:
    """Ahead by 1, 1, 3 and 3 bn: 2 bn, with a half-width of t(3) = 3.1824 times 1.1547 / 2, so 1.8373. Behind by 0.3,
    0.1 and 0.2 bn, and ahead by 0.4 in one: −0.05 bn, 3.1824 times 0.3109 / 2, so 0.4947."""
    said = against([9e3, 1e3, 5e3, 7e3], [8e3, 0.0, 2e3, 4e3], [9.3e3, 1.1e3, 5.2e3, 6.6e3])
    assert said == [
        "Against the default strategy: ahead, +$2.00 bn a world (95 % interval +$0.16 bn to +$3.84 bn); better in 4 of "
        "4 worlds.",
        "Against the skilled bot: no clear difference, −$50 m a world (95 % interval −$0.54 bn to +$0.44 bn); better "
        "in 1 of 4 worlds.",
    ]


def test_a_verdict_is_of_the_worlds_that_have_figures() -> None:
    said = against([5.0, 6.0, 7.0, NAN], [5.0, 6.0, 7.0, 9.0], [1e3 + 5.0, 1e3 + 6.0, NAN, 3.0])
    nothing = (
        "Against the default strategy: no difference that matters, $0 a world (95 % interval $0 to $0); better in 0 "
    )
    assert said == [
        f"{nothing}of 3 worlds. 1 of 4 worlds has no figures.",
        "Against the skilled bot: behind, −$1.00 bn a world (95 % interval −$1.00 bn to −$1.00 bn); better in 0 of 2 "
        "worlds. 2 of 4 worlds have no figures.",
    ]


def test_no_verdict_without_two_worlds() -> None:
    assert against([5.0], [5.0], [6.0]) == [
        "Against the default strategy: the same in every world.",
        "Against the skilled bot: no verdict (one world: no interval).",
    ]
    assert against([5.0, 5.0], [5.0, NAN], [NAN, NAN]) == [
        "Against the default strategy: no verdict (one world: no interval). 1 of 2 worlds has no figures.",
        "Against the skilled bot: no verdict (no world has figures). 2 of 2 worlds have no figures.",
    ]


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(1.0, 4.9, "no difference that matters"), (-4.9, -1.0, "no difference that matters"), (1.0, 5.0, "ahead"),
     (-5.0, -1.0, "behind"), (-9.0, 1.0, "no clear difference"), (-1.0, 9.0, "no clear difference"),
     (0.0, 9.0, "no clear difference"), (40.0, 60.0, "ahead"), (-60.0, -40.0, "behind")],
)  # fmt: skip
def test_the_word_for_a_difference(low: float, high: float, word: str) -> None:
    assert aftermath._word(Estimate(0.5 * (low + high), low, high, NAN, NAN, NAN, 9)) == word
