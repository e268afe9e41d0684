"""Network addresses: whether a text is one, and whether it is of this machine alone."""

from __future__ import annotations

import ipaddress


def is_address(text: str) -> bool:
    """Whether a text is the IP address of a machine."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, as only its own programs reach it.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("10.0.0.5"), is_loopback("example.org")
    (True, True, False, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
