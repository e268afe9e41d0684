"""Counts, lists and percentages in the sentences that users read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from classifier.languages import Message, gettext, joined, lazy_gettext, lazy_ngettext, ngettext, percentage

_MOST_NAMED = 5  # IDs; a page of them would hide the message


def counted(n: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun in the singular or plural.

    Examples
    --------
    >>> counted(1, "outcome"), counted(0, "outcome"), counted(1234, "entry", "entries")
    ('1 outcome', '0 outcomes', '1,234 entries')
    """
    return f"{n:,} {noun if n == 1 else plural or f'{noun}s'}"


def listed(names: Sequence[str], most: int = _MOST_NAMED) -> str:
    """Return the first few names, and how many more there are.

    Examples
    --------
    >>> listed(["H3-004", "H3-010", "H3-017"], most=2)
    'H3-004, H3-010 and 1 more'
    """
    rest = len(names) - most
    first = gettext(", ").join(names[:most])
    return ngettext("{names} and {n} more", "{names} and {n} more", rest, names=first) if rest > 0 else first


def lazily_listed(names: Sequence[str], most: int = _MOST_NAMED) -> Message:
    """Return what `listed` does, translated where it is shown.

    Examples
    --------
    >>> lazily_listed(["H3-004", "H3-010", "H3-017"], most=2)
    'H3-004, H3-010 and 1 more'
    """
    rest, first = len(names) - most, joined(", ", names[:most])
    if rest > 0:
        return lazy_ngettext("{names} and {n} more", "{names} and {n} more", rest, names=first)
    return first


def lazily_paired(names: Iterable[str]) -> Message:
    """Return names with "and" between them, translated where they are shown.

    Examples
    --------
    >>> lazily_paired(["'Local'", "'National'"])
    "'Local' and 'National'"
    """
    return _linked(names, lambda first, second: lazy_gettext("{first} and {second}", first=first, second=second))


def lazily_either(names: Iterable[str]) -> Message:
    """Return names with "or" between them, translated where they are shown.

    Examples
    --------
    >>> lazily_either(["'Local'", "'National'"])
    "'Local' or 'National'"
    """
    return _linked(names, lambda first, second: lazy_gettext("{first} or {second}", first=first, second=second))


def _linked(names: Iterable[str], link: Callable[[str, str], Message]) -> Message:
    first, *others = names
    told = joined("", [first])
    for other in others:
        told = link(told, other)
    return told


def percent(share: float, *, decimals: int = 0) -> str:
    r"""Format a share as a percentage.

    Examples
    --------
    >>> percent(0.34), percent(0.995, decimals=1)
    ('34\xa0%', '99.5\xa0%')
    """
    return percentage(share, decimals=decimals)
