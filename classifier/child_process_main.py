"""Main loop of the child process: one request after another, until the parent process closes the pipe."""

from __future__ import annotations

import json
import os
import queue
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from classifier.languages import use_language
from classifier.limits import MIB

HEADER = struct.Struct(">?Q")
"""Before each answer: whether the child process can take another request, and the number of bytes that follow."""
READY = b"\x06"
_MOST_KEPT_MIB = 256  # of memory; what has grown larger is not used again


def serve(n_seconds: int, n_mebibytes: int) -> None:
    """Answer requests: the name of a function, what it is given, and the language in which it says what is wrong."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # so that nothing that a library prints gets between the answers
        os.dup2(nowhere, stream)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends both
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(requests, waiting), daemon=True).start()
    _limit_process(n_mebibytes)
    answers.write(READY)
    answers.flush()
    while True:
        request = waiting.get()
        _limit_time(n_seconds)
        answer = _answer_to(request)
        is_reusable = _mebibytes() < _MOST_KEPT_MIB
        answers.write(HEADER.pack(is_reusable, len(answer)))
        answers.write(answer)
        answers.flush()


def _receive(requests: BinaryIO, waiting: queue.SimpleQueue[bytes]) -> None:
    """Pass requests on, and end the process with its parent, be it in the middle of a file."""
    for line in requests:
        waiting.put(line)
    os._exit(0)


def _answer_to(request: bytes) -> bytes:
    try:
        function, argument, language = json.loads(request)
        module, _, name = function.partition(":")
        answer: Callable[[object], object] = getattr(import_module(module), name)
        with use_language(language):
            content = answer(argument)
        return json.dumps({"answer": content}, check_circular=False, separators=(",", ":")).encode("ascii")
    except MemoryError:
        return b'{"stopped":"memory"}'
    except BaseException as error:  # a panic of a library in Rust is no Exception
        return json.dumps({"stopped": "failed", "error": type(error).__name__}).encode("ascii")


if sys.platform == "win32":

    def _limit_process(n_mebibytes: int) -> None:
        pass

    def _limit_time(n_seconds: int) -> None:
        pass

else:
    import resource

    def _limit_process(n_mebibytes: int) -> None:
        _lower(resource.RLIMIT_AS, n_mebibytes * MIB)
        _lower(resource.RLIMIT_FSIZE, 0)
        # Nothing of a file may stay on the disk: with 1, no core is dumped to a file or handed to a program.
        _lower(resource.RLIMIT_CORE, 1)

    def _limit_time(n_seconds: int) -> None:
        """Let the system end the process after so many more seconds of computing, even within a library."""
        _lower(resource.RLIMIT_CPU, int(time.process_time()) + n_seconds + 1)

    def _lower(limit: int, most: int) -> None:
        _, hard = resource.getrlimit(limit)
        with suppress(ValueError, OSError):  # macOS knows no limit of memory
            resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _mebibytes() -> float:
    """Return how much memory the process has; 0 where that isn't known."""
    # The peak that Linux reports begins with that of the parent process, so this is what it has now.
    with suppress(OSError), Path("/proc/self/statm").open("rb") as status:
        return int(status.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB
    return 0.0
