"""Batches on disk: the same records whoever plays them, and nothing lost whatever happens to the folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from experiments.batch import keeping, lasting, manifest, parts
from experiments.batch.lasting import Finished
from experiments.batch.points import Plan
from experiments.batch.supervisor import Answer, Task, here
from experiments.batch.target import claimed
from sim.errors import InputError
from tests.experiments.batch.tiny import run, stopped, tiny

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """168 runs in four chunks."""
    return tiny(tmp_path_factory.mktemp("design"), values=(0.5, 2.0), worlds=84)


@pytest.fixture(scope="module")
def whole(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The batch played in one go."""
    return run(plan, tmp_path_factory.mktemp("whole") / "out")


def test_the_folder_holds_what_readers_expect(plan: Plan, whole: Finished) -> None:
    folder = whole.keeping.place
    names = ["design.parquet", "manifest.jsonl", "parts", "provenance.json", "worlds.parquet"]
    assert sorted(path.name for path in folder.iterdir()) == names
    frame = pd.concat([pd.read_parquet(path) for path in sorted((folder / "parts").glob("part-*.parquet"))])
    assert list(frame.columns[:3]) == ["design", "world", "quarter"]
    assert {"trainium_share_used", "utilisation", "nonconverged"} <= set(frame.columns)
    assert len(frame) == 168 and not frame.duplicated(["design", "world", "quarter"]).any()
    design = pd.read_parquet(folder / "design.parquet")
    assert design["porting_into_factor_trainium"].tolist() == [0.5, 2.0] and design["design"].tolist() == [0, 1]
    said = json.loads((folder / "provenance.json").read_text())
    assert said["complete"] and said["records_digest"] == whole.digest and said["runs_kept"] == 168
    entries = manifest.read(folder / "manifest.jsonl")
    assert all({"part", "hash", "chunk", "seconds", "status"} <= set(one) for one in entries) and len(entries) == 4
    assert [manifest.hash_of(folder / "parts" / one["part"]) for one in entries] == [one["hash"] for one in entries]


@pytest.mark.parametrize("after", [0, 1, 3])
def test_an_interrupted_batch_says_how_to_go_on_and_does(
    plan: Plan, whole: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    said = stopped(plan, tmp_path / "out", monkeypatch, after)
    assert said.startswith(f"stopped; {after} part") and f"--resume --out {tmp_path / 'out'}" in said
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "parts").iterdir()}
    assert len(kept) == after
    found = run(plan, tmp_path / "out", resume=True)
    assert found.digest == whole.digest and {path: path.stat().st_mtime_ns for path in kept} == kept


def test_a_finished_batch_has_nothing_left_to_play(plan: Plan, whole: Finished) -> None:
    again = run(plan, whole.keeping.place, resume=True)
    assert again.played == 0 and again.digest == whole.digest


def test_two_workers_give_the_same_records(plan: Plan, whole: Finished, tmp_path: Path) -> None:
    assert run(plan, tmp_path / "out", engine="local", workers=2).digest == whole.digest


def test_resume_begins_a_batch_that_is_not_there_yet(plan: Plan, whole: Finished, tmp_path: Path) -> None:
    assert run(plan, tmp_path / "out", resume=True).digest == whole.digest


# --- damage -----------------------------------------------------------------------------------------------------------


def half_a_line(folder: Path) -> None:
    with (folder / "manifest.jsonl").open("ab") as file:
        file.write(b'{"part": "part-000002.par')


def flipped(folder: Path) -> None:
    path = folder / "parts" / "part-000001.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def shortened(folder: Path) -> None:
    os.truncate(folder / "parts" / "part-000001.parquet", 100)


def removed(folder: Path) -> None:
    (folder / "parts" / "part-000001.parquet").unlink()


def a_line_of_noise(folder: Path) -> None:
    lines = (folder / "manifest.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "manifest.jsonl").write_bytes(lines[0] + b"\x00\xff\n" + b"".join(lines[2:]))


def no_design(folder: Path) -> None:
    (folder / "design.parquet").unlink()


def left_over(folder: Path) -> None:
    (folder / "parts" / ".part-000003.parquet.new").write_bytes(b"half")


DAMAGE = {
    half_a_line: ("the last line of manifest.jsonl was torn and has been dropped.",),
    flipped: ("parts/part-000001.parquet is corrupt; it was set aside as corrupt/part-000001.parquet ",),
    shortened: ("parts/part-000001.parquet is corrupt; it was set aside",),
    removed: ("parts/part-000001.parquet is missing; it is played again.",),
    a_line_of_noise: (),
    no_design: ("design.parquet was missing and has been written again.",),
    left_over: (),
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda one: one.__name__)
def test_what_is_damaged_is_named_and_played_again(
    plan: Plan, whole: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: object
) -> None:
    folder = tmp_path / "out"
    stopped(plan, folder, monkeypatch, 3)
    damage(folder)  # type: ignore[operator]
    found = run(plan, folder, resume=True)
    assert found.digest == whole.digest
    assert [one[: len(words)] for one, words in zip(found.keeping.said, DAMAGE[damage], strict=True)] == list(
        DAMAGE[damage]
    )
    assert not list((folder / "parts").glob(".*"))
    aside = list((folder / "corrupt").glob("*")) if (folder / "corrupt").exists() else []
    assert len(aside) == (damage in (flipped, shortened))


def test_a_damaged_part_that_stays_damaged_is_set_aside_under_another_name(
    plan: Plan, whole: Finished, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    run(plan, folder)
    for _ in range(2):
        flipped(folder)
        assert run(plan, folder, resume=True).digest == whole.digest
    assert len(list((folder / "corrupt").iterdir())) == 2


# --- refused ----------------------------------------------------------------------------------------------------------


def test_folders_of_others_are_refused(plan: Plan, whole: Finished, tmp_path: Path) -> None:
    other = tiny(tmp_path, values=(0.5, 3.0), worlds=84)
    with pytest.raises(InputError, match=r"--resume: .* holds another design \('tiny', .* this one is 'tiny'"):
        run(other, whole.keeping.place, resume=True)
    with pytest.raises(InputError, match="holds a batch; --resume goes on with it"):
        run(plan, whole.keeping.place)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    with pytest.raises(InputError, match="holds other files"):
        run(plan, tmp_path / "mine")
    with pytest.raises(InputError, match="holds no batch"):
        run(plan, tmp_path / "mine", resume=True)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_facts_that_are_damaged_are_one_sentence(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped(plan, tmp_path / "out", monkeypatch)
    path = tmp_path / "out" / "provenance.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "places": "many"}))
    with pytest.raises(InputError, match=r"its provenance\.json is damaged \(places: many\); give a new folder\.$"):
        run(plan, tmp_path / "out", resume=True)


def test_a_folder_of_another_version_is_refused(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped(plan, tmp_path / "out", monkeypatch)
    newer = {**lasting.rules(), "numpy": "99.0"}
    monkeypatch.setattr(lasting, "rules", lambda: newer)
    with pytest.raises(InputError, match=r"begun with another version \(numpy: .*, here 99.0\)"):
        run(plan, tmp_path / "out", resume=True)


def test_a_folder_that_another_batch_writes_to_is_refused(plan: Plan, tmp_path: Path) -> None:
    with claimed(tmp_path / "out"), pytest.raises(InputError, match="is being written by another run"):
        run(plan, tmp_path / "out")


def test_a_folder_that_is_taken_away_ends_the_batch_and_what_it_held_is_gone_on_with(
    plan: Plan, whole: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, taken = tmp_path / "out", tmp_path / "elsewhere"

    def plays(tasks: Iterator[Task]) -> Iterator[Answer]:
        for number, answer in enumerate(here(tasks)):
            if number == 2:
                folder.rename(taken)
                folder.mkdir()
            yield answer

    with (
        monkeypatch.context() as patched,
        pytest.raises(InputError, match="another folder stands in its place; 2 parts"),
    ):
        patched.setattr("experiments.batch.supervisor.here", plays)
        run(plan, folder)
    assert list(folder.iterdir()) == []
    assert run(plan, taken, resume=True).digest == whole.digest


# --- worlds that cannot be played -------------------------------------------------------------------------------------


def test_the_world_that_ends_in_an_error_is_named_and_all_others_are_kept(
    plan: Plan, whole: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = parts._whole

    def but_one(job: parts.Job) -> object:
        worlds = range(job.chunk.first_world, job.chunk.first_world + job.chunk.worlds)
        if 1 in job.chunk.points and 66 in worlds:
            raise ValueError("the market has burst")
        return plain(job)

    monkeypatch.setattr(parts, "_whole", but_one)
    found = run(plan, tmp_path / "out")
    assert found.lost["failed"] == [[1, 66, "the market has burst"]] and not found.failed
    missing = (1, 66)
    for path in found.keeping.paths():
        frame = pq.read_table(path).to_pandas()
        assert missing not in set(zip(frame["design"], frame["world"], strict=True))
    said = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert said["runs_kept"] == 167 and said["failed_worlds"] == found.lost["failed"]


def test_a_chunk_that_nobody_can_play_is_recorded_with_its_worlds_and_tried_again(
    plan: Plan, whole: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plays(tasks: Iterator[Task]) -> Iterator[Answer]:
        for answer in here(tasks):
            dead = answer.key.number == 1
            yield Answer(answer.key, None, InputError("killed"), True, 3) if dead else answer

    with monkeypatch.context() as patched:
        patched.setattr("experiments.batch.supervisor.here", plays)
        found = run(plan, tmp_path / "out")
    (failed,) = found.failed
    assert (failed["points"], failed["first_world"], failed["worlds"], failed["tries"]) == ([0], 64, 20, 3)
    assert not json.loads((tmp_path / "out" / "provenance.json").read_text())["complete"]
    again = run(plan, tmp_path / "out", resume=True)
    assert again.digest == whole.digest and not again.failed and again.played == 20


def test_a_figure_that_is_none_is_marked_and_its_world_named(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.records import Records

    plain = Records.metric

    def spoilt(self: Records, name: str) -> object:
        values = plain(self, name).copy()
        if name == "utilisation":
            values[self.world == 3] = float("nan")
        return values

    monkeypatch.setattr(Records, "metric", spoilt)
    found = run(plan, tmp_path / "out")
    assert found.lost["broken"] == [[0, 3], [1, 3]]
    frame = pd.concat([pd.read_parquet(path) for path in found.keeping.paths()])
    assert set(frame.loc[frame["nonconverged"] == 1.0, "world"]) == {3}


# --- no room ----------------------------------------------------------------------------------------------------------


def test_a_disk_without_room_is_one_sentence_and_nothing_is_lost(
    plan: Plan, whole: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    plain = keeping.Keeping.keep

    def full(self: keeping.Keeping, part: parts.Part, tries: int, seconds: float) -> None:
        if part.chunk.number == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        plain(self, part, tries, seconds)

    with (
        monkeypatch.context() as patched,
        pytest.raises(InputError, match=r"no space left on the disk; 2 parts kept\. Go on"),
    ):
        patched.setattr(keeping.Keeping, "keep", full)
        run(plan, tmp_path / "out")
    assert run(plan, tmp_path / "out", resume=True).digest == whole.digest
