"""Rate limit on sign-in attempts."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import ClassVar

from classifier.coder_names import identity_of

_BITS_OF_A_NETWORK = 64  # of IPv6: what one household or server is given at the least


class SignInRateLimit:
    """Rate limit with exponential waiting times.

    Five failures are free for a name from one address, so that one coder's mistyping holds up nobody else behind the
    same address, and fifty from an address for any names. Beyond them, each further try has to wait: 32 seconds, and
    twice as long each time, at most 15 minutes. An hour without a failure clears the record.

    Failures for a name from other addresses hold nobody up: else anybody could lock a coder out by typing wrong
    passwords for them. An IPv6 network counts as one address, since its owner can use any address in it.

    Examples
    --------
    >>> sign_in_limit = SignInRateLimit(clock=lambda: 0.0)
    >>> [sign_in_limit.count_try("Ana", address="192.0.2.1") for _ in range(6)]
    [0.0, 0.0, 0.0, 0.0, 0.0, 32.0]
    """

    _FREE: ClassVar[Mapping[str, int]] = {"both": 5, "address": 50}
    _FIRST_S = 32.0
    _LONGEST_S = 15 * 60.0
    _FORGOTTEN_AFTER_S = 60 * 60.0
    _AT_MOST = 10_000
    _LONGEST_KEY = 200  # a guesser fills the record with names; they should at least be short

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()  # longest ago first

    def count_try(self, name: str, *, address: str) -> float:
        """Return 0.0 where a password may be tried now, else the seconds to wait, which count as no try.

        The try is counted as a failure until `succeeded` says otherwise: of many made at the same time, all would
        else get through before the first has failed.
        """
        now = self._clock()
        keys = self._keys(name, address)
        with self._lock:
            wait_s = max(self._left(key, now) for key in keys)
            if wait_s <= 0.0:
                for key in keys:
                    self._record(key, self._count(key, now) + 1, now)
            return max(wait_s, 0.0)

    def succeeded(self, name: str, *, address: str) -> None:
        """Take back the try that turned out right, and forget the name's failures from that address.

        Those of the address stay: its user may be guessing others' passwords between signing in properly.
        """
        now = self._clock()
        by_both, by_address = self._keys(name, address)
        with self._lock:
            self._failures.pop(by_both, None)
            if count := self._count(by_address, now):
                self._failures[by_address] = (count - 1, self._failures[by_address][1])

    def _keys(self, name: str, address: str) -> tuple[tuple[str, str], tuple[str, str]]:
        who, where = identity_of(name)[: self._LONGEST_KEY], _network_of(address)[: self._LONGEST_KEY]
        return ("both", f"{who}\0{where}"), ("address", where)

    def _count(self, key: tuple[str, str], now: float) -> int:
        count, at = self._failures.get(key, (0, now))
        return count if now - at < self._FORGOTTEN_AFTER_S else 0

    def _left(self, key: tuple[str, str], now: float) -> float:
        beyond = self._count(key, now) - self._FREE[key[0]]
        if beyond < 0:
            return 0.0
        return min(self._FIRST_S * 2.0 ** min(beyond, 5), self._LONGEST_S) - (now - self._failures[key][1])

    def _record(self, key: tuple[str, str], count: int, now: float) -> None:
        self._failures[key] = (count, now)
        self._failures.move_to_end(key)
        while len(self._failures) > self._AT_MOST:
            self._failures.popitem(last=False)


def _network_of(address: str) -> str:
    """Return an address of IPv4, and of one of IPv6 its network."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _BITS_OF_A_NETWORK), strict=False))
