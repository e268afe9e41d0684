"""Child process with limits on time and memory, for files from elsewhere.

A library that aborts, a file that asks for all memory, or one that takes hours, ends the child process and not the
program. What comes back is JSON and is checked by the caller: a child process that has read a hostile file is trusted
no more than the file.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum

from classifier.child_process_main import HEADER, READY
from classifier.languages import Message, current_language, lazy_gettext, marked
from classifier.limits import MIB, MOST_ANSWER_MIB, MOST_MEMORY_MIB, MOST_SECONDS

_SECONDS_TO_START = 60  # on a busy machine with a cold disk
# On a computer of many processors, the memory that a library of linear algebra sets aside for each is beyond the limit.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_MAIN = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from classifier.child_process_main import serve; serve(*map(int, sys.argv[2:]))"
)


class StopReason(StrEnum):
    """Why a file wasn't read; the value says it to a user."""

    TIME = f"reading it takes longer than {MOST_SECONDS} seconds"
    MEMORY = f"reading it takes more than {MOST_MEMORY_MIB} MiB of memory"
    SIZE = f"it holds more than {MOST_ANSWER_MIB} MiB of text"
    ENDED = "it is damaged or was made to do harm: reading it ended the process that reads files"
    FAILED = "it is damaged: what it holds can't be read"
    NOT_STARTED = "the process that reads files can't be started; try again, or restart this computer"

    def as_message(self) -> Message:
        """Return it as a text that is translated where it is shown."""
        texts = {
            StopReason.TIME: marked("reading it takes longer than {seconds} seconds"),
            StopReason.MEMORY: marked("reading it takes more than {memory} MiB of memory"),
            StopReason.SIZE: marked("it holds more than {size} MiB of text"),
            StopReason.ENDED: marked(
                "it is damaged or was made to do harm: reading it ended the process that reads files"
            ),
            StopReason.FAILED: marked("it is damaged: what it holds can't be read"),
            StopReason.NOT_STARTED: marked(
                "the process that reads files can't be started; try again, or restart this computer"
            ),
        }
        return lazy_gettext(texts[self], seconds=MOST_SECONDS, memory=MOST_MEMORY_MIB, size=MOST_ANSWER_MIB)


class StoppedError(Exception):
    """A child process didn't finish; to be told as a fault of the file."""

    def __init__(self, reason: StopReason) -> None:
        super().__init__(str(reason))
        self.reason = reason


def run_in_child(function: str, argument: object, *, n_seconds: float = MOST_SECONDS) -> object:
    """Run a function in a child process and return its answer.

    A child process is kept for the next call, since it takes longer to start one than to read most files. It is not
    used again after a failure, when it has grown large, or when the call was interrupted. A failure in one that was
    used before is tried again in a new one.

    Parameters
    ----------
    function : str
        Module and name. It is given `argument`; both that and what it returns are values of JSON.

    Raises
    ------
    StoppedError
        If it takes too much time or memory, or ends the process.

    Examples
    --------
    >>> run_in_child("operator:length_hint", ["Ana", "Ben"])
    2
    """
    child = _take()
    was_used = child.is_used
    try:
        return _asked(child, function, argument, n_seconds)
    except StoppedError as error:
        # What was read before may have left too little memory, or a library that was loaded by half.
        if not was_used or error.reason not in (StopReason.FAILED, StopReason.MEMORY):
            raise
    return _asked(_Child(), function, argument, n_seconds)


def _asked(child: _Child, function: str, argument: object, n_seconds: float) -> object:
    is_reusable = False
    try:
        fits, answer = child.ask(
            json.dumps([function, argument, current_language()]).encode("ascii") + b"\n", n_seconds
        )
        content = json.loads(answer)
        if "answer" in content:
            is_reusable = fits
            return content["answer"]
        raise StoppedError(StopReason.MEMORY if content.get("stopped") == "memory" else StopReason.FAILED)
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        is_reusable = False
        raise StoppedError(StopReason.FAILED) from error
    finally:
        _give_back(child, is_reusable=is_reusable)


class _Child:
    """A child process and its pipes."""

    def __init__(self) -> None:
        self.parent = os.getpid()
        self.is_used = False  # whether it was asked something before
        arguments = [json.dumps(sys.path), str(MOST_SECONDS), str(MOST_MEMORY_MIB)]
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-X", f"utf8={sys.flags.utf8_mode}", "-c", _MAIN, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **_ONE_THREAD},
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # of Windows
            )
        except (OSError, ValueError) as error:
            raise StoppedError(StopReason.NOT_STARTED) from error
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self.requests, self.answers = process, process.stdin, process.stdout
        try:
            with self._ended_after(_SECONDS_TO_START):
                is_ready = self.answers.read(len(READY)) == READY
            if not is_ready:
                raise StoppedError(StopReason.NOT_STARTED)
        except BaseException:
            self.end()
            raise

    def ask(self, request: bytes, n_seconds: float) -> tuple[bool, bytes]:
        """Return the answer, and whether the child process can take another request."""
        self.is_used = True
        with self._ended_after(n_seconds) as is_late, suppress(OSError):
            self.requests.write(request)
            self.requests.flush()
            header = self.answers.read(HEADER.size)
            is_reusable, n_bytes = HEADER.unpack(header) if len(header) == HEADER.size else (False, 0)
            if n_bytes > MOST_ANSWER_MIB * MIB:
                raise StoppedError(StopReason.SIZE)
            answer = self.answers.read(n_bytes)
            if answer and len(answer) == n_bytes:
                return is_reusable, answer
        raise StoppedError(StopReason.TIME if is_late.is_set() else self._reason())

    def end(self) -> None:
        """End the child process, whatever it is doing."""
        if self.parent != os.getpid():
            return  # it belongs to the process that this one was forked from
        self.process.kill()
        self.process.wait()
        with suppress(OSError):
            self.requests.close()
        self.answers.close()

    @contextmanager
    def _ended_after(self, n_seconds: float) -> Iterator[threading.Event]:
        """End the child process after some time; what waits for it then reads nothing more."""
        is_late = threading.Event()

        def end() -> None:
            is_late.set()
            self.process.kill()

        timer = threading.Timer(n_seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield is_late
        finally:
            timer.cancel()

    def _reason(self) -> StopReason:
        """Tell why the child process has ended, by its exit status."""
        status = -self.process.wait()
        if sys.platform != "win32" and status == signal.SIGXCPU:
            return StopReason.TIME
        if sys.platform != "win32" and status == signal.SIGKILL:  # where the whole machine has no memory left
            return StopReason.MEMORY
        return StopReason.ENDED


_idle: list[_Child] = []
_lock = threading.Lock()


def _take() -> _Child:
    with _lock:
        while _idle:
            child = _idle.pop()
            if child.parent == os.getpid() and child.process.poll() is None:
                return child
            child.end()
    return _Child()


def _give_back(child: _Child, *, is_reusable: bool) -> None:
    with _lock:
        if is_reusable and not _idle:
            _idle.append(child)
            return
    child.end()


@atexit.register
def _end_idle() -> None:
    with _lock:
        while _idle:
            _idle.pop().end()
