"""Sheets and faults as plain values of JSON, to be handed over by the process that reads files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from string import Formatter

from classifier.faults import Fault, FaultKind
from classifier.languages import Message
from classifier.spreadsheet.sheet import MergedCells, Sheet
from classifier.spreadsheet.xlsx_markup import LAST_ROW


def sheet_as_plain(sheet: Sheet) -> dict[str, object]:
    """Return a sheet as plain values.

    Examples
    --------
    >>> sheet = Sheet(name="Outcomes", rows=[["SCC-LPC/035"]], hidden_rows=frozenset({0}))
    >>> sheet_from_plain(sheet_as_plain(sheet)) == sheet
    True
    """
    return {
        "name": sheet.name,
        "rows": list(sheet.rows),
        "addressed": sheet.addressed,
        "lines": list(sheet.lines),
        "counted_in": sheet.counted_in,
        "notes": [fault_as_plain(note) for note in sheet.notes],
        "is_hidden": sheet.is_hidden,
        "hidden_rows": _as_ranges(sheet.hidden_rows),
        "hidden_columns": _as_ranges(sheet.hidden_columns),
        "merged": [
            [merged.first_row, merged.last_row, merged.first_column, merged.last_column] for merged in sheet.merged
        ],
        "unread": [[row, column, fault_as_plain(fault)] for (row, column), fault in sheet.unread.items()],
    }


def sheet_from_plain(plain: object) -> Sheet:
    """Make a sheet of plain values, whatever they are.

    Raises
    ------
    ValueError
        If they are not those of a sheet.
    """
    values = _mapping(plain)
    rows = [[_text(cell) for cell in _sequence(row)] for row in _sequence(values["rows"])]
    lines = [_numbers(line) for line in _sequence(values["lines"])]
    if len(lines) not in (0, len(rows)):
        raise ValueError("a row has no line")
    return Sheet(
        name=_text(values["name"]),
        rows=rows,
        addressed=values["addressed"] is True,
        lines=lines or (),
        counted_in=_text(values["counted_in"]),
        notes=tuple(fault_from_plain(note) for note in _sequence(values["notes"])),
        is_hidden=values["is_hidden"] is True,
        hidden_rows=_from_ranges(values["hidden_rows"]),
        hidden_columns=_from_ranges(values["hidden_columns"]),
        merged=tuple(_merged(cells) for cells in _sequence(values["merged"])),
        unread=dict(_unread(cell) for cell in _sequence(values["unread"])),
    )


def fault_as_plain(fault: Fault) -> list[object]:
    """Return a fault as plain values; see `fault_from_plain`."""
    texts = (fault.where, fault.what, fault.remedy, fault.gist)
    where, what, remedy, gist = map(_message_as_plain, texts)
    return [str(fault.kind), where, what, remedy, fault.is_error, gist]


def fault_from_plain(plain: object) -> Fault:
    """Make a fault of plain values.

    Raises
    ------
    ValueError
        If they are not those of a fault.
    """
    kind, where, what, remedy, is_error, gist = _sequence(plain)
    return Fault(
        kind=FaultKind(_text(kind)),
        where=_message(where),
        what=_message(what),
        remedy=_message(remedy),
        is_error=is_error is True,
        gist=_message(gist),
    )


def _message_as_plain(value: object) -> object:
    """Return a text as it is, and one that is translated where it is shown as what it was made from."""
    if not isinstance(value, Message):
        return value if isinstance(value, str | int) else str(value)
    text, plural, values = value.parts()
    return {"text": text, "plural": plural, "values": {name: _message_as_plain(one) for name, one in values.items()}}


def _message(plain: object) -> str:
    return plain if isinstance(plain, str) else _made_of(_mapping(plain))


def _made_of(parts: Mapping[str, object]) -> Message:
    """Make a message of its parts; a format that could do more than put in a value is refused."""
    text, plural = _text(parts["text"]), _text(parts["plural"])
    values = {
        name: value if type(value) is int else _message(value) for name, value in _mapping(parts["values"]).items()
    }
    for _, name, spec, conversion in (*Formatter().parse(text), *Formatter().parse(plural)):
        if name is not None and (name not in values or spec or conversion not in (None, "r")):
            raise ValueError("a text has a value that is not given")
    return Message(text, plural, values)


def _as_ranges(numbers: Collection[int]) -> list[list[int]]:
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and ranges[-1][1] == number:
            ranges[-1][1] = number + 1
        else:
            ranges.append([number, number + 1])
    return ranges


def _from_ranges(plain: object) -> frozenset[int]:
    found: set[int] = set()
    for ends in _sequence(plain):
        first, last = _numbers(ends)
        if not first < last <= LAST_ROW:
            raise ValueError("a range is none of rows or columns")
        found.update(range(first, last))
    return frozenset(found)


def _merged(plain: object) -> MergedCells:
    first_row, last_row, first_column, last_column = _numbers(plain)
    return MergedCells(first_row=first_row, last_row=last_row, first_column=first_column, last_column=last_column)


def _unread(plain: object) -> tuple[tuple[int, int], Fault]:
    row, column, fault = _sequence(plain)
    (row, column) = _numbers([row, column])
    return (row, column), fault_from_plain(fault)


def _mapping(plain: object) -> Mapping[str, object]:
    if not isinstance(plain, dict):
        raise ValueError("an object was expected")
    return plain


def _sequence(plain: object) -> Sequence[object]:
    if not isinstance(plain, list):
        raise ValueError("a list was expected")
    return plain


def _text(plain: object) -> str:
    if not isinstance(plain, str):
        raise ValueError("a text was expected")
    return plain


def _numbers(plain: object) -> list[int]:
    numbers = [number for number in _sequence(plain) if type(number) is int and number >= 0]
    if len(numbers) < len(_sequence(plain)):
        raise ValueError("numbers were expected")
    return numbers
