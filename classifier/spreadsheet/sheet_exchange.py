"""Sheets and faults as plain values of JSON, to be handed over by the process that reads files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from string import Formatter

from classifier.control_characters import has_surrogate
from classifier.faults import Fault, FaultKind
from classifier.languages import Message
from classifier.spreadsheet.sheet import MergedCells, Sheet
from classifier.spreadsheet.xlsx_markup import LAST_ROW

_DEEPEST = 10  # messages within each other; ours have three
_MOST_LETTERS = 100_000  # of what a message is made of
_LARGEST = 2**53  # JSON keeps larger numbers, which can't be written in all languages


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
        "notes": faults_as_plain(sheet.notes),
        "is_hidden": sheet.is_hidden,
        "hidden_rows": _as_ranges(sheet.hidden_rows),
        "hidden_columns": _as_ranges(sheet.hidden_columns),
        "merged": [
            [merged.first_row, merged.last_row, merged.first_column, merged.last_column] for merged in sheet.merged
        ],
        "unread": [[list(place) for place in sheet.unread], faults_as_plain(tuple(sheet.unread.values()))],
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
    unread = _unread(values["unread"])
    is_addressed = values["addressed"] is True
    if not (is_addressed and not lines) and (len(lines) != len(rows) or not all(lines)):
        raise ValueError("a row has no line")
    if any(row >= len(rows) for row, _ in unread) and not is_addressed:
        raise ValueError("a cell is in no row")
    return Sheet(
        name=_text(values["name"]),
        rows=rows,
        addressed=is_addressed,
        lines=lines or (),
        counted_in=_text(values["counted_in"]),
        notes=faults_from_plain(values["notes"]),
        is_hidden=values["is_hidden"] is True,
        hidden_rows=_from_ranges(values["hidden_rows"]),
        hidden_columns=_from_ranges(values["hidden_columns"]),
        merged=tuple(_merged(cells) for cells in _sequence(values["merged"])),
        unread=unread,
    )


def faults_as_plain(faults: Sequence[Fault]) -> list[object]:
    """Return faults as plain values; a text that many of them share is there once. See `faults_from_plain`."""
    texts = {id(text): text for fault in faults for text in (fault.what, fault.remedy, fault.gist)}
    places = {identity: place for place, identity in enumerate(texts)}
    plain = [
        [
            str(fault.kind),
            _message_as_plain(fault.where),
            *(places[id(text)] for text in (fault.what, fault.remedy, fault.gist)),
            fault.is_error,
        ]
        for fault in faults
    ]
    return [[_message_as_plain(text) for text in texts.values()], plain]


def faults_from_plain(plain: object) -> tuple[Fault, ...]:
    """Make faults of plain values.

    Raises
    ------
    ValueError
        If they are not those of faults.
    """
    texts, faults = _sequence(plain)
    messages = [_message(text) for text in _sequence(texts)]
    return tuple(_fault(fault, messages) for fault in _sequence(faults))


def _fault(plain: object, messages: Sequence[str]) -> Fault:
    kind, where, *places, is_error = _sequence(plain)
    what, remedy, gist = _numbers(places)
    if max(what, remedy, gist) >= len(messages):
        raise ValueError("a fault has a text that is not given")
    return Fault(
        kind=FaultKind(_text(kind)),
        where=_message(where),
        what=messages[what],
        remedy=messages[remedy],
        is_error=is_error is True,
        gist=messages[gist],
    )


def _message_as_plain(value: object) -> object:
    """Return a text as it is, and one that is translated where it is shown as what it was made from."""
    if not isinstance(value, Message):
        return value if isinstance(value, str | int) else str(value)
    text, plural, values = value.parts()
    return {"text": text, "plural": plural, "values": {name: _message_as_plain(one) for name, one in values.items()}}


def _message(plain: object, depth: int = 0) -> str:
    text = _text(plain) if isinstance(plain, str) else _made_of(_mapping(plain), depth)
    if len(text) > _MOST_LETTERS:
        raise ValueError("a text is too long")
    return text


def _made_of(parts: Mapping[str, object], depth: int) -> Message:
    """Make a message of its parts; a format that could do more than put in each value once is refused."""
    if depth == _DEEPEST:
        raise ValueError("a text holds too many within each other")
    text, plural = _text(parts["text"]), _text(parts["plural"])
    values = {
        _name(name): _number(value) if type(value) is int else _message(value, depth + 1)
        for name, value in _mapping(parts["values"]).items()
    }
    for form in (text, plural):
        _check_format(form, values)
    return Message(text, plural, values)


def _check_format(text: str, values: Mapping[str, object]) -> None:
    """Refuse a format with other values than these, one twice, or anything but a value as it is or quoted."""
    used = set()
    for _, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if name not in values or name in used or spec or conversion not in (None, "r"):
            raise ValueError("a text has a value that is not given")
        if conversion and isinstance(values[name], Message):  # what is quoted again and again grows each time
            raise ValueError("a message is quoted")
        used.add(name)


def _name(name: str) -> str:
    """Return the name of a value; one with a point or bracket would be a way into another value."""
    if not (name.isascii() and name.isidentifier()):
        raise ValueError("a value has no name")
    return name


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


def _unread(plain: object) -> Mapping[tuple[int, int], Fault]:
    cells, faults = _sequence(plain)
    places = []
    for cell in _sequence(cells):
        row, column = _numbers(cell)
        places.append((row, column))
    return dict(zip(places, faults_from_plain(faults), strict=True))


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
    if not plain.isascii() and has_surrogate(plain):
        raise ValueError("a text can't be written to a file")
    return plain


def _numbers(plain: object) -> list[int]:
    numbers = [_number(number) for number in _sequence(plain)]
    if any(number < 0 for number in numbers):
        raise ValueError("a number is too small")
    return numbers


def _number(plain: object) -> int:
    if type(plain) is not int or not -_LARGEST <= plain <= _LARGEST:
        raise ValueError("a number was expected")
    return plain
