"""Faults and notes on a file: where, what, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from classifier.languages import Message, joined, lazy_gettext, lazy_ngettext

_MOST_SINGLE = 3  # similar faults that are listed one by one
_MOST_NAMED = 8  # columns; a page of them would hide the rest
_LONGEST_SHOWN = 60  # letters
_MOST_GROUPS = 1_000  # kept of a file of any size
_N_CELLS = 3  # shown of a group of notes; of errors, each of which is to be corrected, more


class FaultKind(StrEnum):
    """Sorts faults by what they keep us from doing."""

    FILE = "file"  # the file can't be read as a harvest; always an error
    ID = "id"  # a row has no ID, or another row's, which is an error; or one that looks like another
    TEXT = "text"  # a row has no story to read
    YEAR = "year"  # a year that no harvest has
    CODE = "code"  # a cell holds what the codebook doesn't know, or two cells contradict each other
    GUESS = "guess"  # a label is read as a code that it is a part of; to be confirmed before recording or training
    CONFIDENTIAL = "confidential"  # something may say, or said, that outcomes are confidential; never in the way
    NOTE = "note"  # worth a look, and never in the way


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
    gist: str = ""
    """Message for any such cell, with nothing in it that differs from cell to cell; `what` if left out.
    Faults of one gist are grouped where there are many."""
    on_page: str = ""  # what to do on the review page, where `remedy` names an option of a command
    ids: tuple[str, ...] = ()  # the outcomes that it names, where it names some
    repeated: str = ""
    """What to do where another fault of the same list has said `remedy` already, without what that has told."""

    def __str__(self) -> str:
        return str(self.as_message())

    def as_message(self) -> Message:
        """Return it as a text that is translated where it is shown."""
        return _at([self.where], joined("", [self.what, " (", self.remedy, ")"]))

    def translated(self) -> str:
        """Return it in the current language."""
        return self.as_message().translated()

    def as_error(self) -> Fault:
        """Return the same fault as one that stops the work."""
        return replace(self, is_error=True)

    def for_page(self) -> Fault:
        """Return the same fault with what can be done about it on the review page."""
        return replace(self, remedy=self.on_page, repeated="") if self.on_page else self


def file_error(where: str, what: str, remedy: str, *, kind: FaultKind = FaultKind.FILE) -> Fault:
    """Make a fault that stops the work whoever reads the file."""
    return Fault(kind=kind, where=where, what=what, remedy=remedy, is_error=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Note on a file: similar faults, with their number and the first of their cells.

    Examples
    --------
    >>> print(Note(kind=FaultKind.YEAR, file="coded.xlsx", cells=("Outcomes!E2", "Outcomes!E3"), count=118,
    ...            what="the year is unusual", remedy="four digits are expected"))
    coded.xlsx: Outcomes!E2, E3 and 116 more: the year is unusual (four digits are expected)
    """

    kind: FaultKind
    what: str
    remedy: str
    count: int = 1
    cells: tuple[str, ...] = ()
    file: str = ""
    on_page: str = ""

    def __str__(self) -> str:
        return str(self.as_message())

    def as_message(self) -> Message:
        """Return it as a text that is translated where it is shown."""
        where = [self.file, _describe_cells(self.cells, self.count)]
        return _at(where, joined("", [self.what, " (", self.remedy, ")"]))

    def translated(self) -> str:
        """Return it in the current language."""
        return self.as_message().translated()

    def for_page(self) -> Note:
        """Return the same note with what can be done about it on the review page."""
        return replace(self, remedy=self.on_page or self.remedy)

    def as_dict(self) -> dict[str, object]:
        """Return it as plain values for programs."""
        return {
            "kind": str(self.kind),
            "count": self.count,
            "cells": list(self.cells),
            "file": self.file,
            "what": self.what,
            "remedy": self.remedy,
        }


def note_as_dict(note: Note | str) -> dict[str, object]:
    """Return a note as plain values for programs; one that is text alone has just a `what`."""
    return note.as_dict() if isinstance(note, Note) else {"kind": str(FaultKind.NOTE), "what": note}


def to_check(notes: Sequence[Note | str]) -> Message:
    """Count what notes ask to be checked; similar ones are grouped, so that there may be fewer notes.

    Examples
    --------
    >>> unusual = Note(kind=FaultKind.YEAR, what="the year is unusual", remedy="four digits", count=118)
    >>> to_check(["two codes have no definition"]), to_check([unusual, "two codes have no definition"])
    ('1 thing to check', '119 things to check, in 2 notes')
    """
    n_things = sum(note.count if isinstance(note, Note) else 1 for note in notes)
    things = lazy_ngettext("{n} thing to check", "{n} things to check", n_things)
    if n_things == len(notes):
        return things
    return joined("", [things, lazy_ngettext(", in {n} note", ", in {n} notes", len(notes))])


def group_faults(faults: Iterable[Fault], *, file: str = "", n_cells: int = _N_CELLS) -> tuple[Note, ...]:
    """Group faults that are alike, in the order in which the first of each came.

    Those of one message are a note; those that differ in a value are one where there are many. What the codes of a
    field are is said in the first note alone.

    Examples
    --------
    >>> odd = [Fault(kind=FaultKind.YEAR, where=f"A!E{row}", what=f"year 'FY{row}' is unusual", remedy="four digits",
    ...              gist="the year is unusual") for row in range(2, 9)]
    >>> [str(note) for note in group_faults(odd)]
    ["A!E2, E3, E4 and 4 more: the year is unusual; the first: year 'FY2' is unusual (four digits)"]
    """
    groups = FaultGroups(n_cells=n_cells)
    groups.add(faults)
    return groups.notes(file=file)


class FaultGroups:
    """Groups of faults that are alike, which take no more memory when more such faults are added.

    Examples
    --------
    >>> groups = FaultGroups()
    >>> for row in range(2, 1_000):
    ...     groups.add([Fault(kind=FaultKind.YEAR, where=f"A!E{row}", what="odd year", remedy="four digits")])
    >>> [str(note) for note in groups.notes()]
    ['A!E2, E3, E4 and 995 more: odd year (four digits)']
    """

    def __init__(self, *, n_cells: int = _N_CELLS) -> None:
        self._n_kept = max(n_cells, _MOST_SINGLE)
        self._n_cells = n_cells
        self._groups: dict[tuple[FaultKind, str], _Group] = {}
        self._n_other = 0

    def add(self, faults: Iterable[Fault]) -> None:
        """Add faults, in their order."""
        for fault in faults:
            key = fault.kind, fault.gist or f"{fault.what} ({fault.remedy})"
            if key not in self._groups and len(self._groups) >= _MOST_GROUPS:
                self._n_other += 1
                continue
            group = self._groups.setdefault(key, _Group(first=fault))
            group.count += 1
            group.is_same &= fault.what == group.first.what
            group.is_one_message &= (fault.what, fault.remedy) == (group.first.what, group.first.remedy)
            if len(group.kept) < self._n_kept and (fault.where or group.count <= _MOST_SINGLE):
                group.kept.append(fault)

    def notes(self, *, file: str = "") -> tuple[Note, ...]:
        """Return a note for each group, in the order in which the first fault of each came."""
        notes: list[Note] = []
        said: set[str] = set()
        for group in self._groups.values():
            is_whole = group.is_one_message or group.count > _MOST_SINGLE
            for part in [group] if is_whole else [_Group(first=fault, kept=[fault], count=1) for fault in group.kept]:
                note = part.as_note(file, self._n_cells)
                is_repeated = part.first.repeated and part.first.remedy in said
                notes.append(replace(note, remedy=part.first.repeated) if is_repeated else note)
                said.add(part.first.remedy)
        if self._n_other:
            what = lazy_ngettext(
                "{n} thing of other kinds to check", "{n} things of other kinds to check", self._n_other
            )
            remedy = lazy_gettext("correct the others first")
            notes.append(Note(kind=FaultKind.NOTE, what=what, remedy=remedy, file=file))
        return tuple(notes)


@dataclass(slots=True, kw_only=True)
class _Group:
    """Faults that are alike: how many they are, and the first of them."""

    first: Fault
    kept: list[Fault] = field(default_factory=list)
    count: int = 0
    is_same: bool = True  # whether all say the same of what is wrong
    is_one_message: bool = True  # and of what to do

    def as_note(self, file: str, n_cells: int) -> Note:
        first = self.first
        return Note(
            kind=first.kind,
            what=first.what
            if self.is_same
            else lazy_gettext("{gist}; the first: {first}", gist=first.gist, first=first.what),
            remedy=first.remedy,
            on_page=first.on_page,
            count=self.count,
            cells=tuple(fault.where for fault in self.kept if fault.where)[:n_cells],
            file=file,
        )


def _at(places: Sequence[str], message: Message) -> Message:
    """Put places before a message, the outer one first; empty ones are left out."""
    for place in reversed(places):
        if place:
            message = lazy_gettext("{place}: {message}", place=place, message=message)
    return message


def _describe_cells(cells: Sequence[str], count: int) -> str:
    if not cells:
        return lazy_ngettext("{n} time", "{n} times", count) if count > 1 else ""
    if len(cells) == count == 1:
        return cells[0]
    sheet = cells[0].rpartition("!")[0]
    # The sheet is named once, unless the next cell is in another.
    places = [cells[0], *(cell.removeprefix(f"{sheet}!") if sheet else cell for cell in cells[1:])]
    named, n_more = joined(", ", places), count - len(cells)
    return lazy_ngettext("{names} and {n} more", "{names} and {n} more", n_more, names=named) if n_more > 0 else named


def shown(text: str) -> str:
    """Quote a label; what is too long to be one may be a story in the wrong column, and is not quoted.

    Examples
    --------
    >>> print(shown("Goverment"))
    'Goverment'
    """
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN // 2]}…")


def at_line(number: int) -> Message:
    """Name a line of a file, for the place of a fault.

    Examples
    --------
    >>> print(at_line(12))
    line 12
    """
    return lazy_gettext("line {line}", line=str(number))


def names_found(names: Iterable[str]) -> Message:
    """List the first columns of a table, each cut where it is too long for a name.

    Examples
    --------
    >>> print(names_found(["ID", " Outcome ", ""]))
    the columns found are 'ID', 'Outcome'
    """
    headings = [" ".join(name.split()) for name in names if name.strip()]
    listed = (
        repr(f"{text[: _LONGEST_SHOWN - 1]}…" if len(text) > _LONGEST_SHOWN else text)
        for text in headings[:_MOST_NAMED]
    )
    named = joined("", [joined(", ", listed), *([" …"] if len(headings) > _MOST_NAMED else [])])
    return lazy_gettext("the columns found are {names}", names=named)
