"""The log on disk: places are given out once, branches keep their parents, nothing newer or foreign is opened."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from sim.errors import InputError
from tests.workshop.events import NOON, STORY, setup
from workshop.database import EVENTS, TABLES, alone, connected, url_of
from workshop.log import BRANCHED, EventLog, New, TakenError
from workshop.state import replay


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    made = EventLog(connected(url_of(tmp_path)))
    made.begin("s1", "ABCDEF", "A class", (NOON, NOON + 100))
    return made


def test_what_was_added_is_read_again_in_order(log: EventLog) -> None:
    log.add("s1", 0, 0, NOON, STORY)
    assert [(one.seq, one.kind) for one in log.lineage("s1", 0)] == [(k, n.kind) for k, n in enumerate(STORY, 1)]
    assert log.events("s1", 0, after=len(STORY) - 1)[0].kind == STORY[-1].kind


def test_of_many_who_saw_the_same_one_comes_next(log: EventLog) -> None:
    log.add("s1", 0, 0, NOON, STORY[:2])

    def claim(number: int) -> bool:
        try:
            log.add("s1", 0, 2, NOON, [New("claimed", {"seat": "aws", "team": str(number), "word": ""})])
        except TakenError:
            return False
        return True

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(claim, range(40))) == 1


def test_events_are_added_together_or_not_at_all(log: EventLog) -> None:
    log.add("s1", 0, 0, NOON, [STORY[0], New("said", {"text": "a"}, "once")])
    with pytest.raises(TakenError):
        log.add("s1", 0, 2, NOON, [New("said", {"text": "b"}), New("said", {"text": "c"}, "once")])
    assert len(log.events("s1", 0)) == 2
    assert log.with_key("s1", 0, "once") == log.events("s1", 0)[1]
    assert log.with_key("s1", 0, "never") is None


def test_a_branch_goes_on_from_its_parents_and_leaves_them(log: EventLog) -> None:
    log.add("s1", 0, 0, NOON, STORY)
    seats = {party: {"holder": "human", "team": "T", "word": "w", "revision": 4} for party in setup().seats}
    turn = {"until": 4, "seats": seats, "answers": {"aws": {"order": "600"}}, "says": "Back to turn 1."}
    log.add("s1", 1, 0, NOON, [New(BRANCHED, {"parent": 0, **turn})])
    log.add("s1", 2, 0, NOON, [New(BRANCHED, {"parent": 1, **turn, "until": 1}), New("opened", {"deadline": 1.0})])
    assert log.branch("s1") == 2
    assert [one.kind for one in log.lineage("s1", 2)][-4:] == ["briefed", BRANCHED, BRANCHED, "opened"]
    state = replay(log.lineage("s1", 2))
    assert (state.branch, state.turn, state.phase, state.last) == (2, 1, "open", 2)
    assert (state.seats["aws"].answers, state.seats["nvidia"].team) == ({"order": "600"}, "T")
    assert replay(log.lineage("s1", 0)).turn == 2


def test_a_code_belongs_to_one_session(log: EventLog) -> None:
    with pytest.raises(TakenError):
        log.begin("s2", "ABCDEF", "Another", (NOON, NOON))
    assert [one["id"] for one in log.sessions()] == ["s1"]


def test_the_migration_makes_the_tables_that_the_program_uses(log: EventLog) -> None:
    there = sa.inspect(log.engine)
    for table in TABLES.tables.values():
        assert [one["name"] for one in there.get_columns(table.name)] == [one.name for one in table.columns]
    found = {tuple(one["column_names"]) for one in there.get_unique_constraints(EVENTS.name)}
    assert found == {("session", "branch", "seq"), ("session", "branch", "key")}


def test_opening_again_changes_nothing(log: EventLog, tmp_path: Path) -> None:
    log.add("s1", 0, 0, NOON, STORY)
    assert len(EventLog(connected(url_of(tmp_path))).lineage("s1", 0)) == len(STORY)


def test_a_newer_database_is_refused_in_a_sentence(log: EventLog, tmp_path: Path) -> None:
    with log.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match=r"newer version \(revision 9999\)"):
        connected(url_of(tmp_path))


def test_what_is_no_database_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "workshop.sqlite").write_bytes(b"not a database, but long enough to be read as one" * 40)
    with pytest.raises(InputError, match="no database of a workshop"):
        connected(url_of(tmp_path))


def test_one_server_at_a_time(tmp_path: Path) -> None:
    with (
        alone(tmp_path / "data"),
        pytest.raises(InputError, match="served by another workshop"),
        alone(tmp_path / "data"),
    ):
        pass
    with alone(tmp_path / "data"):
        pass
