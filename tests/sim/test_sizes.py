"""How much is played is said by whole numbers, and by nothing that could be read as one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.roster import cast
from sim.errors import InputError
from sim.game import Game
from sim.sizes import whole
from tests.game.play import BASE

NO_WHOLE_NUMBERS = [
    None,
    True,
    False,
    np.True_,
    1.5,
    8.0,
    np.float64(3.0),
    "8",
    "",
    [1],
    (1,),
    np.array([1, 2]),
    np.nan,
    1 + 0j,
    object,
]


@pytest.mark.parametrize("given", NO_WHOLE_NUMBERS, ids=repr)
def test_what_is_no_whole_number_is_refused(given: Any) -> None:
    with pytest.raises(InputError) as caught:
        whole("worlds", given, 1, 60)
    assert str(caught.value).startswith(f"worlds = {given!r} is not allowed; give a whole number from 1 to 60.")


@pytest.mark.parametrize("given", [0, -1, 61, 10**30, -(10**5000), 16**5000], ids=lambda one: str(one.bit_length()))
def test_a_whole_number_out_of_bounds_is_refused(given: int) -> None:
    with pytest.raises(InputError, match=r"^worlds = .* is not allowed; give a whole number from 1 to 60\.$"):
        whole("worlds", given, 1, 60)
    with pytest.raises(InputError, match=r"^seed = -1 is not allowed; give a whole number of at least 0\.$"):
        whole("seed", -1, 0)


@pytest.mark.parametrize("given", [1, 60, np.int64(7), np.uint8(7)])
def test_whole_numbers_come_back_as_python_s_own(given: Any) -> None:
    found = whole("worlds", given, 1, 60)
    assert type(found) is int and found == given
    assert whole("seed", 10**30, 0) == 10**30


SIZES = {"worlds": "1 to 1000000", "quarters": "1 to 60", "seed": "0", "first_world": "0"}


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("given", [None, True, 1.5, "3", -1], ids=repr)
def test_a_game_takes_whole_numbers_only(name: str, given: Any) -> None:
    with pytest.raises(InputError) as caught:
        Game(BASE, cast({}, {}), **{name: given})
    said = str(caught.value)
    assert said.startswith(f"{name} = {given!r} is not allowed; give a whole number ") and said.endswith(
        f"{SIZES[name]}."
    )


def test_a_game_holds_as_many_worlds_as_memory_may() -> None:
    with pytest.raises(InputError, match=r"^worlds = 10+ is not allowed; give a whole number from 1 to 1000000\.$"):
        Game(BASE, cast({}, {}), worlds=10**30)


@pytest.mark.parametrize("given", [True, 0, 3, 2.0, "1"], ids=repr)
def test_the_lock_in_index_is_asked_for_in_quarters_that_are_played(given: Any) -> None:
    with pytest.raises(InputError, match=r"^lock_in = .* is not allowed; give a whole number from 1 to 2\.$"):
        Game(BASE, cast({}, {}), quarters=2, lock_in=(1, given))


@pytest.mark.parametrize(
    ("given", "kind"), [(["1.0"], "<U3"), ([True], "bool"), ([None], "object"), ([1j], "complex128")]
)
def test_values_world_by_world_are_numbers(given: list[Any], kind: str) -> None:
    with pytest.raises(InputError, match=f"^values: cloud_markup must hold numbers \\(given: {kind}\\)\\.$"):
        Game(BASE, cast({}, {}), values={"cloud_markup": given})
