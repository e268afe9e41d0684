"""Random assignment of outcomes to coders, and of outcomes to blind and double coding."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable

from classifier.project.project import Shares


def chance(seed: int, *names: str) -> float:
    """Draw a number in [0, 1) that is always the same for the same seed and names.

    Examples
    --------
    >>> chance(0, "blind", "SCC-LPC/035") == chance(0, "blind", "SCC-LPC/035")
    True
    """
    digest = hashlib.sha256("\0".join((str(seed), *names)).encode()).digest()
    return (int.from_bytes(digest[:8]) >> 11) / 2**53  # all 64 bits would be rounded, up to 1.0


def is_blind(fragment_id: str, shares: Shares) -> bool:
    """Whether an outcome is coded with no suggestion in view; it stays so when the share grows."""
    return chance(shares.seed, "blind", fragment_id) < shares.blind


def is_double(fragment_id: str, shares: Shares) -> bool:
    """Whether an outcome is coded by two coders; it stays so when the share grows."""
    return chance(shares.seed, "double", fragment_id) < shares.double


def coders_of(fragment_id: str, shares: Shares, *, coders: Iterable[str], decided: Collection[str]) -> frozenset[str]:
    """Say who is to code an outcome: whoever has begun it, and as many more as it takes.

    Each outcome has an order of coders of its own, so that those who join take over a fair share of what is
    left, and what the others have is theirs still [1]_.

    References
    ----------
    .. [1] Thaler and Ravishankar (1998), rendezvous hashing, doi:10.1109/90.663936.

    Examples
    --------
    >>> coders_of("SCC-LPC/035", Shares(), coders=["Ana", "Ben"], decided=["Ben"])
    frozenset({'Ben'})
    """
    n_more = 1 + is_double(fragment_id, shares) - len(decided)
    others = sorted(
        (name for name in coders if name not in decided), key=lambda name: chance(shares.seed, fragment_id, name)
    )
    return frozenset([*decided, *others[: max(n_more, 0)]])
