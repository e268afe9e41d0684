"""File locks between processes; the system releases them when a process ends, however it ends."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from classifier.access_rights import rights_of_file
from classifier.errors import OutputError

_WAIT_S = 60.0
_held = threading.local()
_UNSUPPORTED = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}  # on some network drives


@contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Lock a file against other commands and threads, from reading to writing what it stands for.

    Who holds it may lock it again.

    Raises
    ------
    OutputError
        If another one has it locked for a minute, or nothing can be written there.
    """
    held: set[Path] = vars(_held).setdefault("paths", set())
    key = path.absolute()
    if key in held:
        yield
        return
    lock = FileLock(path, timeout=_WAIT_S, mode=rights_of_file(path.parent))
    try:
        lock.acquire()
    except Timeout as error:
        raise OutputError(
            f"{path.parent}: another command is writing there; wait until it has finished, then run this again"
        ) from error
    except OSError as error:
        raise OutputError(
            f"{path.parent}: can't be written to ({error.strerror}); check that you may write there"
        ) from error
    held.add(key)
    try:
        yield
    finally:
        held.remove(key)
        lock.release()


def try_lock(path: Path) -> FileLock | None:
    """Lock a file unless another process or thread has it locked; not locked where the drive has no locks.

    Raises
    ------
    OSError
        If the file can't be made.
    """
    lock = FileLock(path, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        return None
    except NotImplementedError:
        pass
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
    return lock
