"""Status line on the terminal of a step that takes long."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from classifier.control_characters import escape_control_characters

_DELAY_S = 1.0


class _Teller:
    """Tells each step that goes on for longer than the delay, on stderr."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()  # so that a step that has ended is not told while other output follows

    def begin(self, step: str) -> None:
        self.end()
        timer = threading.Timer(_DELAY_S, lambda: self._tell(step, timer))
        timer.daemon = True
        self._timer = timer
        timer.start()

    def end(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _tell(self, step: str, timer: threading.Timer) -> None:
        with self._lock:
            if self._timer is timer:
                sys.stderr.write(f"{escape_control_characters(step)} …\n")
                sys.stderr.flush()


_teller: ContextVar[_Teller | None] = ContextVar("teller", default=None)


@contextmanager
def tell_steps() -> Iterator[None]:
    """Show the steps that take long, where stderr is a terminal."""
    teller = _Teller() if sys.stderr.isatty() else None
    token = _teller.set(teller)
    try:
        yield
    finally:
        tell_no_steps()
        _teller.reset(token)


def begin_step(step: str) -> None:
    """Set the current step; it must hold no text of an outcome."""
    teller = _teller.get()
    if teller is not None:
        teller.begin(step)


def tell_no_steps() -> None:
    """Show no steps from now on: other output follows, or quiet was asked for."""
    teller = _teller.get()
    if teller is not None:
        teller.end()
        _teller.set(None)
