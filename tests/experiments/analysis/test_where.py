"""Conditions in words: what they mean, and in which words they are refused."""

from __future__ import annotations

import re

import numpy as np
import pytest

from experiments.analysis.where import condition
from sim.errors import InputError

NAMES = ("trainium_share_used", "utilisation")
VALUES = {"trainium_share_used": np.array([0.02, 0.08, np.nan]), "utilisation": np.array([0.5, 0.9, 0.9])}
MEANT = {
    "trainium_share_used < 0.05": [1.0, 0.0],
    "0.05 > trainium_share_used": [1.0, 0.0],
    "trainium_share_used>=8e-2": [0.0, 1.0],
    "utilisation > trainium_share_used": [1.0, 1.0],
    "utilisation != .5": [0.0, 1.0],
    "utilisation > -1 and utilisation == 0.9": [0.0, 1.0],
    "not utilisation > 0.6": [1.0, 0.0],
    "utilisation > 0.6 or utilisation > 0.4 and utilisation > 0.8": [0.0, 1.0],
    "(utilisation > 0.6 or utilisation > 0.4) and utilisation < 0.8": [1.0, 0.0],
    "utilisation > 0.6 OR trainium_share_used < 0.05": [1.0, 1.0],
}
WRONG = {
    "": "an outcome or a number is missing;",
    "utilisation": "a comparison (<, <=, >, >=, ==, !=) is missing after 'utilisation'",
    "utilisation <": "an outcome or a number is missing after 'utilisation <'",
    "utilisation = 1": "'=' is not allowed, '==' compares after 'utilisation'",
    "utilization < 1": "unknown outcome 'utilization'. Closest: 'utilisation'.",
    "utilisation < 1 utilisation > 0": "'and' or 'or' is missing after 'utilisation < 1'",
    "(utilisation < 1": "a bracket is not closed",
    "utilisation < 1)": "')' is one too many",
    "1 < 2": "two numbers are compared, and no outcome is named",
    "utilisation < 1.2.3": "'1.2.3' is no number",
    "__import__('os')": "''' is not allowed",
    "utilisation < 5%": "'%' is not allowed",
    "__import__ < 1": "unknown outcome '__import__'",
    "utilisation < 1 and and utilisation > 0": "an outcome or a number is missing after 'utilisation < 1 and'",
    "(" * 60 + "utilisation < 1": "there are too many brackets",
    "utilisation < " + "1" * 2000: "the condition has 2014 characters; allowed are 2000.",
}


@pytest.mark.parametrize(("words", "held"), MEANT.items())
def test_conditions_mean_what_they_say(words: str, held: list[float]) -> None:
    found = condition(words, NAMES).of(VALUES)
    assert found[:2].tolist() == held
    assert np.isnan(found[2]) == ("trainium" in words)


@pytest.mark.parametrize(("words", "said"), WRONG.items())
def test_what_cannot_be_read_is_said_in_a_sentence(words: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)) as told:
        condition(words, NAMES)
    assert str(told.value).startswith("--where: ") and "\n" not in str(told.value)
