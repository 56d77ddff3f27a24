"""README tells a study's answer from its own files, number by number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.pages import answer
from experiments.study.play import summary
from tests.experiments.study.made import study


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a study writes, as far as the answer reads it."""
    (tmp_path / "mine" / "figures").mkdir(parents=True)
    told = json.dumps(summary(study()), ensure_ascii=False)
    (tmp_path / "mine" / "summary.json").write_text(told, encoding="utf-8")
    (tmp_path / "mine" / "figures" / "answer.png").write_bytes(b"a picture")
    return tmp_path / "mine"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a README."""
    (tmp_path / "root" / "docs" / "images").mkdir(parents=True)
    text = "# Name\n\n<!-- answer: begin -->\nold: 9.9 %\n<!-- answer: end -->\n\nafter\n"
    (tmp_path / "root" / "README.md").write_text(text, encoding="utf-8")
    return tmp_path / "root"


def test_readme_tells_every_sentence_and_the_picture(folder: Path, root: Path) -> None:
    answer.tell(folder, root)
    text = (root / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# Name\n\n<!-- answer: begin -->\n![Trainium") and text.endswith("-->\n\nafter\n")
    assert (root / answer.PICTURE).read_bytes() == b"a picture" and f"({answer.PICTURE})" in text
    result = study()
    for one in result.findings:
        assert f"- {one.sentence} {one.measured} {one.reason}\n" in text
    assert "(8 worlds a cell, 12 quarters, seed 7;" in text and "sold out in 8 of 8 worlds" in text
    assert "**What weighs more?** Something else weighs more than any factor" in text
    assert "9.9 %" not in text and "quick run" not in text and "nine worlds in ten" in text
    assert "labels in an illustration" in text and "advice" in text


def test_telling_twice_changes_nothing(folder: Path, root: Path) -> None:
    answer.tell(folder, root)
    once = (root / "README.md").read_text(encoding="utf-8")
    answer.tell(folder, root)
    assert (root / "README.md").read_text(encoding="utf-8") == once


def test_a_folder_that_no_study_wrote_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer.main([str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said == f"{tmp_path}: no summary.json; a folder that `fully-booked study` wrote is wanted.\n"
    assert answer.main([]) == 2 and "usage" in capsys.readouterr().err
