"""Row keys of a workbook of differences: hashes of outcome, field and story, to detect partial sorting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from classifier.faults import Fault, FaultKind
from classifier.harvest.row_keys import SORTED_APART, UNDO_SORTING, hash_text

_N_SIGNS = 16_000  # of a story; a cell of a workbook holds at least as many
_KEY = re.compile(r"(?P<id>.+) (?P<field>[0-9a-f]{12}) (?P<story>[0-9a-f]{12}|-)", re.DOTALL)
_NO_STORY = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceKey:
    """Outcome, field and story that a row was written for, the latter two as the first digits of their hashes."""

    fragment_id: str
    field: str
    story: str

    @classmethod
    def of(cls, fragment_id: str, field: str, story: str) -> DifferenceKey:
        """Make the key of a row from its cells.

        Examples
        --------
        >>> key = DifferenceKey.of("SCC-LPC/035", "scale", "The council met.")
        >>> read_difference_key(str(key)) == key
        True
        """
        return cls(
            fragment_id=" ".join(fragment_id.split()),
            field=hash_text(field.casefold()),
            story=hash_text(story[:_N_SIGNS]) or _NO_STORY,
        )

    def __str__(self) -> str:
        return f"{self.fragment_id} {self.field} {self.story}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRow:
    """A row that was read: the key it has, and the one by its contents."""

    place: str
    written: DifferenceKey
    here: DifferenceKey


def read_difference_key(cell: str) -> DifferenceKey | None:
    """Read a key; None where the cell holds none."""
    found = _KEY.fullmatch(" ".join(cell.split()))
    return DifferenceKey(fragment_id=found["id"], field=found["field"], story=found["story"]) if found else None


def key_faults(rows: Sequence[KeyedRow]) -> tuple[Fault, ...]:
    """Report the rows with cells that were written for different rows.

    A row that was copied to adjudicate another field, and a story that was edited, are none.
    """
    stories = {row.written.story for row in rows}
    known = {_identity(row.written) for row in rows}
    whole = {_identity(row.here) for row in rows if _identity(row.here) == _identity(row.written)}
    return tuple(_faults(rows, stories=stories, known=known, whole=whole))


def _faults(
    rows: Iterable[KeyedRow], *, stories: set[str], known: set[tuple[str, str]], whole: set[tuple[str, str]]
) -> Iterator[Fault]:
    places = {_identity(row.here) for row in rows}
    for row in rows:
        here, written = row.here, row.written
        if _identity(here) != _identity(written):
            is_lost = _identity(written) in places and _identity(written) not in whole
            if _identity(here) in known or is_lost:
                yield _fault(
                    row, f"the row belongs to {here.fragment_id!r}, but was written for {written.fragment_id!r}"
                )
        elif here.story not in (written.story, _NO_STORY) and here.story in stories:
            yield _fault(row, f"the ID of the row is {here.fragment_id!r}, and its story is another outcome's")


def _identity(key: DifferenceKey) -> tuple[str, str]:
    return key.fragment_id, key.field


def _fault(row: KeyedRow, what: str) -> Fault:
    return Fault(kind=FaultKind.FILE, where=row.place, what=what, remedy=UNDO_SORTING, is_error=True, gist=SORTED_APART)
