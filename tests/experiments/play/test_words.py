"""What the figures on a page mean: every figure that stands there is explained, and with the numbers of the model."""

from __future__ import annotations

import pytest

from agents.forms.lab import H100E_PER_MW
from experiments.play.words import glossary
from sim.enforcement.cases import CHARGE_SHARE, OPEN_SHARE
from sim.objectives import ENTRY_WEIGHT
from sim.units import HHI_SCALE

EVERYBODY = ["H100e", "GPU $, own $", "$/H100e", "use, share, orders", "next", "announced", "preview", "demand index"]
OF_ROLES = {
    "cloud": [
        *("price over cost", "power free in 3 q", "planned to spend", "can be paid"),
        "installed, with power, on order",
    ],
    "vendor": ["wafers, H100e a wafer", "orders waiting, in stock", "orders grow"],
    "lab": ["compute bill", "runway", "serving needs", "investor's tie", "chips ported to"],
    "regulator": ["HHI", "proof", "next", "welfare in your region"],
}


@pytest.mark.parametrize(("role", "words"), OF_ROLES.items())
def test_a_line_a_word_those_of_everybody_first(role: str, words: list[str]) -> None:
    lines = glossary(role).splitlines()
    assert [line.partition(": ")[0] for line in lines] == EVERYBODY + words
    assert all(line.endswith(".") and not line.endswith("..") for line in lines)
    assert lines[4] == "next: quarters to the announced start of the next chip generation; it may slip."


def test_numbers_in_the_words_are_those_of_the_model() -> None:
    of = {role: dict(line.split(": ", 1) for line in glossary(role).splitlines()) for role in OF_ROLES}
    assert H100E_PER_MW == 1000.0 and "a thousand of them need about a megawatt" in of["lab"]["H100e"]
    proof = f"{100.0 * OPEN_SHARE:.0f} % lets you open a case, {100.0 * CHARGE_SHARE:.0f} % charge, 100 % impose."
    assert of["regulator"]["proof"] == f"evidence over what a final decision needs; {proof}"
    assert f"in %; {HHI_SCALE:,.0f} is a monopoly" in of["regulator"]["HHI"]
    assert ENTRY_WEIGHT == 0.5 and "half the value of an open market" in of["regulator"]["welfare in your region"]
