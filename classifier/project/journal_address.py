"""Address of a journal: that of its file, only to be read where it can't be written to, or of a team's database."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, unquote

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from classifier.control_characters import has_surrogate
from classifier.errors import JournalError

COPY_IT = "The folder is read-only: copy it to one that you may write to, and open the copy"
_SQLITE, _FILE = "sqlite", "file://"
# Immutable: SQLite makes no files beside it, for which it would fail.
_READ_ONLY = {"mode": "ro", "immutable": "1", "uri": "true"}


def address_of(path: Path) -> str:
    """Return the address of a journal in a file, or of one to begin there.

    Raises
    ------
    JournalError
        If it can't be written to, and is not whole without the files beside it, or its path is not in UTF-8.
    """
    name = path.absolute()
    if has_surrogate(str(name)):
        raise JournalError(f"{path}: its path is not in UTF-8; rename the folder")
    if not path.exists() or (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        return _rendered(URL.create(_SQLITE, database=str(name)))
    latest = path.with_name(f"{path.name}-wal")  # entries that are not in the file yet
    if latest.exists() and latest.stat().st_size:
        raise JournalError(f"{path}: somebody is writing to the journal, or was interrupted. {COPY_IT}")
    root = "" if name.as_posix().startswith("/") else "/"  # before the letter of a drive
    return _rendered(URL.create(_SQLITE, database=f"{_FILE}{root}{quote(name.as_posix())}", query=_READ_ONLY))


def is_read_only(address: str) -> bool:
    """Whether what is at an address is only to be read."""
    return "immutable" in make_url(address).query


def place_of(address: str) -> str:
    """Return a journal's file, or the address of its database without the password.

    Examples
    --------
    >>> place_of("postgresql+psycopg://ana:herons@server/project")
    'postgresql+psycopg://ana:***@server/project'
    >>> place_of(address_of(Path("/projects/of June?/journal.sqlite")))
    '/projects/of June?/journal.sqlite'
    """
    try:
        url = make_url(address)
    except ArgumentError:
        return address
    if url.drivername != _SQLITE or url.database is None:
        return _rendered(url, hide_password=True)
    if not url.database.startswith(_FILE):
        return url.database
    name = unquote(url.database.removeprefix(_FILE))
    return str(Path(name[1:] if name[2:3] == ":" else name))


def _rendered(url: URL, *, hide_password: bool = False) -> str:
    return url.render_as_string(hide_password=hide_password)  # also quotes what would end a plain name
