"""Where a scenario and its base are looked up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenario import load

# --- names and paths ---


FAMILY = 'title = "{0}"\nbase = "{1}"\n[parameters]\nprice_elasticity = {2}\n'


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of a user's own files: sub/child -> sub/deep/family -> ../parent -> the library's baseline."""
    home = tmp_path_factory.mktemp("home")
    (home / "sub" / "deep").mkdir(parents=True)
    (home / "sub" / "child.toml").write_text('title = "Child"\nbase = "deep/family.toml"\n')
    (home / "sub" / "deep" / "family.toml").write_text(FAMILY.format("Family", "../parent.toml", -2.0))
    (home / "sub" / "parent.toml").write_text(FAMILY.format("Parent", "baseline", -3.0))
    for decoy in (home, home / "sub"):  # files that a lookup from the wrong place would take
        (decoy / "family.toml").write_text(FAMILY.format("Decoy", "baseline", -0.5))
        (decoy / "baseline.toml").write_text(FAMILY.format("Decoy", "baseline", -0.6))
        (decoy / "baseline").write_text(FAMILY.format("Decoy", "baseline", -0.7))
    return home


@pytest.mark.parametrize("stand", ["", "sub", "sub/deep"])
def test_a_base_is_looked_up_beside_the_file_that_names_it(
    elsewhere: Path, library: Path, stand: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(elsewhere / stand)
    word = os.path.relpath(elsewhere / "sub" / "child.toml")
    found, absolute = load(word, library), load(str(elsewhere / "sub" / "child.toml"), library)
    assert found.parameters == absolute.parameters == {"price_elasticity": -2.0}
    assert found.root_parameters == {"price_elasticity": -1.2}  # the library's baseline, not the file of that name here
    assert found.digest == absolute.digest


def test_a_base_may_be_an_absolute_path(elsewhere: Path, library: Path) -> None:
    path = elsewhere / "absolute.toml"
    path.write_text(f'title = "A"\nbase = "{(elsewhere / "sub" / "parent.toml").as_posix()}"\n')
    assert load(str(path), library).parameters == {"price_elasticity": -3.0}


def test_a_plain_name_is_the_library_s_wherever_one_stands(
    elsewhere: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(elsewhere)
    assert load("baseline", library).title == "Baseline"
    assert load("./baseline", library).title == load("baseline.toml", library).title == "Decoy"
    (elsewhere / "mine").write_text('title = "Mine"\nbase = "baseline"\n')
    assert load("./mine", library).title == "Mine"
    with pytest.raises(InputError, match=r"unknown scenario 'mine'\..*; write \./mine for the file here\."):
        load("mine", library)


def test_a_path_that_leads_nowhere_is_named_as_it_was_looked_up(elsewhere: Path, library: Path) -> None:
    child = elsewhere / "sub" / "child.toml"
    child.write_text('title = "Child"\nbase = "none/family.toml"\n')
    with pytest.raises(InputError) as caught:
        load(str(child), library)
    looked = elsewhere / "sub" / "none" / "family.toml"
    assert str(caught.value) == f"child.toml: base = 'none/family.toml': scenario file '{looked}' does not exist."
    with pytest.raises(InputError, match=r"'baseline\.TOML' does not exist; the library's is called 'baseline'\."):
        load("baseline.TOML", library)
    with pytest.raises(InputError, match=r"scenario file '.*sub' is a folder\."):
        load(str(elsewhere / "sub"), library)


def test_bases_of_paths_may_not_go_in_a_circle(elsewhere: Path, library: Path) -> None:
    (elsewhere / "sub" / "parent.toml").write_text('title = "P"\nbase = "./child.toml"\n')
    with pytest.raises(InputError, match="its own base"):
        load(str(elsewhere / "sub" / "child.toml"), library)


def test_a_file_that_is_not_text_is_explained(library: Path) -> None:
    (library / "eu.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"eu\.toml: it is written in UTF-16; save it as UTF-8\."):
        load("eu", library)
