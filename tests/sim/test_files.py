"""Files that users hand in: every encoding, and everything that a parser cannot read, answered in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.files import read_text, read_toml

TEXT = 'title = "Größe"\nquarters = 8\n'


def put(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_toml(path)
    said = str(caught.value)
    assert said.startswith("mine.toml: ") and said.endswith(".") and "\n" not in said
    return said


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.replace("\n", "\r\n").encode("utf-8-sig"),
        TEXT.replace("\n", "\r").encode(),
    ],
)
def test_a_mark_at_the_head_and_other_line_ends_are_passed_over(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path, content)
    assert read_text(path) == TEXT
    assert read_toml(path) == {"title": "Größe", "quarters": 8}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_wide_encodings_are_named_and_what_to_do(tmp_path: Path, encoding: str, mark: str) -> None:
    said = refused(put(tmp_path, (mark + TEXT).encode(encoding)))
    assert said.endswith("save it as UTF-8.")
    assert (encoding[:6].upper() if mark else "UTF-") in said


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "mac-roman"])
def test_a_byte_of_another_encoding_is_named_by_its_line(tmp_path: Path, encoding: str) -> None:
    said = refused(put(tmp_path, ("# a remark\r\n\r\n" + TEXT).encode(encoding)))
    assert said == "mine.toml: line 3 is not UTF-8 text; save it as UTF-8."


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_numbers_are_the_file_s(tmp_path: Path, mark: str) -> None:
    said = refused(put(tmp_path, (mark + "title = 'x'\r\n\r\nquarters = = 8\r\n").encode()))
    assert "at line 3, column 12" in said


@pytest.mark.parametrize(
    ("content", "must_say"),
    [
        ("quarters = " + "1" * 5000, "more digits"),
        ("quarters = -" + "9" * 100_000, "more digits"),
        ("quarters = 0x" + "f" * 100_000 + " x", "not a TOML file"),
        ("a = " + "[" * 100_000, "nested too deeply"),
        ("a = " + "{a=" * 50_000, "nested too deeply"),
        ("a = 2025-13-45", "not a TOML file"),
        ("a = ", "not a TOML file"),
    ],
)
def test_what_no_parser_reads_is_one_sentence(tmp_path: Path, content: str, must_say: str) -> None:
    assert must_say in refused(put(tmp_path, content.encode()))


def test_a_folder_and_a_missing_file_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").mkdir()
    assert "it is a folder" in refused(tmp_path / "mine.toml")
    assert "cannot be read: No such file" in refused(tmp_path / "none" / "mine.toml")


def test_an_empty_file_is_an_empty_table(tmp_path: Path) -> None:
    assert read_toml(put(tmp_path, b"")) == {} == read_toml(put(tmp_path, b"\xef\xbb\xbf"))
