"""Limits on requests to the service, and its rate limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MOST_BODY_MIB = 2
"""A request; a hundred outcomes of the sample harvests have a tenth of that."""
MOST_OUTCOMES = 100
"""Outcomes in a request."""
MOST_CHARACTERS = 32_767
"""Characters in a cell, as in a workbook."""
MOST_COLUMNS_OF_REQUEST = 200
"""Columns that the outcomes of a request have together."""
MOST_SECONDS_OF_BODY = 30
"""Seconds for a request to arrive."""
MOST_SECONDS_OF_ANSWER = 300
"""Seconds for an answer, those that a request waits for others included."""
MOST_REQUESTS_AT_ONCE = 4
"""Requests that are answered, or wait to be, at the same time; the next is refused."""
MOST_REQUESTS_PER_MINUTE = 240
"""Requests with the right token; as many may come at once, if none came before."""
MOST_REFUSALS_PER_MINUTE = 60
"""Requests without the right token that are told so; they take nothing from those with it."""


class RequestRateLimit:
    """Rate limit by a token bucket, which is full at first.

    Examples
    --------
    >>> limit = RequestRateLimit(per_minute=2, clock=lambda: 0.0)
    >>> [limit.wait_s() for _ in range(3)]
    [0.0, 0.0, 30.0]
    """

    def __init__(self, *, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._lock = threading.Lock()
        self._left = self._capacity
        self._at = clock()

    def wait_s(self) -> float:
        """Count a request and return 0.0, or the seconds to wait, which count as none."""
        with self._lock:
            now = self._clock()
            self._left = min(self._capacity, self._left + (now - self._at) * self._per_second)
            self._at = now
            if self._left < 1.0:
                return (1.0 - self._left) / self._per_second
            self._left -= 1.0
            return 0.0
