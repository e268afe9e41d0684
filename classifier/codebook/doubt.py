"""Labels with a question mark, by which a coder says that they are not sure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from classifier.spelling import normalise

_MARK = re.compile("[?¿؟？]")  # noqa: RUF001 - the Arabic and the wide one too


def is_doubted(label: str, names: Iterable[str]) -> bool:
    """Whether a label has a question mark, and is no name, or part of one, that has one.

    Examples
    --------
    >>> is_doubted("Local?", ["Local"]), is_doubted("Unknown?", ["Unknown?"]), is_doubted("Local", ["Local"])
    (True, False, False)
    >>> is_doubted("Village?", ["Village", "Local ?"]), is_doubted("Really local?", ["Really local? (a town)"])
    (True, False)
    """
    return has_doubt(label) and not any(normalise(label) in normalise(name) for name in filter(has_doubt, names))


def has_doubt(text: str) -> bool:
    """Whether a text has a question mark."""
    return _MARK.search(text) is not None
