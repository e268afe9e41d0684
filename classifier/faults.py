"""What is wrong with a file: where, what, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = ["Fault", "FaultKind", "file_error", "nearest"]


class FaultKind(StrEnum):
    """Sorts faults by what they keep us from doing."""

    FILE = "file"
    """The file can't be read as a harvest; always an error."""
    ID = "id"
    """A row has no ID, or another row's; always an error."""
    TEXT = "text"
    """A row has no story to read."""
    YEAR = "year"
    """A year that no harvest has."""
    CODE = "code"
    """A cell holds what the codebook doesn't know, or two cells contradict each other."""
    NOTE = "note"
    """Worth a look, and never in the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing to put right.

    Examples
    --------
    >>> print(Fault(kind=FaultKind.CODE, where="Outcomes!D14", what="'Goverment' is not a code of Actor",
    ...             remedy="did you mean 'Government'?"))
    Outcomes!D14: 'Goverment' is not a code of Actor (did you mean 'Government'?)
    """

    kind: FaultKind
    where: str
    what: str
    remedy: str
    is_error: bool = False

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what} ({self.remedy})"

    def as_error(self) -> Fault:
        """Return the same fault as one that stops the work."""
        return replace(self, is_error=True)


def file_error(where: str, what: str, remedy: str, *, kind: FaultKind = FaultKind.FILE) -> Fault:
    """Make a fault that stops the work whoever reads the file."""
    return Fault(kind=kind, where=where, what=what, remedy=remedy, is_error=True)


def nearest(wanted: str, known: Iterable[str], *, cutoff: float = 0.5) -> str | None:
    """Find the known word most like the wanted one, or None where nothing is alike.

    Case does not count.

    Examples
    --------
    >>> nearest("Goverment", ["Government", "Communities"])
    'Government'
    >>> nearest("Mars", ["Local", "National"]) is None
    True
    """
    by_folded = {word.casefold(): word for word in known}
    found = difflib.get_close_matches(wanted.casefold(), by_folded, n=1, cutoff=cutoff)
    return by_folded[found[0]] if found else None
