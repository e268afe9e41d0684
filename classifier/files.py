"""Writing a file so that nothing is half-written and nothing is lost."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath

from classifier.access_rights import rights_of_file
from classifier.errors import OutputError
from classifier.folders import require_parent, tell_full_disk, unfinished_folder

LEFT_BY_SYSTEMS = (".DS_Store", "Thumbs.db", "desktop.ini")
"""Files that operating systems leave in any folder that was opened in a window."""


@contextmanager
def write_whole(path: Path, *, for_owner: bool = False) -> Iterator[Path]:
    """Open a temporary file to write to, which takes the name `path` when all went well.

    The content reaches the disk before the name changes, so a reader finds the old file or the new one.
    Where `path` is a link, what it leads to is replaced, and the link stays.
    Where `path` can't be replaced (on Windows, a workbook that is open in Excel can't), the finished file
    stays beside it under a free name.

    Parameters
    ----------
    for_owner : bool
        Whether a new file is for its owner alone, whatever the user's mask.

    Raises
    ------
    OutputError
        If the folder is missing or can't be written to, or `path` can't be replaced.
    """
    path = target_of(path)
    _check_free(path)
    with unfinished_folder(path.parent) as folder, tell_full_disk(path):
        temporary = folder / path.name
        temporary.touch()
        yield temporary
        put_in_place(temporary, path, for_owner=for_owner)


def put_in_place(temporary: Path, path: Path, *, for_owner: bool = False) -> None:
    """Give a finished file its name and rights, when its content has reached the disk; see `write_whole`."""
    flush(temporary)
    temporary.chmod(0o600 if for_owner and not path.exists() else _rights(path))
    _rename(temporary, path)


def check_new(out: Path, *, overwrite: bool) -> None:
    """Refuse a path of an existing file that may not be replaced."""
    if out.exists() and not overwrite:
        raise OutputError(f"{out}: exists; choose another --out, or add --overwrite")


def check_writable(path: Path) -> None:
    """Refuse a path that can't be written, before the work is done rather than after."""
    path = target_of(path)
    _check_free(path)
    with unfinished_folder(path.parent):
        pass


def target_of(path: Path) -> Path:
    """Return the file that a link leads to, through further links; of what is no link, the path as it is.

    Raises
    ------
    OutputError
        If links lead to each other.
    """
    target = path
    if path.is_symlink():
        with suppress(OSError, RuntimeError):  # some versions of Python raise where links lead to each other
            target = path.resolve()
        if target.is_symlink():
            raise OutputError(f"{path}: is a link that leads back to itself; name a file")
    return target


def _check_free(path: Path) -> None:
    """Refuse a path that is not one of a file that can be made or replaced."""
    require_parent(path)
    if path.is_dir():
        raise OutputError(f"{path}: is a folder; name a file")
    for lock in (path.with_name(f".~lock.{path.name}#"), path.with_name(f"~${path.name}")):
        if lock.exists():
            raise OutputError(
                f"{path.name}: is open in another program ({lock.name} lies beside it); close it there and run "
                "again, or choose another --out. Nothing was written"
            )
    if path.exists():
        try:
            with path.open("rb+"):
                pass
        except OSError as error:
            raise OutputError(
                f"{path.name}: can't be replaced ({error.strerror}); if it is open in Excel, close it there and "
                "run again, or choose another --out. Nothing was written"
            ) from error


def without_folder(message: str, path: PurePath) -> str:
    r"""Leave out of a message where a file lay for a moment.

    Examples
    --------
    >>> from pathlib import PureWindowsPath
    >>> without_folder(r"C:\tmp\x1\harvest.xlsx: is empty", PureWindowsPath(r"C:\tmp\x1\harvest.xlsx"))
    'harvest.xlsx: is empty'
    """
    return message.replace(str(path).removesuffix(path.name), "")


def sha256_of(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Wait until what was written to a file is on the disk."""
    with path.open("rb+") as written:
        os.fsync(written.fileno())


def _rights(path: Path) -> int:
    """Set the file's permissions: those of the one it replaces, else by the user's umask.

    A temporary file is made for its owner alone, which would keep colleagues on a shared drive out.
    """
    if path.exists():
        return path.stat().st_mode & 0o777
    return rights_of_file(path.parent)


def _rename(temporary: Path, path: Path) -> None:
    try:
        temporary.replace(path)
    except OSError as error:
        aside = next(
            name
            for number in range(2, 1000)
            if not (name := path.with_name(f"{path.stem} ({number}){path.suffix}")).exists()
        )
        temporary.replace(aside)
        raise OutputError(
            f"{path.name}: can't be replaced ({error.strerror}); if it is open in Excel, close it there. "
            f"Nothing is lost: what was to be written is in {aside.name}"
        ) from error
