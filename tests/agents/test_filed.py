"""Strategies in a user's file: found, told what is wrong with them in one sentence, and carried whole."""

from __future__ import annotations

import pickle
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import pytest

from agents.strategies import filed, find, known
from sim.errors import InputError

CALM = """
from dataclasses import dataclass


@dataclass(frozen=True)
class Calm:
    '''Does what is usual.'''

    def decide(self, own, market):
        return own.usual()


def make():
    return Calm()


NUMBER = 3
"""
REGISTERED = """
from agents.strategies.registry import strategy


@strategy("all-calm", "cloud")
class Calm:
    def decide(self, own, market):
        return own.usual()
"""


def write(folder: Path, text: str, name: str = "my.py") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


@pytest.mark.parametrize("name", ["Calm", "make"])
def test_a_class_or_a_function_that_makes_one_is_found(tmp_path: Path, name: str) -> None:
    own = SimpleNamespace(usual=lambda: "usual")
    seat = find(f"{write(tmp_path, CALM)}:{name}", "cloud").maker()
    assert seat.decide(own, SimpleNamespace()) == "usual"


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (CALM, "Clam", "my.py: unknown name 'Clam'. Closest: 'Calm'."),
        (CALM, "NUMBER", "my.py:NUMBER is of type int; a strategy is a class with decide"),
        (CALM, "dataclass", "my.py:dataclass makes something of type function; a strategy is"),
        ("class Idle:\n    pass\n", "Idle", "my.py:Idle is a class without decide; a strategy is"),
        ("import nothing_of_this_name\n", "Calm", "my.py cannot be imported: ModuleNotFoundError: No module named"),
        ("x = 1\n\ny = 1 / 0\n", "Calm", "my.py cannot be imported: ZeroDivisionError: division by zero (line 3)."),
        ("raise SystemExit(1)\n", "Calm", "my.py cannot be imported: SystemExit: 1 (line 1)."),
        ("class Calm\n", "Calm", "my.py cannot be imported: SyntaxError: expected ':' (line 1)."),
        (
            "class Calm:\n    def __init__(self, n):\n        pass\n    def decide(self, own, market):\n        pass\n",
            "Calm",
            "my.py:Calm cannot be made without arguments: TypeError:",
        ),
        (
            "class Calm:\n    def __init__(self):\n        exit(3)\n    def decide(self, own, market):\n        pass\n",
            "Calm",
            "my.py:Calm cannot be made without arguments: SystemExit: 3 (line 3).",
        ),
        (REGISTERED.replace('"all-calm"', '"harvest"'), "Calm", "strategy 'harvest' is registered twice (line 5)."),
    ],
)
def test_what_is_no_strategy_is_told_in_one_sentence(tmp_path: Path, text: str, name: str, said: str) -> None:
    with pytest.raises(InputError) as told:
        find(f"{write(tmp_path, text)}:{name}", "cloud", "--strategy")
    assert str(told.value).startswith("--strategy: my.py") and said in str(told.value)
    assert "\n" not in str(told.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--strategy: '.*gone\.py' does not exist; .* file\.py:NAME"):
        filed.read(f"{tmp_path}/gone.py:Calm", "--strategy")
    with pytest.raises(InputError, match=r"names nothing in my\.py; give file\.py:NAME"):
        filed.read(f"{write(tmp_path, CALM)}:", "--strategy")


def test_a_file_alone_is_asked_for_a_name() -> None:
    with pytest.raises(InputError, match=r"--strategy: 'my\.py' is a file; say which of its strategies: my\.py:NAME\."):
        filed.named("my.py", "cloud", "--strategy")


def test_a_strategy_of_another_role_is_refused_and_the_registry_stays_as_it_was(tmp_path: Path) -> None:
    name, before = f"{write(tmp_path, REGISTERED)}:Calm", known()
    assert find(name, "cloud").role == "cloud"
    with pytest.raises(InputError, match=r"my\.py:Calm is a strategy of role 'cloud'; here plays a vendor"):
        find(name, "vendor")
    assert known() == before
    again = f"{write(tmp_path, REGISTERED + chr(10))}:Calm"  # an edited file registers itself once more
    assert find(again, "cloud").role == "cloud"


def test_a_name_carries_its_text_wherever_it_goes(tmp_path: Path) -> None:
    name = filed.read(f"{write(tmp_path, CALM)}:Calm")
    (tmp_path / "my.py").unlink()
    for there in (pickle.loads(pickle.dumps(name)), deepcopy(name)):
        assert (there, there.text, there.path) == (name, name.text, name.path)
        assert find(there, "cloud").maker().decide(SimpleNamespace(usual=lambda: 1), SimpleNamespace()) == 1
    seat = pickle.loads(pickle.dumps(filed.FromFile(name)))
    assert seat.decide(SimpleNamespace(usual=lambda: 1), SimpleNamespace()) == 1
    assert name.said == "my.py:Calm" and filed.short(name) == "my.Calm" and filed.short("harvest") == "harvest"


def test_another_text_is_another_strategy_and_one_that_is_asked_for_by_its_hash_must_be_that(tmp_path: Path) -> None:
    path = write(tmp_path, CALM)
    first = filed.read(f"{path}:Calm")
    write(tmp_path, CALM.replace("own.usual()", "'another'"))
    second = filed.read(f"{path}:Calm")
    assert first != second
    decided = [
        find(one, "cloud").maker().decide(SimpleNamespace(usual=lambda: "usual"), None) for one in (first, second)
    ]
    assert decided == ["usual", "another"]
    mark = str(first).partition("#")[2]
    with pytest.raises(InputError, match=f"my.py has changed: its hash is .* \\(given: {mark}\\)"):
        filed.read(f"{path}:Calm#{mark}")


def test_two_files_of_one_name_are_two_strategies(tmp_path: Path) -> None:
    found = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        path = write(tmp_path / folder, CALM.replace("own.usual()", f"'{folder}'"))
        found.append(find(f"{path}:Calm", "cloud").maker().decide(None, None))
    assert found == ["a", "b"]


def test_a_failure_on_the_way_says_file_line_and_quarter(tmp_path: Path) -> None:
    text = "class Wild:\n    def decide(self, own, market):\n        return own.prices\n"
    seat = find(f"{write(tmp_path, text)}:Wild", "cloud").maker()
    with pytest.raises(InputError, match=r"my\.py:Wild: decide failed in quarter 7: AttributeError: .* \(line 3\)\."):
        seat.decide(object(), SimpleNamespace(quarter=7))
    leaves = find(f"{write(tmp_path, text.replace('return own.prices', 'raise SystemExit(3)'))}:Wild", "cloud").maker()
    with pytest.raises(InputError, match=r"decide failed in quarter 7: SystemExit: 3 \(line 3\)\."):
        leaves.decide(object(), SimpleNamespace(quarter=7))
