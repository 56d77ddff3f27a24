"""The list of parts: torn lines, lines that are none, and disks that take half a line."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.batch import manifest

ROOT = Path(__file__).resolve().parents[3]
ENTRIES = [{"chunk": k, "status": "done", "part": f"part-{k:06d}.parquet", "hash": f"{k}"} for k in range(3)]
NO_ENTRIES = (
    *(b"\x00\xff", b"[1]", b'{"chunk": 1}', b'{"chunk": 1, "status": "done"}', b'{"chunk": -1, "status": "failed"}'),
    *(b'{"chunk": "1", "status": "failed"}', b'{"chunk": true, "status": "failed"}', b'{"chunk": 1, "status": "dne"}'),
)


def filled(folder: Path) -> Path:
    path = folder / "manifest.jsonl"
    path.touch()
    for one in ENTRIES:
        manifest.append(path, one)
    return path


def test_what_is_added_is_read_in_order(tmp_path: Path) -> None:
    path = filled(tmp_path)
    assert manifest.read(path) == ENTRIES and not manifest.heal(path)


@settings(deadline=None)
@given(cut=st.integers(min_value=0))
def test_a_list_cut_anywhere_holds_its_whole_lines_and_takes_more(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = filled(tmp_path_factory.mktemp("cut"))
    content = path.read_bytes()
    kept = content[: cut % (len(content) + 1)]
    path.write_bytes(kept)
    assert manifest.heal(path) == (not kept.endswith(b"\n") and kept != b"")
    manifest.append(path, ENTRIES[0])
    assert manifest.read(path) == [*ENTRIES[: kept.count(b"\n")], ENTRIES[0]]


def test_lines_that_are_no_entries_are_passed_over(tmp_path: Path) -> None:
    path = filled(tmp_path)
    path.write_bytes(b"\n".join(NO_ENTRIES) + b"\n" + path.read_bytes())
    assert manifest.read(path) == ENTRIES


WHOLE = {**ENTRIES[0], "points": [0, 1], "first_world": 0, "worlds": 2, "rows": 8}
OF_NO_BATCH = {
    "no points": {"points": None},
    "words for points": {"points": "ab"},
    "no rows": {"rows": None},
    "words for rows": {"rows": "8"},
    "true for a number": {"worlds": True},
    "another part": {"part": "part-000001.parquet"},
    "a part elsewhere": {"part": "../../b/parts/part-000000.parquet"},
    "no part": {"part": None},
    "no run": {"broken": 3},
    "half a run": {"failed": [[1]]},
}


@pytest.mark.parametrize("changed", OF_NO_BATCH.values(), ids=OF_NO_BATCH.keys())
def test_a_line_that_no_batch_wrote_is_passed_over(tmp_path: Path, changed: dict[str, object]) -> None:
    path = tmp_path / "manifest.jsonl"
    path.touch()
    said = {key: value for key, value in {**WHOLE, **changed}.items() if value is not None}
    for one in (said, WHOLE):
        manifest.append(path, one)
    assert manifest.read(path, manifest.OF_BATCH) == [WHOLE]


def test_a_line_that_no_parser_takes_is_passed_over(tmp_path: Path) -> None:
    path = filled(tmp_path)
    path.write_bytes(b"[" * 100_000 + b"]" * 100_000 + b"\n" + b'{"chunk": ' + b"1" * 5000 + b"}\n" + path.read_bytes())
    assert manifest.read(path) == ENTRIES


def test_the_last_entry_of_a_chunk_stands_and_one_set_aside_has_none() -> None:
    failed, aside = {"chunk": 1, "status": "failed"}, {"chunk": 2, "status": "set aside"}
    assert manifest.standing([*ENTRIES, failed, aside]) == {0: ENTRIES[0], 1: failed}


def test_a_list_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        manifest.append(tmp_path / "gone.jsonl", ENTRIES[0])
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_half_a_line_keeps_none_of_it(tmp_path: Path) -> None:
    path = filled(tmp_path)
    before = path.read_bytes()
    program = (
        "import sys; from pathlib import Path; from experiments.batch import manifest\n"
        "try: manifest.append(Path(sys.argv[1]), {'chunk': 9, 'status': 'done'})\n"
        "except OSError as error: sys.exit(error.errno)"
    )
    limit = len(before) + 10

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    found = subprocess.run([sys.executable, "-c", program, str(path)], cwd=ROOT, preexec_fn=limited, check=False)
    assert found.returncode == 27  # EFBIG
    assert path.read_bytes() == before


def test_a_file_that_is_not_finished_never_has_its_name(tmp_path: Path) -> None:
    path = tmp_path / "part.parquet"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), manifest.whole(path) as aside:
        aside.write_bytes(b"ne")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old" and [one.name for one in tmp_path.iterdir()] == ["part.parquet"]
