"""A decision is held to its role, its shapes and its bounds, whatever stands in it: nothing is broadcast or read as a
number."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from sim.contract import SUPPLIERS, THEORIES
from sim.decisions import ROLES, VendorDecision, broken, side_by_side
from sim.errors import InputError
from sim.lawful import Expected, expected, validated
from sim.remedies import REMEDIES
from sim.roster import load_roster

ROSTER = load_roster("default")
WORLDS = 3
LIKE = expected(ROSTER, WORLDS)


def lawful(like: Expected) -> Any:
    """A decision of the lowest values allowed."""
    role = ROLES[like.role]
    given = {f.name: np.full(like.shape(f.metadata["axis"]), f.metadata["low"]) for f in fields(role)}
    if like.role == "regulator":
        given["attention"] = np.full((like.worlds, len(THEORIES)), 1.0 / len(THEORIES))
    return role(**given)


def refused(given: Any, who: str = "aws") -> str:
    with pytest.raises(InputError) as caught:
        validated(given, LIKE[who], who, "2026Q1")
    return str(caught.value)


def test_shapes_come_from_the_roster() -> None:
    assert set(LIKE) == {*ROSTER.owners, *ROSTER.families, *ROSTER.labs, *ROSTER.segments, *ROSTER.regulators}
    pools = {owner: [pool for pool in ROSTER.pools if ROSTER.owners[pool.owner] == owner] for owner in ROSTER.owners}
    for owner in ROSTER.owners:
        assert LIKE[owner].shape("pools") == (WORLDS, len(pools[owner]))
    assert LIKE["nvidia"].shape("lines") == (WORLDS, 2)
    assert LIKE["openai"].shape("suppliers") == (WORLDS, len(SUPPLIERS))
    assert LIKE["startups"].shape("types") == (WORLDS, len(ROSTER.regions) * len(ROSTER.tables["skills"]))
    assert LIKE["ec"].shape("remedies") == (WORLDS, len(REMEDIES))
    assert LIKE["ec"].shape("") == (WORLDS,)


@pytest.mark.parametrize("who", ["aws", "meta", "nvidia", "openai", "startups", "ec"])
def test_a_decision_of_the_declared_shapes_is_taken_and_locked(who: str) -> None:
    taken = validated(lawful(LIKE[who]), LIKE[who], who, "2026Q1")
    for one in fields(taken):
        array = getattr(taken, one.name)
        assert array.dtype == np.float64 and array.flags.c_contiguous and not array.flags.writeable


@pytest.mark.parametrize("who", ["aws", "nvidia", "openai", "startups", "ec"])
def test_every_field_of_another_shape_is_refused_by_name(who: str) -> None:
    good = lawful(LIKE[who])
    for one in fields(good):
        array = getattr(good, one.name)
        others = [
            array[:1],
            array[:2],
            array[0],
            3.0,
            float(array.flat[0]),
            array[..., None],
            np.repeat(array, 2, axis=0),
        ]
        if array.ndim == 2:
            others += [array[:, :1] if array.shape[1] > 1 else np.repeat(array, 2, axis=1), array[:, 0], array[:1, :1]]
            others += [array.T] if array.shape[0] != array.shape[1] else []
        for other in others:
            said = refused(replace(good, **{one.name: other}), who)
            given, wanted = np.shape(other), array.shape
            assert said.startswith(f"{who}, 2026Q1: {one.name} has shape {given}; expected is {wanted}: worlds"), said


def test_an_owner_without_pools_decides_on_none() -> None:
    nothing = Expected("cloud", WORLDS, {**LIKE["aws"].lengths, "pools": 0})
    assert validated(lawful(nothing), nothing, "aws", "2026Q1").order_mw.shape == (WORLDS, 0)


def test_the_axes_are_named() -> None:
    said = refused(replace(lawful(LIKE["aws"]), order_mw=np.zeros((WORLDS, 1))))
    pools = LIKE["aws"].lengths["pools"]
    assert said == f"aws, 2026Q1: order_mw has shape (3, 1); expected is (3, {pools}): worlds, own pools."


NOT_NUMBERS = {
    "None": (None, "NoneType of object"),
    "text": ("0.1", "str of <U3"),
    "texts": (["0.1"] * WORLDS, "list of <U3"),
    "true and false": (np.array([True, False, True]), "ndarray of bool"),
    "complex": (np.full(WORLDS, 0.1 + 0j), "ndarray of complex128"),
    "objects": (np.array([0.1, None, 0.2], dtype=object), "ndarray of object"),
    "dates": (np.array(["2026-01-01"] * WORLDS, dtype="datetime64[D]"), "ndarray of datetime64[D]"),
    "masked": (np.ma.masked_array([0.1, 0.1, 0.1], mask=[0, 1, 0]), "MaskedArray of masked values"),
}


@pytest.mark.parametrize("kind", NOT_NUMBERS)
def test_what_is_no_number_is_refused(kind: str) -> None:
    value, given = NOT_NUMBERS[kind]
    said = refused(replace(lawful(LIKE["aws"]), exit_fee_years=value))
    assert said == f"aws, 2026Q1: exit_fee_years must hold numbers (given: {given})."


def test_rows_of_different_lengths_are_refused() -> None:
    said = refused(replace(lawful(LIKE["aws"]), order_mw=[[1.0], [1.0, 2.0], [1.0]]))
    assert said == "aws, 2026Q1: order_mw is no array of numbers (given: list with rows of different lengths)."


def test_whole_numbers_lists_and_single_precision_are_numbers() -> None:
    good = lawful(LIKE["aws"])
    for value in ([0, 1, 0], np.array([0, 1, 0]), np.array([0.0, 1.0, 0.0], dtype=np.float32)):
        taken = validated(replace(good, exit_fee_years=value), LIKE["aws"], "aws", "2026Q1")
        assert taken.exit_fee_years.tolist() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, "dict"),
        (3.0, "float"),
        ("raise", "str"),
        (lawful(LIKE["nvidia"]), "VendorDecision"),
        (ROLES["cloud"], "type"),
    ],
)
def test_another_type_is_refused(given: Any, kind: str) -> None:
    assert refused(given) == f"aws, 2026Q1: a cloud decides by a CloudDecision (given: {kind})."


def test_a_decision_of_a_class_of_one_s_own_is_taken_as_its_role_s() -> None:
    class Mine(VendorDecision):
        pass

    good = lawful(LIKE["nvidia"])
    own = Mine(**{one.name: getattr(good, one.name) for one in fields(good)})
    assert type(validated(own, LIKE["nvidia"], "nvidia", "2026Q1")) is VendorDecision


def test_values_out_of_bounds_and_infinite_ones_are_refused_and_options_are_named() -> None:
    good = lawful(LIKE["ec"])
    assert refused(replace(good, step=np.full(WORLDS, 1.5)), "ec").startswith(
        "ec, 2026Q1: step = 1.5; allowed is 0 to 4 option: 0 none"
    )
    for value in (np.inf, -np.inf, -0.1, 1.1):
        said = refused(replace(good, strength=np.array([0.0, value, 0.0])), "ec")
        assert said == f"ec, 2026Q1: strength = {value:g}; allowed is 0 to 1 0-1."
    uneven = replace(good, attention=np.full((WORLDS, 4), 0.3))
    assert refused(uneven, "ec") == "ec, 2026Q1: attention adds up to 1.2; it must add up to 1."


@pytest.mark.parametrize(
    ("who", "field"),
    [
        ("aws", "order_mw"),
        ("maia", "openness"),
        ("mistral", "wanted_h100e"),
        ("public", "wanted_h100e"),
        ("cma", "attention"),
    ],
)
def test_not_a_number_passes_and_is_found_in_its_world(who: str, field: str) -> None:
    decided = {name: validated(lawful(like), like, name, "2026Q1") for name, like in LIKE.items()}
    assert broken(side_by_side(decided, ROSTER)).tolist() == [False, False, False]
    spoilt = np.array(getattr(decided[who], field))
    spoilt[1] = np.nan
    decided[who] = validated(replace(decided[who], **{field: spoilt}), LIKE[who], who, "2026Q1")
    assert broken(side_by_side(decided, ROSTER)).tolist() == [False, True, False]


@pytest.mark.parametrize("who", ["aws", "nvidia", "openai", "startups", "ec"])
def test_all_numbers_are_looked_at_together_each_by_its_own_bounds(who: str) -> None:
    """One number just outside, in whatever field and place, is found; so is one that is none, which is taken."""
    good, like = lawful(LIKE[who]), LIKE[who]
    arrays = {one.name: getattr(good, one.name) for one in fields(good)}
    assert like.holds(arrays)
    for one in fields(good):
        for value in (one.metadata["low"] - 1e-6, one.metadata["high"] + 1e-6, np.nan):
            moved = arrays[one.name].copy()
            moved.flat[-1] = value
            assert not like.holds({**arrays, one.name: moved})
    moved = next(iter(arrays.values())).copy()
    moved.flat[0] = np.nan
    name = fields(good)[0].name
    taken = validated(replace(good, **{name: moved}), like, who, "2026Q1")
    assert np.isnan(getattr(taken, name)).sum() == 1
