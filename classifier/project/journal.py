"""Journal of coding decisions: an append-only table.

A changed decision is a new entry. The database itself refuses to update or delete entries.
"""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    func,
    insert,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from classifier.coder_names import CoderNames
from classifier.errors import JournalConnectionError, JournalError
from classifier.harvest.suggestion_record import ShownSuggestion
from classifier.project.journal_address import COPY_IT, address_of, is_read_only, place_of
from classifier.project.journal_migration import JOURNAL_LOCK, migrate_journal

_WRITES = "outcome_coder_writes"
NOT_CODABLE = "not codable"
_WAIT_S = 30  # for another writer; SQLite lets one write at a time

_metadata = MetaData()
entries_table = Table(
    "entries",
    _metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", String(40), nullable=False),
    Column("coder", Text, nullable=False),
    Column("fragment_id", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("codes", JSON, nullable=False),
    Column("way", String(20), nullable=False),
    Column("shown", JSON(none_as_null=True)),
    Column("rank", Integer),
    Column("seconds", Float),
    Column("codebook", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("seen", Integer),
    Column("not_codable", Text, nullable=False),
)

views_table = Table(
    "views",
    _metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", String(40), nullable=False),
    Column("coder", Text, nullable=False),
    Column("fragment_id", Text, nullable=False),
    Column("set_number", Integer, nullable=False),
    Column("fields", JSON, nullable=False),
)


class DecisionMethod(StrEnum):
    """How a decision was made."""

    BY_HAND = "by hand"
    BULK = "bulk"  # with many others, above a confidence
    WORKBOOK = "workbook"  # in a workbook that was imported
    ADJUDICATION = "adjudication"  # by adjudicating a difference between coders
    CARRIED_OVER = "carried over"  # from an earlier codebook
    INFORMED = "informed"  # by hand, after what others chose for the outcome had been shown to this coder
    TOGETHER = "together"  # with an outcome that reports the same change, in one action
    UNDONE = "undone"  # takes back the entry that it is based on; what was decided before is current again
    NOTE = "note"  # no decision: a note on the outcome
    SKIPPED = "skipped"  # no decision: the outcome was skipped for now
    REVEALED = "revealed"  # no decision: what others chose for the outcome was shown to this coder
    CLOSED = "closed"  # no decision: a lead closed blind and double coding of the outcome
    JOINED = "joined"
    """No decision: a new coder was confirmed as one. It is of no outcome."""
    MERGED = "merged"
    """No decision: two names were found to be one coder's; `codes` are the name kept and the other. Of no outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The codes that a coder gave to one outcome in one field, or that none can be given."""

    coder: str
    fragment_id: str
    field: str
    codes: tuple[str, ...]  # the main one first; empty where it is not codable, or a decision is taken back
    method: DecisionMethod
    codebook: str  # the SHA-256 of the codebook that was coded by
    shown: ShownSuggestion | None = None  # None where no suggestion was in view: the decision is blind
    # The place of the main code among the candidates shown, the best being 1; None where none was put first.
    rank: int | None = None
    seconds: float | None = None  # how long it took
    note: str = ""
    # The number of this coder's latest entry for the outcome and field that was in view; None where there was
    # none. If another one has come in between, both are named. Of an entry that is undone, its number.
    based_on: int | None = None
    not_codable: str = ""  # why no code can be given; empty where codes are given, or a decision is taken back

    @property
    def is_about_names(self) -> bool:
        """Whether two names of a coder are merged by it, or no longer."""
        is_undone = self.method is DecisionMethod.UNDONE and not self.fragment_id
        return is_undone or self.method is DecisionMethod.MERGED

    @property
    def is_given(self) -> bool:
        """Whether it gives codes or says that none can be given, and takes nothing back."""
        return bool(self.codes or self.not_codable)

    @property
    def in_words(self) -> str:
        """Its codes, or that the outcome is not codable."""
        return NOT_CODABLE if self.not_codable else "; ".join(self.codes)

    @property
    def key(self) -> tuple[str, str, str]:
        """Who decided what of which outcome."""
        return self.coder, self.fragment_id, self.field


_DECISION = TypeAdapter(Decision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A decision in the journal, with its number and when it was made."""

    number: int
    at: datetime.datetime
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedView:
    """That a coder was shown an outcome, with the suggestions of a set in some fields."""

    coder: str  # see `classifier.coder_names.identity_of`
    fragment_id: str
    set_number: int
    fields: tuple[str, ...]
    at: datetime.datetime | None = None  # None where it is still to be recorded


_VIEW = TypeAdapter(RecordedView)


class Journal:
    """A journal in a database: a file of SQLite, or PostgreSQL by its address.

    Parameters
    ----------
    address : str
        A URL that SQLAlchemy understands, such as ``sqlite:////home/ana/project/journal.sqlite`` or
        ``postgresql+psycopg://ana@server/project``.

    Examples
    --------
    >>> journal = Journal.at(getfixture("tmp_path") / "journal.sqlite")
    >>> local = Decision(coder="Ana", fragment_id="SCC-LPC/035", field="scale", codes=("Local",),
    ...                  method=DecisionMethod.BY_HAND, codebook="0" * 64)
    >>> [entry.number for entry in journal.record([local])]
    [1]
    >>> [entry.decision.codes for entry in journal.entries()]
    [('Local',)]
    """

    def __init__(self, address: str) -> None:
        self._names = CoderNames()
        try:
            self._engine = _engine(address)
            self._writer = self._engine.execution_options(**{_WRITES: True})
            with (self._engine if is_read_only(address) else self._writer).begin() as connection:
                migrate_journal(connection, address)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise JournalError(
                f"{place_of(address)}: is not the address of a known kind of database; name a file, or "
                "postgresql+psycopg://NAME@HOST/DATABASE (pip install 'outcome-coder[team]')"
            ) from error
        except DBAPIError as error:
            raise JournalError(
                f"{place_of(address)}: the journal can't be opened ({error.orig}). {_remedy(error)}"
            ) from error

    @classmethod
    def at(cls, path: Path) -> Journal:
        """Open a journal in a file, or begin one; only to read it where it can't be written to.

        Raises
        ------
        JournalError
            If it can't be opened; see also `address_of`.
        """
        return cls(address_of(path))

    def record(self, decisions: Sequence[Decision]) -> tuple[Entry, ...]:
        """Write decisions, all or none; when this returns they are on the disk."""
        with _reported(), self._writer.begin() as connection:
            return self._write(connection, decisions)

    def record_if_last(self, decisions: Sequence[Decision], *, last: int) -> tuple[Entry, ...] | None:
        """Write decisions like `record`, unless an entry has come after the last one they were made from.

        Returns
        -------
        tuple of Entry or None
            None where one has come; then nothing is written.
        """
        with _reported(), self._writer.begin() as connection:
            self._lock_out_others(connection)
            if connection.execute(select(func.max(entries_table.c.number))).scalar() not in (last, None):
                return None
            return self._write(connection, decisions)

    def entries(self, *, after: int = 0) -> tuple[Entry, ...]:
        """Read the entries in the order they were made, all or those that came after a number.

        A coder who spelt their name in several ways is one, under the first spelling; see `CoderNames`.
        """
        asked = select(entries_table).where(entries_table.c.number > after).order_by(entries_table.c.number)
        with _reported(), self._engine.connect() as connection:
            rows = connection.execute(asked).all()
            if any(not row.fragment_id for row in rows):  # names may have been merged
                self._names = CoderNames()
            names = self._known(connection, {row.coder for row in rows})
        return tuple(_entry(row._mapping, names) for row in rows)

    def coders(self) -> tuple[str, ...]:
        """Name who has made entries, each coder once by the first spelling, whoever made the latest first."""
        latest = func.max(entries_table.c.number).desc()
        asked = select(entries_table.c.coder).group_by(entries_table.c.coder).order_by(latest)
        with _reported(), self._engine.connect() as connection:
            spellings = connection.execute(asked).scalars().all()
            names = self._names = _names_in(connection)
        return tuple(dict.fromkeys(names.find(name) or name for name in spellings))

    def names(self) -> CoderNames:
        """Return the names of `coders` with those that were merged."""
        names = CoderNames(self.coders())
        with _reported(), self._engine.connect() as connection:
            return _merge_in(names, connection)

    def record_views(self, views: Sequence[RecordedView]) -> None:
        """Record what is shown, all or none; when this returns it is on the disk."""
        if views:
            at = _now().isoformat()
            with _reported(), self._writer.begin() as connection:
                connection.execute(insert(views_table), [{**asdict(view), "at": at} for view in views])

    def views(self, coder: str, fragment_id: str) -> tuple[RecordedView, ...]:
        """Read what a coder was shown of an outcome, in the order it was."""
        with _reported(), self._engine.connect() as connection:
            identities = self._known(connection, [] if len(self._names) else [coder]).identities_of(coder)
            asked = select(views_table).where(
                views_table.c.coder.in_(identities), views_table.c.fragment_id == fragment_id
            )
            rows = connection.execute(asked.order_by(views_table.c.number)).all()
        return tuple(_VIEW.validate_python(dict(row._mapping)) for row in rows)

    def views_since(self) -> datetime.datetime:
        """Return since when views are recorded: its beginning, or when a version that records them first opened it."""
        with _reported(), self._engine.connect() as connection:
            at = connection.execute(select(views_table.c.at).order_by(views_table.c.number).limit(1)).scalar_one()
        return datetime.datetime.fromisoformat(at)

    def _known(self, connection: Connection, spellings: Iterable[str]) -> CoderNames:
        """Return the coders' names as first spelt; as entries only come, what was found once holds until a merge."""
        if any(self._names.find(spelling) is None for spelling in spellings):
            self._names = _names_in(connection)
        return self._names

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()

    def _write(self, connection: Connection, decisions: Iterable[Decision]) -> tuple[Entry, ...]:
        self._lock_out_others(connection)
        made, entries = _now(), []
        for decision in decisions:
            # Values that are given apart from the statement let it be compiled once.
            number = connection.execute(insert(entries_table), _values(decision, made)).inserted_primary_key
            assert number is not None  # every row gets one
            entries.append(Entry(number=int(number[0]), at=made, decision=decision))
        return tuple(entries)

    @staticmethod
    def _lock_out_others(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            # Numbers are given out before they are seen by others: a reader that asks for what came after the
            # last one would miss a lower one that is committed later.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({JOURNAL_LOCK})")


def _names_in(connection: Connection) -> CoderNames:
    """Return the coders' names as first spelt, with those that were merged."""
    first = func.min(entries_table.c.number)
    asked = select(entries_table.c.coder).group_by(entries_table.c.coder).order_by(first)
    return _merge_in(CoderNames(connection.execute(asked).scalars()), connection)


def _merge_in(names: CoderNames, connection: Connection) -> CoderNames:
    """Merge the names of coders that were merged, unless that was undone."""
    columns = entries_table.c
    about = select(columns.number, columns.way, columns.codes, columns.seen).where(columns.fragment_id == "")
    rows = connection.execute(about.order_by(columns.number)).all()
    undone = {row.seen for row in rows if row.way == DecisionMethod.UNDONE}
    for kept, other in (row.codes for row in rows if row.way == DecisionMethod.MERGED and row.number not in undone):
        names.merge(other, into=kept)
    return names


def _now() -> datetime.datetime:
    return datetime.datetime.now(tz=datetime.UTC)


@contextmanager
def _reported() -> Iterator[None]:
    """Report an error of the database in plain words; libraries' messages hold the values of a statement."""
    try:
        yield
    except DBAPIError as error:
        is_of_server = isinstance(error, OperationalError) and not isinstance(error.orig, sqlite3.Error)
        if error.connection_invalidated or is_of_server:
            raise JournalConnectionError(
                "the journal's database can't be reached; what was recorded before is safe. Try again in a moment, and "
                "look first whether your last decision was recorded"
            ) from error
        raise JournalError(
            f"the journal could not be read or written ({error.orig}); nothing was recorded. {_remedy(error)}"
        ) from error


def _remedy(error: DBAPIError) -> str:
    message = str(error.orig)
    if "full" in message:
        return "Free some space on the disk, then try again"
    if "readonly" in message:
        return COPY_IT
    if "unable to open" in message:
        return "Check who may read and write in the project's folder"
    if "not a database" in message or "malformed" in message:
        return "Restore the file from a backup"
    if "locked" in message:
        return "Another program is writing to it; wait until it has finished, then try again"
    return "Check the disk and its free space, then try again"


def _engine(address: str) -> Engine:
    url = make_url(address)
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)  # connections that a restart of the server has cut are replaced
    engine = create_engine(url, connect_args={"timeout": _WAIT_S})

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, record: object) -> None:  # noqa: ANN401 - whichever driver's connection it is
        connection.isolation_level = None  # transactions begin where we say
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer at once: two readers that both turn into writers would wait for each other.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(_WRITES) else "BEGIN")

    return engine


def _values(decision: Decision, made: datetime.datetime) -> dict[str, Any]:
    values: dict[str, Any] = _DECISION.dump_python(decision, mode="json")
    return {"at": made.isoformat(), "way": values.pop("method"), "seen": values.pop("based_on")} | values


def _entry(row: Mapping[Any, Any], names: CoderNames) -> Entry:
    coder = names.find(row["coder"]) or row["coder"]
    return Entry(
        number=row["number"],
        at=datetime.datetime.fromisoformat(row["at"]),
        decision=_DECISION.validate_python({**row, "coder": coder, "method": row["way"], "based_on": row["seen"]}),
    )
