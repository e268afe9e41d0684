"""Sessions of signed-in coders, and the one-time sign-in token."""

from __future__ import annotations

import datetime
import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from classifier.clock import seconds_passed

_BEGUN, _BEGUN_S = datetime.datetime.now(datetime.UTC), seconds_passed()


def _now() -> datetime.datetime:
    """Return the time of day as if nobody had set the clock since the program was started."""
    return _BEGUN + datetime.timedelta(seconds=seconds_passed() - _BEGUN_S)


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Session:
    """One browser in which a coder is signed in."""

    id: str = field(repr=False)  # the cookie's value, which signs the coder in
    coder: str
    csrf: str = field(repr=False)  # what each form of ours holds in its field ``csrf``, and no other site can know
    opened: datetime.datetime
    # By what the coder came in: what the users file held beside their name then. Empty on one's own machine.
    credential: str = field(default="", repr=False)


class Sessions:
    """Who is signed in, in memory: when the program ends, all are signed out.

    Examples
    --------
    >>> sessions = Sessions()
    >>> session = sessions.open("Ana")
    >>> sessions.find(session.id).coder
    'Ana'
    >>> sessions.close(session.id)
    >>> sessions.find(session.id) is None
    True
    """

    ends_after = datetime.timedelta(hours=12)  # without being used
    lasts = datetime.timedelta(hours=24)  # at most
    at_most = 1000  # beyond so many, the one unused for longest ends

    def __init__(self, *, clock: Callable[[], datetime.datetime] = _now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._used: OrderedDict[str, tuple[Session, datetime.datetime]] = OrderedDict()  # longest unused first

    def open(self, coder: str, *, credential: str = "") -> Session:
        """Sign a coder in."""
        now = self._clock()
        session = Session(
            id=secrets.token_urlsafe(32),
            coder=coder,
            csrf=secrets.token_urlsafe(32),
            opened=now,
            credential=credential,
        )
        with self._lock:
            while self._used and now - next(iter(self._used.values()))[1] >= self.ends_after:
                self._used.popitem(last=False)
            self._used[session.id] = (session, now)
            while len(self._used) > self.at_most:
                self._used.popitem(last=False)
        return session

    def find(self, id: str) -> Session | None:
        """Return the session of a cookie, which counts as using it; None where it has ended or never was."""
        now = self._clock()
        with self._lock:
            session, used = self._used.pop(id, (None, now))
            if session is None or now - used >= self.ends_after or now - session.opened >= self.lasts:
                return None
            self._used[id] = (session, now)
            return session

    def close(self, id: str) -> None:
        """Sign out."""
        with self._lock:
            self._used.pop(id, None)


class OneTimeToken:
    """One-time sign-in token, part of the link shown in the terminal.

    Anybody with an account on the same computer can reach its loopback address; the token keeps them out.

    Examples
    --------
    >>> tokens = OneTimeToken()
    >>> token = tokens.issue()
    >>> tokens.redeem(token), tokens.redeem(token)
    (True, False)
    """

    valid_for = datetime.timedelta(minutes=60)

    def __init__(self, *, clock: Callable[[], datetime.datetime] = _now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._issued = clock()
        self._when_used: Callable[[], None] = _nothing

    def issue(self, *, when_used: Callable[[], None] = _nothing) -> str:
        """Make a token, which voids an earlier one; something may be done as soon as it was used."""
        with self._lock:
            self._token, self._issued, self._when_used = secrets.token_urlsafe(32), self._clock(), when_used
            return self._token

    def redeem(self, token: str) -> bool:
        """Say whether this is the token, and void it if so."""
        with self._lock:
            if not self._is_it(token) or self._is_old():
                return False
            self._token, used = None, self._when_used
        used()
        return True

    def is_late(self, token: str) -> bool:
        """Say whether this is the token, and too old."""
        with self._lock:
            return self._is_it(token) and self._is_old()

    def _is_it(self, token: str) -> bool:
        return self._token is not None and is_same(token, self._token)

    def _is_old(self) -> bool:
        return self._clock() - self._issued >= self.valid_for


def is_same(given: str, expected: str) -> bool:
    """Compare in a time that doesn't tell how much of it is right."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())
