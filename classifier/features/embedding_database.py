"""SQLite database of embeddings by their keys, from which the least recently used are thrown out beyond a size.

It is a cache: where it can't be read or written, nothing is found and nothing kept, and where it is damaged it is
deleted and made anew. It has a rollback journal, since write-ahead logging doesn't work on network drives, and is
opened anew for each reading and writing, so that nobody waits for another process for longer than that takes.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from classifier.errors import OutputError

T = TypeVar("T")

_SCHEMA = """
CREATE TABLE embeddings (
    number INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    used INTEGER NOT NULL,
    content BLOB NOT NULL
)
"""
_APPLICATION, _VERSION = 0x6F636563, 1
_PAGE = 16384  # bytes; what is kept takes some 2,000, and what doesn't fit a page takes whole ones
_KEYS_AT_ONCE = 500  # SQLite allows 999 or more
_WAIT_S = 5.0  # for another process that is writing
_WAIT_AGAIN_S = 0.1  # once one has not finished by then: it may have been stopped for good
_KEPT_SHARE = 0.9  # of the most bytes, after some were thrown out
_DAY_S = 24 * 60 * 60
# Primary result codes of what passes: no rights, locked, out of memory, read-only, stopped, broken or full disk.
_PASSING = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_AUTH,
    }
)


class EmbeddingDatabase:
    """Contents by their keys in one file.

    Examples
    --------
    >>> database = EmbeddingDatabase(getfixture("tmp_path") / "embeddings.sqlite", most_bytes=2**20)
    >>> database.put_all({b"one": b"first", b"two": b"second"})
    >>> database.get_all([b"one", b"none"])
    {b'one': b'first'}
    """

    def __init__(self, path: Path, *, most_bytes: int) -> None:
        self.path = path
        self._most_bytes = most_bytes
        self._wait_s = _WAIT_S

    def get_all(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return what is kept of some keys."""
        wanted = set(keys)
        none: list[tuple[bytes, int, bytes]] = []
        rows = self._read(lambda connection: _select(connection, sorted(wanted)), none)
        today = _today()
        old = [key for key, used, _ in rows if used != today]
        if old:
            # Once a day, so that what only reads need not write each time.
            self._read(lambda connection: _mark_used(connection, old, today), None)
        # The index of a damaged file may lead to other rows.
        return {key: content for key, _, content in rows if key in wanted}

    def put_all(self, contents: Mapping[bytes, bytes]) -> None:
        """Keep contents by their keys, unless the disk is full or the folder is read-only."""
        rows = [(key, _today(), content) for key, content in contents.items()]

        def insert(connection: sqlite3.Connection) -> bool:
            _begin(connection)
            connection.executemany("INSERT OR REPLACE INTO embeddings (key, used, content) VALUES (?, ?, ?)", rows)
            _throw_out(connection, self._most_bytes)
            connection.execute("COMMIT")
            return True

        if not self._work(insert, False) and not self.is_there():
            self._work(insert, False)  # it was damaged, and is deleted

    def is_there(self) -> bool:
        """Whether there is a file that can be looked at."""
        with suppress(OSError):
            return self.path.is_file()
        return False

    def count(self) -> int:
        """Count the keys."""
        return self._read(
            lambda connection: int(connection.execute("SELECT count(*) FROM embeddings").fetchone()[0]), 0
        )

    def n_bytes(self) -> int:
        """Return how much space is taken on the disk."""
        return sum(_size(path) for path in self._paths())

    def clear(self) -> None:
        """Delete the file; where another program has it open and the system forbids that, what is in it.

        Raises
        ------
        OutputError
            If neither can be done.
        """
        try:
            self._delete()
        except OSError as error:
            if not self._read(_delete_all, False):
                raise OutputError(
                    f"{self.path}: can't be deleted ({error.strerror}); close what else uses it, or delete it yourself"
                ) from error

    def _read(self, work: Callable[[sqlite3.Connection], T], default: T) -> T:
        """Work on the database if there is one."""

        def work_if_made(connection: sqlite3.Connection) -> T:
            return work(connection) if _is_made(connection) else default

        return self._work(work_if_made, default) if self.is_there() else default

    def _work(self, work: Callable[[sqlite3.Connection], T], default: T) -> T:
        try:
            self._touch()
            with closing(sqlite3.connect(self.path, timeout=self._wait_s, isolation_level=None)) as connection:
                connection.text_factory = bytes  # there are none but in a damaged file
                connection.execute("PRAGMA temp_store = MEMORY")
                connection.execute("PRAGMA synchronous = NORMAL")
                return work(connection)
        except OSError:
            return default
        except (sqlite3.Error, UnicodeDecodeError) as error:  # the message on a damaged schema quotes it
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_BUSY:
                self._wait_s = _WAIT_AGAIN_S
            if code not in _PASSING:
                with suppress(OSError):
                    self._delete()
            return default

    def _touch(self) -> None:
        # Readable by the owner alone: a vector reveals something about its text.
        if not self.is_there():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.touch(mode=0o600)

    def _paths(self) -> tuple[Path, Path]:
        """Return the journal and the database, to be deleted in this order: a journal would be played back."""
        return self.path.with_name(f"{self.path.name}-journal"), self.path

    def _delete(self) -> None:
        for path in self._paths():
            path.unlink(missing_ok=True)


def _is_made(connection: sqlite3.Connection) -> bool:
    """Whether the table is there; a file with anything else in it is none of ours, or of another version."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if (application, version) == (_APPLICATION, _VERSION):
        return True
    (n_others,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if n_others or application or version:
        raise sqlite3.DatabaseError("another database")
    return False


def _begin(connection: sqlite3.Connection) -> None:
    """Begin to write, making the table if it isn't there."""
    connection.execute(f"PRAGMA page_size = {_PAGE}")  # of a new database
    connection.execute("BEGIN IMMEDIATE")
    if not _is_made(connection):
        connection.execute(_SCHEMA)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {_VERSION}")


def _select(connection: sqlite3.Connection, keys: list[bytes]) -> list[tuple[bytes, int, bytes]]:
    rows: list[tuple[bytes, int, bytes]] = []
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        some = keys[start : start + _KEYS_AT_ONCE]
        places = ", ".join("?" * len(some))
        rows += connection.execute(f"SELECT key, used, content FROM embeddings WHERE key IN ({places})", some)
    return [row for row in rows if isinstance(row[2], bytes)]


def _delete_all(connection: sqlite3.Connection) -> bool:
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("DELETE FROM embeddings")
    return True


def _mark_used(connection: sqlite3.Connection, keys: list[bytes], day: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("UPDATE embeddings SET used = ? WHERE key = ?", [(day, key) for key in keys])
    connection.execute("COMMIT")


def _throw_out(connection: sqlite3.Connection, most_bytes: int) -> None:
    """Throw out the least recently used, if all together take more than the most bytes."""
    n_pages, n_free, page = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    left = (n_pages - n_free) * page - most_bytes * _KEPT_SHARE
    if left <= most_bytes * (1 - _KEPT_SHARE):
        return
    numbers = []
    for number, size in connection.execute(
        "SELECT number, ifnull(length(content), 0) FROM embeddings ORDER BY used, number"
    ):
        if left <= 0:
            break
        numbers.append((number,))
        left -= size
    connection.executemany("DELETE FROM embeddings WHERE number = ?", numbers)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _today() -> int:
    return int(time.time() // _DAY_S)
