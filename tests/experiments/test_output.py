"""Every command ends well whatever signs its output knows, and whoever stops reading it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.cli import main
from experiments.output import IN_PLAIN_SIGNS, NOBODY_READS, plain, to_any_reader
from experiments.play import aftermath

ENCODINGS = ("cp1252", "ascii", "cp437")
SHORT = ("--worlds", "2", "--quarters", "2", "--workers", "1")
COMMANDS = [("claims", "C35"), ("--help",)]
LONG_LISTS = [("claims",), ("list", "parameters")]
GAMES = [
    ("tournament", "--role", "cloud", "--strategy", "harvest", *SHORT),
    ("run", "baseline", *SHORT, "--lock-in"),
    ("validate", "--theory", "--quick", "--only", "S01", "--worlds", "32", "--workers", "1"),
    ("play", "--as", "AWS", "--level", "7", "--turns", "2", "--out", "g"),
]
LONG = [("study", "--quick", "--worlds", "2", "--quarters", "2", "--workers", "1")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(aftermath, "WORLDS", 2)
    monkeypatch.setattr("experiments.batch.engine.default_workers", lambda: 1)
    return tmp_path


def printed(monkeypatch: pytest.MonkeyPatch, encoding: str, *words: str, typed: str = "\n\n") -> tuple[int, str]:
    """Exit status and stdout of a command whose output has an encoding that refuses what it does not know."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict") for _ in range(2))
    with monkeypatch.context() as patch:
        for name, stream in (("stdin", io.StringIO(typed)), ("stdout", out), ("stderr", err)):
            patch.setattr(sys, name, stream)
        with pytest.raises(SystemExit) as ended:
            main(list(words))
    assert "Traceback" not in err.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
    return int(ended.value.code or 0), out.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "words",
    [
        *(pytest.param(words, id=" ".join(words)) for words in COMMANDS),
        *(pytest.param(words, id=" ".join(words), marks=pytest.mark.whole) for words in LONG_LISTS + GAMES),
    ],
)
def test_signs_that_cannot_be_encoded_are_replaced(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    for encoding in ENCODINGS:
        more = ("--overwrite",) if words[0] in ("play", "run") else ()
        status, said = printed(monkeypatch, encoding, *words, *more)
        assert status == 0 and said.strip() and "−" not in said


@pytest.mark.slow
@pytest.mark.parametrize("words", LONG, ids=" ".join)
def test_a_study_too(folder: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    for encoding in ENCODINGS:
        assert printed(monkeypatch, encoding, *words)[0] == 0


@pytest.mark.whole
def test_replays_forks_and_scores_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(monkeypatch, "utf-8", "play", "--as", "AWS", "--turns", "2", "--out", "g")[0] == 0
    made = printed(
        monkeypatch, "utf-8", "forecast", "--to", "2026Q2", "--worlds", "2", "--workers", "1", "--out", "f.csv"
    )
    assert made[0] == 0
    (folder / "facts.csv").write_text(
        "series,quarter,value,unit\ntrainium_share_installed,2026Q1,0.05,0-1\n", encoding="utf-8"
    )
    for words in (("replay", "g"), ("fork", "g", "--at", "2026Q2", *SHORT), ("score", "f.csv", "facts.csv")):
        assert printed(monkeypatch, "ascii", *words)[0] == 0, words


def test_a_minus_is_a_minus_in_any_encoding(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = printed(monkeypatch, "utf-8", "claims", "C35")[1]
    assert "−" in whole
    assert printed(monkeypatch, "ascii", "claims", "C35")[1] == whole.replace("−", "-")


@pytest.mark.parametrize(
    ("sign", "shown"),
    [("−", "-"), ("×", "x"), ("…", "..."), ("─", "-"), ("│", "|"), ("┼", "+"), ("━", "-"), ("é", "e"), ("²", "2"),
     ("σ", "sigma"), ("Σ", "Sigma"), ("✗", "x"), ("␛", "?"), ("\u0301", ""), ("漢", "?")],
)  # fmt: skip
def test_a_sign_has_a_like_in_plain_ones(sign: str, shown: str) -> None:
    assert plain(sign) == shown
    assert sign.encode("ascii", IN_PLAIN_SIGNS) == shown.encode()


def test_an_output_keeps_what_it_knows() -> None:
    assert "€ é −".encode("cp1252", IN_PLAIN_SIGNS) == "€ é -".encode("cp1252")
    assert "─ ² ×".encode("cp437", IN_PLAIN_SIGNS) == "─ ² x".encode("cp437")


def test_a_name_of_a_file_that_is_no_text_can_be_told() -> None:
    for encoding in ("utf-8", "ascii"):
        assert os.fsdecode(b"r\xff").encode(encoding, IN_PLAIN_SIGNS) == b"r?"


def test_a_folder_whose_name_is_no_text_is_refused_before_anything_is_played(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def played(*given: object) -> None:
        raise AssertionError("played")

    monkeypatch.setattr("experiments.batch.engine.play", played)
    for words in (("run", "baseline", *SHORT), ("play", "--as", "AWS"), ("forecast",)):
        with pytest.raises(SystemExit) as ended:
            main([*words, "--out", os.fsdecode(b"r\xff")])
        assert ended.value.code == 2
        assert "--out: the name of 'r?' is no text in UTF-8; give another." in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_words_of_the_user_that_cannot_be_encoded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "prix réduit 漢.toml").write_text('title = "Prix réduit 漢 ✗"\nbase = "baseline"\n', encoding="utf-8")
    status, said = printed(monkeypatch, "ascii", "run", "prix réduit 漢.toml", *SHORT, "--out", "é")
    assert status == 0 and "prix reduit ?: means of 2 worlds" in said and "Tables: e" in said
    assert "Prix réduit 漢 ✗" in (folder / "é" / "provenance.json").read_text(encoding="utf-8"), "files are UTF-8"


# --- pipes ------------------------------------------------------------------------------------------------------------


def piped(folder: Path, *words: str, lines: int, typed: str = "", merged: bool = False) -> tuple[int, str]:
    """Exit status and stderr of a command whose reader leaves after some lines."""
    ended = subprocess.Popen(
        [sys.executable, "-m", "experiments.cli", *words],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merged else subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert ended.stdout is not None and ended.stdin is not None
    for _ in range(lines):
        ended.stdout.readline()
    ended.stdout.close()
    ended.stdin.write(typed.encode())
    ended.stdin.close()
    said = "" if ended.stderr is None else ended.stderr.read().decode()
    return ended.wait(timeout=60), said


@pytest.mark.whole
def test_a_reader_who_leaves_ends_a_game_quietly_and_nothing_is_lost(tmp_path: Path) -> None:
    words = ("play", "--as", "AWS", "--turns", "2", "--out", "g")
    assert piped(tmp_path, *words, lines=1, typed="\n\n") == (NOBODY_READS, "")
    assert (tmp_path / "g" / "game.json").is_file()


@pytest.mark.whole
def test_a_run_is_finished_although_nobody_reads(tmp_path: Path) -> None:
    """Not even its bar on stderr, which is written before the tables are in place."""
    assert piped(tmp_path, "run", "baseline", *SHORT, "--out", "r", lines=0, merged=True)[0] == NOBODY_READS
    assert (tmp_path / "r" / "quarters.parquet").is_file()


def test_help_into_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    assert piped(tmp_path, "study", "--help", lines=0) == (NOBODY_READS, "")


@pytest.mark.whole
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
@pytest.mark.parametrize("words", [("claims", "C35"), ("--help",), ("run", "--help"), ("--version",), ()], ids=" ".join)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_on_a_full_disk_is_one_sentence(words: tuple[str, ...], unbuffered: str) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "experiments.cli", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            check=False,
        )
    assert ended.stderr.decode() == "fully-booked: the output cannot be written: No space left on device.\n"
    assert ended.returncode == 2


def test_another_error_of_a_file_is_no_matter_of_the_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has a name, or another cause, is told as what it is."""
    for error in (OSError(28, "No space left on device", "a.csv"), OSError(9, "Bad file descriptor")):

        def fails(error: OSError = error, **how: object) -> None:
            raise error

        monkeypatch.setattr(sys.modules["experiments.cli.main"], "app", fails)
        with pytest.raises(OSError, match=str(error.strerror)):
            main(["claims"])


@pytest.mark.parametrize("how", ["nothing", "left", "ends", "left as it ends"])
def test_only_a_reader_who_has_left_changes_how_it_ends(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="ascii") for _ in range(2))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    status: object = None
    try:
        with to_any_reader():
            print("a → b")
            if how == "left":
                raise BrokenPipeError
            if how == "left as it ends":
                sys.stdout = io.StringIO()  # as the command line's library does when a pipe breaks
            if "ends" in how:
                sys.exit(3)
    except SystemExit as ended:
        status = ended.code
    assert status == {"nothing": None, "ends": 3}.get(how, NOBODY_READS)
    assert sys.stdout is out and sys.stderr is err
    assert out.buffer.getvalue() == b"a -> b\n"  # type: ignore[attr-defined]
