"""Notes on hidden and unreadable cells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from classifier.faults import Fault, FaultKind
from classifier.languages import Message, joined, lazy_gettext, lazy_ngettext
from classifier.spreadsheet.sheet import Sheet, column_letters

_MOST_RANGES = 5


_UNHIDE_IT = lazy_gettext("unhide it to check, or delete it if it is not meant")
_UNHIDE_THEM = lazy_gettext("unhide them to check, or delete them if they are not meant")


def notes_on_reading(
    sheet: Sheet, *, rows: Collection[int], columns: Collection[int], reported: Collection[str] = ()
) -> tuple[Fault, ...]:
    """Return the notes of a sheet, and notes on hidden rows and columns in use (counted from 0).

    Examples
    --------
    >>> sheet = Sheet(name="A", rows=[["FragmentID"], ["1"], ["2"], ["3"]], hidden_rows=frozenset({2, 3}))
    >>> [str(note) for note in notes_on_reading(sheet, rows=[1, 2, 3], columns=[0])]
    ['A!A3: 2 hidden rows were read too: 3 to 4 (unhide them to check, or delete them if they are not meant)']
    """
    return (
        *sheet.notes,
        *_hidden(sheet, rows, columns),
        *(fault for fault in sheet.unread.values() if fault.where not in reported),
    )


def unread_fault(sheet: Sheet, row: int, column: int, *, name: str = "") -> Fault | None:
    """Return the fault of a cell that must not be blank, and is so because it could not be read.

    `name` is what the cell is for, told before what is wrong with it.
    """
    found = sheet.unread.get((row, column))
    if found is None or not name:
        return None if found is None else found.as_error()
    what, gist = (
        text and lazy_gettext("{place}: {message}", place=name, message=text) for text in (found.what, found.gist)
    )
    return replace(found, what=what, gist=gist, is_error=True)


def _hidden(sheet: Sheet, rows: Collection[int], columns: Iterable[int]) -> Iterator[Fault]:
    if hidden := sorted(sheet.hidden_rows.intersection(rows)):
        ranges = _ranges(hidden, [str(row + 1) for row in hidden])
        yield _note_rows(sheet.place(hidden[0], 0), len(hidden), ranges)
    if hidden := sorted(sheet.hidden_columns.intersection(columns)):
        ranges = _ranges(hidden, [column_letters(column) for column in hidden])
        yield _note_columns(sheet.place(0, hidden[0]), len(hidden), ranges)


def _note_rows(where: str, count: int, ranges: str) -> Fault:
    return Fault(
        kind=FaultKind.NOTE,
        where=where,
        what=lazy_ngettext(
            "{n} hidden row was read too: {ranges}", "{n} hidden rows were read too: {ranges}", count, ranges=ranges
        ),
        remedy=_UNHIDE_IT if count == 1 else _UNHIDE_THEM,
    )


def _note_columns(where: str, count: int, ranges: str) -> Fault:
    return Fault(
        kind=FaultKind.NOTE,
        where=where,
        what=lazy_ngettext(
            "{n} hidden column was read too: {ranges}",
            "{n} hidden columns were read too: {ranges}",
            count,
            ranges=ranges,
        ),
        remedy=_UNHIDE_IT if count == 1 else _UNHIDE_THEM,
    )


def _ranges(numbers: Sequence[int], names: Sequence[str]) -> Message:
    """Write numbers in their order as ranges, with the names they go by."""
    runs = [[*run] for _, run in groupby(range(len(numbers)), lambda place: numbers[place] - place)]
    ranges = [_range(names[run[0]], names[run[-1]]) if len(run) > 1 else names[run[0]] for run in runs[:_MOST_RANGES]]
    return joined("", [joined(", ", ranges), *([" …"] if len(runs) > _MOST_RANGES else [])])


def _range(first: str, last: str) -> Message:
    return lazy_gettext("{first} to {last}", first=first, last=last)
