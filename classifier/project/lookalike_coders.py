"""Look-alike names of coders, which people can't tell apart."""

from __future__ import annotations

from collections.abc import Iterable

from classifier.coder_names import identity_of
from classifier.harvest.similar_ids import visible_key


def lookalike_of(name: str, known: Iterable[str]) -> str | None:
    r"""Return the known name that looks like a new one: but for blanks, or letters of other alphabets.

    Examples
    --------
    >>> known = ["Ben", "Ana Moss"]
    >>> lookalike_of("\N{CYRILLIC CAPITAL LETTER A}na Moss", known), lookalike_of("Ann Moss", known)
    ('Ana Moss', None)
    """
    return next((other for other in known if _seen_as(other) == _seen_as(name)), None)


def _seen_as(name: str) -> str:
    return identity_of(visible_key(name)).replace(" ", "")
