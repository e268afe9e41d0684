"""Folders written whole: filled under a temporary name, then put in the place of the one before."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from classifier.errors import OutputError


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to fill, which takes the name `folder` when all went well; else nothing is left of it.

    A folder of that name is replaced. If the program is killed in between, `restore_folder` brings it back.
    """
    fresh = _temporary(folder)
    try:
        yield fresh
        _replace(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def check_parent(folder: Path) -> None:
    """Refuse a folder that can't be made, before the work is done.

    Raises
    ------
    OutputError
        If nothing can be written beside it.
    """
    if not folder.parent.is_dir():
        raise OutputError(f"{folder.parent}: no such folder; create it, or choose another --out")
    _temporary(folder).rmdir()


def restore_folder(folder: Path) -> None:
    """Bring back a folder that was about to be replaced when the program was killed."""
    before = _before(folder)
    if before.is_dir() and not folder.exists():
        before.rename(folder)


def _replace(fresh: Path, folder: Path) -> None:
    restore_folder(folder)
    before = _before(folder)
    shutil.rmtree(before, ignore_errors=True)
    try:
        if folder.exists():
            folder.rename(before)
        fresh.rename(folder)
    except OSError as error:
        restore_folder(folder)
        raise OutputError(
            f"{folder}: can't be replaced ({error.strerror}); if a file of it is open, close it and run again. Nothing "
            "was written"
        ) from error
    shutil.rmtree(before, ignore_errors=True)


def _temporary(folder: Path) -> Path:
    try:
        return Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    except OSError as error:
        raise OutputError(f"{folder.parent}: can't write there ({error.strerror}); choose another --out") from error


def _before(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}-before")
