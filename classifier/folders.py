"""Folders written whole, and folders for unfinished work, which the next run removes after a kill.

Unfinished files hold texts of outcomes. They are in folders that only their owner may enter. In each of these lies a
file that the process has locked for as long as it lives: what nobody has locked is abandoned.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from classifier.access_rights import is_shared
from classifier.errors import DiskFullError, OutputError
from classifier.locks import try_lock

_HIDDEN, _SHOWN = ".outcome-coder-tmp-", "outcome-coder-tmp-"
_LOCK, _NEW, _BEFORE = "unfinished.lock", "new", "before"
_WAIT_S = 2.0  # for another process that is about to replace a folder
_TAKEN = {errno.EEXIST, errno.ENOTEMPTY}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class _TakenError(OutputError):
    """A folder of that name has come in between."""


@contextmanager
def new_folder(folder: Path, *, replace: bool = True) -> Iterator[Path]:
    """Give a folder to fill, which takes the name `folder` when all went well; else nothing is left of it.

    A folder of that name is replaced, if it may be. If the program is killed in between, `restore_folder` brings it
    back.
    """
    with unfinished_folder(folder.parent) as unfinished, tell_full_disk(folder):
        fresh = unfinished / _NEW / folder.name
        fresh.mkdir(parents=True)
        yield fresh
        if replace:
            _replace(fresh, folder, unfinished / _BEFORE)
        else:
            _rename(fresh, folder)


def check_parent(folder: Path) -> None:
    """Refuse a folder that can't be made, before the work is done.

    Raises
    ------
    OutputError
        If nothing can be written beside it.
    """
    require_parent(folder)
    with unfinished_folder(folder.parent):
        pass


def require_parent(path: Path) -> None:
    """Refuse the path of a file or folder that is to be written into a folder that isn't there."""
    if not path.parent.is_dir():
        raise OutputError(f"{path.parent}: no such folder; create it, or choose another --out")


def restore_folder(folder: Path) -> None:
    """Bring back a folder that was about to be replaced when the program was killed."""
    deadline = time.monotonic() + _WAIT_S
    while not folder.exists():
        remove_abandoned(folder.parent)
        is_being_replaced = any(folder.parent.glob(f"{_HIDDEN}*/{_BEFORE}/*/{folder.name}"))
        if not is_being_replaced or time.monotonic() > deadline:
            return
        time.sleep(0.01)


@contextmanager
def unfinished_folder(within: Path, *, is_hidden: bool = True) -> Iterator[Path]:
    """Give a folder for unfinished work, which is removed at the end; what killed runs left there is removed first.

    Raises
    ------
    OutputError
        If it can't be made.
    """
    remove_abandoned(within)
    try:
        folder, lock = _locked_folder(within, _HIDDEN if is_hidden else _SHOWN)
    except OSError as error:
        raise OutputError(f"{within}: can't write there ({error.strerror}); choose another --out") from error
    try:
        yield folder
    finally:
        _remove(folder, lock)


@contextmanager
def own_temporary_folder() -> Iterator[None]:
    """Let temporary files of this process, those of libraries too, be made in a folder of its own.

    openpyxl writes each sheet into such a file first; it deletes them at its end, but not when it is killed.
    """
    before = tempfile.tempdir
    with ExitStack() as stack:
        with suppress(OutputError, OSError):  # where nothing can be written, who needs to says so
            folder = stack.enter_context(unfinished_folder(Path(tempfile.gettempdir()), is_hidden=False))
            tempfile.tempdir = str(folder)
        try:
            yield
        finally:
            tempfile.tempdir = before


def remove_abandoned(within: Path) -> None:
    """Remove the unfinished work of killed runs from a folder; what they were about to replace is brought back."""
    for prefix in (_HIDDEN, _SHOWN):
        for folder in within.glob(f"{prefix}*"):
            with suppress(OSError):  # of another user, or removed by another process meanwhile
                if folder.is_dir() and not folder.is_symlink() and _is_ours(folder):
                    _remove_if_abandoned(folder)


def _remove_if_abandoned(folder: Path) -> None:
    if not (folder / _LOCK).is_file():
        folder.rmdir()  # killed before anything was in it; what is in a folder without a lock is none of ours
        return
    lock = try_lock(folder / _LOCK)
    if lock is not None and lock.is_locked:
        _bring_back(folder)
        _remove(folder, lock)


@contextmanager
def tell_full_disk(path: Path) -> Iterator[None]:
    """Report that a disk is full by the file that could not be written; the system's error doesn't name it."""
    try:
        yield
    except DiskFullError as error:  # of a file in a folder that is written whole
        raise _disk_full(path, error.__cause__ or error) from error.__cause__
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise _disk_full(path, error) from error


def _disk_full(path: Path, error: BaseException) -> DiskFullError:
    why = getattr(error, "strerror", None) or os.strerror(errno.ENOSPC)
    temporary = Path(tempfile.gettempdir())
    if temporary.name.startswith(_SHOWN):
        temporary = temporary.parent
    return DiskFullError(
        f"{path}: can't be written ({why}); free some space there, or in {temporary}, where temporary files are, then "
        "run it again. Nothing was written"
    )


def _locked_folder(within: Path, prefix: str) -> tuple[Path, FileLock]:
    while True:
        folder = Path(tempfile.mkdtemp(dir=within, prefix=prefix))
        if is_shared(within):  # others of the group may have to bring back what is replaced
            folder.chmod(0o2770)
        # Another process took it for abandoned before it was locked, or just while that was looked for.
        with suppress(FileNotFoundError, FileExistsError):
            lock = try_lock(folder / _LOCK)
            if lock is not None and (folder / _LOCK).exists():
                return folder, lock


def _remove(folder: Path, lock: FileLock) -> None:
    for path in folder.iterdir():
        if path.name != _LOCK:
            # What another program has open, such as one that looks for viruses, Windows doesn't let go.
            with suppress(OSError):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    lock.release()  # on Windows, what is locked can't be removed
    shutil.rmtree(folder, ignore_errors=True)


def _bring_back(folder: Path) -> None:
    for before in sorted(folder.glob(f"{_BEFORE}/*/*"), reverse=True):
        place = folder.parent / before.name
        if not place.exists():
            before.rename(place)


def _is_ours(folder: Path) -> bool:
    return os.name != "posix" or folder.stat().st_uid == os.getuid() or is_shared(folder.parent)


def _replace(fresh: Path, folder: Path, before: Path) -> None:
    for number in range(100):
        if folder.exists():
            before_this = before / f"{number:02}" / folder.name
            before_this.parent.mkdir(parents=True)
            with suppress(FileNotFoundError):  # another process has just moved it
                _rename(folder, before_this, of=folder)
        try:
            fresh.rename(folder)
        except OSError as error:
            if error.errno in _TAKEN:  # another process has just made it
                continue
            _bring_back(before.parent)
            raise _cannot_replace(folder, error) from error
        return
    raise OutputError(f"{folder}: other commands are replacing it; run again. Nothing was written")


def _rename(path: Path, to: Path, *, of: Path | None = None) -> None:
    try:
        path.rename(to)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in _TAKEN:
            raise _TakenError(f"{to}: exists by now; choose another name. Nothing was written") from error
        raise _cannot_replace(of or to, error) from error


def rename_to_free(path: Path, places: Iterable[Path]) -> Path:
    """Rename a folder to the first of some places where nothing is, and return it.

    Raises
    ------
    OutputError
        If it can't be renamed there.
    """
    for place in places:
        if not place.exists():
            with suppress(_TakenError):
                _rename(path, place)
                return place
    raise OutputError(f"{path.name}: all names for it are taken; delete some first")


def _cannot_replace(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{folder}: can't be replaced ({error.strerror}); if a file of it is open, close it and run again. Nothing "
        "was written"
    )
