"""The antitrust effect by channel: parts add up, what is free is free, what is nothing is nothing."""

from __future__ import annotations

import numpy as np
import pytest

from experiments import scenarios
from experiments.batch.engine import Size
from experiments.study.effects import USED
from experiments.whatif import channels
from experiments.whatif.bench import Asked, Bench
from experiments.whatif.channels import CAPACITY, CHANNELS, DETERRENCE, ECOSYSTEM, MECHANICAL, PRICES, SETS
from experiments.whatif.question import ask

BASE = scenarios.load("baseline")
SIZE = Size(3, 6)


def test_shapley_values_by_hand() -> None:
    """v = 2 for prices, 3 for capacity, and 6 more when both are free: each has half of what they do together."""
    value = {
        chosen: np.array([2.0 * (PRICES in chosen) + 3.0 * (CAPACITY in chosen) + 6.0 * ({PRICES, CAPACITY} <= chosen)])
        for chosen in SETS
    }
    found = channels.shapley(value)
    assert found[PRICES] == pytest.approx(5.0) and found[CAPACITY] == pytest.approx(6.0) and found[ECOSYSTEM] == 0.0
    assert sum(found.values()) == pytest.approx(value[SETS[-1]] - value[frozenset()])


@pytest.mark.whole
def test_parts_add_up_to_the_whole_effect_world_by_world() -> None:
    words = ["exclusivity-banned:high@2026Q2", "self-preferencing-banned:high@2026Q2"]
    question = ask(BASE, [*words, "chip-tariff@2026Q1"])
    found = channels.decomposed(question, SIZE)
    whole, tariff = Bench().last(Asked((question, ask(BASE, ["chip-tariff@2026Q1"])), SIZE))
    total = np.sum([found.parts[USED][one] for one in CHANNELS], axis=0)
    effect = whole.difference(USED) - tariff.difference(USED)
    assert np.abs(effect).max() > 1e-3  # points: there is something to explain
    assert total == pytest.approx(effect, abs=1e-9)
    assert found.worlds == 3 and len(channels.table([found])) == 5 * 6 * 6  # metrics, channels with the total, quarters


@pytest.mark.whole
def test_without_an_announcement_nobody_is_deterred() -> None:
    question = ask(BASE, [], ["structural_separation_us=1"])
    assert channels.antitrust(question) == ()  # a value from the start is no shock
    dated = ask(BASE, ["prices-capped:high@2026Q2"])
    found = channels.decomposed(dated, SIZE)
    assert np.array_equal(found.parts[USED][DETERRENCE], np.zeros((3, 6)))


@pytest.mark.whole
def test_nothing_happens_by_any_channel_before_the_remedy() -> None:
    dated = ask(BASE, ["prices-capped:high@2027Q1"])
    found = channels.decomposed(dated, SIZE)
    for one in CHANNELS:
        assert np.array_equal(found.parts[USED][one][:, :4], np.zeros((3, 4))), one
    assert any(np.abs(found.parts[USED][one][:, 4:]).max() > 0.0 for one in (MECHANICAL, PRICES, CAPACITY))


@pytest.mark.parametrize("size", [Size(2, 2), pytest.param(SIZE, marks=pytest.mark.whole)])
def test_worlds_are_the_same_however_they_are_cut(size: Size, monkeypatch: pytest.MonkeyPatch) -> None:
    dated = ask(BASE, ["self-preferencing-banned:high@2026Q2"])
    whole = channels.decomposed(dated, size)
    monkeypatch.setattr(channels, "MOST_WORLDS", size.worlds - 1)
    cut = channels.decomposed(dated, size)
    assert whole.parts[USED][MECHANICAL].any()
    assert all(np.array_equal(whole.parts[USED][one], cut.parts[USED][one]) for one in CHANNELS)


def test_cards_that_no_regulator_lays_have_no_channels() -> None:
    assert channels.antitrust(ask(BASE, ["chip-tariff", "edge-surge"])) == ()
    assert len(channels.antitrust(ask(BASE, ["gatekeepers-designated", "chip-tariff"]))) == 2
    ties = channels.antitrust(ask(BASE, ["investor-ties-banned", "edge-surge"]))
    assert {one.parameter for one in ties} == {
        "exclusivity_ban_us",
        "contract_release_share_anthropic",
        "contract_release_share_openai",
    }
