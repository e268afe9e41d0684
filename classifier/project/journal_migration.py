"""Migration of the journal's tables to those of this version, by Alembic."""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from classifier.errors import JournalError
from classifier.project.journal_address import place_of

_MIGRATIONS = Path(__file__).resolve().parent / "migrations"
JOURNAL_LOCK = 7_350_212  # a number that nobody else will take
_ONE_AT_A_TIME = threading.Lock()  # Alembic keeps what it does in variables of its modules
_version_table = Table("alembic_version", MetaData(), Column("version_num", String(32), nullable=False))


def _is_current(connection: Connection) -> bool:
    """Whether the journal has the tables of this version, as Alembic has noted in it."""
    if not inspect(connection).has_table(_version_table.name):
        return False
    newest = max(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("*.py"))
    return connection.execute(select(_version_table)).scalars().all() == [newest]


def migrate_journal(connection: Connection, address: str) -> None:
    """Make the tables of this version, or carry over those of an earlier one.

    Raises
    ------
    JournalError
        If a newer version made them.
    """
    if _is_current(connection):
        return
    # Imported here since most journals are of this version, and Alembic takes 0.2 s of processor time.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    if connection.dialect.name == "postgresql":
        # Two who open a new journal at once would both make its tables; SQLite lets one write at a time anyway.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({JOURNAL_LOCK})")
    with _ONE_AT_A_TIME:
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            newer = "the journal was written by a newer version of outcome-coder; install that version"
            raise JournalError(f"{place_of(address)}: {newer}") from error
