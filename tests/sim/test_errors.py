"""A wrong word gets the one that was meant, or none: never the least unlike of words that were not."""

from __future__ import annotations

import pytest

from sim.errors import closest, nearest, unknown

WORDS = ("aws", "azure", "ftc", "mistral", "oracle", "price_elasticity", "egress_factor", "egress_factor_eu")
SPOKEN = {"Amazon": "aws", "Oracle Cloud": "oracle"}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("awz", "aws"),
        ("AWS", "aws"),
        (" aws ", "aws"),
        ("asw", "aws"),
        ("orcale", "oracle"),
        ("price_elasticty", "price_elasticity"),
        ("egress_factor_uk", "egress_factor_eu"),
        ("egress", "egress_factor"),
        ("amazn", "aws"),
        ("AMAZON", "aws"),
        ("oracle clod", "oracle"),
        ("ama", "aws"),
        ("msft", ""),
        ("tsmc", ""),
        ("apple", ""),
        ("intel", ""),
        ("", ""),
    ],
)
def test_the_word_that_was_meant_or_none(given: str, meant: str) -> None:
    assert nearest(given, WORDS, SPOKEN) == meant


def test_a_sentence_names_it_or_lists_what_is_allowed() -> None:
    assert closest("awz", WORDS) == "Closest: 'aws'"
    assert closest("msft", ("b", "a")) == "Allowed: a, b"
    assert closest("?", [f"w{k:02}" for k in range(20)]).endswith("w10, w11, ...")
    assert (
        str(unknown("party", "amazn", WORDS, "--strategy", SPOKEN))
        == "--strategy: unknown party 'amazn'. Closest: 'aws'."
    )
    assert str(unknown("party", "x", ("aws",))) == "unknown party 'x'. Allowed: aws."
