"""Files that are written part by part, and continued by a later run after a kill.

What is written, and how far it is, are kept in a hidden folder beside the file, for its owner alone, until the file is
whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from filelock import FileLock

from classifier.errors import OutputError
from classifier.files import check_writable, flush, put_in_place, target_of
from classifier.folders import tell_full_disk
from classifier.locks import try_lock

State = dict[str, Any]
"""What is kept to continue with, as JSON holds it; it must hold no text of an outcome."""

_PART, _FINISHED, _CHECKPOINT, _LOCK = "part", "finished", "checkpoint.json", "unfinished.lock"
_EVERY_S = 5.0  # it is kept how far the file is


@dataclass(slots=True, kw_only=True)
class UnfinishedFile:
    """A file that is being written.

    Attributes
    ----------
    state : dict or None
        What the run that is continued has kept last; None at the start of a file.
    discarded : tuple of str
        Which of the digests were others in an unfinished run that is not continued.
    """

    state: State | None
    discarded: tuple[str, ...]
    digests: Mapping[str, str]
    folder: Path
    part: IO[bytes]
    hashed: Any = field(default_factory=hashlib.sha256)
    n_bytes: int = 0
    saved: float = field(default_factory=time.monotonic)

    def write(self, content: bytes) -> None:
        """Write what comes next."""
        self.part.write(content)
        self.hashed.update(content)
        self.n_bytes += len(content)

    def keep(self, state: State) -> None:
        """Keep what a later run would continue with, if the last time is some seconds ago."""
        if time.monotonic() - self.saved < _EVERY_S:
            return
        self.part.flush()
        os.fsync(self.part.fileno())
        kept = {"digests": dict(self.digests), "bytes": self.n_bytes, "sha256": self.hashed.hexdigest(), "state": state}
        fresh = self.folder / f"{_CHECKPOINT}.new"
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(kept), encoding="utf-8")
        flush(fresh)
        fresh.replace(self.folder / _CHECKPOINT)
        self.saved = time.monotonic()


@contextmanager
def resume_file(
    path: Path, digests: Mapping[str, str], *, finish: Callable[[Path, Path], None] | None = None
) -> Iterator[UnfinishedFile]:
    """Open a file to be written part by part, which takes the name `path` when all went well.

    A run that was stopped or killed leaves what it has written; the next one with the same digests continues there.

    Parameters
    ----------
    digests : mapping of str to str
        What the content depends on, by the words that a user would use for it.
    finish : callable, optional
        Given what was written and another path, writes there what the file is to hold.

    Raises
    ------
    OutputError
        If another run is writing the file, or it can't be written.
    """
    path = target_of(path)
    check_writable(path)
    folder = path.with_name(f".{path.name}.unfinished")
    lock = _lock(folder, path)
    try:
        with tell_full_disk(path):
            state, discarded = _kept(folder, digests)
            with (folder / _PART).open("r+b") as part:
                unfinished = UnfinishedFile(
                    state=None if state is None else state["state"],
                    discarded=discarded,
                    digests=digests,
                    folder=folder,
                    part=part,
                )
                while state is not None and unfinished.n_bytes < state["bytes"]:
                    some = part.read(min(state["bytes"] - unfinished.n_bytes, 2**20))
                    unfinished.hashed.update(some)
                    unfinished.n_bytes += len(some)
                part.truncate(unfinished.n_bytes)
                part.seek(unfinished.n_bytes)
                yield unfinished
            if finish is not None:
                finish(folder / _PART, folder / _FINISHED)
            put_in_place(folder / (_PART if finish is None else _FINISHED), path)
    except BaseException:
        if (folder / _CHECKPOINT).exists():
            lock.release()
        else:
            _remove(folder, lock)
        raise
    _remove(folder, lock)


def _lock(folder: Path, path: Path) -> FileLock:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if folder.is_symlink() or (os.name == "posix" and status.st_uid != os.getuid()):
            raise OutputError(f"{folder}: is not a folder of yours; delete it, or choose another --out")
        folder.chmod(0o700)
        lock = try_lock(folder / _LOCK)
    except OSError as error:
        raise OutputError(f"{folder}: can't be written ({error.strerror}); choose another --out") from error
    if lock is None:
        raise OutputError(f"{path}: another run is writing it; wait until it has finished, or choose another --out")
    return lock


def _kept(folder: Path, digests: Mapping[str, str]) -> tuple[State | None, tuple[str, ...]]:
    """Return what an earlier run has kept, if it can be continued; else make the part of this run, which is empty."""
    discarded: tuple[str, ...] = ()
    with suppress(OSError, ValueError, TypeError, KeyError):
        kept = json.loads((folder / _CHECKPOINT).read_text(encoding="utf-8"))
        discarded = tuple(name for name, digest in digests.items() if kept["digests"].get(name) != digest)
        if not discarded and _sha256_of_start(folder / _PART, int(kept["bytes"])) == kept["sha256"]:
            if not isinstance(kept["state"], dict):
                raise TypeError
            return kept, ()
    (folder / _CHECKPOINT).unlink(missing_ok=True)
    (folder / _PART).unlink(missing_ok=True)
    (folder / _PART).touch(mode=0o600)
    return None, discarded


def _sha256_of_start(path: Path, n_bytes: int) -> str:
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while n_bytes > 0 and (some := file.read(min(n_bytes, 2**20))):
            hashed.update(some)
            n_bytes -= len(some)
    return hashed.hexdigest() if not n_bytes else ""


def _remove(folder: Path, lock: FileLock) -> None:
    for name in (_CHECKPOINT, f"{_CHECKPOINT}.new", _PART, _FINISHED):
        (folder / name).unlink(missing_ok=True)
    lock.release()  # on Windows, what is locked can't be removed
    shutil.rmtree(folder, ignore_errors=True)
