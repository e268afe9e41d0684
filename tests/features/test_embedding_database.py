from __future__ import annotations

import errno
import multiprocessing
import os
import random
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.errors import OutputError
from classifier.features import embedding_database
from classifier.features.embedding_database import EmbeddingDatabase

MANY = 2**30
CONTENTS = {number.to_bytes(32, "big"): bytes([number]) * 2000 for number in range(60)}
spawn = multiprocessing.get_context("spawn")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "embeddings.sqlite"


@pytest.fixture
def database(path: Path) -> EmbeddingDatabase:
    """Return a database whose folder does not exist yet."""
    return EmbeddingDatabase(path, most_bytes=MANY)


def write_again_and_again(path: Path, seconds: float) -> None:
    database = EmbeddingDatabase(path, most_bytes=MANY)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        database.put_all(CONTENTS)


# Keeping


@given(contents=st.dictionaries(st.binary(min_size=1, max_size=4), st.binary(max_size=50), max_size=5))
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_kept_is_found(database: EmbeddingDatabase, contents: dict[bytes, bytes]) -> None:
    database.put_all(contents)
    assert database.get_all(contents) == contents


def test_more_keys_are_found_than_fit_one_query(database: EmbeddingDatabase) -> None:
    contents = {number.to_bytes(2, "big"): b"vector" for number in range(1200)}
    database.put_all(contents)
    assert (database.get_all(contents), database.count()) == (contents, 1200)


def test_later_content_takes_the_place_of_an_earlier_one(database: EmbeddingDatabase) -> None:
    database.put_all({b"key": b"first"})
    database.put_all({b"key": b"second"})
    assert (database.get_all([b"key"]), database.count()) == ({b"key": b"second"}, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such rights")
def test_file_and_folder_are_for_their_owner_only(database: EmbeddingDatabase, path: Path) -> None:
    database.put_all({b"key": b"content"})
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_looking_for_something_makes_no_file(database: EmbeddingDatabase, path: Path) -> None:
    assert (database.get_all([b"key"]), database.count(), path.parent.exists()) == ({}, 0, False)


# Throwing out


def test_least_recently_used_are_thrown_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = EmbeddingDatabase(path, most_bytes=250_000)
    first, second, third = (
        {number.to_bytes(2, "big"): bytes(2000) for number in range(start, start + 40)} for start in (0, 40, 80)
    )
    for day, contents in enumerate((first, second)):
        monkeypatch.setattr(embedding_database, "_today", lambda day=day: day)
        database.put_all(contents)
    monkeypatch.setattr(embedding_database, "_today", lambda: 2)
    database.get_all(first)
    database.put_all(third)
    left = [len(database.get_all(contents)) for contents in (first, second, third)]
    assert (left[0], 0 < left[1] < 40, left[2]) == (40, True, 40)


def test_file_does_not_grow_beyond_its_size(path: Path) -> None:
    database = EmbeddingDatabase(path, most_bytes=300_000)
    for start in range(0, 600, 20):
        database.put_all({number.to_bytes(2, "big"): bytes(2000) for number in range(start, start + 20)})
    assert database.n_bytes() <= 300_000 + 20 * 2000 + 3 * 16384
    assert database.count() > 80


def test_reading_writes_once_a_day(database: EmbeddingDatabase, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database.put_all({b"key": b"content"})
    monkeypatch.setattr(embedding_database, "_today", lambda: 90_000)
    database.get_all([b"key"])
    before = path.read_bytes()
    database.get_all([b"key"])
    assert path.read_bytes() == before


# Damage


@pytest.mark.parametrize("kind", ["no database", "empty", "another database", "another version"])
def test_file_that_is_no_database_of_ours_is_made_anew(kind: str, database: EmbeddingDatabase, path: Path) -> None:
    path.parent.mkdir()
    if kind in ("no database", "empty"):
        path.write_bytes(b"no database" * 100 if kind == "no database" else b"")
    elif kind == "another version":
        database.put_all({b"key": b"earlier"})
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 99")
    else:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE other (key)")
    assert database.get_all([b"key"]) == {}
    database.put_all({b"key": b"content"})
    assert database.get_all([b"key"]) == {b"key": b"content"}


def test_what_is_kept_where_the_database_is_damaged_is_in_the_new_one(database: EmbeddingDatabase, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database" * 100)
    database.put_all({b"key": b"content"})
    assert database.get_all([b"key"]) == {b"key": b"content"}


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), n_changed=st.sampled_from([1, 20, 2000]), left=st.sampled_from([1.0, 0.9, 0.3]))
def test_damaged_database_is_usable_again(
    seed: int, n_changed: int, left: float, database: EmbeddingDatabase, path: Path
) -> None:
    database.clear()
    database.put_all(CONTENTS)
    lot = random.Random(seed)
    kept = bytearray(path.read_bytes())[: int(path.stat().st_size * left)]
    for _ in range(n_changed):
        kept[lot.randrange(len(kept)) if seed % 2 else lot.randrange(100)] = lot.randrange(256)
    path.write_bytes(kept)
    assert set(database.get_all(CONTENTS)) <= set(CONTENTS)
    database.put_all(CONTENTS)
    database.put_all(CONTENTS)
    assert set(database.get_all(CONTENTS)) <= set(CONTENTS)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a user whom the system refuses")
def test_folder_that_may_only_be_read_is_read(database: EmbeddingDatabase, path: Path) -> None:
    database.put_all({b"key": b"content"})
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        database.put_all({b"other": b"content"})
        assert database.get_all([b"key", b"other"]) == {b"key": b"content"}
    finally:
        path.parent.chmod(0o700)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a user whom the system refuses")
def test_folder_that_may_not_be_entered_does_no_harm(database: EmbeddingDatabase, path: Path) -> None:
    path.parent.mkdir(mode=0)
    database.put_all({b"key": b"content"})
    assert (database.get_all([b"key"]), database.count(), database.n_bytes()) == ({}, 0, 0)


def test_what_is_open_elsewhere_and_cannot_be_deleted_is_emptied(
    database: EmbeddingDatabase, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    database.put_all(CONTENTS)
    monkeypatch.setattr(Path, "unlink", refuse)
    database.clear()
    assert (database.count(), CONTENTS[(7).to_bytes(32, "big")] in path.read_bytes()) == (0, False)


def test_what_cannot_be_deleted_at_all_is_told(database: EmbeddingDatabase, path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(OutputError) as told:
        database.clear()
    assert str(told.value).startswith(f"{path}: can't be deleted (")
    assert str(told.value).endswith("); close what else uses it, or delete it yourself")


def test_full_disk_leaves_what_was_kept(database: EmbeddingDatabase, path: Path) -> None:
    resource = pytest.importorskip("resource")
    database.put_all({b"key": b"content"})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, hard))
    try:
        database.put_all(CONTENTS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (database.get_all([b"key"]), database.count()) == ({b"key": b"content"}, 1)


# Several processes


def test_processes_that_write_at_once_leave_a_whole_database(database: EmbeddingDatabase, path: Path) -> None:
    processes = [spawn.Process(target=write_again_and_again, args=(path, 0.5)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert database.get_all(CONTENTS) == CONTENTS


def test_killed_process_leaves_a_whole_database(database: EmbeddingDatabase, path: Path) -> None:
    database.put_all({b"key": b"content"})
    for seed in range(3):
        process = spawn.Process(target=write_again_and_again, args=(path, 60.0))
        process.start()
        while database.count() == 1:
            time.sleep(0.01)
        time.sleep(random.Random(seed).random() / 20)
        process.kill()
        process.join()
        assert database.get_all([b"key", *CONTENTS]) == {b"key": b"content", **CONTENTS}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_other_process_that_holds_the_database_is_not_waited_for_forever(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_database, "_WAIT_S", 0.01)
    database = EmbeddingDatabase(path, most_bytes=2**20)
    database.put_all({b"key": b"content"})
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        database.put_all({b"other": b"content"})
        assert database.get_all([b"key"]) == {}
    assert database.get_all([b"key", b"other"]) == {b"key": b"content"}


def test_process_that_was_waited_for_once_is_not_waited_for_as_long_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_database, "_WAIT_S", 0.02)
    monkeypatch.setattr(embedding_database, "_WAIT_AGAIN_S", 0.01)
    database, waits, connect = EmbeddingDatabase(path, most_bytes=2**20), [], sqlite3.connect

    def note(file: Path, *, timeout: float, isolation_level: None) -> sqlite3.Connection:
        waits.append(timeout)
        return connect(file, timeout=timeout, isolation_level=isolation_level)

    database.put_all({b"key": b"content"})
    with closing(connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        monkeypatch.setattr("classifier.features.embedding_database.sqlite3.connect", note)
        for _ in range(3):
            database.get_all([b"key"])
    assert waits == [0.02, 0.01, 0.01]
