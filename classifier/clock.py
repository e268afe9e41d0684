"""Clock for durations: nobody sets it, and it goes on while the computer sleeps."""

from __future__ import annotations

import time


def seconds_passed() -> float:
    """Return the seconds since some moment in the past.

    Examples
    --------
    >>> before = seconds_passed()
    >>> seconds_passed() >= before
    True
    """
    # Of Linux; of macOS, whose time.monotonic stops in sleep. That of Windows doesn't.
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):
        if hasattr(time, name):
            return time.clock_gettime(getattr(time, name))
    return time.monotonic()
